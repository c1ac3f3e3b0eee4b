"""What happened to a market on the way: the Federal Reserve's decisions, and breakouts of small caps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.backtests.event_kinds import EVENTS
from capshift.data_feeds.fomc import HIKE, HOLD
from capshift.data_feeds.validation import day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capshift.data_feeds import Market


def marks_of(market: Market) -> list[list[str]]:
    """Return session, kind (`cut`, `hike`, `hold`, `breakout`) and words of each, by the session that knows it.

    >>> from capshift import load_market
    >>> marks_of(load_market(start="2020-02-20", end="2020-04-30"))[:2]
    [['2020-03-03', 'cut', 'further cut, -50 bp'], ['2020-03-16', 'cut', 'further cut, -100 bp']]
    """
    return sorted([*_decisions(market), *_breakouts(market)])


def _decisions(market: Market) -> Iterator[list[str]]:
    fomc = market.fomc
    for known, kind, change in zip(fomc.known.tolist(), fomc.kinds, fomc.table.change_bp.tolist(), strict=True):
        if known >= market.opening:
            what = kind if kind in {HIKE, HOLD} else "cut"
            words = "no change" if kind == HOLD else f"{kind if kind == HIKE else f'{kind} cut'}, {change:+d} bp"
            yield [day(market.sessions[known]), what, words]


def _breakouts(market: Market) -> Iterator[list[str]]:
    kind = EVENTS["breakout"]
    found = kind.find(market, **kind.params).since(market.opening)
    entry = kind.params["entry"]
    for session in found.sessions.tolist():
        words = f"{market.small.symbol} closed above the highest of {entry} closes"
        yield [day(market.sessions[session]), "breakout", words]
