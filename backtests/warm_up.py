"""How much history a rule needs before it decides as it would with more."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from capshift.data_feeds.fomc import FomcDecisions
from capshift.data_feeds.market import leaders_of
from capshift.errors import CapshiftError, MarketError

if TYPE_CHECKING:
    from collections.abc import Callable

    from capshift.backtests.behaviour import Behaviour
    from capshift.data_feeds import Market

#: Sessions of history that are tried, a month to ten years.
_LADDER = (0, 21, 63, 126, 252, 504, 1260, 2520)
#: Of the sessions, those before the account that all tries open.
_BEFORE = 0.6


def without_history(market: Market, first: int) -> Market:
    """Return a market whose bars begin at a session; the account opens as it did, or there.

    >>> from capshift import load_market
    >>> market = load_market(start="2020-01-02")
    >>> short = without_history(market, 100)
    >>> len(market) - len(short), str(short.account_sessions[0].date())
    (100, '2020-01-02')
    """
    kept = market.sessions[first:]
    frozen = {
        "series": {name: values[first:] for name, values in market.series.items()},
        "ages": {name: days[first:] for name, days in market.ages.items()},
        "legs": {role: bars.on(kept) for role, bars in market.legs.items()},
    }
    leaders = market.leaders and [one for one in market.leaders.bars if one.sessions[-1] >= kept[0]]
    return replace(
        market,
        sessions=kept,
        leaders=leaders_of(leaders, kept) if leaders else None,
        fomc=FomcDecisions(market.fomc.table, market.fomc.known - first, market.fomc.kinds),
        futures=None if market.futures is None else market.futures[first:],
        month_end=market.month_end[first:],
        opening=max(market.opening - first, 0),
        **{name: MappingProxyType(values) for name, values in frozen.items()},  # type: ignore[arg-type]  # three kinds
    )


def history_needed(behave: Callable[[Market], Behaviour], market: Market) -> int | None:
    """Return how many sessions before an account opens make a rule do what it does with all there are.

    Tried with an account that opens late, on a ladder of lengths up to ten years.

    Args:
        behave: Does on a market what the rule does.
        market: With as much history as can be had.

    Returns:
        The least that was tried and is enough; None when none is, short of all.

    Raises:
        CapshiftError: It does not run where the account opens late, or with less history, or there is too little.
    """
    opening = int(len(market) * _BEFORE)
    late = replace(market, opening=opening)
    whole = behave(late)
    tried = [one for one in _LADDER if one < opening - 1]
    if all(_with(behave, late, one) is None for one in reversed(tried)):
        msg = "with less history it cannot be run"
        raise MarketError(msg)
    for sessions in tried:
        # One that counts from the first bar does the same on some lengths, and not on two that follow each other.
        if _is_enough(behave, late, whole, sessions) and _is_enough(behave, late, whole, sessions + 1):
            return sessions
    return None


def _with(behave: Callable[[Market], Behaviour], late: Market, sessions: int) -> Behaviour | None:
    """Return what is done with so many sessions of history, or nothing where they are too few for it."""
    try:
        return behave(without_history(late, late.opening - sessions))
    except CapshiftError:
        return None


def _is_enough(behave: Callable[[Market], Behaviour], late: Market, whole: Behaviour, sessions: int) -> bool:
    part, count = _with(behave, late, sessions), len(late) - late.opening
    return part is not None and (
        _of_account(whole, count).first_difference(_of_account(part, count), count - 1) is None
    )


def _of_account(behaviour: Behaviour, count: int) -> Behaviour:
    """Return what was done in the last sessions, counted from the first of them, wherever the bars begin."""
    orders = tuple((order[0] - behaviour.first, *order[1:]) for order in behaviour.orders)
    return replace(behaviour, first=0, rows=behaviour.rows[-count:], orders=orders)
