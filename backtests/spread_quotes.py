"""Which call spread a decision chooses, and what it is quoted at: nothing later than each moment goes into either."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from capshift.backtests.option_pricing import DAYS_A_YEAR, Inputs, call_price, quantlib
from capshift.data_feeds.bills import BILL_YIELD
from capshift.data_feeds.calendar import monthly_expiries
from capshift.data_feeds.validation import day
from capshift.errors import MarketError
from capshift.strategies.expressions import AUTO, LARGE_VOLATILITY, REALISED, RUSSELL_VOLATILITY, TRAILING, USUAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies.expressions import CallSpread

#: What each source of volatility is multiplied by, unless the user says otherwise. RVXCLS is that of the small caps
#: themselves. From 2000 to 2026 the volatility of IWM over 63 sessions was 1.36 times that of SPY at the median, and
#: VIXCLS stood 1.25 times above what SPY's had been.
USUAL_FACTORS = {RUSSELL_VOLATILITY: 1.0, LARGE_VOLATILITY: 1.36, REALISED: 1.25}
_REALISED_SESSIONS, _SESSIONS_A_YEAR = 63, 252
_SECONDS_A_DAY = 86_400
#: Third Fridays are 28 or 35 days apart.
_MONTH_DAYS = 36


class Contract(NamedTuple):
    """A call spread: the call of the lower strike bought, that of the higher one sold.

    Attributes:
        decided: Position of the session at whose close it was chosen.
        spot: That close.
        long_strike: In dollars.
        short_strike: In dollars.
        expiry: The day at whose close it is settled.
        expiry_day: The same, in days since 1970.
    """

    decided: int
    spot: float
    long_strike: float
    short_strike: float
    expiry: pd.Timestamp
    expiry_day: int

    @property
    def width(self) -> float:
        """Dollars a share between the strikes: more it never pays."""
        return self.short_strike - self.long_strike

    def intrinsic(self, spot: float) -> float:
        """Return what it pays at expiry, in dollars a share.

        >>> contract = Contract(0, 100.0, 102.0, 108.0, pd.Timestamp("2025-11-21"), 20413)
        >>> [contract.intrinsic(spot) for spot in (101.0, 104.0, 120.0)]
        [0.0, 2.0, 6.0]
        """
        return min(max(spot - self.long_strike, 0.0), self.width)


def spread_price(contract: Contract, inputs: Inputs, *, american: bool = False) -> float:
    """Return what a call spread is worth between bid and ask, in dollars a share.

    It is never below 0 nor above the difference of the strikes: far from the money a linear skew would make it so.

    >>> contract = Contract(0, 235.94, 240.0, 255.0, pd.Timestamp("2025-11-21"), 20413)
    >>> round(spread_price(contract, Inputs(235.94, 91, 0.041, 0.011, 0.22)), 3)
    5.031
    """
    long_leg = call_price(contract.long_strike, inputs, american=american)
    short_leg = call_price(contract.short_strike, inputs, american=american)
    return min(max(long_leg - short_leg, 0.0), contract.width)


@dataclass(frozen=True, eq=False)
class Quotes:
    """Call spreads on a market's small caps, session by session of its account.

    Attributes:
        market: Whose closes, bill yield, dividends and volatility are read.
        spread: How spreads are chosen and priced.
    """

    market: Market
    spread: CallSpread

    def __post_init__(self) -> None:
        """Refuse what cannot be priced, before anything is.

        Raises:
            ParameterError: QuantLib is not installed.
            MarketError: The market lacks the volatility.
        """
        quantlib()
        _ = self.volatility

    @cached_property
    def source(self) -> str:
        """Where volatility comes from: an index the market has known since the account's opening, or realised."""
        if self.spread.volatility != AUTO:
            return self.spread.volatility
        series, opening = self.market.series, self.market.opening
        indices = (RUSSELL_VOLATILITY, LARGE_VOLATILITY)
        return next((name for name in indices if name in series and not np.isnan(series[name][opening])), REALISED)

    @property
    def factor(self) -> float:
        """What the source is multiplied by."""
        asked = self.spread.volatility_factor
        return USUAL_FACTORS[self.source] if asked == USUAL else float(asked)

    @property
    def half_spread(self) -> float:
        """Dollars a share lost at entry, and at exit: both legs together."""
        return 2 * self.spread.half_spread

    def facts(self) -> dict[str, Any]:
        """Return how spreads are priced, as JSON can hold it."""
        has_bills = BILL_YIELD in self.market.series
        return {
            **{name: getattr(self.spread, name) for name in type(self.spread).__dataclass_fields__},
            "volatility": self.source,
            "volatility_factor": self.factor,
            "rate": BILL_YIELD if has_bills else f"0 (the market has no {BILL_YIELD} series)",
        }

    def contract(self, session: int) -> Contract:
        """Return the spread that a decision at a session's close chooses.

        Its strikes are multiples of that close; its expiry is the listed one nearest to the days asked for.

        Raises:
            MarketError: Its volatility is not known yet.
        """
        if np.isnan(self.volatility[session]):
            known = np.flatnonzero(~np.isnan(self.volatility))
            remedy = (
                f"give --start {day(self.market.account_sessions[known[0]])}" if len(known) else "use another source"
            )
            msg = (
                f"volatility for call spreads ({self.source}) is not known on {day(self._sessions[session])}; {remedy}"
            )
            raise MarketError(msg)
        spot = float(self.close[session])
        expiry_day = self._expiry(session)
        expiry = pd.Timestamp(expiry_day, unit="D").as_unit("ns")
        long_strike, short_strike = (self._strike(spot * part) for part in (self.spread.long, self.spread.short))
        if not 0 < long_strike < short_strike:
            msg = f"strike_step {self.spread.strike_step:g} puts both strikes at {long_strike:g}; make it smaller"
            raise MarketError(msg)
        return Contract(session, spot, long_strike, short_strike, expiry, expiry_day)

    def at_close(self, contract: Contract, session: int) -> float:
        """Return what a spread is worth at a session's close, in dollars a share."""
        return self._price(contract, self.inputs(contract, session, float(self.close[session]), known=session))

    def at_open(self, contract: Contract, session: int) -> float:
        """Return what a spread is worth at a session's open; all but the price is what the close before knew."""
        return self._price(contract, self.inputs(contract, session, float(self.open[session]), known=session - 1))

    def inputs(self, contract: Contract, session: int, spot: float, *, known: int) -> Inputs:
        """Return what goes into a price.

        Args:
            contract: Which spread.
            session: Position of the session, from which days to expiry count.
            spot: Price of a share, in dollars.
            known: Position of the session at whose close volatility, rate and dividends were known.
        """
        days = contract.expiry_day - int(self.days[session])
        years = max(days, 1) / DAYS_A_YEAR
        return Inputs(
            spot=spot,
            days=days,
            # A bill pays its yield as simple interest; this is the rate that compounds to the same.
            rate=float(np.log1p(self._bills[known] / 100 * years)) / years,
            dividend_yield=float(self._dividend_yield[known]),
            volatility=max(float(self.volatility[known]), 0.0),
            skew=self.spread.skew,
        )

    def _price(self, contract: Contract, inputs: Inputs) -> float:
        return spread_price(contract, inputs, american=self.spread.exercise == "american")

    def _strike(self, price: float) -> float:
        step = self.spread.strike_step
        return round(price / step) * step if step else price

    def _expiry(self, session: int) -> int:
        """Return the listed expiry nearest to the days asked for, the earlier of two equally near."""
        away = np.abs(self._expiries - (self.days[session] + self.spread.days))
        return int(self._expiries[np.argmin(away)])

    @cached_property
    def _expiries(self) -> NDArray[np.int64]:
        """Listed expiries in days since 1970."""
        longest = pd.Timedelta(days=self.spread.days + _MONTH_DAYS)
        listed = monthly_expiries(self._sessions[0], self._sessions[-1] + longest)
        return np.asarray(listed.as_unit("s").asi8 // _SECONDS_A_DAY)

    @property
    def _sessions(self) -> pd.DatetimeIndex:
        return self.market.account_sessions

    @cached_property
    def close(self) -> NDArray[np.float64]:
        """Closes of the small caps, in dollars a share."""
        return self.market.small.close[self.market.opening :]

    @cached_property
    def open(self) -> NDArray[np.float64]:
        """Their opens."""
        return self.market.small.open[self.market.opening :]

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Each session's date, in days since 1970."""
        return np.asarray(self._sessions.as_unit("s").asi8 // _SECONDS_A_DAY)

    @cached_property
    def _bills(self) -> NDArray[np.float64]:
        """The bill yield in percent, 0 where none is known."""
        if BILL_YIELD not in self.market.series:
            return np.zeros(len(self._sessions))
        return np.nan_to_num(self.market.series[BILL_YIELD][self.market.opening :], nan=0.0)

    @cached_property
    def volatility(self) -> NDArray[np.float64]:
        """Volatility at the money as known at each close, a fraction a year."""
        if self.source == REALISED:
            moves = pd.Series(np.log(self.market.small.total_return)).diff()
            level = np.asarray(moves.rolling(_REALISED_SESSIONS).std() * _SESSIONS_A_YEAR**0.5)
        else:
            level = self.market.known_series(self.source) / 100
        return np.asarray(level[self.market.opening :] * self.factor + self.spread.volatility_shift)

    @cached_property
    def _dividend_yield(self) -> NDArray[np.float64]:
        """Dividends of the last 365 days over the close, as known at each close."""
        if self.spread.dividend_yield != TRAILING:
            return np.full(len(self._sessions), float(self.spread.dividend_yield))
        bars = self.market.small
        days = bars.sessions.as_unit("s").asi8 // _SECONDS_A_DAY
        paid = np.append(0.0, np.cumsum(bars.dividend))
        before = np.searchsorted(days, days - DAYS_A_YEAR, side="right")
        return np.asarray(((paid[1:] - paid[before]) / bars.close)[self.market.opening :])
