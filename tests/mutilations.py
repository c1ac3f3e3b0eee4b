"""Mutilated copies of a file of bars, from a seed, and what the command line makes of them.

`python tests/mutilations.py --data DIR` spoils IWM.csv 500 times and counts, kind by kind, the copies that were refused
in one line, gave the clean result, or did wrong: a traceback, a second line, another number.

Only what can be noticed in principle is done. Nobody can tell from the file alone that a price or a volume moved within
what the rest of its row allows, that a file begins late (the fund may be young), that the last volume lost its last
digits, or that a close was mistyped by less than the dividend beside it: two dividends in a row do happen (MDY,
1998-12-18).
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

    Mutilation = Callable[[bytes, Generator], bytes]

_Item = TypeVar("_Item")

PRICES = ("Open", "High", "Low", "Close", "Adj Close")
REQUIRED = ("Date", *PRICES, "Volume")
#: Funds have fallen to two fifths of their open within a session (2010-05-06); three times is out of all history.
BEYOND_HISTORY = 3
#: A change of a close smaller than this hides in the rounding of adjusted closes.
LEAST_TYPO = 2e-5
#: Adj Close / Close moves by more than this only on ex-dates.
EX_DATE = 1e-5


class Sheet:
    """A file of bars as cells of text."""

    def __init__(self, content: bytes) -> None:
        """Cut the file into cells."""
        self.header, *self.rows = [line.split(",") for line in content.decode().splitlines()]

    def __len__(self) -> int:
        """Return the number of rows below the header."""
        return len(self.rows)

    def bytes(self) -> bytes:
        """Return the file."""
        return "".join(",".join(row) + "\n" for row in (self.header, *self.rows)).encode()

    def at(self, column: str) -> int:
        """Return a column's position."""
        return self.header.index(column)

    def numbers(self, column: str) -> np.ndarray:
        """Return a column's values."""
        return np.array([float(row[self.at(column)]) for row in self.rows])

    def value(self, row: int, column: str) -> float:
        """Return one cell's value."""
        return float(self.rows[row][self.at(column)])

    def put(self, row: int, column: str, text: str) -> Sheet:
        """Change one cell."""
        self.rows[row][self.at(column)] = text
        return self


def _one_of(random: Generator, options: Sequence[_Item]) -> _Item:
    return options[int(random.integers(len(options)))]


def _coin(random: Generator) -> bool:
    return bool(random.random() < 0.5)


def _row(random: Generator, sheet: Sheet) -> int:
    return int(random.integers(len(sheet)))


def _interior(random: Generator, sheet: Sheet) -> int:
    """Return the position of a row that is neither the first nor the last."""
    return int(random.integers(1, len(sheet) - 1))


# Rows.


def swap_rows(content: bytes, random: Generator) -> bytes:
    """Two rows change places."""
    sheet = Sheet(content)
    one = _interior(random, sheet)
    other = one + 1 if _coin(random) else (one + 1 + int(random.integers(len(sheet) - 1))) % len(sheet)
    sheet.rows[one], sheet.rows[other] = sheet.rows[other], sheet.rows[one]
    return sheet.bytes()


def newest_first(content: bytes, random: Generator) -> bytes:  # noqa: ARG001 - one way to do it
    """All rows stand in reverse order."""
    sheet = Sheet(content)
    sheet.rows.reverse()
    return sheet.bytes()


def lose_sessions(content: bytes, random: Generator) -> bytes:
    """A session, or a run of them, is missing inside."""
    sheet = Sheet(content)
    first = _interior(random, sheet)
    count = 1 if _coin(random) else int(random.integers(2, 40))
    del sheet.rows[first : min(first + count, len(sheet) - 1)]
    return sheet.bytes()


def lose_the_tail(content: bytes, random: Generator) -> bytes:
    """The file ends early, by one session or many."""
    sheet = Sheet(content)
    kept = len(sheet) - 1 if random.random() < 0.3 else _interior(random, sheet)
    del sheet.rows[kept:]
    return sheet.bytes()


