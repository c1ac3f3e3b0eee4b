"""The command line, run as a process: output, exit codes, and one clear line for every mistake."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

import capshift as cs
from capshift.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]
    Inside = Callable[..., tuple[int, str, str]]


SHORT = ("--start", "2020-01-02", "--end", "2020-12-31")


def test_rules_are_listed(capshift: Run) -> None:
    """Every rule stands in the list with its parameters, as a table and as JSON."""
    table, listed = capshift("rules"), json.loads(capshift("rules", "--json").stdout)
    assert list(listed) == cs.rule_names()
    assert all(name in table.stdout for name in listed)
    assert listed["breakout"]["params"]["entry"] == {"default": 252, "allowed": "from 1 to 25200"}
    assert table.stderr == ""


def test_run_prints_the_figures_as_json_and_nothing_else(capshift: Run) -> None:
    """With --json, standard output is the result that Python gives, and standard error is empty."""
    done = capshift("run", "breakout", "-p", "entry=30", "-p", "exit=10", *SHORT, "--fractional", "--json")
    market = cs.load_market(start="2020-01-02", end="2020-12-31")
    result = cs.run("breakout", market, entry=30, exit=10, account=cs.Account(fractional=True))
    printed = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert printed["metrics"] == dict(result.metrics)
    assert printed["params"] == dict(result.parameters)
    assert printed["provenance"] == dict(result.provenance)


def test_account_options_reach_the_account(capshift: Run) -> None:
    """Each account option is in the provenance as it was given."""
    options = [
        "--cash",
        "5000",
        "--commission",
        "0.001",
        "--commission-per-share",
        "0.005",
        "--commission-minimum",
        "1",
    ]
    done = capshift("run", "mix", *SHORT, *options, "--slippage", "0", "--no-interest", "--json")
    account = json.loads(done.stdout)["provenance"]["account"]
    account.pop("interest_paid")
    assert account == {
        "cash": 5000.0,
        "commission": 0.001,
        "commission_per_share": 0.005,
        "commission_minimum": 1.0,
        "slippage": 0.0,
        "fractional": False,
        "interest": False,
    }


def test_compare_prints_a_table_marked_as_simulated(capshift: Run) -> None:
    """The table names every rule of the standard set, and says SIMULATED."""
    done = capshift("compare", *SHORT)
    assert done.returncode == 0
    assert done.stdout.count("SIMULATED") == 2
    for name in cs.compare(market=cs.load_market(start="2020-01-02", end="2020-02-28")).results:
        assert name in done.stdout


def test_compare_prints_json(capshift: Run) -> None:
    """With --json, the comparison's summary is printed and nothing else."""
    done = capshift("compare", "mix:small=0.6", "hold-small", *SHORT, "--json")
    market = cs.load_market(start="2020-01-02", end="2020-12-31")
    assert done.stdout == cs.compare([("mix", {"small": 0.6}), "hold-small"], market).json()
    assert done.stderr == ""


def test_the_version_is_told(capshift: Run) -> None:
    """`capshift --version` prints the version that is installed."""
    assert capshift("--version").stdout == f"capshift {cs.__version__}\n"


def test_a_hindsight_level_is_told(capshift: Run) -> None:
    """A rule whose level was known only afterwards says so under the table."""
    assert "price-level: Hindsight" in capshift("run", "price-level", *SHORT).stdout


