"""Python's garbage collector, kept out of the way of what makes no garbage: imports, and the end of a process.

The libraries that a backtest stands on make a million objects that live as long as the process does. Looking through
them again and again is a third of the time of a short run, and once more at its end half a second.
"""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: New objects between two looks, and looks at younger ones between two at older ones; Python's own are 700, 10, 10.
_SELDOM = (50_000, 20, 50)


@contextmanager
def resting() -> Iterator[None]:
    """Have nothing collected meanwhile, and then as before.

    >>> import gc
    >>> with resting():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def leave_all_at_exit() -> None:
    """Leave what is alive at the end of the process to the operating system, which frees it at once."""
    atexit.unregister(gc.freeze)  # once is enough
    atexit.register(gc.freeze)


def collect_seldom() -> None:
    """Collect garbage seldom from now on, in a process that runs one command."""
    gc.set_threshold(*_SELDOM)
    leave_all_at_exit()
