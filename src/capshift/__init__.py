"""Event-driven backtests of small-cap / large-cap rotation, with the tools to tell skill from luck.

>>> import capshift as cs
>>> market = cs.load_market(start="2015-01-01")  # the sample market, which is SIMULATED
>>> table = cs.compare(["hold-large", "breakout"], market).table
>>> float(table.loc["hold-large", "excess_cagr"])
0.0

Names are loaded on first use: importing capshift costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from capshift.collector import resting

if TYPE_CHECKING:
    from capshift.backtests import (
        Account,
        AccountBroker,
        Check,
        Comparison,
        EventStudy,
        Plan,
        Recorder,
        Result,
        Standing,
        Sweep,
        Today,
        WalkForward,
        check,
        compare,
        events,
        run,
        sweep,
        today,
        walk_forward,
    )
    from capshift.data_feeds import Market, SampleSource, load_market, market_feeds
    from capshift.errors import CapshiftError
    from capshift.reports import (
        Link,
        Section,
        Story,
        Table,
        figures_table,
        rebuild,
        save_comparison,
        save_events,
        save_result,
        save_story,
        save_sweep,
        save_today,
        save_walk_forward,
    )
    from capshift.strategies import (
        Between,
        CallSpread,
        Explanation,
        Holdings,
        OneOf,
        Rotation,
        Target,
        fixed,
        latch,
        rule_names,
        switch,
    )

_HOME = {
    "capshift.backtests": (
        "Account", "AccountBroker", "Check", "Comparison", "EventStudy", "Plan", "Recorder", "Result", "Standing",
        "Sweep", "Today", "WalkForward", "check", "compare", "events", "run", "sweep", "today", "walk_forward",
    ),
    "capshift.data_feeds": ("Market", "SampleSource", "load_market", "market_feeds"),
    "capshift.errors": ("CapshiftError",),
    "capshift.reports": (
        "Link", "Section", "Story", "Table", "figures_table", "rebuild", "save_comparison", "save_events",
        "save_result", "save_story", "save_sweep", "save_today", "save_walk_forward",
    ),
    "capshift.strategies": (
        "Between", "CallSpread", "Explanation", "Holdings", "OneOf", "Rotation", "Target", "fixed", "latch",
        "rule_names", "switch",
    ),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Account",
    "AccountBroker",
    "Between",
    "CallSpread",
    "CapshiftError",
    "Check",
    "Comparison",
    "EventStudy",
    "Explanation",
    "Holdings",
    "Link",
    "Market",
    "OneOf",
    "Plan",
    "Recorder",
    "Result",
    "Rotation",
    "SampleSource",
    "Section",
    "Standing",
    "Story",
    "Sweep",
    "Table",
    "Target",
    "Today",
    "WalkForward",
    "check",
    "compare",
    "events",
    "figures_table",
    "fixed",
    "latch",
    "load_market",
    "market_feeds",
    "rebuild",
    "rule_names",
    "run",
    "save_comparison",
    "save_events",
    "save_result",
    "save_story",
    "save_sweep",
    "save_today",
    "save_walk_forward",
    "sweep",
    "switch",
    "today",
    "walk_forward",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the package it lives in."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - on first use

        return version("capshift")
    if name not in _MODULE_OF:
        msg = f"module 'capshift' has no attribute '{name}'"
        raise AttributeError(msg)
    with resting():
        return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
