"""Macro series from FRED, and what stood there in the past from ALFRED: the one door to requests.

Both answer with plain CSV and need no key. FRED gives each series as it is now; ALFRED as it was on a day, and names
that day in the heading of the column, which is checked: FRED's own address takes the day, too, and disregards it.
"""

from __future__ import annotations

import io
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.data_feeds.retries import TryAgainError
from capshift.data_feeds.tables import FIRST_YEAR, LAST_YEAR, shown
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests

SOURCE = "FRED"
LATEST = "https://fred.stlouisfed.org/graph/fredgraph.csv"
VINTAGES = "https://alfred.stlouisfed.org/graph/alfredgraph.csv"
#: Seconds for the server to begin its answer, and between its parts.
TIMEOUT = 30.0
#: As many vintages go into one request.
AT_ONCE = 12
_NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 404, 429, 500


def ask_series(name: str) -> pd.DataFrame:
    """Return a series as it is now, after one request.

    Returns:
        The columns DATE and VALUE, oldest first, without missing values.

    Raises:
        TryAgainError: FRED did not answer, or with something else.
        DataUnavailableError: FRED has no such series.
    """
    columns = _ask(name, LATEST, {"id": name}, [name])
    return columns[name].dropna().rename_axis("DATE").rename("VALUE").reset_index()


def ask_vintages(name: str, days: Sequence[pd.Timestamp]) -> dict[pd.Timestamp, pd.Series[float]]:
    """Return a series as it stood on each of some days, after one request for every dozen of them.

    Raises:
        TryAgainError: ALFRED did not answer, or with something else.
        DataUnavailableError: ALFRED has no such series.
    """
    stood: dict[pd.Timestamp, pd.Series[float]] = {}
    for first in range(0, len(days), AT_ONCE):
        batch = days[first : first + AT_ONCE]
        headings = [f"{name}_{one:%Y%m%d}" for one in batch]
        asked = {"id": ",".join([name] * len(batch)), "vintage_date": ",".join(f"{one:%Y-%m-%d}" for one in batch)}
        columns = _ask(name, VINTAGES, asked, headings)
        stood |= {one: columns[heading].dropna() for one, heading in zip(batch, headings, strict=True)}
    return stood


def ask_clock(name: str, since: pd.Timestamp, *, timeout: float) -> pd.Timestamp | None:
    """Return what time it is at FRED, after one request for a short part of a series; None if it does not say.

    Raises:
        DataUnavailableError: FRED did not answer, or with something else.
    """
    answer = _answer(name, LATEST, {"id": name, "cosd": f"{since:%Y-%m-%d}"}, timeout)
    _parsed(name, answer.content, [name])
    try:
        return pd.Timestamp(parsedate_to_datetime(answer.headers["Date"])).tz_convert("UTC")
    except (KeyError, ValueError, TypeError):
        return None


def _ask(name: str, address: str, asked: dict[str, str], headings: list[str]) -> pd.DataFrame:
    """Return the columns with these headings, on their dates; nothing else is believed."""
    return _parsed(name, _answer(name, address, asked, TIMEOUT).content, headings)


def _answer(name: str, address: str, asked: dict[str, str], timeout: float) -> requests.Response:
    """Return an answer that has what was asked for, by its status."""
    import requests  # noqa: PLC0415 - only needed to download

    try:
        answer = requests.get(address, params=asked, timeout=timeout)
    except requests.exceptions.Timeout as reason:
        msg = f"{name}: FRED did not answer within {timeout:g} seconds; check the network and try again"
        raise TryAgainError(msg) from reason
    except requests.exceptions.RequestException as reason:
        msg = f"{name}: FRED cannot be reached; check the network and try again"
        raise TryAgainError(msg) from reason
    status = answer.status_code
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        msg = f"{name}: FRED answered with HTTP {status}; try again later"
        raise TryAgainError(msg)
    if status == _NOT_FOUND:
        msg = f"{name}: FRED knows no such series; check how it is spelled there"
        raise DataUnavailableError(msg)
    return answer


def _parsed(name: str, content: bytes, headings: list[str]) -> pd.DataFrame:
    try:
        return _columns(content, headings)
    except (ValueError, TypeError) as reason:
        msg = f"{name}: FRED answered with something that is no such series ({_short(reason)}); try again later"
        raise TryAgainError(msg) from reason


def _columns(content: bytes, headings: list[str]) -> pd.DataFrame:
    """Return the columns of a CSV file; the first one's name has changed over time, so it goes by position."""
    header = content.decode("utf-8-sig").partition("\n")[0].strip().split(",")
    if header[1:] != headings:
        wrong = f"its first line is {shown(','.join(header))}"
        raise ValueError(wrong)
    table = pd.read_csv(io.BytesIO(content), header=0, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    dates = pd.DatetimeIndex(pd.to_datetime(table.iloc[:, 0], format="%Y-%m-%d")).as_unit("ns")
    if not len(dates) or (np.diff(dates.asi8) <= 0).any() or not (FIRST_YEAR <= dates[0].year <= LAST_YEAR):
        wrong = "its dates do not rise"
        raise ValueError(wrong)
    # Python's own reading of decimals is exact; that of pandas.to_numeric is not in every release.
    values = {name: table[name].where(~table[name].isin([".", ""])).astype(float).to_numpy() for name in headings}
    return pd.DataFrame(values, index=dates)


def _short(reason: Exception) -> str:
    return " ".join(str(reason).split())[:100]
