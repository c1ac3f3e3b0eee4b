"""A user's own dates: a file with one a row."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from capshift.data_feeds.tables import FIRST_YEAR, LAST_YEAR, shown
from capshift.errors import DataUnavailableError, SeriesError

#: Endings by which a file of dates is known.
OWN_DATES = (".csv", ".txt")


def read_own_dates(path: str | Path) -> pd.DatetimeIndex:
    """Return the dates of a file, oldest first.

    One a row, YYYY-MM-DD, in any order, each once: in the column `date` if there is such a header, else in the
    first column. Empty rows are skipped.

    Raises:
        DataUnavailableError: There is no such file, or it cannot be read.
        SeriesError: A row has no date, or one that another row has.
    """
    path = Path(path)
    rows = [(number, row) for number, row in enumerate(_rows(path), start=1) if any(cell.strip() for cell in row)]
    column, named = _date_column(rows[0][1]) if rows else (0, False)
    dates: dict[pd.Timestamp, int] = {}
    for number, row in rows[named:]:
        text = row[column].strip() if column < len(row) else ""
        date = _day(text)
        if date is None:
            msg = f"{path.name}: row {number}: {shown(text)} is no date; write YYYY-MM-DD, one a row"
            raise SeriesError(msg)
        if date in dates:
            msg = f"{path.name}: row {number}: {text} stands in row {dates[date]}, too; remove one"
            raise SeriesError(msg)
        dates[date] = number
    if not dates:
        msg = f"{path.name}: {path} has no dates; write one a row, YYYY-MM-DD"
        raise SeriesError(msg)
    return pd.DatetimeIndex(sorted(dates)).as_unit("ns")


def _rows(path: Path) -> list[list[str]]:
    """Return the cells of a text file."""
    if not path.exists():
        msg = f"{path.name}: there is no file {path}"
        raise DataUnavailableError(msg)
    if path.is_dir():
        msg = f"{path.name}: {path} is a directory; a file of dates is expected there"
        raise SeriesError(msg)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return list(csv.reader(text.splitlines(), strict=True))
    except OSError as reason:
        msg = f"{path.name}: {path} cannot be read: {reason.strerror}"
        raise DataUnavailableError(msg) from reason
    except (UnicodeDecodeError, csv.Error) as reason:
        msg = f"{path.name}: {path} is no UTF-8 text of dates; save it as UTF-8, one date a row"
        raise SeriesError(msg) from reason


def _date_column(first: list[str]) -> tuple[int, bool]:
    """Return where the dates stand, and whether the first row names it."""
    names = [cell.strip().lower() for cell in first]
    return (names.index("date"), True) if "date" in names else (0, False)


def _day(text: str) -> pd.Timestamp | None:
    day = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    return day if isinstance(day, pd.Timestamp) and FIRST_YEAR <= day.year <= LAST_YEAR else None
