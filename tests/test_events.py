"""What comes after events: each kind by hand, every return, and the p-values against full enumeration."""

from __future__ import annotations

import csv
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st
from markets import bars, market_of, random_market, sessions

import capshift as cs
from capshift.backtests import EVENTS
from capshift.backtests.event_study import parse_horizons
from capshift.backtests.forward_returns import independent
from capshift.backtests.permutation import permutation_p_value, random_samples
from capshift.errors import DataUnavailableError, ParameterError, SeriesError, UnknownEventError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from capshift.data_feeds import Market

    Run = Callable[..., subprocess.CompletedProcess[str]]

#: A market of eight sessions from 2019-11-20 on; the small caps pay a dollar on the third.
SMALL = [100.0, 110.0, 105.0, 120.0, 118.0, 119.0, 125.0, 130.0]
LARGE = [50.0, 50.0, 51.0, 51.0, 52.0, 52.0, 53.0, 50.0]


def tiny(small: list[float] = SMALL, **options: Any) -> Market:
    """Return a market that can be counted by hand; opens lie one above the close before."""
    opens = [small[0], *(close + 1 for close in small[:-1])]
    dividend = [1.0 if t == 2 else 0.0 for t in range(len(small))]
    legs = bars("AAA", small, open=opens, dividend=dividend), bars("BBB", (LARGE * 9)[: len(small)])
    return market_of(*legs, **options)


def dated(tmp_path: Path, *lines: str, name: str = "mine.csv") -> Path:
    """Return a file of dates."""
    file = tmp_path / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def days(study: cs.EventStudy) -> list[str]:
    """Return the sessions of the events."""
    return [str(session.date()) for session in study.rows.index]


def test_returns_are_those_a_hand_counts(tmp_path: Path) -> None:
    """From the close a dividend at the next open is earned, from that open it is not; both end at the same close."""
    market = tiny()
    study = cs.events(dated(tmp_path, str(market.sessions[1].date())), market, horizons=[1, 2])
    row = study.rows.iloc[0]
    assert row["small_close_1"] == pytest.approx(106 / 110 - 1)
    assert row["small_open_1"] == pytest.approx(105 / 111 - 1)
    assert row["small_close_2"] == pytest.approx(106 / 110 * 120 / 105 - 1)
    assert row["small_open_2"] == pytest.approx(120 / 111 - 1)
    assert row["large_close_2"] == pytest.approx(51 / 50 - 1)
    assert row["difference_open_2"] == pytest.approx(row["small_open_2"] - row["large_open_2"])


def test_a_horizon_that_is_not_over_is_an_empty_cell(tmp_path: Path) -> None:
    """The session whose horizon ends at the last close has a return, the next one has none, and no figure counts it."""
    market = tiny()
    study = cs.events(dated(tmp_path, *(str(day.date()) for day in market.sessions[4:6])), market, horizons=[3])
    assert study.rows["small_close_3"].notna().tolist() == [True, False]
    assert study.rows["small_open_3"].notna().tolist() == [True, False]
    assert study.figures["events"].tolist() == [1] * 6
    assert study.summary()["events"][1]["difference_open_3"] is None
    assert study.figures.loc[("close", 3, "small"), "mean"] == pytest.approx(130 / 118 - 1)


def test_a_horizon_longer_than_the_market_has_no_figures(tmp_path: Path) -> None:
    """Where nothing is over, there are events but neither means nor p-values."""
    market = tiny()
    study = cs.events(dated(tmp_path, str(market.sessions[0].date())), market, horizons=[8, 500])
    assert len(study) == 1
    assert study.figures["events"].sum() == 0
    assert study.figures[["mean", "p_value"]].isna().all(axis=None)
    assert json.loads(study.json())["figures"][0]["mean"] is None


def test_figures_are_those_a_hand_counts(tmp_path: Path) -> None:
    """Mean, median, hit rate and the mean over all dates come from the returns of one session ahead."""
    market = tiny()
    chosen = [0, 1, 2, 6]
    study = cs.events(dated(tmp_path, *(str(market.sessions[t].date()) for t in chosen)), market, horizons=[1])
    paid = [close + (t == 2) for t, close in enumerate(SMALL)]
    returns = [paid[t + 1] / SMALL[t] - 1 for t in range(7)]
    ours = [returns[t] for t in chosen]
    figures = study.figures.loc[("close", 1, "small")]
    assert figures["mean"] == pytest.approx(sum(ours) / 4)
    assert figures["median"] == pytest.approx((sorted(ours)[1] + sorted(ours)[2]) / 2)
    assert figures["hit_rate"] == 3 / 4
    assert figures["all_dates"] == pytest.approx(sum(returns) / 7)


