"""Automatic snapshots: one a day, of which seven are kept."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lightsnap.testing import Emulator, LightsailServer, mock_lightsail
from tests.embedded import (
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    new_client,
    not_found,
    read,
    refused,
    statuses,
)

if TYPE_CHECKING:
    from types_boto3_lightsail import LightsailClient
    from types_boto3_lightsail.type_defs import OperationTypeDef


def enable(client: LightsailClient, hour: str | None = "06:00") -> OperationTypeDef:
    request: Any = {"addOnType": "AutoSnapshot"}
    if hour is not None:
        request["autoSnapshotAddOnRequest"] = {"snapshotTimeOfDay": hour}
    response = client.enable_add_on(resourceName="WordPress-1", addOnRequest=request)
    (operation,) = response["operations"]
    return operation


def disable(client: LightsailClient) -> OperationTypeDef:
    response = client.disable_add_on(
        resourceName="WordPress-1", addOnType="AutoSnapshot"
    )
    (operation,) = response["operations"]
    return operation


def auto_snapshots(client: LightsailClient) -> list[tuple[str, str]]:
    """Return the date and status of each, newest first."""
    response = client.get_auto_snapshots(resourceName="WordPress-1")
    return [(each["date"], each["status"]) for each in response["autoSnapshots"]]


def dates(client: LightsailClient) -> list[str]:
    """Return the days of March on which there are snapshots, newest first."""
    return [date.removeprefix("2026-03-") for date, _ in auto_snapshots(client)]


def copy(client: LightsailClient, **source: Any) -> OperationTypeDef:
    response = client.copy_snapshot(
        sourceResourceName="WordPress-1",
        targetSnapshotName="Copy",
        sourceRegion="us-west-2",
        **source,
    )
    (operation,) = response["operations"]
    return operation


@pytest.fixture
def emulator(emulator: Emulator) -> Emulator:
    emulator.clock.move_to("2026-03-01 00:00")
    return emulator


def test_one_is_created_each_day(emulator: Emulator, emulated: LightsailClient) -> None:
    enable(emulated, "06:00")
    assert auto_snapshots(emulated) == []

    emulator.clock.advance(days=2, hours=12)

    response = emulated.get_auto_snapshots(resourceName="WordPress-1")
    assert (response["resourceName"], response["resourceType"]) == (
        "WordPress-1",
        "Instance",
    )
    assert response["autoSnapshots"] == [
        {
            "date": f"2026-03-{day:02}",
            "createdAt": datetime(2026, 3, day, 6, tzinfo=UTC),
            "status": "Success",
            "fromAttachedDisks": [],
        }
        for day in (3, 2, 1)
    ]


def test_it_is_in_progress_for_45_minutes_after_the_hour(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    seen = []
    for time_of_day in ("05:59:30", "06:00", "06:44", "06:45"):
        emulator.clock.move_to(f"2026-03-01 {time_of_day}")
        seen.append(auto_snapshots(emulated))

    in_progress, success = [("2026-03-01", "InProgress")], [("2026-03-01", "Success")]
    assert seen == [[], in_progress, in_progress, success]


def test_a_manual_snapshot_is_refused_meanwhile(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulator.clock.move_to("2026-03-01 06:30")

    with refused("InvalidState", "Please wait for it to complete before trying again"):
        create_snapshot(emulated)
    emulator.clock.advance(minutes=15)
    create_snapshot(emulated)


def test_seven_are_kept(emulator: Emulator, emulated: LightsailClient) -> None:
    enable(emulated, "06:00")
    for _ in range(9):
        emulator.clock.advance(days=1)
    kept = dates(emulated)

    emulator.clock.move_to("2026-03-10 06:10")
    during = auto_snapshots(emulated)
    emulator.clock.move_to("2026-03-10 07:00")

    assert kept == ["09", "08", "07", "06", "05", "04", "03"]
    # The oldest is replaced once the newest is complete.
    assert [during[0], during[-1]] == [
        ("2026-03-10", "InProgress"),
        ("2026-03-03", "Success"),
    ]
    assert dates(emulated) == ["10", "09", "08", "07", "06", "05", "04"]


@pytest.mark.parametrize("days", [30, 365 * 1000])
def test_a_long_time_can_pass_at_once(
    emulator: Emulator, emulated: LightsailClient, days: int
) -> None:
    enable(emulated, "06:00")

    now = emulator.clock.advance(days=days, hours=12)

    expected = [(now - timedelta(days=ago)).date().isoformat() for ago in range(7)]
    assert auto_snapshots(emulated) == [(date, "Success") for date in expected]


def test_an_instance_can_be_created_with_the_add_on(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulated.delete_instance(instanceName="WordPress-1")
    request = {
        "addOnType": "AutoSnapshot",
        "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "03:00"},
    }
    create_instances(emulated, "WordPress-1", addOns=[request])

    emulator.clock.advance(hours=4)

    assert auto_snapshots(emulated) == [("2026-03-01", "Success")]


def test_the_add_on_is_shown(emulator: Emulator, emulated: LightsailClient) -> None:
    del emulator
    default = [enable(emulated, None), get_instance(emulated)["addOns"]]
    changed = [enable(emulated, "03:00"), get_instance(emulated)["addOns"]]
    again = [enable(emulated, None), get_instance(emulated)["addOns"]]
    disabled = [disable(emulated), get_instance(emulated)["addOns"]]

    enabled = {"name": "AutoSnapshot", "status": "Enabled"}
    assert default[1] == [{**enabled, "snapshotTimeOfDay": "06:00"}]
    assert changed[1] == again[1] == [{**enabled, "snapshotTimeOfDay": "03:00"}]
    assert disabled[1] == [
        {"name": "AutoSnapshot", "status": "Disabled", "snapshotTimeOfDay": "03:00"}
    ]


def test_operations_on_add_ons_end_at_once(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    operations = [enable(emulated), disable(emulated), enable(emulated)]
    emulator.clock.advance(days=2)
    response = emulated.delete_auto_snapshot(
        resourceName="WordPress-1", date="2026-03-01"
    )
    operations += response["operations"]

    assert statuses(operations) == [("Succeeded", True)] * 4
    assert [each["operationType"] for each in operations] == [
        "EnableAddOn",
        "DisableAddOn",
        "EnableAddOn",
        "DeleteAutoSnapshot",
    ]
    assert read(emulated, operations) == operations


def test_a_deletion_is_answered_as_in_awss_example(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated)
    emulator.clock.advance(days=2)

    response = emulated.delete_auto_snapshot(
        resourceName="WordPress-1", date="2026-03-01"
    )

    (operation,) = response["operations"]
    assert operation["operationDetails"] == "DeleteAutoSnapshot-2026-03-01"
    assert operation["location"] == {
        "availabilityZone": "us-west-2",
        "regionName": "us-west-2",
    }
    assert "statusChangedAt" not in operation


def test_a_deleted_one_does_not_come_back(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulator.clock.advance(days=2, hours=12)
    for day in ("2026-03-02", "2026-03-03"):
        emulated.delete_auto_snapshot(resourceName="WordPress-1", date=day)

    assert dates(emulated) == ["01"]
    enable(emulated, "23:00")
    emulator.clock.advance(days=1)
    assert dates(emulated) == ["01"]
    emulator.clock.advance(days=1)
    assert dates(emulated) == ["04", "01"]


def test_disabling_keeps_those_there_are(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulator.clock.advance(days=2)
    disable(emulated)
    emulator.clock.advance(days=30)

    assert dates(emulated) == ["02", "01"]
    enable(emulated, "06:00")
    emulator.clock.advance(days=1)
    assert auto_snapshots(emulated)[0] == ("2026-04-02", "Success")


def test_disabling_another_add_on_changes_nothing(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulated.enable_add_on(
        resourceName="WordPress-1",
        addOnRequest={
            "addOnType": "StopInstanceOnIdle",
            "stopInstanceOnIdleRequest": {"threshold": "5", "duration": "15"},
        },
    )
    emulated.disable_add_on(resourceName="WordPress-1", addOnType="StopInstanceOnIdle")
    emulator.clock.advance(days=1)

    assert dates(emulated) == ["01"]
    assert [each["status"] for each in get_instance(emulated)["addOns"]] == [
        "Enabled",
        "Disabled",
    ]


def test_they_are_deleted_with_the_instance(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulator.clock.advance(days=2)
    emulated.delete_instance(instanceName="WordPress-1")

    with not_found("The Instance does not exist: WordPress-1"):
        auto_snapshots(emulated)
    create_instances(emulated, "WordPress-1")
    assert auto_snapshots(emulated) == []


def test_a_manual_snapshot_stays_out_of_their_list(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    create_snapshot(emulated)
    enable(emulated, "06:00")
    emulator.clock.advance(days=1)

    assert dates(emulated) == ["01"]
    (manual,) = emulated.get_instance_snapshots()["instanceSnapshots"]
    assert manual["name"] == "WordPress-Snapshot-1"


# A change of the hour, as the API reference describes it


@pytest.mark.parametrize(
    ("before", "at", "after", "expected"),
    [
        # Today's has been created: the new hour applies from tomorrow.
        ("06:00", "12:00", "18:00", "01 06:00, 02 18:00"),
        ("06:00", "12:00", "03:00", "01 06:00, 02 03:00"),
        # It has not, and the new hour is later today: it applies at once.
        ("06:00", "01:00", "18:00", "01 18:00, 02 18:00"),
        # It has not, and the new hour is earlier: today's is created as before.
        ("06:00", "01:00", "03:00", "01 06:00, 02 03:00"),
        # The old hour is less than 30 minutes away: today's is created as before.
        ("06:00", "05:40", "18:00", "01 06:00, 02 18:00"),
    ],
)
def test_a_new_hour_never_skips_or_repeats_a_day(  # noqa: PLR0917
    emulator: Emulator,
    emulated: LightsailClient,
    before: str,
    at: str,
    after: str,
    expected: str,
) -> None:
    enable(emulated, before)
    emulator.clock.move_to(f"2026-03-01 {at}")
    enable(emulated, after)
    emulator.clock.move_to("2026-03-02 23:59")

    response = emulated.get_auto_snapshots(resourceName="WordPress-1")
    times = [
        f"{each['createdAt'].astimezone(UTC):%d %H:%M}"
        for each in reversed(response["autoSnapshots"])
    ]
    assert ", ".join(times) == expected


def test_a_new_hour_applies_after_a_long_time(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    enable(emulated, "03:00")  # from tomorrow, since it is earlier
    emulator.clock.move_to("2026-04-30 03:10")

    response = emulated.get_auto_snapshots(resourceName="WordPress-1")

    created_at = [each["createdAt"] for each in response["autoSnapshots"]]
    assert len(created_at) == 8
    assert {time.astimezone(UTC).hour for time in created_at} == {3}


@pytest.mark.parametrize(
    ("at", "first"), [("05:29", "2026-03-01"), ("05:31", "2026-03-02")]
)
def test_the_first_one_needs_half_an_hour(
    emulator: Emulator, emulated: LightsailClient, at: str, first: str
) -> None:
    emulator.clock.move_to(f"2026-03-01 {at}")
    enable(emulated, "06:00")
    emulator.clock.move_to("2026-03-02 12:00")

    assert auto_snapshots(emulated)[-1] == (first, "Success")


def test_a_clock_that_is_set_back_repeats_no_day(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulator.clock.move_to("2026-03-03 12:00")
    assert dates(emulated) == ["03", "02", "01"]

    emulator.clock.move_to("2026-03-01 12:00")
    enable(emulated, "18:00")
    emulator.clock.move_to("2026-03-04 20:00")

    assert dates(emulated) == ["04", "03", "02", "01"]


# Copies and restored instances


def test_one_is_copied_by_its_date(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    enable(emulated, "06:00")
    emulator.clock.advance(days=3)

    operation = copy(emulated, restoreDate="2026-03-02")

    assert operation["operationDetails"] == "us-west-2:WordPress-1"
    assert str(operation["operationType"]) == "CopySnapshot"
    snapshot = get_snapshot(emulated, "Copy")
    assert snapshot["isFromAutoSnapshot"]
    assert snapshot["fromInstanceName"] == "WordPress-1"
    assert snapshot["fromInstanceArn"] == get_instance(emulated)["arn"]


def test_the_latest_one_is_copied_to_another_region(emulator_url: str | None) -> None:
    emulator, source = (
        Emulator(emulator_url),
        new_client(endpoint_url=emulator_url),
    )
    target = new_client("eu-west-1", endpoint_url=emulator_url)
    emulator.clock.move_to("2026-03-01 00:00")
    enable(source, "06:00")
    emulator.clock.move_to("2026-03-02 06:10")  # one is in progress

    copy(target, useLatestRestorableAutoSnapshot=True)
    restored = source.create_instances_from_snapshot(
        instanceNames=["Restored"],
        sourceInstanceName="WordPress-1",
        useLatestRestorableAutoSnapshot=True,
        availabilityZone="us-west-2a",
        bundleId="nano_3_0",
    )

    copied = get_snapshot(target, "Copy")
    assert copied["location"]["regionName"] == "eu-west-1"
    assert copied["isFromAutoSnapshot"]
    assert statuses(restored["operations"]) == [("Succeeded", True)]


def test_what_does_not_exist_cannot_be_copied(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    with not_found("The AutoSnapshot does not exist: WordPress-1"):
        copy(emulated, useLatestRestorableAutoSnapshot=True)
    enable(emulated, "06:00")
    emulator.clock.move_to("2026-03-01 06:10")

    with not_found("The AutoSnapshot does not exist: WordPress-1$"):
        copy(emulated, useLatestRestorableAutoSnapshot=True)
    with not_found("The AutoSnapshot does not exist: WordPress-1 2026-02-28"):
        copy(emulated, restoreDate="2026-02-28")
    with refused("InvalidState", "of 2026-03-01 of WordPress-1 is being created"):
        copy(emulated, restoreDate="2026-03-01")
    with refused("InvalidState", "Please try again in a few minutes"):
        emulated.delete_auto_snapshot(resourceName="WordPress-1", date="2026-03-01")
    with not_found("The AutoSnapshot does not exist"):
        emulated.delete_auto_snapshot(resourceName="WordPress-1", date="2026-02-28")


@pytest.mark.parametrize("date", ["2026-02-30", "20260301", "today"])
def test_a_date_that_does_not_exist_is_refused(
    wordpress: LightsailClient, date: str
) -> None:
    with refused("InvalidInput", "date must be a date in the format YYYY-MM-DD"):
        wordpress.delete_auto_snapshot(resourceName="WordPress-1", date=date)


def test_invalid_add_ons_are_refused(wordpress: LightsailClient) -> None:
    message = "addOnType must be one of AutoSnapshot, StopInstanceOnIdle: Backup"
    request: Any = {"addOnType": "Backup"}
    with refused("InvalidInput", message):
        wordpress.enable_add_on(resourceName="WordPress-1", addOnRequest=request)
    with refused("InvalidInput", message):
        wordpress.disable_add_on(
            resourceName="WordPress-1", addOnType=request["addOnType"]
        )
    with refused("InvalidInput", "must be a time in the format HH:00"):
        enable(wordpress, "06:30")
    assert get_instance(wordpress)["addOns"] == []


def test_an_unknown_region_has_none(wordpress: LightsailClient) -> None:
    with refused("InvalidRegion", "The specified region does not exist: mars-1"):
        wordpress.copy_snapshot(
            sourceResourceName="WordPress-1",
            restoreDate="2026-03-01",
            targetSnapshotName="Copy",
            sourceRegion="mars-1",  # type: ignore[arg-type]
        )


# Thirty days


def simulate(client: LightsailClient, emulator: Emulator) -> None:
    """Create thirty automatic and thirty manual snapshots, and keep ten of these."""
    enable(client, "06:00")
    emulator.clock.move_to("2026-03-01 12:00")
    for day in range(1, 31):
        create_snapshot(client, f"nightly-{day}")
        listed = client.get_instance_snapshots()["instanceSnapshots"]
        oldest = emulator.clock.now() - timedelta(days=9.5)
        for snapshot in listed:
            if snapshot["createdAt"] < oldest:
                client.delete_instance_snapshot(instanceSnapshotName=snapshot["name"])
        emulator.clock.advance(days=1)


def check_simulation(client: LightsailClient) -> None:
    manual = client.get_instance_snapshots()["instanceSnapshots"]
    assert [each["name"] for each in manual] == [
        f"nightly-{day}" for day in range(21, 31)
    ]
    assert dates(client) == [f"{day}" for day in range(31, 24, -1)]


def test_thirty_days_take_less_than_a_second(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    started = time.perf_counter()
    simulate(emulated, emulator)
    elapsed = time.perf_counter() - started

    check_simulation(emulated)
    assert elapsed < 5  # A busy machine must not fail a test. It takes 0.2 to 0.5 s.


def test_thirty_days_are_simulated_from_another_process() -> None:
    with LightsailServer(region_name="us-west-2") as server:
        server.create_instances("WordPress-1")
        code = f"""
import sys
from lightsnap.testing import Emulator
from tests.embedded import new_client
from tests.testing.test_auto_snapshots import simulate
emulator = Emulator({server.url!r})
emulator.clock.move_to("2026-03-01")
simulate(new_client(endpoint_url={server.url!r}), emulator)
print("moto.server" in sys.modules)
"""
        subprocess.run(
            [sys.executable, "-c", code], env={**server.environment}, check=True
        )

        check_simulation(new_client(endpoint_url=server.url))


def test_a_reset_discards_them() -> None:
    with mock_lightsail() as emulator:
        emulator.create_instances("WordPress-1", region_names=["us-west-2"])
        enable(new_client())
        emulator.clock.advance(days=3)
    with mock_lightsail() as emulator:
        emulator.create_instances("WordPress-1", region_names=["us-west-2"])
        assert auto_snapshots(new_client()) == []
