"""Drawdowns and calendar years of an account."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from capshift.backtests.metrics import drawdowns
from capshift.data_feeds.calendar import nyse_sessions


class Drawdown(NamedTuple):
    """One stretch below an earlier high.

    Attributes:
        peak: The session of the high.
        start: The first session below it.
        trough: The session of the lowest equity.
        recovery: The first session at or above the high again; None while it is ongoing.
        depth: Lowest equity over the high, minus 1; negative.
        days: Calendar days from the peak to the recovery, or to the last session.
    """

    peak: pd.Timestamp
    start: pd.Timestamp
    trough: pd.Timestamp
    recovery: pd.Timestamp | None
    depth: float
    days: int


def drawdown_episodes(equity: pd.Series) -> list[Drawdown]:
    """Return all stretches below an earlier high, the deepest first.

    >>> days = pd.DatetimeIndex(["2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"])
    >>> [(d.start.day, d.recovery, d.depth) for d in drawdown_episodes(pd.Series([100.0, 90.0, 100.0, 80.0], days))]
    [(7, None, -0.19999999999999996), (3, Timestamp('2025-01-06 00:00:00'), -0.09999999999999998)]
    """
    depth, sessions = drawdowns(equity.to_numpy()), pd.DatetimeIndex(equity.index)
    below = np.concatenate([[False], depth < 0, [False]])
    edges = np.flatnonzero(below[1:] != below[:-1])
    episodes = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        trough = start + int(np.argmin(depth[start:end]))
        recovery = sessions[end] if end < len(sessions) else None
        peak = sessions[start - 1]
        days = ((recovery if recovery is not None else sessions[-1]) - peak).days
        episodes.append(Drawdown(peak, sessions[start], sessions[trough], recovery, float(depth[trough]), days))
    return sorted(episodes, key=lambda episode: episode.depth)


class YearReturn(NamedTuple):
    """An account's return in one calendar year.

    Attributes:
        year: The calendar year.
        value: Simple return from the last close of the year before (or the opening) to its own last close.
        partial: Whether the account missed sessions of the exchange in that year.
    """

    year: int
    value: float
    partial: bool


def yearly_returns(equity: pd.Series) -> list[YearReturn]:
    """Return the return of each calendar year, partial years marked.

    >>> days = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02"])
    >>> yearly_returns(pd.Series([100.0, 110.0, 99.0], days))[0]
    YearReturn(year=2024, value=0.10000000000000009, partial=True)
    """
    sessions = pd.DatetimeIndex(equity.index)
    last = equity.groupby(sessions.year).last()
    before = np.concatenate([[equity.iloc[0]], last.to_numpy()[:-1]])
    years = [int(year) for year in last.index]
    values = last.to_numpy() / before - 1
    whole = _whole_years(years, sessions)
    return [YearReturn(year, float(value), year not in whole) for year, value in zip(years, values, strict=True)]


def _whole_years(years: list[int], sessions: pd.DatetimeIndex) -> set[int]:
    """Return the years from whose eve the account existed to whose end it lasted, by the exchange's calendar."""
    exchange = nyse_sessions(pd.Timestamp(years[0] - 1, 12, 1), pd.Timestamp(years[-1], 12, 31))
    last = dict(zip(exchange.year.tolist(), exchange, strict=True))  # the last of each year stays
    return {year for year in years if sessions[0] <= last[year - 1] and sessions[-1] >= last[year]}
