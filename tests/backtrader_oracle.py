"""What Backtrader itself gives a plain strategy: the oracle for strategies in our account."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import backtrader as bt
import numpy as np

if TYPE_CHECKING:
    import capshift as cs
    from capshift.data_feeds import Market


class Values(bt.Analyzer):
    """Keep the account's value at each close."""

    def start(self) -> None:
        """Begin with nothing."""
        self.kept: list[float] = []

    def next(self) -> None:
        """Keep the value."""
        self.kept.append(self.strategy.broker.getvalue())


class Fractions(bt.CommInfoBase):
    """Backtrader's commission for parts of shares."""

    params: ClassVar[Any] = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_PERC), ("percabs", True))

    def getsize(self, price: float, cash: float) -> float:
        """Return the shares that cash buys."""
        return cash / price


def without_dividends(market: Market) -> Market:
    """Return the market of companies that pay nothing."""
    return replace(market, legs={role: replace(one, dividend=np.zeros(len(one))) for role, one in market.legs.items()})


def by_backtrader(strategy: type[bt.Strategy], market: Market, account: cs.Account, **parameters: Any) -> np.ndarray:
    """Return the values that a plain Cerebro, Backtrader's broker and pandas feeds give."""
    cerebro = bt.Cerebro(stdstats=False)
    for one in market.legs.values():
        frame = one.frame()[["open", "high", "low", "close", "volume"]]
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=one.symbol)
    cerebro.broker.setcash(account.cash)
    cerebro.broker.set_checksubmit(False)
    cerebro.broker.set_shortcash(False)
    cerebro.broker.set_slippage_perc(account.slippage, slip_open=True, slip_limit=True, slip_match=True, slip_out=True)
    cerebro.broker.setcommission(commission=account.commission)
    if account.fractional:
        cerebro.broker.addcommissioninfo(Fractions(commission=account.commission))
    cerebro.addstrategy(strategy, **parameters)
    cerebro.addanalyzer(Values, _name="kept")
    with contextlib.redirect_stdout(io.StringIO()):
        return np.array(cerebro.run()[0].analyzers.getbyname("kept").kept)
