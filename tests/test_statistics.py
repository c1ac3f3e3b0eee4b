"""The statistics against published values, arch called directly, and formulas written out slowly."""

from __future__ import annotations

import math
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from arch.bootstrap import MCS, SPA, StationaryBootstrap, StepM
from conftest import reference
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

from capshift.backtests.overfitting import overfitting
from capshift.backtests.resampling import (
    block_length,
    confidence_set,
    drawn_sessions,
    long_run_covariance,
    superior_rules,
    superiority,
)
from capshift.backtests.sharpe_difference import mean_standard_error, sharpe_difference
from capshift.backtests.sharpe_ratios import (
    Moments,
    autocorrelation_scaling,
    autocorrelations,
    deflated_sharpe,
    expected_maximum,
    lo_standard_error,
    minimum_backtest_years,
    minimum_track_record,
    moments,
    probabilistic_sharpe,
    sharpe_by_luck,
    sharpe_standard_error,
)
from capshift.backtests.trials import effective_trials
from capshift.errors import ParameterError


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """Return published values, and those of an independent implementation."""
    return reference("statistics.json")


def returns_of(seed: int, sessions: int, rules: int) -> np.ndarray:
    """Return fat-tailed daily returns that share a factor."""
    random = np.random.default_rng(seed)
    return 0.01 * (random.standard_t(5, (sessions, rules)) + random.standard_t(5, (sessions, 1)))


def given_digits(value: float) -> float:
    """Return half a unit of a number's last digit as written."""
    return max(0.5000001 * 10 ** -len(repr(value).partition(".")[2]), 1e-13)


def test_probabilistic_sharpe_has_the_published_values(published: dict[str, Any]) -> None:
    """The probabilistic Sharpe ratios of 2012 and 2025 equal those of their papers to the digits given."""
    for case in published["PSR"]:
        sharpe = 1.585 / 12**0.5 if isinstance(case["sr"], str) else case["sr"]
        of = Moments(sharpe, case["T"], case.get("skew", -2.448), case.get("kurt", 10.164))
        assert probabilistic_sharpe(of) == pytest.approx(case["psr"], abs=given_digits(case["psr"]))
    longer = probabilistic_sharpe(Moments(0.458, 36, -2.448, 10.164))
    assert longer == pytest.approx(0.9535, abs=given_digits(0.9535))
    first, second, third = published["PSR_2025_variance_at_SR0"]
    of = Moments(first["mu"] / first["sigma"], first["T"], first["skew"], first["kurt"])
    for case in (first, second):
        assert probabilistic_sharpe(of, case["sr0"], variance_at="benchmark") == pytest.approx(case["psr"], abs=5e-4)
    assert minimum_track_record(of, variance_at="benchmark") == pytest.approx(third["MinTRL"], abs=5e-4)


def test_deflated_sharpe_has_the_published_values(published: dict[str, Any]) -> None:
    """The deflated Sharpe ratio of the paper's example, and what luck alone would give, to the digits given."""
    example = published["DSR"][0]
    for case in ({**example, **one} for one in published["DSR"]):
        variance = case["var_sr_ann"] / case["periods"]
        of = Moments(case["sr_ann"] / case["periods"] ** 0.5, case["T"], case["skew"], case["kurt"])
        assert deflated_sharpe(of, variance, case["N"]) == pytest.approx(case["dsr"], abs=given_digits(case["dsr"]))
        if case["N"] != 88:
            assert sharpe_by_luck(variance, case["N"]) == pytest.approx(case["sr0_daily"], abs=5.1e-7)


def test_lengths_and_errors_have_the_published_values(published: dict[str, Any]) -> None:
    """Expected maxima, minimum lengths, standard errors and Lo's scaling equal the published ones."""
    for trials, value in published["E_max"].items():
        assert expected_maximum(int(trials)) == pytest.approx(value, abs=given_digits(value))
    assert minimum_backtest_years(45) == pytest.approx(published["MinBTL_years"]["N=45,target 1"], abs=5e-4)
    for key, value in published["MinTRL_years"].items():
        versus, schedule, *shape = key.split()
        periods = {"daily250": 250, "weekly52": 52, "monthly": 12}[schedule]
        high, low = (float(part) / periods**0.5 for part in versus.split("v"))
        skewness, kurtosis = (float(shape[0][2:]), float(shape[1][1:])) if shape else (0.0, 3.0)
        length = minimum_track_record(Moments(high, 0, skewness, kurtosis), low) / periods
        assert length == pytest.approx(value, abs=given_digits(value))
    for key, value in published["Lo_SE_iid"].items():
        count, sharpe = key.split()
        assert lo_standard_error(float(sharpe[2:]), int(count[1:])) == pytest.approx(value, abs=given_digits(value))
    for rho, value in published["Lo_eta12_AR1"].items():
        scaling = autocorrelation_scaling([float(rho) ** k for k in range(1, 12)], 12)
        assert scaling == pytest.approx(value, abs=given_digits(value))
    for case in published["SR_std_paper(HF)"]:
        error = sharpe_standard_error(case["sr"], case["n"], case["skew"], case["kurt"])
        assert error == pytest.approx(case["se"], abs=given_digits(case["se"]))


