"""Daily bars from Yahoo Finance: the one door to yfinance.

Whatever yfinance returns is put into Yahoo's own layout, prices adjusted for splits and not for dividends; whatever it
raises becomes one line. It is imported when something is asked for, not before: it is slow to load.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.data_feeds.files import OPTIONAL_COLUMNS, YAHOO_COLUMNS
from capshift.data_feeds.retries import TryAgainError
from capshift.data_feeds.validation import day
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "Yahoo Finance"
#: Seconds for one answer.
TIMEOUT = 30.0
LAYOUT = (*YAHOO_COLUMNS, *OPTIONAL_COLUMNS)
_OFFLINE = "or work with what capshift fetch --list shows as stored (--offline), or with files (--source files)"


@dataclass(frozen=True)
class Answer:
    """What Yahoo says of a symbol.

    Attributes:
        bars: The columns of `LAYOUT`, oldest first; the last row may be of a session that is not over, and prices may
            be NaN.
        traded_since: The day of its first trade, if Yahoo names it.
    """

    bars: pd.DataFrame
    traded_since: pd.Timestamp | None


def ask_bars(symbol: str, since: pd.Timestamp | None = None, *, timeout: float | None = None) -> Answer:
    """Return the bars that Yahoo has of a symbol; a new request is sent each time.

    Args:
        symbol: As Yahoo spells it.
        since: First date; None for all there are. There is no last date: a span that ends in the past yfinance would
            answer from its memory, failures included.
        timeout: Seconds for the answer; None takes `TIMEOUT`.

    Raises:
        TryAgainError: Yahoo did not answer, or with something else.
        DataUnavailableError: Yahoo has no such symbol, or no bars of it since that date.
    """
    timeout = TIMEOUT if timeout is None else timeout
    span = {"period": "max"} if since is None else {"start": day(since)}
    with _yfinance() as yfinance:
        try:
            yfinance.data.YfData().cache_get.cache_clear()  # else a failure would be remembered, and nothing asked
            ticker = yfinance.Ticker(symbol)
            # yfinance would ask for the time zone first, and tell an unknown symbol only from there being none.
            ticker._tz = "America/New_York"  # noqa: SLF001 - it has no other place for what we know
            bars = ticker.history(**span, auto_adjust=False, actions=True, keepna=True, timeout=timeout)
            traded_since = ticker.get_history_metadata().get("firstTradeDate")
        except Exception as reason:
            raise _in_one_line(yfinance, symbol, since, reason, timeout) from reason
    return Answer(_in_layout(symbol, bars), None if traded_since is None else _naive_day(traded_since))


@contextmanager
def _yfinance() -> Iterator[Any]:
    """Lend yfinance with its exceptions shown, and its complaints kept off the terminal."""
    import yfinance  # noqa: PLC0415 - heavy, and only needed to download
    import yfinance.data  # noqa: PLC0415

    logger = logging.getLogger("yfinance")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    hidden = yfinance.config.debug.hide_exceptions
    yfinance.config.debug.hide_exceptions = False
    try:
        with warnings.catch_warnings():  # its own, on how it uses pandas
            warnings.simplefilter("ignore")
            yield yfinance
    finally:
        yfinance.config.debug.hide_exceptions = hidden


def _in_one_line(
    yfinance: Any, symbol: str, since: pd.Timestamp | None, reason: Exception, timeout: float
) -> DataUnavailableError:
    """Return the error that says what went wrong, and what to do."""
    kinds, text = yfinance.exceptions, " ".join(str(reason).split())
    if isinstance(reason, kinds.YFRateLimitError):
        return TryAgainError(f"{symbol}: Yahoo limits how often it is asked; try again in an hour, {_OFFLINE}")
    if isinstance(reason, kinds.YFTickerMissingError):
        if "may be delisted" in text or "Not Found" in text or "no timezone" in text:
            return DataUnavailableError(f"{symbol}: Yahoo knows no such symbol; check how it is spelled there")
        if "Data doesn't exist" in text:
            span = "" if since is None else f" since {day(since)}"
            return DataUnavailableError(f"{symbol}: Yahoo has no bars of it{span}; check that it still trades")
        return TryAgainError(f"{symbol}: Yahoo answered without bars ({text[-120:]}); try again later, {_OFFLINE}")
    if isinstance(reason, OSError) and not isinstance(reason, ValueError):
        slow = "timeout" in type(reason).__name__.lower() or "timed out" in text
        what = f"did not answer within {timeout:g} seconds" if slow else "cannot be reached"
        return TryAgainError(f"{symbol}: Yahoo {what}; check the network and try again, {_OFFLINE}")
    what = f"{type(reason).__name__}: {text}"[:120]
    return TryAgainError(
        f"{symbol}: Yahoo answered with something that is no bars ({what}); try again later, {_OFFLINE}"
    )


def _naive_day(moment: pd.Timestamp) -> pd.Timestamp:
    """Return the day on which a moment falls at the exchange."""
    return pd.Timestamp(moment).tz_localize(None).normalize()


def _in_layout(symbol: str, bars: pd.DataFrame) -> pd.DataFrame:
    """Return bars as plain columns in Yahoo's layout, each date without its time zone."""
    if bars.empty:
        msg = f"{symbol}: Yahoo answered without bars; try again later, {_OFFLINE}"
        raise TryAgainError(msg)
    missing = [name for name in YAHOO_COLUMNS[1:] if name not in bars]
    if missing:
        msg = f"{symbol}: Yahoo answered without {missing[0]}; try again later, {_OFFLINE}"
        raise TryAgainError(msg)
    dates = pd.DatetimeIndex(bars.index).tz_localize(None).normalize().as_unit("ns")
    columns = {name: bars[name].to_numpy(dtype=float) if name in bars else 0.0 for name in LAYOUT[1:]}
    return pd.DataFrame({"Date": dates, **columns})
