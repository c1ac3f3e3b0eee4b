"""Folders of results: older runs are kept, all are listed, and pages are drawn anew from what was saved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pages import Page

import capshift as cs
from capshift.errors import ResultError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Inside

    from capshift.data_feeds import Market


def files_of(folder: Path, end: str = "") -> dict[str, bytes]:
    """Return relative path to bytes of all files in a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob(f"*{end}") if file.is_file()}


def listed(folder: Path, number: int = 0) -> list[str]:
    """Return the names in one of the index's tables."""
    return [row[0] for row in Page((folder / "index.html").read_text(encoding="utf-8")).tables[number][1:]]


@pytest.fixture(scope="module")
def other_market() -> Market:
    """Return half a year of the sample market."""
    return cs.load_market(start="2020-01-02", end="2020-06-30")


def test_an_older_comparison_is_kept_whole(short_market: Market, other_market: Market, tmp_path: Path) -> None:
    """A newer comparison takes the usual places; the older one lies in runs/ with its rules' folders."""
    cs.save_comparison(cs.compare(["mix", "breakout"], short_market), tmp_path, tearsheets=False)
    older = files_of(tmp_path, ".csv") | files_of(tmp_path, ".json")
    cs.save_comparison(cs.compare(["mix", "hold-small"], other_market), tmp_path, tearsheets=False)
    (kept,) = (tmp_path / "runs").iterdir()
    assert files_of(kept, ".csv") | files_of(kept, ".json") == older
    assert not (tmp_path / "breakout").exists()
    assert listed(tmp_path) == ["3 rules: hold-large, mix, hold-small"]
    assert listed(tmp_path, 1) == ["3 rules: hold-large, mix, breakout"]
    for page in kept.rglob("*.html"):
        for _, attrs in Page(page.read_text(encoding="utf-8")).tags:
            for target in (attrs.get("src"), attrs.get("href")):
                if target and not target.startswith(("#", "data:")):
                    assert (page.parent / target).exists(), (page, target)


def test_the_same_run_again_keeps_nothing(short_market: Market, tmp_path: Path) -> None:
    """Saving the same comparison twice leaves the same bytes and no older run."""
    for _ in range(2):
        cs.save_comparison(cs.compare(["mix"], short_market), tmp_path, tearsheets=False)
        before = files_of(tmp_path)
    assert files_of(tmp_path) == before
    assert not (tmp_path / "runs").exists()


