"""A rule's lead in parts of history: a lead that one stretch earned is not one that can be counted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capshift.backtests.metrics import SESSIONS_A_YEAR, session_returns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capshift.backtests.comparison import Comparison
    from capshift.data_feeds import Market

#: Calendar days for which the Federal Reserve counts as hiking or cutting after it did so.
FED_DAYS = 182
#: Sessions of large caps' returns that volatility is measured over, and the percent a year that part its regimes.
VOLATILITY_WINDOW, CALM_BELOW, WILD_FROM = 21, 12.0, 20.0

SUBPERIODS: Mapping[str, str] = {
    "decade": "The session's decade.",
    "fed": (
        f"hiking or cutting within {FED_DAYS} days of such a decision, the later one if there were both; holding else. "
        "As known at the close before."
    ),
    "volatility": (
        f"Deviation of large caps' last {VOLATILITY_WINDOW} total returns up to the close before, annualised: calm "
        f"below {CALM_BELOW:g} %, wild from {WILD_FROM:g} %, usual between; none without such a history."
    ),
    "year": "The session's calendar year.",
}
#: Figures of a part of history, with their definitions.
SUBPERIOD_FIGURES: Mapping[str, str] = {
    "sessions": "Returns that fall into it.",
    "stretches": "How many unbroken runs of sessions they form: one stretch is one observation, however long.",
    "growth": "Compound growth of the rule a year of 252 such sessions.",
    "benchmark": "That of the benchmark on the same sessions.",
    "lead": "Growth of the rule minus that of the benchmark.",
    "error": "Standard error of the lead: of the difference of log returns, as if sessions were independent.",
}


def subperiods(comparison: Comparison, market: Market) -> pd.DataFrame:
    """Return each rule's lead by decade, Fed cycle, volatility and calendar year.

    Args:
        comparison: From `capshift.compare`.
        market: The one it ran on.

    Returns:
        One row a rule, kind (see `SUBPERIODS`) and part, with the columns of `SUBPERIOD_FIGURES`; returns and leads
        are fractions a year, NaN errors where there is one session. Each session is in one part of a kind at most.

    >>> from capshift import compare, load_market
    >>> market = load_market(start="2015-01-02", end="2018-12-31")
    >>> table = subperiods(compare(["hold-small"], market), market)
    >>> table.loc[("hold-small", "decade"), "sessions"].to_dict()
    {'2010s': 1005}
    """
    labels = session_labels(market)
    logs = {name: np.log1p(session_returns(one.equity.to_numpy())) for name, one in comparison.results.items()}
    base = logs[comparison.benchmark]
    rows = {
        (name, kind, part): _figures(values, base, of == part)
        for name, values in logs.items()
        if name != comparison.benchmark
        for kind, of in labels.items()
        for part in sorted({str(one) for one in of} - {""})
    }
    index = pd.MultiIndex.from_tuples(rows, names=["rule", "kind", "part"])
    table = pd.DataFrame(list(rows.values()), index=index, columns=list(SUBPERIOD_FIGURES))
    return table.astype({"sessions": int, "stretches": int})


def session_labels(market: Market) -> dict[str, NDArray[np.str_]]:
    """Return kind to the part that each return of the account falls into, '' where none; one fewer than sessions."""
    years = np.asarray(market.account_sessions.year[1:])
    return {
        "decade": np.array([f"{year // 10 * 10}s" for year in years.tolist()]),
        "fed": _fed(market)[market.opening : -1],
        "volatility": _volatility(market)[market.opening : -1],
        "year": years.astype(str),
    }


def _fed(market: Market) -> NDArray[np.str_]:
    """Return what the Federal Reserve was doing as known at each close."""
    days, table = market.sessions.as_unit("s").asi8 // 86_400, market.fomc.table
    announced = table.dates.as_unit("s").asi8 // 86_400
    state, since = np.full(len(market), "holding"), np.full(len(market), -np.inf)
    for word, sign in (("hiking", 1), ("cutting", -1)):
        of = np.sign(table.change_bp) == sign
        count = np.searchsorted(market.fomc.known[of], np.arange(len(market)), side="right")
        when = np.concatenate([[-np.inf], announced[of]])[count]
        now = (days - when <= FED_DAYS) & (when > since)
        state[now], since[now] = word, when[now]
    return state


def _volatility(market: Market) -> NDArray[np.str_]:
    """Return the regime of large caps' volatility as known at each close."""
    returns = pd.Series(session_returns(market.large.total_return))
    deviation = returns.rolling(VOLATILITY_WINDOW).std().to_numpy() * SESSIONS_A_YEAR**0.5 * 100
    known = np.concatenate([[np.nan], deviation])
    words = np.where(known < CALM_BELOW, "calm", np.where(known < WILD_FROM, "usual", "wild"))
    return np.where(np.isnan(known), "", words)


def _figures(rule: NDArray[np.float64], base: NDArray[np.float64], chosen: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return the figures of one rule's chosen sessions."""
    one, other = rule[chosen], base[chosen]
    count = len(one)
    stretches = int((chosen & ~np.concatenate([[False], chosen[:-1]])).sum())
    growth, against = (float(np.expm1(logs.mean() * SESSIONS_A_YEAR)) for logs in (one, other))
    error = float((one - other).std(ddof=1) / count**0.5) * SESSIONS_A_YEAR if count > 1 else float("nan")
    return count, stretches, growth, against, growth - against, error
