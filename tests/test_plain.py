"""Plain Backtrader strategies: unchanged, in our account, with the equity that Backtrader itself gives them."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import backtrader as bt
import numpy as np
import pandas as pd
import plain_strategies as plain
import pytest
from backtrader_oracle import by_backtrader, without_dividends
from markets import bars, market_of, random_market, sessions
from pages import Page

import capshift as cs
from capshift.backtests.grid import grid_of
from capshift.backtests.runner import run
from capshift.errors import LookAheadError, ParameterError, RuleError, UnknownRuleError
from capshift.reports.sweep_page import sweep_page
from capshift.strategies import rule_class

if TYPE_CHECKING:
    from conftest import Inside


HERE = Path(__file__).parent
MISTAKES = HERE / "plain_mistakes.py"
STRATEGIES = [
    plain.SmaCross, plain.TargetPercent, plain.Bracket, plain.Trailing, plain.Signals, plain.Rebalance, plain.Logbook,
    plain.EitherOr, plain.Sizes,
]  # fmt: skip
#: What Backtrader's own broker cannot do is left out where it is the oracle.
BARE = cs.Account(interest=False, commission=0.001, slippage=0.001)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda one: one.__name__)
def test_a_strategy_has_the_equity_that_backtrader_gives_it(strategy: type[bt.Strategy], seed: int) -> None:
    """Crossovers, targets, brackets, trailing stops, signals and several feeds: as in a Cerebro of its own."""
    market = without_dividends(random_market(seed, 300))
    result = cs.run(strategy, market, account=BARE)
    assert len(result.trades) > 0
    np.testing.assert_allclose(result.equity, by_backtrader(strategy, market, BARE), rtol=1e-12)


def test_parts_of_shares_are_held_as_in_backtrader() -> None:
    """In a fractional account, targets are met by parts of shares."""
    market, account = without_dividends(random_market(5, 200)), replace(BARE, fractional=True)
    result = cs.run(plain.TargetPercent, market, account=account)
    assert (result.trades["shares"] % 1 != 0).any()
    np.testing.assert_allclose(result.equity, by_backtrader(plain.TargetPercent, market, account), rtol=1e-12)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda one: one.__name__)
def test_cash_is_what_interest_dividends_and_fills_leave(strategy: type[bt.Strategy]) -> None:
    """Cash at each close follows from the cash before, day by day, with a commission a share and its minimum."""
    market = random_market(11, 250)
    account = cs.Account(commission=0.0005, commission_per_share=0.005, commission_minimum=1.0)
    result = cs.run(strategy, market, account=account)
    days, yields = market.sessions, market.series["DGS3MO"]
    cash = [account.cash]
    for t in range(1, len(days)):
        now = cash[-1] * (1 + yields[t - 1] / 100 * (days[t] - days[t - 1]).days / 360)
        now += sum(result.shares[leg].iloc[t - 1] * one.dividend[t] for leg, one in market.legs.items())
        for fill in result.trades[result.trades["filled"] == days[t]].itertuples():
            now -= fill.shares * fill.price
            now -= max(0.0005 * abs(fill.shares) * fill.price + 0.005 * abs(fill.shares), 1.0)
        cash.append(now)
    np.testing.assert_allclose(result.cash, cash, rtol=1e-9)
    worth = sum(result.shares[leg] * one.close for leg, one in market.legs.items())
    np.testing.assert_allclose(result.equity, result.cash + worth, rtol=1e-12)
    assert (result.cash >= 0).all()


class FromOpening(plain.SmaCross):
    """The crossover, told to wait for a date, as one would in a Cerebro."""

    params = (("opening", None),)

    def next(self) -> None:
        """Wait, then trade."""
        if self.data.datetime.date(0) >= self.p.opening:
            super().next()


def test_indicators_are_warm_when_the_account_opens() -> None:
    """With history, a strategy trades as one that saw it all and waited for the account's opening."""
    whole = without_dividends(random_market(3, 300))
    market = whole.opening_at(whole.sessions[100])
    result = cs.run(plain.SmaCross, market, account=BARE, period=60)
    waited = by_backtrader(FromOpening, whole, BARE, period=60, opening=whole.sessions[100].date())
    assert result.equity.index[0] == whole.sessions[100]
    assert len(result.trades) > 0
    np.testing.assert_allclose(result.equity, waited[100:], rtol=1e-12)


