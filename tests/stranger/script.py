"""A stranger's script: all that capshift does, beside modules of their own with the names of capshift's folders."""

import sys
from pathlib import Path

import backtests
import data_feeds
import reports
import strategies
from own_rules import Crossing, Gaining

import capshift as cs

HERE = Path(__file__).parent
PAGES = Path("out", "script")


def check_whose_is_whose() -> None:
    """Check that the stranger's modules are the stranger's, and capshift is the one that was installed."""
    for module in (backtests, data_feeds, reports, strategies):
        assert Path(str(module.__file__)).is_relative_to(HERE), module.__file__
    assert Path(cs.__file__).is_relative_to(sys.prefix), cs.__file__


def compare(market: cs.Market) -> None:
    """Compare rules, one of them hold-large by another name, and draw all their pages."""
    compared = cs.compare(
        ["hold-large", strategies.Never, (Gaining, {"days": 20}), Crossing, "own_rules.py:Gaining"],
        market,
        account=backtests.ACCOUNT,
    )
    equity = [one.equity.to_list() for one in compared.results.values()]
    assert equity[0] == equity[1]
    assert equity[0] != equity[2]
    cs.save_comparison(compared, PAGES / "compare")
    tearsheets = [f"{name}/tearsheet.html" for name in compared.results]
    assert reports.missing(PAGES / "compare", "comparison.html", *tearsheets) == []


def search(market: cs.Market) -> None:
    """Sweep a rule of the stranger's and a strategy of theirs, and walk forward."""
    swept = cs.sweep(Gaining, market, days=[20, 50, 100])
    assert len(swept.table) == 3
    by_processes = cs.sweep(Crossing, market, days=[20, 50], workers=2)
    assert by_processes.table["error"].to_list() == ["", ""]
    walked = cs.walk_forward(Gaining, market, days=[20, 50], train_years=2.0)
    cs.save_sweep(swept, PAGES / "sweep")
    cs.save_walk_forward(walked, PAGES / "walk")
    assert reports.missing(PAGES, "sweep/sweep.html", "walk/walk-forward.html") == []


def look(market: cs.Market) -> None:
    """Study events, and ask what to hold today."""
    cs.save_events(cs.events("breakout", market), PAGES / "events")
    cs.save_today(cs.today([Gaining, strategies.Never], market), PAGES / "today")
    cs.save_result(
        cs.run("breakout", market, entry=50), PAGES / "run", benchmark=cs.run("hold-large", market), tearsheets=False
    )
    assert reports.missing(PAGES, "events/breakout.html", "today/today.html", "run/breakout/result.json") == []


def main() -> None:
    """Do all of it."""
    check_whose_is_whose()
    market = cs.load_market(start=data_feeds.START, end=data_feeds.END)
    compare(market)
    search(market)
    look(market)


if __name__ == "__main__":
    main()