def duplicate_day(content: bytes, random: Generator) -> bytes:
    """A day stands twice, the second time perhaps with other prices."""
    sheet = Sheet(content)
    row = _row(random, sheet)
    twin = list(sheet.rows[row])
    if _coin(random):
        for column in PRICES:
            twin[sheet.at(column)] = f"{float(twin[sheet.at(column)]) * 1.01:.6f}"
    sheet.rows.insert(row + 1, twin)
    return sheet.bytes()


def weekend_row(content: bytes, random: Generator) -> bytes:
    """A day on which the exchange was closed has a row."""
    sheet = Sheet(content)
    days = pd.to_datetime([row[sheet.at("Date")] for row in sheet.rows])
    before = _one_of(random, np.flatnonzero(np.diff(days) > pd.Timedelta(days=1)).tolist())
    row = list(sheet.rows[before])
    row[sheet.at("Date")] = str((days[before] + pd.Timedelta(days=1)).date())
    sheet.rows.insert(before + 1, row)
    return sheet.bytes()


def extra_cells_in_a_row(content: bytes, random: Generator) -> bytes:
    """A row is too long."""
    sheet = Sheet(content)
    row = _row(random, sheet)
    sheet.rows[row] += ["1"] * int(random.integers(1, 4))
    return sheet.bytes()


def missing_cells_in_a_row(content: bytes, random: Generator) -> bytes:
    """A row is too short."""
    sheet = Sheet(content)
    row = _row(random, sheet)
    del sheet.rows[row][int(random.integers(1, len(sheet.header))) :]
    return sheet.bytes()


FOREIGN_LINES = (
    *("<<<<<<< HEAD", "# comment", "Total,,,,,,", ",,,,,,", "   ", '"', "\x1b[2J"),
    "null,null,null,null,null,null,null",
)


def foreign_line(content: bytes, random: Generator) -> bytes:
    """A line that is no row of bars stands among them."""
    sheet = Sheet(content)
    sheet.rows.insert(_interior(random, sheet), _one_of(random, FOREIGN_LINES).split(","))
    return sheet.bytes()


def twice_in_one_file(content: bytes, random: Generator) -> bytes:
    """The file was appended to itself, with or without its header."""
    return content + (content if _coin(random) else content.split(b"\n", 1)[1])


# Cells.

BAD_DATES = (
    *(
        "2005-02-30",
        "05/06/2005",
        "",
        "20050103",
        "2005-13-01",
        "12005-01-03",
        "-005-01-03",
        "2005-01-3O",
        "38355",
        "NaT",
    ),
    *("0000-01-01", "0001-01-01", "1066-10-14", "1899-12-29", "1900-01-02", "2100-01-04", "9999-12-31"),
    "2005-01-03 09:30",
)


def bad_date(content: bytes, random: Generator) -> bytes:
    """A date is none, or cannot be."""
    sheet = Sheet(content)
    row = _one_of(random, [0, len(sheet) - 1, _interior(random, sheet)])
    return sheet.put(row, "Date", _one_of(random, BAD_DATES)).bytes()


