"""What is installed, cached, reachable and wrong: `capshift doctor`.

| module | what it looks at |
|---|---|
| findings | `Finding`: one line, and what to do about it |
| libraries | Python, libraries and their bounds, rules that packages register |
| machine | files in the way of libraries, console, processes, compiled code |
| sources | the cache, Yahoo, FRED, the clock |
"""

from capshift.checkup.findings import Finding
from capshift.checkup.libraries import installed
from capshift.checkup.machine import surrounded
from capshift.checkup.sources import cached, reachable

__all__ = ["Finding", "cached", "installed", "reachable", "surrounded"]