def test_force_removes_what_would_be_kept(short_market: Market, other_market: Market, tmp_path: Path) -> None:
    """With force an older comparison gives way with all its folders, and other files stay."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    cs.save_comparison(cs.compare(["breakout"], short_market), tmp_path, tearsheets=False)
    cs.save_comparison(cs.compare(["mix"], other_market), tmp_path, tearsheets=False, force=True)
    names = ["comparison.html", "comparison.json", "hold-large", "index.html", "mine.txt", "mix", "plotly.min.js"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_force_leaves_what_is_kept(short_market: Market, other_market: Market, tmp_path: Path) -> None:
    """What already lies in runs/ stays there when a newer run is saved with force."""
    for rule in ("breakout", "mix"):
        cs.save_comparison(cs.compare([rule], short_market), tmp_path, tearsheets=False)
    kept = files_of(tmp_path / "runs")
    cs.save_comparison(cs.compare(["mix"], other_market), tmp_path, tearsheets=False, force=True)
    assert {name for name in kept if name.endswith(".csv")}
    assert files_of(tmp_path / "runs") == kept


def test_runs_of_different_rules_lie_side_by_side(inside: Inside, tmp_path: Path) -> None:
    """Each rule that is run has its folder and its line, and one that is run otherwise moves its older self."""
    span = ("--start", "2020-01-02", "--end", "2020-12-31", "--out", str(tmp_path), "--no-tearsheets")
    assert inside("run", "mix", *span)[0] == 0
    assert inside("run", "breakout", *span)[0] == 0
    assert inside("run", "mix", *span, "--cash", "5000")[0] == 0
    assert listed(tmp_path) == ["breakout", "mix"]
    assert listed(tmp_path, 1) == ["mix"]
    assert json.loads((tmp_path / "mix/result.json").read_text("utf-8"))["provenance"]["account"]["cash"] == 5000
    assert not list(tmp_path.rglob("tearsheet.html"))
    assert inside("run", "mix", *span)[0] == 0
    assert inside("run", "mix", *span, "--cash", "5000")[0] == 0
    assert len(list((tmp_path / "runs").iterdir())) == 2, "the same run is kept once"


def test_the_index_has_settings_where_some_are_not_usual(short_market: Market, tmp_path: Path) -> None:
    """While all accounts have the usual settings there is no column of them, and the page says so."""
    for account, told in ((cs.Account(), False), (cs.Account(cash=5000), True)):
        benchmark = cs.run("hold-large", short_market, account=account)
        cs.save_result(cs.run("mix", short_market, account=account), tmp_path, benchmark=benchmark, tearsheets=False)
        page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
        assert all(("Settings" in rows[0], len(rows[0])) == (told, 6 + told) for rows in page.tables)
        assert all(len(row) == len(rows[0]) for rows in page.tables for row in rows)
        assert ("All accounts have the usual settings." in page.text) != told


def test_the_index_tells_like_runs_apart(short_market: Market, tmp_path: Path) -> None:
    """Runs of one rule on one market differ in the index by their accounts, and sweeps by what was asked of them."""
    accounts = [cs.Account(), cs.Account(cash=5000), cs.Account(slippage=0.001, fractional=True), cs.Account(cash=5000)]
    for account in accounts:
        benchmark = cs.run("hold-large", short_market, account=account)
        cs.save_result(cs.run("mix", short_market, account=account), tmp_path, benchmark=benchmark, tearsheets=False)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    newest, kept = ([row[rows[0].index("Settings")] for row in rows[1:]] for rows in page.tables)
    assert newest == ["cash 5,000"]
    assert kept == ["slippage 0.001, fractional yes", "cash 5,000", ""]
    for exits in (10, [10, 15]):
        cs.save_sweep(cs.sweep("breakout", short_market, entry=[20, 40], exit=exits), tmp_path)
    assert listed(tmp_path) == ["mix", "breakout, entry=20...40 (2), exit=10...15 (2)"]
    assert listed(tmp_path, 1)[0] == "breakout, entry=20...40 (2), exit=10"


def test_every_page_is_drawn_anew_to_the_same_bytes(inside: Inside, tmp_path: Path) -> None:
    """With all pages gone, `capshift report` draws each again just as it was, from files alone."""
    span = ("--start", "2018-01-02", "--end", "2020-12-31", "--out", str(tmp_path))
    for command in (
        ("run", "mix"),
        ("compare", "mix", "breakout:entry=40,exit=20", "--trials", "3"),
        ("sweep", "breakout", "-p", "entry=20:60:20", "-p", "exit=10,30", "--where", "exit <= entry"),
        ("events", "breakout", "-p", "entry=20"),
        ("events", "first-cut"),
    ):
        assert inside(*command, *span)[0] == 0, command
    assert inside("today", "mix", "breakout", "--end", "2020-12-31", "--out", str(tmp_path))[0] == 0
    walk = ("-p", "entry=20,40", "-p", "exit=10", "--train", "1", "--test", "1")
    assert inside("walk-forward", "breakout", *walk, *span)[0] == 0
    before = files_of(tmp_path)
    pages = [name for name in before if name.endswith(".html")]
    assert len(pages) > 12
    for name in pages:
        (tmp_path / name).unlink()
    code, printed, _ = inside("report", str(tmp_path))
    assert code == 0
    assert len(printed.splitlines()) == 7
    again = files_of(tmp_path)
    assert sorted(again) == sorted(before)
    assert [name for name in before if again[name] != before[name]] == []


def test_a_folder_without_results_is_told_in_one_line(inside: Inside, tmp_path: Path) -> None:
    """There is nothing to draw from in an empty folder, in one account's alone, nor where a result is damaged."""
    code, printed, told = inside("report", str(tmp_path))
    assert (code, printed) == (2, "")
    assert "holds no results" in told
    cs.save_comparison(cs.compare(["mix"], cs.load_market(start="2020-11-02")), tmp_path, tearsheets=False)
    with pytest.raises(ResultError, match=f"is the folder of one account; name the one that it lies in: {tmp_path}$"):
        cs.rebuild(tmp_path / "mix", tearsheets=False)
    (tmp_path / "mix" / "equity.csv").write_text("date,equity\n", encoding="utf-8")
    with pytest.raises(ResultError, match="holds no readable result"):
        cs.rebuild(tmp_path, tearsheets=False)


