"""Macro series as they were known at the close of each session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.tables import FIRST_ROW, Table
from capshift.data_feeds.validation import day
from capshift.errors import SeriesError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

#: The series that a market carries when its source has them, and how often each is published.
KNOWN_SERIES = {
    "DGS3MO": "daily",  # 3-month Treasury bill, bond-equivalent yield in percent: interest on cash
    "DGS2": "daily",  # 2-year Treasury yield in percent
    "DGS10": "daily",  # 10-year Treasury yield in percent
    "VIXCLS": "daily",  # CBOE volatility index at the close
    "RVXCLS": "daily",  # CBOE Russell 2000 volatility index, where a source has it
    "SAHMREALTIME": "monthly",  # Sahm rule recession indicator, as first published, in percentage points
}
#: A value this many days old has not been followed by the next one in time: the series has ended, or lags.
STALE_DAYS = {"daily": 7, "monthly": 75}
#: The value of month m counts as known from this day of month m + 1, unless a release date is given.
RELEASE_DAY = 10


@dataclass(frozen=True, eq=False)
class Series:
    """Values with the day from which each is known.

    Attributes:
        name: FRED's identifier.
        known: Dates from which the values are known, rising.
        values: In the unit of the series; never NaN.
    """

    name: str
    known: pd.DatetimeIndex
    values: NDArray[np.float64]

    def as_of(self, sessions: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Return the last value known at each session's close, NaN before the first.

        >>> days = pd.DatetimeIndex(["2025-01-02", "2025-01-06"])
        >>> Series("X", days, np.array([1.0, 2.0])).as_of(pd.DatetimeIndex(["2025-01-03", "2025-01-06"])).tolist()
        [1.0, 2.0]
        """
        position = self.known.searchsorted(sessions, side="right") - 1
        padded = np.append(self.values, np.nan)
        return padded[position]

    def ages(self, sessions: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Return how many days before each session its value became known, NaN before the first.

        >>> days = pd.DatetimeIndex(["2025-01-02", "2025-01-06"])
        >>> Series("X", days, np.array([1.0, 2.0])).ages(pd.DatetimeIndex(["2025-01-03", "2025-01-06"])).tolist()
        [1.0, 0.0]
        """
        position = self.known.searchsorted(sessions, side="right") - 1
        days = np.append(self.known.as_unit("s").asi8 / 86_400, np.nan)
        return np.asarray(sessions.as_unit("s").asi8 / 86_400 - days[position])


def known_dates(dates: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """Return the dates from which values are known when no release date is given.

    A daily market yield is known on its date. A month's value is known from the 10th of the next month.

    >>> known_dates(pd.DatetimeIndex(["2025-07-01"]), "monthly")[0]
    Timestamp('2025-08-10 00:00:00')
    """
    if frequency == "daily":
        return dates
    months = dates.to_period("M") + 1
    return months.to_timestamp() + pd.Timedelta(days=RELEASE_DAY - 1)


def read_series(name: str, path: Path) -> Series:
    """Return a series from a file in FRED's layout: a date, a value ('.' is missing), if known RELEASED.

    The first column's name has changed at FRED over time, so columns go by position. Values whose release
    was overtaken by that of a later period are left out: they were never news.

    Raises:
        SeriesError: With row and remedy, when dates or values cannot be read, repeat or fall back.
    """
    return validated_series(Table(name, path, SeriesError))


def validated_series(table: Table) -> Series:
    """Return the series of a table in FRED's layout; `read_series` says how and what is refused."""
    name, header = table.name, table.header
    if len(header) not in {2, 3} or (len(header) > 2 and header[2] != "RELEASED"):  # noqa: PLR2004 - columns
        raise table.refusal(f"row 1: the columns are {','.join(header)}; DATE,VALUE[,RELEASED] are expected")
    dates = table.rising_dates(header[0])
    values = table.numbers(header[1], missing=(".", ""))
    if np.isinf(values).any():
        at = int(np.flatnonzero(np.isinf(values))[0])
        raise table.refusal(f"row {FIRST_ROW + at}: the value is infinite; correct the row")
    known = table.dates("RELEASED") if "RELEASED" in header else known_dates(dates, KNOWN_SERIES.get(name, "daily"))
    early = np.flatnonzero(known < dates)
    if len(early):
        at = int(early[0])
        raise table.refusal(f"row {FIRST_ROW + at}: released {day(known[at])}, before the period it speaks of")
    present = ~np.isnan(values)
    if not present.any():
        raise table.refusal("every value is missing; fetch the series again")
    return _in_order_of_release(name, known[present], values[present])


def _in_order_of_release(name: str, known: pd.DatetimeIndex, values: NDArray[np.float64]) -> Series:
    """Return the series sorted by release; rows come in order of their period."""
    order = np.argsort(known.asi8, kind="stable")
    newest_so_far = np.maximum.accumulate(order)
    news = order == newest_so_far
    return Series(name, known[order][news], values[order][news])
