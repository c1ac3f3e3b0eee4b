"""The package: its public names, its wheel, and what importing it costs."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from conftest import ROOT
from installed import build

import capshift as cs
from capshift.strategies import RULES

FOLDERS = ("backtests", "data_feeds", "reports", "strategies")
#: Of `src/capshift` itself.
OWN = ("commands", "doctor", "scaffold")
PACKAGES = [f"capshift.{name}" for name in (*FOLDERS, *OWN)]


def test_public_names_are_there_sorted_and_documented() -> None:
    """Every public name can be had and has a docstring, and the list is sorted as the linter sorts it."""
    for name in cs.__all__:
        assert getattr(cs, name).__doc__
    assert set(dir(cs)) == {*cs.__all__, "__version__"}
    assert cs.__version__
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = cs.nonsense


def contents(docstring: str) -> list[str]:
    """Return the names in the first column of a docstring's table."""
    rows = re.findall(r"^\| (.+?) \|", docstring.partition("|---|---|\n")[2], re.MULTILINE)
    return [name for row in rows for name in row.split(", ")]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_a_table_of_contents(package: str) -> None:
    """What a package exports is there, and the table in its docstring names each of its modules once, and no others."""
    module = import_module(package)
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name), name
    listed = Counter(contents(module.__doc__ or "")) - Counter({"one file a rule": 1, "templates/": 1})
    homes = Counter(rule.__module__.rpartition(".")[2] for rule in RULES)
    modules = {file.stem for file in Path(module.__file__ or "").parent.glob("*.py")} - {"__init__"}
    assert listed == Counter(name for name in modules if homes[name] != 1)


def test_importing_capshift_imports_nothing_else() -> None:
    """`import capshift` loads neither pandas nor any plotting."""
    program = "import sys, capshift; sys.exit(bool({'pandas', 'numpy', 'backtrader', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_event_engine_imports_no_compiler() -> None:
    """A run on the event engine does not wait for Numba or for statistics; one on the array engine imports Numba."""
    program = (
        "import sys, capshift as cs\n"
        "market = cs.load_market(start='2020-01-02', end='2020-12-31')\n"
        "cs.run('mix', market)\n"
        "assert not {'numba', 'arch', 'scipy', 'statsmodels'} & set(sys.modules)\n"
        "cs.run('mix', market, engine='array')\n"
        "assert 'numba' in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_running_rules_imports_no_plotting(tmp_path: Path) -> None:
    """A run in this process leaves matplotlib, QuantStats and their global settings alone."""
    program = (
        "import sys, capshift as cs\n"
        "market = cs.load_market(start='2020-01-02', end='2020-12-31')\n"
        "cs.save_result(cs.run('mix', market), sys.argv[1], benchmark=cs.run('hold-large', market))\n"
        "sys.exit(bool({'matplotlib', 'quantstats', 'seaborn', 'yfinance'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, "out"], check=False, cwd=tmp_path)
    assert done.returncode == 0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the source distribution and of the wheel built from it."""
    folder = tmp_path_factory.mktemp("built")
    build(folder)
    return folder


def inside(folder: str, *endings: str) -> set[str]:
    """Return the paths of a folder's files that end so."""
    return {str(file.relative_to(ROOT)) for file in (ROOT / folder).glob("*") if file.name.endswith(endings)}


def test_the_wheel_holds_what_the_folders_hold(built: Path) -> None:
    """Every module, template, table and type is in the wheel once, under its package, and nothing else is."""
    packed = [name for name in zipfile.ZipFile(next(built.glob("*.whl"))).namelist() if ".dist-info/" not in name]
    assert len(packed) == len(set(packed))
    own = ["src/capshift", *(f"src/capshift/{name}" for name in OWN)]
    expected = {name.removeprefix("src/") for folder in own for name in inside(folder, ".py", "py.typed")}
    expected |= {name.removeprefix("src/") for name in inside("src/capshift/scaffold/templates", ".txt")}
    for folder in (*FOLDERS, "reports/templates"):
        expected |= {f"capshift/{name}" for name in inside(folder, ".py", ".csv", ".html", ".js", ".css")}
    expected |= {name.replace("typings/backtrader", "backtrader-stubs") for name in inside("typings/backtrader", "")}
    assert set(packed) == expected


def test_the_source_distribution_holds_what_builds_the_wheel(built: Path) -> None:
    """It has each file of the packages where the checkout has it, and no tests without what they stand on."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    for folder in (*FOLDERS, "reports/templates", "src/capshift", "typings/backtrader"):
        assert inside(folder, ".py", ".pyi", ".csv", ".html", ".typed") <= packed
    assert {"setup.cfg", "pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md"} <= packed
    assert not [name for name in packed if name.startswith("tests")]
