"""`--source yahoo` as a user meets it: the same results as from files, and one clear line for whatever goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from cache_torture import contend, kill
from conftest import ROOT
from listings import listing
from market_server import CHART, DROPPED, FRED, GARBAGE, SERVER_ERROR, TOO_MANY, WEB_PAGE

import capshift as cs
from capshift.data_feeds.calendar import last_closed
from capshift.data_feeds.store import BARS, Store
from capshift.errors import DataUnavailableError, MarketError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from market_server import MarketServer

    Run = Callable[..., subprocess.CompletedProcess[str]]
    Inside = Callable[..., tuple[int, str, str]]

END = "2025-06-20"
SAMPLE = ("--start", "2024-06-03", "--end", END)


@pytest.fixture
def sample_server(server: MarketServer) -> MarketServer:
    """Return a server that has two symbols of the sample market, and a bill yield."""
    for symbol in ("IWM", "SPY"):
        server.yahoo[symbol] = listing(symbol, until="2025-12-31")
    days = pd.bdate_range("2024-01-02", "2025-12-31")
    server.fred["DGS3MO"] = pd.Series(4.3, index=days)
    return server


def test_results_through_yahoo_are_those_through_files(server: MarketServer, real_data: Path, tmp_path: Path) -> None:
    """The same bars and series, read from files or served as Yahoo and FRED do, give the same market and figures."""
    server.serve_files(real_data)
    span = {"leaders": "QQQ", "start": "2000-06-01", "end": "2026-08-21"}
    online = cs.load_market(source="yahoo", cache_dir=tmp_path, **span)
    files = cs.load_market(source="files", path=real_data, **span)
    assert not online.simulated
    assert online.provenance.spans == files.provenance.spans
    rules = ["hold-small", "rate-cut", "breakout", "relative-strength", "priced-cuts"]
    ours, theirs = cs.compare(rules, online).table, cs.compare(rules, files).table
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=0)
    for role in ("small", "large"):
        ours, theirs = online.legs[role].frame(), files.legs[role].frame()
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "command",
    [["compare", "mix"], ["run", "mix"], ["today", "mix"], ["events", "level", "-p", "level=1"]],
    ids=lambda command: command[0],
)
def test_every_command_takes_yahoo(command: list[str], sample_server: MarketServer, inside: Inside) -> None:
    """compare, run, today and events work from Yahoo, and a second time without a request, and offline."""
    code, first, complaint = inside(*command, "--source", "yahoo", *SAMPLE, "--json")
    assert code == 0, complaint
    sent = len(sample_server.requests)
    for more in ([], ["--offline"]):
        assert inside(*command, "--source", "yahoo", *SAMPLE, *more, "--json")[1] == first
    # Series that FRED does not know are asked for anew; bars are not.
    assert not [path for path, _ in sample_server.requests[sent:] if path.startswith(CHART)]


def test_offline_tells_how_old_the_data_are(sample_server: MarketServer, inside: Inside) -> None:
    """With --offline a note names the oldest download and its age; nothing is asked."""
    inside("fetch", "IWM", "SPY")
    sent = len(sample_server.requests)
    code, _, told = inside("compare", "mix", "--source", "yahoo", "--offline", *SAMPLE)
    assert code == 0
    assert "note: offline: IWM was fetched on " in told
    assert "0 day(s) ago" in told
    assert len(sample_server.requests) == sent


@pytest.mark.parametrize("symbols", [["IWM", "NOSUCH", "SPY", "NONE"], ["NOSUCH"]])
def test_a_failure_among_several_symbols_is_told_symbol_by_symbol(
    symbols: list[str], sample_server: MarketServer, inside: Inside, tmp_path: Path
) -> None:
    """Good symbols are stored, each bad one has its line, and the code is 3."""
    assert sample_server.requests == []
    code, printed, told = inside("fetch", *symbols, "--cache-dir", str(tmp_path), "--json")
    states = {one["name"]: one["state"] for one in json.loads(printed) if one["kind"] == "bars"}
    assert states == {name: "fetched" if name in {"IWM", "SPY"} else "failed" for name in symbols}
    complaints = [line for line in told.splitlines() if line.startswith("capshift: N")]
    assert [line.split(":")[1].strip() for line in complaints] == [name for name in symbols if name[0] == "N"]
    assert code == 3


@pytest.mark.parametrize(
    "fault", [TOO_MANY, SERVER_ERROR, DROPPED, GARBAGE, WEB_PAGE], ids=["429", "500", "drop", "garbage", "html"]
)
def test_a_process_that_cannot_have_its_data_says_one_line_and_ends_with_3(
    fault: object, sample_server: MarketServer, tmp_path: Path
) -> None:
    """Whatever Yahoo does wrong for good, a process ends with code 3 and one line a symbol, without a traceback."""
    sample_server.misbehave(CHART, *[fault] * 40)  # type: ignore[list-item]
    program = (
        "import sys\n"
        "from capshift.data_feeds import retries\n"
        "retries.FIRST_PAUSE = 0.01\n"
        "sys.argv = ['capshift', 'compare', '--source', 'yahoo', '--cache-dir', *sys.argv[1:]]\n"
        "from capshift.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path, *SAMPLE], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("capshift: IWM: Yahoo ")
    assert "; SPY: Yahoo " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fetch"], 2, "name symbols to fetch, like IWM SPY"),
        (["fetch", "IWM", "--list"], 2, "name symbols to fetch"),
        (["fetch", "../../etc/passwd"], 2, "'../../etc/passwd' is no symbol"),
        (["fetch", "A B"], 2, "'A B' is no symbol"),
        (["fetch", ""], 2, "'' is no symbol"),
        (["fetch", "A" * 300], 2, "...' is no symbol"),
        (["compare", "--source", "yahoo", "--small", "A B"], 2, "'A B' is no symbol"),
        (["compare", "--source", "yahoo", "--data", "DIR"], 2, "source yahoo takes no data folder"),
        (["compare", "--offline"], 2, "source sample downloads nothing"),
        (["compare", "--source", "yaho"], 2, "there is no source 'yaho'; did you mean 'yahoo'?"),
        (["compare", "--source", "yahoo", "--offline"], 3, "IWM: nothing is stored in "),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str], code: int, said: str, server: MarketServer, inside: Inside
) -> None:
    """What cannot be meant ends in one line before anything is asked."""
    ended, printed, told = inside(*arguments)
    assert (ended, printed) == (code, "")
    assert len(told.splitlines()) == 1
    assert said in told
    assert server.requests == []


def test_what_is_stored_is_listed_and_verified(sample_server: MarketServer, inside: Inside, tmp_path: Path) -> None:
    """--list shows each entry with its span; --verify finds a damaged one, with code 3, and fetch repairs it."""
    assert sample_server.requests == []
    place = ("--cache-dir", str(tmp_path))
    inside("fetch", "IWM", "SPY", *place)
    code, listed, told = inside("fetch", "--list", *place)
    assert (code, told) == (0, "")
    assert [name in listed for name in ("IWM", "SPY", "DGS3MO", "2024-01-02")] == [True] * 4
    assert inside("fetch", "--verify", *place)[0] == 0
    path = Store(tmp_path).path(BARS, "IWM")
    path.write_bytes(path.read_bytes()[:-50])
    code, _, told = inside("fetch", "--verify", *place)
    assert code == 3
    assert told.startswith("capshift: IWM: the stored file is damaged")
    inside("fetch", "IWM", *place)
    assert inside("fetch", "--verify", *place)[0] == 0


def test_bars_up_to_the_last_close_are_fetched_once(server: MarketServer, capshift: Run) -> None:
    """Without --end, a second run on the same day asks nothing, by the computer's own clock."""
    until = last_closed(pd.Timestamp.now("UTC") - pd.Timedelta(hours=1))
    for symbol in ("IWM", "SPY"):
        served = listing(symbol, until="2025-12-31", since="2022-01-03")
        days = pd.DatetimeIndex(cs.data_feeds.calendar.nyse_sessions(until - pd.Timedelta(days=2000), until))
        served.bars["Date"] = days[-len(served.bars) :]
        server.yahoo[symbol] = served
    server.fred["DGS3MO"] = pd.Series(4.3, index=pd.bdate_range("2024-01-02", until))
    for _ in range(2):
        done = capshift("compare", "mix", "--source", "yahoo", "--json")
        assert done.returncode == 0, done.stderr
    assert len(server.asked(CHART)) == 2
    assert json.loads(done.stdout)["provenance"]["market"]["last_session"] == f"{until:%Y-%m-%d}"


