"""Runs: accounts, the engine, results and comparisons. Knows rules and feeds.

| module | what it holds |
|---|---|
| runner | `run`: from a rule and a market to a result |
| comparison | `compare`: rules side by side |
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
from capshift.backtests.comparison import Comparison, compare
from capshift.backtests.metrics import METRICS, Metric
from capshift.backtests.recorder import Recorder
from capshift.backtests.result import Result
from capshift.backtests.runner import run

__all__ = ["METRICS", "Account", "AccountBroker", "Comparison", "Metric", "Recorder", "Result", "compare", "run"]
