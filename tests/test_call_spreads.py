"""Call spreads in the place of small caps: the account that rents them, its laws, and its front doors."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import bars, scripted, sessions
from test_option_pricing import merton

import capshift as cs
from capshift.backtests import read_config
from capshift.backtests.event_engine import simulate
from capshift.backtests.expressing import expressed, expressions_of
from capshift.backtests.option_pricing import LOWEST_VOLATILITY, Inputs
from capshift.backtests.spread_quotes import Quotes
from capshift.data_feeds import Provenance, Series, build_market, packaged_decisions
from capshift.errors import ConfigError, MarketError, ParameterError, RuleError
from capshift.strategies import STANDARD_SET, CallSpread, find_rule
from capshift.strategies.expressions import SPREAD_DEFAULTS, SPREAD_LIMITS
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conftest import Inside

    from capshift.data_feeds import Market

SPREAD = "call-spread"


def rented_market(seed: int, count: int, **extra: Any) -> Market:
    """Return a wild market with a bill yield and a volatility index."""
    random = np.random.default_rng(seed)
    legs = {}
    for role, symbol in (("small", "AAA"), ("large", "BBB")):
        steps = random.normal(0, 0.02, size=(2, count))
        close = 80 * np.exp(np.cumsum(steps[0]))
        dividend = np.where(random.random(count) < 0.03, 0.005 * close, 0.0)
        legs[role] = bars(symbol, close, open=close * np.exp(steps[1] / 2), dividend=dividend)
    days = sessions(count)
    series = [
        Series("DGS3MO", days, random.uniform(0, 6, count)),
        Series("VIXCLS", days, random.uniform(9, 60, count)),
        *(Series(name, days, np.asarray(values, dtype=float)) for name, values in extra.items()),
    ]
    return build_market(
        legs=legs, series=series, fomc=packaged_decisions(), provenance=Provenance("files", "test", simulated=False)
    )


def switching(seed: int, count: int) -> list[tuple[float, float]]:
    """Return weights of a rule that changes its mind every forty sessions or so."""
    random = np.random.default_rng(seed)
    small = np.cumsum(random.random(count) < 1 / 40) % 2
    return [(float(one), float(1 - one)) for one in small]


@dataclass
class SlowRent:
    """What the slow account writes down."""

    equity: list[float] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    bought: list[tuple[int, float, float, float]] = field(default_factory=list)
    ended: list[tuple[int, float]] = field(default_factory=list)


def third_friday_near(day: pd.Timestamp, days: int) -> pd.Timestamp:
    """Return the third Friday nearest to so many days ahead; the dates of these tests have no holiday on one."""
    goal, found = day + pd.Timedelta(days=days), []
    for month in pd.date_range((goal - pd.Timedelta(days=70)).replace(day=1), periods=6, freq="MS"):
        fridays = [one for one in pd.date_range(month, periods=28) if one.weekday() == 4]
        found.append(fridays[2])
    return min(found, key=lambda one: abs((one - goal).days))


def slow_rent(market: Market, wants: Sequence[bool], spread: CallSpread, account: cs.Account) -> SlowRent:
    """Return the account of fractional shares that holds large caps and rents small ones, step by step."""
    days, small, large = market.account_sessions, market.small, market.large
    yields, vix, slip = market.series["DGS3MO"], market.series["VIXCLS"], account.slippage
    out, cash, shares, rent, executed = SlowRent(), account.cash, 0.0, None, None

    def worth(spot: float, t: int, known: int) -> float:
        low, high, expiry = rent[:3]
        left = (expiry - days[t]).days
        if left <= 0:
            return min(max(spot - low, 0.0), high - low)
        paid = sum(
            small.dividend[k] for k in range(known + 1) if (days[known] - days[k]).days < 365
        )  # ex-dates of the last 365 days
        rate = math.log(1 + yields[known] / 100 * left / 365) / (left / 365)
        one = Inputs(spot, left, rate, paid / small.close[known], 0.0)
        legs = []
        for strike in (low, high):
            volatility = 1.36 * vix[known] / 100 + spread.skew * (strike / spot - 1)
            legs.append(merton("call", strike, one, max(volatility, LOWEST_VOLATILITY)))
        return min(max(legs[0] - legs[1], 0.0), high - low)

    for t in range(len(days)):
        if t > 0:
            cash += cash * yields[t - 1] / 100 * (days[t] - days[t - 1]).days / 360
            cash += shares * large.dividend[t]
            want, price = wants[t - 1], large.open[t]
            premium, rolls = 0.0, False
            if rent is not None and not want:
                bid = max(worth(small.open[t], t, t - 1) - 2 * spread.half_spread, 0.0)
                cash += rent[3] * 100 * bid
                out.ended.append((t, bid))
                rent = None
            elif rent is None and want:
                spot = small.close[t - 1]
                rent = (spot * spread.long, spot * spread.short, third_friday_near(days[t - 1], spread.days), 0.0)
                ask = worth(small.open[t], t, t - 1) + 2 * spread.half_spread
                budget = spread.budget * (cash + shares * price)
                count = budget / (100 * ask) if ask < rent[1] - rent[0] else 0.0
                rent = (*rent[:3], count)
                premium, rolls = (
                    count * 100 * ask,
                    executed is not None and bool(out.ended and out.ended[-1][0] == t - 1),
                )
                out.bought.append((t, rent[0], count, ask))
            if want != executed or rolls or shares * large.dividend[t] > 0:
                executed = want
                if premium > cash:
                    shares -= (premium - cash) / (price * (1 - slip))
                    cash = premium
                elif cash > premium:
                    shares += (cash - premium) / (price * (1 + slip))
                    cash = premium
            cash -= premium
        mark = 0.0
        if rent is not None:
            mark = rent[3] * 100 * worth(small.close[t], t, t)
            if days[t] >= rent[2]:
                out.ended.append((t, worth(small.close[t], t, t)))
                cash, mark, rent = cash + mark, 0.0, None
        out.cash.append(cash)
        out.equity.append(cash + shares * large.close[t] + mark)
    return out


spreads = st.builds(
    CallSpread,
    long=st.floats(0.95, 1.05),
    short=st.floats(1.06, 1.15),
    days=st.integers(25, 120),
    budget=st.floats(0.005, 0.3),
    half_spread=st.floats(0, 0.2),
    skew=st.floats(-1, 0.5),
    dividend_yield=st.just("trailing"),
    volatility=st.just("auto"),
    volatility_factor=st.just("usual"),
    volatility_shift=st.just(0.0),
    exercise=st.just("european"),
    strike_step=st.just(0.0),
)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=25)
@given(seed=seeds, spread=spreads)
def test_the_account_is_that_of_the_contract_written_out(seed: int, spread: CallSpread) -> None:
    """On any market the account that rents is, at every close, the one worked out slowly from the contract."""
    market, weights = rented_market(seed, 260), switching(seed, 260)
    account = cs.Account(fractional=True)
    ledger = simulate(scripted(weights), market, {"expression": str(spread)}, account)
    slow = slow_rent(market, [small > 0 for small, _ in weights], spread, account)
    assert [one.entered for one in ledger.spreads or ()] == [one[0] for one in slow.bought]
    np.testing.assert_allclose(ledger.equity, slow.equity, rtol=1e-9)
    np.testing.assert_allclose(ledger.cash, slow.cash, rtol=1e-9, atol=1e-4)
    assert [one.debit for one in ledger.spreads or ()] == pytest.approx([one[3] for one in slow.bought], rel=1e-9)


@settings(max_examples=40)
@given(
    seed=seeds,
    spread=spreads,
    fractional=st.booleans(),
    slippage=st.floats(0, 0.02),
    commission=st.floats(0, 0.01),
    otherwise=st.sampled_from(["large", "cash"]),
    cash=st.floats(2_000, 500_000),
)
def test_no_account_loses_money_that_is_not_there(
    *, seed: int, spread: CallSpread, fractional: bool, slippage: float, commission: float, otherwise: str, cash: float
) -> None:
    """Equity is always cash, shares and a mark, cash is never negative, and no spread loses more than its debit."""
    market = rented_market(seed, 200)
    account = cs.Account(fractional=fractional, slippage=slippage, commission=commission, cash=cash)
    parameters = {"expression": str(spread), "otherwise": otherwise}
    result = cs.run(scripted(switching(seed, 200)), market, account=account, **parameters)
    closes = np.column_stack([bars.close for bars in market.legs.values()])
    assert result.spreads is not None
    assert result.spread_value is not None
    held = (result.shares.to_numpy() * closes).sum(axis=1) + result.spread_value.to_numpy()
    np.testing.assert_allclose(result.cash.to_numpy() + held, result.equity.to_numpy(), rtol=1e-12)
    assert (result.cash >= 0).all()
    assert (result.shares["small"] == 0).all()
    table = result.spreads
    assert (table["outcome"] >= -table["paid"] - 1e-9).all()
    width = table["short_strike"] - table["long_strike"]
    assert ((table["mid"] >= 0) & (table["mid"] <= width)).all()
    half_spreads = np.full(len(table), 2 * spread.half_spread)
    np.testing.assert_allclose((table["debit"] - table["mid"]).to_numpy(), half_spreads, atol=1e-9)
    is_open = table["exited"].isna()
    assert table["received"].isna().tolist() == table["mark"].notna().tolist() == is_open.tolist()
    assert not is_open.iloc[:-1].any()
    assert table.loc[is_open, "mark"].tolist() == pytest.approx(result.spread_value.iloc[-1:].tolist() * is_open.sum())
    worth = table["exit_value"][~is_open]
    assert ((worth >= 0) & (worth <= width[~is_open] + 1e-9)).all()
    if not fractional:
        assert (table["contracts"] % 1 == 0).all()
    spent = table.loc[table["contracts"] > 0, "paid"]
    before = result.equity.shift(1).reindex(table.loc[table["contracts"] > 0, "entered"]).to_numpy()
    assert (spent.to_numpy() <= spread.budget * before * 1.25).all()


@settings(max_examples=15)
@given(seed=seeds, cut=st.integers(2, 198), spread=spreads)
def test_the_account_never_sees_the_future(seed: int, cut: int, spread: CallSpread) -> None:
    """The equity of a market that ends at a session is that of the whole market up to it: no price looks ahead."""
    market, rule = rented_market(seed, 200), scripted(switching(seed, 200))
    whole = simulate(rule, market, {"expression": str(spread)}, cs.Account())
    part = simulate(rule, market.until(cut), {"expression": str(spread)}, cs.Account())
    np.testing.assert_array_equal(part.equity, whole.equity[: cut + 1])


@pytest.mark.parametrize("rule", STANDARD_SET)
def test_any_rule_can_rent_and_keeps_the_prefix_law(rule: str, market: Market) -> None:
    """Every rule of the standard set can be rented, never holds a small-cap share, and sees no future doing so."""
    cut = market.opening + 1200
    results = [cs.run(rule, one, expression=SPREAD) for one in (market, market.until(cut))]
    assert (results[0].shares["small"] == 0).all()
    ends = len(results[1].equity)
    np.testing.assert_array_equal(results[0].equity.to_numpy()[:ends], results[1].equity.to_numpy())


def test_a_spread_rolls_at_the_open_after_its_expiry(market: Market) -> None:
    """While the rule holds, each spread that expires is followed at the next open by one chosen at that close."""
    result = cs.run("hold-small", market, expression=SPREAD)
    assert result.spreads is not None
    table, days = result.spreads, result.equity.index
    assert len(table) > 40
    assert table["rolled"].iloc[:-1].all()
    assert (table["exited"].iloc[:-1] == table["expiry"].iloc[:-1]).all()
    assert (table["decided"].iloc[1:].to_numpy() == table["exited"].iloc[:-1].to_numpy()).all()
    assert (table["entered"].to_numpy() == days[days.get_indexer(table["decided"]) + 1]).all()
    assert (abs(table["days"] - 75) <= 18).all()
    close = pd.Series(market.small.close, index=market.sessions)
    at_expiry = close.reindex(table["expiry"].iloc[:-1]).to_numpy()
    ended = table.iloc[:-1]
    owed = np.clip(at_expiry - ended["long_strike"], 0, ended["short_strike"] - ended["long_strike"])
    assert ended["exit_value"].to_numpy() == pytest.approx(owed.to_numpy())
    assert set(ended["ended"][owed == 0]) == {"expired worthless"}
    assert set(ended["ended"][owed > 0]) == {"settled"}


def test_strikes_are_the_design_s_unless_rounding_is_asked_for(market: Market) -> None:
    """Strikes are 1.02 and 1.08 times the close that decides; with a step they are its multiples next to these."""
    exact = cs.run("hold-small", market, expression=SPREAD).spreads
    rounded = cs.run("hold-small", market, expression=CallSpread(strike_step=1.0)).spreads
    assert exact is not None
    assert rounded is not None
    assert exact["long_strike"].to_numpy() == pytest.approx(1.02 * exact["spot"].to_numpy())
    assert exact["short_strike"].to_numpy() == pytest.approx(1.08 * exact["spot"].to_numpy())
    assert (rounded["long_strike"] % 1 == 0).all()
    assert (abs(rounded["long_strike"] - 1.02 * rounded["spot"]) <= 0.5).all()


def test_dearer_inputs_make_dearer_spreads(market: Market) -> None:
    """More volatility, more skew or more half-spread raises the mean debit; American exercise hardly matters."""
    comparison = cs.compare([("rate-cut", {"expression": SPREAD})], market)
    table = comparison.results["rate-cut,expression=call-spread"].repriced
    assert table is not None
    debit = table.set_index("setting")["mean_debit"]
    order = ["volatility -5 points", "volatility -2 points", "as run", "volatility +2 points", "volatility +5 points"]
    assert debit[order].is_monotonic_increasing
    assert debit[["skew 0", "as run", "skew -0.66"]].is_monotonic_increasing
    assert debit[["half-spread 0", "as run", "half-spread 0.05"]].is_monotonic_increasing
    assert debit["american exercise"] == pytest.approx(debit["as run"], rel=0.01)
    assert comparison.results["hold-large"].repriced is None


def test_a_rented_result_saves_and_loads_without_loss(market: Market, tmp_path: Path) -> None:
    """Spreads, marks and sensitivities come back from the disk as they were; other results have none."""
    comparison = cs.compare(["breakout"], market, express=["outright", SPREAD])
    for name, result in comparison.results.items():
        loaded = cs.Result.load(result.save(tmp_path / name))
        if "call-spread" not in name:
            assert loaded.spreads is loaded.spread_value is loaded.repriced is None
            continue
        pd.testing.assert_frame_equal(loaded.spreads, result.spreads)
        pd.testing.assert_frame_equal(loaded.repriced, result.repriced)
        pd.testing.assert_series_equal(loaded.spread_value, result.spread_value)
        assert loaded.provenance == result.provenance


def test_where_volatility_comes_from() -> None:
    """The Russell's own index serves as it is, that of large caps times 1.36, and without either the past's."""
    days = 120
    both = rented_market(1, days, RVXCLS=np.full(days, 25.0))
    assert (Quotes(both, CallSpread()).source, Quotes(both, CallSpread()).factor) == ("RVXCLS", 1.0)
    assert Quotes(both, CallSpread()).volatility[5] == pytest.approx(0.25)
    one = rented_market(1, days)
    assert (Quotes(one, CallSpread()).source, Quotes(one, CallSpread()).factor) == ("VIXCLS", 1.36)
    shifted = CallSpread(volatility_factor="1.2", volatility_shift=0.02)
    assert Quotes(one, shifted).volatility[5] == pytest.approx(one.series["VIXCLS"][5] / 100 * 1.2 + 0.02)
    none = replace(one, series={"DGS3MO": one.series["DGS3MO"]})
    past = Quotes(none, CallSpread())
    moves = np.diff(np.log(none.small.total_return))
    assert past.source == "realised"
    assert past.volatility[100] == pytest.approx(1.25 * moves[37:100].std(ddof=1) * math.sqrt(252))
    with pytest.raises(MarketError, match="no series VIXCLS"):
        Quotes(none, CallSpread(volatility="VIXCLS"))


def test_volatility_that_is_not_known_yet_is_not_guessed() -> None:
    """A spread whose volatility is not known at its decision is refused in one line that says from when it is."""
    market = rented_market(1, 120)
    with pytest.raises(MarketError, match=r"\(realised\) is not known on 2019-11-20; give --start 2020-02-24"):
        cs.run("hold-small", market, expression="call-spread(volatility=realised)")


def test_a_budget_that_buys_no_contract_is_told(market: Market) -> None:
    """An account too small for one contract rents nothing until the next expiry, keeps its shares, and says so."""
    result = cs.run("hold-small", market, account=cs.Account(cash=300), expression=SPREAD)
    assert result.spreads is not None
    assert set(result.spreads["ended"]) == {"not bought"}
    assert result.metrics["exposure_small"] == 0
    count = len(result.spreads)
    told = f"{count} of {count} call spreads were not bought: the budget paid no contract."
    assert told in result.provenance["warning"]


def test_a_rule_that_never_holds_small_caps_rents_nothing_and_says_so(short_market: Market) -> None:
    """Asked to rent, hold-large has the account that it has anyway, and a line that no call spread was bought."""
    rented, owned = (cs.run("hold-large", short_market, expression=one) for one in (SPREAD, "outright"))
    assert rented.equity.equals(owned.equity)
    assert rented.provenance["warning"] == "No call spread was ever bought: the rule never held small caps."


def test_each_reason_for_buying_none_is_told(market: Market) -> None:
    """A spread that costs as much as it can ever pay is no matter of the budget: each reason is told, and counted."""
    dear = cs.run("hold-small", market, expression=f"{SPREAD}(half_spread=5)")
    assert dear.spreads is not None
    ever = dear.spreads["short_strike"] - dear.spreads["long_strike"]
    too_dear = int((dear.spreads["debit"] >= ever).sum())
    assert 0 < too_dear < len(dear.spreads)
    assert too_dear == int((dear.spreads["contracts"] == 0).sum())
    said = f"{too_dear} of {len(dear.spreads)} call spreads were not bought: one cost as much as it can ever pay."
    assert said in dear.provenance["warning"]
    poor = cs.run("hold-small", market, account=cs.Account(cash=300), expression=f"{SPREAD}(half_spread=5)")
    count = len(dear.spreads)
    assert (
        f"{count} of {count} call spreads were not bought: the budget paid no contract ({count - too_dear}), "
        f"or one cost as much as it can ever pay ({too_dear})."
    ) in poor.provenance["warning"]


def test_the_rest_of_the_money_is_where_otherwise_says(market: Market) -> None:
    """Beside the premium the account holds large caps, or cash alone."""
    large = cs.run("hold-small", market, expression=SPREAD).metrics
    cash = cs.run("hold-small", market, expression=SPREAD, otherwise="cash").metrics
    assert large["exposure_large"] is not None
    assert large["exposure_large"] > 0.9
    assert (cash["exposure_large"], cash["trades"]) == (0, large["trades"] and cash["trades"])
    for one in (large, cash):
        total = sum(one[key] or 0 for key in ("exposure_small", "exposure_large", "exposure_cash"))
        assert total == pytest.approx(1)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("call-spred", "must be a word, one of outright, tilt, call-spread"),
        ("call-spread(dayz=45)", "call-spread has no parameter 'dayz'; did you mean 'days'"),
        ("call-spread(days=4)", "call-spread: days is 4; it must be a whole number, from 20 to 730"),
        ("call-spread(long=1.1)", "long is 1.1 and short 1.08; the strike sold must be the higher one"),
        ("call-spread(days=45", "does not end in a parenthesis"),
        ("call-spread(volatility=VIX)", "volatility is 'VIX'; it must be a word, one of auto, RVXCLS"),
        ("call-spread(dividend_yield=much)", "must be a word, trailing, or a number from 0 to 0.2"),
        ("call-spread(days=45,days=50)", "call-spread: days is given twice"),
    ],
)
def test_wrong_expressions_are_refused_in_a_line(expression: str, message: str, short_market: Market) -> None:
    """A mistake in a call spread's settings is told with the value and what it can be."""
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
        cs.run("breakout", short_market, expression=expression)