class Diary(bt.Strategy):
    """Writes down when it is asked, and what it sees."""

    params = (("period", 30),)
    pages: ClassVar[list[tuple[str, str, int]]] = []

    def __init__(self) -> None:
        """Ask for as many bars as may be."""
        self.mean = bt.ind.SMA(self.data.close, period=self.p.period)
        self.add_timer(when=bt.timer.SESSION_START)

    def _write(self, kind: str) -> None:
        self.pages.append((kind, self.data.datetime.date(0).isoformat(), len(self)))

    def notify_timer(self, timer: Any, when: Any, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Backtrader's
        """Write."""
        self._write("timer")

    def prenext(self) -> None:
        """Write."""
        self._write("prenext")

    def nextstart(self) -> None:
        """Write."""
        self._write("nextstart")

    def next(self) -> None:
        """Write."""
        self._write("next")


@pytest.mark.parametrize(("history", "kinds"), [(0, {"prenext": 29, "nextstart": 1}), (50, {"nextstart": 1})])
def test_nothing_is_asked_before_the_account_opens(history: int, kinds: dict[str, int]) -> None:
    """Timer, `prenext`, `nextstart` and `next` come from the opening on, on real dates, `next` once it is warm."""
    whole = random_market(4, 120)
    market = whole.opening_at(whole.sessions[history])
    Diary.pages.clear()
    cs.run(Diary, market)
    pages = Diary.pages[: len(market.account_sessions) * 2]  # the look for look-ahead adds its own
    days = [str(one.date()) for one in market.account_sessions]
    assert [page[1] for page in pages if page[0] == "timer"] == days
    asked = [page for page in pages if page[0] != "timer"]
    assert [page[1] for page in asked] == days
    assert [page[2] for page in asked] == list(range(history + 1, 121))
    expected = [kind for kind, count in kinds.items() for _ in range(count)]
    assert [page[0] for page in asked] == expected + ["next"] * (len(days) - len(expected))


class Names(bt.Strategy):
    """Finds its feeds by place, symbol and role."""

    def __init__(self) -> None:
        """Look."""
        assert [data._name for data in self.datas] == ["AAA", "BBB"]
        assert self.getdatabyname("large") is self.datas[1] is self.dnames.BBB is self.data1


def test_feeds_stand_in_the_order_of_the_legs_under_their_symbols() -> None:
    """Small caps are the first data feed, and all are found by symbol or role."""
    assert len(cs.run(Names, random_market(1, 60)).trades) == 0


class SecondOnly(bt.Strategy):
    """Buys the second feed."""

    def next(self) -> None:
        """Buy once."""
        if len(self) == 5:
            self.buy(data=self.data1, size=10)


def test_fills_belong_to_their_own_leg_even_where_closes_are_equal() -> None:
    """A fill of large caps is theirs on a day on which both legs close at the same price."""
    prices = np.linspace(50, 60, 20)
    result = cs.run(SecondOnly, market_of(bars("AAA", prices), bars("BBB", prices)))
    assert result.trades[["leg", "symbol", "shares"]].to_numpy().tolist() == [["large", "BBB", 10.0]]


def test_a_pending_order_is_told_with_the_session_that_placed_it() -> None:
    """A limit order that waits is decided when it is placed, and filled when the price comes."""
    result = cs.run(plain.Bracket, random_market(0, 300), limit=0.05, limdays=20)
    waited = (result.trades["filled"] - result.trades["decided"]).dt.days
    assert waited.min() >= 1
    assert waited.max() > 5
    assert set(result.trades["reason"]) <= {"limit", "stop"}


def test_decisions_are_what_is_held_after_fills() -> None:
    """A row for the first session and each one after which other shares are held, with their weights at that close."""
    market = random_market(2, 200)
    result = cs.run(plain.SmaCross, market)
    assert list(result.decisions.index) == [market.sessions[0], *result.trades["filled"].unique()]
    at = result.decisions.index[1]
    weight = result.shares["small"][at] * market.small.close[market.sessions.get_loc(at)] / result.equity[at]
    assert result.decisions["small"][at] == pytest.approx(weight, rel=1e-12)


def test_parameters_are_the_strategys_own() -> None:
    """Unknown ones are told with the nearest; numbers serve for numbers, None for anything, and text is read."""
    found = rule_class(plain.Bracket)
    assert found is rule_class(plain.Bracket)
    with pytest.raises(ParameterError, match="Bracket has no parameter 'fsat'; did you mean 'fast'"):
        cs.run(plain.Bracket, random_market(0, 50), fsat=3)
    with pytest.raises(ParameterError, match="Bracket: fast is 'x'; it must be a number"):
        cs.run(plain.Bracket, random_market(0, 50), fast="x")
    result = cs.run(plain.Bracket, random_market(0, 50), stake=2.0, hold=np.int64(4), limdays=3)
    assert result.parameters == {"fast": 5, "slow": 12, "limit": 0.01, "limdays": 3, "stake": 2.0, "hold": 4}
    assert cs.run(plain.Signals, random_market(0, 50)).parameters == {"period": 20}


class Pluggable(bt.Strategy):
    """Takes its average as a parameter."""

    params = (("average", bt.ind.SMA), ("weights", (1, 2)), ("stop", None))

    def __init__(self) -> None:
        """Make it."""
        self.mean = self.p.average(self.data.close, period=10)

    def next(self) -> None:
        """Follow it."""
        self.order_target_percent(target=0.9 if self.data.close[0] > self.mean[0] else 0.0)


def test_what_json_cannot_hold_is_written_in_words(tmp_path: Path) -> None:
    """Classes among the parameters are saved by their names, and swept as they are."""
    market = random_market(0, 120)
    result = cs.run(Pluggable, market, average=bt.ind.EMA)
    again = cs.Result.load(result.save(tmp_path / "result"))
    assert again.parameters == {"average": "EMA", "weights": [1, 2], "stop": None}
    pd.testing.assert_series_equal(again.equity, result.equity)
    found = cs.sweep(Pluggable, market, average=[bt.ind.EMA, bt.ind.SMA], workers=1)
    assert found.table["average"].tolist() == ["EMA", "SMA"]
    assert json.loads(found.json())["trials"] == 2
    assert found.verified()["difference"].tolist() == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Short", r"Short sells 7 SPY on 2019-01-07 and holds 0; this account never goes short: sell what is held"),
        ("Failing", r"Failing: the class fails in plain_mistakes.py, line \d+: ZeroDivisionError: no such luck; mend"),
        ("Tomorrow", r"Tomorrow: .* line \d+: IndexError: .*bar that is not there: \[1\] is tomorrow's"),
        ("OpenOnly", "OpenOnly trades in next_open, .*place orders in next"),
        ("Rich", "Rich calls broker.set_cash; the account's settings are given from outside"),
        ("Cheating", "Cheating calls broker.set_coc"),
        ("Early", "Early places an order before the account opens; place orders in next"),
        ("Quitter", r"Quitter stopped the run on 2019-01-02 \(runstop\)"),
        ("Leaving", r"Leaving ends the program \(sys.exit\); let it run to the end"),
        ("Skipping", "Skipping skipped itself"),
        ("Nothing", "Nothing orders nan shares of IWM on 2019-01-02"),
        ("Dice", "Dice does not do the same twice; seed its random numbers"),
        ("Hoarder", "Hoarder does not do the same twice; .*keep nothing from run to run"),
    ],
)
def test_what_cannot_be_hosted_is_told(name: str, said: str) -> None:
    """A strategy that this account cannot be true to ends in one line that says what to do."""
    market = cs.load_market(start="2019-01-02", end="2020-12-31")
    with pytest.raises(RuleError, match=said):
        cs.run(f"{MISTAKES}:{name}", market)


