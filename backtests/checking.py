"""`check`: whether what a rule does changes with what it cannot have known, or with what it must not depend on."""

from __future__ import annotations

import inspect
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capshift.backtests.account import Account
from capshift.backtests.comparison import display_name
from capshift.backtests.look_ahead import WRAPPED, Looks, Peek, spread_cuts
from capshift.backtests.other_futures import WAYS, other_future, parts_of
from capshift.backtests.provenance import market_facts, versions
from capshift.backtests.runner import behaviour_of, read_anew
from capshift.backtests.surroundings import OTHER_CLOCKS, OTHER_SEED, Watch, surroundings, watched
from capshift.backtests.warm_up import history_needed
from capshift.data_feeds.validation import day
from capshift.errors import CapshiftError
from capshift.strategies import Plain, rule_class
from capshift.strategies.combinations import packages_of
from capshift.strategies.parameters import resolve
from capshift.strategies.specs import loaded_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import backtrader as bt

    from capshift.backtests.behaviour import Behaviour
    from capshift.data_feeds import Market
    from capshift.strategies import Rotation

#: What is looked for, in this order, and how.
LOOKS = {
    "future": "other bars after a session must not change what was done up to it",
    "repetition": "the same bars twice, also after other markets, must give the same",
    "chance": "another seed of Python's and NumPy's global generators must change nothing",
    "clock": "another date and time of day must change nothing",
    "network": "no connection is opened, and no program started, by Python's means or curl's",
    "files": "no file is read, of which nobody can see here when it was known",
    "warm-up": "history before the first bar must change nothing once the account is open",
}
#: Cuts of a thorough look: so many where decisions change, as many spread evenly, half as many on the worst and on the
#: best days; fewer for a rule that is run.
_CUTS, _RUN_CUTS = 20, 6
#: Of those of a rule that is run, every so many-th has all ways.
_SELDOM = 5
#: Sessions from a decision to the cuts that tell how far ahead it sees.
_STEPS = (*range(6), 10, 15, 20, 31, 42, 62)
#: Sessions that follow a cut, in a thorough look.
_REACH = 63


#: Look, what changes, what to do, and what it is changed to.
_DISTURBANCES: tuple[tuple[str, str, str, tuple[dict[str, Any], ...]], ...] = (
    (
        "chance",
        "the seed of the global random generators",
        "draw from a generator of your own that you seed: numpy.random.default_rng(7)",
        ({"seed": OTHER_SEED},),
    ),
    (
        "clock",
        "today's date or time",
        "decide from the market's sessions alone",
        tuple({"clock": clock} for clock in OTHER_CLOCKS),
    ),
)


