"""What renting cost and brought: the figures of an account's call spreads, each with its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.backtests.call_spreads import OPEN, WORTHLESS
from capshift.backtests.metrics import Metric, years_between

if TYPE_CHECKING:
    from capshift.backtests.result import Result

SPREAD_FIGURES = {
    "bought": Metric("Spreads bought", "count", "Call spreads of which at least one contract was bought."),
    "premium_a_year": Metric(
        "Premium a year", "percent", "Premiums paid, over mean equity, per year of 365.25 days; half-spreads included."
    ),
    "ended": Metric("Spreads ended", "count", "Of those bought, those sold or expired: all but one still open."),
    "worthless": Metric(
        "Expired worthless", "share", "Share of the spreads that ended which expired with small caps at or below the "
        "lower strike.",
    ),
    "gained": Metric("Ended with a gain", "share", "Share of those that ended which brought more than they cost."),
    "mean_debit": Metric("Mean debit", "percent", "Mean debit over the decision's close, of all that were bought."),
    "mean_multiple": Metric(
        "Mean outcome", "number", "Mean of outcome / paid over the spreads that ended: -1 is all lost."
    ),
    "outcome": Metric(
        "Outcome, dollars", "money", "Received minus paid, of all that were bought; the last mark for one still open."
    ),
}  # fmt: skip


def spread_figures(spreads: pd.DataFrame, equity: pd.Series) -> dict[str, float | int | None]:
    """Return every figure of `SPREAD_FIGURES`; those that do not exist are None.

    Args:
        spreads: A result's.
        equity: The same result's, in dollars at each close.
    """
    bought = spreads[spreads["contracts"] > 0]
    ended = bought[bought["ended"] != OPEN]
    years = years_between(pd.DatetimeIndex(equity.index))
    figures: dict[str, float | int] = {
        "bought": len(bought),
        "premium_a_year": float(bought["paid"].sum() / equity.mean() / years),
        "ended": len(ended),
        "worthless": _mean(ended["ended"] == WORTHLESS),
        "gained": _mean(ended["multiple"] > 0),
        "mean_debit": _mean(bought["debit"] / bought["spot"]),
        "mean_multiple": _mean(ended["multiple"]),
        "outcome": float(bought["outcome"].sum()),
    }
    return {name: None if np.isnan(value) else value for name, value in figures.items()}


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else float("nan")


def worst_month(equity: pd.Series) -> float:
    """Return the lowest return of a calendar month, from the last close of the month before.

    The first month counts from the opening; it and the last may be partial.

    >>> days = pd.DatetimeIndex(["2025-01-30", "2025-01-31", "2025-02-28"])
    >>> round(worst_month(pd.Series([100.0, 99.0, 98.01], index=days)), 12)
    -0.01
    """
    last = equity.groupby(pd.DatetimeIndex(equity.index).to_period("M")).last().to_numpy()
    return float((last / np.concatenate([equity.to_numpy()[:1], last[:-1]]) - 1).min())


def premium_by_year(result: Result) -> pd.DataFrame:
    """Return what was paid and what came of it, by the calendar year of the purchase.

    Returns:
        Indexed by year: `bought`, `paid` and `outcome` in dollars, and `share`, paid over the year's mean equity.
    """
    if result.spreads is None:
        return pd.DataFrame(columns=["bought", "paid", "outcome", "share"])
    bought = result.spreads[result.spreads["contracts"] > 0]
    by_year = bought.groupby(bought["entered"].dt.year)
    table = pd.DataFrame({"bought": by_year.size(), "paid": by_year["paid"].sum(), "outcome": by_year["outcome"].sum()})
    mean = result.equity.groupby(pd.DatetimeIndex(result.equity.index).year).mean()
    return table.assign(share=table["paid"] / mean.reindex(table.index)).rename_axis("year")
