"""Rules in a TOML file: what they run as, and one line for every mistake, with its table and key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

import capshift as cs
from capshift.backtests import read_config
from capshift.data_feeds import Provenance, build_market, packaged_decisions
from capshift.errors import ConfigError, MarketError, ParameterError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from capshift.data_feeds import Market

    Run = Callable[..., subprocess.CompletedProcess[str]]

SHORT = ("--start", "2020-01-02", "--end", "2020-12-31")
RULE = '[[rules]]\nrule = "breakout"\n'
CUTS = '[[rules]]\nname = "Cuts"\nrule = "rate-cut"\n'
NONE = "[[rules]]: there is none"

#: What is wrong, and how the message goes on after the file's name: table, key, value.
MALFORMED = [
    # syntax
    ("[[rules]\nrule = 'mix'", "line 1, column 8: Expected ']]'"),
    (RULE + "filters = ", "line 3, the last: Invalid value"),
    ("rules = 1\nrules = 2\n", "line 2, "),
    (RULE + 'name = "\\q"', "line 3, column "),
    (RULE + '"""', "line 3, "),
    ("x = " + "[" * 3000, "nested too deeply"),
    (RULE + f"parameters = {{entry = {'9' * 5000}}}", "a number has thousands of digits"),
    # the file
    ("", NONE),
    ("# nothing yet\n[market]\n", NONE),
    ("rules = []", NONE),
    ("rules = 5", "rules is 5; write [[rules]]"),
    ("[rules]\nrule = 'mix'", "[rules] is one table; write [[rules]]"),
    ("rules = ['mix']", "[[rules]] 1 is 'mix'; it must be a table"),
    ("[[rule]]\nrule = 'mix'", "rule is not known; did you mean 'rules'?"),
    ("title = 'x'\n" + RULE, "title is not known; it takes market, account, rules"),
    # the market
    ("market = 'IWM'\n" + RULE, "market is 'IWM'; it must be a table"),
    ("[market]\nsmal = 'IWM'\n" + RULE, "[market]: smal is not known; did you mean 'small'?"),
    ("[market]\nsource = 'files'\n" + RULE, "[market]: source is not known; it takes small, large, leaders"),
    ("[market]\nsmall = 5\n" + RULE, "[market]: small is 5; it must be one line of text"),
    ("[market]\nlarge = ''\n" + RULE, "[market]: large is ''; it must be one line of text"),
    ("[market]\nsmall = 'SPY'\n" + RULE, "[market]: small and large are both SPY"),
    ("[market]\nleaders = []\n" + RULE, "[market]: leaders is []; it must be"),
    ("[market]\nleaders = ['QQQ', 3]\n" + RULE, "[market]: leaders is 3; it must be"),
    ("[market]\nleaders = ['QQQ', 'QQQ']\n" + RULE, "[market]: leaders 'QQQ,QQQ' repeats"),
    ("[market]\nstart = 'tomorrow'\n" + RULE, "[market]: start 'tomorrow' is no date; write YYYY-MM-DD"),
    ("[market]\nstart = 2001\n" + RULE, "[market]: start is 2001; it must be a date"),
    ("[market]\nend = 2001-01-02T10:00:00\n" + RULE, "[market]: end is 2001-01-02 10:00:00; it must be a date"),
    ("[market]\nend = 0001-01-02\n" + RULE, "[market]: end '0001-01-02' is no date from 1900"),
    ("[market]\nstart = 2002-01-02\nend = 2001-01-02\n" + RULE, "[market]: end 2001-01-02 is not after start"),
    # the account
    ("account = 3\n" + RULE, "account is 3; it must be a table"),
    ("[account]\ncahs = 1\n" + RULE, "[account]: cahs is not known; did you mean 'cash'?"),
    ("[account]\ncash = 'x'\n" + RULE, "[account]: cash is 'x'; it must be a number"),
    ("[account]\ncash = -1\n" + RULE, "[account]: cash is -1.0; an account opens with"),
    ("[account]\ncash = inf\n" + RULE, "[account]: cash is inf; it must be a number"),
    ("[account]\nslippage = 5\n" + RULE, "[account]: slippage is 5.0; it is a fraction of the price"),
    ("[account]\nfractional = 1\n" + RULE, "[account]: fractional is 1; it must be true or false"),
    # what it is called
    ("rules = [{}]", "[[rules]] 1: rule is missing; write rule = 'breakout'"),
    (RULE + "[[rules]]\nname = 'Cuts'", "[[rules]] 2 (Cuts): rule is missing"),
    (RULE + "enrty = 5", "[[rules]] 1 (breakout): enrty is not known; it takes name, rule"),
    (RULE + '"\\u001b[2J" = 5', "[[rules]] 1 (breakout): '\\x1b[2J' is not known"),
    ("[[rules]]\nrule = 5", "[[rules]] 1: rule is 5; it must be one line of text"),
    (
        "[[rules]]\nrule = 'brekout'",
        "[[rules]] 1 (brekout): rule: there is no rule 'brekout'; did you mean 'breakout'?",
    ),
    ("[[rules]]\nrule = 'own.py:Own'", "[[rules]] 1 (own.py:Own): rule: there is no file "),
    (RULE + "name = 5", "[[rules]] 1: name is 5; it must be one line of text"),
    (RULE + "name = ''", "[[rules]] 1 (breakout): name is ''; it must be one line of text"),
    (RULE + 'name = "a\\nb"', "[[rules]] 1: name is 'a\\nb'; it must be one line of text"),
    (RULE + f"name = '{'x' * 81}'", f"[[rules]] 1 ({'x' * 37}...): name is 'xxx"),
    (CUTS + RULE + "name = 'Cuts'", "[[rules]] 2 (Cuts): name: Cuts is named twice"),
    (RULE + RULE, "[[rules]] 2 (breakout): name: breakout is named twice"),
    (CUTS + RULE + "name = 'cuts'", "[[rules]] 2 (cuts): name: 'cuts' and 'Cuts' would share a folder"),
    (RULE + "name = 'hold-large'", "[[rules]] 1 (hold-large): name: 'hold-large' is the name of the benchmark"),
    # parameters
    (CUTS + "parameters = 5", "[[rules]] 1 (Cuts): parameters is 5; it must be a table"),
    (CUTS + "parameters = {hodl = 5}", "[[rules]] 1 (Cuts): parameters.hodl is not known; did you mean 'hold'?"),
    (
        RULE + RULE.replace("breakout", "mix") + CUTS + "parameters = {hold = 'x'}",
        "[[rules]] 3 (Cuts): parameters.hold is 'x'; it must be a whole number, from 1 to 25200",
    ),
    (CUTS + "parameters = {hold = true}", "[[rules]] 1 (Cuts): parameters.hold is True; it must be a whole number"),
    (CUTS + "parameters = {hold = 2.5}", "[[rules]] 1 (Cuts): parameters.hold is 2.5; it must be a whole number"),
    (CUTS + "parameters = {hold = [63]}", "[[rules]] 1 (Cuts): parameters.hold is [63]; it must be a whole number"),
    (CUTS + "parameters = {hold = {a = 1}}", "[[rules]] 1 (Cuts): parameters.hold is {'a': 1}; it must be"),
    (CUTS + "parameters = {hold = 2001-01-02}", "[[rules]] 1 (Cuts): parameters.hold is 2001-01-02; it must be"),
    (CUTS + f"parameters = {{hold = {'9' * 30}}}", "[[rules]] 1 (Cuts): parameters.hold is a number of more than 18"),
    (CUTS + f"parameters = {{hold = 0x{'f' * 5000}}}", "[[rules]] 1 (Cuts): parameters.hold is a number of more than"),
    (CUTS + f"parameters = {{hold = [0x{'f' * 5000}]}}", "[[rules]] 1 (Cuts): parameters.hold is a value that is too"),
    (CUTS + "parameters = {trigger = 'frist'}", "[[rules]] 1 (Cuts): parameters.trigger is 'frist'; it must be a word"),
    (CUTS + "parameters = {trigger = ['first']}", "[[rules]] 1 (Cuts): parameters.trigger is ['first']; it must be"),
    (RULE + "parameters = {buffer = nan}", "[[rules]] 1 (breakout): parameters.buffer is nan; it must be a number"),
    (RULE + "parameters = {buffer = 1e999}", "[[rules]] 1 (breakout): parameters.buffer is inf; it must be a number"),
    (RULE + "parameters = {exit = 300}", "[[rules]] 1 (breakout): parameters: breakout: exit is 300, more than entry"),
    # what every rule takes
    (
        CUTS + "filters = 'ecconomy'",
        "[[rules]] 1 (Cuts): filters is 'ecconomy'; it must be a word, none, or some",
    ),
    (CUTS + "filters = ['calm', 'calm']", "[[rules]] 1 (Cuts): filters is 'calm+calm'; it must be"),
    (CUTS + "filters = [1]", "[[rules]] 1 (Cuts): filters is '1'; it must be"),
    (CUTS + "filters = {calm = true}", "[[rules]] 1 (Cuts): filters is {'calm': True}; it must be"),
    (
        CUTS + "filters = 'calm'\nparameters = {filters = 'calm'}",
        "[[rules]] 1 (Cuts): filters stands beside parameters",
    ),
    (CUTS + "filters = 'leaders'", "[[rules]] 1 (Cuts): it looks at leaders; name them"),
    ("[[rules]]\nrule = 'leadership'", "[[rules]] 1 (leadership): it looks at leaders; name them"),
    (CUTS + "otherwise = 'bonds'", "[[rules]] 1 (Cuts): otherwise is 'bonds'; it must be a word, one of large, cash"),
    (CUTS + "expression = 'spread'", "[[rules]] 1 (Cuts): expression is 'spread'; it must be a word, one of outright"),
    # legs
    (CUTS + "legs = 'IJR'", "[[rules]] 1 (Cuts): legs is 'IJR'; it must be a table"),
    (CUTS + "legs = {smal = 'IJR'}", "[[rules]] 1 (Cuts): legs.smal is not known; did you mean 'small'?"),
    (CUTS + "legs = {small = 5}", "[[rules]] 1 (Cuts): legs.small is 5; it must be one line of text"),
    (CUTS + "legs = {small = 'SPY'}", "[[rules]] 1 (Cuts): legs: small and large are both SPY"),
    (CUTS + "legs = {leaders = ['A', 'A']}", "[[rules]] 1 (Cuts): legs: leaders 'A,A' repeats"),
    ("[[rules]]\nrule = 'hold-large'\nlegs = {large = 'QQQ'}", "[[rules]] 1 (hold-large): name: with legs of its own"),
    # combinations
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = 5}",
        "[[rules]] 1 (vote): parameters.rules is 5; it must be a list",
    ),
    ("[[rules]]\nrule = 'vote'\nparameters = {rules = []}", "[[rules]] 1 (vote): parameters.rules is []; it must be"),
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = ['mix']}",
        "[[rules]] 1 (vote): parameters.rules: vote: rules is",
    ),
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = ['mix', 'brekout']}",
        "[[rules]] 1 (vote): parameters.rules: there is no rule 'brekout'; did you mean 'breakout'?",
    ),
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = ['mix', 5]}",
        "[[rules]] 1 (vote): parameters.rules 2 is 5; it must be one line of text",
    ),
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = ['mix', {rule = 'price-level', parameters = {level = 'x'}}]}",
        "[[rules]] 1 (vote): parameters.rules 2: parameters.level is 'x'; it must be a number",
    ),
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = ['mix', {rule = 'rate-cut', name = 'x'}]}",
        "[[rules]] 1 (vote): parameters.rules 2: name is not known; it takes rule, parameters",
    ),
    (
        "[[rules]]\nrule = 'all-of'\nparameters = {rules = ['mix', {rule = 'vote', parameters = {rules = ['mix']}}]}",
        "[[rules]] 1 (all-of): parameters.rules 2: parameters.rules: vote: rules is 'mix'; join two or more",
    ),
    (
        "[[rules]]\nrule = 'vote'\nparameters = {rules = ['mix', {rule = 'mix', filters = 'leaders'}]}",
        "[[rules]] 1 (vote): it looks at leaders",
    ),
]