@dataclass(frozen=True)
class Finding:
    """Something that a rule should not do.

    Attributes:
        look: Which of `LOOKS` found it.
        fault: Whether no result of the rule can be trusted; else it is a caution.
        text: What it does, at which session, and what to do.
        facts: The same for programs.
    """

    look: str
    fault: bool
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """What a thorough look at a rule found.

    Attributes:
        name: Of the rule, with the parameters that were given.
        findings: In the order of `LOOKS`.
        looked: How many other futures were tried, and after how many sessions.
        unlooked: Of `LOOKS`, those that make no sense after what was found.
        provenance: The market and the versions.
    """

    name: str
    findings: tuple[Finding, ...]
    looked: Mapping[str, int]
    unlooked: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether no fault was found; it is no proof that there is none."""
        return not any(finding.fault for finding in self.findings)

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return bool(self.provenance["market"]["simulated"])

    def of(self, look: str) -> list[Finding]:
        """Return what one of `LOOKS` found."""
        return [finding for finding in self.findings if finding.look == look]

    def json(self) -> str:
        """Return all of it as JSON; the same rule and bars give the same bytes."""
        findings = [
            {
                "look": one.look,
                "fault": one.fault,
                "text": one.text,
                **({"facts": dict(one.facts)} if one.facts else {}),
            }
            for one in self.findings
        ]
        content = {"rule": self.name, "passed": self.passed, "looked": dict(self.looked), "findings": findings}
        more = {"unlooked": list(self.unlooked), "provenance": dict(self.provenance)}
        return json.dumps(content | more, indent=2, ensure_ascii=False) + "\n"

    def __str__(self) -> str:
        """Return the verdict, and a line a finding."""
        verdict = f"{self.name}: {'nothing wrong was found' if self.passed else 'it cannot be trusted'}"
        return "\n".join([verdict, *(f"{one.look}: {one.text}" for one in self.findings)])


def check(
    rule: str | type[bt.Strategy],
    market: Market,
    *,
    account: Account | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    **parameters: Any,
) -> Check:
    """Return what a thorough look at a rule finds: look-ahead, and what else makes a backtest untrue.

    It looks at one set of parameters on one market. It is a search and no proof: a rule that peeks only where nobody
    looked is not caught.

    Args:
        rule: As in `run`.
        market: From `load_market`.
        account: What a rule that looks at its fills, or a plain strategy, trades in.
        progress: Called with the number of markets that it was tried on, and of those it will be if nothing is found.
        **parameters: The rule's; those left out keep their defaults.

    Raises:
        CapshiftError: The rule or a parameter is wrong, or it fails on the market as it is.

    >>> from capshift import load_market
    >>> check("breakout", load_market(start="2020-01-02", end="2021-12-31")).passed
    True
    """
    folder = code_folder(rule)
    with watched(folder) as watch:
        with surroundings():
            chosen = rule_class(rule)
        full = resolve(chosen, parameters)
        behave = _undisturbed(behaviour_of(chosen, full, account or Account()))
        try:
            findings, looked = _look(chosen, behave, market, full, account or Account(), progress)
        except CapshiftError:
            if not watch.contacts:
                raise
            findings, looked = [], {}  # it fails without the network
    findings = sorted([*findings, *_reached(watch)], key=lambda one: list(LOOKS).index(one.look))
    given = {name: full[name] for name in parameters}
    provenance = {
        "market": market_facts(market),
        "versions": versions("numpy", "pandas", *packages_of([(chosen, full)])),
    }
    faults = {finding.look for finding in findings if finding.fault}
    after_peek = ("warm-up",) if "future" in faults or "warm-up" in looked else ()
    unseen = () if folder.is_absolute() else ("network", "files")  # a class made at a prompt has no file to be told by
    unlooked = after_peek if looked else tuple(look for look in LOOKS if look not in {*faults, "network", "files"})
    return Check(display_name(chosen, given), tuple(findings), looked, (*unlooked, *unseen), provenance)


def code_folder(rule: str | type[bt.Strategy]) -> Path:
    """Return the folder of the rule's own code."""
    if isinstance(rule, str) and ".py:" in rule:
        return Path(rule.rpartition(":")[0]).resolve().parent
    found: type = rule_class(rule)
    own = found.strategy if issubclass(found, Plain) else found
    try:
        return Path(inspect.getfile(own)).resolve().parent
    except (TypeError, OSError):  # a class made at a prompt
        return Path("<nowhere>")


def _undisturbed(behave: Callable[[Market], Behaviour], **other: Any) -> Callable[[Market], Behaviour]:
    """Return what does the same at a clock that stands still, from a seed."""

    def at_rest(market: Market) -> Behaviour:
        with surroundings(**other):
            return behave(market)

    return at_rest


def _anew(
    chosen: type[Rotation], parameters: Mapping[str, Any], account: Account, **other: Any
) -> Callable[[Market], Behaviour]:
    """Return what does the same as a rule, in other surroundings, in which its file is read anew."""
    with surroundings(**other):
        return _undisturbed(behaviour_of(read_anew(chosen), parameters, account), **other)


