"""Which backups a retention keeps: restic's answers, examples, and invariants."""

from __future__ import annotations

import json
import pickle
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lightsnap import (
    ConstraintError,
    InstanceSnapshot,
    InstanceSnapshotState,
    Retention,
    Tag,
    Verdict,
)
from lightsnap._backups.retention import format_duration, parse_duration
from tests.backups.snapshots import NOW, START, daily, snapshot

DATA = json.loads(
    (Path(__file__).parent / "data" / "restic_forget.json").read_text("utf-8")
)

DIFFERENT = {
    (
        "future",
        "--keep-within 11d",
    ): "restic counts from the newest that is not in the future",
    (
        "future",
        "--keep-within 10d",
    ): "restic counts from the newest that is not in the future",
    ("fold", "--keep-hourly 4"): "restic takes both 02:30 at the fold for one hour",
    ("mixedtz", "--keep-daily 2"): "restic takes the day of each snapshot's own offset",
    ("mixedtz", "--keep-daily 4"): "restic takes the day of each snapshot's own offset",
    ("ties", "--keep-daily 2"): "restic has no order of equal times",
    ("ties", "--keep-last 1"): "restic has no order of equal times",
    ("ties", "--keep-daily 10"): "restic has no order of equal times",
}


def retention_of(policy: str, time_zone: str) -> Retention:
    words = policy.split()
    options: dict[str, Any] = {"time_zone": time_zone}
    for option, value in zip(words[::2], words[1::2], strict=True):
        name = option.removeprefix("--").replace("-", "_")
        is_duration = name == "keep_within"
        options[name] = parse_duration(value) if is_duration else int(value)
    return Retention(**options)


def kept(retention: Retention, snapshots: list[InstanceSnapshot]) -> set[str]:
    verdicts = retention.apply(snapshots, now=NOW)
    assert [each.snapshot for each in verdicts] == snapshots
    return {each.snapshot.name for each in verdicts if each.kept}


def names(*days: int) -> set[str]:
    return {f"{day:02}" for day in days}


COMPARABLE = [case for case in DATA["cases"] if "ours" in case]


@pytest.mark.parametrize(
    "case", COMPARABLE, ids=lambda case: f"{case['list']} {case['policy']}"
)
def test_the_answers_are_restics_or_differ_for_a_known_reason(
    case: dict[str, Any],
) -> None:
    snapshots = [
        snapshot(each["id"], datetime.fromisoformat(each["time"]))
        for each in DATA["lists"][case["list"]]
    ]

    found = kept(retention_of(case["policy"], case["ours_zone"]), snapshots)

    assert found == set(case["ours"])
    of_restic = case["restic_0_19_1_policy"]["keep"]
    is_different = (case["list"], case["policy"]) in DIFFERENT
    assert (found != set(of_restic)) is is_different


def test_each_difference_is_of_a_case() -> None:
    cases = {(case["list"], case["policy"]) for case in COMPARABLE}

    assert set(DIFFERENT) <= cases
    assert len(COMPARABLE) == 40  # the rest are options that lightsnap does not have


@pytest.mark.parametrize(
    ("retention", "days"),
    [
        (Retention(keep_daily=3, keep_weekly=2), (15, 18, 19, 20)),
        (Retention(keep_weekly=10), (1, 8, 15, 20)),
        (Retention(keep_last=2), (19, 20)),
        (Retention(keep_within=timedelta(days=2)), (19, 20)),
        (Retention(keep_yearly=1), (20,)),
        (Retention(keep_monthly=2), (1, 20)),
    ],
    ids=repr,
)
def test_each_rule_keeps_the_newest_of_each_of_its_periods(
    retention: Retention, days: tuple[int, ...]
) -> None:
    assert kept(retention, daily(20)) == names(*days)


