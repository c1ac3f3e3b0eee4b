"""Sweeps: every row is what a single run gives, whoever does the work and in whatever order."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pages import Page
from test_browser import browser, wide_and_narrow

import capshift as cs
from capshift.backtests import METRICS
from capshift.backtests.surface import neighbour_medians, surface
from capshift.errors import CapshiftError
from capshift.reports.sweep_page import sweep_page
from capshift.strategies.sharing import shared, sharing

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from capshift.data_feeds import Market

__all__ = ["browser"]  # a fixture, shared with the other pages

SPAN = ("--start", "2020-01-02", "--end", "2020-12-31")


class Stopped(cs.Rotation):
    """Small caps until they close `stop` below the price that was paid; fails for a stop of 0.5."""

    params = (("stop", 0.05),)

    def decide(self) -> cs.Target:
        """Look at the position."""
        position = self.getposition(self.datas[0])
        if self.p.stop == 0.5:
            msg = "no such stop"
            raise ValueError(msg)
        if position.size and self.datas[0].close[0] < (1 - self.p.stop) * position.price:
            self.stopped = True
        return cs.Target((0.0, 1.0) if getattr(self, "stopped", False) else (1.0, 0.0))


class Picky(cs.Rotation):
    """The n-th part in small caps; `hold` fails for 3."""

    params = (("n", 1),)

    @staticmethod
    def hold(market: Market, n: int) -> cs.Holdings:
        """Return the n-th part."""
        if n == 3:
            msg = "three"
            raise ValueError(msg)
        return cs.fixed(len(market), small=1 / n)


@pytest.fixture(scope="module")
def found(short_market: Market) -> cs.Sweep:
    """Return a sweep of two rules, one of them with filters."""
    return cs.sweep(
        [
            ("breakout", {"entry": [20, 40, 60], "exit": [10, 30], "filters": ["", "calm"]}),
            ("mix", {"small": [0.2, 0.6]}),
        ],
        short_market,
        account=cs.Account(commission=0.001),
    )


def assert_row_is_a_run(row: dict[str, Any], result: cs.Result) -> None:
    """Check every figure of a row against the event engine's."""
    for key, value in result.metrics.items():
        assert row[key] == pytest.approx(np.nan if value is None else value, rel=1e-9, abs=1e-12, nan_ok=True), key


def test_each_row_is_what_a_run_on_the_event_engine_gives(found: cs.Sweep, short_market: Market) -> None:
    """Every figure of every variant equals that of `run` on Backtrader with the same parameters."""
    assert len(found) == 3 * 2 * 2 - 2 + 2
    assert (found.trials, found.refused, found.failed, found.interrupted) == (12, 2, 0, False)
    for number, row in enumerate(found.table.to_dict("records")):
        grid, parameters = found.variant(number)
        result = cs.run(grid.strategy, short_market, account=cs.Account(commission=0.001), **parameters)
        assert_row_is_a_run(row, result)


def test_who_does_the_work_changes_nothing(found: cs.Sweep, short_market: Market) -> None:
    """One worker or three, arrays or events, the table is the same, its rows in the order of the grid."""
    values = {"entry": [20, 40, 60], "exit": [10, 30], "filters": ["", "calm"]}
    account = cs.Account(commission=0.001)
    alone = cs.sweep("breakout", short_market, account=account, workers=1, **values).table
    pd.testing.assert_frame_equal(alone, cs.sweep("breakout", short_market, account=account, workers=3, **values).table)
    pairs = alone[["entry", "exit", "filters"]].to_numpy().tolist()
    assert pairs == [[n, x, f] for n in (20, 40, 60) for x in (10, 30) for f in ("", "calm") if x <= n]
    few = {"entry": [20, 60], "exit": [10]}
    events = cs.sweep("breakout", short_market, engine="event", workers=2, **few).table
    arrays = cs.sweep("breakout", short_market, **few).table
    pd.testing.assert_frame_equal(events, arrays, rtol=1e-9)
    assert len(found.table) == 12


