"""What calls and call spreads are worth."""

from __future__ import annotations

import math
import subprocess
import sys

import pandas as pd
import pytest
import QuantLib as ql  # noqa: N813 - as its own documentation does
from hypothesis import given
from hypothesis import strategies as st

from capshift.backtests.option_pricing import Inputs, call_price
from capshift.backtests.spread_quotes import Contract, spread_price
from capshift.data_feeds.calendar import monthly_expiries

HALF_A_YEAR = 182.5

spots = st.floats(20, 400)
strikes = st.floats(20, 400)
inputs = st.builds(
    Inputs,
    spot=spots,
    days=st.integers(1, 400),
    rate=st.floats(0, 0.08),
    dividend_yield=st.floats(0, 0.04),
    volatility=st.floats(0.05, 1.2),
    skew=st.just(0.0),
)
skewed = st.builds(lambda one, skew: one._replace(skew=skew), inputs, st.floats(-2, 2))


def normal(x: float) -> float:
    """Return the standard normal distribution function."""
    return (1 + math.erf(x / math.sqrt(2))) / 2


def merton(kind: str, strike: float, one: Inputs, volatility: float) -> float:
    """Return a European option's worth by Merton's formula, written out."""
    years = one.days / 365
    up = (math.log(one.spot / strike) + (one.rate - one.dividend_yield + volatility**2 / 2) * years) / (
        volatility * math.sqrt(years)
    )
    down = up - volatility * math.sqrt(years)
    share, cash = one.spot * math.exp(-one.dividend_yield * years), strike * math.exp(-one.rate * years)
    if kind == "call":
        return share * normal(up) - cash * normal(down)
    return cash * normal(-down) - share * normal(-up)


def contract(low: float, high: float) -> Contract:
    """Return a spread of two strikes."""
    return Contract(0, 100.0, low, high, pd.Timestamp("2025-11-21"), 20413)


@pytest.mark.parametrize(
    ("strike", "one", "expected"),
    [
        (240.0, Inputs(235.94, 91, 0.041, 0.011, 0.22), 9.2625),
        (255.0, Inputs(235.94, 91, 0.041, 0.011, 0.22), 4.2315),
        (40.0, Inputs(42.0, HALF_A_YEAR, 0.10, 0.0, 0.20), 4.7594),
        (65.0, Inputs(60.0, 365 / 4, 0.08, 0.0, 0.30), 2.1334),
    ],
    ids=["IWM 240", "IWM 255", "Hull", "Haug"],
)
def test_published_values_of_calls(strike: float, one: Inputs, expected: float) -> None:
    """Calls are worth what Hull and Haug print, and what was worked out beforehand for IWM, to four digits."""
    assert call_price(strike, one) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("strike", "one", "expected"),
    [
        (40.0, Inputs(42.0, HALF_A_YEAR, 0.10, 0.0, 0.20), 0.8086),
        (95.0, Inputs(100.0, HALF_A_YEAR, 0.10, 0.05, 0.20), 2.4648),
    ],
    ids=["Hull", "Haug"],
)
def test_published_values_of_puts_follow_by_parity(strike: float, one: Inputs, expected: float) -> None:
    """A call less a forward is the put that Hull and Haug print."""
    years = one.days / 365
    put = call_price(strike, one) - one.spot * math.exp(-one.dividend_yield * years)
    assert put + strike * math.exp(-one.rate * years) == pytest.approx(expected, abs=5e-5)


@given(one=inputs, strike=strikes)
def test_put_call_parity(one: Inputs, strike: float) -> None:
    """A call less the put of Merton's formula is a share without its dividends less the strike's present value."""
    years = one.days / 365
    forward = one.spot * math.exp(-one.dividend_yield * years) - strike * math.exp(-one.rate * years)
    assert call_price(strike, one) - merton("put", strike, one, one.volatility) == pytest.approx(forward, abs=1e-9)


@given(one=inputs, strike=strikes, more=st.floats(0.01, 50))
def test_calls_are_monotone(one: Inputs, strike: float, more: float) -> None:
    """A call is worth no more at a higher strike, and no less at a higher price or volatility."""
    price, grain = call_price(strike, one), 1e-9
    assert call_price(strike + more, one) <= price + grain
    assert call_price(strike, one._replace(spot=one.spot + more)) >= price - grain
    assert call_price(strike, one._replace(volatility=one.volatility + more / 100)) >= price - grain


