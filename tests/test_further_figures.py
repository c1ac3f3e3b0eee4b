"""The figures that readers of tearsheets look for: as other libraries and a count by hand find them, on any series."""

from __future__ import annotations

import math
from typing import Any

import empyrical
import numpy as np
import pandas as pd
import pyfolio
import pytest
from conftest import ROOT
from pages import Page

import capshift as cs
from capshift.backtests.further_figures import FURTHER_FIGURES
from capshift.backtests.further_formulas import further_figures
from capshift.backtests.metrics import in_words
from capshift.reports.tearsheet import tearsheet

FORMS = {key: metric.form for group in FURTHER_FIGURES.values() for key, metric in group.items()}


def account(returns: Any, begin: str = "2019-12-31") -> pd.Series:
    """Return an account of 100,000 dollars that gains these returns on weekdays."""
    days = pd.bdate_range(begin, periods=len(returns) + 1)
    return pd.Series(100_000 * np.cumprod(np.append(1.0, 1 + np.asarray(returns))), days)


def figures(equity: pd.Series, other: pd.Series, bills: float | None = None) -> dict[str, float | None]:
    """Return all figures of an account that always holds shares."""
    rate = None if bills is None else pd.Series(bills, equity.index[1:])
    return further_figures(equity, other, held=pd.Series(data=True, index=equity.index), bills=rate)


def random_pair() -> tuple[pd.Series, pd.Series]:
    """Return two accounts of four years that move together."""
    rng = np.random.default_rng(3)
    large = rng.normal(0.0004, 0.01, 1000)
    return account(0.8 * large + rng.normal(0.0002, 0.006, 1000)), account(large)


@pytest.fixture(scope="module", params=["random", "real"])
def pair(request: pytest.FixtureRequest) -> tuple[pd.Series, pd.Series]:
    """Return an account and hold-large: random, and on real bars."""
    if request.param == "random":
        return random_pair()
    market = request.getfixturevalue("real_market")
    comparison = cs.compare(["breakout"], market)
    return comparison.results["breakout"].equity, comparison.results["hold-large"].equity


