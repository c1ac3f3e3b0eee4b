"""What the figures of docs/rules.md show: holdings and signals on the sample market, which is SIMULATED.

Nothing is drawn here. `digest` names all that a figure shows, and draw_rules.py writes it into the picture: a picture
whose digest is not that of its rule as it is now shows something that is no longer so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import capshift as cs
from capshift.data_feeds import first_sessions
from capshift.strategies import find_rule
from capshift.strategies.combinations import members
from capshift.strategies.fed import expectations, target_middle
from capshift.strategies.parameters import resolve
from capshift.strategies.signals import growth, month_returns, prior_high, prior_low

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from capshift.data_feeds import Market

#: Under this key the digest stands in a picture's text.
DIGEST_KEY = "Shows"
#: Signals are compared to so many decimals: sums may differ by less from one machine to another.
_DECIMALS = 6


class Line(NamedTuple):
    """One line of a panel.

    Attributes:
        label: What it is.
        data: One value a session; NaN is not drawn.
        style: `line`, `steps`, `dots`, `bars`, or `strip` for when a member holds small caps.
    """

    label: str
    data: NDArray[np.float64]
    style: str = "line"


class Panel(NamedTuple):
    """One of the panels below the price.

    Attributes:
        label: What its axis shows, with the unit.
        lines: What is drawn.
        thresholds: Label to value.
        days: Positions marked by a thin upright line.
    """

    label: str
    lines: tuple[Line, ...]
    thresholds: Mapping[str, float] = {}
    days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One rule on one span.

    Attributes:
        rule: Its registered name.
        signal: From the market and the rule's parameters to the panels below the price.
        start: First date shown.
        end: Last date shown.
        given: Parameters that are not left at their defaults.
        levels: From the market and the parameters to levels in the unit of the price.
    """

    rule: str
    signal: Callable[[Market, dict[str, Any]], tuple[Panel, ...]]
    start: str = "2000-01-03"
    end: str = "2025-12-31"
    given: Mapping[str, float] = field(default_factory=dict)
    levels: Callable[[Market, dict[str, Any]], tuple[Line, ...]] = lambda _market, _parameters: ()

    @property
    def spec(self) -> str:
        """The rule as it is written on the command line."""
        values = ",".join(f"{name}={value:g}" for name, value in self.given.items())
        return f"{self.rule}:{values}" if values else self.rule

    @property
    def title(self) -> str:
        """Rule and span."""
        return f"{self.spec}, {self.start} to {self.end}"


@dataclass(frozen=True, eq=False)
class Shown:
    """All that a figure shows.

    Attributes:
        title: Rule and span.
        symbol: Of the small caps.
        sessions: Those shown.
        close: Of the small caps.
        small: Weight of small caps decided at each close.
        cash: Weight of cash decided at each close.
        levels: Lines beside the close.
        panels: Below it.
    """

    title: str
    symbol: str
    sessions: pd.DatetimeIndex
    close: NDArray[np.float64]
    small: NDArray[np.float64]
    cash: NDArray[np.float64]
    levels: tuple[Line, ...]
    panels: tuple[Panel, ...]

    @property
    def digest(self) -> str:
        """sha256 of all that is shown, as hexadecimal digits."""
        digest = hashlib.sha256(repr((self.title, self.symbol)).encode())
        digest.update(self.sessions.as_unit("ns").asi8.tobytes())
        for values in (self.close, self.small, self.cash):
            digest.update(_rounded(values))
        for panel in (Panel(self.symbol, self.levels), *self.panels):
            digest.update(repr((panel.label, sorted(panel.thresholds.items()), panel.days)).encode())
            for line in panel.lines:
                digest.update(repr((line.label, line.style)).encode())
                digest.update(_rounded(line.data))
        return digest.hexdigest()


def _rounded(values: NDArray[np.float64]) -> bytes:
    return (np.round(values, _DECIMALS) + 0.0).tobytes()  # + 0.0: no negative zeros


