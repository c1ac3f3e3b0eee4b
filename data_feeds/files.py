"""Bars and macro series from a folder: `bars/SYMBOL.csv` or `.parquet`, `macro/SERIES.csv` or `.parquet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.bars import Bars, implied_dividends
from capshift.data_feeds.fed_calendar import Meetings, packaged_meetings, packaged_speeches, read_dates
from capshift.data_feeds.fomc import FomcTable, packaged_decisions, read_decisions
from capshift.data_feeds.futures import Settlements, read_settlements
from capshift.data_feeds.series import Series, read_series
from capshift.data_feeds.tables import FIRST_ROW, Table, shown
from capshift.data_feeds.validation import (
    check_adjustment,
    check_dates,
    check_dividends,
    check_gaps,
    check_payouts,
    check_prices,
)
from capshift.errors import BarsError, DataUnavailableError, MarketError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

YAHOO_COLUMNS = ("Date", "Open", "High", "Low", "Close", "Adj Close", "Volume")
OPTIONAL_COLUMNS = ("Dividends", "Stock Splits", "Capital Gains")
SUFFIXES = (".csv", ".parquet")
#: Longer names are typing errors, and more than file systems take.
LONGEST_SYMBOL = 40


def read_bars(symbol: str, path: Path, *, allow_gaps: bool = False) -> Bars:
    """Return the validated bars of one file in Yahoo's layout.

    Args:
        symbol: What the bars are of; errors name it.
        path: CSV or Parquet with the columns `YAHOO_COLUMNS` and, if known, `OPTIONAL_COLUMNS`. Prices are
            adjusted for splits; only Adj Close for dividends. Without a Dividends column they are implied by
            Adj Close. Capital gains paid out count as dividends, once: Adj Close tells whether Dividends hold them.
        allow_gaps: Let sessions of the exchange be missing inside the span.

    Raises:
        BarsError: With symbol, row and remedy, for anything that no real session can have been.
        DataUnavailableError: There is no such file.
    """
    return validated_bars(Table(symbol, path, BarsError), allow_gaps=allow_gaps)


def validated_bars(table: Table, *, allow_gaps: bool = False) -> Bars:
    """Return the validated bars of a table in Yahoo's layout; `read_bars` says how and what is refused."""
    symbol = table.name
    _check_header(table)
    sessions = table.dates("Date")
    check_dates(symbol, sessions, first_row=FIRST_ROW)
    if not allow_gaps:
        check_gaps(symbol, sessions)
    columns = {name.lower(): table.numbers(name) for name in ("Open", "High", "Low", "Close", "Volume")}
    frame = pd.DataFrame({**columns, "dividend": 0.0}, index=sessions)
    check_prices(symbol, frame, first_row=FIRST_ROW)
    adjusted = table.numbers("Adj Close")
    check_adjustment(symbol, frame, adjusted, first_row=FIRST_ROW)
    if "Dividends" in table.header:
        frame["dividend"] = _paid(table, frame["close"].to_numpy(), adjusted)
    else:
        frame["dividend"] = implied_dividends(frame["close"].to_numpy(), adjusted)
    check_dividends(symbol, frame, first_row=FIRST_ROW)
    check_payouts(symbol, frame, adjusted, first_row=FIRST_ROW)
    return Bars.from_frame(symbol, frame)