@pytest.mark.parametrize("name", ["Careful", "Centred", "Normalised"])
@pytest.mark.parametrize("seed", range(1, 6))
def test_strategies_that_peek_are_caught(name: str, seed: int) -> None:
    """Tomorrow's close, a centred window and extremes of all bars are seen at any seed of the market."""
    with pytest.raises(
        LookAheadError, match=rf"{name} saw the future: what it orders by 20\d\d-.* changes when the bars"
    ):
        cs.run(f"{MISTAKES}:{name}", random_market(seed, 300))


class Impatient(plain.SmaCross):
    """Trades before its slow indicator is warm."""

    def __init__(self) -> None:
        """Add the indicator."""
        super().__init__()
        self.slow = bt.ind.SMA(self.data.close, period=200)

    def prenext(self) -> None:
        """Trade all the same."""
        self.order_target_percent(target=0.5 + 0.01 * (len(self) % 9))


def test_orders_before_an_indicator_is_warm_are_no_look_ahead() -> None:
    """Backtrader cannot run on fewer bars than an indicator needs: nobody is accused of that."""
    assert len(cs.run(Impatient, random_market(0, 300)).trades) > 190


def test_a_first_bar_that_reads_the_last_is_caught_and_explained() -> None:
    """[-1] on the first bar is the last bar in Backtrader; with history it is yesterday, and all is well."""
    close = np.concatenate([np.full(60, 50.0), np.linspace(50, 20, 60), np.linspace(20, 90, 60)])
    market = market_of(bars("AAA", close), bars("BBB", close))
    with pytest.raises(
        LookAheadError, match=r"Wrapped saw the future.*reaches round to the last ones: wait until len\(self\) > n"
    ):
        cs.run(f"{MISTAKES}:Wrapped", market)
    assert len(cs.run(f"{MISTAKES}:Wrapped", market.opening_at(market.sessions[1])).trades) > 0


