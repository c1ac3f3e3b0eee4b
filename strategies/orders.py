"""From weights to orders: sells first, sized at the open they are filled at.

Sizes must be known before Backtrader's broker fills them, and its cash must never fall below zero by a rounding
error, which it would answer with a margin call. So the cash between the fills is followed here in the very order
of floating-point operations that the broker uses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Costs:
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

    def commission_of(self, shares: float, price: float) -> float:
        """Return the dollars charged for one order.

        >>> Costs(commission_per_share=0.005, commission_minimum=1.0).commission_of(100, 50.0)
        1.0
        """
        size = abs(shares)
        # The rate is multiplied in this order by Backtrader's own commission scheme.
        proportional = size * self.commission * price + size * self.commission_per_share
        return max(proportional, self.commission_minimum)

    def affordable(self, budget: float, price: float) -> float:
        """Return the shares that a budget in dollars buys at a price, commission included.

        >>> Costs(commission=0.25).affordable(100.0, 8.0)
        10.0
        """
        with_rate = price * (1 + self.commission) + self.commission_per_share
        at_minimum = (budget - self.commission_minimum) / price
        return max(min(budget / with_rate, at_minimum), 0.0)


@dataclass(frozen=True)
class Position:
    """Shares of one leg and their average price, as Backtrader keeps it."""

    shares: float
    average_price: float


def rebalancing_orders(
    *,
    cash: float,
    positions: Sequence[Position],
    opens: Sequence[float],
    weights: Sequence[float],
    costs: Costs,
    fractional: bool,
) -> list[tuple[int, float]]:
    """Return (leg, shares) orders that bring an account to its weights at one open.

    With V = cash + sum(shares * open), each leg's goal is weight * V. Legs above their goal are sold first: all
    shares where the weight is 0, else (worth - goal) / open of them. Then, in leg order, legs below are bought for
    min(goal - worth, cash) / (open * (1 + slippage) * (1 + commission)). Whole shares are floored. Sales are negative.
    A sale whose commission is more than its proceeds and the cash together is not made: cash never goes below zero.

    Args:
        cash: Dollars, after interest and dividends.
        positions: One a leg.
        opens: Opening prices, dollars a share, one a leg.
        weights: Fractions of V, one a leg.
        costs: Slippage and commission.
        fractional: Whether parts of a share can be held.

    >>> rebalancing_orders(
    ...     cash=100.0, positions=[Position(0.0, 0.0)] * 2, opens=[8.0, 7.0], weights=[0.5, 0.5],
    ...     costs=Costs(slippage=0.0), fractional=False,
    ... )
    [(0, 6.0), (1, 7.0)]
    """
    value = cash + sum(held.shares * price for held, price in zip(positions, opens, strict=True))
    goals = [weight * value for weight in weights]
    worths = [held.shares * price for held, price in zip(positions, opens, strict=True)]
    orders: list[tuple[int, float]] = []
    for leg, (held, price) in enumerate(zip(positions, opens, strict=True)):
        if worths[leg] <= goals[leg]:
            continue
        shares = held.shares if weights[leg] == 0 else _whole((worths[leg] - goals[leg]) / price, fractional)
        left = _after_sale(cash, shares, held.average_price, price * (1 - costs.slippage), costs)
        if shares > 0 and left >= 0:  # a remnant may be worth less than the commission of its sale
            orders.append((leg, -shares))
            cash = left
    for leg, price in enumerate(opens):
        lacking = goals[leg] - worths[leg]
        if lacking <= 0:
            continue
        fill = price * (1 + costs.slippage)
        shares = _affordable(min(lacking, cash), cash, fill, costs, fractional=fractional)
        if shares > 0:
            orders.append((leg, shares))
            cash = _after_purchase(cash, shares, fill, costs)
    return orders


def _whole(shares: float, fractional: bool) -> float:  # noqa: FBT001 - private, one meaning
    return shares if fractional else float(math.floor(shares))


def _after_sale(cash: float, shares: float, average: float, fill: float, costs: Costs) -> float:
    cash += shares * average + shares * (fill - average)
    return cash - costs.commission_of(shares, fill)


def _after_purchase(cash: float, shares: float, fill: float, costs: Costs) -> float:
    cash -= shares * fill
    return cash - costs.commission_of(shares, fill)


def _affordable(budget: float, cash: float, fill: float, costs: Costs, *, fractional: bool) -> float:
    """Return the shares to buy, taken back by units in the last place until the cash lasts for them."""
    shares = _whole(costs.affordable(budget, fill), fractional)
    # Beyond 2**53 dollars a single share is less than the last place, and taking one away changes nothing.
    step = math.ulp(shares) if fractional else max(1.0, math.ulp(shares))
    while shares > 0 and _after_purchase(cash, shares, fill, costs) < 0:
        shares = max(shares - step, 0.0)
        step *= 2 if fractional else 1
    return shares
