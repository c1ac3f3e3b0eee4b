"""What is installed, cached, reachable and wrong: `capshift doctor`.

| module | what it looks at |
|---|---|
| findings | `Finding`: one line, and what to do about it |
| libraries | Python, libraries and their bounds, rules that packages register |
| machine | files in the way of libraries, console, processes, compiled code |
| sources | the cache, Yahoo, FRED, the clock |
"""

from capshift.doctor.findings import Finding
from capshift.doctor.libraries import installed
from capshift.doctor.machine import surrounded
from capshift.doctor.sources import cached, reachable

__all__ = ["Finding", "cached", "installed", "reachable", "surrounded"]
