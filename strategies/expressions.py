"""Expressions: how small caps are held where a rule holds them. Outright, by half, or rented by a call spread.

An expression is a word; a call spread's own settings stand behind it in parentheses, where they differ from the usual:
`call-spread(days=45,budget=0.02)`. Nothing here knows a price: what a spread costs is the account's business.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from capshift.errors import ParameterError, did_you_mean
from capshift.strategies.parameters import Between, OneOf, assigned, checked, read_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from capshift.strategies.parameters import Limit

OUTRIGHT, TILT, CALL_SPREAD = "outright", "tilt", "call-spread"
EXPRESSIONS = (OUTRIGHT, TILT, CALL_SPREAD)
_TILT = 0.5
#: A setting that the market answers: the dividends of the last 365 days, the usual factor of a volatility series.
TRAILING, USUAL = "trailing", "usual"
#: Where volatility comes from: an index, the small caps' own past, or the first of them that there is.
AUTO, REALISED, RUSSELL_VOLATILITY, LARGE_VOLATILITY = "auto", "realised", "RVXCLS", "VIXCLS"


@dataclass(frozen=True)
class OrNumber:
    """A word, or a number from `low` to `high`; both are kept as text.

    >>> limit = OrNumber("trailing", 0, 0.2)
    >>> print(limit), limit.allows("0.011"), limit.allows("much")
    trailing, or a number from 0 to 0.2
    (None, True, False)
    """

    word: str
    low: float
    high: float

    def canonical(self, value: Any) -> Any:
        """Return a number as text."""
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    def allows(self, value: Any) -> bool:
        """Return whether it is the word, or such a number."""
        try:
            return bool(value == self.word or self.low <= float(value) <= self.high)
        except ValueError:
            return False

    def __str__(self) -> str:
        """Say which values can be taken."""
        return f"{self.word}, or a number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True)
class CallSpread:
    """A call spread in the place of small caps: a call bought, a call further up sold, both of one expiry.

    Attributes:
        long: Strike of the call that is bought, as a multiple of the close that decides.
        short: Strike of the one that is sold, the same way.
        days: Calendar days to expiry that the listed third Friday comes nearest to.
        budget: Premium, as a fraction of equity at the open that pays it.
        half_spread: Dollars a share and leg, lost at entry and at exit.
        skew: Volatility by moneyness: that of strike K is `skew * (K / S - 1)` above the input, so that -0.33 prices
            the short leg of the usual strikes 2 points lower than the long one.
        dividend_yield: `trailing` for the last 365 days' dividends as known, or a fraction a year.
        volatility: `auto`, RVXCLS, VIXCLS or `realised` (of the small caps' last 63 sessions).
        volatility_factor: What the series is multiplied by; `usual` is 1 for RVXCLS, 1.36 for VIXCLS, 1.25
            for realised.
        volatility_shift: Added to volatility after that; 0.02 is two points.
        exercise: european or american.
        strike_step: Strikes are rounded to multiples of so many dollars; 0 leaves them as they come.

    >>> print(CallSpread(), CallSpread(days=45, skew=0.0))
    call-spread call-spread(days=45,skew=0.0)
    """

    long: float = 1.02
    short: float = 1.08
    days: int = 75
    budget: float = 0.03
    half_spread: float = 0.02
    skew: float = -0.33
    dividend_yield: str = TRAILING
    volatility: str = AUTO
    volatility_factor: str = USUAL
    volatility_shift: float = 0.0
    exercise: str = "european"
    strike_step: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that no spread has, and take numbers in any of their forms."""
        for name, value in checked(CALL_SPREAD, SPREAD_DEFAULTS, SPREAD_LIMITS, asdict(self)).items():
            object.__setattr__(self, name, value)
        if not self.long < self.short:
            msg = (
                f"{CALL_SPREAD}: long is {self.long:g} and short {self.short:g}; the strike sold must be the higher one"
            )
            raise ParameterError(msg)

    def __str__(self) -> str:
        """Return the expression as text, the settings that are not the usual ones in parentheses."""
        given = [f"{name}={value}" for name, value in asdict(self).items() if value != SPREAD_DEFAULTS[name]]
        return f"{CALL_SPREAD}({','.join(given)})" if given else CALL_SPREAD


#: Settings of a call spread with their defaults, and the values they can take.
SPREAD_DEFAULTS: Mapping[str, Any] = {one.name: one.default for one in fields(CallSpread)}
SPREAD_LIMITS: Mapping[str, Limit] = {
    "long": Between(0.5, 2),
    "short": Between(0.5, 3),
    "days": Between(20, 730),
    "budget": Between(0.0001, 0.5),
    "half_spread": Between(0, 5),
    "skew": Between(-2, 2),
    "dividend_yield": OrNumber(TRAILING, 0, 0.2),
    "volatility": OneOf((AUTO, RUSSELL_VOLATILITY, LARGE_VOLATILITY, REALISED)),
    "volatility_factor": OrNumber(USUAL, 0.1, 10),
    "volatility_shift": Between(-0.5, 0.5),
    "exercise": OneOf(("european", "american")),
    "strike_step": Between(0, 100),
}


class Expressions:
    """The values of `expression`: a word, and behind call-spread its settings in parentheses."""

    choices = EXPRESSIONS

    def canonical(self, value: Any) -> Any:
        """Return an expression as text, without settings that are the usual ones.

        Raises:
            ParameterError: A call spread has no such setting, or cannot take its value.

        >>> Expressions().canonical("call-spread( days=75, skew=0 )")
        'call-spread(skew=0.0)'
        """
        if isinstance(value, CallSpread):
            return str(value)
        if isinstance(value, str) and value.partition("(")[0].strip() == CALL_SPREAD:
            return str(_parsed(value))
        return value

    def allows(self, value: Any) -> bool:
        """Return whether it is an expression, given that it is canonical."""
        return value in EXPRESSIONS or str(value).startswith(f"{CALL_SPREAD}(")

    def __str__(self) -> str:
        """Say which expressions there are."""
        return f"one of {', '.join(EXPRESSIONS)}"


@lru_cache(maxsize=256)
def _parsed(text: str) -> CallSpread:
    """Return the call spread that a text stands for."""
    inside = text.partition("(")[2].strip()
    if inside and not inside.endswith(")"):
        msg = f"'{text}' does not end in a parenthesis; write {CALL_SPREAD}(days=45,budget=0.02)"
        raise ParameterError(msg)
    parts = [part for part in inside.removesuffix(")").split(",") if part.strip()]
    return call_spread(read_as(SPREAD_DEFAULTS, assigned(CALL_SPREAD, parts)))


def call_spread(given: Mapping[str, Any]) -> CallSpread:
    """Return a call spread with the given settings.

    Raises:
        ParameterError: It has no such setting, or cannot take its value.
    """
    return CallSpread(**checked(CALL_SPREAD, SPREAD_DEFAULTS, SPREAD_LIMITS, given))


def spread_of(expression: str) -> CallSpread | None:
    """Return the call spread that an expression asks for, or None.

    >>> spread_of("call-spread(days=45)").days, spread_of("tilt")
    (45, None)
    """
    return _parsed(expression) if expression.startswith(CALL_SPREAD) else None


def with_settings(expression: str, settings: Mapping[str, Any]) -> str:
    """Return an expression with settings of its call spread beside those it has; other expressions take none.

    Raises:
        ParameterError: The settings are wrong, or those of no call spread.

    >>> with_settings("call-spread(days=45)", {"skew": 0.0})
    'call-spread(days=45,skew=0.0)'
    """
    spread = spread_of(expression)
    if not settings:
        return expression
    if spread is None:
        given = next(iter(settings))
        msg = f"{given} is a setting of call spreads, and the expression is {expression}; use {CALL_SPREAD}"
        raise ParameterError(msg)
    return str(call_spread({**asdict(spread), **settings}))


def expressed_weights(
    small: NDArray[np.float64], large: NDArray[np.float64], *, otherwise: str, expression: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights of small and large caps in the way of an expression.

    A call spread's weight is its premium; the rest of what small caps would have had goes where `otherwise` says.
    """
    if expression == TILT:
        return small * _TILT, large + small * (1 - _TILT)
    spread = spread_of(expression)
    if spread is None:
        return small, large
    rest = small * (1 - spread.budget)
    return small * spread.budget, large + rest if otherwise == "large" else large


def known_expression(word: str) -> str:
    """Return an expression in its canonical form.

    Raises:
        ParameterError: There is none of this name.

    >>> known_expression(" tilt")
    'tilt'
    """
    limit = Expressions()
    text = limit.canonical(word.strip())
    if not limit.allows(text):
        hint = did_you_mean(text, EXPRESSIONS) or f"; there is {', '.join(EXPRESSIONS)}"
        msg = f"there is no expression '{text}'{hint}"
        raise ParameterError(msg)
    return str(text)
