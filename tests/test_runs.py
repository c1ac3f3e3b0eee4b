"""`run` and `compare`: what they take, what they refuse, and what they give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from markets import bars, market_of

import capshift as cs
from capshift.backtests.comparison import folder_name
from capshift.errors import LookAheadError, ParameterError, UnknownRuleError
from capshift.strategies import STANDARD_SET, Breakout, parse_spec

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

OWN_RULE = '''
"""A user's file."""
import numpy as np
import capshift as cs


class AboveAverage(cs.Rotation):
    """Small caps above the mean of their last `n` closes."""

    params = (("n", 50),)
    limits = {"n": cs.Between(1)}

    @staticmethod
    def hold(market, n):
        close = market.small.close
        mean = np.convolve(close, np.ones(n) / n)[: len(close)]
        return cs.switch(close > mean)


class Peeking(cs.Rotation):
    """Small caps before they rise."""

    @staticmethod
    def hold(market):
        close = market.small.close
        return cs.switch(np.append(close[1:] > close[:-1], False))


class Stopped(cs.Rotation):
    """Small caps until they are 5 % below the price that was paid, then large caps."""

    def decide(self):
        position = self.getposition(self.datas[0])
        if position.size and self.datas[0].close[0] < 0.95 * position.price:
            self.stopped = True
        return cs.Target((0.0, 1.0) if getattr(self, "stopped", False) else (1.0, 0.0))
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a user's file of rules."""
    file = tmp_path / "my_rules.py"
    file.write_text(OWN_RULE, encoding="utf-8")
    return file


def test_a_rule_from_a_file_runs(own: Path, short_market: Market) -> None:
    """A user's own class is run by "file.py:Class", with its parameters checked like any other's."""
    result = cs.run(f"{own}:AboveAverage", short_market, n=20)
    assert (result.rule, result.parameters) == ("above-average", {"n": 20})
    with pytest.raises(ParameterError, match="above-average: n is 0"):
        cs.run(f"{own}:AboveAverage", short_market, n=0)


def test_a_user_s_rule_that_peeks_is_stopped(own: Path, market: Market) -> None:
    """A rule that is not registered is checked for look-ahead at each run."""
    with pytest.raises(LookAheadError, match="peeking saw the future"):
        cs.run(f"{own}:Peeking", market)


def test_a_rule_may_look_at_its_own_fills(own: Path) -> None:
    """Bought at 100.05, small caps are left when they close at 95, and not at 96."""
    market = market_of(bars("AAA", [100.0, 100.0, 96.0, 95.0, 90.0]), bars("BBB", [20.0] * 5))
    result = cs.run(f"{own}:Stopped", market)
    assert result.trades["price"].iloc[0] == pytest.approx(100.05)
    assert list(result.decisions.index) == [market.sessions[0], market.sessions[3]]


