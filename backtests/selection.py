"""What choosing the best of a sweep is worth: overfitting, its deflated Sharpe ratio, and how all variants fared."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.metrics import METRICS, SESSIONS_A_YEAR, Metric
from capshift.backtests.overfitting import overfitting_of_sums
from capshift.backtests.sharpe_ratios import deflated_sharpe, moments, sharpe_by_luck
from capshift.backtests.trials import effective_trials, trials_variance
from capshift.backtests.uncertainty import FEWEST_SESSIONS
from capshift.backtests.verdicts import (
    NO_CHOICE,
    NO_DIFFERENCE,
    deflated_verdict,
    distribution_verdict,
    independence,
    overfitting_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from capshift.backtests.overfitting import Overfitting

SELECTION_FIGURES: Mapping[str, Metric] = {
    "overfitting_probability": Metric(
        "Probability of overfitting",
        "share",
        "Share of splits of history into halves in which the variant with the best Sharpe ratio of one half ranks no "
        "better than the middle of all variants in the other (CSCV, 16 blocks; Bailey, Borwein, Lopez de Prado and "
        "Zhu 2017).",
    ),
    "loss_probability": Metric(
        "Probability of loss", "share", "Share of the same splits in which it has a negative Sharpe ratio in the other."
    ),
    "deflated_sharpe": Metric(
        "Deflated Sharpe",
        "number",
        "Probability that the best variant's lead over hold-large is above what luck gives the best of all trials "
        "(Bailey and Lopez de Prado 2014). The trials' variance is that of all variants' leads, and at least "
        "1 / (sessions - 1), which luck alone gives.",
    ),
    "lead_sharpe": Metric(
        "Sharpe of lead", "number", "Annualised Sharpe ratio of the best variant's session returns minus hold-large's."
    ),
    "lead_sharpe_by_luck": Metric(
        "Sharpe of lead by luck",
        "number",
        "The same of the best of so many independent trials without skill, as expected.",
    ),
    "effective_trials": Metric(
        "Independent trials",
        "count",
        "Clusters of variants whose leads correlate by more than 0.5, of at most about 500 spread over all; told, "
        "and never used in place of the number of trials.",
    ),
    "ahead": Metric("Ahead of hold-large", "share", "Share of all variants whose CAGR is above that of hold-large."),
}
#: Shares of variants below a quantile.
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_BARS = 40


@dataclass(frozen=True, eq=False, kw_only=True)
class Returns:
    """What a sweep keeps of its variants' session returns.

    Attributes:
        blocks: Sums and sums of squares in each part of history, shape (2, parts, variants), in the order of the
            table; NaN where a variant failed. See `sums.Sums`.
        leads: Sum and sum of squares of all returns minus hold-large's, shape (2, variants).
        moves: Session returns minus hold-large's of the variants looked at, shape (looked at, sessions - 1).
        base: Session returns of hold-large.
        benchmark: Its figures.
        no_edge: Whether the market is one in which no variant has an edge.
    """

    blocks: NDArray[np.float64]
    leads: NDArray[np.float64]
    moves: NDArray[np.float64]
    base: NDArray[np.float64]
    benchmark: Mapping[str, float | int | None]
    no_edge: bool = False

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which variants did not fail."""
        return np.asarray(np.isfinite(self.leads[0]))

    @property
    def alike(self) -> bool:
        """Whether all variants that did not fail have the same returns: their ranks are ties, and tell nothing."""
        blocks = self.blocks[:, :, self.judged]
        return bool((blocks == blocks[:, :, :1]).all())

    def overfitting(self) -> Overfitting | None:
        """Return how often the best Sharpe ratio disappoints, None where there is nothing to choose or to tell by."""
        if self.alike or self.judged.sum() < 2 or len(self.base) < FEWEST_SESSIONS:  # noqa: PLR2004 - nothing to choose
            return None
        totals, squares = self.blocks if self.judged.all() else self.blocks[:, :, self.judged]
        return overfitting_of_sums(totals, squares, len(self.base) // len(totals))

    def lead_variance(self) -> float:
        """Return the variance of the Sharpe ratios per session of all variants' leads, at least that of luck."""
        count = len(self.base)
        if count < 2:  # noqa: PLR2004 - of fewer there is no deviation
            return 0.0
        totals, squares = self.leads[:, self.judged]
        spread = squares - totals**2 / count
        # What rounding leaves of a lead that never varies is no Sharpe ratio.
        varying = spread > np.finfo(float).eps * count * np.maximum(squares, 1e-12)
        deviations = np.sqrt(np.where(varying, spread, 1.0) / (count - 1))
        return trials_variance(np.where(varying, totals / count / deviations, 0.0)[varying], count)

    def effective_trials(self) -> int:
        """Return how many independent trials the variants looked at are worth."""
        failed = np.isnan(self.moves[:, 0])
        return effective_trials((self.moves[~failed] if failed.any() else self.moves).T)


@dataclass(frozen=True, eq=False, kw_only=True)
class Selection:
    """What choosing the best variant of a sweep is worth.

    Attributes:
        by: The figure that the best is chosen by.
        best: What tables call it; empty where no variant has the figure.
        trials: Variants tried, those that failed among them.
        looked_at: Variants whose returns were compared to tell how many are independent.
        figures: See `SELECTION_FIGURES`; None where one does not exist.
        overfitting: All splits; None with too few variants or sessions.
        quantiles: Figure to its quantiles over all variants, at `QUANTILES`.
        histograms: Figure to edges and counts.
        benchmark: Figures of hold-large.
        sentences: What they say.
    """

    by: str
    best: str
    trials: int
    looked_at: int
    figures: Mapping[str, float | None]
    overfitting: Overfitting | None
    quantiles: Mapping[str, list[float]]
    histograms: Mapping[str, tuple[list[float], list[int]]]
    benchmark: Mapping[str, float | int | None]
    sentences: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "best": self.best,
            "trials": self.trials,
            "looked_at": self.looked_at,
            **self.figures,
            "overfitting": None if self.overfitting is None else self.overfitting.summary(),
            "quantiles": {
                key: dict(zip(map(str, QUANTILES), values, strict=True)) for key, values in self.quantiles.items()
            },
            "histograms": {key: {"edges": edges, "counts": counts} for key, (edges, counts) in self.histograms.items()},
            "benchmark": dict(self.benchmark),
            "sentences": self.sentences,
            "definitions": {key: one.definition for key, one in SELECTION_FIGURES.items()},
        }


