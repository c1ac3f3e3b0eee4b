"""Rules that installed packages register: found by name, checked at each run, and in nobody's way."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from foreign_packages import RULES, install

import capshift as cs
from capshift.backtests.grid import grid_of
from capshift.errors import LookAheadError, UnknownRuleError
from capshift.strategies import RULES as OURS
from capshift.strategies import find_rule, foreign_rules, rule_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from capshift.data_feeds import Market

SHORT = ("--start", "2020-01-02", "--end", "2020-12-31")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that installs a package for this process and those it starts."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
    return lambda *what, **how: install(site, *what, **how)


def test_a_registered_name_is_the_class(installed: Callable[..., None], short_market: Market) -> None:
    """A package's name for its rule gives the account of its class, and stands in the result with the version."""
    installed("tests-alpha", "rising = $:Rising")
    import tests_alpha  # noqa: PLC0415 - written just now

    result, expected = (cs.run(rule, short_market, sessions=2) for rule in ("rising", tests_alpha.Rising))
    assert result.equity.equals(expected.equity)
    assert result.rule == "rising"
    assert result.provenance["versions"]["tests-alpha"] == "1.2"
    assert "rising" in cs.rule_names()


def test_the_registered_name_is_the_name_in_results(installed: Callable[..., None], short_market: Market) -> None:
    """Where class and name differ, and for a plain strategy, results bear the name that the package gave."""
    installed("tests-beta", "up-days = $:Rising\nbuys-once = $:Bought")
    assert cs.run("up-days", short_market).name == "up-days"
    bought = cs.run("buys-once", short_market, share=0.25)
    assert (bought.name, len(bought.trades)) == ("buys-once", 1)
    assert find_rule("up-days") is find_rule("up-days")


def test_names_serve_wherever_a_rule_is_named(installed: Callable[..., None], short_market: Market) -> None:
    """Comparisons, sweeps over processes, walk-forwards, days and combinations take a package's rule by its name."""
    installed("tests-gamma", "up = $:Rising\nstopped = $:Stopped\nbought = $:Bought")
    compared = cs.compare(["up", "stopped", "bought", ("vote", {"rules": "up+(up:sessions=2)+mix"})], short_market)
    assert list(compared.results) == ["hold-large", "up", "stopped", "bought", "vote,rules=up+(up:sessions=2)+mix"]
    swept = cs.sweep("bought", short_market, share=[0.2, 0.4], workers=2)
    assert sorted(swept.best("sharpe", 2)["share"]) == [0.2, 0.4]
    assert list(cs.today(["up"], short_market).standings) == ["up"]
    walked = cs.walk_forward("up", cs.load_market(start="2018-01-02", end="2020-12-31"), sessions=[1, 2], train_years=1)
    assert walked.result.rule == "up"


