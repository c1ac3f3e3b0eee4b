"""The page of one rule: the price with its decisions, the signal with its thresholds, every spell with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.backtests.metrics import in_words
from capshift.backtests.spells import in_words as weights_in_words
from capshift.backtests.spells import spells
from capshift.data_feeds.validation import day
from capshift.reports.comparison_page import HELD_COLOURS, rounded
from capshift.reports.pages import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from capshift.backtests import Result
    from capshift.backtests.backdrop import Backdrop
    from capshift.backtests.spells import Spell
    from capshift.reports.pages import Link

_CENTS, _LINE_DIGITS = 2, 4


def rule_page(result: Result, benchmark: Result, *, root: str = "../", links: Sequence[Link] = ()) -> str:
    """Return the page as HTML; it expects Plotly's script in the folder above.

    Args:
        result: An account with a backdrop.
        benchmark: The account of hold-large on the same sessions.
        root: The way to the folder with Plotly's script.
        links: Where a reader can go from here.

    Raises:
        ValueError: The account has no backdrop.
    """
    if result.backdrop is None:
        msg = f"{result.name} has no backdrop to draw it before"
        raise ValueError(msg)
    found = spells(result, benchmark.equity)
    return render(
        "rule.html",
        provenance=result.provenance,
        scripts=["rule.js"],
        root=root,
        links=links,
        title=f"{result.name}: every decision",
        about=result.provenance["about"].replace("`", ""),
        parameters=result.parameters,
        benchmark_name=benchmark.name,
        colours=HELD_COLOURS,
        spells=[_row(one, result, result.backdrop) for one in reversed(found)],
        data=_data(result, result.backdrop, found),
    )


def _row(one: Spell, result: Result, backdrop: Backdrop) -> dict[str, str]:
    bought = (f"{'bought' if shares > 0 else 'sold'} {symbol} at {price:,.2f}" for symbol, shares, price in one.fills)
    return {
        "decided": day(one.decided),
        "ended": "ongoing" if one.ongoing else day(one.ended),
        "wanted": weights_in_words(one.weights, result.provenance["market"]["symbols"]),
        "fills": "; ".join(bought),
        "sessions": f"{one.sessions:,}",
        "growth": in_words("percent", one.change),
        "lead": f"{one.lead * 100:+.2f}",
        "why": "; ".join(backdrop.reasons.get(day(one.decided), ())),
    }


def _data(result: Result, backdrop: Backdrop, found: Sequence[Spell]) -> dict[str, Any]:
    """Return what the page's script draws from."""
    table, sessions = backdrop.table, pd.DatetimeIndex(backdrop.table.index)
    symbols = result.provenance["market"]["symbols"]
    return {
        "symbol": symbols["small"],
        "dates": sessions.strftime("%Y-%m-%d").tolist(),
        "span": [day(sessions[0]), day(sessions[-1])],
        "close": rounded(table["close"], _CENTS),
        "levels": [_line(one, table, _CENTS) for one in backdrop.levels],
        "panels": [
            {**panel, "lines": [_line(one, table, _LINE_DIGITS) for one in panel["lines"]]} for panel in backdrop.panels
        ],
        "turns": list(_turns(found, table["close"], symbols)),
        "held": list(_held(found)),
        "stamp": "SIMULATED" if result.simulated else "",
    }


def _line(one: Mapping[str, Any], table: pd.DataFrame, decimals: int) -> dict[str, Any]:
    return {"label": one["label"], "style": one["style"], "values": rounded(table[one["column"]], decimals)}


def _turns(found: Sequence[Spell], close: pd.Series, symbols: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give the closes at which the wanted weight of small caps changed."""
    before = 0.0
    for one in found:
        weight = one.weights.get("small", 0.0)
        if weight != before:
            words = weights_in_words(one.weights, symbols)
            price = round(float(close[one.decided]), _CENTS)
            yield {"day": day(one.decided), "close": price, "more": weight > before, "words": words}
        before = weight


def _held(found: Sequence[Spell]) -> Iterator[tuple[str, str, str, float]]:
    """Give stretches with small caps or cash: from, to, colour and weight."""
    for one in found:
        for leg in ("small", "cash"):
            if leg in one.weights:
                yield day(one.decided), day(one.ended), HELD_COLOURS[leg], round(one.weights[leg], 4)
