"""Rules that installed packages register under the entry points `capshift.rules`.

They are found by name without importing anything. A package is imported when its rule is asked for, so that one that is
broken is in the way of nobody else.
"""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from capshift.errors import UnknownRuleError
from capshift.strategies.plain import as_rule

if TYPE_CHECKING:
    from collections.abc import Collection

    from capshift.strategies.base import Rotation

GROUP = "capshift.rules"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: The package of each rule that was found by its registered name.
_PACKAGES: WeakKeyDictionary[type, str] = WeakKeyDictionary()


@dataclass(frozen=True)
class PackageRule:
    """A rule that an installed package registers.

    Attributes:
        name: What the package calls it.
        package: The package's own name.
        version: The package's.
        entry: Where the class is.
        refusal: Why nobody can have it under this name, or nothing; known without importing it.
    """

    name: str
    package: str
    version: str
    entry: EntryPoint
    refusal: str = ""

    @property
    def origin(self) -> str:
        """Package and version."""
        return f"{self.package} {self.version}"

    def load(self) -> type[Rotation]:
        """Return the rule, which has the registered name; what its package prints goes to standard error.

        Raises:
            UnknownRuleError: The name is refused, the package cannot be imported, or what it registers is no rule.
        """
        if self.refusal:
            raise UnknownRuleError(self.refusal)
        try:
            with redirect_stdout(sys.stderr):
                found = as_rule(self.entry.load())
        except (Exception, SystemExit) as reason:
            said = " ".join(str(reason).split())
            msg = (
                f"{self.name} of the package {self.origin} cannot be imported: {type(reason).__name__}: {said}; "
                f"mend, update or uninstall {self.package}"
            )
            raise UnknownRuleError(msg) from reason
        if found is None:
            msg = (
                f"{self.name} of the package {self.origin} is no rule: {self.entry.value} is no class derived from "
                f"capshift.Rotation or backtrader.Strategy; mend, update or uninstall {self.package}"
            )
            raise UnknownRuleError(msg)
        rule = found if found.rule_name() == self.name else _named(found, self.name)  # type: ignore[arg-type]  # Backtrader's typings
        _PACKAGES[rule] = self.package
        return rule


def package_of(rule: type[Rotation]) -> str | None:
    """Return the package whose rule this is; None for one that was not found by a package's name for it."""
    return _PACKAGES.get(rule)


def package_rules(ours: Collection[str]) -> list[PackageRule]:
    """Return what installed packages register, sorted; nothing is imported.

    Args:
        ours: Names that are taken.
    """
    entries = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, _package(entry)))
    holders: dict[str, list[EntryPoint]] = {}
    for entry in entries:
        holders.setdefault(entry.name, []).append(entry)
    return [
        PackageRule(entry.name, *_package(entry), entry, _refusal(entry.name, holders[entry.name], ours))
        for entry in entries
    ]


def _package(entry: EntryPoint) -> tuple[str, str]:
    """Return the name and version of the package that an entry point stands in."""
    if entry.dist is None:
        return entry.value.partition(":")[0], "of no version"
    return entry.dist.name, entry.dist.version


def _refusal(name: str, holders: list[EntryPoint], ours: Collection[str]) -> str:
    """Return why a registered name cannot be used, or nothing."""
    packages = " and ".join(" ".join(_package(entry)) for entry in holders)
    if name in ours:
        return f"{packages} registers a rule '{name}', a name of capshift's own; ask its author for another name"
    if not _NAME.fullmatch(name):
        return f"{packages} registers a rule '{name}'; names are in lower case with hyphens: ask its author"
    if len(holders) > 1:
        return f"the rule '{name}' is registered twice, by {packages}; uninstall one of them, or ask for another name"
    return ""


@lru_cache(maxsize=256)
def _named(rule: type[Rotation], name: str) -> type[Rotation]:
    """Return a rule under another name than its class's, the same one each time."""
    body = {"__doc__": rule.__doc__, "__module__": rule.__module__, "rule_name": classmethod(lambda _cls: name)}
    of_its_kind: Any = type(rule)
    return cast("type[Rotation]", of_its_kind(rule.__name__, (rule,), body))
