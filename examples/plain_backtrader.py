"""Our rule, feeds, account and recorder in a Cerebro of your own, with Backtrader's analyzers, sizer and plot.

    python examples/plain_backtrader.py
    python examples/plain_backtrader.py --plot rotation.png

What to know:

- A rule needs `bt.Cerebro(cheat_on_open=True)`: it decides at a close, and orders at the open that follows.
- `AccountBroker` pays dividends and interest. Backtrader's own broker pays neither; a warning says so.
- A rule sizes its orders by itself. A sizer on the Cerebro is for your own strategies; a rule does not ask it.
- Backtrader keeps one position a feed for all strategies of a Cerebro. Give a rule a Cerebro of its own, and your
  strategy another, each with feeds of its own from the same market.
- Analyzers have definitions of their own: Backtrader's SharpeRatio is that of yearly returns over 1 % a year.
"""

from __future__ import annotations

import argparse

import backtrader as bt
import backtrader.plot as drawing  # chooses TkAgg; whoever has no screen chooses again, after it
import matplotlib as mpl

import capshift as cs
from capshift.strategies import Breakout

CHOSEN = {"entry": 55, "exit": 20}
#: As a fraction of equity: what floating-point numbers may do.
TOLERANCE = 1e-12


class Crossover(bt.Strategy):
    """A strategy of your own: it leaves the size to the Cerebro's sizer, and looks at weeks as well as days."""

    params = (("fast", 10), ("slow", 40))

    def __init__(self) -> None:
        """Make the indicators."""
        averages = (bt.ind.SMA(self.data, period=period) for period in (self.p.fast, self.p.slow))
        self.cross = bt.ind.CrossOver(*averages)
        self.week = self.getdatabyname("weekly")

    def next(self) -> None:
        """Buy a cross upwards in a rising week, sell a cross downwards."""
        if not self.position and self.cross > 0 and self.week.close[0] >= self.week.open[0]:
            self.buy()
        elif self.position and self.cross < 0:
            self.close()


def cerebro_with(market: cs.Market, **options: bool) -> bt.Cerebro:
    """Return a Cerebro with our feeds under their symbols, and the analyzers and observers that people use."""
    cerebro = bt.Cerebro(**options)
    for role, feed in cs.market_feeds(market).items():
        cerebro.adddata(feed, name=market.symbols[role])
    cerebro.addanalyzer(bt.analyzers.SharpeRatio, _name="sharpe")
    cerebro.addanalyzer(bt.analyzers.DrawDown, _name="drawdown")
    cerebro.addanalyzer(bt.analyzers.TradeAnalyzer, _name="trades")
    cerebro.addobserver(bt.observers.DrawDown)
    return cerebro


def say(title: str, strategy: bt.Strategy) -> None:
    """Print what Backtrader's analyzers found."""
    found = strategy.analyzers
    deepest, closed = found.drawdown.get_analysis().max.drawdown, found.trades.get_analysis().total.closed
    yearly = found.sharpe.get_analysis()["sharperatio"]
    value = strategy.broker.getvalue()
    print(
        f"{title:34} {value:12,.2f}  Sharpe (yearly) {yearly:5.2f}  drawdown {deepest:5.1f} %  {closed} closed trades"
    )


def save_plot(cerebro: bt.Cerebro, file: str) -> None:
    """Save Backtrader's own picture, without a screen."""
    mpl.use("Agg")
    figure = cerebro.plot(plotter=drawing.Plot(volume=False, fmt_x_ticks="%Y-%m-%d"), iplot=False)[0][0]
    # Backtrader hides the dates of all axes, and matplotlib no longer lets it show the last one's again.
    lowest = next(axes for axes in figure.axes if axes.get_subplotspec().is_last_row())
    lowest.xaxis.set_tick_params(labelbottom=True, labelrotation=15)
    figure.set_size_inches(14, 10)
    figure.savefig(file, dpi=100, bbox_inches="tight")
    print("plot:", file)


def main() -> None:
    """Run the rule and the strategy, each in a Cerebro of its own."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--plot", metavar="FILE.png", help="save Backtrader's plot of the rule here")
    given = options.parse_args()
    market, account = cs.load_market(start="2010-01-04", end="2014-12-31"), cs.Account(commission=0.0005)
    print(market)

    # Our rule in our account: the same as cs.run, to the last bit.
    rotation = cerebro_with(market, cheat_on_open=True)
    rotation.setbroker(cs.AccountBroker(account=account, market=market))
    rotation.addanalyzer(cs.Recorder, market=market, _name="recorder")
    rotation.addsizer(bt.sizers.FixedSize, stake=1)  # a rule does not ask it
    rotation.addstrategy(Breakout, **CHOSEN)
    ours = rotation.run()[0]
    say("breakout, AccountBroker", ours)
    result = cs.run("breakout", market, account=account, **CHOSEN)
    difference = abs(ours.analyzers.recorder.ledger().equity / result.equity.to_numpy() - 1).max()
    print(f"  largest difference to cs.run at {len(result.equity)} closes: {difference:.1e}")
    if difference > TOLERANCE:
        raise SystemExit("the accounts differ")

    # The same rule with Backtrader's own broker: no dividends, no interest, and a warning that says so.
    bare = cerebro_with(market, cheat_on_open=True)
    bare.broker.setcash(account.cash)
    bare.broker.setcommission(commission=account.commission)
    bare.broker.set_slippage_perc(account.slippage, slip_open=True, slip_out=True)
    bare.addstrategy(Breakout, **CHOSEN)
    say("breakout, Backtrader's broker", bare.run()[0])

    # Your own strategy on our feeds, with a sizer, and with weeks that Backtrader makes of our days.
    own = cerebro_with(market)
    own.resampledata(own.datas[0], timeframe=bt.TimeFrame.Weeks, name="weekly")
    own.setbroker(cs.AccountBroker(account=account, market=market))
    own.addsizer(bt.sizers.PercentSizerInt, percents=95)
    own.addstrategy(Crossover)
    say("your strategy, AccountBroker", own.run()[0])

    # Variants over processes, as Backtrader does it; cs.sweep runs thousands a second.
    many = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for role, feed in cs.market_feeds(market).items():
        many.adddata(feed, name=role)
    many.setbroker(cs.AccountBroker(account=account, market=market))
    many.addanalyzer(cs.Recorder, market=market, _name="recorder")
    many.optstrategy(Breakout, entry=[20, 55, 100], exit=[20])
    for (variant,) in many.run(maxcpus=2):
        print(f"  entry={variant.p.entry}: {variant.analyzers.recorder.ledger().equity[-1]:,.2f}")

    if given.plot:
        save_plot(rotation, given.plot)


if __name__ == "__main__":
    main()
