"""The quick look that is part of each run, comparison, sweep and walk-forward of a foreign rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from foreign_rules import FOREIGN, LENGTH, named, spec
from markets import random_market

import capshift as cs
from capshift.backtests.look_ahead import WRAPPED
from capshift.backtests.runner import UNCHECKED
from capshift.errors import CapshiftError, LookAheadError, RuleError
from capshift.reports.loading import load_sweep
from capshift.reports.sweep_page import sweep_page
from capshift.reports.walk_forward_page import walk_forward_page

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

#: Of random markets; benchmarks/look_ahead.py takes 200.
SEEDS = 12


def caught(rule: str, market: Market) -> bool:
    """Return whether the quick look of a run refuses a rule."""
    try:
        cs.run(rule, market)
    except LookAheadError:
        return True
    return False


@pytest.mark.long
@pytest.mark.parametrize("file", FOREIGN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_run_refuses_those_that_peek_and_no_other(file: Path) -> None:
    """At each seed of the market, the quick look stops each peeking rule, and accuses no honest one."""
    wrong = [
        seed
        for seed in range(SEEDS)
        if caught(spec(file), random_market(seed, LENGTH)) != (file.parent.name == "peeking")
    ]
    assert not wrong


def test_a_run_without_the_look_says_so(tmp_path: Path) -> None:
    """With check=False a rule that peeks runs, and its result warns; ours have nothing to warn of."""
    market = random_market(2, LENGTH)
    peeking = named("shifted")
    with pytest.raises(LookAheadError, match="its decision of"):
        cs.compare([peeking], market)
    warned = cs.compare([peeking, "mix"], market, check=False)
    assert UNCHECKED in warned.results["shifted"].provenance["warning"]
    assert "look-ahead" not in warned.results["mix"].provenance["warning"]
    page = cs.save_result(warned.results["shifted"], tmp_path, benchmark=warned.results["hold-large"], tearsheets=False)
    assert UNCHECKED in (page / "rule.html").read_text(encoding="utf-8")
    assert UNCHECKED in cs.today([peeking], market, check=False).standings["shifted"].warning


class Counted(cs.Rotation):
    """Small caps on every other session, counted from the last."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Count backwards."""
        return cs.switch((np.arange(len(market))[::-1] % 2) == 0)


def test_counting_from_the_end_is_told_as_such() -> None:
    """Where not the bars but their number changes a decision, the message says that, and what to do."""
    with pytest.raises(LookAheadError, match="and not where the bars end"):
        cs.run(Counted, random_market(1, 120))


class Paid(cs.Rotation):
    """Small caps on the day before a dividend."""

    def decide(self) -> cs.Target:
        """Ask for tomorrow's dividend."""
        paid = self.market.small.dividend
        at = self.market.opening + len(self)
        return cs.Target((1.0, 0.0) if at < len(paid) and paid[at] > 0 else (0.0, 1.0))


class Early(cs.Rotation):
    """Small caps before rises, in the first fifth of the bars alone."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Peek early."""
        rises = np.append(np.diff(market.small.close) > 0, False)
        return cs.switch(rises & (np.arange(len(market)) < 60))


class Unwarmed(bt.Strategy):
    """Buys before rises, while an average of more bars than there are is not known."""

    def __init__(self) -> None:
        """Ask for too long an average."""
        self.mean = bt.ind.SMA(period=LENGTH)

    def prenext(self) -> None:
        """Buy before a rise, and sell before a fall."""
        closes = self.data.close.array
        if len(self) < len(closes):
            self.order_target_percent(self.data, target=float(closes[len(self)] > closes[len(self) - 1]))


@pytest.mark.parametrize("rule", [Paid, Early, Unwarmed])
@pytest.mark.parametrize("seed", range(4))
def test_rare_peeks_are_caught_as_well(rule: type[Any], seed: int) -> None:
    """Those that see dividends alone, peek in the beginning only, or before indicators are warm, are refused."""
    with pytest.raises(LookAheadError):
        cs.run(rule, random_market(seed, LENGTH))


def tomorrow(values: np.ndarray) -> cs.Holdings:
    """Return small caps on sessions before a value rises."""
    return cs.switch(np.append(np.diff(values) > 0, False))


class Yields(cs.Rotation):
    """Small caps before yields rise."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """See tomorrow's yield."""
        return tomorrow(market.series["DGS2"])


