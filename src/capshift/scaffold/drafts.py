"""The files of a new rule: of one that stands alone, or of one that becomes one of capshift's own."""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from capshift.errors import ParameterError, RuleError, did_you_mean
from capshift.scaffold.checkout import draw_figure, is_checkout, registered
from capshift.scaffold.names import RuleName
from capshift.scaffold.writing import written

if TYPE_CHECKING:
    from pathlib import Path

#: How a rule can be written, in words.
STYLES = {
    "array": "an expression over the whole history",
    "bar": "a method that is called at each close and can look at the account",
    "plain": "a bt.Strategy that places its own orders",
}


def new_rule(text: str, folder: Path, style: str = "array") -> list[Path]:
    """Write a rule to begin with, its test and its page, all of it or nothing; return the files, new or changed.

    Args:
        text: Its name, or its class's.
        folder: A checkout of capshift, where the rule becomes one of capshift's own; or any other.
        style: One of `STYLES`.

    Raises:
        CapshiftError: The name, style or folder does not do; nothing has changed then.
    """
    name = RuleName.parsed(text)
    if style not in STYLES:
        msg = f"there is no style '{style}'{did_you_mean(style, STYLES)}; there is {', '.join(STYLES)}"
        raise ParameterError(msg)
    if not is_checkout(folder):
        name.refuse_library()
        new = {
            folder / f"{name.module}.py": draft(f"{style}.py", name),
            folder / f"test_{name.module}.py": draft(f"test_{style}.py", name),
            folder / f"{name.module}.md": draft(f"{style}.md", name),
        }
        with written(new):
            return list(new)
    if style != "array":
        msg = f"capshift's own rules are written in the array style; for a rule in the {style} style name a --dir"
        raise RuleError(msg)
    new = {
        folder / "strategies" / f"{name.module}.py": draft("own.py", name),
        folder / "tests" / f"test_{name.module}.py": draft("test_own.py", name),
    }
    changed = registered(name, folder, draft("own.md", name))
    with written(new, changed), draw_figure(name, folder) as figure:
        return [*new, figure, *changed]


def draft(kind: str, name: RuleName) -> str:
    """Return the text of a file for a rule of this name."""
    template = Template(files("capshift.scaffold").joinpath("templates", f"{kind}.txt").read_text(encoding="utf-8"))
    return template.substitute(name=name.text, class_name=name.class_name, module=name.module)
