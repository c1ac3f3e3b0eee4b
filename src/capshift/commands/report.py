"""`capshift report`: pages drawn anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capshift.options import NoTearsheets
from capshift.terminal import progress, show


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that was given as --out.")],
    *,
    no_tearsheets: NoTearsheets = False,
) -> None:
    """Draw all pages of saved results anew; nothing is run again."""
    from capshift.reports import rebuild

    with progress("Drawing pages") as drawn:
        pages = rebuild(folder, tearsheets=not no_tearsheets, progress=drawn)
    for page in pages:
        show(str(page))
