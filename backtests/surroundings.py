"""What a rule must not depend on: the clock, chance and the network; and files, whose dates nobody here knows."""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import time_machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: When all looks take place, unless they are about the clock.
_NOW = datetime(2030, 5, 15, 10, 30, tzinfo=UTC)
#: Clocks that differ from it in year, month, weekday, hour and minute, either way.
OTHER_CLOCKS = (_NOW + timedelta(days=403, hours=7, minutes=19), _NOW - timedelta(days=9_003, hours=4, minutes=7))
#: Seeds of the global generators of Python and NumPy.
_SEED, OTHER_SEED = 20_000, 30_001
_REFUSED = "a rule that is being checked is let into no network"
#: What Python tells its auditors when a program reaches out, and where the address stands among what is told.
_REACHING_OUT = {
    "socket.connect": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "urllib.Request": 0,
    "subprocess.Popen": 0,
    "os.system": 0,
    "os.posix_spawn": 0,
}
#: Where a rule is asked what it does: whoever called these is not the rule.
_WHO_ASKS = {"capshift.backtests.runner", "capshift.backtests.checking", "capshift.commands.check"}
_OPENING = {"open", "sqlite3.connect"}
_CODE = {".py", ".pyc", ".so", ".pyd", ".dll"}
#: Where Python, its libraries and the system's own figures lie.
_MACHINERY = (sys.prefix, sys.base_prefix, "/sys", "/proc", "/dev", *(one for one in sys.path if one.endswith(".zip")))


@dataclass
class Watch:
    """What code of a folder did meanwhile.

    Attributes:
        folder: Where the code lies.
        contacts: Where it tried to connect to; it is not let.
        files: What it opened, apart from code.
    """

    folder: Path
    contacts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def told(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note what Python tells, where code of the folder is behind it."""
        if event in _REACHING_OUT:
            where = _author(self.folder)
            address = arguments[_REACHING_OUT[event]]
            if where and not (event == "socket.connect" and isinstance(address, str)):  # a socket in the file system
                self.contacts.setdefault(_address(address), where)
                raise ConnectionRefusedError(_REFUSED)
        elif event in _OPENING and isinstance(arguments[0], str) and _tells_something(Path(arguments[0])):
            where = _author(self.folder)
            if where:
                self.files.setdefault(arguments[0], where)


def _tells_something(file: Path) -> bool:
    """Return whether a file may hold more than code or what the machine tells of itself."""
    return file.suffix not in _CODE and not any(file.is_relative_to(place) for place in _MACHINERY)


def _address(address: Any) -> str:
    if isinstance(address, bytes):
        return address.decode(errors="replace")
    return str(address[0]) if isinstance(address, tuple) else str(address)


def _author(folder: Path) -> str:
    """Return file and line of the innermost running code of a folder, or nothing."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - Python's own way to see who calls
    while frame is not None and frame.f_globals.get("__name__") not in _WHO_ASKS:
        file = frame.f_code.co_filename
        if file.startswith(str(folder)) and Path(file).parent == folder:
            return f"{Path(file).name}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""


class _Auditor:
    """What Python tells goes to the watch of the moment; Python lets no auditor go, so there is one."""

    watch: Watch | None = None
    installed = False

    @classmethod
    def hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        """Pass on what is told."""
        if cls.watch is not None and (event in _OPENING or event in _REACHING_OUT):
            watch, cls.watch = cls.watch, None  # what a watch does itself is not watched
            try:
                watch.told(event, arguments)
            finally:
                cls.watch = watch


@contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    """Note meanwhile what code that lies in a folder opens and where it connects to, which it is not let."""
    if not _Auditor.installed:
        sys.addaudithook(_Auditor.hear)
        _Auditor.installed = True
    before, watch = _Auditor.watch, Watch(folder)
    _Auditor.watch = watch
    try:
        with _curl_refused(watch):
            yield watch
    finally:
        _Auditor.watch = before


@contextmanager
def _curl_refused(watch: Watch) -> Iterator[None]:
    """Refuse what asks the network by way of libcurl, as yfinance does: it tells Python's auditors nothing."""
    if find_spec("curl_cffi") is None:  # a part of yfinance, today
        yield
        return
    from curl_cffi import Curl  # noqa: PLC0415 - only where something is watched

    asked = Curl.perform

    def refuse(self: Any, *_args: Any, **_options: Any) -> None:  # noqa: ARG001 - curl's
        # Its requests may come from a thread, where nobody sees who asked for them.
        watch.contacts.setdefault("a server, by libcurl", _author(watch.folder) or "in a thread")
        raise ConnectionRefusedError(_REFUSED)

    Curl.perform = refuse  # type: ignore[method-assign]  # and put back
    try:
        yield
    finally:
        Curl.perform = asked  # type: ignore[method-assign]


@contextmanager
def surroundings(*, clock: datetime = _NOW, seed: int = _SEED) -> Iterator[None]:
    """Have the clock begin at a time, and the global generators with a seed, meanwhile.

    >>> with surroundings():
    ...     print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}", random.random() == random.Random(_SEED).random())
    2030-05-15 10:30 True
    """
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the global one is what rules may use
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        with time_machine.travel(clock, tick=True):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
