"""Walk-forward: choices that know nothing of the future, and one account that pays for them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markets import scripted
from pages import Page
from test_browser import browser, wide_and_narrow
from test_sweep import Stopped

import capshift as cs
from capshift.backtests.event_engine import simulate
from capshift.backtests.uncertainty import INTERVALS, uncertainty_of
from capshift.backtests.windows import FEWEST_SESSIONS, windows_of
from capshift.errors import CapshiftError
from capshift.reports.walk_forward_page import walk_forward_page
from capshift.strategies import find_rule
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from capshift.data_feeds import Market

__all__ = ["browser"]  # a fixture, shared with the other pages

VALUES: dict[str, Any] = {"entry": [10, 40, 90], "exit": [10, 30]}
CUT: dict[str, Any] = {"train_years": 2, "test_years": 1, "gap": 5}
SPAN = ("--start", "2005-01-03", "--end", "2010-12-31")


@pytest.fixture(scope="module")
def span() -> Market:
    """Return six years of the sample market, after five of history."""
    return cs.load_market(start="2005-01-03", end="2010-12-31")


@pytest.fixture(scope="module")
def walked(span: Market) -> cs.WalkForward:
    """Return a walk over them."""
    return cs.walk_forward("breakout", span, **CUT, **VALUES)


def parameters_of(variant: str) -> dict[str, int]:
    """Return the parameters in a variant's name."""
    pairs = (part.split("=") for part in variant.split(",")[1:])
    return {name: int(value) for name, value in pairs}


@given(
    sessions=st.integers(20, 3000),
    train=st.floats(0.02, 4),
    test=st.floats(0.02, 3),
    gap=st.integers(0, 30),
    anchored=st.booleans(),
)
def test_tests_follow_each_other_and_training_ends_before(
    sessions: int, train: float, test: float, gap: int, *, anchored: bool
) -> None:
    """Tests cover the rest of the account once; each training span has its length and ends `gap` sessions before."""
    length, step = round(train * 252), round(test * 252)
    try:
        found = windows_of(sessions, train_years=train, test_years=test, gap=gap, anchored=anchored)
    except CapshiftError:
        assert min(length, step) < FEWEST_SESSIONS or length + gap + FEWEST_SESSIONS > sessions
        return
    assert found[0].test == length + gap
    assert found[-1].test_end == sessions
    assert all(one.test_end == following.test for one, following in pairwise(found))
    for one in found:
        assert one.train_end == one.test - gap
        assert one.train == (0 if anchored else one.train_end - length)
    assert all(one.test_end - one.test == step for one in found[:-1])
    assert FEWEST_SESSIONS <= found[-1].test_end - found[-1].test < step + FEWEST_SESSIONS


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"train_years": 0.001}, "train is 0 sessions; it must be 3 or more"),
        ({"test_years": 0}, "test is 0 sessions"),
        ({"gap": -1}, "gap is -1"),
        ({"train_years": 40}, "too few for 10080 to train on"),
        ({"by": "sharp"}, "did you mean 'sharpe'"),
    ],
)
def test_windows_that_cannot_be_cut_are_refused(given_: dict[str, Any], said: str, span: Market) -> None:
    """Spans that are too short, or longer than the account, and unknown figures end in one line."""
    with pytest.raises(CapshiftError, match=said):
        cs.walk_forward("breakout", span, **{**CUT, **VALUES, **given_})


def test_a_choice_is_judged_by_runs_of_its_spans(walked: cs.WalkForward) -> None:
    """In and out of sample, a figure is that of a run on the event engine over just those sessions."""
    row = walked.windows.iloc[1]
    given_ = parameters_of(row["variant"])
    train = cs.load_market(start=row["train_first"], end=row["train_last"])
    assert cs.run("breakout", train, **given_).metrics["sharpe"] == pytest.approx(row["in_sample"], rel=1e-9)
    eve = str(walked.result.equity.index[walked.result.equity.index.get_loc(row["test_first"]) - 1].date())
    test = cs.load_market(start=eve, end=row["test_last"])
    assert cs.run("breakout", test, **given_).metrics["sharpe"] == pytest.approx(row["out_of_sample"], rel=1e-9)


