"""The part of a tearsheet that shows call spreads: their payoff, their lives, and what became of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.metrics import in_words
from capshift.backtests.spread_figures import SPREAD_FIGURES, premium_by_year, spread_figures
from capshift.reports.quantstats_charts import Chart, drawn

if TYPE_CHECKING:
    from capshift.backtests import Result

#: Rows of the table; all stand in spreads.csv.
_SHOWN = 40
#: Colours that the stylesheet renames for dark pages.
_GAINED, _LOST = "#0072b2", "#d55e00"


def spreads_section(result: Result) -> dict[str, Any] | None:
    """Return what the page shows of a result's call spreads, or None where small caps are not rented."""
    if result.spreads is None:
        return None
    bought = [SimpleNamespace(**row) for row in _records(result.spreads) if row["contracts"]]
    figures = spread_figures(result.spreads, result.equity)
    return {
        "count": len(result.spreads),
        "figures": [(metric, in_words(metric.form, figures[key])) for key, metric in SPREAD_FIGURES.items()],
        "priced": _priced(result),
        "charts": _charts(result, bought) if bought else [],
        "rows": [_row(one) for one in _records(result.spreads)[-1 : -_SHOWN - 1 : -1]],
        "years": _years(result),
        "repriced": repriced_rows(result),
    }


def repriced_rows(result: Result) -> list[dict[str, Any]]:
    """Return one row a setting of what other prices do to an account; none where that was not found out."""
    if result.repriced is None:
        return []
    forms = {key: metric.form for key, metric in SPREAD_FIGURES.items()}
    forms |= dict.fromkeys(("cagr", "max_drawdown", "worst_month"), "percent")
    return [
        {
            key: value if key == "setting" else in_words(forms[key], None if np.isnan(value) else value)
            for key, value in row.items()
        }
        for row in _records(result.repriced)
    ]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _priced(result: Result) -> str:
    """Return in one sentence how spreads were chosen and priced."""
    how = result.provenance["call_spread"]
    shift = f" {how['volatility_shift']:+g}" if how["volatility_shift"] else ""
    source = {"realised": "the volatility of the last 63 sessions"}.get(how["volatility"], how["volatility"])
    dividends = how["dividend_yield"]
    dividends = "the dividends of the last 365 days" if dividends == "trailing" else f"a dividend yield of {dividends}"
    return (
        f"Strikes at {how['long']:g} and {how['short']:g} times the close that decides, the monthly expiry nearest to "
        f"{how['days']} days, {how['budget']:.1%} of equity as premium, {how['half_spread']:g} dollars lost a share "
        f"and leg each way. Priced by Black, Scholes and Merton with {how['exercise']} exercise (QuantLib "
        f"{how['QuantLib']}): volatility {how['volatility_factor']:g} times {source}{shift}, skew {how['skew']:g}, "
        f"rate {how['rate']}, {dividends}. No quote of any option went into it."
    )


def _charts(result: Result, bought: list[Any]) -> list[Chart]:
    last, stamp = bought[-1], "SIMULATED" if result.simulated else ""
    title = f"Payoff at entry: the spread of {_day(last.entered)}"
    about = (
        f"Dollars a share at expiry, {_day(last.expiry)}, by the price then: {last.debit:.2f} at most to lose, "
        f"{last.short_strike - last.long_strike - last.debit:.2f} at most to gain, even at {last.breakeven:.2f}; "
        f"upright: the open that it was bought at ({last.entry_price:.2f}), and that breakeven."
    )
    lives = (
        "Worth at each close, as a multiple of the debit, by calendar days since the purchase: blue those that ended, "
        "or stand, above what they cost, orange the others, and the latest as a heavy line. 1 is what was paid."
    )
    return [
        drawn(title, about, lambda axes: _payoff(axes, last), name="payoff", stamp=stamp),
        drawn("Marks over the life", lives, lambda axes: _lives(axes, result, bought), name="marks", stamp=stamp),
    ]


def _payoff(axes: Any, spread: Any) -> None:
    prices = np.array([0.9 * spread.long_strike, spread.long_strike, spread.short_strike, 1.06 * spread.short_strike])
    gains = np.clip(prices - spread.long_strike, 0, spread.short_strike - spread.long_strike) - spread.debit
    axes.axhline(0, color="black")
    for price in (spread.entry_price, spread.breakeven):
        axes.axvline(price, color=_LOST, linestyle=(0, (4, 3)), linewidth=1)
    axes.plot(prices, gains, color=_GAINED, linewidth=2)
    axes.set_xlim(prices[0], prices[-1])
    axes.set_ylabel("dollars a share")


def _lives(axes: Any, result: Result, bought: list[Any]) -> None:
    marks: Any = result.spread_value
    axes.axhline(1, color="black")
    for number, spread in enumerate(bought):
        until = marks.index[-1] if pd.isna(spread.exited) else spread.exited
        life = marks.loc[spread.entered : until] / spread.paid
        life.iloc[-1] = 1 + spread.outcome / spread.paid
        days = np.append(0, (life.index - spread.entered).days)
        is_last = number == len(bought) - 1
        axes.plot(
            days,
            np.append(1.0, life.to_numpy()),
            color=_GAINED if spread.outcome > 0 else _LOST,
            linewidth=2.4 if is_last else 0.8,
            alpha=1.0 if is_last else 0.45,
        )
    axes.set_ylabel("times the debit")


def _row(one: dict[str, Any]) -> dict[str, str]:
    contracts = f"{one['contracts']:,.10g}" if one["contracts"] % 1 == 0 else f"{one['contracts']:,.3f}"
    return {
        "decided": _day(one["decided"]),
        "entered": _day(one["entered"]),
        "expiry": _day(one["expiry"]),
        "days": str(one["days"]),
        "strikes": f"{one['long_strike']:.2f} / {one['short_strike']:.2f}",
        "volatility": in_words("share", one["volatility"]),
        "contracts": contracts,
        "debit": f"{one['debit']:.2f}",
        "breakeven": f"{one['breakeven']:.2f}",
        "paid": in_words("money", one["paid"]),
        "exited": "" if pd.isna(one["exited"]) else _day(one["exited"]),
        "worth": f"{one['debit'] * (1 + one['multiple']):.2f}" if one["debit"] else "",
        "outcome": f"{one['outcome']:+,.0f}",
        "multiple": "n/a" if pd.isna(one["multiple"]) else f"{one['multiple']:+.2f}",
        "ended": one["ended"] + (", rolled" if one["rolled"] else ""),
    }


def _years(result: Result) -> list[dict[str, str]]:
    return [
        {
            "year": str(year),
            "bought": str(int(one["bought"])),
            "paid": in_words("money", one["paid"]),
            "share": in_words("percent", one["share"]),
            "outcome": f"{one['outcome']:+,.0f}",
        }
        for year, one in premium_by_year(result).iterrows()
    ]


def _day(moment: Any) -> str:
    return str(pd.Timestamp(moment).date())
