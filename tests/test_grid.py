"""Grids: which combinations are judged, which are refused, and which are drawn."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capshift.backtests.grid import Constraint, grid_of, parse_grids, parse_values
from capshift.backtests.sampling import METHODS, sampled
from capshift.errors import CapshiftError, ParameterError
from capshift.strategies import Breakout, find_rule


@given(
    entry=st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True),
    exit=st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True),
    confirm=st.integers(1, 3),
)
def test_a_grid_is_the_product_of_its_values_without_what_is_refused(
    entry: list[int],
    exit: list[int],  # noqa: A002 - the parameter's name
    confirm: int,
) -> None:
    """The variants are those of itertools.product, in its order, but for those with exit above entry."""
    grid = grid_of("breakout", {"entry": entry, "exit": exit, "confirm": confirm})
    positions, variants = grid.variants(grid.positions())
    product = list(itertools.product(entry, exit))
    assert len(grid) == len(product)
    assert [(one["entry"], one["exit"]) for one in variants] == [pair for pair in product if pair[1] <= pair[0]]
    assert [product[at] for at in positions] == [(one["entry"], one["exit"]) for one in variants]
    assert all(one["confirm"] == confirm and one["fail_within"] == 0 for one in variants)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("buffer=0:0.3:0.1", [0.0, 0.1, 0.2, 0.3]),  # in binary, 0.1 three times is more than 0.3
        ("entry=20:260:5", list(range(20, 261, 5))),
        ("entry=20:24", [20, 21, 22, 23, 24]),
        ("entry=30:10:-10", [30, 20, 10]),
        ("entry=20:25:2", [20, 22, 24]),
        ("entry=5,9, 7", [5, 9, 7]),
        ("filters=,", ["", ""]),
        ("filters=calm,calm+curve", ["calm", "calm+curve"]),
    ],
)
def test_ranges_hold_both_ends_and_lists_keep_their_order(text: str, values: list[Any]) -> None:
    """a:b:step reaches b where the steps do, in decimals, and a,b,c is taken as it stands."""
    assert parse_values(Breakout, [text]) == {text.partition("=")[0]: values}


def test_a_rule_made_of_rules_keeps_its_commas() -> None:
    """Commas and colons in parentheses belong to a member of a combination."""
    text = "rules=rate-cut+(breakout:entry=100,exit=50),rate-cut+mix"
    values = parse_values(find_rule("all-of"), [text])
    assert values == {"rules": ["rate-cut+(breakout:entry=100,exit=50)", "rate-cut+mix"]}


@pytest.mark.parametrize(
    ("rules", "texts", "where", "said"),
    [
        (["breakout"], ["entry=20:10:5"], [], "entry is '20:10:5'; write a:b:step"),
        (["breakout"], ["entry=20:60:0"], [], "write a:b:step"),
        (["breakout"], ["entry=a:b:c"], [], "write a:b:step"),
        (["breakout"], ["entry=0:1:0.0000001"], [], "write a:b:step"),
        (["breakout"], ["entry=0:20:5"], [], "breakout: entry is 0; it must be a whole number, from 1"),
        (["breakout"], ["entry=10:20:2.5"], [], "entry is '12.5'; it must be a whole number"),
        (["breakout"], ["enty=10:20:5"], [], "has no parameter 'enty'; did you mean 'entry'"),
        (["breakout"], ["entry=10", "entry=20"], [], "entry is given twice"),
        (["breakout", "breakout"], [], [], "breakout is named twice"),
        (["brekout"], [], [], "did you mean 'breakout'"),
        (["breakout"], ["entry="], [], "breakout: entry has no value; write entry=VALUE"),
        (
            ["breakout", "mix"],
            ["entry=20,40"],
            [],
            "mix has no parameter 'entry'; for breakout alone write breakout.entry=",
        ),
        (["breakout"], ["mix.small=0.1"], [], "'mix.small=0.1' is for mix, which is not swept; there is breakout"),
        (["breakout"], [], ["exit < < entry"], "'exit < < entry' is no constraint"),
        (["breakout"], [], ["exit <= entyr"], "has no parameter 'entyr'; did you mean 'entry'"),
    ],
)
def test_what_is_no_grid_is_told(rules: list[str], texts: list[str], where: list[str], said: str) -> None:
    """Wrong ranges, values, names and constraints end in one line that says how to mend it."""
    with pytest.raises(CapshiftError, match=said):
        parse_grids(rules, texts, where)


def test_a_rule_of_a_file_is_known_by_its_class() -> None:
    """Before the dot stands the whole text, or the class alone."""
    file = str(Path(__file__).parent / "plain_strategies.py")
    for name in ("SmaCross", f"{file}:SmaCross"):
        cross, mix = parse_grids([f"{file}:SmaCross", "mix"], [f"{name}.period=5,9", "mix.small=0.1,0.2"], [])
        assert (cross.axes, mix.axes) == ({"period": (5, 9)}, {"small": (0.1, 0.2)})


def test_an_axis_without_values_is_refused() -> None:
    """A parameter that shall take none of no values is a mistake."""
    with pytest.raises(ParameterError, match="entry has no values"):
        grid_of("breakout", {"entry": []})


@given(left=st.integers(-3, 3), right=st.integers(-3, 3), sign=st.sampled_from(["<=", ">=", "==", "!=", "<", ">"]))
def test_constraints_compare_as_python_does(left: int, right: int, sign: str) -> None:
    """A constraint between parameters, or a parameter and a number, holds when Python's comparison does."""
    expected = eval(f"{left} {sign} {right}")  # noqa: S307 - two small numbers
    assert Constraint.parsed(f"one {sign} other").holds({"one": left, "other": right}) == expected
    assert Constraint.parsed(f"one{sign}{right}").holds({"one": left}) == expected


