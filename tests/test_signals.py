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


@given(flags=st.lists(st.booleans(), min_size=1, max_size=40), window=st.integers(0, 12))
def test_first_in_has_a_quiet_window_before_it(flags: list[bool], window: int) -> None:
    """A flag is the first in a window when none was set in the `window` sessions before it."""
    first = signals.first_in(np.array(flags), window)
    assert first.tolist() == [flag and not any(flags[max(0, t - window) : t]) for t, flag in enumerate(flags)]


@given(values=VALUES, level=st.floats(1, 9))
def test_a_level_is_crossed_from_at_or_below(values: list[float], level: float) -> None:
    """A cross is a value above the level whose predecessor was not; the first value is none."""
    crossed = signals.crossed_above(np.array(values), level)
    assert crossed.tolist() == [t > 0 and value > level >= values[t - 1] for t, value in enumerate(values)]


@given(values=st.lists(st.integers(1, 6), min_size=1, max_size=40), drought=st.integers(1, 8))
def test_records_after_a_drought_tell_the_old_one(values: list[int], drought: int) -> None:
    """A record long after the last one carries that one's value, and nothing else carries any."""
    old = signals.record_after(np.array(values, dtype=float), drought)
    last = 0
    for t, value in enumerate(values):
        is_record = value >= max(values[: t + 1])
        expected = float(values[last]) if t and is_record and t - last >= drought else math.nan
        np.testing.assert_equal(old[t], expected)
        last = t if is_record else last