def test_a_start_before_the_bars_is_noted(capshift: Run) -> None:
    """When the bars begin after --start, a note on standard error says where the account opens."""
    done = capshift("run", "mix", "--start", "1999-01-01", "--end", "2000-12-29")
    assert done.returncode == 0
    assert "note: common bars begin 2000-01-03, later than --start 1999-01-01" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "brekout"], "there is no rule 'brekout'; did you mean 'breakout'"),
        (["run", "breakout", "-p", "entry=0"], "breakout: entry is 0; it must be a whole number"),
        (["run", "breakout", "-p", "entry"], "'entry' is no parameter of breakout; write name=value"),
        (["compare", "mix:smal=1"], "mix has no parameter 'smal'; did you mean 'small'"),
        (["compare", "mix", "mix"], "mix is named twice"),
        (["compare", "--slippage", "5"], "slippage is 5.0; it is a fraction of the price"),
        (["compare", "--slippage", "x"], "Invalid value for '--slippage'"),
        (["compare", "--start", "tomorrow"], "start 'tomorrow' is no date"),
        (["compare", "--source", "files"], "source files needs a folder"),
        (["compare", "--nonsense"], "--nonsense"),
        (["cmpare"], "cmpare"),
        (["run"], "Missing argument 'RULE'"),
        (["compare", "--small", "SPY"], "small and large are both SPY"),
        (["compare", *SHORT, "--out", "{file}"], "is a file; name a folder"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: list[str], said: str, inside: Inside, tmp_path: Path) -> None:
    """Wrong use ends in one line that says what is wrong, and prints no results."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, printed, complaint = inside(*(argument.format(file=tmp_path / "file") for argument in arguments))
    assert (code, printed) == (2, "")
    assert complaint.startswith("capshift: ")
    assert said in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("arguments", [["run", "brekout"], ["compare", "--nonsense"], ["compare", "--cash", "-1"]])
def test_a_mistake_ends_the_process_without_a_traceback(arguments: list[str], capshift: Run) -> None:
    """As a process, a mistake is one line on standard error and exit code 2."""
    done = capshift(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--source", "files", "--data", "{folder}/nowhere"], "has no folder bars/"),
        (["--source", "files", "--data", "{folder}"], "IWM: there is no bars/IWM.csv"),
        (["--small", "VTWO"], "VTWO is not in the sample market"),
    ],
)
def test_data_that_cannot_be_had_is_exit_code_3(
    arguments: list[str], said: str, inside: Inside, tmp_path: Path
) -> None:
    """Symbols and folders that are not there are told apart from wrong use."""
    (tmp_path / "bars").mkdir()
    code, printed, complaint = inside("compare", *(argument.format(folder=tmp_path) for argument in arguments))
    assert (code, printed) == (3, "")
    assert said in complaint
    assert complaint.count("\n") == 1


COMMANDS = get_command(app).commands  # type: ignore[attr-defined]  # that of a group


@pytest.fixture(scope="module")
def helps(capshift: Run) -> dict[str, str]:
    """Return the help of each command."""
    return {name: capshift(name, "--help").stdout for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_there_for_every_command(name: str, helps: dict[str, str]) -> None:
    """Each command tells its arguments and options."""
    told = helps[name].split()
    for one in COMMANDS[name].params:
        assert (one.opts[0] if one.param_type_name == "option" else one.metavar) in told


def test_help_without_a_command_is_that_of_all(capshift: Run) -> None:
    """Plain `capshift` is not a mistake without an answer: it lists the commands."""
    shown = capshift().stdout
    assert all(re.search(rf"^│ {name} ", shown, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_texts_as_they_are_written(name: str, helps: dict[str, str]) -> None:
    """Nothing between colons or brackets becomes an emoji or vanishes."""
    assert set(helps[name]) - set("─│╭╮╰╯\n") <= set(map(chr, range(32, 127)))
    words = " ".join(helps[name].replace("│", " ").split())
    for one in COMMANDS[name].params:
        assert not one.help or " ".join(one.help.split()) in words


@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_help_imports_nothing_heavy(asked: str) -> None:
    """Nothing that a backtest stands on, like pandas or Backtrader, is loaded to show the help or the version."""
    program = (
        f"import sys; sys.argv = ['capshift', '{asked}']\n"
        "from capshift.cli import _exit_code\n"
        "_exit_code()\n"
        "heavy = {'pandas', 'numpy', 'backtrader', 'matplotlib', 'quantstats', 'pyarrow', 'scipy', 'numba', 'arch',\n"
        "    'exchange_calendars', 'yfinance', 'requests', 'jinja2', 'plotly', 'distributed', 'QuantLib'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_progress_is_shown_to_a_person() -> None:
    """On a terminal standard error names what is being done, and standard output stays pure JSON."""
    master, slave = os.openpty()
    command = [sys.executable, "-m", "capshift", "compare", "mix", *SHORT, "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=slave, env={**os.environ, "TERM": "xterm"}, text=True
    ) as process:
        os.close(slave)
        printed, shown = process.communicate(timeout=60)[0], b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # what Linux says at the end of a terminal
            break
        if not part:
            break
        shown += part
    os.close(master)
    assert "Loading bars" in shown.decode()
    assert list(json.loads(printed)["rules"]) == ["hold-large", "mix"]


def test_an_interrupted_run_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while pages are drawn ends with code 130, without a traceback or half a result."""
    command = [sys.executable, "-m", "capshift", "compare", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(600):
            if (tmp_path / "out").exists():
                break
            time.sleep(0.1)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in complaint
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_mistake() -> None:
    """`capshift rules | head -1` ends quietly."""
    command = f"{sys.executable} -m capshift rules --json | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - a pipe
    assert (done.stdout, done.stderr) == ("{\n", "")
