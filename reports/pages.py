"""The template family of all pages: one base, one stylesheet, one script for tables, one for charts.

Scripts are files in templates/, without a word of a template in them: a page's policy names the digest of each, so
that a browser runs nothing else, whatever a name or title may hold. What they draw from stands in the page as JSON.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PLOTLY_FILE = "plotly.min.js"
INDEX_PAGE = "index.html"
#: Okabe and Ito's colours, which colour-blind readers tell apart; with more lines, dashes tell them apart too.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#8C6D31")


#: hold-large's in all pages.
BENCHMARK_COLOUR = "#7F7F7F"


def colours_of(names: Sequence[str], benchmark: str) -> list[str]:
    """Return the colours of a comparison's rules, in their order.

    >>> colours_of(["hold-large", "mix"], "hold-large")
    ['#7F7F7F', '#E69F00']
    """
    others = [name for name in names if name != benchmark]
    return [BENCHMARK_COLOUR if name == benchmark else PALETTE[others.index(name) % len(PALETTE)] for name in names]


class Link(NamedTuple):
    """A text that leads elsewhere.

    Attributes:
        text: What is read.
        href: A path from the page's own folder, or an address on the web.
    """

    text: str
    href: str


#: From a page beside the index.
ALL_RUNS = Link("All runs", INDEX_PAGE)


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("capshift.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache
def _file(name: str) -> Markup:
    text = resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own file


def render(
    template: str,
    *,
    provenance: Mapping[str, Any],
    scripts: Sequence[str] = (),
    root: str = "",
    links: Sequence[Link] = (),
    **context: Any,
) -> str:
    """Return a page: self-contained but for files beside it, all text escaped.

    Args:
        template: Its file name.
        provenance: Of what is shown; every page tells it. Without an account, the page has no section on one.
        scripts: What draws the page's charts from `data`, like comparison.js; nothing for a page of text.
        root: The way from the page's folder to the one with `PLOTLY_FILE`, like "../".
        links: Where a reader can go from here.
        **context: What the template shows; `data` is what the script draws from.
    """
    own = [_file(name) for name in ("tables.js", *(("charts.js", *scripts) if scripts else ()))]
    return (
        _templates()
        .get_template(template)
        .render(
            provenance=provenance,
            commission=_commission_in_words(provenance["account"]) if "account" in provenance else "",
            stylesheet=_file("style.css"),
            scripts=own,
            policy=_policy(own, plotly=bool(scripts)),
            root=root,
            links=links,
            **context,
        )
    )


def _policy(scripts: Sequence[str], *, plotly: bool) -> Markup:
    """Return what a browser may load and run: these scripts, Plotly's file, and nothing from a network."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    allowed = " ".join([*(["'self'", "file:"] if plotly else []), *(f"'sha256-{one}'" for one in digests)])
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"
    return Markup(policy)  # noqa: S704 - digests and our own words


def write_plotly(folder: Path) -> None:
    """Write Plotly's script beside the pages, once for all of them: the one door to Plotly."""
    script = resources.files("plotly").joinpath("package_data", PLOTLY_FILE)
    (folder / PLOTLY_FILE).write_bytes(script.read_bytes())


def _commission_in_words(account: Mapping[str, Any]) -> str:
    parts = []
    if account["commission"]:
        parts.append(f"{account['commission'] * 10_000:g} basis points of the value traded")
    if account["commission_per_share"]:
        parts.append(f"{account['commission_per_share']:g} dollars a share")
    if account["commission_minimum"]:
        parts.append(f"at least {account['commission_minimum']:g} dollars an order")
    return ", ".join(parts) or "none"