def test_a_rule_that_looks_at_its_fills_is_swept_and_a_failure_is_a_row(short_market: Market) -> None:
    """On processes each variant is a run; the one that fails says why, and the others are not disturbed."""
    swept = cs.sweep(Stopped, short_market, stop=[0.01, 0.5, 0.2], workers=2)
    assert swept.table["error"].str.contains("ValueError: no such stop").tolist() == [False, True, False]
    assert (swept.trials, swept.failed) == (3, 1)
    for number in (0, 2):
        stop = swept.variant(number)[1]["stop"]
        row = swept.table.to_dict("records")[number]
        assert_row_is_a_run(row, cs.run(Stopped, short_market, stop=stop))
    assert 1 not in swept.best("cagr").index


def test_a_failure_on_arrays_is_a_row_too(short_market: Market) -> None:
    """A variant whose `hold` fails does not take those of its batch with it."""
    swept = cs.sweep(Picky, short_market, n=[1, 2, 3, 4])
    assert [bool(error) for error in swept.table["error"]] == [False, False, True, False]
    assert swept.table["final_equity"].isna().tolist() == [False, False, True, False]


def test_an_interruption_keeps_what_is_done(short_market: Market) -> None:
    """Ctrl-C after the first of several batches leaves a table of that batch, and says so."""

    def interrupt(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    swept = cs.sweep("breakout", short_market, entry=range(20, 60), exit=range(5, 20), workers=1, progress=interrupt)
    assert swept.interrupted
    assert 0 < len(swept) < 40 * 15
    whole = cs.sweep("breakout", short_market, entry=range(20, 60), exit=range(5, 20)).table
    assert len(swept.table.merge(whole)) == len(swept)
    assert swept.table.attrs == {"trials": len(swept), "refused": 0, "interrupted": True}


def test_an_interruption_before_anything_is_done_leaves_an_empty_table(short_market: Market, tmp_path: Path) -> None:
    """Ctrl-C at once gives no rows, which can be asked for the best, run again and saved like any others."""

    def interrupt(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    swept = cs.sweep("breakout", short_market, entry=[5, 6], exit=[10, 20], progress=interrupt)
    assert (swept.trials, swept.interrupted, len(swept.best()), len(swept.verified())) == (0, True, 0, 0)
    assert cs.save_sweep(swept, tmp_path).is_file()
    assert pd.read_parquet(tmp_path / "sweep.parquet").attrs["trials"] == 0


def test_progress_counts_what_is_refused_too(short_market: Market) -> None:
    """The last that is heard is all of all."""
    heard: list[tuple[int, int]] = []
    cs.sweep("breakout", short_market, entry=[5, 10], exit=[5, 10], progress=lambda *one: heard.append(one))
    assert (heard[0], heard[-1]) == ((0, 4), (4, 4))


def test_samples_are_rows_of_the_whole(short_market: Market) -> None:
    """A sample's variants have the figures they have in the whole sweep."""
    values = {"entry": range(20, 60, 4), "exit": range(5, 20, 5)}
    whole = cs.sweep("breakout", short_market, **values).table
    for sampling in ("random", "latin-hypercube"):
        some = cs.sweep("breakout", short_market, samples=8, sampling=sampling, draw_seed=3, **values)
        assert 0 < some.trials <= 8
        assert len(some.table.merge(whole)) == some.trials


def test_the_best_are_those_with_most_or_least(found: cs.Sweep) -> None:
    """The best by Sharpe have the highest, by volatility the lowest, by drawdown the least deep."""
    assert found.best("sharpe", 3)["sharpe"].tolist() == sorted(found.table["sharpe"], reverse=True)[:3]
    assert found.best("volatility", 3)["volatility"].tolist() == sorted(found.table["volatility"])[:3]
    assert found.best("max_drawdown", 1)["max_drawdown"].item() == found.table["max_drawdown"].max()


def test_the_best_are_run_again_on_the_event_engine(found: cs.Sweep) -> None:
    """Both engines give the same final equity and the same number of fills."""
    verified = found.verified("sharpe", 2)
    assert verified["difference"].tolist() == [0.0, 0.0]
    assert verified["trades"].tolist() == verified["event_trades"].tolist()
    assert verified["variant"].tolist() == [found.name(at) for at in found.best("sharpe", 2).index]


def test_what_the_event_engine_judged_is_not_verified_by_it(short_market: Market, found: cs.Sweep) -> None:
    """Engines are told by grid; only variants judged on the array engine are run again."""
    assert found.provenance["engine"] == "array"
    assert [grid["engine"] for grid in found.summary()["grids"]] == ["array", "array"]
    alone = cs.sweep(Stopped, short_market, stop=[0.1, 0.2], workers=1)
    event = cs.sweep("mix", short_market, small=[0.2, 0.4], engine="event", workers=1)
    for swept in (alone, event):
        assert swept.provenance["engine"] == "event"
        assert len(swept.verified()) == 0
        assert "Run again on the event engine" not in sweep_page(
            swept, by="sharpe", count=2, verified=swept.verified().to_dict("records")
        )
    mixed = cs.sweep([(Stopped, {"stop": [0.1]}), ("mix", {"small": [0.2, 0.4]})], short_market, workers=1)
    assert mixed.provenance["engine"] == "event and array"
    assert [grid["engine"] for grid in mixed.summary()["grids"]] == ["event", "array"]
    assert sorted(mixed.verified()["variant"]) == ["mix,small=0.2", "mix,small=0.4"]


def test_one_variant_is_not_the_best_of_anything(
    short_market: Market, inside: Callable[..., tuple[int, str, str]]
) -> None:
    """Neither table, page nor terminal speaks of a best of one, or of 1 variants."""
    code, printed, _ = inside("sweep", "mix", *SPAN)
    page = sweep_page(cs.sweep("mix", short_market), by="sharpe", count=2)
    assert code == 0
    for text in (printed, page):
        assert "best of 1" not in text
        assert "1 variants" not in text
        assert "1 trials" not in text
        assert "more than luck explains" not in text
    assert repr(cs.sweep("mix", short_market)) == "Sweep(mix; 1 trial, SIMULATED)"


def test_a_sweep_in_which_nothing_is_judged_is_a_mistake(
    short_market: Market, inside: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """All refused writes nothing; all failed writes the errors; both end with 2 and one line that says why."""
    with pytest.raises(CapshiftError, match="every combination is refused, the first because: breakout: exit is 10"):
        cs.sweep("breakout", short_market, entry=[5, 6], exit=[10, 20])
    with pytest.raises(CapshiftError, match="the first because: entry >= 30 does not hold"):
        cs.sweep("breakout", short_market, entry=[20], exit=[10], where="entry >= 30", samples=1)
    with pytest.raises(CapshiftError, match="every combination is refused"):
        cs.walk_forward("breakout", short_market, entry=5, exit=[10, 20], train_years=0.3, test_years=0.3)
    out = tmp_path / "out"
    refused = inside("sweep", "breakout", "-p", "entry=5", "-p", "exit=10", *SPAN, "--out", str(out))
    assert (refused[0], refused[1], refused[2].count("\n"), out.exists()) == (2, "", 1, False)
    file = tmp_path / "own.py"
    file.write_text(FAILING, encoding="utf-8")
    failed = inside("sweep", f"{file}:Failing", "-p", "n=1,2", *SPAN, "--out", str(out))
    assert failed[:2] == (2, "")
    assert "every variant failed (2), the first: " in failed[2].splitlines()[-1]
    assert pd.read_parquet(out / "sweep.parquet")["error"].str.contains("ValueError: never").all()


FAILING = """
import backtrader as bt

class Failing(bt.Strategy):
    params = (("n", 1),)

    def next(self):
        raise ValueError("never")
"""


def test_random_samples_are_as_many_as_asked_for(short_market: Market, capshift: Any) -> None:
    """Refused combinations are replaced by others while there are any; a latin hypercube is thinner and says so."""
    values = {"entry": range(1, 30), "exit": range(1, 30)}  # 435 of 841 are allowed
    some = cs.sweep("breakout", short_market, samples=100, draw_seed=4, **values)
    assert (some.trials, some.refused) == (100, 0)
    assert (some.table["exit"] <= some.table["entry"]).all()
    assert len(some.table[["entry", "exit"]].drop_duplicates()) == 100
    nearly = cs.sweep("breakout", short_market, samples=600, **values)
    assert len(nearly) == 29 * 30 / 2
    done = capshift(
        "sweep", "breakout", "-p", "entry=1:29", "-p", "exit=1:29", *SPAN, "--samples", "20", "--sampling",
        "latin-hypercube", "--verify", "0",
    )  # fmt: skip
    assert "were left out" in done.stdout
    assert "the latin-hypercube design is so much thinner" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sampling", "random"],
        ["--samples", "3", "--draw-seed", "-1"],
        ["--top", "0"],
        ["--top", "-2"],
        ["--verify", "-1"],
    ],
)
def test_numbers_that_make_no_sense_are_one_line(
    arguments: list[str], inside: Callable[..., tuple[int, str, str]]
) -> None:
    """Counts below their least, and a way to sample without samples, end with 2 and one line."""
    code, printed, complaint = inside("sweep", "mix", *SPAN, *arguments)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)


