"""Plans, sites, reports and previews: the values of backups."""

from __future__ import annotations

import json
import pickle
import re
import time
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from lightsnap import (
    AccessDeniedError,
    BackupError,
    BackupFailure,
    BackupOutcome,
    BackupPlan,
    BackupProgress,
    BackupReport,
    ConstraintError,
    Instance,
    PrunePreview,
    ResourceLocation,
    ResourceType,
    Retention,
    Selection,
    Site,
    Tag,
)
from lightsnap._backups.marks import (
    backup_names,
    copy_names,
    default_run,
    run_violations,
)
from tests.backups.snapshots import NOW, daily

TAGS = (Tag("env", "prod"), Tag("keep"))
PLAN = BackupPlan(
    "nightly",
    select=Selection(names=["web-*"], tags=TAGS, allow_empty=True),
    retention=Retention(keep_daily=7, keep_within=timedelta(hours=36)),
    tags={"team": "web"},
    copy_to=["us-east-1"],
)
TOML = """
name = "nightly"
copy_to = ["us-east-1"]

[select]
names = ["web-*"]
tags = [{key = "env", value = "prod"}, {key = "keep"}]
allow_empty = true

[retention]
keep_daily = 7
keep_within = "36h"

[tags]
team = "web"
"""


def instance(name: str, *tags: Tag) -> Instance:
    return Instance(
        name=name,
        arn=f"arn:{name}",
        created_at=NOW,
        location=ResourceLocation(
            availability_zone="us-west-2a", region_name="us-west-2"
        ),
        resource_type=ResourceType.INSTANCE,
        tags=tags,
    )


def test_a_plan_is_read_from_toml_and_json() -> None:
    assert BackupPlan.from_dict(tomllib.loads(TOML)) == PLAN
    assert BackupPlan.from_dict(json.loads(json.dumps(PLAN.to_dict()))) == PLAN
    assert PLAN.to_dict() == tomllib.loads(TOML)


def test_a_plan_is_a_plain_value() -> None:
    assert pickle.loads(pickle.dumps(PLAN)) == PLAN
    assert hash(PLAN) == hash(BackupPlan.from_dict(PLAN.to_dict()))
    assert BackupPlan("all").to_dict() == {"name": "all"}
    kept = {"name": "all", "retention": {"keep_last": 2}}
    assert BackupPlan.from_dict(kept).to_dict() == kept
    assert BackupPlan.from_dict({"name": "all"}) == BackupPlan("all")
    assert BackupPlan.from_dict({"name": "all", "retention": None}).retention is None


@pytest.mark.parametrize(
    ("selection", "name", "tags", "matches"),
    [
        ({}, "web-1", (), True),
        ({"names": ["web"]}, "web", (), True),
        ({"names": "web"}, "web", (), True),
        ({"names": ["web"]}, "web-2", (), False),
        ({"names": ["web"]}, "my-web", (), False),
        ({"names": ["WEB"]}, "web", (), False),
        ({"names": ["db", "web-[12]"]}, "web-2", (), True),
        ({"names": ["web-?"]}, "web-10", (), False),
        ({"tags": {"env": "prod"}}, "web", (Tag("env", "prod"),), True),
        ({"tags": {"env": "prod"}}, "web", (Tag("env", "test"),), False),
        ({"tags": {"env": "prod"}}, "web", (Tag("env"),), False),
        ({"tags": {"env": None}}, "web", (Tag("env", "test"),), True),
        ({"tags": {"env": None}}, "web", (Tag("env"),), True),
        ({"tags": {"env": ""}}, "web", (Tag("env"),), True),
        ({"tags": {"env": None}}, "web", (Tag("Env"),), False),
        ({"tags": TAGS}, "web", (Tag("env", "prod"),), False),
        ({"tags": TAGS}, "web", TAGS, True),
        ({"names": ["db"], "tags": TAGS}, "web", TAGS, False),
    ],
)
def test_an_instance_must_match_a_name_and_all_tags(
    selection: dict[str, Any], name: str, tags: tuple[Tag, ...], *, matches: bool
) -> None:
    assert Selection(**selection).matches(instance(name, *tags)) is matches