@lru_cache(maxsize=1)
def sample_market() -> Market:
    """Return the market of all figures: the default sample, with QQQ as leader."""
    return cs.load_market(leaders="QQQ")


def shown(figure: Figure) -> Shown:
    """Return what a figure shows: the rule decides on the whole sample market, and its span is cut out."""
    market = sample_market()
    rule = find_rule(figure.rule)
    parameters = resolve(rule, figure.given)
    holdings = rule.decided(market, parameters)
    small, large = holdings.weights["small"], holdings.weights["large"]
    first, last = market.sessions.searchsorted(figure.start), market.sessions.searchsorted(figure.end, side="right")
    span = slice(int(first), int(last))

    def cut(line: Line) -> Line:
        return line._replace(data=line.data[span])

    panels = tuple(
        panel._replace(
            lines=tuple(cut(line) for line in panel.lines),
            days=tuple(day - span.start for day in panel.days if span.start <= day < span.stop),
        )
        for panel in figure.signal(market, parameters)
    )
    return Shown(
        title=figure.title,
        symbol=market.small.symbol,
        sessions=market.sessions[span],
        close=market.small.close[span],
        small=small[span],
        cash=np.maximum(1 - small - large, 0)[span],
        levels=tuple(cut(line) for line in figure.levels(market, parameters)),
        panels=panels,
    )


def _relative(market: Market, _parameters: dict[str, Any]) -> tuple[Panel, ...]:
    ratio = market.small.total_return / market.large.total_return
    return (Panel("S* / L*, 1 at first", (Line("total return, small over large", ratio),), {"": 1.0}),)


