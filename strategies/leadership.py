"""Rotation needs the giants to hold up, says Matt Maley of Miller Tabak: if they collapse, money goes to cash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capshift.strategies.base import Rotation
from capshift.strategies.filters import leaders_of
from capshift.strategies.holdings import Holdings
from capshift.strategies.parameters import WINDOW, Between
from capshift.strategies.signals import growth
from capshift.strategies.words import Explanation, signed

if TYPE_CHECKING:
    from capshift.data_feeds import Market

_DECIMALS = 12


class Leadership(Rotation):
    """Small caps while they beat giants that hold up (rotation), cash while both fall (flight), else large caps.

    Params:
        window: Sessions over which total returns are compared.
        flight: Loss of the giants, as a fraction, at which money flees when small caps fall too.
    """

    params = (("window", 21), ("flight", 0.05))
    limits = {"window": WINDOW, "flight": Between(0, 1)}
    needs_leaders = True

    @staticmethod
    def hold(market: Market, window: int, flight: float) -> Holdings:
        """Return small caps in a rotation, cash in a flight, large caps else."""
        # A price that came back to where it was has returned 0, whatever its last bit says.
        giants = np.round(growth(leaders_of(market).total_return, window) - 1, _DECIMALS)
        small = np.round(growth(market.small.total_return, window) - 1, _DECIMALS)
        rotation = (giants >= 0) & (small > giants)
        flees = (giants <= -flight) & (small < 0)
        return Holdings(
            {"small": rotation.astype(np.float64), "large": (~rotation & ~flees).astype(np.float64)},
            np.zeros(len(market), dtype=bool),
        )

    @staticmethod
    def explain(market: Market, window: int, flight: float) -> Explanation:
        """Return both returns beside their thresholds."""
        giants = growth(leaders_of(market).total_return, window)[-1] - 1
        small = growth(market.small.total_return, window)[-1] - 1
        names, own = market.symbols["leaders"], market.small.symbol
        return Explanation(
            (f"over {window} sessions {names} returned {signed(giants)}, {own} {signed(small)}",),
            (
                f"{own} while {names} is at 0 or more and {own} above it",
                f"cash while {names} is at {signed(-flight)} or less and {own} below 0",
                f"{market.large.symbol} in all other cases",
            ),
        )
