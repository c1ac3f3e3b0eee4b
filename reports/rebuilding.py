"""All pages of a folder of results drawn anew, from what was saved: nothing is run, fetched or drawn by lot again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from capshift.backtests.comparison import folder_name
from capshift.errors import CapshiftError, ResultError
from capshift.reports import loading, runs
from capshift.reports.comparison_page import comparison_page
from capshift.reports.drawing import draw_folders
from capshift.reports.events_page import events_page
from capshift.reports.index_page import write_index
from capshift.reports.pages import INDEX_PAGE, Link, write_plotly
from capshift.reports.saving import leads_to
from capshift.reports.sweep_page import sweep_page
from capshift.reports.today_page import today_page
from capshift.reports.walk_forward_page import walk_forward_page

if TYPE_CHECKING:
    from collections.abc import Callable


def rebuild(
    out: str | Path, *, tearsheets: bool = True, progress: Callable[[str], None] = lambda _name: None
) -> list[Path]:
    """Draw every page in a folder of results anew, those of older runs among them, and return the pages of runs.

    Args:
        out: The folder.
        tearsheets: Whether QuantStats draws tearsheets; those that lie there stay as they are otherwise.
        progress: Called with the name of each run whose pages are done.

    Raises:
        ResultError: There are no runs, or what was saved of one cannot be read.
    """
    out = Path(out)
    places = [out, *runs.kept_in(out)]
    found = [(place, run) for place in places for run in runs.runs_in(place)]
    if not found and (out / runs.RESULT_JSON).exists():
        msg = f"{out} is the folder of one account; name the one that it lies in: {out.resolve().parent}"
        raise ResultError(msg)
    if not found:
        msg = f"{out} holds no results; name the folder that was given as --out"
        raise ResultError(msg)
    pages = []
    try:
        for place, run in found:
            pages.append(_draw(place, run, root="" if place == out else "../../", tearsheets=tearsheets))
            progress(run.name)
        write_plotly(out)
        write_index(out)
    except OSError as reason:
        msg = f"{out} cannot be written: {reason.strerror or reason}"
        raise ResultError(msg) from reason
    return pages


def _draw(folder: Path, run: runs.Run, *, root: str, tearsheets: bool) -> Path:
    """Draw the pages of one run, and return the first of them."""
    try:
        if run.kind == runs.RUN:
            return _draw_rule(folder / run.name, root, tearsheets=tearsheets)
        page = folder / run.files[0]
        page.write_text(_page(folder, run, root, tearsheets=tearsheets), encoding="utf-8", newline="\n")
    except (KeyError, TypeError, ValueError, FileNotFoundError, CapshiftError) as reason:
        if isinstance(reason, ResultError):
            raise
        told = " ".join(str(reason).split())[:120]
        msg = f"{folder / run.files[0]} cannot be drawn anew ({type(reason).__name__}: {told}); run it again"
        raise ResultError(msg) from reason
    return page


def _draw_rule(folder: Path, root: str, *, tearsheets: bool) -> Path:
    beside = folder / runs.BENCHMARK_FOLDER
    draw_folders(
        [folder], beside if beside.is_dir() else folder, kind=runs.RUN, tearsheets=tearsheets, root=f"../{root}"
    )
    return folder / (runs.TEARSHEET if (folder / runs.TEARSHEET).exists() else runs.RULE_PAGE)


def _page(folder: Path, run: runs.Run, root: str, *, tearsheets: bool) -> str:
    """Return the page of a run that is more than one rule's."""
    links = [Link("All runs", f"{root}{INDEX_PAGE}")]
    if run.kind == runs.COMPARE:
        comparison = loading.load_comparison(folder)
        folders = [folder / folder_name(name) for name in comparison.results]
        benchmark = folder / folder_name(comparison.benchmark)
        draw_folders(folders, benchmark, kind=runs.COMPARE, tearsheets=tearsheets, root=f"../{root}")
        return comparison_page(
            comparison, loading.load_stress(folder), root=root, links=links, leads_to=leads_to(folders)
        )
    if run.kind == runs.SWEEP:
        sweep, asked = loading.load_sweep(folder)
        return sweep_page(sweep, **asked, root=root, links=links)
    if run.kind == runs.WALK:
        return walk_forward_page(loading.load_walk_forward(folder), root=root, links=links)
    if run.kind == runs.TODAY:
        return today_page((folder / runs.TODAY_JSON).read_text(encoding="utf-8"), links=links)
    return events_page(loading.load_events(folder, run.name), root=root, links=links)
