"""The one Backtrader analyzer: it writes down the account at each close, and every fill."""

from __future__ import annotations

from typing import Any, ClassVar

import backtrader as bt
import numpy as np

from capshift.backtests.ledger import Fill, Ledger
from capshift.data_feeds import leg_feeds
from capshift.data_feeds.validation import day
from capshift.errors import RuleError
from capshift.strategies import Rotation
from capshift.strategies.words import counted


class Recorder(bt.Analyzer):
    """Record equity, cash, shares and decided weights at each close, and all fills.

    It takes the place of Backtrader's observers and analyzers, whose figures are defined in other ways. What a plain
    strategy holds after its last fill stands for what it decided.

    Params:
        market: Whose legs are recorded.
    """

    params: ClassVar[Any] = (("market", None),)

    def start(self) -> None:
        """Begin with nothing."""
        strategy = self.strategy
        if self.p.market is None:
            raise RuleError("Recorder records a market's legs; write cerebro.addanalyzer(Recorder, market=market)")
        self._name_of_strategy = type(strategy).__name__
        self._feeds = leg_feeds(strategy.datas, self.p.market)
        self._closes: list[tuple[Any, ...]] = []
        self._fills: list[Fill] = []
        self._marks: list[float] = []
        self._bars = 0
        self._positions = [strategy.broker.getposition(feed) for feed in self._feeds]
        self._decided = isinstance(strategy, Rotation)
        self._held: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    def next(self) -> None:
        """Write down the account at a close."""
        broker, bars = self.strategy.broker, len(self._feeds[0].lines.datetime)
        if bars == self._bars:  # the end of a week or month among the feeds, after the close: the last word stands
            self._closes.pop()
            self._marks = self._marks[: len(self._closes)]
        self._bars = bars
        sizes = tuple(position.size for position in self._positions)
        desk = getattr(broker, "desk", None)
        if desk is not None:
            self._marks.append(desk.mark)
        weights = self._weights() if self._decided else self._weights_held(sizes)
        self._closes.append((broker.getvalue(), broker.getcash(), sizes, weights))

    def _weights(self) -> tuple[float, ...]:
        target = self.strategy.target
        return (0.0,) * len(self._feeds) if target is None else target.weights

    def _weights_held(self, sizes: tuple[float, ...]) -> tuple[float, ...]:
        """Return the weights at the close after the last fill: prices move them from then on, not the strategy."""
        if sizes != self._held[0]:
            equity = self.strategy.broker.getvalue()
            closes = [feed.close[0] for feed in self._feeds]
            self._held = sizes, tuple(size * close / equity for size, close in zip(sizes, closes, strict=True))
        return self._held[1]

    def notify_order(self, order: Any) -> None:
        """Write down a fill."""
        if order.status != order.Completed:
            return
        # Feeds are told apart by identity: Backtrader's == compares their prices.
        leg = next((leg for leg, feed in enumerate(self._feeds) if feed is order.data), None)
        if leg is not None:
            self._fills.append(self._fill(order, leg))

    def _fill(self, order: Any, leg: int) -> Fill:
        done, reason = order.executed, order.info.get("reason", "order")
        return Fill(len(self.strategy) - 1, leg, done.size, done.price, done.comm, reason)

    def stop(self) -> None:
        """Let go of the run, which Backtrader takes away from the analyzers of strategies that it optimises."""
        desk = getattr(self.strategy.broker, "desk", None)
        self._end: dict[str, Any] = {"spreads": None if desk is None else tuple(desk.spreads)}
        self._end |= self._warming()
        del self._feeds, self._positions

    def _warming(self) -> dict[str, Any]:
        """Return how many bars the indicators of a rule that decides bar by bar need, and what to say of it."""
        needed = self.strategy._minperiod  # noqa: SLF001 - Backtrader's
        if needed <= 1 or not self._decided or type(self.strategy).is_array_rule():
            return {}
        large, waited = self.p.market.large.symbol, min(needed - 1, len(self._closes))
        why = "its indicators have no history before the account opens"
        said = f"Held {large} for its first {counted(waited, 'session')}: {why}."
        return {"warm_after": self.p.market.opening + needed, "notes": (said,)}

    def ledger(self) -> Ledger:
        """Return all that was written down.

        Raises:
            RuleError: The run ended before the market's last session, or began before the account's first.
        """
        name, market = self._name_of_strategy, self.p.market
        found, expected = len(self._closes), len(market.account_sessions)
        if found < expected:
            ended = day(market.account_sessions[max(found - 1, 0)])
            raise RuleError(f"{name} stopped the run on {ended} (runstop); let it run to the end")
        if found > expected:
            raise RuleError(f"{name} ran on {found} bars of {expected} sessions; write market_feeds(market)")
        equity, cash, shares, weights = zip(*self._closes, strict=True)
        return Ledger(
            sessions=market.account_sessions,
            legs=tuple(market.legs),
            equity=np.array(equity),
            cash=np.array(cash),
            shares=np.array(shares, dtype=np.float64),
            weights=np.array(weights),
            fills=self._fills,
            spread_value=np.array(self._marks) if self._end["spreads"] is not None else None,
            **self._end,
        )
