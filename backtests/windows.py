"""Windows of a walk-forward: where to choose, and where to be judged by the choice."""

from __future__ import annotations

from typing import NamedTuple

from capshift.backtests.metrics import SESSIONS_A_YEAR
from capshift.errors import ParameterError

#: An account needs so many sessions for every figure: one to open on, two returns.
FEWEST_SESSIONS = 3


class Window(NamedTuple):
    """Positions of sessions of the account, each span without its end.

    Attributes:
        train: First session of the span on which variants are compared.
        train_end: The session after its last.
        test: First session that is traded by the choice; it is decided at the close before.
        test_end: The session after the last.
    """

    train: int
    train_end: int
    test: int
    test_end: int


def windows_of(
    sessions: int, *, train_years: float, test_years: float, gap: int = 0, anchored: bool = False
) -> list[Window]:
    """Return the windows of an account, whose tests follow each other without a hole.

    Args:
        sessions: Of the account.
        train_years: Length of each training span, in years of 252 sessions; of the first one when anchored.
        test_years: Length of each test; the last one may be shorter.
        gap: Sessions between training and test that belong to neither, so that nothing measured in one reaches into
            the other (a purge).
        anchored: Whether every training span begins with the account, instead of rolling along.

    Raises:
        ParameterError: A length is too short, or the account is.

    Source:
        Pardo (2008), "The Evaluation and Optimization of Trading Strategies", chapter 11, for walk-forward analysis;
        López de Prado (2018), "Advances in Financial Machine Learning", chapter 7, for the purge.

    >>> [tuple(one) for one in windows_of(1300, train_years=2, test_years=1.5, gap=5)]
    [(0, 504, 509, 887), (378, 882, 887, 1265), (756, 1260, 1265, 1300)]
    """
    train, test = round(train_years * SESSIONS_A_YEAR), round(test_years * SESSIONS_A_YEAR)
    for name, length in (("train", train), ("test", test)):
        if length < FEWEST_SESSIONS:
            msg = f"{name} is {length} sessions; it must be {FEWEST_SESSIONS} or more ({name}_years, --{name})"
            raise ParameterError(msg)
    if gap < 0:
        msg = f"gap is {gap}; it must be 0 or more sessions"
        raise ParameterError(msg)
    if train + gap + FEWEST_SESSIONS > sessions:
        msg = f"the account has {sessions} sessions, too few for {train} to train on, a gap of {gap} and a test"
        raise ParameterError(msg)
    starts = range(train + gap, sessions - FEWEST_SESSIONS + 1, test)
    found = [
        Window(0 if anchored else start - gap - train, start - gap, start, min(start + test, sessions))
        for start in starts
    ]
    return [*found[:-1], found[-1]._replace(test_end=sessions)]
