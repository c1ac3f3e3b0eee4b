"""How much faster is the event engine than the usual Backtrader script of the same rotation?

Both load two CSV files in Yahoo's layout, hold small caps from a breakout until its exit and large caps else, and
report equity and statistics. The baseline is the script that most people write: PandasData, Backtrader's default
observers, indicators, order_target_percent, and the analyzers TimeReturn, DrawDown, SharpeRatio and TradeAnalyzer.
capshift's side is `capshift.load_market` and `capshift.run` as a user calls them: validation of the files, dividends,
interest, the benchmark's account beside the rule's, and all metrics.

    python benchmarks/event_engine.py [--data DIR] [--repeat N]

Without --data, bars of the sample market are written to a temporary folder first. Rounds alternate, so that a slow
machine slows both; the ratio of each round is printed, and their median.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import backtrader as bt
import pandas as pd

import capshift as cs


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


def capshift(data: Path) -> float:
    """Run the same rotation with capshift and return its final equity."""
    market = cs.load_market(source="files", data=data)
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
        plain(data), capshift(data)  # warm: imports, calendar
        rounds = [(seconds(plain, data), seconds(capshift, data)) for _ in range(options.repeat)]
    for baseline, ours in rounds:
        print(f"plain Backtrader {baseline:.3f} s   capshift {ours:.3f} s   ratio {baseline / ours:.2f}")
    print(f"median ratio {statistics.median(baseline / ours for baseline, ours in rounds):.2f}")


if __name__ == "__main__":
    main()
