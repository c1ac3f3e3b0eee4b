"""`capshift doctor`: what is as it must be is told so, and whatever is wrong has its line and what to do about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from foreign_packages import install
from listings import listing
from market_server import CHART, FRED, GARBAGE, SERVER_ERROR
from packaging.requirements import Requirement

from capshift.doctor.libraries import library
from capshift.doctor.machine import shadows

if TYPE_CHECKING:
    from conftest import Inside
    from market_server import MarketServer

PARTS = ["installed", "cached", "reachable", "around it"]


@pytest.fixture
def live(server: MarketServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MarketServer:
    """Return a server that has what is asked for, up to today, and work in an empty folder."""
    days = pd.bdate_range(end=pd.Timestamp.now().normalize(), periods=40)
    for symbol in ("SPY", "IWM"):
        of = listing(symbol)
        server.yahoo[symbol] = replace(of, bars=of.bars.tail(40).assign(Date=days))
    server.fred["DGS3MO"] = pd.Series(4.3, index=days)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return server


def wrong(printed: str) -> dict[str, list[str]]:
    """Return part to what is wrong in it."""
    found: dict[str, Any] = json.loads(printed)
    of = {part: [one["what"] for one in found[part] if one["state"] == "wrong"] for part in PARTS}
    assert found["wrong"] == sum(map(len, of.values()))
    return {part: lines for part, lines in of.items() if lines}


def test_all_is_well_where_it_is(live: MarketServer, inside: Inside) -> None:
    """With everything at hand nothing is wrong, each library stands there, and each server is asked once."""
    code, printed, told = inside("doctor", "--json")
    assert (code, told, wrong(printed)) == (0, "", {})
    lines = [one["what"] for one in json.loads(printed)["installed"]]
    for wanted in map(Requirement, requires("capshift") or ()):
        if wanted.marker is None:
            assert f"{wanted.name} {version(wanted.name)} ({wanted.specifier})" in lines
    assert len(live.asked(CHART)) == len(live.asked(FRED)) == 1
    code, shown, _ = inside("doctor", "--no-network")
    assert code == 0
    assert shown.splitlines()[0] == "installed"
    assert shown.splitlines()[-1] == "nothing is wrong"
    assert len(live.asked(CHART)) == len(live.asked(FRED)) == 1


def test_what_is_stored_is_listed(live: MarketServer, inside: Inside) -> None:
    """A fetched symbol has its line with its span; a damaged file is wrong, and the code is 3."""
    inside("fetch", "IWM", "SPY")
    code, printed, _ = inside("doctor", "--no-network", "--json")
    first, last = (f"{day:%Y-%m-%d}" for day in live.yahoo["IWM"].bars["Date"].iloc[[0, -1]])
    stored = [one["what"] for one in json.loads(printed)["cached"]]
    assert code == 0
    assert [line for line in stored if line.startswith(f"IWM: {first} to ")]
    assert first < last
    file = Path(os.environ["CAPSHIFT_CACHE"]) / "bars" / "SPY-bars.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    code, printed, _ = inside("doctor", "--no-network", "--json")
    assert code == 3
    (line,) = wrong(printed)["cached"]
    assert line.startswith("SPY: the stored file is damaged (")
    assert line.endswith("); fetch it again")


def test_a_cache_that_cannot_be_written_is_told(live: MarketServer, inside: Inside, tmp_path: Path) -> None:
    """A file where the cache should be is told with its path and what to set."""
    assert not live.requests
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, printed, _ = inside("doctor", "--no-network", "--cache-dir", str(tmp_path / "file"), "--json")
    (line,) = wrong(printed)["cached"]
    assert (code, line.startswith(f"the cache {tmp_path / 'file'} cannot be written: ")) == (3, True)
    assert line.endswith("choose another with --cache-dir or CAPSHIFT_CACHE")


def test_a_blocked_network_is_told_soon(live: MarketServer, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that nobody answers at, Yahoo and FRED each have their line within seconds; the code is 3."""
    assert live.yahoo
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    before = time.monotonic()
    code, printed, _ = inside("doctor", "--json")
    assert time.monotonic() - before < 60
    assert code == 3
    assert list(wrong(printed)) == ["reachable"]
    for line, name in zip(wrong(printed)["reachable"], ("Yahoo", "FRED"), strict=True):
        assert f"{name} cannot be reached; check the network" in line


