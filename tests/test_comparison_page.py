"""The comparison page's picture of holdings, and what guards the page."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

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


def test_the_same_comparison_gives_the_same_page(comparison: Comparison, market: Market) -> None:
    """Running the rules again gives the same bytes."""
    again = cs.compare([("mix", {"small": 0.3}), "relative-strength"], market)
    assert comparison_page(comparison) == comparison_page(again)
