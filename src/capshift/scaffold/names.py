"""A rule's name, in words with hyphens, as a class and as a file."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from capshift import __all__ as public
from capshift import strategies
from capshift.errors import RuleError
from capshift.strategies import RULES, foreign_rules
from capshift.strategies.base import hyphenated

#: Letters that fit into a line of code that says the name twice.
LONGEST = 32
_WORDS = re.compile(r"[a-z][a-z0-9]+(-[a-z][a-z0-9]+)*")


@dataclass(frozen=True)
class RuleName:
    """What a new rule is called.

    Attributes:
        text: As on the command line: above-average.

    >>> RuleName.parsed("UntakenName") == RuleName.parsed("untaken-name") == RuleName("untaken-name")
    True
    >>> RuleName("above-average").class_name, RuleName("above-average").module
    ('AboveAverage', 'above_average')
    """

    text: str

    @classmethod
    def parsed(cls, text: str) -> RuleName:
        """Return a name that a rule, a class and a file can have.

        Raises:
            RuleError: It cannot be one, or is taken.
        """
        name = cls(hyphenated(text))
        if not _WORDS.fullmatch(name.text) or text not in {name.text, name.class_name} or len(text) > LONGEST:
            msg = (
                f"{text[: 2 * LONGEST]!r} cannot name a rule; give words of two letters or more, {LONGEST} letters at "
                "most, like above-average or AboveAverage"
            )
            raise RuleError(msg)
        name._refuse_taken()
        return name

    @property
    def class_name(self) -> str:
        """The class's: words that begin with capitals."""
        return "".join(word.capitalize() for word in self.text.split("-"))

    @property
    def module(self) -> str:
        """The file's, without its ending."""
        return self.text.replace("-", "_")

    def _refuse_taken(self) -> None:
        homes = {rule.rule_name(): "capshift" for rule in RULES} | {one.name: one.package for one in foreign_rules()}
        if self.text in homes:
            msg = f"{homes[self.text]} has a rule '{self.text}' already; choose another name"
        elif self.class_name in public or hasattr(strategies, self.class_name):
            msg = f"{self.class_name} is something else in capshift; choose another name than '{self.text}'"
        elif keyword.iskeyword(self.module) or self.module in sys.stdlib_module_names:
            msg = f"'{self.module}' is Python's own; choose another name"
        else:
            return
        raise RuleError(msg)

    def refuse_library(self) -> None:
        """Raise `RuleError` when a file of this name would stand in the way of an installed library."""
        spec = find_spec(self.module)
        if spec is not None and spec.origin is not None and "-packages" in spec.origin:
            msg = f"{self.module}.py would stand in the way of the library {self.module}; choose another name"
            raise RuleError(msg)
