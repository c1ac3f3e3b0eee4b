"""Look-ahead, and what else makes a backtest untrue: rules of strangers, held to account."""

from __future__ import annotations

import json
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from foreign_rules import FOREIGN, LENGTH, named, spec
from markets import random_market

import capshift as cs
from capshift.backtests import Account
from capshift.backtests.other_futures import WAYS, other_future, parts_of
from capshift.backtests.warm_up import without_history
from capshift.data_feeds.bars import BAR_COLUMNS
from capshift.errors import RuleError

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

#: Of random markets; benchmarks/look_ahead.py takes 200.
THOROUGH_SEEDS = 2


@pytest.mark.long
@pytest.mark.parametrize("file", FOREIGN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_check_finds_those_that_peek_and_no_other(file: Path) -> None:
    """At each seed, the thorough look finds a fault in each peeking rule, and in no honest one."""
    wrong = [
        seed
        for seed in range(100, 100 + THOROUGH_SEEDS)
        if cs.check(spec(file), random_market(seed, LENGTH)).passed != (file.parent.name == "honest")
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "saw", "ahead"),
    [
        ("shifted", {"small.close", "large.close"}, (1,)),
        ("next_open", {"small.open"}, (1,)),
        ("centred", {"small.close"}, (5,)),
        ("normalised", {"small.close", "large.close"}, (63, None)),  # as far as was tried, or as the bars go
        ("fitted", {"small.close"}, (63, None)),
    ],
)
def test_a_check_tells_what_was_peeked_at_and_how_far(name: str, saw: set[str], ahead: tuple[int | None, ...]) -> None:
    """Of the bars that a rule reads too early, and no others, it names the columns and the distance."""
    file = next(one for one in FOREIGN if one.stem == name)
    (finding,) = cs.check(spec(file), random_market(3, LENGTH)).of("future")
    assert set(finding.facts["saw"]) == saw
    assert finding.facts["sessions_ahead"] in ahead
    assert finding.facts["session"] <= finding.facts["unchanged_until"]
    assert finding.facts["does"] != finding.facts["would_do"]


UNRULY = '''
import datetime, pathlib, random, subprocess, urllib.request
import curl_cffi
import numpy as np
import capshift as cs
{top}

class Unruly(cs.Rotation):
    """Does what a rule must not."""
    seen = []

    @staticmethod
    def hold(market):
        {line}
'''
FALL = "return cs.switch(np.diff(market.small.close, prepend=0) < 0)"


@pytest.mark.parametrize(
    ("top", "line", "look", "said"),
    [
        ("", "return cs.fixed(len(market), small=datetime.date.today().year % 2)", "clock", "today's date or time"),
        ("", "return cs.fixed(len(market), small=datetime.datetime.now().hour / 24)", "clock", "today's date or time"),
        ("", "return cs.switch(np.random.random(len(market)) > 0.5)", "chance", "default_rng"),
        ("YEAR = datetime.date.today().year", "return cs.fixed(len(market), small=YEAR % 2)", "clock", "today's date"),
        ("", "return cs.fixed(len(market), small=random.random())", "chance", "default_rng"),
        ("DRAWN = random.random()", "return cs.fixed(len(market), small=DRAWN)", "chance", "default_rng"),
        ("", "return cs.fixed(len(market), small=np.random.default_rng().random())", "repetition", "without a seed"),
        ("", "Unruly.seen.append(1); return cs.fixed(len(market), small=1 / len(Unruly.seen))", "repetition", "keeps"),
        (
            "",
            "Unruly.seen.append(market.small.close.mean()); return cs.fixed(len(market), small=Unruly.seen[0] % 1)",
            "repetition",
            "run on another market before",
        ),
        (
            "",
            f"urllib.request.urlopen('http://prices.invalid'); {FALL}",
            "network",
            "prices.invalid (Unruly.py, line 14)",
        ),
        (
            "try:\n    urllib.request.urlopen('http://prices.invalid')\nexcept OSError:\n    pass",
            FALL,
            "network",
            "prices.invalid",
        ),
        ("", f"curl_cffi.get('http://a.invalid'); {FALL}", "network", "libcurl"),  # as yfinance asks
        ("", f"subprocess.run(['curl', 'http://a.invalid'], check=False); {FALL}", "network", "curl"),
        ("", f"pathlib.Path(__file__).with_suffix('.txt').read_text(); {FALL}", "files", "Unruly.txt"),
    ],
)
def test_a_check_finds_what_else_a_rule_depends_on(top: str, line: str, look: str, said: str, tmp_path: Path) -> None:
    """The clock, chance, what ran before and the network are faults; a file is named."""
    file = tmp_path / "Unruly.py"
    file.with_suffix(".txt").write_text("1", encoding="utf-8")
    file.write_text(UNRULY.format(top=top, line=line), encoding="utf-8")
    found = cs.check(f"{file}:Unruly", random_market(1, 60))
    assert said in " ".join(one.text for one in found.of(look))
    assert found.passed == (look == "files")
    others = {one.look for one in found.findings if one.fault} - {look}
    assert others == ({"future"} if "mean()" in line else set())  # a mean of all that is kept has seen all


