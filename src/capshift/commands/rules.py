"""`capshift rules`: list the rules."""

from __future__ import annotations

from typing import Any

from capshift.options import Json
from capshift.terminal import print_json, print_table, show


def rules(*, as_json: Json = False) -> None:
    """List the rules with their parameters and defaults."""
    from capshift.strategies import RULES
    from capshift.strategies.expressions import SPREAD_DEFAULTS
    from capshift.strategies.filters import COMMON, COMMON_LIMITS
    from capshift.strategies.parameters import declared

    listed: dict[str, dict[str, Any]] = {
        rule.rule_name(): {
            "about": rule.about(),
            "params": {
                name: {"default": default, "allowed": str(rule.limits.get(name, "any"))}
                for name, default in declared(rule).items()
            },
        }
        for rule in RULES
    }
    if as_json:
        print_json(listed)
        return
    rows = [
        [name, " ".join(f"{key}={value['default']}" for key, value in entry["params"].items()), entry["about"]]
        for name, entry in listed.items()
    ]
    print_table("", ["rule", "parameters", "holds"], rows, numbers=False)
    show("Every rule also takes, beside its own:")
    for name, default in COMMON.items():
        show(f"  {name}={default or 'none'}: {COMMON_LIMITS[name]}")
    settings = " ".join(f"{name}={value}" for name, value in SPREAD_DEFAULTS.items())
    show(f"A call-spread takes, by --spread name=value: {settings}")
