"""Results and pages onto the disk: all of them, or nothing; older runs are kept, and an index lists them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capshift.backtests.comparison import folder_name
from capshift.backtests.storage import put, scratch
from capshift.errors import ResultError
from capshift.reports import runs
from capshift.reports.comparison_page import comparison_page
from capshift.reports.drawing import draw_folders
from capshift.reports.events_page import events_page
from capshift.reports.index_page import write_index
from capshift.reports.pages import ALL_RUNS, INDEX_PAGE, PLOTLY_FILE, write_plotly
from capshift.reports.story_page import story_page
from capshift.reports.sweep_page import sweep_page
from capshift.reports.today_page import today_page
from capshift.reports.walk_forward_page import walk_forward_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from capshift.backtests import Comparison, EventStudy, Result, Sweep, Today, WalkForward
    from capshift.backtests.stress import Stress
    from capshift.reports.story_page import Story


def save_result(
    result: Result, out: str | Path, *, benchmark: Result, tearsheets: bool = True, force: bool = False
) -> Path:
    """Write a result and its pages into a folder of its own below `out`, and return that folder.

    Args:
        result: From `capshift.run`.
        out: Where the folder goes. An older run in its place is kept in `out`/runs/.
        benchmark: hold-large on the same market with the same account.
        tearsheets: Whether QuantStats draws a tearsheet; the rule's own page is written all the same.
        force: Remove a run in its place instead of keeping it; those in runs/ stay.

    Raises:
        ResultError: The place cannot be written.
    """
    out, name = Path(out), folder_name(result.name)
    with _told(out), scratch(out) as fresh:
        (folder,) = _write([result], fresh)
        _refuse_taken([out / name], [out / PLOTLY_FILE])
        beside = folder
        if result.name != benchmark.name:
            beside = folder / runs.BENCHMARK_FOLDER
            beside.mkdir()
            benchmark.write(beside)
        draw_folders([folder], beside, kind=runs.RUN, tearsheets=tearsheets)
        digest = runs.digest_of((folder / runs.RESULT_JSON).read_text(encoding="utf-8"))
        _publish(fresh, out, [name], digest, force=force)
    return out / name


def save_comparison(
    comparison: Comparison,
    out: str | Path,
    *,
    stress: Stress | None = None,
    progress: Callable[[str], None] = lambda _name: None,
    tearsheets: bool = True,
    force: bool = False,
) -> Path:
    """Write a comparison, its page, and each rule's result and pages, and return the page.

    All is written aside first and put in place when it is complete; other files in `out` are left alone.

    Args:
        comparison: From `capshift.compare`.
        out: The folder. An older comparison in it, with its rules' folders, is kept in `out`/runs/.
        stress: Of the comparison, for its page and comparison.json; None leaves it out.
        progress: Called with the name of each rule whose pages are done.
        tearsheets: Whether QuantStats draws tearsheets; the rules' own pages are written all the same.
        force: Remove the runs in their place instead of keeping them; those in runs/ stay.

    Raises:
        ResultError: The place cannot be written.
    """
    out, files = Path(out), (runs.COMPARISON_JSON, runs.COMPARISON_PAGE)
    with _told(out), scratch(out) as fresh:
        folders = _write(comparison, fresh)
        _refuse_taken([out / folder.name for folder in folders], [out / file for file in (*files, PLOTLY_FILE)])
        benchmark = fresh / folder_name(comparison.benchmark)
        draw_folders(
            list(folders),
            benchmark,
            kind=runs.COMPARE,
            tearsheets=tearsheets,
            done=lambda folder: progress(folders[folder]),
        )
        text = comparison.json(stress)
        page = comparison_page(comparison, stress, links=[ALL_RUNS], leads_to=leads_to(folders))
        _write_texts(fresh, {runs.COMPARISON_PAGE: page, runs.COMPARISON_JSON: text})
        names = [*(folder.name for folder in folders), *files]
        _publish(fresh, out, names, runs.digest_of(text), force=force)
    return out / runs.COMPARISON_PAGE


def leads_to(folders: Iterable[Path]) -> str:
    """Return the page that all of these folders have, the tearsheet before the rule's own, or nothing."""
    places = list(folders)
    pages = (runs.TEARSHEET, runs.RULE_PAGE)
    return next((page for page in pages if all((folder / page).exists() for folder in places)), "")


def save_events(study: EventStudy, out: str | Path, *, force: bool = False) -> Path:
    """Write an event study's page, its rows and paths as CSV and its summary as JSON, and return the page.

    All are named after the event, written aside first and put in place when complete; other files in `out` are left
    alone.

    Args:
        study: From `capshift.events`.
        out: The folder. An older study of the event is kept in `out`/runs/.
        force: Remove it instead.

    Raises:
        ResultError: The place cannot be written.
    """
    out, files = Path(out), runs.event_files(folder_name(study.name))
    page, rows, paths, summary = files
    with _told(out), scratch(out) as fresh:
        _refuse_taken([], [out / file for file in (*files, PLOTLY_FILE)])
        text = study.json()
        _write_texts(fresh, {page: events_page(study, links=[ALL_RUNS]), summary: text})
        study.rows.to_csv(fresh / rows, lineterminator="\n")
        study.paths.to_csv(fresh / paths, lineterminator="\n", date_format="%Y-%m-%d")
        _publish(fresh, out, files, runs.digest_of(text), force=force)
    return out / page


