"""What figures say of a rule, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capshift.backtests.metrics import SESSIONS_A_YEAR, in_words
from capshift.backtests.resampling import SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests.redrawn import Interval

#: What can be said of choosing where one variant was judged.
NO_CHOICE = "Nothing can be told of choosing from one: it takes two variants that were judged."
#: What can be said of choosing where all variants have one account.
NO_DIFFERENCE = "Overfitting is not defined: the variants do not differ on these bars, so there was nothing to choose."
#: What is said after every lead above luck on a market in which there is none.
NO_EDGE = "But no rule has an edge in this simulated market: this is luck."
#: Fewer variants have no nine in ten.
_A_HEAP = 20


def verdict(difference: Interval, luck: float, *, trials: int, against: str, no_edge: bool = False) -> str:
    """Return what can be said of a rule beside its benchmark.

    Args:
        difference: Of compound annual growth, as a fraction.
        luck: From `redrawn.luck`.
        trials: Rules tried, those made elsewhere included.
        against: The benchmark's symbol.
        no_edge: Whether the market is one in which no rule has an edge.

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
        f"{_in_truth(luck < SIZE and no_edge)}"
    )


def _in_truth(is_none: bool) -> str:  # noqa: FBT001 - it reads as a sentence
    return f" {NO_EDGE}" if is_none else ""


def identical(against: str) -> str:
    """Return what can be said of a rule that never differed from its benchmark.

    >>> identical("SPY")
    'Never differed from SPY: there is nothing to test.'
    """
    return f"Never differed from {against}: there is nothing to test."


def family_verdict(
    superior: Sequence[str],
    p_value: float,
    *,
    rules: int,
    elsewhere: int = 0,
    against: str,
    no_edge: bool = False,
) -> str:
    """Return what can be said of all rules together, and of their order.

    Args:
        superior: Names of those that StepM finds better than the benchmark, and whose lead is more than luck explains.
        p_value: Of Hansen's test, consistent.
        rules: How many were tested.
        elsewhere: How many more were tried.
        against: The benchmark's symbol.
        no_edge: Whether the market is one in which no rule has an edge.

    >>> family_verdict([], 0.63, rules=12, against="SPY")
    'None of 12 rules beat SPY by more than luck explains (SPA: p = 0.630). The order is no order of merit.'
    """
    test = f"SPA{' of those shown' if elsewhere else ''}: p = {p_value:.3f}"
    if not superior:
        who = "The rule did not" if rules == 1 else f"None of {rules} rules"
        more = f"; {elsewhere:,} more were tried elsewhere" if elsewhere else ""
        return f"{who} beat {against} by more than luck explains ({test}{more}). The order is no order of merit."
    return (
        f"{', '.join(superior)} beat {against} by more than luck explains ({test}; StepM at 5 %)."
        f"{_in_truth(no_edge)} Beyond that, the order is no order of merit."
    )


def what_was_counted(rules: int, elsewhere: int = 0) -> str:
    """Return what stands behind every "so many rules tried", and who has to add to it.

    >>> what_was_counted(1)
    'Counted: the 1 rule compared here; whoever tried others before, here or elsewhere, adds them (--trials N).'
    >>> what_was_counted(3, 20)
    'Counted: the 3 rules compared here, and 20 more that were tried elsewhere (--trials 20).'
    """
    here = f"Counted: the {'1 rule' if rules == 1 else f'{rules:,} rules'} compared here"
    if not rules:
        here = "Counted: no rule beside the benchmark"
    if elsewhere:
        were = "was" if elsewhere == 1 else "were"
        return f"{here}, and {elsewhere:,} more that {were} tried elsewhere (--trials {elsewhere})."
    return f"{here}; whoever tried others before, here or elsewhere, adds them (--trials N)."


def out_of_sample(said: str) -> str:
    """Return a verdict on an account whose parameters were chosen on the past alone.

    >>> out_of_sample("Fell short of SPY by 1.0 points a year.")
    'Out of sample, the choices fell short of SPY by 1.0 points a year.'
    """
    return f"Out of sample, the choices {said[0].lower()}{said[1:]}"


def distribution_verdict(ahead: int, quantiles: Sequence[float], *, tested: int, sessions: int, against: str) -> str:
    """Return how all variants of a sweep fared beside the benchmark.

    Args:
        ahead: How many variants grew faster.
        quantiles: Of growth above the benchmark's, as fractions, at 0, 5, 25, 50, 75, 95 and 100 %.
        tested: How many variants were judged.
        sessions: Returns of each.
        against: The benchmark's symbol.

    >>> points = [-0.03, -0.02, -0.01, -0.004, 0.001, 0.009, 0.012]
    >>> distribution_verdict(456, points, tested=1200, sessions=6000, against="SPY")
    '456 of 1,200 variants grew faster than SPY. The middle one: -0.4 points a year; nine in ten: -2.0 to 0.9.'
    """
    if not tested:
        return "No variant was judged: there is nothing to tell."
    middle = f"{_points(quantiles[3])} points a year"
    rest = f" {sessions} session returns are less than a year: points a year are stretched from them."
    short = rest if sessions < SESSIONS_A_YEAR else ""
    if tested == 1:
        return f"The only variant grew {'faster' if ahead else 'no faster'} than {against}: {middle}.{short}"
    many = tested >= _A_HEAP
    low, high = (_points(quantiles[k]) for k in ((1, 5) if many else (0, 6)))
    return (
        f"{_out_of(ahead, tested)} grew faster than {against}. "
        f"The middle one: {middle}; {'nine in ten' if many else 'all of them'}: {low} to {high}.{short}"
    )


