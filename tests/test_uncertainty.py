"""What a comparison says of skill and luck: its intervals, its tests, and the words they are put in."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from arch.bootstrap import SPA, StationaryBootstrap, StepM
from conftest import ROOT

import capshift as cs
from capshift.backtests import metrics as m
from capshift.backtests.provenance import has_no_edge
from capshift.backtests.redrawn import Interval, luck, redrawn
from capshift.backtests.sharpe_ratios import moments
from capshift.backtests.trials import trials_variance
from capshift.backtests.uncertainty import INTERVALS, LUCK_FIGURES, Uncertainty, uncertainty_of
from capshift.backtests.verdicts import family_verdict, times_in_100, verdict
from capshift.errors import ParameterError
from capshift.reports.comparison_page import comparison_page

sys.path.insert(0, str(ROOT / "benchmarks"))  # scripts, not a package
import calibration

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from capshift.backtests import Comparison
    from capshift.data_feeds import Market

YEARS = 2.0


def accounts(edge: float = 0.0) -> dict[str, np.ndarray]:
    """Return session returns of a benchmark and three rules, the last of which has an edge a session."""
    random = np.random.default_rng(12)
    common = 0.01 * random.standard_t(6, (500, 1))
    table = 0.0003 + common + 0.003 * random.standard_t(6, (500, 4))
    table[:, 3] += edge
    return dict(zip(("base", "one", "two", "three"), table.T, strict=True))


def found_of(returns: dict[str, np.ndarray], **options: Any) -> Uncertainty:
    """Return what is said of accounts of two years beside the first."""
    found = uncertainty_of(returns, next(iter(returns)), days=round(YEARS * 365.25), against="SPY", **options)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def comparison(market: Market) -> Comparison:
    """Return a comparison on ten simulated years."""
    return cs.compare(["hold-small", "mix", "rate-cut"], market, trials=20)


def test_intervals_are_those_of_arch() -> None:
    """Growth, Sharpe ratio, drawdown and their differences have arch's own percentile intervals of the same draws."""
    returns, found = accounts(), found_of(accounts())
    table, years = np.column_stack(list(returns.values())), round(YEARS * 365.25) / 365.25

    def figures(drawn: np.ndarray) -> np.ndarray:
        equity = np.vstack([np.ones(4), np.cumprod(1 + drawn, axis=0)])
        growth = [m.cagr(one, years) for one in equity.T]
        ratios, depths = [m.sharpe(one) for one in drawn.T], [m.drawdowns(one).min() for one in equity.T]
        return np.array([growth[3], ratios[3], depths[3], growth[3] - growth[0], ratios[3] - ratios[0]])

    bootstrap = StationaryBootstrap(found.block, table, seed=20_250_827)
    ends = bootstrap.conf_int(figures, reps=1_000, method="percentile", size=0.90)
    for k, (key, value) in enumerate(zip(INTERVALS, figures(table), strict=True)):
        assert found.rules["three"].intervals[key] == pytest.approx((value, *ends[:, k]), rel=1e-9), key


def slow_luck(leads: list[float], chances: np.ndarray) -> list[float]:
    """Return stepdown p-values rule by rule: the share of histories in which one of those left leads by as much."""
    values, left, above = [0.0] * len(leads), sorted(range(len(leads)), key=lambda k: -leads[k]), 0.0
    while left:
        best = left[0]
        beaten = sum(max(row[k] for k in left) >= leads[best] for row in chances)
        above = max(above, (1 + beaten) / (1 + len(chances)))
        values[best] = above
        left = left[1:]
    return values


def test_luck_goes_down_from_the_best_rule() -> None:
    """Stepdown p-values equal those counted rule by rule, and trials made elsewhere count as more such families."""
    random = np.random.default_rng(3)
    differences = np.array([0.1, 0.9, -0.4, 0.5])
    drawn = differences + random.normal(size=(200, 4)) * [0.3, 0.4, 0.5, 0.6]
    errors = drawn.std(axis=0)
    slow = slow_luck((differences / errors).tolist(), (drawn - differences) / errors)
    assert luck(differences, drawn) == pytest.approx(slow)
    assert luck(differences, drawn, elsewhere=8) == pytest.approx([1 - (1 - value) ** 3 for value in slow])


def test_tests_are_on_leads_in_units_of_their_errors() -> None:
    """SPA and StepM are arch's, of leads over the standard errors of their redrawn means."""
    returns = accounts(edge=0.0008)
    found, table = found_of(returns), np.column_stack(list(returns.values()))
    drawn = redrawn(table, found.block, YEARS, with_drawdowns=False)
    errors = (drawn.means[:, 1:] - drawn.means[:, :1]).std(axis=0)
    losses = -(table[:, 1:] - table[:, :1]) / errors
    spa = SPA(np.zeros(500), losses, block_size=found.block, reps=1_000, seed=20_250_827)
    spa.compute()
    assert found.spa is not None
    assert tuple(found.spa) == tuple(spa.pvalues)
    step = StepM(np.zeros(500), losses, size=0.05, block_size=found.block, reps=1_000, seed=20_250_827)
    step.compute()
    assert found.superior == [("one", "two", "three")[k] for k in step.superior_models] == ["three"]


