"""The figures of a result: our own code, each named with its unit and definition.

Returns are r[t] = E[t] / E[t-1] - 1 of the equity at closes; the opening session has none. A year has 252 sessions
for means and deviations and 365.25 days for compound growth. Deviations are of the sample (ddof=1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capshift.backtests.account import MONEY_MARKET_YEAR
from capshift.data_feeds.bills import BILL_YIELD
from capshift.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from capshift.backtests.ledger import Ledger
    from capshift.data_feeds import Market

SESSIONS_A_YEAR = 252
DAYS_A_YEAR = 365.25
#: Two returns at least are needed for a deviation.
_FEWEST_RETURNS = 2


@dataclass(frozen=True)
class Metric:
    """What a figure is called, how it is written and what it means.

    Attributes:
        label: For tables.
        form: money, percent, fine (percent with three decimals), number, count or share (a fraction shown as percent).
        definition: One sentence.
    """

    label: str
    form: str
    definition: str


METRICS = {
    "final_equity": Metric("Final equity", "money", "Cash, shares and call spreads at the last close, in dollars."),
    "total_return": Metric("Total return", "percent", "Final equity over opening cash, minus 1."),
    "cagr": Metric(
        "CAGR",
        "percent",
        "Compound annual growth: (final / opening) ** (365.25 / days between first and last session) - 1.",
    ),
    "excess_cagr": Metric(
        "CAGR over hold-large",
        "percent",
        "CAGR minus that of hold-large on the same market with the same account settings.",
    ),
    "volatility": Metric(
        "Volatility",
        "percent",
        "Sample standard deviation of session returns times the square root of 252.",
    ),
    "sharpe": Metric(
        "Sharpe",
        "number",
        "Mean over sample standard deviation of session returns, times the square root of 252; no rate subtracted.",
    ),
    "sharpe_excess": Metric(
        "Sharpe over bills",
        "number",
        "Sharpe ratio of session returns minus what bills paid: the yield known at the session before, actual days "
        "over 360. Empty without a bill yield.",
    ),
    "sortino": Metric(
        "Sortino",
        "number",
        "Mean session return over the root of the mean squared negative return (target 0, all sessions counted), "
        "times the square root of 252.",
    ),
    "max_drawdown": Metric(
        "Max drawdown",
        "percent",
        "Deepest fall of equity at closes below its highest close before.",
    ),
    "calmar": Metric("Calmar", "number", "CAGR over the depth of the maximum drawdown, both over the whole span."),
    "time_under_water": Metric(
        "Time under water",
        "share",
        "Share of sessions whose closing equity is below that of an earlier close.",
    ),
    "worst_day": Metric("Worst day", "percent", "Lowest session return."),
    "best_day": Metric("Best day", "percent", "Highest session return."),
    "turnover": Metric(
        "Turnover a year",
        "number",
        "Half of the value bought and sold, premiums included, over mean equity, per year of 365.25 days; 1 is the "
        "whole account once.",
    ),
    "trades": Metric(
        "Fills",
        "count",
        "Orders filled: of shares, dividends reinvested among them, as trades.csv lists them, and of call spreads "
        "bought and sold, as spreads.csv does.",
    ),
    "exposure_small": Metric(
        "In small caps", "share", "Mean share of equity in small caps at closes, or in call spreads on them."
    ),
    "exposure_large": Metric("In large caps", "share", "Mean share of equity in large caps at closes."),
    "exposure_cash": Metric("In cash", "share", "Mean share of equity in cash at closes."),
}
#: Of these figures, less is better.
LESS_IS_BETTER = frozenset({"volatility", "time_under_water", "turnover", "trades"})


def session_returns(equity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return simple returns from close to close, one fewer than equities.

    >>> session_returns(np.array([100.0, 110.0, 99.0])).round(12).tolist()
    [0.1, -0.1]
    """
    return np.asarray(equity[1:] / equity[:-1] - 1)


def years_between(sessions: pd.DatetimeIndex) -> float:
    """Return the years of 365.25 days from the first to the last session."""
    return float((sessions[-1] - sessions[0]).days) / DAYS_A_YEAR


def cagr(equity: NDArray[np.float64], years: float) -> float:
    """Return the compound annual growth rate.

    >>> round(cagr(np.array([100.0, 121.0]), 2.0), 12)
    0.1
    """
    return float((equity[-1] / equity[0]) ** (1 / years) - 1)


def volatility(returns: NDArray[np.float64]) -> float:
    """Return the annualised sample deviation, NaN for fewer than two returns.

    >>> round(volatility(np.array([0.01, 0.03])), 6)
    0.224499
    """
    if len(returns) < _FEWEST_RETURNS:
        return float("nan")
    return float(np.std(returns, ddof=1) * SESSIONS_A_YEAR**0.5)


