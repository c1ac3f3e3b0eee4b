"""A benchmark: large caps, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, fixed
from capshift.strategies.words import Explanation

if TYPE_CHECKING:
    from capshift.data_feeds import Market


class HoldLarge(Rotation):
    """Large caps, always: a benchmark."""

    @staticmethod
    def hold(market: Market) -> Holdings:
        """Return large caps on every session."""
        return fixed(len(market), small=0.0)

    @staticmethod
    def explain(market: Market) -> Explanation:
        """Return that nothing changes it."""
        return Explanation((f"{market.large.symbol}, always",), ("never changes",))