def test_an_event_before_the_account_opens_does_not_count() -> None:
    """The opening session can be an event, one before it cannot, and what lies before still counts as history."""
    small = [10.0, 11.0, 9.0, 12.0, 9.0, 13.0, 14.0, 9.0]
    whole = cs.events("level", tiny(small), level=10.0)
    assert days(whole) == ["2019-11-21", "2019-11-25", "2019-11-27"]
    assert days(cs.events("level", tiny(small, start="2019-11-25"), level=10.0)) == ["2019-11-25", "2019-11-27"]
    assert days(cs.events("level", tiny(small, start="2019-11-26"), level=10.0)) == ["2019-11-27"]


def test_a_fresh_breakout_had_none_shortly_before() -> None:
    """A close above the two before it is an event when none of the `fresh` sessions before was one."""
    small = [10.0, 10.0, 11.0, 12.0, 9.0, 9.0, 9.5, 13.0]
    assert days(cs.events("breakout", tiny(small), entry=2, fresh=0)) == [
        "2019-11-22", "2019-11-25", "2019-11-29", "2019-12-02"
    ]  # fmt: skip
    assert days(cs.events("breakout", tiny(small), entry=2, fresh=2)) == ["2019-11-22", "2019-11-29"]
    assert days(cs.events("breakout", tiny(small), entry=2, fresh=3)) == ["2019-11-22"]


def test_breakouts_of_total_return_closes_count_dividends() -> None:
    """A fall that a dividend makes good is a breakout with dividends reinvested, and none on prices."""
    small = [100.0, 100.0, 99.5, 90.0, 90.0, 90.0]
    assert days(cs.events("breakout", tiny(small), entry=1)) == []
    study = cs.events("breakout", tiny(small), entry=1, closes="total-return", within=1)
    assert days(study) == ["2019-11-22"]
    assert study.rows["level"].tolist() == [pytest.approx(99.5 / 1.005)]
    assert study.false_breakouts is not None
    assert study.false_breakouts["share"] == 1


def test_a_record_ends_a_drought() -> None:
    """A close at the old record counts as one when the last is `drought` sessions back."""
    small = [10.0, 12.0, 11.0, 11.0, 12.0, 13.0, 12.0, 13.0]
    assert days(cs.events("record-high", tiny(small), drought=3)) == ["2019-11-26"]
    assert days(cs.events("record-high", tiny(small), drought=2)) == ["2019-11-26", "2019-12-02"]
    assert days(cs.events("record-high", tiny(small), drought=4)) == []


def test_false_breakouts_are_counted_by_hand() -> None:
    """A close below the level within `within` sessions is a failure, a later one is not, one at the level is none."""
    small = [9.0, 11.0, 10.0, 9.0, 12.0, 12.0, 12.0, 9.0, 12.0, 9.0, 12.0]
    study = cs.events("level", tiny(small), level=10.0, within=2)
    after = study.rows["below_after"].tolist()
    assert after[:3] == [2.0, 3.0, 1.0]
    assert np.isnan(after[3])
    assert study.false_breakouts == {
        "within": 2, "events": 3, "failed": 2, "share": 2 / 3, "median_below_after": 2.0
    }  # fmt: skip
    assert cs.events("cut", tiny(small)).false_breakouts is None


def test_decisions_happen_where_they_are_known() -> None:
    """The cuts of 2020 were announced on a Tuesday and on a Sunday; the Monday knows the latter."""
    market = market_of(bars("AAA", np.arange(1, 90)), bars("BBB", np.arange(1, 90)))
    study = cs.events("cut", market)
    assert days(study) == ["2020-03-03", "2020-03-16"]
    assert [str(day.date()) for day in study.rows["dated"]] == ["2020-03-03", "2020-03-15"]
    assert study.rows["kind"].tolist() == ["further cut, -50 bp", "further cut, -100 bp"]
    assert days(cs.events("first-cut", market)) == days(cs.events("hike", market)) == []


