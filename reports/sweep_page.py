"""The page of a sweep: the best variants, and each figure as a surface beside the medians of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.surface import Surface, surface
from capshift.reports.pages import render
from capshift.reports.selection_chart import FORMATS, selection_section
from capshift.strategies.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capshift.backtests.sweep import Sweep
    from capshift.reports.pages import Link

#: Cells that a browser draws without delay; the table has all of them.
MOST_CELLS = 100_000
_SHOWN = ("final_equity", "cagr", "excess_cagr", "volatility", "sharpe", "max_drawdown", "turnover", "trades")


def sweep_page(
    sweep: Sweep,
    *,
    by: str,
    count: int,
    verified: Sequence[Mapping[str, Any]] = (),
    root: str = "",
    links: Sequence[Link] = (),
) -> str:
    """Return the page as HTML; it expects Plotly's script in the folder that `root` leads to.

    Args:
        sweep: From `capshift.sweep`.
        by: The figure that variants are ordered by, and that is drawn.
        count: Variants in the table.
        verified: Rows of `Sweep.verified`.
        root: The way to that folder.
        links: Where a reader can go from here.
    """
    symbols = sweep.provenance["market"]["symbols"]
    found = [surface(sweep, number, by) for number in range(len(sweep.grids))]
    surfaces = [one for one in found if one is not None]
    drawn = [one for one in surfaces if len(one.x_values) * len(one.y_values) <= MOST_CELLS]
    keys, section = [by, *(key for key in _SHOWN if key != by)], selection_section(sweep, by)
    rows = [
        {
            "name": sweep.name(number),
            "neighbours": _beside(sweep, found, number, by),
            "cells": [in_words(METRICS[key].form, _known(sweep.figures(number)[key])) for key in keys],
        }
        for number in sweep.best(by, count).index.tolist()
    ]
    return render(
        "sweep.html",
        provenance=sweep.provenance,
        title=f"{counted(sweep.trials, 'variant')} of rotation between {symbols['small']} and {symbols['large']}",
        scripts=["sweep.js", "selection.js"],
        sweep=sweep,
        selection=section,
        by=METRICS[by],
        metrics=[METRICS[key] for key in keys],
        rows=rows,
        surfaces=drawn,
        undrawn=len(surfaces) - len(drawn),
        verified=verified,
        root=root,
        links=links,
        data={
            "surfaces": [_drawn(one) for one in drawn],
            "label": METRICS[by].label,
            "format": FORMATS[METRICS[by].form],
            "stamp": "SIMULATED" if sweep.simulated else "",
            "selection": section["chart"],
        },
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _beside(sweep: Sweep, surfaces: list[Surface | None], number: int, by: str) -> str:
    """Return the median of a variant's neighbours, in words."""
    grid, parameters = sweep.variant(number)
    found = surfaces[sweep.grids.index(grid)]
    if found is None:
        return "n/a"
    column = found.x_values.index(parameters[found.x])
    place = found.y_values.index(parameters[found.y]) if found.y else 0
    return in_words(METRICS[by].form, _known(found.neighbours[place, column]))


def _drawn(found: Surface) -> dict[str, Any]:
    """Return what the page's script draws from."""
    return {
        "rule": found.rule,
        "x": found.x,
        "y": found.y,
        "x_values": found.x_values,
        "y_values": found.y_values,
        "values": _rounded(found.cells),
        "neighbours": _rounded(found.neighbours),
    }


def _rounded(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[list[float | None]]:
    return [[None if np.isnan(one) else float(f"{one:.5g}") for one in row] for row in values]
