"""The page of a comparison: figures side by side, charts that move together, and how far luck explains the order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from capshift.backtests.comparison import folder_name
from capshift.backtests.metrics import METRICS, SESSIONS_A_YEAR, in_words
from capshift.backtests.periods import yearly_returns
from capshift.backtests.spells import in_words as weights_in_words
from capshift.backtests.spells import record_in_small, spells
from capshift.backtests.uncertainty import INTERVALS, LUCK_FIGURES
from capshift.backtests.verdicts import interval_in_words, luck_in_words
from capshift.data_feeds.recessions import recessions
from capshift.reports.interval_chart import interval_chart
from capshift.reports.pages import PALETTE, Link, colours_of, render
from capshift.reports.rented_section import rented_section
from capshift.reports.stress_tables import stress_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from capshift.backtests import Comparison, Result
    from capshift.backtests.stress import Stress

_DASHES = ("solid", "dash", "dot", "dashdot")
HELD_COLOURS = {"small": "#D55E00", "large": "#0072B2", "cash": "#BBBBBB"}
#: How much of its row a rule's holdings fill.
_ROW = 0.75
#: Digits of the opening cash that charts keep.
_DIGITS = 6


def comparison_page(
    comparison: Comparison,
    stress: Stress | None = None,
    *,
    root: str = "",
    links: Sequence[Link] = (),
    leads_to: str = "tearsheet.html",
) -> str:
    """Return the page as HTML; it expects a folder a rule beside it.

    Args:
        comparison: From `capshift.compare`.
        stress: Of the comparison; None leaves its sections out.
        root: The way to the folder with Plotly's script.
        links: Where a reader can go from here.
        leads_to: The page in a rule's folder that its name leads to; nothing for no links.
    """
    symbols = comparison.provenance["market"]["symbols"]
    rows = [
        {
            "name": result.name,
            "link": _link(result, leads_to),
            "cells": [in_words(metric.form, result.metrics[key]) for key, metric in METRICS.items()],
        }
        for result in comparison
    ]
    return render(
        "comparison.html",
        provenance=comparison.provenance,
        scripts=["comparison.js", "leads.js"],
        root=root,
        links=links,
        title=f"Rotation between {symbols['small']} and {symbols['large']}: {len(comparison)} rules compared",
        leads_to=leads_to,
        benchmark=comparison.benchmark,
        count=len(comparison),
        metrics=list(METRICS.values()),
        rows=rows,
        uncertain=_uncertain(comparison),
        verdict=comparison.verdict,
        intervals=list(INTERVALS.values()),
        luck_figures=list(LUCK_FIGURES.values()),
        counted=comparison.uncertainty.counted if comparison.uncertainty else "",
        method=comparison.uncertainty.method if comparison.uncertainty else "",
        stress=stress_tables(stress, comparison),
        warnings=comparison.notes(),
        colours=HELD_COLOURS,
        rented=rented_section(comparison),
        years=_years(comparison),
        correlation=_correlation(comparison),
        trades=_trades(comparison, leads_to),
        data=_data(comparison) | {"leads": interval_chart(comparison)},
    )


def _link(result: Result, page: str) -> Link:
    return Link(result.name, quote(f"{folder_name(result.name)}/{page}") if page else "")


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


def _years(comparison: Comparison) -> list[dict[str, Any]]:
    """Return a row a calendar year, the latest first."""
    table = [yearly_returns(result.equity) for result in comparison]
    return [
        {
            "label": f"{row[0].year}{'*' if row[0].partial else ''}",
            "cells": [in_words("percent", one.value) for one in row],
        }
        for row in reversed(list(zip(*table, strict=True)))
    ]


def _correlation(comparison: Comparison) -> list[tuple[str, list[dict[str, str]]]]:
    """Return a row a rule of correlations with every rule; none where an account never moved."""
    table = pd.concat([result.returns for result in comparison], axis=1).corr().to_numpy()
    return [(result.name, [_cell(value) for value in row]) for result, row in zip(comparison, table, strict=True)]


def _cell(value: float) -> dict[str, str]:
    if math.isnan(value):
        return {"text": "", "colour": ""}
    hue = "206 75%" if value >= 0 else "28 85%"
    return {"text": f"{value:.2f}", "colour": f"hsl({hue} {97 - 37 * abs(value):.0f}%)"}


def _trades(comparison: Comparison, leads_to: str) -> list[dict[str, Any]]:
    """Return a row a rule: how often it switched, and what came of its spells in small caps."""
    benchmark = comparison.results[comparison.benchmark].equity
    rows = []
    for result in comparison:
        record = record_in_small(spells(result, benchmark))
        told = ["0", "", "", "", "", ""]
        if record:
            leads = [f"{value * 100:+.2f}" for value in (record.median_lead, record.worst, record.best)]
            told = [str(record.spells), str(record.ahead), f"{record.median_sessions:,.0f}", *leads]
        costs = [f"{len(result.trades):,}", f"{result.trades['commission'].sum():,.2f}"]
        rows.append({"link": _link(result, leads_to), "cells": [f"{len(result.decisions) - 1:,}", *told, *costs]})
    return rows


def _data(comparison: Comparison) -> dict[str, Any]:
    """Return what the page's script draws from; the dates stand there once."""
    first = next(iter(comparison))
    cash = float(comparison.provenance["account"]["cash"])
    decimals = max(0, _DIGITS - math.ceil(math.log10(cash) + 1e-12) - 1) if cash > 0 else 0
    rules, others = [], 0
    for result, colour in zip(comparison, colours_of(list(comparison.results), comparison.benchmark), strict=True):
        is_benchmark = result.name == comparison.benchmark
        rules.append(
            {
                "name": result.name,
                "equity": rounded(result.equity, decimals),
                "benchmark": is_benchmark,
                "colour": colour,
                "dash": "solid" if is_benchmark else _DASHES[others // len(PALETTE) % len(_DASHES)],
                "point": _point(comparison, result),
            }
        )
        others += not is_benchmark
    sessions = pd.DatetimeIndex(first.equity.index)
    days = sessions.strftime("%Y-%m-%d").tolist()
    backdrop = comparison.results[comparison.benchmark].backdrop
    marks = list(zip(*(backdrop.marks if backdrop else ()), strict=True)) or [(), (), ()]
    return {
        "dates": days,
        "span": [days[0], days[-1]],
        "window": min(SESSIONS_A_YEAR, max(len(days) // 4, 1)),
        "rules": rules,
        "shown": len(PALETTE),
        "held": _held(comparison),
        "marks": dict(zip(("day", "kind", "words"), marks, strict=True)),
        "recessions": recessions(sessions[0], sessions[-1]),
        "stamp": "SIMULATED" if comparison.simulated else "",
    }


def rounded(values: pd.Series, decimals: int) -> list[Any]:
    """Return values as short as a chart can bear; None where there is none.

    >>> rounded(pd.Series([100000.4, float("nan")]), 0), rounded(pd.Series([1.23456]), 2)
    ([100000, None], [1.23])
    """
    found = [None if math.isnan(one) else one for one in np.round(values.to_numpy(dtype=float), decimals).tolist()]
    return found if decimals else [None if one is None else int(one) for one in found]


def _point(comparison: Comparison, result: Result) -> dict[str, Any]:
    """Return growth and deepest fall of a rule, with their intervals where they are known."""
    point: dict[str, Any] = {f"{key}_at": result.metrics[key] for key in ("cagr", "max_drawdown")}
    known = comparison.uncertainty.rules[result.name].intervals if comparison.uncertainty else {}
    for key in ("cagr", "max_drawdown"):
        if key in known and math.isfinite(known[key].low):
            point[key] = [round(known[key].low, 6), round(known[key].high, 6)]
    return point


def _held(comparison: Comparison) -> dict[str, list[Any]]:
    """Return bars for each stretch of unchanged weights: one a leg, as thick as its weight."""
    held: dict[str, list[Any]] = {key: [] for key in ("rule", "from", "length", "offset", "width", "colour", "words")}
    for result in comparison:
        starts = pd.DatetimeIndex(result.decisions.index)
        ends = starts[1:].append(pd.DatetimeIndex(result.equity.index[-1:]))
        symbols = result.provenance["market"]["symbols"]
        for start, end, weights in zip(starts, ends, result.decisions.to_dict("records"), strict=True):
            shares = {
                **{str(leg): float(one) for leg, one in weights.items()},
                "cash": round(1 - sum(weights.values()), 12),
            }
            words = weights_in_words({leg: weight for leg, weight in shares.items() if weight > 0}, symbols)
            for leg, offset, width in _stripes(shares):
                held["rule"].append(result.name)
                held["from"].append(str(start.date()))
                held["length"].append((end - start).days * 86_400_000)  # milliseconds, as Plotly's dates are
                held["offset"].append(offset)
                held["width"].append(width)
                held["colour"].append(HELD_COLOURS[leg])
                held["words"].append(words)
    return held


def _stripes(shares: dict[Any, float]) -> Iterator[tuple[str, float, float]]:
    """Give leg, place and thickness of each part of a row, around the row's middle."""
    place = -_ROW / 2
    for leg, weight in shares.items():
        if weight > 0:
            yield leg, round(place, 6), round(weight * _ROW, 6)
            place += weight * _ROW
