"""What the tests share: real data when it is there, the sample market, and the command line as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from market_server import MarketServer

from capshift.backtests import compare
from capshift.cli import main
from capshift.data_feeds import load_market, retries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from capshift.backtests import Comparison
    from capshift.data_feeds import Market

    Inside = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parent.parent
#: A stranger's own project, which tests/installed.py takes elsewhere; no tests, and no modules of ours.
collect_ignore = ["stranger"]
SHARED = Path(os.environ.get("CAPSHIFT_SHARED", ROOT.parent / "shared"))
#: The rules of the fixture `two_rules`, beside hold-large.
TWO_RULES = ["hold-small", "relative-strength"]

hypothesis.settings.register_profile(
    "capshift", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("capshift")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real bars and macro series."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(
            "real bars are not here: they may not be passed on (set CAPSHIFT_SHARED to a folder that has data/)"
        )
    return folder


def reference(name: str) -> dict[str, Any]:
    """Return what an independent implementation or a publication expects, from a file of conformance/."""
    file = SHARED / "conformance" / name
    if not file.is_file():
        pytest.skip(f"{name} is not here (set CAPSHIFT_SHARED to a folder that has conformance/)")
    values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return values


@pytest.fixture(scope="session")
def conformance() -> dict[str, Any]:
    """Return the expected accounts of an independent implementation."""
    return reference("accounts.json")


@pytest.fixture(scope="session")
def real_market(real_data: Path) -> Market:
    """Return IWM and SPY, with QQQ as leader."""
    return load_market(source="files", path=real_data, leaders="QQQ")


@pytest.fixture(scope="session")
def market() -> Market:
    """Return the sample market, ten years of account after five of history."""
    return load_market(leaders="QQQ", start="2005-01-03", end="2014-12-31")


@pytest.fixture(scope="session")
def short_market() -> Market:
    """Return one year of the sample market."""
    return load_market(start="2020-01-02", end="2020-12-31")


@pytest.fixture(scope="session")
def three_years() -> Market:
    """Return three simulated years."""
    return load_market(start="2006-01-03", end="2008-12-31")


@pytest.fixture(scope="session")
def two_rules(three_years: Market) -> Comparison:
    """Return two rules on three years."""
    return compare(TWO_RULES, three_years, engine="array")


@pytest.fixture(scope="session")
def capshift() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs the command line as a process."""

    def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "capshift", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **options)

    return run


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """Return a function that runs the command line in this process: code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["capshift", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture(scope="session")
def one_server() -> Iterator[MarketServer]:
    """Yield the server that all tests share: a client keeps its connections."""
    server = MarketServer()
    yield server
    server.close()


@pytest.fixture
def server(one_server: MarketServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MarketServer:
    """Return a server that knows nothing yet, to which this process and those it starts send their requests."""
    import yfinance  # noqa: PLC0415 - slow to load, and few tests need it

    one_server.reset()
    for name, value in one_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CAPSHIFT_CACHE", str(tmp_path / "cache"))
    yfinance.set_tz_cache_location(str(tmp_path / "yfinance"))
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.01)
    return one_server
