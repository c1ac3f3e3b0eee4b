"""How far a Sharpe ratio can be trusted. All ratios here are per period, never annualised: daily ones of daily returns.

Moments are of the sample: kurtosis is 3 for a normal distribution, not 0. NaN in means NaN out.
"""

from __future__ import annotations

from math import e, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NORMAL = NormalDist()
#: Kurtosis of a normal distribution.
NORMAL_KURTOSIS = 3.0
#: Fewer returns have no deviation.
_FEWEST = 2


class Moments(NamedTuple):
    """What the statistics below need of returns.

    Attributes:
        sharpe: Mean over sample deviation (ddof=1), per period; NaN when the returns never vary.
        length: How many returns.
        skewness: Third standardised moment (ddof=0).
        kurtosis: Fourth standardised moment (ddof=0); 3 for a normal distribution.
    """

    sharpe: float
    length: int
    skewness: float = 0.0
    kurtosis: float = NORMAL_KURTOSIS


def moments(returns: NDArray[np.float64]) -> Moments:
    """Return the Sharpe ratio per period, the number, the skewness and the kurtosis of returns without NaN.

    >>> moments(np.array([-1.0, 1.0, 2.0, 2.0]))[:2]
    (0.7071067811865475, 4)
    """
    count = len(returns)
    if count < _FEWEST or np.ptp(returns) == 0:
        return Moments(float("nan"), count, float("nan"), float("nan"))
    centred = returns - returns.mean()
    scale = float((centred**2).mean() ** 0.5)
    third, fourth = (float((centred**power).mean()) / scale**power for power in (3, 4))
    return Moments(float(returns.mean() / returns.std(ddof=1)), count, third, fourth)


def _spread(sharpe: float, skewness: float, kurtosis: float) -> float:
    """Return the variance of an estimated Sharpe ratio times the number of returns, when it truly is `sharpe`."""
    return 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2


def sharpe_standard_error(sharpe: float, count: int, skewness: float = 0.0, kurtosis: float = NORMAL_KURTOSIS) -> float:
    """Return the standard error of a Sharpe ratio of independent returns that need not be normal.

    Source:
        Mertens (2002), "Comments on variance of the IID estimator in Lo (2002)", with the count - 1 of Bailey and
        Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2).

    >>> round(sharpe_standard_error(0.8183, 134, -1.4455, 7.0497), 3)
    0.155
    """
    return sqrt(_spread(sharpe, skewness, kurtosis) / (count - 1))


def lo_standard_error(sharpe: float, count: int) -> float:
    """Return the standard error of a Sharpe ratio of independent normal returns.

    Source:
        Lo (2002), "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4), equation 9.

    >>> round(lo_standard_error(1.5, 60), 6)
    0.188193
    """
    return sqrt((1 + sharpe**2 / 2) / count)


def autocorrelation_scaling(autocorrelations: Sequence[float], periods: int) -> float:
    """Return what a Sharpe ratio per period is multiplied with for one over `periods` of them.

    It is the root of `periods` where returns are not autocorrelated, less where they trend.

    Args:
        autocorrelations: Of the returns, of orders 1 to `periods` - 1; those left out are 0.
        periods: How many make the longer one: 12 months a year.

    Source:
        Lo (2002), "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4), equation 20.

    >>> round(autocorrelation_scaling([0.2**order for order in range(1, 12)], 12), 3)
    2.879
    """
    orders = range(1, min(periods - 1, len(autocorrelations)) + 1)
    return periods / sqrt(periods + 2 * sum((periods - k) * autocorrelations[k - 1] for k in orders))


def probabilistic_sharpe(of: Moments, benchmark: float = 0.0, *, variance_at: str = "estimate") -> float:
    """Return the probability with which the true Sharpe ratio is above a benchmark's, for one rule picked blindly.

    Args:
        of: From `moments`.
        benchmark: The Sharpe ratio per period to beat.
        variance_at: `estimate` takes the variance at the estimated ratio, as the paper of 2012 does; `benchmark` takes
            it at the benchmark, where the null hypothesis puts it, as that of 2025 does.

    Source:
        Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2);
        Lopez de Prado, Lipton and Zoonekynd (2025), "How to Use the Sharpe Ratio".

    >>> round(probabilistic_sharpe(Moments(0.458, 24, -2.448, 10.164)), 4)
    0.9134
    >>> round(probabilistic_sharpe(Moments(0.036 / 0.079, 24, -2.448, 10.164), 0.1, variance_at="benchmark"), 3)
    0.939
    """
    if np.isnan(of.sharpe):
        return float("nan")
    if variance_at == "benchmark":
        error = sqrt(_spread(benchmark, of.skewness, of.kurtosis) / of.length)
    else:
        error = sharpe_standard_error(of.sharpe, of.length, of.skewness, of.kurtosis)
    return _NORMAL.cdf((of.sharpe - benchmark) / error)