def written(folder: Path, text: str) -> Path:
    """Return a file of rules."""
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(("text", "said"), MALFORMED, ids=[f"{k}-{said[:40]}" for k, (_, said) in enumerate(MALFORMED)])
def test_a_mistake_in_a_file_is_one_line_with_its_table_and_key(text: str, said: str, tmp_path: Path) -> None:
    """Whatever is wrong in a file, the message names the file, the table, the key and the value, in one line."""
    with pytest.raises(ConfigError) as caught:
        read_config(written(tmp_path, text))
    assert str(caught.value).startswith(f"rules.toml: {said}")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("number", [0, 7, 24, 52, len(MALFORMED) - 1])
def test_a_mistake_in_a_file_ends_the_process_with_one_line(number: int, capshift: Run, tmp_path: Path) -> None:
    """On the command line it is exit code 2 without a traceback, and nothing is written."""
    text, said = MALFORMED[number]
    file, out = written(tmp_path, text), tmp_path / "out"
    done = capshift("compare", "--config", file, "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"capshift: rules.toml: {said}")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["rules.toml"]


def test_a_mistake_is_found_before_bars_are_looked_for(capshift: Run, tmp_path: Path) -> None:
    """A wrong last rule is told even where there are no bars at all."""
    file = written(tmp_path, RULE + CUTS + "otherwise = 'bonds'")
    done = capshift("compare", "--config", file, "--source", "files", "--data", tmp_path)
    assert (done.returncode, "[[rules]] 2 (Cuts): otherwise is 'bonds'" in done.stderr) == (2, True)


def test_files_that_are_none_are_told_apart(tmp_path: Path) -> None:
    """A file that is not there is wrong input, as are a folder and what is no UTF-8 text."""
    with pytest.raises(ConfigError, match="there is no file .*nowhere.toml; check --config"):
        read_config(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="is a folder; a file of rules is expected"):
        read_config(tmp_path)
    (tmp_path / "rules.toml").write_bytes(RULE.encode("utf-16"))
    with pytest.raises(ConfigError, match=r"rules.toml: not UTF-8 text \(byte 0\); save it as UTF-8"):
        read_config(tmp_path / "rules.toml")


def test_a_file_saved_on_windows_is_read(tmp_path: Path) -> None:
    """A byte order mark and carriage returns change nothing."""
    (tmp_path / "rules.toml").write_bytes(b"\xef\xbb\xbf" + CUTS.replace("\n", "\r\n").encode())
    assert [entry.plan.name for entry in read_config(tmp_path / "rules.toml").entries] == ["Cuts"]


FULL = """
[market]
leaders = ["QQQ"]
start = 2018-01-02
end = "2020-12-31"

[account]
cash = 50000
commission = 0.001
interest = false

[[rules]]
name = "Cuts, calm"
rule = "rate-cut"
parameters = {trigger = "any", hold = 63}
filters = ["economy", "calm"]
otherwise = "cash"

[[rules]]
rule = "breakout"
parameters = {entry = 60, exit = 30}
expression = "tilt"

[[rules]]
name = "Soft landing without its filter"
rule = "soft-landing"
filters = []

[[rules]]
name = "Three"
rule = "vote"
parameters = {rules = [
    "rate-cut",
    "breakout:entry=100,exit=50",
    {rule = "price-level", parameters = {level = 200, band = 0.05}, filters = ["calm", "leaders"]},
    {rule = "all-of", parameters = {rules = ["mix", {rule = "rate-cut", parameters = {hold = 63}}]}},
]}

[[rules]]
name = "Quality"
rule = "breakout"
legs = {small = "IJR"}
"""


def test_a_file_gives_what_plain_calls_give(capshift: Run, tmp_path: Path) -> None:
    """A file's comparison.json is that of the same rules, market and account from Python, byte for byte."""
    file, out = written(tmp_path, FULL), tmp_path / "out"
    done = capshift("compare", "mix:small=0.6", "--config", file, "--out", out)
    assert done.returncode == 0, done.stderr
    options = {"leaders": "QQQ", "start": "2018-01-02", "end": "2020-12-31"}
    level = ("price-level", {"level": 200.0, "band": 0.05, "filters": "calm+leaders"})
    both = ("all-of", {"rules": ["mix", ("rate-cut", {"hold": 63})]})
    calm = {"trigger": "any", "hold": 63, "filters": "economy+calm", "otherwise": "cash"}
    three = {"rules": ["rate-cut", ("breakout", {"entry": 100, "exit": 50}), level, both]}
    plans = [
        cs.Plan(name="Cuts, calm", rule="rate-cut", parameters=calm),
        ("breakout", {"entry": 60, "exit": 30, "expression": "tilt"}),
        cs.Plan(name="Soft landing without its filter", rule="soft-landing", parameters={"filters": ""}),
        cs.Plan(name="Three", rule="vote", parameters=three),
        cs.Plan(name="Quality", rule="breakout", market=cs.load_market(small="IJR", **options)),
        ("mix", {"small": 0.6}),
    ]
    account = cs.Account(cash=50_000.0, commission=0.001, interest=False)
    comparison = cs.compare(plans, cs.load_market(**options), account=account)
    assert (out / "comparison.json").read_text(encoding="utf-8") == comparison.json()
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == [
        "Cuts,_calm", "Quality", "Soft_landing_without_its_filter", "Three",
        "breakout,entry=60,exit=30,expression=tilt", "hold-large", "mix,small=0.6",
    ]  # fmt: skip
    assert "Quality: trades IJR for IWM" in done.stdout
    assert "Quality: trades IJR for IWM" in (out / "comparison.html").read_text(encoding="utf-8")


def test_options_of_the_command_line_win_over_a_file_s(capshift: Run, tmp_path: Path) -> None:
    """What is given is taken, even where it is a default; what is not given comes from the file."""
    market = '[market]\nsmall = "IJR"\nlarge = "QQQ"\nstart = 2019-01-02\nend = 2019-12-31\n'
    file = written(tmp_path, f"{market}[account]\ncash = 5\nslippage = 0\n{RULE}")
    done = capshift("compare", "--config", file, "--small", "IWM", "--end", "2019-06-28", "--cash", "100000", "--json")
    provenance = json.loads(done.stdout)["provenance"]
    market, account = provenance["market"], provenance["account"]
    assert market["symbols"] == {"small": "IWM", "large": "QQQ"}
    assert (market["first_session"], market["last_session"]) == ("2019-01-02", "2019-06-28")
    assert (account["cash"], account["slippage"], account["interest"]) == (100_000.0, 0.0, True)


def test_leaders_of_the_command_line_serve_a_file_without(tmp_path: Path) -> None:
    """A rule that looks at leaders is content with those that were given."""
    file = written(tmp_path, "[[rules]]\nrule = 'leadership'")
    assert read_config(file, {"leaders": "QQQ"}).entries[0].plan.name == "leadership"


def test_a_wrong_option_is_not_blamed_on_the_file(capshift: Run, tmp_path: Path) -> None:
    """A date that the command line has wrong is told as its own mistake."""
    done = capshift("compare", "--config", written(tmp_path, "[market]\nlarge = 'SPY'\n" + RULE), "--start", "x")
    assert done.stderr == "capshift: start 'x' is no date; write YYYY-MM-DD\n"


def test_a_rule_of_one_s_own_lies_beside_the_file(tmp_path: Path) -> None:
    """FILE.py:Class is looked for in the folder of the file of rules, by itself and within a combination."""
    (tmp_path / "own.py").write_text(
        "import capshift as cs\nclass Own(cs.Rotation):\n    '''Small.'''\n    params = (('n', 1),)\n"
        "    @staticmethod\n    def hold(market, n):\n        return cs.switch(market.small.close > n)\n",
        encoding="utf-8",
    )
    combined = "[[rules]]\nname = 'Both'\nrule = 'all-of'\nparameters = {rules = ["
    members = "'own.py:Own', {rule = 'own.py:Own', parameters = {n = 5}}, 'mix']}"
    config = read_config(written(tmp_path, f"[[rules]]\nrule = 'own.py:Own'\n{combined}{members}"))
    assert [entry.plan.name for entry in config.entries] == ["own", "Both"]
    both = cs.compare([config.entries[1].plan, "mix"], cs.load_market(start="2020-01-02", end="2020-12-31"))
    assert both.results["Both"].decisions.to_numpy().tolist() == both.results["mix"].decisions.to_numpy().tolist()


def files(folder: Path, spans: dict[str, tuple[str, str]]) -> Path:
    """Return a data folder with bars of the sample market, each symbol cut to a span."""
    (folder / "bars").mkdir(parents=True)
    source = cs.SampleSource()
    for symbol, (first, last) in spans.items():
        one = source.bars(symbol)
        kept = one.on(one.sessions[(one.sessions >= first) & (one.sessions <= last)])
        rows = zip(kept.sessions, kept.open, kept.high, kept.low, kept.close, kept.volume, kept.dividend, strict=True)
        lines = [f"{day:%Y-%m-%d},{o},{h},{low},{c},{c},{int(v)},{d},0" for day, o, h, low, c, v, d in rows]
        head = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits"
        (folder / "bars" / f"{symbol}.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


LONG, LATE, CUT = ("2015-01-02", "2020-12-31"), ("2018-03-01", "2020-12-31"), ("2015-01-02", "2020-06-30")
QUALITY = RULE + "[[rules]]\nname = 'Quality'\nrule = 'breakout'\nlegs = {small = 'IJR'}\n"


def test_all_rules_are_compared_from_the_latest_first_session(capshift: Run, tmp_path: Path) -> None:
    """Where one rule's bars begin later, all accounts open there, with their history kept, and a note says so."""
    data = files(tmp_path / "data", {"IWM": LONG, "SPY": LONG, "IJR": LATE})
    done = capshift("compare", "--config", written(tmp_path, QUALITY), "--source", "files", "--data", data, "--json")
    assert done.stderr == "note: common bars begin 2018-03-01 (Quality), so all rules are compared from there\n"
    own, quality = (cs.load_market(small=one, source="files", path=data, start="2018-03-01") for one in ("IWM", "IJR"))
    assert (own.opening, quality.opening) == (795, 0)
    expected = cs.compare(["breakout", cs.Plan(name="Quality", rule="breakout", market=quality)], own)
    assert done.stdout == expected.json()


def test_legs_that_end_on_another_day_are_refused(capshift: Run, tmp_path: Path) -> None:
    """A symbol that ends early cuts nobody's bars silently; --end, which is named as the remedy, is one."""
    data = files(tmp_path / "data", {"IWM": LONG, "SPY": LONG, "IJR": CUT, "QQQ": CUT})
    alone = ("--source", "files", "--data", data)
    for legs in ("legs = {small = 'IJR'}", "legs = {small = 'IJR', large = 'QQQ'}"):
        file = written(tmp_path, QUALITY.replace("legs = {small = 'IJR'}", legs))
        done = capshift("compare", "--config", file, *alone)
        assert (done.returncode, done.stdout) == (2, "")
        assert "2020-06-30" in done.stderr
        assert "--end 2020-06-30" in done.stderr
        assert done.stderr.count("\n") == 1
        assert capshift("compare", "--config", file, *alone, "--end", "2020-06-30").returncode == 0


def test_a_span_without_common_sessions_is_refused() -> None:
    """An account that would open on its last session is none."""
    market = cs.load_market(start="2020-01-02", end="2020-12-31")
    with pytest.raises(MarketError, match=r"only 1 common session\(s\) from 2020-12-31"):
        market.opening_at(market.sessions[-1])


def test_a_market_opened_later_is_the_one_loaded_so(market: Market) -> None:
    """Opening a market later is the same as loading it with that start, to the last byte of its fingerprint."""
    later = market.opening_at(market.sessions[market.opening + 100])
    start = str(later.account_sessions[0].date())
    assert later.fingerprint == cs.load_market(leaders="QQQ", start=start, end="2014-12-31").fingerprint


def test_what_a_rule_lacks_is_told_before_any_has_run(short_market: Market) -> None:
    """A market without leaders is refused with the rule's name while nothing has run."""
    heard: list[str] = []
    plans = ["mix", cs.Plan(name="Giants", rule="all-of", parameters={"rules": ["mix", "leadership"]})]
    with pytest.raises(MarketError, match="Giants: this market has no leaders"):
        cs.compare(plans, short_market, progress=heard.append)
    assert heard == []


def test_hold_large_on_other_legs_is_not_the_benchmark(short_market: Market) -> None:
    """Under a name of its own, hold-large holds the large caps of its own market."""
    other = cs.load_market(large="QQQ", start="2020-01-02", end="2020-12-31")
    comparison = cs.compare([cs.Plan(name="Giants", rule="hold-large", market=other)], short_market)
    alone = cs.run("hold-large", other)
    assert comparison.results["Giants"].equity.tolist() == alone.equity.tolist()
    assert comparison.results["Giants"].equity.tolist() != comparison.results["hold-large"].equity.tolist()


@pytest.mark.parametrize(
    ("plans", "said"),
    [
        ([cs.Plan(rule="mix", name="A b"), cs.Plan(rule="hold-small", name="A_b")], "'A_b' and 'A b' would share"),
        ([cs.Plan(rule="mix", name="HOLD-LARGE")], "'HOLD-LARGE' is the name of the benchmark"),
        ([cs.Plan(rule="mix", name="x" * 81)], "name is 'xxx.*at most 80 letters"),
        ([cs.Plan(rule="mix", name="comparison.html")], "name is 'comparison.html'; it must not end in .html"),
        ([cs.Plan(rule="mix", name="a\tb")], r"name is 'a\\tb'; it must be one line"),
        ([("vote", {"rules": ["mix:small=0.123456789"] * 20})], "is too long for a name; give the rule a shorter one"),
        ([("price-level", {"level": float("inf")})], "level is inf; it must be a number"),
        ([("price-level", {"level": 10**5000})], "level is a number of more than 18 digits; it must be a number"),
    ],
)
def test_names_and_numbers_that_nothing_can_bear_are_refused(plans: list[cs.Plan], said: str) -> None:
    """Names that no folder or table takes, and numbers that are none, are told before anything runs."""
    with pytest.raises(ParameterError, match=said):
        cs.compare(plans, cs.load_market(start="2020-01-02", end="2020-12-31"))


def test_markets_with_gaps_of_their_own_are_refused(short_market: Market) -> None:
    """Two markets of one span that lack different sessions are not compared."""
    gap = short_market.sessions[-30]
    kept = short_market.sessions[short_market.sessions != gap]
    other = cs.load_market(start="2020-01-02", end="2020-12-31")
    legs = {role: one.on(kept) for role, one in other.legs.items()}
    lacking = build_market(
        legs=legs, fomc=packaged_decisions(), provenance=Provenance("files", "", simulated=False),
        start=other.account_sessions[0],
    )  # fmt: skip
    with pytest.raises(ParameterError, match=f"Gap and the others do not trade on the same sessions: {gap:%Y-%m-%d}"):
        cs.compare([cs.Plan(name="Gap", rule="mix", market=lacking)], short_market)


ARTICLE = (
    "hold-small",
    "hold-large",
    "mix",
    "rate-cut",
    "priced-cuts",
    "fedwatch",
    "breakout",
    "price-level",
    "record-high",
    "relative-strength",
    "monthly-thrust",
    "leadership",
    "jackson-hole",
    "soft-landing",
    "all-of",
    "any-of",
    "vote",
)


def test_the_examples_have_every_rule_of_the_article() -> None:
    """examples/rules.toml names each of its rules, every filter, the tilt and cash, and no legs of its own."""
    entries = read_config(ROOT / "examples" / "rules.toml").entries
    plans = [entry.plan for entry in entries]
    named = {rule if isinstance(rule := plan.rule, str) else rule.rule_name() for plan in plans}
    assert named == set(ARTICLE)
    text = (ROOT / "examples" / "rules.toml").read_text(encoding="utf-8")
    for word in ("economy", "leaders", "calm", "curve", '"cash"', '"tilt"', "confirm", "buffer", "fail_within"):
        assert word in text, word
    assert not any(entry.legs for entry in entries)
    assert {entry.legs.get("small") for entry in read_config(ROOT / "examples" / "quality.toml").entries} == {
        None,
        "IJR",
    }


@pytest.mark.parametrize("example", ["rules.toml", "quality.toml"])
def test_the_examples_run_on_the_sample_market(example: str, capshift: Run) -> None:
    """Each example compares all its rules, in its order, with finite figures."""
    file = ROOT / "examples" / example
    done = capshift("compare", "--config", file, *SHORT, "--json")
    assert done.returncode == 0, done.stderr
    rules = json.loads(done.stdout)["rules"]
    names = [entry.plan.name for entry in read_config(file).entries]
    assert [name for name in rules if name in names] == names
    assert set(rules) - set(names) <= {"hold-large"}


def test_the_examples_run_on_real_bars(real_data: Path, capshift: Run) -> None:
    """Every rule of the article has an account on 26 years of real bars."""
    done = capshift(
        "compare", "--config", ROOT / "examples" / "rules.toml", "--source", "files", "--data", real_data, "--json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    summary = json.loads(done.stdout)
    assert len(summary["rules"]) == len(read_config(ROOT / "examples" / "rules.toml").entries)
    assert summary["provenance"]["market"]["first_session"] == "2000-05-26"
