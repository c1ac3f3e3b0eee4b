"""What the documentation says is there and runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from code_blocks import PAGES
from conftest import ROOT
from PIL import Image
from typer.main import get_command

import capshift
from capshift import backtests, data_feeds, reports, strategies
from capshift.backtests import EVENTS, INTERVALS, LUCK_FIGURES, METRICS, SELECTION_FIGURES
from capshift.backtests.sensitivities import SENSITIVITIES
from capshift.backtests.subperiods import SUBPERIOD_FIGURES, SUBPERIODS
from capshift.cli import app
from capshift.strategies import FILTERS, RULES
from capshift.strategies.filters import COMMON, COMMON_LIMITS
from capshift.strategies.parameters import declared

sys.path.insert(0, str(ROOT / "docs"))  # scripts, not a package
import rule_figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import ModuleType

    from capshift.strategies import Rotation
    from capshift.strategies.parameters import Limit

HOW_TOS = [*sorted((ROOT / "docs").glob("add_*.md")), ROOT / "CONTRIBUTING.md"]
RULES_PAGE = ROOT / "docs" / "rules.md"
#: The article replayed is longer, and held to its own laws: tests/test_small_caps_2025.py.
LONG_EXAMPLES = {ROOT / "examples" / name for name in ("small_caps_2025.py", "plain_backtrader.py")}
SHORT_EXAMPLES = sorted(set((ROOT / "examples").glob("*.py")) - LONG_EXAMPLES)


def sections(file: Path) -> dict[str, str]:
    """Return heading to text of a page's second-level sections."""
    parts = re.split(r"^## (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {heading.strip("` "): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def bullets(text: str) -> dict[str, str]:
    """Return the name to the rest of each item `- `name`...` of a list, in one line."""
    items = re.findall(r"^- `([\w-]+)`(.*(?:\n  \S.*)*)", text, flags=re.MULTILINE)
    return {name: " ".join(rest.split()) for name, rest in items}


def check_parameters(text: str, defaults: Mapping[str, Any], limits: Mapping[str, Limit]) -> None:
    """Check that a text lists just these parameters, each with its default and the values it can take."""
    listed = {name: rest for name, rest in bullets(text).items() if rest.startswith("= ")}
    assert list(listed) == list(defaults)
    for name, default in defaults.items():
        value = f"{default:g}" if isinstance(default, float) else str(default) or "none"
        assert listed[name].startswith(f"= {value}: "), name
        assert str(limits.get(name, "")) in listed[name], name


def test_docs_rules_has_the_registered_rules_and_what_all_take() -> None:
    """docs/rules.md has a section for each registered rule, in their order, and then filters and expressions."""
    assert list(sections(RULES_PAGE)) == [*(rule.rule_name() for rule in RULES), "Filters", "Expressions"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_every_rule_is_documented(rule: type[Rotation]) -> None:
    """A rule's section has its sentence, who says so, its definition, its parameters and what can mislead."""
    text = sections(RULES_PAGE)[rule.rule_name()]
    paragraphs = [" ".join(one.split()) for one in text.strip().split("\n\n")]
    assert paragraphs[0] == f"*{rule.about()}*"
    parts = ["Says who: ", "Definition: ", "Parameters:", "What can mislead: ", "![SIMULATED: ", "*Figure: "]
    places = [[at for at, one in enumerate(paragraphs) if one.startswith(part)] for part in parts]
    assert [len(place) for place in places] == [1] * len(parts)
    assert places == sorted(places)
    check_parameters(text, declared(rule), {**rule.common_limits, **rule.limits})
    assert ("Parameters: none." in paragraphs) == (not declared(rule))
    definition = paragraphs[places[1][0]]
    for name in declared(rule):
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`", definition), name


def test_what_every_rule_takes_is_documented() -> None:
    """The sections on filters and expressions name each parameter that all rules take, and each of its values."""
    filters, expressions = sections(RULES_PAGE)["Filters"], sections(RULES_PAGE)["Expressions"]
    own = {name: default for name, default in COMMON.items() if name != "expression"}
    check_parameters(filters, own, COMMON_LIMITS)
    check_parameters(expressions, {"expression": COMMON["expression"]}, COMMON_LIMITS)
    conditions = {name: rest for name, rest in bullets(filters).items() if name not in COMMON}
    assert list(conditions) == list(FILTERS)
    for name, one in FILTERS.items():
        assert conditions[name].startswith(f": {one.about}"), name
    choices = getattr(COMMON_LIMITS["expression"], "choices", ())
    assert [name for name in bullets(expressions) if name not in COMMON] == list(choices)
    assert "What can mislead: " in filters
    assert "What can mislead: " in expressions


def test_there_is_one_figure_a_rule() -> None:
    """Each rule has its figure, in the order of the page, and no picture is left of a rule that is gone."""
    names = [rule.rule_name() for rule in RULES]
    assert [figure.rule for figure in rule_figures.FIGURES] == names
    assert sorted(path.name for path in (ROOT / "docs" / "rules").iterdir()) == sorted(f"{name}.png" for name in names)


@pytest.mark.parametrize("figure", rule_figures.FIGURES, ids=lambda figure: figure.rule)
def test_every_figure_shows_what_its_rule_does_now(figure: rule_figures.Figure) -> None:
    """A picture has a sane size, a caption with rule and span, and the digest of holdings and signals as they are."""
    path = ROOT / "docs" / "rules" / f"{figure.rule}.png"
    assert 5_000 < path.stat().st_size < 60_000
    with Image.open(path) as picture:
        width, height = picture.size
        text = dict(picture.info)
    assert 800 <= width <= 1600
    assert 0.4 < height / width < 0.8
    section = " ".join(sections(RULES_PAGE)[figure.rule].split())
    assert re.search(rf"!\[SIMULATED: [^\]]{{30,}}\]\(rules/{figure.rule}\.png\)", section)
    assert f"*Figure: `{figure.spec}`, {figure.start} to {figure.end}" in section
    assert text["Title"] == f"SIMULATED: {figure.title}"
    shown = rule_figures.shown(figure)
    assert text[rule_figures.DIGEST_KEY] == shown.digest, "draw it again: make figures"
    acts = len(set(shown.small.tolist())) > 1
    assert acts == (figure.rule not in {"hold-small", "hold-large", "mix"})


def options(text: str) -> set[str]:
    """Return the options that a text names."""
    return set(re.findall(r"(?<![\w-])(?:--[a-z][a-z-]+|-p)", text))


def tables(text: str) -> dict[str, str]:
    """Return the title to the rows of each table that has one."""
    return dict(re.findall(r"^\| (.+) \| \|\n\|---\|---\|\n((?:\|.+\n)+)", text, re.MULTILINE))


def test_every_command_is_documented_with_every_option() -> None:
    """docs/commands.md has a section for each command, which names each option that the shared tables do not."""
    page = sections(ROOT / "docs" / "commands.md")
    own = {heading.split()[1]: text for heading, text in page.items() if heading.startswith("capshift ")}
    commands = get_command(app).commands  # type: ignore[attr-defined]  # that of a group
    assert list(own) == list(commands)
    heading = next(heading for heading in page if heading.startswith("Options of"))
    sharing = set(re.findall(r"`([a-z-]+)", heading))
    shared: dict[str, set[str]] = {name: set() for name in commands}
    for title, rows in tables(page[heading]).items():
        for name in sharing - set(re.findall(r"`([a-z-]+)", title)):
            shared[name] |= options(rows)
    for name, command in commands.items():
        taken = {"-p" if "-p" in one.opts else one.opts[0] for one in command.params if one.opts[0].startswith("-")}
        assert shared[name] <= taken, name
        assert taken - shared[name] <= options(own[name]), name


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


def test_every_statistic_is_documented_as_it_is_defined() -> None:
    """docs/statistics.md has a row for each interval, figure of luck and figure of a sweep, as they are defined."""
    text = (ROOT / "docs/statistics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    assert rows == [
        (key, one.label, one.definition)
        for figures in (INTERVALS, LUCK_FIGURES, SELECTION_FIGURES)
        for key, one in figures.items()
    ]


def test_every_part_and_setting_is_documented_as_it_is_defined() -> None:
    """docs/statistics.md has a row for each cut of history, each figure of a part, and each thing done otherwise."""
    section = sections(ROOT / "docs/statistics.md")["Where a lead came from"]
    rows = re.findall(r"^\| ([a-z ]+) \| (.*?) \|$", section, re.MULTILINE)
    listed = {**SUBPERIODS, **SUBPERIOD_FIGURES, **SENSITIVITIES}
    headings = {"kind", "figure"}
    assert [row for row in rows if row[0] not in headings] == list(listed.items())


@pytest.mark.parametrize("example", SHORT_EXAMPLES, ids=lambda path: path.stem)
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
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def defined(file: Path) -> set[str]:
    """Return the names that a module defines at its top level."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {one.id for one in targets if isinstance(one, ast.Name)}
    return names


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_names_stand_in_the_files_where_how_tos_send_the_reader(page: Path) -> None:
    """Where a page says that a name is in a file of capshift's, or names the file alone, it is there."""
    text = " ".join(page.read_text(encoding="utf-8").split())
    folder = "(?:src/capshift|backtests|data_feeds|reports|strategies|tests|docs)"
    for file in re.findall(rf"`({folder}/[\w/]+\.\w+)`", text):
        assert (ROOT / file).is_file() or "above_average" in file, file  # the rule that CONTRIBUTING.md has written
    said = re.findall(rf"((?:`\w+`(?:, | and ))*`\w+`) in `({folder}/[\w/]+\.py)`", text)
    assert said or page.stem == "add_a_rule"  # which sends nobody there
    for names, file in said:
        assert set(re.findall(r"`(\w+)`", names)) <= defined(ROOT / file), (names, file)


@pytest.mark.parametrize("package", [capshift, backtests, data_feeds, reports, strategies])
def test_every_public_name_is_in_the_reference(package: ModuleType) -> None:
    """Each name that a package gives stands in the reference once: as capshift's own, or as the package's."""
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").iterdir())
    shown = re.findall(r"^::: ([\w.]+)$", pages, re.MULTILINE)
    for name in package.__all__:
        home = "capshift" if name in capshift.__all__ else package.__name__
        assert shown.count(f"{home}.{name}") == 1, name


def test_every_page_is_in_the_site_s_navigation() -> None:
    """mkdocs.yml names each page of docs/ once, and the home page is README.md."""
    listed = re.findall(r"^ +- .+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    ours = [name for name in listed if not name.startswith("project/")]
    pages = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    assert sorted(ours) == sorted([*pages, "index.md"])


def test_the_changelog_begins_with_this_version() -> None:
    """The newest entry of the changelog is the version that is installed."""
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first is not None
    assert first[1] == version("capshift")


def test_every_dependency_is_explained() -> None:
    """docs/dependencies.md has a row for each library that setup.cfg asks for, and each has a lower bound."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    required = re.search(r"install_requires =\n((?:    .+\n)+)", setup)
    assert required is not None
    bounds = dict(line.partition(">=")[::2] for line in required[1].split())
    assert all(bounds.values())
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", text, re.MULTILINE)
    assert sorted(name for row in rows[1:] for name in row.split(", ")) == sorted(bounds)


def test_every_test_states_a_law() -> None:
    """Every test function has a docstring of one sentence."""
    for file in (ROOT / "tests").glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                law = ast.get_docstring(node) or ""
                assert law.endswith("."), f"{file.name}: {node.name}"
                assert "\n\n" not in law, f"{file.name}: {node.name}"
