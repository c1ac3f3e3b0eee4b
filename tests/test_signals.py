"""Causal array expressions, each against a loop that can only look back."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capshift.strategies import signals

VALUES = st.lists(st.floats(1, 9), min_size=1, max_size=40)
FLAGS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@given(values=VALUES, window=st.integers(1, 12))
def test_prior_extremes_leave_today_out(values: list[float], window: int) -> None:
    """The prior high and low are those of exactly `window` values before each session."""
    high, low = signals.prior_high(np.array(values), window), signals.prior_low(np.array(values), window)
    for t in range(len(values)):
        before = values[t - window : t] if t >= window else [math.nan]
        np.testing.assert_equal(high[t], max(before))
        np.testing.assert_equal(low[t], min(before))


@given(values=VALUES, window=st.integers(1, 12))
def test_lowest_has_today_in(values: list[float], window: int) -> None:
    """The lowest of a window counts today's value."""
    lowest = signals.lowest(np.array(values), window)
    for t in range(len(values)):
        np.testing.assert_equal(lowest[t], min(values[t - window + 1 : t + 1]) if t >= window - 1 else math.nan)


@given(values=VALUES, window=st.integers(0, 45))
def test_growth_and_shift_look_back(values: list[float], window: int) -> None:
    """Growth is today over then, and a shift is then; both are unknown where there is no then."""
    array = np.array(values)
    growth, shifted = signals.growth(array, window), signals.shift(array, window)
    for t in range(len(values)):
        then = values[t - window] if t >= window else math.nan
        np.testing.assert_equal(growth[t], values[t] / then)
        np.testing.assert_equal(shifted[t], then)


@given(flags=FLAGS)
def test_a_latch_is_a_state_that_on_sets_and_off_clears(flags: list[tuple[bool, bool]]) -> None:
    """A latch equals a state machine in which off wins."""
    state, expected = False, []
    for on, off in flags:
        state = False if off else (True if on else state)
        expected.append(state)
    on, off = (np.array(column) for column in zip(*flags, strict=True))
    assert signals.latched(on, off).tolist() == expected


@given(flags=FLAGS)
def test_what_is_decided_is_held_until_the_next_decision(flags: list[tuple[bool, bool]]) -> None:
    """Between decisions the last value holds; before the first, nothing."""
    state, expected = False, []
    for decided, value in flags:
        state = value if decided else state
        expected.append(state)
    decided, value = (np.array(column) for column in zip(*flags, strict=True))
    assert signals.held_between(decided, value).tolist() == expected
