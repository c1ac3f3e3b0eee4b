"""IWM trades above a crucial level with momentum, says Matt Maley of Miller Tabak; beware of false breakouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.errors import ParameterError
from capshift.strategies.base import Rotation
from capshift.strategies.holdings import Holdings, latch, switch
from capshift.strategies.parameters import WINDOW, Between
from capshift.strategies.signals import lowest, prior_high, prior_low, shift
from capshift.strategies.words import Explanation, away, compared, dollars

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.data_feeds import Market


class Breakout(Rotation):
    """Small caps from a close above the highest of the last `entry` closes until one below the lowest of `exit`.

    Params:
        entry: Sessions whose highest close must be passed.
        exit: Sessions whose lowest close ends it.
        confirm: Closes in a row above the level that was passed.
        buffer: Fraction by which the level lies above the highest close.
        fail_within: Sessions after the entry in which a close below the level ends it as false; 0 for none.
    """

    params = (("entry", 252), ("exit", 126), ("confirm", 1), ("buffer", 0.0), ("fail_within", 0))
    limits = {
        "entry": WINDOW,
        "exit": WINDOW,
        "confirm": WINDOW,
        "buffer": Between(0, 1),
        "fail_within": Between(0, WINDOW.high),
    }

    @classmethod
    def check(cls, given: Mapping[str, Any], *, entry: int, exit: int, **_others: object) -> None:  # noqa: A002
        """Refuse an exit that was asked to look further back than the entry."""
        if "exit" in given and exit > entry:
            msg = f"breakout: exit is {exit}, more than entry, {entry}; it must not look further back"
            raise ParameterError(msg)

    @staticmethod
    def hold(
        market: Market,
        entry: int,
        exit: int,  # noqa: A002 - the parameter's name
        confirm: int,
        buffer: float,
        fail_within: int,
    ) -> Holdings:
        """Return small caps from each confirmed breakout until the exit or its failure."""
        close = market.small.close
        level = (1 + buffer) * prior_high(close, entry)
        below = close < prior_low(close, exit)
        passed = shift(np.where(close > level, level, np.nan), confirm - 1)
        confirmed = lowest(close, confirm) > passed
        if not fail_within:
            return latch(on=confirmed, off=below)
        return switch(_unless_false(close, passed, confirmed, below, fail_within))

    @staticmethod
    def explain(
        market: Market,
        entry: int,
        exit: int,  # noqa: A002 - the parameter's name
        confirm: int,
        buffer: float,
        fail_within: int,
    ) -> Explanation:
        """Return the last close beside both levels, and the levels of the next close."""
        if len(market) <= entry:
            short = f"an entry needs {entry} closes before it, and there are {len(market) - 1}"
            return Explanation((short,), (f"begins no sooner than in {entry + 1 - len(market)} sessions",))
        symbol, close, last = market.small.symbol, market.small.close, float(market.small.close[-1])
        high, low = (1 + buffer) * prior_high(close, entry)[-1], prior_low(close, exit)[-1]
        level = (
            f"{dollars(high)}, {f'{buffer * 100:g} % above ' if buffer else ''}the highest of the {entry} closes before"
        )
        row = f", and stays above it for {confirm} closes" if confirm > 1 else ""
        false = f", or within {fail_within} sessions of its entry below the level it passed" if fail_within else ""
        return Explanation(
            (
                f"{symbol} closed at {dollars(last)}, {compared(last, high)} {level}",
                f"and {compared(low, last, above='below', below='not below')} {dollars(low)}, the lowest of {exit}",
            ),
            (
                f"begins when {symbol} closes above {away((1 + buffer) * close[-entry:].max(), last)}{row}",
                f"ends when {symbol} closes below {away(close[-exit:].min(), last)}{false}",
            ),
        )


def _unless_false(
    close: NDArray[np.float64],
    passed: NDArray[np.float64],
    confirmed: NDArray[np.bool_],
    below: NDArray[np.bool_],
    fail_within: int,
) -> NDArray[np.bool_]:
    """Return where a breakout holds that ends at the exit, or early below the level it passed."""
    held = np.zeros(len(close), dtype=bool)
    entries = np.flatnonzero(confirmed & ~below)
    start = 0
    while (later := int(np.searchsorted(entries, start))) < len(entries):
        entered = int(entries[later])
        trial = close[entered + 1 : entered + 1 + fail_within] < passed[entered]
        ended = below[entered + 1 :].copy()
        ended[: len(trial)] |= trial
        ends = np.flatnonzero(ended)
        end = entered + 1 + int(ends[0]) if len(ends) else len(close)
        held[entered:end] = True
        start = end + 1  # where both hold, leaving wins over entering, as in a latch
    return held