def test_an_edge_is_called_one_and_the_rest_is_not() -> None:
    """The rule with an edge, and no other, beats the benchmark by more than luck explains; without it none does."""
    with_edge, without = found_of(accounts(edge=0.0008)), found_of(accounts())
    assert with_edge.verdict.startswith("three beat SPY by more than luck explains")
    assert with_edge.rules["three"].verdict.endswith("more than luck explains.")
    assert "luck explains." not in with_edge.rules["one"].verdict
    assert without.verdict.startswith("None of 3 rules beat SPY by more than luck explains")
    assert "no order of merit" in with_edge.verdict
    assert without.superior == []
    assert "base" in without.confidence_set
    assert with_edge.confidence_set == ["three"]


def test_what_was_tried_elsewhere_is_counted() -> None:
    """A thousand trials made elsewhere turn the same lead into luck: in its figures, its sentence and that on all."""
    here, elsewhere = found_of(accounts(edge=0.0008)), found_of(accounts(edge=0.0008), elsewhere=1_000)
    one, other = here.rules["three"].figures, elsewhere.rules["three"].figures
    assert elsewhere.trials == here.trials + 1_000 == 1_003
    assert other["deflated_sharpe"] < one["deflated_sharpe"]  # type: ignore[operator]
    assert other["luck"] > 0.05 > one["luck"]  # type: ignore[operator]
    assert "1,003 rules tried" in elsewhere.rules["three"].verdict
    assert elsewhere.rules["three"].verdict.endswith("luck is explanation enough.")
    assert elsewhere.verdict.startswith("None of 3 rules")
    assert "1,000 more were tried elsewhere" in elsewhere.verdict
    assert elsewhere.counted.startswith("Counted: the 3 rules compared here, and 1,000 more")


def test_rules_that_are_the_benchmark_are_not_tested() -> None:
    """A rule that never differs is said to, has no luck, and does not change that of others but by being a trial."""
    returns = accounts()
    found = found_of({**returns, "copy": returns["base"]})
    assert found.rules["copy"].verdict == "Never differed from SPY: there is nothing to test."
    assert found.rules["copy"].figures["luck"] is None
    assert found.rules["copy"].figures["confidence_set"] == found.rules["base"].figures["confidence_set"]
    assert found.spa == found_of(returns).spa
    alone = found_of(dict.fromkeys(("base", "copy"), returns["base"]))
    assert alone.spa is None
    assert alone.verdict == "No rule differed from SPY: there is nothing to test."
    single = found_of({"base": returns["base"]})
    assert single.rules["base"].in_confidence_set is None
    assert single.trials == 0


def test_accounts_that_never_move_have_no_sharpe_ratio() -> None:
    """An account in cash without interest has intervals without numbers where a figure does not exist."""
    summary = found_of({**accounts(), "cash": np.zeros(500)}).rules["cash"].summary()
    assert summary["intervals"]["sharpe"] == {"estimate": None, "low": None, "high": None}
    assert summary["intervals"]["cagr"] == {"estimate": 0.0, "low": 0.0, "high": 0.0}
    json.dumps(summary, allow_nan=False)


def test_the_variance_of_trials_is_at_least_that_of_luck() -> None:
    """Few or similar trials do not make the deflated Sharpe ratio milder than independent ones without skill."""
    similar = [moments(one).sharpe for one in accounts().values()]
    assert trials_variance(similar[:1], 500) == trials_variance([0.01, 0.01], 500) == 1 / 499
    assert trials_variance([-0.3, 0.3], 500) == pytest.approx(0.18)


@pytest.mark.parametrize("estimate", [-0.031, -0.0004, 0.0, 0.0004, 0.012])
@pytest.mark.parametrize("chance", [0.001, 0.0499, 0.05, 0.38, 0.999])
def test_words_follow_from_numbers(estimate: float, chance: float) -> None:
    """A sentence praises only a lead whose luck is below 5 %, and bears its points, interval, trials and chance."""
    for width in (0.0001, 0.05):
        said = verdict(Interval(estimate, estimate - width, estimate + width), chance, trials=13, against="QQQ")
        assert ("more than luck explains" in said) == (estimate > 0 and chance < 0.05)
        assert ("luck is explanation enough" in said) == (estimate > 0 and chance >= 0.05)
        assert said.startswith("Beat QQQ by" if estimate > 0 else "Fell short of QQQ by")
        assert ("with 13 rules tried" in said) == (times_in_100(chance) in said) == (estimate > 0)
        assert ("all of the interval is below zero" in said) == (estimate + width < 0)
        numbers = [float(one) for one in re.findall(r"-?\d+\.\d+", said)]
        wanted = [abs(estimate), estimate - width, estimate + width]
        assert numbers == pytest.approx([100 * one for one in wanted], abs=0.0501)


