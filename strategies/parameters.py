"""Parameters of rules: declared as Backtrader `params`, limited beside them, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from capshift.errors import CapshiftError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.strategies.base import Rotation


class Limit(Protocol):
    """Which values a parameter can take."""

    def allows(self, value: Any) -> bool:
        """Return whether the value can be taken."""

    def __str__(self) -> str:
        """Say which values can."""


@dataclass(frozen=True)
class Between:
    """From `low` to `high`, both included.

    >>> print(Between(1, 10)), print(Between(0))
    from 1 to 10
    0 or more
    (None, None)
    """

    low: float
    high: float = float("inf")

    def allows(self, value: Any) -> bool:
        """Return whether the value lies between."""
        return bool(self.low <= value <= self.high)

    def __str__(self) -> str:
        """Say which values can be taken."""
        return f"{self.low:g} or more" if np.isinf(self.high) else f"from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    choices: tuple[Any, ...]

    def allows(self, value: Any) -> bool:
        """Return whether the value is among them."""
        return value in self.choices

    def __str__(self) -> str:
        """Say which values can be taken."""
        return "one of " + ", ".join(str(choice) for choice in self.choices)


#: A window in sessions: a hundred years of them is more than there are.
WINDOW = Between(1, 25_200)


def declared(rule: type[Rotation]) -> dict[str, Any]:
    """Return a rule's parameters with their defaults."""
    return dict(rule.params._getitems())  # noqa: SLF001 - Backtrader's own way to list params


def resolve(rule: type[Rotation], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a rule, the given ones checked and the others at their defaults.

    Raises:
        ParameterError: A name the rule does not have, a value of another type, or one outside its limits.
    """
    parameters = declared(rule)
    for name, value in given.items():
        if name not in parameters:
            has = ", ".join(parameters) or "none"
            msg = f"{rule.rule_name()} has no parameter '{name}'{did_you_mean(name, parameters)} It has: {has}"
            raise ParameterError(msg.replace("' It has", "'; it has"))
        parameters[name] = _typed(rule, name, value, parameters[name])
    try:
        rule.check(given, **parameters)
    except CapshiftError:
        raise
    except Exception as reason:
        raise rule.failure("check", reason) from reason
    return parameters


def _typed(rule: type[Rotation], name: str, value: Any, default: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    kind = type(default)
    fits = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value, fits = float(value), True
    limit = rule.limits.get(name)
    if not fits or value != value or (limit is not None and not limit.allows(value)):  # noqa: PLR0124 - NaN
        nature = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}.get(kind, "")
        wanted = ", ".join(part for part in (nature, str(limit) if limit else "") if part)
        msg = f"{rule.rule_name()}: {name} is {value!r}; it must be {wanted}"
        raise ParameterError(msg)
    return value


def parsed(rule: type[Rotation], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return parameter values from text, each read as its default's type; what does not fit stays text.

    >>> from capshift.strategies import Breakout
    >>> parsed(Breakout, {"entry": "100", "buffer": "0.01", "exit": "x"})
    {'entry': 100, 'buffer': 0.01, 'exit': 'x'}
    """
    defaults = declared(rule)
    return {name: _read(text, type(defaults.get(name))) for name, text in texts.items()}


def _read(text: str, kind: type) -> Any:
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind not in {int, float}:
        return text
    try:
        return kind(text)
    except ValueError:
        return text
