"""The account's arithmetic, written once for both engines: plain functions of numbers and arrays.

The event engine calls them as they stand; the array engine has them compiled. So they keep to what Numba compiles
too, and to the very order of floating-point operations of Backtrader's broker: both engines then agree to the last
bit, and the broker's cash never falls below zero by a rounding error, which it would answer with a margin call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    #: One number a leg.
    ByLeg = Sequence[float] | NDArray[np.float64]


#: Why an order is placed, in the order in which the reasons are asked for; the first is no reason.
REASONS = ("", "switch", "rebalance", "dividend reinvested", "call spread rolled")
ROLLED = 4


class Costs(NamedTuple):
    """What trading costs.

    Attributes:
        commission: Fraction of the value traded (0.001 is 10 basis points).
        commission_per_share: Dollars a share.
        commission_minimum: Dollars an order, at least.
        slippage: Worsening of each fill's price, as a fraction of it.
    """

    commission: float = 0.0
    commission_per_share: float = 0.0
    commission_minimum: float = 0.0
    slippage: float = 0.0005


def commission_of(costs: Costs, shares: float, price: float) -> float:
    """Return the dollars charged for one order.

    >>> commission_of(Costs(commission_per_share=0.005, commission_minimum=1.0), 100, 50.0)
    1.0
    """
    size = abs(shares)
    # The rate is multiplied in this order by Backtrader's own commission scheme.
    return max(size * costs.commission * price + size * costs.commission_per_share, costs.commission_minimum)


def affordable(costs: Costs, budget: float, price: float) -> float:
    """Return the shares that a budget in dollars buys at a price, commission included.

    >>> affordable(Costs(commission=0.25), 100.0, 8.0)
    10.0
    """
    with_rate = price * (1 + costs.commission) + costs.commission_per_share
    at_minimum = (budget - costs.commission_minimum) / price
    return max(min(budget / with_rate, at_minimum), 0.0)


def after_interest(cash: float, rate: float) -> float:
    """Return cash with what an open pays on a dollar of it.

    >>> after_interest(100.0, 0.01)
    101.0
    """
    return cash + cash * rate


def after_dividend(cash: float, shares: float, dividend: float) -> float:
    """Return cash with a dividend on shares held overnight.

    >>> after_dividend(100.0, 2.0, 0.5)
    101.0
    """
    return cash + shares * dividend


def reason_to_trade(changed: bool, asked: bool, paid: bool) -> int:  # noqa: FBT001 - as Numba takes it
    """Return the position in `REASONS` of why an open is traded at, 0 when it is not.

    Args:
        changed: The decision is not the one that was last carried out.
        asked: The rule asks for a return to its weights.
        paid: A dividend was paid at this open, and is reinvested.

    >>> REASONS[reason_to_trade(False, True, True)]
    'rebalance'
    """
    if changed:
        return 1
    if asked:
        return 2
    return 3 if paid else 0


def size_orders(
    cash: float,
    shares: ByLeg,
    averages: ByLeg,
    opens: ByLeg,
    weights: ByLeg,
    costs: Costs,
    fractional: bool,  # noqa: FBT001 - as Numba takes it
    orders: list[float] | NDArray[np.float64],
) -> float:
    """Size the orders that bring an account to its weights at one open, and return the cash after their fills.

    With V = cash + sum(shares * open), each leg's goal is weight * V. Legs above their goal are sold first: all
    shares where the weight is 0, else (worth - goal) / open of them. Then, in leg order, legs below are bought for
    min(goal - worth, cash) / (open * (1 + slippage) * (1 + commission)). Whole shares are floored.
    A sale whose commission is more than its proceeds and the cash together is not made: cash never goes below zero.

    Args:
        cash: Dollars, after interest and dividends.
        shares: Held, one a leg.
        averages: Average price of the shares held, as Backtrader keeps it, one a leg.
        opens: Opening prices, dollars a share, one a leg.
        weights: Fractions of V, one a leg.
        costs: Slippage and commission.
        fractional: Whether parts of a share can be held.
        orders: Filled with the shares to trade, one a leg; sales are negative, 0 is no order.

    >>> orders = [0.0, 0.0]
    >>> size_orders(100.0, [0.0, 0.0], [0.0, 0.0], [8.0, 7.0], [0.5, 0.5], Costs(slippage=0.0), False, orders)
    3.0
    >>> orders
    [6.0, 7.0]
    """
    invested = 0.0
    for leg in range(len(opens)):
        orders[leg] = 0.0
        invested += shares[leg] * opens[leg]
    value = cash + invested
    for leg in range(len(opens)):
        surplus = shares[leg] * opens[leg] - weights[leg] * value
        if surplus > 0:
            sold = shares[leg] if weights[leg] == 0 else whole(surplus / opens[leg], fractional)
            left = after_sale(cash, sold, averages[leg], opens[leg] * (1 - costs.slippage), costs)
            if sold > 0 and left >= 0:  # a remnant may be worth less than the commission of its sale
                orders[leg] = -sold
                cash = left
    for leg in range(len(opens)):
        lacking = weights[leg] * value - shares[leg] * opens[leg]
        if lacking > 0:
            fill = opens[leg] * (1 + costs.slippage)
            bought = most_affordable(min(lacking, cash), cash, fill, costs, fractional)
            if bought > 0:
                orders[leg] = bought
                cash = after_purchase(cash, bought, fill, costs)
    return cash


def whole(shares: float, fractional: bool) -> float:  # noqa: FBT001 - as Numba takes it
    """Return the shares that can be traded: whole ones, unless parts can be held.

    >>> whole(2.75, False), whole(2.75, True)
    (2.0, 2.75)
    """
    return shares if fractional else float(np.floor(shares))


def after_sale(cash: float, shares: float, average: float, fill: float, costs: Costs) -> float:
    """Return cash after a sale at a price, commission paid."""
    cash += shares * average + shares * (fill - average)
    return cash - commission_of(costs, shares, fill)


def after_purchase(cash: float, shares: float, fill: float, costs: Costs) -> float:
    """Return cash after a purchase at a price, commission paid."""
    cash -= shares * fill
    return cash - commission_of(costs, shares, fill)


def most_affordable(budget: float, cash: float, fill: float, costs: Costs, fractional: bool) -> float:  # noqa: FBT001 - as Numba takes it
    """Return the shares to buy, taken back by units in the last place until the cash lasts for them."""
    shares = whole(affordable(costs, budget, fill), fractional)
    if shares <= 0 or after_purchase(cash, shares, fill, costs) >= 0:
        return shares
    # Beyond 2**53 dollars a single share is less than the last place, and taking one away changes nothing.
    step = float(np.spacing(shares)) if fractional else max(1.0, float(np.spacing(shares)))
    while shares > 0 and after_purchase(cash, shares, fill, costs) < 0:
        shares = max(shares - step, 0.0)
        if fractional:
            step *= 2
    return shares


def average_after(shares: float, average: float, traded: float, price: float) -> float:
    """Return the average price of a position after a trade, as Backtrader keeps it.

    >>> average_after(1.0, 10.0, 3.0, 14.0), average_after(4.0, 13.0, -2.0, 20.0), average_after(4.0, 13.0, -4.0, 20.0)
    (13.0, 13.0, 0.0)
    """
    held = shares + traded
    if held == 0:
        return 0.0
    if traded < 0:
        return average
    return price if shares == 0 else (average * shares + traded * price) / held


def position_value(shares: float, average: float, close: float) -> float:
    """Return what a position is worth, in the operations in which Backtrader works it out.

    >>> position_value(2.0, 10.0, 11.0)
    22.0
    """
    gain = shares * (close - average)
    return shares * close - gain + gain