def _drift(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    result = cs.run("mix", market, **parameters)
    worth = result.shares["small"].to_numpy() * market.small.close
    share = 100 * worth / result.equity.to_numpy()
    return (
        Panel("% of equity", (Line("small caps' part at the close", share),), {"small": 100 * parameters["small"]}),
    )


def _target(market: Market, _parameters: dict[str, Any]) -> tuple[Panel, ...]:
    counted = [
        int(known)
        for known, kind in zip(market.fomc.known, market.fomc.kinds, strict=True)
        if kind in {"first", "restart"} and known >= 0
    ]
    line = Line("middle of the Fed's target; upright: first and restarting cuts", target_middle(market), "steps")
    return (Panel("%", (line,), days=tuple(counted)),)


def _bills(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    gap = market.known_series("DGS3MO") - target_middle(market)
    thresholds = {"enter": -parameters["enter"], "exit": -parameters["exit"]}
    return (Panel("points", (Line("DGS3MO less the middle of the Fed's target", gap),), thresholds),)


def _cut_probability(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    meetings = first_sessions(market.meetings.dates, market.sessions)
    line = Line(
        "probability of a cut at the next scheduled meeting; upright: decisions", 100 * expectations(market).cut
    )
    thresholds = {name: 100 * parameters[name] for name in ("probability", "exit")}
    return (Panel("%", (line,), thresholds, tuple(meetings.tolist())),)


def _breakout_levels(market: Market, parameters: dict[str, Any]) -> tuple[Line, ...]:
    close, entry, end = market.small.close, parameters["entry"], parameters["exit"]
    return (
        Line(f"{entry}-session high", (1 + parameters["buffer"]) * prior_high(close, entry)),
        Line(f"{end}-session low", prior_low(close, end)),
    )


def _breakout(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    close = market.small.close
    high, low = _breakout_levels(market, parameters)
    lines = (
        Line("close from the high: begins above 0", 100 * (close / high.data - 1)),
        Line("close from the low: ends below 0", 100 * (close / low.data - 1)),
    )
    return (Panel("%", lines, {"": 0.0}),)


def _price_level(market: Market, parameters: dict[str, Any]) -> tuple[Line, ...]:
    return (Line("level", np.full(len(market), parameters["level"])),)


def _from_level(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    away = 100 * (market.small.close / parameters["level"] - 1)
    return (Panel("%", (Line("close from the level", away),), {"level": 0.0}),)


def _record_age(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    close = market.small.close
    steps = np.arange(len(close))
    record = np.maximum.accumulate(np.where(close >= np.maximum.accumulate(close), steps, 0))
    age = (steps - record).astype(np.float64)
    return (Panel("sessions", (Line("since the last record close", age),), {"drought": parameters["drought"]}),)


def _strength(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    lookback = parameters["lookback"]
    ahead = 100 * (growth(market.small.total_return, lookback) - growth(market.large.total_return, lookback))
    decided = np.where(market.month_end, ahead, np.nan)
    lines = (Line(f"small less large over {lookback} sessions", ahead), Line("at month ends", decided, "dots"))
    return (Panel("points", lines, {"": 0.0}),)


def _month_lead(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    small, large = (
        month_returns(bars.total_return, market.month_end, market.sessions) for bars in (market.small, market.large)
    )
    line = Line("month's total return, small less large", 100 * (small - large), "bars")
    return (Panel("points", (line,), {"thrust": 100 * parameters["thrust"]}),)


def _both_returns(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    window = parameters["window"]
    giants = market.leaders.total_return if market.leaders is not None else market.large.total_return
    lines = tuple(
        Line(label, 100 * (growth(values, window) - 1))
        for label, values in (
            (f"leaders' return over {window} sessions", giants),
            ("small caps'", market.small.total_return),
        )
    )
    return (Panel("%", lines, {"": 0.0, "flight": -100 * parameters["flight"]}),)


def _answers(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    spoken = np.zeros(len(market), dtype=bool)
    spoken[first_sessions(market.speeches, market.sessions)] = True
    lead = growth(market.small.total_return, 1) - growth(market.large.total_return, 1)
    yields = market.known_series("DGS2")
    fall = np.append(np.nan, yields[:-1] - yields[1:])
    return (
        Panel(
            "points",
            (Line("small less large on speech days, % points", np.where(spoken, 100 * lead, np.nan), "dots"),),
            {"thrust": 100 * parameters["thrust"]},
        ),
        Panel(
            "points",
            (Line("fall of DGS2 on speech days", np.where(spoken, fall, np.nan), "dots"),),
            {"drop": parameters["drop"]},
        ),
    )


def _sahm(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    (fed,) = _target(market, parameters)
    line = Line("SAHMREALTIME as known; upright: first and restarting cuts", market.known_series("SAHMREALTIME"))
    # The filter's own threshold.
    return (Panel("points", (line._replace(style="steps"),), {"economy": 0.5}, fed.days),)


def _members(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    strips = tuple(
        Line(rule.rule_name(), rule.decided(market, given).weights["small"], "strip")
        for rule, given in members(parameters["rules"])
    )
    return (Panel("members hold small caps", strips),)


#: One a rule, in the order of docs/rules.md.
FIGURES = (
    Figure("hold-small", _relative),
    Figure("hold-large", _relative),
    Figure("mix", _drift, start="2019-07-01", end="2021-06-30"),
    Figure("rate-cut", _target),
    Figure("priced-cuts", _bills, start="2007-06-01", end="2008-12-31"),
    Figure("fedwatch", _cut_probability, start="2024-05-01", end="2025-12-31"),
    Figure("breakout", _breakout, start="2003-01-02", end="2012-12-31", levels=_breakout_levels),
    Figure("price-level", _from_level, start="2017-01-03", end="2023-12-29", levels=_price_level),
    Figure("record-high", _record_age),
    Figure("relative-strength", _strength, start="2015-01-02", end="2025-12-31"),
    Figure("monthly-thrust", _month_lead, start="2009-01-02", end="2021-12-31"),
    Figure("leadership", _both_returns, start="2020-05-01", end="2021-06-30"),
    Figure("jackson-hole", _answers, start="2014-01-02", given={"thrust": 0.0, "drop": 0.0}),
    Figure("soft-landing", _sahm),
    Figure("all-of", _members),
    Figure("any-of", _members),
    Figure("vote", _members),
)
