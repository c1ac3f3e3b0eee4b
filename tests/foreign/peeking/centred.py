"""Peeks by a centred window: half of it lies in the future."""

import pandas as pd

import capshift as cs


class Centred(cs.Rotation):
    """Small caps while they close below the mean of the days around."""

    params = (("window", 11),)

    @staticmethod
    def hold(market, window):
        """Smooth, which looks so innocent."""
        close = pd.Series(market.small.close)
        return cs.switch((close < close.rolling(window, center=True, min_periods=1).mean()).to_numpy())
