"""What a rule looks at, as lines: its levels beside the price, and its signal with thresholds in panels below.

Nothing is drawn here: pages and figures draw what they find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from capshift.data_feeds import first_sessions
from capshift.strategies.combinations import members
from capshift.strategies.fed import expectations, target_middle
from capshift.strategies.filters import allowed
from capshift.strategies.registry import RULES
from capshift.strategies.signals import growth, month_returns, prior_high, prior_low

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies.base import Rotation


class Line(NamedTuple):
    """One line of a panel.

    Attributes:
        label: What it is.
        data: One value a session; NaN is not drawn.
        style: `line`, `steps`, `dots`, `bars`, or `strip` for when it is above a half.
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


class Picture(NamedTuple):
    """What a rule looks at.

    Attributes:
        levels: Lines in the unit of the small caps' price.
        panels: What stands below the price.
    """

    levels: tuple[Line, ...]
    panels: tuple[Panel, ...]


def picture_of(
    rule: type[Rotation], market: Market, parameters: Mapping[str, Any], *, with_filters: bool = True
) -> Picture:
    """Return what a rule looks at on a market; of rules that are not ours, relative wealth alone.

    Args:
        rule: Its class.
        market: Lines have one value for each of its sessions.
        parameters: All of them.
        with_filters: Whether a panel shows when the rule's filters hold.
    """
    name, given = rule.rule_name() if rule in RULES else "", dict(parameters)
    panels = SIGNALS.get(name, _relative)(market, given)
    filters = [one for one in rule.shared(parameters)["filters"].split("+") if one]
    if filters and with_filters:
        strips = tuple(Line(one, allowed(market, one).astype(np.float64), "strip") for one in filters)
        panels = (*panels, Panel("filters that hold", strips))
    return Picture(LEVELS[name](market, given) if name in LEVELS else (), panels)


def _relative(market: Market, _parameters: dict[str, Any]) -> tuple[Panel, ...]:
    ratio = market.small.total_return / market.large.total_return
    return (Panel("S* / L*, 1 at first", (Line("total return, small over large", ratio),), {"": 1.0}),)


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


#: A rule's name to its panels.
SIGNALS: Mapping[str, Callable[[Market, dict[str, Any]], tuple[Panel, ...]]] = {
    "rate-cut": _target,
    "priced-cuts": _bills,
    "fedwatch": _cut_probability,
    "breakout": _breakout,
    "price-level": _from_level,
    "record-high": _record_age,
    "relative-strength": _strength,
    "monthly-thrust": _month_lead,
    "leadership": _both_returns,
    "jackson-hole": _answers,
    "soft-landing": _sahm,
    "all-of": _members,
    "any-of": _members,
    "vote": _members,
}
#: A rule's name to levels beside the price.
LEVELS: Mapping[str, Callable[[Market, dict[str, Any]], tuple[Line, ...]]] = {
    "breakout": _breakout_levels,
    "price-level": _price_level,
}
