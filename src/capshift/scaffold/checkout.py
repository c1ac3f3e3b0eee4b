"""What a checkout of capshift says of each of its rules: in the registry, the documentation, the changelog."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from capshift.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from capshift.scaffold.names import RuleName

#: The rule before which new ones stand: the first of the combinations, which are made of others.
_BEFORE = ("AllOf", "all-of")
#: On the sample market the draft's rule acts in it, and its picture is not too large.
_SPAN = 'start="2010-01-04", end="2019-12-31"'


def is_checkout(folder: Path) -> bool:
    """Return whether a folder is a checkout of capshift."""
    setup = folder / "setup.cfg"
    return (
        (folder / "strategies" / "registry.py").is_file()
        and setup.is_file()
        and re.search(r"^name = capshift$", setup.read_text(encoding="utf-8"), re.MULTILINE) is not None
    )


def registered(name: RuleName, root: Path, section: str) -> dict[Path, str]:
    """Return the files of a checkout that name each rule, as they read with one more.

    Args:
        name: Of the new rule.
        root: Of the checkout.
        section: What docs/rules.md shall say of it.

    Raises:
        RuleError: One of the files is not as it was when this was written.
    """
    imported = f"from capshift.strategies.{name.module} import {name.class_name}"
    first, heading = _BEFORE
    edits: dict[str, list[Callable[[str], str]]] = {
        "strategies/registry.py": [
            lambda text: _sorted_in(text, r"from capshift\.strategies\.\w+ import .+", imported),
            lambda text: _put_before(text, f"    {first},\n", f"    {name.class_name},\n"),
        ],
        "strategies/__init__.py": [
            lambda text: _sorted_in(text, r"from capshift\.strategies\.\w+ import .+", imported),
            lambda text: _sorted_in(text, r'    "[A-Z]\w*[a-z]\w*",', f'    "{name.class_name}",'),
        ],
        "docs/reference/strategies.md": [
            lambda text: _put_before(text, "## Combinations\n", f"::: capshift.strategies.{name.class_name}\n\n")
        ],
        "docs/rules.md": [lambda text: _put_before(text, f"## {heading}\n", section)],
        "docs/rule_figures.py": [
            lambda text: _put_before(text, f'    Figure("{heading}")', f'    Figure("{name.text}", {_SPAN}),\n')
        ],
        "setup.cfg": [lambda text: _among_independent(text, f"    capshift.strategies.{name.module}")],
        "CHANGELOG.md": [lambda text: _told(text, f"- A rule, [{name.text}](docs/rules.md#{name.text}).")],
    }
    changed = {}
    for place, steps in edits.items():
        text = (root / place).read_text(encoding="utf-8")
        for step in steps:
            try:
                text = step(text)
            except ValueError as reason:
                msg = f"{place} is not laid out as new-rule knows it ({reason}); register it by hand: CONTRIBUTING.md"
                raise RuleError(msg) from reason
        changed[root / place] = text
    return changed


@contextmanager
def draw_figure(name: RuleName, root: Path) -> Iterator[Path]:
    """Draw the picture of a rule that is written and registered; take it back if something fails later.

    Raises:
        RuleError: It cannot be drawn.
    """
    path = root / "docs" / "rules" / f"{name.text}.png"
    command = [sys.executable, str(root / "docs" / "draw_rules.py"), name.text]
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        yield path
    except subprocess.CalledProcessError as failure:
        said = (failure.stderr.strip().splitlines() or ["no reason given"])[-1]
        msg = f"the picture of {name.text} cannot be drawn: {said}; nothing has changed"
        raise RuleError(msg) from failure
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _put_before(text: str, anchor: str, addition: str) -> str:
    if text.count(anchor) != 1:
        wrong = f"there are {text.count(anchor)} lines '{anchor.strip()}'"
        raise ValueError(wrong)
    return text.replace(anchor, addition + anchor)


def _sorted_in(text: str, pattern: str, line: str) -> str:
    """Return a text with one more line among those that match a pattern, which are sorted by their first words."""
    lines, key = text.split("\n"), line.partition(" import ")[0]
    places = [at for at, one in enumerate(lines) if re.fullmatch(pattern, one)]
    if not places:
        wrong = f"no line is like '{line.strip()}'"
        raise ValueError(wrong)
    later = [at for at in places if lines[at].partition(" import ")[0] > key]
    lines.insert(later[0] if later else places[-1] + 1, line)
    return "\n".join(lines)


def _among_independent(text: str, line: str) -> str:
    """Return setup.cfg with a module among those that know nothing of each other."""
    head, contract, tail = text.partition("[importlinter:contract:rules]\n")
    if not contract:
        wrong = "there is no contract of rules"
        raise ValueError(wrong)
    return head + contract + _sorted_in(tail, r"    capshift\.strategies\.\w+", line)


def _told(text: str, line: str) -> str:
    """Return a changelog with a line at the end of its newest section."""
    sections = re.split(r"^(?=## )", text, maxsplit=2, flags=re.MULTILINE)
    if len(sections) < 2:  # noqa: PLR2004 - what comes before, and the newest
        wrong = "it has no section"
        raise ValueError(wrong)
    sections[1] = f"{sections[1].rstrip()}\n{line}\n" + ("\n" if len(sections) > 2 else "")  # noqa: PLR2004 - as above
    return "".join(sections)