WRONG_RULES = """
import capshift as cs
import numpy as np


class Bare(cs.Rotation):
    @staticmethod
    def hold(market):
        return market.small.close > 100


class Method(cs.Rotation):
    def hold(self, market):
        return cs.switch(market.small.close > 100)


class Failing(cs.Rotation):
    @staticmethod
    def hold(market):
        return cs.switch(market.small.close[market.nonsense])


class Short(cs.Rotation):
    @staticmethod
    def hold(market):
        return cs.switch(market.small.close[1:] > 100)


class Elsewhere(cs.Rotation):
    @staticmethod
    def hold(market):
        return cs.Holdings({"gold": np.ones(len(market))}, np.zeros(len(market), dtype=bool))


class Wanting(cs.Rotation):
    @staticmethod
    def hold(market):
        return cs.switch(market.known_series("VIXCLSS") > 20)


class Loose(cs.Rotation):
    def decide(self):
        return 1.0, 0.0


class Greedy(cs.Rotation):
    def decide(self):
        return cs.Target((1.0, 0.5))


class Empty(cs.Rotation):
    pass


class Breaking(cs.Rotation):
    def __init__(self):
        1 / 0

    def decide(self):
        return cs.Target((1.0, 0.0))


class Unchecked(cs.Rotation):
    @classmethod
    def check(cls, given):
        1 / 0


class Stumbling(cs.Rotation):
    def decide(self):
        return cs.Target((self.nonsense, 0.0))
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Bare", "bare: hold returns ndarray; return switch"),
        ("Method", "method: hold must be a static method; write @staticmethod above it"),
        ("Failing", "failing: hold fails in wrong.py, line 20: AttributeError: .*nonsense"),
        (
            "Short",
            r"short: hold returns \d+ sessions of .*; the market has \d+, and its legs are called small, large",
        ),
        (
            "Elsewhere",
            "elsewhere: hold returns .* sessions of gold; the market has .*, and its legs are called small, large",
        ),
        ("Loose", r"loose: decide returns \(1.0, 0.0\); return Target\(\(small, large\)\)"),
        ("Greedy", r"greedy: decide returns Target.*fractions of equity that sum to 1 or less"),
        ("Stumbling", r"stumbling: decide fails in .*: AttributeError: .*nonsense"),
        ("Breaking", "breaking: the class fails in wrong.py, line .*: ZeroDivisionError"),
        ("Unchecked", "unchecked: check fails in wrong.py, line .*: ZeroDivisionError"),
        ("Empty", "empty decides nothing; write its hold or its decide"),
        ("Wanting", "this market has no series VIXCLSS; did you mean 'VIXCLS'"),
    ],
)
def test_a_rule_that_is_written_wrongly_is_told(name: str, said: str, tmp_path: Path, short_market: Market) -> None:
    """A beginner's mistake in a rule of one's own ends in one line that says how to mend it."""
    file = tmp_path / "wrong.py"
    file.write_text(WRONG_RULES, encoding="utf-8")
    with pytest.raises(cs.CapshiftError, match=said):
        cs.run(f"{file}:{name}", short_market)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("my_rules.py", "my_rules.py is a file; say which class in it is the rule: my_rules.py:Class"),
        ("nowhere.py:Rule", "there is no file nowhere.py"),
        ("{own}:Missing", "has no class Missing derived from capshift.Rotation"),
        ("{broken}:Rule", r"cannot be imported .line \d+.: ZeroDivisionError"),
        ("brekout", "there is no rule 'brekout'; did you mean 'breakout'"),
    ],
)
def test_rules_that_are_not_there_are_told(text: str, said: str, own: Path, short_market: Market) -> None:
    """Missing files, classes and names, and files that fail, end in one line."""
    broken = own.with_name("broken.py")
    broken.write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(UnknownRuleError, match=said):
        cs.run(text.format(own=own, broken=broken), short_market)


def test_what_is_no_rule_is_refused(short_market: Market) -> None:
    """A class that is no Rotation is refused, and so is an engine that does not exist."""
    with pytest.raises(UnknownRuleError, match="is no rule"):
        cs.run(dict, short_market)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="there is no engine 'warp'"):
        cs.run("mix", short_market, engine="warp")


def test_a_comparison_is_the_runs_side_by_side(short_market: Market) -> None:
    """Each row of the table is what the rule gives alone."""
    comparison = cs.compare(["hold-small", ("breakout", {"entry": 30, "exit": 10}), Breakout], short_market)
    assert list(comparison.results) == ["hold-large", "hold-small", "breakout,entry=30,exit=10", "breakout"]
    assert len(comparison) == 4
    alone = cs.run("breakout", short_market, entry=30, exit=10)
    row = comparison.table.loc["breakout,entry=30,exit=10"]
    assert {key: value for key, value in row.items() if value == value} == {  # noqa: PLR0124 - NaN
        key: value for key, value in alone.metrics.items() if value is not None
    }


def test_without_rules_the_standard_set_is_compared(short_market: Market) -> None:
    """No rule named means the standard set, benchmark included, in its order."""
    assert tuple(cs.compare(market=short_market).results) == STANDARD_SET


def test_the_summary_is_json_and_always_the_same(short_market: Market) -> None:
    """A comparison's JSON names the benchmark, and holds every rule's figures and one provenance."""
    comparison = cs.compare(["mix"], short_market)
    summary = json.loads(comparison.json())
    assert summary["benchmark"] == "hold-large"
    assert summary["rules"]["mix"]["metrics"] == dict(comparison.results["mix"].metrics)
    assert summary["provenance"]["market"]["simulated"] is True
    assert cs.compare(["mix"], short_market).json() == comparison.json()


def test_results_and_comparisons_say_what_they_are(short_market: Market) -> None:
    """In a prompt they are one line, and printed a table, with SIMULATED where it belongs."""
    comparison = cs.compare(["mix"], short_market)
    assert repr(comparison) == "Comparison(hold-large, mix; 2020-01-02 to 2020-12-31, SIMULATED)"
    assert repr(comparison.results["mix"]) == "Result(mix, 2020-01-02 to 2020-12-31, SIMULATED)"
    lines = str(comparison).splitlines()
    assert lines[0] == "SIMULATED"
    assert lines[1].split() == ["hold-large", "mix"]
    assert lines[2].split()[:2] == ["Final", "equity"]
    assert lines[-1].startswith("Counted: the 1 rule compared here")


def test_an_account_that_buys_nothing_says_so(short_market: Market) -> None:
    """With a dollar no share is bought, and the result warns of its figures."""
    idle = cs.run("hold-small", short_market, account=cs.Account(cash=1.0))
    assert idle.provenance["warning"] == "Never traded: 1 dollars bought no share."
    assert cs.run("hold-small", short_market).provenance["warning"] == ""


SHORT = "40 sessions are fewer than half a year: yearly figures are stretched from them."


def test_figures_of_short_accounts_are_called_stretched() -> None:
    """Below 126 sessions, and not with them, a result says so, and a comparison once for all of its rules."""
    market = cs.load_market(start="2020-01-02", end="2020-02-28")
    assert len(market.account_sessions) == 40
    comparison = cs.compare(["mix", "hold-small"], market)
    assert [one.provenance["warning"] for one in comparison] == [SHORT] * 3
    assert comparison.notes() == [SHORT]
    sessions = cs.load_market(start="2020-01-02").account_sessions
    for count, warned in ((125, True), (126, False)):
        result = cs.run("hold-small", cs.load_market(start="2020-01-02", end=str(sessions[count - 1].date())))
        assert (len(result.equity), "stretched" in result.provenance["warning"]) == (count, warned)


class Steady(cs.Rotation):
    """Hold small caps in the first so many months of a year."""

    params = (("months", 0),)

    @staticmethod
    def hold(market: Market, months: int) -> cs.Holdings:
        """Return small caps early in the year."""
        return cs.switch(market.sessions.month.to_numpy() <= months)


def test_a_rule_that_never_changes_its_mind_says_so(short_market: Market) -> None:
    """A rule whose decisions are one all year is told what it held, unless it is so by definition."""

    def said(rule: Any, **parameters: Any) -> str:
        result = cs.run(rule, short_market, **parameters)
        assert ("Never changed" in result.provenance["warning"]) <= (len(result.decisions) == 1)
        return str(result.provenance["warning"])

    assert said(Steady, months=0) == "Never changed its mind: it held SPY throughout."
    assert said(Steady, months=12) == "Never changed its mind: it held IWM throughout."
    assert said(Steady, months=6) == ""
    assert [said(name) for name in ("hold-large", "hold-small", "mix")] == [""] * 3
    assert said("breakout", entry=25_200) == "Never changed its mind: it held SPY throughout."


def test_progress_is_told_before_each_rule(short_market: Market) -> None:
    """The callback hears each rule's name once, in order."""
    heard: list[str] = []
    cs.compare(["mix", "hold-small"], short_market, progress=heard.append)
    assert heard == ["hold-large", "mix", "hold-small"]


