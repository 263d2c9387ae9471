"""How operations, snapshots and instances advance, by moto's state transitions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from moto.moto_api import state_manager

from lightsnap.testing import EmulatorClock
from tests.embedded import (
    INSTANCE,
    INSTANCE_SNAPSHOT,
    OPERATION,
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    not_found,
    read,
    refused,
    statuses,
)

if TYPE_CHECKING:
    from types_boto3_lightsail import LightsailClient


@pytest.fixture
def time() -> EmulatorClock:
    return EmulatorClock()


def manual(model: str, times: int) -> None:
    state_manager.set_transition(model, {"progression": "manual", "times": times})


def immediate(model: str) -> None:
    state_manager.set_transition(model, {"progression": "immediate"})


def timed(model: str, seconds: float) -> None:
    state_manager.set_transition(model, {"progression": "time", "seconds": seconds})


def state_of(client: LightsailClient, name: str = "WordPress-1") -> str:
    return get_instance(client, name)["state"]["name"]


# Operations


def test_an_operation_advances_each_time_it_is_read(wordpress: LightsailClient) -> None:
    operations = create_snapshot(wordpress)

    assert statuses(operations) == [("NotStarted", False)] * 2
    assert statuses(read(wordpress, operations)) == [("Started", False)] * 2
    assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2
    assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2


@pytest.mark.parametrize("listing", ["all", "of the resource"])
def test_listing_operations_advances_them_too(
    wordpress: LightsailClient, listing: str
) -> None:
    def listed() -> list[tuple[str, bool]]:
        if listing == "all":
            every = wordpress.get_operations()["operations"]
            return statuses(each for each in every if each["resourceName"] == "New")
        response = wordpress.get_operations_for_resource(resourceName="New")
        return statuses(response["operations"])

    create_snapshot(wordpress, "New")

    assert listed() == [("Started", False)]
    assert listed() == [("Succeeded", True)]


def test_slower_operations_take_more_reads(wordpress: LightsailClient) -> None:
    manual(OPERATION, 2)
    operations = create_snapshot(wordpress)

    assert [statuses(read(wordpress, operations))[0] for _ in range(4)] == [
        ("NotStarted", False),
        ("Started", False),
        ("Started", False),
        ("Succeeded", True),
    ]


def test_one_response_reads_the_status_once(wordpress: LightsailClient) -> None:
    # With 0, every read of the status advances it, even within one response.
    manual(OPERATION, 0)

    operations = create_snapshot(wordpress)

    assert statuses(operations) == [("Started", False)] * 2
    assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2


def test_immediate_operations_end_inside_the_create(wordpress: LightsailClient) -> None:
    immediate(OPERATION)

    assert statuses(create_snapshot(wordpress)) == [("Succeeded", True)] * 2


def test_timed_operations_advance_with_time(
    wordpress: LightsailClient, time: EmulatorClock
) -> None:
    timed(OPERATION, 30)
    operations = create_snapshot(wordpress)
    assert statuses(operations) == [("NotStarted", False)] * 2

    time.advance(seconds=29)
    assert statuses(read(wordpress, operations)) == [("NotStarted", False)] * 2
    time.advance(seconds=2)
    assert statuses(read(wordpress, operations)) == [("Started", False)] * 2
    assert statuses(read(wordpress, operations)) == [("Started", False)] * 2
    time.advance(seconds=31)
    assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2


def test_status_changed_at_changes_with_the_status(
    wordpress: LightsailClient, time: EmulatorClock
) -> None:
    (created, _) = create_snapshot(wordpress)
    seen = [created]
    for _ in range(3):
        time.advance(minutes=1)
        seen += read(wordpress, [created])

    minutes = [
        round((each["statusChangedAt"] - each["createdAt"]) / timedelta(minutes=1))
        for each in seen
    ]
    assert [each["status"] for each in seen] == [
        "NotStarted",
        "Started",
        "Succeeded",
        "Succeeded",
    ]
    assert minutes == [0, 1, 2, 2]
    assert {each["createdAt"] for each in seen} == {created["createdAt"]}


@pytest.mark.parametrize("progression", [manual, timed])
def test_deleting_and_tagging_take_effect_at_once(
    wordpress: LightsailClient, progression: Any
) -> None:
    create_snapshot(wordpress)
    create_instances(wordpress, "Other")
    for model in (OPERATION, INSTANCE_SNAPSHOT):
        progression(model, 100)

    snapshot = {"resourceName": "WordPress-Snapshot-1"}
    responses: list[Any] = [
        wordpress.tag_resource(**snapshot, tags=[{"key": "tag"}]),
        wordpress.untag_resource(**snapshot, tagKeys=["tag"]),
        wordpress.delete_instance_snapshot(instanceSnapshotName="WordPress-Snapshot-1"),
        wordpress.delete_instance(instanceName="WordPress-1"),
    ]

    for response in responses:
        operations = response["operations"]
        assert statuses(operations) == [("Succeeded", True)]
        assert statuses(read(wordpress, operations)) == [("Succeeded", True)]
    with not_found("The InstanceSnapshot does not exist: WordPress-Snapshot-1"):
        get_snapshot(wordpress)
    with not_found("The Instance does not exist: WordPress-1"):
        get_instance(wordpress)
    assert wordpress.get_instance_snapshots()["instanceSnapshots"] == []
    (other,) = wordpress.get_instances()["instances"]
    assert other["name"] == "Other"


# Snapshots


def test_a_snapshot_is_available_at_the_first_read(wordpress: LightsailClient) -> None:
    create_snapshot(wordpress)

    assert get_snapshot(wordpress)["state"] == "available"


def test_a_slow_snapshot_is_pending_for_more_reads(wordpress: LightsailClient) -> None:
    manual(INSTANCE_SNAPSHOT, 3)
    create_snapshot(wordpress)

    one = [get_snapshot(wordpress)["state"] for _ in range(2)]
    listed = [
        wordpress.get_instance_snapshots()["instanceSnapshots"][0]["state"]
        for _ in range(2)
    ]

    assert one + listed == ["pending", "pending", "available", "available"]


def test_a_timed_snapshot_becomes_available_with_time(
    wordpress: LightsailClient, time: EmulatorClock
) -> None:
    timed(INSTANCE_SNAPSHOT, 30)
    create_snapshot(wordpress)

    assert [get_snapshot(wordpress)["state"] for _ in range(3)] == ["pending"] * 3
    time.advance(seconds=31)
    assert get_snapshot(wordpress)["state"] == "available"


def test_an_immediate_snapshot_can_be_used_at_once(wordpress: LightsailClient) -> None:
    immediate(INSTANCE_SNAPSHOT)
    create_snapshot(wordpress)

    wordpress.create_instances_from_snapshot(
        instanceNames=["Restored"],
        instanceSnapshotName="WordPress-Snapshot-1",
        availabilityZone="us-west-2a",
        bundleId="nano_3_0",
    )


@pytest.mark.parametrize("use", ["copy", "restore"])
def test_retries_can_use_a_snapshot_that_was_pending(
    wordpress: LightsailClient, use: str
) -> None:
    def use_snapshot() -> None:
        if use == "copy":
            wordpress.copy_snapshot(
                sourceSnapshotName="WordPress-Snapshot-1",
                targetSnapshotName="Used",
                sourceRegion="us-west-2",
            )
        else:
            wordpress.create_instances_from_snapshot(
                instanceNames=["Used"],
                instanceSnapshotName="WordPress-Snapshot-1",
                availabilityZone="us-west-2a",
                bundleId="nano_3_0",
            )

    manual(INSTANCE_SNAPSHOT, 3)
    create_snapshot(wordpress)

    for _ in range(2):
        with refused("InvalidState", "is in the state pending, and must be available"):
            use_snapshot()
    use_snapshot()
    assert wordpress.get_operations_for_resource(resourceName="Used")["operations"]


# Instances


def test_an_instance_runs_at_once(lightsail: LightsailClient) -> None:
    operations = create_instances(lightsail, "One", "Two")

    assert [operation["resourceName"] for operation in operations] == ["One", "Two"]
    assert statuses(operations) == [("Succeeded", True)] * 2
    assert state_of(lightsail, "One") == state_of(lightsail, "Two") == "running"


def test_a_slow_instance_goes_through_all_its_states(
    lightsail: LightsailClient,
) -> None:
    manual(INSTANCE, 2)
    seen: list[tuple[int, str]] = []

    def observe() -> None:
        for _ in range(2):
            state = get_instance(lightsail)["state"]
            seen.append((state["code"], state["name"]))

    create_instances(lightsail, "WordPress-1")
    observe()
    lightsail.stop_instance(instanceName="WordPress-1")
    observe()
    lightsail.start_instance(instanceName="WordPress-1")
    observe()
    lightsail.delete_instance(instanceName="WordPress-1")
    observe()

    assert seen == [
        (0, "pending"),
        (16, "running"),
        (64, "stopping"),
        (80, "stopped"),
        (0, "pending"),
        (16, "running"),
        (32, "shutting-down"),
        (48, "terminated"),
    ]
    with not_found():
        get_instance(lightsail)


def test_operations_on_a_slow_instance_are_as_slow(
    lightsail: LightsailClient,
) -> None:
    manual(INSTANCE, 1)
    started = create_instances(lightsail, "WordPress-1")
    get_instance(lightsail)
    started += lightsail.stop_instance(instanceName="WordPress-1")["operations"]
    get_instance(lightsail)
    started += lightsail.start_instance(instanceName="WordPress-1")["operations"]

    assert statuses(started) == [("NotStarted", False)] * 3
    assert statuses(read(lightsail, started)) == [("Started", False)] * 3
    assert statuses(read(lightsail, started)) == [("Succeeded", True)] * 3


def test_a_timed_instance_counts_from_the_last_request(
    lightsail: LightsailClient, time: EmulatorClock
) -> None:
    timed(INSTANCE, 30)
    create_instances(lightsail, "WordPress-1")
    assert state_of(lightsail) == "pending"
    time.advance(hours=1)
    assert state_of(lightsail) == "running"

    lightsail.stop_instance(instanceName="WordPress-1")
    time.advance(seconds=29)
    assert state_of(lightsail) == "stopping"
    time.advance(seconds=2)
    assert state_of(lightsail) == "stopped"


def test_a_restarted_instance_gets_another_public_address(
    wordpress: LightsailClient,
) -> None:
    before = get_instance(wordpress)
    wordpress.stop_instance(instanceName="WordPress-1")
    wordpress.start_instance(instanceName="WordPress-1")
    after = get_instance(wordpress)

    changed = {name for name in before if before[name] != after[name]}  # type: ignore[literal-required]
    assert changed == {"publicIpAddress"}


def test_an_instance_keeps_its_name_until_it_is_terminated(
    wordpress: LightsailClient,
) -> None:
    manual(INSTANCE, 2)
    wordpress.delete_instance(instanceName="WordPress-1")

    for _ in range(2):
        with refused("NameExists", "WordPress-1"):
            create_instances(wordpress, "WordPress-1")
        (instance,) = wordpress.get_instances()["instances"]
    assert instance["state"] == {"code": 48, "name": "terminated"}
    assert wordpress.get_instances()["instances"] == []
    create_instances(wordpress, "WordPress-1")
