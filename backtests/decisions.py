"""What many variants of a rule decide, in the compact form that the array engine replays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.backtests.latches import LARGE, WITHHELD
from capshift.errors import RuleError
from capshift.strategies.expressions import spread_of
from capshift.strategies.filters import allowed, composed, expressed
from capshift.strategies.holdings import Latch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from capshift.data_feeds import Market
    from capshift.strategies import Holdings, Rotation


@dataclass(frozen=True, eq=False)
class Decisions:
    """What each variant decides at each close of the account.

    Attributes:
        choices: Row of the variant's table, shape (variants, sessions).
        tables: The weights that a variant ever decides, each once, shape (variants, rows, legs).
        asks: Whether it asks for a return to its weights, shape (variants, sessions).
    """

    choices: NDArray[np.uint16]
    tables: NDArray[np.float64]
    asks: NDArray[np.bool_]

    def weights(self, variant: int) -> NDArray[np.float64]:
        """Return what a variant decides at each close, shape (sessions, legs)."""
        return np.asarray(self.tables[variant][self.choices[variant]])


def decisions_of(rule: type[Rotation], market: Market, variants: Sequence[Mapping[str, Any]]) -> Decisions:
    """Return what variants of a rule decide.

    Args:
        rule: Written as an array expression.
        market: What it sees.
        variants: All parameters of each.

    Raises:
        RuleError: The rule decides bar by bar, or is written wrongly.
    """
    if not rule.is_array_rule():
        msg = (
            f"{rule.rule_name()} decides bar by bar and may look at its fills; only the event engine runs it "
            "(engine='event', --engine event)"
        )
        raise RuleError(msg)
    refuse_rented(rule, [rule.shared(parameters)["expression"] for parameters in variants])
    latches: list[tuple[int, Latch, Mapping[str, Any]]] = []
    rows: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    shape = len(variants), len(market.account_sessions)
    choices, asks = np.zeros(shape, dtype=np.uint16), np.zeros(shape, dtype=bool)
    for number, parameters in enumerate(variants):
        held, common = rule.unfiltered(market, parameters), rule.shared(parameters)
        if isinstance(held, Latch):
            latches.append((number, held, common))
        else:
            holdings = composed(held, market, **common)
            rows[number] = distinct(_by_leg(holdings, market))
            choices[number] = rows[number][0]
            asks[number] = holdings.rebalance[market.opening :]
    most = max([WITHHELD + 1, *(len(table) for _, table in rows.values())])
    tables = np.zeros((len(variants), most, len(market.legs)))
    for number, (_, table) in rows.items():
        tables[number, : len(table)] = table
    if latches:
        _latch(latches, market, choices, tables)
    return Decisions(choices, tables, asks)


def refuse_rented(
    rule: type[Rotation], expressions: Iterable[str], instead: str = "use it (engine='event', --engine event)"
) -> None:
    """Raise `RuleError` where one of the expressions is a call spread: the array engine keeps shares alone.

    Args:
        rule: That was to be run.
        expressions: In which it was.
        instead: What to do.
    """
    rented = next(filter(spread_of, expressions), None)
    if rented is not None:
        msg = f"{rule.rule_name()}: {rented} is kept by the event engine alone; {instead}"
        raise RuleError(msg)


def _by_leg(holdings: Holdings, market: Market) -> NDArray[np.float64]:
    """Return weights at each close of the account, shape (sessions, legs)."""
    zeros = np.zeros(len(market))
    return np.column_stack([holdings.weights.get(leg, zeros)[market.opening :] for leg in market.legs])


def distinct(weights: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the row of a table at each session, and the table: each row of weights once.

    >>> choices, table = distinct(np.array([[1.0], [1.0], [0.5], [1.0]]))
    >>> choices.tolist(), table.tolist()
    ([1, 1, 0, 1], [[0.5], [1.0]])
    """
    changed = np.append(True, (weights[1:] != weights[:-1]).any(axis=1))
    # Stretches of equal weights are few, and sorting them is quick.
    table, of_stretch = np.unique(weights[changed], axis=0, return_inverse=True)
    return of_stretch[np.cumsum(changed) - 1], table


def _latch(
    latches: Sequence[tuple[int, Latch, Mapping[str, Any]]],
    market: Market,
    choices: NDArray[np.uint16],
    tables: NDArray[np.float64],
) -> None:
    """Write what latched variants decide: signals that several have in common are walked over where they stand."""
    from capshift.backtests.compiled import write_latches  # noqa: PLC0415 - imports Numba

    on, off = _Stack(), _Stack()
    ways: dict[tuple[Any, ...], tuple[int, NDArray[np.float64], NDArray[np.bool_]]] = {}
    chosen = np.zeros((len(latches), 4), dtype=np.int64)
    for row, (number, held, common) in enumerate(latches):
        key = tuple(common.items())
        if key not in ways:
            ways[key] = len(ways), _rows(market, common), allowed(market, common["filters"])
        way, table, _ = ways[key]
        # Two equal rows must be one: a change between them would be no switch.
        withheld = LARGE if (table[WITHHELD] == table[LARGE]).all() else WITHHELD
        chosen[row] = on.add(held.on), off.add(held.off), way, withheld
        tables[number, : len(table)] = table
    masks = np.array([mask for _, _, mask in ways.values()])
    written = np.empty((len(latches), choices.shape[1]), dtype=np.uint16)
    write_latches(on.array(), off.array(), masks, chosen, market.opening, written)
    choices[[number for number, *_ in latches]] = written


class _Stack:
    """Arrays put together, each once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._places: dict[int, int] = {}
        self._arrays: list[NDArray[np.bool_]] = []

    def add(self, array: NDArray[np.bool_]) -> int:
        """Return the place of an array; it is kept, so its identity stays its own."""
        if id(array) not in self._places:
            self._places[id(array)] = len(self._arrays)
            self._arrays.append(array)
        return self._places[id(array)]

    def array(self) -> NDArray[np.bool_]:
        """Return all of them, shape (arrays, sessions)."""
        return np.array(self._arrays)


def _rows(market: Market, common: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the weights of LARGE, SMALL and WITHHELD, after filters and expression, shape (3, legs)."""
    state = np.array([False, True, True])
    small, large = expressed(
        state.astype(np.float64),
        1.0 - state,
        np.array([True, True, False]),
        otherwise=common["otherwise"],
        expression=common["expression"],
    )
    weights = {"small": small, "large": large}
    return np.column_stack([weights.get(leg, np.zeros(3)) for leg in market.legs])
