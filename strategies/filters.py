"""Filters: conditions under which small caps may be held at all; and expressions: how they are held.

Any rule takes `filters`, `otherwise` and `expression` beside its own parameters. Where a filter does not hold,
what the rule would have in small caps goes to large caps or to cash. A filter whose value is not known yet does
not hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from capshift.errors import MarketError
from capshift.strategies.expressions import OUTRIGHT, Expressions, expressed_weights
from capshift.strategies.holdings import Holdings
from capshift.strategies.parameters import OneOf, Several
from capshift.strategies.signals import average, prior_high

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies.parameters import Limit

_RECESSION, _CALM = 0.5, 25.0
_MEAN_OF, _HIGH_OF, _NEAR = 100, 252, 0.9


class Filter(NamedTuple):
    """A condition of the market.

    Attributes:
        about: What must hold, in words.
        holds: From a market to whether it holds at each close, shape (sessions,).
        reading: From a market to its value at the last close, in words.
        reads: Names of the macro series it looks at.
    """

    about: str
    holds: Callable[[Market], NDArray[np.bool_]]
    reading: Callable[[Market], str]
    reads: tuple[str, ...] = ()


def _economy(market: Market) -> NDArray[np.bool_]:
    return market.known_series("SAHMREALTIME") < _RECESSION


def _leaders(market: Market) -> NDArray[np.bool_]:
    close = leaders_of(market).close
    return np.asarray((close > average(close, _MEAN_OF)) & (close >= _NEAR * prior_high(close, _HIGH_OF)))


def _calm(market: Market) -> NDArray[np.bool_]:
    return market.known_series("VIXCLS") < _CALM


def _curve(market: Market) -> NDArray[np.bool_]:
    return market.known_series("DGS10") - market.known_series("DGS3MO") > 0


def _leaders_reading(market: Market) -> str:
    close = leaders_of(market).close
    if np.isnan(close).any() or len(close) <= _HIGH_OF:
        close = close[~np.isnan(close)]
    if len(close) <= _HIGH_OF:
        return f"{market.symbols['leaders']} has {len(close)} closes, and {_HIGH_OF + 1} are needed"
    mean, high = close[-_MEAN_OF:].mean(), close[-1 - _HIGH_OF : -1].max()
    return (
        f"{market.symbols['leaders']} {close[-1] / mean - 1:+.1%} from the mean of its last {_MEAN_OF} closes, "
        f"{close[-1] / high - 1:+.1%} from its highest of {_HIGH_OF}"
    )


def leaders_of(market: Market) -> Any:
    """Return the giants.

    Raises:
        MarketError: The market was loaded without any.
    """
    if market.leaders is None:
        msg = "this market has no leaders; name them: leaders='QQQ', --leaders QQQ, or several: AAPL,MSFT"
        raise MarketError(msg)
    return market.leaders


FILTERS = {
    "economy": Filter(
        f"the Sahm rule's indicator (SAHMREALTIME) is below {_RECESSION} as known",
        _economy,
        lambda market: f"SAHMREALTIME is {market.known_series('SAHMREALTIME')[-1]:.2f}",
        ("SAHMREALTIME",),
    ),
    "leaders": Filter(
        f"the leaders close above the mean of their last {_MEAN_OF} closes and within 10 % of the highest of the "
        f"prior {_HIGH_OF}",
        _leaders,
        _leaders_reading,
    ),
    "calm": Filter(
        f"the volatility index (VIXCLS) is below {_CALM:g}",
        _calm,
        lambda market: f"VIXCLS is {market.known_series('VIXCLS')[-1]:.2f}",
        ("VIXCLS",),
    ),
    "curve": Filter(
        "the ten-year yield is above that of bills (DGS10 - DGS3MO > 0)",
        _curve,
        lambda market: (
            f"DGS10 - DGS3MO is {market.known_series('DGS10')[-1] - market.known_series('DGS3MO')[-1]:+.2f} points"
        ),
        ("DGS10", "DGS3MO"),
    ),
}

#: What every rule takes beside its own parameters.
COMMON: Mapping[str, Any] = {"filters": "", "otherwise": "large", "expression": OUTRIGHT}
COMMON_LIMITS: Mapping[str, Limit] = {
    "filters": Several(tuple(FILTERS)),
    "otherwise": OneOf(("large", "cash")),
    "expression": Expressions(),
}


def composed(holdings: Holdings, market: Market, *, filters: str, otherwise: str, expression: str) -> Holdings:
    """Return holdings with small caps held only where the filters hold, in the way of the expression.

    Args:
        holdings: What the rule itself decides.
        market: Whose series the filters read.
        filters: Names joined by +, all of which must hold; empty for none.
        otherwise: large or cash: where the weight of small caps goes when a filter does not hold.
        expression: outright; tilt: half of the small caps' weight is in large caps; or call-spread: its budget is
            the small caps' weight, and the rest goes where `otherwise` says.
    """
    if not filters and expression == COMMON["expression"]:
        return holdings
    zeros = np.zeros(len(holdings))
    small, large = holdings.weights.get("small", zeros), holdings.weights.get("large", zeros)
    small, large = expressed(small, large, allowed(market, filters), otherwise=otherwise, expression=expression)
    return Holdings({**holdings.weights, "small": small, "large": large}, holdings.rebalance)


def expressed(
    small: NDArray[np.float64],
    large: NDArray[np.float64],
    is_allowed: NDArray[np.bool_],
    *,
    otherwise: str,
    expression: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights of small and large caps after filters and expression.

    >>> one, yes, no = np.array([1.0]), np.array([True]), np.array([False])
    >>> [w.tolist() for w in expressed(one, 0 * one, yes, otherwise="large", expression="tilt")]
    [[0.5], [0.5]]
    >>> [w.tolist() for w in expressed(one, 0 * one, no, otherwise="cash", expression="outright")]
    [[0.0], [0.0]]
    """
    withheld = np.where(is_allowed, 0.0, small)
    small = small - withheld
    large = large + withheld if otherwise == "large" else large
    return expressed_weights(small, large, otherwise=otherwise, expression=expression)


def allowed(market: Market, filters: str) -> NDArray[np.bool_]:
    """Return whether all filters hold at each close."""
    each = [FILTERS[name].holds(market) for name in filters.split("+") if name]
    return np.logical_and.reduce(each) if each else np.ones(len(market), dtype=bool)


def readings(market: Market, filters: str, otherwise: str) -> list[str]:
    """Return what each filter says at the last close, a sentence each."""
    said = []
    for name in filters.split("+") if filters else ():
        one = FILTERS[name]
        instead = {"large": market.large.symbol, "cash": "cash"}[otherwise]
        verdict = (
            "it holds" if one.holds(market)[-1] else f"it does not hold, so {instead} is held for {market.small.symbol}"
        )
        said.append(f"filter {name}: {one.reading(market)}; {verdict} (it asks that {one.about})")
    return said
