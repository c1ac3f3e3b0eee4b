"""Bars and macro series in: validated, aligned, point in time. Knows nothing of rules.

| module | what it holds |
|---|---|
| loading | `load_market`: from symbols and a source to a market |
| market | `Market`: the aligned arrays of one backtest |
| bars | `Bars` of one symbol, implied dividends, total return |
| series | macro series as known at each close |
| fomc | decisions of the Federal Reserve, with the packaged table |
| fed_calendar | its scheduled decisions, and the chair's speeches at Jackson Hole |
| futures | federal funds futures, and the rates they imply |
| files, sample, online | the sources |
| recessions | as they were dated long after, for pictures |
| yahoo, fred, retries | what is downloaded: bars, macro series, and asking again |
| store, bar_cache, series_cache | downloads kept on disk, and brought up to date |
| inventory | what is stored: filled, listed, checked |
| target_moves, bills | the Fed's later decisions, and the bill yield, from what was downloaded |
| tables, validation | strict reading, and what is refused |
| own_dates | a user's own dates from a file |
| calendar | sessions of the exchange |
| backtrader_feed | the same bars as Backtrader data feeds |
"""

from capshift.data_feeds.backtrader_feed import BarsFeed, leg_feeds, market_feeds, market_from_feeds, ordinals
from capshift.data_feeds.bars import Bars
from capshift.data_feeds.fed_calendar import Meetings, first_sessions
from capshift.data_feeds.files import FilesSource, read_bars
from capshift.data_feeds.fomc import FomcDecisions, FomcTable, packaged_decisions
from capshift.data_feeds.futures import Settlements
from capshift.data_feeds.loading import SOURCES, load_market
from capshift.data_feeds.market import Leaders, Market, Provenance, build_market
from capshift.data_feeds.online import OnlineSource
from capshift.data_feeds.own_dates import read_own_dates
from capshift.data_feeds.sample import SampleSource
from capshift.data_feeds.series import Series, read_series

__all__ = [
    "SOURCES",
    "Bars",
    "BarsFeed",
    "FilesSource",
    "FomcDecisions",
    "FomcTable",
    "Leaders",
    "Market",
    "Meetings",
    "OnlineSource",
    "Provenance",
    "SampleSource",
    "Series",
    "Settlements",
    "build_market",
    "first_sessions",
    "leg_feeds",
    "load_market",
    "market_feeds",
    "market_from_feeds",
    "ordinals",
    "packaged_decisions",
    "read_bars",
    "read_own_dates",
    "read_series",
]
