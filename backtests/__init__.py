"""Runs: accounts, the engine, results and comparisons. Knows rules and feeds.

| module | what it holds |
|---|---|
| runner | `run`: from a rule and a market to a result |
| comparison | `compare`: rules side by side |
| config | `read_config`: rules in a TOML file |
| sweeping, sweep | `sweep`: many variants of rules; `Sweep`: their figures |
| variants, judging, gathering | what it is made of: batches of variants, judged, and put together |
| selection, sums | what choosing the best of them is worth, and the sums of returns that tell it |
| grid, sampling | which variants: combinations, constraints, samples |
| walk_forward, windows | `walk_forward`: parameters chosen on the past alone |
| surface | a figure over two parameters, beside its neighbours |
| executors, cluster | who does the work: threads, processes, and Dask's workers |
| event_study | `events`: what came after events |
| event_figures | its figures, with their definitions |
| event_kinds | the events by name, and the sessions that know them |
| forward_returns, permutation | what followed, and how often random dates did as well |
| sharpe_ratios | how far a Sharpe ratio can be trusted: probabilistic, deflated, minimum lengths |
| sharpe_difference | whether two Sharpe ratios differ; HAC standard errors |
| resampling | the door to arch: stationary bootstrap, SPA, StepM, model confidence set |
| overfitting | how often the best variant disappoints: CSCV |
| trials | how many independent trials many correlated ones are worth |
| redrawn | figures of many histories drawn from one: intervals, and luck |
| uncertainty | `Uncertainty`: all of these of a comparison |
| verdicts | what they say, in plain sentences |
| subperiods, sensitivities | a rule's lead in parts of history, and with one thing changed at a time |
| stress | `stress`: both, of a comparison |
| today | `today`: what rules hold as of the last bar, and why |
| account | `Account`, its settings; the broker that pays interest and dividends |
| call_spreads | call spreads in an account: bought, marked, sold, settled |
| spread_quotes, option_pricing | which spread a decision chooses, and what it is worth; the door to QuantLib |
| spread_figures, repricing | what renting cost and brought, and what other prices do to it |
| expressing | rules once in each way of holding small caps |
| event_engine | Backtrader, bar by bar |
| hosting | what a plain Backtrader strategy needs around it |
| look_ahead, behaviour, other_futures | whether what a rule does changes with what comes after |
| checking, surroundings, warm_up | `check`: that, and whether it changes with clock, chance, order or history |
| array_engine | the same account over arrays, for sweeps |
| decisions, latches, replay | what it is made of: decisions of many variants, and their accounts |
| compiled | the same, compiled; the door to Numba |
| recorder, ledger | what an engine writes down |
| result | `Result`: frozen, saved and loaded |
| metrics | the figures, with their definitions |
| further_figures, further_formulas | those that tearsheets have beside, and their formulas |
| periods | drawdowns and calendar years |
| spells, backdrop | each decision with its fills and outcome; the price, the signal and the reasons behind it |
| marks | what happened on the way: the Fed's decisions, breakouts |
| notebook | how results show themselves in one |
| remarks | what a reader must know of one account, a sentence each |
| provenance | the market and the versions behind a figure |
| storage | folders that are written completely or not at all |
"""

from capshift.backtests.account import Account, AccountBroker
from capshift.backtests.checking import LOOKS, Check, Finding, check
from capshift.backtests.comparison import Comparison, Plan, compare
from capshift.backtests.config import Config, read_config
from capshift.backtests.event_figures import EVENT_FIGURES
from capshift.backtests.event_kinds import EVENTS
from capshift.backtests.event_study import EventStudy, events
from capshift.backtests.metrics import METRICS, Metric
from capshift.backtests.recorder import Recorder
from capshift.backtests.result import Result
from capshift.backtests.runner import run
from capshift.backtests.selection import SELECTION_FIGURES, Selection
from capshift.backtests.spread_figures import SPREAD_FIGURES
from capshift.backtests.subperiods import subperiods
from capshift.backtests.sweep import Sweep
from capshift.backtests.sweeping import sweep
from capshift.backtests.today import Order, Standing, Today, today
from capshift.backtests.uncertainty import INTERVALS, LUCK_FIGURES, RuleUncertainty, Uncertainty
from capshift.backtests.walk_forward import WalkForward, walk_forward

__all__ = [
    "EVENTS",
    "EVENT_FIGURES",
    "INTERVALS",
    "LOOKS",
    "LUCK_FIGURES",
    "METRICS",
    "SELECTION_FIGURES",
    "SPREAD_FIGURES",
    "Account",
    "AccountBroker",
    "Check",
    "Comparison",
    "Config",
    "EventStudy",
    "Finding",
    "Metric",
    "Order",
    "Plan",
    "Recorder",
    "Result",
    "RuleUncertainty",
    "Selection",
    "Standing",
    "Sweep",
    "Today",
    "Uncertainty",
    "WalkForward",
    "check",
    "compare",
    "events",
    "read_config",
    "run",
    "subperiods",
    "sweep",
    "today",
    "walk_forward",
]
