"""A plain Backtrader strategy, which knows nothing of capshift, beside its rules: docs/own_strategies.md."""

import argparse

import backtrader as bt


class AboveAverage(bt.Strategy):
    """Holds small caps while they close above their moving average, and cash otherwise."""

    params = (("period", 50), ("part", 0.95))

    def __init__(self) -> None:
        """Make the indicator."""
        self.average = bt.ind.SMA(self.data.close, period=self.p.period)

    def next(self) -> None:
        """Buy or sell at the next open."""
        if bool(self.position) != (self.data.close[0] > self.average[0]):
            self.order_target_percent(target=0.0 if self.position else self.p.part)


if __name__ == "__main__":
    import capshift as cs

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", default="out/plain", help="folder for the pages")
    given = options.parse_args()
    comparison = cs.compare(["breakout", (AboveAverage, {"period": 100})], cs.load_market(start="2005-01-03"))
    print(comparison)
    print("pages:", cs.save_comparison(comparison, given.out))