@given(one=skewed, low=strikes, width=st.floats(0.5, 60), american=st.booleans())
def test_a_spread_is_worth_something_between_nothing_and_its_width(
    *, one: Inputs, low: float, width: float, american: bool
) -> None:
    """Whatever the skew, a call spread is never worth less than 0 nor more than its strikes are apart."""
    assert 0 <= spread_price(contract(low, low + width), one, american=american) <= width + 1e-12


@given(one=inputs, low=strikes, width=st.floats(0.5, 60))
def test_a_spread_is_the_difference_of_its_legs(one: Inputs, low: float, width: float) -> None:
    """Without skew a spread is worth the difference of two calls by Merton's formula."""
    legs = [merton("call", strike, one, one.volatility) for strike in (low, low + width)]
    assert spread_price(contract(low, low + width), one) == pytest.approx(legs[0] - legs[1], abs=1e-9)


def test_two_points_of_skew_on_the_short_leg() -> None:
    """Pricing the short leg two points of volatility lower makes a debit of 5.03 one of 5.81."""
    one = Inputs(235.94, 91, 0.041, 0.011, 0.22)
    assert spread_price(contract(240.0, 255.0), one) == pytest.approx(5.03, abs=5e-3)
    lower = call_price(240.0, one) - call_price(255.0, one._replace(volatility=0.20))
    assert lower == pytest.approx(5.81, abs=5e-3)
    # Volatility of strike K is that at the money + skew * (K / S - 1): the long leg's moves, too.
    tilted = one._replace(skew=-0.02 / (255 / 235.94 - 1))
    expected = merton("call", 240.0, one, tilted.volatility_at(240.0)) - merton("call", 255.0, one, 0.20)
    assert spread_price(contract(240.0, 255.0), tilted) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("strike", [180.0, 235.0, 300.0])
def test_the_closed_form_is_the_engine_s(strike: float) -> None:
    """The quick formula gives what QuantLib's own European engine gives."""
    one, today = Inputs(235.94, 91, 0.041, 0.011, 0.22), ql.Date(22, 8, 2025)
    ql.Settings.instance().evaluationDate = today
    count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(one.spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, one.dividend_yield, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, one.rate, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), one.volatility, count)),
    )
    option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Call, strike), ql.EuropeanExercise(today + one.days))
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    assert call_price(strike, one) == pytest.approx(option.NPV(), abs=1e-10)


@given(one=inputs, strike=strikes)
def test_an_american_call_is_worth_no_less(one: Inputs, strike: float) -> None:
    """The right to exercise early is never worth less than nothing, and nothing where no dividends are paid."""
    grain = 1e-5 * one.spot  # the engine's accuracy
    assert call_price(strike, one, american=True) >= max(call_price(strike, one), one.spot - strike) - grain
    without = one._replace(dividend_yield=0.0)
    assert call_price(strike, without, american=True) == pytest.approx(call_price(strike, without), abs=grain)


def test_pricing_leaves_quantlib_s_settings_alone() -> None:
    """Pricing an American call does not move the date at which a user's own QuantLib values things."""
    mine = ql.Date(1, 7, 2024)
    ql.Settings.instance().evaluationDate = mine
    call_price(240.0, Inputs(235.94, 91, 0.001, 0.02, 0.22), american=True)
    assert ql.Settings.instance().evaluationDate == mine


def test_options_expire_on_third_fridays_or_the_session_before() -> None:
    """Monthly expiries are third Fridays by counting, but Good Fridays and the like, which move to Thursdays."""
    found = monthly_expiries(pd.Timestamp("2000-01-01"), pd.Timestamp("2025-12-31"))
    counted = []
    for month in pd.date_range("2000-01-01", "2025-12-01", freq="MS"):
        fridays = [day for day in pd.date_range(month, month + pd.Timedelta(days=27)) if day.weekday() == 4]
        counted.append(fridays[2])
    moved = [str(day.date()) for day, third in zip(found, counted, strict=True) if day != third]
    assert moved == ["2000-04-20", "2003-04-17", "2008-03-20", "2014-04-17", "2019-04-18", "2022-04-14", "2025-04-17"]
    assert all(day.weekday() == 3 for day in found if str(day.date()) in moved)


def test_without_quantlib_one_line_says_what_to_install() -> None:
    """Where QuantLib is not installed, call spreads are refused in one line that names the extra."""
    script = (
        "import sys; sys.modules['QuantLib'] = None\n"
        "sys.argv = ['capshift', 'run', 'hold-small', '--express', 'call-spread', '--start', '2024-01-02']\n"
        "from capshift.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "capshift: QuantLib, which prices call spreads, is not installed; pip install 'capshift[options]'"
    ]
