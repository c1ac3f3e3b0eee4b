"""Runs that lie in a folder: which files are whose, and how older ones are kept when a newer one takes their place.

A folder of results has the newest run's files at their usual places, and older runs in runs/NUMBER-NAME-DIGEST/, each a
folder of results in small. Nothing else is remembered: what lies there is what there is.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from capshift.backtests.comparison import folder_name
from capshift.reports.pages import INDEX_PAGE, PLOTLY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

COMPARISON_PAGE, COMPARISON_JSON = "comparison.html", "comparison.json"
SWEEP_PAGE, SWEEP_JSON, SWEEP_TABLE = "sweep.html", "sweep.json", "sweep.parquet"
WALK_PAGE, WALK_JSON, WALK_WINDOWS = "walk-forward.html", "walk-forward.json", "windows.csv"
TODAY_PAGE, TODAY_JSON = "today.html", "today.json"
RESULT_JSON, TEARSHEET, RULE_PAGE = "result.json", "tearsheet.html", "rule.html"
#: Inside the folder of a single run: the account that it is measured against.
BENCHMARK_FOLDER = "benchmark"
KEPT = "runs"
RUN, COMPARE, SWEEP, WALK, EVENTS, TODAY = "run", "compare", "sweep", "walk-forward", "events", "today"
_DIGITS = 8


class Run(NamedTuple):
    """One run's files in a folder of results.

    Attributes:
        kind: The command that makes such a run.
        name: What it is called in the folder: the rule's folder, the event's files, or the kind.
        files: Names of its files and folders.
        head: What its JSON says.
        digest: Of the JSON: the same inputs have the same.
    """

    kind: str
    name: str
    files: tuple[str, ...]
    head: Mapping[str, Any]
    digest: str


def runs_in(folder: Path) -> list[Run]:
    """Return the runs whose files lie in a folder, by kind and name; those kept in runs/ are not among them."""
    found = [run for run in map(_of_file, sorted(folder.glob("*.json"))) if run]
    taken = {name for run in found for name in run.files}
    for file in sorted(folder.glob(f"*/{RESULT_JSON}")):
        name = file.parent.name
        if name not in taken and (head := _read(file)):
            found.append(Run(RUN, name, (name,), head, _digest(file)))
    return sorted(found, key=lambda run: (run.kind != COMPARE, run.kind, run.name))


def kept_in(folder: Path) -> list[Path]:
    """Return the folders of older runs, the oldest first."""
    return sorted(path for path in (folder / KEPT).glob("*-*") if path.is_dir())


def make_way(out: Path, files: Iterable[str], digest: str, *, force: bool) -> None:
    """Move older runs that own one of these files to runs/, or remove them where that is asked for.

    Args:
        out: The folder of results.
        files: Names of the newer run's files and folders.
        digest: The newer run's: one with the same is just written again.
        force: Remove instead of keeping.
    """
    names = set(files)
    for run in runs_in(out):
        if not names & set(run.files):
            continue
        if run.digest == digest or force:
            _remove(out, run)
        else:
            _keep(out, run)


def digest_of(text: str) -> str:
    """Return the digest of a run whose JSON is this text.

    >>> digest_of("{}")
    '44136fa3'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _keep(out: Path, run: Run) -> None:
    """Move a run into a folder of its own, unless its like is kept already."""
    kept, label = kept_in(out), f"{run.name}-{run.digest}"
    if any(path.name.partition("-")[2] == label for path in kept):
        _remove(out, run)
        return
    number = 1 + max((int(path.name.partition("-")[0]) for path in kept if path.name[0].isdigit()), default=0)
    place = out / KEPT / f"{number:03}-{label}"
    place.mkdir(parents=True)
    for name in run.files:
        if (out / name).exists():
            (out / name).replace(place / name)
    for page in place.rglob("*.html"):
        _lower(page)


def _lower(page: Path) -> None:
    """Let a page that now lies two folders deeper find Plotly's script and the index again."""
    beside = "|".join(re.escape(name) for name in (PLOTLY_FILE, INDEX_PAGE))
    text = page.read_text(encoding="utf-8")
    text = re.sub(rf'((?:src|href)=")((?:\.\./)*(?:{beside})")', r"\1../../\2", text)
    page.write_text(text, encoding="utf-8", newline="\n")


def _remove(out: Path, run: Run) -> None:
    for name in run.files:
        place = out / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def _of_file(file: Path) -> Run | None:
    """Return the run that a JSON file tells of, or nothing for a file that is not ours."""
    head = _read(file)
    if head is None:
        return None
    folders: Iterable[str] = ()
    files: tuple[str, ...]
    if file.name == COMPARISON_JSON:
        kind, files, folders = COMPARE, (COMPARISON_PAGE, COMPARISON_JSON), head.get("rules", {})
    elif file.name == WALK_JSON:
        kind, files, folders = WALK, (WALK_PAGE, WALK_JSON, WALK_WINDOWS), head.get("metrics", {})
    elif file.name == SWEEP_JSON:
        kind, files = SWEEP, (SWEEP_PAGE, SWEEP_JSON, SWEEP_TABLE)
    elif file.name == TODAY_JSON:
        kind, files = TODAY, (TODAY_PAGE, TODAY_JSON)
    elif "event" in head:
        kind, files = EVENTS, event_files(file.stem)
    else:
        return None
    name = file.stem if kind == EVENTS else kind
    return Run(kind, name, (*files, *map(folder_name, folders)), head, _digest(file))


def event_files(name: str) -> tuple[str, str, str, str]:
    """Return the names of an event study's files: the page, its rows, its paths and its summary."""
    return f"{name}.html", f"{name}.csv", f"{name}-paths.csv", f"{name}.json"


def _digest(file: Path) -> str:
    return digest_of(file.read_text(encoding="utf-8"))


def _read(file: Path) -> dict[str, Any] | None:
    """Return what a JSON file of ours holds; others are none of our business."""
    try:
        head = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return head if isinstance(head, dict) and "market" in head.get("provenance", {}) else None
