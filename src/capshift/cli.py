"""The command line: `capshift rules | run | compare`.

Results go to standard output, progress and complaints to standard error. Exit codes: 0; 2 wrong use or bad input, told
in one line; 3 data could not be had; 130 interrupted. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import inspect
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from capshift.backtests import Account, Result
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

_MARKET, _ACCOUNT = "Market", "Account"
Source = Annotated[str, typer.Option(help="sample (simulated, works offline) or files.", rich_help_panel=_MARKET)]
Data = Annotated[
    Path | None, typer.Option(help="Folder with bars/SYMBOL.csv and macro/SERIES.csv.", rich_help_panel=_MARKET)
]
Small = Annotated[str, typer.Option(help="Symbol of the small caps.", rich_help_panel=_MARKET)]
Large = Annotated[str, typer.Option(help="Symbol of the large caps.", rich_help_panel=_MARKET)]
Leaders = Annotated[str | None, typer.Option(help="Symbol of the giants, or several: A,B,C.", rich_help_panel=_MARKET)]
Start = Annotated[
    str | None,
    typer.Option(help="First date of the account, YYYY-MM-DD; history before it is kept.", rich_help_panel=_MARKET),
]
End = Annotated[str | None, typer.Option(help="Last date, YYYY-MM-DD.", rich_help_panel=_MARKET)]
DropGaps = Annotated[
    bool, typer.Option("--drop-gaps", help="Leave out sessions that a symbol lacks.", rich_help_panel=_MARKET)
]
AllowJump = Annotated[
    list[str] | None,
    typer.Option(help="A symbol whose split-like jumps are real moves.", rich_help_panel=_MARKET),
]
Seed = Annotated[int, typer.Option(help="Of the sample market.", rich_help_panel=_MARKET)]
Cash = Annotated[float, typer.Option(help="Dollars at the opening.", rich_help_panel=_ACCOUNT)]
Commission = Annotated[
    float, typer.Option(help="Fraction of the value traded (0.001 is 10 basis points).", rich_help_panel=_ACCOUNT)
]
PerShare = Annotated[float, typer.Option(help="Dollars a share.", rich_help_panel=_ACCOUNT)]
Minimum = Annotated[float, typer.Option(help="Dollars an order, at least.", rich_help_panel=_ACCOUNT)]
Slippage = Annotated[
    float, typer.Option(help="Fraction of the price (0.0005 is 5 basis points).", rich_help_panel=_ACCOUNT)
]
Fractional = Annotated[bool, typer.Option("--fractional", help="Hold parts of shares.", rich_help_panel=_ACCOUNT)]
NoInterest = Annotated[bool, typer.Option("--no-interest", help="Cash earns nothing.", rich_help_panel=_ACCOUNT)]
Out = Annotated[Path | None, typer.Option(help="Folder for results and pages.")]
Json = Annotated[bool, typer.Option("--json", help="Print results as JSON, and nothing else, to standard output.")]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The market and the account that a command works with, as they were asked for on the command line."""

    source: Source = "sample"
    data: Data = None
    small: Small = "IWM"
    large: Large = "SPY"
    leaders: Leaders = None
    start: Start = None
    end: End = None
    drop_gaps: DropGaps = False
    allow_jump: AllowJump = None
    seed: Seed = 2025
    cash: Cash = 100_000.0
    commission: Commission = 0.0
    commission_per_share: PerShare = 0.0
    commission_minimum: Minimum = 0.0
    slippage: Slippage = 0.0005
    fractional: Fractional = False
    no_interest: NoInterest = False

    def account(self) -> Account:
        """Return the account's settings."""
        from capshift.backtests import Account  # noqa: PLC0415 - heavy

        return Account(
            cash=self.cash,
            commission=self.commission,
            commission_per_share=self.commission_per_share,
            commission_minimum=self.commission_minimum,
            slippage=self.slippage,
            fractional=self.fractional,
            interest=not self.no_interest,
        )

    def market(self) -> Market:
        """Return the market, and note where it opens later than asked for."""
        from capshift.data_feeds import load_market  # noqa: PLC0415 - heavy

        with _progress("Loading bars"):
            market = load_market(
                self.small,
                self.large,
                leaders=self.leaders,
                source=self.source,
                path=self.data,
                start=self.start,
                end=self.end,
                drop_gaps=self.drop_gaps,
                allow_jumps=self.allow_jump or (),
                seed=self.seed,
            )
        opens = str(market.account_sessions[0].date())
        if self.start is not None and market.opening == 0 and self.start < opens:
            _say(f"note: common bars begin {opens}, later than --start {self.start}")
        return market


