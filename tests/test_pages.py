"""Pages: every number is the result's, nothing is executed, and what is simulated says so."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING

import empyrical
import pandas as pd
import pytest
from pages import Page

import capshift as cs
from capshift.backtests import METRICS, Account
from capshift.backtests.metrics import in_words
from capshift.errors import ResultError
from capshift.reports import drawing
from capshift.reports.comparison_page import comparison_page
from capshift.reports.tearsheet import tearsheet

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.backtests import Comparison, Result
    from capshift.data_feeds import Market

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>", "{{ 7 * 7 }}"]


@pytest.fixture(scope="module")
def comparison(market: Market) -> Comparison:
    """Return three rules on the sample market."""
    return cs.compare(["hold-large", ("breakout", {"entry": 100, "exit": 50}), "mix"], market)


@pytest.fixture(scope="module")
def result(comparison: Comparison) -> Result:
    """Return one of them."""
    return comparison.results["breakout,entry=100,exit=50"]


@pytest.fixture(scope="module")
def page(result: Result, comparison: Comparison) -> Page:
    """Return its tearsheet."""
    return Page(tearsheet(result, comparison.results["hold-large"]))


def test_the_figures_of_a_tearsheet_are_the_result_s(page: Page, result: Result, comparison: Comparison) -> None:
    """Each row shows the rule's and the benchmark's metric to the digits of its form, with its definition."""
    benchmark = comparison.results["hold-large"].metrics
    rows = {row[0]: row[1:] for row in page.table("Figure")}
    assert list(rows) == [metric.label for metric in METRICS.values()]
    for key, metric in METRICS.items():
        shown = [in_words(metric.form, result.metrics[key]), in_words(metric.form, benchmark[key])]
        assert rows[metric.label] == [*shown, metric.definition]


def test_the_figures_of_a_tearsheet_are_another_library_s(page: Page, result: Result) -> None:
    """What is shown equals what empyrical computes from the saved equity."""
    returns, rows = result.equity.pct_change().dropna(), {row[0]: row[1] for row in page.table("Figure")}
    assert rows["Volatility"] == f"{empyrical.annual_volatility(returns) * 100:.2f} %"
    assert rows["Sharpe"] == f"{empyrical.sharpe_ratio(returns):.2f}"
    assert rows["Sortino"] == f"{empyrical.sortino_ratio(returns):.2f}"
    assert rows["Max drawdown"] == f"{empyrical.max_drawdown(returns) * 100:.2f} %"
    assert rows["Total return"] == f"{(result.equity.iloc[-1] / 100_000 - 1) * 100:.2f} %"


def test_years_and_months_are_pandas_s(page: Page, result: Result) -> None:
    """The tables of years and months hold the resampled equity's changes; months outside the span are empty."""
    equity = result.equity
    for row in page.table("Year"):
        if len(row) == 4:
            year = int(row[0].rstrip("*"))
            before = equity[: f"{year - 1}-12-31"]
            start = before.iloc[-1] if len(before) else equity.iloc[0]
            assert row[1] == f"{(equity[str(year)].iloc[-1] / start - 1) * 100:.2f} %"
    months = next(rows[1:] for rows in page.tables if rows[0][:2] == ["Year", "Jan"])
    last = equity.resample("ME").last()
    change = last.pct_change()
    change.iloc[0] = last.iloc[0] / equity.iloc[0] - 1
    for year, *cells in months:
        assert cells == [f"{change[f'{year}-{month:02}'].iloc[0] * 100:.1f}" for month in range(1, 13)]


def test_months_before_and_after_the_account_are_empty() -> None:
    """A market from February to October shows nothing in January, November and December."""
    market = cs.load_market(start="2020-02-03", end="2020-10-30")
    one = cs.run("hold-large", market)
    rows = next(rows for rows in Page(tearsheet(one, one)).tables if rows[0][:2] == ["Year", "Jan"])
    assert [cell == "" for cell in rows[1][1:]] == [month not in range(2, 11) for month in range(1, 13)]


def test_the_deepest_drawdowns_say_when_they_are_ongoing(page: Page, result: Result) -> None:
    """The first row is the maximum drawdown, and a recovery is a session at or above the high, or "ongoing"."""
    rows = page.table("Depth")
    assert rows[0][0] == in_words("percent", result.metrics["max_drawdown"])
    for depth, high, lowest, recovered, _ in rows:
        peak = result.equity[high]
        assert f"{(result.equity[lowest] / peak - 1) * 100:.2f} %" == depth
        if recovered == "ongoing":
            assert result.equity[high:].iloc[1:].max() < peak
        else:
            assert result.equity[recovered] >= peak
            assert result.equity[high:recovered].iloc[1:-1].max() < peak


