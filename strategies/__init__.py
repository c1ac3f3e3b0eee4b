"""Rules, as Backtrader strategies: what to hold, decided after each close.

| module | what it holds |
|---|---|
| one file a rule | `breakout`, `rate_cut`, ... |
| registry | the rules by name |
| base | `Rotation`, the base class |
| holdings | `Holdings`, and `latch`, `switch`, `fixed` that make them |
| signals | causal array expressions |
| parameters | limits and checks of parameters |
| orders | from weights to orders, and what trading costs |
| look_ahead | the prefix law |
"""

from capshift.strategies.base import Rotation, Target
from capshift.strategies.breakout import Breakout
from capshift.strategies.hold_large import HoldLarge
from capshift.strategies.hold_small import HoldSmall
from capshift.strategies.holdings import Holdings, fixed, latch, switch
from capshift.strategies.look_ahead import check_prefix_law
from capshift.strategies.mix import Mix
from capshift.strategies.orders import Costs
from capshift.strategies.parameters import Between, OneOf
from capshift.strategies.price_level import PriceLevel
from capshift.strategies.rate_cut import RateCut
from capshift.strategies.record_high import RecordHigh
from capshift.strategies.registry import BENCHMARK, RULES, STANDARD_SET, find_rule, rule_names
from capshift.strategies.relative_strength import RelativeStrength

__all__ = [
    "BENCHMARK",
    "RULES",
    "STANDARD_SET",
    "Between",
    "Breakout",
    "Costs",
    "HoldLarge",
    "HoldSmall",
    "Holdings",
    "Mix",
    "OneOf",
    "PriceLevel",
    "RateCut",
    "RecordHigh",
    "RelativeStrength",
    "Rotation",
    "Target",
    "check_prefix_law",
    "find_rule",
    "fixed",
    "latch",
    "rule_names",
    "switch",
]
