"""Kill fetches at random moments, and let processes fetch the same at once: is the cache ever harmed?

    python tests/cache_torture.py [--kills 200] [--rounds 10] [--seed N]

serves simulated symbols on loopback, whose bars grow by some sessions from fetch to fetch, kills `capshift fetch` at a
random moment (SIGKILL) each time, and reads the cache after each kill: every stored file must be readable, must begin
with the rows that were stored before, and each row must be the one that was served. Then it lets four processes fetch
the same symbols at once, again and again. It prints what it counted, and ends with 1 if anything was harmed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from listings import listing
from market_server import CHART, Listing, MarketServer

from capshift.data_feeds.store import BARS, DamagedError, Store

if TYPE_CHECKING:
    from numpy.random import Generator

SYMBOLS = ("IWM", "SPY", "QQQ", "IJR")
PRICES = ["Open", "High", "Low", "Close", "Volume"]
#: Fetches believe that it is so many sessions after the first; the program sets its own clock.
PROGRAM = """
import sys
import pandas as pd
import yfinance  # slow to load: kills shall meet requests and writes, not this
from capshift.data_feeds.bar_cache import BarCache
from capshift.data_feeds.store import Store
folder, now, *symbols = sys.argv[1:]
cache = BarCache(Store(folder), pd.Timestamp(now))
print("ready", flush=True)
for symbol in symbols:
    cache.fetched(symbol)
"""


def serve(server: MarketServer, whole: dict[str, Listing], until: pd.Timestamp) -> None:
    """Let the server have bars up to a day."""
    for symbol, one in whole.items():
        server.yahoo[symbol] = Listing(one.bars[one.bars["Date"] <= until].reset_index(drop=True))


def start(folder: Path, until: pd.Timestamp, symbols: tuple[str, ...] | list[str]) -> subprocess.Popen[bytes]:
    """Start a process that fetches symbols in the evening of a day."""
    now = (until + pd.Timedelta(hours=20)).tz_localize("America/New_York").isoformat()
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), now, *symbols], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def harm(folder: Path, whole: dict[str, Listing], rows_before: dict[str, int]) -> Counter[str]:
    """Count what is wrong in the cache, and remember how many rows each symbol has."""
    counted: Counter[str] = Counter()
    for symbol, one in whole.items():
        try:
            entry = Store(folder).read(BARS, symbol)
        except DamagedError:
            counted["unreadable"] += 1
            continue
        if entry is None:
            counted["rows lost or mixed"] += rows_before.get(symbol, 0) > 0
            continue
        count = len(entry.frame)
        served = one.bars.iloc[:count]
        same = entry.frame["Date"].tolist() == served["Date"].tolist()
        same = same and np.array_equal(entry.frame[PRICES].to_numpy(), served[PRICES].to_numpy())
        counted["rows lost or mixed"] += not same or count < rows_before.get(symbol, 0)
        rows_before[symbol] = count
    return counted


def prepared() -> tuple[dict[str, Listing], list[pd.Timestamp]]:
    """Return four symbols with all their bars, and the days up to which they are served one after the other."""
    whole = {symbol: listing(symbol, until="2025-12-31", since="2004-01-02") for symbol in SYMBOLS}
    return whole, list(whole["IWM"].bars["Date"])


def kill(server: MarketServer, folder: Path, *, kills: int, seed: int) -> Counter[str]:
    """Kill fetches at random moments, and count what is found after each."""
    random: Generator = np.random.default_rng(seed)
    whole, days = prepared()
    counted: Counter[str] = Counter({"kills": 0, "fetches that were done before": 0, "unreadable": 0})
    counted["rows lost or mixed"] = 0
    rows: dict[str, int] = {}
    half_written: set[str] = set()
    at, usual = 2000, 0.4
    while counted["kills"] < kills:
        # Now and then a long time passes, so that all is fetched anew.
        at = min(at + int(random.choice([1, 1, 2, 10])), len(days) - 2)
        serve(server, whole, days[at])
        stored_before = dict(rows)
        with start(folder, days[at], [str(name) for name in random.permutation(SYMBOLS)]) as process:
            assert process.stdout is not None
            process.stdout.readline()
            killed, begun = False, time.monotonic()
            try:
                process.wait(timeout=float(random.uniform(0, usual)))
                counted["fetches that were done before"] += 1
                usual = 0.9 * usual + 0.1 * (time.monotonic() - begun)
            except subprocess.TimeoutExpired:
                process.kill()
                killed = True
                counted["kills"] += 1
                usual *= 1.02
        counted += harm(folder, whole, rows)
        new = sum(rows.get(name, 0) != stored_before.get(name, 0) for name in whole)
        counted["kills after some of four writes"] += killed and new > 0
        counted["kills between two of them"] += killed and 0 < new < len(whole)
        beside = {path.name for path in Path(folder, BARS).glob(".*.tmp")}
        counted["kills in the middle of a write"] += killed and bool(beside - half_written)
        half_written = beside
    with start(folder, days[at], SYMBOLS) as process:
        _, complaint = process.communicate(timeout=120)
    counted["unreadable"] += process.returncode != 0
    counted += harm(folder, whole, rows)
    counted["rows lost or mixed"] += sum(rows[name] != at + 1 for name in whole)
    if complaint:
        print(complaint.decode(), file=sys.stderr)
    return _whole(counted)


def contend(server: MarketServer, folder: Path, *, processes: int, rounds: int, seed: int) -> Counter[str]:
    """Let processes fetch the same symbols at once, and count requests and harm."""
    random: Generator = np.random.default_rng(seed)
    whole, days = prepared()
    counted: Counter[str] = Counter({"symbols fetched": 0, "requests for bars": 0})
    rows: dict[str, int] = {}
    for at in range(2000, 2000 + rounds):
        serve(server, whole, days[at])
        before = len(server.asked(CHART))
        running = [
            start(folder, days[at], [str(name) for name in random.permutation(SYMBOLS)]) for _ in range(processes)
        ]
        for process in running:
            _, complaint = process.communicate(timeout=120)
            counted["failed processes"] += process.returncode != 0
            if complaint:
                print(complaint.decode(), file=sys.stderr)
        counted["symbols fetched"] += len(whole)
        counted["requests for bars"] += len(server.asked(CHART)) - before
        counted += harm(folder, whole, rows)
        counted["rows lost or mixed"] += sum(rows[name] != at + 1 for name in whole)
    return _whole(counted)


def _whole(counted: Counter[str]) -> Counter[str]:
    """Return the counts with those that are 0: adding counters drops them."""
    for name in ("unreadable", "rows lost or mixed", "failed processes"):
        counted.setdefault(name, 0)
    return counted


def main() -> int:
    """Print what was counted."""
    parser = argparse.ArgumentParser(description="Kill fetches, and let processes contend; count the harm.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=2025)
    given = parser.parse_args()
    server = MarketServer()
    os.environ.update(server.environment())
    harmed = 0
    with tempfile.TemporaryDirectory() as scratch:
        killed = kill(server, Path(scratch, "killed"), kills=given.kills, seed=given.seed)
        contended = contend(server, Path(scratch, "contended"), processes=4, rounds=given.rounds, seed=given.seed)
    server.close()
    for title, counted in (("killed at random moments", killed), ("four processes at once", contended)):
        print(f"{title}, seed {given.seed}")
        for name, count in counted.items():
            print(f"  {name:<34}{count:>6}")
        harmed += counted["unreadable"] + counted["rows lost or mixed"] + counted["failed processes"]
    return int(harmed > 0)


if __name__ == "__main__":
    sys.exit(main())
