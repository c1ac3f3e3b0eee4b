"""What stands in the Federal Reserve's calendar: scheduled decisions, and the chair's speeches at Jackson Hole.

A meeting that was called off stays in the calendar until the day on which that was announced: before it, everybody
expected the meeting.

Source: Federal Reserve Board, "Meeting calendars and information" and "Speeches".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.fomc import packaged_decisions
from capshift.data_feeds.tables import Table
from capshift.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The Fed publishes its calendar at least so long ahead.
_PUBLISHED_DAYS = 365


@dataclass(frozen=True, eq=False)
class Meetings:
    """Scheduled decisions, past and to come, oldest first.

    Attributes:
        dates: Days on which a decision was or is to be announced.
        cancelled: Day on which the meeting was called off, NaT for all others.
    """

    dates: pd.DatetimeIndex
    cancelled: pd.DatetimeIndex

    def next_after(self, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return the day of the next scheduled decision as the calendar stood at each close, NaT without one.

        >>> packaged_meetings().next_after(pd.DatetimeIndex(["2020-03-13", "2020-03-16"])).strftime("%m-%d").tolist()
        ['03-18', '04-29']
        """
        position = self.dates.searchsorted(sessions, side="right")
        never = np.datetime64("NaT", "ns")
        dates = np.append(self.dates.to_numpy(), never)
        cancelled = np.append(self.cancelled.to_numpy(), never)
        for _ in range(int(np.sum(~np.isnat(cancelled)))):
            position = position + (cancelled[position] <= sessions.to_numpy())
        return pd.DatetimeIndex(dates[position])

    def as_published(self, last: pd.Timestamp) -> Meetings:
        """Return the calendar as it stood at a session's close: a year ahead, and nothing called off later."""
        kept = np.asarray(self.dates <= last + pd.Timedelta(days=_PUBLISHED_DAYS))
        cancelled = self.cancelled[kept].where(self.cancelled[kept] <= last)
        return Meetings(self.dates[kept], pd.DatetimeIndex(cancelled))

    def with_dates(self, dates: pd.DatetimeIndex) -> Meetings:
        """Return these meetings and those of `dates` that are not among them."""
        new = dates[~dates.isin(self.dates)]
        joined = self.dates.append(new)
        cancelled = self.cancelled.append(pd.DatetimeIndex([pd.NaT] * len(new)))
        order = np.argsort(joined.to_numpy())
        return Meetings(pd.DatetimeIndex(joined[order]).as_unit("ns"), pd.DatetimeIndex(cancelled[order]).as_unit("ns"))


def _packaged(file: str) -> Table:
    with resources.as_file(resources.files(__package__).joinpath(file)) as path:
        return Table(Path(file).stem, path, SeriesError)


@lru_cache(maxsize=1)
def packaged_meetings() -> Meetings:
    """Return the scheduled decisions of the packaged record, those to come, and the one that was called off."""
    table, record = _packaged("fomc_calendar.csv"), packaged_decisions()
    cancelled = pd.DatetimeIndex(pd.to_datetime(table.texts("cancelled")))
    return Meetings(table.dates("date"), cancelled).with_dates(record.dates[record.scheduled])


@lru_cache(maxsize=1)
def packaged_speeches() -> pd.DatetimeIndex:
    """Return the days on which a chair of the Federal Reserve spoke at Jackson Hole, 1998 to 2025.

    In 2013 and 2015 the chair stayed away.
    """
    return _packaged("jackson_hole.csv").dates("date").as_unit("ns")


def read_dates(name: str, path: Path) -> pd.DatetimeIndex:
    """Return the dates of a file's column `date`, oldest first; of a calendar those whose `scheduled` is yes.

    Raises:
        SeriesError: With row and remedy, when there is no such column, or dates cannot be read, repeat or fall back.
    """
    table = Table(name, Path(path), SeriesError)
    if "date" not in table.header:
        raise table.refusal(f"row 1: no column 'date'; the columns are {','.join(table.header)}")
    dates = table.rising_dates("date")
    if "scheduled" in table.header:
        dates = dates[table.answers("scheduled")]
    return dates.as_unit("ns")


def first_sessions(dates: pd.DatetimeIndex, sessions: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return the position of the first session on or after each date that has one among the sessions.

    >>> days = pd.DatetimeIndex(["2025-08-21", "2025-08-22"])
    >>> first_sessions(pd.DatetimeIndex(["2024-08-23", "2025-08-22", "2026-08-21"]), days).tolist()
    [1]
    """
    within = dates[(dates >= sessions[0]) & (dates <= sessions[-1])]
    return np.asarray(sessions.searchsorted(within, side="left"), dtype=np.int64)
