"""docs/explanation/waiting.md shows the results of benchmarks/wait_costs.py.

The benchmark runs many thousands of waits; the first of each kind are run again here.
"""

from __future__ import annotations

import json

import pytest

from benchmarks import wait_costs
from benchmarks.report import Section, render_table
from tests.foreign import ROOT

pytestmark = pytest.mark.page


@pytest.fixture
def results() -> Section:
    text = (ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8")
    section: Section = json.loads(text)["sections"]["waits"]
    return section


def test_the_page_has_the_figures_of_the_benchmark(results: Section) -> None:
    page = ROOT / "docs" / "explanation" / "waiting.md"
    shown = page.read_text(encoding="utf-8")

    assert results["tables"]
    for table in results["tables"]:
        assert render_table(table) in shown


def test_the_figures_are_those_of_the_current_waiter(results: Section) -> None:
    assert wait_costs.sample() == results["sample"]