def test_words_on_all_rules_follow_from_the_tests() -> None:
    """Rules are named as better only where there are such; the order is never called one of merit."""
    assert family_verdict([], 0.4, rules=1, against="SPY").startswith("The rule did not beat SPY")
    named = family_verdict(["a", "b"], 0.001, rules=5, against="SPY")
    assert named.startswith("a, b beat SPY by more than luck explains (SPA: p = 0.001; StepM at 5 %)")
    assert "no order of merit" in named


#: How sentences end that call a lead more than luck.
PRAISE = re.compile(r"more than luck explains( \(SPA: p = [\d.]+; StepM at 5 %\))?\.")
IN_TRUTH = " But no rule has an edge in this simulated market: this is luck."


@pytest.mark.parametrize("no_edge", [True, False])
def test_praise_is_taken_back_where_nothing_has_an_edge(no_edge: bool) -> None:  # noqa: FBT001 - pytest's own way
    """Each sentence that calls a lead more than luck, and no other, is followed by the truth where that is known."""
    for edge in (0.0008, 0.0):
        found = found_of(accounts(edge=edge), no_edge=no_edge)
        said = [found.verdict, *(one.verdict for one in found.rules.values())]
        praised = [sentence for sentence in said if PRAISE.search(sentence) and not sentence.startswith("None")]
        assert len(praised) == (2 if edge else 0)
        for sentence in said:
            assert (IN_TRUTH in sentence) == (no_edge and sentence in praised)
            assert not no_edge or sentence not in praised or PRAISE.split(sentence)[-1].startswith(IN_TRUTH)


def test_the_sample_market_has_no_edge_and_others_may() -> None:
    """Only a market that is invented and comes from the sample's source is known to have no edge."""
    markets = [(True, "sample"), (True, "made"), (False, "files"), (False, "sample")]
    known = [has_no_edge({"simulated": invented, "source": source}) for invented, source in markets]
    assert known == [True, False, False, False]
    lucky = cs.compare(["breakout"], cs.load_market())
    for told in (str(lucky), lucky.json(), comparison_page(lucky), lucky._repr_html_()):
        assert told.count(IN_TRUTH.strip()) == 2, told


def test_a_printed_comparison_ends_with_its_sentences(comparison: Comparison) -> None:
    """Below the figures, in a prompt and in a notebook, stand a line a rule, one on all and what was counted."""
    found = comparison.uncertainty
    assert found is not None
    single = [f"{name}: {one.verdict}" for name, one in found.rules.items() if name != "hold-large"]
    wanted = [*single, found.verdict, "Counted: the 3 rules compared here, and 20 more that were tried elsewhere"]
    for told in (str(comparison).splitlines(), re.findall("<p>(.*?)</p>", comparison._repr_html_())):
        assert len(wanted) == 5
        assert all(line.startswith(start) for line, start in zip(told[-5:], wanted, strict=True))


def test_whoever_counts_nothing_else_is_asked_to() -> None:
    """Without --trials the sentence says who has to add to the number; with it, what was added."""
    assert found_of(accounts()).counted == (
        "Counted: the 3 rules compared here; whoever tried others before, here or elsewhere, adds them (--trials N)."
    )
    single = {name: one for name, one in accounts().items() if name in {"base", "one"}}
    assert found_of(single).counted.startswith("Counted: the 1 rule compared here; ")
    assert "1 more that was tried elsewhere (--trials 1)." in found_of(single, elsewhere=1).counted


def test_the_page_states_its_verdict_for_each_rule(comparison: Comparison) -> None:
    """The page has the sentence of each rule and of all, each interval beside its estimate, and the definitions."""
    page, found = comparison_page(comparison), comparison.uncertainty
    assert found is not None
    assert f'<p id="verdict"><strong>{found.verdict}</strong></p>' in page
    for name, one in found.rules.items():
        assert (f"<dt>{name}</dt><dd>{one.verdict}</dd>" in page) == (name != comparison.benchmark)
        row = re.search(rf'<table id="uncertainty">.*?<tr data-tested="{name}".*?</tr>', page, re.DOTALL)
        assert row is not None
        cells = re.findall(r'<td>([^<]*)<span class="interval">([^<]*)</span>', row[0].rpartition("<tr")[2])
        assert len(cells) == len(one.intervals)
        for (figure, span), (key, values) in zip(cells, one.intervals.items(), strict=True):
            scale, digits = (100, 0.0501) if INTERVALS[key].form == "percent" else (1, 0.00501)
            assert float(figure.removesuffix(" %")) == pytest.approx(values.estimate * scale, abs=0.00501)
            low, high = span.removesuffix(" %").split(" to ")
            assert (float(low), float(high)) == pytest.approx((values.low * scale, values.high * scale), abs=digits)
    for one in {**INTERVALS, **LUCK_FIGURES}.values():
        assert f"<dt>{one.label}</dt>" in page
    assert '<p id="counted">Counted: the 3 rules compared here, and 20 more that were tried elsewhere' in page


