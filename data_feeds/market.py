"""The market of one backtest: aligned, read-only, and cut to any point in time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from capshift.data_feeds.bars import BAR_COLUMNS, Bars
from capshift.data_feeds.calendar import month_ends
from capshift.data_feeds.fomc import FomcDecisions, FomcTable, decisions_known
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
        source: sample or files.
        description: In words, for a reader.
        simulated: Whether any of it is invented; whatever is shown of it must then say SIMULATED.
        spans: Symbol to the first and last session its source has.
    """

    source: str
    description: str
    simulated: bool
    spans: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Leaders:
    """The giants beside the two legs.

    Attributes:
        bars: One a symbol, each on the market's sessions from its own first one.
        total_return: Worth of 1 invested at the first session, dividends reinvested, in equal weights of
            those already trading, rebalanced daily; NaN before the first trades.
    """

    bars: tuple[Bars, ...]
    total_return: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """Aligned arrays of one backtest; build it with `build_market` or `capshift.load_market`.

    Attributes:
        sessions: Those common to the traded legs, history before the account opens included.
        legs: Role (`small`, `large`) to bars, all on `sessions`.
        leaders: The giants, or None.
        series: Name to values as known at each close, NaN before the first.
        fomc: Decisions of the Federal Reserve, each with the session that knows it.
        month_end: Whether each session is its month's last, by the exchange's calendar.
        opening: Position of the first session of the account.
        provenance: Where all this came from.
    """

    sessions: pd.DatetimeIndex
    legs: Mapping[str, Bars]
    leaders: Leaders | None
    series: Mapping[str, NDArray[np.float64]]
    fomc: FomcDecisions
    month_end: NDArray[np.bool_]
    opening: int
    provenance: Provenance

    def __len__(self) -> int:
        """Return the number of sessions, history before the account opens included."""
        return len(self.sessions)

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
        """Where the bars came from: sample or files."""
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
            hint = did_you_mean(name, self.series) or "; add it as macro/" + name + ".csv to the data folder"
            msg = f"this market has no series {name}{hint}"
            raise MarketError(msg)
        return self.series[name]

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
            leaders=None if self.leaders is None else _leaders(self.leaders.bars, kept),
            series=_frozen({name: _read_only(values[:count]) for name, values in self.series.items()}),
            fomc=self.fomc.until(count),
            month_end=_read_only(self.month_end[:count]),
        )

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
        digest.update(table.dates.as_unit("ns").asi8.tobytes())
        for array in (table.lower, table.upper, table.scheduled, self.fomc.known):
            digest.update(array.tobytes())
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


def _leaders(bars: Sequence[Bars], sessions: pd.DatetimeIndex) -> Leaders:
    """Return the leaders on the market's sessions, equal-weighted by the day."""
    aligned = tuple(one.on(one.sessions.intersection(sessions)) for one in bars if one.sessions[0] <= sessions[-1])
    if not aligned:
        return Leaders((), _read_only(np.full(len(sessions), np.nan)))
    returns = np.full((len(aligned), len(sessions)), np.nan)
    for row, one in zip(returns, aligned, strict=True):
        start = int(sessions.searchsorted(one.sessions[0]))
        row[start + 1 :] = one.total_return[1:] / one.total_return[:-1] - 1
    trading = ~np.isnan(returns)
    count = trading.sum(axis=0)
    mean = np.where(trading, returns, 0.0).sum(axis=0) / np.maximum(count, 1)
    growth = np.cumprod(1 + mean)
    first = min(int(sessions.searchsorted(one.sessions[0])) for one in aligned)
    growth[:first] = np.nan
    return Leaders(aligned, _read_only(growth))


def build_market(
    *,
    legs: Mapping[str, Bars],
    leaders: Sequence[Bars] = (),
    series: Sequence[Series] = (),
    fomc: FomcTable,
    provenance: Provenance,
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
        msg = f"only {max(len(sessions) - opening, 0)} common session(s) {what}; widen --start and --end"
        raise MarketError(msg)
    return Market(
        sessions=sessions,
        legs=_frozen({role: bars.on(sessions) for role, bars in legs.items()}),
        leaders=_leaders(leaders, sessions) if leaders else None,
        series=_frozen({one.name: _read_only(one.as_of(sessions)) for one in series}),
        fomc=decisions_known(fomc, sessions),
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
        begins = sessions[0] if len(sessions) else last
        lacking = union[union >= begins].difference(sessions)
        if len(lacking) and not drop_gaps:
            msg = (
                f"{symbol} lacks {len(lacking)} session(s) that another symbol has: {name_days(lacking)}; "
                "fetch it again, or drop them for all (drop_gaps, --drop-gaps)"
            )
            raise MarketError(msg)
        common = common.difference(lacking)
    return common.as_unit("ns")
