"""The page of a walk-forward: each window's choice, and the account that lived by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.uncertainty import INTERVALS
from capshift.backtests.verdicts import interval_in_words
from capshift.reports.pages import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests import WalkForward
    from capshift.reports.pages import Link

_SHOWN = ("final_equity", "cagr", "excess_cagr", "volatility", "sharpe", "max_drawdown", "turnover", "trades")


def walk_forward_page(walked: WalkForward, *, root: str = "", links: Sequence[Link] = ()) -> str:
    """Return the page as HTML; it expects Plotly's script in the folder that `root` leads to."""
    symbols, by = walked.provenance["market"]["symbols"], METRICS[walked.by]
    keys = [walked.by, *(key for key in _SHOWN if key != walked.by)]

    def written(value: float) -> str:
        return in_words(by.form, None if np.isnan(value) else value)

    rows = [
        {**row, **{name: written(row[name]) for name in ("in_sample", "out_of_sample", "median")}}
        for row in walked.windows.to_dict("records")
    ]
    return render(
        "walk_forward.html",
        root=root,
        links=links,
        provenance=walked.provenance,
        title=f"Walk-forward of {walked.result.rule} between {symbols['small']} and {symbols['large']}",
        scripts=["walk_forward.js"],
        walked=walked,
        cut=walked.provenance["windows"],
        by=by,
        metrics=[METRICS[key] for key in keys],
        accounts=[
            {"name": one.name, "cells": [in_words(METRICS[key].form, one.metrics[key]) for key in keys]}
            for one in walked.results
        ],
        intervals=_intervals(walked),
        rows=rows,
        data=_data(walked),
    )


def _intervals(walked: WalkForward) -> list[dict[str, Any]]:
    """Return each figure of the stitched account with its interval; none with too few sessions."""
    found = {} if walked.uncertainty is None else walked.uncertainty.intervals
    words = {key: interval_in_words(INTERVALS[key].form, one) for key, one in found.items()}
    return [{"metric": INTERVALS[key], "estimate": one, "span": span} for key, (one, span) in words.items()]


def _data(walked: WalkForward) -> dict[str, Any]:
    """Return what the page's script draws from."""
    sessions = pd.DatetimeIndex(walked.result.equity.index)
    windows = walked.windows

    def numbers(name: str) -> list[float | None]:
        return [None if np.isnan(one) else round(float(one), 6) for one in windows[name]]

    return {
        "dates": sessions.strftime("%Y-%m-%d").tolist(),
        "accounts": [
            {"name": one.name, "equity": np.round(one.equity.to_numpy(), 2).tolist()} for one in walked.results
        ],
        "tests": windows["test_first"].tolist(),
        "in_sample": numbers("in_sample"),
        "out_of_sample": numbers("out_of_sample"),
        "median": numbers("median"),
        "label": METRICS[walked.by].label,
        "stamp": "SIMULATED" if walked.simulated else "",
    }
