"""How sure a comparison can be: intervals, tests of all rules together, and a sentence a rule."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.metrics import DAYS_A_YEAR, SESSIONS_A_YEAR, Metric, cagr, drawdowns, sharpe
from capshift.backtests.provenance import versions
from capshift.backtests.redrawn import LEVEL, Interval, interval, luck, redrawn
from capshift.backtests.resampling import (
    REPLICATES,
    SEED,
    SIZE,
    Superiority,
    block_length,
    confidence_set,
    superior_rules,
    superiority,
)
from capshift.backtests.sharpe_difference import sharpe_difference
from capshift.backtests.sharpe_ratios import deflated_sharpe, minimum_track_record, moments, probabilistic_sharpe
from capshift.backtests.trials import effective_trials, trials_variance
from capshift.backtests.verdicts import family_verdict, identical, independent_ones, verdict, what_was_counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capshift.backtests.redrawn import Redrawn

#: With fewer sessions, half a year, nothing can be told.
FEWEST_SESSIONS = 126
_DRAWN = "90 % interval, percentiles of redrawn histories (stationary bootstrap)"

#: Figures with an interval.
INTERVALS = {
    "cagr": Metric("CAGR", "percent", f"Compound annual growth, with its {_DRAWN}."),
    "sharpe": Metric("Sharpe", "number", f"Annualised, no rate subtracted, with its {_DRAWN}."),
    "max_drawdown": Metric(
        "Max drawdown",
        "percent",
        f"With its {_DRAWN}: blocks of days do not hold whole crises together, so real ones can be deeper.",
    ),
    "excess_cagr": Metric(
        "CAGR over benchmark", "percent", f"Difference of compound annual growth, with its {_DRAWN}."
    ),
    "sharpe_difference": Metric("Sharpe over benchmark", "number", f"Difference of Sharpe ratios, with its {_DRAWN}."),
}
#: Figures that say how far a lead can be luck; all are of the session returns minus the benchmark's.
LUCK_FIGURES = {
    "luck": Metric(
        "Luck",
        "number",
        "How often luck alone gives one of all rules tried a lead as large for its risk (Romano and Wolf's stepdown "
        "p-value; trials made elsewhere counted as independent families).",
    ),
    "sharpe_difference_p": Metric(
        "p of equal Sharpe ratios",
        "number",
        "Two-sided p-value of equal Sharpe ratios (Ledoit and Wolf, HAC), for this rule alone.",
    ),
    "probabilistic_sharpe": Metric(
        "Probabilistic Sharpe",
        "number",
        "Probability of a true lead above 0 (Bailey and Lopez de Prado 2012), for this rule alone.",
    ),
    "deflated_sharpe": Metric(
        "Deflated Sharpe",
        "number",
        "Probability of a lead above what luck gives the best of all trials (Bailey and Lopez de Prado 2014). The "
        "trials' variance is that of the rules shown, and at least 1 / (sessions - 1), which luck alone gives.",
    ),
    "minimum_track_record": Metric(
        "Years needed",
        "number",
        "Years of such a lead until it is above 0 with 95 % confidence (2012), for this rule alone; empty where it "
        "trails.",
    ),
    "confidence_set": Metric(
        "p in confidence set",
        "number",
        "P-value in the model confidence set (Hansen, Lunde and Nason), the benchmark among its models: rules above "
        "0.10 cannot be told from the best.",
    ),
}
#: Size of the model confidence set.
_SET_SIZE = 0.10


@dataclass(frozen=True, kw_only=True)
class RuleUncertainty:
    """What can be said of one rule.

    Attributes:
        intervals: See `INTERVALS`; the benchmark has none of the differences.
        figures: See `LUCK_FIGURES`; None where one does not exist.
        superior: Whether StepM finds it better than the benchmark.
        in_confidence_set: Whether it cannot be told from the best; None where one rule is alone.
        verdict: A sentence.
    """

    intervals: Mapping[str, Interval]
    figures: Mapping[str, float | None]
    superior: bool
    in_confidence_set: bool | None
    verdict: str

    def summary(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "intervals": {key: _finite(one) for key, one in self.intervals.items()},
            **self.figures,
            "superior": self.superior,
            "in_confidence_set": self.in_confidence_set,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Uncertainty:
    """What can be said of all rules of a comparison.

    Attributes:
        rules: By name.
        verdict: A sentence on all of them, and on their order.
        spa: P-values of Hansen's test; None where no rule differs from the benchmark.
        trials: Rules tried: those shown but the benchmark, and those made elsewhere.
        elsewhere: How many of them were made elsewhere.
        effective_trials: Clusters of the rules' leads that move alike.
        block: Mean block length in sessions.
        sessions: Returns of each account.
    """

    rules: Mapping[str, RuleUncertainty]
    verdict: str
    spa: Superiority | None
    trials: int
    elsewhere: int
    effective_trials: int
    block: int
    sessions: int

    @property
    def superior(self) -> list[str]:
        """Rules that StepM finds better than the benchmark."""
        return [name for name, one in self.rules.items() if one.superior]

    @property
    def confidence_set(self) -> list[str]:
        """Rules that cannot be told from the best, the benchmark among them if it cannot."""
        return [name for name, one in self.rules.items() if one.in_confidence_set]

    @property
    def counted(self) -> str:
        """A sentence on which rules were counted as tried."""
        return what_was_counted(self.trials - self.elsewhere, self.elsewhere)

    @property
    def method(self) -> str:
        """Sentences on how many rules the ones shown are worth, and on how history was drawn anew."""
        return (
            f"Those shown move like {independent_ones(self.effective_trials)}. {REPLICATES:,} histories were "
            f"drawn in blocks of {self.block} sessions on average (stationary bootstrap, seed {SEED})."
        )

    def summary(self) -> dict[str, Any]:
        """Return what concerns all rules, as JSON can hold it."""
        return {
            "verdict": self.verdict,
            "counted": self.counted,
            "spa": None if self.spa is None else self.spa._asdict(),
            "superior": self.superior,
            "confidence_set": self.confidence_set,
            "trials": self.trials,
            "trials_elsewhere": self.elsewhere,
            "effective_trials": self.effective_trials,
            "level": LEVEL,
            "size": SIZE,
            "confidence_set_size": _SET_SIZE,
            "replicates": REPLICATES,
            "block": self.block,
            "seed": SEED,
            "sessions": self.sessions,
            "definitions": {key: one.definition for key, one in {**INTERVALS, **LUCK_FIGURES}.items()},
            "versions": versions("arch", "scipy"),
        }


def uncertainty_of(
    returns: Mapping[str, NDArray[np.float64]],
    benchmark: str,
    *,
    days: int,
    against: str,
    elsewhere: int = 0,
    with_drawdowns: bool = True,
    no_edge: bool = False,
) -> Uncertainty | None:
    """Return how sure one can be of rules' figures, or None with fewer sessions than `FEWEST_SESSIONS`.

    Args:
        returns: Session returns of each account, by name, no NaN.
        benchmark: The name of the one that others are measured against.
        days: Calendar days from the first to the last close.
        against: What sentences call the benchmark.
        elsewhere: Rules tried before that are not shown.
        with_drawdowns: Whether to redraw drawdowns, which take most of the time.
        no_edge: Whether the market is one in which no rule has an edge: sentences then say so.
    """
    names, table = list(returns), np.column_stack(list(returns.values()))
    if len(table) < FEWEST_SESSIONS:
        return None
    own = names.index(benchmark)
    leads = table - table[:, [own]]
    block, years = _block(table, own), days / DAYS_A_YEAR
    drawn = redrawn(table, block, years, with_drawdowns=with_drawdowns)
    intervals = [_intervals(table, drawn, column, own, years) for column in range(len(names))]
    # A rule that is the benchmark in all but name has no lead to test.
    tested = [column for column in range(len(names)) if np.ptp(leads[:, column]) > 0]
    figures, superior, spa = _tests(table, leads, drawn, tested, own, block, elsewhere)
    in_set = confidence_set(table, block=block) if len(names) > 1 else [float("nan")]
    trials = len(names) - 1 + elsewhere
    rules = {
        name: _of_rule(
            intervals[column],
            {**figures.get(column, {}), "confidence_set": in_set[column]},
            superior=column in superior,
            is_benchmark=column == own,
            trials=trials,
            against=against,
            no_edge=no_edge,
        )
        for column, name in enumerate(names)
    }
    said = (
        family_verdict(
            [names[k] for k in superior if figures[k]["luck"] < SIZE],
            spa.consistent,
            rules=len(tested),
            elsewhere=elsewhere,
            against=against,
            no_edge=no_edge,
        )
        if spa
        else f"No rule differed from {against}: there is nothing to test."
    )
    return Uncertainty(
        rules=rules,
        verdict=said,
        spa=spa,
        trials=trials,
        elsewhere=elsewhere,
        effective_trials=effective_trials(leads),
        block=block,
        sessions=len(table),
    )


def intervals_of(
    returns: Mapping[str, NDArray[np.float64]], benchmark: str, *, days: int
) -> dict[str, dict[str, Interval]]:
    """Return the intervals of accounts' figures alone, which are those of `uncertainty_of`; none with few sessions.

    Args:
        returns: Session returns of each account, by name, no NaN.
        benchmark: The name of the one that others are measured against.
        days: Calendar days from the first to the last close.
    """
    names, table = list(returns), np.column_stack(list(returns.values()))
    if len(table) < FEWEST_SESSIONS:
        return {}
    own, years = names.index(benchmark), days / DAYS_A_YEAR
    drawn = redrawn(table, _block(table, own), years)
    return {name: _intervals(table, drawn, column, own, years) for column, name in enumerate(names)}


def intervals_summary(intervals: Mapping[str, Interval] | None) -> dict[str, Any] | None:
    """Return an account's intervals as JSON can hold them, each with its definition."""
    if not intervals:
        return None
    return {key: {**_finite(one), "definition": INTERVALS[key].definition} for key, one in intervals.items()}


