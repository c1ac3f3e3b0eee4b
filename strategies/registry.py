"""The rules by name: ours, and those that installed packages register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.errors import UnknownRuleError, did_you_mean
from capshift.strategies.breakout import Breakout
from capshift.strategies.combinations import AllOf, AnyOf, Vote
from capshift.strategies.fedwatch import Fedwatch
from capshift.strategies.hold_large import HoldLarge
from capshift.strategies.hold_small import HoldSmall
from capshift.strategies.jackson_hole import JacksonHole
from capshift.strategies.leadership import Leadership
from capshift.strategies.mix import Mix
from capshift.strategies.monthly_thrust import MonthlyThrust
from capshift.strategies.packages import PackageRule, package_rules
from capshift.strategies.price_level import PriceLevel
from capshift.strategies.priced_cuts import PricedCuts
from capshift.strategies.rate_cut import RateCut
from capshift.strategies.record_high import RecordHigh
from capshift.strategies.relative_strength import RelativeStrength
from capshift.strategies.soft_landing import SoftLanding

if TYPE_CHECKING:
    from capshift.strategies.base import Rotation

#: Every rule of ours, in the order of lists: the benchmarks first.
RULES: tuple[type[Rotation], ...] = (
    HoldSmall,
    HoldLarge,
    Mix,
    RateCut,
    PricedCuts,
    Fedwatch,
    Breakout,
    PriceLevel,
    RecordHigh,
    RelativeStrength,
    MonthlyThrust,
    Leadership,
    JacksonHole,
    SoftLanding,
    AllOf,
    AnyOf,
    Vote,
)

#: The rule that others are measured against.
BENCHMARK = HoldLarge.rule_name()

#: What is compared when no rule is named: all but a level that is known only in hindsight.
STANDARD_SET = ("hold-small", "hold-large", "mix", "rate-cut", "breakout", "record-high", "relative-strength")


def rule_names() -> list[str]:
    """Return the names of all rules: ours, and those that installed packages register."""
    return [*_our_names(), *(one.name for one in foreign_rules() if not one.refusal)]


def foreign_rules() -> list[PackageRule]:
    """Return what installed packages register, names that are refused among them; nothing is imported."""
    return package_rules(_our_names())


def find_rule(name: str) -> type[Rotation]:
    """Return the rule of a name: one of ours, else an installed package's, which is imported for it.

    Raises:
        UnknownRuleError: There is none, with the nearest named; or the package that registers it is at fault.
    """
    for rule in RULES:
        if rule.rule_name() == name:
            return rule
    for one in foreign_rules():
        if one.name == name:
            return one.load()
    hint = did_you_mean(name, rule_names()) or "; there are " + ", ".join(rule_names())
    msg = f"there is no rule '{name}'{hint}"
    raise UnknownRuleError(msg)


def _our_names() -> list[str]:
    return [rule.rule_name() for rule in RULES]
