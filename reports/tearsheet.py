"""The tearsheet of one rule: QuantStats' charts in our page, our numbers in every table."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.further_figures import FURTHER_FIGURES
from capshift.backtests.further_formulas import further_figures
from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.periods import drawdown_episodes, yearly_returns
from capshift.reports.pages import render
from capshift.reports.quantstats_charts import charts
from capshift.reports.repeat import command_of
from capshift.reports.spreads_section import spreads_section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests import Result
    from capshift.reports.pages import Link

_DRAWDOWNS_SHOWN = 10
_FILLS_SHOWN = 30
#: A month of this size has the deepest colour.
_DEEPEST_MONTH = 0.10


def tearsheet(
    result: Result, benchmark: Result, *, root: str = "../", links: Sequence[Link] = (), colour: str = ""
) -> str:
    """Return the page of a rule beside hold-large, as HTML.

    Args:
        result: The rule's account.
        benchmark: The account of hold-large on the same sessions.
        root: The way to the folder of all pages.
        links: Where a reader can go from here.
        colour: The rule's in the comparison that it is part of; empty for the usual one.
    """
    stamp = "SIMULATED" if result.simulated else ""
    drawn = charts(result.returns, benchmark.returns, name=result.name, stamp=stamp)
    return render(
        "tearsheet.html",
        provenance=result.provenance,
        root=root,
        links=links,
        colour=colour,
        title=result.name,
        name=result.name,
        benchmark_name=benchmark.name if benchmark.name != result.name else f"{benchmark.name} (the same)",
        about=result.provenance["about"].replace("`", ""),
        parameters=result.parameters,
        figures=_figures(result, benchmark),
        further=_further(result, benchmark),
        charts=drawn,
        drawdowns=_drawdowns(result),
        years=_years(result, benchmark),
        month_names=list(calendar.month_abbr)[1:],
        months=_months(result),
        spreads=spreads_section(result),
        fills=len(result.trades),
        trades=_latest_trades(result),
        command=command_of(result),
    )


def _further(result: Result, benchmark: Result) -> dict[str, list[dict[str, str]]]:
    """Return the groups of further figures; what compares with the benchmark has nothing beside it."""
    bills = result.backdrop.bills if result.backdrop else None
    found = [
        further_figures(one.equity, benchmark.equity, held=(one.shares != 0).any(axis=1), bills=bills)
        for one in (result, benchmark)
    ]
    return {
        group: [
            {
                "key": key,
                "label": metric.label,
                "value": in_words(metric.form, found[0][key]),
                "benchmark": in_words(metric.form, found[1][key]),
                "definition": metric.definition,
            }
            for key, metric in figures.items()
        ]
        for group, figures in FURTHER_FIGURES.items()
    }


def _figures(result: Result, benchmark: Result) -> list[dict[str, str]]:
    return [
        {
            "key": key,
            "label": metric.label,
            "value": in_words(metric.form, result.metrics[key]),
            "benchmark": in_words(metric.form, benchmark.metrics[key]),
            "definition": metric.definition,
        }
        for key, metric in METRICS.items()
    ]


def _drawdowns(result: Result) -> list[dict[str, Any]]:
    return [
        {
            "depth": in_words("percent", one.depth),
            "peak": _day(one.peak),
            "trough": _day(one.trough),
            "recovery": "ongoing" if one.recovery is None else _day(one.recovery),
            "days": f"{one.days:,}",
        }
        for one in drawdown_episodes(result.equity)[:_DRAWDOWNS_SHOWN]
    ]


def _years(result: Result, benchmark: Result) -> list[dict[str, Any]]:
    pairs = zip(yearly_returns(result.equity), yearly_returns(benchmark.equity), strict=True)
    return [
        {
            "year": own.year,
            "partial": own.partial,
            "value": in_words("percent", own.value),
            "benchmark": in_words("percent", other.value),
            "difference": f"{(own.value - other.value) * 100:+.2f}",
        }
        for own, other in pairs
    ]


def _months(result: Result) -> list[tuple[int, list[dict[str, str] | None]]]:
    """Return one row a year with its twelve months, None where the account did not exist."""
    equity = result.equity
    last = equity.groupby(pd.DatetimeIndex(equity.index).to_period("M")).last()
    before = np.concatenate([[equity.iloc[0]], last.to_numpy()[:-1]])
    value = {
        (month.year, month.month): one for month, one in zip(last.index, last.to_numpy() / before - 1, strict=True)
    }
    years = sorted({year for year, _ in value}, reverse=True)
    return [(year, [_month(value.get((year, month))) for month in range(1, 13)]) for year in years]


def _month(value: float | None) -> dict[str, str] | None:
    if value is None:
        return None
    depth = min(abs(value) / _DEEPEST_MONTH, 1) * 45
    hue = "206 75%" if value >= 0 else "28 85%"  # blue and orange, which colour-blind readers tell apart
    return {"text": f"{value * 100:.1f}", "colour": f"hsl({hue} {96 - depth:.0f}%)"}


def _latest_trades(result: Result) -> list[dict[str, str]]:
    shares_format = ",.4f" if result.provenance["account"]["fractional"] else ",.0f"
    rows = result.trades.tail(_FILLS_SHOWN).iloc[::-1]
    return [
        {
            "decided": _day(row.decided),
            "filled": _day(row.filled),
            "symbol": str(row.symbol),
            "shares": format(row.shares, shares_format),
            "price": f"{row.price:,.4f}",
            "commission": f"{row.commission:,.2f}",
            "reason": str(row.reason),
        }
        for row in rows.itertuples()
    ]


def _day(moment: Any) -> str:
    return str(pd.Timestamp(moment).date())
