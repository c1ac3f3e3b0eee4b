"""A process that writes tearsheets for saved results: `python -m capshift.reports.worker BENCHMARK RESULT...`.

QuantStats changes global settings and its charts break in threads, so it gets processes of its own, which read what
was saved and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

from capshift.backtests import Result
from capshift.reports.saving import DONE, TEARSHEET
from capshift.reports.tearsheet import tearsheet


def main(folders: list[str]) -> None:
    """Write tearsheet.html into each result's folder, and say so.

    Args:
        folders: The benchmark's result, then those to write for.
    """
    benchmark = Result.load(folders[0])
    for folder in folders[1:]:
        page = tearsheet(Result.load(folder), benchmark)
        (Path(folder) / TEARSHEET).write_text(page, encoding="utf-8", newline="\n")
        print(f"{DONE}{folder}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
