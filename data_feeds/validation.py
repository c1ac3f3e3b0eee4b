"""What bars must be before anything is computed from them; each refusal is one line with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.bars import PRICE_COLUMNS, Bars
from capshift.data_feeds.calendar import nyse_sessions
from capshift.errors import BarsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: A dividend above this share of the previous close is a broken adjustment, not a dividend.
LARGEST_DIVIDEND = 0.25
#: Adj Close / Close may rise by this much between sessions through rounding; more would be a negative dividend.
ADJUSTMENT_ROUNDING = 1e-4
#: Ratios of shares after to shares before in splits.
SPLIT_FACTORS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)
#: Also a split's, but real for companies: funds do not move by a third in a day.
FUND_SPLIT_FACTOR = 1.5
#: A one-day price factor this near to a split's (10 %, an ordinary day's move on top) is taken for one.
SPLIT_NEARNESS = 0.10
_NAMED_AT_MOST = 3


def day(moment: pd.Timestamp) -> str:
    """Return the ISO date of a session."""
    return str(moment.date())


def name_days(days: pd.DatetimeIndex) -> str:
    """Return the first few dates, and how many more there are.

    >>> name_days(pd.DatetimeIndex(["2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"]))
    '2025-01-02, 2025-01-03, 2025-01-06 and 1 more'
    """
    named = ", ".join(day(moment) for moment in days[:_NAMED_AT_MOST])
    rest = len(days) - _NAMED_AT_MOST
    return f"{named} and {rest} more" if rest > 0 else named


def check_dates(symbol: str, sessions: pd.DatetimeIndex, *, first_row: int) -> None:
    """Refuse dates that are repeated, fall back, or are no sessions of the exchange.

    Args:
        symbol: Named in the error.
        sessions: Dates as they stand in the file.
        first_row: The row number of the first date, for the error.
    """
    steps = np.diff(sessions.asi8)
    backward = np.flatnonzero(steps <= 0)
    if len(backward):
        at = int(backward[0]) + 1
        here, before = day(sessions[at]), day(sessions[at - 1])
        wrong = "stands twice; remove one row" if here == before else f"comes after {before}; sort rows oldest first"
        msg = f"{symbol}: row {first_row + at}: {here} {wrong}"
        raise BarsError(msg)
    foreign = ~sessions.isin(nyse_sessions(sessions[0], sessions[-1]))
    if foreign.any():
        at = int(np.flatnonzero(foreign)[0])
        more = f" (and {int(foreign.sum()) - 1} more)" if foreign.sum() > 1 else ""
        msg = f"{symbol}: row {first_row + at}: {day(sessions[at])} is no NYSE session{more}; remove such rows"
        raise BarsError(msg)


def check_gaps(symbol: str, sessions: pd.DatetimeIndex) -> None:
    """Refuse bars that lack sessions of the exchange between their first and last."""
    missing = nyse_sessions(sessions[0], sessions[-1]).difference(sessions)
    if len(missing):
        msg = (
            f"{symbol}: {len(missing)} NYSE session(s) missing inside its span: {name_days(missing)}; "
            "fetch the bars again, or drop these sessions for all symbols (drop_gaps, --drop-gaps)"
        )
        raise BarsError(msg)


def _refuse_first(symbol: str, frame: pd.DataFrame, bad: NDArray[np.bool_], first_row: int, why: str) -> None:
    """Raise for the first row where `bad` holds; `why` may name the row's columns in braces."""
    if not bad.any():
        return
    at = int(np.flatnonzero(bad)[0])
    values = {name: f"{frame[name].iloc[at]:g}" for name in frame.columns}
    index = pd.DatetimeIndex(frame.index)
    msg = f"{symbol}: row {first_row + at} ({day(index[at])}): {why.format(**values)}"
    raise BarsError(msg)


def check_prices(symbol: str, frame: pd.DataFrame, *, first_row: int) -> None:
    """Refuse prices, volumes and dividends that no session can have had.

    Args:
        symbol: Named in the error.
        frame: One row a session; the columns of `BAR_COLUMNS`.
        first_row: The row number of the first session in its file, for the error.
    """
    for name in PRICE_COLUMNS:
        values = frame[name].to_numpy()
        bad = ~(np.isfinite(values) & (values > 0))
        _refuse_first(symbol, frame, bad, first_row, f"{name} is {{{name}}}; a price must be a positive number")
    volume = frame["volume"].to_numpy()
    _refuse_first(
        symbol, frame, ~(np.isfinite(volume) & (volume >= 0)), first_row, "volume is {volume}; it must be 0 or more"
    )
    high, low = frame["high"].to_numpy(), frame["low"].to_numpy()
    _refuse_first(symbol, frame, high < low, first_row, "high {high} is below low {low}; correct the row")
    for name in ("open", "close"):
        values = frame[name].to_numpy()
        outside = (values > high) | (values < low)
        why = f"{name} {{{name}}} lies outside low {{low}} to high {{high}}; correct the row"
        _refuse_first(symbol, frame, outside, first_row, why)


