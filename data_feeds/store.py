"""What was downloaded, kept on disk: one Parquet file an entry, written whole or not at all, and able to say if it is.

Each file says in its own metadata what it is, where it comes from, when it was fetched, and the digest of its rows. It
is written beside its place, synced and renamed, under a lock that other processes wait for, so that a reader meets
either the old file or the new one. The one door to platformdirs and filelock.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import pandas as pd
import platformdirs

from capshift.data_feeds.tables import frame_of_parquet, parquet_bytes
from capshift.errors import DataUnavailableError, MarketError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Files of another version are fetched again.
SCHEMA = "1"
BARS, SERIES = "bars", "series"
#: Where the cache is when nobody says (`--cache-dir`, `cache_dir=`).
FOLDER_VARIABLE = "CAPSHIFT_CACHE"
#: Seconds to wait for another process that is fetching the same.
PATIENCE = 300.0
LONGEST_NAME = 40
_NAME = re.compile(r"\^?[A-Z0-9][A-Z0-9.=\-]*")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


def default_folder() -> Path:
    """Return the folder that `CAPSHIFT_CACHE` names, else the user's own folder for caches."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("capshift", appauthor=False))


def check_name(name: str) -> str:
    """Return a symbol or series that can be asked for and be a file's name.

    Raises:
        MarketError: It is neither, or it may be mistaken for another.

    >>> check_name("^RUT"), check_name("BRK-B")
    ('^RUT', 'BRK-B')
    """
    shown = repr(name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "...")
    if name != name.upper() and _NAME.fullmatch(name.upper()) and len(name) <= LONGEST_NAME:
        msg = f"{shown} is no symbol; did you mean '{name.upper()}'?"
        raise MarketError(msg)
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        msg = f"{shown} is no symbol: write it as Yahoo does, like IWM, BRK-B or ^RUT"
        raise MarketError(msg)
    if _ISIN.fullmatch(name):
        msg = f"{shown} is an ISIN; write the symbol, like IWM"
        raise MarketError(msg)
    return name


@dataclass(frozen=True)
class Entry:
    """What is stored of one symbol or series.

    Attributes:
        frame: Bars in Yahoo's layout, or a series in FRED's, oldest first, with plain columns.
        source: Who gave it, in words.
        fetched: When it was last fetched, in UTC.
        complete: When all of it was last fetched at once, in UTC; later fetches only appended.
        asked: The last vintage that was asked for, or nothing.
    """

    frame: pd.DataFrame
    source: str
    fetched: pd.Timestamp
    complete: pd.Timestamp
    asked: str = ""

    @property
    def days(self) -> pd.DatetimeIndex:
        """The dates of its rows."""
        return pd.DatetimeIndex(self.frame.iloc[:, 0])


class DamagedError(Exception):
    """A stored file is not what was written; the text says how."""


