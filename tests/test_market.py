"""The market: aligned, read-only, cut to any point in time, and told apart by its fingerprint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from markets import bars, market_of, random_market, sessions

from capshift.data_feeds import Bars, Provenance, build_market, load_market, packaged_decisions
from capshift.errors import CapshiftError, DataUnavailableError, MarketError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capshift.data_feeds import Market

PROVENANCE = Provenance("files", "made for a test", simulated=False)


def built(small: Bars, large: Bars, leaders: Sequence[Bars] = (), **options: Any) -> Market:
    """Return a market of the given bars."""
    return build_market(
        legs={"small": small, "large": large},
        leaders=leaders,
        fomc=packaged_decisions(),
        provenance=PROVENANCE,
        **options,
    )


def without(one: Bars, *positions: int) -> Bars:
    """Return bars that lack some sessions."""
    return one.on(one.sessions.delete(list(positions)))


def test_legs_share_their_common_sessions() -> None:
    """A leg that began earlier is cut to where the other begins."""
    small = bars("AAA", np.arange(1.0, 9.0))
    large = bars("BBB", np.arange(1.0, 6.0), first=str(small.sessions[3].date()))
    market = built(small, large)
    assert list(market.sessions) == list(large.sessions)
    assert market.small.close.tolist() == [4.0, 5.0, 6.0, 7.0, 8.0]


def test_history_before_the_start_is_kept() -> None:
    """The account opens at the first session from `start`, and rules see what was before."""
    small, large = bars("AAA", [1.0] * 8), bars("BBB", [1.0] * 8)
    market = built(small, large, start=small.sessions[3])
    assert (market.opening, len(market)) == (3, 8)
    assert list(market.account_sessions) == list(small.sessions[3:])


def test_a_session_that_one_leg_lacks_is_refused_by_name() -> None:
    """An interior session missing in one leg is an error that names it, unless it is dropped for all."""
    small, large = bars("AAA", [1.0, 2.0, 3.0, 4.0]), bars("BBB", [1.0] * 4)
    with pytest.raises(MarketError, match=r"AAA lacks 1 session\(s\).*2019-11-21.*--drop-gaps"):
        built(without(small, 1), large)
    assert built(without(small, 1), large, drop_gaps=True).small.close.tolist() == [1.0, 3.0, 4.0]


def test_a_symbol_that_ends_early_is_refused() -> None:
    """A file cut short never silently shortens the backtest; --end accepts the shorter span."""
    small, large = bars("AAA", [1.0] * 5), bars("BBB", [1.0] * 6)
    with pytest.raises(MarketError, match="AAA ends 2019-11-26 but BBB 2019-11-27; .*--end 2019-11-26"):
        built(small, large)
    assert len(built(small, large, end=small.sessions[-1])) == 5
    assert len(built(small, large, end=small.sessions[2])) == 3


def test_too_little_is_refused() -> None:
    """One session cannot be traded."""
    small, large = bars("AAA", [1.0] * 5), bars("BBB", [1.0] * 5)
    with pytest.raises(MarketError, match=r"only 1 common session\(s\).*widen --start and --end"):
        built(small, large, start=small.sessions[-1])
    with pytest.raises(MarketError, match=r"only 0 common session\(s\)"):
        built(small, large, start=pd.Timestamp("2031-01-01"))


def test_no_array_can_be_written_to(market: Market) -> None:
    """Neither prices nor series nor the leaders' return can be changed by a rule."""
    arrays = [market.small.close, market.month_end, market.series["DGS3MO"], market.leaders.total_return]  # type: ignore[union-attr]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(TypeError):
        market.series["DGS3MO"] = np.zeros(1)  # type: ignore[index]


