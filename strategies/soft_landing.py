"""Cuts alone are not enough, says Lori Calvasina of RBC: it takes an economy stronger than expected."""

from __future__ import annotations

from typing import Any, ClassVar

from capshift.strategies.rate_cut import RateCut


class SoftLanding(RateCut):
    """Small caps for a year from each Fed cut that begins or restarts a cycle, while no recession shows.

    Params:
        trigger: first (after a hike), restart (180 days or more after the last cut), cycle (either) or any cut.
        hold: Sessions to hold, counted from the one whose close knows the cut; each trigger starts anew.
        filters: What must hold beside: the economy, as the Sahm rule sees it.
    """

    params: ClassVar[Any] = (("filters", "economy"),)
