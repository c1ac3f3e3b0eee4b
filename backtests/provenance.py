"""Where figures come from: the market they were computed on, and the versions that did it."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from capshift.data_feeds.validation import day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.data_feeds import Market


def market_facts(market: Market) -> dict[str, Any]:
    """Return what a reader must know of a market, as JSON can hold it."""
    source = market.provenance
    return {
        "fingerprint": market.fingerprint,
        "symbols": market.symbols,
        "source": source.source,
        "description": source.description,
        "simulated": source.simulated,
        "spans": dict(source.spans),
        "first_session": day(market.account_sessions[0]),
        "last_session": day(market.sessions[-1]),
        "sessions": len(market.account_sessions),
        "history_before": market.opening,
        "series": sorted(market.series),
    }


def has_no_edge(market: Mapping[str, Any]) -> bool:
    """Return whether no rule has an edge on a market, of whose facts this is: the sample market is made so."""
    return bool(market["simulated"]) and market["source"] == "sample"


def versions(*libraries: str) -> dict[str, str]:
    """Return the versions of capshift, of the libraries named and of Python, in this order."""
    return {name: version(name) for name in ("capshift", *libraries)} | {"python": platform.python_version()}
