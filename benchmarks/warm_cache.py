"""How much longer does a market take from a warm cache than from files?

Both hold the same simulated bars and series: once as files in Yahoo's and FRED's layouts, once as the cache keeps them
after `capshift fetch`. Rounds alternate, so that a slow machine slows both, and each runs in a process of its own, as
`capshift compare` does. Nothing is downloaded: the cache is filled from a server on loopback (tests/market_server.py).

    python benchmarks/warm_cache.py [--data DIR] [--repeat N]

With --data, bars and series of that folder are served instead.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from listings import listing
from market_server import MarketServer

SYMBOLS = ("IWM", "SPY", "QQQ")
LIMIT_SECONDS_A_SYMBOL = 0.3


def write_files(folder: Path) -> None:
    """Write simulated bars in Yahoo's layout."""
    (folder / "bars").mkdir(parents=True)
    (folder / "macro").mkdir()
    for symbol in SYMBOLS:
        bars = listing(symbol, until="2025-12-31", since="2000-01-03").bars
        bars.drop(columns="Stock Splits").to_csv(folder / "bars" / f"{symbol}.csv", index=False)


def seconds(*arguments: str) -> float:
    """Return how long `capshift compare` takes on a market, as a process."""
    command = [sys.executable, "-m", "capshift", "compare", "hold-small", "--leaders", "QQQ", "--end", "2025-12-31"]
    begun = time.perf_counter()
    subprocess.run([*command, *arguments, "--json"], check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print each round, and the medians beside their limit, which a busy machine may miss."""
    parser = argparse.ArgumentParser(description="Time a warm cache against files.")
    parser.add_argument("--data", type=Path, help="folder with bars/ and macro/; none: the sample market")
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = given.data or Path(scratch, "data")
        if given.data is None:
            write_files(data)
        cache = ("--source", "yahoo", "--cache-dir", str(Path(scratch, "cache")))
        server = MarketServer()
        server.serve_files(data)
        os.environ.update(server.environment())
        print(f"cold {seconds(*cache):.2f} s, with every request sent to loopback")
        sent = len(server.requests)
        extra = []
        for _ in range(given.repeat):
            from_files, warm = seconds("--source", "files", "--data", str(data)), seconds(*cache)
            extra.append((warm - from_files) / len(SYMBOLS))
            print(f"files {from_files:.2f} s, warm cache {warm:.2f} s, ratio {warm / from_files:.2f}")
        bars_asked = [path for path, _ in server.requests[sent:] if "/chart/" in path]
        server.close()
    print(f"median extra: {statistics.median(extra):+.3f} s a symbol (limit {LIMIT_SECONDS_A_SYMBOL}); ", end="")
    print(f"{len(bars_asked)} requests for bars")


if __name__ == "__main__":
    main()
