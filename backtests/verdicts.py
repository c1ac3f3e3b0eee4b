"""What figures say of a rule, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.backtests.metrics import in_words
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
    >>> verdict(Interval(-0.01, -0.03, 0.01), 0.98, trials=13, against="SPY").partition(":")[0]
    'Fell short of SPY by 1.0 points a year (90 % interval of the difference -3.0 to 1.0)'
    """
    span = f"90 % interval of the difference {_points(difference.low)} to {_points(difference.high)}"
    if difference.estimate <= 0:
        amount = f"{_points(-difference.estimate)} points a year ({span})"
        surely = difference.high < 0
        rest = "all of the interval is below zero" if surely else "the interval holds zero, so it may be no worse"
        return f"Fell short of {against} by {amount}: {rest}; nothing speaks for it."
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


def family_verdict(superior: Sequence[str], p_value: float, *, rules: int, elsewhere: int = 0, against: str) -> str:
    """Return what can be said of all rules together, and of their order.

    Args:
        superior: Names of those that StepM finds better than the benchmark, and whose lead is more than luck explains.
        p_value: Of Hansen's test, consistent.
        rules: How many were tested.
        elsewhere: How many more were tried.
        against: The benchmark's symbol.

    >>> family_verdict([], 0.63, rules=12, against="SPY")
    'None of 12 rules beat SPY by more than luck explains (SPA: p = 0.630). The order is no order of merit.'
    """
    test = f"SPA{' of those shown' if elsewhere else ''}: p = {p_value:.3f}"
    if not superior:
        who = "The rule did not" if rules == 1 else f"None of {rules} rules"
        more = f"; {elsewhere:,} more were tried elsewhere" if elsewhere else ""
        return f"{who} beat {against} by more than luck explains ({test}{more}). The order is no order of merit."
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


def interval_in_words(form: str, found: Interval) -> tuple[str, str]:
    """Return a figure and its interval as a reader sees them; `form` is one of `metrics.Metric`.

    >>> from capshift.backtests.redrawn import Interval
    >>> interval_in_words("percent", Interval(0.012, -0.015, 0.041))
    ('1.20 %', '-1.5 to 4.1 %')
    """
    low, high = found.low, found.high
    if low != low:  # noqa: PLR0124 - NaN
        return in_words(form, None), ""
    span = f"{low * 100:.1f} to {high * 100:.1f} %" if form == "percent" else f"{low:.2f} to {high:.2f}"
    return in_words(form, found.estimate), span


def luck_in_words(key: str, value: float | None) -> str:
    """Return one of `uncertainty.LUCK_FIGURES` as a reader sees it: probabilities to three digits, never 0.

    >>> luck_in_words("luck", 0.0004), luck_in_words("minimum_track_record", 51.06), luck_in_words("luck", None)
    ('<0.001', '51', '')
    """
    if value is None:
        return ""
    if key == "minimum_track_record":
        return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004 - two digits
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - the last digit shown


def _points(value: float) -> str:
    """Return a fraction in points with one digit, and with two where that would be none."""
    points = value * 100
    digits = 1 if abs(points) >= 0.05 or points == 0 else 2  # noqa: PLR2004 - the last digit shown
    return f"{points + 0.0:.{digits}f}"
