"""The event engine: Backtrader, bar by bar. The one door to `bt.Cerebro`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import backtrader as bt

from capshift.backtests.account import Account, AccountBroker
from capshift.backtests.hosting import HostBroker, HostRecorder, aside, hosted
from capshift.backtests.recorder import Recorder
from capshift.data_feeds import Market, market_feeds
from capshift.errors import BrokerFaultError, RuleError
from capshift.strategies import Plain
from capshift.strategies.helpers import folder_of, searched

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
    silent: bool = False,
) -> Ledger:
    """Return what a rule did to an account on a market.

    Args:
        rule: A rule, or a plain strategy among the rules.
        market: Feeds, dividends and yields.
        parameters: The rule's, all of them.
        account: Its settings.
        runonce: Backtrader's vectorised mode; the result is the same without.
        silent: Whether to drop what a rule or plain strategy prints, instead of sending it to standard error.

    Raises:
        BrokerFaultError: An order was left unfilled, which is a bug.
        RuleError: A plain strategy goes short, or does what cannot be hosted.
    """
    with searched(folder_of(rule)):
        if issubclass(rule, Plain):
            return _host(rule, market, parameters, account, runonce=runonce, silent=silent)
        with aside(silent=silent):
            return _rotate(rule, market, parameters, account, runonce=runonce)


def _rotate(
    rule: type[Rotation], market: Market, parameters: Mapping[str, Any], account: Account, *, runonce: bool
) -> Ledger:
    """Return what a rule did to an account: its orders are placed and filled at opens."""
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


def _host(
    rule: type[Plain], market: Market, parameters: Mapping[str, Any], account: Account, *, runonce: bool, silent: bool
) -> Ledger:
    """Return what a plain strategy did to an account: its orders are filled at the next open, as it expects."""
    if rule.strategy.next_open is not bt.Strategy.next_open and rule.strategy.next is bt.Strategy.next:
        raise RuleError(
            f"{rule.rule_name()} trades in next_open, where Backtrader shows it the close before it has come; "
            "place orders in next, which are filled at the next open"
        )
    cerebro = bt.Cerebro(stdstats=False, runonce=runonce)
    for role, feed in market_feeds(market, history=True).items():
        cerebro.adddata(feed, name=market.symbols[role])
        cerebro.datasbyname.setdefault(role, feed)
    opening, name = market.opening, rule.rule_name()
    cerebro.setbroker(HostBroker(account=account, market=market, history=opening, name=name))
    cerebro.addstrategy(hosted(rule.strategy), **parameters)  # type: ignore[arg-type]  # Backtrader's typings
    cerebro.addanalyzer(HostRecorder, market=market, history=opening)
    with aside(silent=silent):
        try:
            ran = cerebro.run()
        except SystemExit as reason:
            raise RuleError(f"{name} ends the program (sys.exit); let it run to the end") from reason
    if not ran:
        raise RuleError(f"{name} skipped itself (StrategySkipError); there is nothing to show")
    ledger: Ledger = ran[0].analyzers.hostrecorder.ledger()
    return ledger
