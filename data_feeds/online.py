"""Bars from Yahoo and macro series from FRED, by way of the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.bar_cache import BarCache, Fetched
from capshift.data_feeds.bills import BILL_YIELD, bond_equivalent
from capshift.data_feeds.fed_calendar import Meetings, packaged_meetings, packaged_speeches
from capshift.data_feeds.fomc import FomcTable, packaged_decisions
from capshift.data_feeds.series import Series, validated_series
from capshift.data_feeds.series_cache import SeriesCache
from capshift.data_feeds.store import Store
from capshift.data_feeds.tables import FrameTable
from capshift.data_feeds.target_moves import LOWER, UPPER, decisions_after, in_words
from capshift.data_feeds.validation import day
from capshift.errors import DataUnavailableError, SeriesError

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds.bars import Bars
    from capshift.data_feeds.futures import Settlements

BILL, BILL_INDEX = BILL_YIELD, "^IRX"


class OnlineSource:
    """Yahoo's bars and FRED's series.

    Args:
        cache_dir: Where downloads are kept; None for the user's cache folder.
        offline: Ask nobody; what is stored must do.
        until: Last date that is needed; None for the last session that has closed.
        now: The moment, with a time zone; None for the clock's.
    """

    name = "yahoo"
    simulated = False

    def __init__(
        self,
        cache_dir: str | Path | None = None,
        *,
        offline: bool = False,
        until: pd.Timestamp | None = None,
        now: pd.Timestamp | None = None,
    ) -> None:
        """Look at the clock once, so that all symbols are asked for up to the same session."""
        store = Store(cache_dir)
        self._now = pd.Timestamp.now("UTC") if now is None else now
        self._offline = offline
        self._bars = BarCache(store, self._now, offline=offline, until=until)
        self._series = SeriesCache(store, self._now, offline=offline)
        self._fetched: dict[str, pd.Timestamp] = {}
        self._bill = "no bill yield: cash earns nothing"
        self._notes: list[str] = []

    @property
    def description(self) -> str:
        """Where bars and bill yield came from, and when."""
        oldest = min(self._fetched.values(), default=self._now)
        return f"Yahoo Finance as of {day(oldest)}, {self._bill}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of what was downloaded."""
        if not self._offline or not self._fetched:
            return tuple(self._notes)
        oldest = min(self._fetched, key=lambda name: self._fetched[name])
        age = (self._now - self._fetched[oldest]).days
        return (f"offline: {oldest} was fetched on {day(self._fetched[oldest])}, {age} day(s) ago", *self._notes)

    def bars(self, symbol: str, *, allow_gaps: bool = False) -> Bars:
        """Return the validated bars of a symbol."""
        bars, fetched = self._bars.bars(symbol, allow_gaps=allow_gaps)
        self._keep(symbol, fetched)
        return bars

    def series(self, name: str) -> Series | None:
        """Return a macro series; None, and a note, when it cannot be had.

        The bill yield is DGS3MO, else that of the 13-week bill by Yahoo's ^IRX.
        """
        table = self._table(name)
        if table is not None:
            if name == BILL:
                self._bill = f"bill yield {BILL} from FRED"
            return validated_series(table)
        return self._bill_index() if name == BILL else None

    def fomc(self) -> FomcTable:
        """Return the packaged decisions, and after them those that FRED's target range tells of."""
        packaged = packaged_decisions()
        last = packaged.dates[-1]
        meetings = packaged_meetings()
        today = self._now.tz_convert("America/New_York").tz_localize(None).normalize()
        upper, lower = self._bound(UPPER), self._bound(LOWER)
        later = None if upper is None or lower is None else decisions_after(last, meetings, upper, lower)
        if later is not None:
            told = in_words(later, packaged.upper[-1])
            self._notes.append(f"decisions of the Fed after {day(last)} from FRED's {UPPER}: {told}")
            last = later.dates[-1]
        unknown = meetings.dates[(meetings.dates > last) & (meetings.dates < today)]
        if len(unknown):
            self._notes.append(f"decisions of the Fed after {day(last)} are not known, that of {day(unknown[0])} first")
        return packaged if later is None else packaged.extended(later)

    def meetings(self) -> Meetings:
        """Return the packaged calendar."""
        return packaged_meetings()

    def speeches(self) -> pd.DatetimeIndex:
        """Return the packaged speeches."""
        return packaged_speeches()

    def settlements(self) -> Settlements | None:
        """Return nothing: Yahoo keeps no settlements of futures that have expired."""
        return None

    def _keep(self, name: str, fetched: Fetched) -> None:
        """Remember when something was fetched, and what has to be said of it."""
        self._fetched[name] = fetched.entry.fetched
        self._notes += fetched.notes

    def _table(self, name: str) -> FrameTable | None:
        """Return a series of FRED as it is stored, or None with a note."""
        try:
            fetched = self._series.fetched(name)
        except DataUnavailableError as failure:
            self._notes.append(f"there is no {name}: {str(failure).removeprefix(f'{name}: ')}")
            return None
        self._keep(name, fetched)
        return FrameTable(name, fetched.entry.frame, SeriesError)

    def _bound(self, name: str) -> pd.Series[float] | None:
        """Return a bound of the target range, by calendar day."""
        table = self._table(name)
        return None if table is None else pd.Series(table.numbers("VALUE"), index=table.dates("DATE"))

    def _bill_index(self) -> Series | None:
        """Return the bill yield by Yahoo's index, in place of FRED's."""
        try:
            fetched = self._bars.fetched(BILL_INDEX)
        except DataUnavailableError as failure:
            self._notes.append(f"cash earns nothing: {failure}")
            return None
        self._keep(BILL_INDEX, fetched)
        self._bill = f"bill yield {BILL_INDEX} from Yahoo, converted from bank discount"
        closes = fetched.entry.frame["Close"].to_numpy(dtype=np.float64)
        return Series(BILL, fetched.entry.days.as_unit("ns"), bond_equivalent(closes))
