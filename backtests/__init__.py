"""Runs: accounts, the engine, results and comparisons. Knows rules and feeds.

| module | what it holds |
|---|---|
| runner | `run`: from a rule and a market to a result |
| comparison | `compare`: rules side by side |
| config | `read_config`: rules in a TOML file |
| event_study | `events`: what came after events |
| event_figures | its figures, with their definitions |
| event_kinds | the events by name, and the sessions that know them |
| forward_returns, permutation | what followed, and how often random dates did as well |
| today | `today`: what rules hold as of the last bar, and why |
| account | `Account`, its settings; the broker that pays interest and dividends |
| event_engine | Backtrader, bar by bar |
| recorder, ledger | what an engine writes down |
| result | `Result`: frozen, saved and loaded |
| metrics | the figures, with their definitions |
| periods | drawdowns and calendar years |
| provenance | the market and the versions behind a figure |
| storage | folders that are written completely or not at all |
"""

from capshift.backtests.account import Account, AccountBroker
from capshift.backtests.comparison import Comparison, Plan, compare
from capshift.backtests.config import Config, read_config
from capshift.backtests.event_figures import EVENT_FIGURES
from capshift.backtests.event_kinds import EVENTS
from capshift.backtests.event_study import EventStudy, events
from capshift.backtests.metrics import METRICS, Metric
from capshift.backtests.recorder import Recorder
from capshift.backtests.result import Result
from capshift.backtests.runner import run
from capshift.backtests.today import Order, Standing, Today, today

__all__ = [
    "EVENTS",
    "EVENT_FIGURES",
    "METRICS",
    "Account",
    "AccountBroker",
    "Comparison",
    "Config",
    "EventStudy",
    "Metric",
    "Order",
    "Plan",
    "Recorder",
    "Result",
    "Standing",
    "Today",
    "compare",
    "events",
    "read_config",
    "run",
    "today",
]
