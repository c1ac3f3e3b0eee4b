"""Look-ahead: what a rule does up to a session must not change with what comes after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from capshift.backtests.other_futures import other_future
from capshift.data_feeds.validation import day
from capshift.errors import CapshiftError, LookAheadError, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from capshift.backtests.behaviour import Behaviour
    from capshift.data_feeds import Market

#: The ways that a look at each run tries; they move any statistic of the whole, and any bar that is read too early.
QUICK_WAYS = ("taken away", "rising", "falling")
#: Sessions that follow a cut: as many as a rule may look ahead, and few, so that looks cost little.
REACH = 21
#: Cuts of a quick look: so many where decisions change, and as many spread evenly.
_CUTS = 4
#: After so many sessions of the account nothing follows that was: what fills the beginning from what comes later shows.
_SOON = (2, 21)
#: The part of the account that a first cut leaves.
_LEAST = 0.05
#: Of the account's sessions, those whose cuts leave short markets.
_EARLY = 0.1
#: Cuts of a look at a rule that the event engine runs: at least these, however long the markets, and at most those.
_FEWEST_RUN, _MOST_RUN = 4, 6
#: What to say where other bars change nothing, and fewer do.
_ENDS = ", and not where the bars end (their number, the last one; for month ends take market.month_end)"
#: On so many first bars, [-1] and its like may reach back beyond the first, which Backtrader answers from the end.
_FIRST_BARS = 20
#: What to say of that.
WRAPPED = "; on the first bars close[-n] reaches round to the last ones: wait until len(self) > n"


@dataclass(frozen=True)
class Peek:
    """A session at which a rule did otherwise because of what came later.

    Attributes:
        session: Its position in the market.
        cut: Position of the last session that both markets share.
        way: What became of what follows, of `WAYS`.
        whole, other: What it did with the bars as they are, and with the others.
        by_length: Whether only the number of bars changes it, and not what they are.
    """

    session: int
    cut: int
    way: str
    whole: Behaviour
    other: Behaviour
    by_length: bool = False


class Looks:
    """Looks at one rule on one market, with other futures.

    Attributes:
        failed: What the rule said of the markets that it failed on.
        made: Looks that could be made.
        cuts: Sessions after which they were.
        told: Called with their number after each.
    """

    def __init__(self, behave: Callable[[Market], Behaviour], market: Market, whole: Behaviour) -> None:
        """Begin with what it does on the whole."""
        self.behave, self.market, self.whole = behave, market, whole
        self.failed: list[CapshiftError] = []
        self.made = 0
        self.cuts: set[int] = set()
        self.told: Callable[[int], None] = lambda _made: None

    def peek(self, cut: int, way: str, *, reach: int | None = REACH) -> Peek | None:
        """Return what a rule does otherwise up to a cut when something else follows, or nothing.

        A rule that fails on a market that ends early is looked at on one of full length.
        """
        last = len(self.market) - 1
        for sessions in dict.fromkeys((reach, None)):
            if way == "taken away" and sessions is None and reach is not None:
                return None  # the other ways have the full length
            try:
                other = self.behave(other_future(self.market, cut, way, reach=sessions))
            except CapshiftError as reason:
                self.failed.append(reason)
                continue
            self.made += 1
            self.told(self.made)
            self.cuts.add(cut)
            session = self.whole.first_difference(other, min(cut, last))
            return None if session is None else Peek(session, cut, way, self.whole, other)
        return None

    def first(self, cuts: Iterable[int], ways: Sequence[str], *, reach: int | None = REACH) -> Peek | None:
        """Return the first peek that is found at some cuts, or nothing."""
        found = (self.peek(cut, way, reach=reach) for cut in cuts for way in ways)
        peek = next((one for one in found if one is not None), None)
        if peek is None:
            return None
        others = (self.peek(peek.cut, way, reach=None) for way in ("rising", "falling"))
        return peek if any(others) else replace(peek, by_length=True)

    def soon(self) -> Peek | None:
        """Return a peek that is found soon after the account's opening, on markets of full length, or nothing."""
        cuts = [self.market.opening + one for one in _SOON if self.market.opening + one < len(self.market) - 1]
        return self.first(cuts, ("rising", "falling"), reach=None)

    def wraps(self, peek: Peek) -> bool:
        """Return whether what is done on the first bars changes with the last ones, to which [-1] reaches round."""
        bound = self.whole.first + _FIRST_BARS
        if peek.session >= bound or len(self.market) < bound + _FIRST_BARS:
            return False
        ends = (self.peek(len(self.market) - 1 - _FIRST_BARS, way, reach=None) for way in ("rising", "falling"))
        return any(end is not None and end.session < bound for end in ends)

    def repeats(self) -> bool:
        """Return whether the rule does the same once more."""
        return self.whole.first_difference(self.behave(self.market), len(self.market) - 1) is None


