"""The article replayed: the reference's numbers, the page, and the same on the sample market."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, reference
from pages import Page
from test_browser import Visit, browser

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

__all__ = ["browser"]  # a fixture, shared with the other pages

pytestmark = pytest.mark.long

SCRIPT = ROOT / "examples" / "small_caps_2025.py"
VERDICTS = {"true", "false", "depends on the definition", "not testable with these bars"}


def replay(*options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the example as a process."""
    return subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def of_sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of pages made from the sample market, and what was printed."""
    out = tmp_path_factory.mktemp("replayed")
    done = replay("--out", out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


@pytest.fixture(scope="module")
def of_real(real_data: Path) -> dict[str, Any]:
    """Return what --json prints of real bars."""
    done = replay("--data", real_data, "--json")
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def test_every_value_is_the_reference_s(of_real: dict[str, Any]) -> None:
    """Claim by claim and key by key, in its order, the example prints what the reference has."""
    ours, theirs = of_real["claims"], reference("claims.json")["claims"]
    assert [one["claim"] for one in ours] == [one["claim"] for one in theirs]
    for our, their in zip(ours, theirs, strict=True):
        for key, value in their.items():
            assert our[key] == value, f"{our['claim']}: {key}"


def test_records_of_the_s_p_500_are_those_in_its_bars_and_seven_before(
    of_real: dict[str, Any], real_data: Path
) -> None:
    """Counted one close after the other, the bars have eight late records; with seven older ones 14 of 15 did well."""
    close = pd.read_csv(real_data / "bars" / "^GSPC.csv")["Close"].to_numpy()
    highest, last, cases = 0.0, 0, []
    for session, price in enumerate(close):
        if price >= highest:
            if session - last >= 252:
                cases.append(session)
            highest, last = price, session
    later = [close[session + 252] / close[session] - 1 for session in cases if session + 252 < len(close)]
    assert len(later) == 8
    older = [0.4184, 0.1406, 0.1132, 0.1328, 0.0486, 0.0502, 0.0767]  # worked out by hand from the closes
    found = of_real["claims"][-1]["^GSPC"]
    until_2024 = np.array(older + later[:-1])
    assert (found["cases"], found["higher_after_252"]) == (14, (until_2024 > 0).sum())
    assert found["mean"] == pytest.approx(100 * until_2024.mean(), abs=0.01)
    assert found["median"] == pytest.approx(100 * np.median(until_2024), abs=0.01)
    row = next(one for one in of_real["verdicts"] if one["claim"].startswith("records after"))
    assert f"higher in 14 of 15, mean +{100 * np.mean(older + later):.1f} %" in row["value"]


def test_verdicts_do_not_flatter(of_real: dict[str, Any]) -> None:
    """Every claim has one of four verdicts, and one that is so by one measure only is not called true."""
    verdicts = {one["claim"]: one["verdict"] for one in of_real["verdicts"]}
    assert set(verdicts.values()) == VERDICTS
    for words in ("best month", "longest stretch", "IWM above", "records after"):
        assert next(verdict for claim, verdict in verdicts.items() if claim.startswith(words)).startswith("depends")
    assert len(of_real["doubts"]) == 4
    assert of_real["left_out"] == []


def test_what_data_lack_is_left_out_and_told(real_data: Path, tmp_path: Path) -> None:
    """Without macro series and IJR, rules that need them are left out in one line each, and the rest is answered."""
    (tmp_path / "bars").mkdir()
    for symbol in ("IWM", "SPY", "QQQ", "^RUT", "^GSPC"):
        (tmp_path / "bars" / f"{symbol}.csv").symlink_to(real_data / "bars" / f"{symbol}.csv")
    done = replay("--data", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    told = " ".join(printed["left_out"])
    for name in ("priced-cuts", "fedwatch", "jackson-hole", "soft-landing", "IJR"):
        assert name in told
    assert len(printed["doubts"]) == 2


@pytest.mark.parametrize("lacking", ["no folder", "no index"])
def test_bars_that_every_claim_needs_are_asked_for_in_one_line(lacking: str, tmp_path: Path) -> None:
    """A folder without the bars ends the example with a line that names what is missing."""
    if lacking == "no index":
        (tmp_path / "bars").mkdir()
    done = replay("--data", tmp_path, "--json")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("small_caps_2025: ")
    assert done.stderr.count("\n") == 1


def test_the_sample_market_has_all_pages_and_says_what_it_is(of_sample: tuple[Path, str]) -> None:
    """Without --data the story and both comparisons are written, and verdicts are said to be about a simulation."""
    out, printed = of_sample
    for page in ("index.html", "in_sample/comparison.html", "out_of_sample/comparison.html"):
        assert "SIMULATED" in (out / page).read_text(encoding="utf-8")
    assert printed.startswith("SIMULATED: the verdicts are about a simulation, not about the article.")
    page = Page((out / "index.html").read_text(encoding="utf-8"))
    assert "the verdicts are about a simulation, not about the article" in page.text
    claims = page.table("What was said")
    assert {row[1] for row in claims} <= VERDICTS
    assert len(claims) == 20


def test_every_link_of_the_story_leads_to_a_page(of_sample: tuple[Path, str]) -> None:
    """Each rule's name leads to its tearsheet, before and since, and both comparisons can be opened."""
    out, _ = of_sample
    page = Page((out / "index.html").read_text(encoding="utf-8"))
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert len(links) > 40
    for link in links:
        assert (out / unquote(str(link))).is_file(), link


@pytest.mark.browser
@pytest.mark.enable_socket
@pytest.mark.parametrize(("width", "dark"), [(1200, False), (1200, True), (390, False), (390, True)])
def test_the_story_opens_offline_without_complaint(
    browser: Browser,
    of_sample: tuple[Path, str],
    width: int,
    *,
    dark: bool,
) -> None:
    """The page logs nothing, asks for nothing and is no wider than the screen, and its names stay in sight."""
    visit = Visit(browser, of_sample[0] / "index.html", width=width, dark=dark)
    assert visit.wrong == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    widest = visit.page.evaluate("Math.max(...[...document.querySelectorAll('tbody th')].map(one => one.offsetWidth))")
    assert widest <= width / 2
    visit.shoot(f"small_caps_2025-{width}{'-dark' if dark else ''}")
