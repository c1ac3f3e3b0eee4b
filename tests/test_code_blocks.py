"""Every block of code in the documentation runs, and prints what the documentation says."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from code_blocks import PAGES, Block, blocks_of, missing_lines, sample_files
from conftest import ROOT, SHARED

from capshift.backtests import read_config
from capshift.strategies.packages import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from market_server import MarketServer

pytestmark = pytest.mark.long

BLOCKS = {block.name: block for page in PAGES for block in blocks_of(page)}
#: Blocks that are run elsewhere in CI: what each has that cannot run here, the file that runs it, and its words.
ELSEWHERE = {
    "README-0": ("make test", ".ci/run", "make test"),
    "README-1": ("pip install .", "Makefile", "pip install --quiet --editable ."),
    "tutorial-0": ("pip install .", "Makefile", "pip install --quiet --editable ."),
    "scale-0": ("pip install 'capshift[dask]'", "setup.cfg", "distributed>="),
}
#: Tearsheets take most of the time, and tests of pages look at them; only the tutorial's are drawn here.
_PAGES = re.compile(r"capshift (?:run|compare)\b[^#\n]*--out \S+|capshift report \S+")
SCHEDULER = "tcp://scheduler:8786"


def written_in(*languages: str) -> list[object]:
    """Return the blocks in some languages that are run here, each with its name."""
    return [
        pytest.param(block, id=name)
        for name, block in BLOCKS.items()
        if block.language in languages and name not in ELSEWHERE
    ]


def surroundings(block: Block, folder: Path) -> Path:
    """Return a folder with what a block's reader has: the examples, and the files that its page told to write."""
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    for title, text in block.files.items():
        (folder / title).write_text(text, encoding="utf-8")
    return folder


def done(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what became of a command in a folder, with the programs of this environment first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": "", "COLUMNS": "250"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample market as files."""
    return sample_files(tmp_path_factory.mktemp("sample") / "DIR")


#: A cluster of one worker, in a process of its own, until its standard input ends.
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a Dask cluster's scheduler."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as cluster:
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        yield cluster.stdout.readline().strip()
        cluster.stdin.close()


def test_every_block_says_its_language() -> None:
    """A fence names Python, commands, settings or text, and text is what the commands above it print."""
    for page in PAGES:
        before = ""
        for block in blocks_of(page):
            assert block.language in {"python", "sh", "toml", "ini", "text"}, block.name
            assert block.language != "text" or before == "sh", f"{block.name} is the output of nothing"
            before = block.language


def test_what_runs_elsewhere_is_there_and_runs() -> None:
    """Each block that is left to others exists, has what it is left out for, and is run by the file that is named."""
    for name, (part, file, its_words) in ELSEWHERE.items():
        assert part in BLOCKS[name].text, name
        assert its_words in (ROOT / file).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("block", written_in("python"))
def test_every_block_of_python_runs(block: Block, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Whoever copies an example from the documentation gets no error."""
    if "server." in block.text:
        exec(compile(block.text, block.name, "exec"), {"server": request.getfixturevalue("server")})  # noqa: S102
        return
    script = surroundings(block, tmp_path / "work") / (block.title or "block.py")
    script.write_text(block.text, encoding="utf-8")
    ended = done([sys.executable, script], script.parent)
    assert ended.returncode == 0, f"{block.name}: {ended.stderr}"


@pytest.mark.parametrize("block", written_in("sh"))
def test_every_block_of_commands_runs(
    block: Block, sample_folder: Path, server: MarketServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whoever copies commands gets no error, and what the page shows below them is what they print."""
    folder = surroundings(block, tmp_path / "work")
    (folder / "DIR").symlink_to(sample_folder)
    text = block.text if block.name.startswith("tutorial") else _PAGES.sub(r"\g<0> --no-tearsheets", block.text)
    if SCHEDULER in text:
        text = text.replace(SCHEDULER, request.getfixturevalue("scheduler"))
    # What is shown of downloads is of real bars, which may not be passed on; without them only the commands run.
    online = "--source yahoo" in text
    real = online and bool(block.output) and (SHARED / "data").is_dir()
    server.serve_files(SHARED / "data" if real else sample_folder)
    ended = done(["bash", "-euo", "pipefail", "-c", text], folder)
    refused = block.output.startswith("capshift: ") or "FAULT" in block.output
    assert ended.returncode == (2 if refused else 0), f"{ended.stdout}{ended.stderr}"
    assert "Traceback" not in ended.stderr
    if block.output and online == real:
        assert missing_lines(block.output, ended.stderr + ended.stdout) == []


@pytest.mark.parametrize("block", written_in("toml"))
def test_every_block_of_toml_is_a_file_of_rules(block: Block, tmp_path: Path) -> None:
    """The reader of files of rules takes each example that is one, unless the page shows how it is refused."""
    if "project" in tomllib.loads(block.text):
        return
    if any(block.title in other.text and other.output.startswith("capshift: ") for other in BLOCKS.values()):
        return
    file = tmp_path / "rules.toml"
    file.write_text(block.text, encoding="utf-8")
    assert read_config(file).entries


def test_a_package_s_settings_are_told_alike() -> None:
    """What setup.cfg and pyproject.toml are said to need registers the same rule, in the group that is looked up."""
    settings = {block.language: block.text for name, block in BLOCKS.items() if name.startswith("commands")}
    parser = configparser.ConfigParser()
    parser.read_string(settings["ini"])
    ((group, lines),) = parser["options.entry_points"].items()
    registered = {group: dict([re.split(r"\s*=\s*", lines.strip())])}
    assert registered == tomllib.loads(settings["toml"])["project"]["entry-points"]
    assert group == GROUP