class Store:
    """A folder of entries.

    Args:
        folder: None for the one of `default_folder`. It is made when something is first written.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        """Name the folder; nothing is touched yet."""
        self.folder = default_folder() if folder is None else Path(folder)

    def path(self, kind: str, name: str) -> Path:
        """Return where an entry is kept; no name leads out of the folder, or is one that an operating system keeps."""
        return self.folder / kind / f"{check_name(name)}-{kind}.parquet"

    def read(self, kind: str, name: str) -> Entry | None:
        """Return an entry, or None when there is none.

        Raises:
            DamagedError: There is a file, but not the one that was written.
            DataUnavailableError: It cannot be read at all.
        """
        path = self.path(kind, name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as reason:
            msg = f"{name}: {path} cannot be read: {reason.strerror}; choose another folder with --cache-dir"
            raise DataUnavailableError(msg) from reason
        try:
            frame, facts = frame_of_parquet(content)
            said = json.loads(facts["capshift"])
            _check(frame, said, kind, name)
            return Entry(
                frame,
                said["source"],
                pd.Timestamp(said["fetched"]),
                pd.Timestamp(said["complete"]),
                said["asked"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as reason:
            raise DamagedError(str(reason)) from reason

    def read_sound(self, kind: str, name: str, *, offline: bool) -> tuple[Entry | None, list[str]]:
        """Return an entry; or None where there is none that is sound, and a note of what was wrong with it.

        Raises:
            DataUnavailableError: It is damaged, and cannot be fetched again offline.
        """
        try:
            return self.read(kind, name), []
        except DamagedError as damage:
            if offline:
                msg = f"{name}: {self.path(kind, name)} is damaged ({damage}); fetch it again without --offline"
                raise DataUnavailableError(msg) from damage
            return None, [f"{name}: what was stored was damaged ({damage}) and is fetched again"]

    def write(self, kind: str, name: str, entry: Entry) -> None:
        """Put an entry in its place, whole; the caller holds its lock.

        Raises:
            DataUnavailableError: The folder cannot be written to.
        """
        path = self.path(kind, name)
        said = {
            "schema": SCHEMA,
            "kind": kind,
            "name": name,
            "source": entry.source,
            "fetched": entry.fetched.isoformat(),
            "complete": entry.complete.isoformat(),
            "asked": entry.asked,
            "rows": len(entry.frame),
            "digest": digest(entry.frame),
        }
        content = parquet_bytes(entry.frame, {"capshift": json.dumps(said)})
        try:
            for left_over in path.parent.glob(f".{path.name}.*.tmp"):  # of a process that was killed
                left_over.unlink(missing_ok=True)
            _replace(path, content)
        except OSError as reason:
            msg = f"{name}: {path} cannot be written: {reason.strerror}; choose another folder with --cache-dir"
            raise DataUnavailableError(msg) from reason

    @contextmanager
    def lock(self, kind: str, name: str) -> Iterator[None]:
        """Keep other processes from fetching the same entry; a lock dies with its process.

        Raises:
            DataUnavailableError: Another process holds it for too long, or the folder cannot be written to.
        """
        path = self.path(kind, name).with_suffix(".lock")
        held = filelock.FileLock(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held.acquire(timeout=PATIENCE)
        except filelock.Timeout as reason:
            msg = f"{name}: another process has been fetching it for {PATIENCE:g} seconds; try again when it is done"
            raise DataUnavailableError(msg) from reason
        except OSError as reason:
            msg = f"{name}: {path} cannot be written: {reason.strerror}; choose another folder with --cache-dir"
            raise DataUnavailableError(msg) from reason
        try:
            yield
        finally:
            held.release()

    def names(self, kind: str) -> list[str]:
        """Return the names of what is stored, sorted."""
        ending = f"-{kind}.parquet"
        return sorted(path.name.removesuffix(ending) for path in (self.folder / kind).glob(f"*{ending}"))


def digest(frame: pd.DataFrame) -> str:
    """Return the sha256 of a frame's column names, dates and values."""
    total = hashlib.sha256()
    for column in frame.columns:
        values = frame[column]
        dated = values.dtype.kind == "M"
        total.update(str(column).encode())
        total.update((values.astype("datetime64[ns]") if dated else values.astype("float64")).to_numpy().tobytes())
    return total.hexdigest()


def _check(frame: pd.DataFrame, said: dict[str, object], kind: str, name: str) -> None:
    """Refuse a file that could be read, but is not the one that was written."""
    if said["schema"] != SCHEMA:
        wrong = f"it is of version {said['schema']}"
        raise ValueError(wrong)
    if (said["kind"], said["name"]) != (kind, name):
        wrong = f"it holds {said['name']}"
        raise ValueError(wrong)
    if said["digest"] != digest(frame):
        wrong = "its rows are not those that were written"
        raise ValueError(wrong)


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside its place, sync it, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    if os.name == "posix":  # elsewhere a folder cannot be synced
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
