"""What becomes of a rule's lead when one thing is done otherwise: costs, delay, fills, start, best days, legs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.account import Account
from capshift.backtests.array_engine import replayed
from capshift.backtests.decisions import Decisions, decisions_of
from capshift.backtests.metrics import cagr, session_returns, years_between
from capshift.strategies import BENCHMARK, find_rule, rule_class
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies import Rotation

COSTS_BPS = (0, 5, 10, 20, 50)
BEST_DAYS = 10
#: A start with fewer sessions ahead says nothing.
FEWEST_AHEAD = 252

SENSITIVITIES: Mapping[str, str] = {
    "as run": "The comparison's own account.",
    "costs": "Slippage of so many basis points at each fill, of the benchmark too.",
    "delay": "Each decision is filled one session later: at the open after the next.",
    "close": "Filled at the close that decides, which nobody can; what the night earns or costs.",
    "start": "The account opens at the first session of that month; a year of sessions ahead at least.",
    "best days": f"The {BEST_DAYS} sessions in which it led by most earn what the benchmark earned.",
    "legs": "The same rule on other symbols, against their own large caps, on the sessions that both have.",
}


def sensitivities(
    rule: str | type[Rotation],
    market: Market,
    *,
    account: Account | None = None,
    legs: Mapping[str, Market] | None = None,
    **parameters: Any,
) -> pd.DataFrame:
    """Return a rule's lead over hold-large with one thing changed at a time, on the array engine.

    Args:
        rule: A registered name, a class, or "file.py:Class", written as an array expression.
        market: From `load_market`.
        account: Its settings; None takes the defaults.
        legs: Markets of stand-ins by what they are called, like {"IJR/SPY": market}.
        **parameters: The rule's.

    Returns:
        One row a kind (see `SENSITIVITIES`) and setting: `cagr`, that of the `benchmark`, and their difference `lead`,
        as fractions a year, and the `years` they are of.

    Raises:
        RuleError: The rule decides bar by bar.

    >>> from capshift import load_market
    >>> table = sensitivities("rate-cut", load_market(start="2015-01-02", end="2018-12-31"), hold=63)
    >>> list(table.loc["costs"].index)
    ['0 bp', '5 bp', '10 bp', '20 bp', '50 bp']
    """
    account, chosen = account or Account(), rule_class(rule)
    full = resolve(chosen, parameters)
    rows = {("as run", ""): _both(chosen, full, market, account)}
    for cost in COSTS_BPS:
        rows["costs", f"{cost} bp"] = _both(chosen, full, market, replace(account, slippage=cost / 10_000))
    rows["delay", "1 session"] = _both(chosen, full, market, account, delay=1)
    rows["close", ""] = _both(chosen, full, filled_at_the_close(market), account)
    rows["best days", f"{BEST_DAYS} sessions"] = _without_best(rows["as run", ""])
    for opening in month_openings(market):
        month = f"{market.sessions[opening]:%Y-%m}"
        rows["start", month] = _both(chosen, full, replace(market, opening=opening), account)
    for name, other in (legs or {}).items():
        rows["legs", name] = _both(chosen, full, other, account)
    index = pd.MultiIndex.from_tuples(rows, names=["kind", "setting"])
    return pd.DataFrame([_figures(*row) for row in rows.values()], index=index)


#: Equity of a rule and of the benchmark, and the years they span.
_Equities = tuple["NDArray[np.float64]", "NDArray[np.float64]", float]


def _both(
    rule: type[Rotation], parameters: Mapping[str, Any], market: Market, account: Account, *, delay: int = 0
) -> _Equities:
    """Return the equity of a rule and of hold-large."""
    decisions = decisions_of(rule, market, [parameters])
    if delay:
        decisions = delayed(decisions, delay)
    base = replayed(decisions_of(find_rule(BENCHMARK), market, [{}]), 0, market, account)
    years = years_between(market.account_sessions)
    return replayed(decisions, 0, market, account).equity, base.equity, years


def delayed(decisions: Decisions, sessions: int) -> Decisions:
    """Return decisions so many sessions later; until then the first one stands."""
    late = np.maximum(np.arange(decisions.choices.shape[1]) - sessions, 0)
    return Decisions(decisions.choices[:, late], decisions.tables, decisions.asks[:, late])


def filled_at_the_close(market: Market) -> Market:
    """Return a market whose opens are the closes before, less the dividend that an owner of that night is paid.

    Rules that look at opens, highs or lows would see them; none of ours does.
    """
    legs = {}
    for role, bars in market.legs.items():
        opening = bars.open.copy()
        opening[1:] = bars.close[:-1] - bars.dividend[1:]
        legs[role] = replace(bars, open=opening)
    return replace(market, legs=legs)


def month_openings(market: Market) -> list[int]:
    """Return the positions of the account's first session of each month, with a year of sessions ahead."""
    months = market.sessions.year * 12 + market.sessions.month
    first = np.flatnonzero(np.diff(np.asarray(months)) != 0) + 1
    return [k for k in first.tolist() if market.opening <= k <= len(market) - 1 - FEWEST_AHEAD]


def _without_best(run: _Equities) -> _Equities:
    """Return the same with the benchmark's returns on the sessions of the largest lead."""
    equity, base, years = run
    returns, against = session_returns(equity), session_returns(base)
    best = np.argsort(against - returns, kind="stable")[:BEST_DAYS]
    returns[best] = np.minimum(returns, against)[best]
    return equity[0] * np.concatenate([[1.0], np.cumprod(1 + returns)]), base, years


def _figures(equity: NDArray[np.float64], base: NDArray[np.float64], years: float) -> dict[str, float]:
    """Return the figures of one setting."""
    growth, against = cagr(equity, years), cagr(base, years)
    return {"cagr": growth, "benchmark": against, "lead": growth - against, "years": years}


def start_figures(table: pd.DataFrame) -> dict[str, float]:
    """Return what the starts of a rule's sensitivities come to: how many, the share that led, and leads by rank.

    >>> index = pd.MultiIndex.from_tuples([("start", "2020-01"), ("start", "2020-02")], names=["kind", "setting"])
    >>> start_figures(pd.DataFrame({"lead": [0.01, -0.01]}, index=index))["share_ahead"]
    0.5
    """
    leads = (
        table.xs("start", level="kind")["lead"].to_numpy() if "start" in table.index.unique("kind") else np.array([])
    )
    if not len(leads):
        return {"starts": 0}
    low, middle, high = np.quantile(leads, [0.05, 0.5, 0.95]).tolist()
    share = float((leads > 0).mean())
    return {"starts": len(leads), "share_ahead": share, "lead_5": low, "lead_50": middle, "lead_95": high}
