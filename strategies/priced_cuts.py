"""Futures price two cuts from September on, say rates traders: bills yield less than the Fed's target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.errors import ParameterError
from capshift.strategies.base import Rotation
from capshift.strategies.fed import target_middle
from capshift.strategies.holdings import Holdings, latch
from capshift.strategies.parameters import Between
from capshift.strategies.words import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.data_feeds import Market

_BILLS = "DGS3MO"
_DECIMALS = 6


class PricedCuts(Rotation):
    """Small caps from bills yielding so much less than the Fed's target that cuts are priced, until they are not.

    Params:
        enter: Percentage points below the middle of the target range at which it begins.
        exit: Percentage points below at which it ends.
    """

    params = (("enter", 0.25), ("exit", 0.10))
    reads = (_BILLS,)
    limits = {"enter": Between(-5, 5), "exit": Between(-5, 5)}

    @classmethod
    def check(cls, given: Mapping[str, Any], *, enter: float, exit: float) -> None:  # noqa: A002, ARG003
        """Refuse an exit that lies beyond the entry."""
        if exit > enter:
            msg = f"priced-cuts: exit is {exit:g}, more than enter, {enter:g}; it would end before it begins"
            raise ParameterError(msg)

    @staticmethod
    def hold(market: Market, enter: float, exit: float) -> Holdings:  # noqa: A002 - the parameter's name
        """Return small caps from the gap reaching -enter until it is above -exit."""
        # Both are published in decimals, whose difference in binary may be off a threshold by 1e-16.
        gap = np.round(market.known_series(_BILLS) - target_middle(market), _DECIMALS)
        return latch(on=gap <= -enter, off=gap > -exit)

    @staticmethod
    def explain(market: Market, enter: float, exit: float) -> Explanation:  # noqa: A002 - the parameter's name
        """Return the gap beside its thresholds."""
        bills, middle = market.known_series(_BILLS)[-1], target_middle(market)[-1]
        because = (
            f"{_BILLS} is {bills:.2f} %, the middle of the Fed's target {middle:g} %: a gap of {bills - middle:+.3f} "
            f"points (begins at {-enter:+g} or less, ends above {-exit:+g})"
        )
        return Explanation(
            (because,),
            (f"begins at {_BILLS} of {middle - enter:.3f} % or less", f"ends at {_BILLS} above {middle - exit:.3f} %"),
        )
