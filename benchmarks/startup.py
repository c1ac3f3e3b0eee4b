"""How long does the command line take to say anything, against an import of pandas?

`capshift --help`, `--version` and `rules` each run as a process of their own, and beside them, in the same rounds and
with the same Python, the baseline `python -c 'import pandas'`; so a slow machine slows all. One round before those
that count leaves bytecode and files in the caches for all alike.

    python benchmarks/startup.py [--repeat N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

BASELINE = "import pandas"
COMMANDS = {
    BASELINE: [sys.executable, "-c", BASELINE],
    "capshift --help": [sys.executable, "-m", "capshift", "--help"],
    "capshift --version": [sys.executable, "-m", "capshift", "--version"],
    "capshift rules": [sys.executable, "-m", "capshift", "rules"],
}
#: The share of the baseline's time that help may take.
LIMIT = 0.5


def seconds(command: list[str]) -> float:
    """Return how long a process takes; its bytecode is cached, whatever the environment says."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - begun


def main() -> None:
    """Print the median of each command and its ratio to the baseline's."""
    parser = argparse.ArgumentParser(description="Time the start of the command line.")
    parser.add_argument("--repeat", type=int, default=9, help="rounds that count")
    given = parser.parse_args()
    rounds = [{name: seconds(command) for name, command in COMMANDS.items()} for _ in range(given.repeat + 1)][1:]
    medians = {name: statistics.median(one[name] for one in rounds) for name in COMMANDS}
    for name, median in medians.items():
        ratio = statistics.median(one[name] / one[BASELINE] for one in rounds)
        print(f"{name:20} median {median:.3f} s, {ratio:.2f} of the baseline's ({BASELINE})")
    ratio = statistics.median(one["capshift --help"] / one[BASELINE] for one in rounds)
    kept = "within" if ratio <= LIMIT else "BEYOND"
    print(f"help takes {ratio:.2f} of the baseline's time: {kept} the limit of {LIMIT}")


if __name__ == "__main__":
    main()