BAD_NUMBERS = (
    *("nan", "NaN", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e300", "-5", "", "-", "--5", ".", "1e", "4 5"),
    *(
        "n/a",
        "None",
        "true",
        '"1,000"',
        "1_000",
        "0x1p3",
        "0x2D",
        "12.34.56",
        "1O.5",
        "45.5 USD",
        "$45.5",
        "=A1",
        "#REF!",
    ),
    *("\u0661\u0662\u0663", "\uff19\uff19", '"', "\x1b[31m45", "9" * 5000, "x" * 200_000),
)


def bad_number(content: bytes, random: Generator) -> bytes:
    """A cell holds what is no number, or none that a price or volume can be."""
    sheet = Sheet(content)
    row, column = _row(random, sheet), _one_of(random, (*PRICES, "Volume"))
    return sheet.put(row, column, _one_of(random, BAD_NUMBERS)).bytes()


def zero_price(content: bytes, random: Generator) -> bytes:
    """A price, or all prices of a day, are zero."""
    sheet = Sheet(content)
    row, column = _row(random, sheet), _one_of(random, PRICES)
    for name in PRICES if random.random() < 0.3 else (column,):
        sheet.put(row, name, _one_of(random, ["0", "0.0", "-0", "0.000000", "1e-400"]))
    return sheet.bytes()


def absurd_day(content: bytes, random: Generator) -> bytes:
    """All prices of a day are one number that computers know and markets do not."""
    sheet = Sheet(content)
    row = _row(random, sheet)
    text = _one_of(random, ["1e-320", "1e-300", "1e-12", "1e15", "1e300", "1.7e308"])
    for column in PRICES:
        sheet.put(row, column, text)
    return sheet.bytes()


def typo_in_price(content: bytes, random: Generator) -> bytes:
    """A point slipped, or two digits changed places, so that it can be noticed."""
    sheet = Sheet(content)
    quiet = _rows_without_dividends(sheet)
    while True:
        row, column = _one_of(random, quiet), _one_of(random, PRICES)
        text = _mistyped(sheet.rows[row][sheet.at(column)], random)
        if _noticeable({name: sheet.value(row, name) for name in PRICES}, column, float(text)):
            return sheet.put(row, column, text).bytes()


def _rows_without_dividends(sheet: Sheet) -> list[int]:
    """Return the positions of rows that are neither next to an ex-date nor the file's first or last."""
    factor = sheet.numbers("Adj Close") / sheet.numbers("Close")
    still = np.abs(factor[1:] / factor[:-1] - 1) < EX_DATE
    return [int(row) + 1 for row in np.flatnonzero(still[1:] & still[:-1])]


def _mistyped(text: str, random: Generator) -> str:
    if random.random() < 0.4:
        return f"{float(text) * _one_of(random, [10, 0.1, 100, 0.01]):.6f}"
    at = int(random.integers(len(text) - 1))
    pair = text[at : at + 2]
    return text[:at] + pair[::-1] + text[at + 2 :] if pair.isdigit() else text


def _noticeable(row: dict[str, float], column: str, value: float) -> bool:
    """Return whether one price of a row, taken to be `value`, contradicts the rest of the file."""
    top, bottom = max(row["Open"], row["Close"]), min(row["Open"], row["Close"])
    if column == "Open":
        return not row["Low"] <= value <= row["High"]
    if column == "High":
        return value < top or value > top * BEYOND_HISTORY
    if column == "Low":
        return value > bottom or value < bottom / BEYOND_HISTORY
    return abs(value / row[column] - 1) > LEAST_TYPO


def false_dividend(content: bytes, random: Generator) -> bytes:
    """A dividend is mistyped, or where dividends stand in Adj Close alone, that."""
    sheet = Sheet(content)
    if "Dividends" not in sheet.header:
        row = _one_of(random, _rows_without_dividends(sheet))
        factor = 1 + _one_of(random, [-1, 1]) * 10 ** float(random.uniform(np.log10(LEAST_TYPO), -1))
        return sheet.put(row, "Adj Close", f"{sheet.value(row, 'Adj Close') * factor:.6f}").bytes()
    row = _one_of(random, np.flatnonzero(sheet.numbers("Dividends") > 0).tolist())
    text = sheet.rows[row][sheet.at("Dividends")]
    others = (f"-{text}", f"{float(text) * 10:.6f}", f"{float(text) / 10:.6f}", "0", "", "nan", "inf", "x", "1e300")
    return sheet.put(row, "Dividends", _one_of(random, others)).bytes()


def unadjusted_split(content: bytes, random: Generator) -> bytes:
    """All prices before a day are a multiple of what they should be; Adj Close knows of it or does not."""
    sheet = Sheet(content)
    day = int(random.integers(1, len(sheet)))
    factor = _one_of(random, [2, 3, 1 / 2, 1 / 3, 2.5, 4, 10, 1 / 10, 100])
    for column in PRICES if _coin(random) else PRICES[:-1]:
        for row in sheet.rows[:day]:
            row[sheet.at(column)] = f"{float(row[sheet.at(column)]) * factor:.6f}"
    return sheet.bytes()


def stray_quote(content: bytes, random: Generator) -> bytes:
    """A quotation mark stands somewhere in a cell."""
    sheet = Sheet(content)
    row, column = _row(random, sheet), _one_of(random, REQUIRED)
    text = sheet.rows[row][sheet.at(column)]
    at = int(random.integers(len(text)))
    return sheet.put(row, column, text[:at] + '"' + text[at:]).bytes()


# Columns.


def drop_column(content: bytes, random: Generator) -> bytes:
    """A column is missing."""
    sheet = Sheet(content)
    at = sheet.at(_one_of(random, REQUIRED))
    for row in (sheet.header, *sheet.rows):
        del row[at]
    return sheet.bytes()


def rename_column(content: bytes, random: Generator) -> bytes:
    """A column has another name."""
    sheet = Sheet(content)
    column = _one_of(random, REQUIRED)
    names = (
        *(column.lower(), column[:-1], f"{column}*", f"Unadjusted {column}", f"{column}\0", ""),
        *("\uff2fpen", "\x1b[2J", "y" * 100_000),
    )
    sheet.header[sheet.at(column)] = _one_of(random, names)
    return sheet.bytes()


def double_column(content: bytes, random: Generator) -> bytes:
    """A column stands twice."""
    sheet = Sheet(content)
    at = sheet.at(_one_of(random, REQUIRED))
    for row in (sheet.header, *sheet.rows):
        row.append(row[at])
    return sheet.bytes()


def swap_headings(content: bytes, random: Generator) -> bytes:
    """Two columns have each other's name."""
    sheet = Sheet(content)
    one, other = (sheet.at(str(name)) for name in random.choice(REQUIRED, size=2, replace=False))
    sheet.header[one], sheet.header[other] = sheet.header[other], sheet.header[one]
    return sheet.bytes()


def unknown_column(content: bytes, random: Generator) -> bytes:
    """A column nobody knows stands in front: the row numbers that pandas writes."""
    sheet = Sheet(content)
    sheet.header.insert(0, _one_of(random, ["", "Unnamed: 0", "index"]))
    for number, row in enumerate(sheet.rows):
        row.insert(0, str(number))
    return sheet.bytes()


def no_header(content: bytes, random: Generator) -> bytes:  # noqa: ARG001 - one way to do it
    """The first line is missing."""
    return content.split(b"\n", 1)[1]


def semicolons(content: bytes, random: Generator) -> bytes:
    """Cells are parted as a European spreadsheet does, or by tabs."""
    if _coin(random):
        return content.replace(b",", b";").replace(b".", b",")
    return content.replace(b",", b";" if _coin(random) else b"\t")


# Bytes.


def truncate_bytes(content: bytes, random: Generator) -> bytes:
    """The file is cut anywhere before its last cell."""
    end = content.rindex(b",") + 1
    return content[: int(random.integers(end - 300 if _coin(random) else 0, end))]


def binary_junk(content: bytes, random: Generator) -> bytes:
    """Random bytes stand inside the file, or are all of it."""
    junk = random.bytes(int(random.integers(16, 4096)))
    if random.random() < 0.2:
        return junk
    at = int(random.integers(len(content)))
    return content[:at] + junk + content[at + (len(junk) if _coin(random) else 0) :]


def flipped_bit(content: bytes, random: Generator) -> bytes:
    """One byte's highest bit is set."""
    at = int(random.integers(len(content)))
    return content[:at] + bytes([content[at] | 0x80]) + content[at + 1 :]


def nul_bytes(content: bytes, random: Generator) -> bytes:
    """A block of the disk was never written."""
    at = int(random.integers(len(content)))
    return content[:at] + b"\0" * 512 + content[at + 512 :]


def utf16(content: bytes, random: Generator) -> bytes:
    """The file was saved in another encoding."""
    return content.decode().encode(_one_of(random, ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"]))


def empty_file(content: bytes, random: Generator) -> bytes:  # noqa: ARG001 - nothing is left of it
    """Nothing is there, or nothing that can be seen."""
    nothing = (
        *(b"", b"\n", b"\r\n\r\n", b"   \t ", b"\0", b",", b'"', b'""\n""'),
        *(b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", "\u2028".encode()),
    )
    return _one_of(random, nothing)


def header_only(content: bytes, random: Generator) -> bytes:
    """No row follows the header, nor perhaps a line end."""
    return content.split(b"\n", 1)[0] + _one_of(random, [b"", b"\n", b"\n\n\n"])


def something_else(content: bytes, random: Generator) -> bytes:
    """The file holds what a server or a tool put in its place."""
    others = (
        b"<!DOCTYPE html>\n<html><body>Too Many Requests</body></html>\n",
        b'{"finance":{"result":null,"error":{"code":"Unauthorized"}}}',
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 460287\n",
        content.replace(b"\n", b" "),
        b"a" * 3_000_000,
        gzip.compress(content, mtime=0),
    )
    return _one_of(random, others)


# Harmless: the same table, written otherwise.


def shuffle_columns(content: bytes, random: Generator) -> bytes:
    """Columns stand in another order: they go by name."""
    sheet = Sheet(content)
    order = np.roll(random.permutation(len(sheet.header)), 1)
    return b"".join(",".join(row[at] for at in order).encode() + b"\n" for row in (sheet.header, *sheet.rows))


def blank_lines(content: bytes, random: Generator) -> bytes:
    """Empty lines stand between rows, before the header and at the end."""
    sheet = Sheet(content)
    for _ in range(int(random.integers(1, 30))):
        sheet.rows.insert(int(random.integers(len(sheet))), [""])
    return b"\n" + sheet.bytes() + b"\n\n"


def quoted_cells(content: bytes, random: Generator) -> bytes:
    """Cells stand in quotation marks, the header's as well or not."""
    header, *body = content.decode().splitlines()
    quoted = ['"' + line.replace(",", '","') + '"' for line in (header, *body)]
    return "\n".join([quoted[0] if _coin(random) else header, *quoted[1:], ""]).encode()


def other_line_ends(content: bytes, random: Generator) -> bytes:
    """Lines end as on Windows, or as on the first Macs."""
    return content.replace(b"\n", b"\r\n" if random.random() < 0.7 else b"\r")


def byte_order_mark(content: bytes, random: Generator) -> bytes:
    """The file begins as spreadsheets save UTF-8."""
    marked = b"\xef\xbb\xbf" + content
    return marked.replace(b"\n", b"\r\n") if _coin(random) else marked


def no_newline_at_end(content: bytes, random: Generator) -> bytes:  # noqa: ARG001 - one way to do it
    """The last line has no end."""
    return content.rstrip(b"\n")


def spaces_around_cells(content: bytes, random: Generator) -> bytes:
    """Cells are padded, the header's as well."""
    return content.replace(b",", _one_of(random, [b", ", b" ,", b" , ", b",\t"]))


def other_spellings(content: bytes, random: Generator) -> bytes:
    """Numbers are written otherwise, with the same value."""
    sheet = Sheet(content)
    for row in random.permutation(len(sheet))[:50]:
        column = _one_of(random, PRICES)
        text = sheet.rows[row][sheet.at(column)]
        sheet.put(row, column, _one_of(random, [f"{text}e0", f"0{text}", f"+{text}", repr(float(text))]))
    return sheet.bytes()


def midnight_times(content: bytes, random: Generator) -> bytes:
    """Dates have a time of midnight, as yfinance writes them."""
    sheet = Sheet(content)
    time = _one_of(random, [" 00:00:00-05:00", "T00:00:00Z", " 00:00:00", " 00:00"])
    for row in sheet.rows:
        row[sheet.at("Date")] += time
    return sheet.bytes()


HARMLESS: tuple[Mutilation, ...] = (
    *(shuffle_columns, blank_lines, quoted_cells, other_line_ends, byte_order_mark, no_newline_at_end),
    *(spaces_around_cells, other_spellings, midnight_times),
)
KINDS: tuple[Mutilation, ...] = (
    *(swap_rows, newest_first, lose_sessions, lose_the_tail, duplicate_day, weekend_row, extra_cells_in_a_row),
    *(missing_cells_in_a_row, foreign_line, twice_in_one_file, bad_date, bad_number, zero_price, absurd_day),
    *(typo_in_price, false_dividend, unadjusted_split, stray_quote, drop_column, rename_column, double_column),
    *(swap_headings, unknown_column, no_header, semicolons, truncate_bytes, binary_junk, flipped_bit, nul_bytes),
    *(utf16, empty_file, header_only, something_else, *HARMLESS),
)


def mutilate(content: bytes, seed: int) -> tuple[str, bytes]:
    """Return the name of what was done to a good file of bars, and the file; successive seeds go through all kinds."""
    kind = KINDS[seed % len(KINDS)]
    return kind.__name__, kind(content, np.random.default_rng(seed))


# What the command line makes of them.

REFUSED, EQUAL, WRONG = "refused", "equal", "wrong"
START = "2024-01-01"


@dataclass(frozen=True)
class Outcome:
    """How one run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def numbers(self) -> tuple[object, object]:
        """The result: its metrics, and the fingerprint of all bars, those before the account's opening included."""
        result = json.loads(self.out)
        return result["metrics"], result["provenance"]["market"]["fingerprint"]


@dataclass(frozen=True)
class Trial:
    """One mutilated file, and what became of it."""

    seed: int
    kind: str
    verdict: str
    outcome: Outcome


def arguments(folder: Path) -> list[str]:
    """Return the command line that is put to the test."""
    return ["run", "breakout", "--source", "files", "--data", str(folder), "--start", START, "--json", "--no-intervals"]


def run_in_process(folder: Path) -> Outcome:
    """Run the command line within this process: a real one takes seconds to start."""
    from capshift import cli  # noqa: PLC0415 - so that the arguments can be asked for without it

    before, sys.argv = sys.argv, ["capshift", *arguments(folder)]
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = cli._exit_code()
    except Exception as escaped:  # noqa: BLE001 - whatever escapes would be a traceback
        return Outcome(1, out.getvalue(), f"Traceback: {type(escaped).__name__}: {escaped}")
    finally:
        sys.argv = before
    return Outcome(code, out.getvalue(), err.getvalue())


def verdict(outcome: Outcome, clean: Outcome) -> str:
    """Return whether a run was refused in one line, equals the clean one, or is wrong."""
    said = outcome.err.splitlines()
    if outcome.code == 0:
        return EQUAL if not said and outcome.numbers == clean.numbers else WRONG
    one_line = len(said) == 1 and "IWM" in said[0] and "Traceback" not in said[0] and len(said[0]) < 500
    return REFUSED if outcome.code == 2 and one_line and not outcome.out else WRONG


def spoil(content: bytes, folder: Path, seed: int, clean: Outcome) -> Trial:
    """Put one mutilated file into the folder, and run."""
    kind, spoiled = mutilate(content, seed)
    (folder / "bars" / "IWM.csv").write_bytes(spoiled)
    outcome = run_in_process(folder)
    return Trial(seed, kind, verdict(outcome, clean), outcome)


def trials(data: Path, folder: Path, seeds: range) -> list[Trial]:
    """Run with IWM's bars spoiled once a seed; what else a run needs is copied from `data` into an empty folder."""
    for name in ("bars/IWM.csv", "bars/SPY.csv", "macro/DGS3MO.csv"):
        if (data / name).exists():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(data / name, folder / name)
    content, clean = (folder / "bars" / "IWM.csv").read_bytes(), run_in_process(folder)
    if clean.code != 0:
        raise SystemExit(clean.err)
    return [spoil(content, folder, seed, clean) for seed in seeds]


def report(done: list[Trial]) -> str:
    """Return the counts kind by kind, and after them what went wrong."""
    counts = Counter((kind, trial.verdict) for trial in done for kind in (trial.kind, "all"))
    kinds = [*sorted({trial.kind for trial in done}), "all"]
    lines = [f"{'kind':24}{REFUSED:>9}{EQUAL:>9}{WRONG:>9}"]
    lines += [f"{kind:24}" + "".join(f"{counts[kind, word]:9}" for word in (REFUSED, EQUAL, WRONG)) for kind in kinds]
    lines += [
        f"seed {trial.seed}, {trial.kind}: exit code {trial.outcome.code}; {trial.outcome.err[:2000]}"
        for trial in done
        if trial.verdict == WRONG
    ]
    return "\n".join(lines)


def main() -> int:
    """Spoil IWM.csv many times, count, and return 1 if any copy did wrong."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with bars/IWM.csv and bars/SPY.csv")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = trials(asked.data, Path(folder), range(asked.seed, asked.seed + asked.count))
    print(report(done))
    return int(any(trial.verdict == WRONG for trial in done))


if __name__ == "__main__":
    sys.exit(main())
