"""The prefix law for strategies that place orders: without the bars to come, they must order just the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capshift.data_feeds.validation import day
from capshift.errors import LookAheadError, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from capshift.backtests.ledger import Ledger
    from capshift.data_feeds import Market

#: Of the account's sessions, those whose cuts leave short markets.
_EARLY = 0.1
#: Cuts at a look: at least these, however long the markets that they leave, and at most those.
_FEWEST_CUTS, _MOST_CUTS = 2, 10
#: On so many first bars, [-1] and its like may reach back beyond the first, which Backtrader answers from the end.
_FIRST_BARS = 20


def check_orders(whole: Ledger, market: Market, name: str, again: Callable[[Market], Ledger]) -> None:
    """Raise when a strategy orders otherwise, or fares otherwise, on a prefix of the market than on the whole of it.

    Args:
        whole: What it did on the whole market.
        market: The whole.
        name: Of the strategy.
        again: Runs it on a market.

    Raises:
        LookAheadError: Naming the first session that differs, and the prefix.
        RuleError: It does not do the same twice on the same bars.
    """
    for cut in _cuts(whole, market.opening):
        last = market.opening + cut
        try:
            differs = _first_difference(whole, again(market.until(last)), cut)
            what = "" if differs is None else f"what it orders by {day(whole.sessions[differs])} changes"
        except RuleError as reason:
            what, differs = f"it fails ({reason})", cut
        if differs is None:
            continue
        if _first_difference(whole, again(market), len(whole.sessions) - 1) is not None:
            msg = f"{name} does not do the same twice; seed its random numbers, and keep nothing from run to run"
            raise RuleError(msg)
        early = market.opening + differs < _FIRST_BARS
        hint = "; on the first bar [-1] is the last one: let next return until len(self) > n" if early else ""
        msg = (
            f"{name} saw the future: {what} when the bars after {day(market.sessions[last])} are taken away; "
            f"use nothing later than each close{hint}"
        )
        raise LookAheadError(msg)


def _cuts(whole: Ledger, history: int) -> list[int]:
    """Return sessions of the account to cut after: where orders were placed, the more of them the earlier they are.

    What is ordered at the cut itself is what a peeker orders otherwise. Early cuts leave short markets, so that many
    cost little: all together take about as long as the whole.
    """
    last = len(whole.sessions) - 1
    # On fewer bars than an indicator needs Backtrader fails.
    able = range(max(whole.warm_after - 1 - history, 0), last)
    ordered = sorted({order[0] for order in whole.orders if order[0] in able}) or list(able)
    if not ordered:
        return []
    early = [at for at in ordered if at <= last * _EARLY] or ordered[:1]
    spread = [early[len(early) * number // _MOST_CUTS] for number in range(_MOST_CUTS)]
    chosen: list[int] = []
    left = float(history + last)
    for at in dict.fromkeys([ordered[len(ordered) // 2], *spread, *ordered]):
        left -= history + at
        if len(chosen) == _MOST_CUTS or (left < 0 and len(chosen) >= _FEWEST_CUTS):
            break
        chosen.append(at)
    return sorted(chosen)


def _first_difference(whole: Ledger, part: Ledger, cut: int) -> int | None:
    """Return the first session up to a cut whose orders or whose equity differ."""
    found = np.flatnonzero(whole.equity[: cut + 1] != part.equity[: cut + 1]).tolist()
    ours = [order for order in whole.orders if order[0] <= cut]
    theirs = [order for order in part.orders if order[0] <= cut]
    found += [min(one[0], other[0]) for one, other in zip(ours, theirs, strict=False) if one != other][:1]
    if len(ours) != len(theirs):
        found.append(max(ours, theirs, key=len)[min(len(ours), len(theirs))][0])
    return min(found, default=None)
