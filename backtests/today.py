"""What rules hold as of the last bar: since when, why, what would change it, and what to order at the next open."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.backtests.account import Account
from capshift.backtests.call_spreads import SHARES, contracts_for
from capshift.backtests.comparison import planned
from capshift.backtests.provenance import market_facts, versions
from capshift.backtests.runner import caveat_of, quotes_of, weights_of
from capshift.data_feeds.calendar import nyse_sessions
from capshift.data_feeds.validation import day
from capshift.errors import AccountSettingsError
from capshift.strategies import rule_class
from capshift.strategies.combinations import packages_of
from capshift.strategies.orders import Position, rebalancing_orders
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capshift.backtests.comparison import Plan, RuleSpec
    from capshift.backtests.spread_quotes import Quotes
    from capshift.data_feeds import Market

#: The exchange never rests longer.
_LONGEST_REST_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to order at the next open.

    Attributes:
        symbol: Of the leg, or the strikes and expiry of a call spread on it.
        shares: To buy, or negative to sell, if the open is at the last close; the account sizes at the open itself.
            Contracts of 100 shares, of a call spread.
        about: Dollars a share: the last close, or what the call spread cost at it.
    """

    symbol: str
    shares: float
    about: float

    def __str__(self) -> str:
        """Say it as one tells a broker."""
        side = "buy" if self.shares > 0 else "sell"
        return f"{side} {abs(self.shares):,.10g} {self.symbol} at about {self.about:.2f}"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One rule as of the last bar.

    Attributes:
        name: As in a comparison.
        rule: Its registered name.
        parameters: All of them.
        holds: Symbol, or cash, to fraction of equity, decided at the last close.
        before: The same, decided at the close before.
        since: First session of the stretch in which it decided so.
        from_start: Whether that stretch goes back to the first bar there is.
        because: Values of the signal beside their thresholds, a sentence each.
        trigger: What would change it, a sentence each.
        orders: What brings the given account to just these weights at the next open.
        due: Whether the rule itself trades at the next open: its decision changed, it asks for its weights, or the
            account holds other legs.
        warning: What a reader must know, or nothing.
    """

    name: str
    rule: str
    parameters: Mapping[str, Any]
    holds: Mapping[str, float]
    before: Mapping[str, float]
    since: str
    from_start: bool
    because: tuple[str, ...]
    trigger: tuple[str, ...]
    orders: tuple[Order, ...]
    due: bool
    warning: str

    @property
    def changed(self) -> bool:
        """Whether the last close changed what is held."""
        return self.holds != self.before

    @property
    def headline(self) -> str:
        """What it holds, and since when, in one sentence."""
        if self.changed:
            return f"changed at this close, from {_in_words(self.before)} to {_in_words(self.holds)}"
        since = f"the first bar, {self.since}" if self.from_start else self.since
        return f"unchanged, {_in_words(self.holds)} since {since}"

    def summary(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        orders = [{"symbol": order.symbol, "shares": order.shares, "about": order.about} for order in self.orders]
        return {
            "rule": self.rule,
            "params": dict(self.parameters),
            "holds": dict(self.holds),
            "before": dict(self.before),
            "changed": self.changed,
            "since": self.since,
            "headline": self.headline,
            "because": list(self.because),
            "trigger": list(self.trigger),
            "orders": orders,
            "due": self.due,
            "warning": self.warning,
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class Today:
    """Rules as of the last bar.

    Attributes:
        session: The last bar's, at whose close all is decided.
        next_session: At whose open it is filled, by the exchange's calendar.
        standings: Name to rule.
        account: What the orders are for: cash in dollars, and shares by symbol.
        provenance: Market and versions.
    """

    session: str
    next_session: str
    standings: Mapping[str, Standing]
    account: Mapping[str, Any]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return bool(self.provenance["market"]["simulated"])

    def json(self) -> str:
        """Return all of it as JSON; the same bars give the same bytes."""
        content = {
            "session": self.session,
            "next_session": self.next_session,
            "account": dict(self.account),
            "rules": {name: one.summary() for name, one in self.standings.items()},
            "provenance": dict(self.provenance),
        }
        return json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    def __repr__(self) -> str:
        """Say which rules, and when."""
        return f"Today({', '.join(self.standings)}; {self.session}{', SIMULATED' if self.simulated else ''})"

    def __str__(self) -> str:
        """Return a headline a rule."""
        heading = f"{'SIMULATED, ' if self.simulated else ''}at the close of {self.session}"
        return "\n".join([heading, *(f"{name}: {one.headline}" for name, one in self.standings.items())])


def today(
    rules: Sequence[RuleSpec],
    market: Market,
    *,
    account: Account | None = None,
    cash: float | None = None,
    shares: Mapping[str, float] | None = None,
    check: bool = True,
) -> Today:
    """Return what rules hold as of the market's last bar, why, and what an account would order at the next open.

    Args:
        rules: As in `compare`.
        market: From `load_market`; to see a day of the past, load it with `end`.
        account: Its settings; a rule that decides from its own fills is followed in such an account.
        cash: Dollars there are now besides the shares, 0 or more; None takes the account's opening cash.
        shares: Role (`small`, `large`) to shares held now; none when left out.
        check: As in `run`.

    Raises:
        CapshiftError: A rule or parameter is wrong, shares are negative or of no leg, or a rule trades other symbols
            than those of which shares are held.

    >>> from capshift import load_market
    >>> str(today(["hold-large"], load_market(end="2024-06-28")).standings["hold-large"].orders[0])
    'buy 311 SPY at about 321.14'
    """
    account = account or Account()
    cash = account.cash if cash is None else cash
    if not 0 <= cash < float("inf"):
        msg = f"cash is {cash}; give the dollars there are besides the shares, 0 or more"
        raise AccountSettingsError(msg)
    held = _shares(market, shares or {})
    last = market.sessions[-1]
    following = nyse_sessions(last + pd.Timedelta(days=1), last + pd.Timedelta(days=_LONGEST_REST_DAYS))[0]
    plans = planned(rules)
    standings = {
        name: _standing(plan, plan.market or market, account, cash, held, check=check) for name, plan in plans.items()
    }
    packages = packages_of((rule_class(plan.rule), standings[name].parameters) for name, plan in plans.items())
    symbols = {role: bars.symbol for role, bars in market.legs.items()}
    return Today(
        session=day(last),
        next_session=day(following),
        standings=standings,
        account={"cash": cash, "shares": {symbols[role]: count for role, count in held.items()}},
        provenance={"market": market_facts(market), "versions": versions(*packages)},
    )


def _shares(market: Market, given: Mapping[str, float]) -> dict[str, float]:
    for role, count in given.items():
        if role not in market.legs or not 0 <= count < float("inf"):
            msg = f"shares of {role} is {count}; give 0 or more of {' or '.join(market.legs)}"
            raise AccountSettingsError(msg)
    return {role: float(given.get(role, 0.0)) for role in market.legs}


def _standing(
    plan: Plan, market: Market, account: Account, cash: float, held: Mapping[str, float], *, check: bool
) -> Standing:
    rule = rule_class(plan.rule)
    parameters = resolve(rule, plan.parameters)
    if plan.market is not None and any(held.values()):
        symbols = " and ".join(bars.symbol for bars in market.legs.values())
        msg = f"{plan.name} trades {symbols} on legs of its own; ask for it alone, without shares of other legs"
        raise AccountSettingsError(msg)
    weights = weights_of(rule, market, parameters, account, check=check)
    sessions = market.sessions[-len(weights) :]
    begun = next((at + 1 for at, (old, new) in _backwards(weights) if old != new), 0)
    because, trigger = rule.explained(market, parameters)
    quotes = quotes_of(rule, market, parameters)
    bought = _spread_order(quotes, weights[-1], account, cash, held) if quotes else None
    reserve = bought.shares * SHARES * bought.about if bought else 0.0
    of_shares = _of_shares(weights[-1], market) if quotes else weights[-1]
    orders = _orders(of_shares, market, account, cash, held, reserve)
    elsewhere = any((weight > 0) != (held[role] > 0) for role, weight in zip(market.legs, of_shares, strict=True))
    asks = rule.is_array_rule() and bool(rule.decided(market, parameters).rebalance[-1])
    due = elsewhere or asks or weights[-1] != weights[-2]
    return Standing(
        name=plan.name,
        rule=rule.rule_name(),
        parameters=parameters,
        holds=_by_symbol(weights[-1], market, rented=quotes is not None),
        before=_by_symbol(weights[-2], market, rented=quotes is not None),
        since=day(sessions[begun]),
        from_start=begun == 0,
        because=tuple(because),
        trigger=tuple(trigger),
        orders=(*orders, bought) if bought else orders,
        due=due,
        warning=caveat_of(rule, market, parameters, check=check),
    )


def _backwards(weights: list[Any]) -> list[tuple[int, tuple[Any, Any]]]:
    return list(enumerate(pairwise(weights)))[::-1]


def _of_shares(weights: Sequence[float], market: Market) -> tuple[float, ...]:
    """Return the weights of all that is not paid for call spreads."""
    premium = dict(zip(market.legs, weights, strict=True))["small"]
    pairs = zip(market.legs, weights, strict=True)
    return tuple(0.0 if role == "small" else weight / (1 - premium) for role, weight in pairs)


def _spread_order(
    quotes: Quotes, weights: Sequence[float], account: Account, cash: float, held: Mapping[str, float]
) -> Order | None:
    """Return the call spread that an account without one would buy, chosen and priced at the last close."""
    market = quotes.market
    premium = dict(zip(market.legs, weights, strict=True))["small"]
    if not premium:
        return None
    last = len(market.account_sessions) - 1
    contract = quotes.contract(last)
    ask = quotes.at_close(contract, last) + quotes.half_spread
    value = cash + sum(held[role] * float(bars.close[-1]) for role, bars in market.legs.items())
    count = contracts_for(premium * value, ask, contract.width, fractional=account.fractional)
    strikes = f"{contract.long_strike:.2f}/{contract.short_strike:.2f}"
    symbol = f"{market.small.symbol} {strikes} call spread to {day(contract.expiry)}"
    return Order(symbol=symbol, shares=count, about=ask) if count else None


def _by_symbol(weights: Sequence[float], market: Market, *, rented: bool) -> dict[str, float]:
    names = [
        f"{bars.symbol} call spreads" if rented and role == "small" else bars.symbol
        for role, bars in market.legs.items()
    ]
    held = dict(zip(names, weights, strict=True))
    cash = round(1 - sum(weights), 12)
    return {name: weight for name, weight in {**held, "cash": cash}.items() if weight > 0}


def _orders(
    weights: Sequence[float],
    market: Market,
    account: Account,
    cash: float,
    held: Mapping[str, float],
    reserve: float = 0.0,
) -> tuple[Order, ...]:
    closes = [float(bars.close[-1]) for bars in market.legs.values()]
    orders = rebalancing_orders(
        cash=cash,
        positions=[Position(held[role], close) for role, close in zip(market.legs, closes, strict=True)],
        opens=closes,
        weights=weights,
        costs=account.costs,
        fractional=account.fractional,
        reserve=reserve,
    )
    symbols = [bars.symbol for bars in market.legs.values()]
    return tuple(Order(symbol=symbols[leg], shares=count, about=closes[leg]) for leg, count in orders)


def _in_words(holds: Mapping[str, float]) -> str:
    if len(holds) == 1:
        return next(iter(holds))
    return " and ".join(f"{weight:.0%} {name}".replace("%", " %") for name, weight in holds.items())
