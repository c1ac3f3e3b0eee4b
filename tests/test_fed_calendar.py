"""The Fed's calendar, and the days of speeches: what stood there, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from capshift.data_feeds import load_market, packaged_decisions
from capshift.data_feeds.calendar import nyse_sessions
from capshift.data_feeds.fed_calendar import first_sessions, packaged_meetings, packaged_speeches, read_dates
from capshift.errors import SeriesError

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market


def test_a_cancelled_meeting_is_awaited_until_it_is_called_off() -> None:
    """Until Friday 2020-03-13 the meeting of the 18th is awaited; called off on Sunday, it is not on Monday."""
    days = nyse_sessions(pd.Timestamp("2020-03-12"), pd.Timestamp("2020-03-19"))
    awaited = packaged_meetings().next_after(days).strftime("%Y-%m-%d").tolist()
    assert awaited == ["2020-03-18"] * 2 + ["2020-04-29"] * 4


def test_a_prefix_knows_nothing_of_a_later_cancellation(real_market: Market) -> None:
    """A market cut in February 2020 has the meeting of 2020-03-18, not called off, and none a year and more ahead."""
    early = real_market.until("2020-02-14")
    assert early.meetings.cancelled.isna().all()
    assert pd.Timestamp("2020-03-18") in early.meetings.dates
    assert early.meetings.dates[-1] <= pd.Timestamp("2021-02-14")
    assert real_market.until("2020-03-16").meetings.cancelled.notna().sum() == 1


def test_a_decision_is_no_longer_awaited_at_the_close_that_knows_it() -> None:
    """At the close of 2025-09-16 the next decision is of the 17th, at that of the 17th it is that of October."""
    days = pd.DatetimeIndex(["2025-09-16", "2025-09-17"])
    assert packaged_meetings().next_after(days).strftime("%m-%d").tolist() == ["09-17", "10-29"]


def test_eight_meetings_stand_in_every_year_s_calendar() -> None:
    """From 1995 to 2027 each year has eight scheduled decisions, the one that was called off counted."""
    dates = packaged_meetings().dates
    assert dates.is_monotonic_increasing
    assert dates.is_unique
    years = pd.Series(dates.year).value_counts()
    assert {years[year] for year in range(1995, 2028)} == {8}


def test_every_scheduled_decision_of_the_record_stands_in_the_calendar() -> None:
    """The calendar holds what the record says was scheduled, and no more than the future and 2020-03-18 beside it."""
    record = packaged_decisions()
    scheduled = record.dates[record.scheduled]
    extra = packaged_meetings().dates.difference(scheduled)
    assert scheduled.isin(packaged_meetings().dates).all()
    assert [day for day in extra if day <= record.dates[-1]] == [pd.Timestamp("2020-03-18")]


def test_chairs_spoke_late_in_august_and_stayed_away_twice() -> None:
    """There is one speech a year from 1998 on but for 2013 and 2015, on a session between the 20th and the 31st."""
    speeches = packaged_speeches()
    assert sorted(set(range(1998, 2026)) - set(speeches.year)) == [2013, 2015]
    assert speeches.is_unique
    assert len(speeches) == len(set(speeches.year))
    assert set(speeches.month) == {8}
    assert speeches.day.min() >= 20
    assert speeches.isin(nyse_sessions(speeches[0], speeches[-1])).all()


def test_dates_outside_the_market_have_no_session() -> None:
    """Of a Sunday, a Friday and a date after the end, the first two fall on sessions within."""
    sessions = nyse_sessions(pd.Timestamp("2020-03-12"), pd.Timestamp("2020-03-20"))
    days = pd.DatetimeIndex(["2020-03-01", "2020-03-15", "2020-03-20", "2020-03-21"])
    assert sessions[first_sessions(days, sessions)].strftime("%m-%d").tolist() == ["03-16", "03-20"]


def test_files_add_meetings_speeches_and_futures(tmp_path: Path) -> None:
    """A folder's own calendar, speeches and settlements come on top of the packaged ones."""
    (tmp_path / "bars").mkdir()
    (tmp_path / "macro").mkdir()
    days = nyse_sessions(pd.Timestamp("2026-08-17"), pd.Timestamp("2026-08-24"))
    lines = [f"{day.date()},10,10,10,10,10,100" for day in days]
    for symbol in ("IWM", "SPY"):
        text = "\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *lines])
        (tmp_path / "bars" / f"{symbol}.csv").write_text(text, encoding="utf-8")
    macro = tmp_path / "macro"
    (macro / "fomc_calendar_future.csv").write_text(
        "date,scheduled\n2027-02-03,Y\n2027-02-15,N\n2028-01-26,Y\n", encoding="utf-8"
    )
    (macro / "jackson_hole.csv").write_text("date\n2026-08-21\n", encoding="utf-8")
    (macro / "zq_settlements.csv").write_text("Date,Contract,Close\n2026-08-21,2026-09,96.28\n", encoding="utf-8")
    market = load_market(source="files", path=tmp_path)
    coming = market.meetings.dates[market.meetings.dates > "2027-01-01"]
    # The last is more than a year ahead, so it is not published yet.
    assert coming.strftime("%m-%d").tolist() == ["01-27", "02-03", "03-17", "04-28", "06-09", "07-28"]
    assert market.speeches.tolist() == [pd.Timestamp("2026-08-21")]
    assert market.futures is not None
    assert market.futures[-1, 2] == pytest.approx(3.72)
    assert market.until("2026-08-20").speeches.empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day\n2025-01-02\n", "row 1: no column 'date'; the columns are day"),
        ("date\n2025-02-02\n2025-01-02\n", "row 3: 2025-01-02 repeats or falls back"),
        ("date\n2025-02-30\n", "row 2: date '2025-02-30' is no date"),
    ],
)
def test_dates_that_cannot_be_are_refused(text: str, said: str, tmp_path: Path) -> None:
    """A missing column, a date out of order and one that does not exist are told with their row."""
    file = tmp_path / "jackson_hole.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SeriesError, match=f"jackson_hole: {said}"):
        read_dates("jackson_hole", file)
