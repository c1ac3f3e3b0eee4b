"""How many independent trials many correlated ones are worth, and how much their Sharpe ratios vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: More columns than this are thinned evenly first: clusters need every pair.
MOST = 3_000
#: Clusters whose members correlate by more than this on average are one.
ALIKE = 0.5


def effective_trials(returns: NDArray[np.float64]) -> int:
    """Return the number of clusters that returns fall into: variants that move alike count as one trial.

    Columns, and then clusters, are joined as long as their members correlate by more than `ALIKE` on average.

    Args:
        returns: Shape (sessions, columns), no NaN; columns that never vary are left out.

    Returns:
        At most the number of columns that vary, or `MOST`. It is told beside the number of trials, and never used in
        its place: it is lower, and would flatter.

    Source:
        After Lopez de Prado and Lewis (2019), "Detection of False Investment Strategies Using Unsupervised Learning
        Methods", Quantitative Finance 19(9), with average linkage (`scipy.cluster.hierarchy`) in place of k-means,
        which needs a seed and finds few clusters where there are none.

    >>> random = np.random.default_rng(1)
    >>> two = random.normal(size=(500, 2))
    >>> effective_trials(np.column_stack([two[:, [0]] + random.normal(0, 0.1, (500, 5)), two[:, [1]] * [1, 2, 3]]))
    2
    """
    changing = np.ptp(returns, axis=0) > 0
    varying = returns if changing.all() else returns[:, changing]
    if varying.shape[1] > MOST:
        varying = varying[:, np.linspace(0, varying.shape[1] - 1, MOST).astype(int)]
    if varying.shape[1] < 2:  # noqa: PLR2004 - nothing to join
        return int(varying.shape[1])
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415 - heavy

    apart = np.clip(1 - np.corrcoef(varying.T), 0, None)
    pairs = apart[np.triu_indices(len(apart), k=1)]
    clusters = fcluster(linkage(pairs, method="average"), 1 - ALIKE, criterion="distance")
    return len(np.unique(clusters))


def trials_variance(sharpes: Sequence[float] | NDArray[np.float64], length: int) -> float:
    """Return the variance of trials' Sharpe ratios per period: at least the one that luck alone gives them.

    A family of few or similar rules varies less than the trials made before it did; taking its variance would flatter.

    >>> trials_variance([0.01, 0.01], 101), round(trials_variance([0.0, 0.4], 101), 2)
    (0.01, 0.08)
    """
    shown = float(np.var(sharpes, ddof=1)) if len(sharpes) > 1 else 0.0
    return max(shown, 1 / (length - 1))
