"""Each rule's lead over the benchmark with its interval, as a comparison's page draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.backtests.verdicts import interval_in_words

if TYPE_CHECKING:
    from capshift.backtests import Comparison


def interval_chart(comparison: Comparison) -> dict[str, Any]:
    """Return what the chart is drawn from, in points a year; without rules where nothing can be told."""
    found = {} if comparison.uncertainty is None else comparison.uncertainty.rules
    leads = {name: one.intervals["excess_cagr"] for name, one in found.items() if "excess_cagr" in one.intervals}
    return {
        "rules": list(leads),
        "estimates": [round(one.estimate * 100, 4) for one in leads.values()],
        "above": [round((one.high - one.estimate) * 100, 4) for one in leads.values()],
        "below": [round((one.estimate - one.low) * 100, 4) for one in leads.values()],
        "words": ["{}, 90 % interval {}".format(*interval_in_words("percent", one)) for one in leads.values()],
        "against": comparison.benchmark,
    }
