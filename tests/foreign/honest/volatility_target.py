"""Volatility targeting, with pandas and weights in between."""

import numpy as np
import pandas as pd

import capshift as cs


class VolatilityTarget(cs.Rotation):
    """As much in small caps as keeps their volatility at `target` a year, the rest in large caps."""

    params = (("target", 0.1), ("halflife", 20))
    limits = {"target": cs.Between(0.01, 1.0), "halflife": cs.Between(1)}

    @staticmethod
    def hold(market, target, halflife):
        """Scale by an exponentially weighted standard deviation."""
        returns = pd.Series(market.small.close, index=market.sessions).pct_change()
        volatility = returns.ewm(halflife=halflife, min_periods=halflife).std() * 252**0.5
        weight = (target / volatility).clip(upper=1.0).fillna(0.0).round(2).to_numpy()
        return cs.Holdings({"small": weight, "large": 1 - weight}, np.zeros(len(market), dtype=bool))
