"""From a rule and a market to a result."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from capshift.backtests.account import Account, interest_in_words
from capshift.backtests.event_engine import simulate
from capshift.backtests.metrics import metrics_of
from capshift.backtests.provenance import market_facts, versions
from capshift.backtests.result import Result, result_from
from capshift.errors import BrokerFaultError, CapshiftError, ParameterError, UnknownRuleError
from capshift.strategies import BENCHMARK, RULES, Rotation, check_prefix_law, find_rule
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests.ledger import Ledger
    from capshift.data_feeds import Market

ENGINES = ("event",)
#: Cut points at which a rule that is not registered is checked for look-ahead at each run.
_QUICK_CUTS = 8


def run(
    rule: str | type[Rotation],
    market: Market,
    *,
    account: Account | None = None,
    engine: str = "event",
    **parameters: Any,
) -> Result:
    """Return what a rule did to an account on a market.

    Args:
        rule: A registered name, a subclass of `Rotation`, or "file.py:Class".
        market: From `load_market`.
        account: Its settings; None takes the defaults: 100,000 dollars, 5 basis points of slippage, whole shares.
        engine: `event`, Backtrader.
        **parameters: The rule's; those left out keep their defaults.

    Raises:
        UnknownRuleError: There is no such rule.
        ParameterError: The rule does not have such a parameter, or cannot take its value.
        LookAheadError: A rule that is not registered saw the future.

    >>> from capshift import load_market
    >>> result = run("hold-large", load_market(start="2020-01-01", end="2021-12-31"))
    >>> result.metrics["trades"]
    9
    """
    account = account or Account()
    chosen = rule_class(rule)
    return run_beside(chosen, market, account, benchmark_ledger(market, account), parameters, engine=engine)


def benchmark_ledger(market: Market, account: Account) -> Ledger:
    """Return the account of hold-large, against which others are measured."""
    return simulate(find_rule(BENCHMARK), market, {}, account)


def run_beside(
    rule: type[Rotation],
    market: Market,
    account: Account,
    benchmark: Ledger,
    parameters: Mapping[str, Any],
    *,
    name: str | None = None,
    engine: str = "event",
) -> Result:
    """Return a rule's result, measured against the ledger of hold-large."""
    if engine not in ENGINES:
        msg = f"there is no engine '{engine}'; there is {', '.join(ENGINES)}"
        raise ParameterError(msg)
    full = resolve(rule, parameters)
    if rule not in RULES and rule.is_array_rule():
        cuts = np.linspace(market.opening, len(market) - 2, _QUICK_CUTS).astype(int)
        check_prefix_law(rule, market, full, cuts.tolist())
    ledger = benchmark if rule is find_rule(BENCHMARK) else _simulated(rule, market, full, account)
    return result_from(
        ledger,
        name=name or rule.rule_name(),
        rule=rule.rule_name(),
        parameters=full,
        symbols=market.symbols,
        metrics=metrics_of(ledger, market, benchmark),
        provenance=provenance_of(market, account, engine, rule) | {"warning": _warning(rule, ledger, account)},
    )


def _simulated(rule: type[Rotation], market: Market, parameters: Mapping[str, Any], account: Account) -> Ledger:
    """Return the ledger of a rule; what a user's own class does wrong is told, and a fault of ours is not hidden."""
    try:
        return simulate(rule, market, parameters, account)
    except (CapshiftError, BrokerFaultError):
        raise
    except Exception as reason:
        if rule in RULES:
            raise
        raise rule.failure("the class", reason) from reason


def _warning(rule: type[Rotation], ledger: Ledger, account: Account) -> str:
    """Return what a reader of a result must know of the rule and of the account."""
    idle = (
        "" if ledger.fills or not ledger.weights.any() else f"Never traded: {account.cash:g} dollars bought no share."
    )
    return " ".join(part for part in (rule.warning, idle) if part)


def rule_class(rule: str | type[Rotation]) -> type[Rotation]:
    """Return the class behind a registered name, a class or "file.py:Class".

    Raises:
        UnknownRuleError: It cannot be found, or is no `Rotation`.
    """
    if isinstance(rule, str) and rule.endswith(".py"):
        msg = f"{rule} is a file; say which class in it is the rule: {rule}:Class"
        raise UnknownRuleError(msg)
    if isinstance(rule, str):
        return _from_file(rule) if ".py:" in rule else find_rule(rule)
    if _is_rotation(rule):
        return rule
    msg = f"{rule!r} is no rule: give a name, a subclass of capshift.Rotation or 'file.py:Class'"
    raise UnknownRuleError(msg)


def _is_rotation(candidate: object) -> TypeGuard[type[Rotation]]:
    return isinstance(candidate, type) and issubclass(candidate, Rotation)


def _from_file(text: str) -> type[Rotation]:
    file, _, class_name = text.rpartition(":")
    path = Path(file)
    spec = importlib.util.spec_from_file_location(f"capshift_rule_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        msg = f"there is no file {path} to take the rule {class_name} from"
        raise UnknownRuleError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Backtrader looks a strategy's module up by its name
    try:
        spec.loader.exec_module(module)
    except Exception as reason:
        msg = f"{path} cannot be imported: {type(reason).__name__}: {' '.join(str(reason).split())}"
        raise UnknownRuleError(msg) from reason
    found = getattr(module, class_name, None)
    if _is_rotation(found):
        return found
    msg = f"{path} has no class {class_name} derived from capshift.Rotation"
    raise UnknownRuleError(msg)


def provenance_of(market: Market, account: Account, engine: str, rule: type[Rotation]) -> dict[str, Any]:
    """Return where a result comes from, as JSON can hold it."""
    return {
        "market": market_facts(market),
        "account": {**account.settings(), "interest_paid": interest_in_words(market, account)},
        "engine": engine,
        "about": rule.about(),
        "versions": versions("backtrader", "numpy", "pandas"),
    }