def _out_of(count: int, variants: int) -> str:
    """Return how many of several variants.

    >>> [_out_of(*one) for one in ((0, 2), (2, 2), (0, 70), (70, 70), (3, 6083))]
    ['Neither variant', 'Both variants', 'None of 70 variants', 'All 70 variants', '3 of 6,083 variants']
    """
    if count == variants:
        return "Both variants" if variants == 2 else f"All {variants:,} variants"  # noqa: PLR2004 - a pair
    if not count:
        return "Neither variant" if variants == 2 else f"None of {variants:,} variants"  # noqa: PLR2004 - a pair
    return f"{count:,} of {variants:,} variants"


def overfitting_verdict(probability: float | None, splits: int, *, sessions: int) -> str:
    """Return what choosing the best of a sweep was worth.

    Args:
        probability: Of backtest overfitting; None where it cannot be told.
        splits: Ways to cut history that it was counted in.
        sessions: Returns of each.

    >>> overfitting_verdict(0.61, 12870, sessions=6000).partition(": ")[2]
    'choosing was worth no more than drawing lots.'
    """
    if probability is None:
        return f"Overfitting cannot be told: {sessions} session returns are too few."
    if probability >= 0.5:  # noqa: PLR2004 - as often as not
        worth = "choosing was worth no more than drawing lots"
    elif probability >= 0.1:  # noqa: PLR2004 - one time in ten
        worth = "choosing helped, but cannot be relied on"
    else:
        worth = "choosing held up within this history, which does not make the future safe"
    return (
        f"In {splits:,} ways to cut history into halves, the variant with the best Sharpe ratio of one half ranked in "
        f"the lower half of all in the other {times_in_100(probability)} (probability of backtest overfitting "
        f"{probability:.2f}): {worth}."
    )


def deflated_verdict(
    deflated: float | None,
    lead: float | None,
    by_luck: float | None,
    *,
    best: str,
    label: str,
    trials: int,
    too_few: int = 0,
    against: str,
    no_edge: bool = False,
) -> str:
    """Return what can be said of the best variant of a sweep, given how many were tried.

    Args:
        deflated: Its deflated Sharpe ratio; None where there is none.
        lead: Annual Sharpe ratio of its lead.
        by_luck: The one that the best of so many trials without skill is expected to have.
        best: Its name.
        label: Of the figure it was chosen by.
        trials: How many were tried.
        too_few: Session returns of each, where they are too few to tell.
        against: The benchmark's symbol.
        no_edge: Whether the market is one in which no variant has an edge.

    >>> deflated_verdict(0.02, 0.31, 0.77, best="mix", label="Sharpe", trials=7400, against="SPY").partition(": ")[2]
    'luck is explanation enough.'
    """
    if not best:
        return f"No variant has a figure for {label}: there is no best one."
    if too_few:
        return f"{best} cannot be told from luck: {too_few} session returns are too few."
    if deflated is None or lead is None or by_luck is None:
        return f"{best} cannot be told from luck: its lead over {against} has no Sharpe ratio here."
    name = f"the best by {label}, {best}, over {against}"
    if lead <= 0:
        return f"The mean lead of {name} is not above zero (Sharpe ratio {lead:.2f} a year): nothing speaks for it."
    is_more = deflated >= 1 - SIZE
    conclusion = "more than luck explains" if is_more else "luck is explanation enough"
    return (
        f"The lead of {name} has a Sharpe ratio of {lead:.2f} a year; that of the best of {trials:,} trials without "
        f"skill is expected to have {by_luck:.2f} (deflated Sharpe ratio "
        f"{luck_in_words('deflated_sharpe', deflated)}): {conclusion}.{_in_truth(is_more and no_edge)}"
    )


def independence(clusters: int, *, looked_at: int, trials: int) -> str:
    """Return how many independent trials a sweep's variants are worth.

    >>> independence(12, looked_at=1000, trials=7400)
    '1,000 variants spread over all 7,400 move like 12 independent ones; what is counted is all 7,400 trials.'
    """
    who = f"{looked_at:,} variants spread over all {trials:,}" if looked_at < trials else "The variants"
    return f"{who} move like {independent_ones(clusters)}; what is counted is all {trials:,} trials."


def independent_ones(clusters: int) -> str:
    """Return so many independent rules or variants.

    >>> independent_ones(1), independent_ones(12)
    ('1 independent one', '12 independent ones')
    """
    return "1 independent one" if clusters == 1 else f"{clusters:,} independent ones"


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
