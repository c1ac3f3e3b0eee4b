"""QuantStats draws: the one door to it, and to matplotlib.

It gets aligned, finite returns and nothing to guess from. What it draws wrongly is left out: its daily returns are
a cumulative sum, its drawdown periods are a session off and call ongoing ones recovered, and its monthly heat map
shows 0 for months outside the span. Import this module in a process of its own: QuantStats changes global settings of
matplotlib and seaborn.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import matplotlib.ticker
import pandas as pd
import quantstats as qs

if TYPE_CHECKING:
    from collections.abc import Callable

#: Ships with matplotlib, so that no font is searched for; browsers put their own in its place.
_FONT = "DejaVu Sans"
_ROLLING = 126
_FEWEST_FOR_CHARTS = 42
#: Colours that colour-blind readers tell apart (Okabe and Ito).
_RULE, _LARGE = "#0072B2", "#E69F00"


class Chart(NamedTuple):
    """One chart of a page.

    Attributes:
        title: Its heading.
        caption: What is drawn, with its definition; also read to those who do not see it.
        svg: The picture, or nothing where there is too little to draw.
        missing: Why there is no picture.
    """

    title: str
    caption: str
    svg: str
    missing: str = ""


class _Drawing(NamedTuple):
    """How one chart is drawn, and how many sessions it takes."""

    title: str
    caption: str
    draw: Callable[[pd.Series, pd.Series], Any]
    sessions: int
    percent: str = ""


def _quantstats(name: str, *, height: float, beside: bool = False, **options: Any) -> Callable[..., Any]:
    """Return a drawing by QuantStats, with its titles left to the page."""

    def draw(returns: pd.Series, benchmark: pd.Series) -> Any:
        against = {"benchmark": benchmark} if beside else {}
        plot = getattr(qs.plots, name)
        return plot(returns, **against, **options, subtitle=False, figsize=(10, height), fontname=_FONT, show=False)

    return draw


def _growth(returns: pd.Series, benchmark: pd.Series) -> Any:
    """Draw growth on a log scale; QuantStats' own is linear below 100 % and logarithmic above."""
    figure, axes = plt.subplots(figsize=(10, 4.6))
    for series, colour in ((benchmark, _LARGE), (returns, _RULE)):
        axes.plot(series.index, (1 + series).cumprod(), color=colour, linewidth=1.3, label=series.name)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(_times)
    axes.yaxis.set_minor_formatter(_times)
    axes.tick_params(which="both", labelsize=9, colors="#555555")
    _dress(axes)
    return figure


def _times(value: float, _position: float) -> str:
    """Return how many times the money, where few enough labels fit."""
    leading = float(f"{value:e}".split("e")[0])
    return f"{value:g}x" if leading in {1, 2, 3, 5} else ""


def _years(returns: pd.Series, benchmark: pd.Series) -> Any:
    """Draw calendar years; QuantStats' own puts its bars and its years in different places."""
    figure, axes = plt.subplots(figsize=(10, 4))
    for series, colour, offset in ((benchmark, _LARGE, -0.2), (returns, _RULE, 0.2)):
        yearly = (1 + series).groupby(pd.DatetimeIndex(series.index).year).prod() - 1
        axes.bar(yearly.index + offset, yearly, width=0.4, color=colour, label=series.name)
    axes.axhline(0, color="#555555", linewidth=0.8)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=14))
    _dress(axes)
    return figure


def _dress(axes: Any) -> None:
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_facecolor("white")
    axes.spines[:].set_visible(False)
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


_DRAWINGS = (
    _Drawing(
        "Growth",
        "Worth of 1 put into the rule and into hold-large, on a log scale, dividends and costs included.",
        _growth,
        sessions=2,
    ),
    _Drawing(
        "Under water",
        "Fall of equity below its highest close so far; the dashed line is the average fall.",
        _quantstats("drawdown", height=3.4),
        sessions=_FEWEST_FOR_CHARTS,
        percent="y",
    ),
    _Drawing(
        "Calendar years",
        "Return of each calendar year beside hold-large over the same sessions; the first and last may be partial.",
        _years,
        sessions=2,
        percent="y",
    ),
    _Drawing(
        "Rolling volatility",
        "Sample deviation of the last 126 session returns times the root of 252, beside that of hold-large; "
        "the dashed line is the rule's average.",
        _quantstats("rolling_volatility", height=3, beside=True, period=_ROLLING, period_label="126 sessions"),
        sessions=2 * _ROLLING,
        percent="y",
    ),
    _Drawing(
        "Rolling Sharpe",
        "Mean over sample deviation of the last 126 session returns times the root of 252, no rate subtracted; "
        "the dashed line is the average.",
        _quantstats("rolling_sharpe", height=3, period=_ROLLING, period_label="126 sessions"),
        sessions=2 * _ROLLING,
    ),
    _Drawing(
        "Distribution of monthly returns",
        "How often each size of calendar-month return occurred, beside hold-large.",
        _quantstats("histogram", height=4, beside=True, prepare_returns=False),
        sessions=252,
        percent="x",
    ),
)


def charts(returns: pd.Series, benchmark: pd.Series) -> list[Chart]:
    """Return QuantStats' charts of a rule's session returns beside those of hold-large.

    Args:
        returns: Simple returns, finite, sessions rising.
        benchmark: Of hold-large, on the same sessions.
    """
    if not returns.index.equals(benchmark.index):
        msg = "returns and benchmark must have the same sessions"
        raise ValueError(msg)
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    rule, large = returns.rename("Rule"), benchmark.rename("hold-large")
    return [_chart(number, drawing, rule, large) for number, drawing in enumerate(_DRAWINGS)]


def _chart(number: int, drawing: _Drawing, returns: pd.Series, benchmark: pd.Series) -> Chart:
    if len(returns) < drawing.sessions:
        why = f"Not drawn: {len(returns)} sessions, and {drawing.sessions} are needed."
        return Chart(drawing.title, drawing.caption, "", why)
    if returns.std() == 0 or benchmark.std() == 0:
        return Chart(drawing.title, drawing.caption, "", "Not drawn: the returns never vary.")
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "capshift",
        "font.family": _FONT,
        "path.simplify_threshold": 0.5,
    }
    with warnings.catch_warnings(), mpl.rc_context(settings):
        warnings.simplefilter("ignore")  # QuantStats' own; its input was checked above
        figure = drawing.draw(returns, benchmark)
        figure.suptitle("")
        for axes in figure.axes:
            axes.set_title("")
            if drawing.percent:
                # QuantStats cuts percents off at whole numbers, so that its axes read 4 % for 5 %.
                getattr(axes, f"{drawing.percent}axis").set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))
        picture = io.StringIO()
        figure.set_layout_engine("constrained")
        figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return Chart(drawing.title, drawing.caption, _inline(picture.getvalue(), f"chart{number}", drawing))


def _inline(svg: str, prefix: str, drawing: _Drawing) -> str:
    """Return a picture fit to stand in a page: ids of its own, a role and a name, and a width that adapts."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = re.sub(r'xlink:href="#', f'xlink:href="#{prefix}-', svg)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r"(\d\.\d\d)\d+", r"\1", svg)  # a hundredth of a point is enough
    svg = svg.replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans', sans-serif")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{drawing.title}. {drawing.caption}" ', 1)
