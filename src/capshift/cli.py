"""The command line: `capshift rules | run | compare | sweep | walk-forward | events | today | report | fetch`.

Results go to standard output, progress and complaints to standard error. Exit codes: 0; 2 wrong use or bad input, told
in one line; 3 data could not be had; 130 interrupted. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from capshift.collector import collect_seldom
from capshift.options import (
    OPENING_CASH,
    By,
    CacheDir,
    ConfigFile,
    Engine,
    Express,
    Force,
    Json,
    MarketSetup,
    NoTearsheets,
    Out,
    Setup,
    SpreadSetting,
    Values,
    Where,
    Workers,
    with_setup,
)
from capshift.terminal import (
    interruptible,
    print_figures,
    print_json,
    print_stress,
    print_study,
    print_sweep,
    print_table,
    print_today,
    print_walk_forward,
    progress,
    rated_progress,
    say,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from capshift.backtests import Account, Comparison
    from capshift.backtests.comparison import RuleSpec
    from capshift.backtests.config import Entry
    from capshift.backtests.stress import Stress
    from capshift.data_feeds import Market

#: Typer carries a copy of click, whose base of all wrong uses it exports only by way of this one.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])

app = typer.Typer(
    name="capshift",
    help="Event-driven backtests of small-cap / large-cap rotation.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        import capshift  # noqa: PLC0415 - rarely asked for

        typer.echo(f"capshift {capshift.__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def rules(*, as_json: Json = False) -> None:
    """List the rules with their parameters and defaults."""
    from capshift.strategies import RULES  # noqa: PLC0415 - heavy
    from capshift.strategies.expressions import SPREAD_DEFAULTS  # noqa: PLC0415 - heavy
    from capshift.strategies.filters import COMMON, COMMON_LIMITS  # noqa: PLC0415 - heavy
    from capshift.strategies.parameters import declared  # noqa: PLC0415 - heavy

    listed: dict[str, dict[str, Any]] = {
        rule.rule_name(): {
            "about": rule.about(),
            "params": {
                name: {"default": default, "allowed": str(rule.limits.get(name, "any"))}
                for name, default in declared(rule).items()
            },
        }
        for rule in RULES
    }
    if as_json:
        print_json(listed)
        return
    rows = [
        [name, " ".join(f"{key}={value['default']}" for key, value in entry["params"].items()), entry["about"]]
        for name, entry in listed.items()
    ]
    print_table("", ["rule", "parameters", "holds"], rows, numbers=False)
    show("Every rule also takes, beside its own:")
    for name, default in COMMON.items():
        show(f"  {name}={default or 'none'}: {COMMON_LIMITS[name]}")
    settings = " ".join(f"{name}={value}" for name, value in SPREAD_DEFAULTS.items())
    show(f"A call-spread takes, by --spread name=value: {settings}")


@app.command()
@with_setup
def run(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, or FILE.py:Class.")],
    *,
    setup: Setup,
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", help="name=value, once for each.")] = None,
    express: Express = None,
    spread: SpreadSetting = None,
    engine: Engine = "event",
    no_intervals: Annotated[
        bool, typer.Option("--no-intervals", help="Point estimates alone, a second sooner.")
    ] = False,
    out: Out = None,
    no_tearsheets: NoTearsheets = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run one rule, beside hold-large, with the intervals of its figures."""
    from capshift.backtests import compare  # noqa: PLC0415 - heavy
    from capshift.backtests.comparison import display_name  # noqa: PLC0415 - heavy
    from capshift.backtests.expressing import expressed, expressions_of  # noqa: PLC0415 - heavy
    from capshift.backtests.runner import check_engine  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy
    from capshift.backtests.uncertainty import intervals_summary  # noqa: PLC0415 - heavy
    from capshift.strategies import rule_class  # noqa: PLC0415 - heavy
    from capshift.strategies.parameters import resolve  # noqa: PLC0415 - heavy
    from capshift.strategies.specs import parse_parameters  # noqa: PLC0415 - heavy

    chosen = rule_class(rule)
    parameters: Mapping[str, Any] = parse_parameters(chosen, parameter or [])
    resolve(chosen, parameters)
    expressions = expressions_of(express, spread or [])
    if len(expressions) > 1:
        msg = f"--express {express} names several; `capshift compare {rule} --express {express}` shows them all"
        raise typer.BadParameter(msg)
    parameters = expressed((chosen, parameters), expressions)[0].parameters
    check_engine(engine)
    account = setup.account()
    if out is not None:
        check_place(out)
    market = setup.market()
    with progress("Running", total=2) as ran:
        comparison = compare([(chosen, parameters)], market, account=account, engine=engine, progress=ran)
    result = comparison.results[display_name(chosen, parameters)]
    if out is not None:
        from capshift.reports import save_result  # noqa: PLC0415 - heavy

        benchmark = comparison.results[comparison.benchmark]
        with progress("Drawing the tearsheet"):
            folder = save_result(result, out, benchmark=benchmark, tearsheets=not no_tearsheets, force=force)
        say(f"wrote {folder / ('rule.html' if no_tearsheets else 'tearsheet.html')} and listed it in index.html")
    if as_json:
        found = None if no_intervals else intervals_summary(comparison.intervals.get(result.name))
        print_json(result.summary() | {"intervals": found})
    else:
        print_figures(comparison, with_intervals=not no_intervals)


