"""How often random dates did as well: the one door to SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Random samples a p-value is estimated from; the smallest that can come out is 2 / (DRAWS + 1).
DRAWS = 9_999
#: The same market and events always give the same p-value.
SEED = 20_250_827
#: Values looked up at a time, so that memory stays small.
_AT_ONCE = 2_000_000


def random_samples(population: int, count: int, draws: int = DRAWS) -> NDArray[np.int32]:
    """Return samples of `count` positions below `population`, drawn without replacement, from a fixed seed.

    Shape: (draws, count).

    >>> samples = random_samples(5, 5, draws=3)
    >>> samples.shape, sorted(samples[0].tolist())
    ((3, 5), [0, 1, 2, 3, 4])
    """
    random = np.random.default_rng(SEED)
    samples = np.empty((draws, count), dtype=np.int32)
    for row in samples:
        row[:] = random.choice(population, size=count, replace=False, shuffle=False)
    return samples


def permutation_p_value(values: NDArray[np.float64], chosen: NDArray[np.int64], samples: NDArray[np.int32]) -> float:
    """Return the two-sided p-value of the mean at the chosen positions, against that at random ones.

    Args:
        values: One a position; shape (population,), no NaN.
        chosen: Positions of the events; shape (count,).
        samples: From `random_samples`; shape (draws, count).

    Returns:
        Twice the smaller of the two tails' shares, at most 1; the events' own mean is counted in both tails.

    Source:
        `scipy.stats.monte_carlo_test`; Phipson & Smyth (2010), "Permutation P-values Should Never Be Zero",
        Statistical Applications in Genetics and Molecular Biology 9(1).

    >>> values = np.array([9.0] + [0.0] * 99)
    >>> permutation_p_value(values, np.array([0]), random_samples(100, 1, draws=999)) < 0.05
    True
    """
    from scipy.stats import monte_carlo_test  # noqa: PLC0415 - half a second, which no other command should wait

    step = max(1, _AT_ONCE // samples.shape[1])
    blocks = iter([samples[start : start + step] for start in range(0, len(samples), step)])

    def mean(positions: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
        return np.asarray(values[positions].mean(axis=axis))

    def draw(size: tuple[int, int]) -> NDArray[np.int32]:
        block = next(blocks)
        assert block.shape == size, size  # noqa: S101 - ours and SciPy's blocks are cut alike
        return block

    test = monte_carlo_test(
        chosen, draw, mean, vectorized=True, n_resamples=len(samples), batch=step, alternative="two-sided"
    )
    return float(test.pvalue)
