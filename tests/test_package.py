"""The package: its public names, its wheel, and what importing it costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

import capshift as cs
from capshift.strategies import RULES

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("backtests", "data_feeds", "reports", "strategies")


def test_public_names_are_there_sorted_and_documented() -> None:
    """Every public name can be had and has a docstring, and the list is sorted as the linter sorts it."""
    for name in cs.__all__:
        assert getattr(cs, name).__doc__
    assert set(dir(cs)) == {*cs.__all__, "__version__"}
    assert cs.__version__
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = cs.nonsense


@pytest.mark.parametrize(
    "package", ["capshift.data_feeds", "capshift.strategies", "capshift.backtests", "capshift.reports"]
)
def test_each_package_is_a_table_of_contents(package: str) -> None:
    """What a package exports is there, and its docstring names each of its modules."""
    module = __import__(package, fromlist=["__all__"])
    for name in module.__all__:
        assert hasattr(module, name), name
    listed = module.__doc__ or ""
    rules = {rule.__module__.rpartition(".")[2] for rule in RULES}
    for file in (ROOT / package.rpartition(".")[2]).glob("*.py"):
        if file.stem != "__init__" and file.stem not in rules:
            assert file.stem in listed, f"{package} does not list {file.stem}"


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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from a copy of the sources."""
    scratch = tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns(
        ".venv", ".git", "out", "build", "dist", "artefacts", "*.egg-info", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, scratch / "source", symlinks=True, ignore=left_out)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", scratch, scratch / "source"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(scratch.glob("capshift-*.whl"))


def test_the_wheel_holds_what_the_folders_hold(wheel: Path) -> None:
    """Every module, template and table is in the wheel once, under its package, and nothing else is."""
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = {f"capshift/{file.name}" for file in (ROOT / "src/capshift").iterdir() if file.suffix == ".py"}
    expected |= {"capshift/py.typed"}
    for package in ("checkup", "commands", "scaffold"):
        expected |= {f"capshift/{package}/{file.name}" for file in (ROOT / "src/capshift" / package).glob("*.py")}
    drafts = (ROOT / "src/capshift/scaffold/templates").iterdir()
    expected |= {f"capshift/scaffold/templates/{file.name}" for file in drafts}
    for folder in FOLDERS:
        expected |= {
            f"capshift/{folder}/{file.name}" for file in (ROOT / folder).glob("*.*") if file.suffix in {".py", ".csv"}
        }
    expected |= {f"capshift/reports/templates/{file.name}" for file in (ROOT / "reports/templates").iterdir()}
    assert packed == expected


def test_the_wheel_runs_without_the_sources(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, beside a user's own `strategies` and `reports`, the wheel runs and draws."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "strategies").mkdir()
    (tmp_path / "reports.py").write_text("raise RuntimeError\n", encoding="utf-8")
    program = (
        "import capshift, capshift.cli, capshift.reports.worker as w, sys\n"
        "assert 'site' in capshift.__file__ and 'site' in w.__file__, (capshift.__file__, w.__file__)\n"
        "sys.argv = ['capshift', 'run', 'mix', '--start', '2020-01-02', '--end', '2020-12-31', '--out', 'out']\n"
        "capshift.cli.main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "mix" / "tearsheet.html").is_file()
