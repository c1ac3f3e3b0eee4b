"""Many latches at once: a plain function that runs as it stands, and compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What a latched rule can hold at a close: no small caps, small caps, or what stands in where they are not allowed.
LARGE, SMALL, WITHHELD = range(3)


def write_latches(
    on: NDArray[np.bool_],
    off: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    opening: int,
    choices: NDArray[np.uint16],
) -> None:
    """Write what each variant holds: small caps from `on` until `off`; where both are, `off` wins.

    Args:
        on: Shape (signals, sessions of the market).
        off: The same.
        allowed: Whether small caps may be held, shape (masks, sessions of the market).
        chosen: Row of `on`, of `off` and of `allowed`, and what stands in for small caps; shape (variants, 4).
        opening: The account's first session.
        choices: Written over, shape (variants, sessions of the account).
    """
    for variant in range(len(chosen)):
        begins, ends, may = on[chosen[variant, 0]], off[chosen[variant, 1]], allowed[chosen[variant, 2]]
        row = choices[variant]
        held = False
        for session in range(len(begins)):
            held = not ends[session] and (held or begins[session])
            if session >= opening:
                row[session - opening] = LARGE if not held else SMALL if may[session] else chosen[variant, 3]
