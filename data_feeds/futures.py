"""Federal funds futures: what the market expects of the Fed's next decision.

A contract's price is 100 minus the average effective federal funds rate of its month, in percent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.tables import FIRST_ROW, Table, shown
from capshift.data_feeds.validation import day
from capshift.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Months that a market carries, counted from each session's own: the one before serves as an anchor.
MONTHS_AHEAD = (-1, 0, 1, 2, 3, 4)
#: A settlement older than this says nothing of today (calendar days).
_STALE_DAYS = 7
_COLUMNS = ("Date", "Contract", "Close")
_LOWEST, _HIGHEST = 50.0, 110.0


@dataclass(frozen=True, eq=False)
class Settlements:
    """Daily settlement prices, in any order.

    Attributes:
        dates: Days of settlement.
        months: The contracts' months, counted as year * 12 + month - 1.
        prices: 100 minus the expected average rate in percent.
    """

    dates: pd.DatetimeIndex
    months: NDArray[np.int64]
    prices: NDArray[np.float64]


def read_settlements(path: Path) -> Settlements:
    """Return settlements from a file with at least the columns Date, Contract (YYYY-MM) and Close.

    Raises:
        SeriesError: With row and remedy, when one cannot be read, is no price, or stands there twice.
    """
    table = Table("zq_settlements", Path(path), SeriesError)
    missing = [name for name in _COLUMNS if name not in table.header]
    if missing:
        raise table.refusal(f"row 1: no column '{missing[0]}'; at least {','.join(_COLUMNS)} are expected")
    dates, prices = table.dates("Date"), table.numbers("Close")
    texts = table.texts("Contract")
    months_of = {text: _month(text) for text in dict.fromkeys(texts)}
    months = np.array([months_of[text] for text in texts], dtype=np.int64)
    bad = np.flatnonzero(months < 0)
    if len(bad):
        at = int(bad[0])
        raise table.refusal(f"row {FIRST_ROW + at}: Contract {shown(texts[at])} is no month; write YYYY-MM")
    bad = np.flatnonzero(~((prices > _LOWEST) & (prices < _HIGHEST)))
    if len(bad):
        at = int(bad[0])
        raise table.refusal(f"row {FIRST_ROW + at}: Close is {prices[at]:g}; a price is 100 minus a rate in percent")
    doubled = np.flatnonzero(pd.DataFrame({"date": dates, "month": months}).duplicated())
    if len(doubled):
        at = int(doubled[0])
        raise table.refusal(f"row {FIRST_ROW + at}: {texts[at]} settles twice on {day(dates[at])}; remove one")
    return Settlements(dates, months, prices)


def _month(text: str) -> int:
    """Return a month YYYY-MM, counted as year * 12 + month - 1, or -1 for what is none."""
    if not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", text, re.ASCII):
        return -1
    return int(text[:4]) * 12 + int(text[5:]) - 1


def expected_rates(settlements: Settlements, sessions: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return the average rate that each month's contract implies, as known at each session's close.

    Args:
        settlements: Of any contracts and days.
        sessions: The market's.

    Returns:
        Percent, shape (sessions, 6), one column for each of `MONTHS_AHEAD`; NaN without a settlement of the last
        7 days. A contract that has expired keeps its last one, if that was of the last 7 days of its month.
    """
    days = settlements.dates.as_unit("s").asi8 // 86_400
    order = np.lexsort((days, settlements.months))
    days, months, prices = days[order], settlements.months[order], settlements.prices[order]
    here = sessions.as_unit("s").asi8 // 86_400
    own_month = np.asarray(sessions.year * 12 + sessions.month - 1, dtype=np.int64)
    keys = months * 1_000_000 + days
    out = np.full((len(sessions), len(MONTHS_AHEAD)), np.nan)
    for column, ahead in enumerate(MONTHS_AHEAD):
        month = own_month + ahead
        at = np.searchsorted(keys, month * 1_000_000 + here, side="right") - 1
        last_day = np.minimum(here, month_starts(month + 1) - 1)
        fresh = (at >= 0) & (months[at] == month) & (last_day - days[at] <= _STALE_DAYS)
        out[fresh, column] = 100 - prices[at[fresh]]
    return out


def month_starts(months: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first day of months, counted from 1970-01-01; months are counted as year * 12 + month - 1.

    >>> month_starts(np.array([1970 * 12, 1970 * 12 + 1])).tolist()
    [0, 31]
    """
    since_1970 = (np.asarray(months) - 1970 * 12).astype("datetime64[M]")
    return np.asarray(since_1970.astype("datetime64[D]").astype(np.int64))
