"""Rules of a comparison, each once in every way of holding small caps that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from capshift.backtests.comparison import checked_plan
from capshift.errors import ParameterError
from capshift.strategies import BENCHMARK, rule_class
from capshift.strategies.expressions import (
    CALL_SPREAD,
    EXPRESSIONS,
    OUTRIGHT,
    SPREAD_DEFAULTS,
    known_expression,
    spread_of,
    with_settings,
)
from capshift.strategies.parameters import assigned, read_as
from capshift.strategies.specs import split_outside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests.comparison import Plan, RuleSpec


def expressions_of(text: str | None, settings: Sequence[str] = ()) -> list[str]:
    """Return the expressions that a command line asks for.

    Args:
        text: As it stands behind --express: words joined by commas; None for none.
        settings: Of call spreads, name=value each, as they stand behind --spread.

    Raises:
        ParameterError: There is no such expression or setting, one is named twice, or settings have no call spread.

    >>> expressions_of("outright,call-spread", ["days=45"])
    ['outright', 'call-spread(days=45)']
    """
    found = [] if text is None else [known_expression(word) for word in split_outside(text, ",")]
    given = read_as(SPREAD_DEFAULTS, assigned(CALL_SPREAD, settings))
    if given and not any(map(spread_of, found)):
        name, value = next(iter(given.items()))
        msg = (
            f"--spread {name} is for the call spreads of --express; add --express {CALL_SPREAD}, or where a rule has "
            f"an expression of its own write it there: expression={CALL_SPREAD}({name}={value})"
        )
        raise ParameterError(msg)
    found = [with_settings(one, given) if spread_of(one) else one for one in found]
    twice = [one for one in found if found.count(one) > 1]
    if twice:
        msg = f"expression {twice[0]} is named twice; name each once, of {', '.join(EXPRESSIONS)}"
        raise ParameterError(msg)
    return found


def expressed(spec: RuleSpec, expressions: Sequence[str]) -> list[Plan]:
    """Return a rule once in each expression; hold-large, which never holds small caps, once.

    Args:
        spec: As in `compare`; without an expression of its own.
        expressions: Such as outright, tilt and call-spread; none leaves the rule as it is.

    Raises:
        CapshiftError: The rule is wrong, or has an expression.

    >>> [plan.name for plan in expressed("breakout", ["outright", "call-spread"])]
    ['breakout', 'breakout,expression=call-spread']
    """
    plan = checked_plan(spec)
    if not expressions or plan.rule is rule_class(BENCHMARK):
        return [plan]
    if "expression" in plan.parameters:
        msg = f"{plan.name} has an expression of its own; leave that out, or ask for none (--express, express=)"
        raise ParameterError(msg)
    has_name = plan.name if plan.name != checked_plan(replace(plan, name="")).name else ""
    return [plan if one == OUTRIGHT else _in(plan, one, has_name) for one in expressions]


def _in(plan: Plan, expression: str, name: str) -> Plan:
    """Return a plan in another expression, under a name that says so."""
    parameters = {**plan.parameters, "expression": expression}
    return checked_plan(replace(plan, parameters=parameters, name=f"{name}, {expression}" if name else ""))
