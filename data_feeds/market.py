"""The market of one backtest: aligned, read-only, and cut to any point in time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from capshift.data_feeds.bars import BAR_COLUMNS, Bars
from capshift.data_feeds.calendar import month_ends
from capshift.data_feeds.fed_calendar import Meetings, packaged_meetings, packaged_speeches
from capshift.data_feeds.fomc import FomcDecisions, FomcTable, decisions_known
from capshift.data_feeds.futures import Settlements, expected_rates
from capshift.data_feeds.series import KNOWN_SERIES, STALE_DAYS
from capshift.data_feeds.validation import day, name_days
from capshift.errors import MarketError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capshift.data_feeds.series import Series

_Value = TypeVar("_Value")
_Item = TypeVar("_Item", bound=np.generic)


@dataclass(frozen=True)
class Provenance:
    """Where a market's bars came from.

    Attributes:
        source: sample, files or yahoo.
        description: In words, for a reader.
        simulated: Whether any of it is invented; whatever is shown of it must then say SIMULATED.
        spans: Symbol to the first and last session its source has.
        notes: What a reader must know of how it was come by.
    """

    source: str
    description: str
    simulated: bool
    spans: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Leaders:
    """The giants beside the two legs.

    Attributes:
        bars: One a symbol, each on the market's sessions from its own first one.
        close: Of one leader its closes; of several an index of their prices, in equal weights of those already
            trading, rebalanced daily, 1 at the first session; NaN before the first trades.
        total_return: Worth of 1 invested at the first session, dividends reinvested, in equal weights of
            those already trading, rebalanced daily; NaN before the first trades.
    """

    bars: tuple[Bars, ...]
    close: NDArray[np.float64]
    total_return: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """Aligned arrays of one backtest; build it with `build_market` or `capshift.load_market`.

    Attributes:
        sessions: Those common to the traded legs, history before the account opens included.
        legs: Role (`small`, `large`) to bars, all on `sessions`.
        leaders: The giants, or None.
        series: Name to values as known at each close, NaN before the first.
        ages: Name to days since each value became known, NaN before the first.
        fomc: Decisions of the Federal Reserve, each with the session that knows it.
        meetings: Its scheduled decisions, those to come among them: its calendar is published a year ahead.
        speeches: Days on which its chair spoke at Jackson Hole.
        futures: Average rates that federal funds futures imply, in percent, shape (sessions, 6): the month before
            each session's own, its own, and the four after; NaN where none settled. None without futures.
        month_end: Whether each session is its month's last, by the exchange's calendar.
        opening: Position of the first session of the account.
        provenance: Where all this came from.
    """

    sessions: pd.DatetimeIndex
    legs: Mapping[str, Bars]
    leaders: Leaders | None
    series: Mapping[str, NDArray[np.float64]]
    ages: Mapping[str, NDArray[np.float64]]
    fomc: FomcDecisions
    meetings: Meetings
    speeches: pd.DatetimeIndex
    futures: NDArray[np.float64] | None
    month_end: NDArray[np.bool_]
    opening: int
    provenance: Provenance

    def __len__(self) -> int:
        """Return the number of sessions, history before the account opens included."""
        return len(self.sessions)

    def __getstate__(self) -> dict[str, Any]:
        """Return all fields for another process; what is worked out from them is worked out there."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in values.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the fields from another process, and freeze them again."""
        for name, value in state.items():
            object.__setattr__(self, name, _frozen(value) if isinstance(value, dict) else value)
        bars = [*self.legs.values(), *(self.leaders.bars if self.leaders else ())]
        arrays = [getattr(one, name) for one in bars for name in BAR_COLUMNS]
        for array in (*arrays, *self.series.values(), self.month_end):
            array.flags.writeable = False

    @property
    def small(self) -> Bars:
        """Bars of the small caps."""
        return self.legs["small"]

    @property
    def large(self) -> Bars:
        """Bars of the large caps."""
        return self.legs["large"]

    @property
    def symbols(self) -> dict[str, str]:
        """Role to symbol; several leaders are joined by a comma."""
        symbols = {role: bars.symbol for role, bars in self.legs.items()}
        if self.leaders is not None:
            symbols["leaders"] = ",".join(bars.symbol for bars in self.leaders.bars)
        return symbols

    @property
    def source(self) -> str:
        """Where the bars came from: sample, files or yahoo."""
        return self.provenance.source

    @property
    def simulated(self) -> bool:
        """Whether this market is invented."""
        return self.provenance.simulated

    @property
    def account_sessions(self) -> pd.DatetimeIndex:
        """The sessions from the account's opening on."""
        return self.sessions[self.opening :]

    def known_series(self, name: str) -> NDArray[np.float64]:
        """Return a series as known at each close.

        Raises:
            MarketError: The market does not carry it.
        """
        if name not in self.series:
            remedy = (
                "try again when FRED has it"
                if self.source == "yahoo"
                else f"add it as macro/{name}.csv to the data folder"
            )
            hint = did_you_mean(name, self.series) or f"; {remedy}"
            msg = f"this market has no series {name}{hint}"
            raise MarketError(msg)
        return self.series[name]

    def gaps_of(self, name: str) -> str:
        """Return on how many sessions of the account a series is unknown or has not been continued, or nothing."""
        if name not in self.ages:
            return ""
        ages = self.ages[name][self.opening :]
        unknown = int(np.isnan(ages).sum())
        old = ages > STALE_DAYS[KNOWN_SERIES.get(name, "daily")]
        said = [f"{name} is not known yet on {unknown:,} of {len(ages):,} sessions."] if unknown else []
        if old.any():
            first = self.account_sessions[old][0]
            said.append(
                f"{name} lags on {int(old.sum()):,} of {len(ages):,} sessions, first on {day(first)}: old values serve."
            )
        return " ".join(said)

    def until(self, session: pd.Timestamp | str | int) -> Market:
        """Return the market as it stood at a session's close.

        Args:
            session: A date, which need not be a session, or a position.
        """
        if isinstance(session, int | np.integer):
            count = int(session) + 1
        else:
            count = int(self.sessions.searchsorted(pd.Timestamp(session), side="right"))
        if not self.opening < count <= len(self):
            msg = f"{session} is outside the market, whose account opens {day(self.sessions[self.opening])}"
            raise MarketError(msg)
        kept = self.sessions[:count]
        return replace(
            self,
            sessions=kept,
            legs=_frozen({role: bars.on(kept) for role, bars in self.legs.items()}),
            leaders=None if self.leaders is None else leaders_of(self.leaders.bars, kept),
            series=_frozen({name: _read_only(values[:count]) for name, values in self.series.items()}),
            ages=_frozen({name: _read_only(days[:count]) for name, days in self.ages.items()}),
            fomc=self.fomc.until(count),
            meetings=self.meetings.as_published(kept[-1]),
            speeches=self.speeches[self.speeches <= kept[-1]],
            futures=None if self.futures is None else _read_only(self.futures[:count]),
            month_end=_read_only(self.month_end[:count]),
        )

    def opening_at(self, session: pd.Timestamp) -> Market:
        """Return the market with its account opened at a later session; nothing else changes.

        Raises:
            MarketError: Fewer than two sessions are left from there.
        """
        opening = int(self.sessions.searchsorted(session))
        if len(self) - opening < 2:  # noqa: PLR2004 - one session decides, the next fills
            msg = f"only {len(self) - opening} common session(s) from {day(session)}; widen --start and --end"
            raise MarketError(msg)
        return replace(self, opening=opening)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of all that a rule or an account can see, as hexadecimal digits."""
        digest = hashlib.sha256()
        digest.update(repr((self.symbols, self.opening, self.simulated)).encode())
        digest.update(self.sessions.as_unit("ns").asi8.tobytes())
        for role, bars in self.legs.items():
            _digest_bars(digest, role, bars)
        for bars in self.leaders.bars if self.leaders else ():
            _digest_bars(digest, "leader", bars)
        for name in sorted(self.series):
            digest.update(name.encode())
            digest.update(self.series[name].tobytes())
        table = self.fomc.table
        for dates in (table.dates, self.meetings.dates, self.meetings.cancelled, self.speeches):
            digest.update(dates.as_unit("ns").asi8.tobytes())
        for array in (table.lower, table.upper, table.scheduled, self.fomc.known):
            digest.update(array.tobytes())
        if self.futures is not None:
            digest.update(self.futures.tobytes())
        return digest.hexdigest()

    def __repr__(self) -> str:
        """Say what is traded, when and from where."""
        span = f"{day(self.sessions[self.opening])} to {day(self.sessions[-1])}"
        roles = " ".join(f"{role}={symbol}" for role, symbol in self.symbols.items())
        return f"Market({roles}, {span}, {self.provenance.description})"


def _digest_bars(digest: hashlib._Hash, role: str, bars: Bars) -> None:
    digest.update(f"{role}:{bars.symbol}:{len(bars)}".encode())
    for name in BAR_COLUMNS:
        digest.update(getattr(bars, name).tobytes())


def _frozen(mapping: dict[str, _Value]) -> Mapping[str, _Value]:
    return MappingProxyType(mapping)


def _read_only(array: NDArray[_Item]) -> NDArray[_Item]:
    array = array.copy()
    array.setflags(write=False)
    return array


def leaders_of(bars: Sequence[Bars], sessions: pd.DatetimeIndex) -> Leaders:
    """Return the leaders on the market's sessions, equal-weighted by the day."""
    aligned = tuple(one.on(one.sessions.intersection(sessions)) for one in bars if one.sessions[0] <= sessions[-1])
    close = _equal_weight(aligned, [one.close for one in aligned], sessions)
    if len(aligned) == 1:
        close[-len(aligned[0]) :] = aligned[0].close
    total_return = _equal_weight(aligned, [one.total_return for one in aligned], sessions)
    return Leaders(aligned, _read_only(close), _read_only(total_return))


