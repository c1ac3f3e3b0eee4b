"""The event engine: Backtrader, bar by bar. The one door to `bt.Cerebro`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import backtrader as bt

from capshift.backtests.account import Account, AccountBroker
from capshift.backtests.recorder import Recorder
from capshift.data_feeds import Market, market_feeds
from capshift.errors import BrokerFaultError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests.ledger import Ledger
    from capshift.strategies import Rotation


def simulate(
    rule: type[Rotation],
    market: Market,
    parameters: Mapping[str, Any],
    account: Account,
    *,
    runonce: bool = True,
) -> Ledger:
    """Return what a rule did to an account on a market.

    Args:
        rule: The strategy class.
        market: Feeds, dividends and yields.
        parameters: The rule's, all of them.
        account: Its settings.
        runonce: Backtrader's vectorised mode; the result is the same without.

    Raises:
        BrokerFaultError: An order was left unfilled, which is a bug.
    """
    # cheat_on_open: orders placed at an open are filled at it, so that cash from sales pays for purchases.
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True, runonce=runonce)
    for role, feed in market_feeds(market).items():
        cerebro.adddata(feed, name=role)
    cerebro.setbroker(AccountBroker(account=account, market=market))
    cerebro.addstrategy(rule, **parameters)
    cerebro.addanalyzer(Recorder, market=market)
    strategy = cerebro.run()[0]
    open_orders = strategy.broker.get_orders_open()
    if open_orders:
        msg = f"{len(open_orders)} order(s) were never filled; this is a bug in capshift"
        raise BrokerFaultError(msg)
    ledger: Ledger = strategy.analyzers.recorder.ledger()
    return ledger
