"""What a call is worth by Black, Scholes and Merton: the one door to QuantLib.

European calls have a closed form, which QuantLib evaluates in well under a microsecond; American ones are solved by
its fastest engine, to a hundredth of a cent or two. Days are actual days over 365; rates and yields compound
continuously.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from capshift.errors import ParameterError

DAYS_A_YEAR = 365
#: No volatility below this: far up the strikes a linear skew would reach it, and no option trades there.
LOWEST_VOLATILITY = 0.01


class Inputs(NamedTuple):
    """What the price of an option on one day is made of, beside the option itself.

    Attributes:
        spot: Price of the share, in dollars.
        days: Calendar days to expiry.
        rate: Of a bill until expiry, a fraction a year, continuously compounded.
        dividend_yield: A fraction a year, continuously compounded.
        volatility: At a strike at the spot, a fraction a year.
        skew: How volatility changes with moneyness: that of strike K is volatility + skew * (K / spot - 1).
    """

    spot: float
    days: float
    rate: float
    dividend_yield: float
    volatility: float
    skew: float = 0.0

    def volatility_at(self, strike: float) -> float:
        """Return the volatility of a strike.

        >>> round(Inputs(100.0, 91, 0.04, 0.01, 0.22, skew=-0.33).volatility_at(106.0), 6)
        0.2002
        """
        return max(self.volatility + self.skew * (strike / self.spot - 1), LOWEST_VOLATILITY)


@lru_cache(maxsize=1)
def quantlib() -> Any:
    """Return QuantLib.

    Raises:
        ParameterError: It is not installed.
    """
    try:
        import QuantLib  # noqa: PLC0415 - an extra
    except ImportError as reason:
        msg = "QuantLib, which prices call spreads, is not installed; pip install 'capshift[options]'"
        raise ParameterError(msg) from reason
    return QuantLib


def call_price(strike: float, inputs: Inputs, *, american: bool = False) -> float:
    """Return what a call is worth, in dollars a share; at expiry, its intrinsic value.

    Source:
        Merton (1973), "Theory of Rational Option Pricing", Bell Journal of Economics 4(1), in the form of
        Black (1976). American: Andersen, Lake and Offengenden (2016), "High-Performance American Option Pricing",
        Journal of Computational Finance 20(1).

    >>> round(call_price(240.0, Inputs(235.94, 91, 0.041, 0.011, 0.22)), 4)
    9.2625
    """
    if inputs.days <= 0:
        return max(inputs.spot - strike, 0.0)
    if american:
        return _american(strike, inputs)
    ql, years = quantlib(), inputs.days / DAYS_A_YEAR
    discount = math.exp(-inputs.rate * years)
    forward = inputs.spot * math.exp((inputs.rate - inputs.dividend_yield) * years)
    return float(ql.blackFormula(ql.Option.Call, strike, forward, inputs.volatility_at(strike) * years**0.5, discount))


def _american(strike: float, inputs: Inputs) -> float:
    ql, quotes, engine = quantlib(), *_american_engine()
    values = inputs.spot, inputs.rate, inputs.dividend_yield, inputs.volatility_at(strike)
    for quote, value in zip(quotes, values, strict=True):
        quote.setValue(value)
    expiry = _day_zero() + int(inputs.days)
    option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Call, strike), ql.AmericanExercise(_day_zero(), expiry))
    option.setPricingEngine(engine)
    before = ql.Settings.instance().evaluationDate
    ql.Settings.instance().evaluationDate = _day_zero()
    try:
        return float(option.NPV())
    finally:
        ql.Settings.instance().evaluationDate = before


@lru_cache(maxsize=1)
def _american_engine() -> tuple[tuple[Any, ...], Any]:
    """Return spot, rate, dividend yield and volatility as QuantLib's quotes, and the engine that reads them."""
    ql = quantlib()
    quotes = tuple(ql.SimpleQuote(1.0) for _ in range(4))
    spot, rate, dividend_yield, volatility = (ql.QuoteHandle(quote) for quote in quotes)
    count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        spot,
        ql.YieldTermStructureHandle(ql.FlatForward(_day_zero(), dividend_yield, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(_day_zero(), rate, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(_day_zero(), ql.NullCalendar(), volatility, count)),
    )
    return quotes, ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.fastScheme())


@lru_cache(maxsize=1)
def _day_zero() -> Any:
    """Return a day to count from: only the days to expiry matter."""
    return quantlib().Date(2, 1, 2020)
