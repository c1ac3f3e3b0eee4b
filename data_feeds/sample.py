"""The sample market: simulated bars, so that everything runs offline and nobody mistakes it for history.

One common factor moves all symbols. Its volatility clusters and rises more after falls (GJR-GARCH), its
innovations have fat tails (Student's t), and each symbol adds a fat-tailed move of its own. Every symbol has
the same expected return, so no rotation between them can pay, but by luck, unless an edge is planted.
Sessions are the exchange's and FOMC decisions the real ones; everything else comes from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.bars import Bars
from capshift.data_feeds.calendar import nyse_sessions
from capshift.data_feeds.fed_calendar import Meetings, packaged_meetings, packaged_speeches
from capshift.data_feeds.fomc import (
    FIRST,
    RESTART,
    TARGET_BEFORE_1994,
    FomcTable,
    decisions_known,
    packaged_decisions,
)
from capshift.data_feeds.futures import Settlements, month_starts
from capshift.data_feeds.series import KNOWN_SERIES, Series, known_dates
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_SEED = 2025
FIRST_SESSION, LAST_SESSION = pd.Timestamp("2000-01-03"), pd.Timestamp("2025-12-31")

#: Expected simple return a year, dividends included, the same for every symbol.
EXPECTED_RETURN = 0.085
SESSIONS_A_YEAR = 252

# GJR-GARCH(1,1) of the common factor; the unconditional volatility is 1.15 % a session, about 18 % a year.
_FACTOR_VOLATILITY = 0.0115
_ARCH, _ASYMMETRY, _GARCH = 0.03, 0.10, 0.91
_TAIL_DEGREES = 6
#: Share of a session's variance that happens before the open.
_OVERNIGHT_VARIANCE = 0.3
#: Sessions after a cut in which a planted edge works.
_EDGE_SESSIONS = 252
_CENTS = 4
#: How long before a scheduled decision futures begin to expect it, how much of it they expect just before, and by
#: how much, in percentage points, they err half-way.
_EXPECTED_DAYS, _EXPECTED_PART, _EXPECTED_ERROR = 75, 0.9, 0.15
_BILL_DAYS = 91
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Profile:
    """How one simulated symbol behaves.

    Attributes:
        first_close: Dollars a share.
        beta: Move per move of the common factor.
        own_volatility: Standard deviation a session of its own move.
        dividend_yield: Cash a year as a fraction of the price, paid quarterly.
        volume: Typical shares a session.
    """

    first_close: float
    beta: float
    own_volatility: float
    dividend_yield: float
    volume: float


PROFILES = {
    "IWM": Profile(48.0, 1.15, 0.0060, 0.012, 3.0e7),
    "IJR": Profile(37.0, 1.10, 0.0065, 0.013, 4.0e6),
    "SPY": Profile(95.0, 1.00, 0.0020, 0.017, 8.0e7),
    "QQQ": Profile(60.0, 1.15, 0.0070, 0.006, 5.0e7),
}
#: The symbols that stand for small companies: a planted edge is theirs.
_SMALL = frozenset({"IWM", "IJR"})


class SampleSource:
    """The simulated market.

    Args:
        seed: Another seed is another history.
        edge: Extra return a year of small over large, planted in the 252 sessions from each first or
            restarting cut (0.05 is 5 %). 0, the default, plants none.
        first: First session.
        last: Last session.

    >>> source = SampleSource(first=pd.Timestamp("2024-01-02"), last=pd.Timestamp("2024-01-05"))
    >>> len(source.bars("IWM"))
    4
    """

    name = "sample"
    simulated = True
    notes: tuple[str, ...] = ()

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        *,
        edge: float = 0.0,
        first: pd.Timestamp = FIRST_SESSION,
        last: pd.Timestamp = LAST_SESSION,
    ) -> None:
        """Draw what the symbols share."""
        self._seed, self._edge = seed, edge
        self._sessions = nyse_sessions(first, last)
        planted = (
            f", with an edge of {edge:g} a year planted after cuts"
            if edge
            else ", with no edge planted: what a rule gains here is luck"
        )
        self.description = f"SIMULATED market, seed {seed}{planted}"

    def _random(self, stream: str) -> np.random.Generator:
        """Return a generator of its own for each use, so that no draw depends on the order of requests."""
        return np.random.default_rng([self._seed, *stream.encode()])

    @cached_property
    def _factor(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The common factor's moves and their standard deviations, one a session."""
        shocks = _fat_tails(self._random("factor"), len(self._sessions))
        base = _FACTOR_VOLATILITY**2 * (1 - _ARCH - _ASYMMETRY / 2 - _GARCH)
        variance, moves, deviations = _FACTOR_VOLATILITY**2, [], []
        for shock in shocks:
            deviation = variance**0.5
            move = deviation * shock
            moves.append(move)
            deviations.append(deviation)
            variance = base + (_ARCH + _ASYMMETRY * (move < 0)) * move**2 + _GARCH * variance
        return np.array(moves), np.array(deviations)

    def bars(self, symbol: str, *, allow_gaps: bool = False) -> Bars:  # noqa: ARG002 - there never are gaps
        """Return the simulated bars of a symbol."""
        if symbol not in PROFILES:
            msg = f"{symbol} is not in the sample market, which has {', '.join(PROFILES)}; use --source files"
            raise DataUnavailableError(msg)
        profile, random, count = PROFILES[symbol], self._random(symbol), len(self._sessions)
        moves, deviations = self._factor
        own = profile.own_volatility * deviations / _FACTOR_VOLATILITY * _fat_tails(random, count)
        returns = EXPECTED_RETURN / SESSIONS_A_YEAR + profile.beta * moves + own
        if symbol in _SMALL and self._edge:
            returns = returns + self._edge / SESSIONS_A_YEAR * self._after_cuts()
        close, dividend = _pay_dividends(profile, returns, _quarterly_ex_dates(self._sessions))
        return self._with_ranges(symbol, close, dividend, random)

    def _after_cuts(self) -> NDArray[np.float64]:
        known = decisions_known(packaged_decisions(), self._sessions)
        after = np.zeros(len(self._sessions))
        for position, kind in zip(known.known, known.kinds, strict=True):
            if kind in {FIRST, RESTART}:
                # The decision is known at this close; what can be earned by knowing it starts with the next session.
                after[max(position + 1, 0) : max(position + 1 + _EDGE_SESSIONS, 0)] = 1.0
        return after

    def _with_ranges(
        self, symbol: str, close: NDArray[np.float64], dividend: NDArray[np.float64], random: np.random.Generator
    ) -> Bars:
        """Return bars whose open lies on the way from close to close, and whose range holds both."""
        count = len(close)
        _, deviations = self._factor
        before = np.concatenate([close[:1], close[:-1] - dividend[1:]])
        gap = deviations * random.standard_normal(count) * (_OVERNIGHT_VARIANCE * (1 - _OVERNIGHT_VARIANCE)) ** 0.5
        opening = before * (close / before) ** _OVERNIGHT_VARIANCE * np.exp(gap)
        opening = np.round(opening, _CENTS)
        reach = 1 + 0.5 * deviations * np.abs(random.standard_normal((2, count)))
        high = np.round(np.maximum(opening, close) * reach[0], _CENTS)
        low = np.round(np.minimum(opening, close) / reach[1], _CENTS)
        volume = np.round(PROFILES[symbol].volume * np.exp(0.35 * random.standard_normal(count)), -2)
        return Bars(
            symbol=symbol,
            sessions=self._sessions,
            open=opening,
            high=np.maximum(high, np.maximum(opening, close)),
            low=np.minimum(low, np.minimum(opening, close)),
            close=close,
            volume=volume,
            dividend=dividend,
        )

    def series(self, name: str) -> Series | None:
        """Return a simulated macro series, or nothing for a name the sample market does not have."""
        if name not in KNOWN_SERIES or name == "RVXCLS":  # small caps' own volatility index is not simulated
            return None
        days, random = self._sessions, self._random(name)
        if name == "VIXCLS":
            level = 100 * SESSIONS_A_YEAR**0.5 * self._factor[1] * np.exp(0.05 * random.standard_normal(len(days)))
            return Series(name, days, _rounded(level))
        if name == "SAHMREALTIME":
            months = pd.date_range(days[0].replace(day=1), days[-1], freq="MS").as_unit("ns")
            wandering = 0.15 + _autoregressive(random, len(months), persistence=0.95, deviation=0.30)
            return Series(name, known_dates(months, KNOWN_SERIES[name]), _rounded(np.maximum(wandering, -0.2)))
        spread, deviation = {"DGS3MO": (0.05, 0.03), "DGS2": (0.35, 0.35), "DGS10": (1.20, 0.40)}[name]
        noise = _autoregressive(random, len(days), persistence=0.99, deviation=deviation)
        return Series(name, days, _rounded(np.maximum(self._target() + self._expected_soon() + spread + noise, 0.01)))

    def _expected_soon(self) -> NDArray[np.float64]:
        """Return by how much the target is expected to move on average over the next three months."""
        expected, ahead = self._expectations
        share = np.where(ahead > 0, np.clip(1 - ahead / _BILL_DAYS, 0, 1), 0.0)
        return np.asarray((expected * share).sum(axis=1))

    def _target(self) -> NDArray[np.float64]:
        """Return the middle of the Fed's target on each session."""
        table = packaged_decisions()
        position = table.dates.searchsorted(self._sessions, side="right") - 1
        return np.asarray((table.lower + table.upper)[position] / 2)

    def fomc(self) -> FomcTable:
        """Return the real decisions up to the sample's last session."""
        return decisions_known(packaged_decisions(), self._sessions).table

    def meetings(self) -> Meetings:
        """Return the Federal Reserve's real calendar."""
        return packaged_meetings()

    def speeches(self) -> pd.DatetimeIndex:
        """Return the real days of speeches."""
        return packaged_speeches()

    @cached_property
    def _expectations(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Change of the target by each decision as known or expected at each session, and the days until then."""
        table, days = packaged_decisions(), self._sessions
        change = np.diff((table.lower + table.upper) / 2, prepend=TARGET_BEFORE_1994)
        decided = table.dates.as_unit("s").asi8 // _SECONDS_A_DAY
        ahead = decided[None, :] - days.as_unit("s").asi8[:, None] // _SECONDS_A_DAY
        nearness = np.clip(1 - ahead / _EXPECTED_DAYS, 0, 1) * table.scheduled
        error = self._random("expectations").normal(0, _EXPECTED_ERROR, len(change))
        expected = np.where(ahead <= 0, change, nearness * (_EXPECTED_PART * change + (1 - nearness) * error))
        return np.asarray(expected), np.asarray(ahead, dtype=np.float64)

    def settlements(self) -> Settlements:
        """Return simulated federal funds futures: the market comes to expect each scheduled decision, not quite.

        A contract stands at 100 minus the average of its month's days, of the target as it was up to each session
        and as it is expected to become: of each scheduled change a growing part, and a passing error.
        """
        days, (expected, _) = self._sessions, self._expectations
        decided = packaged_decisions().dates.as_unit("s").asi8 // _SECONDS_A_DAY
        own = np.asarray(days.year * 12 + days.month - 1, dtype=np.int64)
        months = np.arange(own[0], own[-1] + 6)
        starts, ends = month_starts(months), month_starts(months + 1)
        # The part of each month's days that follows each decision: the new rate begins on the day after it.
        after = np.clip((ends - 1 - decided[:, None]) / (ends - starts), 0, 1)
        rates = TARGET_BEFORE_1994 + expected @ after
        return _settled(days, own, rates, months)


def _settled(
    days: pd.DatetimeIndex, own: NDArray[np.int64], rates: NDArray[np.float64], months: NDArray[np.int64]
) -> Settlements:
    """Return the contracts of each session's own month and the five after, at prices in quarters of a basis point."""
    offsets = np.arange(6)
    at = (own - months[0])[:, None] + offsets
    chosen = np.take_along_axis(rates, at, axis=1)
    prices = np.round((100 - chosen) / 0.0025) * 0.0025
    return Settlements(days.repeat(6), months[at].ravel(), prices.ravel())


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return figures as they are published, to two decimals."""
    return np.asarray(np.round(values, 2), dtype=np.float64)


def _fat_tails(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return independent shocks with variance 1 and Student's tails."""
    shocks = random.standard_t(_TAIL_DEGREES, count) / (_TAIL_DEGREES / (_TAIL_DEGREES - 2)) ** 0.5
    return np.asarray(shocks, dtype=np.float64)


def _autoregressive(
    random: np.random.Generator, count: int, *, persistence: float, deviation: float
) -> NDArray[np.float64]:
    """Return a mean-reverting path around 0 with the given standard deviation."""
    path, value = [], 0.0
    for shock in random.standard_normal(count) * deviation * (1 - persistence**2) ** 0.5:
        value = persistence * value + shock
        path.append(value)
    return np.array(path)


def _quarterly_ex_dates(sessions: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Return whether a session is the first on or after the 15th of March, June, September or December."""
    in_month = np.asarray(sessions.month.isin([3, 6, 9, 12]) & (sessions.day >= 15))  # noqa: PLR2004 - day of month
    return np.asarray(in_month & ~np.concatenate([[False], in_month[:-1]]))


def _pay_dividends(
    profile: Profile, returns: NDArray[np.float64], ex_dates: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return closes and dividends whose sum has the given simple returns; all are rounded as prices are."""
    price = profile.first_close
    closes: list[float] = []
    dividends: list[float] = []
    for move, ex_date in zip(returns, ex_dates, strict=True):
        dividend = round(price * profile.dividend_yield / 4, _CENTS) if ex_date and closes else 0.0
        price = round(price * (1 + max(move, -0.9)) - dividend, _CENTS) if closes else profile.first_close
        closes.append(price)
        dividends.append(dividend)
    return np.array(closes), np.array(dividends)
