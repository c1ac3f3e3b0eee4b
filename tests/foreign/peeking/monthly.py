"""Peeks by resampling: each month's days are given the close of its last."""

import pandas as pd

import capshift as cs


class Monthly(cs.Rotation):
    """Small caps in months that close above the mean of the last three."""

    params = (("months", 3),)

    @staticmethod
    def hold(market, months):
        """Resample to months, and spread the answer over their days."""
        close = pd.Series(market.small.close, index=market.sessions)
        monthly = close.resample("ME").last()
        above = (monthly > monthly.rolling(months, min_periods=1).mean()).astype(float)
        return cs.switch(above.reindex(close.index, method="bfill").fillna(0.0).to_numpy() > 0)
