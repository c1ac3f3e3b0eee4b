"""Sessions of the New York Stock Exchange: the one door to exchange_calendars."""

from __future__ import annotations

from functools import lru_cache

import exchange_calendars
import numpy as np
import pandas as pd


@lru_cache(maxsize=8)
def _nyse_years(first_year: int, last_year: int) -> pd.DatetimeIndex:
    calendar = exchange_calendars.get_calendar("XNYS", start=f"{first_year}-01-01", end=f"{last_year}-12-31")
    return pd.DatetimeIndex(calendar.sessions.to_numpy()).as_unit("ns")  # without their frequency


def nyse_sessions(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the exchange's sessions from `first` to `last`, both included when they are sessions.

    >>> [str(day.date()) for day in nyse_sessions(pd.Timestamp("2025-01-08"), pd.Timestamp("2025-01-13"))]
    ['2025-01-08', '2025-01-10', '2025-01-13']
    """
    sessions = _nyse_years(first.year, last.year)
    begin = int(sessions.searchsorted(first, side="left"))
    return sessions[begin : int(sessions.searchsorted(last, side="right"))]


def month_ends(sessions: pd.DatetimeIndex) -> np.ndarray:
    """Return whether each session is its month's last one, by the exchange's calendar.

    The next row would tell the same, but the last row has none: a rule that decides at month end must
    decide the same on the last bar of today as it will once tomorrow's bar is there.

    >>> month_ends(pd.DatetimeIndex(["2025-08-28", "2025-08-29"])).tolist()
    [False, True]
    """
    following_month = sessions[-1] + pd.offsets.MonthEnd(0)
    exchange = nyse_sessions(sessions[0], following_month)
    months = exchange.year * 12 + exchange.month
    last_of_month = exchange[np.append(months[1:] != months[:-1], True)]
    return np.asarray(sessions.isin(last_of_month))
