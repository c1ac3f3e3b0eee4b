"""Is what users install whole? Builds source distribution and wheel, and works with it as a stranger would.

For each Python that setup.cfg names and this machine has: an empty virtual environment, the wheel with its dependencies
from the registry, and a folder outside the checkout with a stranger's own script, rules and modules (tests/stranger),
some of them named like capshift's folders. The script and the command line do there all that capshift does, and mypy
in its strict mode reads the stranger's files without a word of configuration. The first failure ends it.

    python tests/installed.py [--python PYTHON ...]      # by default python3.11 and so on, where they are
"""

from __future__ import annotations

import argparse
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPAN = ("--start", "2012-01-03", "--end", "2016-12-30")
#: Arguments of the command line, and a pattern of what must lie in the last one afterwards, if anything.
COMMANDS = (
    (("rules",), ""),
    (
        ("compare", "own_rules.py:Gaining:days=20", "breakout", *SPAN, "--out", "out/compare"),
        "gaining,days=20/tearsheet.html",
    ),
    (("run", "own_rules.py:Crossing", "-p", "days=20", *SPAN, "--out", "out/run"), "*/tearsheet.html"),
    (("sweep", "own_rules.py:Gaining", "-p", "days=20,50", *SPAN, "--out", "out/sweep"), "sweep.html"),
    (("today", "own_rules.py:Gaining", *SPAN, "--out", "out/today"), "today.html"),
    (("events", "breakout", *SPAN, "--out", "out/events"), "breakout.html"),
)


def must(*command: str | Path, folder: Path, **environment: str) -> str:
    """Return what a command prints, or end with what it complains about.

    Raises:
        SystemExit: The command fails.
    """
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | environment
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder: Path) -> Path:
    """Return the wheel, built from the source distribution."""
    left_out = shutil.ignore_patterns(".*", "out", "build", "dist", "artefacts", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, folder / "source", symlinks=True, ignore=left_out)
    must(sys.executable, "-m", "build", "--outdir", folder, folder / "source", folder=folder)
    return next(folder.glob("*.whl"))


def supported() -> list[str]:
    """Return the Pythons that setup.cfg names, as commands."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    versions = re.findall(r"Python :: (3\.\d+)", setup["metadata"]["classifiers"])
    return [f"python{version}" for version in versions]


def is_here(python: str) -> bool:
    """Return whether a Python can be run and can make environments; a launcher of none cannot."""
    path = shutil.which(python)
    probe = [path or "", "-c", "import ensurepip, venv"]
    return path is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def install(python: str, wheel: Path, folder: Path) -> Path:
    """Return the `bin` of an empty environment with the wheel in it."""
    must(python, "-m", "venv", folder / "env", folder=folder)
    programs = folder / "env" / "bin"
    must(programs / "python", "-m", "pip", "install", "--quiet", wheel, folder=folder)
    return programs


def try_out(programs: Path, project: Path) -> None:
    """Do all that capshift does in a stranger's folder, by their script and by the command line."""
    must(programs / "python", "script.py", folder=project)
    by_module = must(programs / "python", "-m", "capshift", "compare", "own_rules.py:Gaining", *SPAN, folder=project)
    by_name = must(programs / "capshift", "compare", "own_rules.py:Gaining", *SPAN, folder=project)
    if by_module != by_name or "gaining" not in by_name:
        raise SystemExit(f"python -m capshift and capshift differ:\n{by_module}\n{by_name}")
    for arguments, page in COMMANDS:
        must(programs / "capshift", *arguments, folder=project)
        if page and not list((project / arguments[-1]).glob(page)):
            raise SystemExit(f"capshift {' '.join(arguments)} wrote no {page}")


def check_types(programs: Path, project: Path) -> None:
    """Have mypy read the stranger's files, and plain strategies, with the types that the wheel brings."""
    shutil.copy(ROOT / "tests" / "plain_strategies.py", project)
    files = ["script.py", "own_rules.py", "plain_strategies.py"]
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--python-executable={programs / 'python'}"]
    must(*command, *files, folder=project)
    (project / "mistaken.py").write_text("import capshift as cs\n\ncs.load_market(smal='IWM')\n", encoding="utf-8")
    done = subprocess.run([*command, "mistaken.py"], cwd=project, capture_output=True, text=True, check=False)
    if "smal" not in done.stdout:
        raise SystemExit(f"mypy finds no mistake where there is one: the wheel's types are not seen\n{done.stdout}")


def main() -> None:
    """Build once, and try on each Python."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--python", nargs="+", default=supported(), help="interpreters to try; those absent are skipped"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build(Path(scratch))
        print("built", wheel.name, flush=True)
        tried = 0
        for python in given.python:
            if not is_here(python):
                print(f"{python}: SKIPPED, it is not on this machine", flush=True)
                continue
            begun, folder = time.perf_counter(), Path(scratch, Path(python).name)
            shutil.copytree(ROOT / "tests" / "stranger", folder / "project")
            programs = install(python, wheel, folder)
            installed = time.perf_counter()
            try_out(programs, folder / "project")
            tested = time.perf_counter()
            check_types(programs, folder / "project")
            spent = f"{installed - begun:.0f} s to install, {tested - installed:.0f} s to try, "
            print(f"{python}: works ({spent}{time.perf_counter() - tested:.0f} s to check types)", flush=True)
            tried += 1
    if not tried:
        raise SystemExit(f"none of {', '.join(given.python)} is on this machine")


if __name__ == "__main__":
    main()
