"""How long do all pages of a comparison take, beside QuantStats' own reports of the same accounts?

Thirteen rules over all of the sample market. Rounds alternate, so that a slow machine slows both: first every page of
the comparison (its own, a tearsheet and a page of decisions a rule, the index), from results to files; then a plain
`quantstats.reports.html` a rule beside the same benchmark, one after the other in one process, its import left out.

    python benchmarks/reports.py [--repeat N] [--data DIR]
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

import capshift as cs

RULES = (
    "hold-small",
    "hold-large",
    "mix",
    "rate-cut",
    "priced-cuts",
    "breakout",
    "price-level",
    "record-high",
    "relative-strength",
    "monthly-thrust",
    "leadership",
    "jackson-hole",
    "soft-landing",
)
LIMIT = 0.5
MOST_BYTES = 1_500_000
#: In a process of its own, since it changes global settings; it prints its seconds.
_PLAIN = """
import logging, sys, time, warnings
import matplotlib
matplotlib.use("agg")
import pandas as pd, quantstats as qs
warnings.simplefilter("ignore")
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
table = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True)
begun = time.perf_counter()
for number, name in enumerate(table):
    if name != "hold-large":
        qs.reports.html(table[name], table["hold-large"], output=f"{sys.argv[2]}/{number}.html")
    else:
        qs.reports.html(table[name], output=f"{sys.argv[2]}/{number}.html")
print(time.perf_counter() - begun)
"""


def ours(comparison: cs.Comparison, out: Path) -> float:
    """Return how long all pages take, results written along with them."""
    begun = time.perf_counter()
    cs.save_comparison(comparison, out)
    return time.perf_counter() - begun


def plain(table: Path, out: Path) -> float:
    """Return how long QuantStats takes for a report a rule."""
    done = subprocess.run([sys.executable, "-c", _PLAIN, table, out], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def processor_seconds() -> float:
    """Return what this process and those it waited for have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> int:
    """Print each round, the median ratio, and whether it keeps the limits."""
    parser = argparse.ArgumentParser(description="Time all pages beside QuantStats' reports.")
    parser.add_argument("--data", help="folder with bars/ and macro/; none: the sample market")
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    source = {"source": "files", "path": given.data} if given.data else {}
    market = cs.load_market(leaders="QQQ", **source)
    comparison = cs.compare(list(RULES), market)
    _ = comparison.uncertainty  # statistics are no pages
    ratios = []
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch, "returns.csv")
        returns = {one.name: one.returns for one in comparison}
        comparison.results["hold-large"].returns.to_frame().assign(**returns)[list(returns)].to_csv(table)
        for number in range(given.repeat):
            out, theirs = Path(scratch, f"ours{number}"), Path(scratch, f"plain{number}")
            theirs.mkdir()
            used = [processor_seconds()]
            mine = ours(comparison, out)
            used.append(processor_seconds())
            other = plain(table, theirs)
            used.append(processor_seconds())
            ratios.append(mine / other)
            print(
                f"{len(RULES)} rules: all pages {mine:.1f} s, plain QuantStats {other:.1f} s, ratio {ratios[-1]:.2f}; ",
                end="",
            )
            print(f"of processors {used[1] - used[0]:.1f} s, and {used[2] - used[1]:.1f} s with its import")
        largest = max(out.rglob("*.html"), key=lambda page: page.stat().st_size)
        size = largest.stat().st_size
    print(f"median ratio {statistics.median(ratios):.2f} (limit {LIMIT}); ", end="")
    print(f"largest page {largest.parent.name}/{largest.name}, {size / 1e6:.2f} MB (limit {MOST_BYTES / 1e6})")
    return int(size > MOST_BYTES)  # a busy machine may miss the other


if __name__ == "__main__":
    sys.exit(main())
