"""A benchmark: small caps, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, fixed
from capshift.strategies.words import Explanation

if TYPE_CHECKING:
    from capshift.data_feeds import Market


class HoldSmall(Rotation):
    """Small caps, always: a benchmark."""

    @staticmethod
    def hold(market: Market) -> Holdings:
        """Return small caps on every session."""
        return fixed(len(market), small=1.0)

    @staticmethod
    def explain(market: Market) -> Explanation:
        """Return that nothing changes it."""
        return Explanation((f"{market.small.symbol}, always",), ("never changes",))
