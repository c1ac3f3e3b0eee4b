"""How does a sweep's time grow with variants, sessions, legs and workers?

On the sample market, breakout pairs; each line is the best of three sweeps of the same size, as seconds and as
microseconds a variant. Twice the work should take twice the time, and two workers half of it.

    python benchmarks/scaling.py [--variants 2000]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import capshift as cs
from capshift.backtests.executors import processors

if TYPE_CHECKING:
    from capshift.data_feeds import Market


def best_of_three(market: Market, variants: int, workers: int | None = None) -> float:
    """Return the seconds that a sweep of so many variants takes."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        found = cs.sweep("breakout", market, entry=range(130, 130 + variants // 50), exit=range(5, 55), workers=workers)
        times.append((time.perf_counter() - begun) / found.trials * variants)
    return min(times)


def three_legs(market: Market) -> Market:
    """Return the market with a third leg that can be held, and is not: the account looks at it at every close."""
    third = replace(market.large, symbol="THIRD")
    return replace(market, legs={**market.legs, "third": third})


def line(what: str, count: int, variants: int, seconds: float) -> None:
    """Print one measurement."""
    print(f"{what:10} {count:8,} {seconds:8.2f} s {seconds / variants * 1e6:8.1f} us a variant")


def main() -> None:
    """Print the time against each of them."""
    arguments = argparse.ArgumentParser(description="How a sweep's time grows.")
    arguments.add_argument("--variants", type=int, default=2000)
    count = arguments.parse_args().variants
    market = cs.load_market()
    best_of_three(market, 50)  # compiles, where that has not been done
    for variants in (count // 4, count, count * 4):
        line("variants", variants, variants, best_of_three(market, variants))
    for start in ("2019-01-02", "2013-01-02", None):
        some = cs.load_market(start=start)
        line("sessions", len(some.account_sessions), count, best_of_three(some, count))
    for some in (market, three_legs(market)):
        line("legs", len(some.legs), count, best_of_three(some, count))
    for workers in sorted({1, 2, processors()}):
        line("workers", workers, count, best_of_three(market, count, workers))


if __name__ == "__main__":
    main()