def _asked(
    rule: list[str] | None, config: Path | None, setup: Setup, expressions: Sequence[str] = ()
) -> tuple[Setup, tuple[Entry, ...], list[RuleSpec]]:
    """Return the setup with what a file adds to it, the file's rules, and those named, or the standard set."""
    from capshift.backtests import read_config  # noqa: PLC0415 - heavy
    from capshift.backtests.expressing import expressed  # noqa: PLC0415 - heavy
    from capshift.strategies import STANDARD_SET, parse_spec  # noqa: PLC0415 - heavy

    file = None if config is None else read_config(config, setup.asked)
    texts = rule or (() if file else STANDARD_SET)
    named: list[RuleSpec] = [plan for text in texts for plan in expressed(parse_spec(text), expressions)]
    if file is None:
        return setup, (), named
    entries = [replace(entry, plan=plan) for entry in file.entries for plan in expressed(entry.plan, expressions)]
    return setup.beside(file), tuple(entries), named


@app.command()
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
    out: Out = None,
    no_tearsheets: NoTearsheets = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare rules side by side, against hold-large, and tell skill from luck."""
    from capshift.backtests import compare as compare_rules  # noqa: PLC0415 - heavy
    from capshift.backtests.comparison import resolved_rules  # noqa: PLC0415 - heavy
    from capshift.backtests.config import on_markets  # noqa: PLC0415 - heavy
    from capshift.backtests.expressing import expressions_of  # noqa: PLC0415 - heavy
    from capshift.backtests.runner import check_engine  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy

    check_engine(engine)
    setup, entries, named = _asked(rule, config, setup, expressions_of(express, spread or []))
    count = len(resolved_rules([*(entry.plan for entry in entries), *named]))
    account = setup.account()
    if out is not None:
        check_place(out)
    market, plans, note = on_markets(entries, setup.market(), setup.on)
    if note:
        say(f"note: {note}")
    with progress("Running", total=count) as ran:
        comparison = compare_rules(
            [*plans, *named], market, account=account, engine=engine, trials=trials, progress=ran
        )
    with progress("Drawing other histories"):
        _ = comparison.uncertainty
    found = _stressed(comparison, [*plans, *named], market, account, setup) if stressed else None
    if out is not None:
        from capshift.reports import save_comparison  # noqa: PLC0415 - heavy

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
    from capshift.backtests.comparison import resolved_rules  # noqa: PLC0415 - heavy
    from capshift.backtests.stress import LARGE_STAND_INS, SMALL_STAND_INS, stress  # noqa: PLC0415 - heavy
    from capshift.errors import CapshiftError  # noqa: PLC0415 - so that --help stays quick

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


@app.command()
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
    workers: Workers = None,
    dask: Annotated[str | None, typer.Option(help="A Dask scheduler, like tcp://host:8786.")] = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Judge every combination of a rule's parameters, or a sample of them."""
    from capshift.backtests import sweep as sweep_rules  # noqa: PLC0415 - heavy
    from capshift.backtests.grid import parse_grids  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy
    from capshift.backtests.sweep import check_metric  # noqa: PLC0415 - heavy
    from capshift.errors import RuleError  # noqa: PLC0415 - so that --help stays quick

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
            workers=workers,
            dask=dask,
            progress=swept,
        )
    with progress("Running the best again"):
        verified = found.verified(by, verify)
    if out is not None:
        from capshift.reports import save_sweep  # noqa: PLC0415 - heavy

        page = save_sweep(found, out, by=by, count=top, verified=verified, force=force)
        say(f"wrote {page}, sweep.parquet and sweep.json")
    if found.failed == found.trials and not found.interrupted:
        msg = f"every variant failed ({found.trials:,}), the first: {found.first_error}"
        raise RuleError(msg)
    if as_json:
        sys.stdout.write(found.json(by, top, verified=verified.to_dict("records")))
    else:
        print_sweep(found, by=by, count=top, verified=verified)
    if found.interrupted:
        raise typer.Exit(130)


@app.command(name="walk-forward")
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
    workers: Workers = None,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Choose a rule's parameters on the past alone, again and again, and trade by the choices."""
    from capshift.backtests import walk_forward as walk  # noqa: PLC0415 - heavy
    from capshift.backtests.grid import parse_grids  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy
    from capshift.backtests.sweep import check_metric  # noqa: PLC0415 - heavy

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
            workers=workers,
            progress=walked,
        )
    if out is not None:
        from capshift.reports import save_walk_forward  # noqa: PLC0415 - heavy

        page = save_walk_forward(found, out, force=force)
        say(f"wrote {page}, walk-forward.json, windows.csv and a folder an account")
    if as_json:
        sys.stdout.write(found.json())
    else:
        print_walk_forward(found)