def test_counts_below_their_least_are_refused_in_python(found: cs.Sweep) -> None:
    """A slice counts from the end for negative numbers; a sweep does not."""
    for wrong in (lambda: found.best(count=0), lambda: found.best(count=-1), lambda: found.verified(count=-1)):
        with pytest.raises(CapshiftError, match="count is .*; it must be"):
            wrong()
    assert len(found.verified(count=0)) == 0


SLOW = """
import os
import time
import backtrader as bt

class Slow(bt.Strategy):
    params = (("n", 1),)

    def next(self):
        if len(self) % 50 == 0:
            print("I am slow")
            with open(__file__ + ".begun", "a") as file:
                print(os.getpid(), file=file)
            time.sleep(0.2)
"""


def test_an_interruption_is_answered_at_once_and_ends_soon(tmp_path: Path) -> None:
    """Ctrl-C, which reaches all processes of a terminal, is told in one line; queued tasks are not waited for."""
    file = tmp_path / "slow.py"
    file.write_text(SLOW, encoding="utf-8")
    command = [sys.executable, "-m", "capshift", "sweep", f"{file}:Slow", "-p", "n=1:60", "--workers", "2", *SPAN]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        begun = Path(f"{file}.begun")
        for _ in range(600):
            if begun.exists() and len(set(begun.read_text(encoding="utf-8").split())) > 2:  # the command, and processes
                break
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        began = time.monotonic()
        said = process.stderr.readline()
        at_once = time.monotonic() - began
        printed, complaint = process.communicate(timeout=120)
    assert said == "interrupted: finishing what has begun\n"
    assert at_once < 5
    assert (process.returncode, complaint) == (130, "")
    assert "I am slow" not in printed


