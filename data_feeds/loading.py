"""From symbols and a source to a market."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from capshift.data_feeds.calendar import nyse_sessions
from capshift.data_feeds.files import FilesSource
from capshift.data_feeds.market import Market, Provenance, build_market
from capshift.data_feeds.online import OnlineSource
from capshift.data_feeds.sample import DEFAULT_SEED, SampleSource
from capshift.data_feeds.series import KNOWN_SERIES
from capshift.data_feeds.tables import FIRST_YEAR, LAST_YEAR
from capshift.data_feeds.validation import check_splits, day
from capshift.errors import DataUnavailableError, MarketError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from capshift.data_feeds.bars import Bars
    from capshift.data_feeds.fed_calendar import Meetings
    from capshift.data_feeds.fomc import FomcTable
    from capshift.data_feeds.futures import Settlements
    from capshift.data_feeds.series import Series

SOURCES = ("sample", "files", "yahoo")
#: Whether code runs that must do with the market it is given.
_NO_OTHER: ContextVar[bool] = ContextVar("no_other", default=False)


@contextmanager
def no_other_market() -> Iterator[None]:
    """Have `load_market` refuse meanwhile: a rule is looked at, whose market is changed to see whether it minds."""
    before = _NO_OTHER.set(True)
    try:
        yield
    finally:
        _NO_OTHER.reset(before)


class Source(Protocol):
    """Where bars, series and decisions come from."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    @property
    def description(self) -> str:
        """What a reader is told."""

    @property
    def simulated(self) -> bool:
        """Whether its bars are invented."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of how its data were come by."""

    def bars(self, symbol: str, *, allow_gaps: bool = False) -> Bars:
        """Return validated bars, or raise."""

    def series(self, name: str) -> Series | None:
        """Return a macro series, or None when the source does not have it."""

    def fomc(self) -> FomcTable:
        """Return the Federal Reserve's decisions."""

    def meetings(self) -> Meetings:
        """Return its calendar of scheduled decisions."""

    def speeches(self) -> pd.DatetimeIndex:
        """Return the days of its chair's speeches at Jackson Hole."""

    def settlements(self) -> Settlements | None:
        """Return settlements of federal funds futures, or None when the source has none."""


