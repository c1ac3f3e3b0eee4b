"""Each rule against its definition written out as a loop, and all of them against other futures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import bars, market_of, random_market

from capshift.backtests import Account, read_config
from capshift.backtests.look_ahead import refuse_look_ahead
from capshift.backtests.runner import behaviour_of
from capshift.data_feeds import load_market
from capshift.errors import LookAheadError, ParameterError, UnknownRuleError
from capshift.strategies import (
    RULES,
    STANDARD_SET,
    Breakout,
    Holdings,
    Mix,
    PriceLevel,
    RateCut,
    RecordHigh,
    RelativeStrength,
    Rotation,
    find_rule,
    fixed,
    rule_class,
    rule_names,
    switch,
)
from capshift.strategies.parameters import declared, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capshift.backtests.config import Entry
    from capshift.data_feeds import Market

SEEDS = st.integers(0, 2**32 - 1)


def small_of(rule: type[Rotation], market: Market, **parameters: Any) -> list[float]:
    """Return the weight of small caps a rule decides at each close."""
    holdings = rule.hold(market, **resolve(rule, parameters))
    np.testing.assert_allclose(holdings.weights["small"] + holdings.weights["large"], 1.0)
    return holdings.weights["small"].tolist()


def closes(values: Sequence[float]) -> Market:
    """Return a market whose small caps close at these prices."""
    return market_of(bars("AAA", values), bars("BBB", [1.0] * len(values)))


def refuse_peeking(rule: type[Rotation], market: Market, parameters: Mapping[str, Any], cuts: Sequence[int]) -> None:
    """Raise where a rule decides otherwise up to a cut when nothing follows, or prices treble, or fall."""
    behave = behaviour_of(rule, parameters, Account())
    refuse_look_ahead(rule.rule_name(), behave, market, behave(market), is_run=False, cuts=cuts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_no_rule_sees_the_future(rule: type[Rotation], market: Market) -> None:
    """Whatever follows any of 6 random sessions, every registered rule decides up to it as it does on the whole."""
    cuts = np.random.default_rng(5).integers(market.opening, len(market), 6)
    refuse_peeking(rule, market, declared(rule), cuts.tolist())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_no_rule_sees_the_future_on_real_bars(rule: type[Rotation], real_market: Market) -> None:
    """The same holds at 8 sessions of 26 years of real bars."""
    cuts = np.random.default_rng(6).integers(1, len(real_market), 8)
    refuse_peeking(rule, real_market, declared(rule), cuts.tolist())


ENTRIES = read_config(ROOT / "examples" / "rules.toml").entries


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.plan.name)
def test_no_rule_of_the_example_file_sees_the_future(entry: Entry, real_market: Market) -> None:
    """At 8 random sessions of real bars, filters and combinations decide up to each as on the whole."""
    rule = rule_class(entry.plan.rule)
    cuts = np.random.default_rng(7).integers(1, len(real_market), 8)
    refuse_peeking(rule, real_market, resolve(rule, entry.plan.parameters), cuts.tolist())


@settings(max_examples=60)
@given(
    seed=SEEDS,
    entry=st.integers(2, 15),
    exit_=st.integers(1, 15),
    confirm=st.integers(1, 4),
    buffer=st.sampled_from([0.0, 0.02]),
    fail_within=st.sampled_from([0, 1, 5]),
)
def test_breakout_is_its_definition(
    seed: int, entry: int, exit_: int, confirm: int, buffer: float, fail_within: int
) -> None:
    """Breakout equals a loop that walks the closes and remembers the level it passed."""
    exit_ = min(exit_, entry)
    market = random_market(seed, 90)
    s = market.small.close.tolist()
    level = [(1 + buffer) * max(s[t - entry : t]) if t >= entry else math.inf for t in range(len(s))]
    held, entered, passed, expected = False, 0, 0.0, []
    for t in range(len(s)):
        below = t >= exit_ and s[t] < min(s[t - exit_ : t])
        if held:
            held = not (below or (t - entered <= fail_within and s[t] < passed))
        elif not below:
            first = t - confirm + 1
            if first >= 0 and s[first] > level[first] and all(price > level[first] for price in s[first : t + 1]):
                held, entered, passed = True, t, level[first]
        expected.append(float(held))
    ours = small_of(Breakout, market, entry=entry, exit=exit_, confirm=confirm, buffer=buffer, fail_within=fail_within)
    assert ours == expected


def test_a_confirmed_breakout_by_hand() -> None:
    """With confirm=2 the first close above 3 waits for the second; a close back below 3 within two sessions ends it."""
    market = closes([1, 2, 3, 3.5, 3.6, 2.9, 3.7, 3.8])
    assert small_of(Breakout, market, entry=3, exit=3, confirm=2, fail_within=2) == [0, 0, 0, 0, 1, 0, 0, 1]
    assert small_of(Breakout, market, entry=3, exit=3, confirm=2) == [0, 0, 0, 0, 1, 0, 0, 1]


def test_price_level_needs_to_be_passed_and_keeps_within_its_band() -> None:
    """Above 230 is in, 230 itself is not, and within 2 % below it stays."""
    market = closes([229, 230, 231, 228, 225.4, 225.3, 231])
    assert small_of(PriceLevel, market, band=0.02) == [0, 0, 1, 1, 1, 0, 1]
    assert small_of(PriceLevel, market) == [0, 0, 1, 0, 0, 0, 1]


def test_record_high_by_hand() -> None:
    """A record after three sessions without one is held for two sessions, or until 5 % below the old one."""
    market = closes([10, 9, 9, 10, 11, 12, 11, 11, 12.5, 11.3, 12.6])
    #                rec      rec rec rec         rec: 3 after the last
    assert small_of(RecordHigh, market, drought=3, hold=2) == [0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0]
    assert small_of(RecordHigh, market, drought=3, hold=3) == [0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0]


@settings(max_examples=40)
@given(seed=SEEDS, drought=st.integers(1, 12), hold=st.integers(1, 20), stop=st.sampled_from([0.0, 0.05, 1.0]))
def test_record_high_is_its_definition(seed: int, drought: int, hold: int, stop: float) -> None:
    """Record-high equals a loop in which each record after a drought starts anew."""
    market = random_market(seed, 90)
    s = market.small.close.tolist()
    last, left, old, expected = 0, 0, 0.0, []
    for t in range(len(s)):
        if t and s[t] >= max(s[:t]):
            if t - last >= drought:
                left, old = hold, s[last]
            last = t
        if left and s[t] < (1 - stop) * old:
            left = 0
        expected.append(float(left > 0))
        left = max(left - 1, 0)
    assert small_of(RecordHigh, market, drought=drought, hold=hold, stop=stop) == expected


def test_rate_cut_holds_from_the_session_that_knows_the_cut() -> None:
    """The first cut of 2019-07-31 is held for 3 sessions, that one counted."""
    market = load_market(start="2019-07-26", end="2019-08-09")
    held = pd.Series(small_of(RateCut, market, hold=3), market.sessions)["2019-07-30":"2019-08-05"]
    assert held.tolist() == [0, 1, 1, 1, 0]


def test_rate_cut_ends_with_a_hike() -> None:
    """The restart of 2003-06-25 is left when the hike of 2004-06-30 is known, however long it may hold."""
    market = load_market(start="2002-01-02", end="2005-12-30")
    held = pd.Series(small_of(RateCut, market, hold=1000), market.sessions)
    assert held["2004-06-29"] == 1
    assert held["2004-06-30"] == 0
    assert held["2004-07-01":].max() == 0


@pytest.mark.parametrize(
    ("trigger", "begins"),
    [
        ("first", ["2001-01-03", "2007-09-18", "2019-07-31", "2024-09-18"]),
        ("restart", ["2002-11-06", "2003-06-25", "2025-09-17"]),
        ("cycle", ["2001-01-03", "2002-11-06", "2003-06-25", "2007-09-18", "2019-07-31", "2024-09-18", "2025-09-17"]),
    ],
)
def test_rate_cut_s_triggers_are_the_kinds_of_cuts(trigger: str, begins: list[str]) -> None:
    """Held for one session only, the rule shows just the days of its triggers."""
    market = load_market()
    held = pd.Series(small_of(RateCut, market, trigger=trigger, hold=1), market.sessions)
    assert [str(pd.Timestamp(day).date()) for day in held.index[held == 1]] == begins


def test_a_cut_before_the_first_session_still_counts() -> None:
    """A market that begins 10 sessions after a cut holds the rest of the rule's time."""
    late = market_of(bars("AAA", [1.0] * 30, first="2019-08-14"), bars("BBB", [1.0] * 30, first="2019-08-14"))
    assert small_of(RateCut, late, hold=15) == [1] * 5 + [0] * 25


