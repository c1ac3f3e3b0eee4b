"""Bars as Backtrader data feeds, filled from arrays, and a market from the feeds of somebody's Cerebro."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any

import backtrader as bt
import numpy as np
import pandas as pd

from capshift.data_feeds.bars import BAR_COLUMNS, Bars
from capshift.data_feeds.fomc import packaged_decisions
from capshift.data_feeds.market import Market, Provenance, build_market
from capshift.errors import MarketError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Backtrader counts days from 0001-01-01, as `datetime.toordinal` does.
_EPOCH_ORDINAL = pd.Timestamp("1970-01-01").toordinal()


def ordinals(sessions: pd.DatetimeIndex) -> np.ndarray:
    """Return sessions as Backtrader counts them, in days.

    >>> ordinals(pd.DatetimeIndex(["2025-08-22", "2025-08-25"])).tolist()
    [739485, 739488]
    """
    days: np.ndarray = (sessions - pd.Timestamp("1970-01-01")).days.to_numpy() + _EPOCH_ORDINAL
    return days


class BarsFeed(bt.feed.DataBase):
    """A Backtrader feed of one symbol, with the dividend as an extra line.

    Params:
        bars: The `Bars` to play.
        market: The `Market` they belong to; a rotation rule finds it here.
        role: Which leg of it they are, `small` or `large`.
    """

    lines: Any = ("dividend",)
    params = (("bars", None), ("market", None), ("role", ""), ("timeframe", bt.TimeFrame.Days))

    def _columns(self) -> dict[str, np.ndarray]:
        bars: Bars = self.p.bars
        columns = {name: getattr(bars, name) for name in BAR_COLUMNS}
        return {**columns, "datetime": ordinals(bars.sessions), "openinterest": np.zeros(len(bars))}

    def start(self) -> None:
        """Begin before the first bar."""
        super().start()
        self._rows = len(self.p.bars)
        self._row = -1
        self._arrays = self._columns()
        self._dates = array.array("d")

    def preload(self) -> None:
        """Hand over whole arrays; row by row, this would be a third of a backtest's time."""
        if self._filters or self.p.fromdate or self.p.todate:  # Backtrader's, which want each row
            super().preload()
            return
        for name, values in self._arrays.items():
            getattr(self.lines, name).array = array.array("d", np.asarray(values, dtype=np.float64).tobytes())
        self._last()
        self.home()

        self._row = self._rows - 1  # nothing is left to load
        self._buffers = list(self.lines)
        self._dates = self.lines.datetime.array

    # Backtrader's own versions of the next three copy every bar into attributes for live feeds and ask each line
    # for its length at each step; without that, a backtest takes half the time.

    def advance(self, size: int = 1, datamaster: Any = None, ticks: bool = True) -> None:  # noqa: FBT001, FBT002
        """Move to the next bar; aligned daily feeds need no master."""
        if datamaster is not None or not self._dates:
            super().advance(size, datamaster, ticks)
            return
        for line in self._buffers:
            line._idx += size  # noqa: SLF001 - its property checks for ring buffers, which preloaded lines are not
            line.lencount += size

    def advance_peek(self) -> float:
        """Return the date of the next bar, infinity after the last."""
        if not self._dates:
            return float(super().advance_peek())
        following = self._buffers[0].lencount
        return self._dates[following] if following < self._rows else float("inf")

    def _tick_nullify(self) -> None:
        """Keep no copies of a bar: whoever asks for a tick gets the bar's own value, unless it is still growing."""
        if self._filters:
            super()._tick_nullify()

    def _tick_fill(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - Backtrader's
        """Keep no copies of a bar here either."""
        if self._filters:
            super()._tick_fill(force)

    def _load(self) -> bool:
        """Hand over one bar, for a Cerebro that does not preload."""
        self._row += 1
        if self._row >= self._rows:
            return False
        for name, values in self._arrays.items():
            getattr(self.lines, name)[0] = float(values[self._row])
        return True


def market_feeds(market: Market, *, history: bool = False) -> dict[str, BarsFeed]:
    """Return one feed a traded leg, from the account's opening on, or with the history before it, by role.

    Example:
        for role, feed in market_feeds(market).items():
            cerebro.adddata(feed, name=role)
    """
    sessions = market.sessions if history else market.account_sessions
    return {role: BarsFeed(bars=bars.on(sessions), market=market, role=role) for role, bars in market.legs.items()}


def leg_feeds(feeds: Sequence[Any], market: Market) -> list[Any]:
    """Return the feeds of a market's legs, in its order, whatever the order in which they were added.

    Feeds that are not ours go by their names, `small` and `large`, or else by position. Weeks made of our feeds may
    stand among them.

    Raises:
        MarketError: One of the legs has no feed.
    """
    by_role = {getattr(feed.p, "role", "") or feed._name: feed for feed in feeds}  # noqa: SLF001 - its name
    if set(market.legs) <= set(by_role):
        return [by_role[role] for role in market.legs]
    if len(feeds) < len(market.legs) or any(isinstance(feed, BarsFeed) for feed in feeds):
        lacking = [role for role in market.legs if role not in by_role]
        msg = f"the {lacking[0]} caps have no feed here; add all of market_feeds(market)"
        raise MarketError(msg)
    return list(feeds[: len(market.legs)])


def market_from_feeds(feeds: Sequence[Any]) -> Market:
    """Return the market that feeds belong to, or one made of those named small and large, or of the first two.

    Feeds that are not ours are taken as they are: their closes as split-adjusted prices, their `dividend` line as
    dividends when they have one, with the packaged FOMC decisions and no macro series.

    Raises:
        MarketError: There are fewer than two feeds, or they are not preloaded, or their sessions differ.
    """
    ours: list[Market] = [feed.p.market for feed in feeds if getattr(feed.p, "market", None) is not None]
    if ours:
        return ours[0]
    if len(feeds) < 2:  # noqa: PLR2004 - small and large
        msg = f"a rotation needs two data feeds, small caps first and large caps second; Cerebro has {len(feeds)}"
        raise MarketError(msg)
    named = {feed._name: feed for feed in feeds}  # noqa: SLF001 - its name
    pair = (
        [named.get("small", feeds[0]), named.get("large", feeds[1])] if {"small", "large"} <= set(named) else feeds[:2]
    )
    small, large = (_bars_of(feed, role) for feed, role in zip(pair, ("small", "large"), strict=True))
    if not small.sessions.equals(large.sessions):
        msg = f"the feeds {small.symbol} and {large.symbol} have different sessions; align them before adding them"
        raise MarketError(msg)
    return build_market(
        legs={"small": small, "large": large},
        fomc=packaged_decisions(),
        provenance=Provenance("feeds", "data feeds of a Cerebro", simulated=False),
    )


def _bars_of(feed: Any, role: str) -> Bars:
    rows = feed.close.buflen()
    if not rows:
        msg = f"the feed of the {role} caps holds no bars yet; run Cerebro with preload=True (its default)"
        raise MarketError(msg)
    dates = np.array(feed.datetime.array[:rows])
    sessions = pd.DatetimeIndex(pd.to_datetime(np.floor(dates) - _EPOCH_ORDINAL, unit="D")).as_unit("ns")
    columns = {name: np.array(getattr(feed, name).array[:rows]) for name in BAR_COLUMNS if name != "dividend"}
    dividend = np.array(feed.dividend.array[:rows]) if hasattr(feed.lines, "dividend") else np.zeros(rows)
    return Bars(symbol=feed._name or role, sessions=sessions, dividend=dividend, **columns)  # noqa: SLF001 - its name
