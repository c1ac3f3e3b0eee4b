"""A crossing of averages, as any Backtrader user writes it."""

import backtrader as bt


class SmaCross(bt.Strategy):
    """Long while the fast average is above the slow one."""

    params = (("fast", 10), ("slow", 30))

    def __init__(self):
        fast, slow = bt.ind.SMA(period=self.p.fast), bt.ind.SMA(period=self.p.slow)
        self.crossover = bt.ind.CrossOver(fast, slow)

    def next(self):
        if not self.position:
            if self.crossover > 0:
                self.order_target_percent(target=0.95)
        elif self.crossover < 0:
            self.close()
