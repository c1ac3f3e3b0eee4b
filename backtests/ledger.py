"""What an engine leaves behind: the account session by session, and every fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from capshift.backtests.call_spreads import Spread


class Fill(NamedTuple):
    """One filled order.

    Attributes:
        session: Position of the session at whose open it was filled; the decision is the session before.
        leg: Position of the leg.
        shares: Bought, or negative when sold.
        price: Dollars a share, slippage included.
        commission: Dollars.
        reason: Why it was placed.
        placed: Position of the session at whose close it was ordered; None is the one before.
    """

    session: int
    leg: int
    shares: float
    price: float
    commission: float
    reason: str
    placed: int | None = None


@dataclass(frozen=True, eq=False)
class Ledger:
    """The account at every close.

    Attributes:
        sessions: Shape (sessions,).
        legs: Roles, in order.
        equity: Dollars at each close.
        cash: Dollars at each close.
        shares: Shape (sessions, legs).
        weights: Decided at each close, shape (sessions, legs).
        fills: Oldest first.
        spreads: Call spreads, oldest first; None where small caps are not rented.
        spread_value: Dollars that the one held is worth at each close, in `equity` beside cash and shares.
        notes: What a reader must know of it, a sentence each.
        orders: All that a plain strategy ordered, each with the session that did, oldest first.
        warm_after: Bars of the market that the indicators of a strategy or of a rule that decides bar by bar need.
    """

    sessions: pd.DatetimeIndex
    legs: tuple[str, ...]
    equity: NDArray[np.float64]
    cash: NDArray[np.float64]
    shares: NDArray[np.float64]
    weights: NDArray[np.float64]
    fills: list[Fill]
    spreads: tuple[Spread, ...] | None = None
    spread_value: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    orders: tuple[tuple[Any, ...], ...] = ()
    warm_after: int = 0
