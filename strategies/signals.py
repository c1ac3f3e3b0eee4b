"""Causal array expressions that rules are written in: the value at t uses nothing after the close of t.

All take and return arrays of shape (sessions,). Windows are in sessions; "prior" leaves out t itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def prior_high(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the highest of the `window` values before each one, NaN until there are so many.

    >>> prior_high(np.array([1.0, 3.0, 2.0, 5.0]), 2).tolist()
    [nan, nan, 3.0, 3.0]
    """
    return np.asarray(pd.Series(values).rolling(window).max().shift(1), dtype=np.float64)


def prior_low(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the lowest of the `window` values before each one, NaN until there are so many.

    >>> prior_low(np.array([1.0, 3.0, 2.0, 5.0]), 2).tolist()
    [nan, nan, 1.0, 2.0]
    """
    return np.asarray(pd.Series(values).rolling(window).min().shift(1), dtype=np.float64)


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


def held_between(decided: NDArray[np.bool_], value: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the value at the last session on which it was decided, False before the first.

    >>> held_between(np.array([False, True, False]), np.array([True, True, False])).tolist()
    [False, True, True]
    """
    return latched(on=decided & value, off=decided & ~value)
