"""The Federal Reserve's decisions: the public record, what kind each was, and when it was known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from markets import sessions

from capshift.data_feeds import packaged_decisions
from capshift.data_feeds.fomc import decisions_known

if TYPE_CHECKING:
    from pathlib import Path


def test_the_packaged_table_is_the_public_record(real_data: Path) -> None:
    """Dates, bounds, changes and schedule equal those of an independently collected table."""
    record = pd.read_csv(real_data / "macro" / "fomc.csv", parse_dates=["date"])
    table = packaged_decisions()
    assert list(table.dates) == list(record["date"])
    np.testing.assert_array_equal(table.lower, record["lower"])
    np.testing.assert_array_equal(table.upper, record["upper"])
    np.testing.assert_array_equal(table.change_bp, record["change_bp"])
    np.testing.assert_array_equal(table.scheduled, record["scheduled"] == "Y")


def dates_of(kind: str) -> list[str]:
    """Return the dates of all decisions of a kind."""
    table = packaged_decisions()
    return [str(date.date()) for date, one in zip(table.dates, table.kinds, strict=True) if one == kind]


def test_first_cuts_and_restarts_are_those_of_history() -> None:
    """Six cycles of cuts began after hikes since 1994, and three restarted after half a year or more."""
    assert dates_of("first") == ["1995-07-06", "1998-09-29", "2001-01-03", "2007-09-18", "2019-07-31", "2024-09-18"]
    assert dates_of("restart") == ["2002-11-06", "2003-06-25", "2025-09-17"]


def test_a_decision_on_a_sunday_is_known_on_monday() -> None:
    """The cut of Sunday 2020-03-15 is known at Monday's close."""
    days = sessions(10, "2020-03-09")
    known = decisions_known(packaged_decisions(), days)
    at = list(known.table.dates).index(pd.Timestamp("2020-03-15"))
    assert str(days[known.known[at]].date()) == "2020-03-16"


def test_decisions_before_the_first_session_are_counted_back() -> None:
    """The cut of 2020-03-03 was known four sessions before Monday 2020-03-09."""
    known = decisions_known(packaged_decisions(), sessions(10, "2020-03-09"))
    at = list(known.table.dates).index(pd.Timestamp("2020-03-03"))
    assert known.known[at] == -4


def test_later_decisions_are_not_known() -> None:
    """A market that ends on 2020-03-13 knows nothing of the cut two days later."""
    days = sessions(5, "2020-03-09")
    table = decisions_known(packaged_decisions(), days).table
    assert str(table.dates[-1].date()) == "2020-03-03"


def test_a_kind_depends_on_the_past_only() -> None:
    """Cutting the table anywhere changes no earlier decision's kind."""
    table = packaged_decisions()
    for count in range(1, len(table.dates), 7):
        shorter = type(table)(table.dates[:count], table.lower[:count], table.upper[:count], table.scheduled[:count])
        assert shorter.kinds == table.kinds[:count]