class Decisions(cs.Rotation):
    """Small caps on the session before the Fed cuts."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """See the next decision."""
        fomc = market.fomc
        lower = np.append(np.nan, np.diff(fomc.table.lower))
        before = fomc.known[(lower < 0) & (fomc.known > 0)] - 1
        return cs.switch(np.isin(np.arange(len(market)), before))


class Calendar(cs.Rotation):
    """Large caps in the weeks before a meeting is called off."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Know of it before it is told."""
        told = market.meetings.cancelled.dropna()
        days = market.sessions.to_numpy()
        near = [(days < day) & (days > day - np.timedelta64(30, "D")) for day in told.to_numpy()]
        return cs.switch(~np.logical_or.reduce([*near, np.zeros(len(days), dtype=bool)]))


class Giants(cs.Rotation):
    """Small caps before the giants rise."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """See the giants' next close."""
        assert market.leaders is not None
        return tomorrow(market.leaders.close)


class FundsFutures(cs.Rotation):
    """Small caps before futures imply a higher rate."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """See tomorrow's settlement."""
        assert market.futures is not None
        return tomorrow(market.futures[:, 1])


@pytest.fixture(scope="module")
def crisis() -> Market:
    """Return the years in which the Fed cut to zero and called a meeting off, with giants and futures."""
    return cs.load_market(leaders="QQQ", start="2018-01-02", end="2020-12-31")


@pytest.mark.parametrize("rule", [Yields, Decisions, Calendar, Giants, FundsFutures])
def test_what_is_no_price_of_the_legs_has_another_future_too(rule: type[cs.Rotation], crisis: Market) -> None:
    """One that sees yields, the Fed's decisions or calendar, the giants or futures ahead of time is refused."""
    with pytest.raises(LookAheadError):
        cs.run(rule, crisis)


class Sometimes(cs.Rotation):
    """Small caps after a rise, of `ahead` sessions from now."""

    params = (("ahead", 0),)

    @staticmethod
    def hold(market: Market, ahead: int) -> cs.Holdings:
        """Look ahead where it is asked to; below 0, back."""
        rises = pd.Series(np.diff(market.small.close, prepend=0.0) > 0)
        return cs.switch(rises.shift(-ahead, fill_value=False).to_numpy())


class BarByBar(cs.Rotation):
    """The same, bar by bar."""

    params = (("ahead", 0),)

    def decide(self) -> cs.Target:
        """Look ahead where it is asked to; below 0, back."""
        closes = self.market.small.close
        at = self.market.opening + len(self) - 1 + self.p.ahead
        return cs.Target((1.0, 0.0) if 0 < at < len(closes) and closes[at] > closes[at - 1] else (0.0, 1.0))


@pytest.mark.parametrize(("rule", "engine"), [(Sometimes, "array"), (Sometimes, "event"), (BarByBar, "event")])
def test_the_best_of_a_sweep_that_peek_are_refused_by_name(rule: type[cs.Rotation], engine: str) -> None:
    """Where both outermost combinations are honest, the peeking one in between is refused when it is shown."""
    found = cs.sweep(rule, random_market(3, LENGTH), ahead=[0, 1, -1], engine=engine)
    for show in (found.best, found.verified):
        with pytest.raises(LookAheadError, match=f"{rule.rule_name()},ahead=1 saw the future"):
            show()
    assert "ahead=1 saw the future" in found._repr_html_()


@pytest.mark.parametrize("values", [[0, 1], [1, 0]])
def test_the_outermost_combinations_are_looked_at_before_a_sweep(values: list[int]) -> None:
    """A sweep whose first or last combination peeks is refused before it runs, and says which it is."""
    with pytest.raises(LookAheadError, match="sometimes,ahead=1 saw the future"):
        cs.sweep(Sometimes, random_market(3, LENGTH), ahead=values)


def test_each_choice_of_a_walk_forward_is_looked_at() -> None:
    """A peeking combination that is neither first nor last is refused when a walk-forward chooses it."""
    with pytest.raises(LookAheadError, match="sometimes,ahead=1 saw the future"):
        cs.walk_forward(Sometimes, random_market(3, 900), train_years=1, test_years=1, ahead=[0, 1, -1])


