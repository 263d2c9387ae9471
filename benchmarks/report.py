"""The results of the benchmarks as data, and their rendering as a page.

The page contains only what the results do, so that a test can compare the two.
"""

from __future__ import annotations

import re
from typing import NotRequired, TypedDict


class Goal(TypedDict):
    """A figure with a goal for it. ``measured`` is rounded to the digits shown."""

    what: str
    measured: float
    goal: float
    aim: NotRequired[float]  # a more ambitious goal
    at_least: NotRequired[bool]  # otherwise, at most
    form: str  # a format string for the figures
    against: str


class Table(TypedDict):
    """Other figures. ``columns`` maps the titles to format strings."""

    title: str
    text: str
    columns: dict[str, str]
    rows: list[list[str | float]]


class Section(TypedDict):
    """The results of one benchmark."""

    goals: list[Goal]
    tables: list[Table]
    sample: NotRequired[dict[str, list[float]]]  # for a test to recompute; not shown


class Results(TypedDict):
    """The content of results.json, which ``make bench`` writes."""

    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    sections: dict[str, Section]


def is_met(goal: Goal) -> bool:
    if goal.get("at_least"):
        return goal["measured"] >= goal["goal"]
    return goal["measured"] <= goal["goal"]


def _verdict(goal: Goal) -> str:
    if not is_met(goal):
        return "**no**"
    if "aim" not in goal:
        return "yes"
    is_aim_met = goal["measured"] <= goal["aim"]
    return "yes, aim too" if is_aim_met else "yes, but not the aim"


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def render_goals(goals: list[Goal]) -> str:
    """Return the table of goals in Markdown."""
    rows: list[list[str]] = []
    for goal in goals:
        sign = "≥" if goal.get("at_least") else "≤"
        target = f"{sign} {goal['form'].format(goal['goal'])}"
        if "aim" in goal:
            target += f", aim for {goal['form'].format(goal['aim'])}"
        measured = goal["form"].format(goal["measured"])
        rows.append([goal["what"], measured, target, goal["against"], _verdict(goal)])
    return _markdown(["metric", "measured", "goal", "compared with", "met"], rows)


def render_table(table: Table) -> str:
    """Return a table in Markdown, without its title."""
    forms = table["columns"].values()
    return _markdown(
        list(table["columns"]),
        [
            [form.format(cell) for form, cell in zip(forms, row, strict=True)]
            for row in table["rows"]
        ],
    )


def render_section(section: Section) -> str:
    """Return the tables of a section, with their titles and texts."""
    return "\n".join(
        f"## {table['title']}\n\n{table['text']}\n\n{render_table(table)}"
        for table in section["tables"]
    )


PAGE = """\
# Performance

The costs of lightsnap compared with boto3 and others, all measured in one run.
`make bench` generates this page; do not edit it.

- date: {date}
{machine}
- versions: {versions}

## Goals

{goals}
Each ratio is a median over the rounds; within a round, one time or amount of memory is
divided by the other. The goals apply to the rounded figures shown. Other machines give
other figures; the ratios differ less.

{sections}"""


def render(results: Results) -> str:
    """Return docs/performance.md."""
    sections = results["sections"].values()
    versions = [f"{name} {version}" for name, version in results["versions"].items()]
    machine = [f"- {name}: {value}" for name, value in results["machine"].items()]
    return PAGE.format(
        date=results["date"],
        machine="\n".join(machine),
        versions=", ".join(versions),
        goals=render_goals([goal for each in sections for goal in each["goals"]]),
        sections="\n".join(render_section(each) for each in sections),
    )


FIGURES = re.compile(
    r"(<!-- figures: (.*?) -->\n).*?(?=<!-- end of figures -->)", re.DOTALL
)


def fill(page: str, results: Results) -> str:
    """Insert tables into a page, where it refers to them by their titles."""
    tables = {
        table["title"]: table
        for section in results["sections"].values()
        for table in section["tables"]
    }
    return FIGURES.sub(
        lambda found: f"{found[1]}\n{render_table(tables[found[2]])}\n", page
    )
