"""The Russell 2000 went years without a record; the first one after a drought is the story's turn."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from capshift.data_feeds.validation import day
from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, Between
from capshift.strategies.signals import record_after
from capshift.strategies.words import Explanation, away, dollars

if TYPE_CHECKING:
    from capshift.data_feeds import Market


class RecordHigh(Rotation):
    """Small caps for a year from the first record close after a drought, unless they fall back below it.

    Params:
        drought: Sessions or more since the last record.
        hold: Sessions to hold, counted from the record's own.
        stop: Fraction below the old record that ends it.
    """

    params = (("drought", 252), ("hold", 252), ("stop", 0.05))
    limits = {"drought": WINDOW, "hold": WINDOW, "stop": Between(0, 1)}

    @staticmethod
    def hold(market: Market, drought: int, hold: int, stop: float) -> Holdings:
        """Return small caps for `hold` sessions from each such record, or until a close below its stop."""
        close = market.small.close
        small = np.zeros(len(close), dtype=bool)
        old = record_after(close, drought)
        records = np.flatnonzero(~np.isnan(old)).tolist()
        for record, next_record in pairwise([*records, len(close)]):
            end = min(record + hold, next_record)
            stopped = np.flatnonzero(close[record:end] < (1 - stop) * old[record])
            small[record : record + int(stopped[0]) if len(stopped) else end] = True
        return switch(small)

    @staticmethod
    def explain(market: Market, drought: int, hold: int, stop: float) -> Explanation:
        """Return the record, how old it is, and the last one that came after a drought."""
        symbol, close, sessions = market.small.symbol, market.small.close, market.sessions
        record = len(close) - 1 - int(np.argmax(close[::-1]))
        age = len(close) - 1 - record
        because = [
            f"{symbol} closed at {dollars(close[-1])}",
            f"its record, {dollars(close[record])}, is of {day(sessions[record])}, {age} sessions ago",
            f"a drought is {drought} sessions or more",
        ]
        old = record_after(close, drought)
        after_drought = np.flatnonzero(~np.isnan(old))
        begins = f"begins when {symbol} closes at or above {away(close[record], close[-1])}"
        begins += "" if age + 1 >= drought else f", {drought - age} sessions or more from now"
        if not len(after_drought):
            return Explanation(tuple(because), (begins,))
        last = int(after_drought[-1])
        because.append(
            f"its last record after a drought was that of {day(sessions[last])}, {len(close) - 1 - last} sessions ago"
        )
        stopped = away((1 - stop) * old[last], close[-1])
        left = hold - (len(close) - last)
        return Explanation(
            tuple(because), (begins, f"ends after {left} more sessions, or when {symbol} closes below {stopped}")
        )
