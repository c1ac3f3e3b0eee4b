"""What choosing the best of a sweep is worth: the same figures as from every session return of every variant."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pages import Page
from test_browser import browser, wide_and_narrow
from test_sweep import Picky, Stopped

import capshift as cs
from capshift.backtests import sweeping, variants
from capshift.backtests.overfitting import overfitting, overfitting_of_sums
from capshift.backtests.selection import QUANTILES, SELECTION_FIGURES
from capshift.backtests.sharpe_ratios import expected_maximum, moments, probabilistic_sharpe
from capshift.backtests.verdicts import deflated_verdict, distribution_verdict, overfitting_verdict
from capshift.reports.sweep_page import sweep_page

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from capshift.data_feeds import Market

__all__ = ["browser"]  # a fixture, shared with the other pages

VALUES: dict[str, Any] = {"entry": [20, 40, 60], "exit": [10, 20]}


@pytest.fixture(scope="module")
def found(short_market: Market) -> cs.Sweep:
    """Return a sweep of six variants."""
    return cs.sweep("breakout", short_market, **VALUES)


@pytest.fixture(scope="module")
def table(found: cs.Sweep, short_market: Market) -> np.ndarray:
    """Return the session returns of its variants, each run by itself on the event engine, hold-large last."""
    runs = [cs.run("breakout", short_market, **found.variant(number)[1]) for number in range(len(found))]
    runs.append(cs.run("hold-large", short_market))
    return np.column_stack([run.equity.pct_change().to_numpy()[1:] for run in runs])


def test_overfitting_of_a_sweep_is_that_of_its_variants_returns(found: cs.Sweep, table: np.ndarray) -> None:
    """The probability of overfitting equals that of the matrix of all session returns, split by split."""
    selection, whole = found.selection(), overfitting(table[:, :-1])
    assert selection.overfitting is not None
    assert selection.overfitting.logits.tolist() == whole.logits.tolist()
    assert selection.overfitting.outside == pytest.approx(whole.outside)
    assert selection.figures["overfitting_probability"] == whole.probability
    assert selection.figures["loss_probability"] == whole.probability_of_loss


def test_the_deflated_sharpe_ratio_is_that_of_the_best_ones_lead(found: cs.Sweep, table: np.ndarray) -> None:
    """It is the probabilistic Sharpe ratio of the best lead against the expected best of all trials without skill."""
    leads = table[:, :-1] - table[:, -1:]
    ratios = leads.mean(axis=0) / leads.std(axis=0, ddof=1)
    variance = max(ratios.var(ddof=1), 1 / (len(leads) - 1))
    best = found.best("sharpe", 1).index[0]
    by_luck = variance**0.5 * expected_maximum(len(found))
    figures = found.selection().figures
    assert figures["lead_sharpe"] == pytest.approx(ratios[best] * 252**0.5)
    assert figures["lead_sharpe_by_luck"] == pytest.approx(by_luck * 252**0.5)
    assert figures["deflated_sharpe"] == pytest.approx(probabilistic_sharpe(moments(leads[:, best]), by_luck))


def test_all_variants_are_told_of(found: cs.Sweep, table: np.ndarray) -> None:
    """Quantiles, bars and the share ahead are counted from the table, beside hold-large's own figures."""
    selection = found.selection("max_drawdown")
    assert set(selection.quantiles) == set(selection.histograms) == {"max_drawdown", "excess_cagr", "sharpe"}
    for key, values in selection.quantiles.items():
        assert values == pytest.approx([found.table[key].quantile(share) for share in QUANTILES])
        edges, counts = selection.histograms[key]
        assert sum(counts) == len(found)
        assert (edges[0], edges[-1]) == (found.table[key].min(), found.table[key].max())
    assert selection.figures["ahead"] == (found.table["excess_cagr"] > 0).mean()
    assert selection.benchmark["sharpe"] == pytest.approx(table[:, -1].mean() / table[:, -1].std(ddof=1) * 252**0.5)
    assert selection.benchmark["excess_cagr"] == 0