def test_a_choice_is_the_best_of_its_training_span(walked: cs.WalkForward) -> None:
    """A sweep over the training span alone has the chosen variant first; a test's median is that of a sweep over it."""
    for row in walked.windows.to_dict("records"):
        market = cs.load_market(start=row["train_first"], end=row["train_last"])
        best = cs.sweep("breakout", market, **VALUES).best("sharpe", 1)
        assert best[["entry", "exit"]].iloc[0].tolist() == list(parameters_of(row["variant"]).values())
    eve = walked.result.equity.index[0]
    market = cs.load_market(start=eve, end=walked.windows["test_last"][0])
    swept = cs.sweep("breakout", market, **VALUES).table["sharpe"]
    assert walked.windows["median"][0] == pytest.approx(swept.median(), rel=1e-9)
    assert walked.trials == len(swept)


def test_the_future_changes_no_choice(walked: cs.WalkForward, span: Market) -> None:
    """On a market that ends within the third test, the first three choices are the same."""
    shorter = cs.walk_forward(
        "breakout", span.until(span.sessions[span.opening + 504 + 5 + 2 * 252 + 50]), **CUT, **VALUES
    )
    columns = ["train_first", "train_last", "test_first", "variant", "in_sample"]
    pd.testing.assert_frame_equal(shorter.windows[columns], walked.windows[columns].iloc[:3])


def test_the_stitched_account_follows_each_choice_and_pays_for_changes(walked: cs.WalkForward, span: Market) -> None:
    """Backtrader, told each window's decisions in turn, keeps the same account to the last bit."""
    weights = np.zeros((len(span), 2))
    sessions = span.sessions
    for row in walked.windows.to_dict("records"):
        rule, given_ = find_rule("breakout"), parameters_of(row["variant"])
        small = rule.decided(span, resolve(rule, given_)).weights["small"]
        first = int(sessions.get_loc(pd.Timestamp(row["test_first"]))) - 1
        weights[first:] = np.column_stack([small, 1 - small])[first:]
    opened = cs.load_market(start=walked.result.equity.index[0], end="2010-12-31")
    assert len(opened) == len(span)
    ledger = simulate(scripted([tuple(row) for row in weights.tolist()]), opened, {}, cs.Account())
    np.testing.assert_array_equal(walked.result.equity.to_numpy(), ledger.equity)
    assert len(walked.result.trades) == len(ledger.fills)
    assert len(set(walked.windows["variant"])) > 1


def test_the_benchmark_and_hindsight_live_through_the_same_sessions(walked: cs.WalkForward, span: Market) -> None:
    """hold-large is its run on the event engine; the best in hindsight is the best of a sweep over those sessions."""
    opened = cs.load_market(start=walked.result.equity.index[0], end="2010-12-31")
    assert walked.benchmark.metrics["cagr"] == pytest.approx(cs.run("hold-large", opened).metrics["cagr"], rel=1e-12)
    for by in ("sharpe", "cagr", "volatility"):
        found = cs.walk_forward("breakout", span, by=by, **CUT, **VALUES)
        best = cs.sweep("breakout", opened, **VALUES)
        assert found.hindsight.parameters["variant"] == best.name(int(best.best(by, 1).index[0]))
        assert found.hindsight.metrics[by] == pytest.approx(best.best(by, 1)[by].item(), rel=1e-9)
    run = cs.run("breakout", opened, **parameters_of(walked.hindsight.parameters["variant"]))
    assert walked.hindsight.equity.equals(run.equity)


def test_less_volatility_is_chosen_where_it_is_asked_for(span: Market) -> None:
    """By a figure of which less is better, the choice is the least of its training span."""
    found = cs.walk_forward("mix", span, by="volatility", anchored=True, train_years=2, test_years=2, small=[0.1, 0.9])
    assert set(found.windows["variant"]) == {"mix,small=0.1"}
    assert set(found.windows["train_first"]) == {"2005-01-03"}


def test_a_rule_that_looks_at_its_fills_cannot_be_walked(span: Market) -> None:
    """A rule that decides bar by bar is refused."""
    with pytest.raises(CapshiftError, match="decides bar by bar and cannot be walked"):
        cs.walk_forward(Stopped, span, **CUT, stop=[0.1, 0.2])


