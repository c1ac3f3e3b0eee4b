"""From weights to orders: laws of one rebalancing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capshift.strategies.bookkeeping import commission_of
from capshift.strategies.orders import Costs, Position, rebalancing_orders

MONEY = st.floats(0, 1e6)
PRICE = st.floats(0.5, 5000)
LEGS = st.integers(1, 4)
COSTS = st.builds(
    Costs,
    commission=st.sampled_from([0.0, 0.001, 0.1]),
    commission_per_share=st.sampled_from([0.0, 0.005]),
    commission_minimum=st.sampled_from([0.0, 1.0]),
    slippage=st.sampled_from([0.0, 0.0005, 0.1]),
)


@st.composite
def accounts(draw: st.DrawFn) -> dict[str, object]:
    """Return an account of one to four legs with weights to go to."""
    legs = draw(LEGS)
    parts = draw(st.lists(st.integers(0, 5), min_size=legs + 1, max_size=legs + 1).filter(any))
    return {
        "cash": draw(MONEY),
        "positions": [Position(draw(st.floats(0, 1e4)), draw(PRICE)) for _ in range(legs)],
        "opens": [draw(PRICE) for _ in range(legs)],
        "weights": [part / sum(parts) for part in parts[:legs]],
        "costs": draw(COSTS),
        "fractional": draw(st.booleans()),
    }


@given(account=accounts())
def test_sales_come_first_and_nothing_is_sold_short_or_on_credit(account: dict) -> None:
    """Orders are sales, then purchases in leg order; no leg sells more than it has, and cash lasts for all."""
    orders = rebalancing_orders(**account)
    kinds = [shares > 0 for _, shares in orders]
    assert kinds == sorted(kinds)
    bought = [leg for leg, shares in orders if shares > 0]
    assert bought == sorted(bought)
    costs, cash = account["costs"], account["cash"]
    # The broker adds a sale up from its cost, in binary, which leaves the last places of what was paid once.
    both = zip(account["positions"], account["opens"], strict=True)
    moved = cash + sum(one.shares * max(one.average_price, price) for one, price in both)
    for leg, shares in orders:
        price = account["opens"][leg] * (1 + costs.slippage if shares > 0 else 1 - costs.slippage)
        cash -= shares * price + commission_of(costs, shares, price)
        assert account["positions"][leg].shares + shares >= 0
        if shares > 0:  # a minimum commission on a tiny sale may cost more than it brings
            assert cash >= -max(1e-9, 1e-14 * moved)


@given(account=accounts())
def test_no_leg_passes_its_goal(account: dict) -> None:
    """After the orders no leg that was bought is worth more than its goal, none that was sold less, at the open."""
    value = account["cash"] + sum(
        one.shares * price for one, price in zip(account["positions"], account["opens"], strict=True)
    )
    for leg, shares in rebalancing_orders(**account):
        worth = (account["positions"][leg].shares + shares) * account["opens"][leg]
        goal = account["weights"][leg] * value
        if shares > 0:
            assert worth <= goal + 1e-9 * value
        else:
            assert worth >= goal - 1e-9 * value


@given(account=accounts())
def test_whole_shares_are_whole(account: dict) -> None:
    """Without fractions every order but a sale of all is a whole number."""
    account["fractional"] = False
    for leg, shares in rebalancing_orders(**account):
        assert shares == int(shares) or -shares == account["positions"][leg].shares


@given(account=accounts())
def test_without_costs_fractions_reach_the_goal(account: dict) -> None:
    """With free trading and fractions, each leg ends at its weight, and the rest is cash."""
    account |= {"costs": Costs(slippage=0.0), "fractional": True}
    after = [one.shares for one in account["positions"]]
    for leg, shares in rebalancing_orders(**account):
        after[leg] += shares
    value = account["cash"] + sum(
        one.shares * price for one, price in zip(account["positions"], account["opens"], strict=True)
    )
    for shares, price, weight in zip(after, account["opens"], account["weights"], strict=True):
        assert shares * price == pytest.approx(weight * value, rel=1e-9, abs=1e-6)


def test_the_formula_of_the_design_by_hand() -> None:
    """1000 dollars at 5 basis points of slippage and 10 of commission buy 1000 / (8 * 1.0005 * 1.001) shares."""
    costs = Costs(commission=0.001, slippage=0.0005)
    orders = rebalancing_orders(
        cash=1000.0, positions=[Position(0, 0)] * 2, opens=[8.0, 9.0], weights=[1.0, 0.0], costs=costs, fractional=True
    )
    assert orders == [(0, pytest.approx(1000 / (8 * 1.0005 * 1.001), rel=1e-12))]


@pytest.mark.parametrize("cash", [2.0**53, 1e20, 1e300])
def test_a_sum_beyond_whole_dollars_is_spent_too(cash: float) -> None:
    """Where a single share is less than the last place of the cash, a purchase still comes to an end within it."""
    costs = Costs(commission=0.001)
    empty = [Position(0.0, 0.0)]
    ((_, shares),) = rebalancing_orders(
        cash=cash, positions=empty, opens=[7.0], weights=[1.0], costs=costs, fractional=False
    )
    assert 0.99 * cash < shares * 7.0 * 1.0005 * 1.001 <= cash * (1 + 1e-12)
