"""Draw the figures of docs/rules.md: `make figures`, or `python docs/draw_rules.py [RULE]...`.

A picture is drawn again only where what it shows has changed; `--all` draws every one.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from PIL import Image, PngImagePlugin
from rule_figures import DIGEST_KEY, FIGURES, Line, Panel, Shown, shown

FOLDER = Path(__file__).parent / "rules"
#: Colours that colour-blind readers tell apart (Okabe and Ito).
_SMALL, _CASH = "#56b4e9", "#e69f00"
_LINES = ("#0072b2", "#d55e00")
_WORDS, _GRID, _CLOSE, _THRESHOLD = "#444444", "#e5e5e5", "#222222", "#888888"
_MORE, _LESS, _DAY = "#007a59", "#d55e00", "#cc79a7"
#: Highest over lowest close from which an axis takes 1, 1.5, 2, 3, 5, 7 instead of even steps.
_WIDE = 2.2
_INCHES, _DOTS_AN_INCH, _SHADES = (8.0, 4.9), 140, 96
_STYLE: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that no font is searched for
    "font.size": 9,
    "text.color": _WORDS,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _WORDS,
    "xtick.color": _WORDS,
    "ytick.color": _WORDS,
    "path.simplify_threshold": 0.3,
}


def draw(what: Shown, path: Path) -> None:
    """Write the picture of a figure: the price with what the rule holds, its signal below."""
    with mpl.rc_context(_STYLE):
        figure, (price, *below) = plt.subplots(
            1 + len(what.panels),
            figsize=_INCHES,
            sharex=True,
            layout="constrained",
            height_ratios=[1.5] + [1 / len(what.panels)] * len(what.panels),
        )
        _draw_price(price, what)
        for axes, panel in zip(below, what.panels, strict=True):
            _draw_panel(axes, panel, what)
        figure.suptitle(what.title, x=0.01, ha="left", fontsize=10, fontweight="bold")
        figure.text(
            0.5, 0.48, "SIMULATED", fontsize=54, color=_WORDS, alpha=0.13, ha="center", va="center", rotation=12
        )
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=_DOTS_AN_INCH)
        plt.close(figure)
    _write(picture, path, what)


def _write(picture: io.BytesIO, path: Path, what: Shown) -> None:
    """Write a picture in few colours, with what it shows as text; its bytes depend on nothing else."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", f"SIMULATED: {what.title}")
    text.add_text(DIGEST_KEY, what.digest)
    few = Image.open(picture).convert("RGB").quantize(_SHADES, dither=Image.Dither.NONE)
    few.save(path, format="PNG", optimize=True, pnginfo=text)


def _draw_price(axes: Any, what: Shown) -> None:
    _shade(axes, what)
    days, close = what.sessions, what.close
    axes.plot(days, close, color=_CLOSE, linewidth=0.9)
    for line, colour in zip(what.levels, _LINES, strict=False):
        axes.plot(days, line.data, color=colour, linewidth=0.8, label=line.label)
    change = np.diff(what.small)
    for at, marker, colour, label in (
        (np.flatnonzero(change > 0) + 1, "^", _MORE, "decides for small caps"),
        (np.flatnonzero(change < 0) + 1, "v", _LESS, "against"),
    ):
        if len(at):
            axes.plot(
                days[at],
                close[at],
                marker,
                color=colour,
                markersize=6,
                markeredgecolor="white",
                markeredgewidth=0.5,
                label=label,
            )
    axes.set_yscale("log")
    wide = close.max() > _WIDE * close.min()
    axes.yaxis.set_major_locator(
        ticker.LogLocator(subs=(1, 1.5, 2, 3, 5, 7)) if wide else ticker.MaxNLocator(5, steps=[1, 2, 5, 10])
    )
    axes.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    axes.set_ylabel(f"{what.symbol}, close")
    _dress(axes)


def _shade(axes: Any, what: Shown) -> None:
    """Shade where small caps or cash are held, from the close that decides to the one that decides otherwise."""
    for weight, colour, label in ((what.small, _SMALL, "small caps"), (what.cash, _CASH, "cash")):
        for level in sorted(set(weight.tolist()) - {0.0}):
            name = label if level == 1 else f"{level:.0%} {label}"
            for first, last in _stretches(weight == level):
                day = what.sessions[min(last, len(what.sessions) - 1)]
                axes.axvspan(what.sessions[first], day, color=colour, alpha=0.45 * level, linewidth=0, label=name)
                name = ""


def _stretches(flags: Any) -> list[tuple[int, int]]:
    """Return the first position of each stretch of True, and the one after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _draw_panel(axes: Any, panel: Panel, what: Shown) -> None:
    if any(line.style == "strip" for line in panel.lines):
        _draw_strips(axes, panel, what)
        return
    for day in panel.days:
        axes.axvline(what.sessions[day], color=_DAY, linewidth=0.9, zorder=1)
    for line, colour in zip(panel.lines, _LINES, strict=False):
        _draw_line(axes, line, colour, what)
    for label, value in panel.thresholds.items():
        axes.axhline(value, color=_THRESHOLD, linewidth=1, linestyle="--" if label else "-")
        axes.annotate(
            f" {label}", (1, value), xycoords=("axes fraction", "data"), va="center", fontsize=8, annotation_clip=False
        )
    axes.set_ylabel(panel.label)
    axes.margins(y=0.12)
    _dress(axes)


def _draw_line(axes: Any, line: Line, colour: str, what: Shown) -> None:
    known = ~np.isnan(line.data)
    days, values = what.sessions[known], line.data[known]
    if line.style == "bars":
        axes.bar(days, values, width=20, color=colour, label=line.label)
    elif line.style == "dots":
        axes.plot(days, values, "o", color=colour, markersize=3.5, label=line.label)
    else:
        steps = "steps-post" if line.style == "steps" else "default"
        axes.plot(what.sessions, line.data, color=colour, linewidth=0.9, label=line.label, drawstyle=steps)


def _draw_strips(axes: Any, panel: Panel, what: Shown) -> None:
    for row, line in enumerate(panel.lines):
        for first, last in _stretches(line.data > 1 / 2):
            day = what.sessions[min(last, len(what.sessions) - 1)]
            axes.fill_between([what.sessions[first], day], row - 0.35, row + 0.35, color=_LINES[0], linewidth=0)
    axes.set_yticks(range(len(panel.lines)), [line.label for line in panel.lines])
    axes.set_ylim(len(panel.lines) - 0.4, -0.6)
    axes.set_title(panel.label, loc="left", fontsize=8.5)
    _dress(axes)


def _dress(axes: Any) -> None:
    axes.grid(color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.margins(x=0.01)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            frameon=False,
            loc="lower left",
            bbox_to_anchor=(0, 0.98),
            ncols=6,
            fontsize=8.5,
            borderpad=0,
            columnspacing=1.4,
            handlelength=1.6,
        )


def stale(path: Path, what: Shown) -> bool:
    """Return whether a picture is not there, or shows something else."""
    return not path.exists() or Image.open(path).info.get(DIGEST_KEY) != what.digest


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description="Draw the figures of docs/rules.md from the sample market.")
    parser.add_argument("rules", nargs="*", help="names of rules; all without any")
    parser.add_argument("--all", action="store_true", help="draw also what is up to date")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for figure in FIGURES:
        path = FOLDER / f"{figure.rule}.png"
        if asked.rules and figure.rule not in asked.rules:
            continue
        what = shown(figure)
        if asked.all or asked.rules or stale(path, what):
            draw(what, path)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
