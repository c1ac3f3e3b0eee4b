"""Small caps gain most from cuts, say Bank of America's strategists: they borrow at floating rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capshift.data_feeds.fomc import FIRST, FURTHER, HIKE, RESTART
from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, OneOf

if TYPE_CHECKING:
    from capshift.data_feeds import Market

#: Which kinds of cut set the rule off.
TRIGGERS = {
    "first": {FIRST},
    "restart": {RESTART},
    "cycle": {FIRST, RESTART},
    "any": {FIRST, RESTART, FURTHER},
}


class RateCut(Rotation):
    """Small caps for a year from each Fed cut that begins or restarts a cycle, until a hike.

    Params:
        trigger: first (after a hike), restart (180 days or more after the last cut), cycle (either) or any cut.
        hold: Sessions to hold, counted from the one whose close knows the cut; each trigger starts anew.
    """

    params = (("trigger", "cycle"), ("hold", 252))
    limits = {"trigger": OneOf(tuple(TRIGGERS)), "hold": WINDOW}

    @staticmethod
    def hold(market: Market, trigger: str, hold: int) -> Holdings:
        """Return small caps for `hold` sessions from each trigger, large caps from each hike."""
        small = np.zeros(len(market), dtype=bool)
        for known, kind in zip(market.fomc.known.tolist(), market.fomc.kinds, strict=True):
            if kind in TRIGGERS[trigger]:
                small[max(known, 0) : max(known + hold, 0)] = True
            elif kind == HIKE:
                small[max(known, 0) :] = False
        return switch(small)
