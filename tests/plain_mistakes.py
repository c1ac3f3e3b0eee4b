"""Plain Backtrader strategies that capshift refuses, each for one reason: nothing in this file knows of capshift."""

from __future__ import annotations

import random
import sys
from typing import Any, ClassVar

import backtrader as bt
import numpy as np


class Short(bt.Strategy):
    """Sells what it does not have."""

    def next(self) -> None:
        """Sell on the third bar."""
        if self.data.datetime.date(0).isoformat() == "2019-01-04":
            self.sell(data=self.datas[1], size=7)


class Failing(bt.Strategy):
    """Fails on some bar."""

    def next(self) -> None:
        """Divide by nothing."""
        raise ZeroDivisionError("no such luck")


class Tomorrow(bt.Strategy):
    """Reads the next bar, and asks on the last one for one that is not there."""

    def next(self) -> None:
        """Be long before a rise."""
        self.order_target_percent(target=0.9 if self.data.close[1] > self.data.close[0] else 0.0)


class Careful(bt.Strategy):
    """Reads the next bar where there is one."""

    def next(self) -> None:
        """Be long before a rise."""
        last = len(self.data) == self.data.buflen()
        self.order_target_percent(target=0.0 if last or self.data.close[1] < self.data.close[0] else 0.9)


class Centred(bt.Strategy):
    """Compares the close with the mean of the two weeks around it."""

    def next(self) -> None:
        """Be long below the mean."""
        at = len(self.data) - 1
        if at < 5:
            return
        around = np.array(self.data.close.array[at - 5 : at + 6])
        self.order_target_percent(target=0.9 * (self.data.close[0] < around.mean()))


class Normalised(bt.Strategy):
    """Holds more, the lower the close lies between the extremes of all bars."""

    def next(self) -> None:
        """Hold a part."""
        closes = np.array(self.data.close.array)
        place = (self.data.close[0] - closes.min()) / max(np.ptp(closes), 1e-9)
        self.order_target_percent(target=round(0.9 * (1 - place), 1))


class Wrapped(bt.Strategy):
    """Reads [-1] on the very first bar, where Backtrader gives the last one's."""

    def next(self) -> None:
        """Be long after a rise."""
        self.order_target_percent(target=0.9 if self.data.close[0] > self.data.close[-1] else 0.1)


class Dice(bt.Strategy):
    """Throws dice that nobody has seeded."""

    def next(self) -> None:
        """Hold what they say."""
        self.order_target_percent(target=random.random())  # noqa: S311 - on purpose


class Hoarder(bt.Strategy):
    """Keeps a list from one run to the next."""

    seen: ClassVar[list[Any]] = []

    def next(self) -> None:
        """Hold the more, the more was seen."""
        self.seen.append(None)
        self.order_target_percent(target=0.9 * (len(self.seen) % 7) / 7)


class OpenOnly(bt.Strategy):
    """Trades at the open, whose close it can see."""

    def next_open(self) -> None:
        """Buy."""
        self.buy(size=1)


class Rich(bt.Strategy):
    """Gives itself money."""

    def start(self) -> None:
        """Take it."""
        self.broker.set_cash(1e9)


class Cheating(bt.Strategy):
    """Wants to trade at the close it decides on."""

    def __init__(self) -> None:
        """Ask for it."""
        self.broker.set_coc(True)


class Early(bt.Strategy):
    """Buys before there is a bar."""

    def start(self) -> None:
        """Buy."""
        self.buy(size=1, price=1.0)


class Quitter(bt.Strategy):
    """Stops half-way."""

    def next(self) -> None:
        """Stop."""
        self.env.runstop()


class Leaving(bt.Strategy):
    """Ends the program."""

    def next(self) -> None:
        """End it."""
        sys.exit("enough")


class Skipping(bt.Strategy):
    """Does not want to run."""

    def __init__(self) -> None:
        """Say so."""
        raise bt.errors.StrategySkipError


class Nothing(bt.Strategy):
    """Orders what is no number."""

    def next(self) -> None:
        """Buy."""
        self.buy(size=float("nan"))
