"""The figures of an event study, with their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.forward_returns import MEASURES, STARTS, independent
from capshift.backtests.permutation import DRAWS, permutation_p_value, random_samples
from capshift.data_feeds.validation import day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.backtests.event_kinds import Found

#: Every figure of an event study: key to label and definition.
EVENT_FIGURES: Mapping[str, tuple[str, str]] = {
    "events": ("Events", "Events whose horizon is over; one that is not has no figure."),
    "independent": (
        "Independent",
        (
            "Of these, how many do not overlap at this horizon: the oldest, then each that comes a horizon or more "
            "after the last one counted."
        ),
    ),
    "mean": ("Mean", "Mean of the events' returns; of the difference, in points."),
    "median": ("Median", "Median of the events' returns."),
    "hit_rate": (
        "Hit rate",
        "Share of the events with a return above 0; of the difference, with small ahead of large.",
    ),
    "all_dates": (
        "All dates",
        "Mean over every session of the account that has the whole horizon ahead: what a date picked blindly brought.",
    ),
    "p_value": (
        "p-value",
        (
            "How often as many random dates, drawn without replacement from those sessions, have a mean as extreme: "
            f"two-sided, {DRAWS:,} draws, fixed seed (scipy.stats.monte_carlo_test)."
        ),
    ),
}


def event_figures(
    returns: Mapping[tuple[str, int, str], NDArray[np.float64]], sessions: NDArray[np.int64], opening: int
) -> pd.DataFrame:
    """Return the figures by start, horizon and measure; random dates are the same for all of one horizon."""
    rows, samples = {}, {}
    for key, values in returns.items():
        _, horizon, _ = key
        population = values[opening : max(opening, len(values) - horizon)]
        chosen = sessions[sessions < len(values) - horizon] - opening
        if horizon not in samples and len(chosen):
            samples[horizon] = random_samples(len(population), len(chosen))
        rows[key] = _figures_of(population, chosen, horizon, samples.get(horizon))
    index = pd.MultiIndex.from_tuples(rows, names=["start", "horizon", "measure"])
    table = pd.DataFrame(list(rows.values()), index=index, columns=list(EVENT_FIGURES))
    in_order = [
        (start, horizon, measure)
        for start in STARTS
        for horizon in table.index.unique("horizon")
        for measure in MEASURES
    ]
    return table.loc[in_order].astype({"events": int, "independent": int})


def _figures_of(
    population: NDArray[np.float64], chosen: NDArray[np.int64], horizon: int, samples: NDArray[np.int32] | None
) -> dict[str, float]:
    """Return the figures of one start, horizon and measure."""
    values = population[chosen]
    if samples is None:
        all_dates = float(population.mean()) if len(population) else np.nan
        return {"events": 0, "independent": 0, "all_dates": all_dates}
    return {
        "events": len(values),
        "independent": independent(chosen, horizon),
        "mean": float(values.mean()),
        "median": float(np.median(values)),
        "hit_rate": float((values > 0).mean()),
        "all_dates": float(population.mean()),
        "p_value": permutation_p_value(population, chosen, samples),
    }


def sessions_until_below(found: Found) -> NDArray[np.float64]:
    """Return how many sessions after each event the first close below its level came, NaN if none has yet."""
    if found.series is None or found.levels is None:
        return np.full(len(found.sessions), np.nan)
    after = np.full(len(found.sessions), np.nan)
    for k, (session, level) in enumerate(zip(found.sessions, found.levels, strict=True)):
        below = np.flatnonzero(found.series[session + 1 :] < level)
        if len(below):
            after[k] = below[0] + 1
    return after


def false_breakouts(below: NDArray[np.float64], ahead: NDArray[np.int64], within: int) -> dict[str, Any]:
    """Return how many breakouts failed, of those that have had `within` sessions to do so."""
    over = ahead >= within
    count, failed = int(over.sum()), int((below[over] <= within).sum())
    # A breakout that has not failed yet takes longer than all that have.
    median = float(np.median(np.where(np.isnan(below[over]), np.inf, below[over]))) if count else np.inf
    return {
        "within": within,
        "events": count,
        "failed": failed,
        "share": failed / count if count else None,
        "median_below_after": median if np.isfinite(median) else None,
    }


def in_cell(name: str, value: Any) -> str:
    """Return a cell of rows or figures as a reader sees it, returns in percent or points; '' where there is none.

    >>> in_cell("mean", -0.0365), in_cell("difference_close_21", float("nan")), in_cell("p_value", 0.0002)
    ('-3.65', '', '<0.001')
    """
    if isinstance(value, pd.Timestamp):
        return day(value)
    if isinstance(value, str):
        return value
    if value != value:  # noqa: PLR0124 - NaN
        return ""
    if name == "p_value":
        return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - the last digit shown
    if name == "hit_rate":
        return f"{value:.0%}"
    if name == "level":
        return f"{value:,.2f}"
    return f"{value:g}" if name in {"events", "independent", "below_after"} else f"{value * 100:+.2f}"
