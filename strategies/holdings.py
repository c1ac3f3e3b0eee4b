"""What a rule holds after each close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from capshift.errors import ParameterError
from capshift.strategies.signals import latched

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

#: Weights may sum to this much above 1 through floating-point addition.
_SUM_TOLERANCE = 1e-12


def are_weights(weights: Sequence[float], legs: int) -> bool:
    """Return whether there is one fraction of equity a leg, none negative and no more than 1 in all.

    >>> are_weights((0.5, 0.5), 2), are_weights((0.5, 0.6), 2), are_weights((1.0,), 2)
    (True, False, False)
    """
    return len(weights) == legs and all(weight >= 0 for weight in weights) and sum(weights) <= 1 + _SUM_TOLERANCE


class HoldingsError(ParameterError):
    """Weights that no account could hold, from a session on."""

    def __init__(self, what: str, at: int, why: str) -> None:
        """Tell of it by the session's position, whose date nobody knows here."""
        super().__init__(f"{what} at session {at}; {why}")
        self.what, self.at, self.why = what, at, why

    def told(self, sessions: pd.DatetimeIndex) -> str:
        """Return the same with the session's date."""
        when = f"on {sessions[self.at]:%Y-%m-%d}" if self.at < len(sessions) else f"at session {self.at}"
        return f"{self.what} {when}; {self.why}"


@dataclass(frozen=True, eq=False)
class Holdings:
    """Weights decided after each close, to be filled at the next open.

    Attributes:
        weights: Leg to fractions of equity, shape (sessions,); what is missing to 1 is cash.
        rebalance: Whether the rule asks for a return to its weights although they have not changed.
    """

    weights: Mapping[str, NDArray[np.float64]]
    rebalance: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse weights that no account could hold."""
        if not isinstance(self.weights, Mapping):
            msg = (
                f'Holdings takes weights by leg, like {{"small": ..., "large": ...}}, not {type(self.weights).__name__}'
            )
            raise ParameterError(msg)
        total = np.zeros(len(self.rebalance))
        for leg, weight in self.weights.items():
            if weight.shape != total.shape:
                msg = f"the weights of {leg} have shape {weight.shape}; one a session, {total.shape}, is needed"
                raise ParameterError(msg)
            if not ((weight >= 0) & (weight <= 1)).all():
                at = int(np.flatnonzero(~((weight >= 0) & (weight <= 1)))[0])
                raise HoldingsError(f"the weight of {leg} is {weight[at]:g}", at, "it must lie between 0 and 1")
            total = total + weight
        if (total > 1 + _SUM_TOLERANCE).any():
            at = int(np.flatnonzero(total > 1 + _SUM_TOLERANCE)[0])
            raise HoldingsError(f"the weights sum to {total[at]:g}", at, "nothing can be bought on credit")

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self.rebalance)

    @property
    def legs(self) -> tuple[str, ...]:
        """Which legs it gives weights for."""
        return tuple(self.weights)

    def rows(self, legs: tuple[str, ...]) -> list[tuple[float, ...]]:
        """Return one tuple of weights a session, in the order of `legs`."""
        zeros = np.zeros(len(self))
        columns = [self.weights.get(leg, zeros).tolist() for leg in legs]
        return list(zip(*columns, strict=True))


def switch(small: NDArray[np.bool_]) -> Holdings:
    """Return all in small caps where `small` holds, all in large caps elsewhere."""
    weight = small.astype(np.float64)
    return Holdings({"small": weight, "large": 1 - weight}, np.zeros(len(small), dtype=bool))


class Latch(Holdings):
    """Small caps from a session where `on` holds until one where `off` does, large caps else.

    Its weights are worked out when they are asked for: a sweep latches thousands of variants at once without them.

    Attributes:
        on: Shape (sessions,).
        off: Shape (sessions,); where both hold, it wins.
    """

    on: NDArray[np.bool_]
    off: NDArray[np.bool_]

    def __init__(self, on: NDArray[np.bool_], off: NDArray[np.bool_]) -> None:
        """Keep both signals."""
        object.__setattr__(self, "on", on)
        object.__setattr__(self, "off", off)

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self.on)

    @property
    def legs(self) -> tuple[str, ...]:
        """Which legs it gives weights for."""
        return ("small", "large")

    @cached_property
    def _switch(self) -> Holdings:
        return switch(latched(self.on, self.off))

    @property
    def weights(self) -> Mapping[str, NDArray[np.float64]]:
        """Leg to fractions of equity, shape (sessions,)."""
        return self._switch.weights

    @property
    def rebalance(self) -> NDArray[np.bool_]:
        """Whether the rule asks for a return to its weights: never."""
        return self._switch.rebalance


def latch(*, on: NDArray[np.bool_], off: NDArray[np.bool_]) -> Latch:
    """Return small caps from a session where `on` holds until one where `off` does, large caps else.

    Comparisons with NaN are False, so a rule whose windows are not filled yet holds large caps.

    >>> latch(on=np.array([False, True, False]), off=np.array([False, False, True])).weights["small"].tolist()
    [0.0, 1.0, 0.0]
    """
    return Latch(on, off)


def fixed(sessions: int, *, small: float, rebalance: NDArray[np.bool_] | None = None) -> Holdings:
    """Return one mix of small and large caps on every session."""
    weight = np.full(sessions, float(small))
    asked = np.zeros(sessions, dtype=bool) if rebalance is None else rebalance
    return Holdings({"small": weight, "large": 1 - weight}, asked)