def _paid(table: Table, close: NDArray[np.float64], adjusted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cash per share that was paid: dividends, and capital gains where those do not hold them already.

    For some funds Yahoo counts a capital gain among the day's dividends and names it beside them once more. Adj Close
    tells: where it stands for the dividends alone, the gain is in them.
    """
    dividends = table.numbers("Dividends")
    if "Capital Gains" not in table.header:
        return dividends
    gains = table.numbers("Capital Gains")
    implied = implied_dividends(close, adjusted)
    held = (gains > 0) & (implied > 0) & (np.abs(dividends - implied) < np.abs(dividends + gains - implied))
    return np.where(held, dividends, dividends + gains)


def _check_header(table: Table) -> None:
    missing = [name for name in YAHOO_COLUMNS if name not in table.header]
    known = (*YAHOO_COLUMNS, *OPTIONAL_COLUMNS)
    unknown = [name for name in table.header if name not in known]
    if missing:
        instead = f" (it has {shown(unknown[0])})" if unknown else ""
        wanted = ",".join(YAHOO_COLUMNS)
        raise table.refusal(f"row 1: no column '{missing[0]}'{instead}; the header must be {wanted}")
    if unknown:
        hint = did_you_mean(unknown[0], OPTIONAL_COLUMNS) or "; remove it"
        raise table.refusal(f"row 1: column {shown(unknown[0])} is not known{hint}")


class FilesSource:
    """A folder of files.

    Args:
        folder: Holds `bars/SYMBOL.csv` and, if there are any, `macro/SERIES.csv` and `macro/fomc.csv`.
    """

    name = "files"
    simulated = False
    notes: tuple[str, ...] = ()

    def __init__(self, folder: str | Path | None) -> None:
        """Find the folder."""
        if folder is None:
            msg = "source files needs a folder: say where the bars are (path=, --data DIR)"
            raise MarketError(msg)
        self._folder = Path(folder)
        if not (self._folder / "bars").is_dir():
            msg = f"{self._folder} has no folder bars/ with files SYMBOL.csv in it; check --data"
            raise DataUnavailableError(msg)
        self.description = f"files in {folder}"

    def bars(self, symbol: str, *, allow_gaps: bool = False) -> Bars:
        """Return the validated bars of a symbol."""
        path = self._find("bars", symbol)
        if path is None:
            has = sorted({file.stem for file in (self._folder / "bars").iterdir() if file.suffix in SUFFIXES})
            listed = ", ".join(has[:12]) + (" ..." if len(has) > 12 else "")  # noqa: PLR2004 - a line's worth
            hint = did_you_mean(symbol, has) or f"; it has {listed or 'none'}"
            msg = f"{symbol}: there is no bars/{symbol}.csv in {self._folder}{hint}"
            raise DataUnavailableError(msg)
        return read_bars(symbol, path, allow_gaps=allow_gaps)

    def series(self, name: str) -> Series | None:
        """Return a macro series, or nothing when the folder has none of that name."""
        path = self._find("macro", name)
        return None if path is None else read_series(name, path)

    def fomc(self) -> FomcTable:
        """Return the packaged decisions, and after them those of macro/fomc.csv when it is there."""
        path = self._find("macro", "fomc")
        packaged = packaged_decisions()
        return packaged if path is None else packaged.extended(read_decisions(path))

    def meetings(self) -> Meetings:
        """Return the packaged calendar, and the dates of macro/fomc_calendar_future.csv when it is there."""
        path = self._find("macro", "fomc_calendar_future")
        packaged = packaged_meetings()
        return packaged if path is None else packaged.with_dates(read_dates("fomc_calendar_future", path))

    def speeches(self) -> pd.DatetimeIndex:
        """Return the packaged speeches, and those of macro/jackson_hole.csv when it is there."""
        path = self._find("macro", "jackson_hole")
        packaged = packaged_speeches()
        return packaged if path is None else packaged.union(read_dates("jackson_hole", path))

    def settlements(self) -> Settlements | None:
        """Return the settlements of macro/zq_settlements.csv, or nothing when it is not there."""
        path = self._find("macro", "zq_settlements")
        return None if path is None else read_settlements(path)

    def _find(self, kind: str, name: str) -> Path | None:
        if not name or Path(name).name != name or name in {".", ".."} or len(name) > LONGEST_SYMBOL:
            msg = f"'{name[:LONGEST_SYMBOL]}' is no symbol: write it as the market does, like IWM or ^RUT"
            raise MarketError(msg)
        candidates = [self._folder / kind / f"{name}{suffix}" for suffix in SUFFIXES]
        return next((path for path in candidates if path.exists()), None)
