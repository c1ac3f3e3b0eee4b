"""What rules hold as of the last bar, why, and what to order."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from markets import bars, market_of

import capshift as cs
from capshift.backtests import Account, today
from capshift.data_feeds import load_market
from capshift.errors import AccountSettingsError, RuleError
from capshift.strategies import RULES, Explanation, Rotation, find_rule, switch
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from capshift.data_feeds import Holdings, Market


@pytest.fixture(scope="module")
def article_day(real_data: Path) -> Market:
    """Return the real market as it stood on the day IWM closed above $230 for good."""
    return load_market(source="files", path=real_data, leaders="QQQ", end="2025-08-22")


def test_the_article_s_day_says_what_changed_and_why(article_day: Market) -> None:
    """On 2025-08-22 price-level went into IWM at 234.83; breakout did not, for want of 242.40, its year's highest."""
    told = today(["price-level", "breakout", ("breakout", {"entry": 100})], article_day)
    level, year, hundred = told.standings.values()
    assert told.session == "2025-08-22"
    assert told.next_session == "2025-08-25"
    assert level.changed
    assert level.headline == "changed at this close, from SPY to IWM"
    assert level.because == ("IWM closed at 234.83, above 230.00",)
    assert level.trigger == ("ends when IWM closes below 230.00 (-2.06 % from here)",)
    assert "Hindsight" in level.warning
    assert not year.changed
    assert year.headline == "unchanged, SPY since 2025-03-04"
    assert year.because[0] == "IWM closed at 234.83, not above 242.40, the highest of the 252 closes before"
    assert year.trigger == ("begins when IWM closes above 242.40 (+3.22 % from here)",)
    assert hundred.holds == {"IWM": 1.0}
    assert hundred.since == "2025-07-23"


def test_the_triggers_of_the_day_come_true(real_market: Market, article_day: Market) -> None:
    """Price-level ends on the first close below 230 that follows, and breakout begins on the first above 242.40."""
    after = real_market.sessions > article_day.sessions[-1]
    close = real_market.small.close
    for rule, reached, small in (("price-level", close < 230.00, 0.0), ("breakout", close > 242.40, 1.0)):
        found = find_rule(rule)
        held = found.decided(real_market, resolve(found, {})).weights["small"]
        changes = np.flatnonzero(after & (held != held[len(article_day) - 1]))
        assert changes[0] == np.flatnonzero(after & reached)[0]
        assert held[changes[0]] == small


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_every_rule_says_why_and_what_would_change_it(rule: type[Rotation], article_day: Market) -> None:
    """Each rule gives reasons with values and a trigger; nothing unknown is printed as a number."""
    standing = today([rule], article_day).standings[rule.rule_name()]
    assert standing.because
    assert standing.trigger
    for line in (*standing.because, *standing.trigger):
        assert not re.search(r"\bnan\b|\bNone\b|%%|NaT", line), line
    holding = standing.holds.get("IWM", 0) > 0
    if rule.rule_name() not in {"all-of", "any-of", "vote"}:
        assert not [line for line in standing.trigger if line.startswith("begins " if holding else "ends ")]


@pytest.mark.parametrize("end", ["2000-06-05", "2001-09-17", "2008-10-10", "2020-03-16", "2025-08-29"])
def test_rules_explain_themselves_on_any_day(end: str, real_data: Path) -> None:
    """Early, in crises, and at a month's end no rule fails to say where it stands."""
    market = load_market(source="files", path=real_data, leaders="QQQ", end=end)
    told = today(cs.rule_names(), market)
    assert list(told.standings) == cs.rule_names()
    assert "nan" not in told.json().replace("nance", "")


def test_since_when_is_the_last_change(real_market: Market) -> None:
    """The day named is the one from which every decision up to the last bar is the same, and the one before differs."""
    for rule in ("rate-cut", "record-high", "relative-strength", "leadership"):
        found = find_rule(rule)
        rows = found.decided(real_market, resolve(found, {})).rows(("small", "large"))
        since = real_market.sessions.get_loc(today([rule], real_market).standings[rule].since)
        assert set(rows[since:]) == {rows[-1]}
        assert rows[since - 1] != rows[-1]


def test_the_orders_are_those_of_the_next_open_when_it_opens_at_the_close() -> None:
    """Prices stand still overnight: what today orders for the account is what the engine then fills."""
    close = [10.0] * 5 + [12.0] * 6
    small = bars("AAA", close, open=[10.0] * 6 + [12.0] * 5)
    market = market_of(small, bars("BBB", [7.0] * 11))
    result = cs.run("price-level", market, level=11.0)
    held = {"small": 0.0, "large": float(result.shares["large"].iloc[5])}
    cash = float(result.cash.iloc[5])
    told = today([("price-level", {"level": 11.0})], market.until(5), account=Account(cash=cash), shares=held)
    (standing,) = told.standings.values()
    assert standing.changed
    filled = result.trades[result.trades["filled"] == market.sessions[6]]
    assert [(order.symbol, order.shares) for order in standing.orders] == [
        (row.symbol, row.shares) for row in filled.itertuples()
    ]
    assert str(standing.orders[0]) == f"sell {held['large']:,.0f} BBB at about 7.00"


def test_an_account_that_is_there_has_nothing_to_order(short_market: Market) -> None:
    """With all its money in the shares that are held, no order is left."""
    told = today(["hold-small"], short_market, account=Account(cash=1.0), shares={"small": 500})
    assert told.standings["hold-small"].orders == ()


