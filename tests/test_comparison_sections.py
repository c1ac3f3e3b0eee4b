"""The comparison page's chart of intervals, and its tables of what stress finds; the intervals of a single run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from conftest import TWO_RULES
from pages import Page
from test_browser import browser, wide_and_narrow

import capshift as cs
from capshift.backtests.comparison import resolved_rules
from capshift.backtests.sensitivities import SENSITIVITIES
from capshift.backtests.stress import Stress, stress
from capshift.backtests.subperiods import SUBPERIODS
from capshift.backtests.uncertainty import INTERVALS
from capshift.reports.comparison_page import comparison_page
from capshift.reports.interval_chart import interval_chart

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from capshift.backtests import Comparison
    from capshift.data_feeds import Market

__all__ = ["browser"]  # a fixture, shared with the other pages


@pytest.fixture(scope="module")
def stressed(two_rules: Comparison, three_years: Market) -> Stress:
    """Return what stress finds."""
    return stress(two_rules, resolved_rules(TWO_RULES), three_years)


def test_the_chart_has_the_intervals_of_the_table(two_rules: Comparison) -> None:
    """Each rule but the benchmark has its difference and both ends of its interval, in points a year."""
    chart, found = interval_chart(two_rules), two_rules.uncertainty
    assert found is not None
    assert chart["rules"] == TWO_RULES
    for k, name in enumerate(TWO_RULES):
        one = found.rules[name].intervals["excess_cagr"]
        ends = chart["estimates"][k] - chart["below"][k], chart["estimates"][k] + chart["above"][k]
        assert (chart["estimates"][k], *ends) == pytest.approx([100 * value for value in one], abs=2e-4)
    assert 'id="leads"' in comparison_page(two_rules)


def test_too_few_sessions_draw_no_intervals() -> None:
    """Where nothing can be told, the page has no chart of intervals."""
    short = cs.compare(["mix"], cs.load_market(start="2020-01-02", end="2020-02-28"), engine="array")
    assert interval_chart(short)["rules"] == []
    assert 'id="leads"' not in comparison_page(short)
    assert short.intervals == {}


def test_the_page_shows_what_stress_found(two_rules: Comparison, stressed: Stress) -> None:
    """Leads by part of history and with one thing changed stand in tables, with every definition; without, none do."""
    page = Page(comparison_page(two_rules, stressed))
    parts, settings = (
        next(rows for rows in page.tables if last == rows[0][-1]) for last in ("years ahead", "legs ahead")
    )
    assert [row[0] for row in parts[1:]] == TWO_RULES
    decades = next(k for k, head in enumerate(parts[0]) if head.startswith("2000s"))
    lead = stressed.subperiods.loc[("hold-small", "decade", "2000s"), "lead"]
    assert parts[1][decades] == f"{lead * 100:+.1f}"
    assert settings[2][1] == f"{stressed.sensitivities['relative-strength'].loc[('as run', ''), 'lead'] * 100:+.1f}"
    for definition in (*SUBPERIODS.values(), *SENSITIVITIES.values()):
        assert definition in page.text
    assert "by luck alone every rule leads in some of them" in page.text
    plain = comparison_page(two_rules)
    assert 'id="parts"' not in plain
    assert 'id="settings"' not in plain


def test_rules_that_were_not_stressed_are_named(two_rules: Comparison, stressed: Stress) -> None:
    """A rule without settings is said to be left out, and with none at all the table is."""
    few = Stress(subperiods=stressed.subperiods, sensitivities={"hold-small": stressed.sensitivities["hold-small"]})
    assert "trade legs of their own: relative-strength." in Page(comparison_page(two_rules, few)).text
    none = comparison_page(two_rules, Stress(subperiods=stressed.subperiods, sensitivities={}))
    assert 'id="parts"' in none
    assert 'id="settings"' not in none


@pytest.mark.browser
def test_what_is_saved_is_shown(two_rules: Comparison, stressed: Stress, tmp_path: Path, browser: Browser) -> None:
    """comparison.json has what stress found, and offline in Chromium the intervals are drawn, wide and narrow."""
    file = cs.save_comparison(two_rules, tmp_path, stress=stressed)
    saved = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert saved["stress"] == json.loads(json.dumps(stressed.summary()))
    for page in wide_and_narrow(browser, file, "stress"):
        assert page.locator("#leads .scatterlayer .point").count() == 2
        assert page.locator("#leads .scatterlayer .errorbar").count() == 2


def test_a_run_bears_the_intervals_of_a_comparison(two_rules: Comparison) -> None:
    """The intervals that a single run prints are those that a comparison's tests go with."""
    found = two_rules.uncertainty
    assert found is not None
    for name, intervals in two_rules.intervals.items():
        assert intervals == found.rules[name].intervals


def test_the_command_runs_with_intervals_or_without(capshift: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """`capshift run` prints intervals with what they are, JSON has their definitions, and --no-intervals has none."""
    asked = ("run", "mix", "--engine", "array", "--start", "2016-01-04", "--end", "2017-12-29")
    shown = capshift(*asked).stdout
    assert "percentiles of redrawn histories (stationary bootstrap)" in shown
    assert re.search(r"mix .*\d+\.\d+ % \(-?\d+\.\d to -?\d+\.\d %\)", shown)
    told = json.loads(capshift(*asked, "--json").stdout)["intervals"]
    assert {key: one["definition"] for key, one in told.items()} == {
        key: one.definition for key, one in INTERVALS.items()
    }
    assert all(one["low"] <= one["high"] for one in told.values())
    plain = capshift(*asked, "--no-intervals").stdout
    assert "Point estimates on one history" in plain
    assert "redrawn" not in plain
    assert json.loads(capshift(*asked, "--no-intervals", "--json").stdout)["intervals"] is None