@pytest.mark.parametrize(
    ("specs", "said"),
    [
        (["mix", "mix"], "mix is named twice"),
        ([("mix", {"smal": 0.5})], "mix has no parameter 'smal'; did you mean 'small'"),
        (["mix", "mxi"], "there is no rule 'mxi'; did you mean 'mix'"),
        ("breakout", "rules is 'breakout'; give a list"),
        ([], "give a list of at least one rule"),
    ],
)
def test_a_comparison_checks_all_before_it_runs_any(specs: list[Any], said: str, short_market: Market) -> None:
    """A mistake in the last rule is told before the first has run."""
    heard: list[str] = []
    with pytest.raises(cs.CapshiftError, match=said):
        cs.compare(specs, short_market, progress=heard.append)
    assert heard == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("breakout:entry", "'entry' is no parameter of breakout; write name=value"),
        ("breakout:entry=", "entry has no value; write entry=VALUE"),
        ("breakout:entry=100,entry=50", "entry is given twice"),
    ],
)
def test_specs_that_cannot_be_read_are_refused(text: str, said: str) -> None:
    """RULE:name=value,... with a part missing or doubled ends in one line."""
    with pytest.raises(ParameterError, match=said):
        parse_spec(text)


def test_a_spec_may_name_a_file(own: Path) -> None:
    """A rule in a file takes parameters after a second colon."""
    rule, parameters = parse_spec(f"{own}:AboveAverage:n=20")
    assert (rule.rule_name(), parameters) == ("above-average", {"n": 20})


def test_parameters_are_read_by_the_kind_of_their_default() -> None:
    """Text becomes a number where the default is one, and stays text where it is a word."""
    assert parse_spec("rate-cut:trigger=first,hold=63")[1] == {"trigger": "first", "hold": 63}
    assert parse_spec("mix:small=1")[1] == {"small": 1.0}


def test_names_become_folders_that_every_file_system_takes() -> None:
    """Slashes, dots that climb, colons and brackets never reach the file system."""
    for name in ("../x", "a/b", "a:b", "<script>", "a b", "."):
        folder = folder_name(name)
        assert not set(folder) & set("/\\:<>| ")
        assert folder not in {".", ".."}
    assert folder_name("breakout,entry=100") == "breakout,entry=100"
