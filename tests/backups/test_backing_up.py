"""Back up and prune with both clients, against the emulator over sockets."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api import state_manager

from lightsnap import (
    BackupFailure,
    BackupPlan,
    BackupProgress,
    BackupReport,
    ConfigurationError,
    ConstraintError,
    InstanceSnapshotState,
    MalformedResponseError,
    PrunePreview,
    Retention,
    Selection,
    Tag,
    Verdict,
)
from lightsnap.testing import LightsailServer
from tests.backups.snapshots import NOW, snapshot
from tests.backups.snapshots import PLAN as MARK
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION, create_instances
from tests.twins import OPEN, Open

WEST, EAST = "us-west-2", "us-east-1"
PLAN = BackupPlan("nightly", retention=Retention(keep_last=1))
COPIED = BackupPlan("nightly", retention=Retention(keep_last=1), copy_to=[EAST])

pytestmark = pytest.mark.fake


class Lightsail:
    """A server, and what its Regions hold."""

    def __init__(self, server: LightsailServer) -> None:
        self.server = server
        self.faults = server.faults
        self.clients: dict[str, Any] = {
            region: boto3.client(
                "lightsail", **server.client_kwargs | {"region_name": region}
            )
            for region in (WEST, EAST)
        }

    def settings(self, region_name: str = WEST) -> dict[str, Any]:
        config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        return {
            "region_name": region_name,
            "endpoint_url": self.server.url,
            "config": config,
        }

    def snapshots(self, region_name: str = WEST) -> dict[str, dict[str, Any]]:
        pages = self.clients[region_name].get_paginator("get_instance_snapshots")
        return {
            each["name"]: each
            for page in pages.paginate()
            for each in page["instanceSnapshots"]
        }

    def names(self, region_name: str = WEST) -> list[str]:
        return sorted(self.snapshots(region_name))

    def create_snapshot(self, instance_name: str, name: str, **tags: str) -> None:
        self.clients[WEST].create_instance_snapshot(
            instanceName=instance_name,
            instanceSnapshotName=name,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
        self.server.clock.advance(minutes=30)

    def marked(self, instance_name: str, run: str) -> None:
        """Create a snapshot as an earlier run would have."""
        tags = {"lightsnap:plan": "nightly", "lightsnap:run": run}
        self.create_snapshot(instance_name, f"{instance_name}-nightly-{run}", **tags)

    def count(self, *operations: str) -> int:
        return len(self.server.calls.of(*operations))


@pytest.fixture(scope="module")
def running() -> Iterator[Lightsail]:
    with LightsailServer(region_name=WEST) as server:
        yield Lightsail(server)


@pytest.fixture
def lightsail(running: Lightsail) -> Lightsail:
    running.server.reset()
    create_instances(running.clients[WEST], "web", "web-2", "db")
    running.server.clock.advance(minutes=30)
    running.server.calls.clear()
    return running


@pytest.fixture(params=list(OPEN.values()), ids=list(OPEN))
def client(request: pytest.FixtureRequest, lightsail: Lightsail) -> Iterator[Any]:
    open_client: Open = request.param
    with open_client(**lightsail.settings()) as client:
        yield client


@pytest.fixture
def slow_snapshots() -> Iterator[None]:
    """Snapshots that are pending when they are listed first."""
    transition = {"progression": "manual", "times": 3}
    state_manager.set_transition(INSTANCE_SNAPSHOT, transition)
    yield
    state_manager.unset_transition(INSTANCE_SNAPSHOT)


def statuses(report: BackupReport) -> dict[str | None, str]:
    return {each.instance_name: each.status for each in report.outcomes}


ALL_GOOD = {"web": "succeeded", "web-2": "succeeded", "db": "succeeded"}


# The bugs of public backup scripts, one test for each.


def test_the_prune_of_web_deletes_no_backup_of_web_2(
    client: Any, lightsail: Lightsail
) -> None:
    """Scripts take a snapshot for their own by its name's prefix."""
    for run in ("1", "2"):
        for name in ("web", "web-2"):
            lightsail.marked(name, run)
    plan = BackupPlan(
        "nightly", select=Selection(names=["web"]), retention=Retention(keep_last=1)
    )

    client.back_up(plan, run="3")

    assert lightsail.names() == ["web-2-nightly-1", "web-2-nightly-2", "web-nightly-3"]


def test_a_name_within_another_makes_no_snapshot_the_plans(
    client: Any, lightsail: Lightsail
) -> None:
    """Scripts take a snapshot for their own by a part of its name."""
    names = ["my-web-nightly-1", "web-nightly-1-old", "weekly-web-nightly-1"]
    for name in names:
        lightsail.create_snapshot("web", name, **{"lightsnap:plan": "web-nightly"})

    client.back_up(PLAN, run="2")

    assert set(names) < set(lightsail.names())