def selection_of(
    table: pd.DataFrame,
    returns: Returns,
    overfit: Overfitting | None,
    clusters: int,
    *,
    by: str,
    best: str,
    lead: NDArray[np.float64] | None,
    against: str,
) -> Selection:
    """Return what choosing the best of a sweep is worth.

    Args:
        table: Of the sweep.
        returns: What it keeps of its variants.
        overfit: From `Returns.overfitting`.
        clusters: From `Returns.effective_trials`.
        by: The figure that the best is chosen by.
        best: What tables call it.
        lead: Its session returns minus hold-large's; None where there is none.
        against: What sentences call hold-large.
    """
    trials, tested = len(table), int(returns.judged.sum())
    enough, several = len(returns.base) >= FEWEST_SESSIONS, tested > 1
    of = moments(np.empty(0) if lead is None else lead)
    variance = returns.lead_variance() if tested else float("nan")
    year, ahead = SESSIONS_A_YEAR**0.5, int((table["excess_cagr"] > 0).sum())
    known = {
        "overfitting_probability": overfit.probability if overfit else float("nan"),
        "loss_probability": overfit.probability_of_loss if overfit else float("nan"),
        "deflated_sharpe": deflated_sharpe(of, variance, trials) if enough and several else float("nan"),
        "lead_sharpe": of.sharpe * year if enough else float("nan"),
        "lead_sharpe_by_luck": sharpe_by_luck(variance, trials) * year if enough and several else float("nan"),
        "effective_trials": float(clusters) if enough and several and clusters else float("nan"),
        "ahead": ahead / tested if tested else float("nan"),
    }
    figures = {key: value if isfinite(value) else None for key, value in known.items()}
    shown = list(dict.fromkeys([by, "excess_cagr", "sharpe"]))
    values = {key: table[key].to_numpy(dtype=np.float64)[table[key].notna().to_numpy()] for key in shown}
    quantiles = {key: np.quantile(of_all, QUANTILES).tolist() for key, of_all in values.items() if len(of_all)}
    looked_at, sessions = len(returns.moves), len(returns.base)
    sentences = [
        distribution_verdict(ahead, quantiles.get("excess_cagr", []), tested=tested, sessions=sessions, against=against)
    ]
    if several:
        sentences += [
            overfitting_verdict(
                figures["overfitting_probability"], len(overfit.logits) if overfit else 0, sessions=sessions
            )
            if not returns.alike
            else NO_DIFFERENCE,
            deflated_verdict(
                figures["deflated_sharpe"],
                figures["lead_sharpe"],
                figures["lead_sharpe_by_luck"],
                best=best,
                label=METRICS[by].label,
                trials=trials,
                too_few=0 if enough else sessions,
                against=against,
                no_edge=returns.no_edge,
            ),
        ]
    elif tested:
        sentences.append(NO_CHOICE)
    if figures["effective_trials"]:
        sentences.append(independence(clusters, looked_at=looked_at, trials=trials))
    return Selection(
        by=by,
        best=best,
        trials=trials,
        looked_at=looked_at,
        figures=figures,
        overfitting=overfit,
        quantiles=quantiles,
        histograms={key: _histogram(of_all) for key, of_all in values.items() if len(of_all)},
        benchmark=returns.benchmark,
        sentences=sentences,
    )


def _histogram(values: NDArray[np.float64]) -> tuple[list[float], list[int]]:
    """Return edges and counts of equal bars over all values."""
    counts, edges = np.histogram(values, bins=_BARS)
    return edges.tolist(), counts.tolist()
