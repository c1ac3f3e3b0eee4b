"""What a rule needs of the Cerebro that it runs in: without it, its account would be another, and nobody would know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capshift.data_feeds import ordinals
from capshift.data_feeds.validation import day
from capshift.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from capshift.data_feeds import Market

#: Of a share: less is a rounding error of many parts.
_DUST = 1e-9


def check_hours(cerebro: Any) -> None:
    """Raise `RuleError` where orders placed at an open would wait for the next."""
    if not cerebro.p.cheat_on_open:
        msg = "a rotation trades at the open that follows its decision; write bt.Cerebro(cheat_on_open=True)"
        raise RuleError(msg)


def check_company(name: str, rules: Iterable[str]) -> None:
    """Raise `RuleError` where rules share one account, in which each would sell what another bought."""
    others = ", ".join(rules)
    if others:
        msg = f"{name} and {others} run in one Cerebro, and so in one account; give each rule a Cerebro of its own"
        raise RuleError(msg)


def check_broker(name: str, market: Market, kept: Market | None) -> None:
    """Raise `RuleError` where the broker pays the dividends of other sessions than the feeds have."""
    if kept is not None and not kept.account_sessions.equals(market.account_sessions):
        msg = f"{name}: the broker keeps the account of another market than the feeds; give both the same market"
        raise RuleError(msg)


class Calendar:
    """The sessions that a rule's feeds must have, in step.

    Args:
        name: Of the rule.
        market: Whose account sessions they are.
        feed: Of a leg.
    """

    def __init__(self, name: str, market: Market, feed: Any) -> None:
        """Begin before the first session."""
        self._name, self._sessions, self._dates = name, market.account_sessions, feed.lines.datetime
        self._days: list[int] = ordinals(market.account_sessions).tolist()
        self._opened = 0

    def session(self) -> int:
        """Return the position of the session among the account's, whatever else Cerebro counts."""
        return len(self._dates) - 1

    def opens(self) -> bool:
        """Return whether a session opens: the end of a week or month, which follows its close, is none."""
        is_new = len(self._dates) != self._opened
        self._opened = len(self._dates)
        return is_new

    def check(self) -> None:
        """Raise `RuleError` where a feed's bar is of another day than the account's session."""
        session = len(self._dates) - 1
        if session >= len(self._days) or self._days[session] != int(self._dates[0]):
            expected = day(self._sessions[session]) if session < len(self._days) else "no session"
            msg = (
                f"{self._name}: bar {session + 1} of the feeds is not the account's ({expected}); "
                "add the daily feeds of market_feeds(market), without history, filters or dates of their own"
            )
            raise RuleError(msg)


class Holding:
    """The shares that a rule left after its last orders, which nobody else may change.

    Args:
        name: Of the rule.
        feeds: One a leg.
        broker: Who keeps the positions.
    """

    def __init__(self, name: str, feeds: Sequence[Any], broker: Any) -> None:
        """Begin with what is held at the start: nothing."""
        self._name, self._feeds = name, feeds
        self._positions = [broker.getposition(feed) for feed in feeds]
        self._left = [0.0 for _ in feeds]
        self._orders: list[Any] = []

    def expect(self, left: list[float], orders: list[Any]) -> None:
        """Remember the shares, one a leg, that orders just placed will leave."""
        self._left, self._orders = left, orders

    def check(self) -> None:
        """Raise `RuleError` where an order was not filled, or another strategy has traded."""
        if self._orders:
            for order in self._orders:
                if order.status != order.Completed:
                    self._refuse(order)
            self._orders = []
        for leg, position in enumerate(self._positions):
            left = self._left[leg]
            if position.size != left and abs(position.size - left) > _DUST * max(1.0, left):
                msg = (
                    f"{self._name} left {left:g} shares of {self._feeds[leg]._name} and finds "  # noqa: SLF001 - its name
                    f"{position.size:g}: it orders them itself, where a rule says what to hold (hold, decide) and does "
                    "not order, or another strategy of this Cerebro trades them in the same account; give each its own"
                )
                raise RuleError(msg)

    def _refuse(self, order: Any) -> None:
        side = "buy" if order.isbuy() else "sell"
        msg = (
            f"{self._name}: the broker did not {side} {abs(order.size):g} {order.data._name} "  # noqa: SLF001 - its name
            f"({order.getstatusname()}), and a rule needs its orders filled at the open; "
            "write cerebro.setbroker(AccountBroker(...))"
        )
        raise RuleError(msg)
