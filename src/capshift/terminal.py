"""What the command line shows: results on standard output, progress and complaints on standard error."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from capshift.backtests import Check, Comparison, EventStudy, Sweep, Today, WalkForward
    from capshift.backtests.redrawn import Interval
    from capshift.backtests.stress import Stress


def say(text: str) -> None:
    """Tell the user something that is no result."""
    sys.stderr.write(text + "\n")


def complain(text: str) -> None:
    """Tell the user in one line what is wrong."""
    say("capshift: " + in_one_line(text))


def in_one_line(text: str) -> str:
    r"""Return a text as one line that a terminal only shows.

    >>> in_one_line("two\nlines, \x1b[31mred")
    'two lines, ?[31mred'
    """
    # A terminal would obey the other letters, and they may come from a file.
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def show(text: str) -> None:
    """Print a line of a result."""
    sys.stdout.write(text + "\n")


@contextmanager
def progress(task: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
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


@contextmanager
def rated_progress(task: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of how many are done, how fast, and how long it still takes, when a person is looking."""
    from rich.console import Console  # noqa: PLC0415 - heavy
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}")]
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as shown:
        running = shown.add_task(task, total=None, rate="")

        def tell(done: int, total: int) -> None:
            speed = shown.tasks[0].finished_speed or shown.tasks[0].speed
            shown.update(running, completed=done, total=total, rate=f"{speed:,.0f} a second" if speed else "")

        yield tell


