"""`capshift events`: what followed events."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from capshift.options import Force, Json, MarketSetup, Out, Parameters, with_setup
from capshift.printing import print_study
from capshift.terminal import progress, say


@with_setup
def events(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="A kind of event, or a .csv or .txt file of dates.")],
    *,
    setup: MarketSetup,
    parameter: Parameters = None,
    horizons: Annotated[str, typer.Option(help="Sessions ahead, like 21,63.")] = "21,63,126,252",
    within: Annotated[int, typer.Option(help="Sessions in which a close back below makes a breakout false.")] = 20,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Study what followed: first-cut, restart, cut, hike, breakout, record-high, jackson-hole, level or own dates."""
    from capshift.backtests import events as study_events
    from capshift.backtests.event_study import checked_windows, parse_event, parse_horizons
    from capshift.backtests.storage import check_place

    parameters = parse_event(event, parameter or [])
    ahead = checked_windows(parse_horizons(horizons), within)
    if out is not None:
        check_place(out)
    market = setup.market()
    with progress("Drawing random dates"):
        study = study_events(event, market, horizons=ahead, within=within, **parameters)
    if out is not None:
        from capshift.reports import save_events

        page = save_events(study, out, force=force)
        say(f"wrote {page}, and the same as .csv and .json")
    if as_json:
        sys.stdout.write(study.json())
    else:
        print_study(study)
