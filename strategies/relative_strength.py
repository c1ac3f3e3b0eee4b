"""Winners keep winning, or so it is said: small against large caps over the last half year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capshift.data_feeds.validation import day
from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, OneOf
from capshift.strategies.signals import growth, held_between
from capshift.strategies.words import Explanation, signed

if TYPE_CHECKING:
    from capshift.data_feeds import Market


class RelativeStrength(Rotation):
    """Small caps while their total return beat that of large caps, decided at each month's last session.

    Params:
        lookback: Sessions over which both are compared.
        sign: 1 follows the stronger, -1 the weaker: test both.
    """

    params = (("lookback", 126), ("sign", 1))
    limits = {"lookback": WINDOW, "sign": OneOf((1, -1))}

    @staticmethod
    def hold(market: Market, lookback: int, sign: int) -> Holdings:
        """Return small caps for a month after each month end at which they are ahead."""
        ahead = growth(market.small.total_return, lookback) - growth(market.large.total_return, lookback)
        return switch(held_between(market.month_end, sign * ahead > 0))

    @staticmethod
    def explain(market: Market, lookback: int, sign: int) -> Explanation:
        """Return both returns at the last decision, and at the last close."""
        small, large = (growth(bars.total_return, lookback) - 1 for bars in (market.small, market.large))
        names = market.small.symbol, market.large.symbol
        which = "the stronger" if sign == 1 else "the weaker"
        decided = np.flatnonzero(market.month_end)
        because = [
            f"over {lookback} sessions to {day(market.sessions[at])}{note}: {names[0]} {signed(small[at])}, "
            f"{names[1]} {signed(large[at])}"
            for at, note in [(one, " (decides)") for one in decided[-1:]] + [(len(market) - 1, " (so far)")]
            if note == " (decides)" or not market.month_end[-1]
        ]
        return Explanation(tuple(because), (f"holds {which} of both from each month's last close",))
