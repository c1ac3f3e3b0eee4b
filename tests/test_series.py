"""Macro series: nothing is known before it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from capshift.data_feeds import read_series
from capshift.errors import SeriesError

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, text: str, name: str = "DGS3MO") -> Path:
    """Write a series' file and return it."""
    file = path / f"{name}.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_daily_yield_is_known_on_its_day_and_kept_until_the_next(tmp_path: Path) -> None:
    """On a day without a value the last one before is known; a missing value is no value."""
    file = written(tmp_path, "DATE,VALUE\n2020-01-02,1.5\n2020-01-03,.\n2020-01-06,1.6\n2020-01-07,\n")
    days = pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06", "2020-01-08"])
    np.testing.assert_array_equal(read_series("DGS3MO", file).as_of(days), [np.nan, 1.5, 1.5, 1.6, 1.6])


def test_a_month_is_known_from_the_tenth_of_the_next(tmp_path: Path) -> None:
    """June's value is unknown on 9 July and known on the first session from the 10th."""
    file = written(tmp_path, "observation_date,SAHMREALTIME\n2020-05-01,1.0\n2020-06-01,2.0\n", "SAHMREALTIME")
    days = pd.DatetimeIndex(["2020-06-09", "2020-07-09", "2020-07-10", "2020-07-13"])
    np.testing.assert_array_equal(read_series("SAHMREALTIME", file).as_of(days), [np.nan, 1.0, 2.0, 2.0])


def test_a_release_date_says_from_when_a_value_is_known(tmp_path: Path) -> None:
    """With a RELEASED column a value is known from that day, and one overtaken by a later period's never is."""
    text = "DATE,VALUE,RELEASED\n2020-05-01,1,2020-06-05\n2020-06-01,2,2020-09-01\n2020-07-01,3,2020-08-07\n"
    file = written(tmp_path, text, "SAHMREALTIME")
    days = pd.DatetimeIndex(["2020-06-04", "2020-06-05", "2020-08-06", "2020-08-07", "2020-09-02"])
    np.testing.assert_array_equal(read_series("SAHMREALTIME", file).as_of(days), [np.nan, 1, 1, 3, 3])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DATE\n2020-01-02\n", "the columns are DATE; DATE,VALUE"),
        ("DATE,VALUE,X\n2020-01-02,1,2\n", "the columns are DATE,VALUE,X"),
        ("DATE,VALUE\n2020-01-02,1\n2020-01-02,2\n", "row 3: 2020-01-02 repeats or falls back"),
        ("DATE,VALUE\n2020-01-02,1\n2020-01-01,2\n", "row 3: 2020-01-01 repeats or falls back"),
        ("DATE,VALUE\n2020-01-02,abc\n", "row 2: VALUE is 'abc', not a number"),
        ("DATE,VALUE\n2020-01-02,inf\n", "row 2: the value is infinite"),
        ("DATE,VALUE\n2020-01-02,.\n", "every value is missing"),
        ("DATE,VALUE,RELEASED\n2020-01-02,1,2020-01-01\n", "row 2: released 2020-01-01, before the period"),
    ],
)
def test_a_series_that_cannot_be_trusted_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """A bad series ends in one line that names it, the row and the remedy."""
    with pytest.raises(SeriesError, match=said) as refused:
        read_series("DGS3MO", written(tmp_path, text))
    assert str(refused.value).startswith("DGS3MO: ")


def test_real_yields_are_read_as_they_stand(real_data: Path) -> None:
    """The bill yield of a few known days is what FRED says."""
    series = read_series("DGS3MO", real_data / "macro" / "DGS3MO.csv")
    table = pd.read_csv(real_data / "macro" / "DGS3MO.csv", index_col=0, parse_dates=True, na_values=".")["VALUE"]
    days = pd.DatetimeIndex(["2001-09-10", "2008-12-17", "2019-07-31"])
    np.testing.assert_array_equal(series.as_of(days), table.reindex(days))
