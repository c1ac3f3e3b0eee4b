"""Where the leads of a comparison came from, and what becomes of them when things are done otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capshift.backtests.sensitivities import SENSITIVITIES, sensitivities, start_figures
from capshift.backtests.subperiods import SUBPERIOD_FIGURES, SUBPERIODS, subperiods
from capshift.strategies import rule_class

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from capshift.backtests.account import Account
    from capshift.backtests.comparison import Comparison, Plan
    from capshift.data_feeds import Market

#: Stand-ins of both legs.
SMALL_STAND_INS, LARGE_STAND_INS = ("IWM", "IJR", "VB"), ("SPY", "IWB", "QQQ")


@dataclass(frozen=True, eq=False, kw_only=True)
class Stress:
    """Leads over the benchmark in parts of history, and with one thing changed at a time.

    Attributes:
        subperiods: See `subperiods`.
        sensitivities: Rule to what `sensitivities` returns; rules that decide bar by bar, rent small caps, or trade
            legs of their own, are not among them.
    """

    subperiods: pd.DataFrame
    sensitivities: Mapping[str, pd.DataFrame]

    def summary(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "subperiods": _records(self.subperiods),
            "sensitivities": {name: _records(table) for name, table in self.sensitivities.items()},
            "starts": {name: start_figures(table) for name, table in self.sensitivities.items()},
            "definitions": {**SUBPERIODS, **SUBPERIOD_FIGURES, **SENSITIVITIES},
        }

    def settings_table(self) -> list[dict[str, str]]:
        """Return one row a rule of leads in points a year, as a reader sees them."""
        rows = []
        for name, table in self.sensitivities.items():
            leads = {
                " ".join(part for part in (row["kind"], row["setting"]) if part): f"{row['lead'] * 100:+.1f}"
                for row in table.reset_index().to_dict("records")
                if row["kind"] not in {"start", "legs"}
            }
            starts, legs = start_figures(table), table["lead"][table.index.get_level_values("kind") == "legs"]
            ahead = f"{starts['share_ahead']:.0%} of {starts['starts']}" if starts["starts"] else ""
            rows.append(
                {"rule": name, **leads, "starts ahead": ahead, "legs ahead": f"{int((legs > 0).sum())} of {len(legs)}"}
            )
        return rows

    def parts_table(self) -> list[dict[str, str]]:
        """Return one row a rule of leads in points a year by part of history, with the years in which it led."""
        rows = []
        for name, table in self.subperiods.groupby(level="rule", sort=False):
            parts = table.droplevel("rule")
            years = parts.xs("year", level="kind")["lead"]
            leads = {
                f"{row['part']} ({row['sessions']:,})": f"{row['lead'] * 100:+.1f}"
                for row in parts.reset_index().to_dict("records")
                if row["kind"] != "year"
            }
            rows.append({"rule": str(name), **leads, "years ahead": f"{int((years > 0).sum())} of {len(years)}"})
        return rows


def stress(
    comparison: Comparison,
    plans: Mapping[str, Plan],
    market: Market,
    *,
    account: Account | None = None,
    legs: Mapping[str, Market] | None = None,
    progress: Callable[[str], None] = lambda _name: None,
) -> Stress:
    """Return where leads came from, and what becomes of them.

    Args:
        comparison: From `capshift.compare`.
        plans: Its rules by name, from `comparison.resolved_rules`.
        market: The one it ran on.
        account: Its settings.
        legs: Markets of stand-ins by name.
        progress: Called with each rule's name before it is tried.
    """
    found = {}
    for name, plan in plans.items():
        progress(name)
        rule = rule_class(plan.rule)
        rented = comparison.results[name].spreads is not None
        if name != comparison.benchmark and plan.market is None and rule.is_array_rule() and not rented:
            found[name] = sensitivities(rule, market, account=account, legs=legs, **plan.parameters)
    return Stress(subperiods=subperiods(comparison, market), sensitivities=found)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON can hold them."""
    return [
        {str(key): None if isinstance(value, float) and value != value else value for key, value in row.items()}  # noqa: PLR0124 - NaN
        for row in table.reset_index().to_dict(orient="records")
    ]
