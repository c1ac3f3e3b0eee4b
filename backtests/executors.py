"""Who does the work of a sweep: threads for compiled code, processes for Backtrader.

All are `concurrent.futures` executors, and whatever behaves like one will do.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, TypeVar

from capshift.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from capshift.backtests.judging import Judge, Judged

_Out = TypeVar("_Out")


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """Return the number of workers, by default one a processor.

    Raises:
        ParameterError: It is not 1 or more.
    """
    if workers is not None and workers < 1:
        msg = f"workers is {workers}; it must be 1 or more"
        raise ParameterError(msg)
    return workers or processors()


def threads(workers: int) -> Executor:
    """Return threads: compiled code releases Python's lock."""
    return ThreadPoolExecutor(workers, thread_name_prefix="capshift")


#: The judge of this process, and whether it shall stop, handed over once when the process starts.
_JUDGE: list[tuple[Judge, Any]] = []


class _Processes(ProcessPoolExecutor):
    """Processes that begin nothing more once they are told to stop."""

    def __init__(self, workers: int, judge: Judge) -> None:
        # Where processes can be forked, they share the bars' memory, and know classes that no file holds.
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        context = multiprocessing.get_context(method)
        self.stopped = context.Event()
        super().__init__(workers, mp_context=context, initializer=_begin, initargs=(judge, self.stopped))


def _begin(judge: Judge, stopped: Any) -> None:
    """Keep what a process needs; Ctrl-C is for the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _JUDGE.append((judge, stopped))


def processes(workers: int, judge: Judge) -> Executor:
    """Return processes that hold a judge, bars and all, so that a task carries positions only."""
    return _Processes(workers, judge)


def judged_in_process(grid: int, positions: Any) -> Judged:
    """Return what the judge of this process finds; nothing once it shall stop."""
    judge, stopped = _JUDGE[-1]
    return judge.judged(grid, positions[:0] if stopped.is_set() else positions)


def halt(executor: Executor) -> None:
    """Wait for what has begun, and for nothing that has not."""
    if isinstance(executor, _Processes):
        executor.stopped.set()
    executor.shutdown()


def streamed(
    executor: Executor, work: Callable[..., _Out], tasks: Iterable[tuple[Any, ...]], *, at_once: int
) -> Iterator[_Out]:
    """Give the results of tasks as they come, with no more than `at_once` handed out.

    Whatever ends the iteration early, an interruption too, calls off what has not begun.

    >>> with threads(2) as pool:
    ...     sorted(streamed(pool, abs, [(-1,), (2,), (-3,)], at_once=2))
    [1, 2, 3]
    """
    waiting: set[Future[_Out]] = set()
    queue = iter(tasks)
    try:
        while True:
            for task in queue:
                waiting.add(executor.submit(work, *task))
                if len(waiting) >= at_once:
                    break
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
    finally:
        for one in waiting:
            one.cancel()