def _equal_weight(
    bars: Sequence[Bars], values: Sequence[NDArray[np.float64]], sessions: pd.DatetimeIndex
) -> NDArray[np.float64]:
    """Return the growth of 1 in the mean of the daily returns of those already trading."""
    if not bars:
        return np.full(len(sessions), np.nan)
    returns = np.full((len(bars), len(sessions)), np.nan)
    starts = [int(sessions.searchsorted(one.sessions[0])) for one in bars]
    for row, start, value in zip(returns, starts, values, strict=True):
        row[start + 1 :] = value[1:] / value[:-1] - 1
    trading = ~np.isnan(returns)
    mean = np.where(trading, returns, 0.0).sum(axis=0) / np.maximum(trading.sum(axis=0), 1)
    growth = np.cumprod(1 + mean)
    growth[: min(starts)] = np.nan
    return np.asarray(growth)


def build_market(
    *,
    legs: Mapping[str, Bars],
    leaders: Sequence[Bars] = (),
    series: Sequence[Series] = (),
    fomc: FomcTable,
    provenance: Provenance,
    meetings: Meetings | None = None,
    speeches: pd.DatetimeIndex | None = None,
    futures: Settlements | None = None,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    drop_gaps: bool = False,
) -> Market:
    """Return a market of bars that are each valid by themselves.

    Args:
        legs: Role to bars; at least `small` and `large`.
        leaders: The giants, one or several.
        series: Macro series; each is taken as known at each close.
        fomc: The Federal Reserve's decisions.
        provenance: Where the bars came from.
        meetings: Its calendar; None takes the packaged one.
        speeches: Days of the chair's speeches at Jackson Hole; None takes the packaged ones.
        futures: Settlements of federal funds futures, if there are any.
        start: First date of the account; history before it is kept. None: the first common session.
        end: Last date. None: the last session, which must then be the same for all symbols.
        drop_gaps: Leave out sessions that one of the symbols lacks, instead of refusing.

    Raises:
        MarketError: The symbols do not end together, have no sessions in common, or lack some in between.
    """
    everything = [*legs.values(), *leaders]
    if end is None:
        _check_common_end(everything)
    sessions = _common_sessions(legs, leaders, end=end, drop_gaps=drop_gaps)
    opening = 0 if start is None else int(sessions.searchsorted(start, side="left"))
    if len(sessions) - opening < 2:  # noqa: PLR2004 - one session decides, the next fills
        what = (
            f"from {day(start) if start is not None else 'the start'} to {day(end) if end is not None else 'the end'}"
        )
        there = f" (the bars in common are of {day(sessions[0])} to {day(sessions[-1])})" if len(sessions) else ""
        msg = f"only {max(len(sessions) - opening, 0)} common session(s) {what}{there}; widen --start and --end"
        raise MarketError(msg)
    speeches = packaged_speeches() if speeches is None else speeches
    calendar = (meetings or packaged_meetings()).with_dates(fomc.dates[fomc.scheduled])
    return Market(
        sessions=sessions,
        legs=_frozen({role: bars.on(sessions) for role, bars in legs.items()}),
        leaders=leaders_of(leaders, sessions) if leaders else None,
        series=_frozen({one.name: _read_only(one.as_of(sessions)) for one in series}),
        ages=_frozen({one.name: _read_only(one.ages(sessions)) for one in series}),
        fomc=decisions_known(fomc, sessions),
        meetings=calendar.as_published(sessions[-1]),
        speeches=speeches[(speeches >= sessions[0]) & (speeches <= sessions[-1])],
        futures=None if futures is None else _read_only(expected_rates(futures, sessions)),
        month_end=_read_only(month_ends(sessions)),
        opening=opening,
        provenance=provenance,
    )