def test_python_takes_the_cache_s_folder_and_tells_progress(sample_server: MarketServer, tmp_path: Path) -> None:
    """load_market fills the folder it is given, names what it loads, and tells notes in the provenance."""
    named: list[str] = []
    market = cs.load_market(source="yahoo", cache_dir=tmp_path, start="2024-06-03", end=END, progress=named.append)
    assert named[:3] == ["IWM", "SPY", "DGS3MO"]
    assert Store(tmp_path).names(BARS) == ["IWM", "SPY"]
    assert any("there is no VIXCLS" in note for note in market.provenance.notes)
    assert market.provenance.description.startswith("Yahoo Finance as of ")
    sample_server.misbehave(FRED, *[DROPPED] * 40)
    again = cs.load_market(source="yahoo", cache_dir=tmp_path, start="2024-06-03", end=END, offline=True)
    assert again.fingerprint == market.fingerprint
    with pytest.raises(MarketError, match="source sample downloads nothing"):
        cs.load_market(cache_dir=tmp_path)
    with pytest.raises(DataUnavailableError, match="QQQ: nothing is stored.*; TLT: nothing is stored"):
        cs.load_market("QQQ", "TLT", source="yahoo", cache_dir=tmp_path, offline=True)


def test_files_and_sample_need_no_client() -> None:
    """Neither yfinance nor requests is loaded for the sample market, nor to work offline from what is stored."""
    program = (
        "import sys, capshift as cs\n"
        "cs.load_market(start='2020-01-02', end='2020-12-31')\n"
        "try:\n"
        "    cs.load_market(source='yahoo', cache_dir='nowhere', offline=True)\n"
        "except cs.CapshiftError:\n"
        "    pass\n"
        "sys.exit(bool({'yfinance', 'requests', 'curl_cffi'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=ROOT / "tests").returncode == 0


def test_killed_fetches_leave_a_readable_cache(server: MarketServer, tmp_path: Path) -> None:
    """Whenever a fetch is killed, what is stored is readable and whole, and the next fetch ends as if nothing was."""
    counted = kill(server, tmp_path, kills=4, seed=1)
    assert counted["unreadable"] == counted["rows lost or mixed"] == 0
    assert counted["kills"] == 4


def test_processes_that_fetch_the_same_agree(server: MarketServer, tmp_path: Path) -> None:
    """Four processes at once send one request a symbol, and store what one alone would."""
    counted = contend(server, tmp_path, processes=4, rounds=1, seed=1)
    assert counted["unreadable"] == counted["rows lost or mixed"] == counted["failed processes"] == 0
    assert counted["requests for bars"] == counted["symbols fetched"]
