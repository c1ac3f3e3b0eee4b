"""Where leads come from, and what becomes of them when one thing is done otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import TWO_RULES
from markets import random_market

import capshift as cs
from capshift.backtests import Account
from capshift.backtests.comparison import resolved_rules
from capshift.backtests.sensitivities import month_openings, sensitivities, start_figures
from capshift.backtests.stress import stress
from capshift.backtests.subperiods import session_labels, subperiods

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    import pandas as pd

    from capshift.backtests import Comparison
    from capshift.data_feeds import Market


@pytest.fixture(scope="module")
def table(three_years: Market) -> pd.DataFrame:
    """Return the sensitivities of a rule that trades each month."""
    return sensitivities("relative-strength", three_years)


def test_parts_of_a_kind_make_up_the_whole(two_rules: Comparison, three_years: Market) -> None:
    """Each session is in one part of each kind, and the growth of all parts together is that of the whole."""
    found = subperiods(two_rules, three_years)
    count = len(three_years.account_sessions) - 1
    for name in TWO_RULES:
        final = two_rules.results[name].equity.iloc[-1] / two_rules.results[name].equity.iloc[0]
        for kind in ("decade", "fed", "volatility", "year"):
            parts = found.loc[(name, kind)]
            assert parts["sessions"].sum() == count
            assert np.prod((1 + parts["growth"]) ** (parts["sessions"] / 252)) == pytest.approx(final)
            assert (parts["lead"] == parts["growth"] - parts["benchmark"]).all()


def test_labels_are_those_known_at_the_close_before(three_years: Market) -> None:
    """What the Fed does and how wild prices are is told session by session from what was known the day before."""
    labels, days = session_labels(three_years), three_years.account_sessions
    table, returns = three_years.fomc.table, three_years.large.total_return
    for k in range(0, len(days) - 1, 13):
        known = [
            (date, change)
            for date, change in zip(table.dates, table.change_bp.tolist(), strict=True)
            if change and date <= days[k] and (days[k] - date).days <= 182
        ]
        wanted = ("hiking" if known[-1][1] > 0 else "cutting") if known else "holding"
        assert labels["fed"][k] == wanted, days[k]
        at = three_years.opening + k
        window = returns[at - 20 : at + 1] / returns[at - 21 : at] - 1
        deviation = np.std(window, ddof=1) * 252**0.5 * 100
        assert labels["volatility"][k] == ("calm" if deviation < 12 else "usual" if deviation < 20 else "wild")
        assert labels["year"][k] == str(days[k + 1].year)


def test_labels_need_no_decisions_and_no_history() -> None:
    """Without enough history there is no volatility, and stretches are counted as runs."""
    market = random_market(1, 60)
    assert set(session_labels(market)["volatility"][:21]) == {""}
    found = subperiods(cs.compare(["hold-small"], market), market)
    assert found.loc[("hold-small", "year"), "stretches"].tolist() == [1, 1]


def test_each_setting_is_a_run_of_its_own(table: pd.DataFrame, three_years: Market) -> None:
    """Costs, starts and legs are what a run with that account, opening and market gives on the event engine."""
    for setting, account, market in (
        (("as run", ""), Account(), three_years),
        (("costs", "50 bp"), Account(slippage=0.005), three_years),
        (("start", "2007-02"), Account(), cs.load_market(start="2007-02-01", end="2008-12-31")),
    ):
        run = cs.run("relative-strength", market, account=account)
        assert table.loc[setting, "lead"] == pytest.approx(run.metrics["excess_cagr"], abs=1e-12), setting
        assert table.loc[setting, "cagr"] == pytest.approx(run.metrics["cagr"], abs=1e-12)
    legs = sensitivities("mix", three_years, legs={"same": three_years})
    assert legs.loc[("legs", "same"), "lead"] == legs.loc[("as run", ""), "lead"]


def test_costs_only_cost(table: pd.DataFrame) -> None:
    """A rule that trades grows the less the more its fills cost."""
    growth = table.loc["costs", "cagr"].tolist()
    assert growth == sorted(growth, reverse=True)


def test_a_delay_fills_one_session_later(three_years: Market) -> None:
    """A delayed account is that of a rule whose decisions are shifted by hand."""

    class Late(cs.Rotation):
        """Relative strength, one session late."""

        @staticmethod
        def hold(market: Market) -> cs.Holdings:
            """Return yesterday's decision."""
            from capshift.strategies import RelativeStrength  # noqa: PLC0415 - here alone

            small = RelativeStrength.hold(market, lookback=126, sign=1).weights["small"] > 0
            small[market.opening + 1 :] = small[market.opening : -1].copy()
            return cs.switch(small)

    late = cs.run(Late, three_years).metrics["excess_cagr"]
    assert sensitivities("relative-strength", three_years).loc[("delay", "1 session"), "lead"] == pytest.approx(late)


