"""The index of a folder of results: every run that lies there, the newest of each kind first, then those kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from capshift.backtests.account import Account
from capshift.backtests.metrics import METRICS, in_words
from capshift.reports import runs
from capshift.reports.pages import INDEX_PAGE, Link, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: By this a page is known to be an index, and not one that somebody else wrote.
_MARK = '<meta name="generator" content="capshift index">'
_WORDS = {
    runs.RUN: "One rule",
    runs.COMPARE: "Comparison",
    runs.SWEEP: "Sweep",
    runs.WALK: "Walk-forward",
    runs.EVENTS: "Event study",
    runs.TODAY: "Today",
}
_PAGES = {runs.COMPARE: runs.COMPARISON_PAGE, runs.SWEEP: runs.SWEEP_PAGE, runs.WALK: runs.WALK_PAGE}
_PAGES |= {runs.TODAY: runs.TODAY_PAGE}


def write_index(out: Path) -> None:
    """Write the index of a folder; a page of this name that is none is left alone."""
    place = out / INDEX_PAGE
    if place.is_dir() or (place.exists() and _MARK not in place.read_text(encoding="utf-8", errors="replace")):
        return
    place.write_text(index_page(out), encoding="utf-8", newline="\n")


def index_page(out: Path) -> str:
    """Return the index of a folder as HTML."""
    newest = list(_rows(out, ""))
    kept = [row for folder in reversed(runs.kept_in(out)) for row in _rows(folder, f"{runs.KEPT}/{folder.name}/")]
    every = [*newest, *kept]
    simulated = [bool(row["simulated"]) for row in every]
    market = {"simulated": bool(every) and all(simulated), "symbols": {}}
    return render(
        "index.html",
        provenance={"market": market},
        title="Runs in this folder",
        newest=newest,
        kept=kept,
        mixed=any(simulated) and not all(simulated),
        settings=any(row["settings"] for row in every),
    )


def _rows(folder: Path, way: str) -> Iterator[dict[str, Any]]:
    """Give a row for each run that lies in a folder."""
    for run in runs.runs_in(folder):
        market = run.head["provenance"]["market"]
        symbols = market["symbols"]
        yield {
            "link": Link(_title(run), _page(folder, run, way)),
            "kind": _WORDS[run.kind],
            "symbols": f"{symbols['small']} and {symbols['large']}",
            "span": f"{market['first_session']} to {market['last_session']}",
            "settings": _settings(run),
            "figures": _figures(run),
            "digest": run.digest,
            "simulated": market["simulated"],
        }


def _title(run: runs.Run) -> str:
    head = run.head
    if run.kind in {runs.RUN, runs.EVENTS}:
        return str(head["name"])
    if run.kind in {runs.COMPARE, runs.TODAY}:
        names = list(head["rules"])
        return f"{len(names)} rule{'s' if len(names) > 1 else ''}: {', '.join(names)}"
    if run.kind == runs.SWEEP:
        return "; ".join(map(_grid_in_words, head["grids"]))
    grid = head["provenance"].get("grid")  # written since 0.7
    return f"{len(head['windows'])} windows{f' of {_grid_in_words(grid)}' if grid else ''}"


def _grid_in_words(grid: Mapping[str, Any]) -> str:
    """Return what was asked of a sweep, in the words of a command line.

    >>> _grid_in_words({"rule": "breakout", "axes": {"entry": [20, 40, 60], "exit": [10]}, "where": []})
    'breakout, entry=20...60 (3), exit=10'
    """
    axes = [
        f"{name}={values[0]}" + (f"...{values[-1]} ({len(values)})" if len(values) > 1 else "")
        for name, values in grid["axes"].items()
    ]
    return ", ".join([grid["rule"], *axes, *grid["where"]])


def _settings(run: runs.Run) -> str:
    """Return the account's settings that are not the usual ones, and how a walk-forward was cut."""
    usual, provenance = Account().settings(), run.head["provenance"]
    account = provenance.get("account", {})
    told = {name: account[name] for name, value in usual.items() if name in account and account[name] != value}
    told |= provenance.get("windows", {})
    return ", ".join(f"{name.replace('_', ' ')} {_written(value)}" for name, value in told.items())


def _written(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value:,.10g}"


def _page(folder: Path, run: runs.Run, way: str) -> str:
    """Return the way to a run's page, or nothing where none was drawn."""
    names: tuple[str, ...]
    if run.kind == runs.RUN:
        names = (f"{run.name}/{runs.TEARSHEET}", f"{run.name}/{runs.RULE_PAGE}", f"{run.name}/{runs.RESULT_JSON}")
    else:
        names = (_PAGES.get(run.kind, f"{run.name}.html"),)
    return next((quote(way + name) for name in names if (folder / name).is_file()), "")


def _figures(run: runs.Run) -> str:
    """Return what a run came to, in a few words."""
    head = run.head
    if run.kind == runs.RUN:
        told = ("cagr", "excess_cagr", "sharpe", "max_drawdown")
        return "; ".join(f"{METRICS[key].label} {in_words(METRICS[key].form, head['metrics'][key])}" for key in told)
    if run.kind == runs.COMPARE:
        return str((head.get("uncertainty") or {}).get("verdict", ""))
    if run.kind == runs.SWEEP:
        return f"{head['trials']:,} variants by {METRICS[head['by']].label}"
    if run.kind == runs.WALK:
        return f"{head['trials']:,} variants by {METRICS[head['by']].label}"
    if run.kind == runs.EVENTS:
        return f"{len(head['events']):,} events"
    return f"at the close of {head['session']}"
