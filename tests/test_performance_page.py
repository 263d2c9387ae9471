"""docs/performance.md shows benchmarks/results.json and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.report import Goal, Results, fill, render, render_goals
from benchmarks.sections import SECTIONS
from tests.foreign import ROOT

pytestmark = pytest.mark.page

TEXT = (ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8")

# Each goal by its metric and comparison. Missed goals stay on the page.
GOALS = {
    ("lightsnap.Client, whole process, one snapshot", "boto3.client"): 0.82,
    ("lightsnap CLI, whole process, one snapshot", "boto3.client"): 0.70,
    ("lightsnap CLI, whole process, one snapshot", "AWS CLI v1"): 0.50,
    (
        "from lightsnap import Client, Tag, beyond an empty process",
        "import boto3",
    ): 0.30,
    ("resident memory after one call", "boto3.client"): 0.85,
    ("lateness of a wait for two operations", "fixed 5 s"): 3.4,
    ("lateness, 95th percentile, share of the duration", "fixed 5 s"): 4,
    ("calls of a wait for two operations", "fixed 5 s"): 75,
    ("calls of a wait for 2,000 operations", "polling all"): 2200,
    ("throughput of an async wait for 2,000 operations", "aiobotocore"): 3,
}

# Rows that docs/explanation/performance.md relies on, with the titles of their tables.
OTHER_FIGURES = [
    ("Faster parts for botocore", "botocore.session"),
    (
        "Faster parts for botocore",
        "+ a loader that does not open the folder of every service",
    ),
    ("Faster parts for botocore", "+ JSON read into plain dicts"),
    ("Faster parts for botocore", "+ only the endpoints of required services"),
    ("Faster parts for botocore", "+ no garbage collection at exit"),
    ("Imports", "the same, and everything that Client.wait needs"),
]

RESIDENT = ROOT / "benchmarks" / "scripts" / "resident.py"


@pytest.fixture
def results() -> Results:
    read: Results = json.loads(TEXT)
    return read


@pytest.fixture
def goals(results: Results) -> list[Goal]:
    return [goal for each in results["sections"].values() for goal in each["goals"]]


def test_the_page_is_rendered_from_the_results(results: Results) -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")

    assert page == render(results)


def test_the_explanation_shows_current_tables(results: Results) -> None:
    page = (ROOT / "docs/explanation/performance.md").read_text(encoding="utf-8")

    assert set(re.findall(r"<!-- figures: (.*?) -->", page)) == {
        "Faster parts for botocore",
    }
    assert fill(page, results) == page


@pytest.mark.parametrize(("what", "against"), GOALS)
def test_every_goal_was_measured(goals: list[Goal], what: str, against: str) -> None:
    (goal,) = (
        each
        for each in goals
        if each["what"] == what and each["against"].startswith(against)
    )

    assert goal["goal"] == GOALS[what, against]


def test_every_section_was_measured(results: Results) -> None:
    assert list(results["sections"]) == list(SECTIONS)


@pytest.mark.parametrize(("title", "name"), OTHER_FIGURES)
def test_every_explained_row_was_measured(
    results: Results, title: str, name: str
) -> None:
    rows = [
        row[0]
        for section in results["sections"].values()
        for table in section["tables"]
        if table["title"] == title
        for row in table["rows"]
    ]

    assert rows.count(name) == 1


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="without /proc, it prints the peak"
)
def test_released_memory_is_not_counted(tmp_path: Path) -> None:
    def resident(code: str) -> int:
        script = tmp_path / "script.py"
        script.write_text(code, encoding="utf-8")
        return int(subprocess.check_output([sys.executable, RESIDENT, script]))

    held = resident("data = b'x' * 100_000_000")
    released = resident("data = b'x' * 100_000_000; del data")

    assert held - released > 90_000_000


def test_a_missed_goal_is_marked(goals: list[Goal]) -> None:
    for goal in goals:
        reached: Goal = {**goal, "measured": goal["goal"]}
        missed: Goal = {
            **goal,
            "measured": goal["goal"] * (0.9 if goal.get("at_least") else 1.1),
        }

        assert "| yes" in render_goals([reached])
        assert "| **no** |" in render_goals([missed])


def test_an_aim_is_distinguished_from_the_goal(goals: list[Goal]) -> None:
    (goal,) = (each for each in goals if "aim" in each)
    aimed: Goal = {**goal, "measured": goal["aim"]}
    reached: Goal = {**goal, "measured": goal["goal"]}

    assert "| yes, aim too |" in render_goals([aimed])
    assert "| yes, but not the aim |" in render_goals([reached])


def test_the_results_contain_no_local_paths() -> None:
    assert str(ROOT) not in TEXT
