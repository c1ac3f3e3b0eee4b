"""Filters, expressions and combinations: each against its definition, written out slowly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from markets import bars, market_of, random_market, scripted

import capshift as cs
from capshift.data_feeds import build_market
from capshift.errors import MarketError, ParameterError
from capshift.strategies import FILTERS, Combination, Rotation, Target, find_rule
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from capshift.data_feeds import Market


def decided(market: Market, rule: str | type[Rotation], **given: Any) -> list[tuple[float, float]]:
    """Return the weights of small and large caps at each close."""
    found = find_rule(rule) if isinstance(rule, str) else rule
    return found.decided(market, resolve(found, given)).rows(("small", "large"))


def with_series(market: Market, **series: list[float]) -> Market:
    """Return the market with these series known at its closes."""
    return replace(market, series={name: np.array(values) for name, values in series.items()})


def flat(count: int) -> Market:
    """Return a market in which nothing moves."""
    return market_of(bars("AAA", [1.0] * count), bars("BBB", [1.0] * count))


@pytest.mark.parametrize(
    ("name", "series", "holds"),
    [
        ("economy", {"SAHMREALTIME": [np.nan, 0.49, 0.5, 0.6]}, [0, 1, 0, 0]),
        ("calm", {"VIXCLS": [np.nan, 24.99, 25.0, 40.0]}, [0, 1, 0, 0]),
        ("curve", {"DGS10": [4.0, 4.0, 4.0, np.nan], "DGS3MO": [4.1, 4.0, 3.9, 3.9]}, [0, 0, 1, 0]),
    ],
)
def test_filters_of_series_are_their_thresholds(name: str, series: dict[str, list[float]], holds: list[int]) -> None:
    """Below 0.5, below 25, above 0: at the threshold itself, or without a value, no filter holds."""
    market = with_series(flat(4), **series)
    assert FILTERS[name].holds(market).astype(int).tolist() == holds
    assert decided(market, "hold-small", filters=name) == [(float(one), float(1 - one)) for one in holds]
    assert decided(market, "hold-small", filters=name, otherwise="cash") == [(float(one), 0.0) for one in holds]


def test_the_leaders_filter_is_its_definition(real_market: Market) -> None:
    """Leaders must close above the mean of 100 closes, t's own included, and at 90 % of the prior 252's highest."""
    close = real_market.leaders.bars[0].close  # type: ignore[union-attr]  # the fixture has leaders
    ours = FILTERS["leaders"].holds(real_market)
    for t in range(0, len(close), 37):
        warm = t >= 252
        expected = warm and close[t] > np.mean(close[t - 99 : t + 1]) and close[t] >= 0.9 * close[t - 252 : t].max()
        assert ours[t] == expected


def test_several_leaders_are_weighted_equally_by_the_day() -> None:
    """Of two giants, one of which trades from the third session on, the index takes the mean of those trading."""
    first, late = bars("ONE", [10, 11, 11, 22, 11]), bars("TWO", [5, 5, 5, 5, 10])
    late = late.on(late.sessions[2:])
    plain = flat(5)
    market = build_market(legs=plain.legs, leaders=[first, late], fomc=plain.fomc.table, provenance=plain.provenance)
    assert market.leaders is not None
    assert market.leaders.close.tolist() == pytest.approx([1, 1.1, 1.1, 1.1 * 1.5, 1.1 * 1.5 * 1.25])
    assert market.leaders.total_return.tolist() == pytest.approx(market.leaders.close.tolist())


def test_all_filters_must_hold() -> None:
    """Two filters joined by + allow only where both hold, whether given as text or as a list."""
    market = with_series(flat(4), SAHMREALTIME=[0, 0, 1, 1], VIXCLS=[20, 30, 20, 30])
    assert decided(market, "hold-small", filters="economy+calm") == [(1, 0), (0, 1), (0, 1), (0, 1)]
    assert decided(market, "hold-small", filters=["calm", "economy"], otherwise="cash") == [
        (1, 0),
        (0, 0),
        (0, 0),
        (0, 0),
    ]


def test_a_tilt_halves_what_the_filters_leave() -> None:
    """Small caps become half small and half large; where the filter withholds them nothing is tilted."""
    market = with_series(flat(2), VIXCLS=[20, 30])
    assert decided(market, "hold-small", expression="tilt") == [(0.5, 0.5), (0.5, 0.5)]
    assert decided(market, "hold-large", expression="tilt") == [(0, 1), (0, 1)]
    assert decided(market, "mix", small=0.6, expression="tilt") == [(0.3, 0.7), (0.3, 0.7)]
    assert decided(market, "hold-small", filters="calm", otherwise="cash", expression="tilt") == [(0.5, 0.5), (0, 0)]


def test_soft_landing_is_rate_cut_in_a_sound_economy(real_market: Market) -> None:
    """On real bars soft-landing decides as rate-cut with the economy filter does, and not as rate-cut alone."""
    ours = decided(real_market, "soft-landing")
    assert ours == decided(real_market, "rate-cut", filters="economy")
    assert ours != decided(real_market, "rate-cut")
    assert decided(real_market, "soft-landing", filters="economy+calm") == decided(
        real_market, "rate-cut", filters="calm+economy"
    )


def test_a_rule_that_decides_by_hand_is_filtered_alike() -> None:
    """The account of a rule with the per-bar hook equals that of the same rule as an array, filter, cash and tilt."""
    market = random_market(3, 60)
    market = with_series(market, VIXCLS=np.random.default_rng(4).uniform(15, 35, 60).tolist())
    weights = [(float(t % 3 == 0), float(t % 3 != 0)) for t in range(60)]

    class ByHand(Rotation):
        """The same weights, bar by bar."""

        def decide(self) -> Target:
            """Return the weights of this bar."""
            return Target(weights[len(self) - 1])

    for given in (
        {"filters": "calm"},
        {"filters": "calm", "otherwise": "cash", "expression": "tilt"},
        {"expression": "tilt"},
    ):
        by_hand = cs.run(ByHand, market, **given)
        as_array = cs.run(scripted(weights), market, **given)
        assert by_hand.equity.tolist() == as_array.equity.tolist()
        assert by_hand.equity.tolist() != cs.run(ByHand, market).equity.tolist()


def test_a_result_names_the_filters_that_were_given() -> None:
    """Those left at their defaults are not among the parameters; those given are, in one canonical text."""
    market = with_series(flat(4), VIXCLS=[20] * 4, SAHMREALTIME=[0] * 4)
    assert dict(cs.run("mix", market).parameters) == {"small": 0.5}
    result = cs.run("mix", market, filters=["calm", "economy"], otherwise="cash")
    assert dict(result.parameters) == {"small": 0.5, "filters": "calm+economy", "otherwise": "cash"}


MEMBERS = ["rate-cut", ("breakout", {"entry": 60, "exit": 30}), "relative-strength"]


@pytest.mark.parametrize(
    ("rule", "together"),
    [("all-of", min), ("any-of", max), ("vote", lambda held: float(sum(small >= 0.5 for small in held) >= 2))],
)
def test_combinations_are_what_their_members_make(
    rule: str, together: Callable[[list[float]], float], real_market: Market
) -> None:
    """All, any, or two of three members in small caps are small caps; all else is large caps."""
    members = [decided(real_market, "rate-cut"), decided(real_market, "breakout", entry=60, exit=30)]
    members.append(decided(real_market, "relative-strength"))
    expected = [together([small for small, _ in held]) for held in zip(*members, strict=True)]
    assert decided(real_market, rule, rules=MEMBERS) == [(small, 1 - small) for small in expected]


def test_a_tilted_member_votes_for_small_caps(real_market: Market) -> None:
    """Two members held as tilt and one in large caps make small caps, whole ones."""
    tilted = ("hold-small", {"expression": "tilt"})
    assert set(decided(real_market, "vote", rules=[tilted, tilted, "hold-large"])) == {(1.0, 0.0)}


def test_combinations_nest_and_take_filters(real_market: Market) -> None:
    """A combination of combinations, with filters inside and outside, is put together from the inside."""
    inner = ("any-of", {"rules": ["breakout", ("rate-cut", {"filters": "calm"})]})
    ours = decided(real_market, "all-of", rules=[inner, "relative-strength"], filters="economy")
    text = "(any-of:rules=breakout+(rate-cut:filters=calm))+relative-strength"
    assert ours == decided(real_market, "all-of", rules=text, filters="economy")
    breakout, cut = decided(real_market, "breakout"), decided(real_market, "rate-cut", filters="calm")
    strength, economy = decided(real_market, "relative-strength"), FILTERS["economy"].holds(real_market)
    for t in range(len(real_market)):
        small = min(max(breakout[t][0], cut[t][0]), strength[t][0]) * economy[t]
        assert ours[t][0] == small


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rules": "rate-cut"}, "all-of: rules is 'rate-cut'; join two or more by +"),
        ({"rules": "rate-cut+brakeout"}, "there is no rule 'brakeout'; did you mean 'breakout'"),
        ({"rules": "rate-cut+(breakout:entry=0)"}, "breakout: entry is 0; it must be a whole number"),
        ({"rules": "rate-cut+(breakout:entry=9"}, "the parentheses in .* do not match"),
        ({"rules": "rate-cut+)breakout("}, "the parentheses in .* do not match"),
        ({"rules": 3}, "all-of: rules is 3; it must be a word"),
        (
            {"filters": "econmy"},
            "all-of: filters is 'econmy'; it must be a word, none, or some of economy, leaders, calm, curve",
        ),
        ({"filters": "calm+calm"}, "filters is 'calm.calm'"),
        ({"otherwise": "cash"}, "all-of: otherwise is 'cash' without filters; it says what to hold when a filter"),
        ({"rules": "mix+(rate-cut:filters=calm,otherwise=cash)"}, "member rate-cut has otherwise=cash, which is lost"),
        ({"otherwise": "bonds"}, "otherwise is 'bonds'; it must be a word, one of large, cash"),
        ({"expression": "leveraged"}, "expression is 'leveraged'; it must be a word, one of outright, tilt"),
        ({"filter": "calm"}, "all-of has no parameter 'filter'; did you mean 'filters'"),
    ],
)
def test_what_cannot_be_put_together_is_told(given: dict[str, Any], said: str, short_market: Market) -> None:
    """Too few members, unknown ones, loose parentheses and unknown filters are each told in one line."""
    with pytest.raises(ParameterError if "no rule" not in said else cs.CapshiftError, match=said):
        cs.run("all-of", short_market, **given)


def test_a_rule_that_needs_its_fills_cannot_be_combined(tmp_path: Any, short_market: Market) -> None:
    """A member with the per-bar hook is refused by its name; one written as an array is taken from its file."""
    file = tmp_path / "own.py"
    file.write_text(
        "import capshift as cs\n"
        "class Fills(cs.Rotation):\n    def decide(self):\n        return cs.Target((1.0, 0.0))\n"
        "class Array(cs.Rotation):\n    @staticmethod\n    def hold(market):\n"
        "        return cs.switch(market.small.close > 0)\n",
        encoding="utf-8",
    )
    with pytest.raises(ParameterError, match="fills decides bar by bar from its fills; it cannot be combined"):
        cs.run("any-of", short_market, rules=f"rate-cut+{file}:Fills")
    result = cs.run("all-of", short_market, rules=f"hold-small+{file}:Array")
    assert result.holdings["small"].min() == 1


def test_a_member_that_peeks_is_caught(tmp_path: Any, short_market: Market) -> None:
    """A combination is checked for look-ahead when one of its members is not registered."""
    file = tmp_path / "own.py"
    file.write_text(
        "import capshift as cs, numpy as np\n"
        "class Peek(cs.Rotation):\n    @staticmethod\n    def hold(market):\n        c = market.small.close\n"
        "        return cs.switch(np.append(c[1:] > c[:-1], False))\n",
        encoding="utf-8",
    )
    with pytest.raises(cs.CapshiftError, match="any-of saw the future"):
        cs.run("any-of", short_market, rules=f"rate-cut+{file}:Peek")


def test_a_combination_carries_its_members_warnings(real_market: Market) -> None:
    """A level known only in hindsight is told of through a combination, once."""
    level = find_rule("price-level").warning
    said = find_rule("vote").caveat(real_market, {"rules": "price-level+(price-level:level=200)+rate-cut"})
    assert said == level
    with pytest.raises(NotImplementedError):
        Combination.together(np.zeros((2, 1)))


def test_a_filter_without_its_series_names_the_file(short_market: Market) -> None:
    """A market that lacks a filter's series, or leaders, says what to add."""
    bare = replace(short_market, series={})
    with pytest.raises(MarketError, match="no series VIXCLS; add it as macro/VIXCLS.csv"):
        cs.run("rate-cut", bare, filters="calm")
    with pytest.raises(MarketError, match="no leaders; name them"):
        cs.run("rate-cut", bare, filters="leaders")


