"""`sweep`: every combination of rules' parameters, or a sample of them, judged on one market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.backtests.account import Account, interest_in_words
from capshift.backtests.cluster import client_of
from capshift.backtests.decisions import refuse_rented
from capshift.backtests.executors import check_workers
from capshift.backtests.gathering import in_order, returns_of, table_of
from capshift.backtests.grid import Grid, grid_of
from capshift.backtests.judging import MOST_LOOKED_AT, Judge, Judged
from capshift.backtests.provenance import market_facts, versions
from capshift.backtests.runner import check_engine
from capshift.backtests.sweep import Sweep
from capshift.backtests.variants import (
    caveats_of,
    judged_batches,
    look_at_outermost,
    outermost,
    positions_drawn,
    refused_all,
)
from capshift.errors import ParameterError
from capshift.strategies.combinations import packages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import backtrader as bt
    from distributed import Client

    from capshift.data_feeds import Market


def sweep(
    rules: str | type[bt.Strategy] | Grid | Sequence[Grid | tuple[str | type[bt.Strategy], Mapping[str, Any]]],
    market: Market,
    *,
    account: Account | None = None,
    where: str | Sequence[str] = (),
    samples: int | None = None,
    sampling: str | None = None,
    draw_seed: int = 0,
    engine: str = "array",
    check: bool = True,
    workers: int | None = None,
    dask: str | Client | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    **parameters: Any,
) -> Sweep:
    """Return the figures of every combination of parameters.

    Args:
        rules: A rule; or several, each a pair of a rule and its parameters' values, or a `Grid`.
        market: From `load_market`.
        account: One setting for all; None takes the defaults.
        where: Constraints like "exit <= entry"; combinations that break one, or that the rule itself refuses, are
            left out and counted.
        samples: Combinations to draw from each grid; None takes all.
        sampling: `random` (as None), which draws others for those that are refused; or `latin-hypercube`, which does
            not, and is then thinner.
        draw_seed: The same one draws the same samples.
        engine: `array`, on which rules that decide bar by bar still run on the event engine; or `event` for all.
        check: Whether to look for look-ahead in rules that are not registered; without, the results say so.
        workers: Threads or processes; None takes one a processor.
        dask: A Dask client, or a scheduler's address like tcp://host:8786, whose workers do the work instead.
        progress: Called with the number of combinations done and that of all.
        **parameters: Of a single rule: each one value, or several (a range, a list, an array).

    Raises:
        CapshiftError: A rule, parameter, constraint or setting is wrong, or every combination is refused; nothing was
            run then.

    Interrupted (Ctrl-C), it returns what is done.

    >>> from capshift import load_market
    >>> market = load_market(start="2015-01-01", end="2016-12-31")
    >>> found = sweep("breakout", market, entry=range(20, 61, 20), exit=[10, 30])
    >>> found.trials, found.refused, found.best("cagr", 1)[["entry", "exit"]].to_numpy().tolist()
    (5, 1, [[40, 30]])
    """
    check_engine(engine)
    grids = _grids(rules, [where] if isinstance(where, str) else where, parameters)
    count = check_workers(workers)
    drawn = [positions_drawn(grid, samples, sampling, draw_seed) for grid in grids]
    account = account or Account()
    judge = Judge(market, account, grids, engine, min(1.0, MOST_LOOKED_AT / max(1, sum(map(len, drawn)))))
    for grid in grids:
        if check:
            look_at_outermost(grid, market, account)
        if engine == "array":
            refuse_rented(grid.strategy, grid.axes.get("expression", ()))
    done: list[Judged] = []
    interrupted = False
    finished, total = 0, sum(map(len, drawn))
    client = None if dask is None else client_of(dask)
    batches = judged_batches(judge, drawn, count, client)
    progress(0, total)
    try:
        for batch in batches:
            done.append(batch)
            finished += len(batch.positions) + batch.refused
            progress(finished, total)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        batches.close()
    done = in_order(done)
    if not interrupted and not any(len(batch.positions) for batch in done):
        raise refused_all(grids)
    table = table_of(grids, done)
    refused = sum(batch.refused for batch in done)
    played = [one for grid in grids for one in outermost(grid)]
    engines = tuple("array" if judge.on_arrays(number) else "event" for number in range(len(grids)))
    table.attrs = {"trials": len(table), "refused": refused, "interrupted": interrupted}
    return Sweep(
        table=table,
        grids=grids,
        refused=refused,
        interrupted=interrupted,
        market=market,
        account=account,
        engines=engines,
        returns=returns_of(judge, done),
        checked=check,
        provenance={
            "market": market_facts(market),
            "account": {**account.settings(), "interest_paid": interest_in_words(market, account)},
            "engine": " and ".join(dict.fromkeys(engines)),
            "versions": versions("backtrader", "numba", "numpy", "pandas", *packages_of(played)),
            "warning": caveats_of(grids, market, check=check),
            **({} if samples is None else {"sampling": {"method": sampling or "random", "seed": draw_seed}}),
        },
    )


def _grids(rules: Any, where: Sequence[str], parameters: Mapping[str, Any]) -> tuple[Grid, ...]:
    """Return what was asked for as grids."""
    if isinstance(rules, str | type):
        return (grid_of(rules, parameters, where),)
    if isinstance(rules, Grid):
        rules = [rules]
    if parameters or not rules:
        msg = "give the parameters of several rules with each: [('breakout', {'entry': range(20, 261, 5)}), ...]"
        raise ParameterError(msg)
    return tuple(one if isinstance(one, Grid) else grid_of(one[0], one[1], where) for one in rules)
