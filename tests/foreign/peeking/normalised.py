"""Peeks by normalising over the full sample: mean and deviation of all days, those to come among them."""

import numpy as np

import capshift as cs


class Normalised(cs.Rotation):
    """Small caps where their price relative to large caps is low, by its z-score."""

    params = (("below", 0.0),)

    @staticmethod
    def hold(market, below):
        """Standardise, as one does before anything else."""
        ratio = np.log(market.small.close / market.large.close)
        return cs.switch((ratio - ratio.mean()) / ratio.std() < below)
