"""FRED's series, by the real requests from a server on loopback: latest values, vintages, decisions and bill yields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from listings import listing, moment
from market_server import ALFRED, CUT, DROPPED, FRED, SERVER_ERROR, TOO_MANY, WEB_PAGE, Fault, Listing

from capshift.data_feeds import OnlineSource, packaged_decisions, read_series, retries
from capshift.data_feeds.bills import bond_equivalent
from capshift.data_feeds.fed_calendar import packaged_meetings
from capshift.data_feeds.series_cache import SeriesCache
from capshift.data_feeds.store import SERIES, Store
from capshift.data_feeds.target_moves import decisions_after
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from market_server import MarketServer

NOW = moment("2025-06-20 20:00")
MONDAY = moment("2025-06-23 20:00")


def yields(until: str = "2025-06-20") -> pd.Series[float]:
    """Return a daily yield with a holiday that has no value."""
    days = pd.bdate_range("2025-01-02", until)
    values = pd.Series(np.linspace(4.0, 4.5, len(days)), index=days)
    values["2025-06-19":"2025-06-19"] = np.nan  # type: ignore[misc]
    return values


def cache(folder: Path, now: pd.Timestamp = NOW, **options: Any) -> SeriesCache:
    """Return the stored series at a moment."""
    return SeriesCache(Store(folder), now, **options)


def test_a_series_is_read_as_the_same_file_would_be(server: MarketServer, tmp_path: Path) -> None:
    """Dates and values are those that FRED's own CSV gives to read_series."""
    server.fred["DGS3MO"] = yields()
    frame = cache(tmp_path).fetched("DGS3MO").entry.frame
    yields().to_csv(tmp_path / "DGS3MO.csv", header=["DGS3MO"], index_label="observation_date")
    expected = read_series("DGS3MO", tmp_path / "DGS3MO.csv")
    assert frame["DATE"].tolist() == list(expected.known)
    assert frame["VALUE"].tolist() == list(expected.values)


def test_a_series_is_asked_for_once_a_session(server: MarketServer, tmp_path: Path) -> None:
    """Until the next close nothing is asked again; then new values are there, and old ones stay."""
    server.fred["DGS3MO"] = yields()
    cache(tmp_path).fetched("DGS3MO")
    assert cache(tmp_path, moment("2025-06-23 15:00")).fetched("DGS3MO").done == "up to date"
    assert len(server.asked(FRED)) == 1
    server.fred["DGS3MO"] = yields("2025-06-23")
    assert cache(tmp_path, MONDAY).fetched("DGS3MO").entry.days[-1] == pd.Timestamp("2025-06-23")


@pytest.mark.parametrize(
    "fault", [TOO_MANY, SERVER_ERROR, DROPPED, CUT, WEB_PAGE, Fault(body="DATE,DGS2\n2025-01-02,4\n")]
)
def test_a_passing_fault_of_fred_costs_only_another_request(fault: Fault, server: MarketServer, tmp_path: Path) -> None:
    """Refusals, drops, halves, web pages and another series are asked for again."""
    server.fred["DGS3MO"] = yields()
    server.misbehave(FRED, fault)
    assert len(cache(tmp_path).fetched("DGS3MO").entry.frame) == yields().notna().sum()
    assert len(server.asked(FRED)) == 2


def test_when_fred_is_silent_what_is_stored_must_do(server: MarketServer, tmp_path: Path) -> None:
    """A lasting fault leaves the stored values in use with a note, and is not waited for series by series."""
    server.fred["DGS3MO"], server.fred["DGS2"] = yields(), yields()
    for name in ("DGS3MO", "DGS2"):
        cache(tmp_path).fetched(name)
    path = Store(tmp_path).path(SERIES, "DGS3MO")
    before = path.read_bytes()
    server.misbehave(FRED, *[DROPPED] * retries.ATTEMPTS)
    later = cache(tmp_path, MONDAY)
    said = "is as of 2025-06-21: FRED cannot be reached; check the network and try again"
    assert later.fetched("DGS3MO").notes == [f"DGS3MO {said}"]
    assert later.fetched("DGS2").notes == [f"DGS2 {said}"]
    assert len(server.asked(FRED)) == 2 + retries.ATTEMPTS
    assert path.read_bytes() == before


def test_values_that_were_there_are_never_lost(server: MarketServer, tmp_path: Path) -> None:
    """An answer that lacks stored days is not stored, and a note names them; on demand it is believed."""
    server.fred["DGS3MO"] = yields()
    cache(tmp_path).fetched("DGS3MO")
    server.fred["DGS3MO"] = yields("2025-06-23").iloc[5:]
    got = cache(tmp_path, MONDAY).fetched("DGS3MO")
    assert "lacks 5 value(s) that it gave before: 2025-01-02" in got.notes[0]
    assert got.entry.days[0] == pd.Timestamp("2025-01-02")
    assert cache(tmp_path, MONDAY, refresh=True).fetched("DGS3MO").entry.days[0] == pd.Timestamp("2025-01-09")


