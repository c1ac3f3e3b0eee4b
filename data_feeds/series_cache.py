"""Macro series of FRED, kept: asked for again once a session has closed, with the days on which values became known.

Market yields are never revised. Of a monthly series the value is the first one that stood on ALFRED on the 10th of a
month, and it counts as known from that 10th; where ALFRED has no vintages, the rule for files holds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from capshift.data_feeds.bar_cache import SETTLING, Fetched, settled
from capshift.data_feeds.calendar import last_closed
from capshift.data_feeds.fred import SOURCE, ask_series, ask_vintages
from capshift.data_feeds.retries import TryAgainError, patiently
from capshift.data_feeds.series import KNOWN_SERIES, RELEASE_DAY, known_dates, validated_series
from capshift.data_feeds.store import SERIES, Entry, Store
from capshift.data_feeds.tables import FrameTable
from capshift.data_feeds.validation import day, name_days
from capshift.errors import DataUnavailableError, SeriesError

#: The first 10th on which each monthly series stood on ALFRED.
FIRST_VINTAGES = {"SAHMREALTIME": pd.Timestamp("2019-11-10")}


class SeriesCache:
    """The stored series, brought up to date.

    Args:
        store: Where they are kept.
        now: The moment, with a time zone.
        offline: Ask nobody; what is stored must do.
        refresh: Ask for everything, and believe it whatever is stored.
    """

    def __init__(self, store: Store, now: pd.Timestamp, *, offline: bool = False, refresh: bool = False) -> None:
        """Find the moment since which there may be something new."""
        self._store, self._now, self._offline, self._refresh = store, now.tz_convert("UTC"), offline, refresh
        self._stale_before = settled(last_closed(now - SETTLING))
        self._silent = ""

    def fetched(self, name: str) -> Fetched:
        """Return what is stored of a series after as little fetching as will do.

        When FRED cannot be asked, what is stored must do, and a note says so.

        Raises:
            DataUnavailableError: Nothing is stored, and nothing can be had.
        """
        stored, notes = self._store.read_sound(SERIES, name, offline=self._offline)
        if self._offline:
            if stored is None:
                msg = f"{name}: nothing is stored in {self._store.folder}; fetch it once without --offline"
                raise DataUnavailableError(msg)
            return Fetched(stored, "offline", notes)
        if stored is not None and not self._due(stored):
            return Fetched(stored, "up to date", notes)
        with self._store.lock(SERIES, name):
            stored, _ = self._store.read_sound(SERIES, name, offline=self._offline)
            if stored is not None and not self._due(stored):
                return Fetched(stored, "up to date", notes)
            try:
                entry, said = self._update(name, stored)
            except DataUnavailableError as failure:
                if stored is None or self._refresh:
                    raise
                told = str(failure).removeprefix(f"{name}: ")
                return Fetched(stored, "kept", [*notes, f"{name} is as of {day(stored.fetched)}: {told}"])
            self._store.write(SERIES, name, entry)
        return Fetched(entry, "fetched", [*notes, *said])

    def _due(self, stored: Entry) -> bool:
        return stored.fetched < (self._now if self._refresh else self._stale_before)

    def _update(self, name: str, stored: Entry | None) -> tuple[Entry, list[str]]:
        """Return what is to be stored, and notes."""
        if self._silent:  # one server that does not answer is not waited for series by series
            msg = f"{name}: {self._silent}"
            raise TryAgainError(msg)
        try:
            latest = patiently(lambda: ask_series(name))
        except TryAgainError as failure:
            self._silent = str(failure).partition(": ")[2]
            raise
        if stored is not None and not self._refresh:
            _refuse_loss(name, stored.days, pd.DatetimeIndex(latest["DATE"]))
        notes, asked = [], "" if stored is None else stored.asked
        if KNOWN_SERIES.get(name) == "monthly":
            latest["RELEASED"] = known_dates(pd.DatetimeIndex(latest["DATE"]), "monthly")
            try:
                latest, asked = self._with_vintages(name, latest, stored)
            except DataUnavailableError as failure:
                told = str(failure).removeprefix(f"{name}: ").partition(";")[0]
                rule = f"latest values, known from the {RELEASE_DAY}th of the next month"
                notes.append(f"{name}: no vintages from ALFRED ({told}); {rule}")
        _check(name, latest)
        return Entry(latest, SOURCE, self._now, self._now, asked), notes

    def _with_vintages(self, name: str, latest: pd.DataFrame, stored: Entry | None) -> tuple[pd.DataFrame, str]:
        """Return a series with its values as they first stood on a 10th, and the last vintage asked for."""
        first = FIRST_VINTAGES.get(name)
        if first is None:
            return latest, ""
        known = latest.set_index("DATE")
        if stored is not None and stored.asked and not self._refresh:
            kept = stored.frame.set_index("DATE")
            known.loc[kept.index, ["VALUE", "RELEASED"]] = kept[["VALUE", "RELEASED"]]
            first = pd.Timestamp(stored.asked)
        days = _tenths(first, self._now)
        if len(days) == 1 and stored is not None and stored.asked == day(first):
            return _not_before(known, kept.index[-1], days[-1]).reset_index(), stored.asked
        stood = patiently(lambda: ask_vintages(name, days))
        seen = stood[days[0]].index
        for vintage in days[1:]:
            new = stood[vintage].index.difference(seen).intersection(known.index)
            known.loc[new, "VALUE"] = stood[vintage].loc[new]
            known.loc[new, "RELEASED"] = vintage
            seen = seen.union(new)
        return _not_before(known, seen[-1], days[-1]).reset_index(), day(days[-1])


def _not_before(known: pd.DataFrame, seen: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return a series whose values after the last one seen on a 10th count as known from the next 10th on."""
    earliest = last + pd.DateOffset(months=1)
    late = np.asarray(known.index > seen) & (known["RELEASED"] < earliest).to_numpy()
    return known.assign(RELEASED=known["RELEASED"].mask(late, earliest))


def _tenths(first: pd.Timestamp, now: pd.Timestamp) -> list[pd.Timestamp]:
    """Return each month's day of release from the first one to a moment."""
    today = now.tz_convert("America/New_York").tz_localize(None).normalize()
    months = pd.date_range(first.replace(day=1), today, freq="MS")
    days = [month + pd.Timedelta(days=RELEASE_DAY - 1) for month in months]
    return [one for one in days if one <= today]


def _refuse_loss(name: str, stored: pd.DatetimeIndex, fresh: pd.DatetimeIndex) -> None:
    lost = stored.difference(fresh)
    if len(lost):
        msg = (
            f"{name}: FRED's answer lacks {len(lost)} value(s) that it gave before: {name_days(lost)}; the stored ones "
            "are kept; to believe FRED, fetch with --refresh"
        )
        raise DataUnavailableError(msg)


def _check(name: str, frame: pd.DataFrame) -> None:
    """Refuse a series that would be refused from a file."""
    try:
        validated_series(FrameTable(name, frame, SeriesError))
    except SeriesError as refusal:
        msg = f"{name}: FRED's series is refused: {str(refusal).removeprefix(f'{name}: ')}"
        raise DataUnavailableError(msg) from refusal