def expected_maximum(trials: int) -> float:
    """Return the expected highest of so many independent standard normal draws: 0 for one.

    Source:
        Bailey, Borwein, Lopez de Prado and Zhu (2014), "Pseudo-Mathematics and Financial Charlatanism", Notices of the
        AMS 61(5), proposition 1. An approximation for many draws, which is a little high for few.

    >>> round(expected_maximum(45), 5)
    2.23564
    """
    if trials <= 1:
        return 0.0
    high, higher = _NORMAL.inv_cdf(1 - 1 / trials), _NORMAL.inv_cdf(1 - 1 / (trials * e))
    return (1 - np.euler_gamma) * high + np.euler_gamma * higher


def sharpe_by_luck(variance: float, trials: int) -> float:
    """Return the Sharpe ratio per period that the best of so many trials without skill is expected to have.

    Args:
        variance: Of the trials' Sharpe ratios per period.
        trials: How many were made.

    Source:
        Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5).

    >>> round(sharpe_by_luck(0.5 / 250, 100), 6)
    0.113172
    """
    return sqrt(variance) * expected_maximum(trials)


def deflated_sharpe(of: Moments, variance: float, trials: int) -> float:
    """Return the probability with which the best of so many trials truly is above what luck alone would give it.

    It is the probabilistic Sharpe ratio of 2012 against `sharpe_by_luck`; of one trial, against 0.

    Args:
        of: The best trial's, from `moments`.
        variance: Of the trials' Sharpe ratios per period.
        trials: How many were made, those given up included.

    Source:
        Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5).

    >>> round(deflated_sharpe(Moments(2.5 / 250**0.5, 1250, -3, 10), 0.5 / 250, 100), 6)
    0.900397
    """
    return probabilistic_sharpe(of, sharpe_by_luck(variance, trials))


def minimum_track_record(
    of: Moments, benchmark: float = 0.0, *, confidence: float = 0.95, variance_at: str = "estimate"
) -> float:
    """Return how many returns it takes until such a Sharpe ratio is above the benchmark's with this confidence.

    Args:
        of: From `moments`; its length is not used.
        benchmark: The Sharpe ratio per period to beat.
        confidence: Probability.
        variance_at: As in `probabilistic_sharpe`; `benchmark` does not count one return more.

    Returns:
        Infinity where the ratio is not above the benchmark's.

    Source:
        As `probabilistic_sharpe`.

    >>> round(minimum_track_record(Moments(2 / 250**0.5, 0), 1 / 250**0.5) / 250, 3)
    2.731
    """
    if not of.sharpe > benchmark:
        return float("nan") if np.isnan(of.sharpe) else float("inf")
    at_null = variance_at == "benchmark"
    spread = _spread(benchmark if at_null else of.sharpe, of.skewness, of.kurtosis)
    return (not at_null) + spread * (_NORMAL.inv_cdf(confidence) / (of.sharpe - benchmark)) ** 2


def minimum_backtest_years(trials: int, sharpe: float = 1.0) -> float:
    """Return the years of history below which the best of so many trials reaches an annual Sharpe ratio by luck.

    Source:
        Bailey, Borwein, Lopez de Prado and Zhu (2014), "Pseudo-Mathematics and Financial Charlatanism", Notices of the
        AMS 61(5), theorem 2.

    >>> round(minimum_backtest_years(45), 3)
    4.998
    """
    return (expected_maximum(trials) / sharpe) ** 2


def autocorrelations(returns: NDArray[np.float64], orders: int) -> list[float]:
    """Return the autocorrelations of orders 1 to `orders` of returns without NaN; NaN when they never vary.

    >>> autocorrelations(np.array([1.0, -1.0, 1.0, -1.0]), 1)
    [-0.75]
    """
    centred = returns - returns.mean()
    total = float(centred @ centred)
    return [float(centred[k:] @ centred[:-k]) / total if total else float("nan") for k in range(1, orders + 1)]
