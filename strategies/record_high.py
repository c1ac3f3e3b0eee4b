"""The Russell 2000 went years without a record; the first one after a drought is the story's turn."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, Between
from capshift.strategies.signals import record_after

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
