"""Bars of Yahoo, kept: only missing sessions are asked for, and nothing is believed that contradicts what is stored.

A new answer reaches back into what is stored. Where the two agree the new sessions are appended; where they do not, by
a split, a dividend in the adjusted closes, or a correction, everything is fetched anew. An answer that lacks sessions
which Yahoo gave before is refused. Corrections further back than the overlap are met by fetching all once a week.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.calendar import closing_time, last_closed, nyse_sessions
from capshift.data_feeds.files import validated_bars
from capshift.data_feeds.retries import TryAgainError, patiently
from capshift.data_feeds.store import BARS, Entry, Store
from capshift.data_feeds.tables import FrameTable
from capshift.data_feeds.validation import check_dates, day, name_days
from capshift.data_feeds.yahoo import SOURCE, ask_bars
from capshift.errors import BarsError, DataUnavailableError

if TYPE_CHECKING:
    from capshift.data_feeds.bars import Bars

#: Stored sessions that a new answer must repeat.
OVERLAP = 10
#: After so many days all is fetched anew, since corrections may lie further back than the overlap.
COMPLETE_EVERY = pd.Timedelta(days=7)
#: Minutes after the close until a bar counts as finished: Yahoo's figures lag, and late trades are still counted in.
SETTLING = pd.Timedelta(minutes=30)
#: Prices that differ by less are the same: Yahoo computes in single precision.
TOLERANCE = 2e-6
#: These do not trade on the holidays of the bond market.
YIELDS = frozenset({"^FVX", "^IRX", "^TNX", "^TYX"})
_LOWEST_YIELD, _HIGHEST_YIELD = -5.0, 30.0
#: Days after the first trade by which bars begin.
_LATE_BEGINNING = pd.Timedelta(days=7)
_PRICES = ["Open", "High", "Low", "Close", "Adj Close"]
_EVENTS = ["Dividends", "Stock Splits", "Capital Gains"]


@dataclass(frozen=True)
class Fetched:
    """What came of asking for a symbol or series.

    Attributes:
        entry: What is stored now.
        done: In words: what was fetched, or that nothing had to be.
        notes: What a reader must know of it.
    """

    entry: Entry
    done: str
    notes: list[str] = field(default_factory=list)


class BarCache:
    """The stored bars, brought up to date as far as they are needed.

    Args:
        store: Where they are kept.
        now: The moment, with a time zone.
        offline: Ask nobody; what is stored must do.
        until: Last date that is needed; None for the last session that has closed.
        refresh: Ask for everything, and believe it whatever is stored.
    """

    def __init__(
        self,
        store: Store,
        now: pd.Timestamp,
        *,
        offline: bool = False,
        until: pd.Timestamp | None = None,
        refresh: bool = False,
    ) -> None:
        """Find the last session that can be had."""
        self._store, self._now, self._offline, self._refresh = store, now.tz_convert("UTC"), offline, refresh
        self._silent = False
        self._closed = last_closed(now - SETTLING)
        self._wanted = self._closed if until is None else min(self._closed, _session_at(until))

    def bars(self, symbol: str, *, allow_gaps: bool = False) -> tuple[Bars, Fetched]:
        """Return the validated bars of a symbol, and what was fetched for them.

        Raises:
            DataUnavailableError: They cannot be had, or not be believed; the stored ones are left as they were.
        """
        fetched = self.fetched(symbol, allow_gaps=allow_gaps)
        return _believed(symbol, fetched.entry.frame, allow_gaps=allow_gaps), fetched

    def fetched(self, symbol: str, *, allow_gaps: bool = False) -> Fetched:
        """Return what is stored of a symbol after as little fetching as will do."""
        stored, notes = self._store.read_sound(BARS, symbol, offline=self._offline)
        if self._offline:
            return Fetched(_there(symbol, stored, self._store), "offline", notes)
        if stored is not None and not self._due(symbol, stored, allow_gaps=allow_gaps):
            return Fetched(stored, "up to date", notes)
        with self._store.lock(BARS, symbol):
            stored, _ = self._store.read_sound(
                BARS, symbol, offline=self._offline
            )  # another process may have fetched it meanwhile
            if stored is not None and not self._due(symbol, stored, allow_gaps=allow_gaps):
                return Fetched(stored, "up to date", notes)
            entry, done, said = self._update(symbol, stored)
            self._store.write(BARS, symbol, entry)
        missing = gaps(entry.days)
        if len(missing) and symbol not in YIELDS and not allow_gaps:
            msg = (
                f"{symbol}: {len(missing)} NYSE session(s) missing or empty in what Yahoo gives: {name_days(missing)}; "
                "try again later, or drop these sessions for all symbols (drop_gaps, --drop-gaps)"
            )
            raise DataUnavailableError(msg)
        return Fetched(entry, done, [*notes, *said, *self._late(symbol, entry)])

    def _due(self, symbol: str, stored: Entry, *, allow_gaps: bool) -> bool:
        """Return whether something is missing that may be had by now."""
        if self._refresh:
            return stored.fetched < self._now
        days = stored.days
        healing = not allow_gaps and symbol not in YIELDS and len(gaps(days)) > 0
        return bool(days[-1] < self._wanted) or healing

    def _update(self, symbol: str, stored: Entry | None) -> tuple[Entry, str, list[str]]:
        """Return what is to be stored, in words what it took, and notes."""
        if stored is not None and not self._refresh and self._now - stored.complete < COMPLETE_EVERY:
            fresh, _ = self._ask(symbol, _overlap(stored.days, heal=symbol not in YIELDS))
            joined = _joined(stored.frame, fresh)
            if joined is not None:
                check(symbol, joined)
                added = len(joined) - len(stored.frame)
                return (
                    Entry(joined, SOURCE, self._now, stored.complete),
                    f"{added} session(s) added" if added else "nothing new",
                    [],
                )
        fresh, notes = self._ask(symbol, None)
        check(symbol, fresh)
        if stored is None or self._refresh:
            done = "fetched"
        else:
            _refuse_loss(symbol, stored.days, pd.DatetimeIndex(fresh["Date"]))
            done = "fetched anew"
        return Entry(fresh, SOURCE, self._now, self._now), done, notes

    def _ask(self, symbol: str, since: pd.Timestamp | None) -> tuple[pd.DataFrame, list[str]]:
        """Return the finished bars of an answer, and a note where they begin late; a bar without prices is none."""
        bars, traded = self._answer(symbol, since)
        # The bar of a session that is not over would tell the close at noon.
        bars = bars[(bars["Date"] <= self._closed) & bars[_PRICES].notna().all(axis=1)].reset_index(drop=True)
        if bars.empty:
            since_when = "" if since is None else f" since {day(since)}"
            msg = f"{symbol}: Yahoo has no finished bars of it{since_when}; try again after the next close"
            raise DataUnavailableError(msg)
        first = bars["Date"].iloc[0]
        if since is None and traded is not None and first - traded > _LATE_BEGINNING:
            return bars, [f"{symbol}: Yahoo's bars begin {day(first)}, though it has traded since {day(traded)}"]
        return bars, []

    def _answer(self, symbol: str, since: pd.Timestamp | None) -> tuple[pd.DataFrame, pd.Timestamp | None]:
        """Return Yahoo's bars and the day of the first trade, patiently unless it has just been silent."""
        try:
            answer = ask_bars(symbol, since) if self._silent else patiently(lambda: ask_bars(symbol, since))
        except TryAgainError:
            self._silent = True  # the next symbol is asked for once, and not waited for
            raise
        self._silent = False
        return answer.bars, answer.traded_since

    def _late(self, symbol: str, entry: Entry) -> list[str]:
        """Return a note on sessions that have closed, but of which Yahoo has no bar yet."""
        last = entry.days[-1]
        if last >= self._wanted:
            return []
        missing = nyse_sessions(last + pd.Timedelta(days=1), self._wanted)
        return (
            [f"{symbol}: Yahoo's bars end {day(last)}; it has none yet of {name_days(missing)}"] if len(missing) else []
        )


