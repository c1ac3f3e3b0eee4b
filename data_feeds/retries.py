"""Asking again, with growing and uneven pauses: the one door to tenacity."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import tenacity

from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

_Answer = TypeVar("_Answer")

#: How often a server is asked before it is given up.
ATTEMPTS = 5
#: Seconds before the second attempt, doubled before each later one; up to one second more is random, so that
#: processes which were refused together do not come back together.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


class TryAgainError(DataUnavailableError):
    """A server did not answer, or not with what was asked for; the next time it may."""


def patiently(ask: Callable[[], _Answer]) -> _Answer:
    """Return an answer, asking again while the failure may pass.

    Args:
        ask: Sends a new request each time it is called.

    Raises:
        TryAgainError: The last attempt's failure.

    >>> patiently(lambda: 42)
    42
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgainError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(FIRST_PAUSE, LONGEST_PAUSE) + tenacity.wait_random(0, FIRST_PAUSE),
        reraise=True,
    )
    return retrying(ask)
