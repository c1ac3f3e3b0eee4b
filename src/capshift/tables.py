"""Tables on a terminal: as wide as it is, in blocks where it is too narrow, and never with a number broken in two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What a pipe, which has no width, is taken to have at least.
_WIDE = 200
#: What stands around a cell: a space on either side, and a line; and the table's last line.
_AROUND, _LAST = 3, 1


def put_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool) -> None:
    """Print a table; see `laid_out`. For a pipe, nothing with numbers is folded or cut into blocks."""
    console = Console()
    width = console.width
    if not console.is_terminal:
        width = max(_WIDE, _needed(_widths(headings, rows))) if numbers else _WIDE
        console = Console(width=width)
    for table in laid_out(title, headings, rows, numbers=numbers, width=width):
        console.print(table)


def laid_out(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool, width: int
) -> Iterator[Table]:
    """Yield the tables that show rows on a terminal of a width: one, or several of which each has the first column.

    Args:
        title: Above the first.
        headings: One a column.
        rows: One cell a column; the first names its row.
        numbers: Whether the other cells are numbers, which are set to the right; only what stands in brackets goes
            below them, where there is little room.
        width: Of the terminal, in letters.
    """
    natural = _widths(headings, rows)
    if not numbers or _needed(natural) <= width:
        yield _table(title, headings, rows, numbers=numbers, widths=[None] * len(headings))
        return
    part = max((len(part) for row in rows for part in after_commas(row[0], 1).split("\n")), default=0)
    first = min(natural[0], max(part, width // 4), width // 3)
    room = width - _LAST - first - _AROUND
    folded = [[after_commas(row[0], first), *(cell.replace(" (", "\n(") for cell in row[1:])] for row in rows]
    narrow = [min(one, room - _AROUND) for one in _narrowest(headings, folded)]
    for number, block in enumerate(_blocks(narrow[1:], room)):
        columns = [0, *(column + 1 for column in block)]
        yield _table(
            "" if number else title,
            [headings[column] for column in columns],
            [[row[column] for column in columns] for row in folded],
            numbers=True,
            widths=[first, *(narrow[column] for column in columns[1:])],
        )


def after_commas(text: str, width: int) -> str:
    r"""Return a name in lines that end after its commas, none longer than a width if they can be so short.

    >>> after_commas("breakout,entry=100,exit=50", 20)
    'breakout,entry=100,\nexit=50'
    """
    lines = [""]
    for part in text.replace(",", ",\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _table(
    title: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: bool,
    widths: Sequence[int | None],
) -> Table:
    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        table.add_column(heading, justify="right" if numbers and column else "left", overflow="fold", width=width)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table


def _blocks(widths: Sequence[int], room: int) -> list[list[int]]:
    """Return which columns stand side by side, in order, as many as there is room for.

    >>> _blocks([7, 7, 7, 30, 2], 25)
    [[0, 1], [2], [3], [4]]
    """
    blocks: list[list[int]] = [[]]
    left = room
    for column, width in enumerate(widths):
        if blocks[-1] and width + _AROUND > left:
            blocks.append([])
            left = room
        blocks[-1].append(column)
        left -= width + _AROUND
    return blocks


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column is when nothing is folded."""
    return [max(map(len, column)) for column in zip(headings, *rows, strict=True)]


def _narrowest(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide each column is when its heading is folded between words, and each cell where it says."""
    columns = zip(headings, *rows, strict=True)
    lines = [[*heading.split(), *(line for cell in cells for line in cell.split("\n"))] for heading, *cells in columns]
    return [max(map(len, of_column), default=0) for of_column in lines]


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + _AROUND * len(widths) + _LAST
