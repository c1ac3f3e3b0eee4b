"""Modules beside a file of rules: found while its code runs, and nowhere in the way of others."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

#: The folder of each class that came from a file.
_FOLDERS: WeakKeyDictionary[type, Path] = WeakKeyDictionary()
#: Of each folder, the modules that were imported from it, by name.
_HELPERS: dict[Path, dict[str, ModuleType]] = {}


def remember(rule: type, folder: Path) -> None:
    """Keep the folder that a class's file lies in."""
    _FOLDERS[rule] = folder


def folder_of(rule: type) -> Path | None:
    """Return the folder that a class's file lies in; None for one that no file of rules holds."""
    return _FOLDERS.get(rule)


def forget(folder: Path | None) -> None:
    """Have modules of a folder imported anew when they are asked for next."""
    for name, module in _HELPERS.pop(folder, {}).items() if folder else ():
        if sys.modules.get(name) is module:
            del sys.modules[name]


@contextmanager
def searched(folder: Path | None) -> Iterator[None]:
    """Have a folder searched for imports, after everything else; modules of other such folders do not stand in for its.

    >>> before = list(sys.path)
    >>> with searched(Path("/nowhere")):
    ...     sys.path[-1]
    '/nowhere'
    >>> sys.path == before
    True
    """
    if folder is None or str(folder) in sys.path:
        yield
        return
    own = _HELPERS.setdefault(folder, {})
    for place, helpers in _HELPERS.items():
        for name, module in helpers.items():
            if place != folder and sys.modules.get(name) is module:
                del sys.modules[name]
    sys.modules.update(own)
    known = set(sys.modules)
    sys.path.append(str(folder))
    importlib.invalidate_caches()  # the file may have been written just now
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        fresh = {name: sys.modules[name] for name in set(sys.modules) - known}
        own.update({name: one for name, one in fresh.items() if _lies_in(one, folder)})


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).is_relative_to(folder)
