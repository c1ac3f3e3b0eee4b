"""One account replayed over arrays, and its figures: plain functions that run as they stand, and compiled.

The account's arithmetic is that of `strategies.bookkeeping`, which the event engine calls too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from capshift.backtests.metrics import DAYS_A_YEAR, SESSIONS_A_YEAR
from capshift.backtests.sums import Sums, write_sums
from capshift.strategies.bookkeeping import (
    Costs,
    after_dividend,
    after_interest,
    average_after,
    commission_of,
    position_value,
    reason_to_trade,
    size_orders,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Columns of `Book.fills`.
SESSION, LEG, SHARES, PRICE, COMMISSION, REASON = range(6)


class Terms(NamedTuple):
    """How an account is kept.

    Attributes:
        cash: Dollars at the opening.
        costs: What trading costs.
        fractional: Whether parts of a share can be held.
    """

    cash: float
    costs: Costs
    fractional: bool


class Tape(NamedTuple):
    """What happens to an account from outside, session by session from its opening on.

    Attributes:
        opens: Dollars a share, shape (sessions, legs).
        closes: The same at closes, shape (legs, sessions), each leg in one piece of memory.
        dividends: Dollars a share on the ex-date, shape (sessions, legs).
        paying: Whether any leg pays one, shape (sessions,).
        rates: What each open pays on a dollar of cash, shape (sessions,).
        bills: What a bill paid since the close before, shape (sessions,); NaN where that is not known.
        days: From the first session to each, shape (sessions,).
        small: Position of the small caps among the legs.
        large: Position of the large caps.
    """

    opens: Floats
    closes: Floats
    dividends: Floats
    paying: NDArray[np.bool_]
    rates: Floats
    bills: Floats
    days: Floats
    small: int
    large: int


class Book(NamedTuple):
    """What a replay writes down; made once, and written anew for each account.

    Attributes:
        equity: Dollars at each close, shape (sessions,).
        cash: Dollars at each close, shape (sessions,).
        shares: Held at each close, shape (legs, sessions).
        fills: One row a fill, oldest first; columns as named above.
    """

    equity: Floats
    cash: Floats
    shares: Floats
    fills: Floats


def empty_book(sessions: int, legs: int) -> Book:
    """Return room for one account; no leg is filled more than once a session."""
    return Book(
        np.zeros(sessions), np.zeros(sessions), np.zeros((legs, sessions)), np.zeros((sessions * legs, REASON + 1))
    )


def replay(
    terms: Terms, tape: Tape, choices: NDArray[np.uint16], table: Floats, asks: NDArray[np.bool_], book: Book
) -> int:
    """Keep one account over all sessions, write it into the book, and return the number of fills.

    Args:
        terms: How the account is kept.
        tape: What happens to it.
        choices: Row of `table` decided at each close, shape (sessions,).
        table: Weights, shape (rows, legs); no two rows are the same.
        asks: Whether a return to the weights is asked for at each close, shape (sessions,).
        book: Written over.
    """
    legs = len(tape.closes)
    shares, averages, orders = np.zeros(legs), np.zeros(legs), np.zeros(legs)
    cash, executed, count = terms.cash, -1, 0
    for session in range(len(choices)):
        if session > 0:
            cash = after_interest(cash, tape.rates[session])
            paid = False
            if tape.paying[session]:
                for leg in range(legs):
                    dividend = tape.dividends[session, leg]
                    if dividend != 0 and shares[leg] != 0:
                        cash = after_dividend(cash, shares[leg], dividend)
                        paid = True
            chosen = int(choices[session - 1])
            reason = reason_to_trade(chosen != executed, asks[session - 1], paid)
            if reason > 0:
                executed = chosen
                opens = tape.opens[session]
                cash = size_orders(cash, shares, averages, opens, table[chosen], terms.costs, terms.fractional, orders)
                count = fill_orders(orders, shares, averages, opens, terms.costs, session, reason, count, book.fills)
        value = 0.0
        for leg in range(legs):
            book.shares[leg, session] = shares[leg]
            if shares[leg] > 0:
                value += position_value(shares[leg], averages[leg], tape.closes[leg, session])
        book.cash[session] = cash
        book.equity[session] = cash + value
    return count


def fill_orders(
    orders: Floats,
    shares: Floats,
    averages: Floats,
    opens: Floats,
    costs: Costs,
    session: int,
    reason: int,
    count: int,
    fills: Floats,
) -> int:
    """Fill sales, then purchases, change the positions, write each fill down, and return how many there are now."""
    for side in (-1, 1):
        for leg in range(len(orders)):
            size = orders[leg]
            if size * side > 0:
                price = opens[leg] * (1 + side * costs.slippage)
                row = fills[count]
                row[SESSION], row[LEG], row[SHARES], row[PRICE], row[REASON] = session, leg, size, price, reason
                row[COMMISSION] = commission_of(costs, size, price)
                averages[leg] = average_after(shares[leg], averages[leg], size, price)
                shares[leg] += size
                count += 1
    return count


#: Positions of the figures, in the order of `metrics.METRICS`.
(
    FINAL_EQUITY,
    TOTAL_RETURN,
    CAGR,
    EXCESS_CAGR,
    VOLATILITY,
    SHARPE,
    SHARPE_EXCESS,
    SORTINO,
    MAX_DRAWDOWN,
    CALMAR,
    TIME_UNDER_WATER,
    WORST_DAY,
    BEST_DAY,
    TURNOVER,
    TRADES,
    EXPOSURE_SMALL,
    EXPOSURE_LARGE,
    EXPOSURE_CASH,
) = range(18)


def write_figures(
    tape: Tape,
    book: Book,
    count: int,
    benchmark_cagr: float,
    bills_known: bool,  # noqa: FBT001 - as Numba takes it
    out: Floats,
) -> None:
    """Write every figure of an account, as `metrics.METRICS` defines them; NaN where one does not exist.

    Args:
        tape: What happened to the account.
        book: What it did.
        count: Of fills.
        benchmark_cagr: Compound growth of hold-large.
        bills_known: Whether bills have a yield throughout.
        out: Written over, shape (figures,).
    """
    sessions = len(book.equity)
    returns = sessions - 1
    years = tape.days[returns] / DAYS_A_YEAR
    growth = (book.equity[returns] / book.equity[0]) ** (1 / years) - 1
    parts = 1 / book.equity
    _write_returns(book.equity, parts, out)
    out[SHARPE_EXCESS] = _sharpe_over(book.equity, parts, tape.bills) if bills_known else np.nan
    deepest, below = _depth(book.equity)
    out[FINAL_EQUITY] = book.equity[returns]
    out[TOTAL_RETURN] = book.equity[returns] / book.equity[0] - 1
    out[CAGR] = growth
    out[EXCESS_CAGR] = growth - benchmark_cagr
    out[MAX_DRAWDOWN] = deepest
    out[CALMAR] = growth / -deepest if deepest < 0 else np.nan
    out[TIME_UNDER_WATER] = below / sessions
    out[TRADES] = count
    traded = 0.0
    for k in range(count):
        traded += abs(book.fills[k, SHARES]) * book.fills[k, PRICE]
    out[TURNOVER] = traded / 2 / (_total(book.equity) / sessions) / years
    out[EXPOSURE_SMALL] = _exposure(book.shares[tape.small], tape.closes[tape.small], parts)
    out[EXPOSURE_LARGE] = _exposure(book.shares[tape.large], tape.closes[tape.large], parts)
    out[EXPOSURE_CASH] = _mean_product(book.cash, parts)


def _total(values: Floats) -> float:
    total = 0.0
    for k in range(len(values)):
        total += values[k]
    return total


def _mean_product(values: Floats, parts: Floats) -> float:
    total = 0.0
    for k in range(len(values)):
        total += values[k] * parts[k]
    return total / len(values)


def _exposure(shares: Floats, closes: Floats, parts: Floats) -> float:
    """Return the mean fraction of equity in one leg."""
    total = 0.0
    for k in range(len(shares)):
        total += shares[k] * closes[k] * parts[k]
    return total / len(shares)


def _write_returns(equity: Floats, parts: Floats, out: Floats) -> None:
    """Write the figures of session returns, from sums about the first one: so nothing is lost when they hardly vary."""
    later, before = equity[1:], parts[: len(equity) - 1]
    returns = len(later)
    lowest = highest = first = later[0] * before[0] - 1
    total = squares = falls = 0.0
    for k in range(returns):
        one = later[k] * before[k] - 1
        lowest, highest = min(lowest, one), max(highest, one)
        falls += min(one, 0.0) ** 2
        total += one - first
        squares += (one - first) ** 2
    mean = first + total / returns
    deviation = _deviation(total, squares, returns)
    year = math.sqrt(SESSIONS_A_YEAR)
    out[VOLATILITY] = deviation * year
    out[SHARPE] = mean / deviation * year if highest > lowest else np.nan
    out[SORTINO] = mean / math.sqrt(falls / returns) * year if falls > 0 else np.nan
    out[WORST_DAY] = lowest
    out[BEST_DAY] = highest


def _sharpe_over(equity: Floats, parts: Floats, bills: Floats) -> float:
    """Return the Sharpe ratio of session returns over those of bills, which are all known."""
    later, before, paid = equity[1:], parts[: len(equity) - 1], bills[1:]
    first = later[0] * before[0] - 1 - paid[0]
    lowest = highest = first
    total = squares = 0.0
    for k in range(len(later)):
        over = later[k] * before[k] - 1 - paid[k]
        lowest, highest = min(lowest, over), max(highest, over)
        total += over - first
        squares += (over - first) ** 2
    mean = first + total / len(later)
    return mean / _deviation(total, squares, len(later)) * math.sqrt(SESSIONS_A_YEAR) if highest > lowest else np.nan


def _deviation(total: float, squares: float, count: int) -> float:
    """Return the sample deviation from sums about any value, NaN for fewer than two values."""
    if count < 2:  # noqa: PLR2004 - a deviation needs two
        return np.nan
    return math.sqrt(max(squares - total * total / count, 0.0) / (count - 1))


def _depth(equity: Floats) -> tuple[float, int]:
    """Return the deepest drawdown, and how many closes lie below an earlier one."""
    left, below, peak = 1.0, 0, equity[0]
    for k in range(len(equity)):
        if equity[k] < peak:
            below += 1
            if equity[k] < left * peak:
                left = equity[k] / peak
        else:
            peak = equity[k]
    return left - 1, below


def replay_many(
    terms: Terms,
    tape: Tape,
    choices: NDArray[np.uint16],
    tables: Floats,
    asks: NDArray[np.bool_],
    benchmark_cagr: float,
    out: Floats,
    base: Floats,
    sums: Sums,
) -> None:
    """Write the figures of one account a variant; the memory needed is that of one.

    Args:
        terms: How the accounts are kept.
        tape: What happens to them.
        choices: Shape (variants, sessions).
        tables: Shape (variants, rows, legs).
        asks: Shape (variants, sessions).
        benchmark_cagr: Compound growth of hold-large.
        out: Written over, shape (variants, figures).
        base: Session returns of the benchmark.
        sums: Written over.
    """
    book = empty_book(len(tape.rates), tape.opens.shape[1])
    bills_known = not np.isnan(tape.bills[1:]).any()
    for variant in range(len(choices)):
        count = replay(terms, tape, choices[variant], tables[variant], asks[variant], book)
        write_figures(tape, book, count, benchmark_cagr, bills_known, out[variant])
        write_sums(book.equity, base, sums.blocks[variant], sums.leads[variant])
