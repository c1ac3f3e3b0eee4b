"""Write docs/licences.md: what is installed with capshift, why, and under which licence, as its own metadata tell.

python docs/list_licences.py
"""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).parent / "licences.md"
#: What users can ask for beside the package itself.
EXTRAS = ("", "dask", "options")
#: Licences that a program under GPL-3.0-or-later may be made of, as SPDX names them; BSD: of two or three clauses.
COMPATIBLE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0",
    "GPL-3.0-or-later", "ISC", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "NCSA", "PSF-2.0", "Zlib",
}  # fmt: skip
#: Those that bind who passes changed copies on: to the whole program, or to the changed files.
COPYLEFT = {"GPL-3.0-or-later", "MPL-2.0"}
#: What older metadata say in words of their own.
IN_WORDS = {
    "2-clause BSD": "BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
HEAD = """# Licences

What is installed with capshift and its extras on Linux, who asks for it, and under which licence, as the packages' own
metadata tell (`make licences` writes this page from what is installed; a test compares). All of them may be part of a
program under the GPL, version 3 or later, which capshift is because Backtrader is. Copyleft, in bold, binds who passes
copies on: the GPL for the whole program, the MPL for its own files. {bold}. Where metadata say BSD, they leave open
whether of two clauses or of three. Some wheels carry compiled libraries, like NumPy's OpenBLAS, with notices of their
own inside.

| package | asked for by, in which release | licence |
|---|---|---|
"""


def needed() -> dict[str, dict[str, str]]:
    """Return package to those that ask for it, with the releases they take; what an extra asks for bears its name."""
    askers: dict[str, dict[str, str]] = defaultdict(dict)
    waiting = [("capshift", extra) for extra in EXTRAS]
    seen = set(waiting)
    while waiting:
        package, extra = waiting.pop()
        for requirement in map(Requirement, requires(package) or ()):
            name = canonicalize_name(requirement.name)
            if not _applies(requirement, extra):
                continue
            asker = f"{package}[{extra}]" if extra else package
            askers[name].setdefault(asker, str(requirement.specifier).replace(",", ", "))
            found = [(name, one) for one in ("", *requirement.extras) if (name, one) not in seen]
            waiting += found
            seen.update(found)
    return {name: askers[name] for name in sorted(askers) if name != "capshift" and _is_installed(name)}


def _applies(requirement: Requirement, extra: str) -> bool:
    """Return whether a package, asked for with just this extra, needs it on this machine."""
    if requirement.marker is None:
        return not extra
    return requirement.marker.evaluate({"extra": extra}) and not (extra and requirement.marker.evaluate({"extra": ""}))


def _is_installed(name: str) -> bool:
    try:
        metadata(name)
    except PackageNotFoundError:
        return False
    return True


def licence(package: str) -> str:
    """Return a package's licence as SPDX names it: its own expression, else what its classifier or its words mean.

    Raises:
        ValueError: Its metadata tell none that is known here.
    """
    said = metadata(package)
    if expression := said.get("License-Expression"):
        return expression
    classifiers = [
        one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith("License ::")
    ]
    for words in (*classifiers, said.get("License") or ""):
        if words in COMPATIBLE or words in IN_WORDS:
            return IN_WORDS.get(words, words)
    raise ValueError(
        f"{package}: what licence is {[*classifiers, said.get('License')]}? Say so in {Path(__file__).name}"
    )


def parts(expression: str) -> set[str]:
    """Return the licences of an expression.

    >>> sorted(parts("(MIT OR Apache-2.0) AND Zlib"))
    ['Apache-2.0', 'MIT', 'Zlib']
    """
    return {one.strip(" ()") for both in expression.split(" AND ") for one in both.split(" OR ")}


def row(package: str, askers: dict[str, str]) -> str:
    """Return a package's row of the table."""
    name = licence(package)
    shown = f"**{name}**" if parts(name) & COPYLEFT else name
    return f"| {package} | {', '.join(f'{one} {askers[one]}'.strip() for one in sorted(askers))} | {shown} |"


def main() -> None:
    """Write the page."""
    found = needed()
    bold = [package for package in found if parts(licence(package)) & COPYLEFT]
    rows = [row(package, askers) for package, askers in found.items()]
    PAGE.write_text(HEAD.format(bold=f"Here: {', '.join(bold)}") + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
