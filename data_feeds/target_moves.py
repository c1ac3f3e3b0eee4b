"""Decisions of the Federal Reserve that are not in the packaged record yet, from FRED's series of its target range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.fomc import FomcTable
from capshift.data_feeds.validation import day

if TYPE_CHECKING:
    from capshift.data_feeds.fed_calendar import Meetings

UPPER, LOWER = "DFEDTARU", "DFEDTARL"
#: The range moves on the day after a scheduled decision; on the day itself in 2008-12, 2015-12 and 2016-12.
_LAG = pd.Timedelta(days=1)


def decisions_after(
    last: pd.Timestamp, meetings: Meetings, upper: pd.Series[float], lower: pd.Series[float]
) -> FomcTable | None:
    """Return the decisions after a date, or None when there was none.

    A scheduled meeting decided what the range was on the day after it, a hold included; without a value for that day
    nothing is known of it yet. A move that no scheduled meeting explains was announced on the day before it: not on the
    session before, which for a Sunday (2020-03-15) would be known two days too early.

    Args:
        last: The last decision that is known otherwise.
        meetings: The calendar.
        upper: Upper bound in percent, one value a calendar day.
        lower: Lower bound in percent.
    """
    bounds = pd.DataFrame({"upper": upper, "lower": lower}).dropna().sort_index()
    held = np.isnat(meetings.cancelled.to_numpy())
    dates = meetings.dates[held & (meetings.dates > last) & np.asarray((meetings.dates + _LAG).isin(bounds.index))]
    decisions = {date: (*bounds.loc[date + _LAG, ["lower", "upper"]], True) for date in dates}
    moved = bounds.index[1:][(bounds.diff().iloc[1:] != 0).any(axis=1)]
    for effective in moved[moved > last + _LAG]:
        if effective not in dates and effective - _LAG not in dates:
            decisions[effective - _LAG] = (*bounds.loc[effective, ["lower", "upper"]], False)
    if not decisions:
        return None
    days = sorted(decisions)
    columns = list(zip(*(decisions[date] for date in days), strict=True))
    return FomcTable(
        pd.DatetimeIndex(days).as_unit("ns"),
        np.array(columns[0], dtype=np.float64),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.bool_),
    )


def in_words(table: FomcTable, before: float) -> str:
    """Return decisions as a note tells them.

    Args:
        table: The decisions.
        before: The upper bound before the first of them, in percent.
    """
    changes = np.diff(table.upper, prepend=before)
    told = [
        f"{day(date)} {'no change' if change == 0 else f'{change * 100:+.0f} basis points'}"
        for date, change in zip(table.dates, changes, strict=True)
    ]
    return ", ".join(told)
