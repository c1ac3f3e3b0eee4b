"""Notebooks: results show themselves, and the tour runs from its first cell to its last."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import nbclient
import nbformat
import pytest
from conftest import ROOT
from pages import Page

import capshift as cs
from capshift.backtests import METRICS
from capshift.backtests.metrics import in_words

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

pytestmark = pytest.mark.long

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def test_a_result_shows_every_figure(short_market: Market) -> None:
    """A result's table has each metric as a tearsheet writes it, and a picture with a name."""
    result = cs.run("mix", short_market)
    page = Page(result._repr_html_())
    expected = [[metric.label, in_words(metric.form, result.metrics[key])] for key, metric in METRICS.items()]
    assert page.tables[0][1:] == expected
    assert "SIMULATED" in page.text
    assert next(attrs for tag, attrs in page.tags if tag == "svg")["role"] == "img"


def test_a_comparison_and_a_sweep_show_their_rows(short_market: Market) -> None:
    """One row a rule, one row a variant; the verdict and the trials are told with them."""
    comparison = cs.compare(["mix"], short_market)
    page = Page(comparison._repr_html_())
    assert [row[0] for row in page.tables[0][1:]] == ["hold-large", "mix"]
    assert all(sentence in page.text for sentence in comparison.sentences)
    found = cs.sweep("mix", short_market, small=[0.2, 0.4, 0.6])
    shown = Page(found._repr_html_())
    assert [row[0] for row in shown.tables[0][1:]] == [found.name(number) for number in found.best().index.tolist()]
    assert "best of 3 variants" in shown.text


def test_names_are_inert_in_notebooks(short_market: Market) -> None:
    """Markup in a name is shown and not obeyed."""
    comparison = cs.compare(["mix"], short_market)
    evil = dataclasses.replace(comparison.results["mix"], name=HOSTILE)
    both = dataclasses.replace(comparison, results={**comparison.results, HOSTILE: evil})
    for shown in (evil._repr_html_(), both._repr_html_()):
        assert {tag for tag, _ in Page(shown).tags}.isdisjoint({"img", "script"})
        assert HOSTILE in Page(shown).text


@pytest.mark.enable_socket
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_the_tour_runs(tmp_path: Path) -> None:
    """Every cell of examples/tour.ipynb runs, results show themselves, and the pages are written."""
    notebook = nbformat.read(ROOT / "examples" / "tour.ipynb", as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "commit it without outputs"
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert sum("SIMULATED" in one for one in shown) >= 3
    assert (tmp_path / "out" / "tour" / "comparison.html").is_file()