@given(values=st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=40).filter(lambda values: np.std(values) > 1e-6))
def test_moments_are_sums_of_powers(values: list[float]) -> None:
    """Sharpe ratio, skewness and kurtosis equal their definitions written as sums."""
    count, mean = len(values), math.fsum(values) / len(values)
    second, third, fourth = (math.fsum((one - mean) ** k for one in values) for k in (2, 3, 4))
    found = moments(np.array(values))
    assert found.sharpe == pytest.approx(mean / (second / (count - 1)) ** 0.5, rel=1e-6, abs=1e-9)
    assert found.skewness == pytest.approx(third / count / (second / count) ** 1.5, rel=1e-6, abs=1e-6)
    assert found.kurtosis == pytest.approx(fourth / count / (second / count) ** 2, rel=1e-6)


def test_what_never_varies_has_no_probability() -> None:
    """Returns without variance have no Sharpe ratio, no probability and no minimum length, and one trial no luck."""
    flat = moments(np.full(9, 0.01))
    assert math.isnan(probabilistic_sharpe(flat))
    assert math.isnan(minimum_track_record(flat))
    assert math.isinf(minimum_track_record(Moments(0.1, 9), 0.2))
    assert deflated_sharpe(Moments(0.1, 99), 1.0, 1) == probabilistic_sharpe(Moments(0.1, 99))
    assert math.isnan(autocorrelations(np.ones(5), 1)[0])


def test_more_trials_deflate_more() -> None:
    """The same Sharpe ratio is the less certain the more trials were made."""
    found = [deflated_sharpe(Moments(0.06, 5000), 1 / 5000, trials) for trials in (1, 2, 10, 100, 10_000)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 5


def slow_overfitting(returns: np.ndarray, blocks: int) -> float:
    """Return the probability of backtest overfitting, split by split, as the paper tells it."""
    parts = np.split(returns, blocks)
    overfit = []
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[k] for k in chosen])
        outside = np.concatenate([parts[k] for k in range(blocks) if k not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1)))
        ratios = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        share = sorted(ratios.tolist()).index(ratios[best]) + 1
        relative = share / (returns.shape[1] + 1)
        overfit.append(math.log(relative / (1 - relative)) <= 0)
    return sum(overfit) / len(overfit)


@pytest.mark.parametrize("seed", range(4))
def test_overfitting_is_what_each_split_counts(seed: int) -> None:
    """The vectorised probability of overfitting equals that of a loop over the splits."""
    returns = returns_of(seed, 240, 7)
    assert overfitting(returns, blocks=8).probability == slow_overfitting(returns, 8)


@pytest.mark.parametrize(("blocks", "splits"), [(8, 70), (10, 252), (16, 12_870)])
def test_overfitting_of_analytic_cases_is_exact(blocks: int, splits: int) -> None:
    """A variant and its opposite that sum to nothing always disappoint, and one that is always better never does."""
    wave = returns_of(1, 40 * blocks, 1)[:, 0]
    wave -= wave.mean()
    assert overfitting(np.column_stack([wave, -wave]), blocks).probability == 1.0
    better = overfitting(np.column_stack([wave + 0.002, wave]), blocks)
    assert better.probability == 0.0
    assert len(better.logits) == splits


def test_overfitting_leaves_out_the_oldest_and_reads_cash_as_nothing() -> None:
    """Sessions that fill no block do not matter, and an account that never moves has Sharpe 0."""
    returns = returns_of(2, 163, 3)
    returns[:, 2] = 0.0
    whole = overfitting(returns, blocks=8)
    assert whole.sessions == 160
    assert whole.logits.tolist() == overfitting(returns[3:], blocks=8).logits.tolist()
    assert overfitting(returns[:, [2, 2]], blocks=8).probability == 1.0
    assert overfitting(returns[:, [2, 2]], blocks=8).outside.tolist() == [0.0] * 70
    assert set(whole.summary()) >= {"probability", "probability_of_loss", "splits", "variants"}


@pytest.mark.parametrize(("shape", "blocks"), [((100, 1), 8), ((100, 3), 7), ((15, 3), 8)])
def test_overfitting_refuses_what_it_cannot_split(shape: tuple[int, int], blocks: int) -> None:
    """One variant, an odd number of blocks and too short a history are told in one line."""
    with pytest.raises(ParameterError, match="cannot be cut into"):
        overfitting(np.zeros(shape), blocks)


