"""What both legs brought over the sessions after each session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capshift.data_feeds import Bars, Market

#: Where a forward return starts: at the close that knows the event, or at the next open.
STARTS = ("close", "open")
MEASURES = ("small", "large", "difference")


def forward_returns(market: Market, horizon: int) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return start to measure to the total return over the `horizon` sessions after each session.

    Shape: (sessions,) each; NaN where the horizon is not over.
    """
    both = {}
    for start, leg_returns in (("close", from_close), ("open", from_next_open)):
        small, large = (leg_returns(bars, horizon) for bars in (market.small, market.large))
        both[start] = {"small": small, "large": large, "difference": small - large}
    return both


def from_close(bars: Bars, horizon: int) -> NDArray[np.float64]:
    """Return the total return from each close t to the close t + horizon, dividends reinvested, NaN at the end."""
    out = np.full(len(bars), np.nan)
    out[:-horizon] = bars.total_return[horizon:] / bars.total_return[:-horizon] - 1
    return out


def from_next_open(bars: Bars, horizon: int) -> NDArray[np.float64]:
    """Return the total return from each open t + 1 to the close t + horizon, NaN at the end.

    Whoever buys at the open of an ex-date does not earn its dividend; later ones are reinvested.
    """
    out = np.full(len(bars), np.nan)
    first_day = bars.close[1:] / bars.open[1:]
    count = max(0, len(bars) - horizon)
    out[:count] = first_day[:count] * bars.total_return[horizon:] / bars.total_return[1 : count + 1] - 1
    return out


def independent(sessions: NDArray[np.int64], horizon: int) -> int:
    """Return how many events do not overlap, counted greedily from the oldest.

    >>> independent(np.array([0, 10, 21, 30, 42]), 21)
    3
    """
    count, free = 0, -1
    for session in sessions.tolist():
        if session >= free:
            count, free = count + 1, session + horizon
    return count
