"""Rules side by side on one market, with one account."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from capshift.backtests.account import Account
from capshift.backtests.call_spreads import BY_A_MODEL
from capshift.backtests.decisions import refuse_rented
from capshift.backtests.metrics import METRICS, in_words, session_returns
from capshift.backtests.notebook import comparison_html
from capshift.backtests.provenance import has_no_edge
from capshift.backtests.remarks import stretched
from capshift.backtests.repricing import repriced
from capshift.backtests.runner import benchmark_ledger, quotes_of, run_beside
from capshift.backtests.spread_figures import spread_figures
from capshift.backtests.uncertainty import FEWEST_SESSIONS, Uncertainty, intervals_of, uncertainty_of
from capshift.data_feeds.validation import day, name_days
from capshift.errors import MarketError, ParameterError
from capshift.strategies import BENCHMARK, STANDARD_SET, Rotation, rule_class
from capshift.strategies.expressions import known_expression
from capshift.strategies.parameters import resolve, shown_value, written_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import backtrader as bt

    from capshift.backtests.redrawn import Interval
    from capshift.backtests.result import Result
    from capshift.backtests.stress import Stress
    from capshift.data_feeds import Market


#: Letters of a name that was given, and of one made of a rule's parameters: it becomes a folder's.
LONGEST_NAME, LONGEST_FOLDER = 80, 200
#: How files end that stand beside the results' folders.
_PAGES = (".html", ".json", ".js")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One line of a comparison: a rule with its parameters, under a name, on legs of its own if need be.

    Attributes:
        rule: A registered name, a class, or "file.py:Class".
        parameters: The rule's, and `filters`, `otherwise` and `expression` as any rule takes them.
        name: What tables call it; empty for the rule's name and its parameters.
        market: Where it trades other symbols than the others; None for the comparison's own market.

    >>> Plan(rule="rate-cut", parameters={"filters": "economy"}, name="Cuts in a sound economy").name
    'Cuts in a sound economy'
    """

    rule: str | type[bt.Strategy]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    market: Market | None = None