def test_every_kind_of_cut_is_a_cut(market: Market) -> None:
    """First cuts and restarts are among the cuts, no hike is, and each hike raised the target."""
    found = {name: set(days(cs.events(name, market, horizons=[1]))) for name in ("first-cut", "restart", "cut", "hike")}
    assert found["first-cut"] == {"2007-09-18"}
    assert found["first-cut"] | found["restart"] < found["cut"]
    assert len(found["hike"]) == 12  # of 2005 and 2006
    assert not found["hike"] & found["cut"]


def test_speeches_at_jackson_hole_are_on_their_session(market: Market) -> None:
    """Chairs spoke at Jackson Hole on Friday, 27 August 2010, but not in 2013."""
    spoken = days(cs.events("jackson-hole", market, horizons=[1]))
    assert "2010-08-27" in spoken
    assert not [day for day in spoken if day.startswith("2013")]


@pytest.mark.parametrize("name", list(EVENTS))
def test_no_event_sees_the_future(name: str, market: Market) -> None:
    """Events of a market that is cut are those of the whole market up to the cut."""
    parameters = {"level": {"level": 50.0}, "record-high": {"drought": 5}, "breakout": {"entry": 20}}.get(name, {})
    whole = cs.events(name, market, horizons=[1], **parameters).rows
    for cut in np.linspace(market.opening + 1, len(market) - 1, 7).astype(int):
        part = cs.events(name, market.until(int(cut)), horizons=[1], **parameters).rows
        pd.testing.assert_index_equal(part.index, whole.index[whole.index <= market.sessions[cut]])


@given(
    positions=st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True).map(sorted), horizon=st.integers(1, 12)
)
def test_no_more_events_than_counted_can_be_kept_apart(positions: list[int], horizon: int) -> None:
    """The greedy count is the size of the largest set of events whose horizons do not overlap."""
    apart = [
        size
        for size in range(1, len(positions) + 1)
        for some in itertools.combinations(positions, size)
        if all(later - earlier >= horizon for earlier, later in itertools.pairwise(some))
    ]
    assert independent(np.array(positions), horizon) == max(apart)


@pytest.mark.parametrize("chosen", [(0, 1, 2), (3, 7, 11), (9, 10, 11)])
def test_p_values_are_those_of_full_enumeration(chosen: tuple[int, ...]) -> None:
    """With all 220 samples written out, the p-value lies within sampling error of the exact one."""
    values = np.array([5.0, 4.0, 3.5, -1.0, 0.2, 0.1, -0.3, 0.0, 0.4, -2.0, 1.0, -1.5])
    means = [values[list(some)].mean() for some in itertools.combinations(range(12), 3)]
    ours = values[list(chosen)].mean()
    exact = min(
        1, 2 * min(np.mean([mean <= ours + 1e-12 for mean in means]), np.mean([mean >= ours - 1e-12 for mean in means]))
    )
    estimate = permutation_p_value(values, np.array(chosen), random_samples(12, 3))
    assert estimate == pytest.approx(exact, abs=4 * 2 * np.sqrt(exact / 2 * (1 - exact / 2) / 9_999) + 3e-4)


def test_p_values_of_random_dates_are_uniform(market: Market) -> None:
    """Of events that mean nothing, about a tenth has a p-value below 0.1, and about half one below 0.5."""
    values = market.small.total_return[21:] / market.small.total_return[:-21] - 1
    random = np.random.default_rng(7)
    samples = random_samples(len(values), 10, draws=399)
    found = [permutation_p_value(values, random.choice(len(values), 10, replace=False), samples) for _ in range(400)]
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.06)
    assert np.mean(np.array(found) <= 0.5) == pytest.approx(0.5, abs=0.1)


def test_samples_are_drawn_without_replacement() -> None:
    """No random sample has a date twice, each date comes up about as often, and the seed fixes all of it."""
    samples = random_samples(20, 6)
    assert all(len(set(row)) == 6 for row in samples.tolist())
    assert np.bincount(samples.ravel()) == pytest.approx(np.full(20, 9_999 * 6 / 20), rel=0.08)
    assert (samples == random_samples(20, 6)).all()


def test_large_samples_are_tested_in_parts() -> None:
    """A sample too large to look up at once gives the p-value of the whole: that of all dates is 1."""
    values = np.random.default_rng(1).normal(size=3_000)
    assert permutation_p_value(values, np.arange(3_000), random_samples(3_000, 3_000, draws=1_500)) == 1


