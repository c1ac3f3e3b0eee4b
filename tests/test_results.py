"""Results: frozen, saved and loaded without loss, the same bytes for the same inputs."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import capshift as cs
from capshift.backtests import METRICS, Account
from capshift.backtests.result import TRADE_COLUMNS
from capshift.errors import ResultError

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.backtests import Result
    from capshift.data_feeds import Market

FILES = ["backdrop.csv", "backdrop.json", "decisions.csv", "equity.csv", "result.json", "trades.csv"]


@pytest.fixture(scope="module")
def result(market: Market) -> Result:
    """Return a result with many trades and awkward fractions."""
    return cs.run("mix", market, small=0.6, account=Account(fractional=True))


def same(one: Result, other: Result) -> None:
    """Assert that two results are equal in every part."""
    for name in ("equity", "cash", "returns", "drawdown"):
        pd.testing.assert_series_equal(getattr(one, name), getattr(other, name), check_exact=True)
    for name in ("shares", "trades", "decisions", "holdings"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    for name in ("name", "rule", "parameters", "metrics", "provenance"):
        assert getattr(one, name) == getattr(other, name)


def test_saved_and_loaded_again_nothing_is_lost(result: Result, tmp_path: Path) -> None:
    """A result read from its folder equals the one written, to the last bit, and writes the same bytes."""
    result.save(tmp_path / "one")
    loaded = cs.Result.load(tmp_path / "one")
    same(loaded, result)
    loaded.save(tmp_path / "two")
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == FILES


def test_a_result_without_trades_survives_too(short_market: Market, tmp_path: Path) -> None:
    """An account that could buy nothing has an empty table of trades, which is kept."""
    poor = cs.run("hold-small", short_market, account=Account(cash=1.0))
    assert len(poor.trades) == 0
    same(cs.Result.load(poor.save(tmp_path / "poor")), poor)


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    """Two runs from scratch write identical files."""
    for name in ("one", "two"):
        market = cs.load_market(start="2019-01-02", end="2020-12-31")
        cs.run("breakout", market, entry=60, exit=20).save(tmp_path / name)
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_files_have_the_promised_columns(result: Result, tmp_path: Path) -> None:
    """Scripts outside rely on these names."""
    result.save(tmp_path / "r")
    assert list(pd.read_csv(tmp_path / "r/equity.csv")) == [
        "date",
        "equity",
        "cash",
        "shares_small",
        "shares_large",
        "drawdown",
    ]
    assert list(pd.read_csv(tmp_path / "r/trades.csv")) == list(TRADE_COLUMNS)
    assert list(pd.read_csv(tmp_path / "r/decisions.csv")) == ["date", "small", "large"]
    head = json.loads((tmp_path / "r/result.json").read_text(encoding="utf-8"))
    assert set(head) == {"name", "rule", "params", "metrics", "provenance"}
    assert set(head["metrics"]) == set(METRICS)


def test_a_result_is_frozen(result: Result) -> None:
    """No part of a result can be exchanged."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.rule = "other"  # type: ignore[misc]


def test_trades_are_decided_before_they_are_filled(result: Result, market: Market) -> None:
    """Every fill is at the open of the session after the one that decided, at that open's price with slippage."""
    sessions = market.account_sessions
    for trade in result.trades.itertuples():
        at = sessions.get_loc(trade.filled)
        assert sessions[at - 1] == trade.decided
        opened = market.legs[trade.leg].open[market.opening + at]
        assert trade.price == pytest.approx(opened * (1.0005 if trade.shares > 0 else 0.9995))
        assert trade.symbol == market.legs[trade.leg].symbol


def test_trades_make_the_shares(result: Result) -> None:
    """The running sum of each leg's fills is what is held at each close."""
    bought = result.trades.pivot_table(index="filled", columns="leg", values="shares", aggfunc="sum")
    held = bought.reindex(result.shares.index).fillna(0).cumsum()
    np.testing.assert_allclose(held[["small", "large"]], result.shares, atol=1e-6)


def test_the_provenance_says_what_was_run(result: Result, market: Market) -> None:
    """Market, account, engine and versions stand in the result."""
    assert result.provenance["market"]["fingerprint"] == market.fingerprint
    assert result.provenance["market"]["simulated"] is True
    assert result.simulated
    assert result.provenance["account"]["fractional"] is True
    assert set(result.provenance["versions"]) == {"capshift", "backtrader", "numpy", "pandas", "python"}
    assert "mix (SIMULATED)" in str(result)


@pytest.mark.parametrize("damage", ["missing", "no json", "half a table", "other columns"])
def test_a_folder_that_holds_no_result_is_refused(damage: str, result: Result, tmp_path: Path) -> None:
    """A missing or damaged result ends in one line that says to run the rule again."""
    folder = result.save(tmp_path / "r")
    if damage == "missing":
        folder = tmp_path / "nowhere"
    elif damage == "no json":
        (folder / "result.json").write_text("{", encoding="utf-8")
    elif damage == "half a table":
        (folder / "equity.csv").write_text("date,equity\n2020-01-02,x\n", encoding="utf-8")
    else:
        (folder / "trades.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ResultError, match="holds no readable result .* run the rule again"):
        cs.Result.load(folder)


def test_an_old_result_gives_way(result: Result, short_market: Market, tmp_path: Path) -> None:
    """Saving into a folder that holds another result replaces it whole."""
    result.save(tmp_path / "r")
    (tmp_path / "r" / "stray.txt").write_text("x", encoding="utf-8")
    other = cs.run("hold-small", short_market)
    other.save(tmp_path / "r")
    same(cs.Result.load(tmp_path / "r"), other)
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == FILES


def test_a_file_in_the_way_is_left_alone(result: Result, tmp_path: Path) -> None:
    """Where a file stands no folder is made, and the file is still there."""
    (tmp_path / "r").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError, match="is a file; name a folder"):
        result.save(tmp_path / "r")
    with pytest.raises(ResultError, match="is a file; name a folder"):
        result.save(tmp_path / "r" / "deeper")
    assert (tmp_path / "r").read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "r"]
