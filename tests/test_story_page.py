"""Stories: what is told comes from results, says where it is from, and is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from pages import Page

import capshift as cs
from capshift.backtests.metrics import in_words
from capshift.errors import ParameterError, ResultError
from capshift.reports.story_page import story_page

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.backtests import Comparison
    from capshift.data_feeds import Market

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


@pytest.fixture(scope="module")
def comparison(short_market: Market) -> Comparison:
    """Return two rules over a year."""
    return cs.compare([("mix", {"small": 0.3})], short_market)


def told(comparison: Comparison, **options: object) -> cs.Story:
    """Return a story of one section."""
    section = cs.Section(heading="First", **{"text": ["Once."], **options})  # type: ignore[arg-type]
    return cs.Story(title="A story", lead="Of two rules.", sections=[section], sources=[comparison])


def test_a_table_of_figures_is_the_comparison_s(comparison: Comparison) -> None:
    """Each rule has the figures asked for as other pages write them, its switches, and a link where it is saved."""
    table = cs.figures_table(comparison, metrics=["cagr", "trades"], folder="a b")
    assert table.columns == ["Rule", "CAGR", "Fills", "Switches"]
    for row, result in zip(table.rows, comparison, strict=True):
        tearsheet = f"a%20b/{quote(result.name)}/tearsheet.html"
        figures = (in_words("percent", result.metrics["cagr"]), in_words("count", result.metrics["trades"]))
        assert list(row) == [cs.Link(result.name, tearsheet), *figures, "0"]
    without = cs.figures_table(comparison, metrics=["cagr"], rules=["hold-large"])
    assert [row[0] for row in without.rows] == ["hold-large"]


def test_long_names_may_break_after_commas(comparison: Comparison) -> None:
    """A name in a table may go on in a new line after each of its commas, and what it holds is still only text."""
    name = "breakout,entry=100,fail_within=20"
    table = cs.Table(columns=["Rule"], rows=[[name], [cs.Link(name, "a.html")], [f"{HOSTILE},b"]], prose=["Rule"])
    html = story_page(told(comparison, tables=[table]))
    assert html.count("breakout,<wbr>entry=100,<wbr>fail_within=20") == 2
    page = Page(html)
    assert page.tables[0][1:] == [[name], [name], [f"{HOSTILE},b"]]
    assert {tag for tag, _ in page.tags}.isdisjoint({"img"})


def test_a_story_tells_its_markets_and_account(comparison: Comparison, market: Market) -> None:
    """The page has each source's span and fingerprint once, all symbols, and the account of the first."""
    study = cs.events("first-cut", market)
    story = cs.Story(title="T", lead="L", sections=[], sources=[comparison, comparison, study])
    text = Page(story_page(story)).text
    for source in (comparison, study):
        assert text.count(source.provenance["market"]["fingerprint"]) == 1
    for words in ("2020-01-02 to 2020-12-31", "2005-01-03 to 2014-12-31", "100,000 dollars", "QQQ", "scipy"):
        assert words in text


def test_every_heading_of_a_simulated_story_says_so(comparison: Comparison) -> None:
    """A story with a simulated source is stamped at its top and at each heading."""
    page = Page(story_page(told(comparison)))
    headings = sum(tag == "h2" for tag, _ in page.tags)
    assert sum(attributes.get("class") == "stamp" for _, attributes in page.tags) == headings == 3
    assert "Nothing here happened in any market." in page.text


def test_a_story_of_real_bars_is_not_marked(real_market: Market) -> None:
    """Where no source is simulated, nothing says so."""
    story = cs.Story(title="T", lead="L", sections=[], sources=[cs.events("restart", real_market)])
    assert "SIMULATED" not in story_page(story)


def test_texts_of_a_story_are_inert(comparison: Comparison) -> None:
    """Markup in any text of a story is shown and not obeyed."""
    table = cs.Table(columns=[HOSTILE], rows=[[HOSTILE], [cs.Link(HOSTILE, HOSTILE)]], caption=HOSTILE)
    page = Page(story_page(told(comparison, text=[HOSTILE], tables=[table], links=[cs.Link(HOSTILE, "x.html")])))
    assert "img" not in {tag for tag, _ in page.tags}
    assert sum(tag == "script" for tag, _ in page.tags) == 1  # the tables' own
    assert page.text.count(HOSTILE) == 6


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "file:///etc"])
def test_a_link_leads_to_a_page(href: str) -> None:
    """Links that run something, or leave for the reader's own files, are refused."""
    with pytest.raises(ParameterError, match="give a path, or an address on the web"):
        cs.Section(heading="H", links=[cs.Link("x", href)])


def test_a_table_fits_its_head(comparison: Comparison) -> None:
    """Rows of another length, prose of no column, and a story from nowhere are refused."""
    with pytest.raises(ParameterError, match="a row has 1 cells and the table 2 columns"):
        cs.Table(columns=["a", "b"], rows=[["1"]])
    with pytest.raises(ParameterError, match="prose names c, which is no column; there are a, b"):
        cs.Table(columns=["a", "b"], rows=[], prose=["c"])
    with pytest.raises(ParameterError, match="'T' has no sources"):
        cs.Story(title="T", lead="L", sections=[], sources=[])
    assert story_page(told(comparison)).endswith("</html>\n")


def test_a_story_is_saved_beside_what_is_there(comparison: Comparison, tmp_path: Path) -> None:
    """Saving writes index.html and nothing else, and a place that is taken is told in one line."""
    (tmp_path / "other.txt").write_text("mine", encoding="utf-8")
    assert cs.save_story(told(comparison), tmp_path) == tmp_path / "index.html"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "other.txt"]
    (tmp_path / "taken" / "index.html").mkdir(parents=True)
    with pytest.raises(ResultError, match=r"index.html is a folder"):
        cs.save_story(told(comparison), tmp_path / "taken")
