"""How much faster is the event engine than the usual Backtrader script of the same rotation?

Both load two CSV files in Yahoo's layout, hold small caps from a breakout until its exit and large caps else, and
report equity and statistics. The baseline is the script that most people write: PandasData, Backtrader's default
observers, indicators, order_target_percent, and the analyzers TimeReturn, DrawDown, SharpeRatio and TradeAnalyzer.
capshift's side validates the files, and pays dividends and interest. It is timed twice: as one run of the event engine
(load and account), and as `capshift.run`, which runs hold-large's account beside the rule's and computes all metrics.

    python benchmarks/event_engine.py [--data DIR] [--repeat N]

Without --data, bars of the sample market are written to a temporary folder first. Rounds alternate, so that a slow
machine slows both; the ratio of each round is printed, and their median.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path

import backtrader as bt
import pandas as pd

import capshift as cs
from capshift.backtests.event_engine import simulate
from capshift.strategies import Breakout
from capshift.strategies.parameters import resolve


class PlainBreakout(bt.Strategy):
    """The same rotation as a plain Backtrader script."""

    params = (("entry", 252), ("exit", 126))

    def __init__(self) -> None:
        """Set up the channel of prior closes."""
        self.highest = bt.indicators.Highest(self.datas[0].close(-1), period=self.p.entry)
        self.lowest = bt.indicators.Lowest(self.datas[0].close(-1), period=self.p.exit)
        self.small = False

    def next(self) -> None:
        """Order at the close, for the next open."""
        if not self.small and self.datas[0].close[0] > self.highest[0]:
            self.small = True
            self.order_target_percent(self.datas[1], target=0.0)
            self.order_target_percent(self.datas[0], target=0.98)
        elif self.small and self.datas[0].close[0] < self.lowest[0]:
            self.small = False
            self.order_target_percent(self.datas[0], target=0.0)
            self.order_target_percent(self.datas[1], target=0.98)


def plain(data: Path) -> float:
    """Run the plain script and return its final value."""
    frames = [pd.read_csv(data / "bars" / f"{name}.csv", index_col=0, parse_dates=True) for name in ("IWM", "SPY")]
    common = frames[0].index.intersection(frames[1].index)
    cerebro = bt.Cerebro()
    for frame in frames:
        cerebro.adddata(bt.feeds.PandasData(dataname=frame.loc[common].drop(columns="Adj Close")))
    cerebro.addstrategy(PlainBreakout)
    cerebro.broker.setcash(100_000)
    cerebro.broker.set_slippage_perc(0.0005)
    for analyzer in ("TimeReturn", "DrawDown", "SharpeRatio", "TradeAnalyzer"):
        cerebro.addanalyzer(getattr(bt.analyzers, analyzer))
    cerebro.run()
    return float(cerebro.broker.getvalue())


def engine(data: Path) -> float:
    """Load the bars, run the same rotation once on the event engine, and return its final equity."""
    market = cs.load_market(source="files", path=data)
    return float(simulate(Breakout, market, resolve(Breakout, {"entry": 252, "exit": 126}), cs.Account()).equity[-1])


def run(data: Path) -> float:
    """Do all that `capshift.run` does, the benchmark's account and metrics included, and return the final equity."""
    market = cs.load_market(source="files", path=data)
    return float(cs.run("breakout", market, entry=252, exit=126).metrics["final_equity"])


def write_sample(folder: Path) -> None:
    """Write the sample market's two legs as files."""
    (folder / "bars").mkdir()
    for symbol in ("IWM", "SPY"):
        frame = cs.SampleSource().bars(symbol).frame().rename_axis("Date")
        frame["Adj Close"] = frame["close"]
        frame.columns = [name.capitalize() if name.islower() else name for name in frame.columns]
        frame.rename(columns={"Dividend": "Dividends"}).to_csv(folder / "bars" / f"{symbol}.csv")


def seconds(work: object, data: Path) -> float:
    """Return how long one call takes."""
    gc.collect()  # nobody pays for another's garbage
    begun = time.perf_counter()
    work(data)  # type: ignore[operator]
    return time.perf_counter() - begun


def main() -> None:
    """Print the times of each round and their ratios."""
    arguments = argparse.ArgumentParser(description="Event engine against plain Backtrader.")
    arguments.add_argument("--data", type=Path, help="folder with bars/IWM.csv and bars/SPY.csv")
    arguments.add_argument("--repeat", type=int, default=5)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = options.data
        if data is None:
            data = Path(scratch)
            write_sample(data)
        for work in (plain, engine, run):
            work(data)  # warm: imports, calendar
        rounds = [[seconds(work, data) for work in (plain, engine, run)] for _ in range(options.repeat)]
    print("plain Backtrader   engine (ratio)    capshift.run (ratio)")
    for base, one, all_of_it in rounds:
        print(f"{base:14.3f} s {one:8.3f} s ({base / one:.2f}) {all_of_it:8.3f} s ({base / all_of_it:.2f})")
    for column, name in ((1, "one run of the event engine"), (2, "capshift.run")):
        ratio = statistics.median(times[0] / times[column] for times in rounds)
        print(f"{name}: {ratio:.2f} times faster than plain Backtrader (median of {len(rounds)})")


if __name__ == "__main__":
    main()
