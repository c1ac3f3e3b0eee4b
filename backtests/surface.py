"""Surfaces: a figure over two parameters of a sweep, each cell beside the median of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capshift.backtests.sweep import Sweep


class Surface(NamedTuple):
    """A figure over one or two parameters.

    Attributes:
        rule: The rule's name.
        by: The figure.
        x: A parameter; its values rise.
        y: Another one, or nothing where only one varies.
        over: Parameters that vary beside; a cell is the median over their values.
        x_values: Shape (columns,).
        y_values: Shape (rows,).
        cells: Shape (rows, columns); NaN where nothing was judged.
        neighbours: Median of the up to eight cells around each, its own left out.
    """

    rule: str
    by: str
    x: str
    y: str
    over: list[str]
    x_values: list[Any]
    y_values: list[Any]
    cells: NDArray[np.float64]
    neighbours: NDArray[np.float64]


def surface(sweep: Sweep, number: int, by: str) -> Surface | None:
    """Return a grid's surface over its first two parameters that vary, None where none does or nothing was done."""
    grid = sweep.grids[number]
    rows = sweep.table[sweep.table["grid"] == number]
    if not grid.varied or rows.empty:
        return None
    x, y = (*grid.varied, "")[:2]
    x_values, y_values = _in_order(grid.axes[x]), _in_order(grid.axes[y]) if y else [""]
    table = rows.assign(**{"": ""}).pivot_table(index=y, columns=x, values=by, aggfunc="median")
    cells = table.reindex(index=y_values, columns=x_values).to_numpy(dtype=np.float64)
    return Surface(
        rule=grid.strategy.rule_name(),
        by=by,
        x=x,
        y=y,
        over=grid.varied[2:],
        x_values=x_values,
        y_values=y_values,
        cells=cells,
        neighbours=neighbour_medians(cells),
    )


def neighbour_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of the up to eight cells around each; NaN cells are no neighbours.

    A peak stands above it, a plateau beside it: the best of many is more to be believed on a plateau.

    >>> neighbour_medians(np.array([[1.0, 2.0, 9.0]])).tolist()
    [[2.0, 5.0, 2.0]]
    """
    rows, columns = values.shape
    padded = np.full((rows + 2, columns + 2), np.nan)
    padded[1:-1, 1:-1] = values
    around = np.array(
        [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3) if (i, j) != (1, 1)],
    )
    alone = np.isnan(around).all(axis=0)
    around[:, alone] = 0.0  # a median of nothing would warn
    return np.where(alone | np.isnan(values), np.nan, np.nanmedian(around, axis=0))


def _in_order(values: tuple[Any, ...]) -> list[Any]:
    """Return values rising where they are numbers, else as they were given."""
    numbers = all(isinstance(value, int | float) for value in values)
    return sorted(values) if numbers else list(values)
