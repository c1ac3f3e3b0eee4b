"""The Fed's chair signals cuts at Jackson Hole, and small caps jump: does it last until the decision?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.data_feeds import first_sessions
from capshift.data_feeds.validation import day
from capshift.strategies.base import Rotation
from capshift.strategies.fed import decision_known, next_decision
from capshift.strategies.holdings import Holdings, latch
from capshift.strategies.parameters import Between
from capshift.strategies.signals import growth, shift
from capshift.strategies.words import Explanation, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market

_YIELD = "DGS2"
#: Yields are published in hundredths of a point; their differences are read so.
_DECIMALS = 6
#: Speeches come once a year, but for years in which the chair stays away.
_YEAR_DAYS = 360


class JacksonHole(Rotation):
    """Small caps from a Jackson Hole speech that lifted them and lowered yields, until the Fed's next decision.

    Params:
        thrust: Return of small less that of large caps on the day of the speech.
        drop: Percentage points by which the two-year yield fell that day.
    """

    params = (("thrust", 0.01), ("drop", 0.05))
    reads = (_YIELD,)
    limits = {"thrust": Between(-1, 1), "drop": Between(-5, 5)}

    @classmethod
    def caveat(cls, market: Market, parameters: Mapping[str, Any]) -> str:
        """Return until when speeches are on record, where that is long ago."""
        said = [super().caveat(market, parameters)]
        last = market.speeches.max()
        if not len(market.speeches) or (market.sessions[-1] - last).days > _YEAR_DAYS:
            known = (
                "No speech is on record" if not len(market.speeches) else f"The last speech on record is of {day(last)}"
            )
            said.append(f"{known}; macro/jackson_hole.csv in the data folder adds others.")
        return " ".join(text for text in said if text)

    @staticmethod
    def hold(market: Market, thrust: float, drop: float) -> Holdings:
        """Return small caps from each such speech until the next scheduled decision is known."""
        lead, fall = _answers(market)
        spoken = np.zeros(len(market), dtype=bool)
        spoken[first_sessions(market.speeches, market.sessions)] = True
        return latch(on=spoken & (lead >= thrust) & (fall >= drop), off=decision_known(market))

    @staticmethod
    def explain(market: Market, thrust: float, drop: float) -> Explanation:
        """Return how the market answered the last speech."""
        lead, fall = _answers(market)
        spoken = first_sessions(market.speeches, market.sessions)
        pair = f"{market.small.symbol} less {market.large.symbol}"
        begins = (f"begins on a speech's day with {pair} at {signed(thrust)} or more, {_YIELD} down {drop:g} or more",)
        if not len(spoken):
            return Explanation(("no speech yet on this market",), begins)
        last = int(spoken[-1])
        awaited = next_decision(market)[last]
        return Explanation(
            (
                f"on the last speech's day, {day(market.sessions[last])}, {pair} was {signed(lead[last])}",
                f"{_YIELD} fell by {fall[last]:.2f} points that day",
            ),
            (*begins, f"ends when the decision of {day(awaited)} is known"),
        )


def _answers(market: Market) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each session's return of small less large caps, and the fall of the two-year yield in points."""
    lead = growth(market.small.total_return, 1) - growth(market.large.total_return, 1)
    yields = market.known_series(_YIELD)
    return lead, np.round(shift(yields, 1) - yields, _DECIMALS)
