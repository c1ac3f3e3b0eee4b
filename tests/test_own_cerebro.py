"""Every mode of somebody's own Cerebro: right, or refused in one line."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import backtrader as bt
import numpy as np
import pandas as pd
import plain_strategies as plain
import pytest
from conftest import ROOT
from markets import random_market
from PIL import Image

import capshift as cs
from capshift.data_feeds import BarsFeed
from capshift.errors import AccountSettingsError, CapshiftError, MarketError, RuleError
from capshift.strategies import Breakout, Leadership, Mix

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

pytestmark = pytest.mark.long

PARAMETERS = {"entry": 20, "exit": 10}
WEEKS = {"timeframe": bt.TimeFrame.Weeks}


@pytest.fixture(scope="module")
def years() -> Market:
    """Return two years of a random market, half a year of them before the account opens."""
    whole = random_market(8, 520)
    return whole.opening_at(whole.sessions[130])


def with_account(market: Market, **options: Any) -> bt.Cerebro:
    """Return a Cerebro with our feeds, broker and recorder, and no strategy yet."""
    cerebro = bt.Cerebro(**{"stdstats": False, "cheat_on_open": True, **options})
    for role, feed in cs.market_feeds(market).items():
        cerebro.adddata(feed, name=role)
    return with_broker(cerebro, market)


def with_broker(cerebro: bt.Cerebro, market: Market) -> bt.Cerebro:
    """Return a Cerebro with our broker and recorder."""
    cerebro.setbroker(cs.AccountBroker(account=cs.Account(), market=market))
    cerebro.addanalyzer(cs.Recorder, market=market, _name="recorder")
    return cerebro


def equity_of(ran: Any) -> np.ndarray:
    """Return what the recorder wrote down."""
    equity: np.ndarray = ran.analyzers.recorder.ledger().equity
    return equity


@pytest.mark.parametrize(
    "options",
    [
        {"preload": False},
        {"runonce": False},
        {"exactbars": 1},
        {"exactbars": -1},
        {"exactbars": -2},
        {"stdstats": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("rule", [Breakout, Leadership, Mix])
def test_every_way_to_run_gives_the_same_account(rule: Any, options: dict[str, Any], market: Market) -> None:
    """Loaded ahead or bar by bar, saving memory or not, with Backtrader's observers: the account of `cs.run`."""
    cerebro = with_account(market, **options)
    cerebro.addstrategy(rule)
    np.testing.assert_array_equal(equity_of(cerebro.run()[0]), cs.run(rule, market).equity)


@pytest.mark.parametrize("options", [{"maxcpus": 1}, {"maxcpus": 2}, {"maxcpus": 2, "optreturn": False}], ids=str)
def test_variants_over_processes_have_the_account_of_each_alone(options: dict[str, Any], years: Market) -> None:
    """`optstrategy` returns a recorder a variant, from other processes too, with the equity of `cs.run`."""
    cerebro = with_account(years)
    cerebro.optstrategy(Breakout, entry=[10, 20, 40], exit=[5, 10])
    found = {(ran.p.entry, ran.p.exit): equity_of(ran) for (ran,) in cerebro.run(**options)}
    assert len(found) == 6
    for (entry, out), equity in found.items():
        np.testing.assert_array_equal(equity, cs.run("breakout", years, entry=entry, exit=out).equity)


