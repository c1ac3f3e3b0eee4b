"""Figures beside `METRICS` that readers of tearsheets look for, each by one definition; computed in `further_formulas`.

QuantStats shows rows of these names, several of them oddly defined; what they mean here stands beside each.
"""

from __future__ import annotations

from capshift.backtests.metrics import Metric

_SINCE = "Total return since the last close on or before the same day {} before the last session"
_YEARLY = _SINCE + ", compounded to a year. Empty for a younger account."

#: By group, in the order of the page.
FURTHER_FIGURES: dict[str, dict[str, Metric]] = {
    "Until the last close": {
        "month_to_date": Metric("Month to date", "percent", "Total return since the last close of the month before."),
        "three_months": Metric("3 months", "percent", _SINCE.format("3 months") + "."),
        "six_months": Metric("6 months", "percent", _SINCE.format("6 months") + "."),
        "year_to_date": Metric("Year to date", "percent", "Total return since the last close of the year before."),
        "one_year": Metric("1 year", "percent", _SINCE.format("12 months") + "."),
        "three_years": Metric("3 years a year", "percent", _YEARLY.format("3 years")),
        "five_years": Metric("5 years a year", "percent", _YEARLY.format("5 years")),
        "ten_years": Metric("10 years a year", "percent", _YEARLY.format("10 years")),
    },
    "Sessions, months and years": {
        "mean_session": Metric("Mean session", "fine", "Geometric: (final / opening) ** (1 / returns) - 1."),
        "mean_month": Metric(
            "Mean month", "percent", "Geometric over calendar months, the first and last of which may be partial."
        ),
        "mean_year": Metric(
            "Mean year", "percent", "Geometric over calendar years, the first and last of which may be partial."
        ),
        "best_month": Metric("Best month", "percent", "Highest return of a calendar month."),
        "worst_month": Metric("Worst month", "percent", "Lowest return of a calendar month."),
        "best_year": Metric("Best year", "percent", "Highest return of a calendar year, partial ones among them."),
        "worst_year": Metric("Worst year", "percent", "Lowest return of a calendar year, partial ones among them."),
        "mean_rising_month": Metric("Mean rising month", "percent", "Mean return of the months above 0."),
        "mean_falling_month": Metric("Mean falling month", "percent", "Mean return of the months below 0."),
        "winning_sessions": Metric("Winning sessions", "share", "Share above 0 of the session returns that are not 0."),
        "winning_months": Metric("Winning months", "share", "Share above 0 of the monthly returns that are not 0."),
        "winning_years": Metric("Winning years", "share", "Share above 0 of the yearly returns that are not 0."),
        "longest_rise": Metric("Longest rise", "count", "Most session returns above 0 in a row."),
        "longest_fall": Metric("Longest fall", "count", "Most session returns below 0 in a row."),
    },
    "Shape of returns": {
        "skew": Metric(
            "Skew", "number", "Sample skewness of session returns, corrected for bias; below 0 the falls are longer."
        ),
        "kurtosis": Metric(
            "Excess kurtosis", "number", "Of session returns, corrected for bias; 0 for a normal distribution."
        ),
        "value_at_risk": Metric(
            "Value at risk, 95 %", "percent", "5th percentile of session returns as they were; no distribution assumed."
        ),
        "expected_shortfall": Metric(
            "Expected shortfall, 95 %", "percent", "Mean of the session returns at or below the value at risk."
        ),
        "tail_ratio": Metric(
            "Tail ratio", "number", "95th percentile of session returns over the size of the 5th percentile."
        ),
        "payoff_ratio": Metric("Payoff ratio", "number", "Mean session return above 0 over the size of that below 0."),
        "profit_factor": Metric(
            "Profit factor", "number", "Sum of session returns above 0 over the size of the sum below 0 (omega at 0)."
        ),
        "profit_ratio": Metric(
            "Profit ratio",
            "number",
            "Mean session return above 0 over their count, divided by the same of those below 0; returns of 0 count as "
            "neither.",
        ),
        "outlier_win": Metric(
            "Outlier win ratio", "number", "99th percentile of session returns over the mean of those above 0."
        ),
        "outlier_loss": Metric(
            "Outlier loss ratio", "number", "1st percentile of session returns over the mean of those below 0."
        ),
        "gain_to_pain": Metric(
            "Gain to pain", "number", "Sum of monthly returns over the size of the sum of those below 0 (Schwager)."
        ),
        "kelly": Metric(
            "Kelly fraction",
            "share",
            "Winning sessions minus losing ones over the payoff ratio: the stake that grows fastest if sessions were "
            "bets of their mean gain and loss.",
        ),
        "risk_of_ruin": Metric(
            "Risk of ruin",
            "percent",
            "Gambler's ruin: (losing / winning sessions) to the power of how many mean losses the account can take "
            "(1 over the mean loss), 100 % where as many lose as win.",
        ),
        "smart_sharpe": Metric(
            "Sharpe, autocorrelation",
            "number",
            "Sharpe scaled to a year with the first autocorrelation of session returns taken as an AR(1) (Lo 2002), in "
            "place of the root of 252.",
        ),
    },
    "Falls": {
        "ulcer_index": Metric(
            "Ulcer index", "percent", "Root of the mean squared drawdown at closes, new highs counted as 0."
        ),
        "ulcer_performance": Metric("Ulcer performance", "number", "CAGR over the ulcer index; no rate subtracted."),
        "recovery_factor": Metric("Recovery factor", "number", "Total return over the depth of the maximum drawdown."),
        "mean_drawdown": Metric(
            "Mean drawdown", "percent", "Mean of the depths of all drawdowns, the ongoing one among them."
        ),
        "mean_drawdown_days": Metric(
            "Mean drawdown days", "count", "Mean of the calendar days from high to recovery, or to the last session."
        ),
        "longest_drawdown_days": Metric(
            "Longest drawdown days", "count", "Most calendar days from a high to its recovery, or to the last session."
        ),
    },
    "Against hold-large": {
        "beta": Metric("Beta", "number", "Covariance of session returns with hold-large's over the variance of those."),
        "alpha": Metric(
            "Alpha a year",
            "percent",
            "252 times (mean session return over bills minus beta times hold-large's mean over bills). Empty without a "
            "bill yield.",
        ),
        "correlation": Metric("Correlation", "number", "Of session returns with those of hold-large."),
        "r_squared": Metric("R squared", "number", "Correlation squared."),
        "tracking_error": Metric(
            "Tracking error",
            "percent",
            "Sample deviation of the differences of session returns, times the root of 252.",
        ),
        "information_ratio": Metric(
            "Information ratio",
            "number",
            "Mean over sample deviation of the differences of session returns, times the root of 252.",
        ),
        "treynor": Metric(
            "Treynor", "percent", "252 times the mean session return over bills, over beta. Empty without a bill yield."
        ),
        "up_capture": Metric(
            "Up capture",
            "share",
            "Growth a year (252 sessions) over the sessions in which hold-large rose, over hold-large's own.",
        ),
        "down_capture": Metric(
            "Down capture",
            "share",
            "Growth a year (252 sessions) over the sessions in which hold-large fell, over hold-large's own.",
        ),
    },
    "Use of the account": {
        "time_in_market": Metric("Time in market", "share", "Share of closes at which any shares are held."),
        "risk_adjusted_return": Metric("CAGR over time in market", "percent", "CAGR over the time in market."),
    },
}