def _look(
    chosen: type[Rotation],
    behave: Callable[[Market], Behaviour],
    market: Market,
    parameters: Mapping[str, Any],
    account: Account,
    progress: Callable[[int, int], None],
) -> tuple[list[Finding], dict[str, int]]:
    """Return what is found, and how many futures were looked at; one that does not repeat itself is not asked more."""
    last = len(market) - 1
    whole = behave(market)

    def differs(other: Behaviour) -> str:
        at = whole.first_difference(other, last)
        return "" if at is None else day(market.sessions[at])

    at = differs(behave(market))
    if at:
        forgets = loaded_anew(chosen) is not chosen and not differs(_anew(chosen, parameters, account)(market))
        return [_unrepeatable(at, fresh=forgets)], {}
    findings = []
    for look, cause, cure, others in _DISTURBANCES:
        for other in others:
            try:
                at = differs(_anew(chosen, parameters, account, **other)(market))
                text = f"what it does on {at} changes with {cause}; {cure}"
            except CapshiftError as reason:
                at, text = day(market.sessions[0]), f"it fails with {cause} other than usual ({reason}); {cure}"
            if at:
                findings.append(Finding(look, fault=True, text=text, facts={"session": at}))
                break
    fresh = _anew(chosen, parameters, account)
    looks = Looks(fresh, market, whole)
    cuts = spread_cuts(whole, market, _CUTS if chosen.is_array_rule() else _RUN_CUTS)
    seldom = cuts if chosen.is_array_rule() else cuts[::_SELDOM]
    expected = 4 + 2 * len(cuts) + 3 * len(seldom)
    looks.told = lambda made: progress(min(made, expected), expected)
    peek = (
        looks.first(cuts, ("rising", "falling"), reach=_REACH)
        or looks.first(seldom, ("taken away", "shuffled", "drawn"), reach=_REACH)
        or looks.soon()
    )
    if peek:
        findings.append(_peeking(peek, looks))
    elif looks.failed and not looks.made:
        text = (
            f"it cannot be looked at: it fails on every other market ({looks.failed[0]}); let it hold something there"
        )
        findings.append(Finding("future", fault=True, text=text))
    at = differs(_after_another(_anew(chosen, parameters, account), market, cuts))
    if at:
        text = (
            f"what it does on {at} changes when it has run on another market before; keep nothing on the class, in the "
            "module or in a cache from run to run"
        )
        findings.append(Finding("repetition", fault=True, text=text, facts={"session": at}))
    looked = {"futures": looks.made, "cuts": len(looks.cuts)}
    if not peek:
        try:
            findings += _cold(chosen, whole, market) or _warming(behave, market)
        except CapshiftError:  # it does not run with another opening, or with less history
            return findings, {**looked, "warm-up": 0}
    return findings, looked


