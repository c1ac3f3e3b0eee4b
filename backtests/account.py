"""The account: its settings, and the broker that keeps it, with interest and dividends."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

import backtrader as bt
import numpy as np

from capshift.backtests.call_spreads import SpreadDesk
from capshift.backtests.spread_quotes import Quotes
from capshift.data_feeds import leg_feeds
from capshift.data_feeds.bills import BILL_YIELD
from capshift.errors import AccountSettingsError, BrokerFaultError
from capshift.strategies import Costs, Rotation
from capshift.strategies.bookkeeping import after_dividend, after_interest, commission_of, position_value

if TYPE_CHECKING:
    from capshift.data_feeds import Market
    from capshift.strategies.expressions import CallSpread

#: Interest counts actual days over a year of so many, as money markets do.
MONEY_MARKET_YEAR = 360
#: What Backtrader's broker calls its settings: they are the account's, and come as a whole.
SETTINGS = (
    "set_cash", "setcash", "add_cash", "set_coc", "set_shortcash", "set_filler", "set_checksubmit", "set_eosbar",
    "set_int2pnl", "set_slippage_perc", "set_slippage_fixed", "setcommission", "addcommissioninfo", "add_order_history",
    "set_fund_history",
)  # fmt: skip
#: Rates are fractions: anything this large was meant as percent or basis points.
_LARGEST_RATE = 0.1


@dataclass(frozen=True, kw_only=True)
class Account:
    """How the account is set up.

    Attributes:
        cash: Dollars at the opening.
        commission: Fraction of the value traded (0.001 is 10 basis points).
        commission_per_share: Dollars a share, on top.
        commission_minimum: Dollars an order, at least.
        slippage: Worsening of each fill's price as a fraction of it (0.0005 is 5 basis points).
        fractional: Whether parts of a share can be held.
        interest: Whether cash earns the bill yield, when the market carries it.

    >>> Account(commission=0.001).costs.commission
    0.001
    """

    cash: float = 100_000.0
    commission: float = 0.0
    commission_per_share: float = 0.0
    commission_minimum: float = 0.0
    slippage: float = 0.0005
    fractional: bool = False
    interest: bool = True

    def __post_init__(self) -> None:
        """Refuse settings that no account has, and units that were not meant."""
        if not (math.isfinite(self.cash) and self.cash > 0):
            msg = f"cash is {self.cash}; an account opens with a positive amount of dollars"
            raise AccountSettingsError(msg)
        for name, of in (("commission", "value traded"), ("slippage", "price")):
            value = getattr(self, name)
            if not 0 <= value <= _LARGEST_RATE:
                msg = (
                    f"{name} is {value}; it is a fraction of the {of}, from 0 to {_LARGEST_RATE} "
                    "(0.0005 is 5 basis points)"
                )
                raise AccountSettingsError(msg)
        for name in ("commission_per_share", "commission_minimum"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                msg = f"{name} is {value}; it is an amount of dollars, 0 or more"
                raise AccountSettingsError(msg)

    @cached_property
    def costs(self) -> Costs:
        """What trading costs."""
        return Costs(
            commission=self.commission,
            commission_per_share=self.commission_per_share,
            commission_minimum=self.commission_minimum,
            slippage=self.slippage,
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)


def interest_rates(market: Market, account: Account) -> list[float]:
    """Return what each session's open pays on a dollar of cash held since the last close.

    It is y[t-1] / 100 * days / 360, with y the bill yield known at the last close and days those between the two
    sessions; 0 without a yield, and at the first session.
    """
    sessions = market.account_sessions
    if not account.interest or BILL_YIELD not in market.series:
        return [0.0] * len(sessions)
    known = np.nan_to_num(market.series[BILL_YIELD][market.opening :][:-1], nan=0.0)
    days = np.diff(sessions.as_unit("s").asi8) / 86_400
    return [0.0, *(known / 100 * days / MONEY_MARKET_YEAR).tolist()]


def interest_in_words(market: Market, account: Account) -> str:
    """Return what cash earns in this account on this market, for a reader."""
    if not account.interest:
        return "off: cash earns nothing (switched off)"
    if BILL_YIELD not in market.series:
        return f"off: cash earns nothing (the market has no {BILL_YIELD} series)"
    return f"on: cash earns {BILL_YIELD}, actual days over {MONEY_MARKET_YEAR}"


class _Commission(bt.CommInfoBase):
    """The account's commission, by rate, by share and with a minimum."""

    params = (
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_PERC),
        ("percabs", True),
        ("costs", Costs()),
        ("fractional", False),
    )

    def getsize(self, price: float, cash: float) -> float:
        """Return the shares that cash buys, for strategies that order by value."""
        return cash / price if self.p.fractional else super().getsize(price, cash)

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:  # noqa: ARG002, FBT001 - Backtrader's
        return commission_of(self.p.costs, size, price)


