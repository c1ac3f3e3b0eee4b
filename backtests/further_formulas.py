"""The formulas of `FURTHER_FIGURES`: from equities at closes to numbers, None where one does not exist."""

from __future__ import annotations

import math
from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.backtests.metrics import SESSIONS_A_YEAR, drawdowns, session_returns, sharpe, volatility, years_between
from capshift.backtests.metrics import cagr as compound
from capshift.backtests.periods import drawdown_episodes
from capshift.backtests.sharpe_ratios import autocorrelation_scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Returns = NDArray[np.float64]

_TAIL, _OUTLIER = 5, 1
#: Returns that differ by less are the same.
_SAME = 1e-12
_FEWEST_FOR_SKEW, _FEWEST_FOR_KURTOSIS, _FEWEST_FOR_LAG = 3, 4, 3


def further_figures(
    equity: pd.Series, benchmark: pd.Series, *, held: pd.Series, bills: pd.Series | None
) -> dict[str, float | None]:
    """Return every figure of `FURTHER_FIGURES`.

    Args:
        equity: At closes.
        benchmark: Equity of hold-large, on the same sessions.
        held: Whether any shares were held at each close.
        bills: What a bill paid between closes, one fewer than equities, as fractions; None without a bill yield.
    """
    returns, other = session_returns(equity.to_numpy()), session_returns(benchmark.to_numpy())
    growth = _cagr(equity)
    found = {
        **_until_now(equity),
        **_by_period(equity, returns),
        **_shape(returns, equity),
        **_falls(equity, growth),
        **_against(returns, other, None if bills is None else bills.to_numpy()),
        "time_in_market": float(held.mean()),
        "risk_adjusted_return": _over(growth, float(held.mean())),
    }
    return {name: None if value != value else value for name, value in found.items()}  # noqa: PLR0124 - NaN


def _vary(values: Returns) -> bool:
    """Return whether values differ by more than the last bits of sums."""
    return len(values) > 1 and float(np.ptp(values)) > _SAME


def _over(part: float, whole: float) -> float:
    return part / whole if whole and whole == whole else nan  # noqa: PLR0124 - NaN


def _mean(values: Returns) -> float:
    return float(values.mean()) if len(values) else nan


def _percentile(values: Returns, at: float) -> float:
    return float(np.percentile(values, at)) if len(values) else nan


def _cagr(equity: pd.Series) -> float:
    sessions = pd.DatetimeIndex(equity.index)
    return compound(equity.to_numpy(), years_between(sessions)) if len(sessions) > 1 else nan


def _until_now(equity: pd.Series) -> dict[str, float]:
    """Return growth over spans that end with the last close."""
    last = equity.index[-1]
    months = {"three_months": 3, "six_months": 6, "one_year": 12}
    years = {"three_years": 3, "five_years": 5, "ten_years": 10}
    return {
        "month_to_date": _since(equity, last.replace(day=1) - pd.Timedelta(days=1), or_opening=True),
        "year_to_date": _since(equity, last.replace(month=1, day=1) - pd.Timedelta(days=1), or_opening=True),
        **{name: _since(equity, last - pd.DateOffset(months=count)) for name, count in months.items()},
        **{
            name: (1 + _since(equity, last - pd.DateOffset(years=count))) ** (1 / count) - 1
            for name, count in years.items()
        },
    }


def _since(equity: pd.Series, date: pd.Timestamp, *, or_opening: bool = False) -> float:
    """Return growth since the last close on or before a date, NaN (or since the opening) where there is none."""
    at = int(equity.index.searchsorted(date, side="right")) - 1
    if at < 0 and (not or_opening or len(equity) == 1):
        return nan
    return float(equity.iloc[-1] / equity.iloc[max(at, 0)] - 1)


def period_returns(equity: pd.Series, period: str) -> Returns:
    """Return the growth of each calendar month ("M") or year ("Y"), the first from the opening.

    >>> days = pd.DatetimeIndex(["2025-01-02", "2025-01-31", "2025-02-28"])
    >>> period_returns(pd.Series([100.0, 110.0, 99.0], days), "M").round(12).tolist()
    [0.1, -0.1]
    """
    last = equity.groupby(pd.DatetimeIndex(equity.index).to_period(period)).last().to_numpy()
    return np.asarray(last / np.concatenate([[equity.iloc[0]], last[:-1]]) - 1)


def _by_period(equity: pd.Series, returns: Returns) -> dict[str, float]:
    months, years = period_returns(equity, "M"), period_returns(equity, "Y")
    whole = float(equity.iloc[-1] / equity.iloc[0])
    return {
        "mean_session": whole ** (1 / len(returns)) - 1 if len(returns) else nan,
        "mean_month": whole ** (1 / len(months)) - 1,
        "mean_year": whole ** (1 / len(years)) - 1,
        "best_month": float(months.max()),
        "worst_month": float(months.min()),
        "best_year": float(years.max()),
        "worst_year": float(years.min()),
        "mean_rising_month": _mean(months[months > 0]),
        "mean_falling_month": _mean(months[months < 0]),
        "winning_sessions": _winning(returns),
        "winning_months": _winning(months),
        "winning_years": _winning(years),
        "longest_rise": longest_run(returns > 0),
        "longest_fall": longest_run(returns < 0),
    }


