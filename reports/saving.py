"""Results and pages onto the disk: all of them, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from capshift.backtests.comparison import folder_name
from capshift.backtests.storage import put, scratch
from capshift.errors import ResultError
from capshift.reports.comparison_page import comparison_page
from capshift.reports.events_page import events_page
from capshift.reports.pages import PLOTLY_FILE, write_plotly
from capshift.reports.story_page import story_page
from capshift.reports.sweep_page import sweep_page
from capshift.reports.walk_forward_page import walk_forward_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from capshift.backtests import Comparison, EventStudy, Result, Sweep, WalkForward
    from capshift.reports.story_page import Story

#: How a worker tells that a tearsheet is written.
DONE = "done: "
COMPARISON_PAGE, COMPARISON_JSON, TEARSHEET = "comparison.html", "comparison.json", "tearsheet.html"
STORY_PAGE = "index.html"
SWEEP_PAGE, SWEEP_JSON, SWEEP_TABLE = "sweep.html", "sweep.json", "sweep.parquet"
WALK_PAGE, WALK_JSON, WALK_WINDOWS = "walk-forward.html", "walk-forward.json", "windows.csv"


def save_result(result: Result, out: str | Path, *, benchmark: Result) -> Path:
    """Write a result and its tearsheet into a folder of its own below `out`, and return that folder.

    Args:
        result: From `capshift.run`.
        out: Where the folder goes; one of the same name is replaced.
        benchmark: hold-large on the same market with the same account.

    Raises:
        ResultError: The place cannot be written.
    """
    out = Path(out)
    with _told(out), scratch(out) as fresh:
        beside = fresh / ".benchmark"  # no result has a folder of this name
        beside.mkdir()
        benchmark.write(beside)
        folders = _write([result], fresh)
        _write_tearsheets(list(folders), beside, lambda _folder: None)
        put(next(iter(folders)), out / folder_name(result.name))
    return out / folder_name(result.name)


def save_comparison(
    comparison: Comparison, out: str | Path, *, progress: Callable[[str], None] = lambda _name: None
) -> Path:
    """Write a comparison, its page, and each rule's result and tearsheet, and return the page.

    All is written aside first and put in place when it is complete; other files in `out` are left alone.

    Args:
        comparison: From `capshift.compare`.
        out: The folder.
        progress: Called with the name of each rule whose tearsheet is done.

    Raises:
        ResultError: The place cannot be written.
    """
    out, files = Path(out), (PLOTLY_FILE, COMPARISON_JSON, COMPARISON_PAGE)
    with _told(out), scratch(out) as fresh:
        folders = _write(comparison, fresh)
        _refuse_taken([out / folder.name for folder in folders], [out / file for file in files])
        benchmark = fresh / folder_name(comparison.benchmark)
        _write_tearsheets(list(folders), benchmark, lambda folder: progress(folders[folder]))
        (fresh / COMPARISON_PAGE).write_text(comparison_page(comparison), encoding="utf-8", newline="\n")
        (fresh / COMPARISON_JSON).write_text(comparison.json(), encoding="utf-8", newline="\n")
        write_plotly(fresh)
        for folder in folders:
            put(folder, out / folder.name)
        for file in files:
            put(fresh / file, out / file)
    return out / COMPARISON_PAGE


def save_events(study: EventStudy, out: str | Path) -> Path:
    """Write an event study's page, its rows as CSV and its summary as JSON, and return the page.

    All are named after the event, written aside first and put in place when complete; other files in `out` are left
    alone.

    Args:
        study: From `capshift.events`.
        out: The folder.

    Raises:
        ResultError: The place cannot be written.
    """
    out, name = Path(out), folder_name(study.name)
    page, files = f"{name}.html", (PLOTLY_FILE, f"{name}.csv", f"{name}.json", f"{name}.html")
    with _told(out), scratch(out) as fresh:
        _refuse_taken([], [out / file for file in files])
        (fresh / page).write_text(events_page(study), encoding="utf-8", newline="\n")
        (fresh / f"{name}.json").write_text(study.json(), encoding="utf-8", newline="\n")
        study.rows.to_csv(fresh / f"{name}.csv", lineterminator="\n")
        write_plotly(fresh)
        for file in files:
            put(fresh / file, out / file)
    return out / page


def save_story(story: Story, out: str | Path) -> Path:
    """Write a story's page, index.html, and return it; other files in `out` are left alone.

    Args:
        story: Its sections, and the results they tell of; what it links to is saved by itself.
        out: The folder.

    Raises:
        ResultError: The place cannot be written.
    """
    out = Path(out)
    with _told(out), scratch(out) as fresh:
        _refuse_taken([], [out / STORY_PAGE])
        (fresh / STORY_PAGE).write_text(story_page(story), encoding="utf-8", newline="\n")
        put(fresh / STORY_PAGE, out / STORY_PAGE)
    return out / STORY_PAGE


def save_sweep(
    sweep: Sweep, out: str | Path, *, by: str = "sharpe", count: int = 10, verified: pd.DataFrame | None = None
) -> Path:
    """Write a sweep's table as Parquet, the best of it as JSON, and its page, and return the page.

    The table's metadata count the trials: pandas reads them back as `attrs`. All is written aside first and put in
    place when complete; other files in `out` are left alone.

    Args:
        sweep: From `capshift.sweep`.
        out: The folder.
        by: The figure that variants are ordered by, and that is drawn.
        count: Variants in the tables of the best.
        verified: From `Sweep.verified`.

    Raises:
        CapshiftError: The place cannot be written, or there is no such figure.
    """
    out, files = Path(out), (PLOTLY_FILE, SWEEP_TABLE, SWEEP_JSON, SWEEP_PAGE)
    again = [] if verified is None else verified.to_dict("records")
    with _told(out), scratch(out) as fresh:
        _refuse_taken([], [out / file for file in files])
        page = sweep_page(sweep, by=by, count=count, verified=verified)
        (fresh / SWEEP_PAGE).write_text(page, encoding="utf-8", newline="\n")
        text = sweep.json(by, count, verified=again)
        (fresh / SWEEP_JSON).write_text(text, encoding="utf-8", newline="\n")
        sweep.table.to_parquet(fresh / SWEEP_TABLE, index=False)
        write_plotly(fresh)
        for file in files:
            put(fresh / file, out / file)
    return out / SWEEP_PAGE


def save_walk_forward(walked: WalkForward, out: str | Path) -> Path:
    """Write a walk-forward's page, its windows as CSV, its figures as JSON and its accounts, and return the page.

    Each account has a folder as a run has, without a tearsheet. All is written aside first and put in place when
    complete; other files in `out` are left alone.

    Args:
        walked: From `capshift.walk_forward`.
        out: The folder.

    Raises:
        ResultError: The place cannot be written.
    """
    out, files = Path(out), (PLOTLY_FILE, WALK_WINDOWS, WALK_JSON, WALK_PAGE)
    with _told(out), scratch(out) as fresh:
        folders = _write(walked.results, fresh)
        _refuse_taken([out / folder.name for folder in folders], [out / file for file in files])
        (fresh / WALK_PAGE).write_text(walk_forward_page(walked), encoding="utf-8", newline="\n")
        (fresh / WALK_JSON).write_text(walked.json(), encoding="utf-8", newline="\n")
        walked.windows.to_csv(fresh / WALK_WINDOWS, index=False, lineterminator="\n")
        write_plotly(fresh)
        for folder in folders:
            put(folder, out / folder.name)
        for file in files:
            put(fresh / file, out / file)
    return out / WALK_PAGE


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Turn what the system says of a full or protected disk into a message."""
    try:
        yield
    except OSError as reason:
        msg = f"{out} cannot be written: {reason.strerror or reason}; name another folder"
        raise ResultError(msg) from reason


