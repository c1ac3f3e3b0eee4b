"""Files of rows: read strictly, and refused with the row that is wrong.

CSV is read by pyarrow, which neither guesses types nor repairs ragged rows.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from capshift.errors import CapshiftError, DataUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

#: A table's first data row stands on this line of its file, below the header.
FIRST_ROW = 2
#: Dates outside these years are typing errors.
FIRST_YEAR, LAST_YEAR = 1900, 2100
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SHOWN_AT_MOST = 40
_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


class Table:
    """The columns of one file, read but not yet believed.

    Args:
        name: What errors call it: a symbol or a series.
        path: A `.csv` (UTF-8, one header line) or `.parquet` file.
        error: The exception class for whatever is wrong with it.
    """

    def __init__(self, name: str, path: Path, error: type[CapshiftError]) -> None:
        """Read the file; nothing is converted yet, but for Parquet's own types."""
        self.name = name
        self._error = error
        if not path.exists():
            msg = f"{name}: there is no file {path}"
            raise DataUnavailableError(msg)
        if path.is_dir():
            raise self.refusal(f"{path} is a directory; a file is expected there")
        try:
            content = path.read_bytes()
        except OSError as reason:
            msg = f"{name}: {path} cannot be read: {reason.strerror}"
            raise DataUnavailableError(msg) from reason
        if not content.removeprefix(_BYTE_ORDER_MARK).strip():
            raise self.refusal(f"{path} is empty; fetch it again")
        self._columns = self._parquet(content, path) if path.suffix == ".parquet" else self._csv(content, path)
        if not len(self):
            raise self.refusal(f"{path} has a header but no rows; fetch it again")

    def _csv(self, content: bytes, path: Path) -> pa.Table:
        try:
            text = content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
        except UnicodeDecodeError as reason:
            raise self.refusal(f"{path} is not UTF-8 text (byte {reason.start}); save it as UTF-8 CSV") from reason
        if "\0" in text:
            raise self.refusal(f"{path} is not text (it has NUL bytes); save it as UTF-8 CSV")
        first, *others = text.lstrip("\r\n").splitlines()
        header = [name.strip().strip('"').strip() for name in first.split(",")]
        self._refuse_doubled(header, path)
        if not others:
            raise self.refusal(f"{path} has a header but no rows; fetch it again")
        strings = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, null_values=[]
        )
        # Several threads would be no faster on a megabyte, and could not say which row is ragged.
        read = pyarrow.csv.ReadOptions(column_names=header, skip_rows=1, use_threads=False)
        try:
            return pyarrow.csv.read_csv(
                pa.BufferReader(text.lstrip("\r\n").encode()), read_options=read, convert_options=strings
            )
        except pa.ArrowInvalid as reason:
            raise self.refusal(f"{path} is no clean CSV: {_one_line(reason)}; correct the row") from reason

    def _parquet(self, content: bytes, path: Path) -> pa.Table:
        try:
            # A thread left over by a broken file can abort the whole process.
            table = pyarrow.parquet.read_table(pa.BufferReader(content), use_threads=False, pre_buffer=False)
            table.validate(full=True)
            header = table.column_names
        except (pa.ArrowException, OSError, UnicodeDecodeError) as reason:
            raise self.refusal(f"{path} is no readable Parquet file: {_one_line(reason)}") from reason
        self._refuse_doubled(header, path)
        return table

    def _refuse_doubled(self, header: list[str], path: Path) -> None:
        column, times = Counter(header).most_common(1)[0] if header else ("", 0)
        if times > 1:
            raise self.refusal(f"column {shown(column)} stands twice in {path}; remove one")

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._columns.num_rows)

    @property
    def header(self) -> list[str]:
        """The column names, in order."""
        return list(self._columns.column_names)

    def refusal(self, what: str) -> CapshiftError:
        """Return the error that names this table and says what is wrong."""
        return self._error(f"{self.name}: {what}")

    def texts(self, column: str) -> list[str]:
        """Return a column's cells as stripped text; a missing cell is ''."""
        try:
            return ["" if cell is None else str(cell).strip() for cell in self._columns[column].to_pylist()]
        except (OverflowError, ValueError) as reason:  # Parquet's own dates may be ones that Python cannot name
            raise self.refusal(f"{column} cannot be: {_one_line(reason)}; correct the column") from reason

    def numbers(self, column: str, *, missing: tuple[str, ...] = ()) -> NDArray[np.float64]:
        """Return a column as floats; the cells in `missing` become NaN, any other non-number is refused."""
        cells = self._columns[column]
        if not pa.types.is_string(cells.type) and not pa.types.is_large_string(cells.type):
            return self._native_numbers(column, cells)
        if missing:
            absent = pa.compute.is_in(pa.compute.utf8_trim_whitespace(cells), pa.array(missing))
            cells = pa.compute.if_else(absent, pa.scalar("nan"), cells)
        try:
            floats = pa.compute.cast(pa.compute.utf8_trim_whitespace(cells), pa.float64())
        except pa.ArrowInvalid as reason:
            row, text = self._first_non_number(column, missing)
            what = f"{shown(text)}, not a number" if text else "empty"
            raise self.refusal(f"row {row}: {column} is {what}; correct the row") from reason
        return np.array(floats.to_numpy(), dtype=np.float64)

    def _native_numbers(self, column: str, cells: Any) -> NDArray[np.float64]:
        try:
            return np.array(pa.compute.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as reason:
            raise self.refusal(f"{column} holds {cells.type}, not numbers; correct the column") from reason

    def _first_non_number(self, column: str, missing: tuple[str, ...]) -> tuple[int, str]:
        for row, text in enumerate(self.texts(column), start=FIRST_ROW):
            if text in missing:
                continue
            try:
                pa.compute.cast(pa.array([text]), pa.float64())
            except pa.ArrowInvalid:
                return row, text
        raise AssertionError(column)  # pragma: no cover - the whole column failed to convert, so one cell does

    def answers(self, column: str) -> NDArray[np.bool_]:
        """Return a column of yes and no as booleans."""
        answers = [text.lower() for text in self.texts(column)]
        unclear = [row for row, answer in enumerate(answers) if answer not in _YES_NO]
        if unclear:
            row = unclear[0]
            raise self.refusal(f"row {FIRST_ROW + row}: {column} is {shown(answers[row])}; write yes or no")
        return np.array([_YES_NO[answer] for answer in answers], dtype=bool)

    def dates(self, column: str) -> pd.DatetimeIndex:
        """Return a column as time-zone-naive dates; each cell must be an ISO date, midnight if it has a time.

        yfinance writes `2000-05-26 00:00:00-04:00`: midnight in New York, hence that date.
        """
        try:
            return _dates_at_once(self._columns[column])
        except (ValueError, pa.ArrowNotImplementedError):
            return self._dates_one_by_one(column)

    def rising_dates(self, column: str) -> pd.DatetimeIndex:
        """Return a column of dates of which each is later than the one before."""
        dates = self.dates(column)
        backward = np.flatnonzero(np.diff(dates.asi8) <= 0)
        if len(backward):
            at = int(backward[0]) + 1
            day = f"{dates[at]:%Y-%m-%d}"
            raise self.refusal(f"row {FIRST_ROW + at}: {day} repeats or falls back; sort rows, each date once")
        return dates

    def _dates_one_by_one(self, column: str) -> pd.DatetimeIndex:
        """Return dates that have a time of midnight too, or refuse the first that is none."""
        texts = pd.Series(self.texts(column))
        heads, tails = texts.str.slice(0, 10), texts.str.slice(10)
        days = pd.to_datetime(heads, format="%Y-%m-%d", errors="coerce")
        at_midnight = tails.str.fullmatch(r"|[T ]00:00(:00(\.0+)?)?([+-]\d\d:?\d\d|Z)?")
        credible = days.dt.year.between(FIRST_YEAR, LAST_YEAR)
        bad = np.flatnonzero(~(credible & at_midnight).to_numpy())
        if len(bad):
            text = texts.iloc[int(bad[0])]
            raise self.refusal(f"row {FIRST_ROW + int(bad[0])}: {column} {shown(text)} is no date; write YYYY-MM-DD")
        return pd.DatetimeIndex(days).as_unit("ns")


class FrameTable(Table):
    """The columns of a frame, not yet believed either.

    Args:
        name: What errors call it.
        frame: One column a column; its index is left aside.
        error: The exception class for whatever is wrong with it.
    """

    def __init__(self, name: str, frame: pd.DataFrame, error: type[CapshiftError]) -> None:
        """Take the columns as they are."""
        self.name = name
        self._error = error
        self._columns = pa.Table.from_pandas(frame, preserve_index=False)


def _dates_at_once(cells: Any) -> pd.DatetimeIndex:
    """Return the dates of a column of which each is there, a plain date and credible.

    Raises:
        ValueError: One is not. pyarrow's ArrowInvalid and pandas' OutOfBoundsDatetime are ValueErrors, too.
    """
    if pa.types.is_timestamp(cells.type):
        days = pa.compute.local_timestamp(cells) if cells.type.tz else cells
    else:
        days = cells if pa.types.is_date(cells.type) else pa.compute.utf8_trim_whitespace(cells)
    dates = pd.DatetimeIndex(pa.compute.cast(days, pa.date32()).to_pandas()).as_unit("ns")
    if dates.hasnans or not FIRST_YEAR <= dates.year.min() <= dates.year.max() <= LAST_YEAR:
        raise ValueError
    return dates


def parquet_bytes(frame: pd.DataFrame, facts: dict[str, str]) -> bytes:
    """Return a frame as a Parquet file that carries facts about itself."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    known = {key: value for key, value in (table.schema.metadata or {}).items() if key == b"pandas"}
    table = table.replace_schema_metadata({**known, **{key: value.encode() for key, value in facts.items()}})
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink, write_page_checksum=True)
    return bytes(sink.getvalue().to_pybytes())


def frame_of_parquet(content: bytes) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the frame and the facts of a Parquet file.

    Raises:
        ValueError: These bytes are no such file, or no longer.
    """
    try:
        table = pyarrow.parquet.read_table(
            pa.BufferReader(content), use_threads=False, pre_buffer=False, page_checksum_verification=True
        )
        table.validate(full=True)
        facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        return table.to_pandas(), facts
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as reason:
        raise ValueError(_one_line(reason)) from reason


def shown(text: str) -> str:
    r"""Return a file's own text as an error may show it: in quotes, short, and with nothing a terminal would obey.

    >>> print(shown("1O"), shown("\x1b[2J"), shown("9" * 100))
    '1O' '\x1b[2J' '999999999999999999999999999999999999999...'
    """
    return repr(text if len(text) <= _SHOWN_AT_MOST else text[: _SHOWN_AT_MOST - 1] + "...")


def _one_line(reason: BaseException) -> str:
    """Return an exception's text as one short line; pyarrow quotes the row as it stands in the file."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(str(reason).split()))[:160]
