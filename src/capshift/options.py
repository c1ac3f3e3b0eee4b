"""The options that commands share: the market and the account, as they were asked for on the command line."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capshift.terminal import progress, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from capshift.backtests import Account, Config
    from capshift.data_feeds import Market

#: Dollars at the opening when nothing else is asked for.
OPENING_CASH = 100_000.0
_MARKET, _ACCOUNT = "Market", "Account"
Source = Annotated[
    str, typer.Option(help="sample (simulated, works offline), files or yahoo.", rich_help_panel=_MARKET)
]
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
CacheDir = Annotated[
    Path | None,
    typer.Option(help="Where yahoo keeps what it downloads; also CAPSHIFT_CACHE.", rich_help_panel=_MARKET),
]
Offline = Annotated[bool, typer.Option("--offline", help="Work with what yahoo has stored.", rich_help_panel=_MARKET)]
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
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE.toml", help="Rules in a file; those named beside it are added."),
]
Engine = Annotated[str, typer.Option(help="event (Backtrader) or array (the same account, compiled).")]
Values = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", help="name=low:high:step (both ends too), name=a,b,c or name=value, once for each."),
]
Where = Annotated[list[str] | None, typer.Option(help="A constraint, like 'exit <= entry'; once for each.")]
By = Annotated[str, typer.Option(help="The figure that variants are ordered by, like sharpe or cagr.")]
Workers = Annotated[int | None, typer.Option(help="Threads or processes; one a processor when left out.")]
Express = Annotated[
    str | None,
    typer.Option(help="How small caps are held: outright, tilt or call-spread; for compare also several, with commas."),
]
SpreadSetting = Annotated[
    list[str] | None,
    typer.Option("--spread", metavar="NAME=VALUE", help="A setting of call spreads, like days=45; once for each."),
]


def _folder(text: str) -> Path:
    """Return a folder that is named."""
    if not text.strip():
        msg = "--out is empty; name a folder (. is this one)"
        raise typer.BadParameter(msg)
    return Path(text)


Out = Annotated[Path | None, typer.Option(parser=_folder, metavar="PATH", help="Folder for results and pages.")]
NoTearsheets = Annotated[
    bool, typer.Option("--no-tearsheets", help="Leave out QuantStats' charts, which take most of the time.")
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Remove the run in whose place the new one goes, instead of keeping it in runs/."),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Do not look for look-ahead in rules of others; results then say so.")
]
Parameters = Annotated[list[str] | None, typer.Option("--param", "-p", help="name=value, once for each.")]
Json = Annotated[bool, typer.Option("--json", help="Print results as JSON, and nothing else, to standard output.")]


@dataclass(frozen=True, kw_only=True)
class MarketSetup:
    """The market that a command works with, as it was asked for on the command line.

    Attributes:
        given: Names of the options that were given; the others are at their defaults. The rest are the options.
    """

    given: frozenset[str] = frozenset()
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
    cache_dir: CacheDir = None
    offline: Offline = False

    @property
    def asked(self) -> dict[str, Any]:
        """The options that were given, by name."""
        return {name: getattr(self, name) for name in self.given}

    def market(self) -> Market:
        """Return the market, and note where it opens later than asked for."""
        market = self.load()
        for note in market.provenance.notes:
            say(f"note: {note}")
        opens = str(market.account_sessions[0].date())
        if self.start is not None and market.opening == 0 and self.start < opens:
            say(f"note: common bars begin {opens}, later than --start {self.start}")
        return market

    def on(self, legs: Mapping[str, Any]) -> Market:
        """Return the market of other legs, with all else as it was asked for."""
        market = replace(self, **legs).load()
        for note in market.provenance.notes:
            if note.partition(":")[0] in market.symbols.values():  # all else was told of the first market
                say(f"note: {note}")
        return market

    def load(self) -> Market:
        """Return the market."""
        from capshift.data_feeds import load_market  # noqa: PLC0415 - heavy

        with progress("Loading bars") as loading:
            return load_market(
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
                cache_dir=self.cache_dir,
                offline=self.offline,
                progress=loading,
            )


@dataclass(frozen=True, kw_only=True)
class Setup(MarketSetup):
    """The market and the account that a command works with, as they were asked for on the command line."""

    cash: Cash = OPENING_CASH
    commission: Commission = 0.0
    commission_per_share: PerShare = 0.0
    commission_minimum: Minimum = 0.0
    slippage: Slippage = 0.0005
    fractional: Fractional = False
    no_interest: NoInterest = False

    def beside(self, file: Config) -> Setup:
        """Return the options with a file's in the place of those that were not given on the command line."""
        options = {**file.market, **file.account}
        if "interest" in options:
            options["no_interest"] = not options.pop("interest")
        return replace(self, **{name: value for name, value in options.items() if name not in self.given})

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


def with_setup(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes a `setup` the options of its class, `Setup` or `MarketSetup`, before its own."""
    taken = inspect.signature(command, eval_str=True).parameters
    own = {name: one for name, one in taken.items() if name != "setup"}
    setup_class: type[MarketSetup] = taken["setup"].annotation
    fields = inspect.signature(setup_class, eval_str=True).parameters
    shared = {name: one for name, one in fields.items() if name != "given"}
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def with_options(context: typer.Context, **values: Any) -> None:
        sources = {name: context.get_parameter_source(name) for name in shared}
        given = frozenset(name for name, source in sources.items() if source and source.name != "DEFAULT")
        setup = setup_class(given=given, **{name: values[name] for name in shared})
        command(setup=setup, **{name: values[name] for name in own})

    parameters = {**own, **shared, "context": context}
    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect and Typer read
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters.values()]
    )
    with_options.__annotations__ = {name: one.annotation for name, one in parameters.items()}
    return with_options
