"""`capshift new-rule`: what it writes works as it stands, passes the tests, and never takes the place of anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

import capshift as cs
from capshift.errors import CapshiftError, ResultError
from capshift.scaffold import STYLES, RuleName, new_rule
from capshift.scaffold.writing import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.long

#: Warnings are errors, but for those of libraries that setup.cfg ignores.
WARNINGS = [
    "-Werror",
    "-Wignore:Series.values returning an ndarray:DeprecationWarning",
    "-Wignore:datetime.datetime.utc:DeprecationWarning",
]
SHORT = ("--start", "2020-01-02", "--end", "2020-12-31", "--no-intervals", "--json")


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the path to the content of every file in a folder, but of compiled ones."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("style", STYLES)
def test_a_new_rule_runs_and_passes_its_test(style: str, capshift: Run, tmp_path: Path) -> None:
    """In each style the rule runs by the command that is told, and its test passes with warnings as errors."""
    told = capshift("new-rule", "UntakenName", "--style", style, cwd=tmp_path)
    assert told.stdout.split() == ["untaken_name.py", "test_untaken_name.py", "untaken_name.md"]
    commands = [line.split() for line in told.stderr.splitlines()[1:3]]
    assert commands == [["capshift", "run", "untaken_name.py:UntakenName"], ["pytest", "test_untaken_name.py"]]
    done = capshift(*commands[0][1:], *SHORT, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    command = [sys.executable, "-m", *commands[1], "-q", *WARNINGS, "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("style", STYLES)
def test_the_page_says_what_the_class_says(style: str, tmp_path: Path) -> None:
    """The page's first sentence and defaults are those of the class."""
    for path in new_rule("my-rule", tmp_path, style):
        assert "$" not in path.read_text(encoding="utf-8")
    found = cs.strategies.rule_class(f"{tmp_path / 'my_rule.py'}:MyRule")  # type: ignore[attr-defined]
    page = (tmp_path / "my_rule.md").read_text(encoding="utf-8")
    assert page.startswith(f"## my-rule\n\n*{found.about()}*\n")
    for name, default in found.params._getitems():
        if name not in found.common:
            assert f"- `{name}` = {default}: " in page


def test_types_are_strict(tmp_path: Path) -> None:
    """What is written for a user passes mypy as strictly as capshift does."""
    mypy = pytest.importorskip("mypy.api")
    for style in STYLES:
        new_rule(f"{style}-rule", tmp_path, style)
    files = [str(path) for path in tmp_path.glob("*.py")]
    config = ["--config-file", str(ROOT / "setup.cfg"), "--cache-dir", str(tmp_path / "cache")]
    shown, complaint, code = mypy.run([*config, "--strict", *files])
    assert (code, complaint) == (0, ""), shown


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout, without what is not part of it."""
    left_out = shutil.ignore_patterns(
        ".venv", ".git", "out", "build", "artefacts", "*.egg-info", "__pycache__", ".*_cache"
    )
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("copied") / "capshift", symlinks=True, ignore=left_out)


def in_checkout(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the sources of a copied checkout."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_in_a_checkout_it_becomes_one_of_capshift_s_own(checkout: Path) -> None:
    """A rule that was written into a checkout passes what is tested of each registered rule, and its own test."""
    done = in_checkout(checkout, "-m", "capshift", "new-rule", "untaken-name")
    assert done.returncode == 0, done.stderr
    assert "docs/rules/untaken-name.png" in done.stdout
    commands = [line.strip() for line in done.stderr.splitlines()[1:]]
    assert commands == ["make figures", "make test ARGS='-k untaken_name'", "make test"]
    figures = in_checkout(checkout, "docs/draw_rules.py")  # what `make figures` calls: none is out of date
    assert (figures.returncode, figures.stdout, figures.stderr) == (0, "", "")
    ours = ["tests/test_untaken_name.py", "tests/test_docs.py", "tests/test_rules.py", "tests/test_rule_page.py"]
    wanted = "untaken or public_name or registered or one_figure or table_of_contents or by_their_names or links"
    done = in_checkout(
        checkout, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", f"{wanted} or of_the_article",
        *ours, "tests/test_package.py", "tests/test_config.py", "tests/test_today.py", "tests/test_array_engine.py",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    listed = in_checkout(checkout, "-m", "capshift", "rules").stdout
    assert listed.index("soft-landing") < listed.index("untaken-name") < listed.index("all-of")


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ("docs/rules.md", "docs/rules.md is not laid out as new-rule knows it"),
        ("CHANGELOG.md", "CHANGELOG.md is not laid out as new-rule knows it"),
        ("docs/draw_rules.py", "the picture of high-tide cannot be drawn: "),
    ],
)
def test_a_mistake_midway_leaves_nothing(spoilt: str, said: str, checkout: Path) -> None:
    """Where one file cannot be changed, or the picture cannot be drawn, every file is as it was."""
    whole = (checkout / spoilt).read_bytes()
    (checkout / spoilt).write_text("raise SystemExit('nothing is drawn')\n", encoding="utf-8")
    before = files_of(checkout)
    try:
        with pytest.raises(CapshiftError, match=said):
            new_rule("high-tide", checkout)
        assert files_of(checkout) == before
    finally:
        (checkout / spoilt).write_bytes(whole)


def test_other_styles_do_not_go_into_a_checkout(checkout: Path) -> None:
    """Capshift's own rules are array rules; others are told to name another folder."""
    with pytest.raises(CapshiftError, match="for a rule in the plain style name a --dir"):
        new_rule("high-tide", checkout, "plain")


