"""Python, the libraries that capshift needs, and the rules that packages register."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import capshift
from capshift.doctor.findings import FINE, NOTE, WRONG, Finding
from capshift.errors import CapshiftError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a user can ask for beside the libraries that are always needed, and what for.
EXTRAS = {"options": "small caps rented by call spreads", "dask": "sweeps on a Dask cluster"}


def installed() -> Iterator[Finding]:
    """Give a finding for capshift, for Python, for each library, and for each rule of a package."""
    try:
        own, bound = version("capshift"), metadata("capshift")["Requires-Python"]
    except PackageNotFoundError:
        yield Finding(
            WRONG, "capshift is not installed, its sources are on the path; pip install . where its setup.cfg is"
        )
        return
    yield Finding(FINE, f"capshift {own} in {Path(capshift.__file__).parent}")
    python = platform.python_version()
    fits = SpecifierSet(bound).contains(python, prereleases=True)
    what = f"Python {python} on {platform.platform(terse=True)} {platform.machine()}"
    yield Finding(FINE, what) if fits else Finding(WRONG, f"{what}; capshift needs {bound}: use another Python")
    wanted = [Requirement(text) for text in requires("capshift") or ()]
    yield from (library(one) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""}))
    for extra, purpose in EXTRAS.items():
        asked = [one for one in wanted if one.marker is not None and one.marker.evaluate({"extra": extra})]
        yield from (library(one, extra, purpose) for one in asked if not one.marker.evaluate({"extra": ""}))  # type: ignore[union-attr]
    yield from _rules()


def library(wanted: Requirement, extra: str = "", purpose: str = "") -> Finding:
    """Return how a library is, against the versions that capshift works with.

    Args:
        wanted: Its name and bounds.
        extra: The extra it belongs to; without it a user does without it, too.
        purpose: What the extra is for.
    """
    mend = f"pip install --upgrade 'capshift[{extra}]'" if extra else f"pip install '{wanted.name}{wanted.specifier}'"
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        if extra:
            return Finding(NOTE, f"{wanted.name} is not installed; for {purpose}: {mend}")
        return Finding(WRONG, f"{wanted.name} is not installed; {mend}")
    if not wanted.specifier.contains(found, prereleases=True):
        return Finding(WRONG, f"{wanted.name} {found} is installed, capshift works with {wanted.specifier}; {mend}")
    return Finding(FINE, f"{wanted.name} {found} ({wanted.specifier})")


def _rules() -> Iterator[Finding]:
    from capshift.strategies import foreign_rules  # noqa: PLC0415 - a library of its own may be missing

    for one in foreign_rules():
        try:
            one.load()
        except CapshiftError as trouble:
            yield Finding(WRONG, str(trouble))
        else:
            yield Finding(FINE, f"rule {one.name} of the package {one.origin}")
