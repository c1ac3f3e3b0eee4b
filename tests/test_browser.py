"""Pages as a reader opens them: in Chromium, with the network off."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from playwright.sync_api import expect, sync_playwright

import capshift as cs
from capshift.reports.comparison_page import comparison_page
from capshift.reports.pages import write_plotly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
SHOTS = ROOT / "artefacts" / "screenshots"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium."""
    program = os.environ.get("CAPSHIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CAPSHIFT_EXPECT_ALL"):
            pytest.fail("Chromium is expected here, and is not installed")
        pytest.skip("no Chromium here: install it, or name it in CAPSHIFT_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pages of three rules, one of them with a hostile name."""
    market = cs.load_market(start="2012-01-03", end="2016-12-30")
    comparison = cs.compare(["hold-small", ("breakout", {"entry": 60, "exit": 30}), "mix"], market)
    hostile = dataclasses.replace(comparison.results["hold-small"], name=HOSTILE)
    others = {name: one for name, one in comparison.results.items() if name != "hold-small"}
    folder = tmp_path_factory.mktemp("pages")
    cs.save_comparison(dataclasses.replace(comparison, results={**others, HOSTILE: hostile}), folder)
    return folder


class Visit:
    """A page that was opened, and what went wrong on it."""

    def __init__(self, browser: Browser, file: Path, *, width: int = 1200, dark: bool = False) -> None:
        """Open a file offline."""
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, color_scheme="dark" if dark else "light"
        )
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        self.page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        self.page.goto(file.as_uri(), wait_until="load")

    def shoot(self, name: str) -> None:
        """Keep a picture of the page, for a person to look at, and close it."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        self.page.context.close()


def wide_and_narrow(browser: Browser, file: Path, shot: str) -> Iterator[Page]:
    """Give a page on a desk, and dark in a hand: nothing on it complains, and it is no wider than the screen."""
    for width, dark in ((1200, False), (390, True)):
        visit = Visit(browser, file, width=width, dark=dark)
        assert visit.wrong == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        yield visit.page
        visit.shoot(f"{shot}-{width}")


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (390, True)])
def test_every_page_opens_offline_without_complaint(browser: Browser, out: Path, width: int, *, dark: bool) -> None:
    """No page logs anything, fails a request or is wider than the screen, on a desk or in a hand, light or dark."""
    pages = [out / "index.html", out / "comparison.html", *sorted(out.glob("*/*.html"))]
    assert len(pages) == 10
    for file in pages:
        visit = Visit(browser, file, width=width, dark=dark)
        assert visit.wrong == [], file
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file
        background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background != "rgb(255, 255, 255)") is dark
        rule = f"{file.parent.name}-" if file.parent != out else ""
        visit.shoot(f"{rule}{file.stem}-{width}{'-dark' if dark else ''}")


def test_the_charts_of_a_comparison_are_drawn(browser: Browser, out: Path) -> None:
    """Leads have a dot a rule, growth and drawdowns a line, holdings a bar a stretch, and markup in a name is text."""
    page = Visit(browser, out / "comparison.html").page
    count = "id => document.getElementById(id).data.length"
    assert [page.evaluate(count, name) for name in ("growth", "drawdowns", "difference", "scatter")] == [4] * 4
    assert page.evaluate(count, "leads") == 1
    assert page.evaluate("document.querySelectorAll('#growth .scatterlayer .trace path.js-line').length") == 4
    bars = page.evaluate("document.querySelectorAll('#holdings .barlayer .point').length")
    assert bars == page.evaluate("document.getElementById('holdings').data[0].base.length") > 4
    assert page.evaluate("document.getElementById('growth').layout.yaxis.type") == "log"
    for words in ("#growth .legendtext", "#holdings .ytick text"):
        assert HOSTILE in page.locator(words).all_text_contents()
    assert page.locator(".annotation-text").all_text_contents() == ["SIMULATED"] * 6
    assert page.locator("img, #undrawn:not([hidden])").count() == 0


@pytest.mark.parametrize("width", [1200, 390])
def test_two_dozen_rules_with_long_names_stay_legible(browser: Browser, tmp_path: Path, width: int) -> None:
    """With many long names, legends stand below charts that keep their size, and few lines are drawn at first."""
    market = cs.load_market(start="2016-01-04", end="2016-12-30")
    comparison = cs.compare(["mix"], market)
    names = [f"Rule {k}, whose name tells all of what it does, as far as it goes"[: 30 + 2 * k] for k in range(24)]
    many = {name: dataclasses.replace(comparison.results["mix"], name=name) for name in names}
    page_file = tmp_path / "comparison.html"
    whole = dataclasses.replace(comparison, results={"hold-large": comparison.results["hold-large"], **many})
    page_file.write_text(comparison_page(whole), encoding="utf-8")
    write_plotly(tmp_path)
    page = Visit(browser, page_file, width=width).page
    for chart in ("growth", "drawdowns"):
        area = page.locator(f"#{chart} .nsewdrag").first.bounding_box()
        legend, names_shown = page.locator(f"#{chart} .legend").bounding_box(), page.locator(f"#{chart} .legendtext")
        assert area is not None
        assert legend is not None
        assert area["height"] > 200
        assert legend["y"] >= area["y"] + area["height"]
        assert names_shown.count() == 25
        last = names_shown.last.bounding_box()
        assert last is not None
        assert last["x"] + last["width"] <= width
    lines = page.locator("#growth .scatterlayer .trace path.js-line")
    expect(lines).to_have_count(8)
    expect(page.locator("#rules input:checked")).to_have_count(8)
    assert page.locator("#rules input").first.is_checked()
    page.locator("#every").click()
    expect(lines).to_have_count(25)
    expect(page.locator("#rules input:checked")).to_have_count(25)
    labels = [one.bounding_box() for one in page.locator("#holdings .ytick text").all()]
    assert len(labels) >= 26  # the rules, and the Fed's row
    assert max(box["width"] for box in labels if box) < 0.4 * width
    tops = [(box["y"], box["y"] + box["height"]) for box in labels if box]
    assert all(above[1] <= below[0] + 1 for above, below in itertools.pairwise(sorted(tops)))


def test_a_rule_is_hidden_by_a_click_on_its_name(browser: Browser, out: Path) -> None:
    """Clicking a legend entry takes one line away."""
    page = Visit(browser, out / "comparison.html").page
    page.locator("#growth .legendtoggle").first.click()
    expect(page.locator("#growth .scatterlayer .trace path.js-line")).to_have_count(3)


def test_each_rule_s_name_leads_to_its_tearsheet(browser: Browser, out: Path) -> None:
    """Following a link of the table opens the tearsheet of that rule."""
    page = Visit(browser, out / "comparison.html").page
    for number in range(4):
        name = page.locator("#figures tbody a").nth(number).inner_text()
        page.locator("#figures tbody a").nth(number).click()
        assert page.locator("h1").inner_text() == name
        page.go_back()


def test_no_two_elements_share_an_id_and_every_picture_has_a_name(browser: Browser, out: Path) -> None:
    """Ids on a tearsheet are unique, and each chart can be read out by its name."""
    page = Visit(browser, out / "mix" / "tearsheet.html").page
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    pictures = page.locator("main svg")
    names = [(one.get_attribute("role"), one.get_attribute("aria-label") or "") for one in pictures.all()]
    assert len(names) == 7
    assert all(role == "img" and len(name) > 20 for role, name in names)


def test_a_page_that_lost_plotly_s_script_says_so(browser: Browser, out: Path, tmp_path: Path) -> None:
    """A comparison page moved away from its script still shows its table, and names what is missing."""
    (tmp_path / "comparison.html").write_bytes((out / "comparison.html").read_bytes())
    page = Visit(browser, tmp_path / "comparison.html").page
    assert "plotly.min.js, which is not beside this page" in page.locator("#undrawn").inner_text()
    assert page.locator("#figures tbody tr").count() == 4


def test_wide_tables_scroll_by_keyboard(browser: Browser, out: Path) -> None:
    """On a phone the table of figures takes the focus, and the arrow keys move it while the names stay."""
    page = Visit(browser, out / "comparison.html", width=390).page
    page.locator(".scroll").first.focus()
    name = page.locator("#figures tbody th").first
    before = name.bounding_box()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert page.locator(".scroll").first.evaluate("one => one.scrollLeft") > 0
    assert name.bounding_box() == before


def test_choosing_a_span_moves_all_charts_together(browser: Browser, out: Path) -> None:
    """A zoom on one chart, or a button, sets the same dates on all that have dates; a double click returns."""
    page = Visit(browser, out / "comparison.html").page
    dated = ["growth", "drawdowns", "difference", "holdings"]

    def ranges() -> list[list[str]]:
        return [
            [one[:10] for one in page.evaluate("id => document.getElementById(id).layout.xaxis.range", chart)]
            for chart in dated
        ]

    def until(so: Callable[[], bool]) -> None:
        for _ in range(100):
            if so():
                break
            page.wait_for_timeout(100)

    area = page.locator("#growth .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 52, steps=6)
    page.mouse.up()
    until(lambda: ranges()[-1][0] > "2012-06-01")
    zoomed = ranges()
    assert all(one == zoomed[0] for one in zoomed)
    assert "2013-01-01" < zoomed[0][0] < zoomed[0][1] < "2014-12-31"
    page.get_by_role("button", name="1 year", exact=True).click()
    until(lambda: ranges()[-1][0] > "2015-06-01")
    assert ranges() == [["2015-12-30", "2016-12-30"]] * 4
    page.get_by_role("button", name="all", exact=True).click()
    until(lambda: ranges()[-1][0] < "2012-06-01")
    assert ranges() == [["2012-01-03", "2016-12-30"]] * 4


def test_rules_and_scale_are_chosen_by_keyboard(browser: Browser, out: Path) -> None:
    """A box that is not ticked hides its rule in every chart, and the scale goes from log to linear."""
    page = Visit(browser, out / "comparison.html").page
    page.locator("#rules input").first.focus()
    page.keyboard.press("Space")
    for chart in ("growth", "drawdowns", "difference"):
        expect(page.locator(f"#{chart} .scatterlayer .trace path.js-line")).to_have_count(3)
    page.get_by_role("button", name="linear").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('growth').layout.yaxis.type") == "linear"
    expect(page.get_by_role("button", name="linear")).to_have_attribute("aria-pressed", "true")


def test_tables_sort_by_number(browser: Browser, out: Path) -> None:
    """A heading sorts by its column, falling and then rising; what is not known stays last."""
    page = Visit(browser, out / "comparison.html").page
    place = page.locator("#figures thead th").all_inner_texts().index("CAGR")
    column = f"#figures tbody tr td:nth-child({place + 1})"

    def values() -> list[float]:
        return [float(text.rstrip(" %")) for text in page.locator(column).all_inner_texts()]

    heading = page.locator("#figures thead th").nth(place)
    heading.get_by_role("button").click()
    assert values() == sorted(values(), reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"
    heading.get_by_role("button").press("Enter")
    assert values() == sorted(values())
    assert heading.get_attribute("aria-sort") == "ascending"


def test_every_table_downloads_as_it_stands(browser: Browser, out: Path) -> None:
    """Each CSV has the table's rows and columns, numbers without commas, and nothing that a spreadsheet would run."""
    page = Visit(browser, out / "comparison.html").page
    tables = page.locator("main table")
    assert page.locator("button", has_text="CSV").count() == tables.count() == 5
    for number in range(tables.count()):
        with page.expect_download() as caught:
            page.locator("button", has_text="CSV").nth(number).click()
        rows = list(csv.reader(caught.value.path().read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 1 + tables.nth(number).locator("tbody tr").count()
        assert len({len(row) for row in rows}) == 1
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]
        if tables.nth(number).get_attribute("id") == "figures":
            shown = [one.replace(",", "") for one in page.locator("#figures tbody td:nth-child(2)").all_inner_texts()]
            assert [row[1] for row in rows[1:]] == shown
            assert HOSTILE in [row[0] for row in rows]


def test_paper_is_white_and_has_no_buttons(browser: Browser, out: Path) -> None:
    """Printed, even a dark page is dark on white, tables do not scroll, and charts fit the sheet."""
    page = Visit(browser, out / "comparison.html", dark=True).page
    page.emulate_media(media="print")
    page.wait_for_timeout(500)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("button", has_text="CSV").first.is_visible()
    assert page.locator(".scroll").first.evaluate("one => getComputedStyle(one).overflowX") == "visible"
    width = page.evaluate("document.getElementById('growth')._fullLayout.width")
    assert 600 < width < 1040
    assert page.evaluate("document.getElementById('growth')._fullLayout.paper_bgcolor") in {
        "#ffffff",
        "rgb(255, 255, 255)",
    }


@pytest.mark.parametrize("dark", [False, True])
def test_no_page_shuts_anybody_out(browser: Browser, out: Path, *, dark: bool) -> None:
    """Axe finds nothing serious or critical on any kind of page, light or dark."""
    for file in (out / "index.html", out / "comparison.html", *sorted((out / "mix").glob("*.html"))):
        found = Axe().run(Visit(browser, file, dark=dark).page).response["violations"]
        grave = [
            (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]
        assert grave == [], file
