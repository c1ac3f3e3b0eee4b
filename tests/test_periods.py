"""Drawdowns and calendar years against slow counts by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markets import sessions

from capshift.backtests.periods import drawdown_episodes, yearly_returns

if TYPE_CHECKING:
    from pathlib import Path


@given(values=st.lists(st.integers(50, 60), min_size=2, max_size=60))
def test_drawdowns_are_those_of_a_slow_walk(values: list[int]) -> None:
    """Walking the closes and noting each stretch below the high finds the same stretches."""
    equity = pd.Series(np.array(values, dtype=float), sessions(len(values)))
    days, found, t = list(equity.index), [], 1
    while t < len(values):
        high = max(values[:t])
        if values[t] >= high:
            t += 1
            continue
        peak = max(k for k in range(t) if values[k] == high)
        end = next((k for k in range(t, len(values)) if values[k] >= high), len(values))
        lowest = min(values[t:end])
        recovery = days[end] if end < len(values) else None
        length = ((recovery or days[-1]) - days[peak]).days
        found.append((days[peak], days[t], days[values.index(lowest, t)], recovery, lowest / high - 1, length))
        t = end
    ours = drawdown_episodes(equity)
    assert sorted(map(tuple, ours), key=lambda one: one[1]) == [
        (*one[:4], pytest.approx(one[4]), one[5]) for one in found
    ]
    assert [one.depth for one in ours] == sorted(one.depth for one in ours)


def test_an_account_that_never_falls_has_no_drawdown() -> None:
    """Rising and level equity has none."""
    assert drawdown_episodes(pd.Series([1.0, 1.0, 2.0], sessions(3))) == []


def test_years_are_marked_when_the_account_missed_a_part_of_them(real_data: Path) -> None:
    """Bars from May 2000 to August 2026 have whole years from 2001 to 2025, with the returns that pandas counts."""
    table = pd.read_csv(real_data / "bars" / "IWM.csv", index_col=0, parse_dates=True)["Close"]
    years = yearly_returns(table)
    assert [one.year for one in years if one.partial] == [2000, 2026]
    expected = table.resample("YE").last().pct_change()
    assert [one.value for one in years[1:]] == pytest.approx(expected.to_numpy()[1:].tolist())
    assert years[0].value == pytest.approx(table[:"2000-12-31"].iloc[-1] / table.iloc[0] - 1)


def test_a_year_is_whole_from_the_eve_on() -> None:
    """An account that opens on the last session of 2019 has a whole 2020, if it lasts to New Year's Eve."""
    days = sessions(300, "2019-12-31")
    whole = pd.Series(1.0, days[days <= "2020-12-31"])
    assert [(one.year, one.partial) for one in yearly_returns(whole)] == [(2019, True), (2020, False)]
    assert yearly_returns(whole.iloc[1:])[0].partial
    assert yearly_returns(whole.iloc[:-1])[1].partial