@contextmanager
def interruptible() -> Iterator[None]:
    """Answer the first Ctrl-C at once, while what has begun comes to its end; a second one ends all."""
    before = signal.getsignal(signal.SIGINT)

    def told(_number: int, _frame: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        say("interrupted: finishing what has begun")
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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


def print_figures(comparison: Comparison, *, with_intervals: bool, with_tests: bool = False) -> None:
    """Print the figures of results side by side, and what a reader must know of them."""
    from capshift.backtests.metrics import METRICS, in_words  # noqa: PLC0415 - heavy

    results, simulated, market = list(comparison), comparison.simulated, comparison.provenance["market"]
    mark = "SIMULATED " if simulated else ""
    title = (
        f"{mark}{market['symbols']['small']} and {market['symbols']['large']}, "
        f"{market['first_session']} to {market['last_session']}"
    )
    rows = [[result.name, *(in_words(METRICS[key].form, result.metrics[key]) for key in _SHOWN)] for result in results]
    print_table(title, ["rule", *(METRICS[key].label for key in _SHOWN)], rows, numbers=True)
    _print_rented(comparison)
    if with_tests:
        _print_uncertainty(comparison)
    elif with_intervals and comparison.intervals:
        _print_intervals(comparison.intervals)
        show("The intervals are of one rule alone; capshift compare tells how far a lead can be luck.")
    else:
        show("Point estimates on one history; capshift compare tells how far they can be luck.")
    if simulated:
        show("SIMULATED: these bars were generated by a computer; use --source files for real ones.")
    for note in comparison.notes():
        show(note)


def print_check(found: Check) -> None:
    """Print what a thorough look at a rule found."""
    from capshift.backtests.checking import LOOKS  # noqa: PLC0415 - heavy
    from capshift.strategies.words import counted  # noqa: PLC0415 - heavy

    market = found.provenance["market"]
    span = f"{market['first_session']} to {market['last_session']}"
    show(f"{found.name} on {'SIMULATED bars' if found.simulated else 'bars'} of {span}")
    for look, law in LOOKS.items():
        findings = found.of(look)
        state = "FAULT" if any(one.fault for one in findings) else "mind" if findings else "ok"
        if look in found.unlooked:
            state = "-"
        show(f"  {state:<5}  {look}: {law}")
        for one in findings:
            show(f"         - {one.text}")
    if found.looked:
        tried = found.looked["futures"]
        futures = "1 other future was" if tried == 1 else f"{tried} other futures were"
        show(f"{futures} tried, after {counted(found.looked['cuts'], 'session')} at most.")
    if found.unlooked:
        show(f"Not looked at after that: {', '.join(found.unlooked)}.")
    passed = "Nothing wrong was found; that is a search, and no proof."
    show(passed if found.passed else "Its results cannot be trusted.")


def _print_rented(comparison: Comparison) -> None:
    """Print what call spreads cost and brought beside the same rules' shares, and growth at other prices."""
    from capshift.reports.rented_section import rented_section  # noqa: PLC0415 - heavy

    found = rented_section(comparison)
    if found is None:
        return
    headings = [
        "rule",
        *(one.label for one in found["account"]),
        "Worst month",
        *(one.label for one in found["spreads"]),
    ]
    rows = [[row["name"], *row["account"], row["worst_month"], *row["spreads"]] for row in found["rows"]]
    print_table("Owned, tilted, rented: call spreads at a model's prices", headings, rows, numbers=True)
    columns = [row["cells"] for row in found["repriced"]]
    rows = [[setting, *cells] for setting, *cells in zip(found["settings"], *columns, strict=True)]
    headings = ["priced with", *(row["name"] for row in found["repriced"])]
    print_table("CAGR with one input of the prices changed", headings, rows, numbers=True)


def _print_uncertainty(comparison: Comparison) -> None:
    """Print intervals beside the figures, and what they say of each rule and of all of them."""
    from capshift.backtests.uncertainty import INTERVALS, LUCK_FIGURES  # noqa: PLC0415 - heavy
    from capshift.backtests.verdicts import interval_in_words, luck_in_words  # noqa: PLC0415 - heavy

    found = comparison.uncertainty
    if found is not None:
        lucky = ("luck", "deflated_sharpe")
        rows = [
            [
                name,
                *(
                    " (".join(interval_in_words(metric.form, one.intervals[key])) + ")" if key in one.intervals else ""
                    for key, metric in INTERVALS.items()
                ),
                *(luck_in_words(key, one.figures[key]) for key in lucky),
            ]
            for name, one in found.rules.items()
        ]
        headings = ["rule", *(one.label for one in INTERVALS.values()), *(LUCK_FIGURES[key].label for key in lucky)]
        print_table("Skill or luck: 90 % intervals in brackets", headings, rows, numbers=True)
    for sentence in comparison.sentences:
        show(sentence)
    if found is not None:
        show(found.method)


def _print_intervals(intervals: Mapping[str, Mapping[str, Interval]]) -> None:
    """Print the intervals of accounts' figures."""
    from capshift.backtests.uncertainty import INTERVALS  # noqa: PLC0415 - heavy
    from capshift.backtests.verdicts import interval_in_words  # noqa: PLC0415 - heavy

    rows = [
        [
            name,
            *(
                " (".join(interval_in_words(metric.form, of[key])) + ")" if key in of else ""
                for key, metric in INTERVALS.items()
            ),
        ]
        for name, of in intervals.items()
    ]
    title = "90 % intervals in brackets: percentiles of redrawn histories (stationary bootstrap)"
    print_table(title, ["account", *(one.label for one in INTERVALS.values())], rows, numbers=True)


def print_stress(found: Stress) -> None:
    """Print leads with one thing changed at a time, and by part of history."""
    for title, table in (
        ("Lead over hold-large in points a year, with one thing changed at a time", found.settings_table()),
        ("Lead by part of history in points a year (sessions in brackets)", found.parts_table()),
    ):
        if table:
            print_table(title, list(table[0]), [[row.get(key, "") for key in table[0]] for row in table], numbers=True)
    show("Many parts are looked at: by luck alone every rule leads in some of them.")


#: As many events as fit onto a screen; all of them are in the pages and in --json.
_LATEST = 40


def print_study(study: EventStudy) -> None:
    """Print what came after events: the figures, the latest events, and what a reader must know of them."""
    from capshift.backtests.event_figures import EVENT_FIGURES, in_cell  # noqa: PLC0415 - heavy

    market = study.provenance["market"]
    mark = "SIMULATED " if study.simulated else ""
    small, large = market["symbols"]["small"], market["symbols"]["large"]
    show(f"{mark}{study.name}, {small} and {large}, {market['first_session']} to {market['last_session']}")
    show(study.about)
    rows = [
        [row["start"], str(row["horizon"]), row["measure"], *(in_cell(key, row[key]) for key in EVENT_FIGURES)]
        for row in study.figures.reset_index().to_dict("records")
    ]
    headings = ["from", "sessions", "of", *(label for label, _ in EVENT_FIGURES.values())]
    print_table("Total returns in percent, the difference (small minus large) in points", headings, rows, numbers=True)
    _print_latest(study)
    false = study.false_breakouts
    if false is not None:
        share = "" if false["share"] is None else f" ({false['share']:.0%})"
        median = "none" if false["median_below_after"] is None else f"{false['median_below_after']:g}"
        show(
            f"False breakouts: {false['failed']} of {false['events']}{share} closed back below the level within "
            f"{false['within']} sessions; median sessions to the first close below: {median}."
        )
    for warning in study.warnings:
        show(warning)
    if study.simulated:
        show("SIMULATED: these bars were generated by a computer; use --source files for real ones.")


def _print_latest(study: EventStudy) -> None:
    """Print one row an event, with its differences from the close."""
    from capshift.backtests.event_figures import in_cell  # noqa: PLC0415 - heavy

    dated = [] if (study.rows["dated"] == study.rows.index).all() else ["dated"]
    wanted = [*dated, *(name for name in ("kind", "level", "below_after") if name in study.rows)]
    returns = [f"difference_close_{horizon}" for horizon in study.horizons]
    latest = study.rows.iloc[-_LATEST:]
    rows = [
        [f"{session:%Y-%m-%d}", *(in_cell(name, row[name]) for name in (*wanted, *returns))]
        for session, row in zip(latest.index, latest.to_dict("records"), strict=True)
    ]
    if rows:
        which = "Events" if len(rows) == len(study) else f"The latest {len(rows)} of {len(study)} events"
        headings = ["session", *(name.replace("_", " ") for name in wanted), *map(str, study.horizons)]
        print_table(f"{which}: small minus large from the close, in points", headings, rows, numbers=True)


def print_today(standing: Today) -> None:
    """Print what rules hold as of the last bar, why, and what to order."""
    market = standing.provenance["market"]
    mark = "SIMULATED " if standing.simulated else ""
    symbols = market["symbols"]
    show(f"{mark}{symbols['small']} and {symbols['large']} at the close of {standing.session}")
    for name, one in standing.standings.items():
        show(f"\n{name}: {one.headline}")
        orders = [", ".join(map(str, one.orders)) or "nothing"]
        if one.orders and not one.due:
            orders = [f"nothing is due; to be at its weights again, {orders[0]}"]
        for label, lines in (("why", one.because), ("next", one.trigger), ("order", orders), ("note", [one.warning])):
            for line in lines:
                if line:
                    show(f"  {label:<6}{line}")
    shares = ", ".join(f"{count:,.10g} {symbol}" for symbol, count in standing.account["shares"].items())
    show(
        f"\nOrders are for the open of {standing.next_session}, for an account of {standing.account['cash']:,.2f} "
        f"dollars and {shares}; sizes are those at the last close."
    )
    if standing.simulated:
        show("SIMULATED: these bars were generated by a computer; use --source files for real ones.")


#: Figures of the variants in a sweep's table, beside the one they are ordered by.
_OF_VARIANTS = ("final_equity", "cagr", "excess_cagr", "sharpe", "max_drawdown", "turnover", "trades")


def print_sweep(found: Sweep, *, by: str, count: int, verified: pd.DataFrame) -> None:
    """Print the best variants of a sweep, and how they fared on the event engine."""
    from capshift.backtests.metrics import METRICS, in_words  # noqa: PLC0415 - heavy
    from capshift.strategies.words import counted  # noqa: PLC0415 - heavy

    market = found.provenance["market"]
    mark = "SIMULATED " if found.simulated else ""
    keys = [by, *(key for key in _OF_VARIANTS if key != by)]
    rows = []
    for number in found.best(by, count).index.tolist():
        figures = {key: None if value != value else value for key, value in found.figures(number).items()}  # noqa: PLR0124 - NaN
        rows.append([found.name(number), *(in_words(METRICS[key].form, figures[key]) for key in keys)])
    title = f"{mark}{market['symbols']['small']} and {market['symbols']['large']}, {market['first_session']} to "
    title += f"{market['last_session']}: "
    title += f"the best of {found.trials:,} by {METRICS[by].label}" if found.judged > 1 else "the only variant judged"
    print_table(title, ["variant", *(METRICS[key].label for key in keys)], rows, numbers=True)
    for row in verified.to_dict("records"):
        show(
            f"{row['variant']} on the event engine: {row['event_final_equity']:,.2f}, "
            f"{row['event_trades']} fills; difference {row['difference']:.1e}"
        )
    if found.judged and "array" not in found.engines:
        show("All ran on the event engine: there is nothing to compare it with.")
    for sentence in found.selection(by).sentences:
        show(sentence)
    if found.judged > 1:
        show(
            f"{found.trials:,} trials: the best of so many looks good by luck alone; quote their number with it. "
            f"Where capshift compare names the best alone, --trials {found.trials - 1} adds the others."
        )
    if found.refused:
        were = "was" if found.refused == 1 else "were"
        thinner = "; the latin-hypercube design is so much thinner" if found.thinned else ""
        left = f"{counted(found.refused, 'combination')} {were} left out"
        show(f"{left}: the rule or a constraint does not allow {'it' if found.refused == 1 else 'them'}{thinner}.")
    if found.failed:
        show(f"{counted(found.failed, 'variant')} failed; the first: {found.first_error}")
    if len(found.noted):
        have = "has" if len(found.noted) == 1 else "have"
        show(f"{counted(len(found.noted), 'variant')} {have} a note; the first: {found.noted.iloc[0]}")
    if found.interrupted:
        show("Interrupted: this is what was done until then.")
    if found.provenance["warning"]:
        show(found.provenance["warning"])
    if found.simulated:
        show("SIMULATED: these bars were generated by a computer; use --source files for real ones.")


def print_walk_forward(walked: WalkForward) -> None:
    """Print each window's choice, and the accounts."""
    from capshift.backtests.metrics import METRICS, in_words  # noqa: PLC0415 - heavy
    from capshift.strategies.words import counted  # noqa: PLC0415 - heavy

    market, by = walked.provenance["market"], METRICS[walked.by]
    mark = "SIMULATED " if walked.simulated else ""
    rows = []
    for row in walked.windows.to_dict("records"):
        found = [None if row[name] != row[name] else row[name] for name in ("in_sample", "out_of_sample", "median")]
        figures = [in_words(by.form, one) for one in found]
        rows.append([row["test_first"], row["test_last"], row["variant"], *figures])
    symbols = f"{market['symbols']['small']} and {market['symbols']['large']}"
    title = f"{mark}{symbols}, by {by.label}, {counted(walked.trials, 'variant')}"
    headings = ["test from", "to", "chosen on the past", "in sample", "out of sample", "median of all"]
    print_table(title, headings, rows, numbers=True)
    keys = [walked.by, *(key for key in _OF_VARIANTS if key != walked.by)]
    cells = [[one.name, *(in_words(METRICS[key].form, one.metrics[key]) for key in keys)] for one in walked.results]
    span = f"{mark}{market['first_session']} to {market['last_session']}, costs of every change paid"
    print_table(span, ["account", *(METRICS[key].label for key in keys)], cells, numbers=True)
    if walked.uncertainty is not None:
        _print_intervals({walked.result.name: walked.uncertainty.intervals})
    show(walked.verdict)
    hindsight = walked.hindsight.parameters["variant"]
    show(f"The best in hindsight, {hindsight}, is the best one over these very sessions: nobody could choose it.")
    if walked.provenance["warning"]:
        show(walked.provenance["warning"])
    if walked.simulated:
        show("SIMULATED: these bars were generated by a computer; use --source files for real ones.")


def print_table(title: str, headings: list[str], rows: list[list[str]], *, numbers: bool) -> None:
    """Print a table as wide as the terminal, without breaking a number; a pipe has no width."""
    from capshift.tables import put_table  # noqa: PLC0415 - heavy

    put_table(title, headings, rows, numbers=numbers)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")
