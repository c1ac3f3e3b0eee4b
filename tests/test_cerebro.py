"""Rules and feeds in somebody's own Cerebro."""

from __future__ import annotations

from typing import TYPE_CHECKING

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

import capshift as cs
from capshift.backtests import Account
from capshift.backtests.event_engine import simulate
from capshift.data_feeds import market_from_feeds
from capshift.errors import MarketError, RuleError
from capshift.strategies import Breakout
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from capshift.data_feeds import Market

PARAMETERS = {"entry": 40, "exit": 20}


class Plain(bt.Strategy):
    """A strategy as any Backtrader user writes one."""

    def __init__(self) -> None:
        """Remember what was seen."""
        self.seen: list[tuple[float, ...]] = []

    def next(self) -> None:
        """Write down the bar."""
        lines = (self.data.open, self.data.high, self.data.low, self.data.close, self.data.volume, self.data.dividend)
        self.seen.append((*(line[0] for line in lines), self.data.datetime.date(0).toordinal()))


@pytest.mark.parametrize("preload", [True, False])
def test_a_feed_plays_the_bars(preload: bool, short_market: Market) -> None:  # noqa: FBT001 - a parameter of the test
    """A plain strategy sees each session's prices, volume, dividend and date, preloaded or not."""
    cerebro = bt.Cerebro(preload=preload, runonce=preload, stdstats=False)
    for role, feed in cs.market_feeds(short_market).items():
        cerebro.adddata(feed, name=role)
    cerebro.addstrategy(Plain)
    seen = np.array(cerebro.run()[0].seen)
    expected = short_market.small.on(short_market.account_sessions).frame()
    np.testing.assert_array_equal(seen[:, :6], expected[["open", "high", "low", "close", "volume", "dividend"]])
    assert [pd.Timestamp.fromordinal(int(day)) for day in seen[:, 6]] == list(short_market.account_sessions)


def own_cerebro(market: Market, *roles: str, **options: bool) -> bt.Cerebro:
    """Return a Cerebro with our feeds in the given order, our broker and a rule."""
    cerebro, feeds = bt.Cerebro(stdstats=False, **options), cs.market_feeds(market)
    for role in roles:
        cerebro.adddata(feeds[role], name=role)
    cerebro.setbroker(cs.AccountBroker(account=Account(), market=market))
    cerebro.addstrategy(Breakout, **PARAMETERS)
    cerebro.addanalyzer(cs.Recorder, market=market, _name="recorder")
    cerebro.addanalyzer(bt.analyzers.DrawDown, _name="drawdown")
    return cerebro


@pytest.mark.parametrize("roles", [("small", "large"), ("large", "small")])
def test_a_rule_runs_with_the_account_in_anybody_s_cerebro(roles: tuple[str, str], market: Market) -> None:
    """With our feeds in any order, broker and recorder, the account is the one that capshift.run keeps."""
    strategy = own_cerebro(market, *roles, cheat_on_open=True).run()[0]
    result = cs.run("breakout", market, **PARAMETERS)
    np.testing.assert_allclose(strategy.analyzers.recorder.ledger().equity, result.equity, rtol=1e-12)
    deepest = strategy.analyzers.drawdown.get_analysis().max.drawdown
    assert deepest == pytest.approx(-100 * result.metrics["max_drawdown"])


def test_a_cerebro_that_would_trade_a_day_late_is_refused(market: Market) -> None:
    """Without cheat_on_open a rule's orders would wait for another session; that is told in one line."""
    with pytest.raises(RuleError, match=r"write bt.Cerebro\(cheat_on_open=True\)"):
        own_cerebro(market, "small", "large").run()


def test_a_leg_without_a_feed_is_refused(market: Market) -> None:
    """A rule that finds only one of our feeds says which is missing."""
    with pytest.raises(MarketError, match="the large caps have no feed here"):
        own_cerebro(market, "small", cheat_on_open=True).run()


def test_a_broker_that_pays_no_dividends_is_warned_of(short_market: Market) -> None:
    """Our feeds with Backtrader's own broker run, and a warning says what is missing."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for role, feed in cs.market_feeds(short_market).items():
        cerebro.adddata(feed, name=role)
    cerebro.addstrategy(Breakout, **PARAMETERS)
    with pytest.warns(UserWarning, match="own broker pays no dividends and no interest"):
        cerebro.run()


def without_dividends(market: Market) -> Market:
    """Return the same prices from feeds of pandas frames, in which dividends do not exist."""
    frames = [one.on(market.account_sessions).frame() for one in (market.small, market.large)]
    return market_from_feeds([preloaded(bt.feeds.PandasData(dataname=frame)) for frame in frames])


def preloaded(feed: bt.feeds.PandasData) -> bt.feeds.PandasData:
    """Return a feed as Cerebro leaves it when it has preloaded it."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(feed)
    cerebro.addstrategy(bt.Strategy)
    cerebro.run()
    return feed


def test_a_rule_runs_on_plain_feeds_and_a_plain_broker(market: Market) -> None:
    """On two PandasData feeds and Backtrader's own broker, a rule trades as on a market without dividends."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for one in (market.small, market.large):
        cerebro.adddata(bt.feeds.PandasData(dataname=one.on(market.account_sessions).frame()), name=one.symbol)
    cerebro.broker.setcash(100_000)
    cerebro.broker.setcommission(commission=0.001)
    cerebro.broker.set_checksubmit(False)
    cerebro.addstrategy(Breakout, **PARAMETERS)
    cerebro.run()
    account = Account(commission=0.001, slippage=0.0, interest=False)
    ledger = simulate(Breakout, without_dividends(market), resolve(Breakout, PARAMETERS), account)
    assert len(ledger.fills) > 10
    assert cerebro.broker.getvalue() == pytest.approx(ledger.equity[-1], rel=1e-12)


def test_feeds_that_make_no_market_are_refused(market: Market) -> None:
    """One feed, feeds that are not preloaded, and feeds of different sessions end in one line."""
    frame = market.small.frame()
    whole, shorter = (preloaded(bt.feeds.PandasData(dataname=part)) for part in (frame, frame.iloc[1:]))
    with pytest.raises(MarketError, match="needs two data feeds, small caps first.*Cerebro has 1"):
        market_from_feeds([whole])
    with pytest.raises(MarketError, match="holds no bars yet; run Cerebro with preload=True"):
        market_from_feeds([bt.feeds.PandasData(dataname=frame)] * 2)
    with pytest.raises(MarketError, match="have different sessions; align them"):
        market_from_feeds([whole, shorter])
