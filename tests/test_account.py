"""The account on Backtrader against the design's account written out slowly, and the laws it must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import backtrader as bt
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markets import bars, market_of, random_market, scaled, scripted, slow_account

from capshift.backtests import Account
from capshift.backtests.account import interest_in_words, interest_rates
from capshift.backtests.event_engine import simulate
from capshift.data_feeds import load_market
from capshift.errors import AccountSettingsError, BrokerFaultError
from capshift.strategies import RULES, find_rule
from capshift.strategies.parameters import declared

if TYPE_CHECKING:
    from capshift.data_feeds import Market

SESSIONS = 45
WEIGHTS = st.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (0.5, 0.5), (0.3, 0.7), (0.25, 0.25), (0.9, 0.0)])
SCRIPTS = st.lists(WEIGHTS, min_size=SESSIONS, max_size=SESSIONS)
ASKS = st.lists(st.booleans(), min_size=SESSIONS, max_size=SESSIONS)
ACCOUNTS = st.builds(
    Account,
    cash=st.sampled_from([1_000.0, 100_000.0, 12_345.67]),
    commission=st.sampled_from([0.0, 0.001, 0.05]),
    commission_per_share=st.sampled_from([0.0, 0.005, 1.0]),
    commission_minimum=st.sampled_from([0.0, 1.0]),
    slippage=st.sampled_from([0.0, 0.0005, 0.05]),
    fractional=st.booleans(),
    interest=st.booleans(),
)
SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(seed=SEEDS, script=SCRIPTS, asks=ASKS, account=ACCOUNTS)
def test_the_engine_keeps_the_account_of_the_design(
    seed: int, script: list[tuple[float, float]], asks: list[bool], account: Account
) -> None:
    """Equity at every close equals the account written out slowly, for any bars, decisions and costs."""
    market = random_market(seed, SESSIONS)
    ledger = simulate(scripted(script, asks), market, {}, account)
    slow = slow_account(market, script, asks, account)
    assume(not slow.on_an_edge)
    np.testing.assert_allclose(ledger.equity, slow.equity, rtol=1e-9)
    ours = [(fill.session, fill.leg, fill.shares) for fill in ledger.fills if abs(fill.shares) > 1e-9]
    theirs = [fill for fill in slow.fills if abs(fill[2]) > 1e-9]
    assert [fill[:2] for fill in ours] == [fill[:2] for fill in theirs]
    np.testing.assert_allclose([fill[2] for fill in ours], [fill[2] for fill in theirs], rtol=1e-6, atol=1e-9)


@settings(max_examples=40)
@given(seed=SEEDS, script=SCRIPTS, asks=ASKS, account=ACCOUNTS)
def test_cash_and_positions_are_the_equity_and_cash_is_never_negative(
    seed: int, script: list[tuple[float, float]], asks: list[bool], account: Account
) -> None:
    """At every close, cash plus shares times closes is the equity, and cash is never below zero."""
    market = random_market(seed, SESSIONS)
    ledger = simulate(scripted(script, asks), market, {}, account)
    closes = np.column_stack([one.close for one in market.legs.values()])
    np.testing.assert_allclose(ledger.cash + (ledger.shares * closes).sum(axis=1), ledger.equity, rtol=1e-12)
    assert (ledger.cash >= 0).all()
    assert (ledger.shares >= 0).all()


@settings(max_examples=25)
@given(seed=SEEDS, script=SCRIPTS, factor=st.sampled_from([0.01, 0.5, 3.0, 1000.0]))
def test_prices_in_another_unit_leave_returns_alone(
    seed: int, script: list[tuple[float, float]], factor: float
) -> None:
    """With fractional shares, multiplying all prices and dividends changes no equity."""
    market, account = random_market(seed, SESSIONS), Account(fractional=True)
    before = simulate(scripted(script), market, {}, account).equity
    after = simulate(scripted(script), scaled(market, factor), {}, account).equity
    np.testing.assert_allclose(after, before, rtol=1e-9)


@settings(max_examples=25)
@given(
    seed=SEEDS,
    small=st.lists(st.booleans(), min_size=SESSIONS, max_size=SESSIONS),
    costs=st.sampled_from(
        [{"commission": 0.002}, {"slippage": 0.01}, {"commission_per_share": 0.05}, {"commission_minimum": 5.0}]
    ),
)
def test_costs_never_help(seed: int, small: list[bool], costs: dict[str, float]) -> None:
    """A rule that switches all of its money ends no richer at any close when trading costs more."""
    market = random_market(seed, SESSIONS)
    script = [(1.0, 0.0) if one else (0.0, 1.0) for one in small]
    free = simulate(scripted(script), market, {}, Account(fractional=True, slippage=0.0)).equity
    dear = simulate(scripted(script), market, {}, Account(fractional=True, **{"slippage": 0.0, **costs})).equity
    assert (dear <= free * (1 + 1e-12)).all()


@pytest.fixture(scope="module")
def led_market() -> Market:
    """Return one year of the sample market, with leaders."""
    return load_market(leaders="QQQ", start="2020-01-02", end="2020-12-31")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_backtraders_vectorised_mode_changes_nothing(rule: type, led_market: Market) -> None:
    """Every rule's account is the same to the last bit with runonce on and off."""
    parameters = declared(rule)
    fast = simulate(rule, led_market, parameters, Account())
    slow = simulate(rule, led_market, parameters, Account(), runonce=False)
    np.testing.assert_array_equal(fast.equity, slow.equity)
    assert fast.fills == slow.fills


