"""Walk-forward: parameters chosen again and again on the past alone, and one account that lives by the choices."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from capshift.backtests.account import Account, interest_in_words
from capshift.backtests.decisions import Decisions, decisions_of, distinct, refuse_rented
from capshift.backtests.executors import check_workers, streamed, threads
from capshift.backtests.grid import Grid, grid_of
from capshift.backtests.metrics import LESS_IS_BETTER, METRICS, check_metric, metrics_of, session_returns
from capshift.backtests.provenance import has_no_edge, market_facts, versions
from capshift.backtests.result import Result, result_from
from capshift.backtests.runner import look_ahead
from capshift.backtests.uncertainty import FEWEST_SESSIONS, INTERVALS, RuleUncertainty, uncertainty_of
from capshift.backtests.variants import caveats_of, look_at_outermost, outermost, positions_drawn, refused_all
from capshift.backtests.verdicts import out_of_sample
from capshift.backtests.windows import Window, windows_of
from capshift.data_feeds.validation import day
from capshift.errors import RuleError
from capshift.strategies import BENCHMARK, Plain, find_rule
from capshift.strategies.combinations import packages_of
from capshift.strategies.sharing import sharing
from capshift.strategies.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from capshift.backtests.ledger import Ledger
    from capshift.backtests.replay import Tape
    from capshift.data_feeds import Market
    from capshift.strategies import Rotation
    from capshift.strategies.sharing import Memo

_BATCH = 64
#: What serves where nothing can be walked.
_BY_HAND = "sweep with --engine event on one span (--end), and run the best on the next (--start)"
STITCHED, HINDSIGHT = "walk-forward", "best in hindsight"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class WalkForward:
    """Parameters chosen window by window, and what came of it.

    Attributes:
        windows: One row a window: first and last session of `train` and `test`, the `variant` chosen, its figure on the
            training span (`in_sample`) and on the test (`out_of_sample`), and the `median` of all variants on the test.
        result: The stitched account: opened the session before the first test, it follows each window's choice, and
            pays what it costs to change from one to the next.
        benchmark: hold-large on the same sessions.
        hindsight: The one variant that is best over those very sessions: what nobody could choose.
        by: The figure that variants are chosen by.
        trials: Variants that were judged in each window.
        provenance: Market, account, versions and how the windows were cut.
    """

    windows: pd.DataFrame
    result: Result
    benchmark: Result
    hindsight: Result
    by: str
    trials: int
    provenance: Mapping[str, Any]

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return self.result.simulated

    @property
    def results(self) -> tuple[Result, Result, Result]:
        """The stitched account, the benchmark and the best in hindsight."""
        return self.result, self.benchmark, self.hindsight

    @cached_property
    def uncertainty(self) -> RuleUncertainty | None:
        """How sure one can be of the stitched account, out of sample; None with too few sessions to tell."""
        sessions = self.result.equity.index
        found = uncertainty_of(
            {one.name: session_returns(one.equity.to_numpy()) for one in (self.benchmark, self.result)},
            BENCHMARK,
            days=(sessions[-1] - sessions[0]).days,
            against=self.provenance["market"]["symbols"]["large"],
            no_edge=has_no_edge(self.provenance["market"]),
        )
        return None if found is None else found.rules[STITCHED]

    @property
    def verdict(self) -> str:
        """A sentence on the stitched account."""
        if self.uncertainty is not None:
            return out_of_sample(self.uncertainty.verdict)
        count = len(self.result.equity)
        return f"{count} sessions of tests are too few to tell skill from luck; it takes {FEWEST_SESSIONS} at least."

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.windows)

    def __repr__(self) -> str:
        """Say what was walked."""
        mark = ", SIMULATED" if self.simulated else ""
        return f"WalkForward({counted(len(self), 'window')}, {counted(self.trials, 'variant')} by {self.by}{mark})"

    def json(self) -> str:
        """Return all but the series, as JSON."""
        rows = json.loads(self.windows.to_json(orient="records", double_precision=15))
        content = {
            "by": self.by,
            "trials": self.trials,
            "windows": rows,
            "metrics": {one.name: dict(one.metrics) for one in self.results},
            "verdict": self.verdict,
            "uncertainty": None if self.uncertainty is None else self.uncertainty.summary(),
            "definitions": {key: one.definition for key, one in INTERVALS.items()},
            "provenance": dict(self.provenance),
        }
        return json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


class _Scores(NamedTuple):
    """The figure of a batch of variants: shape (variants, windows) for train and test, (variants,) over all tests."""

    positions: NDArray[np.int64]
    train: NDArray[np.float64]
    test: NDArray[np.float64]
    tests: NDArray[np.float64]


def walk_forward(
    rule: str | type[Rotation] | Grid,
    market: Market,
    *,
    account: Account | None = None,
    train_years: float = 10.0,
    test_years: float = 1.0,
    gap: int = 0,
    anchored: bool = False,
    by: str = "sharpe",
    where: str | Sequence[str] = (),
    samples: int | None = None,
    sampling: str | None = None,
    draw_seed: int = 0,
    check: bool = True,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    **parameters: Any,
) -> WalkForward:
    """Return what comes of choosing a rule's parameters on the past alone, window by window.

    In each window every variant is judged by an account of its own over the training span, and by nothing later; the
    best one is traded over the test that follows. Of equals, the first in the grid is taken.

    Args:
        rule: A name, a class, "file.py:Class" or a `Grid`; one that decides bar by bar cannot be swept so.
        market: From `load_market`.
        account: One setting for all; None takes the defaults.
        train_years: Length of each training span, in years of 252 sessions.
        test_years: Length of each test.
        gap: Sessions left out between both.
        anchored: Whether every training span begins with the account, instead of rolling along.
        by: The figure to choose by, a key of `METRICS`.
        where: Constraints like "exit <= entry".
        samples: Combinations to draw; None takes all.
        sampling: `random` (as None) or `latin-hypercube`.
        draw_seed: The same one draws the same samples.
        check: Whether to look for look-ahead in a rule that is not registered; without, the results say so.
        workers: Threads; None takes one a processor.
        progress: Called with the number of combinations done and that of all.
        **parameters: Each one value, or several.

    Raises:
        CapshiftError: A rule, parameter, figure or length is wrong.

    >>> from capshift import load_market
    >>> market = load_market(start="2010-01-01", end="2015-12-31")
    >>> found = walk_forward("breakout", market, train_years=2, test_years=2, entry=[20, 60, 120], exit=[10, 20])
    >>> len(found), found.trials, str(found.result.equity.index[0].date())
    (2, 6, '2011-12-30')
    """
    check_metric(by)
    where = [where] if isinstance(where, str) else where
    grid = rule if isinstance(rule, Grid) else grid_of(rule, parameters, where)
    sessions = len(market.account_sessions)
    windows = windows_of(sessions, train_years=train_years, test_years=test_years, gap=gap, anchored=anchored)
    account = account or Account()
    _refuse_bar_by_bar(grid.strategy)
    if check:
        look_at_outermost(grid, market, account)
    refuse_rented(grid.strategy, grid.axes.get("expression", ()), f"a walk-forward has the array engine; {_BY_HAND}")
    drawn = positions_drawn(grid, samples, sampling, draw_seed)
    scores = _scores(grid, market, account, windows, by, drawn, check_workers(workers), progress)
    if not len(scores.positions):
        raise refused_all([grid])
    better = 1 if by not in LESS_IS_BETTER else -1
    chosen = [_best(better * scores.train[:, number]) for number in range(len(windows))]
    _, traded = grid.variants(np.unique(scores.positions[chosen]))
    for variant in traded if check else ():
        look_ahead(grid.strategy, market, variant, account, name=grid.called(variant))
    return _walked(
        _Walk(grid, market, account, windows, by, caveats_of([grid], market, check=check)),
        scores,
        chosen,
        hindsight=_best(better * scores.tests),
        cut={"train_years": train_years, "test_years": test_years, "gap": gap, "anchored": anchored},
    )


def _refuse_bar_by_bar(rule: type[Rotation]) -> None:
    """Raise `RuleError` for a rule whose decisions are not known before it runs."""
    if not rule.is_array_rule():
        kind = "is a plain Backtrader strategy" if issubclass(rule, Plain) else "decides bar by bar"
        msg = f"{rule.rule_name()} {kind} and cannot be walked: each choice would need a run of its own; {_BY_HAND}"
        raise RuleError(msg)


def _best(values: NDArray[np.float64]) -> int:
    """Return the place of the highest value, the first of equals; where there is none, the first of all."""
    return int(np.argmax(np.where(np.isnan(values), -np.inf, values)))


def span(tape: Tape, first: int, end: int) -> Tape:
    """Return what happens to an account that opens at session `first` and ends before session `end`."""
    cut = {name: getattr(tape, name)[first:end] for name in tape._fields if name not in {"closes", "small", "large"}}
    closes = np.ascontiguousarray(tape.closes[:, first:end])
    return tape._replace(**cut | {"closes": closes, "days": tape.days[first:end] - tape.days[first]})


def _scores(
    grid: Grid,
    market: Market,
    account: Account,
    windows: Sequence[Window],
    by: str,
    drawn: NDArray[np.int64],
    workers: int,
    progress: Callable[[int, int], None],
) -> _Scores:
    """Return the figure of every variant on every training span, every test and all tests as one."""
    from capshift.backtests.array_engine import figures_of, tape_of  # noqa: PLC0415 - imports Numba

    tape, place = tape_of(market, account), list(METRICS).index(by)
    memo: Memo = {}
    spans = [(windows[0].test - 1, windows[-1].test_end), *((one.train, one.train_end) for one in windows)]
    spans += [(one.test - 1, one.test_end) for one in windows]
    tapes = [span(tape, *one) for one in spans]

    def judged(positions: NDArray[np.int64]) -> _Scores:
        kept, variants = grid.variants(positions)
        found = np.full((len(variants), len(spans)), np.nan)
        if variants:
            with sharing(memo):
                decisions = decisions_of(grid.strategy, market, variants)
            for number, (first, end) in enumerate(spans):
                cut = replace(
                    decisions,
                    choices=np.ascontiguousarray(decisions.choices[:, first:end]),
                    asks=np.ascontiguousarray(decisions.asks[:, first:end]),
                )
                # Growth over hold-large orders variants as growth itself does: 0 serves for its growth.
                found[:, number] = figures_of(cut, tapes[number], account, 0.0)[:, place]
        count = len(windows)
        return _Scores(kept, found[:, 1 : 1 + count], found[:, 1 + count :], found[:, 0])

    batches = [drawn[start : start + _BATCH] for start in range(0, len(drawn), _BATCH)]
    done: list[_Scores] = []
    with threads(workers) as pool:
        for one in streamed(pool, judged, ((batch,) for batch in batches), at_once=2 * workers):
            done.append(one)
            progress(min(len(done) * _BATCH, len(drawn)), len(drawn))
    if not done:
        done = [judged(drawn)]
    done.sort(key=lambda one: int(one.positions[0]) if len(one.positions) else -1)
    return _Scores(*(np.concatenate(parts) for parts in zip(*done, strict=True)))


class _Walk(NamedTuple):
    """What was walked over."""

    grid: Grid
    market: Market
    account: Account
    windows: Sequence[Window]
    by: str
    warning: str

    def decisions(self, position: int) -> Decisions:
        """Return what a variant decides over the whole account."""
        _, variants = self.grid.variants(np.array([position]))
        return decisions_of(self.grid.strategy, self.market, variants)


def _walked(
    walk: _Walk, scores: _Scores, chosen: Sequence[int], *, hindsight: int, cut: Mapping[str, Any]
) -> WalkForward:
    """Return the choices and the accounts that live by them."""
    first = walk.windows[0].test - 1
    market = replace(walk.market, opening=walk.market.opening + first)
    positions = scores.positions[chosen]
    benchmark = _replayed(decisions_of(find_rule(BENCHMARK), market, [{}]), market, walk.account)
    best = _cut(walk.decisions(int(scores.positions[hindsight])), first)
    provenance = {
        "market": market_facts(market),
        "account": {**walk.account.settings(), "interest_paid": interest_in_words(market, walk.account)},
        "engine": "array",
        "versions": versions("numba", "numpy", "pandas", *packages_of(outermost(walk.grid))),
        "windows": dict(cut),
        "grid": walk.grid.facts(),
        "warning": walk.warning,
    }

    def result(name: str, ledger: Ledger, parameters: Mapping[str, Any]) -> Result:
        about = "Parameters chosen on the past alone." if name == STITCHED else name
        return result_from(
            ledger,
            name=name,
            rule=walk.grid.strategy.rule_name(),
            parameters=parameters,
            symbols=market.symbols,
            metrics=metrics_of(ledger, market, benchmark),
            provenance=provenance | {"about": about, "warning": "" if name == BENCHMARK else walk.warning},
        )

    return WalkForward(
        windows=_table(walk, scores, chosen),
        result=result(STITCHED, _replayed(_stitched(walk, positions), market, walk.account), {}),
        benchmark=result(BENCHMARK, benchmark, {}),
        hindsight=result(
            HINDSIGHT,
            _replayed(best, market, walk.account),
            {"variant": walk.grid.name(int(scores.positions[hindsight]))},
        ),
        by=walk.by,
        trials=len(scores.positions),
        provenance=provenance,
    )


def _replayed(decisions: Decisions, market: Market, account: Account) -> Ledger:
    from capshift.backtests.array_engine import replayed  # noqa: PLC0415 - imports Numba

    return replayed(decisions, 0, market, account)


def _cut(decisions: Decisions, first: int) -> Decisions:
    return replace(decisions, choices=decisions.choices[:, first:].copy(), asks=decisions.asks[:, first:].copy())


def _stitched(walk: _Walk, positions: NDArray[np.int64]) -> Decisions:
    """Return what is decided from the session before the first test on, each window by its choice."""
    weights, asks = [], []
    for window, position in zip(walk.windows, positions.tolist(), strict=True):
        decisions = walk.decisions(position)
        # What a test trades is decided at the closes before its sessions; the account's last close decides too.
        decided = slice(window.test - 1, window.test_end - (window is not walk.windows[-1]))
        weights.append(decisions.weights(0)[decided])
        asks.append(decisions.asks[0, decided])
    choices, table = distinct(np.concatenate(weights))
    return Decisions(choices.astype(np.uint16)[None], table[None], np.concatenate(asks)[None])


def _table(walk: _Walk, scores: _Scores, chosen: Sequence[int]) -> pd.DataFrame:
    """Return one row a window."""
    sessions = walk.market.account_sessions
    rows = [
        {
            "train_first": day(sessions[window.train]),
            "train_last": day(sessions[window.train_end - 1]),
            "test_first": day(sessions[window.test]),
            "test_last": day(sessions[window.test_end - 1]),
            "variant": walk.grid.name(int(scores.positions[row])),
            "in_sample": float(scores.train[row, number]),
            "out_of_sample": float(scores.test[row, number]),
            "median": _median(scores.test[:, number]),
        }
        for number, (window, row) in enumerate(zip(walk.windows, chosen, strict=True))
    ]
    return pd.DataFrame(rows)


def _median(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")
