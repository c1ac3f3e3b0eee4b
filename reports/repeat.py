"""The command that runs a result again, as its provenance tells it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from capshift.strategies import rule_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests import Result


def command_of(result: Result) -> str:
    """Return the command line that makes a result again; what it cannot know stands in capital letters."""
    market, account = result.provenance["market"], result.provenance["account"]
    rule = result.rule if result.rule in rule_names() else "FILE.py:CLASS"
    parts = ["capshift", "run", rule, *_parameters(result.parameters), *_market(market), *_account(account)]
    engine = result.provenance.get("engine", "event")
    return shlex.join([*parts, *(["--engine", engine] if engine != "event" else [])])


def _parameters(parameters: Mapping[str, Any]) -> list[str]:
    return [part for name, value in parameters.items() if value != "" for part in ("-p", f"{name}={value}")]


def _market(market: Mapping[str, Any]) -> list[str]:
    symbols, parts = market["symbols"], ["--source", market["source"]]
    seed = re.search(r"seed (\d+)", market["description"])
    if market["source"] == "files":
        parts += ["--data", "DIR"]
    elif market["source"] == "sample" and seed:
        parts += ["--seed", seed[1]]
    for role in ("small", "large", "leaders"):
        parts += [f"--{role}", symbols[role]] if role in symbols else []
    return [*parts, "--start", market["first_session"], "--end", market["last_session"]]


def _account(account: Mapping[str, Any]) -> list[str]:
    parts = ["--cash", f"{account['cash']:g}" if account["cash"] < 1e6 else str(account["cash"])]  # noqa: PLR2004 - %g rounds
    for name in ("commission", "commission_per_share", "commission_minimum", "slippage"):
        parts += [f"--{name.replace('_', '-')}", str(account[name])] if account[name] or name == "slippage" else []
    parts += ["--fractional"] if account["fractional"] else []
    return [*parts, *([] if account["interest"] else ["--no-interest"])]