def test_a_hand_worked_account() -> None:
    """Three sessions by hand: 100 shares bought at 10, a dividend of 0.50 reinvested, interest on the rest."""
    small = bars("AAA", [10.0, 10.0, 9.5], open=[10.0, 10.0, 9.5], dividend=[0, 0, 0.5])
    large = bars("BBB", [20.0, 20.0, 20.0])
    market = market_of(small, large, yields=[3.6, 3.6, 3.6])
    account = Account(cash=1005.0, slippage=0.0)
    ledger = simulate(scripted([(1.0, 0.0)] * 3), market, {}, account)
    # 2019-11-20, -21, -22: a day's interest at 3.6 % is 1/100 of a percent.
    # 21st: 1005 * 1.0001 = 1005.1005 buys 100 shares at 10; 5.1005 remain.
    # 22nd: 5.1005 * 1.0001 + 50 = 55.10101005 buys 5 shares at 9.50; 7.60101005 remain.
    assert [(fill.session, fill.shares, fill.price) for fill in ledger.fills] == [(1, 100, 10.0), (2, 5, 9.5)]
    assert [fill.reason for fill in ledger.fills] == ["switch", "dividend reinvested"]
    assert ledger.cash == pytest.approx([1005.0, 5.1005, 7.60101005], abs=1e-12)
    assert ledger.equity == pytest.approx([1005.0, 1005.1005, 1005.10101005], abs=1e-9)


def test_a_commission_by_the_share_has_its_minimum() -> None:
    """At half a cent a share and at least 1 dollar, 99 shares of 10 dollars cost 991 of 1000 dollars."""
    market = market_of(bars("AAA", [10.0, 10.0]), bars("BBB", [20.0, 20.0]))
    account = Account(cash=1000.0, slippage=0.0, commission_per_share=0.005, commission_minimum=1.0)
    ledger = simulate(scripted([(1.0, 0.0)] * 2), market, {}, account)
    assert [(fill.shares, fill.commission) for fill in ledger.fills] == [(99, 1.0)]
    assert ledger.cash[-1] == pytest.approx(9.0)


def test_the_last_decision_stays_open(short_market: Market) -> None:
    """A switch decided at the last close is recorded, and nothing is traded for it."""
    script = [(0.0, 1.0)] * (len(short_market) - 1) + [(1.0, 0.0)]
    ledger = simulate(scripted(script), short_market, {}, Account())
    assert ledger.weights[-1].tolist() == [1.0, 0.0]
    assert all(fill.leg == 1 for fill in ledger.fills)


def test_interest_counts_calendar_days() -> None:
    """A weekend pays three days of the yield known on Friday, over 360."""
    flat = bars("AAA", [10.0] * 3)  # Wednesday 20, Thursday 21, Friday 22 November 2019
    market = market_of(bars("AAA", [10.0] * 4), bars("BBB", [10.0] * 4), yields=[1.0, 2.0, 3.6, 9.9])
    assert interest_rates(market, Account()) == pytest.approx([0, 0.01 / 360, 0.02 / 360, 0.036 * 3 / 360])
    assert interest_rates(market, Account(interest=False)) == [0.0] * 4
    assert len(flat) == 3


def test_a_reader_is_told_what_cash_earns(short_market: Market) -> None:
    """The provenance says whether interest is on, switched off, or off for want of a series."""
    without = market_of(bars("AAA", [1.0, 1.0]), bars("BBB", [1.0, 1.0]))
    assert interest_in_words(short_market, Account()).startswith("on: cash earns DGS3MO")
    assert "switched off" in interest_in_words(short_market, Account(interest=False))
    assert "no DGS3MO" in interest_in_words(without, Account())


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"cash": 0}, "cash is 0"),
        ({"cash": float("nan")}, "cash is nan"),
        ({"slippage": 5}, "slippage is 5; it is a fraction of the price"),
        ({"commission": -0.1}, "commission is -0.1; it is a fraction of the value traded"),
        ({"commission_per_share": -1}, "commission_per_share is -1; it is an amount of dollars"),
        ({"commission_minimum": float("inf")}, "commission_minimum is inf"),
    ],
)
def test_settings_that_no_account_has_are_refused(settings_: dict[str, float], said: str) -> None:
    """An account with impossible settings, or rates in the wrong unit, is never opened."""
    with pytest.raises(AccountSettingsError, match=said):
        Account(**settings_)


def test_an_order_that_cash_does_not_cover_is_a_loud_fault(short_market: Market) -> None:
    """A strategy that buys more than it can pay for raises instead of being quietly ignored."""

    class Overreaching(find_rule("hold-large")):
        """Buys twice what it has."""

        def next_open(self) -> None:
            if self.target is not None and not self.position.size:
                self.buy(size=2 * self.broker.getcash() / self.data.open[0])

    with pytest.raises(BrokerFaultError, match="ended as Margin"):
        simulate(Overreaching, short_market, {}, Account())


def test_an_order_that_is_never_filled_is_a_loud_fault(short_market: Market) -> None:
    """An order still open after the last bar raises."""

    class Dreaming(find_rule("hold-large")):
        """Bids a cent."""

        def next_open(self) -> None:
            if self.target is not None and not self.broker.get_orders_open():
                self.buy(size=1, price=0.01, exectype=bt.Order.Limit)

    with pytest.raises(BrokerFaultError, match="never filled"):
        simulate(Dreaming, short_market, {}, Account())
