"""The one Backtrader analyzer: it writes down the account at each close, and every fill."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np

from capshift.backtests.ledger import Fill, Ledger
from capshift.data_feeds import leg_feeds


class Recorder(bt.Analyzer):
    """Record equity, cash, shares and decided weights at each close, and all fills.

    It takes the place of Backtrader's observers and analyzers, whose figures are defined in other ways.

    Params:
        market: Whose legs are recorded.
    """

    params = (("market", None),)

    def start(self) -> None:
        """Begin with nothing."""
        strategy = self.strategy
        self._feeds = leg_feeds(strategy.datas, self.p.market)
        self._closes: list[tuple[Any, ...]] = []
        self._fills: list[Fill] = []
        self._marks: list[float] = []
        self._positions = [strategy.broker.getposition(feed) for feed in self._feeds]

    def next(self) -> None:
        """Write down the account at a close."""
        broker = self.strategy.broker
        sizes = tuple(position.size for position in self._positions)
        desk = getattr(broker, "desk", None)
        if desk is not None:
            self._marks.append(desk.mark)
        self._closes.append((broker.getvalue(), broker.getcash(), sizes, self.strategy.target.weights))

    def notify_order(self, order: Any) -> None:
        """Write down a fill."""
        if order.status != order.Completed:
            return
        done = order.executed
        leg = self._feeds.index(order.data)
        self._fills.append(
            Fill(len(self.strategy) - 1, leg, done.size, done.price, done.comm, order.info.get("reason", "order"))
        )

    def ledger(self) -> Ledger:
        """Return all that was written down."""
        market, desk = self.p.market, getattr(self.strategy.broker, "desk", None)
        equity, cash, shares, weights = zip(*self._closes, strict=True)
        return Ledger(
            sessions=market.account_sessions,
            legs=tuple(market.legs),
            equity=np.array(equity),
            cash=np.array(cash),
            shares=np.array(shares, dtype=np.float64),
            weights=np.array(weights),
            fills=self._fills,
            spreads=None if desk is None else tuple(desk.spreads),
            spread_value=None if desk is None else np.array(self._marks),
        )