@pytest.mark.parametrize("there", ["untaken_name.py", "test_untaken_name.py", "untaken_name.md"])
def test_nothing_is_overwritten(there: str, capshift: Run, tmp_path: Path) -> None:
    """If one of the files is there, none is written, and one line says which it was."""
    (tmp_path / there).write_text("mine", encoding="utf-8")
    done = capshift("new-rule", "untaken-name", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"capshift: there is a file {there} already, and nothing is overwritten")
    assert files_of(tmp_path) == {there: b"mine"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("breakout", "capshift has a rule 'breakout' already"),
        ("RateCut", "capshift has a rule 'rate-cut' already"),
        ("Above_Average", "'Above_Average' cannot name a rule"),
        ("ABOVE", "'ABOVE' cannot name a rule"),
        ("above-", "'above-' cannot name a rule"),
        ("a-b", "'a-b' cannot name a rule"),
        ("../etc", "'../etc' cannot name a rule"),
        ("", "'' cannot name a rule"),
        ("x" * 99, "cannot name a rule"),
        ("Holdings", "Holdings is something else in capshift"),
        ("market", "Market is something else in capshift"),
        ("class", "'class' is Python's own"),
        ("calendar", "'calendar' is Python's own"),
        ("pandas", "pandas.py would stand in the way of the library pandas"),
    ],
)
def test_a_name_that_will_not_do_is_told(name: str, said: str, tmp_path: Path) -> None:
    """Names that are taken, no words, or in the way of something else end in one line, and nothing is written."""
    with pytest.raises(CapshiftError, match=said) as told:
        new_rule(name, tmp_path)
    assert "\n" not in str(told.value)
    assert files_of(tmp_path) == {}


def test_both_spellings_are_one_name() -> None:
    """Words with hyphens and a class's name mean the same rule, class and file."""
    for text in ("untaken-name", "UntakenName"):
        name = RuleName.parsed(text)
        assert (name.text, name.class_name, name.module) == ("untaken-name", "UntakenName", "untaken_name")


def test_files_are_written_all_or_not_at_all(tmp_path: Path) -> None:
    """Whatever fails while they are written or used, new files and folders go and changed ones are as before."""
    old = tmp_path / "old"
    old.write_text("as it was", encoding="utf-8")
    new, found = {tmp_path / "a" / "b" / "one": "1", tmp_path / "two": "2"}, {}

    def fail() -> None:
        with written(new, {old: "changed"}):
            found.update(files_of(tmp_path))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert found == {"a/b/one": b"1", "old": b"changed", "two": b"2"}
    assert files_of(tmp_path) == {"old": b"as it was"}
    assert not (tmp_path / "a").exists()
    with pytest.raises(ResultError, match="cannot be written: .*Not a directory; nothing has changed"):
        written({tmp_path / "two": "2", old / "below": ""}).__enter__()
    assert files_of(tmp_path) == {"old": b"as it was"}
