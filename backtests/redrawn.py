"""Figures of many histories drawn from one: what else might have happened to the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from capshift.backtests.metrics import SESSIONS_A_YEAR
from capshift.backtests.resampling import REPLICATES, SEED, drawn_sessions

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: How sure an interval is meant to be.
LEVEL = 0.90


class Interval(NamedTuple):
    """A figure and where it may truly lie.

    Attributes:
        estimate: On the one history there was.
        low: The lower end, below which the truth lies in half of what `LEVEL` leaves.
        high: The upper end.
    """

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Figures of redrawn histories, each of shape (histories, columns).

    Attributes:
        means: Mean return a session.
        sharpes: Annualised, as `metrics.sharpe`; NaN where a column never varies.
        growth: Compound annual growth.
        drawdowns: Deepest fall below an earlier high, the opening included; None where it was not asked for.
    """

    means: NDArray[np.float64]
    sharpes: NDArray[np.float64]
    growth: NDArray[np.float64]
    drawdowns: NDArray[np.float64] | None


def redrawn(
    returns: NDArray[np.float64],
    block: int,
    years: float,
    *,
    with_drawdowns: bool = True,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Redrawn:
    """Return the figures of histories drawn by the stationary bootstrap, the same sessions for all columns.

    Args:
        returns: Shape (sessions, columns), no NaN, above -1.
        block: Mean block length, from `block_length`.
        years: How long each history is.
        with_drawdowns: They take most of the time.
        replicates: Histories drawn.
        seed: Of the draws.

    Source:
        As `drawn_sessions`.
    """
    count, columns = returns.shape
    logs = np.log1p(returns)
    powers = np.hstack([returns, returns**2, logs])
    by_column = np.ascontiguousarray(logs.T)
    sums, depths = np.empty((replicates, powers.shape[1])), np.empty((replicates, columns))
    for k, drawn in enumerate(drawn_sessions(count, block, replicates=replicates, seed=seed)):
        # Each session as often as it was drawn: no history need be copied for its sums.
        sums[k] = np.bincount(drawn, minlength=count) @ powers
        if with_drawdowns:
            depths[k] = _deepest(by_column[:, drawn])
    totals, squares, growth = np.split(sums, 3, axis=1)
    means = totals / count
    variances = (squares - count * means**2) / (count - 1)
    varying = np.ptp(returns, axis=0) > 0
    sharpes = np.where(varying, means / np.sqrt(np.where(varying, variances, 1.0)), np.nan)
    return Redrawn(
        means=means,
        sharpes=sharpes * SESSIONS_A_YEAR**0.5,
        growth=np.expm1(growth / years),
        drawdowns=depths if with_drawdowns else None,
    )


def _deepest(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the deepest drawdown of each row of log returns."""
    wealth = np.cumsum(logs, axis=1)
    highs = np.maximum(np.maximum.accumulate(wealth, axis=1), 0.0)
    return np.asarray(np.expm1((wealth - highs).min(axis=1)))


def interval(estimate: float, values: NDArray[np.float64], level: float = LEVEL) -> Interval:
    """Return the percentile interval of a figure.

    Args:
        estimate: On the one history there was.
        values: Of redrawn histories.
        level: How sure it is meant to be.

    Source:
        Efron and Tibshirani (1993), "An Introduction to the Bootstrap", section 13.3.

    >>> interval(50.0, np.arange(101.0), level=0.5)
    Interval(estimate=50.0, low=25.0, high=75.0)
    """
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Interval(estimate, low, high)


def luck(differences: NDArray[np.float64], drawn: NDArray[np.float64], elsewhere: int = 0) -> NDArray[np.float64]:
    """Return how often luck alone gives the best of all rules tried a lead as large for its risk.

    A lead is a mean difference over its standard error (of the redrawn means). From the best rule down, each is
    compared with the largest lead that the redrawn histories, centred on the real one, give to any of the rules not
    better than it; no rule gets less than one above it.

    Args:
        differences: Mean return above the benchmark, one a rule, none of them without variance.
        drawn: The same of redrawn histories, shape (histories, rules).
        elsewhere: Rules tried before and not shown: they count as so many more families of this size, independent.

    Source:
        Romano and Wolf (2005), "Exact and Approximate Stepdown Methods for Multiple Hypothesis Testing", Journal of
        the American Statistical Association 100; Phipson and Smyth (2010) for counting the history itself.

    >>> drawn = np.array([[0.0], [1.0], [-1.0]])
    >>> luck(np.array([0.5]), drawn + 0.5).tolist()
    [0.5]
    """
    errors = drawn.std(axis=0)
    leads, chance = differences / errors, (drawn - differences) / errors
    order = np.argsort(-leads, kind="stable")
    # The largest chance lead of each rule and all below it.
    largest = np.maximum.accumulate(chance[:, order[::-1]], axis=1)[:, ::-1]
    exceeded = (1 + (largest >= leads[order]).sum(axis=0)) / (1 + len(drawn))
    values = np.empty(len(leads))
    values[order] = np.maximum.accumulate(exceeded)
    return np.asarray(1 - (1 - values) ** (1 + elsewhere / len(leads)))
