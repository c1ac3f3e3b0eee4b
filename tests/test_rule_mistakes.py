"""What is told of mistakes in a rule of one's own: the rule, the line or the date, and what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HEAD = """
import capshift as cs
import numpy as np
import pandas as pd


class Wrong(cs.Rotation):
    params = (("n", 5),)

"""
HOLD = "    @staticmethod\n    def hold(market, n):\n        "


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            f"{HOLD}return cs.switch((pd.Series(market.small.close).rolling(-n).mean() > 1).to_numpy())",
            "wrong: hold fails in wrong.py, line 12: ValueError",
        ),
        (
            "    @staticmethod\n    def hold(market):\n        return cs.switch(market.small.close > 1)",
            "write hold(market, n)",
        ),
        (f"{HOLD}return cs.Holdings(market.small.close, market.small.close)", "Holdings takes weights by leg"),
        (
            f"{HOLD}return cs.switch(np.where(np.arange(len(market)) == n, 1.7, 0.5))",
            "wrong: the weight of small is 1.7 on 2000-01-10; it must lie between 0 and 1",
        ),
        (
            f"{HOLD}ones = np.ones(len(market)); return cs.Holdings({{'small': ones, 'large': ones}}, ones < 1)",
            "wrong: the weights sum to 2 on 2000-01-03; nothing can be bought on credit",
        ),
        (
            f"{HOLD}return cs.Holdings({{'IWM': np.zeros(len(market))}}, np.zeros(len(market), bool))",
            "its legs are called small, large",
        ),
        ("    def next(self):\n        self.buy(size=1)", "it orders them itself, where a rule says what to hold"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_place_and_its_cure(
    body: str, told: str, tmp_path: Path, inside: Any
) -> None:
    """One line names the rule and the user's own line, the date or the argument; there is no traceback."""
    file = tmp_path / "wrong.py"
    file.write_text(HEAD + body + "\n", encoding="utf-8")
    code, _, complaint = inside("run", f"{file}:Wrong", "--end", "2001-12-31")
    assert code == 2
    assert told in complaint
    assert complaint.startswith("capshift: ")
    assert len(complaint.splitlines()) == 1


def test_a_forgotten_comma_among_parameters_is_told(tmp_path: Path, inside: Any) -> None:
    """A pair that is no tuple of pairs is told with its line and how to write it."""
    file = tmp_path / "comma.py"
    file.write_text('import capshift as cs\nclass Comma(cs.Rotation):\n    params = (("n", 5))\n', encoding="utf-8")
    code, _, complaint = inside("run", f"{file}:Comma")
    assert code == 2
    assert "cannot be imported (line 2; write params = ((name, value),), with a comma after each pair)" in complaint


@pytest.mark.parametrize(
    ("command", "rule", "told"),
    [
        (
            "compare",
            "breakout,entry=100,exit=50",
            "breakout:entry=100,exit=50, or with run and check -p entry=100",
        ),
        ("run", "breakout,entry=100", "write breakout:entry=100"),
        ("compare", "mine.py:Mine,n=5", "write mine.py:Mine:n=5"),
        ("run", "mine:Mine", "did you mean mine.py:Mine?"),
        ("compare", "mine:n=5", "a rule of the file beside is mine.py:Class"),
    ],
)
def test_nearly_a_rule_is_told_how_to_write_it(
    command: str, rule: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: Any
) -> None:
    """Names as tables print them, and files without .py, are answered with what to write."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(HEAD.replace("Wrong", "Mine") + HOLD + "return cs.switch(market.small.close > n)\n")
    code, _, complaint = inside(command, rule)
    assert code == 2
    assert told in complaint


def test_dates_beyond_the_bars_are_told_with_those_that_there_are(inside: Any) -> None:
    """A start after the last bar is answered with the first and the last date in common."""
    code, _, complaint = inside("run", "mix", "--start", "2030-01-01")
    assert code == 2
    assert "(the bars in common are of 2000-01-03 to 2025-12-31)" in complaint


def test_indicators_that_need_more_bars_than_there_are_are_told_so(tmp_path: Path, inside: Any) -> None:
    """A plain strategy whose average is longer than the bars is told that, beside Backtrader's own words."""
    file = tmp_path / "long.py"
    lines = (
        "import backtrader as bt",
        "class Long(bt.Strategy):",
        "    def __init__(self):",
        "        self.mean = bt.ind.SMA(period=99999)",
        "    def next(self):",
        "        self.buy()",
    )
    file.write_text("\n".join(lines), encoding="utf-8")
    code, _, complaint = inside("run", f"{file}:Long", "--end", "2001-12-31")
    assert code == 2
    assert "its indicators need more bars than there are" in complaint


def test_an_empty_folder_name_is_refused(inside: Any) -> None:
    """A script whose variable is empty does not write where it stands."""
    code, _, complaint = inside("run", "mix", "--out", "")
    assert (code, "--out is empty" in complaint) == (2, True)


def test_a_run_that_lacks_a_file_is_named_with_it(tmp_path: Path, inside: Any) -> None:
    """Drawing a study anew whose table was removed says which file is missing."""
    code, _, _ = inside("events", "cut", "--end", "2009-12-31", "--out", str(tmp_path))
    assert code == 0
    (tmp_path / "cut.csv").unlink()
    code, _, complaint = inside("report", str(tmp_path))
    assert (code, "cut.csv" in complaint, "cannot be written" in complaint) == (2, True, False)