class Bars(bt.Strategy):
    """Writes down the last feed's bars, as each of them ends."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.bars: dict[int, tuple[float, ...]] = {}

    def next(self) -> None:
        """Write down the bar as it is now."""
        bar = self.datas[-1]
        self.bars[len(bar)] = (bar.open[0], bar.high[0], bar.low[0], bar.close[0], bar.volume[0])


@pytest.mark.parametrize("how", ["resampledata", "replaydata"])
@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize(("timeframe", "period"), [(bt.TimeFrame.Weeks, "W-SUN"), (bt.TimeFrame.Months, "M")])
def test_weeks_and_months_are_made_of_our_days(
    how: str,
    beside: bool,  # noqa: FBT001 - a parameter of the test
    timeframe: int,
    period: str,
    years: Market,
) -> None:
    """First open, highest high, lowest low, last close and the sum of volumes of each week or month, as pandas says."""
    cerebro, feed = bt.Cerebro(stdstats=False), cs.market_feeds(years)["small"]
    if beside:
        cerebro.adddata(feed)
    getattr(cerebro, how)(feed, timeframe=timeframe)
    cerebro.addstrategy(Bars)
    days = years.small.on(years.account_sessions).frame()
    sums = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    expected = days.groupby(days.index.to_period(period)).agg(sums)
    np.testing.assert_allclose(list(cerebro.run()[0].bars.values()), expected, rtol=1e-12)


class Trader(bt.Strategy):
    """Trades on a feed of growing bars, at market and at a limit."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.values: list[float] = []

    def next(self) -> None:
        """Buy, wait, close."""
        self.values.append(self.broker.getvalue())
        place = len(self.values) % 7
        if place == 1:
            self.buy(size=50)
        elif place == 2:
            self.buy(size=20, exectype=bt.Order.Limit, price=self.data.close[0] * 0.999)
        elif place == 5:
            self.close()


@pytest.mark.parametrize("how", ["resampledata", "replaydata"])
def test_orders_on_growing_bars_are_filled_as_on_any_feed(how: str, years: Market) -> None:
    """Weeks that grow by the day fill orders at the day's open, as they do when the days come from a pandas frame."""
    values = []
    frame = years.small.on(years.account_sessions).frame()
    for feed in (cs.market_feeds(years)["small"], bt.feeds.PandasData(dataname=frame)):
        cerebro = bt.Cerebro(stdstats=False)
        getattr(cerebro, how)(feed, **WEEKS)
        cerebro.addstrategy(Trader)
        values.append(cerebro.run()[0].values)
    assert np.ptp(values[0]) > 0
    np.testing.assert_allclose(values[0], values[1], rtol=1e-12)


