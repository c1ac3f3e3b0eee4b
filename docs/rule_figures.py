"""What the figures of docs/rules.md show: holdings and signals on the sample market, which is SIMULATED.

Nothing is drawn here. `digest` names all that a figure shows, and draw_rules.py writes it into the picture: a picture
whose digest is not that of its rule as it is now shows something that is no longer so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

import capshift as cs
from capshift.strategies import find_rule
from capshift.strategies.parameters import resolve
from capshift.strategies.pictures import Line, Panel, picture_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from capshift.data_feeds import Market

#: Under this key the digest stands in a picture's text.
DIGEST_KEY = "Shows"
#: Signals are compared to so many decimals: sums may differ by less from one machine to another.
_DECIMALS = 6


@dataclass(frozen=True)
class Figure:
    """One rule on one span.

    Attributes:
        rule: Its registered name.
        start: First date shown.
        end: Last date shown.
        given: Parameters that are not left at their defaults.
    """

    rule: str
    start: str = "2000-01-03"
    end: str = "2025-12-31"
    given: Mapping[str, float] = field(default_factory=dict)

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

    seen = picture_of(rule, market, parameters, with_filters=False)
    if figure.rule == "mix":
        seen = seen._replace(panels=_drift(market, parameters))
    panels = tuple(
        panel._replace(
            lines=tuple(cut(line) for line in panel.lines),
            days=tuple(day - span.start for day in panel.days if span.start <= day < span.stop),
        )
        for panel in seen.panels
    )
    return Shown(
        title=figure.title,
        symbol=market.small.symbol,
        sessions=market.sessions[span],
        close=market.small.close[span],
        small=small[span],
        cash=np.maximum(1 - small - large, 0)[span],
        levels=tuple(cut(line) for line in seen.levels),
        panels=panels,
    )


def _drift(market: Market, parameters: dict[str, Any]) -> tuple[Panel, ...]:
    result = cs.run("mix", market, **parameters)
    worth = result.shares["small"].to_numpy() * market.small.close
    share = 100 * worth / result.equity.to_numpy()
    return (
        Panel("% of equity", (Line("small caps' part at the close", share),), {"small": 100 * parameters["small"]}),
    )


#: One a rule, in the order of docs/rules.md.
FIGURES = (
    Figure("hold-small"),
    Figure("hold-large"),
    Figure("mix", start="2019-07-01", end="2021-06-30"),
    Figure("rate-cut"),
    Figure("priced-cuts", start="2007-06-01", end="2008-12-31"),
    Figure("fedwatch", start="2024-05-01", end="2025-12-31"),
    Figure("breakout", start="2003-01-02", end="2012-12-31"),
    Figure("price-level", start="2017-01-03", end="2023-12-29"),
    Figure("record-high"),
    Figure("relative-strength", start="2015-01-02", end="2025-12-31"),
    Figure("monthly-thrust", start="2009-01-02", end="2021-12-31"),
    Figure("leadership", start="2020-05-01", end="2021-06-30"),
    Figure("jackson-hole", start="2014-01-02", given={"thrust": 0.0, "drop": 0.0}),
    Figure("soft-landing"),
    Figure("all-of"),
    Figure("any-of"),
    Figure("vote"),
)
