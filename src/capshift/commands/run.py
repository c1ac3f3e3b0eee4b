"""`capshift run`: one rule, beside hold-large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from capshift.options import (
    Engine,
    Express,
    Force,
    Json,
    NoCheck,
    NoTearsheets,
    Out,
    Parameters,
    Setup,
    SpreadSetting,
    with_setup,
)
from capshift.printing import print_figures
from capshift.terminal import print_json, progress, say

if TYPE_CHECKING:
    from collections.abc import Mapping


@with_setup
def run(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, or FILE.py:Class.")],
    *,
    setup: Setup,
    parameter: Parameters = None,
    express: Express = None,
    spread: SpreadSetting = None,
    engine: Engine = "event",
    no_intervals: Annotated[
        bool, typer.Option("--no-intervals", help="Point estimates alone, a second sooner.")
    ] = False,
    no_check: NoCheck = False,
    out: Out = None,
    no_tearsheets: NoTearsheets = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run one rule, beside hold-large, with the intervals of its figures."""
    from capshift.backtests import compare
    from capshift.backtests.comparison import display_name
    from capshift.backtests.expressing import expressed, expressions_of
    from capshift.backtests.runner import check_engine
    from capshift.backtests.storage import check_place
    from capshift.backtests.uncertainty import intervals_summary
    from capshift.strategies import BENCHMARK, rule_class
    from capshift.strategies.parameters import resolve
    from capshift.strategies.specs import parse_parameters

    chosen = rule_class(rule)
    parameters: Mapping[str, Any] = parse_parameters(chosen, parameter or [])
    resolve(chosen, parameters)
    expressions = expressions_of(express, spread or [])
    if len(expressions) > 1:
        msg = f"--express {express} names several; `capshift compare {rule} --express {express}` shows them all"
        raise typer.BadParameter(msg)
    if expressions and chosen is rule_class(BENCHMARK):
        say(f"note: {BENCHMARK} never holds small caps; --express changes nothing")
    parameters = expressed((chosen, parameters), expressions)[0].parameters
    check_engine(engine)
    account = setup.account()
    if out is not None:
        check_place(out)
    market = setup.market()
    with progress("Running", total=2) as ran:
        comparison = compare(
            [(chosen, parameters)], market, account=account, engine=engine, check=not no_check, progress=ran
        )
    result = comparison.results[display_name(chosen, parameters)]
    if out is not None:
        from capshift.reports import save_result

        benchmark = comparison.results[comparison.benchmark]
        with progress("Drawing the tearsheet"):
            folder = save_result(result, out, benchmark=benchmark, tearsheets=not no_tearsheets, force=force)
        say(f"wrote {folder / ('rule.html' if no_tearsheets else 'tearsheet.html')} and listed it in index.html")
    if as_json:
        found = None if no_intervals else intervals_summary(comparison.intervals.get(result.name))
        print_json(result.summary() | {"intervals": found})
    else:
        print_figures(comparison, with_intervals=not no_intervals)
