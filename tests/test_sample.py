"""The sample market: repeatable, plausible, without an edge, and never mistaken for history."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from capshift.data_feeds import SampleSource, load_market, packaged_decisions
from capshift.data_feeds.series import KNOWN_SERIES
from capshift.data_feeds.validation import check_dates, check_dividends, check_gaps, check_prices


def test_the_same_seed_is_the_same_market() -> None:
    """Two draws of one seed agree bit for bit, and another seed does not."""
    assert load_market(leaders="QQQ").fingerprint == load_market(leaders="QQQ").fingerprint
    assert load_market(seed=1).fingerprint != load_market(seed=2).fingerprint


def test_no_symbol_depends_on_which_others_were_asked_for() -> None:
    """A symbol's bars are the same whether or not others were drawn before it."""
    source = SampleSource()
    source.bars("QQQ"), source.series("DGS10")
    pd.testing.assert_frame_equal(source.bars("IWM").frame(), SampleSource().bars("IWM").frame())


@pytest.mark.parametrize("symbol", ["IWM", "IJR", "SPY", "QQQ"])
def test_simulated_bars_pass_the_checks_of_real_ones(symbol: str) -> None:
    """Dates, gaps, prices and dividends are such as a real file may have, from 2000 to 2025."""
    one = SampleSource().bars(symbol)
    check_dates(symbol, one.sessions, first_row=2)
    check_gaps(symbol, one.sessions)
    check_prices(symbol, one.frame(), first_row=2)
    check_dividends(symbol, one.frame(), first_row=2)
    assert (str(one.sessions[0].date()), str(one.sessions[-1].date())) == ("2000-01-03", "2025-12-31")
    assert (one.dividend > 0).sum() == 26 * 4


def test_the_bars_look_like_a_market_s() -> None:
    """Small and large caps are highly correlated, with fat tails and clusters of volatility."""
    source = SampleSource()
    small, large = (pd.Series(source.bars(symbol).total_return).pct_change().dropna() for symbol in ("IWM", "SPY"))
    assert 0.80 < small.corr(large) < 0.97
    assert 0.14 < large.std() * 252**0.5 < 0.24
    assert small.std() > large.std()
    assert large.kurt() > 2
    assert large.autocorr() == pytest.approx(0, abs=0.06)
    assert large.abs().autocorr() > 0.1


def test_no_edge_is_planted_unless_asked() -> None:
    """Over many seeds, small minus large earns nothing after cuts; with 10 % planted, about 10 %."""
    plain = [_after_cuts(SampleSource(seed)) for seed in range(30)]
    planted = [_after_cuts(SampleSource(seed, edge=0.10)) for seed in range(30)]
    error = np.std(plain, ddof=1) / 30**0.5
    assert abs(np.mean(plain)) < 3 * error
    assert np.mean(np.subtract(planted, plain)) == pytest.approx(0.10, abs=0.001)


def _after_cuts(source: SampleSource) -> float:
    """Return small minus large a year, in the 252 sessions after the first cut of 2007 and that of 2019."""
    small, large = (source.bars(symbol) for symbol in ("IWM", "SPY"))
    gap = np.diff(np.log(small.total_return)) - np.diff(np.log(large.total_return))
    after = [
        np.expm1(gap[k : k + 252]).sum()
        for k in np.searchsorted(small.sessions, pd.to_datetime(["2007-09-18", "2019-07-31"]))
    ]
    return float(np.mean(after))


def test_the_description_names_the_planted_edge() -> None:
    """Whoever reads the provenance learns that the market is simulated, and of any edge."""
    assert (
        SampleSource(7).description == "SIMULATED market, seed 7, with no edge planted: what a rule gains here is luck"
    )
    assert "an edge of 0.1 a year planted after cuts" in SampleSource(edge=0.1).description


def test_every_known_series_is_there() -> None:
    """The sample market has all series that rules may ask for, and no others; no volatility index of small caps."""
    source = SampleSource()
    for name in set(KNOWN_SERIES) - {"RVXCLS"}:
        values = source.series(name)
        assert values is not None
        assert np.isfinite(values.values).all()
    assert source.series("NOPE") is None


def test_the_fed_s_decisions_are_the_real_ones() -> None:
    """The sample's FOMC dates are the public record's, up to its last session."""
    real = packaged_decisions()
    assert list(SampleSource().fomc().dates) == list(real.dates[real.dates <= "2025-12-31"])