def _session_at(date: pd.Timestamp) -> pd.Timestamp:
    """Return the last session up to a date."""
    longest_closing = pd.Timedelta(days=180)  # in 1914 the exchange was closed from July to December
    return pd.Timestamp(nyse_sessions(date - longest_closing, date)[-1])


def settled(session: pd.Timestamp) -> pd.Timestamp:
    """Return the moment from which a session's bar counts as finished."""
    return closing_time(session) + SETTLING


def _there(symbol: str, stored: Entry | None, store: Store) -> Entry:
    if stored is None:
        msg = (
            f"{symbol}: nothing is stored in {store.folder}; fetch it once without --offline (capshift fetch {symbol})"
        )
        raise DataUnavailableError(msg)
    return stored


def gaps(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the sessions of the exchange that are missing between the first day and the last."""
    return nyse_sessions(days[0], days[-1]).difference(days)


def _overlap(days: pd.DatetimeIndex, *, heal: bool) -> pd.Timestamp:
    """Return the date from which to ask: some stored sessions back, and before the first gap, which may be filled."""
    missing = gaps(days)
    end = len(days) if not (heal and len(missing)) else int(days.searchsorted(missing[0]))
    return pd.Timestamp(days[max(end - OVERLAP, 0)])


def _joined(stored: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame | None:
    """Return what is stored with an answer appended, or None when they do not agree where both speak.

    They must agree on each stored session since the answer's first one: on prices, adjusted closes and events. Of such
    sessions the answer's rows are kept, since volumes are still corrected after the close.
    """
    since = fresh["Date"].iloc[0]
    before, again = stored[stored["Date"] < since], stored[stored["Date"] >= since].set_index("Date")
    new = fresh.set_index("Date")
    if again.empty or not again.index.isin(new.index).all():
        return None
    repeated = new.loc[again.index]
    same = np.isclose(repeated[_PRICES], again[_PRICES], rtol=TOLERANCE, atol=0).all()
    same &= np.isclose(repeated[_EVENTS], again[_EVENTS], rtol=TOLERANCE, atol=1e-9).all()
    return pd.concat([before, fresh], ignore_index=True) if same else None


def _refuse_loss(symbol: str, stored: pd.DatetimeIndex, fresh: pd.DatetimeIndex) -> None:
    lost = stored.difference(fresh)
    if len(lost):
        msg = (
            f"{symbol}: Yahoo's answer lacks {len(lost)} session(s) that it gave before: {name_days(lost)}; the "
            f"stored ones are kept: use them (--offline), try again later, or believe Yahoo (fetch --refresh {symbol})"
        )
        raise DataUnavailableError(msg)


def check(symbol: str, frame: pd.DataFrame) -> None:
    """Refuse bars that would be refused from a file, but for gaps; yields are no prices, and may be below 0.

    Raises:
        DataUnavailableError: With symbol, day and reason.
    """
    if symbol not in YIELDS:
        _believed(symbol, frame, allow_gaps=True)
        return
    days, closes = pd.DatetimeIndex(frame["Date"]), frame["Close"].to_numpy()
    try:
        check_dates(symbol, days, first_row=0)
    except BarsError as refusal:
        raise _refused(symbol, refusal) from refusal
    wrong = np.flatnonzero(~((closes > _LOWEST_YIELD) & (closes < _HIGHEST_YIELD)))
    if len(wrong):
        at = int(wrong[0])
        msg = f"{symbol}: Yahoo's yield of {day(days[at])} is {closes[at]:g} percent, which none was; try again later"
        raise DataUnavailableError(msg)


def _believed(symbol: str, frame: pd.DataFrame, *, allow_gaps: bool) -> Bars:
    """Return bars that have passed what files must pass, too."""
    try:
        return validated_bars(FrameTable(symbol, frame, BarsError), allow_gaps=allow_gaps)
    except BarsError as refusal:
        raise _refused(symbol, refusal) from refusal


def _refused(symbol: str, refusal: BarsError) -> DataUnavailableError:
    return DataUnavailableError(f"{symbol}: Yahoo's bars are refused: {str(refusal).removeprefix(f'{symbol}: ')}")
