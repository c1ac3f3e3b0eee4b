"""Rules, as Backtrader strategies: what to hold, decided after each close.

| module | what it holds |
|---|---|
| one file a rule | `breakout`, `rate_cut`, ... |
| combinations | several rules as one: `all-of`, `any-of`, `vote` |
| filters | `filters`, `otherwise`, `expression`: what every rule takes beside its own parameters |
| registry, specs | the rules by name, and rules as text |
| packages | rules that installed packages register |
| helpers | modules beside a file of rules |
| base | `Rotation`, the base class |
| expressions | how small caps are held: outright, by half, or rented by a `CallSpread` |
| plain | plain Backtrader strategies among the rules |
| cerebros | what a rule needs of the Cerebro that it runs in |
| holdings | `Holdings`, and `latch`, `switch`, `fixed` that make them |
| signals, fed | causal array expressions: of prices, and of the Fed and its futures |
| sharing | windows that variants of a rule have in common |
| pictures | a rule as lines: its levels, and its signal with thresholds |
| words | a rule in words: why it holds what it holds, and what would change that |
| parameters | limits and checks of parameters |
| bookkeeping | the arithmetic of the account, and what trading costs: shared by both engines |
| orders | from weights to orders |
"""

from capshift.strategies.base import Rotation, Target
from capshift.strategies.breakout import Breakout
from capshift.strategies.combinations import AllOf, AnyOf, Combination, Vote
from capshift.strategies.expressions import CallSpread
from capshift.strategies.fedwatch import Fedwatch
from capshift.strategies.filters import FILTERS
from capshift.strategies.hold_large import HoldLarge
from capshift.strategies.hold_small import HoldSmall
from capshift.strategies.holdings import Holdings, fixed, latch, switch
from capshift.strategies.jackson_hole import JacksonHole
from capshift.strategies.leadership import Leadership
from capshift.strategies.mix import Mix
from capshift.strategies.monthly_thrust import MonthlyThrust
from capshift.strategies.orders import Costs
from capshift.strategies.parameters import Between, OneOf
from capshift.strategies.plain import Plain, plain_rule
from capshift.strategies.price_level import PriceLevel
from capshift.strategies.priced_cuts import PricedCuts
from capshift.strategies.rate_cut import RateCut
from capshift.strategies.record_high import RecordHigh
from capshift.strategies.registry import BENCHMARK, RULES, STANDARD_SET, find_rule, foreign_rules, rule_names
from capshift.strategies.relative_strength import RelativeStrength
from capshift.strategies.soft_landing import SoftLanding
from capshift.strategies.specs import parse_spec, rule_class
from capshift.strategies.words import Explanation

__all__ = [
    "BENCHMARK",
    "FILTERS",
    "RULES",
    "STANDARD_SET",
    "AllOf",
    "AnyOf",
    "Between",
    "Breakout",
    "CallSpread",
    "Combination",
    "Costs",
    "Explanation",
    "Fedwatch",
    "HoldLarge",
    "HoldSmall",
    "Holdings",
    "JacksonHole",
    "Leadership",
    "Mix",
    "MonthlyThrust",
    "OneOf",
    "Plain",
    "PriceLevel",
    "PricedCuts",
    "RateCut",
    "RecordHigh",
    "RelativeStrength",
    "Rotation",
    "SoftLanding",
    "Target",
    "Vote",
    "find_rule",
    "fixed",
    "foreign_rules",
    "latch",
    "parse_spec",
    "plain_rule",
    "rule_class",
    "rule_names",
    "switch",
]
