"""Small caps had their best month against large caps in a year: a thrust that may go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.validation import day
from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, Between
from capshift.strategies.signals import held_for, month_returns
from capshift.strategies.words import Explanation, signed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capshift.data_feeds import Market


class MonthlyThrust(Rotation):
    """Small caps for three months from a month in which they beat large caps by far and by most in a year.

    Params:
        thrust: Total return of small caps less that of large caps in the month.
        best_of: Months, this one included, of which it must be the best.
        hold: Sessions to hold, counted from the month's last; each thrust starts anew.
    """

    params = (("thrust", 0.04), ("best_of", 12), ("hold", 63))
    limits = {"thrust": Between(-1, 1), "best_of": Between(1, 1200), "hold": WINDOW}

    @staticmethod
    def hold(market: Market, thrust: float, best_of: int, hold: int) -> Holdings:
        """Return small caps for `hold` sessions from each month end with a thrust."""
        return switch(held_for(_thrusts(market, thrust, best_of), hold))

    @staticmethod
    def explain(market: Market, thrust: float, best_of: int, hold: int) -> Explanation:
        """Return the last full month's lead, this month's so far, and the last thrust."""
        lead = _lead(market)
        ends = np.flatnonzero(market.month_end)
        before = ends[ends < len(market) - 1]
        because = []
        months = int(np.sum(~np.isnan(lead)))
        if months < best_of:
            short = f"a thrust is the best of {best_of} months, and there are {months}"
            return Explanation((short,), (f"begins no sooner than in {best_of - months} month ends",))
        if market.month_end[-1]:
            best = np.nanmax(lead[ends][-best_of:])
            because.append(
                f"this month small caps led by {signed(lead[-1])}; the best of {best_of} months is {signed(best)}, "
                f"and a thrust is {signed(thrust)} or more"
            )
        elif len(before):
            so_far = [bars.total_return[-1] / bars.total_return[before[-1]] - 1 for bars in market.legs.values()]
            because.append(f"so far this month small caps lead by {signed(so_far[0] - so_far[1])}; it is not over")
        thrusts = np.flatnonzero(_thrusts(market, thrust, best_of))
        if len(thrusts):
            last = int(thrusts[-1])
            because.append(
                f"the last thrust was {day(market.sessions[last])}, with a lead of {signed(lead[last])}: "
                f"{len(market) - last} sessions with that one, of {hold}"
            )
        recent = lead[ends][-best_of + 1 :] if best_of > 1 else lead[:0]
        goal = max([thrust, *recent[~np.isnan(recent)].tolist()])
        return Explanation(
            tuple(because),
            (f"begins at a month end with a lead of {signed(goal)} or more", f"ends {hold} sessions after it began"),
        )


def _lead(market: Market) -> NDArray[np.float64]:
    """Return the month's total return of small less that of large caps at each month end, NaN elsewhere."""
    small, large = (
        month_returns(bars.total_return, market.month_end, market.sessions) for bars in (market.small, market.large)
    )
    return np.asarray(small - large)


def _thrusts(market: Market, thrust: float, best_of: int) -> NDArray[np.bool_]:
    """Return the month ends with a thrust; months without a month before them count as none."""
    lead = _lead(market)
    ends = np.flatnonzero(market.month_end)
    best = np.full(len(lead), np.nan)
    best[ends] = pd.Series(lead[ends]).rolling(best_of).max()
    return np.asarray((lead >= thrust) & (lead >= best))
