"""Lines and tables on standard output, progress and complaints on standard error."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


def print_table(title: str, headings: list[str], rows: list[list[str]], *, numbers: bool) -> None:
    """Print a table as wide as the terminal, without breaking a number; a pipe has no width."""
    from capshift.tables import put_table  # noqa: PLC0415 - heavy

    put_table(title, headings, rows, numbers=numbers)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")