def test_a_series_that_lags_is_told_of(market: Market) -> None:
    """Where a filter's series is unknown or has not been continued, the result says on how many sessions."""
    assert find_rule("hold-small").caveat(market, {"filters": "calm+economy"}) == ""
    ages = dict(market.ages)
    ages["VIXCLS"] = np.where(np.arange(len(market)) >= len(market) - 10, 8.0, 0.0)
    ages["VIXCLS"][market.opening] = np.nan
    told = find_rule("hold-small").caveat(replace(market, ages=ages), {"filters": "calm"})
    count = len(market) - market.opening
    assert told.startswith(
        f"VIXCLS is not known yet on 1 of {count:,} sessions. VIXCLS lags on 10 of {count:,} sessions"
    )


def test_filters_work_on_the_command_line(capshift: Callable[..., CompletedProcess[str]]) -> None:
    """A combination with filters, written as one argument, gives the same as the call from Python."""
    spec = "all-of:rules=rate-cut+(breakout:entry=100,exit=50),filters=calm,otherwise=cash"
    done = capshift("compare", spec, "--start", "2019-01-02", "--json")
    assert done.returncode == 0, done.stderr
    market = cs.load_market(start="2019-01-02")
    rules = ["rate-cut", ("breakout", {"entry": 100, "exit": 50})]
    ours = cs.compare([("all-of", {"rules": rules, "filters": "calm", "otherwise": "cash"})], market)
    assert json.loads(done.stdout) == json.loads(ours.json())
