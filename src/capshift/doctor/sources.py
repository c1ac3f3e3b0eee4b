"""Where bars and series come from: the cache, Yahoo, FRED; and the clock that says which sessions are over."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pandas as pd

from capshift.data_feeds import fred, inventory, yahoo
from capshift.data_feeds.store import default_folder
from capshift.doctor.findings import FINE, NOTE, WRONG, Finding
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds for one answer: whoever asks what is wrong does not want to wait.
PATIENCE = 8.0
#: Seconds between the clock and a server's from which sessions may be taken for over too soon or too late.
CLOCK_LIMIT = 300.0
#: What a server may have had of its own in so many days.
_RECENT = pd.Timedelta(days=60)


def cached(folder: Path | None) -> Iterator[Finding]:
    """Give a finding for the cache's folder, and for each symbol and series in it."""
    place = default_folder() if folder is None else folder
    trouble = _not_writable(place)
    if trouble:
        yield Finding(
            WRONG, f"the cache {place} cannot be written: {trouble}; choose another with --cache-dir or CAPSHIFT_CACHE"
        )
    else:
        yield Finding(FINE, f"the cache is {place}")
    items = inventory.stored(place) if place.is_dir() else []
    if not items:
        yield Finding(NOTE, "nothing is stored; capshift fetch IWM SPY downloads bars, the sample market needs none")
    for item in items:
        if item.trouble:
            yield Finding(WRONG, item.trouble)
        else:
            what = (
                f"{item.name}: {item.first} to {item.last}, {item.rows} rows, fetched {item.fetched} UTC, {item.state}"
            )
            yield Finding(FINE, what)


def _not_writable(place: Path) -> str:
    """Return why no file can be made in a folder, or nothing; the folder itself need not be there yet."""
    there = next(one for one in (place, *place.absolute().parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as reason:
        return os.strerror(reason.errno or 0)


def reachable() -> Iterator[Finding]:
    """Give a finding for Yahoo, for FRED and for the clock, after one request each."""
    since = pd.Timestamp.now().normalize() - _RECENT
    try:
        bars = yahoo.ask_bars("SPY", since, timeout=PATIENCE).bars
    except DataUnavailableError as failure:
        yield Finding(WRONG, str(failure))
    else:
        yield Finding(FINE, f"Yahoo answers; its last bar of SPY is of {bars['Date'].iloc[-1]:%Y-%m-%d}")
    try:
        theirs = fred.ask_clock("DGS3MO", since, timeout=PATIENCE)
    except DataUnavailableError as failure:
        yield Finding(WRONG, str(failure))
        return
    yield Finding(FINE, "FRED answers")
    if theirs is not None:
        yield clock((pd.Timestamp.now("UTC") - theirs).total_seconds())


def clock(ahead: float) -> Finding:
    """Return whether the clock is right enough to know which sessions are over.

    Args:
        ahead: Seconds that it is ahead of a server's.

    >>> clock(-3.0).state, clock(7200.0).what
    ('ok', 'the clock is 120 minutes fast: sessions are taken for over too soon or too late; set it right')
    """
    if abs(ahead) <= CLOCK_LIMIT:
        return Finding(FINE, "the clock agrees with FRED's")
    wrong = f"{abs(ahead) / 60:.0f} minutes {'fast' if ahead > 0 else 'slow'}"
    return Finding(WRONG, f"the clock is {wrong}: sessions are taken for over too soon or too late; set it right")