class Spender(bt.Strategy):
    """Buys whether or not there is cash, and now and then half a share."""

    params = (("stake", 900),)

    def next(self) -> None:
        """Buy."""
        self.buy(size=self.p.stake)
        if len(self) == 3:
            self.buy(size=0.5)


def test_orders_without_cash_are_counted_and_shown(tmp_path: Path) -> None:
    """What the broker refuses stands in the result, in the comparison, in a sweep, and on their pages."""
    close = np.full(60, 50.0)
    market = market_of(bars("AAA", close), bars("BBB", close))
    comparison = cs.compare([Spender], market)
    said = comparison.results["Spender"].provenance["warning"]
    # 100,000 dollars buy 900 shares at 50 twice; each of the 58 opens after the first fills or refuses one order, and
    # that of the last session waits.
    days = [str(one.date()) for one in sessions(60)]
    assert said == (
        f"57 orders were refused for want of cash, the first: buy 900 AAA on {days[3]}. "
        "1 order was of less than one share, and not placed. "
        "60 sessions are fewer than half a year: yearly figures are stretched from them."
    )
    said = said.partition(" 60 sessions")[0]
    assert f"Spender: {said}" in comparison.notes()
    page = cs.save_comparison(comparison, tmp_path)
    assert "57 orders were refused for want of cash" in page.read_text(encoding="utf-8")
    assert said in (tmp_path / "Spender" / "result.json").read_text(encoding="utf-8")
    swept = cs.sweep(Spender, market, workers=1)
    assert swept.noted.to_dict() == {0: said}
    assert f"1 has a note in sweep.parquet, the first: {said}" in Page(sweep_page(swept, by="cagr", count=1)).text


class OneShare(bt.Strategy):
    """Buys and sells without a sizer."""

    params = (("size", None),)

    def next(self) -> None:
        """Trade now and then."""
        if len(self) % 20 == 1:
            self.buy(size=self.p.size)


def test_one_share_an_order_is_told() -> None:
    """A strategy that holds next to no shares says so, with their mean share counted by pandas."""
    market = random_market(4, 130)
    result = cs.run(OneShare, market)
    held = 1 - (result.cash / result.equity).mean()
    assert 0 < held < 0.05
    assert result.provenance["warning"] == (
        f"Held {held * 100:.2f} % of its equity in shares on average: Backtrader buys one share an order without a "
        "sizer, and the Sharpe ratio is then that of interest on cash."
    )
    assert "sizer" not in cs.run(OneShare, market, size=300).provenance["warning"]
    swept = cs.sweep(OneShare, market, size=[1, 300, 2], workers=1)
    assert "sizer" not in swept.table["note"][1]
    assert list(swept.noted.index) == [0, 2]
    assert swept.noted[0] == result.provenance["warning"]
    assert (
        f"2 have a note in sweep.parquet, the first: {swept.noted[0]}"
        in Page(sweep_page(swept, by="sharpe", count=1)).text
    )


STRATEGY = """
import backtrader as bt

from {helper} import size

class Own(bt.Strategy):
    params = (("n", 1),)

    def next(self):
        import {lazy}

        if len(self) == 260:
            self.buy(size=size(self.p.n) + {lazy}.MORE)
"""


