"""How often the best variant of a sweep disappoints: combinatorially symmetric cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from capshift.backtests.sums import BLOCKS
from capshift.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Splits looked at together, so that memory stays small.
_VALUES_AT_ONCE = 1_000_000
#: Ratios worked out at most, some seconds' worth: of more than 11,600 variants, some splits are drawn in place of all.
MOST_RATIOS = 150_000_000
#: Pairs of splits at least.
_FEWEST_PAIRS = 50
_SEED = 20_250_827
#: A variance below this part of the mean square is what rounding leaves of none.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class Overfitting:
    """What became of the best variant of each half of history in the other half.

    Attributes:
        logits: Of the rank that the best of one half has in the other, one a split; 0 is the middle, negative below.
        inside: The best one's Sharpe ratio per period in the half that chose it, one a split.
        outside: Its Sharpe ratio in the other half.
        variants: How many were tried.
        blocks: Into how many parts history was cut.
        sessions: How many returns were used; the oldest that do not fill a block are left out.
    """

    logits: NDArray[np.float64]
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]
    variants: int
    blocks: int
    sessions: int

    @property
    def probability(self) -> float:
        """Probability of backtest overfitting: share of splits whose best ranks no better than the middle outside."""
        return float((self.logits <= 0).mean())

    @property
    def probability_of_loss(self) -> float:
        """Share of splits whose best has a negative Sharpe ratio outside."""
        return float((self.outside < 0).mean())

    def summary(self) -> dict[str, float | int]:
        """Return the figures as JSON can hold them."""
        return {
            "probability": self.probability,
            "probability_of_loss": self.probability_of_loss,
            "splits": len(self.logits),
            "variants": self.variants,
            "blocks": self.blocks,
            "sessions": self.sessions,
            "median_sharpe_inside": float(np.median(self.inside)),
            "median_sharpe_outside": float(np.median(self.outside)),
        }


def overfitting(returns: NDArray[np.float64], blocks: int = BLOCKS) -> Overfitting:
    """Return how the best variant of each half of history fared in the other half.

    History is cut into an even number of equal blocks; each choice of half of them is a split. The variant with the
    highest Sharpe ratio in it is ranked by its Sharpe ratio in the rest: w = rank / (variants + 1), ties at their
    mean rank; its logit is ln(w / (1 - w)).

    Args:
        returns: One a session and variant, shape (sessions, variants), no NaN. Returns that never vary have Sharpe 0.
        blocks: An even number; 16 make 12,870 splits.

    Raises:
        ParameterError: There are too few variants or sessions, or `blocks` is odd.

    Source:
        Bailey, Borwein, Lopez de Prado and Zhu (2017), "The Probability of Backtest Overfitting", Journal of
        Computational Finance 20(4).

    >>> rise = np.random.default_rng(1).normal(size=160)
    >>> overfitting(np.column_stack([rise + 0.1, rise]), blocks=8).probability
    0.0
    """
    count, variants = returns.shape
    if blocks < 2 or blocks % 2 or variants < 2 or count < 2 * blocks:  # noqa: PLR2004 - two halves of two at least
        msg = (
            f"{count} sessions of {variants} variants cannot be cut into {blocks} blocks; take an even number of "
            "blocks of two sessions or more, and two variants or more"
        )
        raise ParameterError(msg)
    length = count // blocks
    parts = returns[count - length * blocks :].reshape(blocks, length, variants)
    return overfitting_of_sums(parts.sum(axis=1), (parts**2).sum(axis=1), length)


def overfitting_of_sums(
    totals: NDArray[np.float64], squares: NDArray[np.float64], length: int, *, most: int = MOST_RATIOS
) -> Overfitting:
    """Return the same from sums of returns, so that the returns of many variants need not be kept.

    Args:
        totals: Sum of the returns in each block, shape (blocks, variants); blocks are even in number.
        squares: Sum of their squares.
        length: Sessions in a block.
        most: Ratios worked out; where all splits need more, so many are drawn (a fixed seed), each with its complement.

    Source:
        As `overfitting`.
    """
    blocks, variants = totals.shape
    halves = np.array([[k in chosen for k in range(blocks)] for chosen in combinations(range(blocks), blocks // 2)])
    # The n-th choice and the n-th from the end are each other's complement: each half serves twice.
    pairs = _drawn(len(halves) // 2, most // variants // 2)
    splits, size = 2 * len(pairs), blocks // 2 * length
    sums = totals / size**0.5
    least = _least(sums, squares)
    logits, inside, outside = (np.empty(splits) for _ in range(3))
    step = max(1, _VALUES_AT_ONCE // variants)
    for start in range(0, len(pairs), step):
        chosen = np.arange(start, min(start + step, len(pairs)))
        picked = halves[pairs[chosen]]
        first, second = (_ratios(half.astype(float), sums, squares, least) for half in (picked, ~picked))
        for of, one, other in ((chosen, first, second), (splits - 1 - chosen, second, first)):
            logits[of], inside[of], outside[of] = _ranked(one, other)
    scale = ((size - 1) / size) ** 0.5
    return Overfitting(
        logits=logits,
        inside=inside * scale,
        outside=outside * scale,
        variants=variants,
        blocks=blocks,
        sessions=length * blocks,
    )


def _drawn(pairs: int, most: int) -> NDArray[np.int64]:
    """Return which pairs of splits are looked at: all, or some drawn evenly."""
    count = max(_FEWEST_PAIRS, most)
    if count >= pairs:
        return np.arange(pairs)
    return np.sort(np.random.default_rng(_SEED).choice(pairs, count, replace=False))


def _ratios(
    halves: NDArray[np.float64], sums: NDArray[np.float64], squares: NDArray[np.float64], least: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a multiple of the Sharpe ratio of each variant over each half's blocks, shape (halves, variants).

    With s the sum over the root of the count and q the sum of squares it is s / sqrt(q - s**2): few passes over much.
    """
    ratio = halves @ sums
    spread = halves @ squares
    spread -= ratio**2
    np.maximum(spread, least, out=spread)
    np.sqrt(spread, out=spread)
    ratio /= spread
    return np.asarray(ratio)


def _least(sums: NDArray[np.float64], squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least spread of each variant that is no rounding error; infinity where it never varies."""
    whole, total = sums.sum(axis=0) / 2**0.5, squares.sum(axis=0)
    return np.where(total - whole**2 > _ROUNDING * total, _ROUNDING * total, np.inf)


def _ranked(
    one: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return logit, Sharpe ratio inside and outside of each row's best variant."""
    rows, best = np.arange(len(one)), one.argmax(axis=1)
    reached = other[rows, best]
    below = np.count_nonzero(other < reached[:, None], axis=1)
    level = np.count_nonzero(other == reached[:, None], axis=1)  # ties, and itself
    share = (below + (level + 1) / 2) / (other.shape[1] + 1)
    return np.log(share / (1 - share)), one[rows, best], reached
