"""Rules in a TOML file: read strictly, and refused with the table and key that is wrong.

Everything that needs no bars is checked when the file is read; `on_markets` then puts each rule on its market.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capshift.backtests.account import Account
from capshift.backtests.comparison import Plan, add_plan, checked_plan
from capshift.data_feeds.loading import check_options, checked_date, leader_symbols
from capshift.data_feeds.validation import day
from capshift.errors import CapshiftError, ConfigError, MarketError, did_you_mean
from capshift.strategies import BENCHMARK, Combination, Rotation, rule_class
from capshift.strategies.combinations import members
from capshift.strategies.expressions import with_settings
from capshift.strategies.filters import COMMON
from capshift.strategies.parameters import accepted, checked_value, fitting_value, joined, resolve, shown_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from capshift.data_feeds import Market

_TOP = ("market", "account", "rules")
_LEGS = ("small", "large", "leaders")
_MARKET = (*_LEGS, "start", "end")
_MEMBER = ("rule", "parameters", *COMMON, "spread")
_RULE = ("name", *_MEMBER, "legs")
_DEFAULT_LEGS: Mapping[str, Any] = {"small": "IWM", "large": "SPY", "leaders": None}
#: The key of the market of rules without legs of their own.
_OWN: tuple[tuple[str, str], ...] = ()
#: As much of a rule's name as an error shows.
_LABEL = 40


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One rule of a file.

    Attributes:
        plan: The rule with its parameters and name, checked.
        legs: Role to symbol, where these are not the file's own; several leaders are joined by a comma.
    """

    plan: Plan
    legs: Mapping[str, str]

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The legs in an order of their own: entries with the same share a market."""
        return tuple(sorted(self.legs.items()))


@dataclass(frozen=True, kw_only=True)
class Config:
    """A file of rules.

    Attributes:
        market: What the file says of the market, by the names that `load_market` gives it.
        account: What it says of the account, by the names of `Account`.
        entries: The rules, in the file's order.
    """

    market: Mapping[str, str]
    account: Mapping[str, Any]
    entries: tuple[Entry, ...]


def read_config(path: str | Path, given: Mapping[str, Any] | None = None) -> Config:
    """Return the rules of a TOML file, all of them checked as far as that can be done without bars.

    Args:
        path: The file. A rule FILE.py:Class in it is looked for in its folder.
        given: Options of the market that win over the file's: small, large, leaders, start, end.

    Raises:
        ConfigError: There is no such file, or something in it is wrong; the message names the file, the table and the
            key.
    """
    path, given = Path(path), given or {}
    for key in ("start", "end"):
        checked_date(key, given.get(key))
    document = _document(path)
    file = path.name
    _only(file, "", document, _TOP)
    market = _market(f"{file}: [market]", _table(f"{file}: market", document.get("market", {})))
    account = _account(f"{file}: [account]", _table(f"{file}: account", document.get("account", {})))
    options = {**_DEFAULT_LEGS, **market, **given}
    if market:
        with _told(f"{file}: [market]"):
            check_options(options["small"], options["large"], start=options.get("start"), end=options.get("end"))
    entries, chosen = [], dict[str, Plan]()
    for number, table in enumerate(_tables(file, document.get("rules", [])), start=1):
        where = f"{file}: [[rules]] {number}{_label(table)}"
        entry = _entry(where, _table(where, table), options, path.parent)
        with _told(f"{where}: name"):
            add_plan(chosen, entry.plan)
        entries.append(entry)
    return Config(market=market, account=account, entries=tuple(entries))


def on_markets(
    entries: Sequence[Entry], market: Market, load: Callable[[Mapping[str, str]], Market]
) -> tuple[Market, list[Plan], str]:
    """Return the market and the plans of a comparison whose accounts all open at the same session.

    Args:
        entries: From `read_config`.
        market: Where the rules without legs of their own trade.
        load: From legs to their market; called once for each set of legs.

    Returns:
        The market; the plans, those with legs of their own on theirs; and what to tell where some bars begin later.

    Raises:
        MarketError: Bars of some rules end on another day than the others', or too few are left.
    """
    markets, users = {_OWN: market}, {_OWN: ", ".join(market.symbols.values())}
    for entry in entries:
        if entry.key not in markets:
            markets[entry.key], users[entry.key] = load(entry.legs), entry.plan.name
    for key, one in markets.items():
        if one.sessions[-1] != market.sessions[-1]:
            msg = (
                f"{users[key]} ends {day(one.sessions[-1])} but {users[_OWN]} {day(market.sessions[-1])}; give all the "
                f"same end, like --end {day(min(one.sessions[-1], market.sessions[-1]))}"
            )
            raise MarketError(msg)
    latest = max(one.account_sessions[0] for one in markets.values())
    late = [users[key] for key, one in markets.items() if one.account_sessions[0] == latest]
    note = f"common bars begin {day(latest)} ({', '.join(late)}), so all rules are compared from there"
    opened = {key: one.opening_at(latest) for key, one in markets.items()}
    plans = [replace(entry.plan, market=opened[entry.key] if entry.legs else None) for entry in entries]
    return opened[_OWN], plans, note if len(late) < len(markets) else ""


def _document(path: Path) -> dict[str, Any]:
    """Return what a file says, in TOML's own types."""
    if path.is_dir():
        msg = f"{path} is a folder; a file of rules is expected there"
        raise ConfigError(msg)
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except FileNotFoundError as reason:
        msg = f"there is no file {path}; check --config"
        raise ConfigError(msg) from reason
    except OSError as reason:
        msg = f"{path} cannot be read: {reason.strerror}"
        raise ConfigError(msg) from reason
    except UnicodeDecodeError as reason:
        msg = f"{path.name}: not UTF-8 text (byte {reason.start}); save it as UTF-8"
        raise ConfigError(msg) from reason
    except RecursionError as reason:
        msg = f"{path.name}: nested too deeply to be read; write plain tables"
        raise ConfigError(msg) from reason
    except ValueError as reason:
        raise ConfigError(f"{path.name}: {_syntax(path, reason)}; correct the line") from reason


