"""From a rule and a market to a result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from capshift.backtests.account import Account, interest_in_words
from capshift.backtests.backdrop import backdrop_of
from capshift.backtests.behaviour import Behaviour, decided, traded
from capshift.backtests.call_spreads import BY_A_MODEL, missed_in_words
from capshift.backtests.event_engine import simulate
from capshift.backtests.hosting import aside
from capshift.backtests.look_ahead import refuse_look_ahead
from capshift.backtests.metrics import metrics_of
from capshift.backtests.provenance import market_facts, versions
from capshift.backtests.remarks import remarks_on
from capshift.backtests.result import Result, result_from
from capshift.backtests.spread_quotes import Quotes
from capshift.data_feeds.loading import no_other_market
from capshift.errors import BrokerFaultError, CapshiftError, ParameterError, RuleError, did_you_mean
from capshift.strategies import BENCHMARK, RULES, Combination, Plain, Rotation, find_rule, rule_class
from capshift.strategies.combinations import members, packages_of
from capshift.strategies.expressions import spread_of
from capshift.strategies.helpers import folder_of, searched
from capshift.strategies.parameters import resolve
from capshift.strategies.specs import loaded_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import backtrader as bt

    from capshift.backtests.ledger import Ledger
    from capshift.data_feeds import Market

#: Engine to the library that it runs on: Backtrader, bar by bar; the same account compiled by Numba.
ENGINES = {"event": "backtrader", "array": "numba"}
#: What is said of a foreign rule that nobody has looked at.
UNCHECKED = "Not checked for look-ahead: it may have seen the future."


def run(
    rule: str | type[bt.Strategy],
    market: Market,
    *,
    account: Account | None = None,
    engine: str = "event",
    check: bool = True,
    **parameters: Any,
) -> Result:
    """Return what a rule did to an account on a market.

    Args:
        rule: A registered name, a subclass of `Rotation`, a plain Backtrader strategy, or "file.py:Class".
        market: From `load_market`.
        account: Its settings; None takes the defaults: 100,000 dollars, 5 basis points of slippage, whole shares.
        engine: `event`, Backtrader; or `array`, the same account replayed over arrays by compiled code.
        check: Whether to look for look-ahead in a rule that is not registered; without, its result says so.
        **parameters: The rule's; those left out keep their defaults.

    Raises:
        UnknownRuleError: There is no such rule.
        ParameterError: The rule does not have such a parameter, or cannot take its value.
        LookAheadError: A rule that is not registered, or a plain strategy, saw the future.
        RuleError: A rule or strategy fails, or does what this account does not, like going short.

    >>> from capshift import load_market
    >>> result = run("hold-large", load_market(start="2020-01-01", end="2021-12-31"))
    >>> result.metrics["trades"]
    9
    """
    account = account or Account()
    chosen = rule_class(rule)
    benchmark = benchmark_ledger(market, account, engine=engine)
    return run_beside(chosen, market, account, benchmark, parameters, engine=engine, check=check)


def check_engine(engine: str) -> None:
    """Raise `ParameterError` for an engine that does not exist."""
    if engine not in ENGINES:
        msg = f"there is no engine '{engine}'{did_you_mean(engine, ENGINES)}; there is {', '.join(ENGINES)}"
        raise ParameterError(msg)


def benchmark_ledger(market: Market, account: Account, *, engine: str = "event") -> Ledger:
    """Return the account of hold-large, against which others are measured."""
    check_engine(engine)
    return simulated(find_rule(BENCHMARK), market, {}, account, engine)


def run_beside(
    rule: type[Rotation],
    market: Market,
    account: Account,
    benchmark: Ledger,
    parameters: Mapping[str, Any],
    *,
    name: str | None = None,
    engine: str = "event",
    check: bool = True,
) -> Result:
    """Return a rule's result, measured against the ledger of hold-large."""
    check_engine(engine)
    full = resolve(rule, parameters)
    # Under another name, hold-large may have large caps of its own.
    is_benchmark = rule is find_rule(BENCHMARK) and name in {None, BENCHMARK}
    quotes = quotes_of(rule, market, full)
    ledger = benchmark if is_benchmark and quotes is None else simulated(rule, market, full, account, engine)
    if check:
        look_ahead(rule, market, full, account, ledger)
    caveat = caveat_of(rule, market, full, check=check)
    return result_from(
        ledger,
        name=name or rule.rule_name(),
        rule=rule.rule_name(),
        parameters=full,
        symbols=market.symbols,
        metrics=metrics_of(ledger, market, benchmark),
        provenance=provenance_of(market, account, engine, rule, full)
        | ({} if quotes is None else {"call_spread": quotes.facts() | {"QuantLib": versions("QuantLib")["QuantLib"]}})
        | {"warning": _warning(caveat, ledger, quotes, account, *remarks_on(rule, full, ledger, market.symbols))},
        draw=partial(backdrop_of, rule, market, full),
    )