def test_an_unknown_series_and_a_damaged_file_are_told(server: MarketServer, tmp_path: Path) -> None:
    """A series that FRED does not know is told at once; a damaged file is fetched again, or told offline."""
    with pytest.raises(DataUnavailableError, match="NOSUCH: FRED knows no such series"):
        cache(tmp_path).fetched("NOSUCH")
    server.fred["DGS3MO"] = yields()
    cache(tmp_path).fetched("DGS3MO")
    path = Store(tmp_path).path(SERIES, "DGS3MO")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataUnavailableError, match="DGS3MO: .* is damaged .*fetch it again without --offline"):
        cache(tmp_path, offline=True).fetched("DGS3MO")
    assert "was damaged" in cache(tmp_path).fetched("DGS3MO").notes[0]


#: When each month's indicator was published; June's came late, and May's was revised the month after.
PUBLISHED = {
    "2025-03-01": "2025-04-04",
    "2025-04-01": "2025-05-02",
    "2025-05-01": "2025-06-06",
    "2025-06-01": "2025-07-15",
}


def stood(day: pd.Timestamp) -> pd.Series[float]:
    """Return the indicator as it stood on a day."""
    months = [pd.Timestamp(month) for month, date in PUBLISHED.items() if pd.Timestamp(date) <= day]
    old = pd.Series(0.1, index=pd.date_range("2018-01-01", "2025-02-01", freq="MS"))
    values = pd.concat([old[old.index < day - pd.DateOffset(days=40)], pd.Series(0.3, index=months)])
    if day >= pd.Timestamp("2025-07-01"):
        values[pd.Timestamp("2025-05-01")] = 0.9
    return values


def test_a_monthly_value_is_the_first_that_stood_on_a_tenth(server: MarketServer, tmp_path: Path) -> None:
    """Vintages tell when a value was first there, and what it was; a late one counts from the next tenth."""
    server.fred["SAHMREALTIME"] = stood(pd.Timestamp("2025-08-11"))
    server.alfred["SAHMREALTIME"] = stood
    frame = cache(tmp_path, moment("2025-08-11 20:00")).fetched("SAHMREALTIME").entry.frame.set_index("DATE")
    last = frame.loc["2025-03-01":]  # type: ignore[misc]
    assert last["VALUE"].tolist() == [0.3, 0.3, 0.3, 0.3]
    assert [f"{day:%m-%d}" for day in last["RELEASED"]] == ["04-10", "05-10", "06-10", "08-10"]
    assert f"{frame.loc['2018-01-01', 'RELEASED']:%Y-%m-%d}" == "2018-02-10"
    assert {query["name"] for query in server.asked(ALFRED)} == {""}
    assert len(server.asked(ALFRED)) == 6  # 70 months, by the dozen


def test_vintages_are_asked_for_once(server: MarketServer, tmp_path: Path) -> None:
    """A later update asks for the tenths since the last one, and ends as an empty cache would."""
    server.alfred["SAHMREALTIME"] = stood
    for now in ("2025-06-11 20:00", "2025-07-16 20:00", "2025-08-11 20:00"):
        server.fred["SAHMREALTIME"] = stood(pd.Timestamp(now))
        frame = cache(tmp_path, moment(now)).fetched("SAHMREALTIME").entry.frame
        pd.testing.assert_frame_equal(frame, cache(tmp_path / now, moment(now)).fetched("SAHMREALTIME").entry.frame)
    asked = [query["vintage_date"] for query in server.asked(ALFRED)]
    assert "2025-06-10,2025-07-10" in asked
    assert "2025-07-10,2025-08-10" in asked


def test_without_vintages_the_rule_for_files_holds(server: MarketServer, tmp_path: Path) -> None:
    """When ALFRED has none, values count from the 10th of the next month, and a note says so."""
    server.fred["SAHMREALTIME"] = stood(pd.Timestamp("2025-06-20"))
    got = cache(tmp_path).fetched("SAHMREALTIME")
    assert "no vintages from ALFRED" in got.notes[0]
    released = pd.DatetimeIndex(got.entry.frame["RELEASED"])
    assert list(released) == [day + pd.DateOffset(months=1, days=9) for day in got.entry.days]


