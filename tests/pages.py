"""Pages as tests read them: their tables as rows of text."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The parts of a page that tests look at.

    Attributes:
        tables: Each table as rows of cell texts, in order.
        tags: Every start tag with its attributes.
        text: All visible text.
    """

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._cell: list[str] | None = None
        self._silent = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        self.tags.append((tag, dict(attrs)))
        self._silent = tag in {"script", "style"}
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables:
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        self._silent = False
        if tag in {"td", "th"} and self._cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        """Take up text."""
        if self._silent:
            return
        self.text += data
        if self._cell is not None:
            self._cell.append(data)

    def table(self, heading: str) -> list[list[str]]:
        """Return the rows below the head of the first table whose head begins with a cell."""
        return next(rows[1:] for rows in self.tables if rows[0][0] == heading)