class AccountBroker(bt.brokers.BackBroker):
    """Backtrader's broker, keeping the account: interest, dividends, costs, and no silent refusals.

    Params:
        account: The settings.
        market: Whose dividends and yields are paid; its feeds are among the Cerebro's.
        history: Bars of the feeds before the account opens.
    """

    params: ClassVar[Any] = (("account", Account()), ("market", None), ("history", 0))

    def init(self) -> None:
        """Open the account; its settings stand."""
        account: Account = self.p.account
        if self.p.market is None:
            msg = (
                "AccountBroker pays a market's dividends and interest; write AccountBroker(account=..., market=market)"
            )
            raise AccountSettingsError(msg)
        for name in SETTINGS:
            vars(self).pop(name, None)
        self.p.cash = account.cash
        self.p.checksubmit = False
        # Without slip_out, Backtrader would cap slippage at the bar's range, which the fill cannot know.
        self.set_slippage_perc(account.slippage, slip_open=True, slip_limit=True, slip_match=True, slip_out=True)
        super().init()
        self.addcommissioninfo(_Commission(costs=account.costs, fractional=account.fractional))
        market: Market = self.p.market
        self._rates = interest_rates(market, account)
        self._dividends = [
            tuple(row)
            for row in zip(*(bars.dividend[market.opening :].tolist() for bars in market.legs.values()), strict=True)
        ]
        self._paying = [any(row) for row in self._dividends]
        self.desk: SpreadDesk | None = None
        self._opened = 0
        self._dividend_paid = False
        for name in SETTINGS:
            setattr(self, name, partial(self._refuse_setting, name))

    def _refuse_setting(self, name: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AccountSettingsError(
            f"broker.{name} changes one setting of an account that is given as a whole; "
            "write AccountBroker(account=Account(cash=, commission=, slippage=), market=market)"
        )

    def start(self) -> None:
        """Find the feeds whose shares are held.

        Raises:
            MarketError: One of the legs has no feed.
        """
        super().start()
        self._feeds = leg_feeds(self.cerebro.datas, self.p.market)

    def open_session(self) -> bool:
        """Pay interest and dividends at a session's open, once; return whether a dividend was paid."""
        session = len(self._feeds[0]) - 1 - self.p.history
        if session <= self._opened:
            return self._dividend_paid
        self._opened = session
        self._dividend_paid = False
        self.cash = after_interest(self.cash, self._rates[session])
        if self._paying[session]:
            for feed, dividend in zip(self._feeds, self._dividends[session], strict=True):
                shares = self.positions[feed].size
                if shares and dividend:
                    self.cash = after_dividend(self.cash, shares, dividend)
                    self._dividend_paid = True
        return self._dividend_paid

    def rent(self, spread: CallSpread) -> None:
        """Keep call spreads beside the shares.

        Raises:
            CapshiftError: They cannot be priced on this market.
        """
        self._small = list(self.p.market.legs).index("small")
        self.desk = SpreadDesk(Quotes(self.p.market, spread), fractional=self.p.account.fractional)

    def renew(self, weights: tuple[float, ...]) -> tuple[tuple[float, ...], float, bool]:
        """Sell at this open the call spread that is no longer wanted, or choose one that is.

        Args:
            weights: Decided at the last close, one a leg; that of small caps is the premium's.

        Returns:
            The weights of all that is no call spread; dollars to keep in cash, which pay for one when the shares have
            been traded; whether a spread follows one that expired.
        """
        desk, premium = cast("SpreadDesk", self.desk), weights[self._small]
        rest = tuple(0.0 if leg == self._small else weight / (1 - premium) for leg, weight in enumerate(weights))
        if desk.is_held == (premium > 0):
            return rest, 0.0, False
        value = self.cash + sum(self.positions[feed].size * feed.open[0] for feed in self._feeds)
        order = desk.at_open(self._opened, premium, value)
        self.cash += order.received
        return rest, order.reserve, order.is_roll

    def next(self) -> None:
        """Open the session, for strategies that have not, fill the orders, and keep the call spreads."""
        self.open_session()
        trading = self.pending or self._toactivate
        if trading:
            super().next()
        if self.desk is not None:
            self.cash = self.desk.paid(self.cash)
            self.cash += self.desk.at_close(self._opened)
        if self.desk is not None or not trading:
            # Without orders, all that Backtrader's own step changes for shares bought with cash is the value.
            self._get_value()

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:  # noqa: FBT001, FBT002 - Backtrader's
        """Return the account's value: Backtrader's sum in Backtrader's order, without its detours for futures."""
        if datas is not None or lever or self._cash_addition:
            return super()._get_value(datas, lever)
        value = unrealized = 0.0
        for feed, position in self.positions.items():
            size = position.size
            if size > 0:
                close = feed.close[0]
                value += position_value(size, position.price, close)
                unrealized += size * (close - position.price)
            elif size:
                return super()._get_value(datas, lever)
        if self.desk is not None:
            value += self.desk.mark
        self._value = self._valuelever = self.cash + value
        self._valuemkt = self._valuemktlever = value
        self._fundval = self._value / self._fundshares
        self._leverage, self._unrealized = 1.0, unrealized
        return self._value

    def notify(self, order: Any) -> None:
        """Pass on what became of an order; a rule's that was not filled in full breaks the account's promise."""
        alone = isinstance(order.owner, Rotation) and len(self.cerebro.runningstrats) == 1
        if alone and order.status in {order.Margin, order.Rejected, order.Partial}:
            msg = (
                f"order {order.ref} for {order.size} shares ended as {order.getstatusname()}; this is a bug in capshift"
            )
            raise BrokerFaultError(msg)
        super().notify(order)
