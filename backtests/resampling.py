"""History drawn anew in blocks, and the tests that do so: the one door to arch.

Losses in arch are negated returns here. The stationary bootstrap draws blocks of random length, and wraps around.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from capshift.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Histories drawn; the smallest p-value that can be told from 0 is 1 / REPLICATES.
REPLICATES = 1_000
#: The same returns always give the same figures.
SEED = 20_250_827
#: What a test may reject by luck.
SIZE = 0.05


class Superiority(NamedTuple):
    """P-values of the hypothesis that no rule is better than the benchmark.

    Attributes:
        lower: As if all rules that trail had just the benchmark's mean, were they not clearly worse.
        consistent: Hansen's own: rules that trail by too much do not count.
        upper: White's reality check: every rule counts as if it were as good as the benchmark.
    """

    lower: float
    consistent: float
    upper: float


def block_length(returns: NDArray[np.float64]) -> int:
    """Return the mean block length for the stationary bootstrap: as long as three quarters of the columns ask for.

    Not the longest: a rule that hardly ever acts asks for a year, and few blocks make poor histories for all others.

    Args:
        returns: Shape (sessions, columns), no NaN; a column that never varies asks for nothing.

    Source:
        Politis and White (2004), "Automatic Block-Length Selection for the Dependent Bootstrap", Econometric Reviews
        23(1), as corrected by Patton, Politis and White (2009), 28(4); `arch.bootstrap.optimal_block_length`.

    >>> block_length(np.random.default_rng(1).normal(size=(500, 2)))
    2
    """
    from arch.bootstrap import optimal_block_length  # noqa: PLC0415 - half a second, which no other command should wait

    varying = returns[:, np.ptp(returns, axis=0) > 0]
    if not varying.size:
        return 1
    asked = optimal_block_length(varying)["stationary"].to_numpy()
    return min(len(returns), max(1, ceil(float(np.quantile(np.nan_to_num(asked), 0.75)))))


def drawn_sessions(
    count: int, block: int, *, replicates: int = REPLICATES, seed: int = SEED
) -> Iterator[NDArray[np.int64]]:
    """Draw the sessions of one history after another by the stationary bootstrap.

    Source:
        Politis and Romano (1994), "The Stationary Bootstrap", Journal of the American Statistical Association 89;
        `arch.bootstrap.StationaryBootstrap`.

    >>> [drawn.tolist() for drawn in drawn_sessions(4, 4, replicates=2)]
    [[0, 1, 2, 3], [3, 1, 2, 3]]
    """
    from arch.bootstrap import StationaryBootstrap  # noqa: PLC0415 - as above

    for (drawn,), _ in StationaryBootstrap(block, np.arange(count), seed=seed).bootstrap(replicates):
        yield np.asarray(drawn, dtype=np.int64)


def superiority(
    benchmark: NDArray[np.float64],
    rules: NDArray[np.float64],
    *,
    block: int,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> Superiority:
    """Return the p-values of Hansen's test for superior predictive ability.

    Args:
        benchmark: Returns, shape (sessions,).
        rules: Returns, shape (sessions, rules). `studentised` first, or a wild rule drowns the others.
        block: Mean block length.
        replicates: Histories drawn.
        seed: Of the draws.

    Source:
        Hansen (2005), "A Test for Superior Predictive Ability", Journal of Business & Economic Statistics 23(4);
        White (2000), "A Reality Check for Data Snooping", Econometrica 68(5); `arch.bootstrap.SPA`.
    """
    from arch.bootstrap import SPA  # noqa: PLC0415 - as above

    test = SPA(-benchmark, -rules, block_size=block, reps=replicates, seed=seed)
    test.compute()
    return Superiority(*(float(value) for value in test.pvalues))


def superior_rules(
    benchmark: NDArray[np.float64],
    rules: NDArray[np.float64],
    *,
    block: int,
    size: float = SIZE,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> list[int]:
    """Return the columns that beat the benchmark by StepM, which errs in at most `size` of all families of rules.

    Args:
        benchmark: Returns, shape (sessions,).
        rules: Returns, shape (sessions, rules).
        block: Mean block length.
        size: Probability of one false discovery or more.
        replicates: Histories drawn.
        seed: Of the draws.

    Source:
        Romano and Wolf (2005), "Stepwise Multiple Testing as Formalized Data Snooping", Econometrica 73(4);
        `arch.bootstrap.StepM`.
    """
    from arch.bootstrap import StepM  # noqa: PLC0415 - as above

    test = StepM(-benchmark, -rules, size=size, block_size=block, reps=replicates, seed=seed)
    test.compute()
    return sorted(np.asarray(test.superior_models, dtype=np.int64).tolist())


def confidence_set(
    returns: NDArray[np.float64], *, block: int, replicates: int = REPLICATES, seed: int = SEED
) -> list[float]:
    """Return each column's p-value in the model confidence set: those above a size form the set of that size.

    Args:
        returns: Shape (sessions, columns); identical columns share their p-value.
        block: Mean block length.
        replicates: Histories drawn.
        seed: Of the draws.

    Raises:
        ParameterError: There are fewer than two columns.

    Source:
        Hansen, Lunde and Nason (2011), "The Model Confidence Set", Econometrica 79(2), range statistic;
        `arch.bootstrap.MCS`, which fails on identical columns.
    """
    from arch.bootstrap import MCS  # noqa: PLC0415 - as above

    if returns.shape[1] < 2:  # noqa: PLR2004 - nothing to compare
        msg = f"a confidence set of {returns.shape[1]} rule says nothing; give two or more"
        raise ParameterError(msg)
    distinct, same_as = np.unique(returns, axis=1, return_inverse=True)
    if distinct.shape[1] == 1:
        return [1.0] * returns.shape[1]
    test = MCS(-distinct, size=SIZE, block_size=block, reps=replicates, seed=seed)
    test.compute()
    values = test.pvalues["Pvalue"].to_dict()
    return [float(values[column]) for column in same_as.ravel().tolist()]


def long_run_covariance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of root-n times the mean of autocorrelated columns (HAC).

    Args:
        values: Shape (sessions, columns), no NaN.

    Source:
        Newey and West (1994), "Automatic Lag Selection in Covariance Matrix Estimation", Review of Economic Studies
        61(4), quadratic spectral kernel of Andrews (1991); `arch.covariance.kernel.QuadraticSpectral`.

    >>> float(long_run_covariance(np.random.default_rng(1).normal(size=(4000, 1)))[0, 0].round(1))
    1.0
    """
    from arch.covariance.kernel import QuadraticSpectral  # noqa: PLC0415 - as above

    return np.asarray(QuadraticSpectral(values).cov.long_run, dtype=np.float64)
