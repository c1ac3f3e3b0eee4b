"""The Russell 2000 went years without a record; the first one after a drought is the story's turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, switch
from capshift.strategies.parameters import WINDOW, Between

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        records = _records_after(close, drought)
        following = [*(record for record, _ in records), len(close)][1:]
        for (record, old), next_record in zip(records, following, strict=True):
            end = min(record + hold, next_record)
            stopped = np.flatnonzero(close[record:end] < (1 - stop) * old)
            small[record : record + int(stopped[0]) if len(stopped) else end] = True
        return switch(small)


def _records_after(close: NDArray[np.float64], drought: int) -> list[tuple[int, float]]:
    """Return the session of each record close that comes so long after the last, and that last record."""
    records = np.flatnonzero(close >= np.maximum.accumulate(close))
    long_after = np.flatnonzero(np.diff(records) >= drought)
    return [(int(records[k + 1]), float(close[records[k]])) for k in long_after]
