"""Did it pay to hold small caps after IWM broke out? Twenty lines, on the sample market or on your own bars."""

import argparse

import capshift as cs

if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", help="folder with bars/IWM.csv and bars/SPY.csv; without it, the sample market")
    options.add_argument("--out", default="out/breakout", help="folder for the pages")
    given = options.parse_args()

    market = cs.load_market("IWM", "SPY", source="files" if given.data else "sample", path=given.data)
    variants = [("breakout", {"entry": entry, "exit": entry // 2}) for entry in (50, 100, 252)]
    variants.append(("breakout", {"confirm": 3, "buffer": 0.01, "fail_within": 20}))
    comparison = cs.compare(["hold-large", "hold-small", *variants], market)

    print(market)
    print(comparison.table[["cagr", "excess_cagr", "sharpe", "max_drawdown", "trades"]].to_string())
    print("pages:", cs.save_comparison(comparison, given.out))