PLAN_NAME = (
    "which cannot be a part of a snapshot's name: use up to 100 ASCII letters, digits "
    "and . _ -, no sign at an end"
)
PLAN_MEMBERS = "the members are name, select, retention, tags, copy_to"
SELECT_MEMBERS = "the members are names, tags, allow_empty"
RETENTION_MEMBERS = (
    "the members are keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, "
    "keep_yearly, keep_within, time_zone"
)
TAG_LIST = 'give [Tag("env", "prod")] or {"env": "prod"}'
TAG_CHARACTERS = "use letters, numbers, spaces and + - = . _ : / @"
REGION = "which is not the name of a Region: give one such as us-west-2"


def tags_of(count: int) -> dict[str, str]:
    return {f"{number}": "" for number in range(count)}


@pytest.mark.parametrize(
    ("plan", "rule", "message"),
    [
        ({}, "required", "name is missing: give a name"),
        ({"keep": 1}, "type", f"plan.keep is not a member: {PLAN_MEMBERS}"),
        ({"name": "a/b"}, "characters", f"name is 'a/b', {PLAN_NAME}"),
        ({"name": "-a"}, "characters", f"name is '-a', {PLAN_NAME}"),
        ({"name": "a-"}, "characters", f"name is 'a-', {PLAN_NAME}"),
        ({"name": "\xe9"}, "characters", f"name is '\xe9', {PLAN_NAME}"),
        ({"name": ""}, "characters", f"name is '', {PLAN_NAME}"),
        (
            {"name": "a" * 101},
            "characters",
            f"name is '{'a' * 101}', {PLAN_NAME}",
        ),
        (
            {"name": "a" * 999},
            "characters",
            f"name is '{'a' * 119}, {PLAN_NAME}",
        ),
        ({"name": 5}, "type", "name is of type int: give text"),
        ({"select": ["web"]}, "type", "select is of type list: give a mapping"),
        (
            {"select": {"name": "web"}},
            "type",
            f"select.name is not a member: {SELECT_MEMBERS}",
        ),
        (
            {"select": {"names": 5}},
            "type",
            "names is of type int: give a list of names or patterns",
        ),
        ({"select": {"names": ["", "b"]}}, "length", "names[0] is empty"),
        ({"select": {"names": [5]}}, "type", "names[0] is of type int: give text"),
        ({"select": {"tags": "env"}}, "type", f"tags is of type str: {TAG_LIST}"),
        (
            {"select": {"tags": {"a&b": None}}},
            "characters",
            f"tags[0].key may not contain '&': {TAG_CHARACTERS}",
        ),
        (
            {"select": {"tags": [{"k": 1}]}},
            "type",
            "select.tags[0].k is not a member: the members are key, value",
        ),
        (
            {"select": {"tags": [5]}},
            "type",
            "select.tags[0] is of type int: give a mapping",
        ),
        (
            {"select": {"tags": [{"value": "a"}]}},
            "length",
            "tags[0].key has 0 characters: use 1 to 128",
        ),
        (
            {"select": {"allow_empty": 1}},
            "type",
            "allow_empty is of type int: give True or False",
        ),
        (
            {"retention": {}},
            "required",
            "retention has no rule: give a count, such as keep_daily=7",
        ),
        ({"retention": 7}, "type", "retention is of type int: give a mapping"),
        (
            {"retention": {"keep": 7}},
            "type",
            f"retention.keep is not a member: {RETENTION_MEMBERS}",
        ),
        (
            {"retention": {"keep_within": "7"}},
            "syntax",
            "retention.keep_within '7' is not a duration such as 7d, 36h or 2w",
        ),
        (
            {"tags": {"lightsnap:plan": "b"}},
            "reserved-prefix",
            "tags[0].key may not begin with 'lightsnap:', which marks backups",
        ),
        (
            {"tags": tags_of(48)},
            "count",
            "tags has 48 tags: lightsnap adds 3, and a resource can have 50",
        ),
        (
            {"tags": tags_of(50)},
            "count",
            "tags has 50 tags: lightsnap adds 3, and a resource can have 50",
        ),
        (
            {"tags": tags_of(51)},
            "count",
            "tags has 51 tags: a resource can have 50 at most",
        ),
        ({"tags": "env"}, "type", f"tags is of type str: {TAG_LIST}"),
        ({"tags": [{"key": 1}]}, "type", "tags[0].key is of type int: give text"),
        (
            {"tags": [{"k": "a"}]},
            "type",
            "tags[0].k is not a member: the members are key, value",
        ),
        (
            {"copy_to": 5},
            "type",
            "copy_to is of type int: give a list of names of Regions",
        ),
        (
            {"copy_to": ["us-east-1a"]},
            "characters",
            f"copy_to[0] is 'us-east-1a', {REGION}",
        ),
        ({"copy_to": ["a" * 99]}, "characters", f"copy_to[0] is '{'a' * 79}, {REGION}"),
        (
            {"copy_to": ["us-east-1"] * 2},
            "duplicate",
            "copy_to[1] repeats 'us-east-1'",
        ),
        ("nightly", "type", "plan is of type str: give a mapping"),
    ],
)
def test_a_wrong_plan_is_rejected(plan: Any, rule: str, message: str) -> None:
    is_named = plan in ({}, "nightly")
    with pytest.raises(ConstraintError) as caught:
        BackupPlan.from_dict(plan if is_named else {"name": "a"} | plan)

    (violation,) = caught.value.violations
    assert (violation.rule, violation.message) == (rule, message)