def assert_same(one: cs.Sweep, other: cs.Sweep) -> None:
    """Check that two sweeps keep the same bits of their variants' returns, and say the same."""
    for name in ("blocks", "leads", "moves", "base"):
        np.testing.assert_array_equal(getattr(one.returns, name), getattr(other.returns, name))
    assert one.selection().figures == other.selection().figures
    assert one.selection().sentences == other.selection().sentences


def test_the_figures_do_not_depend_on_who_did_the_work(found: cs.Sweep, short_market: Market) -> None:
    """One thread and two keep the same bits, processes on the event engine sums in another order."""
    for workers in (1, 2):
        assert_same(cs.sweep("breakout", short_market, workers=workers, **VALUES), found)
    event = cs.sweep("breakout", short_market, workers=2, engine="event", **VALUES)
    for name in ("blocks", "leads"):
        theirs, ours = getattr(event.returns, name), getattr(found.returns, name)
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(event.returns.moves, found.returns.moves)
    assert event.selection().sentences == found.selection().sentences
    assert event.selection().figures == pytest.approx(found.selection().figures)


def test_few_of_many_are_looked_at_whatever_the_batches(short_market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many variants some are looked at, spread over all, the same ones for any number of workers."""
    monkeypatch.setattr(sweeping, "MOST_LOOKED_AT", 20)
    values = {"entry": range(20, 120, 2), "exit": range(10, 20, 2)}
    found = cs.sweep("breakout", short_market, workers=1, **values)
    selection = found.selection()
    assert 15 <= selection.looked_at <= 25 < len(found)
    assert f"{selection.looked_at} variants spread over all {len(found)} move like" in selection.sentences[-1]
    monkeypatch.setattr(variants, "_ON_ARRAYS", 7)
    assert_same(cs.sweep("breakout", short_market, workers=2, **values), found)


def test_failed_variants_are_trials_without_returns(short_market: Market) -> None:
    """A variant that fails counts among the trials, and changes nothing else, on either engine."""
    for rule, good, bad in ((Stopped, {"stop": [-0.2, 0.1]}, 0.5), (Picky, {"n": [1, 2]}, 3)):
        (name,) = good
        clean = cs.sweep(rule, short_market, **good).selection()
        shaken = cs.sweep(rule, short_market, **{name: [*good[name], bad]}).selection()
        assert (clean.trials, shaken.trials) == (2, 3)
        assert clean.figures["overfitting_probability"] == shaken.figures["overfitting_probability"] is not None
        assert clean.figures["lead_sharpe_by_luck"] < shaken.figures["lead_sharpe_by_luck"]  # type: ignore[operator]


def test_several_rules_and_samples_are_one_choice(short_market: Market) -> None:
    """Variants of several rules, and drawn ones, are judged together."""
    grids = [("breakout", VALUES), ("mix", {"small": [0.2, 0.6]})]
    both = cs.sweep(grids, short_market).selection()
    assert both.overfitting is not None
    assert both.overfitting.variants == both.trials == 8
    drawn = cs.sweep("mix", short_market, samples=5, small=np.linspace(0, 1, 30)).selection()
    assert drawn.overfitting is not None
    assert drawn.overfitting.variants == drawn.trials == 5


def test_variants_that_do_not_differ_leave_nothing_to_choose(short_market: Market) -> None:
    """Two levels that no price reaches make one account twice: its overfitting is no probability."""
    alike = cs.sweep("price-level", short_market, level=[1e5, 2e5])
    assert alike.table["final_equity"].nunique() == 1
    assert alike.selection().figures["overfitting_probability"] is None
    assert "Overfitting is not defined: the variants do not differ on these bars" in " ".join(
        alike.selection().sentences
    )
    differing = cs.sweep("mix", short_market, small=[0.1, 0.9]).selection()
    assert differing.figures["overfitting_probability"] is not None
    assert "not defined" not in " ".join(differing.sentences)


def test_what_cannot_be_told_is_said(short_market: Market) -> None:
    """One variant, none that went well, and too short a market each have their sentence, and no number."""
    one = cs.sweep("mix", short_market, small=0.4).selection()
    left = cs.sweep(Stopped, short_market, stop=[0.1, 0.5]).selection()
    for selection in (one, left):
        assert selection.figures["overfitting_probability"] is selection.figures["deflated_sharpe"] is None
        assert selection.figures["lead_sharpe_by_luck"] is selection.figures["effective_trials"] is None
        assert selection.sentences[0].startswith("The only variant grew")
        assert selection.sentences[1:] == [
            "Nothing can be told of choosing from one: it takes two variants that were judged."
        ]
    none = cs.sweep(Stopped, short_market, stop=0.5).selection()
    assert none.sentences == ["No variant was judged: there is nothing to tell."]
    assert set(none.figures.values()) == {None}
    assert none.quantiles == {}
    short = cs.sweep("mix", cs.load_market(start="2020-01-02", end="2020-02-28"), small=[0.2, 0.4]).selection()
    assert "39 session returns are less than a year" in short.sentences[0]
    assert "39 session returns are too few" in short.sentences[1]
    assert "cannot be told from luck: 39 session returns are too few" in short.sentences[2]
    assert "less than a year" not in one.sentences[0]
    assert short.figures["deflated_sharpe"] is None
    large = cs.sweep("mix", short_market, small=[0.0]).selection()
    assert large.figures["effective_trials"] is None
    for selection in (one, none, short, large):
        json.dumps(selection.summary(), allow_nan=False)


def test_some_splits_of_many_tell_what_all_tell() -> None:
    """Where all splits would take too long, some drawn ones give about the same probability, complements included."""
    random = np.random.default_rng(5)
    returns = random.normal(size=(320, 40))
    parts = returns.reshape(16, 20, 40)
    totals, squares = parts.sum(axis=1), (parts**2).sum(axis=1)
    whole, some = overfitting(returns), overfitting_of_sums(totals, squares, 20, most=40 * 2_000)
    assert len(some.logits) == 2_000
    assert set(some.inside.tolist()) <= set(whole.inside.tolist())
    assert some.probability == pytest.approx(whole.probability, abs=0.04)


@pytest.mark.parametrize("probability", [0.0, 0.09, 0.1, 0.49, 0.5, 1.0])
def test_words_on_overfitting_follow_from_its_probability(probability: float) -> None:
    """Choosing is called worth something only below one half, and safe never."""
    said = overfitting_verdict(probability, 12_870, sessions=5_000)
    assert ("no more than drawing lots" in said) == (probability >= 0.5)
    assert ("cannot be relied on" in said) == (0.1 <= probability < 0.5)
    assert ("does not make the future safe" in said) == (probability < 0.1)
    assert f"probability of backtest overfitting {probability:.2f}" in said


@pytest.mark.parametrize("deflated", [0.02, 0.94, 0.95, 0.999])
@pytest.mark.parametrize("lead", [-0.2, 0.0, 0.4])
def test_words_on_the_best_follow_from_its_deflated_sharpe(deflated: float, lead: float) -> None:
    """The best is praised only above 0.95, and a mean lead not above zero never."""
    said = deflated_verdict(deflated, lead, 0.77, best="x", label="Sharpe", trials=7_400, against="QQQ")
    assert ("more than luck explains" in said) == (lead > 0 and deflated >= 0.95)
    assert ("luck is explanation enough" in said) == (lead > 0 and deflated < 0.95)
    assert ("nothing speaks for it" in said) == (lead <= 0)
    assert f"{lead:.2f} a year" in said
    assert ("7,400 trials" in said) == (lead > 0)


def test_words_on_all_variants_bear_their_numbers() -> None:
    """The sentence on all variants counts those ahead, and has the quantiles in points; all of them where few are."""
    points = [-0.03, -0.02, -0.01, -0.004, 0.001, 0.009, 0.012]
    said = distribution_verdict(456, points, tested=1_200, sessions=6_000, against="SPY")
    assert said.startswith("456 of 1,200 variants grew faster than SPY")
    assert [float(one) for one in re.findall(r"-?\d+\.\d+", said)] == [-0.4, -2.0, 0.9]
    few = distribution_verdict(1, points, tested=5, sessions=6_000, against="SPY")
    assert [float(one) for one in re.findall(r"-?\d+\.\d+", few)] == [-0.4, -3.0, 1.2]
    one = distribution_verdict(0, [-0.01] * 7, tested=1, sessions=6_000, against="SPY")
    assert one.startswith("The only variant grew no faster")


@pytest.mark.parametrize(
    ("ahead", "tested", "said"),
    [
        (3, 6_083, "3 of 6,083 variants"),
        (6_082, 6_083, "6,082 of 6,083 variants"),
        (0, 70, "None of 70 variants"),
        (70, 70, "All 70 variants"),
        (2, 2, "Both variants"),
        (0, 2, "Neither variant"),
        (1, 2, "1 of 2 variants"),
    ],
)
def test_variants_ahead_are_counted_and_none_is_rounded_away(ahead: int, tested: int, said: str) -> None:
    """Few of very many are still told, and only all are called all."""
    sentence = distribution_verdict(ahead, [0.0] * 7, tested=tested, sessions=6_000, against="SPY")
    assert sentence.startswith(f"{said} grew faster than SPY")


def test_the_summary_bears_all_of_it(found: cs.Sweep) -> None:
    """sweep.json has every figure with its definition, the quantiles, the bars and the sentences."""
    summary = json.loads(found.json())["selection"]
    assert set(summary["definitions"]) == set(SELECTION_FIGURES) <= set(summary)
    assert summary["overfitting"]["splits"] == 12_870
    assert list(summary["quantiles"]["sharpe"]) == [str(share) for share in QUANTILES]
    assert summary["sentences"] == found.selection().sentences
    assert math.isclose(summary["benchmark"]["excess_cagr"], 0.0)


def test_the_page_says_it_and_marks_the_best(found: cs.Sweep) -> None:
    """The page has every sentence and figure with its definition, the quantiles, and bars with the best marked."""
    selection, page = found.selection(), sweep_page(found, by="sharpe", count=3)
    read = Page(page)
    for sentence in selection.sentences:
        assert sentence in read.text
    for metric in SELECTION_FIGURES.values():
        assert metric.definition in read.text
    rows = {row[0]: row[1:] for row in read.table("All variants")}
    assert rows["Sharpe"][:-1] == [f"{value:.2f}" for value in selection.quantiles["sharpe"]]
    assert rows["Sharpe"][-1] == f"{selection.benchmark['sharpe']:.2f}"
    chart = re.search(r'id="data">(.*?)</script>', page)
    assert chart is not None
    data = json.loads(chart[1])
    drawn = data["selection"]
    assert sum(drawn["counts"]) == len(found)
    assert (drawn["best"], data["stamp"]) == (found.table["sharpe"].max(), "SIMULATED")
    assert drawn["benchmark"] == selection.benchmark["sharpe"]


@pytest.mark.browser
def test_the_histogram_is_drawn(found: cs.Sweep, tmp_path: Path, browser: Browser) -> None:
    """Offline in Chromium, bars and both marks are drawn, wide and narrow, and nothing complains."""
    file = cs.save_sweep(found, tmp_path)
    for page in wide_and_narrow(browser, file, "selection"):
        assert page.locator("#distribution .barlayer .point").count() == 40
        assert page.locator("#distribution .shapelayer path").count() == 2


def test_the_command_line_says_it(capshift: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """The terminal has every sentence of the selection."""
    done = capshift(
        "sweep", "breakout", "-p", "entry=20,40", "-p", "exit=10", "--start", "2016-01-04", "--end", "2018-12-31"
    )
    assert done.returncode == 0, done.stderr
    for words in ("variants grew faster than SPY", "probability of backtest overfitting", "the best by Sharpe, "):
        assert words in done.stdout
