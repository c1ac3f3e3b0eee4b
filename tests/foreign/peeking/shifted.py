"""Peeks by shift(-1): tomorrow's return stands in today's row."""

import pandas as pd

import capshift as cs


class Shifted(cs.Rotation):
    """Small caps in an uptrend, on days before they lead."""

    params = (("trend", 20),)

    @staticmethod
    def hold(market, trend):
        """Align features and labels, the wrong way round."""
        table = pd.DataFrame({"small": market.small.close, "large": market.large.close})
        lead = table["small"].pct_change() - table["large"].pct_change()
        rising = table["small"] > table["small"].rolling(trend).mean()
        return cs.switch((rising & (lead.shift(-1) > 0)).to_numpy())
