"""Federal funds futures: what is read, what is known when, and what is expected of the next decision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from markets import bars, market_of

from capshift.data_feeds import FomcTable, Settlements, build_market, load_market, packaged_decisions
from capshift.data_feeds.calendar import nyse_sessions
from capshift.data_feeds.futures import expected_rates, read_settlements
from capshift.errors import MarketError, SeriesError
from capshift.strategies.fed import expectations

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market
    from capshift.data_feeds.fed_calendar import Meetings


def settled(*rows: tuple[str, str, float]) -> Settlements:
    """Return settlements from (date, contract, price)."""
    dates, contracts, prices = zip(*rows, strict=True)
    months = [int(text[:4]) * 12 + int(text[5:]) - 1 for text in contracts]
    return Settlements(pd.DatetimeIndex(dates), np.array(months), np.array(prices))


def market_with(
    settlements: Settlements,
    first: str,
    count: int,
    *,
    fomc: FomcTable | None = None,
    meetings: Meetings | None = None,
) -> Market:
    """Return a market of so many sessions with these futures."""
    flat = [1.0] * count
    plain = market_of(bars("AAA", flat, first=first), bars("BBB", flat, first=first))
    return build_market(
        legs=plain.legs,
        fomc=fomc or packaged_decisions(),
        meetings=meetings,
        futures=settlements,
        provenance=plain.provenance,
    )


def test_the_worked_example() -> None:
    """With 96.3675 for August and 96.28 for September 2026, 3.82 % follow the 16th: a hike at 75 %."""
    market = market_with(settled(("2026-08-21", "2026-08", 96.3675), ("2026-08-21", "2026-09", 96.28)), "2026-08-20", 2)
    expected = expectations(market)
    assert str(expected.decision[-1].date()) == "2026-09-16"
    assert expected.before[-1] == pytest.approx(3.6325)
    assert expected.after[-1] == pytest.approx(3.82)
    assert expected.hike[-1] == pytest.approx(0.75)
    assert expected.cut[-1] == 0
    assert np.isnan(expected.after[0])


def test_a_late_decision_is_read_from_the_month_after() -> None:
    """Of the decision of 1999-08-24, a week before the month's end, July tells before and September after."""
    prices = settled(("1999-08-20", "1999-07", 95.0), ("1999-07-30", "1999-07", 95.0), ("1999-08-20", "1999-08", 94.0))
    more = settled(("1999-08-20", "1999-09", 94.7))
    both = Settlements(
        prices.dates.append(more.dates), np.append(prices.months, more.months), np.append(prices.prices, more.prices)
    )
    expected = expectations(market_with(both, "1999-08-19", 2))
    assert (expected.before[-1], expected.after[-1]) == (pytest.approx(5.0), pytest.approx(5.3))


def test_a_month_between_two_decisions_is_read_from_the_end() -> None:
    """After 2025-10-29 comes the rate of November, which has no decision; before it came what October leaves."""
    # October's average of 4.0 is 29 days of the rate before and 2 of 3.9 %.
    prices = settled(("2025-10-01", "2025-10", 96.0), ("2025-10-01", "2025-11", 96.1))
    expected = expectations(market_with(prices, "2025-09-30", 2))
    assert str(expected.decision[-1].date()) == "2025-10-29"
    assert (expected.before[-1], expected.after[-1]) == (pytest.approx((124 - 7.8) / 29), pytest.approx(3.9))


def of_a_known_path(table: FomcTable, sessions: pd.DatetimeIndex) -> Settlements:
    """Return futures of a market that knows every decision of a table: exact averages of each month's days."""
    days = pd.date_range("1993-01-01", "2027-06-30")
    middle = np.append((table.lower + table.upper) / 2, np.nan)
    position = table.dates.searchsorted(days, side="left") - 1  # the new rate begins on the day after
    rate = pd.Series(np.where(position < 0, 3.0, middle[position]), index=days)
    average = rate.groupby([days.year * 12 + days.month - 1]).mean()
    own = np.asarray(sessions.year * 12 + sessions.month - 1)
    months = (own[:, None] + np.arange(6)).ravel()
    return Settlements(sessions.repeat(6), months, 100 - average.loc[months].to_numpy())


def test_a_known_path_is_recovered() -> None:
    """From the exact averages of a path of scheduled decisions, the rates around each one come back."""
    record = packaged_decisions()
    kept = record.scheduled
    table = FomcTable(record.dates[kept], record.lower[kept], record.upper[kept], record.scheduled[kept])
    sessions = nyse_sessions(pd.Timestamp("1995-03-01"), pd.Timestamp("2026-09-30"))
    market = market_with(of_a_known_path(table, sessions), "1995-03-01", len(sessions), fomc=table)
    expected = expectations(market)
    middle = pd.Series((table.lower + table.upper) / 2, index=table.dates)
    before = middle.shift(1)
    compared = 0
    for at in range(25, len(sessions)):
        decision = expected.decision[at]
        if decision in middle.index and decision <= pd.Timestamp("2026-06-30"):
            assert expected.before[at] == pytest.approx(before[decision], abs=1e-8), (sessions[at], decision)
            assert expected.after[at] == pytest.approx(middle[decision], abs=1e-8), (sessions[at], decision)
            compared += 1
    assert compared > 7000


