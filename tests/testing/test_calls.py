"""The record of calls, in process and on a server."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.exceptions import ClientError

from lightsnap.testing import (
    Calls,
    Emulator,
    LightsailServer,
    RecordedCall,
    faults,
    mock_lightsail,
)
from lightsnap.testing._record import LONGEST, Record
from tests.embedded import (
    create_instances,
    create_snapshot,
    get_snapshot,
    new_client,
    not_found,
    shared_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_lightsail import LightsailClient


@pytest.fixture
def calls(emulator: Emulator) -> Calls:
    """The calls of an emulator, of which there were none so far."""
    emulator.calls.clear()
    return emulator.calls


def test_each_call_is_recorded(calls: Calls, emulated: LightsailClient) -> None:
    create_snapshot(emulated, tags=[{"key": "env", "value": "prod"}, {"key": "keep"}])
    get_snapshot(emulated)

    assert calls.names == ["CreateInstanceSnapshot", "GetInstanceSnapshot"]
    assert len(calls) == 2
    created = calls[0]
    assert created.members == {
        "instanceName": "WordPress-1",
        "instanceSnapshotName": "WordPress-Snapshot-1",
        "tags": [{"key": "env", "value": "prod"}, {"key": "keep"}],
    }
    assert (created.region_name, created.account_id) == ("us-west-2", "123456789012")
    assert calls[-1:] == [calls[1]] == list(calls)[1:]


def test_calls_have_the_time_of_the_clock(
    emulator: Emulator, calls: Calls, emulated: LightsailClient
) -> None:
    emulator.clock.move_to("2026-03-01 06:00")
    emulated.get_regions()

    delay = calls[0].time - datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert timedelta() <= delay < timedelta(minutes=1)


def test_calls_have_their_region_and_account(emulator_url: str | None) -> None:
    calls = Calls(emulator_url)
    calls.clear()
    for region in ("eu-west-1", "us-west-2"):
        new_client(
            region, account_id="111122223333", endpoint_url=emulator_url
        ).get_bundles()

    assert [(each.region_name, each.account_id) for each in calls] == [
        ("eu-west-1", "111122223333"),
        ("us-west-2", "111122223333"),
    ]


def test_calls_are_filtered_by_operation_and_members(
    calls: Calls, emulated: LightsailClient
) -> None:
    for name in ("One", "Two"):
        create_snapshot(emulated, name)
        get_snapshot(emulated, name)

    assert [each.operation for each in calls.of("GetInstanceSnapshot")] == (
        ["GetInstanceSnapshot"] * 2
    )
    (two,) = calls.of("CreateInstanceSnapshot", instanceSnapshotName="Two")
    assert two.members["instanceSnapshotName"] == "Two"
    assert len(calls.of(instanceSnapshotName="Two")) == 2
    assert len(calls.of("CreateInstanceSnapshot", "GetInstanceSnapshot")) == 4
    assert calls.of("DeleteInstanceSnapshot") == []
    assert calls.of("CreateInstanceSnapshot", tags=[{"key": "env"}]) == []


def test_members_that_cannot_be_hashed_are_compared(
    calls: Calls, emulated: LightsailClient
) -> None:
    create_instances(emulated, "One", "Two")

    (created,) = calls.of(instanceNames=["One", "Two"])
    assert created.operation == "CreateInstances"


def test_a_misspelled_operation_is_an_error(calls: Calls) -> None:
    with pytest.raises(ValueError, match="did you mean DeleteInstanceSnapshot"):
        calls.of("DeleteInstanceSnapshots")


def test_a_refused_call_is_recorded(calls: Calls, emulated: LightsailClient) -> None:
    with not_found():
        get_snapshot(emulated, "Nemo")

    assert [each.members for each in calls] == [{"instanceSnapshotName": "Nemo"}]


@pytest.mark.parametrize("times", [1, 3])
def test_a_call_that_a_fault_applies_to_is_recorded(
    emulator: Emulator, calls: Calls, emulated: LightsailClient, times: int
) -> None:
    emulator.faults.error("GetRegions", code="AccessDeniedException", times=times)
    for _ in range(times):
        with pytest.raises(ClientError):
            emulated.get_regions()

    assert calls.names == ["GetRegions"] * times


def test_a_call_that_is_not_supported_is_recorded(
    calls: Calls, emulated: LightsailClient
) -> None:
    with pytest.raises(ClientError):
        emulated.get_disks()

    assert calls.names == ["GetDisks"]


def test_a_body_that_is_no_object_has_no_members() -> None:
    with LightsailServer() as server:
        for body in ("[1]", "not JSON"):
            requests.post(
                f"{server.url}/ls/api/2016-11-28/GetRegions", data=body, timeout=10
            )

        assert [(each.operation, each.members) for each in server.calls] == (
            [("GetRegions", {})] * 2
        )


def test_neither_headers_nor_credentials_are_recorded(
    calls: Calls, emulated: LightsailClient
) -> None:
    emulated.get_regions()

    assert "testing" not in repr(calls)
    assert {*calls[0].to_dict()} == {
        "operation",
        "members",
        "region_name",
        "account_id",
        "time",
    }


def test_the_record_is_live_and_can_be_cleared(
    calls: Calls, emulated: LightsailClient
) -> None:
    assert calls == []
    assert not calls
    emulated.get_regions()
    assert len(calls) == 1
    assert calls != []
    assert calls == [calls[0]]
    assert calls != "GetRegions"

    calls.clear()

    assert calls == []
    assert repr(calls) == "Calls([])"


@pytest.mark.parametrize(
    "reset",
    [
        lambda server: server.reset(),
        lambda server: requests.post(f"{server.url}/moto-api/reset", timeout=10),
    ],
)
def test_a_reset_clears_the_record(reset: Callable[[LightsailServer], object]) -> None:
    with LightsailServer() as server:
        new_client(endpoint_url=server.url).get_regions()
        assert server.calls.names == ["GetRegions"]

        reset(server)

        assert server.calls == []


def test_the_end_of_a_mock_clears_the_record() -> None:
    with mock_lightsail() as emulator:
        shared_client().get_regions()
        assert emulator.calls.names == ["GetRegions"]
    with mock_lightsail() as emulator:
        assert emulator.calls == []


def test_a_server_and_a_mock_share_the_record() -> None:
    with mock_lightsail() as emulator, LightsailServer() as server:
        shared_client().get_regions()
        new_client(endpoint_url=server.url).get_bundles()

        assert (
            emulator.calls.names == server.calls.names == ["GetRegions", "GetBundles"]
        )
        assert emulator.calls == Calls(server.url)


def test_the_record_drops_the_oldest_calls() -> None:
    record = Record("aws", "123456789012")
    call: Any = dict.fromkeys(("members", "region_name", "account_id", "time"))
    for number in range(LONGEST + 1):
        record.add(RecordedCall(operation=str(number), **call))

    assert len(record.calls) == LONGEST
    assert record.calls[0].operation == "1"


def test_a_recorded_call_is_a_value() -> None:
    with mock_lightsail() as emulator:
        shared_client().get_regions(includeAvailabilityZones=True)
        (call,) = emulator.calls

    assert pickle.loads(pickle.dumps(call)) == call
    with pytest.raises(AttributeError):
        call.operation = "GetBundles"  # type: ignore[misc]


def test_later_calls_do_not_change_a_recorded_one() -> None:
    with mock_lightsail() as emulator:
        create_instances(shared_client(), "One", tags=[{"key": "env"}])
        shared_client().tag_resource(
            resourceName="One", tags=[{"key": "env", "value": "prod"}]
        )

        assert emulator.calls[0].members["tags"] == [{"key": "env"}]


def test_the_page_of_calls() -> None:
    with LightsailServer() as server:
        url = f"{server.url}/moto-api/lightsail/calls"
        new_client("eu-west-1", endpoint_url=server.url).get_bundles()

        (call,) = requests.get(url, timeout=10).json()["calls"]
        removed = requests.delete(url, timeout=10).json()

    assert call.pop("time") > "2020"
    assert call == {
        "operation": "GetBundles",
        "members": {},
        "region_name": "eu-west-1",
        "account_id": "123456789012",
    }
    assert removed == {"calls": []}


# Faults for one resource, and faults that never applied


def statuses_of(operations: Any) -> dict[str, str]:
    return {each["resourceName"]: each["status"] for each in operations}


def test_a_fault_for_one_resource_applies_to_calls_about_it(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    create_snapshot(emulated, "One")
    create_snapshot(emulated, "Two")
    emulator.faults.error(
        "GetInstanceSnapshot", code="AccessDeniedException", resource_name="Two"
    )

    get_snapshot(emulated, "One")
    with pytest.raises(emulated.exceptions.AccessDeniedException):
        get_snapshot(emulated, "Two")
    get_snapshot(emulated, "Two")


def test_without_an_operation_it_applies_to_any_call_about_the_resource(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.faults.error(
        code="AccessDeniedException", resource_name="WordPress-1", times=None
    )
    sent: list[Callable[[], object]] = [
        lambda: create_snapshot(emulated),
        lambda: emulated.get_instance(instanceName="WordPress-1"),
        lambda: emulated.tag_resource(resourceName="WordPress-1", tags=[]),
        lambda: create_instances(emulated, "Other", "WordPress-1"),
    ]

    for send in sent:
        with pytest.raises(emulated.exceptions.AccessDeniedException):
            send()
    emulated.get_instances()
    with not_found():
        emulated.get_instance(instanceName="WordPress-2")


def test_polling_an_operation_is_about_its_resource(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    on_snapshot, on_instance = create_snapshot(emulated)
    emulator.faults.error(
        "GetOperation",
        code="AccessDeniedException",
        resource_name="WordPress-Snapshot-1",
    )

    emulated.get_operation(operationId=on_instance["id"])
    with pytest.raises(emulated.exceptions.AccessDeniedException):
        emulated.get_operation(operationId=on_snapshot["id"])
    emulator.faults.throttle("GetOperation", resource_name="Nemo")
    with not_found():
        emulated.get_operation(operationId="Nemo")


def test_a_failure_of_one_snapshot_fails_all_its_operations(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.faults.fail_operations(
        "CreateInstanceSnapshot",
        error_code="OutOfSpace",
        after_polls=0,
        resource_name="Two",
        times=None,
    )

    one = create_snapshot(emulated, "One")
    two = create_snapshot(emulated, "Two")

    assert statuses_of(one) == {"One": "NotStarted", "WordPress-1": "NotStarted"}
    assert statuses_of(two) == {"Two": "Failed", "WordPress-1": "Failed"}
    assert get_snapshot(emulated, "Two")["state"] == "error"


def test_one_of_several_instances_fails(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.faults.fail_operations(
        "CreateInstances", error_code="OutOfSpace", resource_name="Two"
    )
    emulator.faults.leave_unfinished("CreateInstances", resource_name="Four")

    operations = create_instances(emulated, "One", "Two")
    operations += create_instances(emulated, "Three", "Four")

    assert statuses_of(operations) == {
        "One": "Succeeded",
        "Two": "Failed",
        "Three": "Succeeded",
        "Four": "Started",
    }
    instances = emulated.get_instances()["instances"]
    assert {each["name"]: each["state"]["name"] for each in instances} == {
        "WordPress-1": "running",
        "One": "running",
        "Two": "pending",
        "Three": "running",
        "Four": "pending",
    }


@pytest.mark.parametrize("names", [5, "Two", {"Two": 1}, None, [["Two"]]])
def test_invalid_names_are_refused_although_a_fault_applies(names: Any) -> None:
    with LightsailServer() as server:
        server.faults.fail_operations("CreateInstances", error_code="OutOfSpace")
        response = requests.post(
            f"{server.url}/ls/api/2016-11-28/CreateInstances",
            json={"instanceNames": names, "GetName": {}},
            timeout=10,
        )

    assert response.status_code == 400
    assert response.json()["__type"] == "InvalidInputException"


@pytest.mark.parametrize(
    ("operation", "name", "message"),
    [
        ("GetRegions", "One", "GetRegions names no resource: leave out resource_name"),
        ("GetInstance", "", "resource_name is '': give some text"),
    ],
)
def test_a_fault_that_can_never_concern_the_resource_is_refused(
    emulator: Emulator, operation: str, name: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        emulator.faults.throttle(operation, resource_name=name)


def test_faults_that_never_applied_are_found(
    emulator: Emulator, emulated: LightsailClient
) -> None:
    emulator.faults.assert_all_applied()
    emulator.faults.error("GetRegions", code="AccessDeniedException", times=2)
    emulator.faults.drop("GetInstance", when="after", resource_name="WordPress-9")
    with pytest.raises(emulated.exceptions.AccessDeniedException):
        emulated.get_regions()

    assert [each["fault"] for each in emulator.faults.pending] == ["error", "drop"]
    assert [each["fault"] for each in emulator.faults.never_applied] == ["drop"]
    message = (
        r"these faults never applied to a call: drop\(operation='GetInstance', "
        r"resource_name='WordPress-9', times=1, when='after'\)$"
    )
    with pytest.raises(AssertionError, match=message):
        emulator.faults.assert_all_applied()
    emulator.faults.clear()
    emulator.faults.assert_all_applied()


def test_the_mock_has_the_faults_of_the_process() -> None:
    with mock_lightsail() as emulator:
        emulator.faults.throttle("GetRegions")

        assert faults.pending == emulator.faults.pending != []
