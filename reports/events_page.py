"""The page of an event study: figures, every event, and a line an event that Plotly draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.event_figures import EVENT_FIGURES, in_cell
from capshift.backtests.forward_returns import MEASURES, STARTS
from capshift.reports.pages import PALETTE, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests import EventStudy
    from capshift.reports.pages import Link

_FROM = {"close": "From the close that knows the event", "open": "From the next open"}
_HEADINGS = {"dated": "Dated", "kind": "What", "level": "Level, dollars", "below_after": "First close below, sessions"}


def events_page(study: EventStudy, *, root: str = "", links: Sequence[Link] = ()) -> str:
    """Return the page as HTML; it expects Plotly's script in the folder that `root` leads to."""
    symbols, name = study.provenance["market"]["symbols"], study.name.replace(",", ", ")
    return render(
        "events.html",
        root=root,
        links=links,
        provenance=study.provenance,
        title=f"{symbols['small']} against {symbols['large']} after {len(study)} events: {name}",
        scripts=["events.js"] if len(study) else [],
        study=study,
        definitions=EVENT_FIGURES,
        starts=[{"name": start, "title": _FROM[start], "figures": _figures(study, start)} for start in STARTS],
        columns=[_HEADINGS[name] for name in _about(study)],
        measures=(symbols["small"], symbols["large"], "difference"),
        events={start: _events(study, start) for start in STARTS},
        data=_data(study),
    )


def _figures(study: EventStudy, start: str) -> list[dict[str, Any]]:
    """Return the rows of one table of figures."""
    symbols = study.provenance["market"]["symbols"]
    table = study.figures.xs(start, level="start").reset_index().to_dict("records")
    return [
        {
            "horizon": row["horizon"],
            "measure": row["measure"],
            "label": symbols.get(row["measure"], row["measure"]),
            "cells": [in_cell(key, row[key]) for key in EVENT_FIGURES],
        }
        for row in table
    ]


def _about(study: EventStudy) -> list[str]:
    """Return the columns that tell of an event; its date only where it is not the session itself."""
    dated = [] if (study.rows["dated"] == study.rows.index).all() else ["dated"]
    return [*dated, *(name for name in ("kind", "level", "below_after") if name in study.rows)]


def _events(study: EventStudy, start: str) -> list[dict[str, Any]]:
    """Return the rows of the table of events."""
    returns = [f"{measure}_{start}_{horizon}" for horizon in study.horizons for measure in MEASURES]
    return [
        {
            "session": f"{session:%Y-%m-%d}",
            "about": [in_cell(name, row[name]) for name in _about(study)],
            "returns": [in_cell(name, row[name]) for name in returns],
        }
        for session, row in zip(study.rows.index, study.rows.to_dict("records"), strict=True)
    ]


def _data(study: EventStudy) -> dict[str, Any]:
    """Return what the page's script draws from: each line as far as the market goes, and the mean of those complete."""
    paths = study.paths.to_numpy()
    complete = ~np.isnan(paths).any(axis=0)
    lines = [
        {
            "session": f"{session:%Y-%m-%d}",
            "wealth": np.round(path[~np.isnan(path)], 5).tolist(),
            "complete": bool(whole),
        }
        for session, path, whole in zip(study.paths.columns, paths.T, complete, strict=True)
    ]
    mean = np.round(paths[:, complete].mean(axis=1), 5).tolist() if complete.any() else []
    return {
        "lines": lines,
        "mean": mean,
        "complete": int(complete.sum()),
        "longest": study.horizons[-1],
        "horizons": list(study.horizons),
        "palette": PALETTE,
        "stamp": "SIMULATED" if study.simulated else "",
    }
