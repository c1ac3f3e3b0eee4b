"""Sums of an account's session returns: all that tests of many variants need of each, in place of every return."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Into how many parts history is cut.
BLOCKS = 16


class Sums(NamedTuple):
    """Sums of session returns, one row a variant; NaN where none was judged.

    Attributes:
        blocks: Sum and sum of squares in each of equal parts of history, oldest first, shape (variants, parts, 2); the
            oldest returns that do not fill a part are left out.
        leads: Sum and sum of squares of all returns minus the benchmark's, shape (variants, 2).
    """

    blocks: Floats
    leads: Floats


def empty_sums(variants: int, blocks: int = BLOCKS) -> Sums:
    """Return room for the sums of variants; without blocks, nothing is summed up.

    >>> [one.shape for one in empty_sums(3)]
    [(3, 16, 2), (3, 2)]
    """
    return Sums(np.full((variants, blocks, 2), np.nan), np.full((variants, 2), np.nan))


def write_sums(equity: Floats, base: Floats, blocks: Floats, leads: Floats) -> None:
    """Write the sums of one account's returns; runs as it stands, and compiled.

    Args:
        equity: Dollars at each close, shape (sessions,).
        base: Returns of the benchmark, one fewer.
        blocks: Written over, shape (parts, 2).
        leads: Written over, shape (2,).

    >>> room = empty_sums(1, 2)
    >>> write_sums(np.array([1.0, 5.0, 10.0, 30.0]), np.array([4.0, 1.0, 0.0]), room.blocks[0], room.leads[0])
    >>> room.blocks.tolist(), room.leads.tolist()
    ([[[1.0, 1.0], [2.0, 4.0]]], [[2.0, 4.0]])
    """
    parts = len(blocks)
    if parts == 0:
        return
    length = (len(equity) - 1) // parts
    start = len(equity) - 1 - length * parts
    leads[:] = 0.0
    _add(equity, base, 0, start, leads)
    for part in range(parts):
        first = start + part * length
        blocks[part] = _add(equity, base, first, first + length, leads)


def _add(equity: Floats, base: Floats, first: int, end: int, leads: Floats) -> tuple[float, float]:
    """Add to the sums of leads, and return the sums of returns."""
    total = squares = lead = lead_squares = 0.0
    for t in range(first, end):
        one = equity[t + 1] / equity[t] - 1
        total += one
        squares += one * one
        over = one - base[t]
        lead += over
        lead_squares += over * over
    leads[0] += lead
    leads[1] += lead_squares
    return total, squares
