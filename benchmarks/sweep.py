"""How much faster is a sweep than plain Backtrader and than vectorbt, and do they agree?

Pairs of entry and exit windows of the breakout rotation on two ETFs, one account each: all in small caps or all in
large caps, switched at the next open with 5 basis points of slippage, parts of shares, no dividends and no interest
(neither baseline has them). Each contender runs in a process of its own, in rounds that alternate, so that a slow
machine slows all:

- capshift: `sweep()`, every figure of docs/metrics.md, windows and decisions included.
- vectorbt (extra `bench`): `Portfolio.from_orders` with cash sharing, on each of its engines, in chunks of pairs
  (200 at once were the fastest of 50, 200 and all 2,000);
  windows and decisions by the same NumPy code as below, once per window; then eight figures, those that both have.
- plain Backtrader, on a sample of the pairs: PandasData, indicators, default observers and the four usual analyzers.

    python benchmarks/sweep.py [--data DIR] [--pairs 2000] [--sample 4] [--rounds 2] [--chunks 50 200 2000]
        [--many 100000]

Printed are the time a variant (warm: of the sweeps that follow the first in a process, for two seconds), the process
time from a cold start with the compiled cache warm, the peak memory, the ratio of each round and their median, and the
largest relative difference of final equity.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

SLIPPAGE, CASH = 0.0005, 100_000.0
SPARED = ("entry", "exit")


def pairs_of(count: int) -> list[tuple[int, int]]:
    """Return pairs of windows, the exit no longer than the entry, spread over a grid of one step."""
    entries, exits = range(20, 20 + max(50, int((count * 2) ** 0.5))), range(5, 5 + max(40, int((count * 2) ** 0.5)))
    found = [(entry, exit_) for entry in entries for exit_ in exits if exit_ <= entry]
    return found[:count]


#: Seconds of each sweep in a process, variants in each, and final equities.
Took = tuple[list[float], int, list[float]]


def goes_on(times: list[float]) -> bool:
    """Return whether to sweep once more: after the first time for two seconds, and once at least."""
    return len(times) < 2 or sum(times[1:]) < 2  # noqa: PLR2004 - seconds


def capshift_sweep(data: Path, pairs: list[tuple[int, int]]) -> Took:
    """Return what sweeps took."""
    import capshift as cs  # noqa: PLC0415 - what a cold start costs

    market = cs.load_market(source="files", path=data)
    legs = {role: replace(bars, dividend=np.zeros(len(bars))) for role, bars in market.legs.items()}
    market = replace(market, legs=legs)
    account = cs.Account(fractional=True, interest=False, slippage=SLIPPAGE, cash=CASH)
    axes = {name: sorted({pair[place] for pair in pairs}) for place, name in enumerate(SPARED)}
    times: list[float] = []
    while goes_on(times):
        begun = time.perf_counter()
        table = cs.sweep("breakout", market, account=account, **axes).table
        times.append(time.perf_counter() - begun)
    finals = table.set_index(["entry", "exit"])["final_equity"]
    return times, len(table), finals.loc[pairs].tolist()


def frames(data: Path) -> list[Any]:
    """Return both symbols' bars on their common sessions."""
    import pandas as pd  # noqa: PLC0415 - what a cold start costs

    found = [pd.read_csv(data / "bars" / f"{name}.csv", index_col=0, parse_dates=True) for name in ("IWM", "SPY")]
    common = found[0].index.intersection(found[1].index)
    return [one.loc[common].drop(columns="Adj Close") for one in found]


