"""What a rule does on a market, session by session, so that two markets can be held against each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.backtests.ledger import Ledger
    from capshift.data_feeds import Market
    from capshift.strategies import Rotation

#: Of equity: smaller differences are rounding, which a sum over more bars may do otherwise.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Behaviour:
    """What a rule does at each close.

    Attributes:
        first: Position in the market of the first close.
        legs: Roles, in order.
        rows: What must be alike, shape (sessions, columns): weights, one a leg, and what else is known of it.
        orders: What a plain strategy ordered, each with the position in the market of the session that did.
        warm_after: Bars of the market that its Backtrader indicators need; Backtrader fails on fewer.
    """

    first: int
    legs: tuple[str, ...]
    rows: NDArray[np.float64]
    orders: tuple[tuple[Any, ...], ...] = ()
    warm_after: int = 0

    def first_difference(self, other: Behaviour, last: int) -> int | None:
        """Return the position of the first session, up to a last one, at which another does otherwise."""
        count = last + 1 - self.first
        with np.errstate(invalid="ignore"):
            differs = ~np.isclose(self.rows[:count], other.rows[:count], rtol=0, atol=_ROUNDING, equal_nan=True)
        found = (self.first + np.flatnonzero(differs.any(axis=1))).tolist()
        ours = [order for order in self.orders if order[0] <= last]
        theirs = [order for order in other.orders if order[0] <= last]
        found += [min(one[0], two[0]) for one, two in zip(ours, theirs, strict=False) if not _alike(one, two)][:1]
        if len(ours) != len(theirs):
            found.append(max(ours, theirs, key=len)[min(len(ours), len(theirs))][0])
        return min(found, default=None)

    def changes(self) -> list[int]:
        """Return the positions of the sessions that decide otherwise than the one before, or that place an order."""
        if self.orders:
            return sorted({order[0] for order in self.orders})
        weights = self.rows[:, : len(self.legs)]
        return (self.first + 1 + np.flatnonzero((weights[1:] != weights[:-1]).any(axis=1))).tolist()

    def said(self, at: int, *, ordering: bool = False) -> str:
        """Return what it decides at a session, or orders, in words.

        >>> Behaviour(10, ("small", "large"), np.array([[0.25, 0.75, 0.0]])).said(10)
        'small 0.25, large 0.75'
        """
        if ordering:
            orders = [_ordered(name, size, symbol) for place, symbol, name, size, *_ in self.orders if place == at]
            return "; ".join(orders) or "nothing"
        held = zip(self.legs, self.rows[at - self.first], strict=False)
        return ", ".join(f"{leg} {weight:.3g}" for leg, weight in held)


def _ordered(kind: str, size: float, symbol: str) -> str:
    """Return an order in words, like "buy 100 IWM (Market)"."""
    return f"{'buy' if size > 0 else 'sell'} {abs(size):g} {symbol} ({kind})"


def _alike(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Return whether two orders are the same, but for rounding."""
    return len(ours) == len(theirs) and all(starmap(_same, zip(ours, theirs, strict=True)))


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=_ROUNDING) or (math.isnan(one) and math.isnan(two))
    return bool(one == two)


def decided(rule: type[Rotation], market: Market, parameters: Mapping[str, Any]) -> Behaviour:
    """Return what an array rule decides, history before the account opens included."""
    holdings = rule.decided(market, parameters)
    legs = tuple(market.legs)
    return Behaviour(0, legs, np.column_stack([np.array(holdings.rows(legs)), holdings.rebalance]))


def traded(ledger: Ledger, market: Market) -> Behaviour:
    """Return what a rule that looks at its fills, or a plain strategy, did to an account."""
    opening = market.opening
    orders = tuple((opening + order[0], *order[1:]) for order in ledger.orders)
    grown = ledger.equity / ledger.equity[0]
    return Behaviour(opening, ledger.legs, np.column_stack([ledger.weights, grown]), orders, ledger.warm_after)