def test_relative_wealth_begins_at_one_and_meets_the_returns() -> None:
    """A path is 1 at its event, and at each horizon what small brought over what large brought."""
    study = cs.events("breakout", random_market(5, 200), entry=10, horizons=[5, 30])
    assert (study.paths.loc[0] == 1).all()
    for horizon in (5, 30):
        ratio = (1 + study.rows[f"small_close_{horizon}"]) / (1 + study.rows[f"large_close_{horizon}"])
        np.testing.assert_allclose(study.paths.loc[horizon], ratio, rtol=1e-12)


def test_a_window_to_fall_back_in_is_for_events_that_break_a_level(short_market: Market) -> None:
    """Asked of other events, `within` is said to change nothing; of breakouts, and left alone, it is not."""
    said = "within=5 changes nothing here"
    assert said in " ".join(cs.events("hike", short_market, within=5).warnings)
    assert said not in " ".join(cs.events("breakout", short_market, within=5).warnings)
    assert "within" not in " ".join(cs.events("hike", short_market).warnings)


def test_what_makes_p_values_too_small_is_said() -> None:
    """Overlaps, few events, unfinished horizons and hindsight each have their sentence."""
    small = [9.0, 11.0] * 20
    said = " ".join(cs.events("level", tiny(small), level=10.0, horizons=[4]).warnings)
    assert "At 4 sessions only 9 of 18 events are independent." in said
    assert "9 independent events are far too few to tell skill from luck" in said
    assert "2 of 20 events have not had 4 sessions yet" in said
    assert "Hindsight" in said
    assert cs.events("restart", tiny(small)).warnings == ("There was no such event in this market.",)


def test_own_dates_are_read_however_they_are_written(tmp_path: Path) -> None:
    """A header or none, other columns, empty rows and any order give the same events, each on its session."""
    market = tiny()
    plain = dated(tmp_path, "2019-11-23", "2019-11-21", name="mine.txt")
    table = dated(tmp_path, "why,Date", "x,2019-11-21", "", '"a, b",2019-11-23', name="table.csv")
    for file in (plain, table, str(plain)):
        study = cs.events(file, market, horizons=[1])
        assert days(study) == ["2019-11-21", "2019-11-25"]
        assert [str(day.date()) for day in study.rows["dated"]] == ["2019-11-21", "2019-11-23"]
    assert study.name == "mine-events"


