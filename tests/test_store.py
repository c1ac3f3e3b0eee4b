"""Downloads on disk: safe names, whole files, and a lock between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from listings import listing

from capshift.data_feeds import store as store_module
from capshift.data_feeds.store import BARS, Entry, Store, check_name, default_folder
from capshift.errors import DataUnavailableError, MarketError

NOW = pd.Timestamp("2025-06-20 20:00", tz="UTC")


def entry(rows: int = 20) -> Entry:
    """Return something to store."""
    return Entry(listing().bars.iloc[:rows], "a test", NOW, NOW)


@pytest.mark.parametrize("symbol", ["IWM", "^RUT", "BRK-B", "BRK.A", "EURUSD=X", "CON", "0700.HK"])
def test_a_symbol_is_a_file_in_its_folder(symbol: str, tmp_path: Path) -> None:
    """Symbols as Yahoo writes them become files of the cache's own folder, none with a name that Windows keeps."""
    store = Store(tmp_path)
    with store.lock(BARS, symbol):
        store.write(BARS, symbol, entry())
    path = store.path(BARS, symbol)
    assert path.parent == tmp_path / BARS
    assert path.name.partition(".")[0] not in {"CON", "NUL", "AUX", "PRN"}
    assert store.names(BARS) == [symbol]


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("../../etc/passwd", "is no symbol: write it as Yahoo does"),
        ("A B", "'A B' is no symbol: write it as Yahoo does"),
        ("", "'' is no symbol"),
        ("A" * 300, r"'A{40}\.\.\.' is no symbol"),
        ("iwm", "'iwm' is no symbol; did you mean 'IWM'"),
        ("..", "is no symbol"),
        ("IWM\n", r"'IWM\\n' is no symbol"),
        ("IWM/SPY", "is no symbol"),
        ("US4642876555", "is an ISIN; write the symbol"),
    ],
)
def test_what_is_no_symbol_is_refused(symbol: str, said: str, tmp_path: Path) -> None:
    """Whatever could lead out of the folder, or is no symbol, is refused in one short line."""
    with pytest.raises(MarketError, match=said) as refused:
        Store(tmp_path).path(BARS, symbol)
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 200


@given(st.text())
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    """Of any text, either it is refused, or its file lies in the folder and nowhere else."""
    try:
        path = Store("cache").path(BARS, name)
    except MarketError:
        return
    assert path.resolve().parent == Path("cache", BARS).resolve()
    assert check_name(name) == name


def test_what_was_stored_is_read_with_what_it_says_of_itself(tmp_path: Path) -> None:
    """An entry comes back with its rows to the last bit, its source and its times."""
    store = Store(tmp_path)
    assert store.read(BARS, "IWM") is None
    stored = Entry(entry().frame, "a test", NOW, NOW - pd.Timedelta(days=3), "2025-06-10")
    with store.lock(BARS, "IWM"):
        store.write(BARS, "IWM", stored)
    read = store.read(BARS, "IWM")
    assert read is not None
    pd.testing.assert_frame_equal(read.frame, stored.frame)
    assert (read.source, read.fetched, read.complete, read.asked) == ("a test", NOW, stored.complete, "2025-06-10")


def test_left_overs_of_killed_processes_are_cleared_away(tmp_path: Path) -> None:
    """A half-written file beside an entry is never read, and is gone after the next write."""
    store = Store(tmp_path)
    (tmp_path / BARS).mkdir()
    half = tmp_path / BARS / ".IWM-bars.parquet.12345.tmp"
    half.write_bytes(b"PAR1 half")
    assert store.read(BARS, "IWM") is None
    with store.lock(BARS, "IWM"):
        store.write(BARS, "IWM", entry())
    assert sorted(path.suffix for path in (tmp_path / BARS).iterdir()) == [".lock", ".parquet"]


def test_a_lock_held_elsewhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that holds an entry's lock is waited for, and then named; a killed one holds nothing."""
    monkeypatch.setattr(store_module, "PATIENCE", 0.2)
    program = (
        "import sys, time\n"
        "from capshift.data_feeds.store import Store\n"
        "with Store(sys.argv[1]).lock('bars', 'IWM'):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        said = "IWM: another process has been fetching it"
        with pytest.raises(DataUnavailableError, match=said), Store(tmp_path).lock(BARS, "IWM"):
            pass
        other.kill()
    with Store(tmp_path).lock(BARS, "IWM"):
        pass


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be ends in one line that says what to do."""
    (tmp_path / "cache").write_text("", encoding="utf-8")
    said = "IWM: .*choose another folder with --cache-dir"
    with pytest.raises(DataUnavailableError, match=said), Store(tmp_path / "cache").lock(BARS, "IWM"):
        pass


def test_the_folder_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """CAPSHIFT_CACHE names the folder; without it the user's own one is taken; an argument goes before both."""
    monkeypatch.setenv("CAPSHIFT_CACHE", str(tmp_path / "named"))
    assert (Store().folder, Store(tmp_path).folder) == (tmp_path / "named", tmp_path)
    monkeypatch.delenv("CAPSHIFT_CACHE")
    assert default_folder().name == "capshift"
    assert not default_folder().is_relative_to(ROOT)


def test_an_older_version_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another version of the format is taken for damaged, which means that it is fetched again."""
    store = Store(tmp_path)
    with monkeypatch.context() as older, store.lock(BARS, "IWM"):
        older.setattr(store_module, "SCHEMA", "0")
        store.write(BARS, "IWM", entry())
    with pytest.raises(store_module.DamagedError, match="it is of version 0"):
        store.read(BARS, "IWM")


def test_no_temporary_file_outlives_a_write(tmp_path: Path) -> None:
    """After a write the folder holds the entry and its lock, and the process is not held by either."""
    store = Store(tmp_path)
    for rows in (5, 6, 7):
        with store.lock(BARS, "IWM"):
            store.write(BARS, "IWM", entry(rows))
    assert len(os.listdir(tmp_path / BARS)) == 2  # noqa: PTH208 - names alone
    read = store.read(BARS, "IWM")
    assert read is not None
    assert len(read.frame) == 7