def _with_setup(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes a `setup` the options of `Setup`, before its own."""
    own = {name: one for name, one in inspect.signature(command, eval_str=True).parameters.items() if name != "setup"}
    shared = inspect.signature(Setup, eval_str=True).parameters

    def with_options(**given: Any) -> None:
        setup = Setup(**{name: given[name] for name in shared})
        command(setup=setup, **{name: given[name] for name in own})

    parameters = {**own, **shared}
    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect and Typer read
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters.values()]
    )
    with_options.__annotations__ = {name: one.annotation for name, one in parameters.items()}
    return with_options


def _say(text: str) -> None:
    """Tell the user something that is no result."""
    typer.echo(text, err=True)


@contextmanager
def _progress(task: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """Show progress on standard error while something runs, when a person is looking."""
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *([BarColumn(), MofNCompleteColumn()] if total else []),
    ]
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _name: None
        return
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as shown:
        running = shown.add_task(task, total=total)
        yield lambda name: shown.update(running, advance=1, description=f"{task}: {name}")


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
        _print_json(listed)
        return
    rows = [
        [name, " ".join(f"{key}={value['default']}" for key, value in entry["params"].items()), entry["about"]]
        for name, entry in listed.items()
    ]
    _print_table("", ["rule", "parameters", "holds"], rows, numbers=False)


@app.command()
@_with_setup
def run(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, or FILE.py:Class.")],
    *,
    setup: Setup,
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", help="name=value, once for each.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Run one rule, beside hold-large."""
    from capshift.backtests import compare  # noqa: PLC0415 - heavy
    from capshift.backtests.comparison import display_name, parse_parameters  # noqa: PLC0415 - heavy
    from capshift.backtests.runner import rule_class  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy
    from capshift.strategies.parameters import resolve  # noqa: PLC0415 - heavy

    chosen = rule_class(rule)
    parameters = parse_parameters(chosen, parameter or [])
    resolve(chosen, parameters)
    account = setup.account()
    if out is not None:
        check_place(out)
    market = setup.market()
    with _progress("Running", total=2) as ran:
        comparison = compare([(chosen, parameters)], market, account=account, progress=ran)
    result = comparison.results[display_name(chosen, parameters)]
    if out is not None:
        from capshift.reports import save_result  # noqa: PLC0415 - heavy

        with _progress("Drawing the tearsheet"):
            folder = save_result(result, out, benchmark=comparison.results[comparison.benchmark])
        _say(f"wrote {folder / 'tearsheet.html'}")
    if as_json:
        _print_json(result.summary())
    else:
        _print_figures(list(comparison), comparison.simulated)


@app.command()
@_with_setup
def compare(
    rule: Annotated[
        list[str] | None, typer.Argument(metavar="RULE[:name=value,...]", help="Several; none for the standard set.")
    ] = None,
    *,
    setup: Setup,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compare rules side by side, against hold-large."""
    from capshift.backtests import compare as compare_rules  # noqa: PLC0415 - heavy
    from capshift.backtests.comparison import parse_spec, resolved_rules  # noqa: PLC0415 - heavy
    from capshift.backtests.storage import check_place  # noqa: PLC0415 - heavy
    from capshift.strategies import STANDARD_SET  # noqa: PLC0415 - heavy

    specs = [parse_spec(text) for text in rule or STANDARD_SET]
    count = len(resolved_rules(specs))
    account = setup.account()
    if out is not None:
        check_place(out)
    market = setup.market()
    with _progress("Running", total=count) as ran:
        comparison = compare_rules(specs, market, account=account, progress=ran)
    if out is not None:
        from capshift.reports import save_comparison  # noqa: PLC0415 - heavy

        with _progress("Drawing tearsheets", total=count) as drawn:
            page = save_comparison(comparison, out, progress=drawn)
        _say(f"wrote {page} and a tearsheet a rule")
    if as_json:
        sys.stdout.write(comparison.json())
    else:
        _print_figures(list(comparison), comparison.simulated)


#: The figures that fit side by side into a terminal; all of them are in the pages and in --json.
_SHOWN = (
    "final_equity",
    "cagr",
    "excess_cagr",
    "volatility",
    "sharpe",
    "max_drawdown",
    "turnover",
    "trades",
    "exposure_small",
)


def _print_figures(results: list[Result], simulated: bool) -> None:  # noqa: FBT001 - private, one meaning
    from capshift.backtests.metrics import METRICS, in_words  # noqa: PLC0415 - heavy

    market = results[0].provenance["market"]
    mark = "SIMULATED " if simulated else ""
    title = (
        f"{mark}{market['symbols']['small']} and {market['symbols']['large']}, "
        f"{market['first_session']} to {market['last_session']}"
    )
    rows = [[result.name, *(in_words(METRICS[key].form, result.metrics[key]) for key in _SHOWN)] for result in results]
    _print_table(title, ["rule", *(METRICS[key].label for key in _SHOWN)], rows, numbers=True)
    typer.echo(f"Point estimates on one history: of {len(results)} accounts, the best looks good by luck alone.")
    if simulated:
        typer.echo("SIMULATED: these bars were generated by a computer; use --source files for real ones.")
    for result in results:
        if result.provenance["warning"]:
            typer.echo(f"{result.name}: {result.provenance['warning']}")


def _print_table(title: str, headings: list[str], rows: list[list[str]], *, numbers: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.markup import escape  # noqa: PLC0415 - heavy
    from rich.table import Table  # noqa: PLC0415 - heavy

    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    for column, heading in enumerate(headings):
        table.add_column(heading, justify="right" if numbers and column else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console = Console()
    if not console.is_terminal:  # a pipe has no width: nothing is folded for it
        console = Console(width=200)
    console.print(table)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def main() -> None:
    """Run the command line, and end with its exit code."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    """Run a command, and tell every mistake in one line."""
    from capshift.errors import CapshiftError  # noqa: PLC0415 - so that --help stays quick

    try:
        code = app(standalone_mode=False)
    except CapshiftError as mistake:
        _complain(str(mistake))
        return mistake.exit_code
    except _UsageError as mistake:
        _complain(mistake.format_message())
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return int(code or 0)


def _complain(text: str) -> None:
    _say("capshift: " + " ".join(text.split()))
