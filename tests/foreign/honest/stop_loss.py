"""A stop on the price paid, bar by bar."""

import numpy as np

import capshift as cs


class StopLoss(cs.Rotation):
    """Small caps after a new high of `window` sessions, until they close `stop` below the price paid."""

    params = (("window", 20), ("stop", 0.03))
    limits = {"window": cs.Between(2), "stop": cs.Between(0.001, 0.9)}

    def decide(self):
        """Look at the close, the closes before it, and the price paid."""
        closes = np.array(self.data.close.get(size=self.p.window))
        paid = self.getposition(self.data).price
        held = self.getposition(self.data).size > 0
        if held:
            small = self.data.close[0] > paid * (1 - self.p.stop)
        else:
            small = len(closes) == self.p.window and closes[-1] == closes.max()
        return cs.Target((1.0, 0.0) if small else (0.0, 1.0))
