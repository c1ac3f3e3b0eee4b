"""Backdrops: what an account was run before: the price, what bills paid, the rule's signal, and its reasons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.marks import marks_of
from capshift.backtests.metrics import bill_returns
from capshift.data_feeds.validation import day
from capshift.errors import CapshiftError
from capshift.strategies.pictures import picture_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from capshift.data_feeds import Market
    from capshift.strategies import Rotation
    from capshift.strategies.pictures import Line

BACKDROP_JSON, BACKDROP_TABLE = "backdrop.json", "backdrop.csv"
#: Digits of lines that are kept: more than any picture shows.
_DIGITS = 8
#: Rules that decide more often give no reasons: each takes milliseconds.
MOST_REASONS = 2_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Backdrop:
    """What an account was run before, at the closes of its sessions.

    Attributes:
        table: By date: `close` of the small caps in dollars, `bill` (what a bill paid since the close before, as a
            fraction; NaN where unknown), and a column a line, named `line0` and so on.
        levels: Lines in the unit of the price: `column`, `label`, `style`.
        panels: What stands below the price: `label`, `lines`, `thresholds` by label, `days` marked.
        reasons: Date of a decision to what the rule saw at that close, a sentence each.
        marks: What happened to the market on the way: see `marks_of`.
    """

    table: pd.DataFrame
    levels: Sequence[Mapping[str, Any]]
    panels: Sequence[Mapping[str, Any]]
    reasons: Mapping[str, Sequence[str]]
    marks: Sequence[Sequence[str]] = ()

    @property
    def bills(self) -> pd.Series | None:
        """What a bill paid between closes, one fewer than closes; None where no yield is known."""
        bills = self.table["bill"].iloc[1:]
        return None if bills.isna().all() else bills

    def write(self, folder: Path) -> None:
        """Write backdrop.csv and backdrop.json into a folder."""
        self.table.to_csv(folder / BACKDROP_TABLE, index_label="date", lineterminator="\n")
        content = {name: getattr(self, name) for name in ("levels", "panels", "reasons", "marks")}
        text = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        (folder / BACKDROP_JSON).write_text(text, encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path) -> Backdrop | None:
        """Return what was written; None where nothing was.

        Raises:
            OSError: A file cannot be read.
            ValueError: Or not understood.
            KeyError: Or lacks a part.
        """
        if not (folder / BACKDROP_JSON).exists():
            return None
        content = json.loads((folder / BACKDROP_JSON).read_text(encoding="utf-8"))
        table = pd.read_csv(folder / BACKDROP_TABLE, index_col="date", dtype=str).astype(np.float64)
        table.index = pd.DatetimeIndex(pd.to_datetime(table.index, format="%Y-%m-%d"), name="date").as_unit("ns")
        return cls(table=table, **content)


def backdrop_of(
    rule: type[Rotation], market: Market, parameters: Mapping[str, Any], decided: pd.DatetimeIndex
) -> Backdrop:
    """Return the backdrop of a rule's account.

    Args:
        rule: Its class.
        market: What it traded.
        parameters: All of them.
        decided: Sessions of its decisions.
    """
    seen, opening, sessions = picture_of(rule, market, parameters), market.opening, market.account_sessions
    bills = bill_returns(market)
    columns: dict[str, Any] = {
        "close": market.small.close[opening:],
        "bill": np.full(len(sessions), np.nan) if bills is None else np.append(np.nan, bills),
    }

    def told(line: Line) -> dict[str, str]:
        column = f"line{len(columns) - 2}"
        columns[column] = _short(line.data[opening:])
        return {"column": column, "label": line.label, "style": line.style}

    levels = [told(line) for line in seen.levels]
    panels = [
        {
            "label": panel.label,
            "lines": [told(line) for line in panel.lines],
            "thresholds": {label: float(value) for label, value in panel.thresholds.items()},
            "days": [day(market.sessions[at]) for at in panel.days if at >= opening],
        }
        for panel in seen.panels
    ]
    table = pd.DataFrame(columns, index=sessions.rename("date"))
    reasons = _reasons(rule, market, parameters, decided)
    return Backdrop(table=table, levels=levels, panels=panels, reasons=reasons, marks=marks_of(market))


def _short(values: Any) -> Any:
    """Return values with as many digits as a picture needs."""
    return np.array([float(f"{value:.{_DIGITS}g}") for value in np.asarray(values, dtype=np.float64).tolist()])


def _reasons(
    rule: type[Rotation], market: Market, parameters: Mapping[str, Any], decided: pd.DatetimeIndex
) -> dict[str, tuple[str, ...]]:
    """Return what the rule said of each decision, from the market as it stood at that close."""
    if len(decided) > MOST_REASONS:
        return {}
    return {day(session): _because(rule, market.until(session), parameters) for session in decided}


def _because(rule: type[Rotation], market: Market, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a rule says; of one that fails to, what is wrong: that is no reason to lose its account."""
    try:
        return tuple(str(line) for line in rule.explained(market, parameters).because)
    except CapshiftError as reason:
        return (str(reason),)
