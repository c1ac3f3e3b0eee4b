"""Spells: stretches in which a rule's decision stayed the same, each with its fills, its reason and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capshift.backtests.result import Result


class Spell(NamedTuple):
    """One stretch of an unchanged decision.

    Attributes:
        decided: The session at whose close it began.
        ended: The session at whose close another decision was taken; the last one while it lasts.
        ongoing: Whether it had not ended.
        weights: Leg, or cash, to the fraction of equity decided.
        fills: What was bought (positive) and sold at the open after `decided`: symbol, shares, price.
        sessions: From `decided` to `ended`.
        change: Growth of the account from the close of `decided` to that of `ended`, costs included, as a fraction.
        benchmark: The same of the benchmark's account.
    """

    decided: pd.Timestamp
    ended: pd.Timestamp
    ongoing: bool
    weights: Mapping[str, float]
    fills: Sequence[tuple[str, float, float]]
    sessions: int
    change: float
    benchmark: float

    @property
    def lead(self) -> float:
        """Growth above the benchmark's."""
        return self.change - self.benchmark

    @property
    def in_small(self) -> bool:
        """Whether any small caps were wanted."""
        return self.weights.get("small", 0.0) > 0


def spells(result: Result, benchmark: pd.Series) -> list[Spell]:
    """Return the spells of an account, oldest first.

    Args:
        result: The account.
        benchmark: Equity of the benchmark's account, on the same sessions.
    """
    days = pd.DatetimeIndex(result.equity.index)
    starts = days.get_indexer(pd.DatetimeIndex(result.decisions.index)).tolist()
    ends = [*starts[1:], len(days) - 1]
    own, other = result.equity.to_numpy(), benchmark.to_numpy()
    filled: dict[pd.Timestamp, list[tuple[str, float, float]]] = {}
    for session, *fill in result.trades[["filled", "symbol", "shares", "price"]].itertuples(index=False, name=None):
        filled.setdefault(session, []).append(tuple(fill))
    found = []
    for start, end, row in zip(starts, ends, result.decisions.to_dict("records"), strict=True):
        decided = {str(leg): float(weight) for leg, weight in row.items()}
        rest = round(1 - sum(decided.values()), 12)
        found.append(
            Spell(
                decided=days[start],
                ended=days[end],
                ongoing=end == len(days) - 1 and start == starts[-1],
                weights={leg: weight for leg, weight in {**decided, "cash": rest}.items() if weight > 0},
                fills=filled.get(days[min(start + 1, len(days) - 1)], []),
                sessions=end - start,
                change=float(own[end] / own[start] - 1),
                benchmark=float(other[end] / other[start] - 1),
            )
        )
    return found


class Record(NamedTuple):
    """What came of the spells in which a rule wanted small caps.

    Attributes:
        spells: How many.
        ahead: Of them, how many gained more than the benchmark.
        median_sessions: Median length.
        median_lead: Median lead over the benchmark, as a fraction.
        worst: Lowest lead.
        best: Highest lead.
    """

    spells: int
    ahead: int
    median_sessions: float
    median_lead: float
    worst: float
    best: float


def record_in_small(found: Sequence[Spell]) -> Record | None:
    """Return what came of the spells with small caps that lasted a session at least; None where there were none."""
    small = [one for one in found if one.in_small and one.sessions]
    if not small:
        return None
    leads = [one.lead for one in small]
    return Record(
        spells=len(small),
        ahead=sum(lead > 0 for lead in leads),
        median_sessions=float(np.median([one.sessions for one in small])),
        median_lead=float(np.median(leads)),
        worst=min(leads),
        best=max(leads),
    )


def in_words(weights: Mapping[str, float], symbols: Mapping[str, str]) -> str:
    """Return weights as a reader sees them.

    >>> in_words({"small": 0.5, "cash": 0.5}, {"small": "IWM", "large": "SPY"})
    '50% IWM, 50% cash'
    """
    return ", ".join(f"{weight:.0%} {symbols.get(leg, leg)}" for leg, weight in weights.items()) or "nothing"
