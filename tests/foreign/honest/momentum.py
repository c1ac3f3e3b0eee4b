"""Momentum, as an array expression."""

import capshift as cs
from capshift.strategies.signals import growth


class Momentum(cs.Rotation):
    """Small caps while they gained more than large caps over the last `lookback` sessions."""

    params = (("lookback", 63),)
    limits = {"lookback": cs.Between(1)}

    @staticmethod
    def hold(market, lookback):
        """Compare the gains up to each close."""
        return cs.switch(growth(market.small.total_return, lookback) > growth(market.large.total_return, lookback))