def save_today(standing: Today, out: str | Path, *, force: bool = False) -> Path:
    """Write what rules hold today as a page and as JSON, and return the page; other files in `out` are left alone.

    Args:
        standing: From `capshift.today`.
        out: The folder. An older day is kept in `out`/runs/.
        force: Remove it instead.

    Raises:
        ResultError: The place cannot be written.
    """
    out, files = Path(out), (runs.TODAY_PAGE, runs.TODAY_JSON)
    with _told(out), scratch(out) as fresh:
        _refuse_taken([], [out / file for file in files])
        text = standing.json()
        _write_texts(fresh, {runs.TODAY_PAGE: today_page(text, links=[ALL_RUNS]), runs.TODAY_JSON: text})
        _publish(fresh, out, files, runs.digest_of(text), force=force)
    return out / runs.TODAY_PAGE


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
        _refuse_taken([], [out / INDEX_PAGE])
        _write_texts(fresh, {INDEX_PAGE: story_page(story)})
        put(fresh / INDEX_PAGE, out / INDEX_PAGE)
    return out / INDEX_PAGE


def save_sweep(
    sweep: Sweep,
    out: str | Path,
    *,
    by: str = "sharpe",
    count: int = 10,
    verified: pd.DataFrame | None = None,
    force: bool = False,
) -> Path:
    """Write a sweep's table as Parquet, the best of it as JSON, and its page, and return the page.

    The table's metadata count the trials: pandas reads them back as `attrs`. All is written aside first and put in
    place when complete; other files in `out` are left alone.

    Args:
        sweep: From `capshift.sweep`.
        out: The folder. An older sweep in it is kept in `out`/runs/.
        by: The figure that variants are ordered by, and that is drawn.
        count: Variants in the tables of the best.
        verified: From `Sweep.verified`.
        force: Remove an older sweep instead of keeping it.

    Raises:
        CapshiftError: The place cannot be written, or there is no such figure.
    """
    out, files = Path(out), (runs.SWEEP_TABLE, runs.SWEEP_JSON, runs.SWEEP_PAGE)
    again: list[Any] = [] if verified is None else verified.to_dict("records")
    with _told(out), scratch(out) as fresh:
        _refuse_taken([], [out / file for file in (*files, PLOTLY_FILE)])
        page = sweep_page(sweep, by=by, count=count, verified=again, links=[ALL_RUNS])
        text = sweep.json(by, count, verified=again)
        _write_texts(fresh, {runs.SWEEP_PAGE: page, runs.SWEEP_JSON: text})
        sweep.table.to_parquet(fresh / runs.SWEEP_TABLE, index=False)
        _publish(fresh, out, files, runs.digest_of(text), force=force)
    return out / runs.SWEEP_PAGE


def save_walk_forward(walked: WalkForward, out: str | Path, *, force: bool = False) -> Path:
    """Write a walk-forward's page, its windows as CSV, its figures as JSON and its accounts, and return the page.

    Each account has a folder as a run has, without pages. All is written aside first and put in place when
    complete; other files in `out` are left alone.

    Args:
        walked: From `capshift.walk_forward`.
        out: The folder. An older walk-forward, and runs whose folders its accounts take, are kept in `out`/runs/.
        force: Remove them instead.

    Raises:
        ResultError: The place cannot be written.
    """
    out, files = Path(out), (runs.WALK_WINDOWS, runs.WALK_JSON, runs.WALK_PAGE)
    with _told(out), scratch(out) as fresh:
        folders = _write(walked.results, fresh)
        _refuse_taken([out / folder.name for folder in folders], [out / file for file in (*files, PLOTLY_FILE)])
        text = walked.json()
        _write_texts(fresh, {runs.WALK_PAGE: walk_forward_page(walked, links=[ALL_RUNS]), runs.WALK_JSON: text})
        walked.windows.to_csv(fresh / runs.WALK_WINDOWS, index=False, lineterminator="\n")
        names = [*(folder.name for folder in folders), *files]
        _publish(fresh, out, names, runs.digest_of(text), force=force)
    return out / runs.WALK_PAGE


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Turn what the system says of a full or protected disk into a message."""
    try:
        yield
    except OSError as reason:
        msg = f"{out} cannot be written: {reason.strerror or reason}; name another folder"
        raise ResultError(msg) from reason


def _publish(fresh: Path, out: Path, names: Sequence[str], digest: str, *, force: bool) -> None:
    """Put a complete run in its place, from which older ones have moved, and list it."""
    write_plotly(fresh)
    runs.make_way(out, names, digest, force=force)
    for name in (*names, PLOTLY_FILE):
        put(fresh / name, out / name)
    write_index(out)


def _write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


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