def test_risk_is_another_library_s(pair: tuple[pd.Series, pd.Series]) -> None:
    """Value at risk, shortfall, tails, omega, beta, captures and the rest are empyrical's and pyfolio's."""
    found = figures(*pair)
    own, large = (one.pct_change().dropna() for one in pair)
    expected = {
        "value_at_risk": empyrical.value_at_risk(own),
        "expected_shortfall": empyrical.conditional_value_at_risk(own),
        "tail_ratio": empyrical.tail_ratio(own),
        "profit_factor": empyrical.omega_ratio(own),
        "beta": empyrical.beta(own, large),
        "up_capture": empyrical.up_capture(own, large),
        "down_capture": empyrical.down_capture(own, large),
        "skew": own.skew(),
        "kurtosis": own.kurt(),
        "correlation": own.corr(large),
        "information_ratio": empyrical.excess_sharpe(own, large) * 252**0.5,
        "tracking_error": (own - large).std() * 252**0.5,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


@pytest.mark.filterwarnings("ignore:The inplace keyword in Series.drop")
def test_drawdowns_are_pyfolio_s(pair: tuple[pd.Series, pd.Series]) -> None:
    """The longest and the deepest of pyfolio's table of drawdowns are ours."""
    own = pair[0].pct_change().fillna(0)
    table = pyfolio.timeseries.gen_drawdown_table(own, top=500).dropna(subset=["Net drawdown in %"])
    recovered = table.dropna(subset=["Recovery date"])
    lengths = (pd.to_datetime(recovered["Recovery date"]) - pd.to_datetime(recovered["Peak date"])).dt.days
    found = figures(*pair)
    total = float(pair[0].iloc[-1] / pair[0].iloc[0] - 1)
    assert found["recovery_factor"] == pytest.approx(total / (table["Net drawdown in %"].max() / 100))
    assert found["longest_drawdown_days"] is not None
    assert found["longest_drawdown_days"] >= lengths.max()


def test_what_quantstats_has_oddly_is_by_hand_here(pair: tuple[pd.Series, pd.Series]) -> None:
    """Alpha, Treynor, ulcer, profit ratio, outliers, Kelly and returns over fixed spans follow their definitions."""
    equity, large = pair
    found = figures(equity, large, bills=0.00008)
    r, b = equity.pct_change().dropna().to_numpy(), large.pct_change().dropna().to_numpy()
    beta = ((r - r.mean()) * (b - b.mean())).sum() / ((b - b.mean()) ** 2).sum()
    years = (equity.index[-1] - equity.index[0]).days / 365.25
    growth = (equity.iloc[-1] / equity.iloc[0]) ** (1 / years) - 1
    high, squares = 0.0, []
    for value in equity:
        high = max(high, value)
        squares.append((value / high - 1) ** 2)
    ulcer = math.sqrt(sum(squares) / len(squares))
    up, down = [x for x in r if x > 0], [-x for x in r if x < 0]
    win, gain, loss = len(up) / (len(up) + len(down)), sum(up) / len(up), sum(down) / len(down)
    last = equity.index[-1]

    def since(offset: pd.DateOffset) -> float:
        return float(equity.iloc[-1] / equity[: last - offset].iloc[-1])

    expected = {
        "alpha": 252 * (r.mean() - 0.00008 - beta * (b.mean() - 0.00008)),
        "treynor": 252 * (r.mean() - 0.00008) / beta,
        "ulcer_index": ulcer,
        "ulcer_performance": growth / ulcer,
        "risk_adjusted_return": growth,
        "payoff_ratio": gain / loss,
        "profit_ratio": (gain / len(up)) / (loss / len(down)),
        "outlier_win": np.quantile(r, 0.99) / gain,
        "outlier_loss": np.quantile(r, 0.01) / -loss,
        "kelly": win - (1 - win) / (gain / loss),
        "risk_of_ruin": min(1.0, ((1 - win) / win) ** (1 / loss)),
        "three_months": since(pd.DateOffset(months=3)) - 1,
        "one_year": since(pd.DateOffset(years=1)) - 1,
        "three_years": since(pd.DateOffset(years=3)) ** (1 / 3) - 1,
        "year_to_date": equity.iloc[-1] / equity[: f"{last.year - 1}-12-31"].iloc[-1] - 1,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-15)


AWKWARD = {
    "one session": [],
    "two sessions": [0.01],
    "twenty sessions": [0.01, -0.02, 0.005, 0.0] * 4 + [0.01, -0.01, 0.02],
    "never moves": [0.0] * 30,
    "always the same": [0.001] * 30,
    "no drawdown": [0.001, 0.002] * 20,
    "under water from the first day": [-0.1, 0.01, 0.02] * 10,
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_accounts_have_figures_or_none(name: str) -> None:
    """No series makes a figure infinite, not a number or an error; what does not exist is None."""
    equity = account(AWKWARD[name])
    found = figures(equity, equity, bills=0.0001)
    assert set(found) == set(FORMS)
    assert all(value is None or math.isfinite(value) for value in found.values())
    if name in {"never moves", "always the same"}:
        assert [found[key] for key in ("skew", "kurtosis", "correlation", "beta", "smart_sharpe")] == [None] * 5
    if name == "no drawdown":
        assert (found["ulcer_index"], found["mean_drawdown"], found["recovery_factor"]) == (0.0, None, None)
        assert (found["winning_sessions"], found["risk_of_ruin"]) == (1.0, 0.0)
    if name == "under water from the first day":
        assert found["longest_drawdown_days"] == (equity.index[-1] - equity.index[0]).days


def test_the_benchmark_beside_itself_moves_with_itself() -> None:
    """Beta, correlation and captures of an account against itself are 1, and it has no lead."""
    equity, _ = random_pair()
    found = figures(equity, equity, bills=0.0001)
    assert [found[key] for key in ("beta", "correlation", "up_capture", "down_capture")] == pytest.approx([1] * 4)
    assert (found["tracking_error"], found["information_ratio"]) == (0.0, None)
    assert found["alpha"] == pytest.approx(0, abs=1e-12)


def test_a_tearsheet_shows_them_to_the_digits_of_their_form(market: Any) -> None:
    """Every further figure stands on the page beside the benchmark's, with its definition."""
    comparison = cs.compare(["breakout"], market)
    result, large = comparison.results["breakout"], comparison.results["hold-large"]
    page = Page(tearsheet(result, large))
    bills = result.backdrop.bills if result.backdrop else None
    shown = {row[0]: row[1:] for rows in page.tables for row in rows}
    held = pd.Series(data=True, index=result.equity.index)
    held.iloc[0] = False  # the first session only decides
    for number, one in enumerate((result, large)):
        found = further_figures(one.equity, large.equity, held=held, bills=bills)
        for group in FURTHER_FIGURES.values():
            for key, metric in group.items():
                assert shown[metric.label][number] == in_words(metric.form, found[key]), key
                assert shown[metric.label][2] == metric.definition


def test_every_further_figure_is_documented() -> None:
    """docs/metrics.md has a row for each, with its definition."""
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    for group in FURTHER_FIGURES.values():
        for metric in group.values():
            assert f"| {metric.label} | {metric.definition} |" in text
