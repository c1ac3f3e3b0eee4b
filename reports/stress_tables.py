"""Leads by part of history, and with one thing done otherwise, as a comparison's page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.backtests.sensitivities import SENSITIVITIES
from capshift.backtests.subperiods import SUBPERIOD_FIGURES, SUBPERIODS

if TYPE_CHECKING:
    from capshift.backtests import Comparison
    from capshift.backtests.stress import Stress


def stress_tables(stress: Stress | None, comparison: Comparison) -> dict[str, Any] | None:
    """Return the tables with their definitions, None without any."""
    if stress is None or stress.subperiods.empty:
        return None
    return {
        "parts": stress.parts_table(),
        "cuts": {**SUBPERIODS, **{key: SUBPERIOD_FIGURES[key] for key in ("sessions", "lead")}},
        "settings": stress.settings_table(),
        "changes": SENSITIVITIES,
        "left_out": [
            name for name in comparison.results if name != comparison.benchmark and name not in stress.sensitivities
        ],
    }
