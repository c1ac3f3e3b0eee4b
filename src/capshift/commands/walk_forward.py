"""`capshift walk-forward`: choices on the past alone, traded by."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from capshift.options import By, Force, Json, NoCheck, Out, Setup, Values, Where, Workers, with_setup
from capshift.printing import print_walk_forward
from capshift.terminal import rated_progress, say


@with_setup
def walk_forward(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, or FILE.py:Class.")],
    *,
    setup: Setup,
    parameter: Values = None,
    where: Where = None,
    train: Annotated[float, typer.Option(help="Years of 252 sessions to choose on.")] = 10.0,
    test: Annotated[float, typer.Option(help="Years to trade by the choice.")] = 1.0,
    gap: Annotated[int, typer.Option(help="Sessions between both that belong to neither.")] = 0,
    anchored: Annotated[bool, typer.Option("--anchored", help="Train from the first session on.")] = False,
    by: By = "sharpe",
    no_check: NoCheck = False,
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Choose a rule's parameters on the past alone, again and again, and trade by the choices."""
    from capshift.backtests import walk_forward as walk
    from capshift.backtests.grid import parse_grids
    from capshift.backtests.metrics import check_metric
    from capshift.backtests.storage import check_place

    (grid,) = parse_grids([rule], parameter or [], where or [])
    check_metric(by)
    account = setup.account()
    if out is not None:
        check_place(out)
    market = setup.market()
    with rated_progress("Walking") as walked:
        found = walk(
            grid,
            market,
            account=account,
            train_years=train,
            test_years=test,
            gap=gap,
            anchored=anchored,
            by=by,
            check=not no_check,
            workers=workers,
            progress=walked,
        )
    if out is not None:
        from capshift.reports import save_walk_forward

        page = save_walk_forward(found, out, force=force)
        say(f"wrote {page}, walk-forward.json, windows.csv and a folder an account")
    if as_json:
        sys.stdout.write(found.json())
    else:
        print_walk_forward(found)
