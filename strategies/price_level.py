"""IWM above $230 is a crucial technical level, says Matt Maley of Miller Tabak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, latch
from capshift.strategies.parameters import Between
from capshift.strategies.words import Explanation, away, compared, dollars

if TYPE_CHECKING:
    from capshift.data_feeds import Market


class PriceLevel(Rotation):
    """Small caps from a close above a price until one below it by `band`.

    Params:
        level: Dollars a share, on prices adjusted for splits but not for dividends.
        band: Fraction below the level that ends it.
    """

    params = (("level", 230.0), ("band", 0.0))
    limits = {"level": Between(0.01), "band": Between(0, 0.99)}
    warning = "Hindsight: the level was chosen by people who had seen the prices; no one knew it in 2000."

    @staticmethod
    def hold(market: Market, level: float, band: float) -> Holdings:
        """Return small caps above the level."""
        close = market.small.close
        return latch(on=close > level, off=close < level * (1 - band))

    @staticmethod
    def explain(market: Market, level: float, band: float) -> Explanation:
        """Return the last close beside the level."""
        symbol, close = market.small.symbol, float(market.small.close[-1])
        return Explanation(
            (f"{symbol} closed at {dollars(close)}, {compared(close, level)} {dollars(level)}",),
            (
                f"begins when {symbol} closes above {away(level, close)}",
                f"ends when {symbol} closes below {away(level * (1 - band), close)}",
            ),
        )