def _syntax(path: Path, reason: ValueError) -> str:
    """Return what is wrong with a file's TOML, the line first."""
    said = str(reason)
    found = re.search(r" \(at line (\d+), column (\d+)\)", said)
    if found:
        return f"line {found[1]}, column {found[2]}: {said.replace(found[0], '')}"
    if not isinstance(reason, tomllib.TOMLDecodeError):  # Python's own, of whole numbers
        return "a number has thousands of digits"
    last = path.read_bytes().rstrip().count(b"\n") + 1
    return f"line {last}, the last: {said.replace(' (at end of document)', '')}"


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say in which table and key a mistake was found."""
    try:
        yield
    except ConfigError:
        raise
    except CapshiftError as reason:
        raise ConfigError(f"{where}: {reason}") from reason


def _only(where: str, prefix: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse keys that are not known."""
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known) or f"; it takes {', '.join(known) or 'none'}"
            raise ConfigError(f"{where}: {prefix}{_key(key)} is not known{hint}")


def _key(key: str) -> str:
    """Return a key as a message may show it."""
    return key if re.fullmatch(r"[\w-]{1,40}", key) else shown_value(key)


def _table(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is {shown_value(value)}; it must be a table")
    return value


def _tables(file: str, value: Any) -> list[Any]:
    """Return the tables of rules."""
    if isinstance(value, dict):
        raise ConfigError(f"{file}: [rules] is one table; write [[rules]], once for each rule")
    if not isinstance(value, list):
        raise ConfigError(f"{file}: rules is {shown_value(value)}; write [[rules]], once for each rule")
    if not value:
        raise ConfigError(f"{file}: [[rules]]: there is none; write [[rules]] and below it rule = 'breakout'")
    return value


def _text(where: str, value: Any) -> str:
    """Return a text that a terminal can show."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ConfigError(f"{where} is {shown_value(value)}; it must be one line of text")
    return value


def _label(table: Any) -> str:
    """Return what a rule's table is called, to find it by."""
    name = (table.get("name") or table.get("rule")) if isinstance(table, dict) else None
    if not isinstance(name, str) or not name.isprintable():
        return ""
    return f" ({name if len(name) <= _LABEL else name[: _LABEL - 3] + '...'})"


def _market(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    """Return options of the market as the command line would give them."""
    _only(where, "", table, _MARKET)
    dates = {key: _date(where, key, table[key]) for key in ("start", "end") if key in table}
    return {**_legs(f"{where}: ", {key: value for key, value in table.items() if key in _LEGS}), **dates}


def _date(where: str, key: str, value: Any) -> str:
    if isinstance(value, dt.datetime) or not isinstance(value, str | dt.date):
        raise ConfigError(f"{where}: {key} is {shown_value(value)}; it must be a date, YYYY-MM-DD")
    text = value.isoformat() if isinstance(value, dt.date) else _text(f"{where}: {key}", value)
    with _told(where):
        checked_date(key, text)
    return text


def _legs(prefix: str, table: Mapping[str, Any]) -> dict[str, str]:
    """Return role to symbol."""
    found = {}
    for role, value in table.items():
        several = role == "leaders" and isinstance(value, list) and value
        symbols = [_text(f"{prefix}{role}", one) for one in value] if several else [_text(f"{prefix}{role}", value)]
        found[role] = ",".join(symbols)
        if role == "leaders":
            with _told(prefix.rstrip(": .")):
                leader_symbols(found[role])
    return found


def _account(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of the account."""
    defaults = {field.name: field.default for field in fields(Account)}
    _only(where, "", table, tuple(defaults))
    found = {}
    for key, value in table.items():
        with _told(where):
            found[key] = checked_value(key, value, defaults[key])
            Account(**{key: found[key]})
    return found


def _entry(where: str, table: Mapping[str, Any], options: Mapping[str, Any], folder: Path) -> Entry:
    """Return one rule, checked against the market that the file and the command line ask for."""
    _only(where, "", table, _RULE)
    rule, _, parameters = _rule(where, table, folder)
    name = _text(f"{where}: name", table["name"]) if "name" in table else ""
    with _told(where):
        plan = checked_plan(Plan(rule=rule, parameters=parameters, name=name))
    legs = _table(f"{where}: legs", table.get("legs", {}))
    _only(where, "legs.", legs, _LEGS)
    differing = {role: symbol for role, symbol in _legs(f"{where}: legs.", legs).items() if symbol != options[role]}
    asked = {**options, **differing}
    with _told(f"{where}: legs"):
        check_options(asked["small"], asked["large"])
    if asked["leaders"] is None and _needs_leaders(rule, resolve(rule, parameters)):
        raise ConfigError(
            f"{where}: it looks at leaders; name them: leaders = ['QQQ'] below [market], or --leaders QQQ"
        )
    if plan.name == BENCHMARK and differing:
        raise ConfigError(f"{where}: name: with legs of its own it is not the benchmark; give it another name")
    return Entry(plan=plan, legs=differing)


def _needs_leaders(rule: type[Rotation], parameters: Mapping[str, Any]) -> bool:
    """Return whether a rule, its filters or its members look at leaders."""
    if rule.needs_leaders or "leaders" in rule.shared(parameters)["filters"].split("+"):
        return True
    return issubclass(rule, Combination) and any(_needs_leaders(*member) for member in members(parameters["rules"]))


def _rule(where: str, table: Mapping[str, Any], folder: Path) -> tuple[type[Rotation], str, dict[str, Any]]:
    """Return a rule, its name as the command line would have it, and its parameters, all checked."""
    if "rule" not in table:
        raise ConfigError(f"{where}: rule is missing; write rule = 'breakout', or another of `capshift rules`")
    text = _beside(_text(f"{where}: rule", table["rule"]), folder)
    with _told(f"{where}: rule"):
        rule = rule_class(text)
    own = _table(f"{where}: parameters", table.get("parameters", {}))
    common = {key: table[key] for key in COMMON if key in table}
    for key in common:
        if key in own:
            raise ConfigError(f"{where}: {key} stands beside parameters and among them; remove one")
    found = _parameters(where, "parameters.", own, rule, folder) | _parameters(where, "", common, rule, folder)
    settings = _table(f"{where}: spread", table.get("spread", {}))
    with _told(f"{where}: spread"):
        if settings:
            found["expression"] = with_settings(found.get("expression", COMMON["expression"]), settings)
    with _told(f"{where}: parameters{'.rules' if issubclass(rule, Combination) else ''}"):
        resolve(rule, found)
    return rule, text, found


def _parameters(
    where: str, prefix: str, table: Mapping[str, Any], rule: type[Rotation], folder: Path
) -> dict[str, Any]:
    """Return the parameters of one table, each checked by itself; a list without words is as good as none."""
    defaults, limits = accepted(rule)
    _only(where, prefix, table, tuple(defaults))
    check = checked_value if rule.typed else fitting_value
    found = {}
    for key, value in table.items():
        what = f"{where}: {prefix}{key}"
        text = _members(what, value, folder) if issubclass(rule, Combination) and key == "rules" else value
        with _told_plainly():
            found[key] = check(what, text, defaults[key], limits.get(key))
    return {key: value for key, value in found.items() if value != "" or defaults[key] != ""}


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn a message that says where already into an error of the file."""
    try:
        yield
    except CapshiftError as reason:
        raise ConfigError(str(reason)) from reason


def _members(where: str, value: Any, folder: Path) -> str:
    """Return the rules of a combination as the command line would write them."""
    if isinstance(value, str):
        return _text(where, value)
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{where} is {shown_value(value)}; it must be a list, like ['rate-cut', 'breakout']")
    parts: list[Any] = []
    for number, part in enumerate(value, start=1):
        if isinstance(part, dict):
            _only(f"{where} {number}", "", part, _MEMBER)
            _, text, parameters = _rule(f"{where} {number}", part, folder)
            parts.append((text, parameters))
        else:
            parts.append(_beside(_text(f"{where} {number}", part), folder))
    return joined(parts)


def _beside(text: str, folder: Path) -> str:
    """Return a rule's text with FILE.py in the folder of the file that names it."""
    file, of_file, rest = text.partition(".py:")
    return f"{folder / file}.py:{rest}" if of_file and "=" not in file else text
