"""What can go wrong, each with the exit code the command line ends with.

Every message is one line: what is wrong, which value, and what to do about it.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class CapshiftError(Exception):
    """A mistake in what was asked or given; the message says how to mend it."""

    exit_code: ClassVar[int] = 2


class BarsError(CapshiftError):
    """Bars of a symbol cannot be trusted as they are."""


class SeriesError(CapshiftError):
    """A macro series or the table of FOMC decisions cannot be trusted as it is."""


class MarketError(CapshiftError):
    """Symbols, dates or options do not make a market to trade in."""


class DataUnavailableError(CapshiftError):
    """The data asked for could not be had."""

    exit_code: ClassVar[int] = 3


class UnknownRuleError(CapshiftError):
    """No rule has this name."""


class UnknownEventError(CapshiftError):
    """No kind of event has this name."""


class ParameterError(CapshiftError):
    """A rule does not have this parameter, or cannot take this value."""


class ConfigError(CapshiftError):
    """A file of rules cannot be understood; the message names file, table and key."""


class AccountSettingsError(CapshiftError):
    """An account cannot be opened with these settings."""


class RuleError(CapshiftError):
    """A rule cannot be run as it is written."""


class LookAheadError(CapshiftError):
    """A rule's decision changes when the future is taken away from it."""


class ResultError(CapshiftError):
    """A saved result cannot be read, or a new one cannot be written."""


class BrokerFaultError(RuntimeError):
    """An order was not filled as the account's contract promises: a bug, never the user's mistake."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest known name, or nothing.

    >>> did_you_mean("brekout", ["breakout", "mix"])
    "; did you mean 'breakout'?"
    >>> did_you_mean("iwm", ["IWM", "SPY"])
    "; did you mean 'IWM'?"
    >>> did_you_mean("zzz", ["breakout", "mix"])
    ''
    """
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(wrong.lower(), names, n=1)
    return f"; did you mean '{names[near[0]]}'?" if near else ""
