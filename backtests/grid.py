"""Grids: all combinations of a rule's parameter values, worked out one by one when they are needed."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from capshift.errors import ParameterError
from capshift.strategies import rule_class
from capshift.strategies.parameters import accepted, assigned, checked, declared, read_as, shown_value, written_value
from capshift.strategies.specs import rule_from_source, rule_source, split_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import backtrader as bt
    from numpy.typing import NDArray

    from capshift.strategies import Rotation

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
#: Values of one parameter: more were never meant.
_MOST_VALUES = 1_000_000


@dataclass(frozen=True)
class Constraint:
    """What combinations must satisfy, like `exit <= entry`.

    Attributes:
        left: A parameter.
        comparison: One of <=, >=, ==, !=, <, >.
        right: Another parameter, or a number.

    >>> Constraint.parsed("exit <= entry").holds({"entry": 20, "exit": 30})
    False
    """

    left: str
    comparison: str
    right: str | float

    @classmethod
    def parsed(cls, text: str) -> Constraint:
        """Return a constraint from text.

        Raises:
            ParameterError: It is none.
        """
        found = re.fullmatch(r"\s*([a-z_]\w*)\s*(<=|>=|==|!=|<|>)\s*([a-z_]\w*|-?[\d.]+)\s*", text)
        if not found:
            msg = f"'{text}' is no constraint; compare a parameter with another or with a number, like exit <= entry"
            raise ParameterError(msg)
        left, comparison, right = found.groups()
        try:
            return cls(left, comparison, float(right))
        except ValueError:
            return cls(left, comparison, right)

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether a combination satisfies it."""
        right = parameters[self.right] if isinstance(self.right, str) else self.right
        return _COMPARISONS[self.comparison](parameters[self.left], right)


@dataclass(frozen=True, eq=False)
class Grid:
    """All combinations of the values that a rule's parameters shall take.

    Attributes:
        rule: A registered name, a class, or "file.py:Class".
        axes: Parameter to its values, in the order given; the last one turns fastest.
        constraints: What combinations must satisfy beside the rule's own check.

    >>> grid = grid_of("breakout", {"entry": range(20, 41, 10), "exit": [10, 30]})
    >>> len(grid), [(one["entry"], one["exit"]) for one in grid.variants(grid.positions())[1]]
    (6, [(20, 10), (30, 10), (30, 30), (40, 10), (40, 30)])
    """

    rule: str | type[bt.Strategy]
    axes: Mapping[str, tuple[Any, ...]]
    constraints: tuple[Constraint, ...] = ()

    def __len__(self) -> int:
        """Return how many combinations there are, those that are refused among them."""
        return math.prod(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each parameter takes."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def varied(self) -> list[str]:
        """The parameters that take more than one value."""
        return [name for name, values in self.axes.items() if len(values) > 1]

    @cached_property
    def strategy(self) -> type[Rotation]:
        """The rule's class."""
        return rule_class(self.rule)

    def name(self, position: int) -> str:
        """Return what tables call a combination: the rule with every parameter that was given, as `compare` takes it.

        >>> grid_of("breakout", {"entry": [20, 40], "exit": 10}).name(1)
        'breakout,entry=40,exit=10'
        """
        columns = self.columns(np.array([position]))
        return self.called({name: columns[name][0] for name in self.axes})

    def called(self, parameters: Mapping[str, Any]) -> str:
        """Return what tables call a combination, by its parameters."""
        given = [f"{name}={written_value(parameters[name])}" for name in self.axes]
        return ",".join([self.strategy.rule_name(), *given])

    def facts(self) -> dict[str, Any]:
        """Return what was asked for, as JSON can hold it."""
        return {
            "rule": self.strategy.rule_name(),
            "axes": {name: written_value(values) for name, values in self.axes.items()},
            "where": [f"{one.left} {one.comparison} {one.right}" for one in self.constraints],
        }

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return declared(self.strategy)

    def positions(self) -> NDArray[np.int64]:
        """Return the positions of all combinations."""
        return np.arange(len(self), dtype=np.int64)

    def columns(self, positions: NDArray[np.int64]) -> dict[str, list[Any]]:
        """Return parameter to its value in each combination, those left at defaults among them."""
        places = np.unravel_index(positions, self.shape) if self.axes else ()
        found: dict[str, list[Any]] = {name: [value] * len(positions) for name, value in self._defaults.items()}
        for (name, values), place in zip(self.axes.items(), places, strict=True):
            found[name] = [values[at] for at in place.tolist()]
        return found

    def variants(self, positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[dict[str, Any]]]:
        """Return the positions of combinations that are not refused, and all their parameters."""
        columns = self.columns(positions)
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] or [{}]
        kept = [number for number, row in enumerate(rows) if not self._refusal(row)]
        return positions[kept], [rows[number] for number in kept]

    def first_refusal(self) -> str:
        """Return why the first combination is refused, or nothing."""
        return self._refusal({name: values[0] for name, values in self.columns(np.zeros(1, dtype=np.int64)).items()})

    def _refusal(self, parameters: dict[str, Any]) -> str:
        """Return why a combination is refused, or nothing."""
        for constraint in self.constraints:
            if not constraint.holds(parameters):
                return f"{constraint.left} {constraint.comparison} {_shown(constraint.right)} does not hold"
        given = {name: parameters[name] for name in self.axes}
        try:
            self.strategy.check(given, **self.strategy.own(parameters))
        except ParameterError as reason:
            return str(reason)
        return ""

    def __getstate__(self) -> dict[str, Any]:
        """Take along the text of a rule's file, which need not lie where the grid is unpacked."""
        return {name: getattr(self, name) for name in ("rule", "axes", "constraints")} | {"source": self._source}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpack, and make the rule's class of the text that was taken along."""
        vars(self).update(state, _source=state.pop("source"))
        if self._source is not None:
            vars(self)["strategy"] = rule_from_source(cast("str", self.rule), self._source)

    @cached_property
    def _source(self) -> bytes | None:
        return rule_source(self.rule)


