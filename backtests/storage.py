"""Folders that are written completely or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from capshift.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_place(folder: Path) -> None:
    """Refuse a place for results that is taken by a file, before anything is computed for it.

    Raises:
        ResultError: It, or what it would lie in, is a file.
    """
    for place in (folder, *folder.parents):
        if place.exists():
            if not place.is_dir():
                msg = f"{place} is a file; name a folder for the results"
                raise ResultError(msg)
            return


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Give an empty folder inside `folder`, which is made if need be, and remove it in the end, as what stays empty.

    Raises:
        ResultError: The place is taken by a file, or cannot be written.
    """
    check_place(folder)
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError as reason:
        msg = f"{folder} cannot be written: {reason.strerror}; name another folder"
        raise ResultError(msg) from reason
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        with suppress(OSError):  # what was put into one of them keeps it
            for place in made:
                place.rmdir()


def put(fresh: Path, place: Path) -> None:
    """Move a finished folder or file to its place, where an old one of its name gives way.

    Raises:
        ResultError: The place is taken by a file where a folder should go.
    """
    if fresh.is_file():
        fresh.replace(place)
        return
    if place.exists() and not place.is_dir():
        msg = f"{place} is a file; name a folder for the results"
        raise ResultError(msg)
    old = fresh.with_name(fresh.name + ".old")
    if place.exists():
        place.replace(old)
    fresh.replace(place)
