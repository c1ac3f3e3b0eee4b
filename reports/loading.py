"""Saved runs read again, so that their pages can be drawn anew without running anything."""

from __future__ import annotations

import json
from math import nan
from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.backtests import SELECTION_FIGURES, Comparison, EventStudy, Result, Selection, Sweep, WalkForward
from capshift.backtests.account import Account
from capshift.backtests.comparison import folder_name
from capshift.backtests.grid import grid_of
from capshift.backtests.redrawn import Interval
from capshift.backtests.resampling import Superiority
from capshift.backtests.stress import Stress
from capshift.backtests.uncertainty import LUCK_FIGURES, RuleUncertainty, Uncertainty
from capshift.reports import runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def load_comparison(folder: Path) -> Comparison:
    """Return a saved comparison with its results; what could not be saved of its uncertainty is worked out again."""
    head = _head(folder / runs.COMPARISON_JSON)
    results = {name: Result.load(folder / folder_name(name)) for name in head["rules"]}
    family = head["uncertainty"] or {}
    comparison = Comparison(results, head["benchmark"], family.get("trials_elsewhere", 0))
    if family:
        vars(comparison)["uncertainty"] = _uncertainty(head)  # else a cached property takes seconds to work it out
    return comparison


def load_stress(folder: Path) -> Stress | None:
    """Return what was saved of a comparison's stress, None where it was not asked for."""
    told = _head(folder / runs.COMPARISON_JSON).get("stress")
    if told is None:
        return None
    return Stress(
        subperiods=_indexed(told["subperiods"], ["rule", "kind", "part"]),
        sensitivities={name: _indexed(rows, ["kind", "setting"]) for name, rows in told["sensitivities"].items()},
    )


def _indexed(rows: Sequence[Mapping[str, Any]], index: list[str]) -> pd.DataFrame:
    """Return a table of numbers from its rows; what is None there is NaN."""
    table = pd.DataFrame(rows).set_index(index)
    return table.astype({name: float for name in table if table[name].isna().any()})


def _uncertainty(head: Mapping[str, Any]) -> Uncertainty:
    """Return what a comparison's JSON tells of how sure one can be."""
    family = head["uncertainty"]
    return Uncertainty(
        rules={name: _rule_uncertainty(one["uncertainty"]) for name, one in head["rules"].items()},
        verdict=family["verdict"],
        spa=family["spa"] and Superiority(**family["spa"]),
        trials=family["trials"],
        elsewhere=family["trials_elsewhere"],
        effective_trials=family["effective_trials"],
        block=family["block"],
        sessions=family["sessions"],
    )


def _rule_uncertainty(told: Mapping[str, Any]) -> RuleUncertainty:
    return RuleUncertainty(
        intervals={
            key: Interval(**{end: nan if value is None else value for end, value in one.items()})
            for key, one in told["intervals"].items()
        },
        figures={key: told[key] for key in LUCK_FIGURES},
        superior=told["superior"],
        in_confidence_set=told["in_confidence_set"],
        verdict=told["verdict"],
    )


def load_events(folder: Path, name: str) -> EventStudy:
    """Return a saved event study."""
    _, rows, paths, summary = (folder / file for file in runs.event_files(name))
    head = _head(summary)
    figures = pd.DataFrame(head["figures"]).set_index(["start", "horizon", "measure"]).astype(float)
    table = _table(rows)
    table.index = pd.DatetimeIndex(pd.to_datetime(table.index))
    table = table.astype({name: float for name in table if name not in {"dated", "kind"}})
    table["dated"] = pd.to_datetime(table["dated"])
    return EventStudy(
        name=head["name"],
        event=head["event"],
        about=head["about"],
        parameters=head["params"],
        horizons=tuple(head["horizons"]),
        within=head["within"],
        rows=table,
        figures=figures,
        paths=_by_date(paths),
        false_breakouts=head["false_breakouts"],
        warnings=tuple(head["warnings"]),
        provenance=head["provenance"],
    )


def load_sweep(folder: Path) -> tuple[Sweep, dict[str, Any]]:
    """Return a saved sweep, which has no market to run on, and how its page was asked for."""
    head = _head(folder / runs.SWEEP_JSON)
    grids = tuple(grid_of(one["spec"], one["axes"], one["where"]) for one in head["grids"])
    sweep = Sweep(
        table=pd.read_parquet(folder / runs.SWEEP_TABLE),
        grids=grids,
        refused=head["refused"],
        interrupted=head["interrupted"],
        market=None,  # type: ignore[arg-type]  # nothing is run
        account=Account(),
        engines=tuple(one["engine"] for one in head["grids"]),
        returns=None,  # type: ignore[arg-type]  # what they tell was saved
        checked=False,  # they were, or its warning says so
        provenance=head["provenance"],
    )
    vars(sweep)["_selections"] = {head["by"]: _selection(head)}
    return sweep, {"by": head["by"], "count": len(head["best"]), "verified": head.get("verified", [])}


def _selection(head: Mapping[str, Any]) -> Selection:
    """Return what a sweep's JSON tells of choosing its best."""
    told = head["selection"]
    return Selection(
        by=head["by"],
        figures={key: told[key] for key in SELECTION_FIGURES},
        overfitting=None,
        quantiles={key: list(values.values()) for key, values in told["quantiles"].items()},
        histograms={key: (one["edges"], one["counts"]) for key, one in told["histograms"].items()},
        **{key: told[key] for key in ("best", "trials", "looked_at", "benchmark", "sentences")},
    )


def load_walk_forward(folder: Path) -> WalkForward:
    """Return a saved walk-forward with its three accounts."""
    head = _head(folder / runs.WALK_JSON)
    windows = _table(folder / runs.WALK_WINDOWS).reset_index()
    stitched, benchmark, hindsight = (Result.load(folder / folder_name(name)) for name in head["metrics"])
    walked = WalkForward(
        windows=windows.astype(dict.fromkeys(("in_sample", "out_of_sample", "median"), float)),
        result=stitched,
        benchmark=benchmark,
        hindsight=hindsight,
        by=head["by"],
        trials=head["trials"],
        provenance=head["provenance"],
    )
    vars(walked)["uncertainty"] = head["uncertainty"] and _rule_uncertainty(head["uncertainty"])
    return walked


def _head(file: Path) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return head


def _table(file: Path) -> pd.DataFrame:
    """Return a table of text: numbers go by way of it, since their conversion is then exact in every pandas."""
    return pd.read_csv(file, index_col=0, dtype=str)


def _by_date(file: Path) -> pd.DataFrame:
    """Return a table of numbers whose columns are dates."""
    table = _table(file).astype(float)
    table.columns = pd.DatetimeIndex(pd.to_datetime(table.columns, format="%Y-%m-%d"))
    return table
