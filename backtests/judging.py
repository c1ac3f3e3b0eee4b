"""Judging variants: from positions in a grid to figures, on whichever engine the rule needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from capshift.backtests.decisions import decisions_of
from capshift.backtests.event_engine import simulate
from capshift.backtests.metrics import METRICS, cagr, metrics_of, session_returns, years_between
from capshift.backtests.remarks import idle
from capshift.backtests.sums import Sums, empty_sums, write_sums
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


#: Of about so many variants at most, all session returns are kept, to see which of them move alike.
MOST_LOOKED_AT = 500


class Judged(NamedTuple):
    """What became of a batch of positions.

    Attributes:
        grid: Number of the grid.
        positions: Of the variants that were judged.
        refused: Combinations that the rule or a constraint does not allow.
        figures: In the order of `METRICS`, shape (variants, figures); NaN where one does not exist.
        errors: Of each variant, empty where it went well.
        notes: What a reader must know of each, such as orders that were refused; mostly empty.
        sums: Of each variant's session returns.
        looked_at: Whether a variant's session returns are kept.
        moves: Those of the variants looked at minus the benchmark's, shape (looked at, sessions - 1).
    """

    grid: int
    positions: NDArray[np.int64]
    refused: int
    figures: NDArray[np.float64]
    errors: NDArray[np.object_]
    notes: NDArray[np.object_]
    sums: Sums
    looked_at: NDArray[np.bool_]
    moves: NDArray[np.float64]

    @classmethod
    def unjudged(
        cls, grid: int, positions: NDArray[np.int64], refused: int, looked_at: NDArray[np.bool_], returns: int
    ) -> Judged:
        """Return room for what will be found of variants with so many session returns."""
        count = len(positions)
        return cls(
            grid,
            positions,
            refused,
            np.full((count, len(METRICS)), np.nan),
            np.full(count, "", dtype=object),
            np.full(count, "", dtype=object),
            empty_sums(count),
            looked_at,
            np.full((int(looked_at.sum()), returns), np.nan),
        )

    def alone(self, row: int) -> Judged:
        """Return the room of one variant; what is written there is written here."""
        one, before = slice(row, row + 1), int(self.looked_at[:row].sum())
        return self._replace(
            positions=self.positions[one],
            figures=self.figures[one],
            errors=self.errors[one],
            notes=self.notes[one],
            sums=Sums(self.sums.blocks[one], self.sums.leads[one]),
            looked_at=self.looked_at[one],
            moves=self.moves[before : before + int(self.looked_at[row])],
        )


def looked_at(positions: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Return which positions are among those looked at: about this share, spread evenly, whatever the batch.

    Source:
        Knuth (1998), The Art of Computer Programming 3, section 6.4: multiplicative hashing.

    >>> int(looked_at(np.arange(10_000), 0.1).sum())
    1001
    """
    scattered = positions.astype(np.uint64) * np.uint64(2_654_435_761) % np.uint64(2**32)
    return np.asarray(scattered < share * 2.0**32)


@dataclass(eq=False)
class Judge:
    """All that is needed to judge variants, and what they have in common, worked out once.

    Attributes:
        market: What they see and trade.
        account: One setting for all.
        grids: Of the rules.
        engine: `array`, but for rules that decide bar by bar; or `event` for all.
        share: Of the variants, how many are looked at.
    """

    market: Market
    account: Account
    grids: tuple[Grid, ...]
    engine: str = "array"
    share: float = 1.0
    _memo: Memo = field(default_factory=dict, repr=False)

    def on_arrays(self, grid: int) -> bool:
        """Return whether a grid's rule is judged on the array engine."""
        return self.engine == "array" and self.grids[grid].strategy.is_array_rule()

    def judged(self, grid: int, positions: NDArray[np.int64]) -> Judged:
        """Return the figures of the combinations at these positions, those that are refused left out."""
        kept, variants = self.grids[grid].variants(positions)
        returns, refused = len(self.market.account_sessions) - 1, len(positions) - len(kept)
        found = Judged.unjudged(grid, kept, refused, looked_at(kept, self.share), returns)
        if variants:
            judge = self._many if self.on_arrays(grid) else self._each
            judge(self.grids[grid].strategy, variants, found)
        return found

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
    def _base(self) -> NDArray[np.float64]:
        """Session returns of hold-large."""
        return session_returns(self.benchmark.equity)

    @cached_property
    def _tape(self) -> Tape:
        from capshift.backtests.array_engine import tape_of  # noqa: PLC0415 - imports Numba

        return tape_of(self.market, self.account)

    def _many(self, rule: type[Rotation], variants: Sequence[Mapping[str, Any]], found: Judged) -> None:
        """Judge variants on the array engine, all at once; one by one where one of them fails."""
        from capshift.backtests.array_engine import equity_of, figures_of  # noqa: PLC0415 - imports Numba

        tape, base = self._tape, self._base
        try:
            with sharing(self._memo):
                decisions = decisions_of(rule, self.market, variants)
            found.figures[:] = figures_of(
                decisions, tape, self.account, self.benchmark_cagr, base=base, sums=found.sums
            )
        except CapshiftError as reason:
            if len(variants) == 1:
                found.errors[0] = str(reason)
                return
            for row, variant in enumerate(variants):
                self._many(rule, [variant], found.alone(row))
            return
        for place, row in enumerate(np.flatnonzero(found.looked_at).tolist()):
            found.moves[place] = session_returns(equity_of(decisions, row, tape, self.account)) - base

    def _each(self, rule: type[Rotation], variants: Sequence[Mapping[str, Any]], found: Judged) -> None:
        """Judge variants on the event engine, one by one; one that fails is a row with its error."""
        for row, variant in enumerate(variants):
            own = found.alone(row)
            try:
                ledger = simulate(rule, self.market, variant, self.account, silent=True)
                figures = metrics_of(ledger, self.market, self.benchmark)
            except BrokerFaultError:
                raise
            except Exception as reason:  # noqa: BLE001 - whatever a user's own class does, the sweep goes on
                told = (
                    str(reason)
                    if isinstance(reason, CapshiftError)
                    else str(rule.failure("the class", reason, variant))
                )
                own.errors[0] = told
                continue
            own.notes[0] = " ".join(filter(None, [*ledger.notes, idle(rule, ledger)]))
            own.figures[0] = [np.nan if value is None else value for value in figures.values()]
            write_sums(ledger.equity, self._base, own.sums.blocks[0], own.sums.leads[0])
            own.moves[:] = session_returns(ledger.equity) - self._base
