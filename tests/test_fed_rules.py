"""Rules that read yields, futures, months and giants: each against its definition, written out slowly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import bars, market_of, random_market

from capshift.data_feeds import Leaders, load_market
from capshift.errors import MarketError, ParameterError
from capshift.strategies import find_rule
from capshift.strategies.fed import expectations, target_middle
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

SEEDS = st.integers(0, 2**32 - 1)


def small_of(rule: str, market: Market, **parameters: Any) -> list[float]:
    """Return the weight of small caps a rule decides at each close."""
    found = find_rule(rule)
    return found.decided(market, resolve(found, parameters)).weights["small"].tolist()


def test_priced_cuts_by_hand() -> None:
    """With a target of 1.50 to 1.75, bills at 1.375 price a cut; at 1.525 they still do, above it no more."""
    market = market_of(bars("AAA", [1.0] * 6), bars("BBB", [1.0] * 6), yields=[1.38, 1.37, 1.52, 1.53, 1.45, 1.40])
    assert set(target_middle(market)) == {1.625}
    assert small_of("priced-cuts", market) == [0, 1, 1, 0, 0, 0]
    assert small_of("priced-cuts", market, enter=0.255, exit=0.095) == [0, 1, 1, 1, 1, 1]


def test_a_gap_on_the_threshold_is_not_lost_in_binary() -> None:
    """With a target of 5.25, bills at 5.15 are 0.10 below it, as people count, and the rule goes on."""
    yields = [5.00, 5.15, 5.16]
    market = market_of(
        bars("A", [1.0] * 3, first="2007-02-01"), bars("B", [1.0] * 3, first="2007-02-01"), yields=yields
    )
    assert small_of("priced-cuts", market) == [1, 1, 0]


def test_the_target_is_known_on_the_day_of_its_announcement() -> None:
    """The cut of 2019-07-31 lowers the middle from 2.375 to 2.125 at that day's close."""
    market = load_market(start="2019-07-29", end="2019-08-05")
    middle = pd.Series(target_middle(market), market.sessions)
    assert middle["2019-07-30"] == 2.375
    assert middle["2019-07-31"] == 2.125


@pytest.mark.parametrize(("probability", "days", "exit_"), [(0.6, 3, 0.4), (0.3, 1, 0.3), (0.9, 5, 0.1)])
def test_fedwatch_is_its_definition(probability: float, days: int, exit_: float, real_market: Market) -> None:
    """Fedwatch equals a loop that counts likely closes before one meeting and leaves when it is decided."""
    expected = expectations(real_market)
    held, row, slow = False, 0, []
    for t, cut in enumerate(expected.cut.tolist()):
        decided = t > 0 and expected.decision[t] != expected.decision[t - 1]
        row = (0 if decided else row) + 1 if cut >= probability else 0
        held = row >= days or (held and not decided and not cut < exit_)
        slow.append(float(held))
    assert small_of("fedwatch", real_market, probability=probability, days=days, exit=exit_) == slow
    assert 0 < sum(slow) < len(slow)


def test_a_probability_on_the_threshold_counts(real_market: Market) -> None:
    """On 2007-09-13 futures implied just 60 %, in decimals, and binary fractions do not take that away."""
    at = real_market.sessions.get_loc("2007-09-13")
    assert expectations(real_market).cut[at] == 0.6


def test_a_price_that_came_back_has_not_fallen(real_data: Path) -> None:
    """MSFT closed at 25.49 on 2003-04-24 and 21 sessions before: leaders at 0, and IWM ahead, are a rotation."""
    market = load_market(source="files", path=real_data, leaders="MSFT", end="2003-04-24")
    assert small_of("leadership", market)[-1] == 1


def test_fedwatch_tells_where_futures_are_missing(real_market: Market, market: Market) -> None:
    """Real settlements have a gap from 2023-09-18, and the rule's results say so; simulated ones have none."""
    said = find_rule("fedwatch").caveat(real_market, {})
    assert "sessions, " in said
    assert "on these it cannot begin" in said
    assert find_rule("fedwatch").caveat(market, {}) == ""


@settings(max_examples=40)
@given(seed=SEEDS, thrust=st.sampled_from([-0.02, 0.0, 0.03]), best_of=st.integers(1, 4), hold=st.integers(1, 40))
def test_monthly_thrust_is_its_definition(seed: int, thrust: float, best_of: int, hold: int) -> None:
    """Monthly-thrust equals a loop over months: ahead by so much, and by most of so many, it holds so long."""
    market = random_market(seed, 200)
    ends = [t for t in range(200) if market.month_end[t]]
    small, large = market.small.total_return, market.large.total_return
    leads: list[float] = []
    left, expected = 0, []
    for t in range(200):
        if t in ends[1:]:
            before = ends[ends.index(t) - 1]
            leads.append(small[t] / small[before] - large[t] / large[before])
            if len(leads) >= best_of and leads[-1] >= thrust and leads[-1] == max(leads[-best_of:]):
                left = hold
        expected.append(float(left > 0))
        left = max(left - 1, 0)
    assert small_of("monthly-thrust", market, thrust=thrust, best_of=best_of, hold=hold) == expected