@app.command()
@with_setup
def events(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="A kind of event, or a .csv or .txt file of dates.")],
    *,
    setup: MarketSetup,
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", help="name=value, once for each.")] = None,
    horizons: Annotated[str, typer.Option(help="Sessions ahead, like 21,63.")] = "21,63,126,252",
    within: Annotated[int, typer.Option(help="Sessions in which a close back below makes a breakout false.")] = 20,
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Study what followed: first-cut, restart, cut, hike, breakout, record-high, jackson-hole, level or own dates."""
    from capshift.backtests import events as study_events  # noqa: PLC0415 - heavy
    from capshift.backtests.event_study import checked_windows, parse_event, parse_horizons  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy

    parameters = parse_event(event, parameter or [])
    ahead = checked_windows(parse_horizons(horizons), within)
    if out is not None:
        check_place(out)
    market = setup.market()
    with progress("Drawing random dates"):
        study = study_events(event, market, horizons=ahead, within=within, **parameters)
    if out is not None:
        from capshift.reports import save_events  # noqa: PLC0415 - heavy

        page = save_events(study, out, force=force)
        say(f"wrote {page}, and the same as .csv and .json")
    if as_json:
        sys.stdout.write(study.json())
    else:
        print_study(study)


@app.command()
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
    out: Out = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Tell what rules hold as of the last bar, since when and why, and what to order at the next open."""
    from capshift.backtests import today as stand_today  # noqa: PLC0415 - heavy
    from capshift.backtests.comparison import planned  # noqa: PLC0415 - heavy
    from capshift.backtests.config import on_markets  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy

    if out is not None:
        check_place(out)
    cash = setup.cash if "cash" in setup.given else None  # not the opening cash that a file may name
    setup, entries, named = _asked(rule, config, replace(setup, cash=OPENING_CASH))
    planned([*(entry.plan for entry in entries), *named])
    account = setup.account()
    market, plans, _ = on_markets(entries, setup.market(), setup.on)
    standing = stand_today(
        [*plans, *named],
        market,
        account=account,
        cash=OPENING_CASH if cash is None else cash,
        shares={"small": shares_small, "large": shares_large},
    )
    if out is not None:
        from capshift.reports import save_today  # noqa: PLC0415 - heavy

        say(f"wrote {save_today(standing, out, force=force)} and today.json")
    if as_json:
        sys.stdout.write(standing.json())
    else:
        print_today(standing)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that was given as --out.")],
    *,
    no_tearsheets: NoTearsheets = False,
) -> None:
    """Draw all pages of saved results anew; nothing is run again."""
    from capshift.reports import rebuild  # noqa: PLC0415 - heavy

    with progress("Drawing pages") as drawn:
        pages = rebuild(folder, tearsheets=not no_tearsheets, progress=drawn)
    for page in pages:
        show(str(page))


@app.command()
def fetch(
    symbol: Annotated[list[str] | None, typer.Argument(metavar="SYMBOL...", help="As Yahoo spells them.")] = None,
    *,
    cache_dir: CacheDir = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what is stored; nothing is fetched.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check all that is stored; nothing is fetched.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch all anew, whatever is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Download bars from Yahoo and macro series from FRED, and keep them."""
    from capshift.data_feeds import inventory  # noqa: PLC0415 - heavy

    symbols, looking = symbol or [], listed or verify
    if looking == bool(symbols):
        raise typer.BadParameter("name symbols to fetch, like IWM SPY; or --list or --verify alone")
    if looking:
        items = inventory.stored(cache_dir)
    else:
        with progress("Fetching", total=len(set(symbols)) + len(inventory.MARKET_SERIES)) as fetching:
            items, notes = inventory.fetch(symbols, cache_dir, refresh=refresh, progress=fetching)
        for note in notes:
            say(f"note: {note}")
    if as_json:
        print_json([item.facts() for item in items])
    else:
        rows = [[one.name, one.first, one.last, str(one.rows), one.fetched, one.state] for one in items]
        print_table("", ["name", "first", "last", "rows", "fetched (UTC)", "state"], rows, numbers=False)
    troubled = [one for one in items if one.trouble]
    for one in troubled:
        _complain(one.trouble)
    # Without a series of FRED a market can do; not without the bars that were asked for.
    if any(one.kind == "bars" or verify for one in troubled) and not listed:
        raise typer.Exit(3)


def main() -> None:
    """Run the command line, and end with its exit code."""
    collect_seldom()
    sys.exit(_exit_code())


def _exit_code() -> int:
    """Run a command, and tell every mistake in one line."""
    from capshift.errors import CapshiftError  # noqa: PLC0415 - so that --help stays quick

    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except CapshiftError as mistake:
        _complain(str(mistake))
        return mistake.exit_code
    except _UsageError as mistake:
        _complain(mistake.format_message())
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # whoever read has enough; the interpreter must not try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as reason:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _complain(f"the output cannot be written: {reason.strerror or reason}")
        return 1
    return int(code or 0)


def _complain(text: str) -> None:
    line = " ".join(text.split())
    # A terminal would obey the other letters, and they may come from a file.
    say("capshift: " + "".join(letter if letter.isprintable() else "?" for letter in line))
