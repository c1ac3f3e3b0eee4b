"""The part of a comparison page on rented small caps: beside the same rule's shares, and at other prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.spread_figures import SPREAD_FIGURES, spread_figures, worst_month

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests import Comparison, Result

_ACCOUNT = ("total_return", "cagr", "max_drawdown")
_SPREADS = ("bought", "premium_a_year", "worthless", "mean_debit", "mean_multiple", "outcome")


def rented_section(comparison: Comparison) -> dict[str, Any] | None:
    """Return what the page shows of accounts that rent their small caps, or None where none does."""
    rented = [result for result in comparison if result.spreads is not None]
    if not rented:
        return None
    rules = {_rule_of(result) for result in rented}
    rows = [
        _row(result, comparison.benchmark)
        for result in comparison
        if _rule_of(result) in rules or result.name == comparison.benchmark
    ]
    tables = [result.repriced for result in rented if result.repriced is not None]
    return {
        "rows": rows,
        "account": [METRICS[key] for key in _ACCOUNT],
        "spreads": [SPREAD_FIGURES[key] for key in _SPREADS],
        "settings": list(tables[0]["setting"]) if tables else [],
        "repriced": [_repriced(result) for result in rented if result.repriced is not None],
    }


def _rule_of(result: Result) -> tuple[str, str, str]:
    """Return rule, parameters and small caps, without the way of holding them."""
    rest: Mapping[str, Any] = {name: value for name, value in result.parameters.items() if name != "expression"}
    return result.rule, repr(sorted(rest.items())), result.provenance["market"]["symbols"]["small"]


def _row(result: Result, benchmark: str) -> dict[str, Any]:
    figures = {} if result.spreads is None else spread_figures(result.spreads, result.equity)
    return {
        "name": result.name,
        "is_benchmark": result.name == benchmark,
        "account": [in_words(METRICS[key].form, result.metrics[key]) for key in _ACCOUNT],
        "worst_month": in_words("percent", worst_month(result.equity)),
        "spreads": [in_words(SPREAD_FIGURES[key].form, figures[key]) if figures else "" for key in _SPREADS],
    }


def _repriced(result: Result) -> dict[str, Any]:
    table = result.repriced
    values = [] if table is None else table.set_index("setting")["cagr"].tolist()
    return {"name": result.name, "cells": [in_words("percent", value) for value in values]}
