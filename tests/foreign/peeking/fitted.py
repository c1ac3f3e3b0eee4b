"""Peeks by a model fitted on all data, before the first decision is made."""

import backtrader as bt
import numpy as np


class Fitted(bt.Strategy):
    """Long while a regression on the last returns expects a gain."""

    params = (("lags", 3),)

    def start(self):
        closes = np.array(self.data.close.array)
        returns = np.diff(np.log(closes))
        rows = np.column_stack([returns[lag : len(returns) - self.p.lags + lag] for lag in range(self.p.lags)])
        self.coefficients = np.linalg.lstsq(rows, returns[self.p.lags :], rcond=None)[0]

    def next(self):
        if len(self.data) <= self.p.lags:
            return
        closes = np.array(self.data.close.get(size=self.p.lags + 1))
        expected = np.diff(np.log(closes)) @ self.coefficients
        if bool(self.position) != (expected > 0):
            self.order_target_percent(target=0.9 if expected > 0 else 0.0)
