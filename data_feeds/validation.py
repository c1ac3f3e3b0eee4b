"""What bars must be before anything is computed from them; each refusal is one line with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.bars import DIVIDEND_THRESHOLD, PRICE_COLUMNS, Bars, implied_dividends
from capshift.data_feeds.calendar import nyse_sessions
from capshift.errors import BarsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: A dividend above this share of the previous close is a broken adjustment, not a dividend.
LARGEST_DIVIDEND = 0.25
#: Adj Close / Close may rise by this much between sessions through rounding; more would be a negative dividend.
ADJUSTMENT_ROUNDING = 1e-4
#: A rise this many times above what 99 sessions in 100 show is no rounding, either.
ROUNDING_OUTLIER = 10
#: Dollars a share, and shares a day, between which anything traded lies; beyond them computing overflows.
LOWEST_PRICE, HIGHEST_PRICE, HIGHEST_VOLUME = 1e-6, 1e12, 1e15
#: Funds have fallen to two fifths of their open within a session (2010-05-06); beyond three times it is an error.
WIDEST_RANGE = 3
#: One-day price factors from which on, either way, a split is likelier than a move. Splits are 3 for 2 or more, and
#: an ordinary day may take a tenth off; companies do move by a third in a day, so only 2 for 1 can be told from that.
FUND_JUMP, COMPANY_JUMP = 1.35, 1.8
_NAMED_AT_MOST = 3
_A_PRICE = f"a price must be a positive number, {LOWEST_PRICE:g} to {HIGHEST_PRICE:g} dollars"


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
        _refuse_first(symbol, frame, ~_credible(values), first_row, f"{name} is {{{name}}}; {_A_PRICE}")
    volume = frame["volume"].to_numpy()
    bad = ~((volume >= 0) & (volume <= HIGHEST_VOLUME))
    why = f"volume is {{volume}}; it must be 0 or more, to {HIGHEST_VOLUME:g} shares"
    _refuse_first(symbol, frame, bad, first_row, why)
    high, low = frame["high"].to_numpy(), frame["low"].to_numpy()
    _refuse_first(symbol, frame, high < low, first_row, "high {high} is below low {low}; correct the row")
    for name in ("open", "close"):
        values = frame[name].to_numpy()
        outside = (values > high) | (values < low)
        why = f"{name} {{{name}}} lies outside low {{low}} to high {{high}}; correct the row"
        _refuse_first(symbol, frame, outside, first_row, why)


def _credible(prices: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((prices >= LOWEST_PRICE) & (prices <= HIGHEST_PRICE))


def check_dividends(symbol: str, frame: pd.DataFrame, *, first_row: int) -> None:
    """Refuse dividends that are negative or above `LARGEST_DIVIDEND` of the previous close."""
    dividend = frame["dividend"].to_numpy()
    bad = ~(np.isfinite(dividend) & (dividend >= 0))
    _refuse_first(symbol, frame, bad, first_row, "the dividend is {dividend}; it must be 0 or more dollars a share")
    absurd = np.zeros(len(dividend), dtype=bool)
    absurd[1:] = dividend[1:] > LARGEST_DIVIDEND * frame["close"].to_numpy()[:-1]
    why = "a dividend of {dividend} a share is more than a quarter of the price; correct Adj Close or Dividends"
    _refuse_first(symbol, frame, absurd, first_row, why)


def check_payouts(symbol: str, frame: pd.DataFrame, adjusted: NDArray[np.float64], *, first_row: int) -> None:
    """Refuse dividends that the adjusted closes contradict.

    Yahoo counts the capital gains of some funds among their dividends as well; such rows are found, too.

    Args:
        symbol: Named in the error.
        frame: One row a session, with the columns `close` and `dividend`.
        adjusted: The adjusted closes, one a session; if no dividend at all follows from them, they contradict none.
        first_row: The row number of the first session in its file, for the error.
    """
    close = frame["close"].to_numpy()
    implied = implied_dividends(close, adjusted)
    if not implied.any():
        return
    apart = np.abs(frame["dividend"].to_numpy() - implied)[1:] > ADJUSTMENT_ROUNDING * close[:-1]
    why = "the dividend is {dividend} a share, but {implied} by Adj Close; correct one of them"
    _refuse_first(symbol, frame.assign(implied=implied), np.append(False, apart), first_row, why)


def check_adjustment(symbol: str, frame: pd.DataFrame, adjusted: NDArray[np.float64], *, first_row: int) -> None:
    """Refuse an adjusted close that is no price, or that rises against the close: a negative dividend.

    Args:
        symbol: Named in the error.
        frame: One row a session, with the column `close`.
        adjusted: The adjusted closes, one a session.
        first_row: The row number of the first session in its file, for the error.
    """
    with_adjusted = frame.assign(adjusted=adjusted)
    _refuse_first(symbol, with_adjusted, ~_credible(adjusted), first_row, f"Adj Close is {{adjusted}}; {_A_PRICE}")
    factor = adjusted / frame["close"].to_numpy()
    rise = factor[:-1] / factor[1:] - 1
    negative = np.append(False, rise > _rounding(rise))
    why = (
        "Adj Close {adjusted} against close {close} makes a negative dividend; "
        "correct this row or the one before, or fetch the bars again"
    )
    _refuse_first(symbol, with_adjusted, negative, first_row, why)


def _rounding(rise: NDArray[np.float64]) -> float:
    """Return the largest rise of Adj Close / Close that a file's own rounding explains.

    Vendors that give prices in full precision show rises of a millionth; those that round to cents, a hundred times
    that. In a precise file a close mistyped by a few cents stands out, and must: it would pay a dividend of them.
    """
    if not len(rise):
        return ADJUSTMENT_ROUNDING
    usual = ROUNDING_OUTLIER * float(np.quantile(rise, 0.99))
    return min(max(usual, DIVIDEND_THRESHOLD), ADJUSTMENT_ROUNDING)


def check_ranges(bars: Bars) -> None:
    """Refuse a high or low that lies further from open and close than any session's has."""
    top, bottom = np.maximum(bars.open, bars.close), np.minimum(bars.open, bars.close)
    far = np.flatnonzero((bars.high > WIDEST_RANGE * top) | (bars.low * WIDEST_RANGE < bottom))
    if len(far):
        at = int(far[0])
        msg = (
            f"{bars.symbol}: row of {day(bars.sessions[at])}: low {bars.low[at]:g} or high {bars.high[at]:g} is more "
            f"than {WIDEST_RANGE} times off open {bars.open[at]:g} and close {bars.close[at]:g}; correct the row, or "
            f"if it was real say so (allow_jumps, --allow-jump {bars.symbol})"
        )
        raise BarsError(msg)


def _jumps(bars: Bars, size: float) -> pd.DatetimeIndex:
    """Return the sessions whose close is at least so many times the one before, or that fraction of it."""
    ratio = bars.close[1:] / bars.close[:-1]
    return bars.sessions[1:][np.maximum(ratio, 1 / ratio) >= size]


def check_splits(
    bars: Mapping[str, Bars],
    *,
    companies: frozenset[str] = frozenset(),
    allow_jumps: frozenset[str] = frozenset(),
) -> None:
    """Refuse prices of one symbol that leap as no market does: beside each other, or within a session.

    A one-day jump of the close is taken for an unadjusted split, unless another symbol jumps that day.

    Args:
        bars: Symbol to its bars; spans may differ.
        companies: Symbols that may move by a third in a day.
        allow_jumps: Symbols whose jumps are known to be real moves.
    """
    jumps = {symbol: _jumps(one, COMPANY_JUMP if symbol in companies else FUND_JUMP) for symbol, one in bars.items()}
    for symbol, days in jumps.items():
        if symbol in allow_jumps:
            continue
        check_ranges(bars[symbol])
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
