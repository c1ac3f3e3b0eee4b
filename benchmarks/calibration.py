"""Does the comparison cry wolf as often as it says, and does it find an edge that is there?

Each simulated market has two legs of the same law: one common factor whose volatility clusters (GARCH), fat tails
(Student's t), a move of their own, the same expected simple return. The standard rules trade it without costs over
5,000 sessions, and the functions that `compare` uses judge them. Where an edge is planted, the small leg earns more in
the sessions in which rate-cut holds it, so much that rate-cut's information ratio (annualised, of its lead over
hold-large) is the one asked for; the other rules earn of it what they happen to hold.

    python benchmarks/calibration.py [--markets 1000] [--planted 100] [--processes 1] [--plot FILE.png]

Opens are the closes before, so that returns are known exactly: the true difference of Sharpe ratios is 0 for rules that
switch, and for mix follows from the correlation of the legs. It takes about a second a market. StepM, which is SPA
step by step, is left out: its steps are those of the stepdown p-values.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from capshift.backtests import Account
from capshift.backtests.array_engine import simulate_arrays
from capshift.backtests.metrics import DAYS_A_YEAR, SESSIONS_A_YEAR, session_returns, sharpe
from capshift.backtests.redrawn import interval, luck, redrawn
from capshift.backtests.resampling import SIZE, block_length, superiority
from capshift.backtests.sharpe_ratios import deflated_sharpe, moments
from capshift.backtests.trials import trials_variance
from capshift.backtests.uncertainty import studentised
from capshift.data_feeds import Bars, Market, Provenance, build_market, packaged_decisions
from capshift.data_feeds.calendar import nyse_sessions
from capshift.strategies import BENCHMARK, STANDARD_SET, rule_class
from capshift.strategies.parameters import resolve

SESSIONS = 5_000
PLANTED = (0.2, 0.4, 0.6, 0.8, 1.0)
PLANTED_RULE = "rate-cut"
#: A year's expected simple return of both legs, the deviation of a session's return, and the legs' correlation.
_EXPECTED, _DEVIATION, _CORRELATION = 0.085, 0.0125, 0.80
_ARCH, _GARCH, _TAIL_DEGREES = 0.08, 0.90, 6
_ACCOUNT = Account(slippage=0.0, fractional=True, interest=False)


class Found(NamedTuple):
    """What the comparison said of one market.

    Attributes:
        spa: Hansen's consistent p-value.
        luck: The smallest of the rules' stepdown p-values.
        deflated: Deflated Sharpe ratio of the best difference to the benchmark.
        covered: One truth value a rule: whether the 90 % interval of its Sharpe difference holds the true one.
        ratio: The planted rule's information ratio in this market.
    """

    spa: float
    luck: float
    deflated: float
    covered: tuple[bool, ...]
    ratio: float


@lru_cache(maxsize=1)
def _sessions(count: int) -> pd.DatetimeIndex:
    return nyse_sessions(pd.Timestamp("2000-01-03"), pd.Timestamp("2000-01-03") + pd.Timedelta(days=count * 2))[:count]


def _shocks(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return fat-tailed shocks of variance 1."""
    return random.standard_t(_TAIL_DEGREES, shape) / (_TAIL_DEGREES / (_TAIL_DEGREES - 2)) ** 0.5


def leg_returns(seed: int, count: int, extra: np.ndarray | float = 0.0) -> np.ndarray:
    """Return simple returns of small and large caps, the first of which is not used, shape (sessions, 2)."""
    random = np.random.default_rng([20_250_827, seed])
    shared, own = _shocks(random, (count,)), _shocks(random, (count, 2))
    variance, deviations = 1.0, np.empty(count)
    for t, shock in enumerate(shared.tolist()):
        deviations[t] = variance**0.5
        variance = 1 - _ARCH - _GARCH + variance * (_ARCH * shock**2 + _GARCH)
    moves = _CORRELATION**0.5 * shared[:, None] + (1 - _CORRELATION) ** 0.5 * own
    returns = _EXPECTED / SESSIONS_A_YEAR + _DEVIATION * deviations[:, None] * moves
    returns[:, 0] += extra
    return np.maximum(returns, -0.5)


def market_of(returns: np.ndarray) -> Market:
    """Return the market of two legs with such returns."""
    legs = {}
    for role, symbol, moves in zip(("small", "large"), ("SMALL", "LARGE"), returns.T, strict=True):
        close = 100 * np.concatenate([[1.0], np.cumprod(1 + moves[1:])])
        opening = np.concatenate([close[:1], close[:-1]])
        legs[role] = Bars(
            symbol=symbol,
            sessions=_sessions(len(close)),
            open=opening,
            high=np.maximum(opening, close),
            low=np.minimum(opening, close),
            close=close,
            volume=np.full(len(close), 1e6),
            dividend=np.zeros(len(close)),
        )
    provenance = Provenance("sample", "SIMULATED for calibration", simulated=True)
    return build_market(legs=legs, series=[], fomc=packaged_decisions(), provenance=provenance)


def planted(ratio: float, count: int) -> np.ndarray:
    """Return what the small leg earns more a session, for an information ratio of the planted rule."""
    if not ratio:
        return np.zeros(count)
    market = market_of(leg_returns(0, count))
    rule = rule_class(PLANTED_RULE)
    holds = np.array(rule.decided(market, resolve(rule, {})).rows(("small", "large")))[:, 0] > 0
    earns = np.concatenate([[False], holds[:-1]])
    deviation = _DEVIATION * (2 * (1 - _CORRELATION)) ** 0.5
    return earns * ratio * deviation / (earns.mean() * SESSIONS_A_YEAR) ** 0.5