def grid_of(
    rule: str | type[bt.Strategy], values: Mapping[str, Any], constraints: Sequence[str | Constraint] = ()
) -> Grid:
    """Return a grid, each of its values checked.

    Args:
        rule: A registered name, a class, or "file.py:Class".
        values: Parameter to one value, or to several: a range, a list, an array.
        constraints: Like "exit <= entry".

    Raises:
        CapshiftError: The rule, a parameter, a value or a constraint is wrong.
    """
    found = rule_class(rule)
    defaults, limits = accepted(found)
    axes = {}
    for name, given in values.items():
        several = given if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping) else [given]
        checks = [checked(found.rule_name(), defaults, limits, {name: one}, typed=found.typed)[name] for one in several]
        axes[name] = tuple(dict.fromkeys(checks))
        if not checks:
            msg = f"{found.rule_name()}: {name} has no values; give one or more"
            raise ParameterError(msg)
    parsed = tuple(one if isinstance(one, Constraint) else Constraint.parsed(one) for one in constraints)
    known = declared(found) | axes
    for constraint in parsed:
        for side in (constraint.left, constraint.right):
            if isinstance(side, str):
                checked(found.rule_name(), known, {}, {side: known.get(side, 0)})
    return Grid(rule, axes, parsed)


def parse_values(rule: type[Rotation], assignments: Sequence[str]) -> dict[str, list[Any]]:
    """Return parameter to values from texts `name=a:b:step`, both ends included, `name=a,b,c` or `name=value`.

    Raises:
        ParameterError: One is no such text.

    >>> from capshift.strategies import Breakout
    >>> parse_values(Breakout, ["entry=20:60:20", "exit=10,30", "buffer=0:0.02:0.01"])
    {'entry': [20, 40, 60], 'exit': [10, 30], 'buffer': [0.0, 0.01, 0.02]}
    """
    defaults, _ = accepted(rule)
    values = {}
    for name, text in assigned(rule.rule_name(), assignments).items():
        numeric = isinstance(defaults.get(name), int | float) or (not rule.typed and defaults.get(name) is None)
        texts = _between(name, text) if numeric and ":" in text else split_outside(text, ",")
        values[name] = [read_as(defaults, {name: one}, typed=rule.typed)[name] for one in texts]
    return values


def parse_grids(rules: Sequence[str], assignments: Sequence[str], where: Sequence[str]) -> list[Grid]:
    """Return a grid a rule from texts: `name=values` is for every rule, `RULE.name=values` for that one.

    Raises:
        CapshiftError: A rule, parameter, value or constraint is wrong.

    >>> breakout, mix = parse_grids(["breakout", "mix"], ["breakout.entry=20:60:20", "mix.small=0.2,0.4"], [])
    >>> len(breakout), len(mix)
    (3, 2)
    """
    repeated = [rule for rule in rules if rules.count(rule) > 1]
    if repeated:
        msg = f"{repeated[0]} is named twice; sweep each rule once"
        raise ParameterError(msg)
    classes = {rule: rule_class(rule) for rule in rules}
    texts: dict[str, list[str]] = {rule: [] for rule in rules}
    for text in assignments:
        owner, bare = _owner(text, classes)
        for rule in rules if owner is None else [owner]:
            texts[rule].append(bare)
        if owner is None:
            _refuse_strange(text, classes)
    return [grid_of(rule, parse_values(classes[rule], texts[rule]), where) for rule in rules]


def _owner(text: str, classes: Mapping[str, type[Rotation]]) -> tuple[str | None, str]:
    """Return the rule that a text `RULE.name=values` is for, None where it names none, and the rest of the text.

    A rule of a file is also known by its class or name alone.
    """
    short = [(rule.rpartition(":")[2], rule) for rule in classes] + [
        (c.rule_name(), rule) for rule, c in classes.items()
    ]
    for name, rule in [*((rule, rule) for rule in classes), *short]:
        if text.startswith(f"{name}."):
            return rule, text.removeprefix(f"{name}.")
    left = text.partition("=")[0]
    if "." in left:
        msg = f"'{text}' is for {left.rpartition('.')[0]}, which is not swept; there is {', '.join(classes)}"
        raise ParameterError(msg)
    return None, text


def _refuse_strange(text: str, classes: Mapping[str, type[Rotation]]) -> None:
    """Raise `ParameterError` where a parameter for all rules is one that only some of them have."""
    name = text.partition("=")[0].strip()
    having = [rule for rule, one in classes.items() if name in accepted(one)[0]]
    lacking = [one.rule_name() for rule, one in classes.items() if rule not in having]
    if having and lacking:
        msg = f"{lacking[0]} has no parameter '{name}'; for {having[0]} alone write {having[0]}.{name}="
        raise ParameterError(msg)


def _shown(side: str | float) -> str:
    return side if isinstance(side, str) else f"{side:g}"


def _between(name: str, text: str) -> list[str]:
    """Return the numbers of a:b:step as text, in decimals, so that 0.1 stays 0.1."""
    try:
        low, high, step = (Decimal(part) for part in (f"{text}:1" if text.count(":") == 1 else text).split(":"))
        count = int((high - low) / step) + 1 if step else 0
    except (ValueError, InvalidOperation, OverflowError):
        count = 0
    if not 1 <= count <= _MOST_VALUES:
        msg = f"{name} is {shown_value(text)}; write a:b:step with step leading from a to b, like 20:260:5"
        raise ParameterError(msg)
    return [f"{(low + step * number).normalize():f}" for number in range(count)]
