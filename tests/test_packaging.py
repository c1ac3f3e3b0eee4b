"""What lies around the package: licences, the lock for development, and how it wants to be cited."""

from __future__ import annotations

import configparser
import re
import sys

import pytest
from conftest import ROOT
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

sys.path.insert(0, str(ROOT / "docs"))  # scripts, not a package
import list_licences

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def asked_for(*extras: str) -> list[Requirement]:
    """Return what setup.cfg asks for, with these extras."""
    texts = [SETUP["options"]["install_requires"], *(SETUP["options.extras_require"][extra] for extra in extras)]
    lines = [line.partition("#")[0].strip() for text in texts for line in text.splitlines()]
    return [Requirement(line) for line in lines if line]


def locked() -> list[Requirement]:
    """Return what the lock pins."""
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    return [Requirement(line) for line in re.findall(r"^([a-z0-9].*?) \\$", text, re.MULTILINE)]


def test_every_package_that_users_get_is_listed_with_a_licence_that_goes_with_the_gpl() -> None:
    """docs/licences.md names each package of the lock that capshift or an extra needs, with the licence it tells."""
    rows = re.findall(r"^\| (\S+) \| .* \| (.+) \|$", list_licences.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {package: told.strip("*") for package, told in rows}
    needed = list_licences.needed()
    assert {canonicalize_name(one.name) for one in asked_for("dask", "options")} <= set(needed)
    pinned = {canonicalize_name(one.name) for one in locked()}
    for package in needed:
        assert list_licences.parts(list_licences.licence(package)) <= list_licences.COMPATIBLE, package
        # A package that a release of today has begun to need is told with the next lock.
        if package in pinned:
            assert package in listed, f"{package} is not in docs/licences.md: make licences"
            assert listed[package] == list_licences.licence(package), package
    for package, told in listed.items():
        if package != "package" and not told.startswith("-"):
            assert list_licences.parts(told) <= list_licences.COMPATIBLE, package


def test_a_licence_that_is_not_known_is_no_licence() -> None:
    """Licences that a GPL program may not be made of are not among those that pass."""
    assert list_licences.parts("MIT AND (BSL-1.1 OR GPL-2.0-only)") - list_licences.COMPATIBLE == {
        "BSL-1.1",
        "GPL-2.0-only",
    }


@pytest.mark.parametrize("python", ["3.11.0", "3.11.9", "3.12.0", "3.13.0"])
def test_the_lock_satisfies_setup_cfg_on_every_python(python: str) -> None:
    """Each package that development asks for is pinned once for each Python, within its bounds."""
    environment = {**default_environment(), "python_full_version": python, "python_version": python[:4]}
    pinned = [one for one in locked() if one.marker is None or one.marker.evaluate(environment)]
    versions = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in pinned}
    assert len(versions) == len(pinned)
    for wanted in asked_for("test", "dev"):
        assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)], prereleases=True), wanted


def test_the_lock_has_digests_and_names_no_host() -> None:
    """Each pinned release has its digests, whoever serves it: no registry is named."""
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    parts = re.split(r"^[a-z0-9].*\n", text, flags=re.MULTILINE)[1:]
    assert len(parts) == len(locked()) > 100
    assert all("--hash=sha256:" in part for part in parts)
    assert not re.search(r"https?:|file:|--index-url|--find-links", text)


def test_the_citation_is_of_this_release_and_licence() -> None:
    """CITATION.cff names the version and the licence that setup.cfg has."""
    told = dict(re.findall(r"^([\w-]+): (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    assert (told["version"], told["license"]) == (SETUP["metadata"]["version"], SETUP["metadata"]["license"])
