"""What a reader must know of one account, in a sentence each; empty where there is nothing to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.backtests.spells import in_words
from capshift.backtests.uncertainty import FEWEST_SESSIONS
from capshift.strategies import HoldLarge, HoldSmall, Mix, Plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests.ledger import Ledger
    from capshift.strategies import Rotation

#: Share of equity in shares below which a plain strategy was hardly invested.
_NEXT_TO_NOTHING = 0.05
#: Rules that hold the same all the time by their definition.
_STEADY = (HoldLarge, HoldSmall, Mix)


def remarks_on(
    rule: type[Rotation], parameters: Mapping[str, Any], ledger: Ledger, symbols: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return all of them; see `steady` for what it is given."""
    return idle(rule, ledger), steady(rule, parameters, ledger, symbols), stretched(len(ledger.sessions))


def stretched(sessions: int) -> str:
    """Return what to say of the yearly figures of so short an account.

    >>> stretched(2), stretched(126)
    ('2 sessions are fewer than half a year: yearly figures are stretched from them.', '')
    """
    if sessions >= FEWEST_SESSIONS:
        return ""
    return f"{sessions} sessions are fewer than half a year: yearly figures are stretched from them."


def idle(rule: type[Rotation], ledger: Ledger) -> str:
    """Return what to say of a plain strategy that trades and yet holds next to nothing."""
    held = 1 - float((ledger.cash / ledger.equity).mean())
    if not issubclass(rule, Plain) or not ledger.fills or held >= _NEXT_TO_NOTHING:
        return ""
    return (
        f"Held {held * 100:.2f} % of its equity in shares on average: Backtrader buys one share an order without a "
        "sizer, and the Sharpe ratio is then that of interest on cash."
    )


def steady(rule: type[Rotation], parameters: Mapping[str, Any], ledger: Ledger, symbols: Mapping[str, str]) -> str:
    """Return what to say of a rule that decides, and yet decided the same at every close of half a year or more.

    Args:
        rule: One that holds the same by its definition is silent, unless filters choose for it.
        parameters: All of the rule's.
        ledger: What it did.
        symbols: Of the legs, by role.
    """
    meant = rule in _STEADY and not parameters.get("filters")
    weights = ledger.weights
    if meant or issubclass(rule, Plain) or len(weights) < FEWEST_SESSIONS or (weights != weights[0]).any():
        return ""
    held = {leg: float(one) for leg, one in zip(ledger.legs, weights[0], strict=True) if one}
    whole = next((symbols[leg] for leg, one in held.items() if one == 1), "")
    return f"Never changed its mind: it held {whole or in_words(held, symbols)} throughout."
