"""The template family of all pages."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def render(template: str, *, provenance: Mapping[str, Any], **context: Any) -> str:
    """Return a page: self-contained but for files beside it, all text escaped.

    Args:
        template: Its file name.
        provenance: Of what is shown; every page tells it. Without an account, the page has no section on one.
        **context: What the template shows.
    """
    stylesheet = resources.files(__package__).joinpath("templates", "style.css").read_text(encoding="utf-8")
    return (
        _templates()
        .get_template(template)
        .render(
            provenance=provenance,
            commission=_commission_in_words(provenance["account"]) if "account" in provenance else "",
            stylesheet=Markup(stylesheet),  # noqa: S704 - our own file
            **context,
        )
    )


def _commission_in_words(account: Mapping[str, Any]) -> str:
    parts = []
    if account["commission"]:
        parts.append(f"{account['commission'] * 10_000:g} basis points of the value traded")
    if account["commission_per_share"]:
        parts.append(f"{account['commission_per_share']:g} dollars a share")
    if account["commission_minimum"]:
        parts.append(f"at least {account['commission_minimum']:g} dollars an order")
    return ", ".join(parts) or "none"
