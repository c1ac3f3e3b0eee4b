"""The Fed may cut in September, say futures: what CME's FedWatch reads from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.data_feeds.validation import day
from capshift.errors import ParameterError
from capshift.strategies.base import Rotation
from capshift.strategies.fed import decision_known, expectations
from capshift.strategies.holdings import Holdings, latch
from capshift.strategies.parameters import WINDOW, Between
from capshift.strategies.signals import run_length
from capshift.strategies.words import Explanation, chance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.data_feeds import Market


class Fedwatch(Rotation):
    """Small caps from several closes at which futures hold a cut at the next meeting for likely, until it is decided.

    Params:
        probability: Of a cut at the next scheduled meeting, from which it counts as likely.
        days: Closes in a row, all of them before the same meeting.
        exit: Probability below which it ends before the decision.
    """

    params = (("probability", 0.60), ("days", 3), ("exit", 0.40))
    limits = {"probability": Between(0, 1), "days": WINDOW, "exit": Between(0, 1)}

    @classmethod
    def check(cls, given: Mapping[str, Any], *, probability: float, exit: float, **_others: object) -> None:  # noqa: A002, ARG003
        """Refuse an exit above the entry."""
        if exit > probability:
            msg = f"fedwatch: exit is {exit:g}, more than probability, {probability:g}; it would end before it begins"
            raise ParameterError(msg)

    @classmethod
    def caveat(cls, market: Market, parameters: Mapping[str, Any]) -> str:  # noqa: ARG003 - the same for all
        """Return on how many sessions futures do not tell."""
        unknown = np.isnan(expectations(market).cut[market.opening :])
        if not unknown.any():
            return ""
        days = market.account_sessions[unknown]
        return (
            f"Futures are missing on {int(unknown.sum()):,} of {len(unknown):,} sessions, {day(days[0])} to "
            f"{day(days[-1])}; on these it cannot begin."
        )

    @staticmethod
    def hold(market: Market, probability: float, days: int, exit: float) -> Holdings:  # noqa: A002 - its name
        """Return small caps from `days` likely closes in a row until one that is unlikely, or the decision."""
        cut, known = expectations(market).cut, decision_known(market)
        row = run_length(cut >= probability, anew=known)
        likely = row >= days
        return latch(on=likely, off=(cut < exit) | (known & ~likely))

    @staticmethod
    def explain(market: Market, probability: float, days: int, exit: float) -> Explanation:  # noqa: A002 - its name
        """Return the probability beside its thresholds."""
        expected = expectations(market)
        cut, decision = expected.cut, expected.decision[-1]
        row = run_length(cut >= probability, anew=decision_known(market))
        when = day(decision)
        because: tuple[str, ...] = ("futures do not tell: none of the contracts that count settled in the last days",)
        if not np.isnan(cut[-1]):
            because = (
                f"futures imply {expected.before[-1]:.2f} % before and {expected.after[-1]:.2f} % after {when}",
                f"the probability of a cut is {chance(cut[-1])}, of a hike {chance(expected.hike[-1])}",
                f"closes in a row at {chance(probability)} or more: {row[-1]} of {days}",
            )
        return Explanation(
            because,
            (
                f"begins after {days} closes in a row at {chance(probability)} or more",
                f"ends below {chance(exit)}, or when the decision of {when} is known",
            ),
        )
