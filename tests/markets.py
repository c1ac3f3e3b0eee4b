"""Small markets for tests, and the account of the design written out slowly."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.data_feeds import Bars, Market, Provenance, Series, build_market, packaged_decisions
from capshift.data_feeds.calendar import nyse_sessions
from capshift.strategies import Holdings, Rotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from capshift.backtests import Account


def sessions(count: int, first: str = "2019-11-20") -> pd.DatetimeIndex:
    """Return so many sessions of the exchange."""
    begin = pd.Timestamp(first)
    return nyse_sessions(begin, begin + pd.Timedelta(days=count * 2 + 20))[:count]


def bars(
    symbol: str,
    close: ArrayLike,
    *,
    open: ArrayLike | None = None,  # noqa: A002 - as in Bars
    dividend: ArrayLike | None = None,
    first: str = "2019-11-20",
) -> Bars:
    """Return bars with the given closes; opens default to the close before, dividends to none."""
    closes = np.asarray(close, dtype=float)
    opens = np.concatenate([closes[:1], closes[:-1]]) if open is None else np.asarray(open, dtype=float)
    return Bars(
        symbol=symbol,
        sessions=sessions(len(closes), first),
        open=opens,
        high=np.maximum(opens, closes),
        low=np.minimum(opens, closes),
        close=closes,
        volume=np.full(len(closes), 1e6),
        dividend=np.zeros(len(closes)) if dividend is None else np.asarray(dividend, dtype=float),
    )


def market_of(small: Bars, large: Bars, *, yields: ArrayLike | None = None, start: Any = None) -> Market:
    """Return a market of two legs."""
    series = [] if yields is None else [Series("DGS3MO", small.sessions, np.asarray(yields, dtype=float))]
    return build_market(
        legs={"small": small, "large": large},
        series=series,
        fomc=packaged_decisions(),
        provenance=Provenance("files", "made for a test", simulated=False),
        start=start,
    )


def random_market(seed: int, count: int, *, with_yields: bool = True) -> Market:
    """Return a wild market: jumps of several percent a day, and a dividend about every tenth session."""
    random = np.random.default_rng(seed)
    legs = []
    for symbol in ("AAA", "BBB"):
        steps = random.normal(0, 0.04, size=(2, count))
        close = 50 * np.exp(np.cumsum(steps[0]))
        opens = close * np.exp(steps[1])
        dividend = np.where(random.random(count) < 0.1, 0.02 * close, 0.0)
        legs.append(bars(symbol, close, open=opens, dividend=dividend))
    return market_of(*legs, yields=random.uniform(0, 8, count) if with_yields else None)


def scaled(market: Market, factor: float) -> Market:
    """Return the market with all prices and dividends multiplied."""
    legs = {}
    for role, one in market.legs.items():
        columns = {name: getattr(one, name) * factor for name in ("open", "high", "low", "close", "dividend")}
        legs[role] = replace(one, **columns)
    return replace(market, legs=legs)


def scripted(weights: Sequence[tuple[float, float]], asks: Sequence[bool] | None = None) -> type[Rotation]:
    """Return a rule that holds the given weights of small and large caps, session by session."""
    small, large = (np.array(column, dtype=float) for column in zip(*weights, strict=True))
    rebalance = np.zeros(len(small), dtype=bool) if asks is None else np.array(asks)

    class Scripted(Rotation):
        """A rule read from a list."""

        @staticmethod
        def hold(market: Market) -> Holdings:
            count = len(market)
            return Holdings({"small": small[:count], "large": large[:count]}, rebalance[:count])

    return Scripted


@dataclass
class SlowAccount:
    """The account of the design, step by step as it is written there, with nothing shared with the engine."""

    equity: list[float]
    cash: list[float]
    fills: list[tuple[int, int, float]]
    on_an_edge: bool = False

    def whole(self, size: float) -> float:
        """Return a size in whole shares, and remember when rounding errors may decide it."""
        self.on_an_edge |= abs(size - round(size)) < 1e-7
        return math.floor(size)


def slow_account(
    market: Market, weights: Sequence[Sequence[float]], asks: Sequence[bool], account: Account
) -> SlowAccount:
    """Return equity and cash at each close, and (session, leg, shares) of each fill."""
    legs = [one.on(market.account_sessions) for one in market.legs.values()]
    days = market.account_sessions
    yields = market.series.get("DGS3MO") if account.interest else None
    cash, shares, executed = account.cash, [0.0] * len(legs), None
    out = SlowAccount([], [], [])
    for t in range(len(days)):
        if t > 0:
            if yields is not None:
                cash += cash * yields[t - 1] / 100 * (days[t] - days[t - 1]).days / 360
            paid = sum(held * leg.dividend[t] for held, leg in zip(shares, legs, strict=True))
            cash += paid
            decision = tuple(weights[t - 1])
            if decision != executed or asks[t - 1] or paid > 0:
                executed = decision
                value = cash + sum(held * leg.open[t] for held, leg in zip(shares, legs, strict=True))
                worth = [held * leg.open[t] for held, leg in zip(shares, legs, strict=True)]
                goal = [weight * value for weight in decision]
                for k, leg in enumerate(legs):
                    if worth[k] > goal[k]:
                        size = shares[k] if decision[k] == 0 else (worth[k] - goal[k]) / leg.open[t]
                        size = size if account.fractional or decision[k] == 0 else out.whole(size)
                        price = leg.open[t] * (1 - account.slippage)
                        out.on_an_edge |= abs(cash + size * price - _fee(size, price, account)) < 1e-7
                        if size and cash + size * price >= _fee(size, price, account):
                            cash += size * price - _fee(size, price, account)
                            shares[k] -= size
                            out.fills.append((t, k, -size))
                for k, leg in enumerate(legs):
                    if worth[k] < goal[k]:
                        price = leg.open[t] * (1 + account.slippage)
                        budget = min(goal[k] - worth[k], cash)
                        size = max(0.0, _buyable(budget, price, account))
                        size = size if account.fractional else out.whole(size)
                        if size:
                            cash -= size * price + _fee(size, price, account)
                            shares[k] += size
                            out.fills.append((t, k, size))
        out.cash.append(cash)
        out.equity.append(cash + sum(held * leg.close[t] for held, leg in zip(shares, legs, strict=True)))
    return out


def _fee(size: float, price: float, account: Account) -> float:
    return max(account.commission * size * price + account.commission_per_share * size, account.commission_minimum)


def _buyable(budget: float, price: float, account: Account) -> float:
    """Return the largest size whose cost is within the budget, by bisection."""
    low, high = 0.0, budget / price
    for _ in range(200):
        middle = (low + high) / 2
        if middle * price + _fee(middle, price, account) <= budget:
            low = middle
        else:
            high = middle
    return low
