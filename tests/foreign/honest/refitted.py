"""A model that is fitted again each month, on the past alone, from random features with a seed."""

import numpy as np

import capshift as cs


class Refitted(cs.Rotation):
    """Small caps while a regression on their last returns, fitted up to then, expects them to lead."""

    params = (("lags", 5), ("every", 21), ("least", 60))
    limits = {"lags": cs.Between(1), "every": cs.Between(1), "least": cs.Between(10)}

    @staticmethod
    def hold(market, lags, every, least):
        """Fit on what was known, and use it until the next fit."""
        lead = np.diff(np.log(market.small.total_return / market.large.total_return), prepend=0.0)
        features = np.column_stack([np.concatenate([np.zeros(lag), lead[: len(lead) - lag]]) for lag in range(lags)])
        mixed = features @ np.random.default_rng(7).normal(size=(lags, lags))
        small, coefficients = np.zeros(len(market), dtype=bool), None
        for t in range(least, len(market)):
            if coefficients is None or t % every == 0:
                # What followed the features of t-1 is the lead of t, which is known.
                coefficients = np.linalg.lstsq(mixed[lags:t], lead[lags + 1 : t + 1], rcond=None)[0]
            small[t] = mixed[t] @ coefficients > 0
        return cs.switch(small)
