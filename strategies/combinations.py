"""Several rules as one: small caps when all of them, any of them, or most of them hold small caps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capshift.errors import ParameterError
from capshift.strategies.base import Rotation
from capshift.strategies.expressions import spread_of
from capshift.strategies.holdings import Holdings
from capshift.strategies.packages import package_of
from capshift.strategies.words import Explanation, chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market

#: Two rules at least make a combination.
_FEWEST = 2


class Combination(Rotation):
    """The base of combinations: what their member rules hold, put together.

    Params:
        rules: Members, RULE[:name=value,...] joined by +; one with parameters in parentheses.
    """

    params: ClassVar[Any] = (("rules", "rate-cut+breakout"),)

    @staticmethod
    def together(small: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weight of small caps from those of the members, shape (members, sessions)."""
        raise NotImplementedError

    @classmethod
    def check(cls, given: Mapping[str, Any], *, rules: str) -> None:  # noqa: ARG003
        """Refuse members that are unknown, too few, or cannot be decided without their fills."""
        found = members(rules)
        if len(found) < _FEWEST:
            msg = f"{cls.rule_name()}: rules is '{rules}'; join two or more by +, like rate-cut+(breakout:entry=100)"
            raise ParameterError(msg)
        for rule, member in found:
            if "otherwise" in member:
                msg = (
                    f"{cls.rule_name()}: member {rule.rule_name()} has otherwise={member['otherwise']}, which is lost "
                    "in a combination; give filters and otherwise to the combination"
                )
                raise ParameterError(msg)
            if spread_of(rule.shared(member)["expression"]):
                msg = (
                    f"{cls.rule_name()}: member {rule.rule_name()} has expression={member['expression']}; a "
                    "combination asks what its members hold, so give the expression to the combination"
                )
                raise ParameterError(msg)
            if not rule.is_array_rule():
                msg = f"{cls.rule_name()}: {rule.rule_name()} decides bar by bar from its fills; it cannot be combined"
                raise ParameterError(msg)

    @classmethod
    def decided_by_members(cls, market: Market, rules: str) -> Holdings:
        """Return small caps where the members agree, large caps elsewhere."""
        small = np.array([_small(rule.decided(market, given)) for rule, given in members(rules)])
        weight = cls.together(small)
        return Holdings({"small": weight, "large": 1 - weight}, np.zeros(len(market), dtype=bool))

    @classmethod
    def explained(cls, market: Market, parameters: Mapping[str, Any]) -> Explanation:
        """Return what each member holds and why."""
        because, trigger = [], []
        for rule, given in members(parameters["rules"]):
            said = rule.explained(market, given)
            weight = _small(rule.decided(market, given))[-1]
            name = rule.rule_name()
            because.append(f"{name} holds {chance(weight)} {market.small.symbol}: {'; '.join(said.because)}")
            trigger += [f"{name} {line}" for line in said.trigger]
        filtered = super().explained(market, parameters)  # what the combination's own filters say
        return Explanation((*because, *filtered.because), tuple(trigger))

    @staticmethod
    def explain(market: Market, rules: str) -> Explanation:  # noqa: ARG004 - the members speak
        """Return nothing beside what the members say."""
        return Explanation((), ())

    @classmethod
    def caveat(cls, market: Market, parameters: Mapping[str, Any]) -> str:
        """Return what a reader must know of the members."""
        said = [rule.caveat(market, given) for rule, given in members(parameters["rules"])]
        return " ".join(dict.fromkeys(text for text in said if text))


class AllOf(Combination):
    """Small caps while all of several rules hold them.

    Params:
        rules: Members, RULE[:name=value,...] joined by +; one with parameters in parentheses.
    """

    @staticmethod
    def together(small: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the least that a member holds."""
        return np.asarray(small.min(axis=0))

    @staticmethod
    def hold(market: Market, rules: str) -> Holdings:
        """Return small caps where every member holds them."""
        return AllOf.decided_by_members(market, rules)


class AnyOf(Combination):
    """Small caps while at least one of several rules holds them.

    Params:
        rules: Members, RULE[:name=value,...] joined by +; one with parameters in parentheses.
    """

    @staticmethod
    def together(small: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the most that a member holds."""
        return np.asarray(small.max(axis=0))

    @staticmethod
    def hold(market: Market, rules: str) -> Holdings:
        """Return small caps where any member holds them."""
        return AnyOf.decided_by_members(market, rules)


class Vote(Combination):
    """Small caps while more than half of several rules hold at least half in small caps.

    Params:
        rules: Members, RULE[:name=value,...] joined by +; one with parameters in parentheses.
    """

    params: ClassVar[Any] = (("rules", "rate-cut+breakout+relative-strength"),)

    @staticmethod
    def together(small: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 where more than half of the members hold at least half in small caps."""
        return np.asarray((small >= 1 / 2).mean(axis=0) > 1 / 2, dtype=np.float64)

    @staticmethod
    def hold(market: Market, rules: str) -> Holdings:
        """Return small caps where most members hold them."""
        return Vote.decided_by_members(market, rules)


def members(rules: str) -> list[tuple[type[Rotation], dict[str, Any]]]:
    """Return the rules of a combination with all their parameters.

    Raises:
        CapshiftError: One is unknown, or its parameters are wrong.
    """
    from capshift.strategies.parameters import resolve  # noqa: PLC0415 - the registry lists combinations
    from capshift.strategies.specs import parse_spec, split_outside  # noqa: PLC0415 - the same

    found = []
    for text in split_outside(rules, "+"):
        rule, given = parse_spec(text.removeprefix("(").removesuffix(")") if text.startswith("(") else text)
        found.append((rule, resolve(rule, given)))
    return found


def packages_of(rules: Iterable[tuple[type[Rotation], Mapping[str, Any]]]) -> list[str]:
    """Return the packages whose rules these are, or hold as members; each once."""
    found = []
    for rule, parameters in rules:
        inner = packages_of(members(parameters["rules"])) if issubclass(rule, Combination) else []
        found += [*filter(None, [package_of(rule)]), *inner]
    return list(dict.fromkeys(found))


def _small(holdings: Holdings) -> NDArray[np.float64]:
    return holdings.weights.get("small", np.zeros(len(holdings)))
