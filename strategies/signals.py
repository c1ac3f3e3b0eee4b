"""Causal array expressions that rules are written in: the value at t uses nothing after the close of t.

All take and return arrays of shape (sessions,). Windows are in sessions; "prior" leaves out t itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.strategies.sharing import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray


@shared
def prior_high(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the highest of the `window` values before each one, NaN until there are so many.

    >>> prior_high(np.array([1.0, 3.0, 2.0, 5.0]), 2).tolist()
    [nan, nan, 3.0, 3.0]
    """
    return np.asarray(pd.Series(values).rolling(window).max().shift(1), dtype=np.float64)


@shared
def prior_low(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the lowest of the `window` values before each one, NaN until there are so many.

    >>> prior_low(np.array([1.0, 3.0, 2.0, 5.0]), 2).tolist()
    [nan, nan, 1.0, 2.0]
    """
    return np.asarray(pd.Series(values).rolling(window).min().shift(1), dtype=np.float64)


@shared
def average(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the mean of the last `window` values, t's own included, NaN until there are so many.

    >>> average(np.array([1.0, 3.0, 2.0]), 2).tolist()
    [nan, 2.0, 2.5]
    """
    out = np.full(len(values), np.nan)
    if window <= len(values):
        # Each from its own values alone: a running sum would carry rounding errors of those before.
        out[window - 1 :] = np.lib.stride_tricks.sliding_window_view(values, window).mean(axis=-1)
    return out


@shared
def growth(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return each value over the one `window` sessions before, NaN until there is one.

    >>> growth(np.array([1.0, 2.0, 6.0]), 1).tolist()
    [nan, 2.0, 3.0]
    """
    return np.asarray(values / shift(values, window), dtype=np.float64)


def shift(values: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    """Return the value of so many sessions before, NaN where there is none.

    >>> shift(np.array([1.0, 2.0, 3.0]), 1).tolist()
    [nan, 1.0, 2.0]
    """
    out = np.full(len(values), np.nan)
    if sessions < len(values):
        out[sessions:] = values[: len(values) - sessions]
    return out


@shared
def lowest(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the lowest of the last `window` values, t's own included, NaN until there are so many.

    >>> lowest(np.array([3.0, 1.0, 2.0]), 2).tolist()
    [nan, 1.0, 1.0]
    """
    return np.asarray(pd.Series(values).rolling(window).min(), dtype=np.float64)


def latched(on: NDArray[np.bool_], off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether `on` was seen since `off` last was; where both hold, `off` wins.

    >>> latched(np.array([False, True, False, False]), np.array([False, False, False, True])).tolist()
    [False, True, True, False]
    """
    steps = np.arange(len(on))
    last_off = np.maximum.accumulate(np.where(off, steps, -1))
    last_on = np.maximum.accumulate(np.where(on & ~off, steps, -1))
    return np.asarray(last_on > last_off)


def first_in(flags: NDArray[np.bool_], window: int) -> NDArray[np.bool_]:
    """Return where a flag is set that was not set in any of the `window` sessions before.

    >>> first_in(np.array([True, True, False, True, False, False, True]), 2).tolist()
    [True, False, False, False, False, False, True]
    """
    steps = np.arange(len(flags))
    last = np.maximum.accumulate(np.where(flags, steps, -1))
    before = np.concatenate([[-1], last[:-1]])
    return np.asarray(flags & ((before < 0) | (steps - before > window)))


def crossed_above(values: NDArray[np.float64], level: float) -> NDArray[np.bool_]:
    """Return where a value is above a level and the one before was at or below it.

    >>> crossed_above(np.array([3.0, 2.0, 3.0, 4.0]), 2.0).tolist()
    [False, False, True, False]
    """
    return np.asarray((values > level) & (shift(values, 1) <= level))


def record_after(values: NDArray[np.float64], drought: int) -> NDArray[np.float64]:
    """Return the old record where a new one comes `drought` or more sessions after it, NaN elsewhere.

    A record is a value at or above every earlier one.

    >>> record_after(np.array([5.0, 6.0, 4.0, 6.0, 7.0]), 2).tolist()
    [nan, nan, nan, 6.0, nan]
    """
    records = np.flatnonzero(values >= np.maximum.accumulate(values))
    long_after = np.flatnonzero(np.diff(records) >= drought)
    old = np.full(len(values), np.nan)
    old[records[long_after + 1]] = values[records[long_after]]
    return old


def held_between(decided: NDArray[np.bool_], value: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the value at the last session on which it was decided, False before the first.

    >>> held_between(np.array([False, True, False]), np.array([True, True, False])).tolist()
    [False, True, True]
    """
    return latched(on=decided & value, off=decided & ~value)


def run_length(flags: NDArray[np.bool_], anew: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many values in a row, t's own included, are True; where `anew` holds, counting begins with t.

    >>> run_length(np.array([True, True, False, True, True]), np.array([False, False, False, False, True])).tolist()
    [1, 2, 0, 1, 1]
    """
    steps = np.arange(len(flags))
    before_row = np.where(flags, np.where(anew, steps - 1, -1), steps)
    return np.asarray(steps - np.maximum.accumulate(before_row))


def held_for(events: NDArray[np.bool_], sessions: int) -> NDArray[np.bool_]:
    """Return whether one of the last so many values, t's own included, is an event.

    >>> held_for(np.array([False, True, False, False]), 2).tolist()
    [False, True, True, False]
    """
    steps = np.arange(len(events))
    last = np.maximum.accumulate(np.where(events, steps, -sessions))
    return np.asarray(steps - last < sessions)


def month_returns(
    total_return: NDArray[np.float64], month_end: NDArray[np.bool_], sessions: pd.DatetimeIndex
) -> NDArray[np.float64]:
    """Return each month end's return since that of the month before, NaN where there is none, and elsewhere.

    >>> days = pd.DatetimeIndex(["2025-06-30", "2025-07-01", "2025-07-31"])
    >>> month_returns(np.array([2.0, 3.0, 3.0]), np.array([True, False, True]), days).tolist()
    [nan, nan, 0.5]
    """
    out = np.full(len(total_return), np.nan)
    ends = np.flatnonzero(month_end)
    months = np.asarray(sessions.year * 12 + sessions.month)[ends]
    following = np.diff(months) == 1
    out[ends[1:][following]] = (total_return[ends[1:]] / total_return[ends[:-1]] - 1)[following]
    return out
