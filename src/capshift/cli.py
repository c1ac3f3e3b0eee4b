"""The command line: `capshift rules`, `run`, `compare` and so on, gathered from `capshift.commands`.

Results go to standard output, progress and complaints to standard error. Exit codes: 0; 2 wrong use or bad input, told
in one line; 3 data could not be had; 130 interrupted. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, cast

import typer

from capshift.collector import collect_seldom
from capshift.commands.check import check
from capshift.commands.compare import compare
from capshift.commands.doctor import doctor
from capshift.commands.events import events
from capshift.commands.fetch import fetch
from capshift.commands.new_rule import new_rule
from capshift.commands.report import report
from capshift.commands.rules import rules
from capshift.commands.run import run
from capshift.commands.sweep import sweep
from capshift.commands.today import today
from capshift.commands.walk_forward import walk_forward
from capshift.terminal import complain

#: Typer carries a copy of click, whose base of all wrong uses it exports only by way of this one.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])

app = typer.Typer(
    name="capshift",
    help="Event-driven backtests of small-cap / large-cap rotation.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order of the help.
app.command()(rules)
app.command()(run)
app.command()(compare)
app.command()(sweep)
app.command(name="walk-forward")(walk_forward)
app.command()(events)
app.command()(today)
app.command()(check)
app.command()(report)
app.command()(fetch)
app.command(name="new-rule")(new_rule)
app.command()(doctor)


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
        complain(str(mistake))
        return mistake.exit_code
    except _UsageError as mistake:
        complain(mistake.format_message())
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # whoever read has enough; the interpreter must not try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as reason:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(f"the output cannot be written: {reason.strerror or reason}")
        return 1
    return int(code or 0)