def test_own_dates_outside_the_account_are_left_out_and_told(tmp_path: Path) -> None:
    """Dates before the account, after the last session, or on a session that an earlier date has do not count."""
    file = dated(tmp_path, "1999-01-01", "2019-11-21", "2019-11-23", "2019-11-24", "2030-01-01")
    study = cs.events(file, tiny(start="2019-11-22"), horizons=[1])
    assert days(study) == ["2019-11-25"]
    assert "4 of 5 dates were left out" in " ".join(study.warnings)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["2019-11-21", "21.11.2019"], "mine.csv: row 2: '21.11.2019' is no date; write YYYY-MM-DD"),
        (["date", "2019-11-21", "", "2019-11-21"], "mine.csv: row 4: 2019-11-21 stands in row 2, too; remove one"),
        (["why,date", "x"], "mine.csv: row 2: '' is no date"),
        (["2019-02-30"], "mine.csv: row 1: '2019-02-30' is no date"),
        (["0019-11-21"], "mine.csv: row 1: '0019-11-21' is no date"),
        (["date"], "mine.csv: .* has no dates; write one a row"),
        ([""], "has no dates"),
        (['"2019-11-21'], "is no UTF-8 text of dates"),
    ],
)
def test_a_wrong_row_of_own_dates_is_named(lines: list[str], message: str, tmp_path: Path) -> None:
    """What cannot be read as a date is refused with its row and a remedy."""
    with pytest.raises(SeriesError, match=message):
        cs.events(dated(tmp_path, *lines), tiny())


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text are told apart."""
    with pytest.raises(DataUnavailableError, match="there is no file"):
        cs.events(tmp_path / "none.csv", tiny())
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SeriesError, match="is a directory"):
        cs.events(tmp_path / "folder.csv", tiny())
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe2")
    with pytest.raises(SeriesError, match="save it as UTF-8"):
        cs.events(tmp_path / "bytes.txt", tiny())


@pytest.mark.parametrize(
    ("event", "options", "message"),
    [
        ("breakout", {"entri": 5}, "breakout has no parameter 'entri'; did you mean 'entry'"),
        ("restart", {"entry": 5}, "restart has no parameter 'entry'; it has: none"),
        ("breakout", {"entry": 0}, "breakout: entry is 0; it must be a whole number, from 1 to"),
        ("breakout", {"closes": "adjusted"}, "closes is 'adjusted'; it must be a word, one of price, total-return"),
        ("level", {"level": -1}, "level: level is -1.0; it must be a number, 0.01 or more"),
        ("cut", {"horizons": []}, "horizons is empty"),
        ("cut", {"horizons": [21, 0]}, "horizon is 0; it must be a whole number, from 1"),
        ("cut", {"horizons": [2.5]}, "horizon is 2.5; it must be a whole number"),
        ("cut", {"within": 0}, "within is 0; it must be a whole number, from 1"),
    ],
)
def test_a_wrong_parameter_is_told_with_what_can_be(event: str, options: dict[str, Any], message: str) -> None:
    """A name or value that cannot be is refused with those that can."""
    with pytest.raises(ParameterError, match=message):
        cs.events(event, tiny(), **options)


def test_an_unknown_event_names_the_nearest() -> None:
    """A misspelled event is answered with the one that was meant, another with the list."""
    with pytest.raises(UnknownEventError, match="no event 'brekout'; did you mean 'breakout'"):
        cs.events("brekout", tiny())
    with pytest.raises(UnknownEventError, match="there are first-cut, .* or a .csv or .txt file"):
        cs.events("x", tiny())
    with pytest.raises(ParameterError, match="horizons is '21;63'; write sessions ahead with commas"):
        parse_horizons("21;63")


def test_the_same_study_gives_the_same_bytes() -> None:
    """Studying again gives the same JSON, and the words of a study say what it is."""
    market = random_market(3, 300)
    first, again = (cs.events("breakout", market, entry=20, horizons=[21]) for _ in range(2))
    assert first.json() == again.json()
    assert repr(first).startswith(f"EventStudy(breakout,entry=20, {len(first)} events, 2019-11-20 to ")
    assert f"{len(first)} events, small minus large" in str(first)


def test_the_command_prints_what_python_gives(capshift: Run, tmp_path: Path) -> None:
    """With --json, standard output is the study and standard error empty, with every option passed on."""
    span = ("--start", "2012-01-03", "--end", "2016-12-30")
    options = ("-p", "entry=50", "-p", "fresh=10", "--horizons", "63,21", "--within", "10")
    done = capshift("events", "breakout", *options, *span, "--json")
    market = cs.load_market(start="2012-01-03", end="2016-12-30")
    study = cs.events("breakout", market, entry=50, fresh=10, horizons=[21, 63], within=10)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == study.summary()
    table = capshift("events", "breakout", *options, *span, "--out", tmp_path / "out")
    assert table.returncode == 0
    assert "SIMULATED breakout,entry=50,fresh=10, IWM and SPY, 2012-01-03 to 2016-12-30" in table.stdout
    assert "False breakouts: " in table.stdout
    saved = sorted(path.name for path in (tmp_path / "out").iterdir())
    own = [f"breakout,entry=50,fresh=10{end}" for end in ("-paths.csv", ".csv", ".html", ".json")]
    assert saved == [*own, "index.html", "plotly.min.js"]
    assert (tmp_path / "out" / own[3]).read_text(encoding="utf-8") == done.stdout
    rows = pd.read_csv(tmp_path / "out" / own[1], index_col="session", parse_dates=["session", "dated"])
    np.testing.assert_allclose(rows["small_open_63"], study.rows["small_open_63"], rtol=1e-12)


def test_own_dates_survive_being_studied_where_they_lie(capshift: Run, tmp_path: Path) -> None:
    """What is written into the folder of a file of dates never takes the file's place."""
    file = dated(tmp_path, "2015-03-03", "2015-06-03")
    done = capshift("events", file, "--start", "2015-01-02", "--end", "2015-12-31", "--out", tmp_path)
    assert done.returncode == 0
    assert file.read_text(encoding="utf-8") == "2015-03-03\n2015-06-03\n"
    assert (tmp_path / "mine-events.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("restrat",), 2, "there is no event 'restrat'; did you mean 'restart'?"),
        (("breakout", "-p", "entry"), 2, "'entry' is no parameter of breakout; write name=value"),
        (("level", "-p", "level=high"), 2, "level: level is 'high'; it must be a number, 0.01 or more"),
        (("cut", "--horizons", "1,two"), 2, "horizons is '1,two'; write sessions ahead with commas, like 21,63"),
        (("no/such.csv",), 3, "such.csv: there is no file no/such.csv"),
        (("cut", "--cash", "5"), 2, "--cash"),
    ],
)
def test_a_mistake_is_told_in_one_line(capshift: Run, arguments: tuple[str, ...], code: int, message: str) -> None:
    """Each wrong use ends with its code and one line; options of the account are no options here."""
    done = capshift("events", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_saving_is_all_or_nothing(tmp_path: Path) -> None:
    """A folder where one of the files should go leaves the others out, too."""
    study = cs.events("level", tiny(), level=107.0, horizons=[1])
    (tmp_path / "level,level=107.html").mkdir()
    with pytest.raises(cs.CapshiftError, match="is a folder, and a file should go there"):
        cs.save_events(study, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["level,level=107.html"]


def real(real_data: Path, small: str, large: str, **options: Any) -> Market:
    """Return a market of real bars."""
    return cs.load_market(small, large, source="files", path=real_data, **options)


def claim(words: str) -> dict[str, Any]:
    """Return one of the article's figures, computed independently."""
    file = SHARED / "conformance" / "claims.json"
    claims = json.loads(file.read_text(encoding="utf-8"))["claims"]
    return next(dict(one) for one in claims if one["claim"] == words)


def test_first_cuts_and_restarts_agree_with_the_reference(real_data: Path) -> None:
    """Every cell of the independent table is met to 0.01 points, and its empty cells are empty."""
    market = real(real_data, "^RUT", "^GSPC")
    rows = pd.concat([cs.events(name, market).rows for name in ("first-cut", "restart")])
    with (SHARED / "conformance" / "first_cuts.csv").open(encoding="utf-8") as file:
        reference = list(csv.DictReader(file))
    assert [str(day.date()) for day in rows["dated"]] == [row["announced"] for row in reference]
    legs = {"rut": "small", "spx": "large", "diff": "difference"}
    for ours, theirs in zip(rows.to_dict("records"), reference, strict=True):
        for (leg, measure), horizon in itertools.product(legs.items(), (21, 63, 126, 252)):
            expected = float(theirs[f"{leg}_{horizon}d_pct"] or "nan")
            assert ours[f"{measure}_close_{horizon}"] * 100 == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_false_breakouts_of_iwm_agree_with_the_reference(real_data: Path) -> None:
    """Fresh breakouts of total-return closes failed within 20 sessions as often as the independent count says."""
    market = real(real_data, "IWM", "SPY", end="2025-08-27")
    expected = claim("breakouts fool")["IWM_fresh_breakouts_closing_back_below_within_20_sessions_percent"]
    for entry, percent in expected.items():
        study = cs.events("breakout", market, entry=int(entry), closes="total-return", horizons=[1])
        assert study.false_breakouts is not None
        assert round(100 * (study.false_breakouts["share"] or 0)) == percent


def test_the_230_dollar_level_agrees_with_the_reference(real_data: Path) -> None:
    """Ten up-crosses of 230 dollars by August 2025, of which nine failed within 20 sessions and the tenth held."""
    expected = claim("IWM above $230")
    study = cs.events("level", real(real_data, "IWM", "SPY", start="2021-01-04"), level=230.0)
    until = study.rows.loc[:"2025-08-31"]  # type: ignore[misc]  # a slice of dates
    assert len(until) == expected["up_crosses_2021_to_2025_08"]
    assert (until["below_after"] <= 20).sum() == expected["failed_within_20_sessions"]
    assert str(until.index[9].date()) == expected["tenth"]
    ended = sessions(int(until["below_after"].iloc[9]) + 1, expected["tenth"])[-1]
    assert str(ended.date()) == expected["held_until"]


def test_records_of_the_russell_agree_with_the_reference(real_data: Path) -> None:
    """The nine full cases of the Russell 2000 have the mean and the median that were found independently."""
    expected = claim("records after a year or more without")["^RUT"]
    study = cs.events("record-high", real(real_data, "^RUT", "^GSPC"))
    figures = study.figures.loc[("close", 252, "small")]
    assert figures["events"] == expected["full_cases"]
    assert figures["mean"] * 100 == pytest.approx(expected["mean"], abs=0.1)  # it says 12.1, the closes 12.16
    assert figures["median"] * 100 == pytest.approx(expected["median"], abs=0.05)
