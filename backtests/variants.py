"""The variants of a sweep: which are judged, whether their rule can be, and batch after batch of them at work."""

from __future__ import annotations

import math
from contextlib import nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.cluster import work_of
from capshift.backtests.executors import halt, judged_in_process, processes, streamed, threads
from capshift.backtests.runner import caveat_of, look_ahead
from capshift.backtests.sampling import sampled
from capshift.errors import ParameterError, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Executor

    from distributed import Client
    from numpy.typing import NDArray

    from capshift.backtests.account import Account
    from capshift.backtests.grid import Grid
    from capshift.backtests.judging import Judge, Judged
    from capshift.data_feeds import Market
    from capshift.strategies import Rotation

#: Variants a task: enough to share signals, few enough for a lively progress bar and little memory.
_ON_ARRAYS, _ON_EVENTS = 256, 2
#: Tasks handed out for each worker, so that none waits.
_AHEAD = 3
#: A table of more rows is no longer read into memory; samples are.
MOST_VARIANTS = 10_000_000


def refused_all(grids: Sequence[Grid]) -> ParameterError:
    """Return what to tell where every combination is refused, with the reason of the first."""
    names = ", ".join(grid.strategy.rule_name() for grid in grids)
    msg = f"{names}: every combination is refused, the first because: {grids[0].first_refusal()}; give other values"
    return ParameterError(msg)


def positions_drawn(grid: Grid, samples: int | None, sampling: str | None, seed: int) -> NDArray[np.int64]:
    """Return the positions to judge."""
    if samples is not None:
        shape, method = grid.shape or (1,), sampling or "random"
        return sampled(shape, samples, method=method, seed=seed, allowed=lambda some: grid.variants(some)[0])
    if sampling is not None:
        msg = f"sampling is '{sampling}', and no samples are drawn; say how many (samples=, --samples)"
        raise ParameterError(msg)
    size = math.prod(grid.shape)
    if size > MOST_VARIANTS:
        msg = (
            f"{grid.strategy.rule_name()}: {size:,} combinations are more than {MOST_VARIANTS:,}; "
            "take wider steps, or draw some of them (samples=, --samples)"
        )
        raise ParameterError(msg)
    return grid.positions()


def look_at_outermost(grid: Grid, market: Market, account: Account) -> None:
    """Look for what is wrong with the rule or sees the future, on the first and the last combination allowed.

    One that the event engine runs is looked at on one of them: each look is a run. Where that fails, it will be a row
    with its error.
    """
    for number, (rule, variant) in enumerate(outermost(grid)):
        name = grid.called(variant)
        if not rule.is_array_rule():
            with suppress(RuleError):
                look_ahead(rule, market, variant, account, name=name)
                return
        else:
            # One that fails is a row with its error, like those in between; the first says what is wrong with the rule.
            with suppress(RuleError) if number else nullcontext():
                look_ahead(rule, market, variant, account, name=name)


def caveats_of(grids: Sequence[Grid], market: Market, *, check: bool) -> str:
    """Return what a reader must know of rules on a market, also that nobody has looked whether they see the future."""
    said = [caveat_of(rule, market, variant, check=check) for grid in grids for rule, variant in outermost(grid)]
    return " ".join(dict.fromkeys(filter(None, said)))


def outermost(grid: Grid) -> list[tuple[type[Rotation], dict[str, Any]]]:
    """Return the rule with the first and with the last combination that are allowed, among 256 at each end."""
    span = range(math.prod(grid.shape))
    first, last = (grid.variants(np.array(ends, dtype=np.int64))[1] for ends in (span[:256], span[-256:]))
    return [(grid.strategy, variant) for variant in (*first[:1], *last[-1:])]


def judged_batches(
    judge: Judge, drawn: Sequence[NDArray[np.int64]], workers: int, client: Client | None = None
) -> Generator[Judged]:
    """Give batch after batch as they are judged: arrays on threads, the others on processes, or all on Dask."""
    for on_arrays, size in ((True, _ON_ARRAYS), (False, _ON_EVENTS)):
        tasks: list[tuple[Any, ...]] = [
            (number, positions[start : start + size])
            for number, positions in enumerate(drawn)
            if judge.on_arrays(number) == on_arrays
            for start in range(0, len(positions), size)
        ]
        if not tasks:
            continue
        if client is not None:
            executor, work, common, at_once = work_of(client, judge)
            yield from _stopped_early(executor, work, [(*common, *task) for task in tasks], at_once)
            continue
        _ = judge.benchmark  # worked out once, before workers ask for it together
        makes = threads if on_arrays else partial(processes, judge=judge)
        work = judge.judged if on_arrays else judged_in_process
        yield from _stopped_early(makes(min(workers, len(tasks))), work, tasks, workers * _AHEAD)


def _stopped_early(
    executor: Executor, work: Callable[..., Judged], tasks: Sequence[tuple[Any, ...]], at_once: int
) -> Iterator[Judged]:
    """Give results, and do not wait for work that nobody asks for any more."""
    try:
        yield from streamed(executor, work, tasks, at_once=at_once)
    finally:
        halt(executor)
