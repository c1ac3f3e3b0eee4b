"""The one Backtrader analyzer: it writes down the account at each close, and every fill."""

from __future__ import annotations

from typing import Any, ClassVar

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

    params: ClassVar[Any] = (("market", None),)

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
        self._closes.append((broker.getvalue(), broker.getcash(), sizes, self._weights()))

    def _weights(self) -> tuple[float, ...]:
        weights: tuple[float, ...] = self.strategy.target.weights
        return weights

    def notify_order(self, order: Any) -> None:
        """Write down a fill."""
        if order.status != order.Completed:
            return
        # Feeds are told apart by identity: Backtrader's == compares their prices.
        leg = next(leg for leg, feed in enumerate(self._feeds) if feed is order.data)
        self._fills.append(self._fill(order, leg))

    def _fill(self, order: Any, leg: int) -> Fill:
        done, reason = order.executed, order.info.get("reason", "order")
        return Fill(len(self.strategy) - 1, leg, done.size, done.price, done.comm, reason)

    def ledger(self) -> Ledger:
        """Return all that was written down."""
        return self._ledger()

    def _ledger(self, **more: Any) -> Ledger:
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
            **more,
        )
