"""What choosing the best of a sweep is worth, as its page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.selection import QUANTILES, SELECTION_FIGURES

if TYPE_CHECKING:
    from capshift.backtests.sweep import Sweep

#: Of a figure's form, how Plotly writes it.
FORMATS = {"money": ",.0f", "percent": ".2%", "share": ".1%", "number": ".3f", "count": ",.0f"}
_ENDS = {0.0: "lowest", 0.5: "middle", 1.0: "highest"}


def selection_section(sweep: Sweep, by: str) -> dict[str, Any]:
    """Return sentences, figures, quantiles, and what the histogram is drawn from."""
    selection = sweep.selection(by)
    edges, counts = selection.histograms.get(by, ([], []))
    best = sweep.best(by, 1)[by].tolist()
    return {
        "sentences": selection.sentences,
        "figures": [
            (metric, in_words(metric.form, selection.figures[key])) for key, metric in SELECTION_FIGURES.items()
        ],
        "shares": [_ENDS.get(share, f"{share:.0%}") for share in QUANTILES],
        "rows": [
            {
                "label": METRICS[key].label,
                "cells": [in_words(METRICS[key].form, value) for value in values],
                "benchmark": in_words(METRICS[key].form, selection.benchmark[key]),
            }
            for key, values in selection.quantiles.items()
        ],
        "chart": {
            "middles": ((np.array(edges[1:]) + np.array(edges[:-1])) / 2).tolist(),
            "width": edges[1] - edges[0] if edges else 0,
            "counts": counts,
            "best": best[0] if best else None,
            "benchmark": selection.benchmark[by],
            "label": METRICS[by].label,
            "format": FORMATS[METRICS[by].form],
        },
    }