def test_engines_agree_or_refuse(market: Market) -> None:
    """The array engine keeps shares alone: runs, comparisons, sweeps and walks on it refuse call spreads in a line."""
    alone = "call-spread is kept by the event engine alone"
    line = f"{alone}; use it .engine='event', --engine event"
    with pytest.raises(RuleError, match=line):
        cs.run("breakout", market, engine="array", expression=SPREAD)
    with pytest.raises(RuleError, match=line):
        cs.compare([("breakout", {"expression": SPREAD})], market, engine="array")
    with pytest.raises(RuleError, match=line):
        cs.sweep("breakout", market, expression=["outright", SPREAD])
    with pytest.raises(RuleError, match=f"{alone}; a walk-forward has the array engine; sweep with --engine event on"):
        cs.walk_forward("breakout", market, train_years=2, entry=[20, 60], expression=SPREAD)


def test_a_sweep_on_the_event_engine_may_rent(short_market: Market) -> None:
    """On the event engine a sweep's figures of a call spread are those of a single run."""
    found = cs.sweep("hold-small", short_market, engine="event", expression=["outright", SPREAD], workers=1)
    alone = cs.run("hold-small", short_market, expression=SPREAD)
    rented = found.table[found.table["expression"] == SPREAD]
    assert rented["final_equity"].item() == pytest.approx(alone.metrics["final_equity"])


