"""`capshift compare`: rules side by side."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from capshift.commands.asking import asked
from capshift.options import (
    ConfigFile,
    Engine,
    Express,
    Force,
    Json,
    NoCheck,
    NoTearsheets,
    Out,
    Setup,
    SpreadSetting,
    with_setup,
)
from capshift.printing import print_figures, print_stress
from capshift.terminal import progress, say

if TYPE_CHECKING:
    from capshift.backtests import Account, Comparison
    from capshift.backtests.comparison import RuleSpec
    from capshift.backtests.stress import Stress
    from capshift.data_feeds import Market


@with_setup
def compare(
    rule: Annotated[
        list[str] | None, typer.Argument(metavar="RULE[:name=value,...]", help="Several; none for the standard set.")
    ] = None,
    *,
    setup: Setup,
    config: ConfigFile = None,
    express: Express = None,
    spread: SpreadSetting = None,
    engine: Engine = "event",
    trials: Annotated[
        int, typer.Option(min=0, help="Rules and variants tried before these were chosen, and not among them.")
    ] = 0,
    stressed: Annotated[
        bool, typer.Option("--stress", help="Also: leads by part of history, costs, delay, start, best days, legs.")
    ] = False,
    no_check: NoCheck = False,
    out: Out = None,
    no_tearsheets: NoTearsheets = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare rules side by side, against hold-large, and tell skill from luck."""
    from capshift.backtests import compare as compare_rules
    from capshift.backtests.comparison import resolved_rules
    from capshift.backtests.config import on_markets
    from capshift.backtests.expressing import expressions_of
    from capshift.backtests.runner import check_engine
    from capshift.backtests.storage import check_place

    check_engine(engine)
    setup, entries, named = asked(rule, config, setup, expressions_of(express, spread or []))
    count = len(resolved_rules([*(entry.plan for entry in entries), *named]))
    account = setup.account()
    if out is not None:
        check_place(out)
    market, plans, note = on_markets(entries, setup.market(), setup.on)
    if note:
        say(f"note: {note}")
    with progress("Running", total=count) as ran:
        comparison = compare_rules(
            [*plans, *named], market, account=account, engine=engine, trials=trials, check=not no_check, progress=ran
        )
    with progress("Drawing other histories"):
        _ = comparison.uncertainty
    found = _stressed(comparison, [*plans, *named], market, account, setup) if stressed else None
    if out is not None:
        from capshift.reports import save_comparison

        with progress("Drawing tearsheets", total=count) as drawn:
            page = save_comparison(
                comparison, out, stress=found, progress=drawn, tearsheets=not no_tearsheets, force=force
            )
        say(f"wrote {page} and {'a page' if no_tearsheets else 'a tearsheet'} a rule")
    if as_json:
        sys.stdout.write(comparison.json(found))
    else:
        print_figures(comparison, with_intervals=True, with_tests=True)
        if found:
            print_stress(found)


def _stressed(comparison: Comparison, rules: list[RuleSpec], market: Market, account: Account, setup: Setup) -> Stress:
    """Return where leads came from and what becomes of them, on those stand-ins of the legs that can be had."""
    from capshift.backtests.comparison import resolved_rules
    from capshift.backtests.stress import LARGE_STAND_INS, SMALL_STAND_INS, stress
    from capshift.errors import CapshiftError

    for result in comparison:
        if result.spreads is not None:
            say(f"note: {result.name} is not stressed: the array engine, which does that, keeps no call spreads")
    legs: dict[str, Market] = {}
    for small in SMALL_STAND_INS:
        for large in LARGE_STAND_INS:
            if (small, large) != (setup.small, setup.large):
                try:
                    legs[f"{small}/{large}"] = setup.on({"small": small, "large": large})
                except CapshiftError as reason:
                    say(f"note: without {small}/{large}: {reason}")
    plans = resolved_rules(rules)
    with progress("Stressing", total=len(plans)) as tried:
        return stress(comparison, plans, market, account=account, legs=legs, progress=tried)