def _after_another(behave: Callable[[Market], Behaviour], market: Market, cuts: list[int]) -> Behaviour:
    """Return what a rule does on a market after it has run on another one."""
    with suppress(CapshiftError):  # it need not run there
        behave(other_future(market, cuts[len(cuts) // 2], "falling"))
    return behave(market)


def _unrepeatable(at: str, *, fresh: bool) -> Finding:
    cause = (
        "it keeps something from run to run, on the class or in the module; keep nothing there"
        if fresh
        else "it draws random numbers from a generator without a seed, or keeps something from run to run; seed it"
    )
    text = f"the same bars give something else on {at}: {cause}"
    return Finding("repetition", fault=True, text=text, facts={"session": at})


def _peeking(peek: Peek, looks: Looks) -> Finding:
    """Return what was peeked at, when, and how far ahead, where that can be told."""
    market, at = looks.market, peek.session
    # Where fewer bars alone change it, parts are changed on as many as there are.
    reach = None if _changes(looks, at, peek.cut, reach=_REACH, parts=()) else _REACH
    parts = [part for part in parts_of(market) if _changes(looks, at, peek.cut, reach=reach, parts={part})]
    # Where the last bar alone changes it, it sees all.
    ahead = None if _changes(looks, at, len(market) - 2, reach=None) else _ahead(looks, peek, reach)
    ordering = bool(peek.whole.orders or peek.other.orders)
    facts = {
        "session": day(market.sessions[at]),
        "does": peek.whole.said(at, ordering=ordering),
        "would_do": peek.other.said(at, ordering=ordering),
        "unchanged_until": day(market.sessions[peek.cut]),
        "way": peek.way,
        "saw": parts,
        "sessions_ahead": ahead,
    }
    cut = facts["unchanged_until"]
    text = (
        f"{'what it orders on' if ordering else 'its decision of'} {facts['session']}, "
        f"{facts['does']}, changes with what follows {cut}: where {WAYS[peek.way]}, it is {facts['would_do']}"
    )
    if parts:
        far = "as far as the bars go" if ahead is None else f"at least {ahead} session{'s' * (ahead > 1)} ahead"
        text += f". It sees {', '.join(parts)}, {far}"
    hint = WRAPPED if peek.whole.first == market.opening and looks.wraps(peek) else ""
    return Finding("future", fault=True, text=f"{text}; use nothing later than each close{hint}", facts=facts)


def _changes(looks: Looks, at: int, cut: int, *, reach: int | None, parts: Collection[str] | None = None) -> bool:
    """Return whether what a rule does by a session changes with what follows a cut, or with parts of that."""
    for way in ("rising", "falling"):
        with suppress(CapshiftError):
            other = looks.behave(other_future(looks.market, cut, way, reach=reach, parts=parts))
            if looks.whole.first_difference(other, at) is not None:
                return True
    return False


def _ahead(looks: Looks, peek: Peek, reach: int | None) -> int | None:
    """Return how many sessions ahead a rule sees at least: the furthest that change what it does at a session."""
    at, last = peek.session, len(looks.market) - 2
    seen = None
    for step in _STEPS:
        if peek.cut <= at + step <= last:
            if not _changes(looks, at, at + step, reach=reach):
                break
            seen = step + 1
    return seen


def _reached(watch: Watch) -> list[Finding]:
    """Return what a rule's code reached out for."""
    found = [
        Finding(
            "network",
            fault=True,
            text=f"it opens a connection to {host} ({where}); take what it needs from the market, or from a file",
            facts={"host": host, "where": where},
        )
        for host, where in watch.contacts.items()
    ]
    return found + [
        Finding(
            "files",
            fault=False,
            text=f"it reads {file} ({where}); see yourself that each line of it was known when it is used",
            facts={"file": file, "where": where},
        )
        for file, where in watch.files.items()
    ]


def _cold(chosen: type[Rotation], whole: Behaviour, market: Market) -> list[Finding]:
    """Return that the indicators of a rule that decides bar by bar are cold when the account opens, if they are."""
    cold = whole.warm_after - market.opening - 1
    if chosen.is_array_rule() or issubclass(chosen, Plain) or cold <= 0:
        return []
    text = (
        f"its indicators see no bar before the account opens, and it holds {market.large.symbol} for {cold} sessions; "
        "take windows from self.market, which has the history"
    )
    return [Finding("warm-up", fault=False, text=text, facts={"needed": cold, "there": 0})]


def _warming(behave: Callable[[Market], Behaviour], market: Market) -> list[Finding]:
    """Return whether the account opens before the rule has the history that it needs."""
    needed = history_needed(behave, market)
    if needed is not None and needed <= market.opening:
        return []
    facts = {"needed": needed, "there": market.opening}
    if needed is None:
        text = (
            "what it does depends on where the bars begin, however far back that is: it remembers all there was, or "
            "counts from the first bar; compare it on bars that begin at the same date only"
        )
    else:
        opens = day(market.sessions[min(needed, len(market) - 1)])
        text = (
            f"it needs up to {needed} sessions of history to do what it does with more, and the account opens after "
            f"{market.opening}; open it later (--start {opens}), or take bars that begin earlier"
        )
    return [Finding("warm-up", fault=False, text=text, facts=facts)]
