"""`capshift fetch`: bars and macro series, downloaded and kept."""

from __future__ import annotations

from typing import Annotated

import typer

from capshift.options import CacheDir, Json
from capshift.terminal import complain, print_json, print_table, progress, say


def fetch(
    symbol: Annotated[list[str] | None, typer.Argument(metavar="SYMBOL...", help="As Yahoo spells them.")] = None,
    *,
    cache_dir: CacheDir = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what is stored; nothing is fetched.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check all that is stored; nothing is fetched.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch all anew, whatever is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Download bars from Yahoo and macro series from FRED, and keep them."""
    from capshift.data_feeds import inventory

    symbols, looking = symbol or [], listed or verify
    if looking == bool(symbols):
        raise typer.BadParameter("name symbols to fetch, like IWM SPY; or --list or --verify alone")
    if looking:
        items = inventory.stored(cache_dir)
    else:
        with progress("Fetching", total=len(set(symbols)) + len(inventory.MARKET_SERIES)) as fetching:
            items, notes = inventory.fetch(symbols, cache_dir, refresh=refresh, progress=fetching)
        for note in notes:
            say(f"note: {note}")
    if as_json:
        print_json([item.facts() for item in items])
    else:
        rows = [[one.name, one.first, one.last, str(one.rows), one.fetched, one.state] for one in items]
        print_table("", ["name", "first", "last", "rows", "fetched (UTC)", "state"], rows, numbers=False)
    troubled = [one for one in items if one.trouble]
    for one in troubled:
        complain(one.trouble)
    # Without a series of FRED a market can do; not without the bars that were asked for.
    if any(one.kind == "bars" or verify for one in troubled) and not listed:
        raise typer.Exit(3)
