"""The array engine: the account of the event engine, replayed over arrays by compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.account import Account, interest_rates
from capshift.backtests.compiled import replay_many, replay_one
from capshift.backtests.decisions import Decisions, decisions_of
from capshift.backtests.ledger import Fill, Ledger
from capshift.backtests.metrics import METRICS, bill_returns
from capshift.backtests.replay import COMMISSION, LEG, PRICE, REASON, SESSION, SHARES, Book, Tape, Terms, empty_book
from capshift.backtests.sums import Sums, empty_sums
from capshift.strategies.bookkeeping import REASONS, Costs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies import Rotation


def simulate_arrays(rule: type[Rotation], market: Market, parameters: Mapping[str, Any], account: Account) -> Ledger:
    """Return what a rule did to an account on a market, as the event engine's `simulate` does.

    Args:
        rule: Written as an array expression.
        market: Bars, dividends and yields.
        parameters: The rule's, all of them.
        account: Its settings.

    Raises:
        RuleError: The rule decides bar by bar, or is written wrongly.
    """
    decisions = decisions_of(rule, market, [parameters])
    return replayed(decisions, 0, market, account)


def replayed(decisions: Decisions, variant: int, market: Market, account: Account) -> Ledger:
    """Return the account that one variant's decisions make."""
    tape = tape_of(market, account)
    book = empty_book(len(tape.rates), len(market.legs))
    count = replay_one(
        terms_of(account),
        tape,
        decisions.choices[variant],
        decisions.tables[variant],
        decisions.asks[variant],
        book,
    )
    return Ledger(
        sessions=market.account_sessions,
        legs=tuple(market.legs),
        equity=book.equity,
        cash=book.cash,
        shares=np.ascontiguousarray(book.shares.T),
        weights=decisions.weights(variant),
        fills=_fills(book, count),
    )


def equity_of(decisions: Decisions, variant: int, tape: Tape, account: Account) -> NDArray[np.float64]:
    """Return the equity at each close that one variant's decisions make."""
    book = empty_book(len(tape.rates), tape.opens.shape[1])
    one = decisions.choices[variant], decisions.tables[variant], decisions.asks[variant]
    replay_one(terms_of(account), tape, *one, book)
    return book.equity


def figures_of(
    decisions: Decisions,
    tape: Tape,
    account: Account,
    benchmark_cagr: float = float("nan"),
    *,
    base: NDArray[np.float64] | None = None,
    sums: Sums | None = None,
) -> NDArray[np.float64]:
    """Return the figures of every variant's account, shape (variants, figures), in the order of `METRICS`.

    Args:
        decisions: Of the variants, on the sessions of the tape.
        tape: From `tape_of`, or a span of it.
        account: Its settings.
        benchmark_cagr: Compound growth of hold-large, from which `excess_cagr` counts.
        base: Session returns of hold-large, where sums are asked for.
        sums: Written over; None asks for none.

    Returns:
        NaN where a figure does not exist.
    """
    variants = decisions.choices, decisions.tables, decisions.asks
    out = np.empty((len(decisions.choices), len(METRICS)))
    base = np.empty(0) if base is None else base
    sums = empty_sums(len(out), 0) if sums is None else sums
    replay_many(terms_of(account), tape, *variants, float(benchmark_cagr), out, base, sums)
    return out


def terms_of(account: Account) -> Terms:
    """Return how an account is kept, in the types that compiled code takes."""
    return Terms(float(account.cash), Costs(*map(float, account.costs)), bool(account.fractional))


def tape_of(market: Market, account: Account) -> Tape:
    """Return what happens to an account on a market."""

    def by_leg(column: str) -> NDArray[np.float64]:
        return np.column_stack([getattr(bars, column)[market.opening :] for bars in market.legs.values()])

    sessions, roles = market.account_sessions, list(market.legs)
    bills = bill_returns(market)
    days = (sessions.as_unit("s").asi8 - sessions[:1].as_unit("s").asi8) / 86_400
    return Tape(
        opens=by_leg("open"),
        closes=np.ascontiguousarray(by_leg("close").T),
        dividends=by_leg("dividend"),
        paying=np.logical_or.reduce(by_leg("dividend") != 0, axis=1),
        rates=np.array(interest_rates(market, account)),
        bills=np.full(len(sessions), np.nan) if bills is None else np.append(np.nan, bills),
        days=days,
        small=roles.index("small"),
        large=roles.index("large"),
    )


def _fills(book: Book, count: int) -> list[Fill]:
    return [
        Fill(int(row[SESSION]), int(row[LEG]), row[SHARES], row[PRICE], row[COMMISSION], REASONS[int(row[REASON])])
        for row in book.fills[:count].tolist()
    ]
