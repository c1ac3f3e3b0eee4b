"""QuantStats' charts: each draws what its caption says, looks the same, and says so when the market was invented."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pages import Page

import capshift as cs
from capshift.backtests import Account
from capshift.reports import quantstats_charts
from capshift.reports.pages import Link
from capshift.reports.quantstats_charts import charts
from capshift.reports.rule_page import rule_page
from capshift.reports.tearsheet import tearsheet

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from capshift.backtests import Result
    from capshift.data_feeds import Market

DRAWINGS = {drawing.title: drawing for drawing in quantstats_charts._DRAWINGS}


@pytest.fixture(scope="module")
def pair(market: Market) -> tuple[Result, Result]:
    """Return a rule and hold-large."""
    comparison = cs.compare(["breakout"], market)
    return comparison.results["breakout"], comparison.results["hold-large"]


@pytest.fixture(scope="module")
def returns(pair: tuple[Result, Result]) -> tuple[pd.Series, pd.Series]:
    """Return their session returns."""
    return pair[0].returns.rename("Rule"), pair[1].returns.rename("hold-large")


def drawn(title: str, returns: tuple[pd.Series, pd.Series]) -> Any:
    """Return the axes of one chart before they become a picture."""
    figure = DRAWINGS[title].draw(*returns)
    quantstats_charts.plt.close(figure)
    return figure.axes[0]


def lines(axes: Any) -> tuple[dict[str, np.ndarray], list[float]]:
    """Return the curves by label, and where the level lines lie."""
    curves, levels = {}, []
    for line in axes.lines:
        values = np.asarray(line.get_ydata(), dtype=float)
        if len(values) > 2:
            curves[str(line.get_label())] = values
        else:
            levels.append(values[0])
    return curves, levels


def slow(values: np.ndarray, figure: str) -> list[float]:
    """Return a figure over the last 126 returns, one window after the other."""
    found = []
    for end in range(126, len(values) + 1):
        window = values[end - 126 : end]
        deviation = (((window - window.mean()) ** 2).sum() / 125) ** 0.5
        found.append(deviation * 252**0.5 if figure == "volatility" else window.mean() / deviation * 252**0.5)
    return found


def test_growth_is_the_account_s(returns: tuple[pd.Series, pd.Series], pair: tuple[Result, Result]) -> None:
    """The curves end at how many times the opening cash each account holds."""
    curves, _ = lines(drawn("Growth", returns))
    assert curves["Rule"] == pytest.approx((pair[0].equity / 100_000).to_numpy()[1:])
    assert curves["hold-large"] == pytest.approx((pair[1].equity / 100_000).to_numpy()[1:])


def test_under_water_is_the_fall_from_the_highest_close(
    returns: tuple[pd.Series, pd.Series], pair: tuple[Result, Result]
) -> None:
    """QuantStats' curve is the equity over its highest so far, and its dashed line the mean of that."""
    curves, levels = lines(drawn("Under water", returns))
    equity, high, fall = pair[0].equity.tolist(), 0.0, []
    for close in equity:
        high = max(high, close)
        fall.append(close / high - 1)
    assert curves["Rule"] == pytest.approx(fall[1:], abs=1e-12)
    assert min(levels) == pytest.approx(np.mean(fall[1:]))


def test_an_account_under_water_from_the_first_day_is_drawn_so(returns: tuple[pd.Series, pd.Series]) -> None:
    """A first return of -10 % is drawn as a fall of 10 %, not as a new beginning."""
    falling = returns[0].copy()
    falling.iloc[0] = -0.10
    curves, _ = lines(drawn("Under water", (falling, returns[1])))
    assert curves["Rule"][0] == pytest.approx(-0.10)


def test_rolling_volatility_is_that_of_126_returns(returns: tuple[pd.Series, pd.Series]) -> None:
    """QuantStats' two curves are the windows' sample deviations, and its dashed line the mean of the rule's."""
    curves, levels = lines(drawn("Rolling volatility", returns))
    for one in returns:
        assert curves[str(one.name)] == pytest.approx(slow(one.to_numpy(), "volatility"))
    assert max(levels) == pytest.approx(np.mean(slow(returns[0].to_numpy(), "volatility")))


