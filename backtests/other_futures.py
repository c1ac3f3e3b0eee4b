"""Markets with the same past and another future: a rule that knows only the past cannot tell them apart."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from capshift.data_feeds.bars import BAR_COLUMNS, PRICE_COLUMNS, Bars
from capshift.data_feeds.fed_calendar import Meetings
from capshift.data_feeds.fomc import FomcDecisions, FomcTable
from capshift.data_feeds.market import leaders_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.data_feeds.market import Leaders

#: Way to what becomes of all that follows a session; leaders go with small caps, rates and indices move as well.
WAYS = {
    "taken away": "nothing follows",
    "rising": "small caps treble overnight and go on rising while large caps lose two thirds and go on falling",
    "falling": "small caps lose two thirds overnight and go on falling while large caps treble and go on rising",
    "shuffled": "the same bars follow in another order",
    "drawn": "bars drawn from the past follow",
}
#: What prices are multiplied by from the next open on: large enough to move any statistic.
_JUMP = 3.0
#: What they grow by from one session to the next after it, and from open to close, so that no ratio of two stays.
_DAILY, _WITHIN = 1.02, 1.2
#: Sessions after which they grow no more: floats have an end.
_GROWING = 63
#: What volumes are multiplied by, and the part of the close that is paid out at each session of a rise.
_CROWD, _PAYOUT = 10.0, 0.01
#: Percentage points by which the Fed moves at each decision to come, and futures of its rate at once.
_STEP, _RATE = 0.25, 1.0


def parts_of(market: Market) -> tuple[str, ...]:
    """Return the names of what a rule can see in a market."""
    legs = [f"{role}.{column}" for role in market.legs for column in BAR_COLUMNS]
    others = ["leaders"] * (market.leaders is not None) + ["futures"] * (market.futures is not None)
    return (*legs, *others, *market.series, "fomc", "meetings", "speeches")


def other_future(
    market: Market, cut: int, way: str, *, reach: int | None = None, parts: Collection[str] | None = None
) -> Market:
    """Return a market that is the same up to a session's close, and then another.

    Args:
        market: The whole.
        cut: Position of the last session that stays.
        way: One of `WAYS`.
        reach: Sessions that follow, or as many as there are when fewer are left; None for all.
        parts: Of `parts_of`, those that change; None for all.

    >>> from capshift import load_market
    >>> market = load_market(start="2020-01-02", end="2020-12-31")
    >>> other = other_future(market, len(market) - 2, "rising")
    >>> bool(other.small.open[-1] == 3 * market.small.open[-1]), bool(other.small.close[-2] == market.small.close[-2])
    (True, True)
    """
    if way == "taken away":
        return market.until(cut)
    last = len(market) - 1 if reach is None else min(cut + reach, len(market) - 1)
    short = market.until(last)

    def touched(part: str) -> bool:
        return parts is None or part in parts

    columns = {role: {one for one in BAR_COLUMNS if touched(f"{role}.{one}")} for role in short.legs}
    legs = {
        role: _bars(bars, cut, way, rises=(role == "small") == (way == "rising"), columns=columns[role])
        for role, bars in short.legs.items()
    }
    series = {
        name: _values(values, cut, way, rises=(number % 2 == 0) == (way == "rising")) if touched(name) else values
        for number, (name, values) in enumerate(short.series.items())
    }
    futures = short.futures if short.futures is None or not touched("futures") else _futures(short.futures, cut, way)
    return replace(
        short,
        legs=MappingProxyType(legs),
        leaders=_leaders(short.leaders, short, cut, way) if short.leaders and touched("leaders") else short.leaders,
        series=MappingProxyType(series),
        fomc=_fomc(short.fomc, cut, way) if touched("fomc") else short.fomc,
        meetings=_meetings(short, cut, way) if touched("meetings") else short.meetings,
        speeches=short.speeches[short.speeches <= short.sessions[cut]] if touched("speeches") else short.speeches,
        futures=futures,
    )


def _source(count: int, cut: int, way: str) -> NDArray[np.int64]:
    """Return the sessions whose bars follow a cut, in their order; the same for all symbols, and at each call."""
    random = np.random.default_rng([count, cut])
    later = np.arange(cut + 1, count)
    return random.permutation(later) if way == "shuffled" or cut < 1 else random.integers(1, cut + 1, len(later))


def _bars(bars: Bars, cut: int, way: str, *, rises: bool, columns: Collection[str]) -> Bars:
    """Return bars with other values after a cut in some of their columns."""
    later = slice(cut + 1, None)
    changed: dict[str, NDArray[np.float64]] = {name: getattr(bars, name).copy() for name in BAR_COLUMNS}
    if way in {"rising", "falling"}:
        days = np.minimum(np.arange(len(bars) - cut - 1), _GROWING)
        growth = (_JUMP * _DAILY**days) ** (1 if rises else -1)
        within = _WITHIN if rises else 1 / _WITHIN
        factors = {
            "open": growth,
            "high": growth * max(within, 1.0),
            "low": growth * min(within, 1.0),
            "close": growth * within,
            "volume": (_CROWD * _DAILY**days) ** (1 if rises else -1),
        }
        for name in set(columns) & set(factors):
            changed[name][later] *= factors[name]
        if "dividend" in columns:
            changed["dividend"][later] = changed["close"][later] * (_PAYOUT if rises else 0.0)
    else:
        source = _source(len(bars), cut, way)
        before = bars.close[source - 1]
        closes = bars.close[cut] * np.cumprod(bars.close[source] / before)
        scale = np.concatenate([bars.close[cut : cut + 1], closes[:-1]])[: len(source)] / before
        for name in columns:
            moved = name in PRICE_COLUMNS or name == "dividend"
            changed[name][later] = getattr(bars, name)[source] * (scale if moved else 1.0)
    return Bars(symbol=bars.symbol, sessions=bars.sessions, **changed)


def _values(values: NDArray[np.float64], cut: int, way: str, *, rises: bool) -> NDArray[np.float64]:
    """Return a series with other values after a cut."""
    later = slice(cut + 1, None)
    changed = values.copy()
    if way in {"rising", "falling"}:
        changed[later] = values[later] * _JUMP + 1 if rises else values[later] / _JUMP - 1
    else:
        changed[later] = values[_source(len(values), cut, way)]
    changed.setflags(write=False)
    return changed


def _leaders(leaders: Leaders, market: Market, cut: int, way: str) -> Leaders:
    """Return the giants with other bars after a cut, each on its own sessions."""
    changed = []
    for bars in leaders.bars:
        own_cut = int(bars.sessions.searchsorted(market.sessions[cut], side="right")) - 1
        fresh = own_cut < 0  # it has no past here
        changed.append(bars if fresh else _bars(bars, own_cut, way, rises=way == "rising", columns=BAR_COLUMNS))
    return leaders_of(changed, market.sessions)


def _fomc(decisions: FomcDecisions, cut: int, way: str) -> FomcDecisions:
    """Return the Fed's decisions up to a cut, and then a hike at each, a cut at each, or none at all."""
    past = int(np.searchsorted(decisions.known, cut + 1, side="left"))
    if way not in {"rising", "falling"} or not past:
        return decisions.until(cut + 1)
    table = decisions.table
    step = _STEP if way == "rising" else -_STEP
    moves = step * np.arange(1, len(table.dates) - past + 1)

    def moved(level: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
        return np.concatenate([level[:past], np.maximum(level[past - 1] + moves, floor)])

    other = FomcTable(table.dates, moved(table.lower, 0.0), moved(table.upper, _STEP), table.scheduled)
    return FomcDecisions(other, decisions.known, other.kinds)


def _meetings(market: Market, cut: int, way: str) -> Meetings:
    """Return the calendar as it stood at a cut; when falling, all that is to come is called off on the next session."""
    published = market.meetings.as_published(market.sessions[cut])
    if way != "falling" or cut + 1 >= len(market):
        return published
    later = np.asarray(published.dates > market.sessions[cut + 1]) & np.asarray(published.cancelled.isna())
    return Meetings(published.dates, published.cancelled.where(~later, market.sessions[cut + 1]))


def _futures(rates: NDArray[np.float64], cut: int, way: str) -> NDArray[np.float64]:
    """Return the rates that futures imply, others after a cut."""
    changed = rates.copy()
    if way in {"rising", "falling"}:
        changed[cut + 1 :] += _RATE if way == "rising" else -_RATE
    else:
        changed[cut + 1 :] = rates[_source(len(rates), cut, way)]
    changed.setflags(write=False)
    return changed