def test_every_decision_since_2009_follows_from_the_target_range(real_data: Path) -> None:
    """From FRED's range and the calendar come the public record's days and bounds, holds and Sundays included."""
    bounds = [
        pd.read_csv(real_data / "macro" / f"{name}.csv", index_col=0, parse_dates=True).iloc[:, 0]
        for name in ("DFEDTARU", "DFEDTARL")
    ]
    record = packaged_decisions()
    first = pd.Timestamp("2009-01-01")
    derived = decisions_after(first, packaged_meetings(), *bounds)
    assert derived is not None
    known = (record.dates > first) & (record.dates <= derived.dates[-1])
    assert list(derived.dates) == list(record.dates[known])
    assert derived.upper.tolist() == record.upper[known].tolist()
    assert derived.lower.tolist() == record.lower[known].tolist()
    assert derived.scheduled.tolist() == record.scheduled[known].tolist()


def test_decisions_after_the_packaged_ones_come_with_a_note(server: MarketServer, tmp_path: Path) -> None:
    """A hold and an unscheduled cut after the packaged record are added, each known no sooner than announced."""
    last = packaged_decisions()
    meeting = next(day for day in packaged_meetings().dates if day > last.dates[-1])
    days = pd.date_range(last.dates[-1] + pd.Timedelta(days=1), meeting + pd.Timedelta(days=30))
    cut = meeting + pd.Timedelta(days=20)
    for name, before in (("DFEDTARU", last.upper[-1]), ("DFEDTARL", last.lower[-1])):
        server.fred[name] = pd.Series(np.where(days > cut, before - 0.25, before), index=days)
    source = OnlineSource(tmp_path, now=(meeting + pd.Timedelta(days=31, hours=20)).tz_localize("America/New_York"))
    table = source.fomc()
    assert list(table.dates[-2:]) == [meeting, cut]
    assert table.change_bp[-2:].tolist() == [0, -25]
    assert table.scheduled[-2:].tolist() == [True, False]
    assert f"{meeting:%Y-%m-%d} no change, {cut:%Y-%m-%d} -25 basis points" in source.notes[-1]


def test_unknown_decisions_are_told(server: MarketServer, tmp_path: Path) -> None:
    """When FRED has no range and a meeting has passed, a note names the first decision that is not known."""
    assert server.requests == []
    meeting = next(day for day in packaged_meetings().dates if day > packaged_decisions().dates[-1])
    source = OnlineSource(tmp_path, now=(meeting + pd.Timedelta(days=5)).tz_localize("America/New_York"))
    assert len(source.fomc().dates) == len(packaged_decisions().dates)
    assert f"that of {meeting:%Y-%m-%d} first" in source.notes[-1]


def test_the_bill_yield_is_fred_s_else_yahoo_s_index(server: MarketServer, tmp_path: Path) -> None:
    """DGS3MO goes before; without it ^IRX is converted from bank discount; the provenance says which."""
    server.fred["DGS3MO"] = yields()
    source = OnlineSource(tmp_path / "fred", now=NOW)
    series = source.series("DGS3MO")
    assert series is not None
    assert list(series.values) == yields().dropna().tolist()
    assert source.description.endswith("bill yield DGS3MO from FRED")
    del server.fred["DGS3MO"]
    bars = listing().bars
    for name in ("Open", "High", "Low", "Close", "Adj Close"):
        bars[name] = np.where(bars["Date"] < "2025-01-01", -0.05, 5.0)  # bills yielded less than nothing in 2020
    bars["Dividends"] = 0.0
    server.yahoo["^IRX"] = Listing(bars[bars["Date"] != "2024-10-14"].reset_index(drop=True), "INDEX")
    source = OnlineSource(tmp_path / "yahoo", now=NOW)
    series = source.series("DGS3MO")
    assert series is not None
    price = 1 - 0.05 * 91 / 360  # of a bill quoted at 5 percent, per dollar
    assert series.values[-1] == pytest.approx(100 * (1 / price - 1) * 365 / 91, rel=1e-12)  # noqa: PD011
    assert source.description.endswith("bill yield ^IRX from Yahoo, converted from bank discount")
    assert "there is no DGS3MO: FRED knows no such series" in source.notes[0]


def test_the_two_bill_yields_agree_on_real_data(real_data: Path) -> None:
    """Since 2005 the converted index lies within 5 basis points of DGS3MO on half the days, nearer than unconverted."""
    index = pd.read_csv(real_data / "bars" / "^IRX.csv", index_col=0, parse_dates=True)["Close"]
    fred = pd.read_csv(real_data / "macro" / "DGS3MO.csv", index_col=0, parse_dates=True, na_values=".").iloc[:, 0]
    both = pd.DataFrame({"index": index, "fred": fred}).dropna()
    converted = np.abs(bond_equivalent(both["index"].to_numpy()) - both["fred"])
    assert converted.median() < 0.05
    assert converted.mean() < np.abs(both["index"] - both["fred"]).mean()
