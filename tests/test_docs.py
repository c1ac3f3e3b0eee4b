"""What the documentation says is there and runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

from capshift.backtests import EVENTS, METRICS
from capshift.cli import app
from capshift.strategies import RULES
from capshift.strategies.parameters import declared

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def sections(file: Path) -> dict[str, str]:
    """Return heading to text of a page's second-level sections."""
    parts = re.split(r"^## (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {heading.strip("` "): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def python_blocks() -> list[tuple[str, str]]:
    """Return the name and text of every block of Python in the documentation."""
    blocks = []
    for page in PAGES:
        found = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        blocks += [(f"{page.name}-{number}", text) for number, text in enumerate(found)]
    return blocks


def test_every_rule_has_its_section_with_every_parameter() -> None:
    """docs/rules.md has just the registered rules, in their order, each with its parameters and defaults."""
    documented = sections(ROOT / "docs" / "rules.md")
    assert list(documented) == [rule.rule_name() for rule in RULES]
    for rule in RULES:
        text = documented[rule.rule_name()]
        for name, default in declared(rule).items():
            assert f"`{name}` = {default:g}" if isinstance(default, float) else f"`{name}` = {default}" in text
        if declared(rule):
            assert "What can mislead: " in text


def test_every_command_is_documented_with_every_option() -> None:
    """docs/commands.md has each command of the program, and each option it takes."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    headings = [
        heading.split()[1] for heading in sections(ROOT / "docs" / "commands.md") if heading.startswith("capshift")
    ]
    commands = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert headings == commands
    helps = [
        subprocess.run([sys.executable, "-m", "capshift", name, "--help"], capture_output=True, text=True, check=True)
        for name in commands
    ]
    options = set(re.findall(r"--[a-z][a-z-]+", "".join(done.stdout for done in helps))) - {"--help", "--param"}
    assert len(options) > 15
    for option in options:
        assert option in text, option


def test_every_event_is_documented_with_every_parameter() -> None:
    """docs/events.md has a row for each event, in their order, with its parameters and defaults."""
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (.*?) ?\|$", (ROOT / "docs/events.md").read_text("utf-8"), re.MULTILINE)
    assert [name for name, _ in rows] == list(EVENTS)
    for name, parameters in rows:
        params = EVENTS[name].params.items()
        assert parameters == ", ".join(
            f"`{key}` = {value:g}" if isinstance(value, float) else f"`{key}` = {value}" for key, value in params
        )


def test_every_figure_is_documented_as_it_is_defined() -> None:
    """docs/metrics.md has a row for each metric with its key, label and definition, and no others."""
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", (ROOT / "docs/metrics.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rows == [(key, metric.label, metric.definition) for key, metric in METRICS.items()]


@pytest.mark.parametrize(("name", "text"), python_blocks(), ids=[name for name, _ in python_blocks()])
def test_every_block_of_python_runs(name: str, text: str, tmp_path: Path) -> None:
    """Whoever copies an example from the documentation gets no error."""
    # As a script under a main guard, since pages are drawn in processes of their own.
    script = tmp_path / "block.py"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"{name}: {done.stderr}"


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_runs_and_is_short(example: Path, tmp_path: Path) -> None:
    """Each example writes its page from the sample market, in some twenty lines."""
    done = subprocess.run(
        [sys.executable, example, "--out", tmp_path / "out"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout
    assert (tmp_path / "out" / "comparison.html").is_file()
    assert len([line for line in example.read_text(encoding="utf-8").splitlines() if line.strip()]) <= 22


def test_links_lead_somewhere() -> None:
    """Every relative link in the documentation names a file or folder that is there."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_changelog_begins_with_this_version() -> None:
    """The newest entry of the changelog is the version that is installed."""
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first is not None
    assert first[1] == version("capshift")


def test_every_dependency_is_explained() -> None:
    """docs/dependencies.md names each library that setup.cfg asks for, and no entry is without a lower bound."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    required = re.search(r"install_requires =\n((?:    .+\n)+)", setup)
    assert required is not None
    for line in required[1].split():
        name, _, bound = line.partition(">=")
        assert bound, line
        assert name in text, name


def test_every_test_states_a_law() -> None:
    """Every test function has a docstring of one sentence."""
    for file in (ROOT / "tests").glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                law = ast.get_docstring(node) or ""
                assert law.endswith("."), f"{file.name}: {node.name}"
                assert "\n\n" not in law, f"{file.name}: {node.name}"