def load_market(
    small: str = "IWM",
    large: str = "SPY",
    *,
    leaders: str | Sequence[str] | None = None,
    source: str = "sample",
    path: str | Path | None = None,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    drop_gaps: bool = False,
    allow_jumps: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    cache_dir: str | Path | None = None,
    offline: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Market:
    """Return the market of a backtest.

    Args:
        small: Symbol of the small caps.
        large: Symbol of the large caps.
        leaders: Symbol or symbols of the giants, if a rule looks at them.
        source: `sample`, the simulated market, `files`, or `yahoo`: Yahoo's bars and FRED's series.
        path: Folder of the files: `bars/SYMBOL.csv`, `macro/SERIES.csv`.
        start: First date of the account (YYYY-MM-DD). History before it is kept, so that rules are warm.
        end: Last date.
        drop_gaps: Leave out sessions that a symbol lacks, instead of refusing.
        allow_jumps: Symbols whose split-like jumps are real moves.
        seed: Of the sample market.
        cache_dir: Where `yahoo` keeps what it downloads; None for CAPSHIFT_CACHE, else the user's cache folder.
        offline: Let `yahoo` work with what is stored, and ask nobody.
        progress: Called with a symbol or series when it is about to be loaded.

    Raises:
        BarsError: A file's bars cannot be trusted; the message names symbol, row and remedy.
        MarketError: The symbols, dates or options do not fit together.
        DataUnavailableError: A symbol or file is not there, or cannot be downloaded.

    >>> load_market(start="2020-01-01", end="2020-12-31")  # doctest: +ELLIPSIS
    Market(small=IWM large=SPY, 2020-01-02 to 2020-12-31, SIMULATED market, seed 2025, with no edge planted: ...)
    """
    if _NO_OTHER.get():
        msg = (
            "the rule loads a market of its own, whose future nobody can change here; take what it needs from the "
            "market that it is given"
        )
        raise MarketError(msg)
    begin, finish = check_options(small, large, start=start, end=end)
    giants = leader_symbols(leaders)
    if source != "yahoo" and (cache_dir is not None or offline):
        msg = f"source {source} downloads nothing, so it takes no cache_dir and no offline; leave them out"
        raise MarketError(msg)
    tell = progress or (lambda _name: None)
    chosen = _source(source, path, seed, partial(OnlineSource, cache_dir, offline=offline, until=finish))
    bars = _all_bars(chosen, dict.fromkeys((small, large, *giants)), tell, allow_gaps=drop_gaps)
    if not chosen.simulated:
        check_splits(bars, companies=frozenset(giants), allow_jumps=frozenset(allow_jumps))
    loaded = [_series(chosen, name, tell) for name in KNOWN_SERIES]
    fomc = chosen.fomc()
    spans = {symbol: f"{day(one.sessions[0])} to {day(one.sessions[-1])}" for symbol, one in bars.items()}
    notes = (*chosen.notes, *_early((bars[small], bars[large]), finish))
    return build_market(
        legs={"small": bars[small], "large": bars[large]},
        leaders=[bars[symbol] for symbol in giants],
        series=[one for one in loaded if one is not None],
        fomc=fomc,
        meetings=chosen.meetings(),
        speeches=chosen.speeches(),
        futures=chosen.settlements(),
        provenance=Provenance(chosen.name, chosen.description, chosen.simulated, spans, notes),
        start=begin,
        end=finish,
        drop_gaps=drop_gaps,
    )


def _early(legs: Sequence[Bars], end: pd.Timestamp | None) -> list[str]:
    """Return what to say of bars that end before the last date asked for, by a session or more."""
    last = min(one.sessions[-1] for one in legs)
    if end is None or not len(nyse_sessions(last + pd.Timedelta(days=1), min(end, last + pd.Timedelta(days=14)))):
        return []
    return [f"common bars end {day(last)}, before end {day(end)}"]


def check_options(
    small: str, large: str, *, start: str | pd.Timestamp | None = None, end: str | pd.Timestamp | None = None
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return start and end as moments, after all checks that need no bars.

    Raises:
        MarketError: The symbols are the same, or the dates are none or the wrong way round.
    """
    begin, finish = checked_date("start", start), checked_date("end", end)
    if begin is not None and finish is not None and finish <= begin:
        msg = f"end {day(finish)} is not after start {day(begin)}; swap or widen them"
        raise MarketError(msg)
    if small == large:
        msg = f"small and large are both {small}; a rotation needs two symbols"
        raise MarketError(msg)
    return begin, finish


def _all_bars(
    source: Source, symbols: Iterable[str], tell: Callable[[str], None], *, allow_gaps: bool
) -> dict[str, Bars]:
    """Return the bars of all symbols, or tell of each one that cannot be had why."""
    bars, failures = {}, []
    for symbol in symbols:
        tell(symbol)
        try:
            bars[symbol] = source.bars(symbol, allow_gaps=allow_gaps)
        except DataUnavailableError as failure:
            failures.append(failure)
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise DataUnavailableError("; ".join(map(str, failures)))
    return bars


def _series(source: Source, name: str, tell: Callable[[str], None]) -> Series | None:
    tell(name)
    return source.series(name)


def _source(name: str, path: str | Path | None, seed: int, online: Callable[[], OnlineSource]) -> Source:
    if name == "files":
        return FilesSource(path)
    if name not in SOURCES:
        msg = f"there is no source '{name}'{did_you_mean(name, SOURCES) or '; there are ' + ', '.join(SOURCES)}"
        raise MarketError(msg)
    if path is not None:
        msg = f"source {name} takes no data folder, but {path} was given; use --source files to read it"
        raise MarketError(msg)
    if name == "yahoo":
        return online()
    if seed < 0:
        msg = f"seed is {seed}; it must be 0 or more"
        raise MarketError(msg)
    return SampleSource(seed)


def leader_symbols(leaders: str | Sequence[str] | None) -> list[str]:
    """Return the symbols of the giants, each once.

    Raises:
        MarketError: One is doubled or empty.

    >>> leader_symbols("AAPL, MSFT")
    ['AAPL', 'MSFT']
    """
    if leaders is None:
        return []
    listed = leaders.split(",") if isinstance(leaders, str) else list(leaders)
    symbols = [symbol.strip() for symbol in listed]
    doubled = [symbol for symbol in symbols if symbols.count(symbol) > 1]
    if doubled or "" in symbols:
        msg = f"leaders '{','.join(symbols)}' repeats or lacks a symbol; name each once, separated by commas"
        raise MarketError(msg)
    return symbols


def checked_date(name: str, given: str | pd.Timestamp | None) -> pd.Timestamp | None:
    """Return an option's date as a moment, and no date as none.

    Raises:
        MarketError: It is no date, or one of another age.
    """
    if given is None:
        return None
    try:
        moment = pd.to_datetime(given, format="%Y-%m-%d") if isinstance(given, str) else pd.Timestamp(given)
        credible = FIRST_YEAR <= moment.year <= LAST_YEAR  # never so for what is no time at all
    except ValueError as reason:
        msg = f"{name} '{given}' is no date; write YYYY-MM-DD"
        raise MarketError(msg) from reason
    if not credible:
        msg = f"{name} '{given}' is no date from {FIRST_YEAR} to {LAST_YEAR}; write YYYY-MM-DD"
        raise MarketError(msg)
    return pd.Timestamp(moment).tz_localize(None).normalize().as_unit("ns")