def test_combinations_rent_as_a_whole(market: Market) -> None:
    """A combination can be rented; a member cannot, for its weight would be a premium's."""
    assert cs.run("any-of", market, rules="rate-cut+breakout", expression=SPREAD).spreads is not None
    with pytest.raises(ParameterError, match="give the expression to the combination"):
        cs.run("any-of", market, rules="rate-cut+(breakout:expression=call-spread)")


def test_backtrader_s_own_broker_keeps_no_spreads(market: Market) -> None:
    """A plain Cerebro with a rule that rents ends in a line that says which broker does."""
    import backtrader as bt  # noqa: PLC0415 - this test alone needs it

    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    for role, feed in cs.market_feeds(market).items():
        cerebro.adddata(feed, name=role)
    cerebro.addstrategy(find_rule("hold-small"), expression=SPREAD)
    refused = pytest.raises(RuleError, match="keeps no call spreads; write cerebro.setbroker")
    with pytest.warns(UserWarning, match="pays no dividends"), refused:
        cerebro.run()


def test_each_rule_once_in_each_expression() -> None:
    """Asked for several expressions, each rule stands once in each, named so, and hold-large once in all."""
    kinds = ["outright", "tilt", "call-spread(days=45)"]
    plans = [plan.name for spec in ("hold-large", "breakout") for plan in expressed(spec, kinds)]
    assert plans == ["hold-large", "breakout", "breakout,expression=tilt", "breakout,expression=call-spread(days=45)"]
    named = expressed(cs.Plan(rule="rate-cut", name="Cuts"), kinds)
    assert [plan.name for plan in named] == ["Cuts", "Cuts, tilt", "Cuts, call-spread(days=45)"]
    with pytest.raises(ParameterError, match="has an expression of its own"):
        expressed(("breakout", {"expression": "tilt"}), kinds)


