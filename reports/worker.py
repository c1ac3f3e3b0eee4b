"""A process that draws saved results' pages: `python -m capshift.reports.worker ROOT KIND BENCHMARK COLOUR=RESULT...`.

QuantStats changes global settings and its charts break in threads, so it gets processes of its own, which read what
was saved and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

from capshift.backtests import Result
from capshift.reports.drawing import DONE, draw_rule, links_of
from capshift.reports.runs import RULE_PAGE, TEARSHEET
from capshift.reports.tearsheet import tearsheet


def main(root: str, kind: str, benchmark: str, *tasks: str) -> None:
    """Write tearsheet and rule page into each result's folder, and say so.

    Args:
        root: The way from a result's folder to the index.
        kind: Of the run that the results are part of.
        benchmark: The folder of hold-large's result.
        tasks: The results to write for: each one's colour, or none, an equals sign, and its folder.
    """
    against = Result.load(benchmark)
    for task in tasks:
        colour, _, place = task.partition("=")
        folder = Path(place)
        result = Result.load(folder)
        if result.backdrop:
            (folder / RULE_PAGE).touch()  # each page links to the other
        page = tearsheet(result, against, root=root, links=links_of(folder, kind, root, TEARSHEET), colour=colour)
        (folder / TEARSHEET).write_text(page, encoding="utf-8", newline="\n")
        draw_rule(folder, result, against, kind=kind, root=root)
        print(f"{DONE}{folder}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
