"""What pages show of rented small caps: every figure from the result, and nothing where nothing is rented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pages import Page

import capshift as cs
from capshift.backtests import SPREAD_FIGURES
from capshift.backtests.spread_figures import premium_by_year, spread_figures, worst_month
from capshift.reports.comparison_page import comparison_page
from capshift.reports.tearsheet import tearsheet

if TYPE_CHECKING:
    from capshift.backtests import Comparison, Result
    from capshift.data_feeds import Market

NAME = "rate-cut,expression=call-spread"


@pytest.fixture(scope="module")
def comparison(market: Market) -> Comparison:
    """Return a rule owned, tilted and rented."""
    return cs.compare(["rate-cut", "hold-small"], market, express=["outright", "tilt", "call-spread"])


@pytest.fixture(scope="module")
def rented(comparison: Comparison) -> Result:
    """Return the rented one."""
    return comparison.results[NAME]


def test_the_tearsheet_has_every_spread(rented: Result, comparison: Comparison) -> None:
    """The page of a rented rule has a row a spread, newest first, both charts, what was paid a year, other prices."""
    page = Page(tearsheet(rented, comparison.results["hold-large"]))
    assert rented.spreads is not None
    assert rented.repriced is not None
    rows = page.table("Decided")
    assert [row[0] for row in rows] == [str(day.date()) for day in rented.spreads["decided"].iloc[::-1]]
    assert [row[12] for row in rows] == [f"{value:+,.0f}" for value in rented.spreads["outcome"].iloc[::-1]]
    assert [row[0] for row in page.table("Priced with")] == rented.repriced["setting"].tolist()
    paid = [row[2] for row in page.tables[[one[0][2:3] for one in page.tables].index(["Paid"])][1:]]
    assert paid == [f"{value:,.0f}" for value in premium_by_year(rented)["paid"]]
    assert "Payoff at entry" in page.text
    assert "Marks over the life" in page.text
    stamps = [attrs for tag, attrs in page.tags if tag == "span" and attrs.get("class") == "stamp"]
    headings = [tag for tag, _ in page.tags if tag == "h2"]
    assert len(stamps) == len(headings)


def test_other_tearsheets_say_nothing_of_spreads(comparison: Comparison) -> None:
    """The page of a rule that owns its shares has no word of call spreads."""
    page = tearsheet(comparison.results["rate-cut"], comparison.results["hold-large"])
    assert "Every spread" not in page
    assert "Payoff at entry" not in page


def test_the_comparison_shows_each_way_of_holding(comparison: Comparison) -> None:
    """The comparison's page has a table of all ways of holding, and one of growth at other prices."""
    page = Page(comparison_page(comparison))
    table = next(rows for rows in page.tables if "Worst month" in rows[0])
    assert [row[0] for row in table[1:]] == list(comparison.results)
    column = table[0].index("Worst month")
    assert [row[column] for row in table[1:]] == [f"{worst_month(one.equity) * 100:,.2f} %" for one in comparison]
    other = next(rows for rows in page.tables if "as run" in rows[0])
    assert [row[0] for row in other[1:]] == [NAME, "hold-small,expression=call-spread"]
    alone = comparison_page(cs.Comparison({"hold-large": comparison.results["hold-large"]}, "hold-large"))
    assert "Owned, tilted, rented" not in alone


def test_that_prices_are_a_model_s_is_said_once_a_page(comparison: Comparison, rented: Result) -> None:
    """Two rented accounts, or one, and one warning: call spreads are priced by a model."""
    warning = "Call spreads are priced by a model, not by quotes."
    assert Page(comparison_page(comparison)).text.count(warning) == 1
    assert Page(tearsheet(rented, comparison.results["hold-large"])).text.count(warning) == 1
    assert comparison.notes().count(warning) == 1
    owned = cs.Comparison({"hold-large": comparison.results["hold-large"]}, "hold-large")
    assert "model" not in " ".join(owned.notes())


def test_a_page_speaks_of_tearsheets_where_there_are_some(comparison: Comparison) -> None:
    """Names lead to a tearsheet or to the rule's own page, and the page says to which."""
    drawn, plain = (Page(comparison_page(comparison, leads_to=page)).text for page in ("tearsheet.html", "rule.html"))
    assert "Each name leads to the rule's tearsheet." in drawn
    assert "Each name leads to the rule's page." in plain
    assert "tearsheet" not in plain


def test_figures_of_spreads_are_counts_of_their_rows(rented: Result) -> None:
    """Premium, share of worthless ones and outcome are what a count over spreads.csv gives."""
    assert rented.spreads is not None
    found = spread_figures(rented.spreads, rented.equity)
    rows = [row for row in rented.spreads.to_dict("records") if row["contracts"] > 0]
    ended = [row for row in rows if row["ended"] != "open"]
    years = (rented.equity.index[-1] - rented.equity.index[0]).days / 365.25
    assert list(found) == list(SPREAD_FIGURES)
    assert found["bought"] == len(rows)
    lost = [row for row in ended if row["exited"] == row["expiry"] and row["exit_price"] <= row["long_strike"]]
    assert found["worthless"] == pytest.approx(len(lost) / len(ended))
    assert found["premium_a_year"] == pytest.approx(sum(row["paid"] for row in rows) / rented.equity.mean() / years)
    worth = [row["mark"] if row["ended"] == "open" else row["received"] for row in rows]
    assert found["outcome"] == pytest.approx(sum(worth) - sum(row["paid"] for row in rows))
    assert found["ended"] == len(ended)


def test_other_prices_say_of_how_many_spreads_they_tell(rented: Result) -> None:
    """Each setting counts the spreads bought and those ended, and the first is the account as it was run."""
    assert rented.repriced is not None
    figures = spread_figures(rented.spreads, rented.equity)
    first = rented.repriced.iloc[0]
    told = ("bought", "mean_debit", "outcome", "ended", "worthless", "mean_multiple")
    assert [first[key] for key in told] == pytest.approx([figures[key] for key in told])
    assert (rented.repriced["bought"] - rented.repriced["ended"]).isin([0, 1]).all()


def test_the_worst_month_is_that_of_month_ends() -> None:
    """The worst month is the lowest change between the last closes of two months."""
    days = pd.date_range("2024-01-02", "2024-06-28", freq="B")
    equity = pd.Series(range(100, 100 + len(days)), index=days, dtype=float)
    equity.loc["2024-04-30":] *= 0.8
    ends = equity.resample("ME").last()
    assert worst_month(equity) == pytest.approx((ends / ends.shift(1) - 1).min())
