"""Plans on the command line and in files."""

from __future__ import annotations

import json
from argparse import Namespace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lightsnap import BackupPlan, ConstraintError, Retention, Selection, Tag
from lightsnap.cli.arguments import parse
from lightsnap.cli.backup_plan import read_plan

ONE = """
name = "nightly"
copy_to = ["eu-central-1"]
select = { names = ["web-*"], tags = { env = "prod" } }
retention = { keep_daily = 7, keep_within = "36h" }
"""
UNNAMED = "[retention]\nkeep_last = 1\n"
SEVERAL = """
[nightly]
retention = { keep_daily = 7 }

[weekly]
name = "every-week"
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def options(*words: str) -> Namespace:
    return parse(["backup", *words])


def plan(*words: str) -> BackupPlan:
    return read_plan(options(*words))


def in_file(text: str, *words: str, file: str = "plans.toml") -> BackupPlan:
    Path(file).write_text(text, encoding="utf-8")
    return plan("--plan-file", file, *words)


def messages(*words: str, text: str | None = None, file: str = "plans.toml") -> Any:
    with pytest.raises(ConstraintError) as caught:
        plan(*words) if text is None else in_file(text, *words, file=file)
    return [each.message for each in caught.value.violations]


def test_a_plan_is_given_by_options() -> None:
    counts = [
        word
        for period in ("last", "hourly", "daily", "weekly", "monthly", "yearly")
        for word in (f"--keep-{period}", "2")
    ]
    found = plan(
        *("--plan", "nightly", "--keep-within", "7d", *counts),
        *("--instances", "web-*", "db", "--instance-tags", "key=env,value=prod"),
        *("key=keep", "--copy-to", "eu-central-1", "us-east-1"),
    )

    assert found == BackupPlan.from_dict(
        {
            "name": "nightly",
            "select": {
                "names": ["web-*", "db"],
                "tags": [{"key": "env", "value": "prod"}, {"key": "keep"}],
            },
            "retention": {
                "keep_last": 2,
                "keep_hourly": 2,
                "keep_daily": 2,
                "keep_weekly": 2,
                "keep_monthly": 2,
                "keep_yearly": 2,
                "keep_within": "7d",
            },
            "copy_to": ["eu-central-1", "us-east-1"],
        }
    )


def test_without_other_options_a_plan_selects_all_and_keeps_all() -> None:
    assert plan("--plan", "nightly") == BackupPlan("nightly")


@pytest.mark.parametrize("words", [[], ["--plan", "nightly"]])
def test_a_file_has_one_plan(words: list[str]) -> None:
    as_json = {
        "name": "nightly",
        "copy_to": ["eu-central-1"],
        "select": {"names": ["web-*"], "tags": {"env": "prod"}},
        "retention": {"keep_daily": 7, "keep_within": "36h"},
    }

    assert in_file(ONE, *words) == BackupPlan.from_dict(as_json)
    assert in_file(json.dumps(as_json), *words, file="plan.json") == in_file(ONE)


def test_a_file_has_one_plan_without_a_name() -> None:
    found = in_file(UNNAMED, "--plan", "nightly")

    assert found == BackupPlan("nightly", retention=Retention(keep_last=1))
    assert in_file("", "--plan", "nightly") == BackupPlan("nightly")
    assert messages(text=UNNAMED) == ["name in plans.toml is missing: give a name"]


def test_a_file_has_plans_by_name() -> None:
    found = in_file(SEVERAL, "--plan", "nightly")

    assert found == BackupPlan("nightly", retention=Retention(keep_daily=7))
    assert in_file(SEVERAL, "--plan", "weekly") == BackupPlan("every-week")


def test_options_override_the_file() -> None:
    found = in_file(
        ONE,
        *("--keep-daily", "3", "--keep-weekly", "4", "--instances", "db"),
        *("--copy-to",),
    )

    assert found == BackupPlan(
        "nightly",
        select=Selection(names=["db"], tags=[Tag("env", "prod")]),
        retention=Retention(
            keep_daily=3, keep_weekly=4, keep_within=timedelta(hours=36)
        ),
    )
    assert in_file(ONE, "--instance-tags").select == Selection(names=["web-*"])
    blank = '{"retention": null}'
    kept = in_file(blank, "--plan", "a", "--keep-last", "1", file="plan.json")
    assert kept.retention == Retention(keep_last=1)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        (
            SEVERAL,
            [],
            ["--plan is missing: use one of nightly, weekly"],
        ),
        (
            SEVERAL,
            ["--plan", "daily"],
            [
                (
                    "--plan is 'daily', which is not in plans.toml: use one of "
                    "nightly, weekly"
                )
            ],
        ),
        (
            ONE,
            ["--plan", "daily"],
            ["--plan is 'daily', but the plan in plans.toml is 'nightly'"],
        ),
        (
            "name = 'a'\n[retension]",
            [],
            [
                (
                    "plan.retension in plans.toml is not a member: the members are "
                    "name, select, retention, tags, copy_to"
                )
            ],
        ),
        (
            "name = 'a'\nretention = { keep_daily = '7', keep_weekly = 1.5 }",
            [],
            [
                "keep_daily in plans.toml is of type str: give a whole number",
                "keep_weekly in plans.toml is of type float: give a whole number",
            ],
        ),
        (
            "name = 'a'\nretention = { keep_daily = '7' }",
            ["--keep-daily", "-1"],
            ["--keep-daily is -1: give 0 or more"],
        ),
        (
            "name = 'a'\nselect = 'web'",
            ["--instances", "db"],
            ["select in plans.toml is of type str: give a mapping"],
        ),
        ("name = 'a b'", [], None),
        ("name = 1", ["--instances", "db"], None),
        ("name", [], None),
        ("a = '\udcff'", [], None),
    ],
)
def test_an_invalid_file_is_rejected(
    text: str, words: list[str], expected: list[str] | None
) -> None:
    Path("plans.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConstraintError) as caught:
        plan("--plan-file", "plans.toml", *words)

    found = [each.message for each in caught.value.violations]
    assert found == expected if expected else "plan" in found[0]


def test_a_file_that_cannot_be_read_is_rejected() -> None:
    assert messages("--plan-file", "nothing.toml") == [
        "--plan-file cannot read file 'nothing.toml': No such file or directory"
    ]
    assert messages(text="[", file="plan.json")[0].startswith(
        "--plan-file is not valid JSON: "
    )
    assert messages(text="[]", file="plan.json") == [
        "--plan-file is of type list: give a plan, or plans by name"
    ]
    assert messages(text="a = 1 = 2")[0].startswith("--plan-file is not valid TOML: ")
