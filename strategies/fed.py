"""What the Federal Reserve did, and what futures expect of it, session by session.

All arrays have the shape (sessions,) and use nothing later than each close.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.fomc import FIRST, FURTHER, HIKE, RESTART
from capshift.data_feeds.futures import month_starts
from capshift.data_feeds.validation import day
from capshift.errors import MarketError
from capshift.strategies.words import Explanation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capshift.data_feeds import Market

#: Which kinds of cut set a rule off.
TRIGGERS = {
    "first": {FIRST},
    "restart": {RESTART},
    "cycle": {FIRST, RESTART},
    "any": {FIRST, RESTART, FURTHER},
}
#: The committee moves in quarters of a percentage point.
STEP = 0.25
#: A decision in the last days of a month leaves too few of them to average over.
_LATE_DAYS = 7
_DECIMALS = 9


def after_cuts(market: Market, trigger: str, hold: int) -> NDArray[np.bool_]:
    """Return whether a close lies within `hold` sessions of a cut that counts, with no hike known since.

    Args:
        market: Whose decisions are meant.
        trigger: One of `TRIGGERS`.
        hold: Sessions, counted from the one whose close knows the cut; each cut that counts starts anew.
    """
    held = np.zeros(len(market), dtype=bool)
    for known, kind in zip(market.fomc.known.tolist(), market.fomc.kinds, strict=True):
        if kind in TRIGGERS[trigger]:
            held[max(known, 0) : max(known + hold, 0)] = True
        elif kind == HIKE:
            held[max(known, 0) :] = False
    return held


def target_middle(market: Market) -> NDArray[np.float64]:
    """Return the middle of the target range as known at each close, in percent; NaN before the first decision."""
    table = market.fomc.table
    position = np.searchsorted(market.fomc.known, np.arange(len(market)), side="right") - 1
    return np.append((table.lower + table.upper) / 2, np.nan)[position]


def next_decision(market: Market) -> pd.DatetimeIndex:
    """Return the day of the next scheduled decision as the calendar stood at each close, NaT without one."""
    return market.meetings.next_after(market.sessions)


def decision_known(market: Market) -> NDArray[np.bool_]:
    """Return whether the scheduled decision that was awaited at the close before is known, or was called off."""
    awaited = next_decision(market).asi8
    return np.concatenate([[False], awaited[1:] != awaited[:-1]])


@dataclass(frozen=True, eq=False)
class Expectations:
    """What futures expect of the next scheduled decision, NaN where they do not tell.

    Attributes:
        decision: Its day.
        before: Effective rate before it, in percent.
        after: Effective rate after it, in percent.
    """

    decision: pd.DatetimeIndex
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    @property
    def cut(self) -> NDArray[np.float64]:
        """Probability of a cut, 0 to 1: the expected change in steps of 25 basis points, between two outcomes."""
        return self._steps(self.before - self.after)

    @property
    def hike(self) -> NDArray[np.float64]:
        """Probability of a hike, 0 to 1."""
        return self._steps(self.after - self.before)

    @staticmethod
    def _steps(change: NDArray[np.float64]) -> NDArray[np.float64]:
        # Prices are published in decimals; a change of just so many steps may be off by 1e-14 in binary.
        return np.clip(np.round(change / STEP, _DECIMALS), 0, 1)


def expectations(market: Market) -> Expectations:
    """Return what federal funds futures imply of the next scheduled decision, by CME's method.

    A month's average rate is 100 minus the price. In the month of a decision on day d of D, the average is
    (d * before + (D - d) * after) / D. One of the two rates is the average of a neighbouring month without a
    decision: the month before gives `before`, or else the month after gives `after`. Of a decision in the last
    `_LATE_DAYS` days of its month both are taken from the neighbours. Changes between meetings that are already
    known are allowed for.

    Source:
        CME Group, "Understanding the CME Group FedWatch Tool Methodology".

    Raises:
        MarketError: The market has no futures.
    """
    if market.futures is None:
        msg = "this market has no federal funds futures; add them as macro/zq_settlements.csv to the data folder"
        raise MarketError(msg)
    decision = next_decision(market)
    own = _month(market.sessions)
    known = np.searchsorted(market.fomc.known, np.arange(len(market)), side="right")
    before, after = np.full(len(market), np.nan), np.full(len(market), np.nan)
    # Where nothing new is known of the calendar and of decisions, the same months are combined.
    groups = pd.Series(range(len(market))).groupby([own, decision.asi8, known], sort=False)
    for rows in groups.indices.values():
        first = int(rows[0])
        if not pd.isna(decision[first]):
            at = _Outlook(market, first, decision[first], int(own[first]), int(known[first]), market.futures[rows])
            before[rows], after[rows] = at.rates()
    return Expectations(decision, before, after)


def _month(dates: pd.DatetimeIndex) -> NDArray[np.int64]:
    return np.asarray(dates.year * 12 + dates.month - 1, dtype=np.int64)


class _Outlook:
    """The months around one decision, as seen from closes that know the same of it."""

    def __init__(
        self,
        market: Market,
        at: int,
        decision: pd.Timestamp,
        own: int,
        known: int,
        futures: NDArray[np.float64],
    ) -> None:
        """Note which months have decisions."""
        self.futures, self.own = futures, own
        self.month = int(decision.year * 12 + decision.month - 1)
        meetings = market.meetings
        on = ~np.asarray(meetings.cancelled <= market.sessions[at])
        self.scheduled = dict(zip(_month(meetings.dates[on]).tolist(), meetings.dates[on].day.tolist(), strict=True))
        table = market.fomc.table
        middle = (table.lower + table.upper) / 2
        change = np.diff(middle, prepend=middle[:1])[:known]
        between = (change != 0) & ~table.scheduled[:known]
        months = _month(table.dates[:known])
        days = np.asarray(table.dates[:known].day)
        #: Of each month with a change between meetings: its change in points, and that times the days up to it.
        self.between = {
            month: (
                float(change[between & (months == month)].sum()),
                float((change * days)[between & (months == month)].sum()),
            )
            for month in (self.month - 1, self.month)
        }

    def average(self, month: int) -> NDArray[np.float64]:
        """Return the average rate of a month, NaN for one that the market does not carry."""
        column = month - self.own + 1
        if not 0 <= column < self.futures.shape[1]:
            return np.full(len(self.futures), np.nan)
        return self.futures[:, column]

    def end_of(self, month: int) -> NDArray[np.float64]:
        """Return the rate at the end of a month without a scheduled decision."""
        return self.average(month) + self.between[month][1] / _days_in(month)

    def start_of(self, month: int) -> NDArray[np.float64]:
        """Return the rate at a month's start: its average when nothing is decided in it, else from its end."""
        if month not in self.scheduled or month - self.own + 1 >= self.futures.shape[1]:
            return self.average(month)
        days, day = _days_in(month), self.scheduled[month]
        return np.asarray((days * self.average(month) - (days - day) * self.start_of(month + 1)) / day)

    def rates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the effective rate before and after the decision."""
        month = self.month
        days, day = _days_in(month), self.scheduled[month]
        moved, moved_days = self.between[month]
        total = days * self.average(month) + moved_days
        if month - 1 not in self.scheduled:
            before = self.end_of(month - 1) + moved
            late = days - day <= _LATE_DAYS
            after = self.start_of(month + 1) if late else np.asarray((total - day * before) / (days - day))
        else:
            after = self.start_of(month + 1)
            before = np.asarray((total - (days - day) * after) / day)
        return before, after


def _days_in(month: int) -> int:
    starts = month_starts(np.array([month, month + 1]))
    return int(starts[1] - starts[0])


def last_cut_in_words(market: Market, trigger: str, hold: int) -> Explanation:
    """Return when the last cut that counts was known, and how long it still works."""
    fomc = market.fomc
    of_note = [at for at, kind in enumerate(fomc.kinds) if kind in TRIGGERS[trigger] or kind == HIKE]
    counting = " or ".join(sorted(TRIGGERS[trigger]))
    begins = f"begins when a {counting} cut is known"
    if not of_note:
        return Explanation((f"no {counting} cut on record",), (begins,))
    last = of_note[-1]
    date, kind, known = day(fomc.table.dates[last]), fomc.kinds[last], int(fomc.known[last])
    if kind == HIKE:
        return Explanation((f"the Fed raised rates on {date}, and no {counting} cut has come since",), (begins,))
    sessions = len(market) - known
    left = hold - sessions
    because = f"the last cut that counts ({kind}) was that of {date}: {sessions} of {hold} sessions"
    if left < 0:
        return Explanation((because + ", so it has run out",), (begins,))
    return Explanation(
        (because,),
        (f"ends after {left} more sessions, or when a hike is known", f"starts anew when a {counting} cut is known"),
    )
