"""A benchmark: a fixed mix of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, fixed
from capshift.strategies.parameters import Between
from capshift.strategies.words import Explanation, chance

if TYPE_CHECKING:
    from capshift.data_feeds import Market


class Mix(Rotation):
    """A fixed mix of small and large caps, rebalanced at the first open of each month.

    Params:
        small: Fraction of equity in small caps.
    """

    params = (("small", 0.5),)
    limits = {"small": Between(0, 1)}

    @staticmethod
    def hold(market: Market, small: float) -> Holdings:
        """Return the mix, asking for a rebalancing at each month's last close."""
        return fixed(len(market), small=small, rebalance=market.month_end)

    @staticmethod
    def explain(market: Market, small: float) -> Explanation:
        """Return the weights."""
        held = f"{chance(small)} {market.small.symbol} and {chance(1 - small)} {market.large.symbol}, always"
        return Explanation((held,), ("returns to these weights at the first open of each month",))
