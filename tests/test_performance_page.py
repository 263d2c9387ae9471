"""docs/performance.md shows benchmarks/results.json, and nothing else."""

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

# What is to be reached, and how far: a goal that is missed stays on the page.
GOALS = {
    ("lightsnap.Client, whole process, one snapshot", "boto3.client"): 0.82,
    ("the program lightsnap, whole process, one snapshot", "boto3.client"): 0.70,
    ("the program lightsnap, whole process, one snapshot", "AWS CLI v1"): 0.50,
    ("from lightsnap import Client, Tag, over an empty process", "import boto3"): 0.30,
    ("resident memory after one call", "boto3.client"): 0.85,
    ("a wait for two operations, late", "fixed 5 s"): 3.4,
    ("late, 95th percentile, of the duration", "fixed 5 s"): 4,
    ("calls of a wait for two operations", "fixed 5 s"): 75,
    ("calls of a wait for 2,000 operations", "asking for all"): 2200,
    ("an async wait over 2,000 operations, throughput", "aiobotocore"): 3,
}

# What docs' explanation of performance tells of, by the title of its table.
OTHER_FIGURES = [
    ("What botocore lets one do", "botocore.session"),
    (
        "What botocore lets one do",
        "+ a Loader that does not look into every service's folder",
    ),
    ("What botocore lets one do", "+ plain dicts from JSON"),
    ("What botocore lets one do", "+ endpoints of the asked services only"),
    ("What botocore lets one do", "+ none at exit"),
    ("Imports", "the same, and all that Client.wait needs"),
]

RESIDENT = ROOT / "benchmarks" / "scripts" / "resident.py"


@pytest.fixture
def results() -> Results:
    read: Results = json.loads(TEXT)
    return read


@pytest.fixture
def goals(results: Results) -> list[Goal]:
    return [goal for each in results["sections"].values() for goal in each["goals"]]


def test_the_page_is_what_the_results_make(results: Results) -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")

    assert page == render(results)


def test_the_explanation_has_the_tables_that_it_names(results: Results) -> None:
    page = (ROOT / "docs/explanation/performance.md").read_text(encoding="utf-8")

    assert set(re.findall(r"<!-- figures: (.*?) -->", page)) == {
        "What botocore lets one do",
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
def test_what_is_explained_was_measured(
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
    not Path("/proc/self/statm").exists(), reason="the most is told where no /proc is"
)
def test_memory_that_was_given_back_is_not_told(tmp_path: Path) -> None:
    def resident(code: str) -> int:
        script = tmp_path / "script.py"
        script.write_text(code, encoding="utf-8")
        return int(subprocess.check_output([sys.executable, RESIDENT, script]))

    kept = resident("data = b'x' * 100_000_000")
    given_back = resident("data = b'x' * 100_000_000; del data")

    assert kept - given_back > 90_000_000


def test_a_goal_that_is_missed_says_so(goals: list[Goal]) -> None:
    for goal in goals:
        reached: Goal = {**goal, "measured": goal["goal"]}
        missed: Goal = {
            **goal,
            "measured": goal["goal"] * (0.9 if goal.get("at_least") else 1.1),
        }

        assert "| yes" in render_goals([reached])
        assert "| **no** |" in render_goals([missed])


def test_an_aim_is_told_from_the_goal(goals: list[Goal]) -> None:
    (goal,) = (each for each in goals if "aim" in each)
    aimed: Goal = {**goal, "measured": goal["aim"]}
    reached: Goal = {**goal, "measured": goal["goal"]}

    assert "| yes, and the aim |" in render_goals([aimed])
    assert "| yes, not the aim |" in render_goals([reached])


def test_the_results_tell_nothing_of_where_they_were_found() -> None:
    assert str(ROOT) not in TEXT