RuleSpec: TypeAlias = "str | type[bt.Strategy] | tuple[str | type[bt.Strategy], Mapping[str, Any]] | Plan"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Results of several rules, in the order asked for, the benchmark among them.

    Attributes:
        results: Name to result.
        benchmark: The name of the one that others are measured against.
        trials_elsewhere: Rules tried before these were chosen, which are not among them.
    """

    results: Mapping[str, Result]
    benchmark: str
    trials_elsewhere: int = 0

    @cached_property
    def uncertainty(self) -> Uncertainty | None:
        """How sure one can be of the figures; None with too few sessions to tell. It takes seconds, once."""
        sessions = self.results[self.benchmark].equity.index
        return uncertainty_of(
            {name: session_returns(result.equity.to_numpy()) for name, result in self.results.items()},
            self.benchmark,
            days=(sessions[-1] - sessions[0]).days,
            against=self.provenance["market"]["symbols"]["large"],
            elsewhere=self.trials_elsewhere,
            no_edge=has_no_edge(self.provenance["market"]),
        )

    @cached_property
    def intervals(self) -> Mapping[str, Mapping[str, Interval]]:
        """Intervals of each rule's figures, without the tests that `uncertainty` adds; none with too few sessions."""
        sessions = self.results[self.benchmark].equity.index
        returns = {name: session_returns(result.equity.to_numpy()) for name, result in self.results.items()}
        return intervals_of(returns, self.benchmark, days=(sessions[-1] - sessions[0]).days)

    @property
    def verdict(self) -> str:
        """A sentence on all rules and on their order."""
        if self.uncertainty is not None:
            return self.uncertainty.verdict
        sessions = self.provenance["market"]["sessions"]
        return f"{sessions} sessions are too few to tell skill from luck; it takes {FEWEST_SESSIONS} at the very least."

    @property
    def sentences(self) -> list[str]:
        """How far luck explains the leads: a sentence a rule, one on all, and what was counted."""
        if self.uncertainty is None:
            return [self.verdict]
        single = [f"{name}: {one.verdict}" for name, one in self.uncertainty.rules.items() if name != self.benchmark]
        return [*single, self.verdict, self.uncertainty.counted]

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
        shared = dict(self.results[self.benchmark].provenance)
        del shared["about"], shared["warning"]
        spans = {symbol: span for result in self for symbol, span in result.provenance["market"]["spans"].items()}
        shared["market"] = {**shared["market"], "spans": spans}
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

    def _repr_html_(self) -> str:
        """Show itself in a notebook."""
        return comparison_html(self)

    def __str__(self) -> str:
        """Return the figures, one a line, one column a rule, and how far luck explains them."""
        columns = {
            result.name: [in_words(metric.form, result.metrics[key]) for key, metric in METRICS.items()]
            for result in self
        }
        labels = [metric.label for metric in METRICS.values()]
        heading = "SIMULATED\n" if self.simulated else ""
        return "\n".join([heading + pd.DataFrame(columns, index=labels).to_string(), *self.sentences])

    def summary(self) -> dict[str, Any]:
        """Return the comparison as JSON can hold it."""
        rules = {
            name: {
                "rule": result.rule,
                "params": dict(result.parameters),
                "symbols": result.provenance["market"]["symbols"],
                "metrics": dict(result.metrics),
                **({} if result.spreads is None else {"spreads": spread_figures(result.spreads, result.equity)}),
                "uncertainty": None if self.uncertainty is None else self.uncertainty.rules[name].summary(),
            }
            for name, result in self.results.items()
        }
        return {
            "benchmark": self.benchmark,
            "rules": rules,
            "uncertainty": None if self.uncertainty is None else self.uncertainty.summary(),
            "provenance": dict(self.provenance),
        }

    def notes(self) -> list[str]:
        """Return what a reader must know of single results, and once what holds for all, or for all that rent."""
        usual = self.results[self.benchmark].provenance["market"]["symbols"]
        said = []
        short = stretched(len(self.results[self.benchmark].equity))
        for result in self:
            symbols = result.provenance["market"]["symbols"]
            other = [f"{symbols[role]} for {one}" for role, one in usual.items() if symbols.get(role, one) != one]
            said += [f"{result.name}: trades {', '.join(other)}"] * bool(other)
            warning = str(result.provenance["warning"]).replace(BY_A_MODEL, "").replace(short, "").strip()
            said += [f"{result.name}: {warning}"] * bool(warning)
        rented = any(BY_A_MODEL in result.provenance["warning"] for result in self)
        return [*said, *([BY_A_MODEL] if rented else []), *([short] if short else [])]

    def json(self, stress: Stress | None = None) -> str:
        """Return the summary as text, with that of stress; the same comparison gives the same bytes."""
        more = {"stress": stress.summary()} if stress else {}
        return json.dumps(self.summary() | more, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def compare(
    rules: Sequence[RuleSpec] = STANDARD_SET,
    market: Market | None = None,
    *,
    account: Account | None = None,
    engine: str = "event",
    trials: int = 0,
    express: Sequence[str] = (),
    check: bool = True,
    progress: Callable[[str], None] = lambda _name: None,
) -> Comparison:
    """Return several rules' results on one market, measured against hold-large.

    A rule whose small caps are rented is also run with its call spreads priced otherwise: `Result.repriced`.

    Args:
        rules: Names, classes, "file.py:Class", pairs of one of these and its parameters, or a `Plan`. hold-large is
            added in front when it is not among them.
        market: From `load_market`; None takes the sample market.
        account: One setting for all; None takes the defaults.
        engine: `event` or `array`, as in `run`.
        trials: Rules and variants tried before these were chosen, and not among them.
        express: Ways of holding small caps, such as outright, tilt and call-spread: each rule runs once in each.
        check: As in `run`.
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
    check_trials(trials)
    if express:
        from capshift.backtests.expressing import expressed  # noqa: PLC0415 - it makes plans, too

        known = [known_expression(one) for one in ([express] if isinstance(express, str) else express)]
        rules = [plan for spec in rules for plan in expressed(spec, known)]
    chosen = resolved_rules(rules)
    _check_same_sessions(chosen, market)
    _check_decisions(chosen, market, engine)
    benchmark = benchmark_ledger(market, account, engine=engine)
    results = {}
    for name, plan in chosen.items():
        progress(name)
        rule, own = rule_class(plan.rule), plan.market or market
        result = run_beside(rule, own, account, benchmark, plan.parameters, name=name, engine=engine, check=check)
        rented = result.spreads is not None
        results[name] = (
            replace(result, repriced=repriced(result, rule, own, account, plan.parameters)) if rented else result
        )
    return Comparison(results, BENCHMARK, trials)


def check_trials(trials: Any) -> None:
    """Raise `ParameterError` for what is no number of trials."""
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 0:
        msg = f"trials is {shown_value(trials)}; give how many rules and variants were tried elsewhere, 0 or more"
        raise ParameterError(msg)


def _check_same_sessions(plans: Mapping[str, Plan], market: Market) -> None:
    """Refuse a plan on a market that opens or ends elsewhere: its figures would be of another time."""
    for name, plan in plans.items():
        if plan.market is not None and not plan.market.account_sessions.equals(market.account_sessions):
            theirs, ours = plan.market.account_sessions, market.account_sessions
            msg = (
                f"{name} trades {day(theirs[0])} to {day(theirs[-1])}, the others {day(ours[0])} to {day(ours[-1])}; "
                f"load all markets with start {day(max(theirs[0], ours[0]))} and end {day(min(theirs[-1], ours[-1]))}"
            )
            if (theirs[0], theirs[-1]) == (ours[0], ours[-1]):
                apart = theirs.symmetric_difference(ours)
                msg = f"{name} and the others do not trade on the same sessions: {name_days(apart)}; do not drop gaps"
            raise ParameterError(msg)


def _check_decisions(plans: Mapping[str, Plan], market: Market, engine: str) -> None:
    """Let each rule decide once: what it lacks on its market is told before any has run."""
    for name, plan in plans.items():
        rule, full = rule_class(plan.rule), resolve(rule_class(plan.rule), plan.parameters)
        try:
            if quotes_of(rule, plan.market or market, full) and engine == "array":
                refuse_rented(rule, [full["expression"]])
            if rule.is_array_rule():
                rule.decided(plan.market or market, full)
        except MarketError as reason:
            msg = f"{name}: {reason}"
            raise MarketError(msg) from reason


def resolved_rules(rules: Sequence[RuleSpec]) -> dict[str, Plan]:
    """Return name to plan of a comparison, all checked, the benchmark among them."""
    chosen = planned(rules)
    return chosen if BENCHMARK in chosen else {BENCHMARK: checked_plan(BENCHMARK), **chosen}


def planned(rules: Sequence[RuleSpec]) -> dict[str, Plan]:
    """Return name to plan of several rules, all checked."""
    if isinstance(rules, str) or not rules:
        msg = f"rules is {rules!r}; give a list of at least one rule, like ['breakout']"
        raise ParameterError(msg)
    chosen: dict[str, Plan] = {}
    for spec in rules:
        add_plan(chosen, checked_plan(spec))
    return chosen


def add_plan(chosen: dict[str, Plan], plan: Plan) -> None:
    """Add a checked plan to those before it, under a name and for a folder of its own.

    Raises:
        ParameterError: Another has the name or the folder, it is the benchmark's, or no folder can be called so.
    """
    if plan.name in chosen:
        msg = f"{plan.name} is named twice; compare each rule once, or with other parameters"
        raise ParameterError(msg)
    is_benchmark = plan.rule is rule_class(BENCHMARK) and not plan.parameters and plan.market is None
    if folder_name(plan.name).lower() == BENCHMARK and not (is_benchmark and plan.name == BENCHMARK):
        msg = f"'{plan.name}' is the name of the benchmark; give the other rule another name"
        raise ParameterError(msg)
    for name in chosen:
        # Some file systems do not tell letters by their case.
        if folder_name(name).lower() == folder_name(plan.name).lower():
            msg = f"'{plan.name}' and '{name}' would share a folder; give them names that differ in letters or digits"
            raise ParameterError(msg)
    chosen[plan.name] = plan


def checked_plan(spec: RuleSpec) -> Plan:
    """Return a plan with its class, name and canonical parameters.

    Raises:
        CapshiftError: The rule is unknown, or cannot take a parameter or the name.
    """
    if isinstance(spec, tuple):
        spec = Plan(rule=spec[0], parameters=spec[1])
    elif not isinstance(spec, Plan):
        spec = Plan(rule=spec)
    found = rule_class(spec.rule)
    full = resolve(found, spec.parameters)
    given = {name: full.get(name, value) for name, value in spec.parameters.items()}
    return replace(spec, rule=found, parameters=given, name=_checked_name(spec.name, display_name(found, given)))


def _checked_name(name: str, default: str) -> str:
    """Return the name that was given, or else the default, when tables and folders can bear it."""
    if len(name) > LONGEST_NAME or (name and not (name.isprintable() and name.strip() == name)):
        msg = (
            f"name is {shown_value(name)}; it must be one line of at most {LONGEST_NAME} letters, "
            "with no space before or after"
        )
        raise ParameterError(msg)
    if name.lower().endswith(_PAGES):
        msg = f"name is {shown_value(name)}; it must not end in {', '.join(_PAGES)}, as the files beside its folder do"
        raise ParameterError(msg)
    if len(name or default) > LONGEST_FOLDER:
        msg = f"{default[:LONGEST_NAME]}... is too long for a name; give the rule a shorter one (Plan(name=), --config)"
        raise ParameterError(msg)
    return name or default


def display_name(rule: type[Rotation], parameters: Mapping[str, Any]) -> str:
    """Return a rule's name with the parameters that were given.

    >>> from capshift.strategies import Breakout
    >>> display_name(Breakout, {"entry": 100, "exit": 50})
    'breakout,entry=100,exit=50'
    """
    return ",".join([rule.rule_name(), *(f"{name}={written_value(value)}" for name, value in parameters.items())])


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