@pytest.mark.parametrize("how", ["resampledata", "replaydata"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("rule", [Breakout, Leadership, Mix])
def test_weeks_among_the_feeds_change_nothing_for_a_rule(
    rule: Any,
    first: bool,  # noqa: FBT001 - a parameter of the test
    how: str,
    market: Market,
) -> None:
    """A rule beside weekly bars, before its legs or after them, has the account of `cs.run`."""
    cerebro, feeds = bt.Cerebro(stdstats=False, cheat_on_open=True), cs.market_feeds(market)
    if first:
        days = market.large.on(market.account_sessions).frame()
        getattr(cerebro, how)(bt.feeds.PandasData(dataname=days), name="weekly", **WEEKS)
    for role, feed in feeds.items():
        cerebro.adddata(feed, name=role)
    if not first:
        getattr(cerebro, how)(feeds["small"], name="weekly", **WEEKS)
    with_broker(cerebro, market).addstrategy(rule)
    np.testing.assert_array_equal(equity_of(cerebro.run()[0]), cs.run(rule, market).equity)


def test_a_sizer_is_not_asked_by_a_rule(years: Market) -> None:
    """A rule in a Cerebro with a sizer of one share holds what `cs.run` holds."""
    cerebro = with_account(years)
    cerebro.addsizer(bt.sizers.FixedSize, stake=1)
    cerebro.addstrategy(Breakout, **PARAMETERS)
    np.testing.assert_array_equal(equity_of(cerebro.run()[0]), cs.run("breakout", years, **PARAMETERS).equity)


@pytest.mark.parametrize("strategy", [plain.SmaCross, plain.Bracket, plain.Signals, plain.Sizes])
def test_a_plain_strategy_has_the_same_account_in_its_own_cerebro(strategy: Any) -> None:
    """With our feeds, broker and recorder, its equity, fills and weights are those of `cs.run`."""
    market = random_market(9, 300)
    cerebro = with_account(market, cheat_on_open=False)
    cerebro.addstrategy(strategy)
    with contextlib.redirect_stdout(io.StringIO()):
        ledger = cerebro.run()[0].analyzers.recorder.ledger()
    result = cs.run(strategy, market)
    np.testing.assert_array_equal(ledger.equity, result.equity)
    assert len(ledger.fills) > 5
    weights = pd.DataFrame(ledger.weights, index=ledger.sessions, columns=ledger.legs).loc[result.decisions.index]
    np.testing.assert_allclose(weights[["small", "large"]], result.decisions[["small", "large"]], rtol=1e-12)


class Looking(bt.Strategy):
    """Looks on, and once buys when it is asked to."""

    params = (("shares", 0),)

    def next(self) -> None:
        """Buy when asked to."""
        if self.p.shares and len(self) == 60:
            self.buy(data=self.data0, size=self.p.shares)


def test_a_strategy_that_only_looks_on_may_stand_beside_a_rule(years: Market) -> None:
    """Beside a strategy that never orders, a rule has the account of `cs.run`."""
    cerebro = with_account(years)
    cerebro.addstrategy(Looking)
    cerebro.addstrategy(Breakout, **PARAMETERS)
    np.testing.assert_array_equal(equity_of(cerebro.run()[1]), cs.run("breakout", years, **PARAMETERS).equity)


def test_a_feed_begins_and_ends_where_it_is_told_to(years: Market) -> None:
    """`fromdate` and `todate` cut our feeds as they cut Backtrader's."""
    days = years.sessions[[200, 300]]
    cut = {"fromdate": days[0].to_pydatetime(), "todate": days[1].to_pydatetime()}
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(BarsFeed(bars=years.small, **cut))
    cerebro.addstrategy(Bars)
    seen = cerebro.run()[0].bars.values()
    np.testing.assert_array_equal([bar[3] for bar in seen], years.small.close[200:301])


def two_rules(market: Market) -> bt.Cerebro:
    """Return rules that share an account."""
    cerebro = with_account(market)
    cerebro.addstrategy(Breakout, **PARAMETERS)
    cerebro.addstrategy(Mix)
    return cerebro


def with_history(market: Market) -> bt.Cerebro:
    """Return a rule on feeds that begin before the account."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for feed in cs.market_feeds(market, history=True).values():
        cerebro.adddata(feed)
    with_broker(cerebro, market).addstrategy(Breakout)
    return cerebro


def weekly_legs(market: Market) -> bt.Cerebro:
    """Return a rule whose own legs are weeks."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for feed in cs.market_feeds(market).values():
        cerebro.resampledata(feed, **WEEKS)
    with_broker(cerebro, market).addstrategy(Breakout)
    return cerebro


def another_market(market: Market) -> bt.Cerebro:
    """Return a rule whose broker keeps another market's account."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for feed in cs.market_feeds(market).values():
        cerebro.adddata(feed)
    with_broker(cerebro, market.opening_at(market.sessions[131])).addstrategy(Breakout)
    return cerebro


def parts_of_orders(market: Market) -> bt.Cerebro:
    """Return a rule whose broker fills ten shares a day."""
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for role, feed in cs.market_feeds(market).items():
        cerebro.adddata(feed, name=role)
    cerebro.broker.set_filler(bt.broker.fillers.FixedSize(size=10))
    cerebro.addstrategy(Breakout, **PARAMETERS)
    return cerebro


def somebody_else(market: Market) -> bt.Cerebro:
    """Return a rule beside a strategy that trades one of its legs."""
    cerebro = with_account(market)
    cerebro.addstrategy(Breakout, **PARAMETERS)
    cerebro.addstrategy(Looking, shares=1)
    return cerebro


def setting(market: Market) -> bt.Cerebro:
    """Return an account one of whose settings is changed."""
    cerebro = with_account(market)
    cerebro.broker.setcash(5_000)
    return cerebro


def without_market(market: Market) -> bt.Cerebro:
    """Return an account of no market."""
    cerebro = with_account(market)
    cerebro.setbroker(cs.AccountBroker(account=cs.Account()))
    return cerebro


def unrecorded(market: Market) -> bt.Cerebro:
    """Return a recorder of no market."""
    cerebro = with_account(market)
    cerebro.addanalyzer(cs.Recorder)
    cerebro.addstrategy(Mix)
    return cerebro


def one_plain_feed(market: Market) -> bt.Cerebro:
    """Return our account beside a single feed that is not ours."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=market.small.on(market.account_sessions).frame()))
    with_broker(cerebro, market).addstrategy(Looking)
    return cerebro


@pytest.mark.filterwarnings("ignore:Backtrader's own broker pays no dividends:UserWarning")
@pytest.mark.parametrize(
    ("made", "kind", "said"),
    [
        (two_rules, RuleError, "breakout and mix run in one Cerebro, .*; give each rule a Cerebro of its own"),
        (with_history, RuleError, r"breakout: bar 1 of the feeds is not the account's \(20..-..-..\); add the daily"),
        (weekly_legs, RuleError, "breakout: bar 2 of the feeds is not the account's"),
        (another_market, RuleError, "the broker keeps the account of another market than the feeds"),
        (parts_of_orders, RuleError, r"the broker did not buy \d+ small \(Partial\).*write cerebro.setbroker"),
        (somebody_else, RuleError, r"breakout left \d+ shares of small and finds \d+: .*another strategy"),
        (setting, AccountSettingsError, r"broker.setcash changes one setting.*Account\(cash="),
        (without_market, AccountSettingsError, "write AccountBroker.account=..., market=market"),
        (unrecorded, RuleError, r"write cerebro.addanalyzer\(Recorder, market=market\)"),
        (one_plain_feed, MarketError, "have no feed here; add all of market_feeds"),
    ],
)
def test_what_would_change_a_rules_account_is_refused(
    made: Any, kind: type[CapshiftError], said: str, years: Market
) -> None:
    """Whatever would make a rule's account another than `cs.run` keeps ends in one line that says what to do."""
    with pytest.raises(kind, match=said) as told:
        made(years).run()
    assert "\n" not in str(told.value)


class Leaving(bt.Strategy):
    """Ends the run early."""

    pages: ClassVar[int] = 50

    def next(self) -> None:
        """Leave."""
        if len(self) == self.pages:
            self.env.runstop()


def test_a_recorder_of_half_a_run_says_so(years: Market) -> None:
    """A run that was stopped has no ledger, and its last session is named."""
    cerebro = with_account(years, cheat_on_open=False)
    cerebro.addstrategy(Leaving)
    recorder = cerebro.run()[0].analyzers.recorder
    ended = years.account_sessions[Leaving.pages - 1].date()
    with pytest.raises(RuleError, match=rf"Leaving stopped the run on {ended} \(runstop\); let it run to the end"):
        recorder.ledger()


def test_the_example_runs_and_draws(tmp_path: Path) -> None:
    """The example's accounts agree, its strategies trade, and Backtrader's plot of them has dates under its prices."""
    picture = tmp_path / "plot.png"
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "plain_backtrader.py", "--plot", picture],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "largest difference to cs.run at 1258 closes: 0.0e+00" in done.stdout
    assert "SIMULATED" in done.stdout
    assert done.stdout.count(" closed trades") == 3
    assert "own broker pays no dividends and no interest" in done.stderr
    with Image.open(picture) as image:
        grey = np.asarray(image.convert("L"))
    # The lowest strip has ink only where dates are written: a frame would run through all of it.
    columns = (grey[-30:-8] < 128).any(axis=0)
    assert 50 < columns.sum() < 0.7 * len(columns)