def test_a_sweep_that_is_refused_at_its_end_is_kept_and_says_why(inside: Any, tmp_path: Path) -> None:
    """The command writes what it swept, with the reason on top, and ends with 2; the folder can be drawn anew."""
    file, out = tmp_path / "sometimes.py", tmp_path / "out"
    lines = (
        "import numpy as np, pandas as pd, capshift as cs",
        "class Sometimes(cs.Rotation):",
        "    params = (('ahead', 0),)",
        "    @staticmethod",
        "    def hold(market, ahead):",
        "        rises = pd.Series(np.diff(market.small.close, prepend=0.0) > 0)",
        "        return cs.switch(rises.shift(-ahead, fill_value=False).to_numpy())",
    )
    file.write_text("\n".join(lines), encoding="utf-8")
    asked = ["sweep", f"{file}:Sometimes", "-p", "ahead=0,1,-1", "--start", "2019-01-02", "--end", "2020-12-31"]
    code, printed, complaint = inside(*asked, "--out", str(out))
    assert (code, printed) == (2, "")
    assert "sometimes,ahead=1 saw the future" in complaint
    assert "sometimes,ahead=1 saw the future" in (out / "sweep.html").read_text(encoding="utf-8")
    assert (
        "ahead=1 saw the future"
        in json.loads((out / "sweep.json").read_text(encoding="utf-8"))["provenance"]["warning"]
    )
    again, _ = load_sweep(out)
    assert len(again.best()) == 3
    code, printed, _ = inside(*asked, "--no-check")
    assert code == 0
    assert UNCHECKED in printed


def test_sweeps_that_nobody_looked_at_say_so() -> None:
    """Without the look a sweep and a walk-forward of a peeking rule run, and their results say that nobody looked."""
    market = random_market(3, 900)
    swept = cs.sweep(Sometimes, market, ahead=[0, 1], check=False)
    walked = cs.walk_forward(Sometimes, market, train_years=1, test_years=1, ahead=[0, 1], check=False)
    assert len(swept.verified()) == 2
    assert UNCHECKED in swept.provenance["warning"]
    assert [UNCHECKED in one.provenance["warning"] for one in walked.results] == [True, False, True]
    assert UNCHECKED in sweep_page(swept, by="sharpe", count=2)
    assert UNCHECKED in walk_forward_page(walked)
    assert not cs.sweep(Sometimes, market, ahead=[0, -1]).provenance["warning"]


class Full(cs.Rotation):
    """Small caps on a market of so many bars, and no other."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Fail on any other."""
        if len(market) != LENGTH or market.small.close[-1] != random_market(3, LENGTH).small.close[-1]:
            raise ValueError("another market")
        return cs.fixed(LENGTH, small=1.0)


def test_what_cannot_be_looked_at_is_refused() -> None:
    """A rule that fails on every other market is refused by a run, which says so."""
    with pytest.raises(RuleError, match="full cannot be checked for look-ahead: it fails on every other market"):
        cs.run(Full, random_market(3, LENGTH))


CACHED = '''
import numpy as np
import capshift as cs

SEEN = {{}}


class Cached(cs.Rotation):
    """Small caps below the mean of all closes."""

    @staticmethod
    def hold(market):
        """Keep the mean of the first market that comes along."""
        if market.small.symbol not in SEEN:
            SEEN[market.small.symbol] = {kept}
        return cs.switch(market.small.close < SEEN[market.small.symbol])
'''


def test_what_a_rule_keeps_from_the_run_hides_nothing(tmp_path: Path) -> None:
    """A peek whose answer the run of the whole has left in the module is refused; a constant kept there is not."""
    file = tmp_path / "cached.py"
    file.write_text(CACHED.format(kept="market.small.close.mean()"), encoding="utf-8")
    with pytest.raises(RuleError, match="cached does not do the same twice"):
        cs.run(f"{file}:Cached", random_market(3, LENGTH))
    file.write_text(CACHED.format(kept="50.0"), encoding="utf-8")
    assert cs.run(f"{file}:Cached", random_market(3, LENGTH)).trades is not None


