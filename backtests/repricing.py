"""What becomes of an account of call spreads when the model's prices are wrong: one input changed at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.backtests.call_spreads import spreads_table
from capshift.backtests.event_engine import simulate
from capshift.backtests.metrics import cagr, drawdowns, years_between
from capshift.backtests.spread_figures import spread_figures, worst_month
from capshift.errors import ParameterError
from capshift.strategies.expressions import CALL_SPREAD, CallSpread, spread_of
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests.account import Account
    from capshift.backtests.result import Result
    from capshift.data_feeds import Market
    from capshift.strategies import Rotation

AS_RUN = "as run"


def settings_of(spread: CallSpread) -> dict[str, CallSpread]:
    """Return name to call spread, each with one input changed.

    >>> list(settings_of(CallSpread()))  # doctest: +NORMALIZE_WHITESPACE
    ['volatility -5 points', 'volatility -2 points', 'volatility +2 points', 'volatility +5 points',
     'skew -0.66', 'skew 0', 'half-spread 0', 'half-spread 0.05', 'american exercise']
    """
    shifts = {
        f"volatility {points:+d} points": replace(spread, volatility_shift=spread.volatility_shift + points / 100)
        for points in (-5, -2, 2, 5)
    }
    skews = {f"skew {skew:g}": replace(spread, skew=skew) for skew in (-0.66, -0.33, 0.0) if skew != spread.skew}
    halves = {
        f"half-spread {half:g}": replace(spread, half_spread=half)
        for half in (0.0, 0.02, 0.05)
        if half != spread.half_spread
    }
    other = "european" if spread.exercise == "american" else "american"
    return {**shifts, **skews, **halves, f"{other} exercise": replace(spread, exercise=other)}


def repriced(
    result: Result, rule: type[Rotation], market: Market, account: Account, parameters: Mapping[str, Any]
) -> pd.DataFrame:
    """Return one row a setting of an account whose small caps are rented, kept anew with it on the event engine.

    Args:
        result: As it was run: the first row.
        rule: The rule.
        market: What it trades.
        account: Its settings.
        parameters: The rule's; its expression is a call spread.

    Returns:
        Columns: `setting`, then `cagr`, `max_drawdown` and `worst_month` of the account, and of its spreads `bought`,
        and their `mean_debit` and `outcome`, and `ended`, and of these `worthless` and `mean_multiple`, as
        `SPREAD_FIGURES` defines them. NaN where one does not exist.

    Raises:
        ParameterError: The result rents nothing.
    """
    spread = spread_of(rule.shared(parameters)["expression"])
    if spread is None or result.spreads is None:
        msg = f"{result.name} rents nothing, so there is nothing to price anew; run it with expression={CALL_SPREAD}"
        raise ParameterError(msg)
    rows = [_row(AS_RUN, result.equity, result.spreads)]
    for name, changed in settings_of(spread).items():
        ledger = simulate(rule, market, resolve(rule, {**parameters, "expression": str(changed)}), account, silent=True)
        equity = pd.Series(ledger.equity, index=ledger.sessions)
        rows.append(_row(name, equity, spreads_table(ledger.spreads or (), ledger.sessions)))
    table = pd.DataFrame(rows)
    return table.astype({name: float for name in table if name != "setting"})


def _row(setting: str, equity: pd.Series, spreads: pd.DataFrame) -> dict[str, Any]:
    figures, values = spread_figures(spreads, equity), equity.to_numpy()
    return {
        "setting": setting,
        "cagr": cagr(values, years_between(pd.DatetimeIndex(equity.index))),
        "max_drawdown": float(drawdowns(values).min()),
        "worst_month": worst_month(equity),
        **{key: figures[key] for key in ("bought", "mean_debit", "outcome", "ended", "worthless", "mean_multiple")},
    }
