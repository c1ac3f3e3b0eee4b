"""`Sweep`: many variants of rules on one market, judged by the same figures as a single run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.event_engine import simulate
from capshift.backtests.metrics import LESS_IS_BETTER, METRICS, check_metric, session_returns
from capshift.backtests.notebook import sweep_html
from capshift.backtests.runner import look_ahead, simulated
from capshift.backtests.sampling import LATIN_HYPERCUBE
from capshift.backtests.selection import Selection, selection_of
from capshift.errors import CapshiftError, ParameterError
from capshift.strategies.parameters import resolve, written_value
from capshift.strategies.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from capshift.backtests.account import Account
    from capshift.backtests.grid import Grid
    from capshift.backtests.overfitting import Overfitting
    from capshift.backtests.selection import Returns
    from capshift.data_feeds import Market

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

        >>> from capshift import load_market, sweep
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


def check_count(count: int, least: int) -> None:
    """Raise `ParameterError` for a number of variants below the least that makes sense."""
    if count < least:
        msg = f"count is {count}; it must be {least} or more"
        raise ParameterError(msg)