def test_an_account_without_cash_is_one(short_market: Market) -> None:
    """Fully invested accounts have no cash; orders back to a tilt are listed, but not due until the rule trades."""
    told = today([("hold-small", {"expression": "tilt"})], short_market, cash=0.0, shares={"small": 300, "large": 1})
    (standing,) = told.standings.values()
    assert not standing.due
    assert [order.symbol for order in standing.orders] == ["IWM", "SPY"]
    told = today([("hold-small", {"expression": "tilt"})], short_market, cash=0.0, shares={"small": 300})
    assert next(iter(told.standings.values())).due
    with pytest.raises(AccountSettingsError, match="cash is -1; give the dollars there are besides the shares"):
        today(["mix"], short_market, cash=-1)


def test_a_rule_by_hand_stands_where_its_account_does(short_market: Market) -> None:
    """A rule with the per-bar hook is followed bar by bar, and says that it gives no reasons."""

    class ByHand(Rotation):
        """Small caps on every bar after the hundredth."""

        def decide(self) -> cs.Target:
            """Return small caps late."""
            return cs.Target((1.0, 0.0) if len(self) > 100 else (0.0, 1.0))

    standing = today([ByHand], short_market).standings["by-hand"]
    assert standing.holds == {"IWM": 1.0}
    assert standing.since == str(short_market.account_sessions[100].date())
    assert standing.because == ("the rule gives no reasons; it can, with an `explain` of its own",)


def test_a_rule_of_one_s_own_explains_itself(short_market: Market) -> None:
    """A user's explain is told as it is; one that fails is told in one line with its place."""

    class Own(Rotation):
        """Small caps, always."""

        @staticmethod
        def hold(market: Market) -> Holdings:
            return switch(market.small.close > 0)

        @staticmethod
        def explain(market: Market) -> Explanation:
            return Explanation((f"{market.small.symbol} has a price",), ("begins never", "ends never"))

    class Broken(Own):
        """Small caps, for no reason."""

        @staticmethod
        def explain(market: Market) -> Explanation:
            return Explanation((str(1 / (len(market) * 0)),), ())

    standing = today([Own], short_market).standings["own"]
    assert (standing.because, standing.trigger) == (("IWM has a price",), ("ends never",))
    with pytest.raises(RuleError, match=r"broken: explain fails in test_today.py, line \d+: ZeroDivisionError"):
        today([Broken], short_market)


@pytest.mark.parametrize("shares", [{"small": -1.0}, {"large": float("nan")}, {"giants": 5.0}, {"small": float("inf")}])
def test_shares_that_nobody_holds_are_refused(shares: dict[str, float], short_market: Market) -> None:
    """Negative, infinite or unknown counts, and shares of no leg, are named with their role."""
    with pytest.raises(AccountSettingsError, match=f"shares of {next(iter(shares))} is"):
        today(["breakout"], short_market, shares=shares)


def test_today_on_the_command_line_is_today_in_python(
    capshift: Callable[..., CompletedProcess[str]], real_data: Path
) -> None:
    """--json prints what the call gives, byte for byte, and the text names rule, reason, trigger and order."""
    options: list[Any] = ["--source", "files", "--data", real_data, "--end", "2025-08-22", "--shares-large", "100"]
    done = capshift("today", "price-level", "breakout:entry=100,filters=calm", *options, "--json")
    assert done.returncode == 0, done.stderr
    market = load_market(source="files", path=real_data, end="2025-08-22")
    rules = ["price-level", ("breakout", {"entry": 100, "filters": "calm"})]
    assert done.stdout == today(rules, market, shares={"large": 100}).json()
    text = capshift("today", "price-level", *options).stdout
    assert "price-level: changed at this close, from SPY to IWM" in text
    assert "why   IWM closed at 234.83, above 230.00" in text
    assert "next  ends when IWM closes below 230.00" in text
    assert "order sell 100 SPY at about 645.31, buy" in text
    assert "Orders are for the open of 2025-08-25" in text
    assert "SIMULATED" not in text


def test_today_on_the_sample_market_says_simulated(capshift: Callable[..., CompletedProcess[str]]) -> None:
    """Without options the standard set is told, stamped, and JSON says it too."""
    done = capshift("today")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SIMULATED IWM and SPY at the close of 2025-12-31")
    told = json.loads(capshift("today", "--json").stdout)
    assert told["provenance"]["market"]["simulated"] is True
    assert next(iter(told["rules"])) == "hold-small"


def test_today_takes_rules_from_a_file(capshift: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    """A file's rules are told under their names, on legs of their own; shares of other legs are refused."""
    file = tmp_path / "rules.toml"
    file.write_text(
        '[[rules]]\nname = "Mine"\nrule = "breakout"\nfilters = "calm"\n'
        '[[rules]]\nname = "Sound"\nrule = "hold-small"\nlegs = {small = "IJR"}\n',
        encoding="utf-8",
    )
    told = json.loads(capshift("today", "mix", "--config", file, "--json").stdout)
    assert list(told["rules"]) == ["Mine", "Sound", "mix"]
    assert told["rules"]["Mine"]["params"]["filters"] == "calm"
    assert told["rules"]["Sound"]["holds"] == {"IJR": 1.0}
    assert told["rules"]["Sound"]["orders"][0]["symbol"] == "IJR"
    done = capshift("today", "--config", file, "--shares-small", "5")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Sound trades IJR and SPY on legs of its own" in done.stderr


def test_what_today_cannot_take_is_one_line(capshift: Callable[..., CompletedProcess[str]]) -> None:
    """A misspelt rule, negative shares and missing leaders end with exit code 2 and nothing on standard output."""
    for arguments, said in (
        (("today", "brakeout"), "did you mean 'breakout'"),
        (("today", "breakout", "--shares-small", "-4"), "shares of small is -4.0; give 0 or more"),
        (("today", "leadership"), "no leaders; name them"),
    ):
        done = capshift(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
