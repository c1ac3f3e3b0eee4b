"""The figures against empyrical-reloaded and hand counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markets import bars, market_of, random_market, scripted

import capshift as cs
from capshift.backtests import METRICS, Account
from capshift.backtests import metrics as m
from capshift.backtests.event_engine import simulate

if TYPE_CHECKING:
    from capshift.data_feeds import Market

RETURNS = st.lists(st.floats(-0.2, 0.2), min_size=3, max_size=60).filter(lambda values: np.std(values) > 1e-6)


@given(values=RETURNS)
def test_risk_figures_agree_with_empyrical(values: list[float]) -> None:
    """Volatility, Sharpe, Sortino and drawdown equal those of another library."""
    returns = np.array(values)
    assert m.volatility(returns) == pytest.approx(empyrical.annual_volatility(returns))
    assert m.sharpe(returns) == pytest.approx(empyrical.sharpe_ratio(returns))
    if (returns < -1e-9).any():
        assert m.sortino(returns) == pytest.approx(empyrical.sortino_ratio(returns))
    equity = 100 * np.concatenate([[1.0], np.cumprod(1 + returns)])
    assert m.drawdowns(equity).min() == pytest.approx(min(empyrical.max_drawdown(returns), 0), abs=1e-12)
    np.testing.assert_allclose(m.session_returns(equity), returns, atol=1e-12)


@given(values=RETURNS)
def test_drawdowns_lie_between_a_loss_of_all_and_nothing(values: list[float]) -> None:
    """A drawdown is in [-1, 0], and 0 exactly at each new high."""
    equity = np.cumprod(1 + np.array(values))
    depth = m.drawdowns(equity)
    assert ((depth >= -1) & (depth <= 0)).all()
    highs = [t for t in range(len(equity)) if equity[t] == max(equity[: t + 1])]
    assert np.flatnonzero(depth == 0).tolist() == highs


def test_growth_counts_actual_days() -> None:
    """Doubling between 2020-01-02 and 2024-01-02, 1461 days or 4 years of 365.25, is 2 ** (1/4) - 1 a year."""
    days = pd.DatetimeIndex(["2020-01-02", "2024-01-02"])
    assert m.cagr(np.array([100.0, 200.0]), m.years_between(days)) == pytest.approx(2**0.25 - 1)


def test_figures_that_do_not_exist_are_no_numbers() -> None:
    """Too few returns, returns that never vary and no losses have no ratio."""
    one, flat, up = np.array([0.01]), np.array([0.01, 0.01]), np.array([0.01, 0.02])
    assert all(math.isnan(value) for value in (m.volatility(one), m.sharpe(one), m.sharpe(flat), m.sortino(up)))
    assert math.isnan(m.sortino(np.array([])))
    assert math.isnan(m.sharpe_over_bills(up, None))
    assert math.isnan(m.sharpe_over_bills(up, np.array([np.nan, 0.0])))


def test_every_figure_of_a_hand_worked_account() -> None:
    """A two-leg account over five sessions gives the figures counted by hand."""
    small = bars("AAA", [10.0, 10.0, 11.0, 9.9, 9.9])
    large = bars("BBB", [20.0, 20.0, 20.0, 20.0, 22.0])
    market = market_of(small, large, yields=[0.0] * 5)
    account = Account(cash=1000.0, slippage=0.0, fractional=True)
    # decided at closes 0 to 4; filled at the opens of 1 (small at 10) and 4 (large at 20, the close before)
    script = [(1.0, 0.0)] * 3 + [(0.0, 1.0)] * 2
    ledger = simulate(scripted(script), market, {}, account)
    assert ledger.equity == pytest.approx([1000, 1000, 1100, 990, 1089])
    figures = m.metrics_of(ledger, market, ledger)
    returns = [0.0, 0.1, -0.1, 0.1]
    days = (small.sessions[-1] - small.sessions[0]).days
    growth = 1.089 ** (365.25 / days) - 1
    assert figures == {
        "final_equity": pytest.approx(1089),
        "total_return": pytest.approx(0.089),
        "cagr": pytest.approx(growth),
        "excess_cagr": 0.0,
        "volatility": pytest.approx(pd.Series(returns).std() * 252**0.5),
        "sharpe": pytest.approx(pd.Series(returns).mean() / pd.Series(returns).std() * 252**0.5),
        "sharpe_excess": pytest.approx(pd.Series(returns).mean() / pd.Series(returns).std() * 252**0.5),
        "sortino": pytest.approx(0.025 / (0.01 / 4) ** 0.5 * 252**0.5),
        "max_drawdown": pytest.approx(-0.1),
        "calmar": pytest.approx(growth / 0.1),
        "time_under_water": pytest.approx(2 / 5),  # closes 3 and 4 are below 1100
        "worst_day": pytest.approx(-0.1),
        "best_day": pytest.approx(0.1),
        "turnover": pytest.approx((1000 + 990 + 990) / 2 / (5179 / 5) / (days / 365.25)),
        "trades": 3,
        "exposure_small": pytest.approx(3 / 5),
        "exposure_large": pytest.approx(1 / 5),
        "exposure_cash": pytest.approx(1 / 5),
    }


def test_bills_are_the_yield_known_the_session_before() -> None:
    """From Friday to Monday a bill pays three days of Friday's yield over 360."""
    market = market_of(bars("AAA", [1.0] * 4), bars("BBB", [1.0] * 4), yields=[1.0, 2.0, 3.6, 9.9])
    assert m.bill_returns(market) == pytest.approx([0.01 / 360, 0.02 / 360, 0.036 * 3 / 360])
    assert m.bill_returns(market_of(bars("AAA", [1.0] * 4), bars("BBB", [1.0] * 4))) is None


def test_excess_growth_is_measured_against_hold_large(short_market: Market) -> None:
    """hold-small's excess is its growth minus that of hold-large with the same account."""
    account = Account(slippage=0.001)
    small, large = (cs.run(name, short_market, account=account) for name in ("hold-small", "hold-large"))
    assert small.metrics["excess_cagr"] == pytest.approx(small.metrics["cagr"] - large.metrics["cagr"])
    assert large.metrics["excess_cagr"] == 0


def test_exposures_share_out_the_account() -> None:
    """Small caps, large caps and cash make up all of the equity."""
    market = random_market(3, 60)
    figures = m.metrics_of(
        *[simulate(scripted([(0.3, 0.4)] * 60), market, {}, Account())],
        market,
        simulate(scripted([(0.0, 1.0)] * 60), market, {}, Account()),
    )
    assert sum(figures[f"exposure_{leg}"] for leg in ("small", "large", "cash")) == pytest.approx(1)


def test_every_figure_can_be_written() -> None:
    """Each metric has a label, a definition that ends as a sentence, and a form that is known."""
    for metric in METRICS.values():
        assert metric.label
        assert metric.definition.endswith(".")
        assert m.in_words(metric.form, 1.0)
    assert m.in_words("share", 0.25) == "25.0 %"
    assert m.in_words("count", 1234) == "1,234"
