"""The array engine against the event engine: the same account, to the last bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import bars, random_market, scripted
from test_account import ACCOUNTS, SEEDS

import capshift as cs
from capshift.backtests import METRICS, Account, array_engine, replay
from capshift.backtests.array_engine import figures_of, simulate_arrays, tape_of, terms_of
from capshift.backtests.decisions import decisions_of
from capshift.backtests.event_engine import simulate
from capshift.backtests.latches import write_latches
from capshift.backtests.metrics import cagr, metrics_of, session_returns, years_between
from capshift.backtests.sums import empty_sums
from capshift.data_feeds import Provenance, Series, build_market, packaged_decisions
from capshift.errors import ParameterError, RuleError
from capshift.strategies import RULES, Holdings, Rotation, find_rule
from capshift.strategies.holdings import latch
from capshift.strategies.parameters import resolve

if TYPE_CHECKING:
    from capshift.backtests.ledger import Ledger
    from capshift.data_feeds import Market

SESSIONS = 45
ROWS = {
    2: [(1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (0.5, 0.5), (0.3, 0.7), (0.25, 0.25), (0.9, 0.0)],
    3: [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.3, 0.5), (0.0, 0.6, 0.0), (1 / 3, 1 / 3, 1 / 3), (0.0, 0.0, 0.0)],
}
FILTERS = {"filters": "calm+curve", "otherwise": "cash", "expression": "tilt"}


def wild_market(seed: int, legs: int, *, with_yields: bool) -> Market:
    """Return random bars of two or three legs, with jumps and dividends."""
    two = random_market(seed, SESSIONS, with_yields=with_yields)
    if legs == 2:
        return two
    random = np.random.default_rng([seed, 3])
    close = 20 * np.exp(np.cumsum(random.normal(0, 0.03, SESSIONS)))
    third = bars("CCC", close, dividend=np.where(random.random(SESSIONS) < 0.1, 0.01 * close, 0.0))
    series = [Series("DGS3MO", third.sessions, two.series["DGS3MO"])] if with_yields else []
    return build_market(
        legs={**two.legs, "third": third},
        series=series,
        fomc=packaged_decisions(),
        provenance=Provenance("files", "made for a test", simulated=False),
    )


def script_of(rows: list[tuple[float, ...]], asks: list[bool], market: Market) -> type[Rotation]:
    """Return a rule that holds the given weights of all legs, session by session."""
    if len(rows[0]) == 2:
        return scripted(rows, asks)  # type: ignore[arg-type]
    weights = {leg: np.array(column) for leg, column in zip(market.legs, zip(*rows, strict=True), strict=True)}

    class Scripted(Rotation):
        """A rule read from a list."""

        @staticmethod
        def hold(market: Market) -> Holdings:
            return Holdings({leg: one[: len(market)] for leg, one in weights.items()}, np.array(asks)[: len(market)])

    return Scripted


def assert_same(ours: Ledger, theirs: Ledger) -> None:
    """Check that two accounts are the same at every close and in every fill."""
    np.testing.assert_array_equal(ours.equity, theirs.equity)
    np.testing.assert_array_equal(ours.cash, theirs.cash)
    np.testing.assert_array_equal(ours.shares, theirs.shares)
    np.testing.assert_array_equal(ours.weights, theirs.weights)
    exact = [(fill.session, fill.leg, fill.shares, fill.reason) for fill in ours.fills]
    assert exact == [(fill.session, fill.leg, fill.shares, fill.reason) for fill in theirs.fills]
    for name in ("price", "commission"):  # Backtrader reports prices as value over size
        np.testing.assert_allclose(
            [getattr(fill, name) for fill in ours.fills], [getattr(fill, name) for fill in theirs.fills], rtol=1e-12
        )


@settings(max_examples=60)
@given(data=st.data(), seed=SEEDS, legs=st.sampled_from([2, 3]), account=ACCOUNTS, with_yields=st.booleans())
def test_both_engines_keep_the_same_account(
    data: st.DataObject, seed: int, legs: int, account: Account, *, with_yields: bool
) -> None:
    """Over any bars, dividends, weights, requests to rebalance, costs and legs, equity and fills are the same bits."""
    market = wild_market(seed, legs, with_yields=with_yields)
    rows = data.draw(st.lists(st.sampled_from(ROWS[legs]), min_size=SESSIONS, max_size=SESSIONS))
    asks = data.draw(st.lists(st.booleans(), min_size=SESSIONS, max_size=SESSIONS))
    rule = script_of(rows, asks, market)
    event = simulate(rule, market, {}, account)
    assert_same(simulate_arrays(rule, market, {}, account), event)
    growth = cagr(event.equity, years_between(event.sessions))
    (figures,) = figures_of(decisions_of(rule, market, [{}]), tape_of(market, account), account, growth)
    expected = metrics_of(event, market, event)
    assert_figures(figures, expected)


def assert_figures(ours: np.ndarray, expected: dict[str, Any]) -> None:
    """Check figures in the order of METRICS against those of the event engine's ledger."""
    wanted = [np.nan if value is None else float(value) for value in expected.values()]
    np.testing.assert_allclose(ours, wanted, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("common", [{}, FILTERS], ids=["plain", "filtered"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_name())
def test_every_registered_rule_is_the_same_on_both_engines(
    rule: type[Rotation], common: dict[str, str], market: Market
) -> None:
    """Every rule, with and without filters and tilt, has one account, whichever engine keeps it."""
    parameters = resolve(rule, common)
    event = simulate(rule, market, parameters, Account(commission=0.001))
    assert_same(simulate_arrays(rule, market, parameters, Account(commission=0.001)), event)


def test_the_figures_keep_their_order() -> None:
    """The positions that compiled code writes figures to are those of the documented figures."""
    assert [getattr(replay, key.upper()) for key in METRICS] == list(range(len(METRICS)))


def test_compiled_and_plain_code_are_the_same(short_market: Market) -> None:
    """Compiled, the account is the same to the last bit as in plain Python; figures may sum in another order."""
    rule = find_rule("breakout")
    variants = [resolve(rule, {"entry": entry, "exit": 10, **FILTERS}) for entry in (20, 60)]
    decisions, tape = decisions_of(rule, short_market, variants), tape_of(short_market, Account())
    plain, sums, compiled_sums = np.empty((2, len(METRICS))), empty_sums(2), empty_sums(2)
    base = session_returns(tape.closes[tape.large])
    one = decisions.choices, decisions.tables, decisions.asks
    replay.replay_many(terms_of(Account()), tape, *one, 0.05, plain, base, sums)
    compiled = figures_of(decisions, tape, Account(), 0.05, base=base, sums=compiled_sums)
    np.testing.assert_array_equal(compiled[:, replay.FINAL_EQUITY], plain[:, replay.FINAL_EQUITY])
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)
    for name in sums._fields:
        np.testing.assert_allclose(getattr(compiled_sums, name), getattr(sums, name), rtol=1e-9, atol=1e-15)


@given(
    on=st.lists(st.booleans(), min_size=9, max_size=9),
    off=st.lists(st.booleans(), min_size=9, max_size=9),
    opening=st.integers(0, 8),
)
def test_latches_are_walked_as_they_are_written(on: list[bool], off: list[bool], opening: int) -> None:
    """Many latches at once hold what one latch's weights say, masks and the opening allowed for."""
    begins, ends = np.array([on]), np.array([off])
    allowed = np.array([[True, False, True] * 3])
    choices = np.zeros((1, 9 - opening), dtype=np.uint16)
    write_latches(begins, ends, allowed, np.array([[0, 0, 0, 2]]), opening, choices)
    small = latch(on=begins[0], off=ends[0]).weights["small"] == 1
    expected = np.where(small, np.where(allowed[0], 1, 2), 0)[opening:]
    assert choices[0].tolist() == expected.tolist()


def test_a_rule_that_looks_at_its_fills_stays_on_the_event_engine(short_market: Market) -> None:
    """The array engine refuses a rule that decides bar by bar, and says which engine runs it."""

    class Stopped(Rotation):
        """Decides by hand."""

        def decide(self) -> cs.Target:
            return cs.Target((1.0, 0.0))

    with pytest.raises(RuleError, match="only the event engine runs it"):
        cs.run(Stopped, short_market, engine="array")


def test_a_result_says_which_engine_made_it(short_market: Market) -> None:
    """On the array engine a result differs from the event engine's in nothing but the provenance."""
    event, array = (cs.run("mix", short_market, engine=engine) for engine in ("event", "array"))
    assert (event.provenance["engine"], array.provenance["engine"]) == ("event", "array")
    assert "numba" in array.provenance["versions"]
    assert array.equity.equals(event.equity)
    assert dict(array.metrics) == pytest.approx(dict(event.metrics), rel=1e-12)
    assert cs.compare(["mix"], short_market, engine="array").results["mix"].metrics == array.metrics
    with pytest.raises(ParameterError, match="there is no engine 'aray'; did you mean 'array'"):
        cs.compare(["mix"], short_market, engine="aray")


def test_compiled_code_is_kept_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder can be written, the functions are compiled for this process alone."""
    from capshift.backtests import compiled  # noqa: PLC0415 - after the monkeypatch of what it calls

    def refuse(_self: object) -> None:
        raise RuntimeError

    assert array_engine.replay_one is compiled.replay_one
    monkeypatch.setattr(type(compiled.replay_one), "enable_caching", refuse)
    assert compiled._kept(lambda: 1)() == 1


def test_compiled_code_does_not_outlive_its_sources() -> None:
    """What is kept on disk is found again for the same sources, and compiled anew when they have changed."""
    from capshift.backtests import compiled  # noqa: PLC0415 - imports Numba

    flags, chosen = np.array([[True, False]]), np.array([[0, 0, 0, 2]])

    def hits(digest: int) -> int:
        *_, latched = compiled._entries(digest)
        latched(flags, ~flags, flags, chosen, 0, np.zeros((1, 2), dtype=np.uint16))
        return sum(latched.stats.cache_hits.values())

    fresh = np.random.default_rng().integers(2**59)  # of no earlier test run
    assert [hits(int(fresh)), hits(int(fresh)), hits(int(fresh) + 1)] == [0, 1, 0]
