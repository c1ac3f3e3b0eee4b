"""QuantStats draws: the one door to it, and to matplotlib.

It gets aligned, finite returns and nothing to guess from. What it draws wrongly is redrawn or left out: its log scale
is linear below 100 %, its calendar years stand beside their labels, its histogram halves densities and calls them
occurrences, its daily returns are a cumulative sum, its drawdown periods are a session off and call ongoing ones
recovered, its monthly heat map shows 0 for months outside the span, its rolling beta 0 until the window is full.

Import this module in a process of its own: QuantStats changes global settings of matplotlib and seaborn.
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
import numpy as np
import pandas as pd
import quantstats as qs

if TYPE_CHECKING:
    from collections.abc import Callable

#: Ships with matplotlib, so that no font is searched for; browsers put their own in its place.
_FONT = "DejaVu Sans"
_ROLLING = 126
#: Around the axes, in inches: left, right, bottom, top.
_MARGINS = (0.85, 0.12, 0.36, 0.4)
_FEWEST_FOR_CHARTS = 42
#: Colours of the rule and, in all pages alike, of hold-large, and those of words, grid and averages.
_RULE, _LARGE = "#0072b2", "#7f7f7f"
_WORDS, _GRID, _AVERAGE = "#444444", "#e5e5e5", "#d55e00"
#: What the rule is called while it is drawn.
_OWN = "Rule"
_COLOURS = {_OWN: _RULE, "hold-large": _LARGE}
#: What the stylesheet calls them, so that a dark page has light words.
_VARIABLES = {_RULE: "--rule", _LARGE: "--large", _WORDS: "--soft", _GRID: "--line", _AVERAGE: "--average"}


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
        figure = plot(returns, **against, **options, subtitle=False, figsize=(10, height), fontname=_FONT, show=False)
        for shade in (one for axes in figure.axes for one in axes.collections):
            shade.set(color=_RULE, alpha=0.2, linewidth=0)
        return figure

    return draw


def _growth(returns: pd.Series, benchmark: pd.Series) -> Any:
    """Draw growth on a log scale; QuantStats' own is linear below 100 % and logarithmic above."""
    figure, axes = plt.subplots(figsize=(10, 4.6))
    for series, colour in ((benchmark, _LARGE), (returns, _RULE)):
        axes.plot(series.index, (1 + series).cumprod(), color=colour, linewidth=1.3, label=series.name)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(_times)
    axes.yaxis.set_minor_formatter(_times)
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
    axes.axhline(0, color=_WORDS, linewidth=0.8)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=14))
    _dress(axes)
    return figure


def _sessions(returns: pd.Series, _benchmark: pd.Series) -> Any:
    """Draw the range of session returns week by week; QuantStats' own draws a cumulative sum, 0 on weekends."""
    figure, axes = plt.subplots(figsize=(10, 3))
    weeks = returns.groupby(pd.DatetimeIndex(returns.index).to_period("W"))
    ends = pd.DatetimeIndex(returns.index.to_series().groupby(pd.DatetimeIndex(returns.index).to_period("W")).last())
    gap = np.full(len(ends), np.nan)
    reach = np.column_stack([np.minimum(weeks.min(), 0), np.maximum(weeks.max(), 0), gap]).ravel()
    axes.plot(ends.repeat(3), reach, color=_RULE, linewidth=0.7, label=returns.name)
    axes.axhline(0, color=_WORDS, linewidth=0.8)
    _dress(axes)
    return figure


def _months(returns: pd.Series, benchmark: pd.Series) -> Any:
    """Count months by the size of their return; QuantStats' own draws halved densities and calls them occurrences."""
    figure, axes = plt.subplots(figsize=(10, 4))
    monthly = [(1 + one).groupby(pd.DatetimeIndex(one.index).to_period("M")).prod() - 1 for one in (benchmark, returns)]
    lowest, highest = min(one.min() for one in monthly), max(one.max() for one in monthly)
    steps = np.arange(np.floor(lowest * 50), np.ceil(highest * 50) + 1) / 50  # two points of return wide
    axes.hist(monthly, bins=list(steps), color=[_LARGE, _RULE], label=[str(benchmark.name), str(returns.name)])
    axes.set_ylabel("months")
    _dress(axes)
    return figure


def _dress(axes: Any) -> None:
    axes.set_axisbelow(True)
    axes.legend()


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
        "Session returns",
        "From the lowest to the highest session return of each calendar week, and 0 between them.",
        _sessions,
        sessions=2,
        percent="y",
    ),
    _Drawing(
        "Distribution of monthly returns",
        "In how many calendar months the return was of each size, beside hold-large.",
        _months,
        sessions=252,
        percent="x",
    ),
)


def charts(returns: pd.Series, benchmark: pd.Series, *, name: str = _OWN, stamp: str = "") -> list[Chart]:
    """Return QuantStats' charts of a rule's session returns beside those of hold-large.

    Args:
        returns: Simple returns, finite, sessions rising.
        benchmark: Of hold-large, on the same sessions.
        name: What legends call the rule.
        stamp: A word written across every chart.

    Raises:
        ValueError: The returns are not what QuantStats can be given.
    """
    if not returns.index.equals(benchmark.index):
        msg = "returns and benchmark must have the same sessions"
        raise ValueError(msg)
    if not (returns.index.is_monotonic_increasing and returns.index.is_unique):
        msg = "sessions must rise"
        raise ValueError(msg)
    if not np.isfinite([returns, benchmark]).all():
        msg = "returns and benchmark must be finite"
        raise ValueError(msg)
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    rule, large = returns.rename(_OWN), benchmark.rename("hold-large")
    return [_chart(number, drawing, rule, large, name, stamp) for number, drawing in enumerate(_DRAWINGS)]


