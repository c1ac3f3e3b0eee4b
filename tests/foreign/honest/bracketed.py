"""Entries with a stop and a limit attached, with state of the strategy's own."""

import backtrader as bt


class Bracketed(bt.Strategy):
    """Buys a dip below the mean, with a stop below and a limit above, and waits a while after each round."""

    params = (("period", 15), ("distance", 0.03), ("pause", 5))

    def __init__(self):
        self.mean = bt.ind.EMA(self.data.close, period=self.p.period)
        self.range = bt.ind.ATR(self.data, period=self.p.period)
        self.since = 0
        self.orders = []

    def notify_order(self, order):
        if not order.alive() and order in self.orders:
            self.orders.remove(order)

    def notify_trade(self, trade):
        if trade.isclosed:
            self.since = len(self)

    def next(self):
        if self.orders or self.position or len(self) - self.since < self.p.pause:
            return
        price = self.data.close[0]
        if price < self.mean[0] and self.range[0] < 0.1 * price:
            self.orders = self.buy_bracket(
                size=int(0.5 * self.broker.get_value() / price),
                exectype=bt.Order.Market,
                stopprice=price * (1 - self.p.distance),
                limitprice=price * (1 + self.p.distance),
            )
