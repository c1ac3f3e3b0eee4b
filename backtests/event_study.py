"""What came after events: forward returns of both legs, and how often random dates did as well."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.event_figures import event_figures, false_breakouts, sessions_until_below
from capshift.backtests.event_kinds import EventKind, Found, find_event
from capshift.backtests.forward_returns import forward_returns
from capshift.backtests.provenance import market_facts, versions
from capshift.data_feeds.validation import day
from capshift.errors import ParameterError
from capshift.strategies.parameters import WINDOW, assigned, checked, read_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from capshift.data_feeds import Market

HORIZONS = (21, 63, 126, 252)
WITHIN = 20
#: Fewer independent events than this tell nothing, whatever their p-value.
_FEW = 10


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EventStudy:
    """What both legs did after each event. Returns are fractions (0.01 is 1 %), a difference is small minus large.

    Attributes:
        name: The event with the parameters that were given.
        event: Its kind.
        about: What makes a session such an event.
        parameters: All of them, with their values.
        horizons: Sessions ahead, rising.
        within: Sessions in which a close back below the level makes a breakout false.
        rows: One an event, by session: `dated` (the day of what happened), `kind` where there are several, `level`
            (dollars) and `below_after` (sessions until the first close below it, NaN if none yet) where one was
            broken, and `MEASURE_START_HORIZON`, like `difference_close_21`: the total return from the event's close,
            or from the next open, to the close `HORIZON` sessions after the event; NaN while that is not over.
        figures: By start, horizon and measure: see `EVENT_FIGURES`; NaN where there is none.
        paths: Relative wealth, small over large with dividends reinvested, from 1 at each event's close: a row a
            session from 0 to the longest horizon, a column an event; NaN beyond the market's last session.
        false_breakouts: `within`, `events` (whose sessions are over), `failed`, `share` and `median_below_after`,
            or None where no level was broken.
        warnings: What a reader of the figures must know.
        provenance: Market and versions.
    """

    name: str
    event: str
    about: str
    parameters: Mapping[str, Any]
    horizons: tuple[int, ...]
    within: int
    rows: pd.DataFrame
    figures: pd.DataFrame
    paths: pd.DataFrame
    false_breakouts: Mapping[str, float | int | None] | None
    warnings: tuple[str, ...]
    provenance: Mapping[str, Any]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.rows)

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return bool(self.provenance["market"]["simulated"])

    def __repr__(self) -> str:
        """Say what was studied."""
        market = self.provenance["market"]
        span = f"{market['first_session']} to {market['last_session']}"
        return f"EventStudy({self.name}, {len(self)} events, {span}{', SIMULATED' if self.simulated else ''})"

    def __str__(self) -> str:
        """Return the figures of the difference, one row a start and horizon."""
        heading = f"{self.name}{' (SIMULATED)' if self.simulated else ''}: {len(self)} events, small minus large\n"
        return heading + self.figures.xs("difference", level="measure").to_string(float_format="{:.4f}".format)

    def summary(self) -> dict[str, Any]:
        """Return the study as JSON can hold it, but for the paths."""
        return {
            "name": self.name,
            "event": self.event,
            "about": self.about,
            "params": dict(self.parameters),
            "horizons": list(self.horizons),
            "within": self.within,
            "events": _records(self.rows),
            "figures": _records(self.figures),
            "false_breakouts": None if self.false_breakouts is None else dict(self.false_breakouts),
            "warnings": list(self.warnings),
            "provenance": dict(self.provenance),
        }

    def json(self) -> str:
        """Return the summary as text; the same study gives the same bytes."""
        return json.dumps(self.summary(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def events(
    event: str | Path,
    market: Market,
    *,
    horizons: Sequence[int] = HORIZONS,
    within: int = WITHIN,
    **parameters: Any,
) -> EventStudy:
    """Return what both legs did after each event of a kind.

    Args:
        event: first-cut, restart, cut, hike, breakout, record-high, jackson-hole, level, or the path of a .csv or
            .txt file with one date a row.
        market: From `load_market`; events before its account opens do not count.
        horizons: Sessions ahead.
        within: Sessions in which a close back below the level makes a breakout false.
        **parameters: The event's; those left out keep their defaults.

    Raises:
        UnknownEventError: There is no such event.
        ParameterError: The event does not have such a parameter, or a value cannot be taken.

    >>> from capshift import load_market
    >>> study = events("first-cut", load_market(start="2001-01-01"), horizons=[21])
    >>> [str(session.date()) for session in study.rows.index]
    ['2001-01-03', '2007-09-18', '2019-07-31', '2024-09-18']
    """
    kind = find_event(event)
    full = checked(kind.name, kind.params, kind.limits, parameters)
    ahead = checked_windows(horizons, within)
    found = kind.find(market, **full).since(market.opening)
    returns = {
        (start, horizon, measure): values
        for horizon in ahead
        for start, both in forward_returns(market, horizon).items()
        for measure, values in both.items()
    }
    below = None if found.levels is None else sessions_until_below(found)
    figures = event_figures(returns, found.sessions, market.opening)
    return EventStudy(
        name=",".join([kind.name, *(f"{name}={_short(value)}" for name, value in parameters.items())]),
        event=kind.name,
        about=kind.about.format(**full),
        parameters=full,
        horizons=ahead,
        within=within,
        rows=_rows(market, found, below, returns),
        figures=figures,
        paths=_paths(market, found.sessions, ahead[-1]),
        false_breakouts=None if below is None else false_breakouts(below, len(market) - 1 - found.sessions, within),
        warnings=(*_warnings(kind, found, figures, ahead[-1]), *_unused(within, found)),
        provenance={"market": market_facts(market), "versions": versions("numpy", "pandas", "scipy")},
    )


def parse_event(event: str | Path, assignments: Sequence[str]) -> dict[str, Any]:
    """Return an event's parameters from texts `name=value`, all checked.

    Raises:
        CapshiftError: There is no such event, or it cannot take such a parameter.

    >>> parse_event("breakout", ["entry=55"])
    {'entry': 55}
    """
    kind = find_event(event)
    given = read_as(kind.params, assigned(kind.name, assignments))
    checked(kind.name, kind.params, kind.limits, given)
    return given


def parse_horizons(text: str) -> list[int]:
    """Return horizons from a list with commas.

    Raises:
        ParameterError: It is no such list.

    >>> parse_horizons("21, 63")
    [21, 63]
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        msg = f"horizons is {text!r}; write sessions ahead with commas, like 21,63"
        raise ParameterError(msg) from None


