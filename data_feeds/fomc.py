"""Decisions of the Federal Open Market Committee on its target for the federal funds rate.

The packaged table is the public record from 1994, when decisions were first announced: one row a decision, with
the date of the announcement, the target range afterwards (one number until 2008-12-16, so lower = upper) and
whether the meeting stood in the committee's calendar.

Source: Federal Reserve Board, "Meeting calendars and information" and "Open market operations".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.calendar import nyse_sessions
from capshift.data_feeds.tables import FIRST_ROW, Table
from capshift.data_feeds.validation import day
from capshift.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The target before the first packaged decision, in percent (since 1992-09-04).
TARGET_BEFORE_1994 = 3.00
#: A cut this many calendar days or more after the last cut restarts the cutting.
RESTART_DAYS = 180

FIRST, RESTART, FURTHER, HIKE, HOLD = "first", "restart", "further", "hike", "hold"
_COLUMNS = ("date", "lower", "upper", "scheduled")


@dataclass(frozen=True, eq=False)
class FomcTable:
    """Decisions, oldest first.

    Attributes:
        dates: Days of announcement; some were Sundays.
        lower: Lower bound of the target after the decision, in percent.
        upper: Upper bound, in percent.
        scheduled: Whether the meeting stood in the calendar.
    """

    dates: pd.DatetimeIndex
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    scheduled: NDArray[np.bool_]

    @property
    def change_bp(self) -> NDArray[np.int64]:
        """Change of the upper bound by each decision, in basis points."""
        before = np.concatenate([[TARGET_BEFORE_1994], self.upper[:-1]])
        return np.asarray(np.rint((self.upper - before) * 100), dtype=np.int64)

    @property
    def kinds(self) -> list[str]:
        """What each decision was: a first, restart or further cut, a hike, or a hold.

        A cut is *first* if the last change before it was a hike, *restart* if the last change was a cut
        `RESTART_DAYS` or more before it, else *further*.
        """
        kinds = []
        last_change: tuple[str, pd.Timestamp] = (HOLD, self.dates[0])
        for date, change in zip(self.dates, self.change_bp, strict=True):
            kind = HOLD if change == 0 else HIKE if change > 0 else _kind_of_cut(date, *last_change)
            kinds.append(kind)
            if kind != HOLD:
                last_change = (kind, date)
        return kinds

    def extended(self, later: FomcTable) -> FomcTable:
        """Return this table with the decisions of another after its own last one.

        Raises:
            SeriesError: When the two disagree about a decision that both have.
        """
        shared, here, there = np.intersect1d(self.dates, later.dates, return_indices=True)
        differ = (self.lower[here] != later.lower[there]) | (self.upper[here] != later.upper[there])
        if differ.any():
            at = int(np.flatnonzero(differ)[0])
            msg = (
                f"fomc: {day(pd.Timestamp(shared[at]))}: the file says {later.lower[there][at]:g} to "
                f"{later.upper[there][at]:g}, the public record {self.lower[here][at]:g} to "
                f"{self.upper[here][at]:g}; correct the file"
            )
            raise SeriesError(msg)
        new = later.dates > self.dates[-1]
        return FomcTable(
            pd.DatetimeIndex(self.dates.append(later.dates[new])),
            np.append(self.lower, later.lower[new]),
            np.append(self.upper, later.upper[new]),
            np.append(self.scheduled, later.scheduled[new]),
        )


def _kind_of_cut(date: pd.Timestamp, last_kind: str, last_date: pd.Timestamp) -> str:
    if last_kind in {HIKE, HOLD}:
        return FIRST
    return RESTART if (date - last_date).days >= RESTART_DAYS else FURTHER


@lru_cache(maxsize=1)
def packaged_decisions() -> FomcTable:
    """Return the decisions that ship with capshift.

    >>> table = packaged_decisions()
    >>> [str(date.date()) for date, kind in zip(table.dates, table.kinds) if kind == "restart"]
    ['2002-11-06', '2003-06-25', '2025-09-17']
    """
    with resources.as_file(resources.files(__package__).joinpath("fomc.csv")) as path:
        return read_decisions(path)


def read_decisions(path: Path) -> FomcTable:
    """Return decisions from a CSV with at least the columns date, lower, upper (percent) and scheduled (yes/no).

    Raises:
        SeriesError: With row and remedy, when a row cannot be read or dates repeat or fall back.
    """
    table = Table("fomc", Path(path), SeriesError)
    missing = [name for name in _COLUMNS if name not in table.header]
    if missing:
        raise table.refusal(f"row 1: no column '{missing[0]}'; at least {','.join(_COLUMNS)} are expected")
    dates = table.rising_dates("date")
    lower, upper = table.numbers("lower"), table.numbers("upper")
    bad = np.flatnonzero(~((lower >= 0) & (lower <= upper) & np.isfinite(upper)))
    if len(bad):
        raise table.refusal(f"row {FIRST_ROW + int(bad[0])}: lower must be 0 or more and not above upper")
    return FomcTable(dates, lower, upper, table.answers("scheduled"))


@dataclass(frozen=True, eq=False)
class FomcDecisions:
    """Decisions as a market knows them.

    Attributes:
        table: The decisions; those not yet known at the last session are left out.
        known: Position of the first session on or after each announcement, at whose close it is known;
            negative for those before the market's first session, counted in sessions of the exchange.
        kinds: first, restart, further, hike or hold, each judged from the decisions before it.
    """

    table: FomcTable
    known: NDArray[np.int64]
    kinds: list[str]

    def until(self, sessions: int) -> FomcDecisions:
        """Return what was known when the market had only so many sessions."""
        count = int(np.searchsorted(self.known, sessions, side="left"))
        table = self.table
        cut = FomcTable(table.dates[:count], table.lower[:count], table.upper[:count], table.scheduled[:count])
        return FomcDecisions(cut, self.known[:count], self.kinds[:count])


def decisions_known(table: FomcTable, sessions: pd.DatetimeIndex) -> FomcDecisions:
    """Return the decisions of a table, placed on the sessions of a market."""
    known = np.asarray(sessions.searchsorted(table.dates, side="left"), dtype=np.int64)
    before = np.asarray(table.dates < sessions[0])
    if before.any():
        exchange = nyse_sessions(table.dates[0], sessions[0])
        known[before] = exchange.searchsorted(table.dates[before], side="left") - (len(exchange) - 1)
    return FomcDecisions(table, known, table.kinds).until(len(sessions))