def test_filled_at_the_close_earns_what_closes_do() -> None:
    """Without costs, an account that is filled at the close before earns from there, its dividends reinvested there."""
    market = random_market(4, 400, with_yields=False)
    free = Account(slippage=0.0, fractional=True)
    found = sensitivities("hold-small", market, account=free).loc[("close", "")]
    for role, key in (("small", "cagr"), ("large", "benchmark")):
        bars = market.legs[role]
        wealth = np.prod(bars.close[1:] / (bars.close[:-1] - bars.dividend[1:]))
        assert found[key] == pytest.approx(wealth ** (1 / found["years"]) - 1)


def test_without_its_best_days_a_lead_shrinks(table: pd.DataFrame) -> None:
    """Leaving out the sessions that led by most never helps."""
    assert table.loc[("best days", "10 sessions"), "lead"] < table.loc[("as run", ""), "lead"]


def test_starts_are_first_sessions_of_months(three_years: Market, table: pd.DataFrame) -> None:
    """Every month of the account with a year ahead is a start, at its first session, and the summary counts them."""
    openings = month_openings(three_years)
    days = three_years.sessions[openings]
    assert len(openings) == 25
    assert all(day == three_years.sessions[(three_years.sessions >= day.replace(day=1))][0] for day in days)
    found = start_figures(table)
    leads = table.loc["start", "lead"]
    assert found["starts"] == 25
    assert found["share_ahead"] == (leads > 0).mean()
    assert found["lead_5"] <= found["lead_50"] <= found["lead_95"]
    short = cs.load_market(start="2008-06-02", end="2008-12-31")
    assert start_figures(sensitivities("mix", short)) == {"starts": 0}


def test_rules_with_legs_of_their_own_are_not_stressed(two_rules: Comparison, three_years: Market) -> None:
    """The benchmark and rules on other legs have no sensitivities; all have parts; and all of it is JSON."""
    plans = resolved_rules(TWO_RULES)
    plans["hold-small"] = replace(plans["hold-small"], market=three_years)
    found = stress(two_rules, plans, three_years)
    assert list(found.sensitivities) == ["relative-strength"]
    assert [row["rule"] for row in found.parts_table()] == TWO_RULES
    assert found.settings_table()[0]["legs ahead"] == "0 of 0"
    json.dumps(found.summary(), allow_nan=False)


def test_the_command_line_stresses(capshift: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """With --stress, JSON has the parts and the settings, and what stand-ins cannot be had is said to be missing."""
    done = capshift("compare", "mix", "--start", "2016-01-04", "--end", "2017-12-29", "--stress", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["stress"]
    assert set(found) == {"subperiods", "sensitivities", "starts", "definitions"}
    assert {"IJR/SPY", "IWM/QQQ", "IJR/QQQ"} == {
        row["setting"] for row in found["sensitivities"]["mix"] if row["kind"] == "legs"
    }
    assert "note: without VB/SPY" in done.stderr