def test_instances_of_one_name_are_two_groups() -> None:
    other = "arn:aws:lightsail:us-west-2:123456789012:Instance/web-2"
    snapshots = daily(2)
    snapshots += [
        snapshot("b", START, source=other),
        snapshot("a", START, source=other),
    ]

    assert kept(Retention(keep_last=1), snapshots) == {"02", "b"}


def test_a_copy_belongs_to_the_instance_that_its_tag_names() -> None:
    tags = (Tag("lightsnap:source", "arn:web"),)
    copies = daily(3, source=None, tags=tags)

    assert kept(Retention(keep_last=1), copies) == {"03"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "pending"}, "state pending"),
        ({"state": "error"}, "state error"),
        ({"state": "new"}, "state new"),
        ({"tags": (Tag("lightsnap:hold"),)}, "held by tag lightsnap:hold"),
        ({"tags": (Tag("no_delete", ""),)}, "held by tag no_delete"),
        ({"created_at": NOW + timedelta(seconds=1)}, "in the future"),
        ({"source": None}, "unknown source"),
        ({"source": ""}, "unknown source"),
    ],
)
def test_what_does_not_count_is_kept_beside_the_newest_that_does(
    changes: dict[str, Any], reason: str
) -> None:
    aside = snapshot("aside", START + timedelta(days=9))
    changes = {"source": aside.from_instance_arn} | changes
    source = changes.pop("source")
    if "state" in changes:
        changes["state"] = InstanceSnapshotState(changes["state"])
    aside = evolve(aside, from_instance_arn=source, **changes)

    verdicts = Retention(keep_last=1).apply([*daily(3), aside], now=NOW)

    assert [each.kept for each in verdicts] == [False, False, True, True]
    assert verdicts[-1].reasons == (reason,)
    assert verdicts[0].reasons == ("no rule keeps it",)


def test_the_reasons_name_each_rule_that_keeps_a_snapshot() -> None:
    retention = Retention(
        keep_last=1,
        keep_hourly=1,
        keep_daily=1,
        keep_weekly=2,
        keep_monthly=1,
        keep_yearly=1,
        keep_within=timedelta(days=7),
        time_zone="Europe/Berlin",
    )

    older, newest = retention.apply(daily(2), now=NOW)

    assert newest.reasons == (
        "last 1 of 1",
        "hourly 2026-03-02 04:00+0100",
        "daily 2026-03-02",
        "weekly 2026-W10",
        "monthly 2026-03",
        "yearly 2026",
        "within 1w of the newest",
    )
    assert older.reasons == ("weekly 2026-W09", "within 1w of the newest")
    (_, expired) = Retention(keep_last=1).apply(
        [older.snapshot, newest.snapshot][::-1], now=NOW
    )
    assert repr(expired) == "<Verdict on '01': not kept: no rule keeps it>"
    assert repr(older) == (
        "<Verdict on '01': kept: weekly 2026-W09, within 1w of the newest>"
    )


def test_the_oldest_stays_while_a_rule_has_places_left() -> None:
    snapshots = [
        snapshot(str(hour), START + timedelta(hours=hour)) for hour in range(3)
    ]

    verdicts = Retention(keep_daily=2).apply(snapshots, now=NOW)

    assert [each.reasons for each in verdicts] == [
        ("oldest daily 2026-03-01",),
        ("no rule keeps it",),
        ("daily 2026-03-01",),
    ]


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_keep_within_is_strict(seconds: int) -> None:
    older = snapshot("older", START)
    newest = snapshot("newest", START + timedelta(days=7, seconds=seconds))

    found = kept(Retention(keep_within=timedelta(days=7)), [older, newest])

    assert ("older" in found) is (seconds < 0)


NO_RULE = "has no rule: give a count, such as keep_daily=7"
ZONE = "which is not a known time zone: give a name such as UTC or Europe/Berlin"


