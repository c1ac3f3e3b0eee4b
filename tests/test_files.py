"""Files: what is read, and what is refused in one line with symbol, row and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from markets import sessions

from capshift.data_feeds import FilesSource, load_market, read_bars
from capshift.errors import BarsError, CapshiftError, DataUnavailableError, MarketError, SeriesError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAYS = sessions(6, "2020-01-02")  # Thursday 2 to Thursday 9 January


def table() -> pd.DataFrame:
    """Return six good rows in Yahoo's layout, as text."""
    frame = pd.DataFrame(
        {
            "Date": DAYS.strftime("%Y-%m-%d"),
            "Open": ["10", "10", "11", "11", "12", "12"],
            "High": ["11", "11", "12", "12", "13", "13"],
            "Low": ["9", "9", "10", "10", "11", "11"],
            "Close": ["10.5", "10.5", "11.5", "11.5", "12.5", "12.5"],
            "Adj Close": ["10.5", "10.5", "11.5", "11.5", "12.5", "12.5"],
            "Volume": ["100", "0", "100", "100", "100", "100"],
        }
    )
    return frame.astype(object)


def cell(row: int, column: str, value: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a change of one cell; rows count as in the file, the header being row 1."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row - 2, column] = value
        return frame

    return change


REFUSALS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "missing column": (lambda f: f.drop(columns="Close"), "row 1: no column 'Close'"),
    "misnamed column": (
        lambda f: f.rename(columns={"Adj Close": "Adj. Close"}),
        r"no column 'Adj Close' \(it has 'Adj. Close'\)",
    ),
    "unknown column": (lambda f: f.assign(Dividend="0"), "column 'Dividend' is not known; did you mean 'Dividends'"),
    "unparsable date": (cell(4, "Date", "06.01.2020"), "row 4: Date '06.01.2020' is no date; write YYYY-MM-DD"),
    "time of day": (cell(4, "Date", "2020-01-06 09:30:00"), "row 4: Date '2020-01-06 09:30:00' is no date"),
    "impossible date": (cell(4, "Date", "2020-02-30"), "row 4: Date '2020-02-30' is no date"),
    "date far off": (cell(2, "Date", "0207-01-02"), "row 2: .* (is no date|cannot be)"),
    "duplicate date": (cell(4, "Date", "2020-01-03"), "row 4: 2020-01-03 stands twice; remove one row"),
    "unsorted dates": (lambda f: f.iloc[[0, 2, 1, 3, 4, 5]], "row 4: 2020-01-03 comes after 2020-01-06; sort rows"),
    "a Saturday": (cell(4, "Date", "2020-01-04"), "row 4: 2020-01-04 is no NYSE session"),
    "missing session": (lambda f: f.drop(index=2), r"1 NYSE session\(s\) missing inside its span: 2020-01-06"),
    "NaN price": (cell(5, "Close", "nan"), r"row 5 \(2020-01-07\): close is nan; a price must be a positive number"),
    "zero price": (cell(5, "Low", "0"), r"row 5 \(2020-01-07\): low is 0; a price must be"),
    "negative price": (cell(5, "Open", "-11"), "open is -11; a price must be"),
    "infinite price": (cell(5, "High", "inf"), "high is inf; a price must be"),
    "no number": (cell(5, "High", "1O"), "row 5: High is '1O', not a number"),
    "empty cell": (cell(5, "High", ""), "row 5: High is empty"),
    "high below low": (cell(5, "High", "9"), r"row 5 .*high 9 is below low 10"),
    "close outside": (cell(5, "Close", "12.5"), r"row 5 .*close 12.5 lies outside low 10 to high 12"),
    "open outside": (cell(5, "Open", "9.5"), r"row 5 .*open 9.5 lies outside"),
    "negative volume": (cell(5, "Volume", "-1"), "volume is -1; it must be 0 or more"),
    "absurd dividend": (
        lambda f: f.assign(**{"Adj Close": ["7", "7", "11.5", "11.5", "12.5", "12.5"]}),
        r"row 4 .*a dividend of 3.5 a share is more than a quarter of the price",
    ),
    "negative dividend": (cell(5, "Adj Close", "11.4"), r"row 5 .*makes a negative dividend"),
    "zero adjusted close": (cell(5, "Adj Close", "0"), "Adj Close is 0; a price must be"),
    "negative paid dividend": (lambda f: f.assign(Dividends="-0.1"), "the dividend is -0.1; it must be 0 or more"),
    "no rows": (lambda f: f.iloc[:0], "has a header but no rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_bad_bars_are_refused_with_row_and_remedy(name: str, suffix: str, tmp_path: Path) -> None:
    """Bars that no real session can have had end in one line that names symbol, row and remedy."""
    spoil, said = REFUSALS[name]
    path = tmp_path / f"IWM{suffix}"
    frame = spoil(table())
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path, index=False)
    with pytest.raises(BarsError, match=said) as refused:
        read_bars("IWM", path)
    assert str(refused.value).startswith("IWM: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; fetch it again"),
        (b" \r\n\n", "is empty; fetch it again"),
        (b"\xff\xfe\x00\x01", "is not UTF-8 text"),
        ("Date,Open\n2020-01-02,1".encode("utf-16-le"), "is not text|no column"),
        (b"Date,Open,Open\n", "column 'Open' stands twice"),
        (b"\x00\x00\x00", "is not text"),
        (b"Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-02,1,1,1\n", "is no clean CSV"),
    ],
)
def test_files_that_are_no_tables_are_refused(content: bytes, said: str, tmp_path: Path) -> None:
    """Empty files, other encodings and ragged rows end in one line."""
    path = tmp_path / "IWM.csv"
    path.write_bytes(content)
    with pytest.raises(BarsError, match=said):
        read_bars("IWM", path)