def decided(close: Any, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Return whether each pair holds small caps after each close, shape (sessions, pairs)."""
    count = np.arange(len(close))
    on = {n: np.asarray(close > close.rolling(n).max().shift(1)) for n in {entry for entry, _ in pairs}}
    off = {n: np.asarray(close < close.rolling(n).min().shift(1)) for n in {exit_ for _, exit_ in pairs}}
    last_off = {n: np.maximum.accumulate(np.where(off[n], count, -1)) for n in off}
    held = [np.maximum.accumulate(np.where(on[n] & ~off[m], count, -1)) > last_off[m] for n, m in pairs]
    return np.column_stack(held)


def vectorbt_sweep(data: Path, pairs: list[tuple[int, int]], engine: str, chunk: int) -> Took:
    """Return what sweeps took."""
    import pandas as pd  # noqa: PLC0415 - what a cold start costs
    import vectorbt as vbt  # noqa: PLC0415 - the same

    small, large = frames(data)
    prices = {name: np.column_stack([small[name], large[name]]) for name in ("Open", "Close")}
    times: list[float] = []
    while goes_on(times):
        begun, finals = time.perf_counter(), []
        for start in range(0, len(pairs), chunk):
            held = decided(small["Close"], pairs[start : start + chunk])
            columns = held.shape[1]
            weights = np.full((len(small), columns * 2), np.nan)
            switched = np.vstack([np.ones((1, columns), dtype=bool), held[1:] != held[:-1]])
            for leg, side in enumerate((held, ~held)):
                # Decided at a close, ordered at the next open.
                weights[1:, leg::2] = np.where(switched, side, np.nan)[:-1]
            portfolio = vbt.Portfolio.from_orders(
                pd.DataFrame(np.tile(prices["Close"], columns), index=small.index),
                weights,
                size_type="targetpercent",
                price=np.tile(prices["Open"], columns),
                val_price=np.tile(prices["Open"], columns),
                slippage=SLIPPAGE,
                init_cash=CASH,
                cash_sharing=True,
                call_seq="auto",
                group_by=np.repeat(np.arange(columns), 2),
                freq="1D",
                engine=engine,
            )
            finals += portfolio.final_value().tolist()
            returns = portfolio.returns()
            of_returns = returns.vbt.returns(freq="1D", year_freq="252D")
            for figure in ("annualized", "annualized_volatility", "sharpe_ratio", "sortino_ratio", "max_drawdown"):
                getattr(of_returns, figure)()
            of_returns.calmar_ratio()
            portfolio.total_return()
        times.append(time.perf_counter() - begun)
    return times, len(pairs), finals


def backtrader_sweep(data: Path, pairs: list[tuple[int, int]]) -> Took:
    """Return what runs one after the other took."""
    import backtrader as bt  # noqa: PLC0415 - what a cold start costs

    class Plain(bt.Strategy):
        """The same rotation as a plain Backtrader script that trades at the next open."""

        params = (("entry", 252), ("exit", 126))

        def __init__(self) -> None:
            self.highest = bt.indicators.Highest(self.datas[0].close(-1), period=self.p.entry)
            self.lowest = bt.indicators.Lowest(self.datas[0].close(-1), period=self.p.exit)
            self.small = self.held = None

        def prenext(self) -> None:
            self.small = False

        def nextstart(self) -> None:
            self.small = False
            self.next()

        def next(self) -> None:
            close = self.datas[0].close[0]
            if close < self.lowest[0]:
                self.small = False
            elif close > self.highest[0]:
                self.small = True

        def prenext_open(self) -> None:
            self.next_open()

        nextstart_open = prenext_open

        def next_open(self) -> None:
            if self.small is None or self.small == self.held:
                return
            self.held = self.small
            to, leave = self.datas if self.small else reversed(self.datas)
            shares = self.getposition(leave).size
            if shares:
                self.sell(data=leave, size=shares)
            cash = self.broker.getcash() + shares * leave.open[0] * (1 - SLIPPAGE)
            # A hair less, or rounding would leave cash negative and the order refused.
            self.buy(data=to, size=cash / (to.open[0] * (1 + SLIPPAGE)) * (1 - 1e-12))

    bars, finals, begun = frames(data), [], time.perf_counter()
    for entry, exit_ in pairs:
        cerebro = bt.Cerebro(cheat_on_open=True)
        for frame in bars:
            cerebro.adddata(bt.feeds.PandasData(dataname=frame))
        cerebro.addstrategy(Plain, entry=entry, exit=exit_)
        cerebro.broker.setcash(CASH)
        cerebro.broker.set_slippage_perc(SLIPPAGE, slip_open=True, slip_out=True)
        cerebro.broker.set_checksubmit(False)
        for analyzer in ("TimeReturn", "DrawDown", "SharpeRatio", "TradeAnalyzer"):
            cerebro.addanalyzer(getattr(bt.analyzers, analyzer))
        cerebro.run()
        finals.append(float(cerebro.broker.getvalue()))
    return [time.perf_counter() - begun], len(pairs), finals


def child(contender: str, data: Path, pairs: list[tuple[int, int]]) -> None:
    """Run one contender in this process and print what it took."""
    name, _, rest = contender.partition(":")
    if name == "capshift":
        times, count, finals = capshift_sweep(data, pairs)
    elif name == "vectorbt":
        engine, _, chunk = rest.partition(":")
        times, count, finals = vectorbt_sweep(data, pairs, engine, int(chunk))
    else:
        times, count, finals = backtrader_sweep(data, pairs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"times": times, "count": count, "finals": finals, "peak": peak}))


def measured(contender: str, data: Path, pairs: int) -> dict[str, Any]:
    """Return what a contender took in a process of its own."""
    command = [sys.executable, __file__, "--child", contender, "--data", str(data), "--pairs", str(pairs)]
    # As installed packages are: with their bytecode kept.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=kept)
    if done.returncode:
        sys.exit(f"{contender} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    # A process that sweeps once and ends: the later sweeps are not its own.
    found["process"] = time.perf_counter() - begun - sum(found["times"][1:])
    found["each"] = statistics.fmean(found["times"][1:] or found["times"]) / found["count"]
    return found


def main() -> None:
    """Print times, ratios, memory and differences."""
    parser = argparse.ArgumentParser(description="A sweep against plain Backtrader and vectorbt.")
    parser.add_argument("--data", type=Path, help="folder with bars/IWM.csv and bars/SPY.csv")
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--sample", type=int, default=4, help="pairs that plain Backtrader runs")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--chunks", type=int, nargs="+", default=[200], help="pairs at once, for vectorbt")
    parser.add_argument("--many", type=int, default=0, help="variants of a large sweep, for its memory")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.data, pairs_of(options.pairs))
        return
    with tempfile.TemporaryDirectory() as scratch:
        data = options.data
        if data is None:
            from event_engine import write_sample  # noqa: PLC0415 - only without data

            data = Path(scratch)
            write_sample(data)
        report(options, data)


def report(options: argparse.Namespace, data: Path) -> None:
    """Run the rounds and print what they took."""
    contenders = ["capshift", "backtrader"]
    if find_spec("vectorbt") is not None:
        engines = ["numba", *(["rust"] if find_spec("vectorbt_rust") is not None else [])]
        contenders += [f"vectorbt:{engine}:{chunk}" for engine in engines for chunk in options.chunks]
    else:
        print("vectorbt is not installed here; pip install 'capshift[bench]' compares with it")
    for contender in contenders:
        measured(contender, data, 2)  # compiles, where that has not been done
    print(f"{options.pairs} pairs, {os.cpu_count()} processors; plain Backtrader on {options.sample} of them")
    rounds = []
    for _ in range(options.rounds):
        rounds.append(
            {one: measured(one, data, options.sample if one == "backtrader" else options.pairs) for one in contenders}
        )
        for name, took in rounds[-1].items():
            print(
                f"{name:22} {took['each'] * 1e6:12,.1f} us a variant {took['process']:7.2f} s cold process "
                f"{took['peak']:7,.0f} MB peak"
            )
    for name in contenders[1:]:
        ratio, cold = ([one[name][key] / one["capshift"][key] for one in rounds] for key in ("each", "process"))
        ours = np.array(rounds[0]["capshift"]["finals"][: len(rounds[0][name]["finals"])])
        apart = np.abs(np.array(rounds[0][name]["finals"]) / ours - 1).max()
        spread = ", ".join(f"{value:,.1f}" for value in ratio)
        print(
            f"capshift is {statistics.median(ratio):,.1f} times faster a variant than {name} (rounds: {spread}); "
            f"cold process {statistics.median(cold):.1f} times; largest difference of final equity {apart:.1e}"
        )
    if options.many:
        many = measured("capshift", data, options.many)
        print(f"{options.many:,} variants: {many['each'] * 1e6:.1f} us each, {many['peak']:,.0f} MB peak")


if __name__ == "__main__":
    main()
