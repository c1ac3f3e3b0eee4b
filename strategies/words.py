"""A rule in words: why it holds what it holds, and what would change that."""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """What a rule saw at the last close.

    Attributes:
        because: The values of its signal beside their thresholds, a sentence each.
        trigger: What would change the holding, a sentence each.
    """

    because: tuple[str, ...]
    trigger: tuple[str, ...]


def counted(count: int, noun: str) -> str:
    """Return a number of things.

    >>> counted(1, "variant"), counted(6083, "variant")
    ('1 variant', '6,083 variants')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def dollars(price: float) -> str:
    """Return a price as a reader writes it.

    >>> dollars(301.2199), dollars(float("nan"))
    ('301.22', 'unknown')
    """
    return f"{price:.2f}" if price == price else "unknown"  # noqa: PLR0124 - NaN


def away(goal: float, last: float) -> str:
    """Return a price that has yet to be reached, with its distance from the last close.

    >>> away(242.4, 234.83), away(230.0, 234.83)
    ('242.40 (+3.22 % from here)', '230.00 (-2.06 % from here)')
    """
    return f"{dollars(goal)} ({signed(goal / last - 1)} from here)"


def signed(fraction: float) -> str:
    """Return a return or difference in percent with its sign.

    >>> signed(0.0392), signed(-0.05), signed(float("nan"))
    ('+3.92 %', '-5.00 %', 'unknown')
    """
    return f"{fraction * 100:+.2f} %" if fraction == fraction else "unknown"  # noqa: PLR0124 - NaN


def chance(probability: float) -> str:
    """Return a probability in percent.

    >>> chance(0.75), chance(float("nan"))
    ('75 %', 'unknown')
    """
    return f"{probability * 100:.0f} %" if probability == probability else "unknown"  # noqa: PLR0124 - NaN


def compared(value: float, threshold: float, *, above: str = "above", below: str = "not above") -> str:
    """Return on which side of a threshold a value lies; an unknown one lies on none.

    >>> compared(2.0, 1.0), compared(1.0, 1.0), compared(float("nan"), 1.0)
    ('above', 'not above', 'not comparable with')
    """
    if value != value or threshold != threshold:  # noqa: PLR0124 - NaN
        return "not comparable with"
    return above if value > threshold else below
