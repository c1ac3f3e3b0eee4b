"""The stranger's own strategies, in a folder that is named like one of capshift's."""

import numpy as np

from numpy.typing import NDArray

import capshift as cs
from capshift.strategies.signals import growth


class Never(cs.Rotation):
    """Never holds small caps."""

    @staticmethod
    def hold(market: cs.Market) -> cs.Holdings:
        """Return large caps on each session."""
        return cs.switch(np.zeros(len(market), dtype=bool))


def gains(market: cs.Market, days: int) -> NDArray[np.bool_]:
    """Return on which sessions small caps are above where they were `days` sessions before."""
    return growth(market.small.total_return, days) > 1