def test_a_rule_that_loads_a_market_of_its_own_is_refused(tmp_path: Path) -> None:
    """Nobody can change the future of a market that a rule has loaded, at its top or while it decides."""
    top = "import capshift as cs\n\n\nclass Own(cs.Rotation):\n    @staticmethod\n    def hold(market):\n"
    load = "cs.load_market(start='2020-01-02', end='2020-12-31')"
    for place, text in {
        "inside": f"{top}        {load}\n        return cs.fixed(len(market), small=1.0)\n",
        "above": f"import capshift as cs\n\nKEPT = {load}\n{top}        return cs.fixed(len(market), small=1.0)\n",
    }.items():
        file = tmp_path / f"{place}.py"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(CapshiftError, match="the rule loads a market of its own"):
            cs.run(f"{file}:Own", random_market(3, LENGTH))


class Filled(cs.Rotation):
    """Small caps below their mean of a year, the first of which fills the beginning."""

    @staticmethod
    def hold(market: Market) -> cs.Holdings:
        """Fill what is not known yet from what comes later."""
        close = pd.Series(market.small.close)
        return cs.switch((close < close.rolling(252).mean().bfill()).to_numpy())


@pytest.mark.parametrize("seed", range(4))
def test_what_is_filled_from_later_is_refused(seed: int) -> None:
    """The beginning of the account is looked at too, where a mean is filled back from the first year."""
    with pytest.raises(LookAheadError):
        cs.run(Filled, random_market(seed, 6 * LENGTH))


class Closing(bt.Strategy):
    """Above its average while it lasts, and all sold in the end."""

    def __init__(self) -> None:
        """Take an average."""
        self.mean = bt.ind.SMA(period=10)

    def next(self) -> None:
        """Hold above the average."""
        self.order_target_percent(self.data, target=0.9 * (self.data.close[0] > self.mean[0]))

    def stop(self) -> None:
        """Sell, which is never filled."""
        self.close()


def test_an_order_when_all_is_over_is_no_look_ahead() -> None:
    """A strategy that sells in `stop`, at whatever bar is the last, is honest, and holds its shares to the end."""
    market = random_market(3, LENGTH)
    assert cs.check(Closing, market).passed
    run = cs.run(Closing, market)
    assert max(fill for fill in run.trades["filled"]) <= market.sessions[-1]


class Reaching(cs.Rotation):
    """Small caps above their close of 20 sessions ago, with no word on the first 20."""

    def decide(self) -> cs.Target:
        """Reach back beyond the first bar."""
        return cs.Target((1.0, 0.0) if self.data.close[0] > self.data.close[-20] else (0.0, 1.0))


class Opening(bt.Strategy):
    """Buys where the next open is higher."""

    def next(self) -> None:
        """Ask for the next open."""
        if len(self) < self.data.buflen():
            self.order_target_percent(self.data, target=0.9 * (self.data.open[1] > self.data.close[0]))


def test_only_what_reaches_round_to_the_end_is_told_so() -> None:
    """On the first bars close[-20] is one of the last: the message says to wait; for a plain peek it does not."""
    market = random_market(3, LENGTH)
    with pytest.raises(LookAheadError, match=r"reaches round to the last ones: wait until len\(self\) > n"):
        cs.run(Reaching, market)
    with pytest.raises(LookAheadError) as told:
        cs.run(Opening, market)
    assert "reaches round" not in str(told.value)
    assert WRAPPED in cs.check(Reaching, market).of("future")[0].text


class Cold(cs.Rotation):
    """Small caps above an average of 50 sessions."""

    def __init__(self) -> None:
        """Take an average, which has no history."""
        self.mean = bt.ind.SMA(self.data.close, period=50)

    def decide(self) -> cs.Target:
        """Hold small caps above it."""
        return cs.Target((1.0, 0.0) if self.data.close[0] > self.mean[0] else (0.0, 1.0))


def test_a_rule_whose_indicators_are_cold_holds_large_caps_and_says_so() -> None:
    """Until its indicators have their bars it has the equity of hold-large; result and check say for how long."""
    market = random_market(3, LENGTH).opening_at(random_market(3, LENGTH).sessions[100])
    found = cs.run(Cold, market)
    large = cs.run("hold-large", market)
    np.testing.assert_allclose(found.equity[:50], large.equity[:50])
    assert not np.allclose(found.equity[50:], large.equity[50:])
    assert "Held BBB for its first 49 sessions" in found.provenance["warning"]
    (finding,) = cs.check(Cold, market).of("warm-up")
    assert finding.facts["needed"] == 49
    assert not cs.check(Closing, market).of("warm-up")