def check_dividends(symbol: str, frame: pd.DataFrame, *, first_row: int) -> None:
    """Refuse dividends that are negative or above `LARGEST_DIVIDEND` of the previous close."""
    dividend = frame["dividend"].to_numpy()
    bad = ~(np.isfinite(dividend) & (dividend >= 0))
    _refuse_first(symbol, frame, bad, first_row, "the dividend is {dividend}; it must be 0 or more dollars a share")
    absurd = np.zeros(len(dividend), dtype=bool)
    absurd[1:] = dividend[1:] > LARGEST_DIVIDEND * frame["close"].to_numpy()[:-1]
    why = "a dividend of {dividend} a share is more than a quarter of the price; correct Adj Close or Dividends"
    _refuse_first(symbol, frame, absurd, first_row, why)


def check_adjustment(symbol: str, frame: pd.DataFrame, adjusted: NDArray[np.float64], *, first_row: int) -> None:
    """Refuse an adjusted close that is no price, or that rises against the close: a negative dividend.

    Args:
        symbol: Named in the error.
        frame: One row a session, with the column `close`.
        adjusted: The adjusted closes, one a session.
        first_row: The row number of the first session in its file, for the error.
    """
    with_adjusted = frame.assign(adjusted=adjusted)
    bad = ~(np.isfinite(adjusted) & (adjusted > 0))
    why = "Adj Close is {adjusted}; a price must be a positive number"
    _refuse_first(symbol, with_adjusted, bad, first_row, why)
    factor = adjusted / frame["close"].to_numpy()
    negative = np.zeros(len(factor), dtype=bool)
    negative[1:] = factor[:-1] / factor[1:] > 1 + ADJUSTMENT_ROUNDING
    why = (
        "Adj Close {adjusted} against close {close} makes a negative dividend; "
        "correct this row or the one before, or fetch the bars again"
    )
    _refuse_first(symbol, with_adjusted, negative, first_row, why)


def _near_split(ratio: NDArray[np.float64], factors: tuple[float, ...]) -> NDArray[np.bool_]:
    """Return where a one-day price factor is about as large as a split's, either way."""
    size = np.maximum(ratio, 1 / ratio)
    return np.asarray((np.abs(size[:, None] / np.asarray(factors) - 1) < SPLIT_NEARNESS).any(axis=1))


def check_splits(
    bars: Mapping[str, Bars],
    *,
    companies: frozenset[str] = frozenset(),
    allow_jumps: frozenset[str] = frozenset(),
) -> None:
    """Refuse a one-day factor of a split (2, 3, 1/2, ...) in one symbol that no other symbol shares.

    Args:
        bars: Symbol to its bars; spans may differ.
        companies: Symbols that may move by a third in a day.
        allow_jumps: Symbols whose jumps are known to be real moves.
    """
    jumps = {}
    for symbol, one in bars.items():
        factors = SPLIT_FACTORS if symbol in companies else (FUND_SPLIT_FACTOR, *SPLIT_FACTORS)
        near = _near_split(one.close[1:] / one.close[:-1], factors)
        jumps[symbol] = one.sessions[1:][near]
    for symbol, days in jumps.items():
        if symbol in allow_jumps:
            continue
        shared = [other for name, other in jumps.items() if name != symbol]
        alone = days
        for other in shared:
            alone = alone.difference(other)
        if len(alone):
            at = int(bars[symbol].sessions.searchsorted(alone[0]))
            before, after = bars[symbol].close[at - 1], bars[symbol].close[at]
            msg = (
                f"{symbol}: row of {day(alone[0])}: the close goes from {before:g} to {after:g}, which looks like an "
                f"unadjusted split; adjust the earlier prices, or if the move was real say so "
                f"(allow_jumps, --allow-jump {symbol})"
            )
            raise BarsError(msg)
