"""The pages of saved results: tearsheets in processes of their own, since QuantStats changes global settings."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from capshift.backtests import Result
from capshift.errors import ResultError
from capshift.reports.pages import INDEX_PAGE, Link, colours_of
from capshift.reports.rule_page import rule_page
from capshift.reports.runs import COMPARE, COMPARISON_PAGE, RULE_PAGE, TEARSHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: How a worker tells that a folder's pages are written.
DONE = "done: "


def draw_folders(
    folders: Sequence[Path],
    benchmark: Path,
    *,
    kind: str,
    tearsheets: bool = True,
    root: str = "../",
    done: Callable[[Path], None] = lambda _folder: None,
) -> None:
    """Write the pages of saved results into their folders, on as many processes as there are processors.

    Args:
        folders: Of results.
        benchmark: The folder of hold-large on the same sessions.
        kind: Of the run they are part of.
        tearsheets: Whether there are tearsheets, which take processes; else only rules' pages are drawn, in this one.
        root: The way from each folder to the index.
        done: Called with each folder whose pages are written.

    Raises:
        ResultError: A page cannot be drawn.
    """
    if not tearsheets:
        against = Result.load(benchmark)
        for folder in folders:
            draw_rule(folder, Result.load(folder), against, kind=kind, root=root)
            done(folder)
        return
    count = max(1, min(len(folders), os.cpu_count() or 1))
    # As the comparison's page has them; a rule alone has the usual colour.
    colours = colours_of(list(map(str, folders)), str(benchmark)) if kind == COMPARE else [""] * len(folders)
    tasks = [f"{colour}={folder}" for colour, folder in zip(colours, folders, strict=True)]
    workers = [_start_worker([root, kind, str(benchmark), *tasks[k::count]]) for k in range(count)]
    with ThreadPoolExecutor(count) as pool:
        try:
            complaints = list(pool.map(lambda worker: _follow(worker, done), workers))
        except BaseException:
            for worker in workers:  # else the pool would wait for them
                worker.kill()
            raise
    for complaint in complaints:
        if complaint:
            msg = f"the tearsheets could not be drawn: {complaint}"
            raise ResultError(msg)


def draw_rule(folder: Path, result: Result, benchmark: Result, *, kind: str, root: str) -> None:
    """Write the page of a rule's decisions, where its backdrop is known."""
    if result.backdrop:
        page = rule_page(result, benchmark, root=root, links=links_of(folder, kind, root, RULE_PAGE))
        (folder / RULE_PAGE).write_text(page, encoding="utf-8", newline="\n")


def links_of(folder: Path, kind: str, root: str, page: str) -> list[Link]:
    """Return where a reader of a result's page can go: the index, the comparison, the result's other page and files."""
    links = [Link("All runs", f"{root}{INDEX_PAGE}")]
    if kind == COMPARE:
        links.append(Link("Comparison", f"../{COMPARISON_PAGE}"))
    if page == TEARSHEET and (folder / RULE_PAGE).exists():
        links.append(Link("Every decision", RULE_PAGE))
    if page == RULE_PAGE and (folder / TEARSHEET).exists():
        links.append(Link("Tearsheet", TEARSHEET))
    return links


def _start_worker(arguments: Sequence[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "capshift.reports.worker", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def try_worker() -> str:
    """Return why no process can be started that draws tearsheets, or nothing; nothing is drawn."""
    command = [sys.executable, "-P", "-c", "import capshift.reports.worker"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1] if done.returncode else ""


def _follow(worker: subprocess.Popen[str], done: Callable[[Path], None]) -> str:
    """Wait for one process; return the last line of its complaint, or nothing when it ended well."""
    complaint = "no reason given"
    with worker:
        for line in worker.stdout or ():
            if line.startswith(DONE):
                done(Path(line.removeprefix(DONE).rstrip("\n")))
            else:
                complaint = line.strip() or complaint
    return complaint if worker.returncode else ""