def test_the_comparison_shows_every_metric_of_every_rule(comparison: Comparison) -> None:
    """The table's cells are the results' metrics, in order, and each name leads to its tearsheet."""
    page = Page(comparison_page(comparison))
    rows = page.table("Rule")
    for row, one in zip(rows, comparison, strict=True):
        assert row == [one.name, *(in_words(metric.form, one.metrics[key]) for key, metric in METRICS.items())]
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links[1] == "breakout%2Centry%3D100%2Cexit%3D50/tearsheet.html"


def data_of(html: str) -> dict:
    """Return what a comparison page's script draws from."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_charts_draw_the_results(comparison: Comparison) -> None:
    """Dates, equity, drawdowns and holdings in the page's data are the results'."""
    data = data_of(comparison_page(comparison))
    for drawn, one in zip(data["rules"], comparison, strict=True):
        assert drawn["name"] == one.name
        assert drawn["equity"] == pytest.approx(one.equity.tolist(), abs=0.5)
        assert [pd.Timestamp(day) for day in data["dates"]] == list(one.equity.index)
    held = [k for k, name in enumerate(data["held"]["rule"]) if name.startswith("breakout")]
    decisions = comparison.results["breakout,entry=100,exit=50"].decisions
    assert [data["held"]["from"][k] for k in held] == [str(pd.Timestamp(day).date()) for day in decisions.index]
    assert [data["held"]["words"][k] for k in held] == [
        "100% IWM" if w == 1 else "100% SPY" for w in decisions["small"]
    ]


def test_what_is_simulated_says_so_and_what_is_real_does_not(comparison: Comparison, page: Page) -> None:
    """Title, banner, subtitle and source of each page of a simulated market are marked."""
    for text in (page.text, Page(comparison_page(comparison)).text):
        assert text.count("SIMULATED") >= 6


def test_a_page_of_real_bars_is_not_marked(real_market: Market) -> None:
    """Nothing on a page of real bars says that they are simulated."""
    comparison = cs.compare(["hold-small"], real_market)
    pages = [comparison_page(comparison), tearsheet(comparison.results["hold-small"], comparison.results["hold-large"])]
    assert all("SIMULATED" not in page and "simulated" not in Page(page).text for page in pages)


def test_pages_ask_for_nothing_but_their_script(comparison: Comparison, result: Result) -> None:
    """No tag of a page names a place on a network."""
    for html in (comparison_page(comparison), tearsheet(result, result)):
        for _, attrs in Page(html).tags:
            for name in ("src", "href", "xlink:href"):
                assert not re.match(r"\w+://|//", attrs.get(name) or ""), attrs


def test_the_account_and_source_are_told(comparison: Comparison, page: Page, market: Market) -> None:
    """Opening cash, costs, interest, source, spans and fingerprint stand on every page."""
    for text in (page.text, Page(comparison_page(comparison)).text):
        for told in (
            "100,000 dollars",
            "5 basis points",
            "DGS3MO",
            "seed 2025",
            "2000-01-03 to 2025-12-31",
            market.fingerprint,
        ):
            assert told in text


def test_commissions_are_told_in_words(short_market: Market) -> None:
    """Each part of a commission that is charged is named."""
    account = Account(commission=0.001, commission_per_share=0.005, commission_minimum=1.0, fractional=True)
    one = cs.run("hold-large", short_market, account=account)
    text = Page(tearsheet(one, one)).text
    assert "10 basis points of the value traded, 0.005 dollars a share, at least 1 dollars an order" in text
    assert "parts of shares" in text


def test_a_level_known_in_hindsight_is_told(short_market: Market) -> None:
    """Both pages of a rule with a hindsight level warn of it."""
    comparison = cs.compare(["price-level"], short_market)
    pages = [
        comparison_page(comparison),
        tearsheet(comparison.results["price-level"], comparison.results["hold-large"]),
    ]
    assert all("Hindsight: the level was chosen" in Page(page).text for page in pages)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_inert(name: str, result: Result, comparison: Comparison) -> None:
    """A name made of markup appears as text, and adds no tag to either page."""
    evil = dataclasses.replace(result, name=name)
    others = dict(comparison.results) | {name: evil}
    for hostile, plain in (
        (tearsheet(evil, comparison.results["hold-large"]), tearsheet(result, comparison.results["hold-large"])),
        (
            comparison_page(dataclasses.replace(comparison, results=others)),
            comparison_page(dataclasses.replace(comparison, results=dict(comparison.results) | {"x": result})),
        ),
    ):
        assert [tag for tag, _ in Page(hostile).tags] == [tag for tag, _ in Page(plain).tags]
        assert name in Page(hostile).text


@pytest.mark.parametrize("end", ["2020-01-03", "2020-01-06", "2020-01-31", "2020-03-31"])
def test_short_accounts_have_a_page(end: str) -> None:
    """Two sessions, a month, a quarter: what cannot be drawn is said, and nothing fails."""
    comparison = cs.compare(["breakout", "hold-small"], cs.load_market(start="2020-01-02", end=end))
    text = Page(tearsheet(comparison.results["hold-small"], comparison.results["hold-large"])).text
    assert "are needed." in text
    assert comparison_page(comparison)


def test_awkward_accounts_have_a_page(result: Result, short_market: Market) -> None:
    """An account that never moves, one that never falls, and hold-large beside itself are drawn or said not to be."""
    poor = cs.run("hold-small", short_market, account=Account(cash=1.0, interest=False))
    assert "the returns never vary" in Page(tearsheet(poor, poor)).text
    rising = dataclasses.replace(
        result, equity=pd.Series(range(1, len(result.equity) + 1), result.equity.index, dtype=float)
    )
    assert "never closed below an earlier close" in Page(tearsheet(rising, result)).text
    large = cs.run("hold-large", short_market)
    assert "hold-large (the same)" in Page(tearsheet(large, large)).text


def test_a_benchmark_of_other_sessions_is_a_fault(result: Result, short_market: Market) -> None:
    """Returns are never drawn beside those of other sessions."""
    with pytest.raises(ValueError, match="same sessions"):
        tearsheet(result, cs.run("hold-large", short_market))


def files_of(folder: Path) -> dict[str, bytes]:
    """Return relative path to bytes of all files in a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_comparison_is_saved_whole_and_always_the_same(short_market: Market, tmp_path: Path) -> None:
    """Two savings give the same files with the same bytes, and other files in the folder are left alone."""
    comparison, drawn = cs.compare(["mix"], short_market), []
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "mine.txt").write_text("mine", encoding="utf-8")
    page = cs.save_comparison(comparison, tmp_path / "one", progress=drawn.append)
    cs.save_comparison(cs.compare(["mix"], short_market), tmp_path / "two")
    assert page == tmp_path / "one" / "comparison.html"
    assert sorted(drawn) == ["hold-large", "mix"]
    one, two = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    assert one.pop("mine.txt") == b"mine"
    assert one == two
    each = ["backdrop.csv", "backdrop.json", "decisions.csv", "equity.csv", "result.json", "rule.html"]
    each += ["tearsheet.html", "trades.csv"]
    expected = ["comparison.html", "comparison.json", "index.html", "plotly.min.js"]
    assert sorted(one) == sorted([*expected, *(f"{name}/{file}" for name in ("hold-large", "mix") for file in each)])


