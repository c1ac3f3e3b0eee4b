"""Strategies of Backtrader's own documentation, unchanged, through the command line.

Two come with the installed package: the strategy that it ships, and the one in its description. The samples are fetched
by `make test` (tests/backtrader_samples.txt); CAPSHIFT_SAMPLES names another folder of them.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from backtrader_oracle import by_backtrader, without_dividends
from markets import random_market

import capshift as cs
from capshift.strategies import rule_class

if TYPE_CHECKING:
    from conftest import Inside

    from capshift.data_feeds import Market

pytestmark = pytest.mark.long

FETCHED = Path(os.environ.get("CAPSHIFT_SAMPLES", Path(sys.prefix) / "samples"))
SHIPPED = Path(bt.__file__).parent / "strategies" / "sma_crossover.py"
#: As Backtrader's broker is without further settings, but for the commission.
ACCOUNT = cs.Account(interest=False, slippage=0.0, commission=0.001)
OPTIONS = ("--no-interest", "--slippage", "0", "--commission", "0.001", "--no-tearsheets", "--no-intervals")
SAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    ("bracket/bracket.py", "St", {}),
    ("bracket/bracket.py", "St", {"usebracket": True}),
    ("oco/oco.py", "St", {}),
    ("order_target/order_target.py", "TheStrategy", {"use_target_size": True}),
    ("order_target/order_target.py", "TheStrategy", {"use_target_value": True}),
    ("order_target/order_target.py", "TheStrategy", {"use_target_percent": True}),
    ("macd-settings/macd-settings.py", "TheStrategy", {}),
    ("stoptrail/trail.py", "St", {"trailpercent": 0.02}),
]


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Market]:
    """Return a folder of two symbols that pay nothing, and the market that is read from it."""
    folder = tmp_path_factory.mktemp("bars")
    (folder / "bars").mkdir()
    for one in without_dividends(random_market(7, 700)).legs.values():
        frame = one.frame().rename(columns=str.title).rename_axis("Date").rename(columns={"Dividend": "Dividends"})
        frame.insert(4, "Adj Close", frame["Close"])
        frame.to_csv(folder / "bars" / f"{one.symbol}.csv")
    return folder, cs.load_market(source="files", path=folder, small="AAA", large="BBB")


def equity_by_command(inside: Inside, folder: Path, rule: str, parameters: dict[str, Any], out: Path) -> np.ndarray:
    """Return the equity that `capshift run` writes."""
    given = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
    market = ("--source", "files", "--data", str(folder), "--small", "AAA", "--large", "BBB")
    code, _, complaint = inside("run", rule, *given, *market, *OPTIONS, "--out", str(out))
    assert code == 0, complaint
    (found,) = out.glob("*/equity.csv")
    return pd.read_csv(found)["equity"].to_numpy()


def check(
    inside: Inside, bars: tuple[Path, Market], file: Path, name: str, parameters: dict[str, Any], out: Path
) -> None:
    """Hold the command's equity to Backtrader's, at every close."""
    folder, market = bars
    strategy: Any = rule_class(f"{file}:{name}")
    expected = by_backtrader(strategy.strategy, market, ACCOUNT, **parameters)
    found = equity_by_command(inside, folder, f"{file}:{name}", parameters, out)
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_strategy_that_backtrader_ships_runs(inside: Inside, bars: tuple[Path, Market], tmp_path: Path) -> None:
    """MA_CrossOver, from the installed file, has Backtrader's equity at every close."""
    check(inside, bars, SHIPPED, "MA_CrossOver", {}, tmp_path / "out")


def test_the_strategy_of_backtraders_description_runs(
    inside: Inside, bars: tuple[Path, Market], tmp_path: Path
) -> None:
    """SmaCross, cut out of the package's description up to its Cerebro, has Backtrader's equity at every close."""
    described = str(metadata.metadata("backtrader").get_payload())
    found = re.search(r"^ +from datetime import datetime\n.*?(?=^ +cerebro = )", described, re.DOTALL | re.MULTILINE)
    assert found
    file = tmp_path / "described.py"
    file.write_text(textwrap.dedent(found[0]), encoding="utf-8")
    check(inside, bars, file, "SmaCross", {}, tmp_path / "out")


@pytest.mark.parametrize(
    ("file", "name", "parameters"), SAMPLES, ids=[f"{file}-{'-'.join(given)}" for file, _, given in SAMPLES]
)
def test_backtraders_samples_run(
    inside: Inside,
    bars: tuple[Path, Market],
    tmp_path: Path,
    file: str,
    name: str,
    parameters: dict[str, Any],
) -> None:
    """Brackets, one-cancels-other, targets, trailing stops and MACD with ATR, as their files stand, fare the same."""
    if not (FETCHED / file).is_file() and "CAPSHIFT_EXPECT_ALL" not in os.environ:
        pytest.skip("Backtrader's samples are not here: `make test` fetches them")
    check(inside, bars, FETCHED / file, name, parameters, tmp_path / "out")
