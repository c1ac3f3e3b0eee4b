"""The stranger's own rules in one file: one as an array expression, one that places its own orders."""

import backtrader as bt
from averages import DAYS
from strategies import gains

import capshift as cs


class Gaining(cs.Rotation):
    """Small caps while they gained over the last `days` sessions."""

    params = (("days", DAYS),)
    limits = {"days": cs.Between(1)}

    @staticmethod
    def hold(market: cs.Market, days: int) -> cs.Holdings:
        """Return small caps after a gain."""
        return cs.switch(gains(market, days))


class Crossing(bt.Strategy):
    """Holds small caps while they close above their average."""

    params = (("days", DAYS),)

    def __init__(self) -> None:
        """Make the indicator."""
        self.average = bt.ind.SMA(self.data.close, period=self.p.days)

    def next(self) -> None:
        """Trade at the next open."""
        if bool(self.position) != (self.data.close[0] > self.average[0]):
            self.order_target_percent(target=0.0 if self.position else 0.9)