def test_it_keeps_n_of_each_instance_not_n_of_the_region(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("1", "2", "3"):
        for name in ALL_GOOD:
            lightsail.marked(name, run)
    plan = BackupPlan("nightly", retention=Retention(keep_last=2))

    report = client.back_up(plan, run="4")

    assert lightsail.names() == sorted(
        f"{name}-nightly-{run}" for name in ALL_GOOD for run in ("3", "4")
    )
    for outcome in report.outcomes:
        deleted = sorted(each.name for each in outcome.deleted)
        name = outcome.instance_name
        assert deleted == [f"{name}-nightly-1", f"{name}-nightly-2"]


def test_every_page_is_read(client: Any, lightsail: Lightsail) -> None:
    """Lists begin with the oldest, so what is backed up is on their second pages."""
    names = [f"x-{number}" for number in range(100)]
    create_instances(lightsail.clients[WEST], *names)
    for name in names:
        lightsail.clients[WEST].create_instance_snapshot(
            instanceName="db", instanceSnapshotName=f"{name}-by-hand"
        )
    lightsail.server.clock.advance(minutes=30)
    select = Selection(names=[names[-1]])
    plan = BackupPlan("nightly", select=select, retention=Retention(keep_last=1))

    client.back_up(plan, run="1")
    lightsail.server.calls.clear()
    report = client.back_up(plan, run="2")

    assert statuses(report) == {"x-99": "succeeded"}
    assert lightsail.count("GetInstances") == 2
    assert lightsail.count("GetInstanceSnapshots") == 2
    assert lightsail.names() == sorted(
        [*(f"{name}-by-hand" for name in names), "x-99-nightly-2"]
    )


def test_it_creates_lists_and_deletes_in_one_region(
    lightsail: Lightsail, client: Any
) -> None:
    """Scripts list the default Region, and create in that of the instance."""
    create_instances(lightsail.clients[EAST], "east-1")
    lightsail.clients[EAST].create_instance_snapshot(
        instanceName="east-1",
        instanceSnapshotName="east-1-nightly-1",
        tags=[{"key": "lightsnap:plan", "value": "nightly"}],
    )
    lightsail.marked("web", "1")
    lightsail.server.calls.clear()

    report = client.back_up(PLAN, run="2")

    assert statuses(report) == ALL_GOOD
    assert {each.region_name for each in lightsail.server.calls} == {WEST}
    assert "web-nightly-1" not in lightsail.names()
    assert lightsail.names(EAST) == ["east-1-nightly-1"]


def test_nothing_is_deleted_before_the_new_backup_is_available(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.marked("web", "1")
    lightsail.faults.leave_unfinished(
        "CreateInstanceSnapshot", resource_name="web-nightly-2"
    )

    client.back_up(PLAN, run="2", timeout=600)
    assert lightsail.count("DeleteInstanceSnapshot") == 0
    lightsail.server.calls.clear()
    client.back_up(PLAN, run="3")

    names = lightsail.server.calls.names
    fetched = [
        each.members["instanceSnapshotName"]
        for each in lightsail.server.calls[: names.index("DeleteInstanceSnapshot")]
        if each.operation == "GetInstanceSnapshot"
    ]
    assert "web-nightly-3" in fetched
    assert "web-nightly-1" not in lightsail.names()


def test_a_failed_backup_evicts_no_good_one(client: Any, lightsail: Lightsail) -> None:
    lightsail.marked("web", "1")
    lightsail.marked("web-2", "1")
    lightsail.faults.fail_operations(
        "CreateInstanceSnapshot", error_code="OutOfSpace", resource_name="web-nightly-2"
    )

    report = client.back_up(PLAN, run="2")

    assert statuses(report) == ALL_GOOD | {"web": "failed"}
    (failed,) = report.failed
    assert failed.error is not None
    assert failed.error.type in ("WaitFailedError", "SnapshotFailedError")
    assert "web-nightly-1" in lightsail.names()
    assert "web-2-nightly-1" not in lightsail.names()


def test_a_backup_that_has_stopped_loses_nothing(
    client: Any, lightsail: Lightsail
) -> None:
    plan = BackupPlan("nightly", retention=Retention(keep_within=timedelta(days=2)))
    for run in ("1", "2", "3"):
        lightsail.marked("web", run)
    lightsail.server.clock.advance(days=400)

    assert client.preview_prune(plan).to_delete == ()


def test_the_newest_backup_stays_though_every_rule_is_past(
    client: Any, lightsail: Lightsail
) -> None:
    """Scripts that delete what is older than N days delete all in the end."""
    plan = BackupPlan("nightly", retention=Retention(keep_within=timedelta(hours=1)))
    for run in ("1", "2", "3"):
        lightsail.marked("web", run)
        lightsail.server.clock.advance(days=1)
    lightsail.clients[WEST].delete_instance(instanceName="web")
    lightsail.server.clock.advance(days=400)

    client.prune(client.preview_prune(plan))

    assert lightsail.names() == ["web-nightly-3"]


def test_what_is_oldest_is_decided_by_time_not_by_name(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("z", "10", "9"):
        lightsail.marked("web", run)
    plan = BackupPlan("nightly", retention=Retention(keep_last=2))

    client.prune(client.preview_prune(plan))

    assert lightsail.names() == ["web-nightly-10", "web-nightly-9"]


def test_snapshots_made_by_hand_and_of_other_plans_stay(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.create_snapshot("web", "web-nightly-by-hand")
    lightsail.create_snapshot("web", "web-other", **{"lightsnap:plan": "weekly"})
    lightsail.marked("web", "1")

    client.back_up(PLAN, run="2")

    assert lightsail.names() == [
        "db-nightly-2",
        "web-2-nightly-2",
        "web-nightly-2",
        "web-nightly-by-hand",
        "web-other",
    ]


def test_no_instance_is_ever_deleted(client: Any, lightsail: Lightsail) -> None:
    """Scripts have called DeleteInstance for DeleteInstanceSnapshot."""
    lightsail.marked("web", "1")

    client.back_up(COPIED, run="2")
    client.prune(client.preview_prune(COPIED))

    deletes = {e.operation for e in lightsail.server.calls if "Delete" in e.operation}
    assert deletes == {"DeleteInstanceSnapshot"}
    instances = lightsail.clients[WEST].get_instances()["instances"]
    assert {each["name"] for each in instances} == set(ALL_GOOD)


def test_one_failure_stops_no_other(client: Any, lightsail: Lightsail) -> None:
    lightsail.faults.error(
        "CreateInstanceSnapshot",
        code="AccessDeniedException",
        resource_name="web",
    )

    report = client.back_up(PLAN, run="1")

    assert statuses(report) == ALL_GOOD | {"web": "failed"}
    (failed,) = report.failed
    assert failed.error is not None
    assert (failed.error.type, failed.error.code) == (
        "AccessDeniedError",
        "AccessDeniedException",
    )
    assert failed.snapshot is None
    assert statuses(client.back_up(PLAN, run="1")) == ALL_GOOD


def test_a_run_that_is_repeated_creates_nothing_twice(
    client: Any, lightsail: Lightsail
) -> None:
    first = client.back_up(COPIED, run="1")
    lightsail.server.calls.clear()
    second = client.back_up(COPIED, run="1")

    assert statuses(second) == ALL_GOOD
    assert [each.snapshot for each in second.outcomes] == [
        each.snapshot for each in first.outcomes
    ]
    assert [each.copies for each in second.outcomes] == [
        each.copies for each in first.outcomes
    ]
    assert {each.operation for each in lightsail.server.calls} == {
        "GetInstances",
        "GetInstanceSnapshots",
    }


# What a backup does besides.


def test_each_instance_gets_a_snapshot_with_the_marks(
    client: Any, lightsail: Lightsail
) -> None:
    plan = BackupPlan("nightly", tags={"team": "ops"})

    report = client.back_up(plan, run="2026-11-30")

    assert statuses(report) == ALL_GOOD
    assert report.raise_for_failure() is report
    assert (report.plan, report.run) == ("nightly", "2026-11-30")
    for outcome in report.outcomes:
        assert outcome.snapshot is not None
        assert outcome.snapshot.state == InstanceSnapshotState.AVAILABLE
        assert outcome.snapshot.name == f"{outcome.instance_name}-nightly-2026-11-30"
        assert {tag.key: tag.value for tag in outcome.snapshot.tags or ()} == {
            "team": "ops",
            "lightsnap:plan": "nightly",
            "lightsnap:run": "2026-11-30",
        }
        on_snapshot, on_instance = outcome.operations
        assert on_snapshot.resource_name == outcome.snapshot.name
        assert on_snapshot.is_terminal
        assert on_instance.resource_name == outcome.instance_name
    assert len(lightsail.names()) == 3


def test_only_selected_instances_are_backed_up(
    client: Any, lightsail: Lightsail
) -> None:
    plan = BackupPlan("nightly", select=Selection(names=["web"]))

    report = client.back_up(plan)

    assert statuses(report) == {"web": "succeeded"}
    assert len(lightsail.names()) == 1
    assert report.run is not None
    assert report.run.endswith("Z")


def test_a_selection_of_nothing_is_a_failed_outcome(client: Any) -> None:
    nothing = BackupPlan("nightly", select=Selection(names=["wbe-*"]))
    allowed = BackupPlan("nightly", select=Selection(names=["wbe-*"], allow_empty=True))

    (outcome,) = client.back_up(nothing).outcomes

    assert outcome.status == "failed"
    assert outcome.error.message == (
        "the plan selects no instance; the Region has web, web-2, db: correct the "
        "selection, or set allow_empty if that is right"
    )
    assert client.back_up(allowed).outcomes == ()


@pytest.mark.parametrize(
    "operation",
    [
        "GetInstances",
        "GetInstanceSnapshots",
        "CreateInstanceSnapshot",
        "GetOperation",
        "GetInstanceSnapshot",
        "CopySnapshot",
        "TagResource",
        "DeleteInstanceSnapshot",
    ],
)
def test_what_may_pass_is_repeated(
    client: Any, lightsail: Lightsail, operation: str
) -> None:
    faults, message = lightsail.faults, "Please try again in a few minutes"
    client.back_up(COPIED, run="1")
    faults.throttle(operation, times=3)
    faults.error(operation, code="InvalidInputException", message=message, times=3)
    faults.server_error(operation, times=3)
    faults.drop(operation, when="before", times=3)
    faults.drop(operation, when="after", times=3)  # the last, since it has its effect

    report = client.back_up(COPIED, run="2")

    assert report.raise_for_failure()
    assert faults.pending == []
    assert lightsail.names() == sorted(f"{name}-nightly-2" for name in ALL_GOOD)
    assert lightsail.names(EAST) == sorted(
        f"{name}-nightly-2-from-us-west-2" for name in ALL_GOOD
    )


def test_a_name_that_belongs_to_another_is_a_failed_outcome(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.create_snapshot("web", "web-nightly-1")
    lightsail.create_snapshot("db", "web-2-nightly-1", **{"lightsnap:plan": "nightly"})

    report = client.back_up(BackupPlan("nightly"), run="1")

    assert statuses(report) == {"web": "failed", "web-2": "failed", "db": "succeeded"}
    for outcome in report.failed:
        assert outcome.error is not None
        name = f"{outcome.instance_name}-nightly-1"
        assert outcome.error.message == (
            f"the name {name!r} belongs to another snapshot, "
            f"{lightsail.snapshots()[name]['arn']}, without the tags of this plan and "
            "run for this instance"
        )
        assert outcome.snapshot is None
    assert lightsail.count("DeleteInstanceSnapshot") == 0


def test_a_name_that_another_takes_meanwhile_is_a_failed_outcome(
    client: Any, lightsail: Lightsail
) -> None:
    def take(progress: BackupProgress) -> None:
        if not lightsail.names():  # after the listing
            assert progress.outcomes == ()
            lightsail.create_snapshot("web", "web-nightly-1")
            lightsail.marked("db", "1")

    report = client.back_up(PLAN, run="1", on_poll=take)

    assert statuses(report) == ALL_GOOD | {"web": "failed"}
    assert len(lightsail.names()) == 3


def test_a_backup_that_another_process_of_this_run_has_created_is_claimed(
    client: Any, lightsail: Lightsail
) -> None:
    def create(_: BackupProgress) -> None:
        if not lightsail.names():  # after the listing
            lightsail.marked("web", "1")

    report = client.back_up(PLAN, run="1", on_poll=create)

    assert statuses(report) == ALL_GOOD
    assert report.outcomes[0].operations == ()


def test_a_create_that_is_invalid_is_a_failed_outcome(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.faults.error(
        "CreateInstanceSnapshot", code="InvalidInputException", message="It is wrong."
    )

    (failed,) = client.back_up(PLAN, run="1").failed

    assert "It is wrong" in failed.error.message


def test_a_failed_deletion_fails_its_outcome_and_keeps_the_backup(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("1", "2"):
        lightsail.marked("web", run)
    lightsail.faults.error(
        "DeleteInstanceSnapshot",
        code="AccessDeniedException",
        resource_name="web-nightly-1",
    )

    (failed,) = client.back_up(PLAN, run="3").failed

    assert failed.snapshot.name == "web-nightly-3"
    assert [each.name for each in failed.deleted] == ["web-nightly-2"]
    assert failed.error.type == "AccessDeniedError"


@pytest.mark.parametrize(
    ("operation", "resource_name"),
    [
        ("GetInstanceSnapshot", "web-nightly-1"),
        ("GetInstanceSnapshot", "web-nightly-1-from-us-west-2"),
        ("TagResource", "web-nightly-1-from-us-west-2"),
    ],
)
@pytest.mark.parametrize("times", [1, None])
def test_a_new_snapshot_need_not_be_visible_at_once(
    client: Any,
    lightsail: Lightsail,
    operation: str,
    resource_name: str,
    times: int | None,
) -> None:
    lightsail.faults.error(
        operation, code="NotFoundException", resource_name=resource_name, times=times
    )

    report = client.back_up(COPIED, run="1")

    assert len(report.succeeded) == (2 if times is None else 3)
    assert [each.error.type for each in report.failed] == ["NotFoundError"] * (
        3 - len(report.succeeded)
    )


@pytest.mark.parametrize(
    ("operation", "members", "error"),
    [
        ("GetOperation", {"id": "another"}, None),
        ("GetInstanceSnapshot", {"name": "another"}, None),
        ("GetInstanceSnapshot", {"tags": []}, "LightsnapError"),
        ("GetInstanceSnapshot", {"fromInstanceArn": "arn"}, "LightsnapError"),
        ("GetInstanceSnapshot", {"state": "error"}, "SnapshotFailedError"),
        ("GetInstanceSnapshot", {"state": "new"}, None),
    ],
)
def test_responses_must_be_about_the_backup(
    client: Any,
    lightsail: Lightsail,
    operation: str,
    members: dict[str, Any],
    error: str | None,
) -> None:
    lightsail.faults.replace(operation, members=members)

    report = client.back_up(PLAN, run="1")

    failures = [each.error.type for each in report.failed]
    assert failures == ([] if error is None else [error])


@pytest.mark.parametrize(
    ("operation", "members"),
    [("GetOperation", {"id": "another"}), ("GetInstanceSnapshot", {"name": "another"})],
)
def test_the_log_says_which_response_was_about_another(
    client: Any,
    lightsail: Lightsail,
    caplog: pytest.LogCaptureFixture,
    operation: str,
    members: dict[str, Any],
) -> None:
    caplog.set_level(logging.INFO, "lightsnap")
    plan = BackupPlan("nightly", select=Selection(names=["web"]))
    lightsail.faults.replace(operation, members=members)

    (outcome,) = client.back_up(plan, run="1").raise_for_failure().outcomes

    asked = {
        "GetOperation": outcome.operations[0].id,
        "GetInstanceSnapshot": "web-nightly-1",
    }
    expected = f"the response for {asked[operation]!r} is about 'another'\n"
    assert expected in caplog.text


def test_each_round_makes_one_call_for_an_instance_until_its_operation_has_ended(
    client: Any, lightsail: Lightsail
) -> None:
    state_manager.set_transition(OPERATION, {"progression": "manual", "times": 5})
    plan = BackupPlan("nightly", select=Selection(names=["web"]))
    rounds: list[BackupProgress] = []
    try:
        client.back_up(plan, run="1", on_poll=rounds.append).raise_for_failure()
    finally:
        state_manager.unset_transition(OPERATION)

    polls = lightsail.count("GetOperation")
    assert polls >= 5
    assert lightsail.server.calls.names == [
        "GetInstances",
        "GetInstanceSnapshots",
        "CreateInstanceSnapshot",
        *["GetOperation"] * polls,
        "GetInstanceSnapshot",
    ]
    assert len(rounds) == 1 + 1 + polls  # a list, a create, and the polls


def test_a_run_whose_snapshot_is_in_error_makes_another(
    client: Any, lightsail: Lightsail
) -> None:
    for _ in range(2):
        lightsail.faults.fail_operations(
            "CreateInstanceSnapshot", error_code="X", resource_type="InstanceSnapshot"
        )
        client.back_up(BackupPlan("nightly", select=Selection(names=["db"])), run="1")

    report = client.back_up(PLAN, run="1")

    assert statuses(report) == ALL_GOOD
    states = {name: each["state"] for name, each in lightsail.snapshots().items()}
    assert states == {
        "db-nightly-1": "error",
        "db-nightly-1-2": "error",
        "db-nightly-1-3": "available",
        "web-nightly-1": "available",
        "web-2-nightly-1": "available",
    }


def test_backups_are_copied_tagged_and_pruned_in_the_other_region(
    client: Any, lightsail: Lightsail
) -> None:
    client.back_up(COPIED, run="1")
    report = client.back_up(COPIED, run="2")

    copies = lightsail.snapshots(EAST)
    assert sorted(copies) == sorted(
        f"{name}-nightly-2-from-us-west-2" for name in ALL_GOOD
    )
    for outcome in report.outcomes:
        (copy,) = outcome.copies
        assert copy.state == InstanceSnapshotState.AVAILABLE
        tags = {tag.key: tag.value for tag in copy.tags or ()}
        assert tags["lightsnap:plan"] == "nightly"
        assert tags["lightsnap:run"] == "2"
        assert outcome.snapshot is not None
        assert tags["lightsnap:source"] == outcome.snapshot.from_instance_arn
        assert len(outcome.deleted) == 2
        assert len(outcome.operations) == 3


def test_a_copy_without_tags_is_tagged_if_it_is_ours(
    client: Any, lightsail: Lightsail
) -> None:
    client.back_up(BackupPlan("nightly"), run="1")
    east = lightsail.clients[EAST]
    for name, source in [("web", "web"), ("db", "web-2"), ("web-2", "web-2")]:
        east.copy_snapshot(
            sourceRegion=WEST,
            sourceSnapshotName=f"{source}-nightly-1",
            targetSnapshotName=f"{name}-nightly-1-from-us-west-2",
        )
    marked = [{"key": "lightsnap:plan", "value": "weekly"}]
    east.tag_resource(resourceName="web-2-nightly-1-from-us-west-2", tags=marked)

    report = client.back_up(COPIED, run="1")

    assert statuses(report) == ALL_GOOD | {"db": "failed", "web-2": "failed"}
    (web, web_2, db) = report.outcomes
    assert web.copies[0].tags
    assert web_2.copies == db.copies == ()
    assert db.snapshot is not None
    assert db.error is not None
    assert "belongs to another snapshot" in db.error.message
    assert (
        "tags" not in lightsail.snapshots(EAST)["db-nightly-1-from-us-west-2"]
        or not (lightsail.snapshots(EAST)["db-nightly-1-from-us-west-2"]["tags"])
    )


@pytest.mark.usefixtures("slow_snapshots")
def test_a_copy_that_an_earlier_attempt_has_tagged_is_waited_for(
    client: Any, lightsail: Lightsail
) -> None:
    first = client.back_up(BackupPlan("nightly"), run="1")
    for outcome in first.outcomes:
        name = f"{outcome.snapshot.name}-from-us-west-2"
        lightsail.clients[EAST].copy_snapshot(
            sourceRegion=WEST,
            sourceSnapshotName=outcome.snapshot.name,
            targetSnapshotName=name,
        )
        tags = {
            "lightsnap:plan": "nightly",
            "lightsnap:run": "1",
            "lightsnap:source": outcome.snapshot.from_instance_arn,
        }
        lightsail.clients[EAST].tag_resource(
            resourceName=name,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
    lightsail.server.calls.clear()

    report = client.back_up(COPIED, run="1")

    assert statuses(report) == ALL_GOOD
    assert [each.copies[0].state for each in report.outcomes] == ["available"] * 3
    assert lightsail.count("CopySnapshot", "TagResource") == 0


@pytest.mark.usefixtures("slow_snapshots")
def test_a_backup_that_is_found_pending_is_not_copied_until_it_is_available(
    client: Any, lightsail: Lightsail
) -> None:
    plan = BackupPlan("nightly", select=Selection(names=["web"]), copy_to=[EAST])
    lightsail.marked("web", "1")

    report = client.back_up(plan, run="1")

    assert statuses(report) == {"web": "succeeded"}
    before = lightsail.server.calls.names.index("CopySnapshot")
    fetched = lightsail.server.calls[before - 1]
    assert fetched.operation == "GetInstanceSnapshot"
    assert fetched.members == {"instanceSnapshotName": "web-nightly-1"}


def test_a_copy_is_ours_if_an_operation_says_so(
    client: Any, lightsail: Lightsail
) -> None:
    client.back_up(BackupPlan("nightly"), run="1")
    west, east = lightsail.clients.values()
    west.create_instance_snapshot(instanceName="db", instanceSnapshotName="other")
    lightsail.server.clock.advance(minutes=30)

    def copy(progress: BackupProgress) -> None:
        if not progress.outcomes or lightsail.names(EAST):
            return  # only once, when both Regions have been listed
        for source, name in [("web-nightly-1", "web"), ("other", "db")]:
            target = f"{name}-nightly-1-from-us-west-2"
            east.copy_snapshot(
                sourceRegion=WEST, sourceSnapshotName=source, targetSnapshotName=target
            )
            lightsail.faults.replace(
                "GetInstanceSnapshot",
                members={"fromInstanceArn": "arn:unknown"},
                resource_name=target,
            )

    report = client.back_up(COPIED, run="1", on_poll=copy)

    assert statuses(report) == ALL_GOOD | {"db": "failed"}
    assert all(each.copies for each in report.succeeded)


def test_a_failed_copy_fails_its_outcome_and_keeps_the_backup(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.faults.error("CopySnapshot", code="AccessDeniedException")

    report = client.back_up(COPIED, run="1")

    (failed,) = report.failed
    assert failed.snapshot is not None
    assert failed.copies == ()
    assert len(lightsail.names()) == 3


def test_a_region_of_copies_that_cannot_be_listed_fails_the_copies_only(
    client: Any, lightsail: Lightsail
) -> None:
    plan = BackupPlan("nightly", copy_to=["eu-north-9"])

    report = client.back_up(plan, run="1")

    assert len(report.failed) == 3
    assert len(lightsail.names()) == 3


def test_copies_that_are_never_tagged_delay_no_backup(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.marked("web", "1")
    for name in ALL_GOOD:
        lightsail.faults.throttle(
            "TagResource",
            resource_name=f"{name}-nightly-2-from-us-west-2",
            times=None,
        )

    report = client.back_up(COPIED, run="2", timeout=600)

    assert [each.snapshot.state for each in report.outcomes] == ["available"] * 3
    assert lightsail.names() == sorted(f"{name}-nightly-2" for name in ALL_GOOD)
    assert len(report.pending) == 3


def test_a_region_of_copies_that_cannot_be_listed_for_long_delays_no_backup(
    client: Any, lightsail: Lightsail
) -> None:
    def throttle(_: BackupProgress) -> None:
        """From the first list on, which is that of the own Region."""
        if not lightsail.faults.pending:
            lightsail.faults.throttle("GetInstanceSnapshots", times=None)

    report = client.back_up(COPIED, run="1", timeout=600, on_poll=throttle)

    assert [each.snapshot.state for each in report.outcomes] == ["available"] * 3
    assert [each.error.type for each in report.failed] == ["ThrottlingError"] * 3


def test_a_copy_that_is_in_error_is_replaced(client: Any, lightsail: Lightsail) -> None:
    plan = BackupPlan("nightly", select=Selection(names=["db"]), copy_to=[EAST])
    lightsail.faults.fail_operations("CopySnapshot", error_code="X")

    (failed,) = client.back_up(plan, run="1").failed
    report = client.back_up(plan, run="1")

    assert failed.snapshot.state == "available"
    assert report.raise_for_failure()
    name = "db-nightly-1-from-us-west-2"
    assert lightsail.names(EAST) == [name, f"{name}-2"]


def test_a_plan_cannot_copy_to_the_clients_own_region(
    client: Any, lightsail: Lightsail
) -> None:
    plan = BackupPlan("nightly", retention=Retention(keep_last=1), copy_to=[WEST])

    for method in (client.back_up, client.preview_prune):
        with pytest.raises(ConstraintError, match="the Region of the backups"):
            method(plan)
    assert len(lightsail.server.calls) == 0


def test_a_site_that_cannot_be_listed_is_one_failed_outcome(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.marked("web", "1")
    lightsail.faults.error("GetInstanceSnapshots", code="AccessDeniedException")

    report = client.back_up(PLAN, run="2")

    (outcome,) = report.outcomes
    assert outcome.instance_name is None
    assert outcome.error is not None
    assert outcome.error.type == "AccessDeniedError"
    assert lightsail.names() == ["web-nightly-1"]


def test_a_listing_that_is_never_complete_fails_at_the_deadline(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.faults.throttle("GetInstances", times=None)

    (outcome,) = client.back_up(PLAN, run="1", timeout=60).outcomes

    assert outcome.error is not None
    assert outcome.error.type == "ThrottlingError"


def test_what_is_refused_until_the_deadline_has_failed(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.faults.throttle("CreateInstanceSnapshot", resource_name="web", times=None)

    report = client.back_up(PLAN, run="1", timeout=600)

    assert statuses(report) == ALL_GOOD | {"web": "failed"}
    (failed,) = report.failed
    assert failed.error is not None
    assert failed.error.type == "ThrottlingError"


def test_what_has_not_ended_at_the_deadline_is_pending(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.marked("web", "1")
    lightsail.faults.leave_unfinished(
        "CreateInstanceSnapshot", resource_name="web-nightly-2"
    )

    report = client.back_up(COPIED, run="2", timeout=600)

    assert statuses(report)["web"] == "pending"
    (pending,) = [each for each in report.pending if each.instance_name == "web"]
    assert not pending.operations[0].is_terminal
    assert "web-nightly-1" in lightsail.names()


def test_without_time_everything_is_started_and_pending(
    client: Any, lightsail: Lightsail
) -> None:
    report = client.back_up(COPIED, run="1", timeout=0)

    assert set(statuses(report).values()) == {"pending"}
    assert lightsail.count("CreateInstanceSnapshot") == 3
    assert (
        lightsail.count(
            "CopySnapshot",
        )
        == 0
    )
    assert statuses(client.back_up(COPIED, run="1")) == ALL_GOOD


def test_a_backup_that_is_cancelled_before_creates_nothing(
    client: Any, lightsail: Lightsail
) -> None:
    cancel = threading.Event()

    def stop(_: BackupProgress) -> None:  # after the listing
        cancel.set()

    report = client.back_up(PLAN, run="1", cancel=cancel, on_poll=stop)

    assert [each.error for each in report.outcomes] == [
        BackupFailure(
            type="WaitCancelledError",
            message=f"'{name}-nightly-1' was not created before it was cancelled",
        )
        for name in ALL_GOOD
    ]
    assert lightsail.names() == []
    assert lightsail.count("CreateInstanceSnapshot") == 0


def test_a_backup_that_is_cancelled_at_first_lists_nothing(
    client: Any, lightsail: Lightsail
) -> None:
    cancel = threading.Event()
    cancel.set()

    (outcome,) = client.back_up(PLAN, run="1", cancel=cancel).outcomes

    message = "the site was not listed before it was cancelled"
    assert outcome.error == BackupFailure(type="WaitCancelledError", message=message)
    assert len(lightsail.server.calls) == 0


def test_copies_that_time_does_not_suffice_for_have_failed(
    client: Any, lightsail: Lightsail
) -> None:
    client.back_up(BackupPlan("nightly"), run="1")
    cancel = threading.Event()

    late = client.back_up(COPIED, run="1", timeout=0)
    cancelled = client.back_up(
        COPIED, run="1", cancel=cancel, on_poll=lambda _: cancel.set()
    )

    assert [each.error for each in late.outcomes] == [
        BackupFailure(
            type="WaitTimeoutError",
            message=f"'{name}-nightly-1-from-us-west-2' was not created within 0 s",
        )
        for name in ALL_GOOD
    ]
    assert [each.error for each in cancelled.outcomes] == [
        BackupFailure(
            type="WaitCancelledError",
            message="us-east-1 was not listed before it was cancelled",
        )
    ] * 3
    for report in (late, cancelled):
        assert all(each.snapshot is not None for each in report.outcomes)
    assert lightsail.names(EAST) == []


def test_a_backup_that_is_cancelled_keeps_what_was_accepted(client: Any) -> None:
    cancel = threading.Event()

    def stop(progress: BackupProgress) -> None:
        if progress.outcomes:
            cancel.set()

    report = client.back_up(PLAN, run="1", cancel=cancel, on_poll=stop)

    assert set(statuses(report).values()) == {"pending"}
    assert all(len(each.operations) == 2 for each in report.outcomes)


def test_an_interruption_names_the_run_and_what_was_accepted(client: Any) -> None:
    def interrupt(progress: BackupProgress) -> None:
        if progress.outcomes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        client.back_up(PLAN, run="2026-11-30", on_poll=interrupt)

    (note,) = caught.value.__notes__
    started = "; ".join(
        f"{name}-nightly-2026-11-30 (operations: ID, ID)" for name in ALL_GOOD
    )
    assert re.sub(r"[0-9a-f-]{36}", "ID", note) == (
        "lightsnap was waiting for plan 'nightly', run '2026-11-30', which finishes if "
        f"it is repeated; accepted and not available yet: {started}; nothing was "
        "cancelled at AWS"
    )
    assert statuses(client.back_up(PLAN, run="2026-11-30")) == ALL_GOOD


class Interrupting:
    """Raises KeyboardInterrupt when the work has ended."""

    def __call__(self, progress: BackupProgress) -> None:
        del progress

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        raise KeyboardInterrupt


def test_an_interruption_between_the_rounds_names_the_run(
    client: Any, lightsail: Lightsail
) -> None:
    with pytest.raises(KeyboardInterrupt) as backing_up:
        client.back_up(PLAN, run="1", on_poll=Interrupting())
    client.back_up(BackupPlan("nightly"), run="2")
    preview = client.preview_prune(PLAN)
    lightsail.faults.error("DeleteInstanceSnapshot", code="AccessDeniedException")
    with pytest.raises(KeyboardInterrupt) as pruning:
        client.prune(preview, on_poll=Interrupting())

    (backing_up_note,) = backing_up.value.__notes__
    assert backing_up_note == (
        "lightsnap was working on plan 'nightly', run '1', which finishes if it is "
        "repeated; accepted and not available yet: none"
    )
    (pruning_note,) = pruning.value.__notes__
    assert pruning_note == (
        "lightsnap was working on the prune of plan 'nightly'; not deleted yet: "
        f"{preview.to_delete[0].name}"
    )


def test_progress_covers_all_instances(client: Any) -> None:
    seen: list[BackupProgress] = []

    client.back_up(COPIED, run="1", on_poll=seen.append)

    assert {len(each.outcomes) for each in seen} == {0, 3}
    done = [sum(each.succeeded for each in one.outcomes) for one in seen]
    assert done == sorted(done)
    assert {0, 3} <= set(done)
    assert [each.elapsed for each in seen] == sorted(each.elapsed for each in seen)


def test_a_preview_covers_both_regions_and_changes_nothing(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("1", "2"):
        client.back_up(BackupPlan("nightly", copy_to=[EAST]), run=run)
        lightsail.server.clock.advance(days=1)
    lightsail.clients[WEST].delete_instance(instanceName="db")
    lightsail.server.calls.clear()

    preview = client.preview_prune(COPIED)

    assert len(preview.verdicts) == 12
    assert sorted(each.name for each in preview.to_delete) == sorted(
        f"{name}-nightly-1{copy}"
        for name in ALL_GOOD
        for copy in ("", "-from-us-west-2")
    )
    assert all(each.operation.startswith("Get") for each in lightsail.server.calls)

    report = client.prune(PrunePreview.from_json(preview.to_json()))

    assert len(report.succeeded) == 6
    assert report.run is None
    assert [each.deleted for each in report.outcomes] == [
        (each,) for each in preview.to_delete
    ]
    assert client.preview_prune(COPIED).to_delete == ()
    assert len(lightsail.names()) == len(lightsail.names(EAST)) == 3


def test_what_is_gone_counts_as_deleted_and_what_has_changed_stays(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("1", "2"):
        for name in ALL_GOOD:
            lightsail.marked(name, run)
    preview = client.preview_prune(PLAN)
    west = lightsail.clients[WEST]
    west.delete_instance_snapshot(instanceSnapshotName="web-nightly-1")
    west.tag_resource(resourceName="web-2-nightly-1", tags=[{"key": "lightsnap:hold"}])
    west.delete_instance_snapshot(instanceSnapshotName="db-nightly-1")
    lightsail.server.clock.advance(days=1)
    lightsail.marked("db", "1")

    report = client.prune(preview)

    assert statuses(report) == {"web": "succeeded", "web-2": "failed", "db": "failed"}
    errors = [each.error.type for each in report.failed if each.error]
    assert errors == ["SnapshotChangedError"] * 2
    assert "web-2-nightly-1" in lightsail.names()
    assert "db-nightly-1" in lightsail.names()


def test_a_prune_that_is_out_of_time_is_pending(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("1", "2"):
        for name in ("web", "db"):
            lightsail.marked(name, run)
    preview = client.preview_prune(PLAN)
    lightsail.faults.throttle(
        "DeleteInstanceSnapshot", resource_name="web-nightly-1", times=None
    )

    report = client.prune(preview, timeout=600)

    assert report.plan == "nightly"
    assert statuses(report) == {"web": "pending", "db": "succeeded"}
    (pending,), (done,) = report.pending, report.succeeded
    assert (pending.snapshot, done.snapshot) == preview.to_delete
    assert (pending.deleted, done.deleted) == ((), (done.snapshot,))
    assert pending.error is None
    lightsail.faults.clear()
    assert client.prune(preview).raise_for_failure()


def test_a_refused_deletion_fails_its_outcome(
    client: Any, lightsail: Lightsail
) -> None:
    for run in ("1", "2"):
        for name in ("web", "db"):
            lightsail.marked(name, run)
    lightsail.faults.error(
        "DeleteInstanceSnapshot",
        code="AccessDeniedException",
        resource_name="web-nightly-1",
    )

    report = client.prune(client.preview_prune(PLAN))

    assert statuses(report) == {"web": "failed", "db": "succeeded"}
    (failed,) = report.failed
    assert failed.snapshot.name == "web-nightly-1"
    assert failed.deleted == ()
    assert failed.error.type == "AccessDeniedError"
    assert not failed.is_pending


def test_a_preview_needs_a_retention(client: Any) -> None:
    with pytest.raises(ConstraintError) as caught:
        client.preview_prune(BackupPlan("nightly"))

    (violation,) = caught.value.violations
    assert violation.rule == "required"
    assert violation.message == (
        "plan.retention is missing: give the plan a Retention, or nothing can be pruned"
    )


def test_an_incomplete_listing_yields_no_preview(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.faults.garble("GetInstanceSnapshots")

    with pytest.raises(MalformedResponseError, match="GetInstanceSnapshots"):
        client.preview_prune(PLAN)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tags": ()}, "which is not of plan 'nightly'"),
        ({"state": InstanceSnapshotState.PENDING}, "which is not available"),
        ({"tags": (MARK, Tag("no_delete"))}, "which is held by a tag"),
    ],
)
def test_a_prune_rejects_what_no_preview_would_name(
    client: Any, lightsail: Lightsail, changes: dict[str, Any], problem: str
) -> None:
    right, wrong = snapshot("1", NOW), snapshot("web-nightly-1", NOW, **changes)
    verdicts = [Verdict(each, kept=False, reasons=()) for each in (right, wrong)]
    preview = PrunePreview(plan="nightly", now=NOW, verdicts=tuple(verdicts))

    with pytest.raises(ConstraintError) as caught:
        client.prune(preview)
    (violation,) = caught.value.violations
    assert violation.rule == "type"
    assert violation.message == f"to_delete[1] is 'web-nightly-1', {problem}"
    assert len(lightsail.server.calls) == 0


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("back_up", "plan is of type str: give a BackupPlan"),
        ("preview_prune", "plan is of type str: give a BackupPlan"),
        ("prune", "preview is of type str: give a PrunePreview"),
    ],
)
def test_other_values_are_rejected(client: Any, method: str, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(client, method)("nightly")
    assert str(caught.value) == message


@pytest.mark.parametrize("run", [5, "", "a\nb"])
def test_a_wrong_run_is_rejected(client: Any, lightsail: Lightsail, run: Any) -> None:
    with pytest.raises(ConstraintError, match=r"^run "):
        client.back_up(PLAN, run=run)
    assert len(lightsail.server.calls) == 0


@pytest.mark.parametrize("open_client", OPEN.values(), ids=OPEN.keys())
def test_without_credentials_it_raises(lightsail: Lightsail, open_client: Open) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_ACCESS_KEY_ID")
        environment.delenv("AWS_SECRET_ACCESS_KEY")
        with (
            open_client(**lightsail.settings()) as client,
            pytest.raises(ConfigurationError),
        ):
            client.back_up(PLAN)
