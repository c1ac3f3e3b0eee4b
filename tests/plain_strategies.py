"""Plain Backtrader strategies in the style of its documentation: nothing in this file knows of capshift."""

from __future__ import annotations

import datetime as dt
from typing import Any

import backtrader as bt


class SmaCross(bt.Strategy):
    """Buys when the close rises above its mean, and closes when it falls below; a sizer says how much."""

    params = (("period", 15), ("percents", 90))

    def log(self, text: str) -> None:
        """Print a line with its date."""
        print(f"{self.data.datetime.date(0).isoformat()}, {text}")

    def __init__(self) -> None:
        """Make the indicators."""
        self.setsizer(bt.sizers.PercentSizerInt(percents=self.p.percents))
        self.order: Any = None
        self.cross = bt.indicators.CrossOver(self.data.close, bt.indicators.SMA(self.data, period=self.p.period))

    def notify_order(self, order: Any) -> None:
        """Tell of fills."""
        if order.status in {order.Completed, order.Canceled, order.Margin, order.Rejected}:
            self.log(f"{order.getstatusname()} {order.executed.size} at {order.executed.price:.2f}")
            self.order = None

    def next(self) -> None:
        """Trade at the next open."""
        if self.order:
            return
        if not self.position and self.cross > 0:
            self.order = self.buy()
        elif self.position and self.cross < 0:
            self.order = self.close()


class TargetPercent(bt.Strategy):
    """Moves its target from 10 to 90 percent and back, by the day."""

    params = {"step": 0.04}

    def next(self) -> None:
        """Order a share of the account's value."""
        turn = (len(self) // 20) % 2
        place = len(self) % 20
        self.order_target_percent(target=0.1 + self.p.step * (20 - place if turn else place))


class Bracket(bt.Strategy):
    """Buys below the market, with a stop and a limit to get out."""

    params = (("fast", 5), ("slow", 12), ("limit", 0.01), ("limdays", 5), ("stake", 300), ("hold", None))

    def __init__(self) -> None:
        """Make the signal."""
        self.cross = bt.ind.CrossOver(bt.ind.EMA(period=self.p.fast), bt.ind.EMA(period=self.p.slow))
        self.refs: list[int] = []

    def notify_order(self, order: Any) -> None:
        """Forget what is over."""
        if not order.alive() and order.ref in self.refs:
            self.refs.remove(order.ref)

    def next(self) -> None:
        """Place three orders at once."""
        if self.refs or self.position or self.cross <= 0:
            return
        price = self.data.close[0] * (1 - self.p.limit)
        orders = self.buy_bracket(
            size=self.p.stake,
            price=price,
            valid=self.data.datetime.date(0) + dt.timedelta(days=self.p.limdays),
            stopprice=price * 0.97,
            limitprice=price * 1.04,
        )
        self.refs = [order.ref for order in orders]


class Trailing(bt.Strategy):
    """Buys on a stop above the market, and follows with a trailing stop; sells half at a stop-limit."""

    def __init__(self) -> None:
        """Make the level."""
        self.high = bt.ind.Highest(self.data.high, period=10)
        self.out: list[Any] = []

    def next(self) -> None:
        """Keep one order of a kind."""
        if not self.position and not any(order.alive() for order in self.out):
            entry = self.buy(size=400, exectype=bt.Order.Stop, price=self.high[0], valid=dt.timedelta(days=4))
            self.out = [entry]
        elif self.position and not any(order.alive() for order in self.out):
            trail = self.sell(size=self.position.size, exectype=bt.Order.StopTrail, trailpercent=0.03)
            self.out = [trail]


class Signals(bt.SignalStrategy):
    """Long while the close is above its mean, as the documentation's shortest example."""

    params = (("period", 20),)

    def __init__(self) -> None:
        """Add the signal."""
        self.setsizer(bt.sizers.FixedSize(stake=700))
        self.signal_add(bt.SIGNAL_LONG, self.data.close - bt.ind.SMA(period=self.p.period))


class Rebalance(bt.Strategy):
    """Holds the data feeds in equal parts, restored by a timer on each month's first session."""

    params = {"reserve": 0.05}

    def __init__(self) -> None:
        """Ask for the timer."""
        self.add_timer(when=bt.timer.SESSION_START, monthdays=[1], monthcarry=True)

    def notify_timer(self, timer: Any, when: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - Backtrader's
        """Sell first, then buy."""
        part = (1 - self.p.reserve) / len(self.datas)
        for data in sorted(self.datas, key=lambda one: -self.broker.getvalue([one])):
            self.order_target_percent(data, target=part)


class Logbook(bt.Strategy):
    """Buys above a mean and sells after so many bars, with a note of each order and trade, as a first strategy does."""

    params = (("mean", 18), ("stay", 7), ("stake", 120))

    def __init__(self) -> None:
        """Tell the Cerebro's own sizer how much, and begin with nothing pending."""
        self.sizer.setsizing(self.p.stake)
        self.mean = bt.indicators.MovingAverageSimple(self.datas[0].close, period=self.p.mean)
        self.waiting: Any = None
        self.filled_at = 0
        self.notes: list[str] = []

    def notify_order(self, order: Any) -> None:
        """Note a fill and its bar."""
        if order.alive():
            return
        self.notes.append(f"{'bought' if order.isbuy() else 'sold'} at {order.executed.price}")
        self.filled_at = len(self)
        self.waiting = None

    def notify_trade(self, trade: Any) -> None:
        """Note what a trade made."""
        if trade.isclosed:
            self.notes.append(f"made {trade.pnl} less {trade.pnl - trade.pnlcomm}")

    def next(self) -> None:
        """Place one order at a time."""
        if self.waiting is not None:
            return
        if not self.position:
            if self.datas[0].close[0] > self.mean[0]:
                self.waiting = self.buy()
        elif len(self) - self.filled_at >= self.p.stay:
            self.waiting = self.sell()

    def stop(self) -> None:
        """Print the book."""
        print(*self.notes, sep="\n")


class EitherOr(bt.Strategy):
    """Three limit orders below the market, of which the first that is filled takes the others back."""

    params = {"below": 0.004, "stay": 6}

    def __init__(self) -> None:
        """Make the signal."""
        self.rises = bt.ind.CrossUp(bt.ind.SMA(period=4), bt.ind.SMA(period=11))
        self.open_orders: list[Any] = []
        self.since = 0

    def notify_order(self, order: Any) -> None:
        """Count from the fill."""
        if order.status == order.Completed:
            self.since = len(self)
        self.open_orders = [one for one in self.open_orders if one.alive()]

    def next(self) -> None:
        """Order thrice, or leave."""
        if self.position and len(self) - self.since >= self.p.stay:
            self.close()
        elif not self.position and not self.open_orders and self.rises[0]:
            first = None
            for step, days in ((1, 3), (3, 60), (6, 60)):
                price = self.data.close[0] * (1 - step * self.p.below)
                valid = dt.timedelta(days=days)
                order = self.buy(size=90, exectype=bt.Order.Limit, price=price, valid=valid, oco=first)
                first = first or order
                self.open_orders.append(order)


class Sizes(bt.Strategy):
    """Targets of shares and of dollars, by the day of the month, in turns of a month."""

    def next(self) -> None:
        """Order the difference."""
        today = self.data.datetime.date(0)
        if today.month % 2:
            self.order_target_size(target=20 * today.day)
        else:
            self.order_target_value(target=1500.0 * (32 - today.day))