def test_the_stitched_account_bears_its_intervals(walked: cs.WalkForward) -> None:
    """They are those of a comparison of the stitched account with hold-large, as are the words; hindsight has none."""
    returns = {one.name: one.equity.pct_change().to_numpy()[1:] for one in (walked.benchmark, walked.result)}
    sessions = walked.result.equity.index
    found = uncertainty_of(returns, "hold-large", days=(sessions[-1] - sessions[0]).days, against="SPY")
    assert found is not None
    one = found.rules["walk-forward"]
    assert walked.uncertainty is not None
    assert set(walked.uncertainty.intervals) == set(INTERVALS)
    for key, interval in walked.uncertainty.intervals.items():
        assert interval == pytest.approx(one.intervals[key])
    for key, figure in (("cagr", "cagr"), ("sharpe", "sharpe"), ("excess_cagr", "excess_cagr")):
        assert walked.uncertainty.intervals[key].estimate == pytest.approx(walked.result.metrics[figure])
    said = one.verdict[0].lower() + one.verdict[1:]
    assert walked.verdict == f"Out of sample, the choices {said}"
    page = walk_forward_page(walked)
    assert walked.verdict in page
    rows = {row[0]: row for row in Page(page).table("Figure")}
    low, high = (round(100 * end, 1) + 0.0 for end in walked.uncertainty.intervals["excess_cagr"][1:])
    assert rows["CAGR over benchmark"][2] == f"{low:.1f} to {high:.1f} %"
    summary = json.loads(walked.json())
    assert summary["verdict"] == walked.verdict
    assert summary["uncertainty"] == json.loads(json.dumps(walked.uncertainty.summary()))


def test_too_short_tests_bear_no_intervals() -> None:
    """Tests of half a year and less are said to be too few, in words, JSON and page."""
    market = cs.load_market(start="2020-01-02", end="2020-12-31")
    short = cs.walk_forward("mix", market, train_years=0.6, test_years=0.2, small=[0.2, 0.4])
    assert short.uncertainty is None
    assert "sessions of tests are too few to tell skill from luck" in short.verdict
    assert short.verdict in walk_forward_page(short)
    assert json.loads(short.json())["uncertainty"] is None


@pytest.fixture(scope="module")
def saved(walked: cs.WalkForward, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a saved walk."""
    out = tmp_path_factory.mktemp("walk")
    cs.save_walk_forward(walked, out)
    return out


def test_what_is_saved_is_what_was_found(walked: cs.WalkForward, saved: Path) -> None:
    """The CSV has the windows, the JSON the figures, and each account loads as a result."""
    pd.testing.assert_frame_equal(pd.read_csv(saved / "windows.csv"), walked.windows)
    content = json.loads((saved / "walk-forward.json").read_text(encoding="utf-8"))
    assert content["metrics"]["walk-forward"] == dict(walked.result.metrics)
    assert [row["variant"] for row in content["windows"]] == walked.windows["variant"].tolist()
    assert cs.Result.load(saved / "walk-forward").equity.equals(walked.result.equity)


def test_the_page_shows_every_window(walked: cs.WalkForward) -> None:
    """Each window has its row with the choice, and the three accounts stand side by side."""
    page = Page(walk_forward_page(walked))
    windows = next(rows for rows in page.tables if rows[0][0] == "Test from")[1:]
    assert [row[4] for row in windows] == walked.windows["variant"].tolist()
    assert "breakout: entry 10, 40, 90; exit 10, 30." in page.text
    assert [row[0] for row in page.tables[0][1:]] == ["walk-forward", "hold-large", "best in hindsight"]
    assert "SIMULATED" in page.text


@pytest.mark.browser
def test_the_charts_are_drawn(saved: Path, browser: Browser) -> None:
    """Offline in Chromium, wide and narrow, both charts are drawn and nothing complains."""
    for page in wide_and_narrow(browser, saved / "walk-forward.html", "walk-forward"):
        assert page.locator("#growth .scatterlayer .trace").count() == 3
        assert page.locator("#samples .barlayer .trace").count() == 3


def test_the_command_walks(capshift: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """`capshift walk-forward` prints windows and accounts, writes its page, and with `--json` JSON alone."""
    arguments = ("walk-forward", "breakout", "-p", "entry=20,60", "-p", "exit=10,20", "--train", "2", *SPAN)
    done = capshift(*arguments, "--test", "2", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "best in hindsight" in done.stdout
    assert (tmp_path / "walk-forward.html").is_file()
    printed = capshift(*arguments, "--test", "2", "--json")
    assert json.loads(printed.stdout)["trials"] == 4
