"""Plain Backtrader strategies, written for anybody's Cerebro, among the rules."""

from __future__ import annotations

import traceback
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import backtrader as bt

from capshift.errors import RuleError
from capshift.strategies.base import Rotation
from capshift.strategies.filters import COMMON
from capshift.strategies.parameters import shown_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType


class Plain(Rotation):
    """A plain Backtrader strategy in the clothes of a rule, so that all who ask a rule something can ask it.

    It is never instantiated: the event engine runs the strategy itself, which places its own orders.

    Class attributes:
        strategy: As its author wrote it.
    """

    typed: ClassVar[bool] = False
    common_limits: ClassVar[Mapping[str, Any]] = {}
    strategy: ClassVar[type[bt.Strategy]]

    @classmethod
    def rule_name(cls) -> str:
        """Return the class's name as its author wrote it."""
        return cls.strategy.__name__

    @classmethod
    def about(cls) -> str:
        """Return the strategy in one sentence: the first of its docstring, if it has one."""
        return super().about() or "A plain Backtrader strategy, which places its own orders."

    @classmethod
    def own(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003 - a rule's own
        """Return nothing: there is no `hold` or `check` to take it."""
        return {}

    @classmethod
    def shared(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003 - a rule's own
        """Return what every rule takes at its defaults: a strategy that places its own orders cannot be filtered."""
        return dict(COMMON)

    @classmethod
    def failure(cls, method: str, reason: BaseException, parameters: Mapping[str, Any] | None = None) -> RuleError:
        """Return what to tell of a strategy that failed: the last line of its author's that did, and its parameters."""
        lines = [(frame.f_globals.get("__name__", ""), frame.f_code.co_filename, line) for frame, line in _walk(reason)]
        theirs = [one for one in lines if one[0].partition(".")[0] not in {"backtrader", "capshift"}]
        _, file, number = (theirs or lines)[-1]
        beyond = isinstance(reason, IndexError) and lines[-1][0] == "backtrader.linebuffer"
        hint = " (it asks for a bar that is not there: [1] is tomorrow's, [-1] yesterday's)" if beyond else ""
        if isinstance(reason, IndexError) and "assignment" in str(reason) and not theirs:
            hint = " (its indicators need more bars than there are)"
        said = " ".join(str(reason).split())
        where = f"in {Path(file).name}, line {number}" if theirs else f"inside Backtrader ({Path(file).name})"
        given = ", ".join(f"{name}={shown_value(value)}" for name, value in (parameters or {}).items())
        return RuleError(
            f"{cls.rule_name()}: {method} fails {where}{f' with {given}' if given else ''}: {type(reason).__name__}: "
            f"{said}{hint}; mend the strategy{' or its parameters' if given else ''}"
        )


def _walk(reason: BaseException) -> list[tuple[FrameType, int]]:
    return list(traceback.walk_tb(reason.__traceback__))


@lru_cache(maxsize=256)
def plain_rule(strategy: type[bt.Strategy]) -> type[Plain]:
    """Return a plain strategy as a rule, the same one each time.

    >>> import backtrader as bt
    >>> class Cross(bt.Strategy):
    ...     params = (("period", 20),)
    >>> plain_rule(Cross).rule_name(), plain_rule(Cross) is plain_rule(Cross)
    ('Cross', True)
    """
    body = {
        "__doc__": strategy.__doc__,
        "__module__": __name__,
        "strategy": strategy,
        "common": _of_backtrader(strategy),
    }
    of_its_kind: Any = type(Plain)
    rule = cast("type[Plain]", of_its_kind(f"_{strategy.__name__}", (Plain,), body))
    rule.params = strategy.params
    return rule


def as_rule(candidate: object) -> type[Rotation] | None:
    """Return a class as a rule, a plain strategy as a `Plain`, or nothing when it is none."""
    if isinstance(candidate, type) and issubclass(candidate, Rotation):
        return candidate
    if isinstance(candidate, type) and issubclass(candidate, bt.Strategy):
        return plain_rule(candidate)  # type: ignore[arg-type]  # Backtrader's typings
    return None


def _of_backtrader(strategy: type[bt.Strategy]) -> dict[str, Any]:
    """Return the parameters that Backtrader's own base classes declare, like those of `SignalStrategy`."""
    base = next(one for one in strategy.__mro__ if one.__module__.partition(".")[0] == "backtrader")
    return dict(base.params._getitems())  # type: ignore[attr-defined]  # noqa: SLF001 - Backtrader's own way to list params
