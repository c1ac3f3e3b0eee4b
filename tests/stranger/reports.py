"""The stranger's own reports: what must lie in a folder."""

from pathlib import Path


def missing(folder: Path, *names: str) -> list[str]:
    """Return which files are not there, or are empty."""
    return [name for name in names if not (folder / name).is_file() or not (folder / name).stat().st_size]
