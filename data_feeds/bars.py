"""The daily bars of one symbol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A fall of Adj Close / Close by more than this between two sessions is a dividend; less is rounding.
DIVIDEND_THRESHOLD = 1e-5

PRICE_COLUMNS = ("open", "high", "low", "close")
BAR_COLUMNS = (*PRICE_COLUMNS, "volume", "dividend")


def implied_dividends(close: NDArray[np.float64], adjusted_close: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cash per share that each session's dividend adjustment stands for.

    With f = adjusted_close / close, a fall of f[t-1] against f[t] by more than `DIVIDEND_THRESHOLD` is a
    dividend of close[t-1] * (1 - f[t-1]/f[t]) with ex-date t; all else is 0. The first session has none.

    >>> implied_dividends(np.array([100.0, 99.0]), np.array([98.0, 99.0])).round(6).tolist()
    [0.0, 2.0]
    """
    factor = adjusted_close / close
    ratio = factor[:-1] / factor[1:]
    dividend = np.zeros_like(close)
    dividend[1:] = np.where(ratio < 1 - DIVIDEND_THRESHOLD, close[:-1] * (1 - ratio), 0.0)
    return dividend


def total_return(close: NDArray[np.float64], dividend: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the worth of 1 invested at the first close, dividends reinvested at each ex-date's close.

    Shapes: (sessions,) each, in dollars per share; the result is a pure number that starts at 1.

    >>> total_return(np.array([100.0, 99.0]), np.array([0.0, 2.0])).tolist()
    [1.0, 1.01]
    """
    growth = np.ones_like(close)
    growth[1:] = (close[1:] + dividend[1:]) / close[:-1]
    return np.asarray(np.cumprod(growth), dtype=np.float64)


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars:
    """Daily bars of one symbol, oldest first, as read-only arrays of one length.

    Attributes:
        symbol: As the market data vendor spells it.
        sessions: Time-zone-naive dates, unique and rising.
        open: Dollars per share, adjusted for splits and NOT for dividends, as are high, low and close.
        high: See open.
        low: See open.
        close: See open.
        volume: Shares traded.
        dividend: Cash per share on the ex-date, 0 otherwise.
        total_return: Worth of 1 invested at the first close, dividends reinvested.
    """

    symbol: str
    sessions: pd.DatetimeIndex
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    dividend: NDArray[np.float64]
    total_return: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Freeze the arrays and derive the total return."""
        object.__setattr__(self, "total_return", total_return(self.close, self.dividend))
        for name in (*BAR_COLUMNS, "total_return"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self.sessions)

    @classmethod
    def from_frame(cls, symbol: str, frame: pd.DataFrame) -> Bars:
        """Return bars from a frame with a session index and the columns of `BAR_COLUMNS`."""
        columns = {name: frame[name].to_numpy(dtype=np.float64, copy=True) for name in BAR_COLUMNS}
        return cls(symbol=symbol, sessions=pd.DatetimeIndex(frame.index), **columns)

    def frame(self) -> pd.DataFrame:
        """Return a frame with one row a session and the columns of `BAR_COLUMNS`."""
        return pd.DataFrame({name: getattr(self, name) for name in BAR_COLUMNS}, index=self.sessions)

    def on(self, sessions: pd.DatetimeIndex) -> Bars:
        """Return the bars of just these sessions, all of which must be there.

        A dividend whose ex-date is left out is paid at the next session that is kept: cash is not lost.
        """
        where = self.sessions.get_indexer(sessions)
        paid = np.concatenate([[0.0], np.cumsum(self.dividend)])
        columns = {name: getattr(self, name)[where] for name in BAR_COLUMNS}
        if len(where) != where[-1] - where[0] + 1:
            columns["dividend"] = np.diff(paid[np.concatenate([[where[0]], where + 1])])
        return Bars(symbol=self.symbol, sessions=sessions, **columns)