def test_what_strategies_and_rules_print_is_dropped(
    inside: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """Look-ahead check, variants and verification: nothing that a user's class prints is on either output."""
    file = tmp_path / "noisy.py"
    file.write_text(NOISY, encoding="utf-8")
    for name in ("Plainly", "Barwise"):
        code, printed, complaint = inside("sweep", f"{file}:{name}", "-p", "n=1,2", *SPAN, "--json")
        assert code == 0
        assert json.loads(printed)["trials"] == 2
        assert "noise" not in complaint


NOISY = """
import backtrader as bt
import capshift as cs

class Plainly(bt.Strategy):
    params = (("n", 1),)

    def __init__(self):
        print("noise")

    def next(self):
        print("noise")
        self.order_target_percent(target=0.9)

    def stop(self):
        print("noise")

class Barwise(cs.Rotation):
    params = (("n", 1),)

    def decide(self):
        print("noise")
        return cs.Target((1.0, 0.0))
"""


def test_curves_are_those_that_the_figures_were_worked_out_from(found: cs.Sweep) -> None:
    """The curves of asked-for rows end at their final equity and fall as deep as their drawdown, by pandas' count."""
    rows = found.table.index[[0, 5, -1]]
    curves = found.curves(rows)
    falls = (curves / curves.cummax() - 1).min()
    assert list(curves.columns) == [found.name(number) for number in rows]
    np.testing.assert_allclose(curves.iloc[-1], found.table.loc[rows, "final_equity"], rtol=1e-12)
    np.testing.assert_allclose(falls, found.table.loc[rows, "max_drawdown"], rtol=1e-9)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"engine": "warp"}, "there is no engine 'warp'"),
        ({"workers": 0}, "workers is 0; it must be 1 or more"),
        ({"entry": range(1, 20_000), "exit": range(1, 20_000)}, "combinations are more than 10,000,000; take wider"),
        ({"where": "exit < < entry"}, "is no constraint"),
        ({"samples": 0}, "samples is 0"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(given_: dict[str, Any], said: str, short_market: Market) -> None:
    """A wrong setting is told in one line before anything is run."""
    with pytest.raises(CapshiftError, match=said):
        cs.sweep("breakout", short_market, **{"entry": [20], **given_})


def test_parameters_of_several_rules_stand_with_each(short_market: Market) -> None:
    """Whose parameter it is must be said, and so must the rules."""
    for rules, more in (([("mix", {})], {"small": 0.5}), ([], {})):
        with pytest.raises(CapshiftError, match="give the parameters of several rules with each"):
            cs.sweep(rules, short_market, **more)


def test_there_is_no_best_by_what_is_no_figure(found: cs.Sweep) -> None:
    """A figure that does not exist is told with the nearest that does."""
    with pytest.raises(CapshiftError, match="no figure 'sharp'; did you mean 'sharpe'"):
        found.best("sharp")


def test_what_variants_share_is_computed_once() -> None:
    """Within a sweep a window of the market's own array is computed once for each argument, and cannot be written."""
    calls: list[int] = []

    @shared
    def window(values: Any, length: int) -> Any:
        calls.append(length)
        return values * length

    ours, loose = np.arange(3.0), np.arange(3.0)
    ours.flags.writeable = False
    with sharing({}):
        first = window(ours, 2)
        assert window(ours, 2) is first
        window(ours, 3)
        window(loose, 2)
        window(loose, 2)
    window(ours, 2)
    assert calls == [2, 3, 2, 2, 2]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


@given(
    values=hnp.arrays(
        np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.sampled_from([1.0, 2.0, 5.0, np.nan])
    )
)
def test_neighbours_are_the_cells_around(values: Any) -> None:
    """Each cell's neighbours are the up to eight around it that were judged, counted one by one."""
    rows, columns = values.shape
    medians = neighbour_medians(values)
    for i in range(rows):
        for j in range(columns):
            around = [
                values[k, m]
                for k in range(max(i - 1, 0), min(i + 2, rows))
                for m in range(max(j - 1, 0), min(j + 2, columns))
                if (k, m) != (i, j) and not np.isnan(values[k, m])
            ]
            expected = np.nan if np.isnan(values[i, j]) or not around else float(np.median(around))
            assert medians[i, j] == pytest.approx(expected, nan_ok=True)


def test_a_surface_holds_each_variant_in_its_cell(found: cs.Sweep) -> None:
    """A cell is the variant's figure, or the median over what varies beside; refused combinations are empty."""
    seen = surface(found, 0, "sharpe")
    assert seen is not None
    assert (seen.x, seen.y, seen.over) == ("entry", "exit", ["filters"])
    assert np.isnan(seen.cells[seen.y_values.index(30), seen.x_values.index(20)])
    cell = found.table.query("entry == 40 and exit == 10")["sharpe"]
    assert seen.cells[seen.y_values.index(10), seen.x_values.index(40)] == pytest.approx(cell.median())
    assert surface(cs.sweep("mix", found.market), 0, "sharpe") is None


@pytest.fixture(scope="module")
def saved(found: cs.Sweep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a saved sweep."""
    out = tmp_path_factory.mktemp("sweep")
    cs.save_sweep(found, out, by="cagr", count=4, verified=found.verified("cagr", 1))
    return out


def test_the_table_is_saved_with_the_number_of_trials(found: cs.Sweep, saved: Path) -> None:
    """Parquet gives back the same rows, and the count that the best of them must be discounted for."""
    table = pd.read_parquet(saved / "sweep.parquet")
    assert table.attrs["trials"] == found.trials == len(table)
    pd.testing.assert_frame_equal(table, found.table)
    summary = json.loads((saved / "sweep.json").read_text(encoding="utf-8"))
    assert (summary["trials"], summary["refused"], summary["by"]) == (12, 2, "cagr")
    best = found.best("cagr", 1).iloc[0]
    assert summary["best"][0]["metrics"]["cagr"] == best["cagr"]
    assert set(summary["best"][0]["metrics"]) == set(METRICS)
    assert summary["verified"][0]["difference"] == 0


def test_a_variant_is_called_as_compare_calls_it(short_market: Market) -> None:
    """What was fixed is as much of a variant as what varies: one name for one rule, in every table."""
    found = cs.sweep("breakout", short_market, entry=[20, 40], exit=10, filters="calm")
    rules = [("breakout", {"entry": entry, "exit": 10, "filters": "calm"}) for entry in (20, 40)]
    assert ["hold-large", *map(found.name, (0, 1))] == list(cs.compare(rules, short_market).results)


def test_the_page_shows_the_best_beside_their_neighbours(found: cs.Sweep) -> None:
    """The table holds the best variants in order, and every figure of the page has its definition."""
    page = Page(sweep_page(found, by="sharpe", count=4))
    rows = page.tables[0][1:]
    assert [row[0] for row in rows] == [found.name(at) for at in found.best("sharpe", 4).index]
    assert [row[2] for row in rows] == [f"{value:.2f}" for value in found.best("sharpe", 4)["sharpe"]]
    assert METRICS["sharpe"].definition in page.text
    assert "SIMULATED" in page.text
    assert "12 variants were judged" in page.text


@pytest.mark.browser
def test_the_charts_are_drawn(saved: Path, browser: Browser) -> None:
    """Offline in Chromium, each rule has its chart and nothing complains."""
    for page in wide_and_narrow(browser, saved / "sweep.html", "sweep"):
        assert page.locator("#surface-0 .heatmaplayer image").count() == 2
        assert page.locator("#surface-1 .scatterlayer .trace").count() == 2


def test_the_command_sweeps(capshift: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """`capshift sweep` prints the best, what both engines say of them, the trials, and writes table and page."""
    done = capshift(
        "sweep", "breakout", "-p", "entry=20:60:20", "-p", "exit=10,30", "--verify", "1", *SPAN, "--out", tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "5 trials" in done.stdout
    assert "Where capshift compare names the best alone, --trials 4 adds the others." in done.stdout
    assert "have a note" not in done.stdout
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "whoever compares it alone adds the others (<code>--trials 4</code>)" in page
    assert "1 combination was left out" in done.stdout
    assert "difference 0.0e+00" in done.stdout
    assert {"sweep.parquet", "sweep.json", "sweep.html", "plotly.min.js"} <= {one.name for one in tmp_path.iterdir()}


ONE_SHARE = """
import backtrader as bt


class OneShare(bt.Strategy):
    params = (("every", 20),)

    def next(self):
        if len(self) % self.p.every == 1:
            self.buy()
"""


def test_the_command_tells_notes_of_variants(
    capshift: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Variants that hold next to nothing are counted, and what is said of the first is said in the terminal."""
    (tmp_path / "own.py").write_text(ONE_SHARE, encoding="utf-8")
    done = capshift("sweep", f"{tmp_path / 'own.py'}:OneShare", "-p", "every=20,60", *SPAN)
    assert done.returncode == 0, done.stderr
    told = r"2 variants have a note; the first: Held \d\.\d\d % of its equity in shares on average: Backtrader buys one"
    assert re.search(told, done.stdout)


def test_the_command_prints_json_and_nothing_else(capshift: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """`--json` with several rules prints the trials, the best and the grids of each."""
    done = capshift(
        "sweep", "breakout", "mix", "-p", "breakout.entry=20,40", "-p", "mix.small=0.2,0.4", "--by", "cagr", *SPAN,
        "--samples", "9", "--verify", "0", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["trials"] == 4
    assert [grid["axes"] for grid in summary["grids"]] == [{"entry": [20, 40]}, {"small": [0.2, 0.4]}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["breakout", "-p", "entry=9:1"], "entry is '9:1'; write a:b:step"),
        (["breakout", "--by", "sharp"], "there is no figure 'sharp'; did you mean 'sharpe'"),
        (["breakout", "--sampling", "sobol", "--samples", "3"], "no way to sample called 'sobol'"),
    ],
)
def test_wrong_use_of_the_command_is_one_line(
    arguments: list[str], said: str, capshift: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A mistake ends with exit code 2 and one line on standard error."""
    done = capshift("sweep", *arguments, *SPAN)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