def test_a_module_beside_the_file_is_found_and_shadows_nothing(inside: Inside, tmp_path: Path) -> None:
    """Helpers of equal names in two folders serve each their own file, in run, compare and sweep; json stays json."""
    files = []
    for number, folder in enumerate(("one", "two"), start=1):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helper_of_own.py").write_text(
            f"import json\n\ndef size(n):\n    json.dumps(n)\n    return {number * 100} * n\n", encoding="utf-8"
        )
        (tmp_path / folder / "lazy_of_own.py").write_text(f"MORE = {number}\n", encoding="utf-8")
        (tmp_path / folder / "json.py").write_text("raise ImportError('the wrong json')\n", encoding="utf-8")
        text = STRATEGY.format(helper="helper_of_own", lazy="lazy_of_own")
        files.append(tmp_path / folder / f"own{number}.py")
        files[-1].write_text(text, encoding="utf-8")
    before, market = list(sys.path), cs.load_market(start="2020-01-02", end="2020-12-31")
    one, two = (f"{file}:Own" for file in files)
    results = [cs.run(each, replace(market, opening=250), n=2) for each in (one, two, one)]
    assert [int(result.trades["shares"].iloc[0]) for result in results] == [201, 402, 201]
    swept = cs.sweep(two, replace(market, opening=250), n=[1, 2], workers=2)
    assert (swept.table["error"] == "").all()
    assert sys.path == before
    code, printed, _ = inside("compare", one, "--start", "2020-01-02", "--end", "2020-12-31", "--json")
    assert (code, "Own" in json.loads(printed)["rules"]) == (0, True)


def test_the_command_line_runs_a_strategy_and_keeps_standard_output_clean(inside: Inside, tmp_path: Path) -> None:
    """`run FILE.py:Class --json` prints JSON alone; what the strategy prints goes to standard error, once."""
    file = f"{HERE / 'plain_strategies.py'}:SmaCross"
    options = ("--start", "2019-01-02", "--end", "2020-12-31", "--out", str(tmp_path))
    code, printed, complaint = inside("run", file, "-p", "period=40", "--json", *options)
    assert code == 0
    facts = json.loads(printed)
    assert (facts["rule"], facts["params"]) == ("SmaCross", {"period": 40, "percents": 90})
    assert complaint.count("Completed") == facts["metrics"]["trades"]
    again = cs.Result.load(tmp_path / "SmaCross,period=40")
    assert again.metrics["final_equity"] == facts["metrics"]["final_equity"]
    assert (tmp_path / "SmaCross,period=40" / "tearsheet.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "{mistakes}:Failing"], "Failing: the class fails in plain_mistakes.py, line"),
        (["run", "{plain}:SmaCross", "-p", "perid=3"], "SmaCross has no parameter 'perid'; did you mean 'period'"),
        (["run", "{plain}:SmaCross", "-p", "filters=calm"], "SmaCross has no parameter 'filters'"),
        (["run", "{plain}:SmaCross", "--engine", "array"], "only the event engine runs it"),
        (["run", "{plain}:Missing"], "has no class Missing derived from capshift.Rotation or backtrader.Strategy"),
        (["today", "{plain}:SmaCross"], "SmaCross is a plain Backtrader strategy, which says what to order"),
        (["walk-forward", "{plain}:SmaCross", "-p", "period=5,9"], "a plain Backtrader strategy and cannot be walked"),
        (["run", "{plain}:SmaCross:period=50,percents=9"], "give parameters with -p period=50 -p percents=9"),
        (["run", "{plain}:SmaCross", "-p", "period="], "SmaCross: period has no value; write period=VALUE"),
        (["run", "t.sh:SmaCross"], "t.sh is no Python file; a rule of your own stands in a .py file"),
        (["compare", "--config", "nowhere.toml"], "there is no file nowhere.toml"),
        (["run", "nowhere.py:SmaCross"], "there is no file nowhere.py"),
        (
            ["run", "{plain}:SmaCross", "-p", "period=2.5"],
            "inside Backtrader (basicops.py) with period=2.5, percents=90: ",
        ),
        (["run", "all-of", "-p", "rules={plain}:SmaCross+mix"], "it cannot be combined"),
    ],
)
def test_mistakes_with_strategies_are_one_line(arguments: list[str], said: str, inside: Inside) -> None:
    """Wrong use of a strategy ends in one line and exit code 2, without a traceback."""
    places = {"mistakes": MISTAKES, "plain": HERE / "plain_strategies.py"}
    code, printed, complaint = inside(*(one.format(**places) for one in arguments), "--start", "2015-01-02")
    assert (code, printed) == (2, "")
    lines = [line for line in complaint.splitlines() if line.startswith("capshift: ")]
    assert len(lines) == 1
    assert said in lines[0]
    assert "Traceback" not in complaint


