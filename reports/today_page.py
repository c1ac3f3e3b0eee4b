"""The page of today: what each rule holds as of the last bar, why, what would change it, and what to order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from capshift.reports.pages import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capshift.reports.pages import Link


def today_page(text: str, *, links: Sequence[Link] = ()) -> str:
    """Return the page as HTML.

    Args:
        text: From `Today.json`.
        links: Where a reader can go from here.
    """
    content: dict[str, Any] = json.loads(text)
    return render(
        "today.html",
        provenance=content["provenance"],
        links=links,
        title=f"What the rules hold after the close of {content['session']}",
        session=content["session"],
        next_session=content["next_session"],
        account=content["account"],
        rows=[
            {**one, "name": name, "weights": _weights(one["holds"]), "orders": _orders(one["orders"])}
            for name, one in content["rules"].items()
        ],
    )


def _weights(holds: Mapping[str, float]) -> str:
    return ", ".join(f"{weight:.0%} {name}" for name, weight in holds.items())


def _orders(orders: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{'buy' if one['shares'] > 0 else 'sell'} {abs(one['shares']):,.10g} {one['symbol']} "
        f"at about {one['about']:,.2f}"
        for one in orders
    ]
