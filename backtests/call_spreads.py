"""Call spreads in an account: bought at opens, marked at closes, sold at opens or settled on expiry; one at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests.spread_quotes import Contract, Quotes

#: Shares of one contract.
SHARES = 100

#: How a spread ended, and what is said of one that the market's end found open.
WORTHLESS, SETTLED, CLOSED, OPEN, NOT_BOUGHT = "expired worthless", "settled", "closed", "open", "not bought"

#: What must be said of every account that rents.
BY_A_MODEL = "Call spreads are priced by a model, not by quotes."

#: Columns of a result's `spreads`, and of spreads.csv.
SPREAD_TYPES: dict[str, Any] = {
    "decided": "datetime64[ns]",
    "entered": "datetime64[ns]",
    "expiry": "datetime64[ns]",
    "days": int,
    "spot": float,
    "long_strike": float,
    "short_strike": float,
    "volatility": float,
    "contracts": float,
    "entry_price": float,
    "mid": float,
    "debit": float,
    "breakeven": float,
    "paid": float,
    "exited": "datetime64[ns]",
    "exit_price": float,
    "exit_value": float,
    "received": float,
    "mark": float,
    "outcome": float,
    "multiple": float,
    "ended": str,
    "rolled": bool,
}


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One call spread of an account, as a row of a result's `spreads`.

    Attributes:
        contract: Strikes and expiry.
        entered: Position of the session at whose open it was bought.
        entry_price: The shares' open.
        volatility: At the money, that its purchase was priced with.
        mid: Its worth at that open, in dollars a share.
        debit: What was paid for it, half-spreads included, in dollars a share.
        contracts: Of 100 shares.
        exited: Position of the session at whose open it was sold or at whose close it was settled; None while open.
        exit_price: The shares' price then; NaN while open.
        exit_value: What was received for it then, in dollars a share.
        mark: Its worth at the last close, in dollars a share, while it is open.
        ended: One of the words above.
        rolled: Whether the next one was bought at the open after its expiry.
    """

    contract: Contract
    entered: int
    entry_price: float
    volatility: float
    mid: float
    debit: float
    contracts: float
    exited: int | None = None
    exit_price: float = float("nan")
    exit_value: float = float("nan")
    mark: float = float("nan")
    ended: str = OPEN
    rolled: bool = False

    @property
    def paid(self) -> float:
        """Premium in dollars."""
        return self.contracts * SHARES * self.debit

    @property
    def received(self) -> float:
        """Dollars that it brought; NaN while it is open."""
        return self.contracts * SHARES * self.exit_value

    @property
    def worth(self) -> float:
        """Dollars a share that it brought, or those that it is worth at the last close."""
        return self.mark if self.exited is None else self.exit_value

    @property
    def orders(self) -> int:
        """Orders filled: its purchase, and its sale if it did not expire."""
        return int(self.contracts > 0) + int(self.ended == CLOSED)

    @property
    def traded(self) -> float:
        """Dollars bought and sold by these orders."""
        return self.paid + (self.received if self.ended == CLOSED else 0.0)

    def ending(self, session: int, price: float, value: float, ended: str) -> Spread:
        """Return the spread as it ended."""
        return replace(
            self, exited=session, exit_price=price, exit_value=value, ended=ended if self.contracts else NOT_BOUGHT
        )

    def row(self, sessions: pd.DatetimeIndex) -> dict[str, Any]:
        """Return it by the names of `SPREAD_TYPES`."""
        contract = self.contract
        decided = sessions[contract.decided]
        return {
            "decided": decided,
            "entered": sessions[self.entered],
            "expiry": contract.expiry,
            "days": (contract.expiry - decided).days,
            "spot": contract.spot,
            "long_strike": contract.long_strike,
            "short_strike": contract.short_strike,
            "volatility": self.volatility,
            "contracts": self.contracts,
            "entry_price": self.entry_price,
            "mid": self.mid,
            "debit": self.debit,
            "breakeven": contract.long_strike + self.debit,
            "paid": self.paid,
            "exited": pd.NaT if self.exited is None else sessions[self.exited],
            "exit_price": self.exit_price,
            "exit_value": self.exit_value,
            "received": self.received,
            "mark": self.contracts * SHARES * self.mark if self.exited is None else float("nan"),
            "outcome": self.contracts * SHARES * self.worth - self.paid,
            "multiple": (self.worth - self.debit) / self.debit if self.debit else float("nan"),
            "ended": self.ended if self.contracts else NOT_BOUGHT,
            "rolled": self.rolled,
        }


def missed_in_words(spreads: Sequence[Spread]) -> str:
    """Return how many were not bought and why, nothing where all were."""
    missed = [spread for spread in spreads if not spread.contracts]
    if not missed:
        return ""
    dear = sum(spread.debit >= spread.contract.width for spread in missed)
    counts = {"the budget paid no contract": len(missed) - dear, "one cost as much as it can ever pay": dear}
    reasons = [reason for reason, count in counts.items() if count]
    if len(reasons) > 1:
        reasons = [f"{reason} ({counts[reason]})" for reason in reasons]
    return f"{len(missed)} of {len(spreads)} call spreads were not bought: {', or '.join(reasons)}."


