"""The one door to Numba: `replay` and what it calls, compiled for this machine, and kept on disk for the next process.

Importing this module imports Numba, which takes half a second; only what needs compiled code does.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import TYPE_CHECKING, Any

from capshift.backtests import latches, replay, sums
from capshift.collector import leave_all_at_exit, resting
from capshift.strategies import bookkeeping

with resting():
    import numba
    from numba.extending import register_jitable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

#: Called by compiled code, and compiled with it.
_CALLED: tuple[Callable[..., Any], ...] = (
    bookkeeping.commission_of,
    bookkeeping.affordable,
    bookkeeping.after_interest,
    bookkeeping.after_dividend,
    bookkeeping.reason_to_trade,
    bookkeeping.whole,
    bookkeeping.after_sale,
    bookkeeping.after_purchase,
    bookkeeping.most_affordable,
    bookkeeping.size_orders,
    bookkeeping.average_after,
    bookkeeping.position_value,
    replay.empty_book,
    replay.fill_orders,
    replay._deviation,  # noqa: SLF001 - compiled in place of its module
    replay._depth,  # noqa: SLF001 - the same
    replay.write_figures,
    sums.write_sums,
    replay.replay,
    replay.replay_many,
    latches.write_latches,
)
#: Sums and extremes of known numbers, which may be taken in any order: several sessions at once.
_SUMS: tuple[Callable[..., Any], ...] = (
    replay._total,  # noqa: SLF001 - compiled in place of its module
    replay._mean_product,  # noqa: SLF001 - the same
    replay._exposure,  # noqa: SLF001 - the same
    replay._write_returns,  # noqa: SLF001 - the same
    replay._sharpe_over,  # noqa: SLF001 - the same
    sums._add,  # noqa: SLF001 - the same
)


def _digest(*modules: ModuleType) -> int:
    """Return a number that changes with the sources of modules."""
    text = "".join(inspect.getsource(module) for module in modules)
    return int(hashlib.sha256(text.encode()).hexdigest()[:15], 16)


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled; it releases Python's lock, and is kept on disk where there is a place for it."""
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # neither beside this file nor in the user's cache folder can be written
        return dispatcher
    return dispatcher


def _entries(digest: int) -> tuple[Callable[..., Any], ...]:
    """Return the functions that Python calls.

    Numba looks for changes in the file of the function it keeps, and in the values it closes over, but not in the
    functions it calls. Closing over the digest of their sources has it compile anew when those change.
    """

    def one(*of_replay):  # type: ignore[no-untyped-def]  # pragma: no cover - runs as machine code  # noqa: ANN002, ANN202 - Numba takes the types from the call
        _ = digest
        return replay.replay(*of_replay)

    def many(*of_replay):  # type: ignore[no-untyped-def]  # pragma: no cover - runs as machine code  # noqa: ANN002, ANN202 - the same
        _ = digest
        return replay.replay_many(*of_replay)

    def latched(*of_latches):  # type: ignore[no-untyped-def]  # pragma: no cover - runs as machine code  # noqa: ANN002, ANN202 - the same
        _ = digest
        return latches.write_latches(*of_latches)

    return _kept(one), _kept(many), _kept(latched)


def cache_folder() -> str | None:
    """Return where compiled code is kept for the next process; None where there is no place for it."""
    compiled: Any = replay_one
    folder: str | None = compiled._cache.cache_path  # noqa: SLF001 - Numba tells it nowhere else
    return folder


leave_all_at_exit()  # Numba and LLVM take half a second to take apart
for _function in _CALLED:
    register_jitable(_function)
for _function in _SUMS:
    register_jitable(fastmath={"reassoc", "nnan", "nsz"})(_function)
replay_one, replay_many, write_latches = _entries(_digest(bookkeeping, replay, sums, latches))