def _check_common_end(everything: Sequence[Bars]) -> None:
    """Refuse symbols that end on different sessions: a short file would silently shorten the backtest."""
    ends = {bars.symbol: bars.sessions[-1] for bars in everything}
    earliest, latest = min(ends.values()), max(ends.values())
    if earliest != latest:
        short = min(ends, key=lambda symbol: ends[symbol])
        full = max(ends, key=lambda symbol: ends[symbol])
        msg = (
            f"{short} ends {day(earliest)} but {full} {day(latest)}; fetch {short} again, "
            f"or accept the shorter span with --end {day(earliest)}"
        )
        raise MarketError(msg)


def _common_sessions(
    legs: Mapping[str, Bars], leaders: Sequence[Bars], *, end: pd.Timestamp | None, drop_gaps: bool
) -> pd.DatetimeIndex:
    """Return the sessions common to the legs, and refuse or drop those in between that one symbol lacks."""
    first = max(bars.sessions[0] for bars in legs.values())
    last = min(bars.sessions[-1] for bars in (*legs.values(), *leaders))
    if end is not None and end < last:
        last = end
    within = {bars.symbol: bars.sessions[(bars.sessions >= first) & (bars.sessions <= last)] for bars in legs.values()}
    for bars in leaders:
        within[bars.symbol] = bars.sessions[(bars.sessions >= first) & (bars.sessions <= last)]
    union = pd.DatetimeIndex([])
    for sessions in within.values():
        union = union.union(sessions)
    common = union
    for symbol, sessions in within.items():
        if not len(sessions):  # a leader that did not trade yet
            continue
        begins = sessions[0]
        lacking = union[union >= begins].difference(sessions)
        if len(lacking) and not drop_gaps:
            msg = (
                f"{symbol} lacks {len(lacking)} session(s) that another symbol has: {name_days(lacking)}; "
                "fetch it again, or drop them for all (drop_gaps, --drop-gaps)"
            )
            raise MarketError(msg)
        common = common.difference(lacking)
    return common.as_unit("ns")
