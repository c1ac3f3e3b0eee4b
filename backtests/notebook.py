"""How results show themselves in a notebook: a table, and a line for the growth of an account. All text is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from capshift.backtests.metrics import METRICS, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from capshift.backtests.comparison import Comparison
    from capshift.backtests.result import Result
    from capshift.backtests.sweep import Sweep

_WIDTH, _HEIGHT, _POINTS = 480, 90, 240
_SHOWN = ("final_equity", "cagr", "excess_cagr", "volatility", "sharpe", "max_drawdown", "turnover")
_STAMP = '<strong style="color:#b3261e"> SIMULATED</strong>'


def result_html(result: Result) -> str:
    """Return a result's growth and figures."""
    rows = [(metric.label, in_words(metric.form, result.metrics[key])) for key, metric in METRICS.items()]
    title = f"{result.name}, {result.equity.index[0].date()} to {result.equity.index[-1].date()}"
    return _shown(title, _growth(result) + _table(("Figure", "Value"), rows), simulated=result.simulated)


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison's figures, a rule a row, with how far luck explains them, which takes seconds once."""
    rows = [
        (result.name, *(in_words(METRICS[key].form, result.metrics[key]) for key in _SHOWN)) for result in comparison
    ]
    table = _table(("Rule", *(METRICS[key].label for key in _SHOWN)), rows)
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in comparison.sentences)
    return _shown(f"{len(comparison)} rules", table + said, simulated=comparison.simulated)


def sweep_html(sweep: Sweep, by: str = "sharpe", count: int = 10) -> str:
    """Return a sweep's best variants, and of how many they are the best."""
    keys = [by, *(key for key in _SHOWN if key != by)]
    rows = []
    for number in sweep.best(by, count).index.tolist():
        figures = sweep.figures(number)
        known = {key: None if np.isnan(value) else value for key, value in figures.items()}
        rows.append((sweep.name(number), *(in_words(METRICS[key].form, known[key]) for key in keys)))
    table = _table(("Variant", *(METRICS[key].label for key in keys)), rows)
    said = f"The best of {sweep.trials:,} variants by {METRICS[by].label}: the best of many looks good by luck alone."
    told = "".join(f"<p>{escape(text)}</p>" for text in (said, sweep.provenance["warning"]) if text)
    return _shown(f"{sweep.trials:,} variants", f"{table}{told}", simulated=sweep.simulated)


def _shown(title: str, body: str, *, simulated: bool) -> str:
    return f"<div><p><strong>{escape(title)}</strong>{_STAMP if simulated else ''}</p>{body}</div>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(text)}</td>" for text in row[1:])}</tr>'
        for row in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _growth(result: Result) -> str:
    """Return an account's equity as a small picture on a log scale."""
    equity = np.log(np.maximum(result.equity.to_numpy(), 1e-9))
    at = np.unique(np.linspace(0, len(equity) - 1, _POINTS).astype(int))
    low, span = float(equity.min()), float(np.ptp(equity)) or 1.0
    across = at / max(len(equity) - 1, 1) * _WIDTH
    points = " ".join(
        f"{x:.1f},{_HEIGHT - 4 - (y - low) / span * (_HEIGHT - 8):.1f}"
        for x, y in zip(across.tolist(), equity[at].tolist(), strict=True)
    )
    label = escape(f"Growth of {result.name} on a log scale", quote=True)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<polyline points="{points}" fill="none" stroke="#0072b2" stroke-width="1.5"/></svg>'
    )
