"""From weights to orders: sells first, sized at the open they are filled at.

Sizes must be known before Backtrader's broker fills them, so the cash between the fills is followed in `bookkeeping`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from capshift.strategies.bookkeeping import Costs, commission_of, size_orders

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Costs", "Position", "rebalancing_orders"]


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
    reserve: float = 0.0,
) -> list[tuple[int, float]]:
    """Return (leg, shares) orders that bring an account to its weights at one open: sales, negative, then purchases.

    Args:
        cash: Dollars, after interest and dividends.
        positions: One a leg.
        opens: Opening prices, dollars a share, one a leg.
        weights: Fractions of the account's value, one a leg.
        costs: Slippage and commission.
        fractional: Whether parts of a share can be held.
        reserve: Dollars that must be left in cash, for which shares are sold if need be; weights are those of the rest.

    >>> rebalancing_orders(
    ...     cash=100.0, positions=[Position(0.0, 0.0)] * 2, opens=[8.0, 7.0], weights=[0.5, 0.5],
    ...     costs=Costs(slippage=0.0), fractional=False,
    ... )
    [(0, 6.0), (1, 7.0)]
    """
    shares = [held.shares for held in positions]
    averages = [held.average_price for held in positions]
    sizes = [0.0] * len(shares)
    if reserve:
        value = cash + sum(held * price for held, price in zip(shares, opens, strict=True))
        kept = _kept_aside(reserve, cash, max(opens), costs, fractional=fractional)
        weights = [weight * max(value - kept, 0.0) / value for weight in weights]
    size_orders(cash, shares, averages, opens, weights, costs, fractional, sizes)
    sales = [(leg, size) for leg, size in enumerate(sizes) if size < 0]
    return sales + [(leg, size) for leg, size in enumerate(sizes) if size > 0]


def _kept_aside(reserve: float, cash: float, price: float, costs: Costs, *, fractional: bool) -> float:
    """Return by how much the goals must fall below the account's value for a reserve to be in cash after the sales.

    A sale brings less than the shares are worth, and whole shares are floored: as much more is sold.
    """
    lacking = reserve - cash
    if lacking <= 0:
        return reserve
    lacking += commission_of(costs, lacking / price, price)
    return cash + lacking / (1 - costs.slippage - costs.commission) + (0.0 if fractional else price)
