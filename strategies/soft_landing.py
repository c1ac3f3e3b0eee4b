"""Cuts alone are not enough, says Lori Calvasina of RBC: it takes an economy stronger than expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.strategies.base import Rotation
from capshift.strategies.fed import TRIGGERS, after_cuts, last_cut_in_words
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, OneOf

if TYPE_CHECKING:
    from capshift.data_feeds import Market
    from capshift.strategies.words import Explanation


class SoftLanding(Rotation):
    """Small caps for a year from each Fed cut that begins or restarts a cycle, while no recession shows.

    Params:
        trigger: first (after a hike), restart (180 days or more after the last cut), cycle (either) or any cut.
        hold: Sessions to hold, counted from the one whose close knows the cut; each trigger starts anew.
        filters: What must hold beside: the economy, as the Sahm rule sees it.
    """

    params = (("trigger", "cycle"), ("hold", 252), ("filters", "economy"))
    limits = {"trigger": OneOf(tuple(TRIGGERS)), "hold": WINDOW}

    @staticmethod
    def hold(market: Market, trigger: str, hold: int) -> Holdings:
        """Return small caps for `hold` sessions from each trigger; the filter is applied to that."""
        return switch(after_cuts(market, trigger, hold))

    @staticmethod
    def explain(market: Market, trigger: str, hold: int) -> Explanation:
        """Return when the last cut that counts was known, and how long it still works."""
        return last_cut_in_words(market, trigger, hold)
