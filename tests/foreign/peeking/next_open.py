"""Peeks by reading the next open, at which the order is filled, bar by bar."""

import capshift as cs


class NextOpen(cs.Rotation):
    """Small caps when they are about to open above the close."""

    def decide(self):
        """Ask the market for the bar after this one."""
        opens, closes = self.market.small.open, self.market.small.close
        at = self.market.opening + len(self) - 1
        gap = opens[min(at + 1, len(opens) - 1)] / closes[at] - 1
        return cs.Target((1.0, 0.0) if gap > 0 else (0.0, 1.0))
