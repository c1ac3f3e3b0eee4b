"""How often look-ahead is caught, and honest rules are accused: rules of strangers on many random markets.

Each rule under tests/foreign is run, which takes the quick look, and looked at by `cs.check`, on each of so many random
markets of 300 sessions. The six that peek should be caught each time, the six honest ones never.

    python benchmarks/look_ahead.py --seeds 200
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from markets import random_market  # noqa: E402 - of the tests

import capshift as cs  # noqa: E402
from capshift.errors import LookAheadError  # noqa: E402

LENGTH = 300


class Look(NamedTuple):
    """What one rule met on one market.

    Attributes:
        quick, thorough: Whether it was caught.
        quick_seconds, thorough_seconds: How long that took; the first with its run.
    """

    quick: bool
    thorough: bool
    quick_seconds: float
    thorough_seconds: float


def look(rule: str, seed: int) -> Look:
    """Return what a rule meets on the market of a seed."""
    market, begun = random_market(seed, LENGTH), time.perf_counter()
    try:
        cs.run(rule, market)
        quick = False
    except LookAheadError:
        quick = True
    between = time.perf_counter()
    thorough = not cs.check(rule, market).passed
    return Look(quick, thorough, between - begun, time.perf_counter() - between)


def main() -> None:
    """Print a line a rule, and end with 1 where one was missed or accused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--workers", type=int, help="processes; one a processor when left out")
    asked = parser.parse_args()
    wrong = 0
    print(
        f"{asked.seeds} random markets of {LENGTH} sessions each; milliseconds a market, the quick look's with its run"
    )
    print(f"{'rule':<28}{'quick look':>12}{'check':>8}{'ms':>8}{'ms':>8}")
    with ProcessPoolExecutor(asked.workers) as workers:
        for file in sorted((ROOT / "tests" / "foreign").glob("*/*.py")):
            rule = f"{file}:{file.stem.title().replace('_', '')}"
            looks = list(workers.map(look, [rule] * asked.seeds, range(asked.seeds), chunksize=5))
            caught = sum(one.quick for one in looks), sum(one.thorough for one in looks)
            times = [1000 * sum(column) / len(looks) for column in list(zip(*looks, strict=True))[2:]]
            expected = asked.seeds if file.parent.name == "peeking" else 0
            wrong += sum(abs(one - expected) for one in caught)
            name = f"{file.parent.name} {file.stem}"
            print(f"{name:<28}{caught[0]:>12}{caught[1]:>8}{times[0]:>8.0f}{times[1]:>8.0f}", flush=True)
    print(f"missed or accused: {wrong}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
