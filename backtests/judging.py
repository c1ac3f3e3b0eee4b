"""Judging variants: from positions in a grid to figures, on whichever engine the rule needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from capshift.backtests.decisions import decisions_of
from capshift.backtests.event_engine import simulate
from capshift.backtests.metrics import METRICS, cagr, metrics_of, years_between
from capshift.errors import BrokerFaultError, CapshiftError
from capshift.strategies import BENCHMARK, find_rule
from capshift.strategies.sharing import sharing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capshift.backtests.account import Account
    from capshift.backtests.grid import Grid
    from capshift.backtests.ledger import Ledger
    from capshift.backtests.replay import Tape
    from capshift.data_feeds import Market
    from capshift.strategies import Rotation
    from capshift.strategies.sharing import Memo


class Judged(NamedTuple):
    """What became of a batch of positions.

    Attributes:
        grid: Number of the grid.
        positions: Of the variants that were judged.
        figures: In the order of `METRICS`, shape (variants, figures); NaN where one does not exist.
        errors: Of each variant, empty where it went well.
        refused: Combinations that the rule or a constraint does not allow.
    """

    grid: int
    positions: NDArray[np.int64]
    figures: NDArray[np.float64]
    errors: list[str]
    refused: int


@dataclass(eq=False)
class Judge:
    """All that is needed to judge variants, and what they have in common, worked out once.

    Attributes:
        market: What they see and trade.
        account: One setting for all.
        grids: Of the rules.
        engine: `array`, but for rules that decide bar by bar; or `event` for all.
    """

    market: Market
    account: Account
    grids: tuple[Grid, ...]
    engine: str = "array"
    _memo: Memo = field(default_factory=dict, repr=False)

    def on_arrays(self, grid: int) -> bool:
        """Return whether a grid's rule is judged on the array engine."""
        return self.engine == "array" and self.grids[grid].strategy.is_array_rule()

    def judged(self, grid: int, positions: NDArray[np.int64]) -> Judged:
        """Return the figures of the combinations at these positions, those that are refused left out."""
        kept, variants = self.grids[grid].variants(positions)
        rule = self.grids[grid].strategy
        figures = np.full((len(variants), len(METRICS)), np.nan)
        errors = [""] * len(variants)
        if variants:
            judge = self._many if self.on_arrays(grid) else self._each
            judge(rule, variants, figures, errors)
        return Judged(grid, kept, figures, errors, len(positions) - len(kept))

    @cached_property
    def benchmark(self) -> Ledger:
        """The account of hold-large, the same on either engine."""
        if any(self.on_arrays(grid) for grid in range(len(self.grids))):
            from capshift.backtests.array_engine import simulate_arrays  # noqa: PLC0415 - imports Numba

            return simulate_arrays(find_rule(BENCHMARK), self.market, {}, self.account)
        return simulate(find_rule(BENCHMARK), self.market, {}, self.account)

    @cached_property
    def benchmark_cagr(self) -> float:
        """Compound growth of hold-large."""
        return cagr(self.benchmark.equity, years_between(self.benchmark.sessions))

    @cached_property
    def _tape(self) -> Tape:
        from capshift.backtests.array_engine import tape_of  # noqa: PLC0415 - imports Numba

        return tape_of(self.market, self.account)

    def _many(
        self,
        rule: type[Rotation],
        variants: Sequence[Mapping[str, Any]],
        figures: NDArray[np.float64],
        errors: list[str],
    ) -> None:
        """Judge variants on the array engine, all at once; one by one where one of them fails."""
        from capshift.backtests.array_engine import figures_of  # noqa: PLC0415 - imports Numba

        try:
            with sharing(self._memo):
                decisions = decisions_of(rule, self.market, variants)
            figures[:] = figures_of(decisions, self._tape, self.account, self.benchmark_cagr)
        except CapshiftError as reason:
            if len(variants) == 1:
                errors[0] = str(reason)
                return
            for row, variant in enumerate(variants):
                alone = [""]
                self._many(rule, [variant], figures[row : row + 1], alone)
                errors[row] = alone[0]

    def _each(
        self,
        rule: type[Rotation],
        variants: Sequence[Mapping[str, Any]],
        figures: NDArray[np.float64],
        errors: list[str],
    ) -> None:
        """Judge variants on the event engine, one by one; one that fails is a row with its error."""
        for row, variant in enumerate(variants):
            try:
                ledger = simulate(rule, self.market, variant, self.account, silent=True)
                found = metrics_of(ledger, self.market, self.benchmark)
                figures[row] = [np.nan if value is None else value for value in found.values()]
            except BrokerFaultError:
                raise
            except Exception as reason:  # noqa: BLE001 - whatever a user's own class does, the sweep goes on
                told = str(reason) if isinstance(reason, CapshiftError) else str(rule.failure("the class", reason))
                errors[row] = told
