"""Rules and their file, as they were asked for on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from capshift.options import Setup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests.comparison import RuleSpec
    from capshift.backtests.config import Entry


def asked(
    rule: list[str] | None, config: Path | None, setup: Setup, expressions: Sequence[str] = ()
) -> tuple[Setup, tuple[Entry, ...], list[RuleSpec]]:
    """Return the setup with what a file adds to it, the file's rules, and those named, or the standard set."""
    from capshift.backtests import read_config
    from capshift.backtests.expressing import expressed
    from capshift.strategies import STANDARD_SET, parse_spec

    file = None if config is None else read_config(config, setup.asked)
    texts = rule or (() if file else STANDARD_SET)
    named: list[RuleSpec] = [plan for text in texts for plan in expressed(parse_spec(text), expressions)]
    if file is None:
        return setup, (), named
    entries = [replace(entry, plan=plan) for entry in file.entries for plan in expressed(entry.plan, expressions)]
    return setup.beside(file), tuple(entries), named
