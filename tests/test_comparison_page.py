"""The comparison page's picture of holdings, and what guards the page."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pages import Page

import capshift as cs
from capshift.reports.comparison_page import comparison_page

if TYPE_CHECKING:
    from capshift.backtests import Comparison
    from capshift.data_feeds import Market


@pytest.fixture(scope="module")
def comparison(market: Market) -> Comparison:
    """Return fixed weights, and a rule that switches."""
    return cs.compare([("mix", {"small": 0.3}), "relative-strength"], market)


def data(comparison: Comparison) -> dict[str, Any]:
    """Return what the page's script draws from."""
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', comparison_page(comparison), re.DOTALL
    )
    assert found is not None
    return dict(json.loads(found[1]))


def stripes(comparison: Comparison, name: str) -> pd.DataFrame:
    """Return the bars of one rule."""
    table = pd.DataFrame(data(comparison)["held"])
    return table[table["rule"] == name]


def test_stripes_are_as_thick_as_the_weights(comparison: Comparison) -> None:
    """A mix of 30 and 70 percent is two stripes of 3 to 7, one upon the other, that fill the row."""
    rows = stripes(comparison, "mix,small=0.3")
    small, large = rows.to_dict("records")
    assert small["width"] / large["width"] == pytest.approx(3 / 7)
    assert small["offset"] + small["width"] == pytest.approx(large["offset"])
    assert small["offset"] == pytest.approx(-(large["offset"] + large["width"]))
    assert small["words"] == "30% IWM, 70% SPY"


def test_cash_is_the_rest(comparison: Comparison) -> None:
    """What is in neither leg is drawn as cash."""
    one = comparison.results["relative-strength"]
    idle = dataclasses.replace(one, decisions=one.decisions * 0.5)
    half = dataclasses.replace(comparison, results={**comparison.results, "relative-strength": idle})
    rows = stripes(half, "relative-strength")
    assert len(rows) == 2 * len(one.decisions)
    assert set(rows["words"]) == {"50% IWM, 50% cash", "50% SPY, 50% cash"}


def test_stripes_cover_the_whole_account(comparison: Comparison) -> None:
    """Each stretch ends where the next begins, and the last at the last session."""
    rows = stripes(comparison, "relative-strength")
    starts = pd.to_datetime(rows["from"])
    ends = starts + pd.to_timedelta(rows["length"], unit="ms")
    assert starts.iloc[1:].tolist() == ends.iloc[:-1].tolist()
    assert ends.iloc[-1] == comparison.results["mix,small=0.3"].equity.index[-1]


def test_no_two_rules_look_alike(comparison: Comparison) -> None:
    """Thirty rules have thirty pairs of colour and dash, and the benchmark's is none of them."""
    one = comparison.results["relative-strength"]
    many = {f"rule {k}": dataclasses.replace(one, name=f"rule {k}") for k in range(28)}
    drawn = data(dataclasses.replace(comparison, results={**comparison.results, **many}))["rules"]
    looks = [(rule["colour"], rule["dash"]) for rule in drawn]
    assert len(looks) == 31
    assert len(set(looks)) >= 29


def test_charts_are_stamped_when_the_market_was_invented(comparison: Comparison) -> None:
    """The word that the charts bear is in the page's data, and empty for other markets."""
    assert data(comparison)["stamp"] == "SIMULATED"
    real = {}
    for one in comparison:
        provenance = {**one.provenance, "market": {**one.provenance["market"], "simulated": False}}
        real[one.name] = dataclasses.replace(one, provenance=provenance)
    assert data(dataclasses.replace(comparison, results=real))["stamp"] == ""


def test_a_page_forbids_all_that_it_does_not_bring(comparison: Comparison) -> None:
    """The page's own policy lets the browser load nothing from a network."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', comparison_page(comparison))
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert "http" not in policy[1]


def test_the_fed_and_breakouts_are_marked_where_they_were_known(comparison: Comparison, market: Market) -> None:
    """Each decision of the Fed stands at the session that knows it, breakouts at closes above the high of a year."""
    marks = pd.DataFrame(data(comparison)["marks"])
    moves = market.fomc.table.change_bp[market.fomc.known >= market.opening]
    known = market.fomc.known[market.fomc.known >= market.opening]
    for kind, chosen in (("cut", moves < 0), ("hike", moves > 0), ("hold", moves == 0)):
        days = [str(market.sessions[at].date()) for at in known[chosen]]
        assert marks["day"][marks["kind"] == kind].tolist() == days
    close = pd.Series(market.small.close, market.sessions)
    above = close[close > close.rolling(252).max().shift()]
    assert set(marks["day"][marks["kind"] == "breakout"]) < {str(day.date()) for day in above.index}
    assert ["2007-12-31", "2009-06-30"] not in data(comparison)["recessions"]
    assert ["2008-01-01", "2009-06-30"] in data(comparison)["recessions"]


def test_years_correlations_and_trades_are_the_accounts(comparison: Comparison) -> None:
    """The tables below the charts hold pandas' yearly changes, numpy's correlations, and counts of decisions."""
    page, results = Page(comparison_page(comparison)), list(comparison)
    (years,) = [rows for rows in page.tables if rows[0][0] == "Year"]
    for row in years[1:]:
        for cell, one in zip(row[1:], results, strict=True):
            last = one.equity.resample("YE").last()
            change = last / last.shift(fill_value=one.equity.iloc[0]) - 1
            assert cell == f"{change[row[0].rstrip('*')].iloc[0] * 100:,.2f} %"
    (correlations,) = [rows for rows in page.tables if rows[0] == ["Rule", *comparison.results]]
    expected = np.corrcoef([one.returns for one in results])
    assert [[float(cell) for cell in row[1:]] for row in correlations[1:]] == np.round(expected, 2).tolist()
    (trades,) = [rows for rows in page.tables if "Switches" in rows[0]]
    for row, one in zip(trades[1:], results, strict=True):
        assert (row[0], row[1], row[8]) == (one.name, str(len(one.decisions) - 1), f"{len(one.trades):,}")
        wanted = one.decisions["small"] > 0
        lasting = wanted & (one.decisions.index != one.equity.index[-1])
        assert row[2] == str(int(lasting.sum()))


def test_the_scatter_has_the_intervals(comparison: Comparison) -> None:
    """Each point is a rule's two figures, between the ends of their intervals."""
    assert comparison.uncertainty is not None
    for rule in data(comparison)["rules"]:
        one = comparison.results[rule["name"]]
        assert rule["point"]["cagr_at"] == one.metrics["cagr"]
        for key in ("cagr", "max_drawdown"):
            known = comparison.uncertainty.rules[rule["name"]].intervals[key]
            assert rule["point"][key] == pytest.approx([known.low, known.high], abs=1e-6)


def test_the_same_comparison_gives_the_same_page(comparison: Comparison, market: Market) -> None:
    """Running the rules again gives the same bytes."""
    again = cs.compare([("mix", {"small": 0.3}), "relative-strength"], market)
    assert comparison_page(comparison) == comparison_page(again)
