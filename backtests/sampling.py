"""Samples of large grids: positions of some of the combinations, drawn so that the same seed draws the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from capshift.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LATIN_HYPERCUBE = "latin-hypercube"
METHODS = ("random", LATIN_HYPERCUBE)
#: Combinations looked at for those that are allowed, at most.
MOST_LOOKED_AT = 10_000_000


def sampled(
    shape: Sequence[int],
    count: int,
    *,
    method: str = "random",
    seed: int = 0,
    allowed: Callable[[NDArray[np.int64]], NDArray[np.int64]] = lambda positions: positions,
) -> NDArray[np.int64]:
    """Return the positions of some combinations, rising; all of them when there are no more than asked for.

    Args:
        shape: Values of each parameter.
        count: Combinations to draw.
        method: `random`, each as likely as any other; or `latin-hypercube`, which spreads them so that every
            parameter's values are drawn equally often. Combinations that it draws twice are kept once.
        seed: The same one draws the same.
        allowed: Returns those of some positions, in their order, that are not refused. Random samples are drawn until
            there are enough of these, or no others; a latin hypercube's points are fixed, and become fewer.

    Raises:
        ParameterError: There is no such method, nothing to draw, or no such seed.

    Source:
        McKay, Beckman and Conover (1979), "A Comparison of Three Methods for Selecting Values of Input Variables",
        Technometrics 21(2); `scipy.stats.qmc.LatinHypercube`.

    >>> positions = sampled([10, 10], 10, method="latin-hypercube")
    >>> sorted((positions // 10).tolist()) == sorted((positions % 10).tolist()) == list(range(10))
    True
    """
    if method not in METHODS:
        msg = (
            f"there is no way to sample called '{method}'{did_you_mean(method, METHODS)}; there is {', '.join(METHODS)}"
        )
        raise ParameterError(msg)
    if count < 1:
        msg = f"samples is {count}; draw 1 or more"
        raise ParameterError(msg)
    if seed < 0:
        msg = f"draw_seed is {seed}; it must be 0 or more"
        raise ParameterError(msg)
    size = int(np.prod(shape, dtype=object))
    if count >= size:
        return np.arange(size, dtype=np.int64)
    if method == "random":
        return _drawn(size, count, allowed, random.Random(seed))  # noqa: S311 - no secret
    from scipy.stats.qmc import LatinHypercube  # noqa: PLC0415 - half a second, which no other command should wait

    unit = LatinHypercube(len(shape), rng=np.random.default_rng(seed)).random(count)
    rows = np.minimum((unit * shape).astype(np.int64), np.array(shape) - 1)
    return np.unique(np.ravel_multi_index(tuple(rows.T), tuple(shape)))


def _drawn(
    size: int, count: int, allowed: Callable[[NDArray[np.int64]], NDArray[np.int64]], order: random.Random
) -> NDArray[np.int64]:
    """Return positions drawn one after another, each once, until so many are allowed or all have been looked at."""
    seen: set[int] = set()
    kept: list[int] = []
    most, batch = min(size, MOST_LOOKED_AT), count
    while len(kept) < count and len(seen) < most:
        fresh = [one for one in order.sample(range(size), min(batch, most)) if one not in seen]
        seen.update(fresh)
        kept += allowed(np.array(fresh, dtype=np.int64)).tolist()
        batch *= 2
        if batch > 2 * most:
            break
    return np.sort(np.array(kept[:count], dtype=np.int64))