def test_a_file_of_rules_takes_strategies(inside: Inside, tmp_path: Path) -> None:
    """A TOML file names a strategy beside it, with its parameters; filters are for rules."""
    shutil.copy(HERE / "plain_strategies.py", tmp_path)
    table = '[[rules]]\nrule = "plain_strategies.py:SmaCross"\nname = "Cross"\nparameters = {period = 30}\n'
    (tmp_path / "rules.toml").write_text(table, encoding="utf-8")
    options = ("--start", "2019-01-02", "--end", "2020-12-31", "--json")
    code, printed, _ = inside("compare", "--config", str(tmp_path / "rules.toml"), *options)
    assert code == 0
    assert json.loads(printed)["rules"]["Cross"]["params"] == {"period": 30, "percents": 90}
    (tmp_path / "rules.toml").write_text(table + 'filters = ["calm"]\n', encoding="utf-8")
    code, _, complaint = inside("compare", "--config", str(tmp_path / "rules.toml"), *options)
    assert code == 2
    assert "filters is not known; it takes period, percents" in complaint


class Touchy(plain.SmaCross):
    """The crossover, but for one of its periods."""

    def start(self) -> None:
        """Fail where the period is 13."""
        if self.p.period == 13:
            raise ValueError("thirteen")


def test_a_sweep_gives_each_variant_what_it_has_alone_and_goes_on_where_one_fails() -> None:
    """Over two processes: the figures of single runs, and a row with its error for the variant that fails."""
    market = random_market(6, 200)
    found = cs.sweep(Touchy, market, period=[13, 5, 9, 21, 30], workers=2)
    assert (found.trials, found.failed) == (5, 1)
    assert "Touchy: the class fails in test_plain.py, line" in found.table["error"][0]
    for row in found.table.iloc[1:].itertuples():
        assert row.final_equity == run(Touchy, market, period=row.period).metrics["final_equity"]


def test_a_sweep_of_one_that_peeks_is_refused() -> None:
    """A strategy that sees the future is refused before a sweep begins."""
    with pytest.raises(LookAheadError, match="Careful saw the future"):
        cs.sweep(f"{MISTAKES}:Careful", random_market(0, 300))


def test_a_grid_takes_its_strategy_along(tmp_path: Path) -> None:
    """Unpacked where the file is not, a grid still has the class that was in it."""
    file = tmp_path / "mine.py"
    shutil.copy(HERE / "plain_strategies.py", file)
    grid = grid_of(f"{file}:SmaCross", {"period": [5, 9]})
    packed = pickle.dumps(grid)
    file.unlink()
    again = pickle.loads(packed)  # noqa: S301 - our own
    assert again.strategy.rule_name() == "SmaCross"
    assert again.variants(again.positions())[1] == [{"period": p, "percents": 90} for p in (5, 9)]
    with pytest.raises(UnknownRuleError, match="there is no file"):
        grid_of(f"{file}:SmaCross", {})


#: A cluster of two processes of its own, in a folder from which the strategy's file cannot be seen.
PROGRAM = """
import os

import backtrader as bt
import pandas as pd
from distributed import Client, LocalCluster

import capshift as cs


class Here(bt.Strategy):
    params = (("period", 20),)

    def __init__(self):
        self.mean = bt.ind.SMA(self.data.close, period=self.p.period)

    def next(self):
        self.order_target_percent(target=0.9 if self.data.close[0] > self.mean[0] else 0.0)


def main():
    market = cs.load_market(start="2019-01-02", end="2020-12-31")
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster, Client(cluster) as client:
        client.run(os.chdir, "/")
        for strategy in ("mine.py:SmaCross", Here):
            alone = cs.sweep(strategy, market, period=range(5, 41, 5)).table
            shared = cs.sweep(strategy, market, period=range(5, 41, 5), dask=client).table
            pd.testing.assert_frame_equal(shared, alone, check_exact=True)
            assert (shared["error"] == "").all()
    print("same", len(alone))


if __name__ == "__main__":
    main()
"""


def test_a_cluster_gets_strategies_whose_files_it_has_not(tmp_path: Path) -> None:
    """Classes from a user's file and from a script give, on two Dask processes, the table of one machine."""
    shutil.copy(HERE / "plain_strategies.py", tmp_path / "mine.py")
    (tmp_path / "cluster.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "cluster.py"], capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split()[-2:] == ["same", "8"]