def test_a_parquet_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Bytes that are no Parquet end in one line."""
    path = tmp_path / "IWM.parquet"
    path.write_bytes(b"PAR1 not at all")
    with pytest.raises(BarsError, match="is no readable Parquet file"):
        read_bars("IWM", path)


def test_parquet_columns_of_another_kind_are_refused(tmp_path: Path) -> None:
    """A column of lists where prices should be ends in one line."""
    path = tmp_path / "IWM.parquet"
    table().assign(Open=[[1.0]] * 6).to_parquet(path)
    with pytest.raises(BarsError, match="Open holds list.*, not numbers"):
        read_bars("IWM", path)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    """A directory in the place of a file is refused by name."""
    (tmp_path / "IWM.csv").mkdir()
    with pytest.raises(BarsError, match="is a directory; a file is expected"):
        read_bars("IWM", tmp_path / "IWM.csv")


def test_a_missing_file_is_data_that_cannot_be_had(tmp_path: Path) -> None:
    """A file that is not there is not called bad input."""
    with pytest.raises(DataUnavailableError, match="there is no file"):
        read_bars("IWM", tmp_path / "IWM.csv")


def test_parquet_and_csv_give_the_same_bars(tmp_path: Path) -> None:
    """The same table reads the same from both kinds of file, typed columns and dates included."""
    table().to_csv(tmp_path / "A.csv", index=False)
    typed = table().astype({name: float for name in table().columns if name != "Date"}).assign(Date=DAYS)
    typed.to_parquet(tmp_path / "A.parquet")
    typed.assign(Date=DAYS.tz_localize("America/New_York")).to_parquet(tmp_path / "B.parquet")
    first = read_bars("A", tmp_path / "A.csv").frame()
    pd.testing.assert_frame_equal(read_bars("A", tmp_path / "A.parquet").frame(), first)
    pd.testing.assert_frame_equal(read_bars("A", tmp_path / "B.parquet").frame(), first)


def test_yfinance_s_own_files_are_read(tmp_path: Path) -> None:
    """Dates at midnight in New York are those dates, and capital gains paid out are dividends."""
    frame = table().assign(
        Dividends=["0", "0", "0.25", "0", "0", "0"],
        **{"Stock Splits": "0", "Capital Gains": ["0", "0", "0.05", "0", "0", "0"]},
    )
    frame["Date"] = frame["Date"] + " 00:00:00-05:00"
    frame.to_csv(tmp_path / "A.csv", index=False)
    read = read_bars("A", tmp_path / "A.csv")
    assert list(read.sessions) == list(DAYS)
    assert read.dividend == pytest.approx([0, 0, 0.30, 0, 0, 0])


def test_gaps_can_be_allowed(tmp_path: Path) -> None:
    """A file with a missing session is read when gaps are dropped on purpose."""
    table().drop(index=2).to_csv(tmp_path / "A.csv", index=False)
    assert len(read_bars("A", tmp_path / "A.csv", allow_gaps=True)) == 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder with two symbols."""
    (tmp_path / "bars").mkdir()
    (tmp_path / "macro").mkdir()
    for symbol in ("AAA", "BBB"):
        table().to_csv(tmp_path / "bars" / f"{symbol}.csv", index=False)
    return tmp_path


