"""Rules side by side on one market, with one account."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.backtests.account import Account
from capshift.backtests.metrics import METRICS, in_words
from capshift.backtests.runner import benchmark_ledger, rule_class, run_beside
from capshift.errors import ParameterError
from capshift.strategies import BENCHMARK, STANDARD_SET, Rotation
from capshift.strategies.parameters import assigned, parsed, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from capshift.backtests.result import Result
    from capshift.data_feeds import Market

RuleSpec = str | type[Rotation] | tuple[str | type[Rotation], "Mapping[str, Any]"]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Results of several rules, in the order asked for, the benchmark among them.

    Attributes:
        results: Name to result.
        benchmark: The name of the one that others are measured against.
    """

    results: Mapping[str, Result]
    benchmark: str

    @property
    def table(self) -> pd.DataFrame:
        """One row a rule, one column a metric."""
        rows = {name: dict(result.metrics) for name, result in self.results.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(METRICS)).rename_axis("rule")

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return next(iter(self)).simulated

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What all results have in common: market, account and versions."""
        shared = dict(next(iter(self)).provenance)
        del shared["about"], shared["warning"]
        return shared

    def __iter__(self) -> Iterator[Result]:
        """Iterate over the results."""
        return iter(self.results.values())

    def __len__(self) -> int:
        """Return how many rules were compared."""
        return len(self.results)

    def __repr__(self) -> str:
        """Say what was compared."""
        market = self.provenance["market"]
        span = f"{market['first_session']} to {market['last_session']}"
        return f"Comparison({', '.join(self.results)}; {span}{', SIMULATED' if self.simulated else ''})"

    def __str__(self) -> str:
        """Return the figures, one a line, one column a rule."""
        columns = {
            result.name: [in_words(metric.form, result.metrics[key]) for key, metric in METRICS.items()]
            for result in self
        }
        labels = [metric.label for metric in METRICS.values()]
        heading = "SIMULATED\n" if self.simulated else ""
        return heading + pd.DataFrame(columns, index=labels).to_string()

    def summary(self) -> dict[str, Any]:
        """Return the comparison as JSON can hold it."""
        rules = {
            name: {"rule": result.rule, "params": dict(result.parameters), "metrics": dict(result.metrics)}
            for name, result in self.results.items()
        }
        return {"benchmark": self.benchmark, "rules": rules, "provenance": dict(self.provenance)}

    def json(self) -> str:
        """Return the summary as text; the same comparison gives the same bytes."""
        return json.dumps(self.summary(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def compare(
    rules: Sequence[RuleSpec] = STANDARD_SET,
    market: Market | None = None,
    *,
    account: Account | None = None,
    progress: Callable[[str], None] = lambda _name: None,
) -> Comparison:
    """Return several rules' results on one market, measured against hold-large.

    Args:
        rules: Names, classes, "file.py:Class", or pairs of one of these and its parameters. hold-large is added
            in front when it is not among them.
        market: From `load_market`; None takes the sample market.
        account: One setting for all; None takes the defaults.
        progress: Called with each rule's name before it runs.

    Raises:
        CapshiftError: A rule or parameter is wrong; nothing was run then.

    >>> from capshift import load_market
    >>> market = load_market(start="2020-01-01", end="2021-12-31")
    >>> list(compare(["hold-small", ("rate-cut", {"hold": 63})], market).results)
    ['hold-large', 'hold-small', 'rate-cut,hold=63']
    """
    if market is None:
        from capshift.data_feeds import load_market  # noqa: PLC0415 - only without a market

        market = load_market()
    account = account or Account()
    chosen = resolved_rules(rules)
    benchmark = benchmark_ledger(market, account)
    results = {}
    for name, (rule, parameters) in chosen.items():
        progress(name)
        results[name] = run_beside(rule, market, account, benchmark, parameters, name=name)
    return Comparison(results, BENCHMARK)


def resolved_rules(rules: Sequence[RuleSpec]) -> dict[str, tuple[type[Rotation], Mapping[str, Any]]]:
    """Return name to class and parameters of a comparison, all checked, the benchmark among them."""
    if isinstance(rules, str) or not rules:
        msg = f"rules is {rules!r}; give a list of at least one rule, like ['breakout']"
        raise ParameterError(msg)
    chosen: dict[str, tuple[type[Rotation], Mapping[str, Any]]] = {}
    for spec in rules:
        rule, parameters = spec if isinstance(spec, tuple) else (spec, {})
        found = rule_class(rule)
        resolve(found, parameters)
        name = display_name(found, parameters)
        if name in chosen:
            msg = f"{name} is named twice; compare each rule once, or with other parameters"
            raise ParameterError(msg)
        chosen[name] = (found, parameters)
    if BENCHMARK not in chosen:
        chosen = {BENCHMARK: (rule_class(BENCHMARK), {}), **chosen}
    return chosen


def display_name(rule: type[Rotation], parameters: Mapping[str, Any]) -> str:
    """Return a rule's name with the parameters that were given.

    >>> from capshift.strategies import Breakout
    >>> display_name(Breakout, {"entry": 100, "exit": 50})
    'breakout,entry=100,exit=50'
    """
    return ",".join([rule.rule_name(), *(f"{name}={value}" for name, value in parameters.items())])


def folder_name(name: str) -> str:
    """Return a result's name as a folder's, on any file system.

    >>> folder_name("breakout,entry=100")
    'breakout,entry=100'
    >>> folder_name("my rule/..")
    'my_rule_..'
    >>> folder_name("..")
    '_..'
    """
    return re.sub(r"^\.", "_.", re.sub(r"[^A-Za-z0-9._,=+-]", "_", name))


def parse_spec(text: str) -> tuple[type[Rotation], dict[str, Any]]:
    """Return rule and parameters from `RULE[:name=value,...]`.

    >>> parse_spec("breakout:entry=100,exit=50")[1]
    {'entry': 100, 'exit': 50}

    Raises:
        CapshiftError: The rule is unknown or the rest is no list of name=value.
    """
    head, tail = text, ""
    if ".py:" in text:
        file, _, rest = text.partition(".py:")
        class_name, _, tail = rest.partition(":")
        head = f"{file}.py:{class_name}"
    else:
        head, _, tail = text.partition(":")
    rule = rule_class(head)
    return rule, parse_parameters(rule, tail.split(",") if tail else [])


def parse_parameters(rule: type[Rotation], assignments: Sequence[str]) -> dict[str, Any]:
    """Return parameter values from texts `name=value`.

    Raises:
        ParameterError: One is no such text, or names a parameter twice.
    """
    return parsed(rule, assigned(rule.rule_name(), assignments))
