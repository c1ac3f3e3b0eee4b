"""Rules of strangers, honest and peeking, that both looks are tried on."""

from __future__ import annotations

from pathlib import Path

#: Each in a file named after it; its folder says what it is.
FOREIGN = sorted((Path(__file__).parent / "foreign").glob("*/*.py"))
#: Sessions of the random markets that they are tried on.
LENGTH = 300


def spec(file: Path) -> str:
    """Return a rule as a command takes it: the class is the file's name in capitals."""
    return f"{file}:{file.stem.title().replace('_', '')}"


def named(stem: str) -> str:
    """Return the rule of a name, as a command takes it."""
    return spec(next(one for one in FOREIGN if one.stem == stem))
