"""What stands around a run: files in the way of libraries, the console, other processes, compiled code."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

import capshift
from capshift.doctor.findings import FINE, NOTE, WRONG, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Through which requests may go; what stands in them may hold a password, and is not shown.
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def surrounded() -> Iterator[Finding]:
    """Give a finding for what is in the way of libraries, for the console, for processes and for compiled code."""
    in_the_way = list(shadows(Path.cwd(), os.environ.get("PYTHONPATH", "")))
    yield from in_the_way
    if not in_the_way:
        yield Finding(FINE, "nothing in this folder or in PYTHONPATH stands in the way of a library")
    yield console(sys.stdout.encoding or "")
    yield from (Finding(NOTE, f"requests go through {name}") for name in _PROXIES if os.environ.get(name))
    yield _workers()
    yield _compiled()


def shadows(folder: Path, path: str) -> Iterator[Finding]:
    """Give a finding for each file or folder that Python would import in the place of a library.

    Args:
        folder: The one that a user works in: Python looks there first, but for the command capshift itself.
        path: What PYTHONPATH is.
    """
    named = [Path(one) for one in path.split(os.pathsep) if one]
    for place in dict.fromkeys([folder, *named]):
        for name in ["capshift", *libraries()]:
            found = PathFinder.find_spec(name, [str(place), *_elsewhere(place)])
            at = None if found is None else next(iter(found.submodule_search_locations or [found.origin or ""]))
            if at is not None and Path(at).parent == place and not _its_own(name, place):
                yield _shadow(Path(at), name)
        for file in sorted(place.glob("*.py")):
            if file.stem in sys.stdlib_module_names:
                yield _shadow(file, file.stem)


def libraries() -> list[str]:
    """Return the names that the libraries which capshift needs are imported by: their own, with underscores."""
    try:
        wanted = [Requirement(text) for text in requires("capshift") or ()]
    except PackageNotFoundError:
        return []
    return [one.name.replace("-", "_") for one in wanted if one.marker is None]


def _elsewhere(place: Path) -> list[str]:
    return [one for one in sys.path if one and Path(one).resolve() != place.resolve()]


def _its_own(name: str, place: Path) -> bool:
    """Return whether a place is where the library is installed, and not in its way."""
    running = Path(capshift.__file__).parent.parent
    return "-packages" in place.name or (name == "capshift" and place.resolve() == running.resolve())


def _shadow(path: Path, name: str) -> Finding:
    return Finding(WRONG, f"{path} is imported in the place of {name} by scripts that start here; give it another name")


def console(encoding: str) -> Finding:
    """Return whether an encoding can show all that capshift prints.

    >>> console("utf-8").state, console("ascii").state
    ('ok', 'wrong')
    """
    if encoding.lower().replace("-", "") == "utf8":
        return Finding(FINE, "the console takes UTF-8")
    return Finding(WRONG, f"the console takes {encoding or 'nothing'}, not UTF-8; set PYTHONUTF8=1")


def _workers() -> Finding:
    from capshift.reports.drawing import try_worker  # noqa: PLC0415 - heavy

    complaint = try_worker()
    if complaint:
        return Finding(WRONG, f"no process can be started that draws tearsheets: {complaint}; or use --no-tearsheets")
    return Finding(FINE, "processes that draw tearsheets start")


def _compiled() -> Finding:
    from capshift.backtests.compiled import cache_folder  # noqa: PLC0415 - heavy

    folder = cache_folder()
    if folder is None:
        return Finding(
            WRONG, "compiled code cannot be kept, and takes seconds each time; set NUMBA_CACHE_DIR to a folder"
        )
    return Finding(FINE, f"compiled code is kept in {folder}")
