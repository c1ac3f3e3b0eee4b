"""What figures say of a rule, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.backtests.resampling import SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests.redrawn import Interval


def verdict(difference: Interval, luck: float, *, trials: int, against: str) -> str:
    """Return what can be said of a rule beside its benchmark.

    Args:
        difference: Of compound annual growth, as a fraction.
        luck: From `redrawn.luck`.
        trials: Rules tried, those made elsewhere included.
        against: The benchmark's symbol.

    >>> from capshift.backtests.redrawn import Interval
    >>> verdict(Interval(0.012, -0.015, 0.041), 0.384, trials=13, against="SPY")[:66]
    'Beat SPY by 1.2 points a year (90 % interval -1.5 to 4.1); with 13'
    """
    span = f"90 % interval {_points(difference.low)} to {_points(difference.high)}"
    if difference.estimate <= 0:
        amount = f"{_points(-difference.estimate)} points a year ({span})"
        surely = difference.high < 0
        rest = "all of the interval is below zero" if surely else "as the interval holds zero, it may be no worse"
        return f"Fell short of {against} by {amount}: {rest}, and nothing speaks for it."
    rules = "1 rule" if trials == 1 else f"{trials:,} rules"
    conclusion = "more than luck explains" if luck < SIZE else "luck is explanation enough"
    return (
        f"Beat {against} by {_points(difference.estimate)} points a year ({span}); with {rules} tried, "
        f"a lead this large or larger for its risk appears by luck {times_in_100(luck)}: {conclusion}."
    )


def identical(against: str) -> str:
    """Return what can be said of a rule that never differed from its benchmark.

    >>> identical("SPY")
    'Never differed from SPY: there is nothing to test.'
    """
    return f"Never differed from {against}: there is nothing to test."


def family_verdict(superior: Sequence[str], p_value: float, *, rules: int, against: str) -> str:
    """Return what can be said of all rules together, and of their order.

    Args:
        superior: Names that StepM finds better than the benchmark.
        p_value: Of Hansen's test, consistent.
        rules: How many were tested.
        against: The benchmark's symbol.

    >>> family_verdict([], 0.63, rules=12, against="SPY")[:63]
    'None of 12 rules beat SPY by more than luck explains (SPA: p = 0'
    """
    test = f"SPA: p = {p_value:.3f}"
    if not superior:
        what = "The rule did not" if rules == 1 else f"None of {rules} rules"
        return f"{what} beat {against} by more than luck explains ({test}). The order is no order of merit."
    return (
        f"{', '.join(superior)} beat {against} by more than luck explains ({test}; StepM at 5 %). "
        "Beyond that, the order is no order of merit."
    )


def times_in_100(share: float) -> str:
    """Return a probability as counts.

    >>> [times_in_100(share) for share in (0.001, 0.011, 0.384, 0.999)]
    ['less than 1 time in 100', '1 time in 100', '38 times in 100', 'more than 99 times in 100']
    """
    count = round(share * 100)
    if share < 0.005:  # noqa: PLR2004 - half a time
        return "less than 1 time in 100"
    if count > 99:  # noqa: PLR2004 - but not always
        return "more than 99 times in 100"
    return f"{max(count, 1)} time{'' if count <= 1 else 's'} in 100"


def _points(value: float) -> str:
    """Return a fraction in points with one digit, and with two where that would be none."""
    points = value * 100
    digits = 1 if abs(points) >= 0.05 or points == 0 else 2  # noqa: PLR2004 - the last digit shown
    return f"{points + 0.0:.{digits}f}"
