"""Bars: dividends, total return, and the sessions they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from markets import bars

from capshift.data_feeds import read_bars
from capshift.data_feeds.bars import BAR_COLUMNS, Bars

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("symbol", ["IWM", "SPY", "QQQ", "IEF", "MGK"])
def test_dividends_implied_by_adj_close_are_those_that_were_paid(symbol: str, real_data: Path) -> None:
    """Every dividend that a fund paid, and nothing else, is implied by its adjusted closes to 2/100 of a cent."""
    implied = read_bars(symbol, real_data / "bars" / f"{symbol}.csv").frame()["dividend"]
    paid = pd.read_csv(real_data / "dividends" / f"{symbol}.csv", index_col=0, parse_dates=True)["Dividend"]
    expected = paid[paid.index > implied.index[0]].reindex(implied.index, fill_value=0.0)
    np.testing.assert_allclose(implied, expected, atol=2.5e-4)


def test_total_return_compounds_price_and_dividend() -> None:
    """100 to 99 with a dividend of 2 is +1 %, and 99 to 99 is nothing."""
    assert bars("AAA", [100.0, 99.0, 99.0], dividend=[0, 2, 0]).total_return == pytest.approx([1, 1.01, 1.01])


def test_bars_cannot_be_written_to() -> None:
    """No array of a symbol's bars can be changed after the fact."""
    one = bars("AAA", [1.0, 2.0])
    for name in (*BAR_COLUMNS, "total_return"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(one, name)[0] = 0.0


def test_a_frame_and_back_is_the_same() -> None:
    """Bars survive the way through a pandas frame."""
    one = bars("AAA", [10.0, 11.0, 12.0], dividend=[0, 0.5, 0])
    again = Bars.from_frame("AAA", one.frame())
    pd.testing.assert_frame_equal(again.frame(), one.frame())
    assert len(again) == 3


def test_a_dividend_on_a_dropped_session_is_paid_on_the_next() -> None:
    """Leaving out a session moves its dividend to the next one kept; no cash is lost."""
    one = bars("AAA", [10.0] * 4, dividend=[0, 0.3, 0, 0.2])
    kept = one.on(one.sessions[[0, 2, 3]])
    assert kept.dividend == pytest.approx([0, 0.3, 0.2])
    assert kept.close == pytest.approx([10, 10, 10])