def spreads_table(spreads: Sequence[Spread], sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """Return one row a spread, oldest first."""
    rows = [spread.row(sessions) for spread in spreads]
    return pd.DataFrame(rows, columns=list(SPREAD_TYPES)).astype(SPREAD_TYPES)


def contracts_for(budget: float, ask: float, width: float, *, fractional: bool) -> float:
    """Return the contracts that a budget in dollars buys: none where they cost as much as they can ever pay.

    >>> contracts_for(3000.0, 5.03, 15.0, fractional=False), contracts_for(3000.0, 15.1, 15.0, fractional=False)
    (5.0, 0.0)
    """
    count = budget / (SHARES * ask) if 0 < ask < width else 0.0
    return count if fractional else float(math.floor(count))


class Renewal(NamedTuple):
    """What an open does to the spreads of an account.

    Attributes:
        received: Dollars for one that was sold.
        reserve: Dollars that the next one costs, to be paid when shares have been sold.
        is_roll: Whether the next one follows one that expired.
    """

    received: float
    reserve: float
    is_roll: bool


class SpreadDesk:
    """The call spreads of one account.

    Args:
        quotes: Prices.
        fractional: Whether parts of a contract can be held.
    """

    def __init__(self, quotes: Quotes, *, fractional: bool) -> None:
        """Begin with none."""
        self.quotes = quotes
        self.spreads: list[Spread] = []
        self._fractional = fractional
        self.is_held = False
        self._paying = False
        self._settled = -1  # position of the session at whose close one expired last
        #: Dollars that the held one is worth at the last close.
        self.mark = 0.0

    def at_open(self, session: int, weight: float, value: float) -> Renewal:
        """Sell at an open what is no longer wanted, and choose what is to be bought.

        Args:
            session: Whose open.
            weight: Premium as a fraction of equity, decided at the close before.
            value: Dollars of cash and shares at this open.
        """
        received, reserve, is_roll = 0.0, 0.0, False
        if self.is_held and not weight:
            received = self._sold(session)
        elif weight and not self.is_held:
            is_roll = self._settled == session - 1
            if is_roll:
                self.spreads[-1] = replace(self.spreads[-1], rolled=True)
            reserve = self._chosen(session, weight * value)
        return Renewal(received, reserve, is_roll)

    def paid(self, cash: float) -> float:
        """Pay for what was chosen at this open, once shares have been sold for it, and return the cash that is left."""
        if not self._paying:
            return cash
        self._paying = False
        spread = self.spreads[-1]
        unit = SHARES * spread.debit
        if spread.paid > cash:
            count = cash / unit
            spread = replace(spread, contracts=count if self._fractional else float(math.floor(count)))
            self.spreads[-1] = spread
        return max(cash - spread.paid, 0.0)

    def at_close(self, session: int) -> float:
        """Mark the held spread at a close; on expiry, settle it, and return the dollars that it pays."""
        if not self.is_held:
            return 0.0
        spread = self.spreads[-1]
        price = float(self.quotes.close[session])
        size = spread.contracts * SHARES
        if self.quotes.days[session] < spread.contract.expiry_day:
            worth = self.quotes.at_close(spread.contract, session)
            self.mark = size * worth
            self.spreads[-1] = replace(spread, mark=worth)
            return 0.0
        worth = spread.contract.intrinsic(price)
        self.spreads[-1] = spread.ending(session, price, worth, SETTLED if worth else WORTHLESS)
        self.is_held, self._settled, self.mark = False, session, 0.0
        return size * worth

    def _sold(self, session: int) -> float:
        """Sell the held spread at an open's bid; nobody pays to be rid of one."""
        spread = self.spreads[-1]
        bid = max(self.quotes.at_open(spread.contract, session) - self.quotes.half_spread, 0.0)
        self.spreads[-1] = spread.ending(session, float(self.quotes.open[session]), bid, CLOSED)
        self.is_held, self.mark = False, 0.0
        return spread.contracts * SHARES * bid

    def _chosen(self, session: int, budget: float) -> float:
        """Choose a spread by the close before, size it by this open's ask, and return what it will cost.

        It costs less than it can pay at best, or none of it is bought. What is not bought stays on the books without
        contracts until its expiry: to ask again each day until it is cheap enough would be another rule.
        """
        quotes = self.quotes
        contract = quotes.contract(session - 1)
        mid = quotes.at_open(contract, session)
        ask = mid + quotes.half_spread
        count = contracts_for(budget, ask, contract.width, fractional=self._fractional)
        spread = Spread(
            contract=contract,
            entered=session,
            entry_price=float(quotes.open[session]),
            volatility=float(quotes.volatility[session - 1]),
            mid=mid,
            debit=ask,
            contracts=count,
        )
        self.spreads.append(spread)
        self.is_held = self._paying = True
        return spread.paid
