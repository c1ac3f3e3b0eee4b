"""What can happen to a market, and the sessions whose closes know it.

Every event is causal: whether a session is one is known at its close.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.data_feeds import read_own_dates
from capshift.data_feeds.fomc import FIRST, FURTHER, HIKE, RESTART
from capshift.data_feeds.own_dates import OWN_DATES
from capshift.errors import UnknownEventError, did_you_mean
from capshift.strategies.parameters import WINDOW, Between, OneOf
from capshift.strategies.price_level import PriceLevel
from capshift.strategies.signals import crossed_above, first_in, prior_high, record_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies.parameters import Limit

_DECIMALS = 12
PRICE, TOTAL_RETURN = "price", "total-return"


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """Where events are on a market, oldest first.

    Attributes:
        sessions: Their positions, each once.
        dated: The day of what happened, which the session is the first on or after.
        kinds: What each was, in a few words; empty where all are alike.
        series: What broke through a level, shape (market's sessions,); None where nothing did.
        levels: What each event broke through, in the unit of `series`.
    """

    sessions: NDArray[np.int64]
    dated: pd.DatetimeIndex
    kinds: tuple[str, ...] = ()
    series: NDArray[np.float64] | None = None
    levels: NDArray[np.float64] | None = None

    def since(self, opening: int) -> Found:
        """Return those at or after a position."""
        kept = self.sessions >= opening
        return Found(
            sessions=self.sessions[kept],
            dated=self.dated[kept],
            kinds=tuple(kind for kind, keep in zip(self.kinds, kept, strict=False) if keep),
            series=self.series,
            levels=None if self.levels is None else self.levels[kept],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class EventKind:
    """A kind of event.

    Attributes:
        name: As it is asked for.
        about: What makes a session such an event, in one sentence that can name parameters as {entry}.
        find: From a market and the parameters to the events.
        params: Name to default.
        limits: Name to the values that can be taken.
        warning: What a reader of the figures must know.
        dates: A user's own; None for all others.
    """

    name: str
    about: str
    find: Callable[..., Found]
    params: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    warning: str = ""
    dates: pd.DatetimeIndex | None = None


def _decisions(*wanted: str) -> Callable[[Market], Found]:
    """Return what finds decisions of the Federal Reserve of these kinds."""

    def find(market: Market) -> Found:
        fomc = market.fomc
        kept = np.isin(fomc.kinds, wanted) & (fomc.known >= 0)
        changes = zip(np.array(fomc.kinds)[kept], fomc.table.change_bp[kept], strict=True)
        kinds = tuple(f"{'hike' if kind == HIKE else f'{kind} cut'}, {change:+d} bp" for kind, change in changes)
        return Found(sessions=fomc.known[kept], dated=fomc.table.dates[kept], kinds=kinds)

    return find


def _breakouts(market: Market, entry: int, fresh: int, closes: str) -> Found:
    # Equal closes without a dividend between them are equal total returns, whatever their last bits say.
    values = market.small.close if closes == PRICE else np.round(market.small.total_return, _DECIMALS)
    levels = prior_high(values, entry)
    return _through(market, first_in(values > levels, fresh), values, levels)


def _up_crosses(market: Market, level: float) -> Found:
    close = market.small.close
    return _through(market, crossed_above(close, level), close, np.full(len(close), level))


def _records(market: Market, drought: int) -> Found:
    close = market.small.close
    old = record_after(close, drought)
    return _through(market, ~np.isnan(old), close, old)


def _through(
    market: Market, flags: NDArray[np.bool_], series: NDArray[np.float64], levels: NDArray[np.float64]
) -> Found:
    """Return the flagged sessions as events that broke through a level."""
    sessions = np.flatnonzero(flags)
    return Found(sessions=sessions, dated=market.sessions[sessions], series=series, levels=levels[sessions])


def _dates(market: Market, dates: pd.DatetimeIndex) -> Found:
    """Return the first session on or after each date; of dates that share one, the first counts."""
    inside = dates[(dates >= market.sessions[0]) & (dates <= market.sessions[-1])]
    sessions, firsts = np.unique(market.sessions.searchsorted(inside, side="left"), return_index=True)
    return Found(sessions=np.asarray(sessions, dtype=np.int64), dated=inside[firsts])


def _speeches(market: Market) -> Found:
    return _dates(market, market.speeches)


_KNOWN = "the event is the session whose close knows it"
#: Every kind of event, in the order of lists.
EVENTS: Mapping[str, EventKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            EventKind(
                name="first-cut",
                about=f"The Federal Reserve cuts its target, and the last change before was a hike; {_KNOWN}.",
                find=_decisions(FIRST),
            ),
            EventKind(
                name="restart",
                about=f"The Federal Reserve cuts 180 calendar days or more after its last change, a cut; {_KNOWN}.",
                find=_decisions(RESTART),
            ),
            EventKind(
                name="cut",
                about=f"The Federal Reserve cuts its target: first, restarted and further cuts; {_KNOWN}.",
                find=_decisions(FIRST, RESTART, FURTHER),
            ),
            EventKind(name="hike", about=f"The Federal Reserve raises its target; {_KNOWN}.", find=_decisions(HIKE)),
            EventKind(
                name="breakout",
                about="The small caps close above the highest of their {entry} closes before, and did so on none of "
                "the {fresh} sessions before ({closes} closes).",
                find=_breakouts,
                params={"entry": 252, "fresh": 20, "closes": PRICE},
                limits={"entry": WINDOW, "fresh": Between(0, WINDOW.high), "closes": OneOf((PRICE, TOTAL_RETURN))},
            ),
            EventKind(
                name="record-high",
                about="The small caps close at or above every earlier close, {drought} or more sessions after they "
                "last did.",
                find=_records,
                params={"drought": 252},
                limits={"drought": WINDOW},
                warning='"Every earlier close" means of the bars that are there: a file that begins late knows other '
                "records.",
            ),
            EventKind(
                name="jackson-hole",
                about="A chair of the Federal Reserve speaks at Jackson Hole; the event is the first session on or "
                "after that day.",
                find=_speeches,
            ),
            EventKind(
                name="level",
                about="The small caps close above {level:g} dollars, and the close before was at or below.",
                find=_up_crosses,
                params={"level": 230.0},
                limits={"level": Between(0.01)},
                warning=PriceLevel.warning,
            ),
        )
    }
)


def find_event(event: str | Path) -> EventKind:
    """Return the kind of event of a name, or one whose dates stand in a file.

    Raises:
        UnknownEventError: It is no name and no path to a .csv or .txt file.
        SeriesError: The file cannot be understood.

    >>> find_event("restart").name
    'restart'
    """
    if isinstance(event, str) and event in EVENTS:
        return EVENTS[event]
    path = Path(event)
    if path.suffix.lower() not in OWN_DATES:
        hint = did_you_mean(str(event), EVENTS) or "; there are " + ", ".join(EVENTS)
        msg = f"there is no event '{event}'{hint}"
        raise UnknownEventError(msg if hint.endswith("?") else msg + ", or a .csv or .txt file of dates")
    dates = read_own_dates(path)
    return EventKind(
        name=f"{path.stem}-events",  # so that its page never takes the place of the file itself
        about=f"The first session on or after each of the {len(dates)} dates of {path.name}.",
        find=lambda market: _dates(market, dates),
        warning="Whether a date was known at its session's close is for the one who wrote it down to say.",
        dates=dates,
    )