def test_relative_strength_decides_at_month_ends_only() -> None:
    """At each month's last session the stronger total return over the lookback is chosen, and kept for a month."""
    market = random_market(11, 120)
    small, large = market.small.total_return, market.large.total_return
    held, expected = False, []
    for t in range(120):
        if market.month_end[t]:
            held = t >= 21 and small[t] / small[t - 21] > large[t] / large[t - 21]
        expected.append(float(held))
    assert 0 < sum(expected) < 120
    assert small_of(RelativeStrength, market, lookback=21) == expected
    opposite = small_of(RelativeStrength, market, lookback=21, sign=-1)
    later = int(np.flatnonzero(market.month_end & (np.arange(120) >= 21))[0])
    assert [1 - one for one in opposite[later:]] == expected[later:]


def test_a_mix_asks_for_a_rebalancing_at_each_month_s_end(short_market: Market) -> None:
    """The weights stay, and on twelve closes of 2020 the rule asks to return to them."""
    holdings = Mix.hold(short_market, small=0.6)
    assert set(holdings.weights["small"]) == {0.6}
    assert holdings.rebalance[short_market.opening :].sum() == 12


class Peeking(Rotation):
    """Small caps when tomorrow's close is higher than today's."""

    @staticmethod
    def hold(market: Market) -> Holdings:
        """Return what looks one session ahead."""
        close = market.small.close
        return switch(np.append(close[1:] > close[:-1], False))