def test_a_prefix_is_what_was_there(market: Market) -> None:
    """Cut at any session, all that a market holds equals the whole's beginning."""
    for cut in (market.opening, market.opening + 700, len(market) - 1):
        prefix = market.until(cut)
        assert prefix.sessions.equals(market.sessions[: cut + 1])
        for role, one in market.legs.items():
            np.testing.assert_array_equal(prefix.legs[role].frame(), one.frame().iloc[: cut + 1])
            np.testing.assert_array_equal(prefix.legs[role].total_return, one.total_return[: cut + 1])
        for name, values in market.series.items():
            np.testing.assert_array_equal(prefix.series[name], values[: cut + 1])
        np.testing.assert_array_equal(prefix.month_end, market.month_end[: cut + 1])
        np.testing.assert_array_equal(prefix.leaders.total_return, market.leaders.total_return[: cut + 1])  # type: ignore[union-attr]
        assert (prefix.fomc.known <= cut).all()
        assert prefix.fomc.kinds == market.fomc.kinds[: len(prefix.fomc.kinds)]


def test_a_prefix_is_named_by_date_or_position(market: Market) -> None:
    """A date that is no session means the last one before; outside the account there is no prefix."""
    saturday = market.until("2010-06-12")
    assert str(saturday.sessions[-1].date()) == "2010-06-11"
    assert market.until(saturday.sessions[-1]).fingerprint == saturday.fingerprint
    with pytest.raises(MarketError, match="outside the market"):
        market.until("2001-01-01")
    with pytest.raises(MarketError, match="outside the market"):
        market.until(len(market))


def test_the_fingerprint_tells_markets_apart() -> None:
    """The same data has the same fingerprint, and any change of it another."""
    one = random_market(1, 30)
    assert random_market(1, 30).fingerprint == one.fingerprint
    close = one.small.close.copy()
    close[7] += 1e-9
    others = [
        random_market(2, 30),
        random_market(1, 30, with_yields=False),
        one.until(28),
        replace(one, opening=1),
        replace(one, legs={**one.legs, "small": replace(one.small, close=close)}),
        replace(one, legs={**one.legs, "small": replace(one.small, symbol="XXX")}),
        replace(one, provenance=replace(one.provenance, simulated=True)),
        replace(one, leaders=built(one.small, one.large, [one.large]).leaders),
    ]
    prints = [other.fingerprint for other in others]
    assert one.fingerprint not in prints
    assert len(set(prints)) == len(prints)


def test_leaders_are_the_mean_of_those_trading() -> None:
    """Before the second leader trades the first stands alone; then their daily returns are averaged."""
    small = bars("AAA", [1.0] * 5)
    first = bars("LL1", [10.0, 11.0, 11.0, 12.1, 12.1])
    second = bars("LL2", [5.0, 6.0, 6.0], first=str(small.sessions[2].date()))
    market = built(small, bars("BBB", [1.0] * 5), [first, second])
    assert market.leaders is not None
    # 10 % alone; 0 alone (the second's first session has no return); mean of 10 % and 20 %; mean of 0 and 0.
    assert market.leaders.total_return == pytest.approx([1.0, 1.1, 1.1, 1.1 * 1.15, 1.1 * 1.15])
    assert market.symbols == {"small": "AAA", "large": "BBB", "leaders": "LL1,LL2"}


def test_leaders_that_begin_late_are_unknown_before() -> None:
    """Before any leader trades, their return is no number."""
    small = bars("AAA", [1.0] * 4)
    late = bars("LL1", [5.0, 6.0], first=str(small.sessions[2].date()))
    market = built(small, bars("BBB", [1.0] * 4), [late])
    np.testing.assert_allclose(market.leaders.total_return, [np.nan, np.nan, 1.0, 1.2])  # type: ignore[union-attr]
    np.testing.assert_allclose(market.until(1).leaders.total_return, [np.nan, np.nan])  # type: ignore[union-attr]