def test_tests_of_many_rules_equal_arch() -> None:
    """SPA, StepM and the model confidence set equal arch called directly with negated returns."""
    returns = returns_of(3, 600, 5)
    returns[:, 2] += 0.002
    benchmark, rules = returns[:, 0], returns[:, 1:]
    spa = SPA(-benchmark, -rules, block_size=4, reps=200, seed=11)
    spa.compute()
    assert tuple(superiority(benchmark, rules, block=4, replicates=200, seed=11)) == tuple(spa.pvalues)
    step = StepM(-benchmark, -rules, size=0.1, block_size=4, reps=200, seed=11)
    step.compute()
    found = superior_rules(benchmark, rules, block=4, size=0.1, replicates=200, seed=11)
    assert found == list(step.superior_models)
    assert found == [1]
    mcs = MCS(-returns, size=0.1, block_size=4, reps=200, seed=11)
    mcs.compute()
    # Columns are sorted first, so that identical ones are found; each keeps its p-value.
    values = confidence_set(returns, block=4, replicates=200, seed=11)
    assert values == pytest.approx(mcs.pvalues["Pvalue"].sort_index().tolist())


def test_identical_rules_share_their_place_in_the_confidence_set() -> None:
    """Columns that are the same, on which arch fails, have one p-value, and all being the same are all in."""
    returns = returns_of(4, 300, 3)[:, [0, 1, 2, 1]]
    values = confidence_set(returns, block=3, replicates=100)
    assert values[1] == values[3]
    assert confidence_set(returns[:, [1, 1]], block=3) == [1.0, 1.0]
    with pytest.raises(ParameterError, match="give two or more"):
        confidence_set(returns[:, [1]], block=3)


def test_sessions_are_drawn_as_arch_draws_them() -> None:
    """The stationary bootstrap's draws are arch's own, of the same seed."""
    bootstrap = StationaryBootstrap(7, np.arange(50.0), seed=5)
    theirs = [drawn.astype(int).tolist() for (drawn,), _ in bootstrap.bootstrap(4)]
    assert [drawn.tolist() for drawn in drawn_sessions(50, 7, replicates=4, seed=5)] == theirs


def test_trending_returns_ask_for_longer_blocks() -> None:
    """Autocorrelation lengthens the blocks, and columns that never vary ask for none."""
    noise = returns_of(5, 2000, 1)
    trending = np.convolve(noise[:, 0], np.ones(20), mode="valid")[:, None]
    assert block_length(noise) < 10 < block_length(trending)
    assert block_length(np.zeros((50, 2))) == 1


def test_long_run_covariance_agrees_with_statsmodels() -> None:
    """The standard error of an autocorrelated mean agrees with another library's, and with theory."""
    random = np.random.default_rng(6)
    series, value = [], 0.0
    for shock in random.normal(size=20_000):
        value = 0.5 * value + shock
        series.append(value)
    returns = np.array(series)
    other = OLS(returns, np.ones(len(returns))).fit(cov_type="HAC", cov_kwds={"maxlags": 40}).bse[0]
    assert mean_standard_error(returns) == pytest.approx(other, rel=0.05)
    assert mean_standard_error(returns) == pytest.approx((1 / (1 - 0.5)) / 20_000**0.5, rel=0.05)
    assert mean_standard_error(np.ones(5)) == 0
    assert long_run_covariance(returns_of(7, 400, 2)).shape == (2, 2)


def test_sharpe_difference_follows_ledoit_and_wolf() -> None:
    """Of independent normal returns, the standard error is that of Jobson and Korkie as Memmel corrected it."""
    random = np.random.default_rng(8)
    common, own = random.normal(size=(40_000, 1)), random.normal(size=(40_000, 2))
    one, other = (0.05 + 0.7 * common + 0.7 * own).T
    found = sharpe_difference(one, other)
    first, second = one.mean() / one.std(), other.mean() / other.std()
    assert found.difference == pytest.approx(first - second)
    rho = np.corrcoef(one, other)[0, 1]
    memmel = 2 - 2 * rho + (first**2 + second**2 - 2 * first * second * rho**2) / 2
    assert found.standard_error == pytest.approx((memmel / 40_000) ** 0.5, rel=0.03)
    assert found.p_value == pytest.approx(2 * NormalDist().cdf(-abs(found.difference) / found.standard_error))
    assert math.isnan(sharpe_difference(one, one).p_value)


def test_clusters_count_as_trials() -> None:
    """Forty variants of three ideas are three trials, ten independent ones are ten, and copies are one."""
    random = np.random.default_rng(9)
    ideas = random.normal(size=(1000, 3))
    variants = ideas[:, np.arange(40) % 3] + random.normal(0, 0.2, (1000, 40))
    assert effective_trials(variants) == 3
    assert effective_trials(random.normal(size=(1000, 10))) == 10
    assert effective_trials(variants[:, [0, 3]]) == 1
    assert effective_trials(variants[:, [0, 1]]) == 2
    assert effective_trials(np.zeros((9, 2))) == 0
    assert effective_trials(np.tile(variants, 80)) == 3