def _refuse_taken(folders: Iterable[Path], files: Iterable[Path]) -> None:
    """Refuse before the first is put in its place: else some would be new, and others old."""
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            msg = f"{folder} is a file; name a folder for the results"
            raise ResultError(msg)
    for file in files:
        if file.is_dir():
            msg = f"{file} is a folder, and a file should go there; move it, or name another folder"
            raise ResultError(msg)


def _write(results: Iterable[Result], fresh: Path) -> dict[Path, str]:
    """Write each result into a folder of its own, and return folder to name."""
    folders: dict[Path, str] = {}
    for result in results:
        folder = fresh / folder_name(result.name)
        if folder.exists():
            msg = f"two results would share the folder {folder.name}; give them different names"
            raise ResultError(msg)
        folder.mkdir()
        result.write(folder)
        folders[folder] = result.name
    return folders


def _write_tearsheets(folders: list[Path], benchmark: Path, done: Callable[[Path], None]) -> None:
    """Write the tearsheets of saved results, in as many processes as there are processors."""
    count = max(1, min(len(folders), os.cpu_count() or 1))
    workers = [_start_worker(folders[k::count], benchmark) for k in range(count)]
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


def _start_worker(folders: list[Path], benchmark: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "capshift.reports.worker", str(benchmark), *map(str, folders)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


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