def true_sharpe_differences(names: list[str]) -> list[float]:
    """Return the Sharpe ratio of each rule above the benchmark's in the long run, where no edge is planted."""
    ratio = _EXPECTED / SESSIONS_A_YEAR**0.5 / _DEVIATION
    return [ratio * (((1 + _CORRELATION) / 2) ** -0.5 - 1) if name == "mix" else 0.0 for name in names]


def judged(seed: int, *, ratio: float = 0.0, count: int = SESSIONS, replicates: int = 500) -> Found:
    """Return what the comparison says of one market."""
    market = market_of(leg_returns(seed, count, planted(ratio, count)))
    accounts = {
        name: simulate_arrays(rule_class(name), market, resolve(rule_class(name), {}), _ACCOUNT).equity
        for name in STANDARD_SET
    }
    names = [name for name in STANDARD_SET if name != BENCHMARK and np.ptp(accounts[name] - accounts[BENCHMARK])]
    table = np.column_stack([session_returns(accounts[name]) for name in (BENCHMARK, *names)])
    leads = table[:, 1:] - table[:, :1]
    block = block_length(np.hstack([table, leads]))
    years = (market.sessions[-1] - market.sessions[0]).days / DAYS_A_YEAR
    drawn = redrawn(table, block, years, with_drawdowns=False, replicates=replicates)
    drawn_leads = drawn.means[:, 1:] - drawn.means[:, :1]
    scaled, zero = studentised(leads, drawn_leads), np.zeros(len(leads))
    ratios = [sharpe(table[:, k]) for k in range(len(names) + 1)]
    covered = []
    for k, truth in enumerate(true_sharpe_differences(names), start=1):
        found = interval(ratios[k] - ratios[0], drawn.sharpes[:, k] - drawn.sharpes[:, 0])
        covered.append(found.low <= truth <= found.high)
    of = [moments(lead) for lead in leads.T]
    best = max(of, key=lambda one: one.sharpe)
    variance = trials_variance([one.sharpe for one in of], len(leads))
    return Found(
        spa=superiority(zero, scaled, block=block, replicates=replicates).consistent,
        luck=float(luck(leads.mean(axis=0), drawn_leads).min()),
        deflated=deflated_sharpe(best, variance, len(names)),
        covered=tuple(covered),
        ratio=sharpe(leads[:, names.index(PLANTED_RULE)]),
    )


def rates(found: list[Found]) -> dict[str, float]:
    """Return how often each test rejects, intervals cover and rules look deflated-proof."""
    return {
        "markets": len(found),
        "information_ratio": float(np.mean([one.ratio for one in found])),
        "spa_rejects": float(np.mean([one.spa < SIZE for one in found])),
        "luck_rejects": float(np.mean([one.luck < SIZE for one in found])),
        "deflated_above_95": float(np.mean([one.deflated > 1 - SIZE for one in found])),
        "interval_covers": float(np.mean([covers for one in found for covers in one.covered])),
    }


def calibrated(markets: int, planted_markets: int, processes: int, count: int, replicates: int) -> list[dict[str, Any]]:
    """Return the rates without an edge and with each planted one."""
    rows = []
    with ProcessPoolExecutor(processes) as pool:
        for ratio in (0.0, *PLANTED):
            seeds = range(1, 1 + (planted_markets if ratio else markets))
            judge = partial(judged, ratio=ratio, count=count, replicates=replicates)
            rows.append({"planted": ratio, **rates(list(pool.map(judge, seeds, chunksize=5)))})
            print(_line(rows[-1]), flush=True)
    return rows


def _line(row: dict[str, Any]) -> str:
    cover = "" if row["planted"] else f", 90 % intervals cover {row['interval_covers']:.1%}"
    return (
        f"planted {row['planted']:.1f} (realised {row['information_ratio']:+.2f}), {row['markets']} markets: "
        f"SPA rejects {row['spa_rejects']:.1%}, stepdown {row['luck_rejects']:.1%}, "
        f"deflated Sharpe > 0.95 {row['deflated_above_95']:.1%}{cover}"
    )


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Draw how often an edge is found against its size."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only for the picture

    figure = Figure(figsize=(8, 4.6), dpi=110, layout="constrained")
    axes = figure.subplots()
    planted_ratios = [row["planted"] for row in rows]
    styles = {
        "spa_rejects": ("SPA rejects at 5 %", "#0072B2", "o-"),
        "deflated_above_95": ("deflated Sharpe above 0.95", "#D55E00", "^-"),
    }
    for key, (label, colour, style) in styles.items():
        axes.plot(planted_ratios, [100 * row[key] for row in rows], style, color=colour, label=label)
    axes.axhline(5, color="#7F7F7F", linewidth=1, linestyle=":", label="5 %: what luck is allowed")
    axes.set_xlabel("planted information ratio of rate-cut, a year (0: no edge)")
    axes.set_ylabel("% of simulated markets")
    axes.set_ylim(0, 100)
    axes.set_title(f"SIMULATED: how often an edge is found in {SESSIONS:,} sessions", loc="left", fontsize=11)
    axes.grid(visible=True, color="#D9DEE3", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(file, metadata={"Software": None})


def main() -> None:
    """Calibrate, and print and draw what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--markets", type=int, default=1_000, help="without an edge")
    parser.add_argument("--planted", type=int, default=100, help="with each planted edge")
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--replicates", type=int, default=500, help="histories drawn from each market")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path, help="write the rates here")
    asked = parser.parse_args()
    began = time.monotonic()
    rows = calibrated(asked.markets, asked.planted, asked.processes, asked.sessions, asked.replicates)
    print(f"{asked.sessions:,} sessions, {asked.replicates} replicates, {time.monotonic() - began:,.0f} s")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    if asked.plot:
        draw(rows, asked.plot)


if __name__ == "__main__":
    main()
