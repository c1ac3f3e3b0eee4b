"""The reference accounts of an independent implementation, on real bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import capshift as cs
from capshift.backtests import Account

if TYPE_CHECKING:
    from capshift.backtests import Result
    from capshift.data_feeds import Market

CASES = (
    "hold-large",
    "hold-small fractional",
    "mix 60/40, interest",
    "breakout default",
    "breakout 100/50 with commission, fractional",
    "breakout confirmed",
    "rate-cut default",
    "rate-cut first, interest",
    "rate-cut any 63",
    "record-high default",
    "relative-strength default",
    "monthly-thrust default",
    "leadership QQQ, interest",
    "priced-cuts default",
)

#: A case lists no more decisions than these.
LISTED = 40


def run_case(case: dict[str, Any], market: Market, engine: str) -> Result:
    """Return the result of a case as its file describes it."""
    account = Account(**case["account"], interest=case["interest"] is not None)
    return cs.run(case["rule"], market, account=account, engine=engine, **case["params"])


def test_every_case_whose_rule_exists_is_tested(conformance: dict[str, Any]) -> None:
    """The list of cases above leaves none out."""
    existing = [case["name"] for case in conformance["cases"] if case["rule"] in cs.rule_names()]
    assert tuple(existing) == CASES


@pytest.mark.parametrize("engine", ["event", "array"])
@pytest.mark.parametrize("name", CASES)
def test_the_account_agrees(name: str, engine: str, conformance: dict[str, Any], real_market: Market) -> None:
    """On either engine, equity marks, decisions, trades and metrics equal those of an independent implementation."""
    case = next(one for one in conformance["cases"] if one["name"] == name)
    result = run_case(case, real_market, engine)
    assert str(result.equity.index[0].date()) == case["start"]
    assert str(result.equity.index[-1].date()) == case["end"]
    assert len(result.equity) == case["sessions"]
    tolerance = conformance["tolerance"]["fractional" if case["account"].get("fractional") else "whole shares"]
    for date, equity in case["equity_marks"].items():
        assert result.equity[date] == pytest.approx(equity, rel=tolerance)
    assert len(result.trades) == case["trades"]
    for row, (date, leg, shares, price) in zip(result.trades.itertuples(), case["first_trades"], strict=False):
        assert (str(row.filled.date()), row.leg) == (date, leg)
        assert (row.shares, row.price) == (pytest.approx(shares, rel=1e-9), pytest.approx(price, abs=1e-6))
    assert result.metrics["final_equity"] == pytest.approx(case["metrics"]["final"], rel=tolerance)
    for key, value in case["metrics"].items() - {("final", case["metrics"]["final"])}:
        assert result.metrics[key] == pytest.approx(value, abs=1e-9 if case["account"].get("fractional") else 1e-4)
    listed = case["decisions"]
    assert decided(result, listed[0][:10])[: len(listed)] == listed
    assert len(listed) in {LISTED, len(decided(result, listed[0][:10]))}


def decided(result: Result, first: str) -> list[str]:
    """Return "date leg" for the first session given and each change after it, as the cases write it."""
    holdings = result.holdings.loc[first:]
    changes = holdings[np.append(True, (holdings.to_numpy()[1:] != holdings.to_numpy()[:-1]).any(axis=1))]
    words = []
    for date, weights in changes.iterrows():
        mixed = {leg: float(weight) for leg, weight in weights.items()}
        full = [leg for leg, weight in mixed.items() if weight == 1]
        held = full[0] if full else mixed if any(mixed.values()) else "cash"
        words.append(f"{pd.Timestamp(date).date()} {held}")
    return words
