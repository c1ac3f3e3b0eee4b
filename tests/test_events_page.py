"""The page of an event study: what it shows, and what it looks like in Chromium with the network off."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markets import market_of, random_market
from pages import Page
from test_browser import Visit, browser

import capshift as cs
from capshift.backtests import EVENT_FIGURES
from capshift.reports.events_page import events_page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

__all__ = ["browser"]  # a fixture, shared with the other pages


@pytest.fixture(scope="module")
def study() -> cs.EventStudy:
    """Return breakouts on the sample market, some not over at its end."""
    market = cs.load_market(start="2012-01-03", end="2016-12-30")
    return cs.events("breakout", market, entry=20, horizons=[21, 63])


@pytest.fixture(scope="module")
def out(study: cs.EventStudy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three pages: a crowd of events, a few, and none."""
    folder = tmp_path_factory.mktemp("events")
    market = cs.load_market(start="2000-01-03", end="2019-10-31")
    for one in (study, cs.events("first-cut", market), cs.events("level", market, level=9_999)):
        cs.save_events(one, folder)
    return folder


def test_the_tables_are_those_of_the_study(study: cs.EventStudy) -> None:
    """Each event has its row in both tables, in percent, and a horizon that is not over an empty cell."""
    page = Page(events_page(study))
    close, following = (rows for rows in page.tables if rows[0][0] == "Session")
    assert [row[0] for row in close[1:]] == [str(day.date()) for day in study.rows.index]
    assert close[0] == ["Session", "Level, dollars", "First close below, sessions"] + [
        f"{measure} {horizon}" for horizon in (21, 63) for measure in ("IWM", "SPY", "difference")
    ]
    for rows, start in ((close, "close"), (following, "open")):
        shown = [row[-1] for row in rows[1:]]
        assert shown == [
            "" if value != value else f"{value * 100:+.2f}"  # noqa: PLR0124 - NaN
            for value in study.rows[f"difference_{start}_63"]
        ]
    assert "" in [row[-1] for row in close]


def test_every_figure_on_the_page_has_its_definition(study: cs.EventStudy) -> None:
    """The tables of figures have a column a figure, and the page says what each is."""
    page = Page(events_page(study))
    figures = [rows for rows in page.tables if rows[0][0] == "Sessions"]
    assert [len(rows) for rows in figures] == [1 + 2 * 3] * 2
    for label, definition in EVENT_FIGURES.values():
        assert label in figures[0][0]
        assert definition in " ".join(page.text.split())


def test_warnings_stand_above_everything_else(study: cs.EventStudy) -> None:
    """What makes the p-values too small is read before the first of them."""
    text = Page(events_page(study)).text
    assert "events are independent" in text
    for warning in study.warnings:
        assert 0 < text.index(warning) < text.index("Figures")


def test_a_page_without_an_account_says_nothing_of_one(study: cs.EventStudy) -> None:
    """The page tells market and versions, and has no section on how an account was set up."""
    text = Page(events_page(study)).text
    assert "How the account was set up" not in text
    assert str(study.provenance["market"]["fingerprint"]) in text
    assert f"scipy {study.provenance['versions']['scipy']}" in text


def test_pages_are_stamped_when_the_market_was_invented(study: cs.EventStudy) -> None:
    """A page from simulated bars says so in its title, its headings and its chart, another one nowhere."""
    page = events_page(study)
    assert "<title>SIMULATED: " in page
    assert page.count('<span class="stamp"> SIMULATED</span>') == page.count("<h2>")
    real = events_page(cs.events("cut", random_market(1, 200)))
    assert '"stamp": ""' in real
    assert "SIMULATED" not in real


def test_lines_are_drawn_as_far_as_the_market_goes(study: cs.EventStudy) -> None:
    """Each event has a line from 1 on; the mean is that of the lines that are complete."""
    found = re.search(r'id="data">(.*?)</script>', events_page(study), re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    lengths = [len(line["wealth"]) for line in data["lines"]]
    assert [line["wealth"][0] for line in data["lines"]] == [1] * len(study)
    assert [line["complete"] for line in data["lines"]] == [length == 64 for length in lengths]
    assert lengths[-1] < 64
    complete = [line["wealth"] for line in data["lines"] if line["complete"]]
    assert data["complete"] == len(complete)
    assert data["mean"][63] == pytest.approx(sum(line[63] for line in complete) / len(complete), abs=1e-5)


def test_a_hostile_name_is_only_text(study: cs.EventStudy, tmp_path: Path) -> None:
    """Markup in a symbol or in the name of a file of dates never becomes markup."""
    market = random_market(2, 60)
    evil = {role: type(one).from_frame("<img src=x>", one.frame()) for role, one in market.legs.items()}
    file = tmp_path / "<script>alert(1)<script>.csv"
    file.write_text("2019-11-21\n", encoding="utf-8")
    tags = Page(events_page(cs.events(file, market_of(evil["small"], evil["large"]), horizons=[1]))).tags
    allowed = Page(events_page(study)).tags
    assert "img" not in {tag for tag, _ in tags}
    assert [tag for tag, _ in tags].count("script") == [tag for tag, _ in allowed].count("script")


@pytest.mark.browser
@pytest.mark.enable_socket
@pytest.mark.parametrize(("width", "dark"), [(1200, False), (390, True)])
def test_every_event_page_opens_offline_without_complaint(
    browser: Browser,
    out: Path,
    width: int,
    *,
    dark: bool,
) -> None:
    """No page of events logs anything, fails a request or is wider than the screen, light or dark."""
    pages = sorted(out.glob("*.html"))
    assert len(pages) == 4, "three studies and the index"
    for file in pages:
        visit = Visit(browser, file, width=width, dark=dark)
        assert visit.wrong == [], file
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file
        visit.shoot(f"events-{file.stem}-{width}{'-dark' if dark else ''}")


@pytest.mark.browser
@pytest.mark.enable_socket
def test_a_line_an_event_and_the_mean_are_drawn(browser: Browser, out: Path, study: cs.EventStudy) -> None:
    """There is a thin line an event and a thick one for the mean; few events are named, a crowd is not."""
    page = Visit(browser, out / "breakout,entry=20.html").page
    assert page.locator("#paths .scatterlayer .trace path.js-line").count() == len(study) + 1
    assert page.locator("#paths .legendtext").all_text_contents() == [f"mean of {study.figures['events'].min()}"]
    assert page.locator(".annotation-text").all_text_contents() == ["SIMULATED"]
    few = Visit(browser, out / "first-cut.html").page
    names = few.locator("#paths .legendtext").all_text_contents()
    assert names == ["2001-01-03", "2007-09-18", "2019-07-31", "mean of 2"]
    widths = few.evaluate("document.getElementById('paths').data.map(line => line.line.width)")
    assert min(widths[:-1]) == max(widths[:-1]) < widths[-1]
    dashes = few.evaluate("document.getElementById('paths').data.map(line => line.line.dash)")
    assert dashes[:3] == ["solid", "solid", "dot"]


@pytest.mark.browser
@pytest.mark.enable_socket
def test_a_page_that_lost_plotly_s_script_keeps_its_tables(browser: Browser, out: Path, tmp_path: Path) -> None:
    """Moved away from its script, the page names what is missing and still shows every event."""
    (tmp_path / "first-cut.html").write_bytes((out / "first-cut.html").read_bytes())
    page = Visit(browser, tmp_path / "first-cut.html").page
    assert "plotly.min.js, which is not beside this page" in page.locator("#undrawn").inner_text()
    assert page.locator("#events-close tbody tr").count() == 3