def test_a_rule_that_peeks_is_caught(market: Market) -> None:
    """The look names the session whose decision changes when the future is taken away."""
    cut = next(t for t in range(market.opening, len(market)) if market.small.close[t + 1] > market.small.close[t])
    with pytest.raises(LookAheadError, match=f"peeking saw the future: its decision of {market.sessions[cut].date()}"):
        refuse_peeking(Peeking, market, {}, [cut])


@pytest.mark.parametrize(
    ("rule", "given_", "said"),
    [
        (Breakout, {"entyr": 5}, "breakout has no parameter 'entyr'; did you mean 'entry'"),
        (Breakout, {"zzz": 5}, "breakout has no parameter 'zzz'.*[Ii]t has: entry, exit, confirm, buffer, fail_within"),
        (find_rule("hold-small"), {"n": 1}, "[Ii]t has: filters, otherwise, expression"),
        (Breakout, {"entry": 0}, "breakout: entry is 0; it must be a whole number, from 1"),
        (Breakout, {"entry": 20.5}, "entry is 20.5; it must be a whole number"),
        (Breakout, {"entry": "x"}, "entry is 'x'; it must be a whole number"),
        (Breakout, {"entry": True}, "entry is True; it must be a whole number"),
        (Breakout, {"buffer": float("nan")}, "buffer is nan; it must be a number"),
        (Breakout, {"entry": 20, "exit": 30}, "exit is 30, more than entry, 20"),
        (Breakout, {"exit": 300}, "exit is 300, more than entry, 252"),
        (RateCut, {"trigger": "frist"}, "trigger is 'frist'; it must be a word, one of first, restart, cycle, any"),
        (Mix, {"small": 1.2}, "mix: small is 1.2; it must be a number, from 0 to 1"),
        (RelativeStrength, {"sign": 0}, "sign is 0; it must be a whole number, one of 1, -1"),
    ],
)
def test_parameters_that_a_rule_cannot_take_are_refused(
    rule: type[Rotation], given_: dict[str, Any], said: str
) -> None:
    """Unknown names and values outside the limits end in one line that says what can be taken."""
    with pytest.raises(ParameterError, match=said):
        resolve(rule, given_)


def test_a_short_entry_leaves_the_exit_at_its_default() -> None:
    """An entry of 100 sessions alone is taken as it is: only an exit that was asked for is held against it."""
    assert resolve(Breakout, {"entry": 100})["exit"] == 126


def test_whole_numbers_serve_as_numbers() -> None:
    """An int, or a number of numpy's, is taken where a float or int is meant."""
    assert resolve(Mix, {"small": 1}) == {"small": 1.0}
    assert resolve(Breakout, {"entry": np.int64(200)})["entry"] == 200


def test_an_unknown_rule_is_told_with_the_nearest() -> None:
    """A misspelt rule is answered with the one that was probably meant, else with all."""
    with pytest.raises(UnknownRuleError, match="did you mean 'breakout'"):
        find_rule("brakeout")
    with pytest.raises(UnknownRuleError, match="there are hold-small, hold-large, mix"):
        find_rule("zzz")


def test_rules_are_found_by_their_names() -> None:
    """Every rule has a name and a sentence of its own, and no level known only in hindsight is standard."""
    assert len(set(rule_names())) == len(RULES)
    for rule in RULES:
        assert find_rule(rule.rule_name()) is rule
        assert rule.about().endswith(".")
    assert STANDARD_SET == (
        "hold-small",
        "hold-large",
        "mix",
        "rate-cut",
        "breakout",
        "record-high",
        "relative-strength",
    )


def weights(*values: float) -> np.ndarray:
    """Return an array of weights."""
    return np.array(values)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"small": weights(0.5), "large": weights(0.5, 0.5)}, r"the weights of small have shape \(1,\)"),
        ({"small": weights(0.5, 1.5), "large": weights(0, 0)}, "the weight of small is 1.5 at session 1"),
        ({"small": weights(0.5, np.nan), "large": weights(0, 0)}, "the weight of small is nan at session 1"),
        ({"small": weights(0.5, 0.6), "large": weights(0.5, 0.6)}, "the weights sum to 1.2 at session 1"),
    ],
)
def test_weights_that_no_account_can_hold_are_refused(given_: dict[str, np.ndarray], said: str) -> None:
    """Weights outside 0 to 1, of the wrong length, or on credit never leave a rule."""
    with pytest.raises(ParameterError, match=said):
        Holdings(given_, np.zeros(2, dtype=bool))


def test_a_leg_that_is_not_named_has_no_weight() -> None:
    """Rows are in the order asked for, with 0 for a leg that the rule does not mention."""
    assert fixed(2, small=0.25).rows(("large", "other", "small")) == [(0.75, 0.0, 0.25)] * 2


def test_a_rule_without_a_decision_says_so(short_market: Market) -> None:
    """The base class itself decides nothing."""
    with pytest.raises(NotImplementedError):
        Rotation.hold(short_market)
    assert not Rotation.is_array_rule()