def checked_windows(horizons: Sequence[int], within: int) -> tuple[int, ...]:
    """Return horizons in rising order, each once.

    Raises:
        ParameterError: There is none, or one of them or `within` is no window.

    >>> checked_windows([63, 21, 21], within=20)
    (21, 63)
    """
    checked("events", {"within": WITHIN}, {"within": WINDOW}, {"within": within})
    if not len(horizons):
        msg = "horizons is empty; give at least one number of sessions"
        raise ParameterError(msg)
    for horizon in horizons:
        checked("events", {"horizon": 21}, {"horizon": WINDOW}, {"horizon": horizon})
    return tuple(sorted({int(horizon) for horizon in horizons}))


def _rows(
    market: Market,
    found: Found,
    below: NDArray[np.float64] | None,
    returns: Mapping[tuple[str, int, str], NDArray[np.float64]],
) -> pd.DataFrame:
    """Return one row an event."""
    columns: dict[str, Any] = {"dated": found.dated}
    if any(found.kinds):
        columns["kind"] = list(found.kinds)
    if below is not None and found.series is not None and found.levels is not None:
        # In dollars of the event's own close, also where dividends are reinvested.
        columns["level"] = found.levels * market.small.close[found.sessions] / found.series[found.sessions]
        columns["below_after"] = below
    for (start, horizon, measure), values in returns.items():
        columns[f"{measure}_{start}_{horizon}"] = values[found.sessions]
    return pd.DataFrame(columns, index=market.sessions[found.sessions].rename("session"))


def _paths(market: Market, sessions: NDArray[np.int64], longest: int) -> pd.DataFrame:
    """Return relative wealth after each event, 1 at its close."""
    ratio = market.small.total_return / market.large.total_return
    padded = np.concatenate([ratio, np.full(longest, np.nan)])
    steps = np.arange(longest + 1)
    lines = padded[sessions[:, None] + steps] / ratio[sessions][:, None]
    return pd.DataFrame(
        lines.T, index=pd.Index(steps, name="sessions"), columns=market.sessions[sessions].rename("session")
    )


def _warnings(kind: EventKind, found: Found, figures: pd.DataFrame, longest: int) -> list[str]:
    """Return what a reader of the figures must know, the gravest first."""
    said = [kind.warning] if kind.warning else []
    if kind.dates is not None and len(kind.dates) > len(found.sessions):
        left_out = len(kind.dates) - len(found.sessions)
        said.append(
            f"{left_out} of {len(kind.dates)} dates were left out: outside the account, or on another's session."
        )
    at_longest = ("close", longest, "difference")
    complete, apart = (int(figures[key].to_dict()[at_longest]) for key in ("events", "independent"))
    if not len(found.sessions):
        return [*said, "There was no such event in this market."]
    if complete > apart:
        said.append(
            f"At {longest} sessions only {apart} of {complete} events {'is' if apart == 1 else 'are'} independent. The "
            "p-values treat all as if they were: where events overlap or cluster, they are too small."
        )
    if apart < _FEW:
        said.append(
            f"{apart} independent {'event is' if apart == 1 else 'events are'} far too few to tell skill from luck, "
            "whatever the p-value."
        )
    if complete < len(found.sessions):
        ongoing = len(found.sessions) - complete
        said.append(
            f"{ongoing} of {len(found.sessions)} events {'has' if ongoing == 1 else 'have'} not had {longest} sessions "
            "yet; what is not over is left empty."
        )
    return said


def _unused(within: int, found: Found) -> list[str]:
    """Return what to say where sessions to fall back below a level were asked for, and no level was broken."""
    if within == WITHIN or found.levels is not None:
        return []
    return [f"within={within} changes nothing here: these events break no level that a close could fall back below."]


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON can hold them: dates as text, no value as None."""
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.reset_index().to_dict(orient="records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return day(value)
    return None if isinstance(value, float) and not np.isfinite(value) else value
