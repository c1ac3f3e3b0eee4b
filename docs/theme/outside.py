"""A hook of the documentation's site: files outside docs/ as pages, so that links to them lead somewhere.

README.md is the home page. The other texts beside it and the scripts of examples/ and benchmarks/ are pages below
project/. On the code host the same links lead to the files themselves.
"""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent.parent
TEXTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CITATION.cff")
FOLDERS = {"examples": "Whole scripts and files to start from.", "benchmarks": "How fast, measured in one run."}
_LANGUAGES = {".py": "python", ".toml": "toml", ".cff": "yaml"}
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_FETCHED = re.compile(r'<(?:script|img|link|iframe|source)[^>]+(?:src|href)="?(?:https?:)?//[^">\s]+')


def place(path: str) -> str:
    """Return where a file of the project, named from its root, stands in the site's sources.

    >>> place("README.md"), place("docs/rules.md"), place("examples/rules.toml")
    ('index.md', 'rules.md', 'project/examples/rules.toml.md')
    """
    if path == "README.md":
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path in FOLDERS:
        return f"project/{path}/index.md"
    shown = path if Path(path).suffix not in _LANGUAGES else f"{path}.md"
    return f"project/{shown}"


def origin(src_uri: str) -> str:
    """Return the file of the project that stands at a place; the other way round of `place`."""
    outside = [*TEXTS, *FOLDERS, *(path for folder in FOLDERS for path in listed(folder))]
    return next((path for path in outside if place(path) == src_uri), f"docs/{src_uri}")


def listed(folder: str) -> list[str]:
    """Return the files of a folder that readers may want to see."""
    return sorted(f"{folder}/{one.name}" for one in (ROOT / folder).iterdir() if one.suffix in {*_LANGUAGES, ".ipynb"})


def first_words(path: str) -> str:
    """Return what a file says of itself first."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        return (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].replace("\n", " ")
    return text.splitlines()[0].lstrip("# ") if path.endswith(".toml") else "A tour in a notebook."


def shown(path: str) -> str:
    """Return a file as the text of a page."""
    if path in FOLDERS:
        rows = [f"- [{Path(one).name}]({Path(one).name}): {first_words(one)}" for one in listed(path)]
        return "\n".join([f"# {path.title()}", "", FOLDERS[path], "", *rows, ""])
    text = (ROOT / path).read_text(encoding="utf-8")
    language = _LANGUAGES.get(Path(path).suffix)
    return text if language is None else f"# {Path(path).name}\n\n```{language}\n{text}```\n"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from files outside docs/."""
    for path in [*TEXTS, *FOLDERS, *(one for folder in FOLDERS for one in listed(folder))]:
        if path.endswith(".ipynb"):
            files.append(File.generated(config, place(path), abs_src_path=str(ROOT / path)))
        else:
            files.append(File.generated(config, place(path), content=shown(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs'
    """Turn links between files of the project into links between their pages."""
    here = origin(page.file.src_uri)
    folder = here if here in FOLDERS else posixpath.dirname(here)

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[1]))
        to = posixpath.relpath(place(target), posixpath.dirname(page.file.src_uri) or ".")
        return f"]({to}{link[2] or ''})"

    return _LINK.sub(moved, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 - MkDocs'
    """Refuse a page that would ask another host for anything."""
    if found := _FETCHED.search(output):
        msg = f"{page.file.src_uri} is not for offline reading: {found[0]}"
        raise PluginError(msg)
    return output
