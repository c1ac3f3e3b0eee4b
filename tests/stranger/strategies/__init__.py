"""The stranger's own strategies, in a folder that is named like one of capshift's."""

import numpy as np

import capshift as cs


class Never(cs.Rotation):
    """Never holds small caps."""

    @staticmethod
    def hold(market: cs.Market) -> cs.Holdings:
        """Return large caps on each session."""
        return cs.switch(np.zeros(len(market), dtype=bool))