def test_a_worker_finds_a_rule_by_import(installed: Callable[..., None], short_market: Market) -> None:
    """A grid that is packed here and unpacked in a process that has the package names the same rule."""
    installed("tests-delta", "fresh = $:Rising")
    packed = pickle.dumps(grid_of("fresh", {"sessions": [1, 2]}))
    program = (
        "import pickle, sys; grid = pickle.loads(sys.stdin.buffer.read())\n"
        "print(grid.strategy.rule_name(), grid.strategy.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=packed, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["fresh", "tests_delta"]
    assert cs.sweep("fresh", short_market, sessions=[1, 2]).trials == 2


@pytest.mark.parametrize("rule", ["peeks", "all-of"])
def test_a_package_s_rule_is_foreign(rule: str, installed: Callable[..., None], short_market: Market) -> None:
    """What a package registers is checked for look-ahead at each run, inside a combination too."""
    installed("tests-peeking", "peeks = $:Tomorrow")
    parameters = {"rules": "peeks+mix"} if rule == "all-of" else {}
    with pytest.raises(LookAheadError, match="saw the future"):
        cs.run(rule, short_market, **parameters)


@pytest.mark.parametrize(
    ("kind", "rules", "source", "said"),
    [
        ("absent", "bad = $:Rising", "import nowhere", "cannot be imported: ModuleNotFoundError: No module"),
        ("exiting", "bad = $:Rising", "raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("lacking", "bad = $:Falling", RULES, "cannot be imported: AttributeError"),
        ("textual", "bad = $:no_rule", RULES, "is no class derived from capshift.Rotation or backtrader.Strategy"),
        ("misnamed", "Bad_Rule = $:Rising", RULES, "names are in lower case with hyphens"),
    ],
)
def test_a_broken_package_breaks_nothing_else(
    kind: str, rules: str, source: str, said: str, installed: Callable[..., None], short_market: Market
) -> None:
    """Its own use tells in one line which package is at fault and what to do; every other rule runs."""
    package = f"tests-broken-{kind}"
    installed(package, rules, source=source, version="0.3")
    installed(f"{package}-not", f"sound-{package} = $:Rising")
    name = rules.partition(" ")[0]
    with pytest.raises(UnknownRuleError, match=said) as told:
        cs.run(name, short_market)
    assert f"{package} 0.3" in str(told.value)
    assert "\n" not in str(told.value)
    assert cs.run(f"sound-{package}", short_market).rule == f"sound-{package}"
    assert cs.run("mix", short_market).rule == "mix"


def test_a_name_of_ours_stays_ours(installed: Callable[..., None]) -> None:
    """A package that registers `breakout` does not get it, and is told so; ours is what runs."""
    installed("tests-impostor", "breakout = $:Rising")
    assert find_rule("breakout") in OURS
    (refused,) = (one for one in foreign_rules() if one.package == "tests-impostor")
    assert refused.refusal.startswith("tests-impostor 1.2 registers a rule 'breakout', a name of capshift's own")
    assert cs.rule_names().count("breakout") == 1


def test_a_name_of_two_packages_is_neither_s(installed: Callable[..., None]) -> None:
    """Two packages with one name for a rule are both named, whichever comes first on the path."""
    installed("tests-one", "twice = $:Rising", version="2.0")
    installed("tests-two", "twice = $:Stopped")
    with pytest.raises(UnknownRuleError, match="'twice' is registered twice, by tests-one 2.0 and tests-two 1.2"):
        rule_class("twice")
    assert "twice" not in cs.rule_names()


def test_a_misspelt_name_of_a_package_is_answered(installed: Callable[..., None]) -> None:
    """`did you mean` knows the rules of packages, without importing one."""
    installed("tests-near", "bollinger = $:Rising", source="raise RuntimeError")
    with pytest.raises(UnknownRuleError, match="there is no rule 'bolinger'; did you mean 'bollinger'?"):
        find_rule("bolinger")


def test_the_list_has_packages_rules_and_what_is_broken(installed: Callable[..., None], capshift: Any) -> None:
    """`capshift rules` shows where each rule comes from, and why one cannot be had; standard output stays JSON."""
    installed("tests-listed", "listed = $:Rising\nbuys = $:Bought\nmix = $:Rising", source="print('hello')\n" + RULES)
    installed("tests-failing", "failing = $:Rising", source="import nowhere")
    done = capshift("rules", "--json")
    listed = json.loads(done.stdout)
    assert done.stderr == "hello\n"
    assert listed["mix"]["from"] == f"capshift {cs.__version__}"
    assert listed["listed"] == {
        "about": "Small caps after a session in which they rose.",
        "params": {"sessions": {"default": 1, "allowed": "from 1 to 250"}},
        "from": "tests-listed 1.2",
    }
    assert listed["buys"]["params"] == {"share": {"default": 0.5, "allowed": "any"}}
    assert set(listed["failing"]) == set(listed["mix (tests-listed 1.2)"]) == {"trouble", "from"}
    table = capshift("rules").stdout
    assert "tests-listed 1.2" in table
    assert "Broken: failing of the package tests-failing 1.2 cannot be imported: ModuleNotFoundError" in table


def test_the_command_line_takes_a_package_s_rule(installed: Callable[..., None], capshift: Any, tmp_path: Path) -> None:
    """run, compare and a file of rules find it by its name; a broken one ends in one line and code 2."""
    installed("tests-shell", "shell-rule = $:Rising\nboom = nowhere:Rule")
    done = capshift("run", "shell-rule", "-p", "sessions=3", *SHORT, "--no-intervals", "--json")
    assert json.loads(done.stdout)["rule"] == "shell-rule"
    file = tmp_path / "rules.toml"
    file.write_text('[[rules]]\nname = "Mine"\nrule = "shell-rule"\n', encoding="utf-8")
    done = capshift("compare", "shell-rule", "--config", file, *SHORT, "--json")
    assert list(json.loads(done.stdout)["rules"]) == ["hold-large", "Mine", "shell-rule"]
    done = capshift("run", "boom", *SHORT)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_help_imports_no_package(installed: Callable[..., None], capshift: Any) -> None:
    """A package that takes for ever, or fails, is not imported for the help, nor to run another rule."""
    installed("tests-slow", "slow = $:Rising", source="raise SystemExit('imported')")
    for arguments in (["--help"], ["run", "--help"], ["run", "mix", *SHORT, "--no-intervals"]):
        done = capshift(*arguments)
        assert (done.returncode, "imported" in done.stderr) == (0, False)