def test_a_plan_reports_all_violations_at_once() -> None:
    wrong: dict[str, Any] = {
        "name": "-",
        "select": 5,
        "retention": 5,
        "tags": [Tag("a&b"), Tag("lightsnap:x")],
        "copy_to": ["x", "us-east-1", "us-east-1"],
    }

    with pytest.raises(ConstraintError) as caught:
        BackupPlan(**wrong)

    assert [each.path for each in caught.value.violations] == [
        "name",
        "select",
        "retention",
        "tags[0].key",
        "tags[1].key",
        "copy_to[0]",
        "copy_to[2]",
    ]
    with pytest.raises(ConstraintError) as caught:
        BackupPlan.from_dict({"name": "a", "x": 1, "y": 2})
    assert [each.path for each in caught.value.violations] == ["plan.x", "plan.y"]
    with pytest.raises(ConstraintError) as caught:
        Selection(names=["", 5], tags={"a&b": None}, allow_empty=1)  # type: ignore[list-item, arg-type]
    paths = [each.path for each in caught.value.violations]
    assert paths == ["names[0]", "names[1]", "tags[0].key", "allow_empty"]


def test_as_many_tags_are_allowed_as_leave_room_for_lightsnaps() -> None:
    assert len(BackupPlan("nightly", tags=tags_of(47)).tags) == 47


@pytest.mark.parametrize(
    ("argument", "expected"), [("select", "a Selection"), ("retention", "a Retention")]
)
def test_a_plan_takes_values_only(argument: str, expected: str) -> None:
    wrong: Any = {"keep_last": 1}

    with pytest.raises(ConstraintError) as caught:
        BackupPlan("nightly", **{argument: wrong})

    assert str(caught.value) == f"{argument} is of type dict: give {expected}"
    (violation,) = caught.value.violations
    assert violation.rule == "type"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region_name": "us-west-2a"}, f"region_name is 'us-west-2a', {REGION}"),
        ({"region_name": None}, "region_name is of type NoneType: give text"),
        ({"profile_name": 5}, "profile_name is of type int: give text"),
        ({"endpoint_url": 5}, "endpoint_url is of type int: give text"),
    ],
)
def test_a_wrong_site_is_rejected(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConstraintError) as caught:
        Site(**{"region_name": "us-west-2"} | options)

    assert str(caught.value) == message
    assert len(caught.value.violations) == 1