def _winning(returns: Returns) -> float:
    return _over(int((returns > 0).sum()), int((returns != 0).sum()))


def longest_run(flags: NDArray[np.bool_]) -> int:
    """Return the length of the longest row of True.

    >>> longest_run(np.array([True, False, True, True]))
    2
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _shape(returns: Returns, equity: pd.Series) -> dict[str, float]:
    up, down = returns[returns > 0], returns[returns < 0]
    gain, loss = _mean(up), -_mean(down)
    risk, months = _percentile(returns, _TAIL), period_returns(equity, "M")
    varies = _vary(returns)
    payoff, winning = _over(gain, loss), _winning(returns)
    return {
        "skew": float(np.asarray(pd.Series(returns).skew())) if varies and len(returns) >= _FEWEST_FOR_SKEW else nan,
        "kurtosis": float(np.asarray(pd.Series(returns).kurt()))
        if varies and len(returns) >= _FEWEST_FOR_KURTOSIS
        else nan,
        "value_at_risk": risk,
        "expected_shortfall": _mean(returns[returns <= risk]),
        "tail_ratio": _over(_percentile(returns, 100 - _TAIL), abs(risk)),
        "payoff_ratio": payoff,
        "profit_factor": _over(float(up.sum()), -float(down.sum())),
        "profit_ratio": _over(_over(gain, len(up)), _over(loss, len(down))),
        "outlier_win": _over(_percentile(returns, 100 - _OUTLIER), gain),
        "outlier_loss": _over(_percentile(returns, _OUTLIER), -loss),
        "gain_to_pain": _over(float(months.sum()), -float(months[months < 0].sum())),
        "kelly": winning - _over(1 - winning, payoff),
        "risk_of_ruin": _ruin(winning, loss),
        "smart_sharpe": _smart_sharpe(returns),
    }


def _ruin(winning: float, loss: float) -> float:
    """Return the gambler's chance of ruin, in units of his mean loss."""
    if winning != winning:  # noqa: PLR0124 - NaN
        return nan
    if loss != loss:  # noqa: PLR0124 - nothing was ever lost
        return 0.0
    return min(1.0, math.pow(_over(1 - winning, winning), 1 / loss)) if winning else 1.0


def _smart_sharpe(returns: Returns) -> float:
    if len(returns) < _FEWEST_FOR_LAG or not (_vary(returns[1:]) and _vary(returns[:-1])):
        return nan
    lag = float(np.corrcoef(returns[1:], returns[:-1])[0, 1])
    if abs(lag) > 1 - _SAME:  # each return tells the next one
        return nan
    scaling = autocorrelation_scaling([lag**order for order in range(1, SESSIONS_A_YEAR)], SESSIONS_A_YEAR)
    return float(sharpe(returns) / SESSIONS_A_YEAR**0.5 * scaling)


def _falls(equity: pd.Series, growth: float) -> dict[str, float]:
    depth, episodes = drawdowns(equity.to_numpy()), drawdown_episodes(equity)
    ulcer = float(np.mean(depth**2) ** 0.5)
    return {
        "ulcer_index": ulcer,
        "ulcer_performance": _over(growth, ulcer),
        "recovery_factor": _over(float(equity.iloc[-1] / equity.iloc[0] - 1), -float(depth.min())),
        "mean_drawdown": _mean(np.array([one.depth for one in episodes])),
        "mean_drawdown_days": _mean(np.array([one.days for one in episodes])),
        "longest_drawdown_days": max((one.days for one in episodes), default=nan),
    }


def _against(returns: Returns, other: Returns, bills: Returns | None) -> dict[str, float]:
    beta = float(np.cov(returns, other)[0, 1] / np.var(other, ddof=1)) if _vary(other) else nan
    correlation = float(np.corrcoef(returns, other)[0, 1]) if _vary(other) and _vary(returns) else nan
    rate = np.full(len(returns), nan) if bills is None or len(bills) != len(returns) else bills
    over, other_over = _mean(returns - rate), _mean(other - rate)  # NaN unless the yield is known throughout
    lead = returns - other
    return {
        "beta": beta,
        "alpha": SESSIONS_A_YEAR * (over - beta * other_over),
        "correlation": correlation,
        "r_squared": correlation**2,
        "tracking_error": volatility(lead),
        "information_ratio": sharpe(lead) if _vary(lead) else nan,
        "treynor": _over(SESSIONS_A_YEAR * over, beta),
        "up_capture": _capture(returns, other, other > 0),
        "down_capture": _capture(returns, other, other < 0),
    }


def _capture(returns: Returns, other: Returns, where: NDArray[np.bool_]) -> float:
    return _over(_a_year(returns[where]), _a_year(other[where]))


def _a_year(returns: Returns) -> float:
    return float(np.prod(1 + returns) ** (SESSIONS_A_YEAR / len(returns)) - 1) if len(returns) else nan
