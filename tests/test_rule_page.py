"""The page of a rule: every decision on it is the account's, with the reason that the rule gives for it."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pages import Page

import capshift as cs
from capshift.backtests.spells import record_in_small, spells
from capshift.reports.rule_page import rule_page
from capshift.strategies import RULES, find_rule
from capshift.strategies.signals import prior_high

if TYPE_CHECKING:
    from capshift.backtests import Comparison, Result
    from capshift.data_feeds import Market


@pytest.fixture(scope="module")
def comparison(market: Market) -> Comparison:
    """Return a rule that switches now and then, and one with cash in it."""
    return cs.compare([("breakout", {"entry": 60, "exit": 30}), "leadership"], market)


@pytest.fixture(scope="module")
def result(comparison: Comparison) -> Result:
    """Return the first of them."""
    return comparison.results["breakout,entry=60,exit=30"]


@pytest.fixture(scope="module")
def html(result: Result, comparison: Comparison) -> str:
    """Return its page."""
    return rule_page(result, comparison.results["hold-large"])


def data_of(html: str) -> dict[str, Any]:
    """Return what the page's script draws from."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_every_decision_is_a_row(html: str, result: Result, comparison: Comparison) -> None:
    """Each spell has its dates, growth and lead, computed by hand from both accounts, the newest first."""
    rows = Page(html).table("Decided")
    assert [row[0] for row in rows] == [str(day.date()) for day in reversed(result.decisions.index)]
    ends = ["ongoing", *(row[0] for row in rows[:-1])]
    large = comparison.results["hold-large"].equity
    for row, end in zip(rows, ends, strict=True):
        assert row[1] == end
        until = result.equity.index[-1] if end == "ongoing" else end
        own, other = (one[until] / one[row[0]] - 1 for one in (result.equity, large))
        assert row[5] == f"{own * 100:.2f} %"
        assert row[6] == f"{(own - other) * 100:+.2f}"
        held = result.decisions["small"][row[0]]
        assert row[2] == ("100% IWM" if held else "100% SPY")


def test_every_reason_is_what_the_rule_saw_that_day(html: str, result: Result, market: Market) -> None:
    """A row's reason is what `explain` says of the market as it stood at that close, and names that close."""
    for row in Page(html).table("Decided"):
        rule = find_rule("breakout")
        assert row[7] == "; ".join(rule.explained(market.until(row[0]), result.parameters).because)
        close = market.small.close[market.sessions.get_loc(row[0])]
        assert f"IWM closed at {close:.2f}" in row[7]


def test_fills_are_those_of_the_next_open(html: str, result: Result) -> None:
    """What was bought and sold after a decision stands in its row at the price of the fill."""
    for row in Page(html).table("Decided"):
        fills = result.trades[(result.trades["decided"] == row[0]) & (result.trades["reason"] != "dividend reinvested")]
        for fill in fills.itertuples():
            side = "bought" if fill.shares > 0 else "sold"
            assert f"{side} {fill.symbol} at {fill.price:,.2f}" in row[3]


def test_the_chart_has_price_levels_and_turns(html: str, result: Result, market: Market) -> None:
    """The script draws the closes, the level that a breakout passes, and a triangle at each switch."""
    data = data_of(html)
    close = market.small.close[market.opening :]
    assert data["close"] == pytest.approx(close.tolist(), abs=0.0051)
    high = prior_high(market.small.close, 60)[market.opening :]
    assert data["levels"][0]["values"] == pytest.approx(np.round(high, 2).tolist(), abs=0.011)
    changes = result.decisions["small"].diff().iloc[1:]
    turns = [(turn["day"], turn["more"]) for turn in data["turns"]]
    assert turns == [(str(day.date()), change > 0) for day, change in changes.items()]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_every_rule_has_a_page(rule: Any, market: Market) -> None:
    """Each registered rule's page has a panel for its signal and a reason for each decision."""
    comparison = cs.compare([rule.rule_name()], market, engine="array")
    one = comparison.results[rule.rule_name()]
    html = rule_page(one, comparison.results["hold-large"])
    assert data_of(html)["panels"]
    assert len(html) < 1_500_000
    rows = Page(html).table("Decided")
    assert all(row[7] for row in rows)


def test_a_loaded_result_has_the_same_page(html: str, result: Result, comparison: Comparison, tmp_path: Any) -> None:
    """Saved and read again, a result's page is the same to the byte; without a backdrop there is none."""
    loaded = cs.Result.load(result.save(tmp_path / "one"))
    assert rule_page(loaded, comparison.results["hold-large"]) == html
    with pytest.raises(ValueError, match="has no backdrop"):
        rule_page(dataclasses.replace(result, draw=None), comparison.results["hold-large"])


def test_spells_make_the_account(result: Result, comparison: Comparison) -> None:
    """Growth of all spells together is that of the account, and their record counts them."""
    found = spells(result, comparison.results["hold-large"].equity)
    assert np.prod([1 + one.change for one in found]) == pytest.approx(result.equity.iloc[-1] / result.equity.iloc[0])
    record = record_in_small(found)
    assert record is not None
    leads = [one.lead for one in found if one.weights.get("small") and one.sessions]
    assert (record.spells, record.ahead) == (len(leads), sum(lead > 0 for lead in leads))
    assert (record.worst, record.best) == (min(leads), max(leads))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>"])
def test_names_symbols_and_reasons_are_inert(name: str, result: Result, comparison: Comparison, html: str) -> None:
    """Markup in a rule's name, a symbol, a label or a reason is shown as text and adds no tag."""
    assert result.backdrop is not None
    provenance = {**result.provenance, "market": {**result.provenance["market"]}}
    provenance["market"]["symbols"] = {"small": name, "large": name}
    backdrop = dataclasses.replace(
        result.backdrop,
        levels=[{**one, "label": name} for one in result.backdrop.levels],
        reasons=dict.fromkeys(result.backdrop.reasons, (name,)),
    )
    evil = dataclasses.replace(result, name=name, provenance=provenance, draw=lambda: backdrop)
    hostile = rule_page(evil, comparison.results["hold-large"])
    assert [tag for tag, _ in Page(hostile).tags] == [tag for tag, _ in Page(html).tags]
    assert name in Page(hostile).text
    assert data_of(hostile)["levels"][0]["label"] == name
