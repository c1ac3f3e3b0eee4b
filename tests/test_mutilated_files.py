"""Mutilated files: refused in one line, or read as if nothing had happened; the oracle is the clean file's result."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from mutilations import EQUAL, HARMLESS, KINDS, REFUSED, START, WRONG, arguments, mutilate, report, trials

from capshift.data_feeds import SampleSource, load_market, read_bars
from capshift.errors import BarsError, CapshiftError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from mutilations import Trial

pytestmark = pytest.mark.long

FUNDS = (
    "IJR",
    "IWB",
    "IWC",
    "IWN",
    "MDY",
    "MGC",
    "MGK",
    "OEF",
    "QQQ",
    "RSP",
    "VB",
    "VTWO",
    "TLT",
    "GLD",
    "IEF",
    "SHY",
    "BIL",
)
#: One of each sort: rows, cells, columns, bytes, files that are something else.
NASTY = (
    *("swap_rows", "lose_sessions", "bad_date", "bad_number", "absurd_day", "unadjusted_split", "swap_headings"),
    *("truncate_bytes", "binary_junk", "utf16", "empty_file", "something_else"),
)


def in_yahoo_layout(symbol: str, *, with_dividends: bool) -> pd.DataFrame:
    """Return the sample market's bars as Yahoo would give them, Adj Close by its own definition."""
    bars = SampleSource().bars(symbol)
    frame = bars.frame()
    kept = 1 - frame["dividend"].shift(-1, fill_value=0.0) / frame["close"]
    adjusted = frame["close"] * kept.iloc[::-1].cumprod().iloc[::-1]
    columns = {name: frame[name.lower()] for name in ("Open", "High", "Low", "Close")}
    layout = pd.DataFrame({**columns, "Adj Close": adjusted.round(6), "Volume": frame["volume"].astype(int)})
    if with_dividends:
        layout["Dividends"] = frame["dividend"]
    return layout.rename_axis("Date")


def sample_folder(folder: Path, *, with_dividends: bool) -> Path:
    """Return a data folder that holds two of the sample market's symbols."""
    (folder / "bars").mkdir(parents=True)
    for symbol in ("IWM", "SPY"):
        layout = in_yahoo_layout(symbol, with_dividends=with_dividends)
        layout.to_csv(folder / "bars" / f"{symbol}.csv", date_format="%Y-%m-%d", lineterminator="\n")
    return folder


@pytest.fixture(scope="module")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample market as files with Yahoo's columns and no other."""
    return sample_folder(tmp_path_factory.mktemp("sample") / "data", with_dividends=False)


def check(done: list[Trial]) -> None:
    """Hold the law against a series of trials."""
    harmless = {kind.__name__ for kind in HARMLESS}
    assert [trial for trial in done if trial.verdict == WRONG] == [], report(done)
    assert {trial.kind for trial in done if trial.verdict == EQUAL} <= harmless, report(done)
    assert {trial.kind for trial in done if trial.verdict == REFUSED}.isdisjoint(harmless), report(done)


def test_500_mutilated_copies_of_real_bars_are_refused_or_give_the_clean_result(
    real_data: Path, tmp_path: Path
) -> None:
    """Damage ends in code 2 and one line, the same table written otherwise in the clean result; never anything else."""
    done = trials(real_data, tmp_path, range(500))
    check(done)
    assert len(done) == 500
    assert min(Counter(trial.kind for trial in done).values()) >= 10


@pytest.mark.parametrize("with_dividends", [False, True])
def test_mutilated_copies_of_sample_bars_are_refused_or_give_the_clean_result(
    with_dividends: bool,  # noqa: FBT001 - pytest passes it by name
    tmp_path: Path,
) -> None:
    """The same holds for files whose dividends stand in Adj Close alone, and for those that name them."""
    data = sample_folder(tmp_path / "data", with_dividends=with_dividends)
    (tmp_path / "spoiled").mkdir()
    check(trials(data, tmp_path / "spoiled", range(1000, 1063)))


