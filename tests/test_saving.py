"""Saving is all or nothing, also where places are taken and disks are not writable."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

import capshift as cs
from capshift.errors import ResultError

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.backtests import Comparison
    from capshift.data_feeds import Market


@pytest.fixture(scope="module")
def comparison(short_market: Market) -> Comparison:
    """Return three rules."""
    return cs.compare(["hold-small", "mix"], short_market)


def names(folder: Path) -> list[str]:
    """Return all that lies in a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_taken_place_is_found_before_anything_is_replaced(comparison: Comparison, tmp_path: Path) -> None:
    """A file in the place of the last rule's folder leaves the first rules' folders out, too."""
    (tmp_path / "mix").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError, match=r"mix is a file; name a folder"):
        cs.save_comparison(comparison, tmp_path)
    assert names(tmp_path) == ["mix"]


def test_a_folder_in_the_place_of_the_page_is_refused(comparison: Comparison, tmp_path: Path) -> None:
    """A folder called comparison.html is told of in one line, and nothing is written beside it."""
    (tmp_path / "comparison.html").mkdir()
    with pytest.raises(ResultError, match=r"comparison.html is a folder, and a file should go there") as caught:
        cs.save_comparison(comparison, tmp_path)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["comparison.html"]


def test_two_results_never_share_a_folder(comparison: Comparison, tmp_path: Path) -> None:
    """Names that differ only in what no folder can be called are refused, not written over each other."""
    one = comparison.results["mix"]
    twins = {name: dataclasses.replace(one, name=name) for name in ("a<b", "a>b")}
    both = dataclasses.replace(comparison, results={**comparison.results, **twins})
    with pytest.raises(ResultError, match="would share the folder a_b; give them different names"):
        cs.save_comparison(both, tmp_path)
    assert names(tmp_path) == []


def test_a_name_that_is_too_long_is_told_in_one_line(comparison: Comparison, tmp_path: Path) -> None:
    """What the file system refuses is a message, and leaves nothing behind."""
    one = dataclasses.replace(comparison.results["mix"], name="x" * 300)
    with pytest.raises(ResultError, match="cannot be written: File name too long; name another folder"):
        cs.save_result(one, tmp_path, benchmark=comparison.results["hold-large"])
    assert names(tmp_path) == []


def test_a_result_called_benchmark_is_saved(comparison: Comparison, tmp_path: Path) -> None:
    """No name is taken by saving itself."""
    one = dataclasses.replace(comparison.results["mix"], name="benchmark")
    folder = cs.save_result(one, tmp_path, benchmark=comparison.results["hold-large"])
    assert names(tmp_path)[0] == "benchmark"
    assert (folder / "tearsheet.html").is_file()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "../../up", ".."])
def test_a_hostile_name_stays_below_the_folder(comparison: Comparison, tmp_path: Path, name: str) -> None:
    """Whatever a result is called, its files go into one new folder right below."""
    one = dataclasses.replace(comparison.results["mix"], name=name)
    place = tmp_path / "deep" / "out"
    folder = cs.save_result(one, place, benchmark=comparison.results["hold-large"])
    assert folder.parent == place
    assert {path.name for path in place.iterdir()} == {folder.name, "index.html", "plotly.min.js"}
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