def test_a_site_is_named_by_its_region_and_profile() -> None:
    assert f"{Site('us-west-2')}" == "us-west-2"
    assert f"{Site('us-west-2', profile_name='work')}" == "us-west-2, profile work"


def backup_name(instance_name: str, plan_name: str, run: str, number: int = 1) -> str:
    names = backup_names(instance_name, plan_name, run)
    return next(islice(names, number - 1, None))


def copy_name(name: str, region_name: str) -> str:
    return next(copy_names(name, region_name))


def test_the_default_run_is_the_time_in_utc() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        run = default_run()
    time.tzset()

    assert re.fullmatch(r"\d{8}T\d{6}Z", run)
    assert before <= datetime.fromisoformat(run) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("2026-11-30", "web-nightly-2026-11-30"),
        ("X weekly 5X", "web-nightly-X-weekly-5X-f181e2b0"),
        ("2026-11-30T03:00+00:00", "web-nightly-2026-11-30T03-00-00-00-124e4a23"),
        ("\xe9", "web-nightly-4a99557e"),
        ("-a.", "web-nightly-a-ac2de36c"),
    ],
)
def test_a_name_contains_the_run_and_a_hash_of_what_it_cannot_contain(
    run: str, name: str
) -> None:
    """Another version of lightsnap must find the backups of this one."""
    assert backup_name("web", "nightly", run) == name
    assert backup_name("web", "nightly", run, 2) == f"{name}-2"


def test_a_name_of_the_longest_length_is_not_shortened() -> None:
    name = backup_name("i" * 245, "nightly", "1")

    assert name == "i" * 245 + "-nightly-1"
    assert len(name) == 255
    shortened = backup_name("i" * 246, "nightly", "1")
    assert shortened.startswith("i" * 246)
    assert len(shortened) == 255


def test_two_runs_of_one_text_in_names_have_two_names() -> None:
    assert backup_name("web", "nightly", "a:b") != backup_name("web", "nightly", "a-b")
    assert backup_name("web", "nightly", "a:b") != backup_name("web", "nightly", "a/b")


def test_long_names_are_shortened_to_different_ones() -> None:
    long = "i" * 240

    names = [
        backup_name(long, "nightly", run, number)
        for run in ("2026-11-29", "2026-11-30")
        for number in (1, 2)
    ]
    names += [copy_name(name, "us-west-2") for name in names]

    assert len(set(names)) == 8
    assert max(map(len, names)) == 255
    assert names[1].endswith("-2")
    assert names[4].endswith("-from-us-west-2")


@pytest.mark.parametrize(
    ("run", "rule", "message"),
    [
        (5, "type", "is of type int: give text such as 2026-11-30"),
        ("", "length", "is blank: give a name"),
        (" ", "length", "is blank: give a name"),
        ("a" * 300, "length", "has 300 characters: use 0 to 256"),
        (
            "a&b",
            "characters",
            f"may not contain '&': {TAG_CHARACTERS}",
        ),
    ],
)
def test_a_run_that_cannot_be_a_tag_is_invalid(
    run: object, rule: str, message: str
) -> None:
    (violation,) = run_violations(run)

    assert (violation.path, violation.rule) == ("run", rule)
    assert violation.message == f"run {message}"


FAILURE = BackupFailure.from_error(
    AccessDeniedError(
        code="AccessDeniedException",
        message="not allowed",
        operation_name="CreateInstanceSnapshot",
    )
)
SNAPSHOTS = daily(3)
DONE = BackupOutcome(
    instance_name="web-1", snapshot=SNAPSHOTS[0], deleted=tuple(SNAPSHOTS[1:])
)
FAILED = BackupOutcome(site=Site("us-west-2"), instance_name="<web-2>", error=FAILURE)
PENDING = BackupOutcome(site=Site("us-east-1"), is_pending=True)
REPORT = BackupReport(
    plan="nightly", run="2026-11-30", outcomes=(DONE, FAILED, PENDING)
)


