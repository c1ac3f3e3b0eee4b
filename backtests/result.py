"""What a run leaves: frozen, saved to a folder and loaded again without loss."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capshift.backtests.backdrop import Backdrop
from capshift.backtests.call_spreads import SPREAD_TYPES, spreads_table
from capshift.backtests.metrics import METRICS, drawdowns, in_words
from capshift.backtests.notebook import result_html
from capshift.backtests.storage import put, scratch
from capshift.errors import ResultError
from capshift.strategies.parameters import written_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from capshift.backtests.ledger import Ledger

_TRADE_TYPES: Any = {
    "decided": "datetime64[ns]",
    "filled": "datetime64[ns]",
    "leg": str,
    "symbol": str,
    "shares": float,
    "price": float,
    "commission": float,
    "reason": str,
}
TRADE_COLUMNS = tuple(_TRADE_TYPES)
_JSON, _EQUITY, _TRADES, _DECISIONS = "result.json", "equity.csv", "trades.csv", "decisions.csv"
#: Written only where small caps are rented.
_SPREADS, _REPRICED = "spreads.csv", "repriced.csv"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Result:
    """One rule's account on one market.

    Attributes:
        name: What tables call it: the rule, and its parameters where two runs of one rule stand side by side.
        rule: The rule's registered name.
        parameters: All of them, with their values.
        equity: Dollars at each close.
        cash: Dollars at each close.
        shares: Shares held at each close, a column a leg.
        trades: One row a fill: `decided` at that session's close, `filled` at that one's open; sales are negative.
        decisions: One row for the first session and one for each change, with the weight of each leg from then on.
        spreads: Where small caps are rented, one row a call spread, as `call_spreads.SPREAD_TYPES` names the columns;
            else None.
        spread_value: Dollars that the call spread held is worth at each close: `equity` is `cash`, `shares` at their
            closes and this. None where nothing is rented.
        repriced: What becomes of the account when the spreads are priced otherwise; see `repricing.repriced`. None
            unless `compare` found it out.
        metrics: See `capshift.backtests.METRICS`; None where a figure does not exist.
        provenance: Market, account and versions; all that is needed to run it again.
        draw: Works out the backdrop when a page asks for it.
    """

    name: str
    rule: str
    parameters: Mapping[str, Any]
    equity: pd.Series
    cash: pd.Series
    shares: pd.DataFrame
    trades: pd.DataFrame
    decisions: pd.DataFrame
    metrics: Mapping[str, float | int | None]
    provenance: Mapping[str, Any]
    spreads: pd.DataFrame | None = None
    spread_value: pd.Series | None = None
    repriced: pd.DataFrame | None = None
    draw: Callable[[], Backdrop | None] | None = field(default=None, repr=False)

    @cached_property
    def backdrop(self) -> Backdrop | None:
        """The price, the rule's signal and its reasons; None where they are not known."""
        return self.draw() if self.draw else None

    @property
    def returns(self) -> pd.Series:
        """Simple returns from close to close; the opening session has none."""
        return self.equity.pct_change().iloc[1:].rename("returns")

    @property
    def drawdown(self) -> pd.Series:
        """Equity over its highest close so far, minus 1."""
        return pd.Series(drawdowns(self.equity.to_numpy()), index=self.equity.index, name="drawdown")

    @property
    def holdings(self) -> pd.DataFrame:
        """Weights decided at each close, a column a leg."""
        return self.decisions.reindex(self.equity.index, method="ffill")

    @property
    def simulated(self) -> bool:
        """Whether the market was invented."""
        return bool(self.provenance["market"]["simulated"])

    def summary(self) -> dict[str, Any]:
        """Return all but the series and frames, as JSON can hold it and result.json does."""
        return {
            "name": self.name,
            "rule": self.rule,
            "params": dict(self.parameters),
            "metrics": dict(self.metrics),
            "provenance": dict(self.provenance),
        }

    def save(self, folder: str | Path) -> Path:
        """Write result.json, equity.csv, trades.csv and decisions.csv; the same result gives the same bytes.

        Where small caps are rented, spreads.csv stands beside them, and repriced.csv where `compare` made it.
        """
        folder = Path(folder)
        with scratch(folder.parent) as fresh:
            (fresh / folder.name).mkdir()
            self.write(fresh / folder.name)
            put(fresh / folder.name, folder)
        return folder

    def write(self, folder: Path) -> None:
        """Write the files into an existing folder."""
        text = json.dumps(self.summary(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        (folder / _JSON).write_text(text, encoding="utf-8", newline="\n")
        by_leg = self.shares.add_prefix("shares_")
        rented = [] if self.spread_value is None else [self.spread_value]
        table = pd.concat([self.equity, self.cash, by_leg, *rented, self.drawdown], axis=1)
        table.to_csv(folder / _EQUITY, index_label="date", lineterminator="\n")
        self.trades.to_csv(folder / _TRADES, index=False, lineterminator="\n")
        self.decisions.to_csv(folder / _DECISIONS, index_label="date", lineterminator="\n")
        for more, file in ((self.spreads, _SPREADS), (self.repriced, _REPRICED)):
            if more is not None:
                more.to_csv(folder / file, index=False, lineterminator="\n")
        if self.backdrop:
            self.backdrop.write(folder)

    @classmethod
    def load(cls, folder: str | Path) -> Result:
        """Return a saved result.

        Raises:
            ResultError: The folder does not hold one, or a file of it cannot be read.
        """
        folder = Path(folder)
        try:
            head = json.loads((folder / _JSON).read_text(encoding="utf-8"))
            table = _read_dated(folder / _EQUITY)
            decisions = _read_dated(folder / _DECISIONS)
            trades = pd.read_csv(folder / _TRADES, dtype=str).astype(_TRADE_TYPES)
            return cls(
                equity=table["equity"],
                cash=table["cash"],
                shares=table.filter(like="shares_").rename(columns=lambda name: name.removeprefix("shares_")),
                decisions=decisions,
                trades=trades[list(TRADE_COLUMNS)],
                spreads=_read_spreads(folder / _SPREADS),
                spread_value=table.get("spread_value"),
                repriced=_read_repriced(folder / _REPRICED),
                parameters=head.pop("params"),
                draw=partial(Backdrop.load, folder),
                **head,
            )
        except (OSError, ValueError, KeyError, TypeError) as reason:
            msg = f"{folder} holds no readable result ({' '.join(str(reason).split())[:120]}); run the rule again"
            raise ResultError(msg) from reason

    def __repr__(self) -> str:
        """Say what was run."""
        span = f"{self.equity.index[0].date()} to {self.equity.index[-1].date()}"
        return f"Result({self.name}, {span}{', SIMULATED' if self.simulated else ''})"

    def _repr_html_(self) -> str:
        """Show itself in a notebook."""
        return result_html(self)

    def __str__(self) -> str:
        """Return the figures, one a line."""
        heading = f"{self.name}{' (SIMULATED)' if self.simulated else ''}"
        lines = [
            f"{METRICS[key].label:22}{in_words(METRICS[key].form, value):>14}" for key, value in self.metrics.items()
        ]
        return "\n".join([heading, *lines])


def _read_dated(path: Path) -> pd.DataFrame:
    """Return a table of numbers by date; numbers go by way of text, whose conversion is exact in every pandas."""
    table = pd.read_csv(path, index_col="date", dtype=str).astype(np.float64)
    table.index = pd.DatetimeIndex(pd.to_datetime(table.index, format="%Y-%m-%d"), name="date").as_unit("ns")
    return table


def _read_spreads(path: Path) -> pd.DataFrame | None:
    """Return the call spreads of a saved result, None where there are none."""
    if not path.exists():
        return None
    table = pd.read_csv(path, dtype=str)
    if "mark" not in table:  # before 0.7 what an open spread was worth stood where others have what they brought
        is_open = table["ended"] == "open"
        table["mark"] = table["received"].where(is_open)
        table.loc[is_open, ["exit_price", "exit_value", "received"]] = np.nan
    table = table[list(SPREAD_TYPES)]
    return table.assign(rolled=table["rolled"] == "True").astype(SPREAD_TYPES)


def _read_repriced(path: Path) -> pd.DataFrame | None:
    if not path.exists():
        return None
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for count in {"bought", "ended"} - set(table):  # written since 0.7
        table[count] = ""
    return table.replace("", np.nan).astype({name: float for name in table if name != "setting"})


def result_from(
    ledger: Ledger,
    *,
    name: str,
    rule: str,
    parameters: Mapping[str, Any],
    symbols: Mapping[str, str],
    metrics: Mapping[str, float | int | None],
    provenance: Mapping[str, Any],
    draw: Callable[[pd.DatetimeIndex], Backdrop] | None = None,
) -> Result:
    """Return the result that an engine's ledger makes; `draw` makes the backdrop from the sessions of decisions."""
    sessions, legs = ledger.sessions.rename("date"), list(ledger.legs)
    changed = np.append(True, (ledger.weights[1:] != ledger.weights[:-1]).any(axis=1))
    rows = [
        (
            sessions[fill.session - 1 if fill.placed is None else fill.placed],
            sessions[fill.session],
            legs[fill.leg],
            symbols[legs[fill.leg]],
            fill.shares,
            fill.price,
            fill.commission,
            fill.reason,
        )
        for fill in ledger.fills
    ]
    trades = pd.DataFrame(rows, columns=list(TRADE_COLUMNS)).astype(_TRADE_TYPES)
    return Result(
        name=name,
        rule=rule,
        parameters={key: written_value(value) for key, value in parameters.items()},
        equity=pd.Series(ledger.equity, index=sessions, name="equity"),
        cash=pd.Series(ledger.cash, index=sessions, name="cash"),
        shares=pd.DataFrame(ledger.shares, index=sessions, columns=legs),
        trades=trades,
        decisions=pd.DataFrame(ledger.weights[changed], index=sessions[changed], columns=legs),
        spreads=None if ledger.spreads is None else spreads_table(ledger.spreads, sessions),
        spread_value=None
        if ledger.spread_value is None
        else pd.Series(ledger.spread_value, index=sessions, name="spread_value"),
        metrics=dict(metrics),
        provenance=dict(provenance),
        draw=None if draw is None else partial(draw, sessions[changed]),
    )