def _finite(found: Interval) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in found._asdict().items()}


def _block(table: NDArray[np.float64], own: int) -> int:
    """Return the mean block length that accounts and their leads ask for."""
    return block_length(np.hstack([table, table - table[:, [own]]]))


def _of_rule(
    intervals: Mapping[str, Interval],
    figures: Mapping[str, float],
    *,
    superior: bool,
    is_benchmark: bool,
    trials: int,
    against: str,
    no_edge: bool,
) -> RuleUncertainty:
    """Return what can be said of one rule; without luck, it was not tested."""
    if is_benchmark:
        said = "What the others are measured against."
    elif "luck" in figures:
        lead, chance = intervals["excess_cagr"], figures["luck"]
        said = verdict(lead, chance, trials=trials, against=against, no_edge=no_edge)
    else:
        said = identical(against)
    known = {key: figures.get(key, float("nan")) for key in LUCK_FIGURES}
    in_set = figures["confidence_set"]
    return RuleUncertainty(
        intervals=intervals,
        figures={key: value if isfinite(value) else None for key, value in known.items()},
        superior=superior,
        in_confidence_set=in_set > _SET_SIZE if isfinite(in_set) else None,
        verdict=said,
    )


def _intervals(table: NDArray[np.float64], drawn: Redrawn, column: int, own: int, years: float) -> dict[str, Interval]:
    """Return the intervals of one account's figures."""
    wealth = [np.concatenate([[1.0], np.cumprod(1 + table[:, k])]) for k in (column, own)]
    growth, ratios = [cagr(one, years) for one in wealth], [sharpe(table[:, k]) for k in (column, own)]
    found = {
        "cagr": interval(growth[0], drawn.growth[:, column]),
        "sharpe": interval(ratios[0], drawn.sharpes[:, column]),
    }
    if drawn.drawdowns is not None:
        found["max_drawdown"] = interval(float(drawdowns(wealth[0]).min()), drawn.drawdowns[:, column])
    if column != own:
        found["excess_cagr"] = interval(growth[0] - growth[1], drawn.growth[:, column] - drawn.growth[:, own])
        found["sharpe_difference"] = interval(ratios[0] - ratios[1], drawn.sharpes[:, column] - drawn.sharpes[:, own])
    return found