def arrays(market: Market) -> dict[str, np.ndarray]:
    """Return all that a rule can see in a market, by name, one value or row a session."""
    seen = {f"{role}.{name}": getattr(one, name) for role, one in market.legs.items() for name in BAR_COLUMNS}
    seen |= {f"{role}.total_return": one.total_return for role, one in market.legs.items()}
    seen |= dict(market.series)
    if market.leaders is not None:
        seen["leaders"] = market.leaders.close
    if market.futures is not None:
        seen["futures"] = market.futures
    fomc = market.fomc
    known = fomc.known >= 0
    for name, values in (("lower", fomc.table.lower), ("upper", fomc.table.upper)):
        seen[name] = np.full(len(market), np.nan)
        seen[name][fomc.known[known]] = values[known]
    seen["meetings"] = (market.meetings.next_after(market.sessions) - market.sessions).days.to_numpy(dtype=float)
    seen["speeches"] = market.sessions.isin(market.speeches).astype(float)
    return seen


@pytest.mark.parametrize("reach", [5, None])
@pytest.mark.parametrize("way", WAYS)
def test_another_future_has_the_same_past(way: str, reach: int | None, market: Market) -> None:
    """Up to the cut every number is the same, bit for bit; after it prices are others, and positive."""
    cut = market.opening + 100
    other = other_future(market, cut, way, reach=reach)
    expected = 0 if way == "taken away" else reach or len(market) - 1 - cut
    assert len(other) == cut + 1 + expected
    assert list(other.sessions) == list(market.sessions[: len(other)])
    ours, theirs = arrays(market), arrays(other)
    for name, values in ours.items():
        np.testing.assert_array_equal(theirs[name][: cut + 1], values[: cut + 1], err_msg=name)
    if expected:
        for role in market.legs:
            later = theirs[f"{role}.close"][cut + 1 :]
            assert (later > 0).all()
            assert (later != ours[f"{role}.close"][cut + 1 : len(other)]).mean() > 0.5
    assert set(other.speeches) <= set(market.speeches)


def test_one_part_of_the_future_can_change_alone(market: Market) -> None:
    """Of all that a rule can see, the part that is named changes, with what is derived from it, and nothing else."""
    cut = int(market.sessions.searchsorted("2007-06-01"))
    derived = {f"{role}.{name}": f"{role}.total_return" for role in market.legs for name in ("close", "dividend")}
    for part in parts_of(market):
        other = arrays(other_future(market, cut, "falling", parts={part}))
        changed = {
            name for name, values in arrays(market).items() if not np.array_equal(other[name], values, equal_nan=True)
        }
        expected = {part, derived.get(part, part)} if part != "fomc" else {"lower", "upper"}
        assert changed == expected, part


def test_a_shuffled_future_keeps_its_returns(market: Market) -> None:
    """The daily returns after the cut are the same numbers in another order."""
    cut = len(market) - 50
    other = other_future(market, cut, "shuffled").small.close
    ours = market.small.close
    after = slice(cut + 1, None)
    np.testing.assert_allclose(np.sort((other[1:] / other[:-1])[cut:]), np.sort((ours[1:] / ours[:-1])[cut:]))
    assert not np.array_equal(other[after], ours[after])


class Looking(cs.Rotation):
    """Small caps while they are above their mean of some sessions."""

    params = (("window", 30),)

    @staticmethod
    def hold(market: Market, window: int) -> cs.Holdings:
        """Decide nothing before the window is full."""
        means = np.convolve(market.small.close, np.full(window, 1 / window))[: len(market)]
        full = np.arange(len(market)) >= window - 1
        return cs.switch(full & (market.small.close > means))


class Counting(cs.Rotation):
    """Small caps on every other session, counted from the first bar."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Count."""
        return cs.switch(np.arange(len(market)) % 2 == 0)


def test_history_that_a_rule_needs_is_told_with_the_date_to_begin() -> None:
    """A window of 30 sessions needs 63 of those tried; opened after them, nothing is said; counting never ends."""
    market = random_market(4, LENGTH)
    (finding,) = cs.check(Looking, market).of("warm-up")
    assert finding.facts == {"needed": 63, "there": 0}
    assert f"--start {market.sessions[63].date()}" in finding.text
    assert not cs.check(Looking, market.opening_at(market.sessions[63])).findings
    (finding,) = cs.check(Counting, market.opening_at(market.sessions[63])).of("warm-up")
    assert finding.facts["needed"] is None
    assert not finding.fault


def test_without_history_a_market_is_one_that_was_loaded_later() -> None:
    """What is left of the bars, series and decisions is what a market of the later bars alone has."""
    whole = cs.load_market(leaders="QQQ", start="2012-01-03", end="2013-12-31")
    cut = whole.opening - 40
    short = without_history(whole, cut)
    assert short.account_sessions.equals(whole.account_sessions)
    ours, theirs = arrays(whole), arrays(short)
    for name in set(ours) - {"small.total_return", "large.total_return"}:
        np.testing.assert_array_equal(theirs[name], ours[name][cut:], err_msg=name)
    assert {one.name for one in fields(short)} == {one.name for one in fields(whole)}
    for rule in ("breakout", "rate-cut", "mix"):
        assert cs.run(rule, short, **({"entry": 20, "exit": 10} if rule == "breakout" else {})).trades is not None