def _chart(number: int, drawing: _Drawing, returns: pd.Series, benchmark: pd.Series, name: str, stamp: str) -> Chart:
    if len(returns) < drawing.sessions:
        why = f"Not drawn: {len(returns)} returns, and {drawing.sessions} are needed."
        return Chart(drawing.title, drawing.caption, "", why)
    if np.ptp(returns) == 0 or np.ptp(benchmark) == 0:
        return Chart(drawing.title, drawing.caption, "", "Not drawn: the returns never vary.")
    return _pictured(f"chart{number}", drawing, lambda: drawing.draw(returns, benchmark), stamp, name)


def drawn(title: str, caption: str, draw: Callable[[Any], None], *, name: str, stamp: str = "") -> Chart:
    """Return a chart of our own, in the look of the others.

    Args:
        title: Its heading.
        caption: What is drawn.
        draw: Draws on matplotlib's axes.
        name: Before the ids of the picture's parts; each chart of a page has its own.
        stamp: A word written across it.
    """

    def figure() -> Any:
        made, axes = plt.subplots(figsize=(10, 3.8))
        draw(axes)
        return made

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    return _pictured(name, _Drawing(title, caption, lambda *_: None, sessions=0), figure, stamp)


def _pictured(prefix: str, drawing: _Drawing, draw: Callable[[], Any], stamp: str, name: str = _OWN) -> Chart:
    """Return a chart with its picture."""
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "capshift",
        "font.family": _FONT,
        "path.simplify_threshold": 0.5,
    }
    with warnings.catch_warnings(), mpl.rc_context(settings):
        warnings.simplefilter("ignore")  # QuantStats' own; its input was checked above
        figure = draw()
        _restyle(figure, drawing, name)
        figure.text(0.5, 0.5, stamp, fontsize=54, color=_WORDS, alpha=0.16, ha="center", va="center", rotation=12)
        picture = io.StringIO()
        # Fixed margins: to lay them out, matplotlib would draw everything twice.
        width, height = figure.get_size_inches()
        figure.set_layout_engine("none")
        left, right, bottom, top = _MARGINS
        figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
        figure.savefig(picture, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return Chart(drawing.title, drawing.caption, _inline(picture.getvalue(), prefix, drawing, stamp))


def _restyle(figure: Any, drawing: _Drawing, name: str) -> None:
    """Give all charts the same look, and the headings to the page."""
    figure.suptitle("")
    for axes in figure.axes:
        axes.set_title("")
        axes.grid(color=_GRID, linewidth=0.6)
        axes.spines[:].set_visible(False)
        axes.tick_params(which="both", labelsize=10, labelcolor=_WORDS, color=_GRID, labelrotation=0)
        axes.tick_params(axis="x", pad=4)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("center")
        axes.yaxis.label.set(size=10, weight="normal", color=_WORDS)
        for line in axes.lines:
            _recolour(line)
        for patch in axes.patches:
            patch.set_linewidth(0)  # seaborn's theme edges bars in white
        if axes.get_legend():  # anew, above the chart and in the lines' colours
            handles, labels = _legend(axes, name)
            place: Any = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 2}
            axes.legend(handles, labels, frameon=False, fontsize=10, labelcolor=_WORDS, **place)
        if drawing.percent:
            # QuantStats cuts percents off at whole numbers, so that its axes read 4 % for 5 %.
            getattr(axes, f"{drawing.percent}axis").set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))


def _legend(axes: Any, name: str) -> tuple[list[Any], list[str]]:
    """Return what a legend shows: the rule first and by its name, whatever was drawn first, and none twice."""
    found = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    shown = {name if label == _OWN else label: found[label] for label in sorted(found, key=lambda one: one != _OWN)}
    return list(shown.values()), list(shown)


def _recolour(line: Any) -> None:
    known = _COLOURS.get(str(line.get_label()))
    if known:
        line.set_color(known)
    elif line.get_linestyle() != "-" or line.get_color() in {"black", "gray", "#000000"}:
        average = line.get_color() == "red"
        line.set(color=_AVERAGE if average else _WORDS, linewidth=1.3 if average else 0.8)
        line.set_linestyle("--" if average else "-")


def _inline(svg: str, prefix: str, drawing: _Drawing, stamp: str) -> str:
    """Return a picture fit to stand in a page: ids of its own, a role and a name, the page's colours and width."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = re.sub(r'xlink:href="#', f'xlink:href="#{prefix}-', svg)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r' d="[^"]*"', _shorter, svg)
    svg = svg.replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans', sans-serif")
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    name = ". ".join(filter(None, [stamp, drawing.title, drawing.caption]))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)


def _shorter(path: re.Match[str]) -> str:
    """Return a path in tenths of a point, which no screen resolves."""
    return re.sub(r"(\d\.\d)\d+", r"\1", path[0]).replace(" \n", " ").replace("\n", " ")