def test_a_report_counts_what_succeeded_failed_and_is_pending() -> None:
    assert REPORT.succeeded == (DONE,)
    assert REPORT.failed == (FAILED,)
    assert REPORT.pending == (PENDING,)
    assert REPORT.summary == (
        "nightly, run 2026-11-30: 1 of 3 succeeded, 1 failed, 1 pending, 2 deleted"
    )
    assert repr(REPORT) == f"<BackupReport of {REPORT.summary}>"
    assert [repr(each) for each in REPORT.outcomes] == [
        "<BackupOutcome of web-1: succeeded>",
        f"<BackupOutcome of <web-2> in us-west-2: failed: {FAILURE}>",
        "<BackupOutcome of us-east-1: pending>",
    ]
    assert BackupOutcome().where == "all instances"


def test_a_failure_is_a_plain_value() -> None:
    assert FAILURE.type == "AccessDeniedError"
    assert FAILURE.code == "AccessDeniedException"
    assert "not allowed" in FAILURE.message
    assert BackupFailure.from_error(OSError("disk")) == BackupFailure(
        type="OSError", message="OSError: disk"
    )
    assert str(BackupFailure(type="X", message="a\nb")) == "a\\nb"


def test_a_report_is_raised_with_what_failed() -> None:
    with pytest.raises(BackupError) as caught:
        REPORT.raise_for_failure()

    assert caught.value.report is REPORT
    assert str(caught.value) == (
        f"{REPORT.summary}: <web-2> in us-west-2: {FAILURE}; us-east-1: pending"
    )
    assert pickle.loads(pickle.dumps(caught.value)).report == REPORT
    good = BackupReport(plan="nightly", run=None, outcomes=(DONE,))
    assert good.raise_for_failure() is good
    assert good.summary == "nightly, prune: 1 of 1 succeeded, 2 deleted"


def test_an_error_names_three_and_counts_the_rest() -> None:
    report = BackupReport(plan="nightly", run="1", outcomes=(FAILED,) * 5)

    with pytest.raises(BackupError, match=r"; and 2 more$"):
        report.raise_for_failure()


def test_an_error_takes_a_report() -> None:
    with pytest.raises(TypeError, match="report is of type NoneType"):
        BackupError("x", report=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="message is of type NoneType"):
        BackupError(None, report=REPORT)  # type: ignore[arg-type]


def test_reports_and_previews_are_stored() -> None:
    verdicts = Retention(keep_last=1).apply(SNAPSHOTS, now=NOW)
    preview = PrunePreview(plan="nightly", now=NOW, verdicts=verdicts)

    assert BackupReport.from_json(REPORT.to_json()) == REPORT
    assert PrunePreview.from_json(preview.to_json()) == preview
    assert pickle.loads(pickle.dumps(REPORT)) == REPORT
    assert [each.name for each in preview.to_delete] == ["01", "02"]
    assert repr(preview) == "<PrunePreview of nightly: 2 to delete, 1 to keep>"


def test_notebooks_show_tables_with_names() -> None:
    html = REPORT._repr_html_()
    assert "<td" in html
    assert "&lt;web-2&gt; in us-west-2" in html
    assert "<web-2>" not in html
    verdicts = Retention(keep_last=1).apply(SNAPSHOTS, now=NOW)
    preview = PrunePreview(plan="nightly", now=NOW, verdicts=verdicts)
    assert ">last 1 of 1<" in preview._repr_html_()
    assert ">no rule keeps it<" in preview._repr_html_()


def test_progress_counts_outcomes() -> None:
    progress = BackupProgress(
        plan="nightly",
        run="1",
        outcomes=REPORT.outcomes,
        elapsed=1.5,
        calls=3,
    )

    assert progress.to_dict() == {
        "plan": "nightly",
        "run": "1",
        "total": 3,
        "succeeded": 1,
        "failed": 1,
        "elapsed": 1.5,
        "calls": 3,
    }
    assert json.dumps(progress.to_dict())
    assert repr(progress) == "<BackupProgress of nightly: 1 of 3 succeeded, 1.5 s>"
