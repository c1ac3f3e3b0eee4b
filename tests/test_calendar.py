"""Sessions of the exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from capshift.data_feeds.calendar import month_ends, nyse_sessions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("closed", "why"),
    [
        ("2001-09-12", "the attacks"),
        ("2004-06-11", "mourning for Reagan"),
        ("2012-10-29", "hurricane Sandy"),
        ("2018-12-05", "mourning for Bush"),
        ("2022-06-20", "Juneteenth"),
        ("2025-01-09", "mourning for Carter"),
    ],
)
def test_special_closings_are_known(closed: str, why: str) -> None:
    """Days on which the exchange did not open are no sessions."""
    assert pd.Timestamp(closed) not in nyse_sessions(pd.Timestamp("2000-01-01"), pd.Timestamp("2025-12-31")), why


def test_the_calendar_has_just_the_days_on_which_spy_traded(real_data: Path) -> None:
    """Thirty years of SPY's own rows are the calendar's sessions."""
    traded = pd.read_csv(real_data / "bars" / "SPY.csv", usecols=["Date"], parse_dates=["Date"])["Date"]
    assert list(nyse_sessions(traded.iloc[0], traded.iloc[-1])) == list(traded)


def test_a_month_that_is_not_over_has_no_last_session_yet() -> None:
    """Friday 2025-05-30 ends May although Saturday is the 31st; Thursday the 29th ends nothing."""
    days = nyse_sessions(pd.Timestamp("2025-05-27"), pd.Timestamp("2025-05-30"))
    assert month_ends(days).tolist() == [False, False, False, True]
    assert month_ends(days[:3]).tolist() == [False, False, False]
