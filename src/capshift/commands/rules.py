"""`capshift rules`: list the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.options import Json
from capshift.terminal import in_one_line, print_json, print_table, show

if TYPE_CHECKING:
    from capshift.strategies import Rotation


def rules(*, as_json: Json = False) -> None:
    """List the rules with their parameters and defaults, and where each comes from."""
    from capshift.strategies.expressions import SPREAD_DEFAULTS
    from capshift.strategies.filters import COMMON, COMMON_LIMITS

    listed = _listed()
    if as_json:
        print_json(listed)
        return
    rows = [
        [name, " ".join(f"{key}={value['default']}" for key, value in one["params"].items()), one["about"], one["from"]]
        for name, one in listed.items()
        if "trouble" not in one
    ]
    print_table("", ["rule", "parameters", "holds", "from"], rows, numbers=False)
    for one in listed.values():
        if "trouble" in one:
            show(f"Broken: {in_one_line(one['trouble'])}")
    show("Every rule also takes, beside its own:")
    for name, default in COMMON.items():
        show(f"  {name}={default or 'none'}: {COMMON_LIMITS[name]}")
    settings = " ".join(f"{name}={value}" for name, value in SPREAD_DEFAULTS.items())
    show(f"A call-spread takes, by --spread name=value: {settings}")


def _listed() -> dict[str, dict[str, Any]]:
    """Return name to facts of every rule; of one that cannot be had, why."""
    from importlib.metadata import version

    from capshift.errors import CapshiftError
    from capshift.strategies import RULES, foreign_rules

    home = f"capshift {version('capshift')}"
    listed = {rule.rule_name(): _facts(rule, home) for rule in RULES}
    for one in foreign_rules():
        name = f"{one.name} ({one.origin})" if one.refusal else one.name
        try:
            listed[name] = _facts(one.load(), one.origin)
        except CapshiftError as trouble:
            listed[name] = {"trouble": str(trouble), "from": one.origin}
    return listed


def _facts(rule: type[Rotation], origin: str) -> dict[str, Any]:
    from capshift.strategies.parameters import declared, written_value

    return {
        "about": rule.about(),
        "params": {
            name: {"default": written_value(default), "allowed": str(rule.limits.get(name, "any"))}
            for name, default in declared(rule).items()
        },
        "from": origin,
    }
