"""`capshift sweep`: every combination of parameters, or a sample of them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from capshift.options import By, Engine, Force, Json, NoCheck, Out, Setup, Values, Where, Workers, with_setup
from capshift.printing import print_sweep
from capshift.terminal import interruptible, progress, rated_progress, say


@with_setup
def sweep(
    rule: Annotated[list[str], typer.Argument(metavar="RULE...", help="A rule's name, or FILE.py:Class; or several.")],
    *,
    setup: Setup,
    parameter: Values = None,
    where: Where = None,
    samples: Annotated[int | None, typer.Option(help="Draw so many combinations instead of all.")] = None,
    sampling: Annotated[str | None, typer.Option(help="How: random (when left out) or latin-hypercube.")] = None,
    draw_seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
    by: By = "sharpe",
    top: Annotated[int, typer.Option(min=1, help="Variants in the table of the best.")] = 10,
    verify: Annotated[int, typer.Option(min=0, help="Of the best, how many are run again on the event engine.")] = 5,
    engine: Engine = "array",
    no_check: NoCheck = False,
    workers: Workers = None,
    dask: Annotated[str | None, typer.Option(help="A Dask scheduler, like tcp://host:8786.")] = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Judge every combination of a rule's parameters, or a sample of them."""
    from capshift.backtests import sweep as sweep_rules
    from capshift.backtests.grid import parse_grids
    from capshift.backtests.metrics import check_metric
    from capshift.backtests.storage import check_place
    from capshift.errors import CapshiftError, RuleError

    grids = parse_grids(rule, parameter or [], where or [])
    check_metric(by)
    account = setup.account()
    if out is not None:
        check_place(out)
    market = setup.market()
    with interruptible(), rated_progress("Sweeping") as swept:
        found = sweep_rules(
            grids,
            market,
            account=account,
            samples=samples,
            sampling=sampling,
            draw_seed=draw_seed,
            engine=engine,
            check=not no_check,
            workers=workers,
            dask=dask,
            progress=swept,
        )
    trouble: CapshiftError | None = None
    with progress("Looking at the best, and running them again"):
        try:
            found.best(by, top)
        except CapshiftError as reason:  # what was swept is kept, and says so
            found, trouble = found.unchecked(str(reason)), reason
        verified = found.verified(by, verify)
    if out is not None:
        from capshift.reports import save_sweep

        page = save_sweep(found, out, by=by, count=top, verified=verified, force=force)
        say(f"wrote {page}, sweep.parquet and sweep.json")
    if found.failed == found.trials and not found.interrupted:
        msg = f"every variant failed ({found.trials:,}), the first: {found.first_error}"
        raise RuleError(msg)
    if trouble:
        raise trouble
    if as_json:
        sys.stdout.write(found.json(by, top, verified=verified.to_dict("records")))
    else:
        print_sweep(found, by=by, count=top, verified=verified)
    if found.interrupted:
        raise typer.Exit(130)