def sharpe(returns: NDArray[np.float64]) -> float:
    """Return the annualised mean over the sample deviation, NaN when the returns never vary.

    Source:
        Sharpe (1994), "The Sharpe Ratio", Journal of Portfolio Management 21(1). Subtract a rate first where one
        is meant. Differs from Backtrader's `SharpeRatio`, which defaults to yearly returns and ddof=0.

    >>> round(sharpe(np.array([0.01, 0.03])), 4)
    22.4499
    """
    if len(returns) < _FEWEST_RETURNS or np.ptp(returns) == 0:
        return float("nan")
    return float(np.mean(returns) / np.std(returns, ddof=1) * SESSIONS_A_YEAR**0.5)


def sortino(returns: NDArray[np.float64]) -> float:
    """Return the annualised mean over the downside deviation around 0, NaN when no return is negative.

    Source:
        Sortino and Price (1994), "Performance Measurement in a Downside Risk Framework", Journal of Investing 3(3).

    >>> round(sortino(np.array([0.03, -0.01])), 4)
    22.4499
    """
    downside = float(np.mean(np.minimum(returns, 0) ** 2) ** 0.5) if len(returns) else 0.0
    if downside == 0:
        return float("nan")
    return float(np.mean(returns) / downside * SESSIONS_A_YEAR**0.5)


def drawdowns(equity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each equity over the highest so far, minus 1: 0 at a new high, negative below.

    >>> drawdowns(np.array([100.0, 110.0, 99.0])).round(12).tolist()
    [0.0, 0.0, -0.1]
    """
    return np.asarray(equity / np.maximum.accumulate(equity) - 1)


def bill_returns(market: Market) -> NDArray[np.float64] | None:
    """Return what a bill paid between sessions of the account, as a fraction, or None without a bill yield.

    It is NaN while no yield is known yet.
    """
    if BILL_YIELD not in market.series:
        return None
    known = market.series[BILL_YIELD][market.opening : -1]
    days = np.diff(market.account_sessions.as_unit("s").asi8) / 86_400
    return np.asarray(known / 100 * days / MONEY_MARKET_YEAR)


def sharpe_over_bills(returns: NDArray[np.float64], bills: NDArray[np.float64] | None) -> float:
    """Return the Sharpe ratio of returns minus those of bills, NaN when the bill yield is not known throughout."""
    if bills is None or np.isnan(bills).any():
        return float("nan")
    return sharpe(returns - bills)


def metrics_of(ledger: Ledger, market: Market, benchmark: Ledger) -> dict[str, float | int | None]:
    """Return every figure of `METRICS`; those that do not exist for this account are None.

    Args:
        ledger: The account.
        market: What it traded.
        benchmark: The account of hold-large, on the same sessions.
    """
    equity, years = ledger.equity, years_between(ledger.sessions)
    returns, depth = session_returns(equity), drawdowns(equity)
    growth, deepest = cagr(equity, years), float(depth.min())
    closes = np.column_stack([bars.close[market.opening :] for bars in market.legs.values()])
    shares_of_equity = (ledger.shares * closes / equity[:, None]).mean(axis=0)
    exposure = dict(zip(ledger.legs, shares_of_equity.tolist(), strict=True))
    traded = sum(abs(fill.shares) * fill.price for fill in ledger.fills)
    orders = len(ledger.fills)
    if ledger.spreads is not None and ledger.spread_value is not None:
        exposure["small"] += float((ledger.spread_value / equity).mean())
        traded += sum(spread.traded for spread in ledger.spreads)
        orders += sum(spread.orders for spread in ledger.spreads)
    figures: dict[str, float | int] = {
        "final_equity": float(equity[-1]),
        "total_return": float(equity[-1] / equity[0] - 1),
        "cagr": growth,
        "excess_cagr": growth - cagr(benchmark.equity, years),
        "volatility": volatility(returns),
        "sharpe": sharpe(returns),
        "sharpe_excess": sharpe_over_bills(returns, bill_returns(market)),
        "sortino": sortino(returns),
        "max_drawdown": deepest,
        "calmar": growth / -deepest if deepest else float("nan"),
        "time_under_water": float((depth < 0).mean()),
        "worst_day": float(returns.min()),
        "best_day": float(returns.max()),
        "turnover": traded / 2 / float(equity.mean()) / years,
        "trades": orders,
        "exposure_small": exposure["small"],
        "exposure_large": exposure["large"],
        "exposure_cash": float((ledger.cash / equity).mean()),
    }
    return {name: None if value != value else value for name, value in figures.items()}  # noqa: PLR0124 - NaN


def in_words(form: str, value: float | None) -> str:
    """Return a figure as a reader sees it.

    >>> in_words("percent", 0.0859), in_words("money", 868410.82), in_words("number", None)
    ('8.59 %', '868,411', 'n/a')
    """
    if value is None:
        return "n/a"
    return {
        "money": f"{value:,.0f}",
        "percent": f"{value * 100:,.2f} %",
        "fine": f"{value * 100:,.3f} %",
        "share": f"{value * 100:.1f} %",
        "number": f"{value:.2f}",
        "count": f"{value:,.0f}",
    }[form]


def check_metric(by: str) -> None:
    """Raise `ParameterError` for a figure that does not exist."""
    if by not in METRICS:
        msg = f"there is no figure '{by}'{did_you_mean(by, METRICS)}; there is {', '.join(METRICS)}"
        raise ParameterError(msg)
