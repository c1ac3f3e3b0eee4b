"""Do small caps gain from rate cuts? The claim as a rule, for each kind of cut."""

import argparse

import capshift as cs

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", help="folder with bars/IWM.csv and bars/SPY.csv; without it, the sample market")
    options.add_argument("--out", default="out/rate_cuts", help="folder for the pages")
    given = options.parse_args()

    market = cs.load_market("IWM", "SPY", source="files" if given.data else "sample", path=given.data)
    triggers = [("rate-cut", {"trigger": trigger, "hold": 252}) for trigger in ("first", "restart", "any")]
    comparison = cs.compare(["hold-large", "hold-small", *triggers], market, account=cs.Account(commission=0.0005))

    print(market)
    print(comparison.table[["cagr", "excess_cagr", "sharpe", "max_drawdown", "exposure_small"]].to_string())
    print("pages:", cs.save_comparison(comparison, given.out))
