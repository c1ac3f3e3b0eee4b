"""The blocks of code in the documentation, and a folder of files for those that read some."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from conftest import ROOT
from listings import listing

from capshift.data_feeds import SampleSource
from capshift.data_feeds.series import KNOWN_SERIES

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: Symbols that the documentation's commands name, and whose bars of the sample market stand for them.
SYMBOLS = {"IWM": "IWM", "SPY": "SPY", "QQQ": "QQQ", "IJR": "IJR", "^RUT": "IWM", "^GSPC": "SPY"}
SINCE, UNTIL = "2013-01-02", "2025-12-31"
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_DRAWN = str.maketrans(dict.fromkeys("│┃┏┓┗┛┡┩┳╇┻┬└┘┴━─", " "))


class Block(NamedTuple):
    """One block of code.

    Attributes:
        name: Page, and number on it from 0.
        language: What its fence says.
        title: The file it is to be written to, or nothing.
        text: Without the fences and their indentation.
        files: The titled blocks above it on its page, title to text.
        output: The block of text below a block of commands: what these print, in part.
    """

    name: str
    language: str
    title: str
    text: str
    files: dict[str, str]
    output: str


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    parts = [found.groupdict(default="") for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))]
    path = page.relative_to(ROOT)
    name = str(path.relative_to("docs") if path.parts[0] == "docs" else path).removesuffix(".md")
    blocks, files = [], {}
    for number, (part, below) in enumerate(zip(parts, [*parts[1:], {"language": "", "text": ""}], strict=False)):
        text = textwrap.dedent(part["text"])
        output = below["text"] if part["language"] == "sh" and below["language"] == "text" else ""
        if part["title"]:
            files[part["title"]] = text
        blocks.append(Block(f"{name}-{number}", part["language"], part["title"], text, dict(files), output))
    return blocks


def words(line: str) -> str:
    """Return a line without the lines that tables are drawn with, and with single spaces.

    >>> words("┃ rule      ┃ Final equity ┃")
    'rule Final equity'
    """
    return " ".join(line.translate(_DRAWN).split())


def missing_lines(shown: str, printed: str) -> list[str]:
    r"""Return the lines shown that do not begin a line that was printed, in their order; `...` stands for any.

    >>> missing_lines("a 1\n...\nc", "│ a │ 1 │ 2 │\nb\nc d"), missing_lines("b\na", "a\nb")
    ([], ['a'])
    """
    lines = iter([words(line) for line in printed.splitlines()])
    wanted = [words(line) for line in shown.splitlines() if line.strip() not in {"", "..."}]
    return [line for line in wanted if not any(one.startswith(line) for one in lines)]


def sample_files(folder: Path) -> Path:
    """Write bars and macro series of the sample market in the layout of files, and return the folder."""
    source = SampleSource()
    (folder / "bars").mkdir(parents=True)
    (folder / "macro").mkdir()
    for symbol, simulated in SYMBOLS.items():
        listing(simulated, UNTIL, SINCE).bars.to_csv(folder / "bars" / f"{symbol}.csv", index=False)
    for name in KNOWN_SERIES:
        if (series := source.series(name)) is not None:
            column = pd.Series(series.as_of(series.known), index=series.known.rename("DATE"), name="VALUE")
            column.to_frame().assign(RELEASED=series.known).to_csv(folder / "macro" / f"{name}.csv")
    futures = source.settlements()
    contracts = [f"{month // 12}-{month % 12 + 1:02d}" for month in futures.months.tolist()]
    settled = pd.DataFrame({"Date": futures.dates, "Contract": contracts, "Close": futures.prices})
    settled.to_csv(folder / "macro" / "zq_settlements.csv", index=False)
    bill = pd.read_csv(folder / "macro" / "DGS3MO.csv", index_col="DATE").loc[SINCE:, "VALUE"].rename_axis("Date")
    prices = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), bill.clip(lower=0.01))
    pd.DataFrame({**prices, "Volume": 0}).to_csv(folder / "bars" / "^IRX.csv")
    return folder
