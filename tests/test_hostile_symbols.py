"""Symbols that are code, on the pages of sweeps, walk-forwards, days and folders: they are read, and never run."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from pages import Page

import capshift as cs
from capshift.reports.index_page import index_page
from capshift.reports.sweep_page import sweep_page
from capshift.reports.today_page import today_page
from capshift.reports.walk_forward_page import walk_forward_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>", "{{ 7 * 7 }}"]


def with_small(provenance: Mapping[str, Any], symbol: str) -> dict[str, Any]:
    """Return provenance in which the small caps are called so."""
    changed: dict[str, Any] = copy.deepcopy(dict(provenance))
    changed["market"]["symbols"] = {**changed["market"]["symbols"], "small": symbol}
    changed["market"]["spans"] = {symbol: "of the small caps", **changed["market"]["spans"]}
    return changed


def assert_only_text(hostile: str, plain: str, name: str) -> None:
    """Check that a page has the same tags with a hostile name as with a plain one, and shows it as it is."""
    assert [tag for tag, _ in Page(hostile).tags] == [tag for tag, _ in Page(plain).tags]
    assert name in Page(hostile).text


@pytest.mark.parametrize("name", HOSTILE)
def test_on_the_page_of_a_sweep(name: str, short_market: cs.Market) -> None:
    """A sweep's title and sources hold the symbol as text."""
    found = cs.sweep("mix", short_market, small=[0.2, 0.4], workers=1)
    plain, hostile = (
        sweep_page(
            dataclasses.replace(found, provenance=with_small(found.provenance, symbol)),
            by="sharpe",
            count=2,
            verified=[],
        )
        for symbol in ("PLAIN", name)
    )
    assert_only_text(hostile, plain, name)


@pytest.mark.parametrize("name", HOSTILE)
def test_on_the_page_of_a_walk_forward(name: str) -> None:
    """A walk-forward's title and sources hold the symbol as text."""
    market = cs.load_market(start="2009-01-02", end="2011-12-30")
    walked = cs.walk_forward("mix", market, small=[0.2, 0.4], train_years=1, test_years=1)
    plain, hostile = (
        walk_forward_page(dataclasses.replace(walked, provenance=with_small(walked.provenance, symbol)))
        for symbol in ("PLAIN", name)
    )
    assert_only_text(hostile, plain, name)


@pytest.mark.parametrize("name", HOSTILE)
def test_on_the_page_of_a_day(name: str, short_market: cs.Market) -> None:
    """What is held today is named as text, and so is the rule that says so."""
    told = json.loads(cs.today(["mix"], short_market).json())
    (row,) = told["rules"].values()

    def page(symbol: str) -> str:
        renamed = {**row, "holds": {symbol: 1.0}}
        changed = {**told, "rules": {symbol: renamed}, "provenance": with_small(told["provenance"], symbol)}
        return today_page(json.dumps(changed))

    assert_only_text(page(name), page("PLAIN"), name)


@pytest.mark.parametrize("name", HOSTILE)
def test_on_the_page_of_a_folder(name: str, short_market: cs.Market, tmp_path: Path) -> None:
    """The index lists a run by its symbols, as text."""
    cs.save_sweep(cs.sweep("mix", short_market, small=[0.2, 0.4], workers=1), tmp_path)
    file = tmp_path / "sweep.json"
    told = json.loads(file.read_text(encoding="utf-8"))

    def page(symbol: str) -> str:
        file.write_text(json.dumps({**told, "provenance": with_small(told["provenance"], symbol)}), encoding="utf-8")
        return index_page(tmp_path)

    assert_only_text(page(name), page("PLAIN"), name)