def test_sentences_bear_the_comparisons_own_numbers(comparison: Comparison) -> None:
    """The points in a rule's sentence are those of its CAGR over hold-large, in the table of figures."""
    assert comparison.uncertainty is not None
    for name, one in comparison.uncertainty.rules.items():
        if name == comparison.benchmark:
            continue
        over = comparison.results[name].metrics["excess_cagr"]
        assert over is not None
        assert one.intervals["excess_cagr"].estimate == pytest.approx(over)
        assert one.intervals["sharpe"].estimate == pytest.approx(comparison.results[name].metrics["sharpe"])
        assert one.intervals["max_drawdown"].estimate == pytest.approx(comparison.results[name].metrics["max_drawdown"])
        assert one.verdict.startswith("Beat" if over > 0 else "Fell short")


def test_json_adds_keys_and_changes_none(comparison: Comparison) -> None:
    """comparison.json has its old keys as they were, and the uncertainty of each rule and of all."""
    summary = json.loads(comparison.json())
    assert list(summary) == ["benchmark", "rules", "uncertainty", "provenance"]
    for name, one in summary["rules"].items():
        assert list(one) == ["rule", "params", "symbols", "metrics", "uncertainty"]
        assert one["metrics"] == comparison.results[name].metrics
        assert set(one["uncertainty"]) == {"verdict", "intervals", *LUCK_FIGURES, "superior", "in_confidence_set"}
    shared = summary["uncertainty"]
    assert (shared["trials"], shared["trials_elsewhere"], shared["seed"]) == (23, 20, 20_250_827)
    assert set(shared["definitions"]) == {*INTERVALS, *LUCK_FIGURES}
    assert set(shared["versions"]) == {"capshift", "arch", "scipy", "python"}
    again = dataclasses.replace(comparison)
    assert again.json() == comparison.json()


def test_too_few_sessions_say_so() -> None:
    """A comparison of two months has no uncertainty, and a sentence that says why."""
    short = cs.compare(["mix"], cs.load_market(start="2020-01-02", end="2020-02-28"))
    assert short.uncertainty is None
    assert "40 sessions are too few to tell skill from luck" in comparison_page(short)
    assert json.loads(short.json())["uncertainty"] is None


@pytest.mark.parametrize("trials", [-1, 1.5, True])
def test_trials_are_counted(market: Market, trials: Any) -> None:
    """A number of trials that is none is refused before any rule runs."""
    with pytest.raises(ParameterError, match="give how many rules and variants were tried elsewhere"):
        cs.compare(["mix"], market, trials=trials)


def test_the_command_line_tells_skill_from_luck(capshift: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """The terminal shows intervals, a sentence a rule and one on all, with the trials made elsewhere."""
    done = capshift("compare", "mix", "--start", "2016-01-04", "--end", "2018-12-31", "--trials", "7")
    assert done.returncode == 0, done.stderr
    assert "Skill or luck: 90 % intervals in brackets" in done.stdout
    assert re.search(r"^mix: (Beat|Fell short of) SPY by", done.stdout, re.MULTILINE)
    assert "The order is no order of merit." in done.stdout
    counted = "Counted: the 1 rule compared here, and 7 more that were tried elsewhere (--trials 7)."
    assert done.stdout.count(counted) == done.stdout.count("Counted") == 1
    assert "Those shown move like 1 independent one. " in done.stdout


def test_calibration_in_small() -> None:
    """On markets without an edge tests reject as rarely as they say and intervals cover; a large edge is found."""
    judge = {"count": 1_000, "replicates": 200}
    null = calibration.rates([calibration.judged(seed, **judge) for seed in range(1, 31)])
    assert null["spa_rejects"] <= 0.15
    assert null["deflated_above_95"] <= 0.15
    assert 0.82 <= null["interval_covers"] <= 0.97
    edge = calibration.rates([calibration.judged(seed, ratio=3.0, **judge) for seed in range(1, 9)])
    assert edge["spa_rejects"] >= 0.75
    assert math.isclose(edge["information_ratio"], 3.0, abs_tol=0.8)