@pytest.mark.parametrize("fault", [SERVER_ERROR, GARBAGE], ids=["500", "garbage"])
def test_servers_that_answer_wrongly_are_told(fault: Any, live: MarketServer, inside: Inside) -> None:
    """What the servers answer instead is in the line; nobody is asked twice."""
    live.misbehave(CHART, *[fault] * 5)
    live.misbehave(FRED, *[fault] * 5)
    code, printed, _ = inside("doctor", "--json")
    assert (code, len(wrong(printed)["reachable"])) == (3, 2)
    assert len(live.asked(FRED)) == 1


@pytest.mark.parametrize(("ahead", "said"), [(7200.0, "120 minutes slow"), (-3600.0, "60 minutes fast")])
def test_a_clock_that_is_far_off_is_told(ahead: float, said: str, live: MarketServer, inside: Inside) -> None:
    """The clock is held against the one that FRED's answer bears."""
    live.clock_ahead = ahead
    code, printed, _ = inside("doctor", "--json")
    (line,) = wrong(printed)["reachable"]
    assert (code, line.startswith(f"the clock is {said}")) == (3, True)


def test_files_in_the_way_are_told(tmp_path: Path) -> None:
    """A file or package by the name of a library or of a module of Python's is told; a user's other files are not."""
    (tmp_path / "pandas.py").write_text("", encoding="utf-8")
    (tmp_path / "backtrader").mkdir()
    (tmp_path / "backtrader" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "calendar.py").write_text("", encoding="utf-8")
    (tmp_path / "reports.py").write_text("", encoding="utf-8")
    (tmp_path / "strategies").mkdir()
    (tmp_path / "numpy").mkdir()  # Python prefers the library to a folder without __init__.py
    there = [one.what.partition(" is imported")[0] for one in shadows(tmp_path, "")]
    assert sorted(there) == sorted(str(tmp_path / name) for name in ("backtrader", "calendar.py", "pandas.py"))
    assert [one.what for one in shadows(tmp_path / "strategies", str(tmp_path))] == [
        one.what for one in shadows(tmp_path, "")
    ]
    program = "import pandas, sys; sys.exit(pandas.__file__ == sys.argv[1])"
    command = [sys.executable, "-c", program, str(tmp_path / "pandas.py")]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 1


def test_a_library_is_held_against_its_bounds() -> None:
    """One that is too old, too new or missing is wrong, with the command that mends it; a missing extra is a note."""
    for text in ("numpy>=999", "numpy<1"):
        found = library(Requirement(text))
        assert found.state == "wrong"
        assert found.what.endswith(f"; pip install '{text}'")
        assert version("numpy") in found.what
    assert library(Requirement("no-such-library>=1")).what == (
        "no-such-library is not installed; pip install 'no-such-library>=1'"
    )
    extra = library(Requirement("no-such-library>=1"), "options", "call spreads")
    assert (extra.state, "pip install --upgrade 'capshift[options]'" in extra.what) == ("note", True)


def test_a_broken_package_is_told(
    live: MarketServer, inside: Inside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A package whose rule cannot be imported is wrong, with reason and code 2; one whose rule can is told as fine."""
    assert live.yahoo
    install(tmp_path / "site", "tests-ill", "ill = $:Rising", source="import nowhere")
    install(tmp_path / "site", "tests-well", "well = $:Rising")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    code, printed, _ = inside("doctor", "--no-network", "--json")
    (line,) = wrong(printed)["installed"]
    assert code == 2
    assert line.startswith("ill of the package tests-ill 1.2 cannot be imported: ModuleNotFoundError")
    assert {"state": "ok", "what": "rule well of the package tests-well 1.2"} in json.loads(printed)["installed"]


def test_a_console_without_utf8_is_told(live: MarketServer) -> None:
    """As a process whose output takes ASCII alone it says so in ASCII, and ends with 2."""
    assert live.yahoo
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "capshift", "doctor", "--no-network"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"  wrong the console takes ascii, not UTF-8; set PYTHONUTF8=1" in done.stdout