def test_a_folder_makes_a_market(folder: Path) -> None:
    """Two files are a market, without series when there are none."""
    market = load_market("AAA", "BBB", source="files", path=folder)
    assert len(market) == 6
    assert dict(market.series) == {}
    assert market.provenance.spans == {"AAA": "2020-01-02 to 2020-01-09", "BBB": "2020-01-02 to 2020-01-09"}
    assert not market.simulated


@pytest.mark.parametrize("symbol", ["../AAA", "", "bars/AAA", ".", "..", "a/../../b", "A" * 300])
def test_a_symbol_never_leaves_its_folder(symbol: str, folder: Path) -> None:
    """Whatever would name another folder is refused as no symbol."""
    with pytest.raises(MarketError, match="is no symbol"):
        FilesSource(folder).bars(symbol)


def test_an_unknown_symbol_is_told_with_those_that_are_there(folder: Path) -> None:
    """The error names the nearest symbol, or those that the folder has."""
    with pytest.raises(DataUnavailableError, match="did you mean 'AAA'"):
        FilesSource(folder).bars("AAAA")
    with pytest.raises(DataUnavailableError, match="it has AAA, BBB"):
        FilesSource(folder).bars("XYZ")


def test_a_folder_without_bars_is_told(tmp_path: Path) -> None:
    """A data folder must have bars/, and must be given."""
    with pytest.raises(DataUnavailableError, match="has no folder bars/"):
        FilesSource(tmp_path)
    with pytest.raises(MarketError, match="needs a folder"):
        FilesSource(None)


def test_an_unadjusted_split_in_one_leg_is_refused(folder: Path) -> None:
    """A one-day halving that no other symbol shares is taken for a split, unless said to be real."""
    frame = table()
    for name in ("Open", "High", "Low", "Close", "Adj Close"):
        frame[name] = [str(float(value) * (2 if row < 3 else 1)) for row, value in enumerate(frame[name])]
    frame.to_csv(folder / "bars" / "AAA.csv", index=False)
    with pytest.raises(BarsError, match="AAA: row of 2020-01-07: .* unadjusted split.*--allow-jump AAA"):
        load_market("AAA", "BBB", source="files", path=folder)
    assert len(load_market("AAA", "BBB", source="files", path=folder, allow_jumps=["AAA"])) == 6
    frame.to_csv(folder / "bars" / "BBB.csv", index=False)
    assert len(load_market("AAA", "BBB", source="files", path=folder)) == 6


def test_fomc_decisions_after_the_packaged_ones_are_added(folder: Path) -> None:
    """A file's later decisions follow the public record; one that contradicts it is refused."""
    file = folder / "macro" / "fomc.csv"
    file.write_text("date,lower,upper,scheduled\n2019-07-31,2.00,2.25,Y\n2030-01-30,0,0.25,no\n", encoding="utf-8")
    decisions = FilesSource(folder).fomc()
    assert str(decisions.dates[-1].date()) == "2030-01-30"
    assert not decisions.scheduled[-1]
    file.write_text("date,lower,upper,scheduled\n2019-07-31,2.50,2.75,Y\n", encoding="utf-8")
    with pytest.raises(SeriesError, match="2019-07-31: the file says 2.5 to 2.75, the public record 2 to 2.25"):
        FilesSource(folder).fomc()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("date,lower,upper\n2030-01-30,0,0\n", "no column 'scheduled'"),
        ("date,lower,upper,scheduled\n2030-01-30,1,0,Y\n", "row 2: lower must be 0 or more and not above upper"),
        ("date,lower,upper,scheduled\n2030-01-30,0,x,Y\n", "row 2: upper is 'x', not a number"),
        ("date,lower,upper,scheduled\n2030-01-30,0,1,maybe\n", "row 2: scheduled is 'maybe'; write yes or no"),
        ("date,lower,upper,scheduled\n2030-01-30,0,1,Y\n2030-01-30,0,1,Y\n", "row 3: 2030-01-30 repeats"),
    ],
)
def test_bad_decisions_are_refused(content: str, said: str, folder: Path) -> None:
    """A file of decisions that cannot be read ends in one line with its row."""
    (folder / "macro" / "fomc.csv").write_text(content, encoding="utf-8")
    with pytest.raises(CapshiftError, match=said):
        FilesSource(folder).fomc()
