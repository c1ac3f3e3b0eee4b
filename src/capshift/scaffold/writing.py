"""All of several files, or none of them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from capshift.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def written(new: Mapping[Path, str], changed: Mapping[Path, str] | None = None) -> Iterator[None]:
    """Write files, and take all of it back if that fails, or what is done with them inside the context does.

    Args:
        new: Files to make, and what stands in them; not one of them is there yet.
        changed: Files that are there, and what shall stand in them.

    Raises:
        ResultError: A new file is there already, or one cannot be written; nothing has changed then.
    """
    before = {path: path.read_bytes() for path in changed or {}}
    made: list[Path] = []
    try:
        for path, text in new.items():
            _make(path, text, made)
        for path, text in (changed or {}).items():
            path.write_bytes(text.encode())
        yield
    except BaseException as reason:
        for path, content in before.items():
            path.write_bytes(content)
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        if isinstance(reason, OSError):
            where = f" {reason.filename}" if reason.filename else ""
            msg = f"the rule's files cannot be written:{where}: {os.strerror(reason.errno or 0)}; nothing has changed"
            raise ResultError(msg) from reason
        raise


def _make(path: Path, text: str, made: list[Path]) -> None:
    """Make a file and the folders it needs, and note each of them."""
    for folder in reversed([one for one in path.parents if not one.exists()]):
        folder.mkdir()
        made.append(folder)
    try:
        file = path.open("xb")
    except FileExistsError as reason:
        msg = f"there is a file {path} already, and nothing is overwritten; choose another name, or another --dir"
        raise ResultError(msg) from reason
    made.append(path)
    with file:
        file.write(text.encode())
