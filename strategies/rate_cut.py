"""Small caps gain most from cuts, say Bank of America's strategists: they borrow at floating rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.strategies.base import Rotation
from capshift.strategies.fed import TRIGGERS, after_cuts, last_cut_in_words
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, OneOf

if TYPE_CHECKING:
    from capshift.data_feeds import Market
    from capshift.strategies.words import Explanation


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
        return switch(after_cuts(market, trigger, hold))

    @staticmethod
    def explain(market: Market, trigger: str, hold: int) -> Explanation:
        """Return when the last cut that counts was known, and how long it still works."""
        return last_cut_in_words(market, trigger, hold)
