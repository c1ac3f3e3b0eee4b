"""The base of every rule: a Backtrader strategy that says what to hold, and never how to trade."""

from __future__ import annotations

import inspect
import re
import traceback
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import backtrader as bt
import numpy as np

from capshift.data_feeds import Market, leg_feeds, market_from_feeds
from capshift.errors import CapshiftError, RuleError
from capshift.strategies.bookkeeping import REASONS, ROLLED, reason_to_trade
from capshift.strategies.cerebros import Calendar, Holding, check_broker, check_company, check_hours
from capshift.strategies.expressions import spread_of
from capshift.strategies.filters import COMMON, COMMON_LIMITS, FILTERS, allowed, composed, expressed, readings
from capshift.strategies.holdings import Holdings, HoldingsError, are_weights
from capshift.strategies.orders import Costs, Position, rebalancing_orders
from capshift.strategies.words import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.strategies.parameters import Limit


class Target(NamedTuple):
    """What to hold from the next open on.

    Attributes:
        weights: Fractions of equity, one a leg in the market's order; what is missing to 1 is cash.
        rebalance: Return to the weights at the next open even if they have not changed.
    """

    weights: tuple[float, ...]
    rebalance: bool = False


def hyphenated(class_name: str) -> str:
    """Return a class's name in words joined by hyphens.

    >>> hyphenated("AboveAverage")
    'above-average'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", class_name).lower()


@lru_cache
def _has_static_hold(rule: type[Rotation]) -> bool:
    """Return whether a rule's `hold` is a static method; asked for thousands of variants of one rule."""
    return isinstance(inspect.getattr_static(rule, "hold"), staticmethod)


@lru_cache
def _shared_defaults(rule: type[Rotation]) -> tuple[tuple[str, Any], ...]:
    """Return a rule's defaults of the parameters that every rule takes; asked for as often."""
    defaults = rule.params._getitems()  # noqa: SLF001 - Backtrader's own way to list params
    return tuple((name, default) for name, default in defaults if name in COMMON)