def test_a_look_that_can_see_nothing_refuses(tmp_path: Path) -> None:
    """A rule that fails on every other market cannot be trusted by default."""
    file = tmp_path / "Picky.py"
    line = f"assert len(market) == 80 and market.small.close[-1] < 1e9; {FALL}"
    file.write_text(UNRULY.format(top="", line=line).replace("Unruly", "Picky"), encoding="utf-8")
    market = random_market(5, 80)
    assert cs.check(f"{file}:Picky", market).passed
    assert cs.run(f"{file}:Picky", market).trades is not None
    worth = float(market.small.close[-1])
    file.write_text(file.read_text(encoding="utf-8").replace("< 1e9", f"== {worth!r}"), encoding="utf-8")
    with pytest.raises(RuleError, match="cannot be checked for look-ahead: it fails on every other market"):
        cs.run(f"{file}:Picky", market)


SPAN = ("--start", "2019-01-02", "--end", "2020-12-31")


def test_the_command_tells_and_ends_with_its_verdict(inside: Any) -> None:
    """`capshift check` prints each look; it ends with 2 where a fault was found, with 0 else, JSON too."""
    honest, peeking = (named(stem) for stem in ("momentum", "next_open"))
    code, printed, _ = inside("check", honest, "-p", "lookback=21", *SPAN)
    assert code == 0
    assert "momentum,lookback=21 on SIMULATED bars of 2019-01-02 to 2020-12-31" in printed
    assert "FAULT" not in printed
    code, printed, _ = inside("check", peeking, *SPAN, "--json")
    found = json.loads(printed)
    assert (code, found["passed"], found["findings"][0]["facts"]["saw"]) == (2, False, ["small.open"])
    assert found["unlooked"] == ["warm-up"]
    code, printed, _ = inside("check", peeking, *SPAN)
    assert "FAULT  future" in printed
    assert "-      warm-up" in printed
    code, _, complaint = inside("run", peeking, *SPAN, "--json")
    assert (code, "next-open saw the future" in complaint) == (2, True)
    code, printed, _ = inside("run", peeking, *SPAN, "--no-check", "--json")
    assert code == 0
    assert "Not checked" in json.loads(printed)["provenance"]["warning"]


@pytest.mark.parametrize(
    "rule", ["breakout", "soft-landing", "jackson-hole", pytest.param("fedwatch", marks=pytest.mark.long)]
)
def test_our_own_rules_pass(rule: str) -> None:
    """A rule that reads prices, series, speeches or futures passes the thorough look."""
    market = cs.load_market(start="2007-01-03", end="2008-12-31")
    assert cs.check(rule, market, account=Account()).passed


class Waiting(cs.Rotation):
    """Small caps, after a while."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Wait for the clock, which must go on."""
        end = time.time() + 0.01
        while time.time() < end:
            pass
        return cs.fixed(len(market), small=1.0)


class Fussy(cs.Rotation):
    """Small caps, and no account that opens late."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Fail where there is much history."""
        if market.opening > 20:
            raise ValueError("too late")
        return cs.fixed(len(market), small=1.0)


def test_honest_oddities_pass_and_what_cannot_be_tried_is_said_so() -> None:
    """A rule that waits for the clock passes; one that cannot open late is not looked at for that, and said so."""
    market = random_market(1, 120)
    assert cs.check(Waiting, market).passed
    fussy = cs.check(Fussy, market)
    assert (fussy.passed, fussy.unlooked) == (True, ("warm-up",))


class Hindsight(cs.Rotation):
    """Out of small caps before a day like one that is known by heart."""

    known: ClassVar[np.ndarray] = np.empty(0)
    drawn: ClassVar[bool] = False

    @classmethod
    def days(cls, market: Market) -> np.ndarray:
        """Return whether the next day is one of those of the past, or of the others that are known."""
        moves = market.small.close[1:] / market.small.close[:-1]
        like = np.isclose(moves[:, None], cls.known, rtol=1e-9, atol=0)
        place, heart = np.arange(len(moves))[:, None], np.arange(len(cls.known))
        before = (like & (heart < place)).any(axis=1)
        return np.append(before if cls.drawn else (like & (heart != place)).any(axis=1) & ~before, False)

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Look one day ahead."""
        return cs.switch(~Hindsight.days(market))


@pytest.mark.parametrize("way", ["drawn", "shuffled"])
def test_ordinary_futures_show_what_violent_ones_do_not(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fears days of its past is seen where they are drawn; one that fears known ones, where shuffled."""
    market = random_market(3, LENGTH)
    monkeypatch.setattr(Hindsight, "known", market.small.close[1:] / market.small.close[:-1])
    monkeypatch.setattr(Hindsight, "drawn", way == "drawn")
    (finding,) = cs.check(Hindsight, market).of("future")
    assert finding.facts["way"] == way