def look_ahead(
    rule: type[Rotation],
    market: Market,
    parameters: Mapping[str, Any],
    account: Account,
    ledger: Ledger | None = None,
    *,
    name: str | None = None,
) -> None:
    """Refuse a rule that is not registered and sees the future, by a quick look at a few other futures.

    Args:
        rule: Any; ours are looked at by our tests.
        market: The whole.
        parameters: All of the rule's.
        account: What its fills come from, where it looks at them.
        ledger: What it did on the whole, if that is known.
        name: What messages call it, such as one of many variants; None for the rule's own.

    Raises:
        LookAheadError: It sees the future.
        RuleError: It does not do the same twice, or fails on every other market.
    """
    if is_registered(rule, parameters):
        return
    on_whole = behaviour_of(rule, parameters, account)
    whole = on_whole(market) if ledger is None or rule.is_array_rule() else traded(ledger, market)
    # What the run of the whole has left in a rule's memory would answer for the whole on every other market.
    behave = behaviour_of(read_anew(rule), parameters, account)
    refuse_look_ahead(name or rule.rule_name(), behave, market, whole, is_run=not rule.is_array_rule())


def read_anew(rule: type[Rotation]) -> type[Rotation]:
    """Return a rule of a file without what it keeps from run to run; others as they are."""
    with aside(silent=True), no_other_market():
        return loaded_anew(rule)


def caveat_of(rule: type[Rotation], market: Market, parameters: Mapping[str, Any], *, check: bool) -> str:
    """Return what a reader must know of a rule on a market, also that nobody has looked whether it sees the future."""
    unchecked = "" if check or is_registered(rule, parameters) else UNCHECKED
    return f"{rule.caveat(market, parameters)} {unchecked}".strip()


def behaviour_of(
    rule: type[Rotation], parameters: Mapping[str, Any], account: Account
) -> Callable[[Market], Behaviour]:
    """Return what does on a market what a rule does, without a word and by no other: its decisions, or its account."""

    def decides(market: Market) -> Behaviour:
        with searched(folder_of(rule)), aside(silent=True), no_other_market():
            return decided(rule, market, parameters)

    def trades(market: Market) -> Behaviour:
        with no_other_market():
            return traded(simulated(rule, market, parameters, account, "event", silent=True), market)

    return decides if rule.is_array_rule() else trades


def weights_of(
    rule: type[Rotation], market: Market, parameters: Mapping[str, Any], account: Account, *, check: bool = True
) -> list[Any]:
    """Return what a rule decides at each close from the market's first on, or the account's when it needs its fills.

    Raises:
        RuleError: It is a plain strategy, whose orders nobody knows before it places them.
    """
    if issubclass(rule, Plain):
        msg = (
            f"{rule.rule_name()} is a plain Backtrader strategy, which says what to order and not what to hold; "
            "today is for rules: use run, and see its last trades"
        )
        raise RuleError(msg)
    ledger = None if rule.is_array_rule() else simulated(rule, market, parameters, account, "event")
    if check:
        look_ahead(rule, market, parameters, account, ledger)
    if ledger is None:
        return rule.decided(market, parameters).rows(tuple(market.legs))
    return [tuple(row) for row in ledger.weights.tolist()]


def simulated(
    rule: type[Rotation],
    market: Market,
    parameters: Mapping[str, Any],
    account: Account,
    engine: str,
    *,
    silent: bool = False,
) -> Ledger:
    """Return a rule's ledger; what a user's own class does wrong is told, and a fault of ours is not hidden."""
    try:
        if engine == "array":
            from capshift.backtests.array_engine import simulate_arrays  # noqa: PLC0415 - imports Numba

            return simulate_arrays(rule, market, parameters, account)
        return simulate(rule, market, parameters, account, silent=silent)
    except (CapshiftError, BrokerFaultError):
        raise
    except Exception as reason:
        if rule in RULES:
            raise
        raise rule.failure("the class", reason, parameters) from reason


def is_registered(rule: type[Rotation], parameters: Mapping[str, Any]) -> bool:
    """Return whether a rule, and every member of a combination, is one of ours, which our tests have checked."""
    if not issubclass(rule, Combination):
        return rule in RULES
    return rule in RULES and all(is_registered(*member) for member in members(parameters["rules"]))


def quotes_of(rule: type[Rotation], market: Market, parameters: Mapping[str, Any]) -> Quotes | None:
    """Return the prices of a rule's call spreads, or None where it rents nothing.

    Raises:
        CapshiftError: They cannot be priced on this market.
    """
    spread = spread_of(rule.shared(parameters)["expression"])
    return None if spread is None else Quotes(market, spread)


def _warning(caveat: str, ledger: Ledger, quotes: Quotes | None, account: Account, *more: str) -> str:
    """Return what a reader of a result must know of the rule and of the account."""
    said = [caveat, *ledger.notes, *more]
    if ledger.spreads == ():
        said.append("No call spread was ever bought: the rule never held small caps.")
    elif ledger.spreads is not None and quotes is not None:
        said.append(BY_A_MODEL)
        said.append(quotes.market.gaps_of(quotes.source))
        said.append(missed_in_words(ledger.spreads))
    elif not ledger.fills and ledger.weights.any():
        said.insert(1, f"Never traded: {account.cash:g} dollars bought no share.")
    return " ".join(part for part in said if part)


def provenance_of(
    market: Market, account: Account, engine: str, rule: type[Rotation], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return where a result comes from, as JSON can hold it."""
    return {
        "market": market_facts(market),
        "account": {**account.settings(), "interest_paid": interest_in_words(market, account)},
        "engine": engine,
        "about": rule.about(),
        "versions": versions(ENGINES[engine], "numpy", "pandas", *packages_of([(rule, parameters)])),
    }
