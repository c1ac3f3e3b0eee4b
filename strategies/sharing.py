"""What variants of a rule have in common is computed once: windows and conditions of the market's own arrays."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_P = ParamSpec("_P")
_Item = TypeVar("_Item", bound=np.generic)

#: From a function, the array it takes and its other arguments to that array, which is so kept alive, and the result.
Memo = dict[tuple[Any, ...], tuple[Any, Any]]
_OPEN: ContextVar[Memo | None] = ContextVar("memo", default=None)


@contextmanager
def sharing(memo: Memo) -> Iterator[None]:
    """Have what is marked `shared` computed once for each of its arguments, and kept in `memo`.

    >>> memo = {}
    >>> with sharing(memo):
    ...     pass
    """
    token = _OPEN.set(memo)
    try:
        yield
    finally:
        _OPEN.reset(token)


def shared(
    function: Callable[Concatenate[NDArray[np.float64], _P], NDArray[_Item]],
) -> Callable[Concatenate[NDArray[np.float64], _P], NDArray[_Item]]:
    """Mark a function of an array and of plain values, that its result is the same for all variants of a sweep.

    Only results on arrays that cannot be written are kept, as those of a market; they cannot be written either.
    """

    @wraps(function)
    def once(values: NDArray[np.float64], /, *args: _P.args, **kwargs: _P.kwargs) -> NDArray[_Item]:
        memo = _OPEN.get()
        if memo is None or values.flags.writeable:
            return function(values, *args, **kwargs)
        key = (function, id(values), args, *kwargs.items())
        found = memo.get(key)
        if found is None:
            result = function(values, *args, **kwargs)
            result.flags.writeable = False
            found = memo[key] = (values, result)
        return found[1]

    return once
