"""Sessions of the New York Stock Exchange: the one door to exchange_calendars."""

from __future__ import annotations

from functools import lru_cache

import exchange_calendars
import numpy as np
import pandas as pd

#: Building a calendar takes a fifth of a second for whatever span, so that one serves all usual dates.
_USUAL_YEARS = (1980, 2030)


@lru_cache(maxsize=8)
def _nyse(first_year: int, last_year: int) -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar("XNYS", start=f"{first_year}-01-01", end=f"{last_year}-12-31")


@lru_cache(maxsize=8)
def _nyse_years(first_year: int, last_year: int) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(_nyse(first_year, last_year).sessions.to_numpy()).as_unit("ns")  # without their frequency


def _years(first: pd.Timestamp, last: pd.Timestamp) -> tuple[int, int]:
    return min(first.year, _USUAL_YEARS[0]), max(last.year, _USUAL_YEARS[1])


def nyse_sessions(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the exchange's sessions from `first` to `last`, both included when they are sessions.

    >>> [str(day.date()) for day in nyse_sessions(pd.Timestamp("2025-01-08"), pd.Timestamp("2025-01-13"))]
    ['2025-01-08', '2025-01-10', '2025-01-13']
    """
    sessions = _nyse_years(*_years(first, last))
    begin = int(sessions.searchsorted(first, side="left"))
    return sessions[begin : int(sessions.searchsorted(last, side="right"))]


def closing_time(session: pd.Timestamp) -> pd.Timestamp:
    """Return the moment at which a session closes, in UTC.

    >>> closing_time(pd.Timestamp("2025-11-28"))  # the day after Thanksgiving: 13:00 in New York
    Timestamp('2025-11-28 18:00:00+0000', tz='UTC')
    """
    return pd.Timestamp(_nyse(*_years(session, session)).session_close(session))


def last_closed(now: pd.Timestamp) -> pd.Timestamp:
    """Return the last session that had closed at a moment, which has a time zone.

    >>> last_closed(pd.Timestamp("2025-01-10 15:59", tz="America/New_York"))  # the day before was one of mourning
    Timestamp('2025-01-08 00:00:00')
    """
    moment = now.tz_convert("UTC")
    today = moment.tz_localize(None).normalize()
    recent = nyse_sessions(today - pd.Timedelta(days=14), today)
    return next(session for session in recent[::-1] if closing_time(session) <= moment)


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


def monthly_expiries(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the days on which listed monthly options expire, from `first` to `last`.

    Each is a month's third Friday, or the last session before it where the exchange is closed on it.

    >>> [str(day.date()) for day in monthly_expiries(pd.Timestamp("2019-03-20"), pd.Timestamp("2019-06-01"))]
    ['2019-04-18', '2019-05-17']
    """
    fridays = pd.date_range(first - pd.Timedelta(days=7), last + pd.Timedelta(days=7), freq="WOM-3FRI")
    if not len(fridays):
        return pd.DatetimeIndex([], dtype="datetime64[ns]")
    sessions = nyse_sessions(fridays[0] - pd.Timedelta(days=7), fridays[-1])
    expiries = sessions[sessions.searchsorted(fridays, side="right") - 1]
    return expiries[(expiries >= first) & (expiries <= last)]