def test_a_series_that_is_not_there_is_told() -> None:
    """Asking for a missing series names the nearest one, or how to add it."""
    market = market_of(bars("AAA", [1.0] * 3), bars("BBB", [1.0] * 3), yields=[1.0] * 3)
    assert market.known_series("DGS3MO").tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(MarketError, match="did you mean 'DGS3MO'"):
        market.known_series("DGS3M")
    with pytest.raises(MarketError, match="add it as macro/VIXCLS.csv"):
        market.known_series("VIXCLS")


def test_a_market_says_what_it_is(short_market: Market) -> None:
    """Its repr names symbols, span and source."""
    assert repr(short_market).startswith("Market(small=IWM large=SPY, 2020-01-02 to 2020-12-31, SIMULATED")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"source": "yahooo"}, "there is no source 'yahooo'"),
        ({"source": "sampel"}, "did you mean 'sample'"),
        ({"path": "somewhere"}, "source sample takes no data folder"),
        ({"seed": -1}, "seed is -1"),
        ({"start": "01/02/2020"}, "start '01/02/2020' is no date; write YYYY-MM-DD"),
        ({"end": "soon"}, "end 'soon' is no date"),
        ({"start": ""}, "start '' is no date"),
        ({"start": pd.NaT}, "start 'NaT' is no date"),
        ({"start": "2300-01-01"}, "start '2300-01-01' is no date from 1900 to 2100"),
        ({"end": "9999-12-31"}, "end '9999-12-31' is no date from 1900 to 2100"),
        ({"start": "2020-01-02", "end": "2020-01-02"}, "end 2020-01-02 is not after start"),
        ({"small": "SPY"}, "small and large are both SPY"),
        ({"leaders": "QQQ,,SPY"}, "repeats or lacks a symbol"),
        ({"leaders": ["QQQ", "QQQ"]}, "repeats or lacks a symbol"),
        ({"small": "VB"}, "VB is not in the sample market, which has IWM, IJR, SPY, QQQ"),
    ],
)
def test_options_that_make_no_market_are_refused(options: dict[str, Any], said: str) -> None:
    """Wrong sources, dates and symbols end in one line."""
    with pytest.raises(CapshiftError, match=said):
        load_market(**options)


def test_dates_may_be_timestamps() -> None:
    """A pandas Timestamp serves as well as text."""
    by_text = load_market(start="2020-01-02", end="2020-06-30")
    by_moment = load_market(start=pd.Timestamp("2020-01-02"), end=pd.Timestamp("2020-06-30 16:00", tz="UTC"))
    assert by_text.fingerprint == by_moment.fingerprint


def test_every_real_leg_makes_a_market(real_data: Path) -> None:
    """The stand-ins for small and large caps load without complaint, beside the seven giants."""
    giants = "AAPL,MSFT,NVDA,GOOGL,META,AMZN,TSLA"
    for small, large, end in [
        ("IWM", "SPY", None),
        ("IJR", "IWB", "2026-05-01"),
        ("VB", "RSP", None),
        ("IWN", "OEF", None),
    ]:
        assert len(load_market(small, large, source="files", path=real_data, end=end)) > 5000
    market = load_market(leaders=giants, source="files", path=real_data, allow_jumps=["AAPL"])
    assert np.isfinite(market.leaders.total_return).all()  # type: ignore[union-attr]
    with pytest.raises(DataUnavailableError, match="ZZZ"):
        load_market("ZZZ", source="files", path=real_data)


def test_the_test_s_own_sessions_are_the_exchange_s() -> None:
    """The helper of these tests leaves out Thanksgiving 2019."""
    assert pd.Timestamp("2019-11-28") not in sessions(10)


def test_bars_that_end_before_the_end_are_told() -> None:
    """An end beyond the last bar is a note; a weekend after it, or no end at all, is none."""
    last = load_market().sessions[-1]
    assert str(last.date()) == "2025-12-31"
    beyond = load_market(end="2026-06-30").provenance.notes
    assert beyond == ("common bars end 2025-12-31, before end 2026-06-30",)
    assert load_market(end="2026-01-01").provenance.notes == load_market().provenance.notes == ()
