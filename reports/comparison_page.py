"""The page of a comparison: figures side by side, and three charts that Plotly draws."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from capshift.backtests.comparison import folder_name
from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.uncertainty import INTERVALS, LUCK_FIGURES
from capshift.backtests.verdicts import interval_in_words, luck_in_words
from capshift.reports.interval_chart import interval_chart
from capshift.reports.pages import render
from capshift.reports.rented_section import rented_section
from capshift.reports.stress_tables import stress_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from capshift.backtests import Comparison, Result
    from capshift.backtests.stress import Stress

PLOTLY_FILE = "plotly.min.js"
#: Okabe and Ito's colours, which colour-blind readers tell apart; with more rules, dashes tell them apart too.
_PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#8C6D31")
_BENCHMARK_COLOUR = "#7F7F7F"
_DASHES = ("solid", "dash", "dot", "dashdot")
_HELD = {"small": "#D55E00", "large": "#0072B2", "cash": "#BBBBBB"}
#: How much of its row a rule's holdings fill.
_ROW = 0.75


def comparison_page(comparison: Comparison, stress: Stress | None = None) -> str:
    """Return the page as HTML; it expects `PLOTLY_FILE` and a folder a rule beside it.

    Args:
        comparison: From `capshift.compare`.
        stress: Of the comparison; None leaves its sections out.
    """
    rows = [
        {
            "name": result.name,
            "link": quote(f"{folder_name(result.name)}/tearsheet.html"),
            "cells": [in_words(metric.form, result.metrics[key]) for key, metric in METRICS.items()],
        }
        for result in comparison
    ]
    symbols = comparison.provenance["market"]["symbols"]
    return render(
        "comparison.html",
        provenance=comparison.provenance,
        title=f"Rotation between {symbols['small']} and {symbols['large']}: {len(comparison)} rules compared",
        plotly_file=PLOTLY_FILE,
        benchmark=comparison.benchmark,
        count=len(comparison),
        metrics=list(METRICS.values()),
        rows=rows,
        uncertain=_uncertain(comparison),
        verdict=comparison.verdict,
        intervals=list(INTERVALS.values()),
        luck_figures=list(LUCK_FIGURES.values()),
        method=comparison.uncertainty.method if comparison.uncertainty else "",
        intervals_chart=interval_chart(comparison),
        stress=stress_tables(stress, comparison),
        warnings=comparison.notes(),
        colours=_HELD,
        rented=rented_section(comparison),
        data=_data(comparison),
    )


def _uncertain(comparison: Comparison) -> list[dict[str, Any]]:
    """Return what can be said of each rule, none with too few sessions to tell."""
    if comparison.uncertainty is None:
        return []
    return [
        {
            "name": name,
            "verdict": one.verdict,
            "luck": one.figures["luck"],
            "lead": one.intervals.get("excess_cagr"),
            "intervals": [
                interval_in_words(metric.form, one.intervals[key]) if key in one.intervals else ("", "")
                for key, metric in INTERVALS.items()
            ],
            "figures": [luck_in_words(key, one.figures[key]) for key in LUCK_FIGURES],
        }
        for name, one in comparison.uncertainty.rules.items()
    ]


def write_plotly(folder: Path) -> None:
    """Write Plotly's script beside the pages, once for all of them: the one door to Plotly."""
    script = resources.files("plotly").joinpath("package_data", PLOTLY_FILE)
    (folder / PLOTLY_FILE).write_bytes(script.read_bytes())


def _data(comparison: Comparison) -> dict[str, Any]:
    """Return what the page's script draws from; the dates stand there once."""
    first = next(iter(comparison))
    rules, others = [], 0
    for result in comparison:
        is_benchmark = result.name == comparison.benchmark
        rules.append(
            {
                "name": result.name,
                "equity": np.round(result.equity.to_numpy(), 2).tolist(),
                "drawdown": np.round(result.drawdown.to_numpy(), 5).tolist(),
                "benchmark": is_benchmark,
                "colour": _BENCHMARK_COLOUR if is_benchmark else _PALETTE[others % len(_PALETTE)],
                "dash": "solid" if is_benchmark else _DASHES[others // len(_PALETTE) % len(_DASHES)],
            }
        )
        others += not is_benchmark
    sessions = pd.DatetimeIndex(first.equity.index)
    days = sessions.strftime("%Y-%m-%d").tolist()
    return {
        "dates": days,
        "span": [days[0], days[-1]],
        "rules": rules,
        "held": _held(comparison),
        "stamp": "SIMULATED" if comparison.simulated else "",
    }


def _held(comparison: Comparison) -> dict[str, list[Any]]:
    """Return bars for each stretch of unchanged weights: one a leg, as thick as its weight."""
    held: dict[str, list[Any]] = {key: [] for key in ("rule", "from", "length", "offset", "width", "colour", "words")}
    for result in comparison:
        starts = pd.DatetimeIndex(result.decisions.index)
        ends = starts[1:].append(pd.DatetimeIndex(result.equity.index[-1:]))
        for start, end, weights in zip(starts, ends, result.decisions.to_dict("records"), strict=True):
            shares = {**weights, "cash": round(1 - sum(weights.values()), 12)}
            for leg, offset, width in _stripes(shares):
                held["rule"].append(result.name)
                held["from"].append(str(start.date()))
                held["length"].append((end - start).days * 86_400_000)  # milliseconds, as Plotly's dates are
                held["offset"].append(offset)
                held["width"].append(width)
                held["colour"].append(_HELD[leg])
                held["words"].append(_in_words(shares, result))
    return held


def _stripes(shares: dict[Any, float]) -> Iterator[tuple[str, float, float]]:
    """Give leg, place and thickness of each part of a row, around the row's middle."""
    place = -_ROW / 2
    for leg, weight in shares.items():
        if weight > 0:
            yield leg, round(place, 6), round(weight * _ROW, 6)
            place += weight * _ROW


def _in_words(shares: dict[Any, float], result: Result) -> str:
    symbols = dict(result.provenance["market"]["symbols"])
    if result.spreads is not None:
        symbols["small"] += " call spreads"
    return ", ".join(f"{weight:.0%} {symbols.get(leg, leg)}" for leg, weight in shares.items() if weight > 0)