def test_saving_that_fails_leaves_what_was_there(
    short_market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a tearsheet cannot be drawn, the old result stays, and neither half of a new one nor its folder is left."""
    comparison = cs.compare(["mix"], short_market)
    result, large = comparison.results["mix"], comparison.results["hold-large"]
    folder = cs.save_result(result, tmp_path, benchmark=large)
    before = files_of(tmp_path)
    assert (folder / "tearsheet.html").is_file()
    later = {name: getattr(result, name).iloc[1:] for name in ("equity", "cash", "shares")}
    broken = dataclasses.replace(result, **later)  # not the benchmark's sessions
    with pytest.raises(ResultError, match="the tearsheets could not be drawn: ValueError: returns and benchmark"):
        cs.save_result(broken, tmp_path, benchmark=large)
    assert files_of(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "mix", "plotly.min.js"]
    monkeypatch.setattr(drawing.sys, "executable", "/bin/false")
    with pytest.raises(ResultError, match="could not be drawn: no reason given"):
        cs.save_comparison(comparison, tmp_path / "new" / "deep")
    assert files_of(tmp_path) == before
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_place_of_results_is_refused(short_market: Market, tmp_path: Path) -> None:
    """Results are not written over a file, neither as folder nor inside one."""
    comparison = cs.compare(["mix"], short_market)
    (tmp_path / "mix").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError, match="mix is a file; name a folder"):
        cs.save_comparison(comparison, tmp_path)
    with pytest.raises(ResultError, match="mix is a file; name a folder"):
        cs.save_comparison(comparison, tmp_path / "mix")
    assert (tmp_path / "mix").read_text(encoding="utf-8") == "mine"
