"""Parameters of rules: declared as Backtrader `params`, limited beside them, checked before anything runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from capshift.errors import CapshiftError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.strategies.base import Rotation


class Limit(Protocol):
    """Which values a parameter can take."""

    def allows(self, value: Any) -> bool:
        """Return whether the value can be taken."""

    def __str__(self) -> str:
        """Say which values can."""


@runtime_checkable
class Canonical(Protocol):
    """A limit that has one form for values that can be written in several."""

    def canonical(self, value: Any) -> Any:
        """Return a value in that form; what cannot be taken stays as it is."""


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


#: How no filter is written where nothing cannot be.
NONE = "none"


@dataclass(frozen=True)
class Several:
    """None, one or several of a few words, joined by +.

    >>> Several(("calm", "curve")).allows("calm+curve"), Several(("calm", "curve")).allows("calm+calm")
    (True, False)
    """

    choices: tuple[str, ...]

    def allows(self, value: Any) -> bool:
        """Return whether each word is among them, and none is repeated."""
        words = str(value).split("+") if value else []
        return all(word in self.choices for word in words) and len(set(words)) == len(words)

    def __str__(self) -> str:
        """Say which words can be taken."""
        return f"{NONE}, or some of {', '.join(self.choices)}, each once, joined by +"


#: A window in sessions: a hundred years of them is more than there are.
WINDOW = Between(1, 25_200)


def declared(rule: type[Rotation]) -> dict[str, Any]:
    """Return a rule's own parameters with their defaults, without those that every rule takes."""
    defaults = dict(rule.params._getitems())  # noqa: SLF001 - Backtrader's own way to list params
    own = {name: default for name, default in defaults.items() if rule.common.get(name, _NONE) != default}
    return dict(sorted(own.items(), key=lambda item: item[0] in rule.common))  # its own first


#: Equal to no default.
_NONE = object()


def accepted(rule: type[Rotation]) -> tuple[dict[str, Any], dict[str, Limit]]:
    """Return all parameters that a rule takes, those that every rule takes among them: defaults, and limits."""
    own = declared(rule)
    defaults = own | {name: default for name, default in rule.common.items() if name not in own}
    return defaults, {**rule.common_limits, **rule.limits}


def resolve(rule: type[Rotation], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a rule, the given ones checked and the others at their defaults.

    Of those that every rule takes, only the ones that are not left at their defaults are among them.

    Raises:
        ParameterError: A name the rule does not have, a value of another type, or one outside its limits.
    """
    own = declared(rule)
    parameters = checked(rule.rule_name(), *accepted(rule), given, typed=rule.typed)
    try:
        rule.check(given, **rule.own(parameters))
    except CapshiftError:
        raise
    except Exception as reason:
        raise rule.failure("check", reason) from reason
    shared = rule.shared(parameters)
    idle = not shared.get("filters") and not str(shared.get("expression")).startswith("call-spread")
    if shared.get("otherwise", "large") != "large" and idle:
        msg = (
            f"{rule.rule_name()}: otherwise is '{parameters['otherwise']}' without filters; it says what to hold when "
            "a filter does not hold, or beside a call spread, so give filters or expression=call-spread, too"
        )
        raise ParameterError(msg)
    return {name: value for name, value in parameters.items() if name in own or value != rule.common[name]}


def checked(
    owner: str,
    defaults: Mapping[str, Any],
    limits: Mapping[str, Limit],
    given: Mapping[str, Any],
    *,
    typed: bool = True,
) -> dict[str, Any]:
    """Return all parameters of a rule or an event, the given ones checked and the others at their defaults.

    Args:
        owner: What has the parameters, as messages call it.
        defaults: Name to default, which fixes the type.
        limits: Name to the values that can be taken; a name left out takes any.
        given: Name to value.
        typed: Whether a value must be of its default's type; else None serves too, any number serves for a number,
            and anything where the default is nothing of the kind.

    Raises:
        ParameterError: A name that is not there, a value of another type, or one outside its limits.

    >>> checked("breakout", {"entry": 252, "fresh": 20}, {"entry": WINDOW}, {"entry": 55})
    {'entry': 55, 'fresh': 20}
    """
    parameters = dict(defaults)
    for name, value in given.items():
        if name not in parameters:
            has = ", ".join(parameters) or "none"
            msg = f"{owner} has no parameter '{name}'{did_you_mean(name, parameters)} It has: {has}"
            raise ParameterError(msg.replace("' It has", "'; it has"))
        check = checked_value if typed else fitting_value
        parameters[name] = check(f"{owner}: {name}", value, defaults[name], limits.get(name))
    return parameters


def checked_value(what: str, value: Any, default: Any, limit: Limit | None = None) -> Any:
    """Return a value as its default's type.

    Args:
        what: The value, as messages call it.
        value: A list becomes one text, where several words can be taken.
        default: Fixes the type; a whole number serves as a number.
        limit: The values that can be taken; None for any.

    Raises:
        ParameterError: It is of another type, not finite, or outside its limit.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple) and isinstance(default, str) and not isinstance(limit, OneOf):
        value = joined(value)
    if isinstance(limit, Several) and value == NONE:
        value = ""
    if isinstance(limit, Canonical):
        value = limit.canonical(value)
    kind = type(default)
    fits = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
    if kind is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < _HUGE:
        value, fits = float(value), True
    if not fits or (kind is float and not math.isfinite(value)) or (limit is not None and not limit.allows(value)):
        nature = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}.get(kind, "")
        wanted = ", ".join(part for part in (nature, str(limit) if limit else "") if part)
        msg = f"{what} is {shown_value(value)}; it must be {wanted}"
        raise ParameterError(msg)
    return value