def test_a_cut_between_meetings_is_allowed_for_once_it_is_known() -> None:
    """Once the cut of 2001-01-03 is known, futures that foresee 2001-01-31 say 6.00 before it and 5.50 after."""
    record = packaged_decisions()
    sessions = nyse_sessions(pd.Timestamp("2000-12-01"), pd.Timestamp("2001-02-28"))
    expected = expectations(market_with(of_a_known_path(record, sessions), "2000-12-01", len(sessions)))
    at = sessions.get_loc("2001-01-12")
    assert (expected.before[at], expected.after[at]) == (pytest.approx(6.0), pytest.approx(5.5))
    assert expected.cut[at] == 1


def test_a_settlement_is_known_for_a_week_and_an_expired_contract_keeps_its_last() -> None:
    """Seven days after it a settlement still counts, on the eighth it is unknown; July's last one serves all August."""
    prices = settled(("2025-07-31", "2025-07", 95.7), ("2025-08-01", "2025-08", 95.6))
    sessions = nyse_sessions(pd.Timestamp("2025-08-01"), pd.Timestamp("2025-08-29"))
    rates = pd.DataFrame(expected_rates(prices, sessions), index=sessions)
    assert rates[0].tolist() == pytest.approx([4.3] * len(sessions))
    assert rates.loc["2025-08-08", 1] == pytest.approx(4.4)
    assert np.isnan(rates.loc["2025-08-11", 1])
    assert rates.loc[:, 2:].isna().all().all()


def test_what_is_known_does_not_change_with_later_settlements(real_data: Path, real_market: Market) -> None:
    """Futures cut from the file itself at a date give the same expectations up to it as the whole file."""
    everything = read_settlements(real_data / "macro" / "zq_settlements.csv")
    whole = expectations(real_market)
    for date in ("2001-09-20", "2008-10-10", "2020-03-13", "2023-09-15", "2026-08-21"):
        past = np.asarray(everything.dates <= date)
        cut = Settlements(everything.dates[past], everything.months[past], everything.prices[past])
        prefix = real_market.until(date)
        rates = expected_rates(cut, prefix.sessions)
        early = expectations(replace(prefix, futures=rates))
        np.testing.assert_array_equal(early.after, whole.after[: len(prefix)])
        np.testing.assert_array_equal(early.before, whole.before[: len(prefix)])


def test_futures_told_most_decisions_of_the_day_after(real_market: Market) -> None:
    """On real settlements the evening before, cuts had 90 % on average, hikes 94 %, and holds 5 % for a cut."""
    expected = expectations(real_market)
    change = dict(zip(real_market.fomc.table.dates, real_market.fomc.table.change_bp, strict=True))
    awaited = expected.decision.asi8
    eves = np.flatnonzero(awaited[:-1] != awaited[1:])
    rows = pd.DataFrame({"cut": expected.cut[eves], "hike": expected.hike[eves]})
    rows["change"] = [np.sign(change.get(day, 0)) for day in expected.decision[eves]]
    mean = rows.dropna().groupby("change").mean()
    assert mean.loc[-1, "cut"] > 0.85
    assert mean.loc[1, "hike"] > 0.9
    assert mean.loc[0].max() < 0.06


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,Contract\n2025-01-02,2025-01\n", "row 1: no column 'Close'"),
        ("Date,Contract,Close\n2025-01-02,2025-13,95\n", "row 2: Contract '2025-13' is no month; write YYYY-MM"),
        ("Date,Contract,Close\n2025-01-02,ZQF25,95\n", "row 2: Contract 'ZQF25' is no month"),
        ("Date,Contract,Close\n2025-01-02,2025-01,4.3\n", "row 2: Close is 4.3; a price is 100 minus a rate"),
        ("Date,Contract,Close\n2025-01-02,2025-01,95\n2025-01-02,2025-01,96\n", "row 3: 2025-01 settles twice on"),
        ("Date,Contract,Close\n2025-01-32,2025-01,95\n", "row 2: Date '2025-01-32' is no date"),
        ("Date,Contract,Close\n2025-01-02,2025-01,n/a\n", "row 2: Close is 'n/a', not a number"),
    ],
)
def test_settlements_that_cannot_be_are_refused(text: str, said: str, tmp_path: Path) -> None:
    """A wrong column, month, price, date or a second settlement is told with its row."""
    file = tmp_path / "zq_settlements.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SeriesError, match=f"zq_settlements: {said}"):
        read_settlements(file)


def test_a_market_without_futures_says_so(short_market: Market) -> None:
    """A rule that needs futures names the file that brings them."""
    with pytest.raises(MarketError, match="no federal funds futures; add them as macro/zq_settlements.csv"):
        expectations(replace(short_market, futures=None))


def test_simulated_futures_expect_decisions() -> None:
    """On the sample market futures see the next cut coming, and cry wolf before fewer than one hold in twenty."""
    market = load_market()
    expected = expectations(market)
    table = market.fomc.table
    change = dict(zip(table.dates[table.scheduled], table.change_bp[table.scheduled], strict=True))
    awaited = expected.decision.asi8
    eves = np.flatnonzero(awaited[:-1] != awaited[1:])
    cut = {sign: [] for sign in (-1, 0, 1)}
    for at in eves:
        cut[int(np.sign(change.get(expected.decision[at], 0)))].append(expected.cut[at])
    assert np.nanmean(cut[-1]) > 0.8
    assert np.mean(np.array(cut[0]) > 0.6) < 0.05
