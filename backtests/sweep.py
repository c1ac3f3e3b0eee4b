"""Many variants of rules on one market, judged by the same figures as a single run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.account import Account, interest_in_words
from capshift.backtests.cluster import client_of
from capshift.backtests.decisions import refuse_rented
from capshift.backtests.event_engine import simulate
from capshift.backtests.executors import check_workers
from capshift.backtests.gathering import in_order, returns_of, table_of
from capshift.backtests.grid import Grid, grid_of
from capshift.backtests.judging import MOST_LOOKED_AT, Judge, Judged
from capshift.backtests.metrics import METRICS, session_returns
from capshift.backtests.notebook import sweep_html
from capshift.backtests.provenance import market_facts, versions
from capshift.backtests.runner import check_engine, look_ahead, simulated
from capshift.backtests.sampling import LATIN_HYPERCUBE
from capshift.backtests.selection import Selection, selection_of
from capshift.backtests.variants import (
    caveats_of,
    judged_batches,
    look_at_outermost,
    outermost,
    positions_drawn,
    refused_all,
)
from capshift.errors import CapshiftError, ParameterError, did_you_mean
from capshift.strategies.combinations import packages_of
from capshift.strategies.parameters import resolve, written_value
from capshift.strategies.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import backtrader as bt
    from distributed import Client
    from numpy.typing import NDArray

    from capshift.backtests.overfitting import Overfitting
    from capshift.backtests.selection import Returns
    from capshift.data_feeds import Market

#: Of these figures, less is better.
LESS_IS_BETTER = frozenset({"volatility", "time_under_water", "turnover", "trades"})
#: Of the best, those that are looked at for look-ahead: each look takes as long as some runs.
_MOST_CHECKED = 10
_VERIFIED = ("variant", "final_equity", "event_final_equity", "difference", "trades", "event_trades")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Sweep:
    """Variants of rules, each with its figures.

    Attributes:
        table: One row a variant in the order of the grids: number of the `grid`, `position` in it, `rule`, its
            parameters, every figure of `METRICS`, a `note` where orders were refused, and `error` where it failed.
            Its `attrs` count the trials.
        grids: What was asked for.
        refused: Combinations that a rule or a constraint does not allow; they are not in the table.
        interrupted: Whether it was stopped before its end; the table then holds what was done.
        market: What they traded.
        account: Its settings.
        engines: Of each grid, what judged it: `array` or `event`.
        returns: What is kept of the variants' session returns.
        checked: Whether the best are looked at for look-ahead before they are shown, if their rules are not ours.
        provenance: Market, account and versions.
    """

    table: pd.DataFrame
    grids: tuple[Grid, ...]
    refused: int
    interrupted: bool
    market: Market
    account: Account
    engines: tuple[str, ...]
    returns: Returns
    checked: bool = True
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        """How many variants were judged: what the best of them must be discounted for."""
        return len(self.table)

    @property
    def failed(self) -> int:
        """How many variants ended in an error."""
        return int((self.table["error"] != "").sum())

    @property
    def judged(self) -> int:
        """How many variants have figures."""
        return self.trials - self.failed

    @property
    def first_error(self) -> str:
        """The error of the first variant that failed; empty where none did."""
        return next((error for error in self.table["error"] if error), "")

    @property
    def noted(self) -> pd.Series:
        """Notes of the variants that have one, by row: orders of plain strategies that were refused, above all."""
        return self.table["note"][self.table["note"] != ""]

    @property
    def thinned(self) -> bool:
        """Whether combinations of a latin-hypercube design were refused."""
        return bool(self.refused) and self.provenance.get("sampling", {}).get("method") == LATIN_HYPERCUBE

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return bool(self.provenance["market"]["simulated"])

    def __len__(self) -> int:
        """Return the number of variants."""
        return len(self.table)

    def __repr__(self) -> str:
        """Say what was swept."""
        rules = ", ".join(grid.strategy.rule_name() for grid in self.grids)
        return f"Sweep({rules}; {counted(self.trials, 'trial')}{', SIMULATED' if self.simulated else ''})"

    def _repr_html_(self) -> str:
        """Show itself in a notebook; where the best cannot be trusted, with the reason."""
        try:
            return sweep_html(self)
        except CapshiftError as reason:
            return sweep_html(self.unchecked(str(reason)))

    def best(self, by: str = "sharpe", count: int = 10) -> pd.DataFrame:
        """Return the variants with the best values of a figure, best first; equals keep the order of the grid.

        Args:
            by: A key of `METRICS`. Less is better of volatility, time under water, turnover and trades.
            count: Rows at most, 1 or more.

        Raises:
            ParameterError: There is no such figure, or count is below 1.
            LookAheadError: One of them, or of the first ten, sees the future; see `unchecked`.
            RuleError: One of these does not do the same twice, or fails on every other market.
        """
        check_count(count, 1)
        ranked = self._ranked(by).head(count)
        for number in ranked.index[:_MOST_CHECKED].tolist():
            self._look(number)
        return ranked

    def _look(self, number: int) -> None:
        """Raise where a row's variant is of a foreign rule and sees the future; each is looked at once."""
        if self.checked and number not in self._honest:
            grid, parameters = self.variant(number)
            full = resolve(grid.strategy, parameters)
            look_ahead(grid.strategy, self.market, full, self.account, name=self.name(number))
            self._honest.add(number)

    @cached_property
    def _honest(self) -> set[int]:
        return set()

    def unchecked(self, why: str) -> Sweep:
        """Return the same, whose best can be shown though one of them sees the future; what it tells says why.

        >>> from capshift import load_market
        >>> found = sweep("mix", load_market(start="2020-01-02", end="2020-12-31"), small=[0.2, 0.8])
        >>> found.unchecked("mix,small=0.8 saw the future").provenance["warning"]
        'mix,small=0.8 saw the future'
        """
        warning = " ".join(filter(None, [self.provenance.get("warning", ""), why]))
        return replace(self, checked=False, provenance={**self.provenance, "warning": warning})

    def _ranked(self, by: str) -> pd.DataFrame:
        """Return all variants that have a figure, best first."""
        check_metric(by)
        known = self.table[self.table[by].notna()]
        return known.sort_values(by, ascending=by in LESS_IS_BETTER, kind="stable")

    def verified(self, by: str = "sharpe", count: int = 5) -> pd.DataFrame:
        """Run the best variants again on the event engine, and return both final equities and how far they differ.

        Args:
            by: A key of `METRICS`.
            count: Of the best, how many are looked at, 0 or more.

        Returns:
            One row for each of them that was judged on the array engine; where the event engine itself judged, there
            is nothing to compare. `variant`, `final_equity`, `event_final_equity`, `difference` (relative), `trades`
            and `event_trades`.

        Raises:
            ParameterError: There is no such figure, or count is below 0.
            CapshiftError: As `best`.
        """
        check_count(count, 0)
        check_metric(by)
        rows = []
        for number in self.best(by, count).index.tolist() if count else ():
            grid, parameters = self.variant(number)
            if self._engine(number) == "event":
                continue
            full = resolve(grid.strategy, parameters)
            ledger = simulate(grid.strategy, self.market, full, self.account, silent=True)
            final, again = float(self.figures(number)["final_equity"]), float(ledger.equity[-1])
            rows.append(
                {
                    "variant": self.name(number),
                    "final_equity": final,
                    "event_final_equity": again,
                    "difference": final / again - 1,
                    "trades": int(self.figures(number)["trades"]),
                    "event_trades": len(ledger.fills),
                }
            )
        return pd.DataFrame(rows, columns=list(_VERIFIED))

    def selection(self, by: str = "sharpe") -> Selection:
        """Return what choosing the best by a figure is worth: overfitting, deflated Sharpe, and all variants' figures.

        It takes seconds for thousands of variants, once.

        Raises:
            ParameterError: There is no such figure.
        """
        if by not in self._selections:
            numbers = self.best(by, 1).index.tolist()
            self._selections[by] = selection_of(
                self.table,
                self.returns,
                self._overfitting,
                self._effective_trials,
                by=by,
                best=self.name(numbers[0]) if numbers else "",
                lead=self._lead(numbers[0]) if numbers else None,
                against=self.provenance["market"]["symbols"]["large"],
            )
        return self._selections[by]

    @cached_property
    def _selections(self) -> dict[str, Selection]:
        return {}

    @cached_property
    def _overfitting(self) -> Overfitting | None:
        return self.returns.overfitting()

    @cached_property
    def _effective_trials(self) -> int:
        return self.returns.effective_trials()

    def _lead(self, number: int) -> NDArray[np.float64]:
        """Return the session returns of a row minus those of hold-large."""
        return session_returns(self._equity(number)) - self.returns.base

    def _equity(self, number: int) -> NDArray[np.float64]:
        """Return the equity of a row at each close, run again."""
        grid, given = self.variant(number)
        parameters = resolve(grid.strategy, given)
        engine = self._engine(number)
        return simulated(grid.strategy, self.market, parameters, self.account, engine, silent=True).equity

    def _engine(self, number: int) -> str:
        """Return what judged a row."""
        return self.engines[int(self.table["grid"][number])]

    def curves(self, rows: Iterable[int]) -> pd.DataFrame:
        """Return the equity of variants at each close, run again: a sweep keeps figures, not curves.

        Args:
            rows: Of the table, as in `curves(found.best("cagr", 5).index)`.

        Returns:
            Dollars, one row a session, one column a variant.
        """
        curves = {self.name(number): self._equity(number) for number in rows}
        return pd.DataFrame(curves, index=self.market.account_sessions)

    def variant(self, number: int) -> tuple[Grid, dict[str, Any]]:
        """Return the grid of a row of the table, and the parameters that were given to it."""
        row: dict[Any, Any] = self.table.loc[number].to_dict()
        grid = self.grids[row["grid"]]
        columns = grid.columns(np.array([row["position"]]))
        return grid, {name: columns[name][0] for name in grid.axes}

    def figures(self, number: int) -> dict[str, float]:
        """Return the figures of a row; NaN where one does not exist."""
        row: dict[Any, Any] = self.table.loc[number].to_dict()
        return {key: float(row[key]) for key in METRICS}

    def name(self, number: int) -> str:
        """Return what tables call a row: the rule, and the parameters that were given."""
        row: dict[Any, Any] = self.table.loc[number].to_dict()
        grid: Grid = self.grids[row["grid"]]
        return grid.name(row["position"])

    def summary(self, by: str = "sharpe", count: int = 10) -> dict[str, Any]:
        """Return counts, the best variants and where all comes from, as JSON can hold it."""
        best = []
        for number in self.best(by, count).index.tolist():
            grid, parameters = self.variant(number)
            figures = {key: None if np.isnan(value) else value for key, value in self.figures(number).items()}
            written = {name: written_value(value) for name, value in parameters.items()}
            best.append({"rule": grid.strategy.rule_name(), "params": written, "metrics": figures})
        return {
            "trials": self.trials,
            "refused": self.refused,
            "failed": self.failed,
            "interrupted": self.interrupted,
            "by": by,
            "best": best,
            "selection": self.selection(by).summary(),
            "grids": [
                {
                    **grid.facts(),
                    "spec": grid.rule if isinstance(grid.rule, str) else grid.strategy.rule_name(),
                    "engine": engine,
                }
                for grid, engine in zip(self.grids, self.engines, strict=True)
            ],
            "provenance": dict(self.provenance),
        }

    def json(self, by: str = "sharpe", count: int = 10, **more: Any) -> str:
        """Return the summary as text, with more entries beside."""
        return json.dumps(self.summary(by, count) | more, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def check_metric(by: str) -> None:
    """Raise `ParameterError` for a figure that does not exist."""
    if by not in METRICS:
        msg = f"there is no figure '{by}'{did_you_mean(by, METRICS)}; there is {', '.join(METRICS)}"
        raise ParameterError(msg)


def check_count(count: int, least: int) -> None:
    """Raise `ParameterError` for a number of variants below the least that makes sense."""
    if count < least:
        msg = f"count is {count}; it must be {least} or more"
        raise ParameterError(msg)


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
