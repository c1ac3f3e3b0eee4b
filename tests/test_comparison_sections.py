"""The comparison page's chart of intervals, and its tables of what stress finds; the intervals of a single run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from pages import Page
from test_browser import Visit, browser

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

NAMES = ["hold-small", "relative-strength"]


@pytest.fixture(scope="module")
def decade() -> Market:
    """Return three simulated years."""
    return cs.load_market(start="2006-01-03", end="2008-12-31")


@pytest.fixture(scope="module")
def comparison(decade: Market) -> Comparison:
    """Return two rules on them."""
    return cs.compare(NAMES, decade, engine="array")


@pytest.fixture(scope="module")
def stressed(comparison: Comparison, decade: Market) -> Stress:
    """Return what stress finds."""
    return stress(comparison, resolved_rules(NAMES), decade)


def test_the_chart_has_the_intervals_of_the_table(comparison: Comparison) -> None:
    """Each rule but the benchmark has its difference and both ends of its interval, in points a year."""
    chart, found = interval_chart(comparison), comparison.uncertainty
    assert found is not None
    assert chart["rules"] == NAMES
    for k, name in enumerate(NAMES):
        one = found.rules[name].intervals["excess_cagr"]
        ends = chart["estimates"][k] - chart["below"][k], chart["estimates"][k] + chart["above"][k]
        assert (chart["estimates"][k], *ends) == pytest.approx([100 * value for value in one], abs=2e-4)
    assert 'id="leads"' in comparison_page(comparison)


def test_too_few_sessions_draw_no_intervals() -> None:
    """Where nothing can be told, the page has no chart of intervals."""
    short = cs.compare(["mix"], cs.load_market(start="2020-01-02", end="2020-02-28"), engine="array")
    assert interval_chart(short)["rules"] == []
    assert 'id="leads"' not in comparison_page(short)
    assert short.intervals == {}


def test_the_page_shows_what_stress_found(comparison: Comparison, stressed: Stress) -> None:
    """Leads by part of history and with one thing changed stand in tables, with every definition; without, none do."""
    page = Page(comparison_page(comparison, stressed))
    parts, settings = (
        next(rows for rows in page.tables if last == rows[0][-1]) for last in ("years ahead", "legs ahead")
    )
    assert [row[0] for row in parts[1:]] == NAMES
    decades = next(k for k, head in enumerate(parts[0]) if head.startswith("2000s"))
    lead = stressed.subperiods.loc[("hold-small", "decade", "2000s"), "lead"]
    assert parts[1][decades] == f"{lead * 100:+.1f}"
    assert settings[2][1] == f"{stressed.sensitivities['relative-strength'].loc[('as run', ''), 'lead'] * 100:+.1f}"
    for definition in (*SUBPERIODS.values(), *SENSITIVITIES.values()):
        assert definition in page.text
    assert "by luck alone every rule leads in some of them" in page.text
    plain = comparison_page(comparison)
    assert 'id="parts"' not in plain
    assert 'id="settings"' not in plain


def test_rules_that_were_not_stressed_are_named(comparison: Comparison, stressed: Stress) -> None:
    """A rule without settings is said to be left out, and with none at all the table is."""
    few = Stress(subperiods=stressed.subperiods, sensitivities={"hold-small": stressed.sensitivities["hold-small"]})
    assert "trade legs of their own: relative-strength." in Page(comparison_page(comparison, few)).text
    none = comparison_page(comparison, Stress(subperiods=stressed.subperiods, sensitivities={}))
    assert 'id="parts"' in none
    assert 'id="settings"' not in none


@pytest.mark.browser
def test_what_is_saved_is_shown(comparison: Comparison, stressed: Stress, tmp_path: Path, browser: Browser) -> None:
    """comparison.json has what stress found, and offline in Chromium the intervals are drawn, wide and narrow."""
    file = cs.save_comparison(comparison, tmp_path, stress=stressed)
    saved = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert saved["stress"] == json.loads(json.dumps(stressed.summary()))
    for width, dark in ((1200, False), (390, True)):
        visit = Visit(browser, file, width=width, dark=dark)
        assert visit.wrong == []
        assert visit.page.locator("#leads .scatterlayer .point").count() == 2
        assert visit.page.locator("#leads .scatterlayer .errorbar").count() == 2
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        visit.shoot(f"stress-{width}")


def test_a_run_bears_the_intervals_of_a_comparison(comparison: Comparison) -> None:
    """The intervals that a single run prints are those that a comparison's tests go with."""
    found = comparison.uncertainty
    assert found is not None
    for name, intervals in comparison.intervals.items():
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
