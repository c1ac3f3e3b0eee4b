"""Rules as text: `RULE[:name=value,...]`, where RULE is a registered name or FILE.py:Class."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from capshift.errors import ParameterError, UnknownRuleError
from capshift.strategies.base import Rotation
from capshift.strategies.parameters import assigned, parsed
from capshift.strategies.registry import find_rule

if TYPE_CHECKING:
    from collections.abc import Sequence


def rule_class(rule: str | type[Rotation]) -> type[Rotation]:
    """Return the class behind a registered name, a class or "file.py:Class".

    Raises:
        UnknownRuleError: It cannot be found, or is no `Rotation`.
    """
    if isinstance(rule, str) and rule.endswith(".py"):
        msg = f"{rule} is a file; say which class in it is the rule: {rule}:Class"
        raise UnknownRuleError(msg)
    if isinstance(rule, str):
        return _from_file(rule) if ".py:" in rule else find_rule(rule)
    if _is_rotation(rule):
        return rule
    msg = f"{rule!r} is no rule: give a name, a subclass of capshift.Rotation or 'file.py:Class'"
    raise UnknownRuleError(msg)


def _is_rotation(candidate: object) -> TypeGuard[type[Rotation]]:
    return isinstance(candidate, type) and issubclass(candidate, Rotation)


def _from_file(text: str) -> type[Rotation]:
    file, _, class_name = text.rpartition(":")
    path = Path(file)
    spec = importlib.util.spec_from_file_location(f"capshift_rule_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        msg = f"there is no file {path} to take the rule {class_name} from"
        raise UnknownRuleError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Backtrader looks a strategy's module up by its name
    try:
        spec.loader.exec_module(module)
    except Exception as reason:
        msg = f"{path} cannot be imported: {type(reason).__name__}: {' '.join(str(reason).split())}"
        raise UnknownRuleError(msg) from reason
    found = getattr(module, class_name, None)
    if _is_rotation(found):
        return found
    msg = f"{path} has no class {class_name} derived from capshift.Rotation"
    raise UnknownRuleError(msg)


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