def fitting_value(what: str, value: Any, default: Any, limit: Limit | None = None) -> Any:  # noqa: ARG001 - as above
    """Return a value that a plain strategy can be given, unless its default is a number and the value is none.

    Raises:
        ParameterError: It is no number where one is wanted.

    >>> fitting_value("stake", 0.5, 10), fitting_value("stop", None, 5), fitting_value("kind", "y", None)
    (0.5, None, 'y')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is not None and isinstance(default, int | float) and not isinstance(value, int | float):
        nature = "true or false" if isinstance(default, bool) else "a number"
        msg = f"{what} is {shown_value(value)}; it must be {nature}"
        raise ParameterError(msg)
    return value


def written_value(value: Any) -> Any:
    """Return a parameter as JSON can hold it: classes by their names, other things in words.

    >>> written_value(5), written_value(None), written_value(float("nan")), written_value(dict), written_value((1, 2))
    (5, None, 'nan', 'dict', [1, 2])
    """
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, list | tuple):
        return [written_value(one) for one in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return shown_value(value)


#: Whole numbers from here on are no parameters, and may be longer than Python writes them.
_HUGE = 2**63
_SHOWN_AT_MOST = 60


def shown_value(value: Any) -> str:
    """Return a value as a message may show it: short, and with nothing in it that a terminal would obey.

    >>> shown_value("x"), shown_value(10**5000), shown_value("y" * 99)[-6:]
    ("'x'", 'a number of more than 18 digits', 'yyy...')
    """
    if isinstance(value, int) and abs(value) >= _HUGE:
        return "a number of more than 18 digits"
    if isinstance(value, date | time):
        return str(value)
    try:
        text = repr(value)
    except ValueError:  # a list or table with such a number in it
        text = "a value that is too long to show"
    return text if len(text) <= _SHOWN_AT_MOST else text[: _SHOWN_AT_MOST - 3] + "..."


def joined(parts: Sequence[Any]) -> str:
    """Return words, or rules with or without parameters, as one text in which + joins them.

    >>> joined(["economy", "calm"])
    'economy+calm'
    >>> joined(["rate-cut", ("breakout", {"entry": 100, "exit": 50})])
    'rate-cut+(breakout:entry=100,exit=50)'
    """
    return "+".join(_part(part) for part in parts)


def _part(part: Any) -> str:
    if isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], Mapping):  # noqa: PLR2004 - a pair
        rule, given = part
        values = [f"{name}={joined(v) if isinstance(v, list | tuple) else v}" for name, v in given.items()]
        return f"({rule}:{','.join(values)})" if values else str(rule)
    text = str(part)
    return f"({text})" if {",", "+"} & set(text) and not text.startswith("(") else text


def parsed(rule: type[Rotation], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return parameter values from text, each read as its default's type; what does not fit stays text.

    >>> from capshift.strategies import Breakout
    >>> parsed(Breakout, {"entry": "100", "buffer": "0.01", "exit": "x"})
    {'entry': 100, 'buffer': 0.01, 'exit': 'x'}
    """
    return read_as(declared(rule), texts, typed=rule.typed)


def read_as(defaults: Mapping[str, Any], texts: Mapping[str, str], *, typed: bool = True) -> dict[str, Any]:
    """Return values from text, each read as its default's type; what does not fit stays text.

    Args:
        defaults: Name to default.
        texts: Name to text.
        typed: Whether a value must be of its default's type; else a text is read as what it looks like, unless the
            default is text.

    >>> read_as({"level": 230.0}, {"level": "231"})
    {'level': 231.0}
    >>> read_as({"stop": None, "stake": 1, "name": "x"}, {"stop": "0.5", "stake": "2.5", "name": "3"}, typed=False)
    {'stop': 0.5, 'stake': 2.5, 'name': '3'}
    """
    read = _read if typed else _read_loosely
    return {name: read(text, type(defaults.get(name))) for name, text in texts.items()}


def assigned(owner: str, assignments: Sequence[str]) -> dict[str, str]:
    """Return name to text from texts `name=value`.

    Args:
        owner: What has the parameters, as messages call it.
        assignments: As they stand on a command line.

    Raises:
        ParameterError: One is no such text, or names a parameter twice.

    >>> assigned("breakout", ["entry=55", "fresh = 5"])
    {'entry': '55', 'fresh': '5'}
    """
    texts: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = (part.strip() for part in assignment.partition("="))
        if name and equals and not value:
            msg = f"{owner}: {name} has no value; write {name}=VALUE"
            raise ParameterError(msg)
        if not (name and equals and value):
            msg = f"'{assignment}' is no parameter of {owner}; write name=value"
            raise ParameterError(msg)
        if name in texts:
            msg = f"{owner}: {name} is given twice; give it once"
            raise ParameterError(msg)
        texts[name] = value
    return texts


def _read(text: str, kind: type) -> Any:
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind not in {int, float}:
        return text
    try:
        return kind(text)
    except ValueError:
        return text


def _read_loosely(text: str, kind: type) -> Any:
    """Return what a text looks like: a number, true, false or none; it stays text where the default is text."""
    value = _read(text, kind)
    if kind is str or value is not text:
        return value
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    value = _read(text, int)
    return _read(text, float) if value is text else value