def _tests(
    table: NDArray[np.float64],
    leads: NDArray[np.float64],
    drawn: Redrawn,
    tested: Sequence[int],
    own: int,
    block: int,
    elsewhere: int,
) -> tuple[dict[int, dict[str, float]], list[int], Superiority | None]:
    """Return figures by column, the columns better than the benchmark, and Hansen's p-values."""
    if not tested:
        return {}, [], None
    redrawn_leads = (drawn.means - drawn.means[:, [own]])[:, tested]
    chances = luck(leads[:, tested].mean(axis=0), redrawn_leads, elsewhere)
    scaled, zero = studentised(leads[:, tested], redrawn_leads), np.zeros(len(table))
    spa = superiority(zero, scaled, block=block)
    better = [tested[k] for k in superior_rules(zero, scaled, block=block)]
    of = {column: moments(leads[:, column]) for column in tested}
    trials = leads.shape[1] - 1 + elsewhere
    variance = trials_variance([one.sharpe for one in of.values()], len(table))
    figures = {
        column: {
            "luck": float(chances[k]),
            "sharpe_difference_p": sharpe_difference(table[:, column], table[:, own]).p_value,
            "probabilistic_sharpe": probabilistic_sharpe(of[column]),
            "deflated_sharpe": deflated_sharpe(of[column], variance, trials),
            "minimum_track_record": minimum_track_record(of[column]) / SESSIONS_A_YEAR,
        }
        for k, column in enumerate(tested)
    }
    return figures, better, spa


def studentised(leads: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return leads in units of the standard error of their mean, so that wild rules do not drown the others.

    Hansen's statistic does so; arch 8.0 takes the maximum over mean differences as they are, whatever its `studentize`
    says, and uses their variance only to leave out rules that trail by much.

    Args:
        leads: Returns above the benchmark, shape (sessions, rules).
        drawn: Mean leads of redrawn histories, shape (histories, rules).
    """
    return np.asarray(leads / drawn.std(axis=0))