@pytest.mark.parametrize("kind", NASTY)
def test_a_process_that_meets_a_mutilated_file_says_one_line_and_ends_with_2(
    kind: str, sample_data: Path, tmp_path: Path, capshift: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A process says on standard error one line that names the symbol, nothing on standard output, and ends with 2."""
    name, spoiled = mutilate(
        (sample_data / "bars" / "IWM.csv").read_bytes(), [one.__name__ for one in KINDS].index(kind)
    )
    assert name == kind
    (tmp_path / "bars").mkdir()
    (tmp_path / "bars" / "IWM.csv").write_bytes(spoiled)
    (tmp_path / "bars" / "SPY.csv").symlink_to(sample_data / "bars" / "SPY.csv")
    ran = capshift(*arguments(tmp_path))
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith("capshift: IWM")


def test_a_process_that_finds_no_file_says_one_line_and_ends_with_3(
    sample_data: Path, tmp_path: Path, capshift: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Data that is not there is told apart from data that is spoiled."""
    (tmp_path / "bars").mkdir()
    (tmp_path / "bars" / "SPY.csv").symlink_to(sample_data / "bars" / "SPY.csv")
    ran = capshift(*arguments(tmp_path))
    assert ran.returncode == 3
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith("capshift: IWM: there is no bars/IWM.csv")


def test_mutilations_come_from_their_seed_and_always_change_the_file(sample_data: Path) -> None:
    """The same seed does the same, successive seeds go through all kinds, and none leaves the file as it was."""
    content = (sample_data / "bars" / "IWM.csv").read_bytes()
    done = [mutilate(content, seed) for seed in range(len(KINDS))]
    assert {name for name, _ in done} == {kind.__name__ for kind in KINDS}
    assert [spoiled for _, spoiled in done] == [mutilate(content, seed)[1] for seed in range(len(KINDS))]
    assert content not in {spoiled for _, spoiled in done}


def test_spoiled_parquet_never_escapes_as_another_error(tmp_path: Path) -> None:
    """A Parquet file with bytes flipped, lost or added is read or refused: no error of pyarrow's, no crash."""
    path, random = tmp_path / "IWM.parquet", np.random.default_rng(0)
    in_yahoo_layout("IWM", with_dividends=True).head(400).reset_index().to_parquet(path)
    content = path.read_bytes()
    told = []
    for _ in range(200):
        spoiled = bytearray(content)
        at, size = int(random.integers(len(content))), int(random.integers(1, 6))
        spoiled[at : at + size] = random.bytes(int(random.integers(0, 6)))
        path.write_bytes(spoiled)
        try:
            read_bars("IWM", path)
        except CapshiftError as refusal:
            told.append(str(refusal))
    assert len(told) > 100
    assert all(line.startswith("IWM: ") and len(line.splitlines()) == 1 for line in told)


@pytest.mark.parametrize("symbol", FUNDS)
def test_every_real_fund_passes(symbol: str, real_data: Path) -> None:
    """No check is so strict that it refuses what funds have lived through, the crash of 2010-05-06 included."""
    last = min(read_bars(one, real_data / "bars" / f"{one}.csv").sessions[-1] for one in (symbol, "SPY"))
    market = load_market(small=symbol, source="files", path=real_data, end=str(last.date()))
    assert market.sessions[-1] == last


def test_dividends_that_adj_close_contradicts_are_refused(tmp_path: Path) -> None:
    """A dividend ten times too large is refused with both figures, though it could be one by itself."""
    layout = in_yahoo_layout("IWM", with_dividends=True)
    day = layout.index[layout["Dividends"] > 0][7]
    paid = layout.loc[day, "Dividends"]
    layout.loc[day, "Dividends"] = 10 * paid
    layout.to_csv(tmp_path / "IWM.csv", date_format="%Y-%m-%d")
    with pytest.raises(
        BarsError, match=rf"{day.date()}.* the dividend is {10 * paid:g} a share, but {paid:.3g}\d* by Adj"
    ):
        read_bars("IWM", tmp_path / "IWM.csv")


def test_the_account_opens_long_after_most_of_what_is_spoiled() -> None:
    """Most mutilations hit history before the account, so only the fingerprint can tell: it must cover all."""
    sessions = SampleSource().bars("IWM").sessions
    assert (sessions < pd.Timestamp(START)).mean() > 0.9
