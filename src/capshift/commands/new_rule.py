"""`capshift new-rule`: a rule to begin with, its test and its page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capshift.terminal import say, show


def new_rule(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the rule, like above-average; or AboveAverage.")],
    *,
    folder: Annotated[Path, typer.Option("--dir", help="Where to; a checkout of capshift gains a rule.")] = Path(),
    style: Annotated[
        str,
        typer.Option(help="array (an expression), bar (called at each close), or plain (a bt.Strategy)."),
    ] = "array",
) -> None:
    """Write a rule to begin with, its test and its page; nothing is overwritten."""
    from capshift.scaffold import RuleName, is_checkout
    from capshift.scaffold import new_rule as write_rule

    for path in write_rule(name, folder, style):
        show(str(path))
    named = RuleName.parsed(name)
    if is_checkout(folder):
        say("next: change the rule, its test and its section in docs/rules.md; then")
        say(f"  make figures\n  make test ARGS='-k {named.module}'\n  make test")
        return
    file, test = folder / f"{named.module}.py", folder / f"test_{named.module}.py"
    say("next:")
    say(f"  capshift run {file}:{named.class_name}\n  pytest {test}")
    say(f"({named.module}.md is a page about the rule for others to read; pytest comes with pip install pytest)")
