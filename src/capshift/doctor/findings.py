"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass

FINE, NOTE, WRONG = "ok", "note", "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: `ok`; `note` for what may surprise; `wrong` for what keeps something from working.
        what: How it is, and where it is wrong, what to do.
    """

    state: str
    what: str

    def facts(self) -> dict[str, str]:
        """Return it as JSON can hold it."""
        return asdict(self)
