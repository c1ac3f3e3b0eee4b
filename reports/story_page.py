"""The page of a story: headed sections of text, tables and links, told from results that may stand beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from capshift.backtests.comparison import folder_name
from capshift.backtests.metrics import METRICS, in_words
from capshift.errors import ParameterError
from capshift.reports.pages import Link, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capshift.backtests import Comparison, EventStudy, Result

_SCHEMES = ("", "http", "https")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows below a head.

    Attributes:
        columns: The head.
        rows: Texts or links, one a column; the first cell names its row.
        prose: The columns that hold sentences: set to the left, and broken into lines.
        caption: What a reader must know of it.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    prose: Sequence[str] = ()
    caption: str = ""

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the head, and links that a page must not follow."""
        for row in self.rows:
            if len(row) != len(self.columns):
                msg = f"a row has {len(row)} cells and the table {len(self.columns)} columns; give one a column"
                raise ParameterError(msg)
            _check_links(row)
        if unknown := set(self.prose) - set(self.columns):
            msg = f"prose names {', '.join(sorted(unknown))}, which is no column; there are {', '.join(self.columns)}"
            raise ParameterError(msg)


@dataclass(frozen=True, kw_only=True)
class Section:
    """What stands below one heading.

    Attributes:
        heading: In a few words.
        text: Paragraphs, above the tables.
        tables: In order.
        links: Where to read on, below the tables.
    """

    heading: str
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    links: Sequence[Link] = ()

    def __post_init__(self) -> None:
        """Refuse links that a page must not follow."""
        _check_links(self.links)


@dataclass(frozen=True, kw_only=True)
class Story:
    """A page in sections.

    Attributes:
        title: Its first heading.
        lead: One sentence below the title.
        sections: In order.
        sources: The results that its figures come from: the page tells their markets, the first one's account, and
            says SIMULATED when one of them is.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    sources: Sequence[Comparison | EventStudy | Result]

    def __post_init__(self) -> None:
        """Refuse a story from nowhere."""
        if not self.sources:
            msg = f"'{self.title}' has no sources; name the results that its figures come from"
            raise ParameterError(msg)

    @property
    def simulated(self) -> bool:
        """Whether one of its markets was invented."""
        return any(source.simulated for source in self.sources)


def figures_table(
    comparison: Comparison, *, metrics: Sequence[str], rules: Sequence[str] | None = None, folder: str = ""
) -> Table:
    """Return figures of a comparison, a rule a row, beside how often each changed its decision.

    Args:
        comparison: From `capshift.compare`.
        metrics: Keys of the figures, in order.
        rules: Names of the rules, in order; None for all.
        folder: Where the comparison is saved, as seen from the story's page: names lead to tearsheets there. Empty
            for no links.
    """
    rows: list[list[str | Link]] = []
    for name in comparison.results if rules is None else rules:
        result = comparison.results[name]
        tearsheet = f"{quote(folder)}/{quote(folder_name(name))}/tearsheet.html"
        figures = (in_words(METRICS[key].form, result.metrics[key]) for key in metrics)
        rows.append([Link(name, tearsheet) if folder else name, *figures, str(len(result.decisions) - 1)])
    market = comparison.provenance["market"]
    return Table(
        columns=["Rule", *(METRICS[key].label for key in metrics), "Switches"],
        rows=rows,
        caption=f"{market['first_session']} to {market['last_session']}, {market['sessions']:,} sessions",
    )


def story_page(story: Story) -> str:
    """Return the page as HTML; it needs nothing beside it but what it links to."""
    markets = [source.provenance["market"] for source in story.sources]
    return render(
        "story.html",
        provenance=_provenance(story, markets),
        title=story.title,
        story=story,
        markets=list({market["fingerprint"]: market for market in markets}.values()),
    )


def _provenance(story: Story, markets: Sequence[Any]) -> dict[str, Any]:
    """Return the first source's provenance, with the symbols, series and versions of all."""
    spans = {symbol: span for market in markets for symbol, span in market["spans"].items()}
    versions = {name: version for source in story.sources for name, version in source.provenance["versions"].items()}
    market = {
        **markets[0],
        "simulated": story.simulated,
        "spans": spans,
        "series": sorted({name for market in markets for name in market["series"]}),
    }
    return {**story.sources[0].provenance, "market": market, "versions": versions}


def _check_links(cells: Sequence[str | Link]) -> None:
    for cell in cells:
        if isinstance(cell, Link) and urlsplit(cell.href).scheme not in _SCHEMES:
            msg = f"the link '{cell.text}' leads to {cell.href}; give a path, or an address on the web"
            raise ParameterError(msg)