@settings(max_examples=40)
@given(seed=SEEDS, window=st.integers(1, 10), flight=st.sampled_from([0.0, 0.05, 0.2]))
def test_leadership_is_its_definition(seed: int, window: int, flight: float) -> None:
    """Leadership equals three cases: rotation, flight to cash, or large caps, warm from `window` on."""
    market = random_market(seed, 60)
    giant = random_market(seed + 1, 60).small
    market = replace(market, leaders=Leaders((giant,), giant.close, giant.total_return))
    rows = find_rule("leadership").hold(market, window=window, flight=flight).rows(("small", "large"))
    small, giants = market.small.total_return, giant.total_return
    for t, row in enumerate(rows):
        if t < window:
            assert row == (0, 1)
            continue
        ours, theirs = small[t] / small[t - window] - 1, giants[t] / giants[t - window] - 1
        if theirs >= 0 and ours > theirs:
            assert row == (1, 0)
        elif theirs <= -flight and ours < 0:
            assert row == (0, 0)
        else:
            assert row == (0, 1)


def test_jackson_hole_by_hand(real_market: Market) -> None:
    """The speech of 2025-08-22 set the rule off until 2025-09-17; with stricter asks nothing ever did."""
    held = pd.Series(small_of("jackson-hole", real_market), real_market.sessions)
    begins = held.index[(held.diff() > 0).to_numpy()]
    assert pd.Timestamp("2025-08-22") in begins
    assert held["2025-08-22":"2025-09-16"].min() == 1
    assert held["2025-09-17"] == 0
    assert set(begins) <= set(real_market.speeches)
    assert sum(small_of("jackson-hole", real_market, thrust=0.2)) == 0
    assert sum(small_of("jackson-hole", real_market, drop=2.0)) == 0


def test_jackson_hole_asks_for_both_answers(real_market: Market) -> None:
    """Of the speeches since 2000, those that set it off are the ones with a lead of 1 % and a fall of 5 points."""
    held = pd.Series(small_of("jackson-hole", real_market), real_market.sessions)
    yields = pd.Series(real_market.known_series("DGS2"), real_market.sessions)
    for speech in real_market.speeches:
        at = real_market.sessions.get_loc(speech)
        small, large = (bars.total_return[at] / bars.total_return[at - 1] for bars in real_market.legs.values())
        answered = small - large >= 0.01 and round(yields.iloc[at - 1] - yields.iloc[at], 4) >= 0.05
        assert held[speech] == answered


@pytest.mark.parametrize(
    ("rule", "given_", "said"),
    [
        ("priced-cuts", {"enter": 0.1, "exit": 0.2}, "priced-cuts: exit is 0.2, more than enter, 0.1"),
        ("fedwatch", {"exit": 0.7}, "fedwatch: exit is 0.7, more than probability, 0.6"),
        ("fedwatch", {"probability": 60.0}, "probability is 60.0; it must be a number, from 0 to 1"),
        ("monthly-thrust", {"best_of": 0}, "best_of is 0; it must be a whole number, from 1 to 1200"),
        ("leadership", {"flight": -0.05}, "flight is -0.05; it must be a number, from 0 to 1"),
        ("jackson-hole", {"thrust": 1.5}, "thrust is 1.5; it must be a number, from -1 to 1"),
        ("soft-landing", {"trigger": "second"}, "trigger is 'second'; it must be a word, one of first, restart"),
    ],
)
def test_parameters_that_contradict_are_refused(rule: str, given_: dict[str, Any], said: str) -> None:
    """An exit beyond the entry, percent for fractions, and unknown triggers end in one line."""
    with pytest.raises(ParameterError, match=said):
        resolve(find_rule(rule), given_)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("priced-cuts", "no series DGS3MO; add it as macro/DGS3MO.csv"),
        ("jackson-hole", "no series DGS2"),
        ("leadership", "no leaders; name them"),
        ("fedwatch", "no federal funds futures"),
        ("soft-landing", "no series SAHMREALTIME"),
    ],
)
def test_what_a_rule_needs_and_lacks_is_named(rule: str, said: str, short_market: Market) -> None:
    """Without its series, giants or futures a rule says what to add, and decides nothing."""
    bare = replace(short_market, series={}, futures=None)
    with pytest.raises(MarketError, match=said):
        small_of(rule, bare)
