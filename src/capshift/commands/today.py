"""`capshift today`: what rules hold as of the last bar."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from capshift.commands.asking import asked
from capshift.options import OPENING_CASH, ConfigFile, Force, Json, NoCheck, Out, Setup, with_setup
from capshift.printing import print_today
from capshift.terminal import say


@with_setup
def today(
    rule: Annotated[
        list[str] | None, typer.Argument(metavar="RULE[:name=value,...]", help="Several; none for the standard set.")
    ] = None,
    *,
    setup: Setup,
    shares_small: Annotated[float, typer.Option(help="Shares of the small caps held now.")] = 0.0,
    shares_large: Annotated[float, typer.Option(help="Shares of the large caps held now.")] = 0.0,
    config: ConfigFile = None,
    no_check: NoCheck = False,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Tell what rules hold as of the last bar, since when and why, and what to order at the next open."""
    from capshift.backtests import today as stand_today
    from capshift.backtests.comparison import planned
    from capshift.backtests.config import on_markets
    from capshift.backtests.storage import check_place

    if out is not None:
        check_place(out)
    cash = setup.cash if "cash" in setup.given else None  # not the opening cash that a file may name
    setup, entries, named = asked(rule, config, replace(setup, cash=OPENING_CASH))
    planned([*(entry.plan for entry in entries), *named])
    account = setup.account()
    market, plans, _ = on_markets(entries, setup.market(), setup.on)
    standing = stand_today(
        [*plans, *named],
        market,
        account=account,
        cash=OPENING_CASH if cash is None else cash,
        shares={"small": shares_small, "large": shares_large},
        check=not no_check,
    )
    if out is not None:
        from capshift.reports import save_today

        say(f"wrote {save_today(standing, out, force=force)} and today.json")
    if as_json:
        sys.stdout.write(standing.json())
    else:
        print_today(standing)
