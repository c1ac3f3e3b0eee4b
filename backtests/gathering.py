"""Batches of judged variants gathered into one table, and into what is kept of their returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.metrics import METRICS, metrics_of, session_returns
from capshift.backtests.provenance import has_no_edge, market_facts
from capshift.backtests.selection import Returns
from capshift.backtests.sums import BLOCKS
from capshift.strategies.parameters import written_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests.grid import Grid
    from capshift.backtests.judging import Judge, Judged

#: Columns that tell where in which grid a variant stands.
_PLACE = ("grid", "position", "rule")
#: Columns of words on a variant.
_SAID = ("note", "error")


def table_of(grids: Sequence[Grid], done: Sequence[Judged]) -> pd.DataFrame:
    """Return one row a variant, in the order of the batches."""
    frames = []
    for number, grid in enumerate(grids):
        own = [batch for batch in done if batch.grid == number and len(batch.positions)]
        if not own:
            continue
        positions = np.concatenate([batch.positions for batch in own])
        figures = np.concatenate([batch.figures for batch in own])
        columns: dict[str, Any] = {"grid": number, "position": positions, "rule": grid.strategy.rule_name()}
        columns |= {name: list(map(written_value, values)) for name, values in grid.columns(positions).items()}
        columns |= {key: figures[:, column] for column, key in enumerate(METRICS)}
        columns["note"] = [note for batch in own for note in batch.notes]
        columns["error"] = [error for batch in own for error in batch.errors]
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=[*_PLACE, *METRICS, *_SAID])
    parameters = [name for frame in frames for name in frame.columns if name not in {*_PLACE, *_SAID, *METRICS}]
    order = [*_PLACE, *dict.fromkeys(parameters), *METRICS, *_SAID]
    return pd.concat(frames, ignore_index=True)[order] if len(frames) > 1 else frames[0][order]


def in_order(done: Sequence[Judged]) -> list[Judged]:
    """Return batches in the order of the grids, whatever the order in which they came."""
    return sorted(done, key=lambda batch: (batch.grid, int(batch.positions[0]) if len(batch.positions) else -1))


def returns_of(judge: Judge, done: Sequence[Judged]) -> Returns:
    """Return what is kept of the variants' session returns, in the order of the batches."""
    ledger = judge.benchmark
    base = session_returns(ledger.equity)
    count = sum(len(batch.positions) for batch in done)
    blocks, leads = np.empty((2, BLOCKS, count)), np.empty((2, count))
    first = 0
    for batch in done:
        own = slice(first, first := first + len(batch.positions))
        blocks[:, :, own], leads[:, own] = batch.sums.blocks.T, batch.sums.leads.T
    return Returns(
        blocks=blocks,
        leads=leads,
        moves=np.concatenate([np.empty((0, len(base))), *(batch.moves for batch in done)]),
        base=base,
        benchmark=metrics_of(ledger, judge.market, ledger),
        no_edge=has_no_edge(market_facts(judge.market)),
    )