def spread_cuts(whole: Behaviour, market: Market, count: int) -> list[int]:
    """Return sessions to cut after: so many at which decisions change, and so many spread evenly.

    What is decided at the cut itself is what a peeker decides otherwise.
    """
    last = len(market) - 2
    first = min(market.opening + int((last - market.opening) * _LEAST), last)
    changes = [at for at in whole.changes() if first <= at <= last]
    chosen = _evenly(changes, count) + np.linspace(first, last, count).astype(int).tolist()
    return sorted({*chosen, *_extremes(market, first, last, count // 2)})


def _extremes(market: Market, first: int, last: int, count: int) -> list[int]:
    """Return the worst and the best days of small caps, so many of each: some peek on these alone."""
    close = market.small.close
    moves = np.append(1.0, close[1:] / close[:-1])[first : last + 1]
    order = np.argsort(moves, kind="stable") + first
    return [*order[:count].tolist(), *order[-count:].tolist()]


def run_cuts(whole: Behaviour, market: Market) -> list[int]:
    """Return sessions to cut after for a rule that the event engine runs: mostly early ones, which cost little.

    All looks at them together take about twice as long as the run.
    """
    last = len(market) - 2
    # One whose indicators are never warm may still trade before they are.
    able = range(max(whole.warm_after - 1, market.opening), last + 1) or range(market.opening, last + 1)
    changes = [at for at in whole.changes() if at in able] or list(able)
    if not changes:
        return []
    soon = market.opening + (last - market.opening) * _EARLY
    early = [at for at in changes if at <= soon] or changes[:1]
    chosen: list[int] = []
    left = float(len(market) - market.opening)
    worst = _extremes(market, able[0], able[len(able) // 3], 1)[0]
    for at in dict.fromkeys(
        [changes[len(changes) // 2], worst, *_evenly(early, _MOST_RUN), *_evenly(changes, _MOST_RUN)]
    ):
        left -= at - market.opening
        if len(chosen) == _MOST_RUN or (left < 0 and len(chosen) >= _FEWEST_RUN):
            break
        chosen.append(at)
    return sorted(chosen)


def _evenly(values: Sequence[int], count: int) -> list[int]:
    """Return so many of the values, spread evenly, in pairs: entries and exits alternate."""
    if not values:
        return []
    half = (count + 1) // 2
    places = [len(values) * number // half + more for number in range(half) for more in (0, 1)]
    return list(dict.fromkeys(values[min(place, len(values) - 1)] for place in places))[:count]


def refuse_look_ahead(
    name: str,
    behave: Callable[[Market], Behaviour],
    market: Market,
    whole: Behaviour,
    *,
    is_run: bool,
    cuts: Iterable[int] | None = None,
) -> None:
    """Raise when a rule does otherwise up to a session because of what follows it; a quick look, and no proof.

    Args:
        name: Of the rule, for messages.
        behave: Does on a market what the rule does.
        market: The whole.
        whole: What it did there.
        is_run: Whether the event engine runs it, which takes longer than an array rule.
        cuts: Sessions to cut after; None chooses some.

    Raises:
        LookAheadError: Naming the first session that differs, and the cut.
        RuleError: It does not do the same twice on the same bars, or fails on every other market.
    """
    looks = Looks(behave, market, whole)
    if cuts is None:
        cuts = run_cuts(whole, market) if is_run else spread_cuts(whole, market, _CUTS)
    peek = looks.first(cuts, QUICK_WAYS) or (None if is_run else looks.soon())
    if peek is None:
        if not looks.made:
            why = (
                f"it fails on every other market ({looks.failed[0]})" if looks.failed else "there are too few sessions"
            )
            msg = f"{name} cannot be checked for look-ahead: {why}"
            raise RuleError(msg)
        return
    if not looks.repeats():
        msg = f"{name} does not do the same twice; seed its random numbers, and keep nothing from run to run"
        raise RuleError(msg)
    raise LookAheadError(_told(name, peek, market, WRAPPED if is_run and looks.wraps(peek) else ""))


def _told(name: str, peek: Peek, market: Market, hint: str) -> str:
    """Return what a rule did otherwise, in one sentence."""
    at, cut = day(market.sessions[peek.session]), day(market.sessions[peek.cut])
    what = f"what it orders by {at}" if peek.whole.orders or peek.other.orders else f"its decision of {at}"
    way = "are taken away" if peek.way == "taken away" else "are others"
    cause = f"{what} changes when the bars after {cut} {way}"
    return f"{name} saw the future: {cause}; use nothing later than each close{hint}{_ENDS if peek.by_length else ''}"