class Rotation(bt.Strategy):
    """A rule: what to hold, decided after each close, filled at the next open.

    Write `hold` as a causal array expression over the market, or, for a rule that must look at its own fills,
    override `decide`. Both run in capshift's engine, and in anybody's Cerebro with `cheat_on_open=True` and two
    feeds, small caps first.

    Every rule also takes `filters`, `otherwise` and `expression`; they are applied to what it decides.

    Class attributes:
        params: Backtrader's parameters with their defaults.
        limits: Which values each parameter can take.
        warning: What a reader of its results must know, or nothing.
        needs_leaders: Whether the market must name giants.
        typed: Whether a parameter must be of its default's type.
    """

    params: ClassVar[Any] = tuple(COMMON.items())
    limits: ClassVar[Mapping[str, Limit]] = {}
    warning: ClassVar[str] = ""
    reads: ClassVar[tuple[str, ...]] = ()
    needs_leaders: ClassVar[bool] = False
    typed: ClassVar[bool] = True
    common: ClassVar[Mapping[str, Any]] = COMMON
    common_limits: ClassVar[Mapping[str, Limit]] = COMMON_LIMITS

    market: Market
    target: Target | None

    @classmethod
    def rule_name(cls) -> str:
        """Return the registered name: the class's own in words joined by hyphens.

        >>> from capshift.strategies import RateCut
        >>> RateCut.rule_name()
        'rate-cut'
        """
        return hyphenated(cls.__name__)

    @classmethod
    def about(cls) -> str:
        """Return the rule in one sentence: the first of its docstring."""
        return (cls.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")

    @staticmethod
    def hold(market: Market, *args: Any, **parameters: Any) -> Holdings:
        """Return what to hold after each close, using nothing later than that close."""
        raise NotImplementedError

    @classmethod
    def check(cls, given: Mapping[str, Any], *args: Any, **parameters: Any) -> None:
        """Raise `ParameterError` for parameters that do not go together; `given` are those not left at defaults."""

    @staticmethod
    def explain(market: Market, *args: Any, **parameters: Any) -> Explanation:  # noqa: ARG004 - a rule's own
        """Return in words what the rule saw at the last close, and what would change what it holds."""
        return Explanation(("the rule gives no reasons; it can, with an `explain` of its own",), ())

    @classmethod
    def caveat(cls, market: Market, parameters: Mapping[str, Any]) -> str:
        """Return what a reader of the rule's results on this market must know, or nothing."""
        filters = [FILTERS[name] for name in cls.shared(parameters)["filters"].split("+") if name]
        names = dict.fromkeys([*cls.reads, *(name for one in filters for name in one.reads)])
        return " ".join(text for text in (cls.warning, *map(market.gaps_of, names)) if text)

    @classmethod
    def is_array_rule(cls) -> bool:
        """Return whether the rule is written as an array expression, and can do without its fills."""
        return cls.hold is not Rotation.hold

    @classmethod
    def decided(cls, market: Market, parameters: Mapping[str, Any]) -> Holdings:
        """Return what the rule decides: what it holds, after its filters and in the way of its expression.

        Raises:
            RuleError: As `unfiltered`.
        """
        return composed(cls.unfiltered(market, parameters), market, **cls.shared(parameters))

    @classmethod
    def unfiltered(cls, market: Market, parameters: Mapping[str, Any]) -> Holdings:
        """Return what `hold` decides, before filters and expression, or say what is wrong with it.

        Raises:
            RuleError: It is no static method, fails, or returns something else than holdings of every session.
        """
        if not _has_static_hold(cls):  # type: ignore[arg-type]  # Backtrader's typings
            msg = f"{cls.rule_name()}: hold must be a static method; write @staticmethod above it"
            raise RuleError(msg)
        try:
            inspect.signature(cls.hold).bind(market, **cls.own(parameters))
        except TypeError as reason:
            asked = ", ".join(["market", *cls.own(parameters)])
            msg = f"{cls.rule_name()}: hold takes other arguments than its parameters ({reason}); write hold({asked})"
            raise RuleError(msg) from reason
        try:
            holdings: Any = cls.hold(market, **cls.own(parameters))
        except HoldingsError as reason:
            raise RuleError(f"{cls.rule_name()}: {reason.told(market.sessions)}") from reason
        except CapshiftError:
            raise
        except (Exception, SystemExit) as reason:
            raise cls.failure("hold", reason) from reason
        if not isinstance(holdings, Holdings):
            msg = f"{cls.rule_name()}: hold returns {type(holdings).__name__}; return switch(...) or other Holdings"
            raise RuleError(msg)
        if len(holdings) != len(market) or not set(holdings.legs) <= set(market.legs):
            msg = (
                f"{cls.rule_name()}: hold returns {len(holdings)} sessions of {', '.join(holdings.legs)}; "
                f"the market has {len(market)}, and its legs are called {', '.join(market.legs)}"
            )
            raise RuleError(msg)
        return holdings

    @classmethod
    def explained(cls, market: Market, parameters: Mapping[str, Any]) -> Explanation:
        """Return the rule's own explanation, and what its filters say.

        Of its triggers, those that begin what has begun, and those that end what has not, are left out.

        Raises:
            RuleError: The rule's `explain` fails.
        """
        because, trigger = cls._explanation(market, parameters)
        if cls.is_array_rule():
            small = cls.hold(market, **cls.own(parameters)).weights.get("small", np.zeros(1))[-1]
            trigger = tuple(line for line in trigger if not line.startswith("begins " if small else "ends "))
        shared = cls.shared(parameters)
        filters = [name for name in shared["filters"].split("+") if name]
        trigger = (*trigger, *(f"filter {name}, when it changes" for name in filters))
        return Explanation((*because, *readings(market, shared["filters"], shared["otherwise"])), trigger)

    @classmethod
    def _explanation(cls, market: Market, parameters: Mapping[str, Any]) -> Explanation:
        """Return what `explain` says, or say what is wrong with it."""
        if not isinstance(inspect.getattr_static(cls, "explain"), staticmethod):
            msg = f"{cls.rule_name()}: explain must be a static method; write @staticmethod above it"
            raise RuleError(msg)
        try:
            said: Any = cls.explain(market, **cls.own(parameters))
        except CapshiftError:
            raise
        except Exception as reason:
            raise cls.failure("explain", reason) from reason
        if not isinstance(said, Explanation) or not all(isinstance(lines, tuple) for lines in said):
            msg = f'{cls.rule_name()}: explain must return Explanation(("why", ...), ("what would change it", ...))'
            raise RuleError(msg)
        return said

    @classmethod
    def own(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that `hold` takes: all but those that every rule takes."""
        return {name: value for name, value in parameters.items() if name not in COMMON}

    @classmethod
    def shared(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that every rule takes, with those left out at the rule's defaults."""
        return {name: parameters.get(name, default) for name, default in _shared_defaults(cls)}  # type: ignore[arg-type]  # Backtrader's typings

    @classmethod
    def failure(
        cls,
        method: str,
        reason: BaseException,
        parameters: Mapping[str, Any] | None = None,  # noqa: ARG003 - told by a plain strategy
    ) -> RuleError:
        """Return what to tell of a method of a rule that failed, with the line that did."""
        lines = traceback.extract_tb(reason.__traceback__)
        own = _files_of(cls)
        last = next((line for line in reversed(lines) if line.filename in own), lines[-1])
        where = f"{Path(last.filename).name}, line {last.lineno}"
        return RuleError(
            f"{cls.rule_name()}: {method} fails in {where}: {type(reason).__name__}: {reason}; mend the rule"
        )

    def start(self) -> None:
        """Decide everything that can be decided from prices alone."""
        name, others = self.rule_name(), [one for one in self.cerebro.runningstrats if one is not self]
        check_hours(self.cerebro)
        check_company(name, [one.rule_name() for one in others if isinstance(one, Rotation)])
        self.market = market_from_feeds(self.datas)
        check_broker(name, self.market, getattr(self.broker.p, "market", None))
        self._legs = tuple(self.market.legs)
        self._feeds = leg_feeds(self.datas, self.market)
        self._calendar = Calendar(name, self.market, self._feeds[0])
        self._holding = Holding(name, self._feeds, self.broker)
        self.target = None
        self._executed: tuple[float, ...] | None = None
        self._costs, self._fractional = self._terms()
        self._rented = self._rents()
        self._decided: list[Target] = []
        if type(self).is_array_rule():
            holdings = type(self).decided(self.market, self.p._getkwargs())  # noqa: SLF001 - Backtrader's own way
            rows = zip(holdings.rows(self._legs), holdings.rebalance.tolist(), strict=True)
            self._decided = [Target(weights, rebalance) for weights, rebalance in rows][self.market.opening :]
        else:
            shared = type(self).shared(self.p._getkwargs())  # noqa: SLF001 - Backtrader's own way
            self._common = shared, allowed(self.market, shared["filters"])[self.market.opening :]

    def _terms(self) -> tuple[Costs, bool]:
        """Return the costs and whether fractions can be held, from our account or from a plain broker."""
        account = getattr(self.broker.p, "account", None)
        if account is not None:
            return account.costs, account.fractional
        if any(leg.dividend.any() for leg in self.market.legs.values()):
            warnings.warn(
                "Backtrader's own broker pays no dividends and no interest; cerebro.setbroker(AccountBroker(...)) does",
                stacklevel=2,
            )
        scheme = self.broker.getcommissioninfo(self.data)
        return Costs(commission=scheme.p.commission, slippage=self.broker.p.slip_perc), False

    def _rents(self) -> bool:
        """Ask the account to keep call spreads where the expression is one, and return whether it is."""
        spread = spread_of(type(self).shared(self.p._getkwargs())["expression"])  # noqa: SLF001 - Backtrader's own way
        if spread is None:
            return False
        rent = getattr(self.broker, "rent", None)
        if rent is None:
            msg = "Backtrader's own broker keeps no call spreads; write cerebro.setbroker(AccountBroker(...))"
            raise RuleError(msg)
        rent(spread)
        return True

    def decide(self) -> Target:
        """Return what to hold from the next open on, at the close of the current bar."""
        if not self._decided:
            msg = f"{self.rule_name()} decides nothing; write its hold or its decide"
            raise RuleError(msg)
        return self._decided[self._calendar.session()]

    def prenext(self) -> None:
        """Decide at the close, though a longer bar among the feeds has not come to its first end.

        One that decides bar by bar cannot: it holds large caps until its indicators have enough bars.
        """
        if self._decided:
            self.next()
        else:
            self._calendar.check()
            weights = tuple(float(leg == "large") for leg in self._legs)
            self.target = self._after_filters(Target(weights))

    def next(self) -> None:
        """Decide at the close."""
        self._calendar.check()
        self.target = self.decide() if self._decided else self._decided_by_hand()

    def _decided_by_hand(self) -> Target:
        """Return what an overridden `decide` decides, or say what is wrong with it."""
        try:
            target: Any = self.decide()
        except CapshiftError:
            raise
        except Exception as reason:
            raise self.failure("decide", reason) from reason
        if not isinstance(target, Target) or not are_weights(target.weights, len(self._legs)):
            msg = (
                f"{self.rule_name()}: decide returns {target!r}; return Target(({', '.join(self._legs)})), "
                "fractions of equity that sum to 1 or less"
            )
            raise RuleError(msg)
        return self._after_filters(target)

    def _after_filters(self, target: Target) -> Target:
        """Return a target with small caps held only where the rule's filters hold, in the way of its expression."""
        shared, mask = self._common
        if not shared["filters"] and shared["expression"] == COMMON["expression"]:
            return target
        weights = {leg: np.array([weight]) for leg, weight in zip(self._legs, target.weights, strict=True)}
        session = self._calendar.session()
        now = mask[session : session + 1]
        small, large = expressed(
            weights["small"], weights["large"], now, otherwise=shared["otherwise"], expression=shared["expression"]
        )
        weights |= {"small": small, "large": large}
        return Target(tuple(float(weights[leg][0]) for leg in self._legs), target.rebalance)

    def prenext_open(self) -> None:
        """Trade at the open what was decided, if anything was."""
        self.next_open()

    def next_open(self) -> None:
        """Trade at the open what was decided at the last close."""
        if not self._calendar.opens():
            return
        self._holding.check()
        open_session = getattr(self.broker, "open_session", None)
        dividend_paid = open_session() if open_session else False
        target = self.target
        if target is None:  # the first session only decides
            return
        reason = reason_to_trade(target.weights != self._executed, target.rebalance, dividend_paid)
        weights, reserve = target.weights, 0.0
        if self._rented:
            weights, reserve, rolled = self.broker.renew(weights)
            reason = ROLLED if rolled else reason
        if reason:
            self._executed = target.weights
            self._rebalance(weights, REASONS[reason], reserve)

    def _rebalance(self, weights: tuple[float, ...], reason: str, reserve: float) -> None:
        feeds = self._feeds
        held = [self.broker.getposition(feed) for feed in feeds]
        orders = rebalancing_orders(
            cash=self.broker.getcash(),
            positions=[Position(one.size, one.price) for one in held],
            opens=[feed.open[0] for feed in feeds],
            weights=weights,
            costs=self._costs,
            fractional=self._fractional,
            reserve=reserve,
        )
        left, placed = [one.size for one in held], []
        for leg, shares in orders:
            place = self.buy if shares > 0 else self.sell
            placed.append(place(data=feeds[leg], size=abs(shares), exectype=bt.Order.Market, reason=reason))
            left[leg] += shares
        self._holding.expect(left, placed)

    def stop(self) -> None:
        """See that the last orders were filled, and nobody else's."""
        self._holding.check()


def _files_of(rule: type) -> set[str]:
    """Return the files in which a rule's own methods stand, those of its bases included, ours not."""
    theirs = [one for one in rule.__mro__ if not one.__module__.startswith(("capshift.", "backtrader.", "builtins"))]
    methods = [getattr(value, "__func__", value) for one in theirs for value in vars(one).values()]
    return {method.__code__.co_filename for method in methods if inspect.isfunction(method)}