def test_a_constraint_leaves_combinations_out() -> None:
    """Of entries 10 to 40, those of at least twice an exit of 15 are 30 and 40."""
    grid = grid_of("breakout", {"entry": [10, 20, 30, 40], "exit": [5]}, ["entry >= 30"])
    assert [one["entry"] for one in grid.variants(grid.positions())[1]] == [30, 40]


@given(
    shape=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    count=st.integers(1, 40),
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 5),
)
def test_samples_are_some_of_the_combinations_each_once(shape: list[int], count: int, method: str, seed: int) -> None:
    """Samples rise, repeat none, lie in the grid, are at most as many as asked for, and the same for one seed."""
    drawn = sampled(shape, count, method=method, seed=seed).tolist()
    assert drawn == sorted(set(drawn))
    assert all(0 <= one < int(np.prod(shape)) for one in drawn)
    assert len(drawn) <= count
    assert drawn == sampled(shape, count, method=method, seed=seed).tolist()
    if method == "random":
        assert len(drawn) == min(count, int(np.prod(shape)))


def test_a_latin_hypercube_draws_each_value_equally_often() -> None:
    """Of 20 samples of a grid of 20 by 10 by 5, each value is drawn 1, 2 and 4 times."""
    drawn = sampled([20, 10, 5], 20, method="latin-hypercube", seed=1)
    for rows, times in zip(np.unravel_index(drawn, (20, 10, 5)), (1, 2, 4), strict=True):
        assert set(Counter(rows.tolist()).values()) == {times}


def test_a_space_too_large_to_list_can_be_sampled() -> None:
    """Of a million million million combinations, a hundred are drawn at once."""
    assert len(set(sampled([1000] * 6, 100).tolist())) == 100


@pytest.mark.parametrize(
    ("given_", "said"), [({"method": "sobol"}, "no way to sample called 'sobol'"), ({"count": 0}, "samples is 0")]
)
def test_samples_that_cannot_be_drawn_are_refused(given_: dict[str, Any], said: str) -> None:
    """An unknown method, and a count below 1, are mistakes."""
    with pytest.raises(ParameterError, match=said):
        sampled([5, 5], **{"count": 3, **given_})