def test_settings_beside_expressions() -> None:
    """--spread sets what all call spreads of --express have in common, and nothing else."""
    assert expressions_of("tilt,call-spread", ["days=45", "skew=0"]) == ["tilt", "call-spread(days=45,skew=0.0)"]
    for text, asked, message in (
        (None, ["days=45"], r"add --express call-spread, or .* write it there: expression=call-spread\(days=45\)"),
        ("tilt,tilt", [], "expression tilt is named twice"),
        ("tlt", [], "there is no expression 'tlt'; did you mean 'tilt'"),
        ("call-spread", ["dayz=45"], "no parameter 'dayz'; did you mean 'days'"),
    ):
        with pytest.raises(ParameterError, match=message):
            expressions_of(text, asked)


def test_a_file_rents_with_settings_of_its_own(tmp_path: Path) -> None:
    """In a file a rule's `spread` table sets its call spread, with the table and key named where it is wrong."""
    file = tmp_path / "rules.toml"
    rule = "[[rules]]\nrule = 'breakout'\nexpression = 'call-spread'\n"
    file.write_text(rule + "spread = { days = 45, dividend_yield = 0.01 }\n", encoding="utf-8")
    (entry,) = read_config(file).entries
    assert entry.plan.parameters["expression"] == "call-spread(days=45,dividend_yield=0.01)"
    file.write_text(rule + "spread = { dayz = 45 }\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"rules.toml: \[\[rules\]\] 1 \(breakout\): spread: .*did you mean 'days'"):
        read_config(file)
    file.write_text("[[rules]]\nrule = 'breakout'\nspread = { days = 45 }\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="days is a setting of call spreads, and the expression is outright"):
        read_config(file)


def test_the_command_line_rents(inside: Inside) -> None:
    """`run` and `compare --express` rent and print it; several expressions of a run, or arrays, are refused."""
    market = ["--start", "2023-01-03", "--end", "2024-06-28"]
    asked = ["--express", SPREAD, "--spread", "days=45", "--json"]
    code, printed, _ = inside("run", "hold-small", *asked, *market)
    assert (code, '"expression": "call-spread(days=45)"' in printed) == (0, True)
    code, printed, _ = inside("compare", "hold-small", "--express", "outright,call-spread", *market)
    assert (code, "Owned, tilted, rented" in printed, "volatility +5 points" in printed) == (0, True, True)
    code, _, said = inside("run", "hold-small", "--express", "outright,tilt", *market)
    assert (code, "capshift compare hold-small --express outright,tilt" in said) == (2, True)
    code, _, said = inside("run", "hold-small", "--express", SPREAD, "--engine", "array", *market)
    assert (code, said.count("\n"), "event engine alone" in said) == (2, 1, True)


def test_today_names_the_spread_to_buy(market: Market) -> None:
    """`today` tells the contracts, strikes and expiry that an account without a spread would buy at the next open."""
    standing = cs.today([("hold-small", {"expression": SPREAD})], market).standings["hold-small,expression=call-spread"]
    *shares, order = standing.orders
    spot = market.small.close[-1]
    assert order.symbol.startswith(f"IWM {1.02 * spot:.2f}/{1.08 * spot:.2f} call spread to ")
    assert 0 < order.shares * 100 * order.about <= 3_000
    assert [one.symbol for one in shares] == ["SPY"]
    paid = order.shares * 100 * order.about + shares[0].shares * shares[0].about * 1.0005
    assert 100_000 - market.large.close[-1] < paid <= 100_000
    assert standing.holds == {"IWM call spreads": 0.03, "SPY": 0.97}


def test_settings_are_resolved_once() -> None:
    """A call spread is the same whether it is given as text, with its usual settings written out, or as an object."""
    texts = ["call-spread", "call-spread(days=75)", CallSpread(), " call-spread( skew = -0.33 )"]
    assert {resolve(find_rule("breakout"), {"expression": one})["expression"] for one in texts} == {SPREAD}


def test_the_worked_example(real_data: Path) -> None:
    """The spread that docs/options.md works out by hand is the program's, and each of its figures stands there."""
    market = cs.load_market(source="files", path=real_data, start="2025-08-22", end="2025-11-28")
    result = cs.run("price-level", market, expression=SPREAD)
    assert result.spreads is not None
    assert result.spread_value is not None
    found = result.spreads.iloc[0]
    iwm = pd.read_csv(real_data / "bars" / "IWM.csv", index_col="Date")
    spy = pd.read_csv(real_data / "bars" / "SPY.csv", index_col="Date")
    macro = {
        name: pd.read_csv(real_data / "macro" / f"{name}.csv", index_col=0).iloc[:, 0] for name in ("VIXCLS", "DGS3MO")
    }
    known = {name: float(values["2025-08-22"]) for name, values in macro.items()}
    close, opened = iwm.loc["2025-08-22", "Close"], iwm.loc["2025-08-25", "Open"]
    factor = (iwm["Adj Close"] / iwm["Close"]).loc["2024-08-22":"2025-08-22"]
    ratio = (factor / factor.shift(-1)).shift(1)
    paid = (iwm["Close"].shift(1).reindex(ratio.index) * (1 - ratio))[ratio < 1 - 1e-5].sum()
    low, high, years = 1.02 * close, 1.08 * close, 88 / 365
    rate = math.log(1 + known["DGS3MO"] / 100 * years) / years
    one = Inputs(opened, 88, rate, paid / close, 0.0)
    volatility = [1.36 * known["VIXCLS"] / 100 - 0.33 * (strike / opened - 1) for strike in (low, high)]
    legs = [merton("call", strike, one, level) for strike, level in zip((low, high), volatility, strict=True)]
    debit = legs[0] - legs[1] + 0.04
    interest = 100_000 * known["DGS3MO"] / 100 * 3 / 360
    contracts = (0.03 * (100_000 + interest)) // (100 * debit)
    premium = contracts * 100 * debit
    fill = spy.loc["2025-08-25", "Open"] * 1.0005
    shares = (100_000 + interest - premium) // fill
    cash = 100_000 + interest - premium - shares * fill

    assert str(found.expiry.date()) == "2025-11-21"
    assert found[["long_strike", "short_strike", "debit", "contracts", "paid"]].tolist() == pytest.approx(
        [low, high, debit, contracts, premium]
    )
    assert result.cash.loc["2025-08-25"] == pytest.approx(cash)
    assert result.shares.loc["2025-08-25", "large"] == shares
    worth = result.spread_value.loc["2025-08-25"]
    assert result.equity.loc["2025-08-25"] == pytest.approx(cash + shares * spy.loc["2025-08-25", "Close"] + worth)
    assert (str(found.exited.date()), found.exit_price, found.received) == (
        "2025-11-21",
        pytest.approx(iwm.loc["2025-11-21", "Open"]),
        0.0,
    )
    assert found.exit_price < low
    assert (found.outcome, found.multiple, found.ended) == (pytest.approx(-premium), -1.0, "closed")

    said = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    amounts = [close, low, high, high - low, opened, interest, premium, shares * fill, cash, low + debit, worth]
    days = ["2025-08-25", "2025-09-19", "2025-10-15", "2025-11-12", "2025-11-19", "2025-11-20"]
    for day in days:
        assert f"| {day} | {iwm.loc[day, 'Close']:.2f} | {result.spread_value.loc[day]:,.2f} |" in said
    for amount in [*amounts, result.equity.loc["2025-08-25"], iwm.loc["2025-11-21", "Open"]]:
        assert f"{amount:,.2f}" in said
    for price in (*legs, legs[0] - legs[1], debit):
        assert f"{price:.4f}" in said
    for level in volatility:
        assert f"{level * 100:.2f} %" in said


def test_every_setting_is_documented() -> None:
    """docs/options.md lists each setting of a call spread with its default and the values it can take."""
    text = (ROOT / "docs" / "options.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("## The")[0]
    items = {
        name: " ".join(rest.split()) for name, rest in re.findall(r"^- `(\w+)` = (.*(?:\n  \S.*)*)", text, re.MULTILINE)
    }
    assert list(items) == list(SPREAD_DEFAULTS)
    for name, default in SPREAD_DEFAULTS.items():
        value = f"{default:g}" if isinstance(default, float) else str(default)
        assert items[name].startswith(f"{value}: "), name
        assert str(SPREAD_LIMITS[name]) in items[name], name
