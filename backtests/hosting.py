"""What a plain Backtrader strategy needs around it: a time to begin, an account that takes its orders, a recorder."""

from __future__ import annotations

import math
import os
import sys
from contextlib import contextmanager, redirect_stdout
from functools import cache, partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

import backtrader as bt

from capshift.backtests.account import AccountBroker
from capshift.backtests.ledger import Fill
from capshift.backtests.recorder import Recorder
from capshift.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator


#: Of a share: less is a rounding error of many parts.
_DUST = 1e-9
#: Standard output is one for all threads; Backtrader, which is Python, loses nothing by taking turns.
_PRINTING = RLock()


@contextmanager
def aside(*, silent: bool = False) -> Iterator[None]:
    """Send what a user's code prints to standard error, or nowhere: standard output is for results."""
    with (
        _PRINTING,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere if silent else sys.stderr),
    ):
        yield


@cache
def hosted(strategy: type[bt.Strategy]) -> type[bt.Strategy]:
    """Return a strategy that first acts at the account's opening, its indicators warm from the history before.

    Neither `prenext`, `nextstart`, `next` nor `notify_timer` is called before; nothing else changes.
    """

    def _periodset(self: Any) -> None:
        strategy._periodset(self)  # noqa: SLF001 - Backtrader's, which counts the bars until the first `next`
        self._minperiods = [max(period, self.broker.p.history + 1) for period in self._minperiods]

    def prenext(self: Any) -> None:
        if len(self) > self.broker.p.history:
            strategy.prenext(self)

    def stop(self: Any) -> None:
        self.broker.closing = True
        strategy.stop(self)

    def notify_timer(self: Any, *args: Any, **kwargs: Any) -> None:
        if len(self.data) > self.broker.p.history:
            strategy.notify_timer(self, *args, **kwargs)

    body = {
        "__doc__": strategy.__doc__,
        "__module__": strategy.__module__,
        "_periodset": _periodset,
        "prenext": prenext,
        "stop": stop,
        "notify_timer": notify_timer,
    }
    of_its_kind: Any = type(strategy)
    return cast("type[bt.Strategy]", of_its_kind(strategy.__name__, (strategy,), body))


class HostBroker(AccountBroker):
    """The account for a strategy that places its own orders: longs paid for in full, nothing refused in silence.

    Params:
        name: Of the strategy, for messages.
    """

    params: ClassVar[Any] = (("name", "the strategy"),)

    def init(self) -> None:
        """Open the account, before whose first session nothing is placed."""
        super().init()
        # Cerebro itself calls it where orders are filled at the open that they see; here they are not.
        self.set_coo = partial(self._refuse_setting, "set_coo")
        self.orders: list[tuple[Any, ...]] = []
        self.without_cash: list[str] = []
        self.below_a_share = 0
        self.placed: dict[int, int] = {}
        self.closing = False

    def _refuse_setting(self, name: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise RuleError(
            f"{self.p.name} calls broker.{name}; the account's settings are given from outside "
            "(Account(cash=, commission=, slippage=), --cash, --commission, --slippage)"
        )

    def _session(self) -> int:
        return len(self.cerebro.datas[0]) - 1 - int(self.p.history)

    def _shares(self, size: float) -> float:
        """Return an order's size in shares that can be held."""
        if self.p.account.fractional or not math.isfinite(size):
            return size
        whole = math.floor(size + _DUST)
        self.below_a_share += whole == 0
        return whole

    def buy(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Place an order to buy, of whole shares where only these can be held."""
        shares = self._shares(size)
        return super().buy(owner, data, shares, *args, **kwargs) if shares else None

    def sell(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Place an order to sell, of whole shares where only these can be held."""
        shares = self._shares(size)
        return super().sell(owner, data, shares, *args, **kwargs) if shares else None

    def submit(self, order: Any, check: bool = True) -> Any:  # noqa: FBT001, FBT002 - Backtrader's
        """Take an order, from the account's opening on."""
        if self._session() < 0:
            raise RuleError(f"{self.p.name} places an order before the account opens; place orders in next")
        if not math.isfinite(order.size):
            raise RuleError(f"{self.p.name} orders {order.size} shares of {_symbol(order)}{self._when(order)}")
        self.placed[order.ref] = self._session()
        self._remember(order, order.getordername())
        return super().submit(order, check)

    def cancel(self, order: Any, bracket: bool = False) -> Any:  # noqa: FBT001, FBT002 - Backtrader's
        """Take an order back."""
        self._remember(order, "Cancel")
        return super().cancel(order, bracket)

    def _remember(self, order: Any, kind: str) -> None:
        """Note an order; one that is placed when all is over, at whatever bar is the last, is never filled."""
        if not self.closing:
            self.orders.append((self._session(), _symbol(order), kind, *_terms(order)))

    def _execute(self, order: Any, ago: Any = None, price: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Fill an order, unless it sells what is not there."""
        if ago is not None and price is not None and not order.isbuy():
            held = self.positions[order.data].size
            if held + order.executed.remsize < -_DUST:
                raise RuleError(
                    f"{self.p.name} sells {-order.executed.remsize:g} {_symbol(order)}{self._when(order)} and holds "
                    f"{held:g}; this account never goes short: sell what is held"
                )
        return super()._execute(order, ago, price, *args, **kwargs)

    def notify(self, order: Any) -> None:
        """Pass on what became of an order, and remember those that there was no cash for."""
        if order.status in {order.Margin, order.Rejected}:
            side = "buy" if order.isbuy() else "sell"
            self.without_cash.append(f"{side} {abs(order.size):g} {_symbol(order)}{self._when(order)}")
        bt.brokers.BackBroker.notify(self, order)

    def _when(self, order: Any) -> str:
        return f" on {order.data.datetime.date(0)}"

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know of the orders."""
        said = []
        if self.without_cash:
            said.append(
                f"{_orders(len(self.without_cash))} refused for want of cash, the first: {self.without_cash[0]}."
            )
        if self.below_a_share:
            said.append(f"{_orders(self.below_a_share)} of less than one share, and not placed.")
        if not self.orders:
            said.append("Never placed an order.")
        return tuple(said)


def _orders(count: int) -> str:
    return "1 order was" if count == 1 else f"{count:,} orders were"


def _symbol(order: Any) -> str:
    return str(order.data.p.bars.symbol)


def _terms(order: Any) -> tuple[Any, ...]:
    return (
        order.size,
        order.created.price,
        order.created.pricelimit,
        order.valid,
        order.trailamount,
        order.trailpercent,
    )


class HostRecorder(Recorder):
    """Record an account whose strategy places its own orders: what it holds stands for what it decided.

    Params:
        history: Bars of the feeds before the account opens.
    """

    params: ClassVar[Any] = (("history", 0),)

    def next(self) -> None:
        """Write down the account at a close, from its opening on."""
        if len(self.strategy) > self.p.history:
            super().next()

    def _fill(self, order: Any, leg: int) -> Fill:
        done, broker = order.executed, self.strategy.broker
        reason = order.info.get("reason", None) or order.getordername().lower()
        session = len(self.strategy) - 1 - self.p.history
        return Fill(session, leg, done.size, done.price, done.comm, str(reason), broker.placed[order.ref])

    def stop(self) -> None:
        """Keep what a reader must know of the orders, too."""
        super().stop()
        broker, warm_after = self.strategy.broker, self.strategy._minperiod  # noqa: SLF001 - Backtrader's
        self._end |= {"notes": broker.notes(), "orders": tuple(broker.orders), "warm_after": warm_after}