def test_a_page_that_is_no_index_is_left_alone(short_market: Market, tmp_path: Path) -> None:
    """Somebody's own index.html, a story among them, is not written over."""
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    (tmp_path / "notes.json").write_text('{"a": 1}', encoding="utf-8")
    cs.save_comparison(cs.compare(["mix"], short_market), tmp_path, tearsheets=False)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_today_has_a_page(inside: Inside, tmp_path: Path) -> None:
    """What each rule holds, why, and what to order stand on the page as in the JSON."""
    code, printed, _ = inside("today", "mix", "breakout", "--end", "2024-06-28", "--out", str(tmp_path), "--json")
    assert code == 0
    told, page = json.loads(printed), Page((tmp_path / "today.html").read_text(encoding="utf-8"))
    assert (tmp_path / "today.json").read_text(encoding="utf-8") == printed
    assert [row[0] for row in page.tables[0][1:]] == list(told["rules"])
    text = " ".join(page.text.split())
    for one in told["rules"].values():
        for line in (*one["because"], *one["trigger"]):
            assert line in text
    assert "SIMULATED" in text


def test_folders_of_older_versions_are_drawn_anew(tmp_path: Path) -> None:
    """As 0.6 wrote them, without the grid of a walk-forward and the mark of a spread, folders have their pages."""
    market = cs.load_market(start="2014-01-02", end="2018-12-31")
    walked = cs.walk_forward("breakout", market, train_years=2, test_years=1, entry=[20, 60], exit=[10])
    page = cs.save_walk_forward(walked, tmp_path / "walk")
    saved = tmp_path / "walk" / "walk-forward.json"
    head = json.loads(saved.read_text(encoding="utf-8"))
    del head["provenance"]["grid"]
    saved.write_text(json.dumps(head), encoding="utf-8")
    page.unlink()
    assert page in cs.rebuild(tmp_path / "walk", tearsheets=False)
    always = cs.load_market(start="2014-01-02", end="2014-12-31")
    rented = cs.compare(["hold-small"], always, express=["call-spread"])
    cs.save_comparison(rented, tmp_path / "rent", tearsheets=False)
    folder = tmp_path / "rent" / "hold-small,expression=call-spread"
    spreads = pd.read_csv(folder / "spreads.csv")
    is_open = spreads["ended"] == "open"
    assert is_open.sum() == 1
    spreads.loc[is_open, "received"] = spreads["mark"]
    spreads.drop(columns="mark").to_csv(folder / "spreads.csv", index=False)
    pd.read_csv(folder / "repriced.csv").drop(columns=["bought", "ended"]).to_csv(folder / "repriced.csv", index=False)
    assert cs.rebuild(tmp_path / "rent", tearsheets=False)
    again = cs.Result.load(folder).spreads
    assert again is not None
    pd.testing.assert_series_equal(again["mark"], rented.results[folder.name].spreads["mark"])
    assert again["received"][is_open].isna().all()
