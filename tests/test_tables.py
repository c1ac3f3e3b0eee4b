"""Tables on a terminal: what is shown at any width is what was there, and no number is in two parts."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from capshift.tables import after_commas, laid_out

HEADINGS = ["rule", "Final equity", "CAGR over hold-large", "Turnover a year", "CAGR", "what was chosen"]
ROWS = [
    ["hold-large", "558,176.25", "0.00 %", "0.02", "6.84 % (0.9 to 13.3 %)", ""],
    [
        "breakout,entry=100,exit=50,confirm=2,buffer=0.01",
        "1,807,618.50",
        "-11.53 %",
        "12.14",
        "8.37 % (-1.9 to 15.5 %)",
        "",
    ],
    ["[red]mix[/red]", "773,681.00", "1.35 %", "0.08", "n/a", "rate-cut,hold=63,trigger=cycle,filters=economy"],
]
_LINES = "┃│"


def shown(width: int, *, numbers: bool = True) -> list[str]:
    """Return the lines of a terminal."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, legacy_windows=False)
    for table in laid_out("A title", HEADINGS, ROWS, numbers=numbers, width=width):
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", range(50, 261, 5))
def test_no_number_is_broken_at_any_width(width: int) -> None:
    """Each number stands whole between two lines of the table, once, and no line is wider than the terminal."""
    lines = shown(width)
    assert max(map(cell_len, lines)) <= width
    cells = [cell.strip() for line in lines for cell in re.split(f"[{_LINES}]", line)[1:-1]]
    numbers = [cell for row in ROWS for cell in row[1:5]]
    for number in numbers:
        parts = number.replace(" (", "\n(").split("\n")
        assert cells.count(number) == 1 or [cells.count(part) for part in parts] == [1, 1], number


def test_a_narrow_terminal_repeats_whose_numbers_they_are() -> None:
    """Every block begins with the names of its rows, the title stands once, and all headings are there, in order."""
    lines = shown(80)
    text = "\n".join(lines)
    blocks = re.split("^┏", text, flags=re.MULTILINE)[1:]
    assert len(blocks) > 1
    assert text.count("A title") == 1
    for block in blocks:
        assert [block.count(f"│ {name}") for name in ("hold-large", "breakout,", "[red]mix[/red]")] == [1, 1, 1]
    words = [word for block in blocks for word in re.findall(r"[A-Za-z]+", block.partition("┡")[0])]
    assert sorted(set(words)) == sorted({word for heading in HEADINGS for word in re.findall(r"[A-Za-z]+", heading)})


def test_a_wide_terminal_has_one_table() -> None:
    """Where there is room, nothing is folded: a line a row, and one for the headings."""
    lines = shown(250)
    assert [line for line in lines if line.startswith("│")] == [
        line for row in ROWS for line in lines if row[0] in line and row[4] in line
    ]
    assert len(lines) == 1 + 3 + len(ROWS) + 1


@given(st.lists(st.text("abc=,0.", min_size=1, max_size=12), min_size=1, max_size=8), st.integers(1, 40))
def test_names_break_after_commas_alone(parts: list[str], width: int) -> None:
    """A name in lines is the name again when they are joined, and every line but the last ends in a comma."""
    name = ",".join(parts)
    lines = after_commas(name, width).split("\n")
    assert "".join(lines) == name
    assert all(line.endswith(",") for line in lines[:-1])
    assert all(len(line) <= width or line.rstrip(",").count(",") == 0 for line in lines)
