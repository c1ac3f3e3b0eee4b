"""Whether two Sharpe ratios differ by more than chance, where returns are fat-tailed, correlated and cluster."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from capshift.backtests.resampling import long_run_covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SharpeDifference(NamedTuple):
    """The difference of two Sharpe ratios per period.

    Attributes:
        difference: The first minus the second.
        standard_error: Of the difference (HAC, by the delta method).
        p_value: Two-sided, of the hypothesis that both are equal; normal.
    """

    difference: float
    standard_error: float
    p_value: float


def sharpe_difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> SharpeDifference:
    """Return the difference of two Sharpe ratios of the same sessions, with its standard error and p-value.

    Args:
        one: Returns, no NaN.
        other: Returns of the same sessions.

    Returns:
        NaN where one of the two never varies, or both always moved alike. The ratios have ddof=0, as in the paper.

    Source:
        Ledoit and Wolf (2008), "Robust Performance Hypothesis Testing with the Sharpe Ratio", Journal of Empirical
        Finance 15(5), section 3.1 with the kernel of `long_run_covariance`, without prewhitening.

    >>> flat = np.array([0.01, 0.01, 0.01])
    >>> sharpe_difference(flat, np.array([0.01, 0.02, 0.03])).p_value
    nan
    """
    if np.ptp(one) == 0 or np.ptp(other) == 0 or np.ptp(one - other) == 0:
        return SharpeDifference(float("nan"), float("nan"), float("nan"))
    powers = np.column_stack([one, other, one**2, other**2])
    a, b, c, d = powers.mean(axis=0).tolist()
    variances = c - a**2, d - b**2
    difference = a / variances[0] ** 0.5 - b / variances[1] ** 0.5
    gradient = np.array(
        [
            c / variances[0] ** 1.5,
            -d / variances[1] ** 1.5,
            -a / 2 / variances[0] ** 1.5,
            b / 2 / variances[1] ** 1.5,
        ]
    )
    # Scaled to like size first: squares of returns are a hundred times smaller than returns.
    scale = powers.std(axis=0)
    weights = gradient * scale
    covariance = long_run_covariance((powers - powers.mean(axis=0)) / scale)
    error = float(max(weights @ covariance @ weights, 0) / len(one)) ** 0.5
    p_value = 2 * NormalDist().cdf(-abs(difference) / error) if error else float("nan")
    return SharpeDifference(difference, error, p_value)


def mean_standard_error(returns: NDArray[np.float64]) -> float:
    """Return the standard error of the mean of autocorrelated returns (HAC); 0 when they never vary.

    Source:
        As `long_run_covariance`.

    >>> float(round(mean_standard_error(np.random.default_rng(1).normal(size=10_000)), 2))
    0.01
    """
    if np.ptp(returns) == 0:
        return 0.0
    return float((long_run_covariance(returns[:, None])[0, 0] / len(returns)) ** 0.5)