def test_rolling_sharpe_is_that_of_126_returns(returns: tuple[pd.Series, pd.Series]) -> None:
    """QuantStats' curve is the windows' mean over deviation, and its dashed line the mean of it."""
    curves, levels = lines(drawn("Rolling Sharpe", returns))
    expected = slow(returns[0].to_numpy(), "sharpe")
    assert curves["Rule"] == pytest.approx(expected)
    assert max(levels) == pytest.approx(np.mean(expected))


def test_years_are_drawn_over_their_numbers(returns: tuple[pd.Series, pd.Series], pair: tuple[Result, Result]) -> None:
    """Each year has two bars around it, as high as the resampled equity's change."""
    bars = drawn("Calendar years", returns).patches
    for half, one in zip((bars[: len(bars) // 2], bars[len(bars) // 2 :]), (pair[1], pair[0]), strict=True):
        last = one.equity.resample("YE").last()
        expected = (last / last.shift(fill_value=one.equity.iloc[0]) - 1).tolist()
        assert [bar.get_height() for bar in half] == pytest.approx(expected)
        assert [round(bar.get_x() + bar.get_width() / 2) for bar in half] == [stamp.year for stamp in last.index]


def test_session_returns_reach_from_the_lowest_to_the_highest_of_each_week(
    returns: tuple[pd.Series, pd.Series],
) -> None:
    """Each stroke spans a week's session returns and 0."""
    (stroke,) = [line for line in drawn("Session returns", returns).lines if len(line.get_xdata()) > 2]
    reach = np.asarray(stroke.get_ydata(), dtype=float).reshape(-1, 3)
    weeks = [f"{day.isocalendar()[0]}-{day.isocalendar()[1]:02}" for day in returns[0].index]
    weekly = returns[0].groupby(weeks)
    assert reach[:, 0] == pytest.approx([min(week.min(), 0) for _, week in weekly])
    assert reach[:, 1] == pytest.approx([max(week.max(), 0) for _, week in weekly])
    assert np.isnan(reach[:, 2]).all()


def test_the_distribution_counts_every_month_once(
    returns: tuple[pd.Series, pd.Series], pair: tuple[Result, Result]
) -> None:
    """The bars of each account add up to its months, and each stands over the returns it counts."""
    bars = drawn("Distribution of monthly returns", returns).patches
    for half, one in zip((bars[: len(bars) // 2], bars[len(bars) // 2 :]), (pair[1], pair[0]), strict=True):
        last = one.equity.resample("ME").last()
        change = (last / last.shift(fill_value=one.equity.iloc[0]) - 1).to_numpy()
        assert sum(bar.get_height() for bar in half) == len(change)
        for bar in half:
            low = np.floor((bar.get_x() + bar.get_width() / 2) * 50) / 50
            assert bar.get_height() == ((change >= low - 1e-9) & (change < low + 0.02 - 1e-9)).sum()


def test_every_chart_of_a_simulated_market_is_stamped(returns: tuple[pd.Series, pd.Series]) -> None:
    """The word stands in the picture and in its name, and in neither without a stamp."""
    assert all(one.svg.count("SIMULATED") >= 2 for one in charts(*returns, stamp="SIMULATED"))
    assert all("SIMULATED" not in one.svg for one in charts(*returns))


def legends(svg: str) -> list[str]:
    """Return the names in a picture's legend, in order."""
    _, _, legend = svg.partition("-legend_1")
    return re.findall(r"<text[^>]*>([^<]*)</text>", legend)


def test_legends_name_the_rule_first(returns: tuple[pd.Series, pd.Series]) -> None:
    """In every chart with a legend the rule stands first, by its name, and hold-large second; neither stands twice."""
    for name in ("breakout,entry=100", "hold-large"):
        found = [legends(one.svg) for one in charts(*returns, name=name)]
        shown = [tuple(one[:2]) for one in found if one]
        assert len(shown) >= 5
        assert set(shown) <= ({(name,), (name, "hold-large")} if name != "hold-large" else {(name,)})


def test_a_tearsheet_has_the_colours_of_its_comparison(market: Market, tmp_path: Path) -> None:
    """The rule's lines have the colour that the comparison's page gives it, and hold-large is grey in both."""
    comparison = cs.compare(["mix", "hold-small"], market)
    page = cs.save_comparison(comparison, tmp_path).read_text(encoding="utf-8")
    for name in comparison.results:
        colour = re.search(rf'"name": "{name}"[^}}]*?"colour": "(#\w+)"', page) or re.search(
            rf'"colour": "(#\w+)"[^}}]*?"name": "{name}"', page
        )
        assert colour is not None
        sheet = (tmp_path / name / "tearsheet.html").read_text(encoding="utf-8")
        assert f"<style>:root {{ --rule: {colour[1]}; }}</style>" in sheet
        assert (name == "hold-large") == (colour[1].lower() == "#7f7f7f")
        assert sheet.count("--large: #7f7f7f;") == 2


def test_charts_are_well_formed_named_and_small(returns: tuple[pd.Series, pd.Series]) -> None:
    """Each picture is XML with role, name and ids of its own; together they stay below half a megabyte."""
    drawings = charts(*returns)
    for one in drawings:
        root = ET.fromstring(one.svg)  # noqa: S314 - our own picture
        assert root.attrib["role"] == "img"
        assert one.title in root.attrib["aria-label"]
        assert not re.findall(r'(?:href|src)="\s*(?:\w+:)?//', one.svg)
    ids = [found for one in drawings for found in re.findall(r'\bid="([^"]*)"', one.svg)]
    assert len(ids) == len(set(ids)) > 0
    references = {found for one in drawings for found in re.findall(r'(?:url\(|href=")#([^")]*)', one.svg)}
    assert references <= set(ids)
    assert sum(len(one.svg) for one in drawings) < 500_000


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_returns_that_are_no_numbers_are_a_fault(returns: tuple[pd.Series, pd.Series], wrong: float) -> None:
    """QuantStats never sees a gap that it would fill."""
    broken = returns[0].copy()
    broken.iloc[7] = wrong
    with pytest.raises(ValueError, match="must be finite"):
        charts(broken, returns[1])


def test_sessions_that_do_not_rise_are_a_fault(returns: tuple[pd.Series, pd.Series]) -> None:
    """QuantStats never sees a series turned around, nor a day twice."""
    for order in (slice(None, None, -1), [0, 0, *range(1, len(returns[0]))]):
        with pytest.raises(ValueError, match="sessions must rise"):
            charts(returns[0].iloc[order], returns[1].iloc[order])


@pytest.mark.parametrize("seed", ["0", "1"])
def test_two_processes_write_the_same_bytes(pair: tuple[Result, Result], tmp_path: Path, seed: str) -> None:
    """A worker of its own draws the very page that this process draws, whatever its hash seed."""
    folders = [one.save(tmp_path / one.name) for one in pair]
    command = [sys.executable, "-m", "capshift.reports.worker", "../", "run", str(folders[1]), f"={folders[0]}"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    assert (done.returncode, done.stderr) == (0, "")
    links = [Link("All runs", "../index.html"), Link("Every decision", "rule.html")]
    assert (folders[0] / "tearsheet.html").read_text(encoding="utf-8") == tearsheet(*pair, links=links)
    links[1] = Link("Tearsheet", "tearsheet.html")
    assert (folders[0] / "rule.html").read_text(encoding="utf-8") == rule_page(*pair, links=links)


@pytest.mark.parametrize("end", ["2020-01-03", "2020-01-07", "2020-01-31", "2020-03-31", "2020-12-31"])
def test_a_fractional_account_has_a_page_at_any_length(end: str) -> None:
    """Two sessions to a year: parts of shares are shown with four decimals and no warning is printed."""
    market = cs.load_market(start="2020-01-02", end=end)
    comparison = cs.compare(["mix"], market, account=Account(fractional=True, commission=0.001))
    page = Page(tearsheet(comparison.results["mix"], comparison.results["hold-large"]))
    assert re.fullmatch(r"-?[\d,]+\.\d{4}", page.table("Decided")[0][3])


def test_an_account_that_stands_still_beside_one_that_moves_has_a_page(pair: tuple[Result, Result]) -> None:
    """Equity that never changes is said not to be drawn, and its tables hold zeros."""
    still = dataclasses.replace(pair[0], equity=pair[0].equity * 0 + 100_000)
    page = Page(tearsheet(still, pair[1]))
    assert page.text.count("the returns never vary") == 7
    assert {row[1] for row in page.table("Year") if len(row) == 4} == {"0.00 %"}