@pytest.mark.parametrize(
    ("options", "path", "rule", "message"),
    [
        ({}, "retention", "required", NO_RULE),
        ({"keep_last": 0, "keep_daily": 0}, "retention", "required", NO_RULE),
        ({"keep_last": -1}, "keep_last", "count", "is -1: give 0 or more"),
        (
            {"keep_weekly": True},
            "keep_weekly",
            "type",
            "is of type bool: give a whole number",
        ),
        (
            {"keep_weekly": 2.0},
            "keep_weekly",
            "type",
            "is of type float: give a whole number",
        ),
        ({"keep_within": 7}, "keep_within", "type", "is of type int: give a timedelta"),
        (
            {"keep_within": timedelta(0)},
            "keep_within",
            "count",
            "is 0:00:00: give more than no time",
        ),
        (
            {"keep_within": -timedelta(days=1)},
            "keep_within",
            "count",
            "is -1 day, 0:00:00: give more than no time",
        ),
        (
            {"keep_last": 1, "time_zone": UTC},
            "time_zone",
            "type",
            "is of type timezone: give text",
        ),
        *(
            (
                {"keep_last": 1, "time_zone": name},
                "time_zone",
                "type",
                f"is {name!r}, {ZONE}",
            )
            for name in ["Mars/Base", "../UTC", "Europe", ""]
        ),
    ],
)
def test_a_wrong_rule_is_rejected(
    options: dict[str, Any], path: str, rule: str, message: str
) -> None:
    with pytest.raises(ConstraintError) as caught:
        Retention(**options)

    (violation,) = caught.value.violations
    assert (violation.path, violation.rule) == (path, rule)
    assert violation.message == f"{path} {message}"


def test_all_violations_are_reported_at_once() -> None:
    with pytest.raises(ConstraintError) as caught:
        Retention(keep_last=-1, keep_daily=-2, time_zone="Mars")

    paths = [each.path for each in caught.value.violations]
    assert paths == ["keep_last", "keep_daily", "time_zone"]


def test_apply_rejects_other_values() -> None:
    retention = Retention(keep_last=1)
    wrong: Any = ["web-1"]

    expected = "snapshots is of type str: give a list of InstanceSnapshot$"
    with pytest.raises(TypeError, match=expected):
        retention.apply(wrong, now=NOW)
    with pytest.raises(TypeError, match=r"now is of type float: give a datetime$"):
        retention.apply([], now=1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be timezone-aware"):
        retention.apply([], now=datetime(2026, 1, 1))  # noqa: DTZ001


def test_values_are_pickled_and_stored() -> None:
    retention = Retention(keep_daily=7, time_zone="Europe/Berlin")
    (verdict,) = retention.apply(daily(1), now=NOW)

    assert pickle.loads(pickle.dumps(retention)) == retention
    assert repr(retention) == "Retention(keep_daily=7, time_zone='Europe/Berlin')"
    assert Verdict.from_json(verdict.to_json()) == verdict


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("36h", timedelta(hours=36)),
        ("90m", timedelta(minutes=90)),
        ("1s", timedelta(seconds=1)),
    ],
)
def test_durations_are_short_text(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration
    assert parse_duration(format_duration(duration)) == duration


def test_the_text_of_a_duration_is_to_the_second() -> None:
    assert format_duration(timedelta(seconds=1, milliseconds=2)) == "1s"


@pytest.mark.parametrize(
    "text", ["", "7", "d", "7 d", "-7d", "7.5d", "1m2s", "9" * 99 + "w"]
)
def test_other_durations_are_rejected(text: str) -> None:
    is_long = text.startswith("9")
    expected = "a duration such as 7d, 36h or 2w$"
    with pytest.raises(ValueError, match="^is too long" if is_long else expected):
        parse_duration(text)


SOURCES = [f"arn:{name}" for name in ("web", "web-2", "db")]
MINUTES = 400 * 24 * 60

counts = st.integers(0, 4)
retentions = st.builds(
    Retention,
    keep_last=st.integers(1, 4),
    keep_hourly=counts,
    keep_daily=counts,
    keep_weekly=counts,
    keep_monthly=counts,
    keep_yearly=counts,
    keep_within=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=40)),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
)


