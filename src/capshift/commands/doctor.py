"""`capshift doctor`: what is installed, cached, reachable and wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from capshift.options import CacheDir, Json
from capshift.terminal import in_one_line, print_json, progress, show


def doctor(
    *,
    cache_dir: CacheDir = None,
    no_network: Annotated[bool, typer.Option("--no-network", help="Ask neither Yahoo nor FRED.")] = False,
    as_json: Json = False,
) -> None:
    """Tell what is installed, cached, reachable and wrong, each with what to do."""
    try:
        from capshift.doctor import cached, installed, reachable, surrounded
    except ImportError as reason:
        msg = f"a library cannot be imported: {reason}; pip install --upgrade --force-reinstall capshift"
        raise typer.BadParameter(msg) from reason

    with progress("Looking"):
        found = {
            "installed": list(installed()),
            "cached": list(cached(cache_dir)),
            "reachable": [] if no_network else list(reachable()),
            "around it": list(surrounded()),
        }
    wrong = {part: [one for one in findings if one.state == "wrong"] for part, findings in found.items()}
    count = sum(map(len, wrong.values()))
    if as_json:
        print_json({"wrong": count, **{part: [one.facts() for one in findings] for part, findings in found.items()}})
    else:
        for part, findings in found.items():
            if findings:
                show(part)
            for one in findings:
                show(f"  {one.state:<6}{in_one_line(one.what)}")
        show("nothing is wrong" if not count else f"{count} {'thing is' if count == 1 else 'things are'} wrong")
    if wrong["installed"] or wrong["around it"]:
        raise typer.Exit(2)
    if count:
        raise typer.Exit(3)
