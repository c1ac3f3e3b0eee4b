"""Rules as text: `RULE[:name=value,...]`, where RULE is a registered name or FILE.py:Class."""

from __future__ import annotations

import re
import sys
import traceback
from contextlib import redirect_stdout
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from capshift.errors import ParameterError, UnknownRuleError
from capshift.strategies.helpers import folder_of, forget, remember, searched
from capshift.strategies.parameters import assigned, parsed
from capshift.strategies.plain import as_rule
from capshift.strategies.registry import find_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import backtrader as bt

    from capshift.strategies.base import Rotation


#: Of each class that came from a file, the rule as it was asked for, and the text of its file.
_TEXTS: WeakKeyDictionary[type, tuple[str, bytes]] = WeakKeyDictionary()


def rule_class(rule: str | type[bt.Strategy]) -> type[Rotation]:
    """Return the rule behind a registered name, a class or "file.py:Class"; a plain strategy comes as a `Plain`.

    Raises:
        UnknownRuleError: It cannot be found, or is no Backtrader strategy.
    """
    if isinstance(rule, str):
        _refuse_misspelt(rule)
        return _from_file(rule) if ".py:" in rule else find_rule(rule)
    found = as_rule(rule)
    if found is None:
        msg = (
            f"{rule!r} is no rule: give a name, 'file.py:Class', or a class derived from capshift.Rotation or "
            "backtrader.Strategy"
        )
        raise UnknownRuleError(msg)
    return found


def _refuse_misspelt(rule: str) -> None:
    """Raise `UnknownRuleError` for texts that are nearly a rule, with how to write them."""
    head, _, tail = rule.rpartition(":")
    after_comma = re.fullmatch(r"([^,=]+),(\w+=.*)", rule)
    if rule.endswith(".py"):
        msg = f"{rule} is a file; say which class in it is the rule: {rule}:Class"
    elif after_comma:
        name, given = after_comma.groups()
        msg = f"{rule} has a comma after the rule; write {name}:{given}, or with run and check -p {given.split(',')[0]}"
    elif head and tail.isidentifier() and Path(f"{head}.py").is_file():
        msg = f"there is no rule '{rule}'; did you mean {head}.py:{tail}?"
    elif ":" not in rule and Path(f"{rule}.py").is_file():
        msg = f"there is no rule '{rule}'; a rule of the file beside is {rule}.py:Class"
    elif head and "=" in tail:
        options = " ".join(f"-p {one}" for one in tail.split(","))
        msg = f"{rule} names parameters with the rule; give parameters with {options} (in Python {tail})"
    elif re.fullmatch(r".*\.(?!py$)\w+", head):
        msg = f"{head} is no Python file; a rule of your own stands in a .py file"
    else:
        return
    raise UnknownRuleError(msg)


def _from_file(text: str) -> type[Rotation]:
    source = rule_source(text)
    if source is None:
        file, _, class_name = text.rpartition(":")
        msg = f"there is no file {Path(file)} to take the rule {class_name} from"
        raise UnknownRuleError(msg)
    return _executed(text, source)


def rule_source(rule: object) -> bytes | None:
    """Return the text of the file that "file.py:Class" names; nothing for other rules, and without the file.

    Raises:
        UnknownRuleError: The file cannot be read.
    """
    if not isinstance(rule, str) or ".py:" not in rule:
        return None
    path = Path(rule.rpartition(":")[0])
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as reason:
        msg = f"{path} cannot be read: {reason.strerror}"
        raise UnknownRuleError(msg) from reason


@lru_cache(maxsize=64)
def rule_from_source(text: str, source: bytes) -> type[Rotation]:
    """Return the rule "file.py:Class" from the text of its file, where the file itself need not be.

    Raises:
        UnknownRuleError: The text fails, or has no such class.
    """
    return _executed(text, source)


def _executed(text: str, source: bytes) -> type[Rotation]:
    """Return a class of a file that is run for it; what it prints goes to standard error."""
    file, _, class_name = text.rpartition(":")
    path = Path(file)
    module = ModuleType(f"capshift_rule_{path.stem}")
    module.__file__ = str(path.resolve())
    sys.modules[module.__name__] = module  # Backtrader looks a strategy's module up by its name
    try:
        with redirect_stdout(sys.stderr), searched(path.resolve().parent):
            exec(compile(source, module.__file__, "exec", dont_inherit=True), vars(module))  # noqa: S102 - the user's own rule
    except Exception as reason:
        msg = f"{path} cannot be imported{_line_of(path.resolve(), reason)}: {type(reason).__name__}: "
        raise UnknownRuleError(msg + " ".join(str(reason).split())) from reason
    found = as_rule(getattr(module, class_name, None))
    if found is None:
        msg = f"{path} has no class {class_name} derived from capshift.Rotation or backtrader.Strategy"
        raise UnknownRuleError(msg)
    remember(found, path.resolve().parent)
    _TEXTS[found] = (text, source)
    return found


def loaded_anew(rule: type[Rotation]) -> type[Rotation]:
    """Return a rule of a file as it was when read, with the modules beside it; others as they are."""
    told = _TEXTS.get(rule)
    if told is None:
        return rule
    forget(folder_of(rule))
    return _executed(*told)


def _line_of(file: Path, reason: Exception) -> str:
    """Return the line of a file that failed, and what is wrong where Backtrader does not say it."""
    lines = [one for one in traceback.extract_tb(reason.__traceback__) if one.filename == str(file)]
    if not lines:
        return ""
    comma = (
        "; write params = ((name, value),), with a comma after each pair" if "value to unpack" in str(reason) else ""
    )
    return f" (line {lines[-1].lineno}{comma})"


def parse_spec(text: str) -> tuple[type[Rotation], dict[str, Any]]:
    """Return rule and parameters from `RULE[:name=value,...]`.

    >>> parse_spec("breakout:entry=100,exit=50")[1]
    {'entry': 100, 'exit': 50}

    Raises:
        CapshiftError: The rule is unknown or the rest is no list of name=value.
    """
    file, of_file, rest = text.partition(".py:")
    if of_file and "=" not in file:
        class_name, _, tail = rest.partition(":")
        head = f"{file}.py:{class_name}"
    else:
        head, _, tail = text.partition(":")
    rule = rule_class(head.strip())
    return rule, parse_parameters(rule, split_outside(tail, ",") if tail else [])


def split_outside(text: str, separator: str) -> list[str]:
    """Return the parts of a text between separators that stand outside of parentheses.

    >>> split_outside("rate-cut+(any-of:rules=a+b)", "+")
    ['rate-cut', '(any-of:rules=a+b)']

    Raises:
        ParameterError: The parentheses do not match.
    """
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
        if letter == separator and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    if depth:
        msg = f"the parentheses in '{text}' do not match; close each that is opened"
        raise ParameterError(msg)
    return [part.strip() for part in parts]


def parse_parameters(rule: type[Rotation], assignments: Sequence[str]) -> dict[str, Any]:
    """Return parameter values from texts `name=value`.

    Raises:
        ParameterError: One is no such text, or names a parameter twice.
    """
    return parsed(rule, assigned(rule.rule_name(), assignments))