@st.composite
def lists(draw: st.DrawFn) -> list[InstanceSnapshot]:
    count = draw(st.integers(0, 25))
    tags = st.sampled_from([(), (), (), (Tag("no_delete"),)])
    states = st.sampled_from(["available"] * 5 + ["pending", "error"])
    return [
        snapshot(
            f"{index:02}",
            START + timedelta(minutes=draw(st.integers(0, MINUTES))),
            source=draw(st.sampled_from(SOURCES)),
            state=InstanceSnapshotState(draw(states)),
            tags=draw(tags),
        )
        for index in range(count)
    ]


@given(lists(), retentions)
def test_every_group_keeps_its_newest_available_one(
    snapshots: list[InstanceSnapshot], retention: Retention
) -> None:
    verdicts = retention.apply(snapshots, now=NOW)

    for source in SOURCES:
        counted = [
            each
            for each in verdicts
            if each.snapshot.from_instance_arn == source
            and each.snapshot.state == "available"
            and not any(tag.key == "no_delete" for tag in each.snapshot.tags or ())
        ]
        if counted:
            newest = max(
                counted, key=lambda e: (e.snapshot.created_at, e.snapshot.name)
            )
            assert newest.kept


@given(lists(), retentions)
def test_only_what_is_available_and_not_held_goes(
    snapshots: list[InstanceSnapshot], retention: Retention
) -> None:
    for verdict in retention.apply(snapshots, now=NOW):
        if not verdict.kept:
            assert verdict.snapshot.state == "available"
            assert not verdict.snapshot.tags


@given(lists(), retentions, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    snapshots: list[InstanceSnapshot], retention: Retention, chance: random.Random
) -> None:
    shuffled = chance.sample(snapshots, len(snapshots))

    assert kept(retention, shuffled) == kept(retention, snapshots)


@given(lists(), retentions, st.timedeltas(timedelta(0), timedelta(days=9999)))
def test_without_new_snapshots_nothing_more_expires(
    snapshots: list[InstanceSnapshot], retention: Retention, later: timedelta
) -> None:
    end = START + timedelta(minutes=MINUTES)

    assert retention.apply(snapshots, now=end) == retention.apply(
        snapshots, now=end + later
    )


@given(lists(), retentions)
def test_pruning_twice_is_pruning_once(
    snapshots: list[InstanceSnapshot], retention: Retention
) -> None:
    verdicts = retention.apply(snapshots, now=NOW)
    left = [each.snapshot for each in verdicts if each.kept]

    assert all(each.kept for each in retention.apply(left, now=NOW))


RULES = ["last", "hourly", "daily", "weekly", "monthly", "yearly"]


@given(lists(), retentions, st.sampled_from(RULES))
def test_a_larger_count_keeps_a_superset(
    snapshots: list[InstanceSnapshot], retention: Retention, rule: str
) -> None:
    name = f"keep_{rule}"
    larger = evolve(retention, **{name: getattr(retention, name) + 1})

    assert kept(retention, snapshots) <= kept(larger, snapshots)


@given(lists(), retentions)
def test_groups_are_independent(
    snapshots: list[InstanceSnapshot], retention: Retention
) -> None:
    alone: set[str] = set()
    for source in SOURCES:
        group = [each for each in snapshots if each.from_instance_arn == source]
        alone |= kept(retention, group)

    assert alone == kept(retention, snapshots)


@given(lists(), retentions)
def test_what_does_not_count_changes_no_other_verdict(
    snapshots: list[InstanceSnapshot], retention: Retention
) -> None:
    counted = [
        each for each in snapshots if each.state == "available" and not each.tags
    ]
    alone = dict.fromkeys(counted, False) | {
        each.snapshot: each.kept for each in retention.apply(counted, now=NOW)
    }

    for verdict in retention.apply(snapshots, now=NOW):
        assert verdict.kept is alone.get(verdict.snapshot, True)
