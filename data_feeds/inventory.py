"""What is stored of Yahoo and FRED: filling it, listing it, and checking it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from capshift.data_feeds.bar_cache import BarCache, Fetched, check, gaps
from capshift.data_feeds.series import KNOWN_SERIES, validated_series
from capshift.data_feeds.series_cache import SeriesCache
from capshift.data_feeds.store import BARS, SERIES, DamagedError, Entry, Store, check_name
from capshift.data_feeds.tables import FrameTable
from capshift.data_feeds.target_moves import LOWER, UPPER
from capshift.data_feeds.validation import day
from capshift.errors import CapshiftError, DataUnavailableError, SeriesError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

#: The series that a market is made with.
MARKET_SERIES = (*KNOWN_SERIES, UPPER, LOWER)


@dataclass(frozen=True)
class Item:
    """One stored symbol or series, or why there is none.

    Attributes:
        name: Of the symbol or series.
        kind: bars or series.
        first: Date of the first row; empty when there is none.
        last: Date of the last row.
        rows: How many there are.
        fetched: When it was last fetched, in UTC.
        state: In words: what was done, or how it is.
        trouble: Why it could not be had, or is not sound; empty when all is well.
    """

    name: str
    kind: str
    first: str = ""
    last: str = ""
    rows: int = 0
    fetched: str = ""
    state: str = ""
    trouble: str = ""

    def facts(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def fetch(
    symbols: Sequence[str],
    cache_dir: str | Path | None = None,
    *,
    refresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[list[Item], list[str]]:
    """Bring the stored bars of symbols, and the series of a market, up to date.

    Args:
        symbols: As Yahoo spells them.
        cache_dir: Where downloads are kept; None for the user's cache folder.
        refresh: Fetch all of it, and believe it whatever is stored.
        progress: Called with each name when it is about to be fetched.

    Returns:
        An item a symbol and series, and what a reader must know.

    Raises:
        MarketError: One of them is no symbol; nothing has been fetched then.
    """
    symbols = list(dict.fromkeys(check_name(symbol) for symbol in symbols))
    store, now = Store(cache_dir), pd.Timestamp.now("UTC")
    bars, series = BarCache(store, now, refresh=refresh), SeriesCache(store, now, refresh=refresh)
    tell = progress or (lambda _name: None)
    items, notes = [], []
    for kind, names, ask in ((BARS, symbols, bars.fetched), (SERIES, MARKET_SERIES, series.fetched)):
        for name in names:
            tell(name)
            try:
                fetched: Fetched = ask(name)
            except DataUnavailableError as failure:
                items.append(Item(name, kind, state="failed", trouble=str(failure)))
            else:
                items.append(_item(name, kind, fetched.entry, fetched.done))
                notes += fetched.notes
    return items, notes


def stored(cache_dir: str | Path | None = None) -> list[Item]:
    """Return what is stored, each file read and checked against its own digest and all that files must pass."""
    store = Store(cache_dir)
    return [_checked(store, kind, name) for kind in (BARS, SERIES) for name in store.names(kind)]


def _item(name: str, kind: str, entry: Entry, state: str, trouble: str = "") -> Item:
    days = entry.days
    fetched = f"{entry.fetched:%Y-%m-%d %H:%M}"
    return Item(name, kind, day(days[0]), day(days[-1]), len(days), fetched, state, trouble)


def _checked(store: Store, kind: str, name: str) -> Item:
    """Return an item whose state says whether it is sound."""
    try:
        entry = store.read(kind, name)
    except (DamagedError, CapshiftError) as damage:
        return Item(
            name, kind, state="damaged", trouble=f"{name}: the stored file is damaged ({damage}); fetch it again"
        )
    if entry is None:  # taken away in between
        return Item(name, kind, state="gone")
    try:
        if kind == SERIES:
            validated_series(FrameTable(name, entry.frame, SeriesError))
        else:
            check(name, entry.frame)
    except CapshiftError as refusal:
        return _item(name, kind, entry, "refused", str(refusal))
    missing = len(gaps(entry.days)) if kind == BARS else 0
    return _item(name, kind, entry, f"sound, {missing} session(s) missing" if missing else "sound")
