"""`capshift check`: whether a rule sees the future, or depends on what it must not."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from capshift.options import Json, Parameters, Setup, with_setup
from capshift.printing import print_check
from capshift.terminal import rated_progress


@with_setup
def check(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="FILE.py:Class, or a rule's name.")],
    *,
    setup: Setup,
    parameter: Parameters = None,
    as_json: Json = False,
) -> None:
    """Look for look-ahead in a rule, and for what else makes its backtest untrue."""
    from capshift.backtests import check as check_rule
    from capshift.backtests.checking import code_folder
    from capshift.backtests.surroundings import watched
    from capshift.strategies import rule_class
    from capshift.strategies.parameters import resolve
    from capshift.strategies.specs import parse_parameters

    with watched(code_folder(rule)):  # the file is code, and runs when it is read
        chosen = rule_class(rule)
        parameters = parse_parameters(chosen, parameter or [])
        resolve(chosen, parameters)
    account = setup.account()
    market = setup.market()
    with rated_progress("Looking") as looked:
        found = check_rule(rule, market, account=account, progress=looked, **parameters)
    if as_json:
        sys.stdout.write(found.json())
    else:
        print_check(found)
    if not found.passed:
        raise typer.Exit(2)
