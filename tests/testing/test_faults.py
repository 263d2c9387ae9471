"""Scripted faults, as boto3 clients see them in the process and on a server."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Barrier
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from attrs import frozen
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from moto.moto_api import state_manager
from moto.server import ThreadedMotoServer

from lightsnap.testing import (
    FaultError,
    Faults,
    LightsailServer,
    faults,
    mock_lightsail,
)
from tests.embedded import Wire, create_instances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_lightsail import LightsailClient
    from types_boto3_lightsail.type_defs import OperationTypeDef

REGION = "us-west-2"
STATE_MODELS = ("lightsail::operation", "lightsail::instance_snapshot")


def new_client(endpoint_url: str | None = None, **config: Any) -> LightsailClient:
    """Return a client without retries, so that tests see every fault."""
    return boto3.client(
        "lightsail",
        region_name=REGION,
        endpoint_url=endpoint_url,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


@frozen
class Emulator:
    """A client of an emulator that has the instance WordPress-1, and its faults."""

    client: LightsailClient
    faults: Faults

    def snapshot(self, name: str = "Snapshot") -> list[OperationTypeDef]:
        return self.client.create_instance_snapshot(
            instanceName="WordPress-1", instanceSnapshotName=name
        )["operations"]

    def state(self, name: str = "Snapshot") -> str:
        response = self.client.get_instance_snapshot(instanceSnapshotName=name)
        return response["instanceSnapshot"]["state"]

    def poll(self, operation: OperationTypeDef) -> OperationTypeDef:
        return self.client.get_operation(operationId=operation["id"])["operation"]

    def works(self) -> bool:
        return len(self.client.get_instances()["instances"]) == 1


@pytest.fixture(params=["process", "server"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with ExitStack() as stack:
        scripted = faults
        if request.param == "process":
            stack.enter_context(mock_lightsail())
            client = new_client()
        else:
            server = stack.enter_context(LightsailServer(region_name=REGION))
            client = new_client(server.url)
            scripted = Faults(server.url)  # as in another process
        create_instances(client, "WordPress-1")
        yield Emulator(client, scripted)


@pytest.fixture
def in_process() -> Iterator[Emulator]:
    with mock_lightsail():
        client = new_client()
        create_instances(client, "WordPress-1")
        yield Emulator(client, faults)


@pytest.fixture
def immediate() -> Iterator[None]:
    """Make operations end and snapshots become available at once."""
    for model in STATE_MODELS:
        state_manager.set_transition(model, {"progression": "immediate"})
    yield
    for model in STATE_MODELS:
        state_manager.unset_transition(model)


class TestErrors:
    @pytest.mark.parametrize(
        ("script", "code", "status"),
        [
            (lambda script: script.throttle(), "ThrottlingException", 400),
            (lambda script: script.server_error(), "InternalFailure", 500),
            (lambda script: script.server_error(status=503), "ServiceUnavailable", 503),
            (
                lambda script: script.error(code="AccessDeniedException"),
                "AccessDeniedException",
                400,
            ),
            (
                lambda script: script.error(code="ServiceException"),
                "ServiceException",
                500,
            ),
            (
                lambda script: script.error(code="ExpiredTokenException", status=403),
                "ExpiredTokenException",
                403,
            ),
        ],
        ids=["throttle", "500", "503", "modeled", "modeled 5xx", "unmodeled"],
    )
    def test_an_error_replaces_one_call(
        self,
        emulator: Emulator,
        script: Callable[[Faults], None],
        code: str,
        status: int,
    ) -> None:
        script(emulator.faults)

        with pytest.raises(ClientError) as caught:
            emulator.snapshot()

        assert caught.value.response["Error"]["Code"] == code
        metadata = caught.value.response["ResponseMetadata"]
        assert metadata["HTTPStatusCode"] == status
        assert metadata["RequestId"]
        assert emulator.client.get_instance_snapshots()["instanceSnapshots"] == []

    def test_a_modeled_error_has_its_class_and_members(
        self, emulator: Emulator
    ) -> None:
        bodies: list[dict[str, Any]] = []
        emulator.client.meta.events.register(
            "before-parse.lightsail",
            lambda response_dict, **_: bodies.append(json.loads(response_dict["body"])),
        )
        emulator.faults.error(code="NotFoundException", message="Not here.")

        with pytest.raises(
            emulator.client.exceptions.NotFoundException, match="Not here"
        ):
            emulator.works()

        (body,) = bodies
        assert body["message"] == "Not here."
        assert body["code"]
        assert body["docs"]
        assert body["tip"]

    def test_a_retry_of_the_sdk_is_a_call_too(self) -> None:
        with mock_lightsail():
            faults.drop("GetRegions", when="before", times=2)
            client = boto3.client(
                "lightsail",
                region_name=REGION,
                config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
            )
            response = client.get_regions()

        assert response["ResponseMetadata"]["RetryAttempts"] == 2


class TestConnections:
    @pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
    def test_a_connection_is_dropped_before_or_after_the_call_is_performed(
        self, emulator: Emulator, when: Any, created: int
    ) -> None:
        emulator.faults.drop("CreateInstanceSnapshot", when=when)

        with pytest.raises(ConnectionClosedError):
            emulator.snapshot()

        snapshots = emulator.client.get_instance_snapshots()["instanceSnapshots"]
        assert len(snapshots) == created

    def test_a_broken_off_response_is_shorter_than_its_content_length(self) -> None:
        with LightsailServer() as server:
            server.faults.break_off("GetRegions")
            with pytest.raises(requests.exceptions.ChunkedEncodingError) as caught:
                requests.post(f"{server.url}/ls/api/2016-11-28/GetRegions", timeout=10)

        assert "IncompleteRead" in str(caught.value)

    @pytest.mark.parametrize(
        "script",
        [
            lambda script: script.garble("CreateInstanceSnapshot"),
            lambda script: script.garble("CreateInstanceSnapshot", body="<html>"),
        ],
        ids=["truncated JSON", "HTML"],
    )
    def test_a_call_with_a_garbled_response_is_performed(
        self, emulator: Emulator, script: Callable[[Faults], None]
    ) -> None:
        script(emulator.faults)

        # botocore treats it as a success without members.
        response = emulator.client.create_instance_snapshot(
            instanceName="WordPress-1", instanceSnapshotName="Snapshot"
        )

        assert "operations" not in response
        assert emulator.state() == "available"

    def test_a_call_with_a_broken_off_response_is_performed(
        self, emulator: Emulator
    ) -> None:
        emulator.faults.break_off("CreateInstanceSnapshot")

        # Only some releases of botocore notice that the response is incomplete.
        with suppress(ConnectionClosedError):
            response = emulator.client.create_instance_snapshot(
                instanceName="WordPress-1", instanceSnapshotName="Snapshot"
            )
            assert "operations" not in response

        assert emulator.state() == "available"

    def test_a_delay_longer_than_the_read_timeout_is_a_time_out(self) -> None:
        with LightsailServer(region_name=REGION, instances=["WordPress-1"]) as server:
            server.faults.delay("CreateInstanceSnapshot", seconds=60)
            hasty = Emulator(new_client(server.url, read_timeout=0.5), server.faults)

            with pytest.raises(ReadTimeoutError):
                hasty.snapshot()

            patient = Emulator(new_client(server.url), server.faults)
            assert patient.state() == "available"

    def test_a_delayed_response_is_late(self, emulator: Emulator) -> None:
        emulator.faults.delay(seconds=0.1)

        start = time.monotonic()
        assert emulator.works()
        assert time.monotonic() - start >= 0.1


class TestOperations:
    def test_an_unknown_status(self, emulator: Emulator) -> None:
        (operation, _) = emulator.snapshot()
        emulator.faults.replace("GetOperation", members={"status": "Paused"})

        assert str(emulator.poll(operation)["status"]) == "Paused"
        assert emulator.poll(operation)["status"] == "Succeeded"

    def test_unknown_types_in_each_object_of_a_list(self, emulator: Emulator) -> None:
        emulator.faults.replace(
            "CreateInstanceSnapshot",
            members={"operationType": "Freeze", "resourceType": "Iceberg"},
        )

        operations = emulator.snapshot()

        assert [
            (operation["operationType"], operation["resourceType"])
            for operation in operations
        ] == [("Freeze", "Iceberg")] * 2

    def test_missing_members(self, emulator: Emulator) -> None:
        (operation, _) = emulator.snapshot()
        members = {"status": None, "errorCode": None}
        emulator.faults.replace("GetOperation", members=members)

        wire = Wire(emulator.client)
        emulator.poll(operation)
        assert "status" not in wire.last["operation"]
        assert wire.last["operation"]["isTerminal"] is False

    def test_replace_leaves_a_page_token_alone(self, emulator: Emulator) -> None:
        create_instances(emulator.client, *(f"More-{number}" for number in range(100)))
        emulator.faults.replace("GetInstances", members={"name": "Same"})

        response = emulator.client.get_instances()

        assert {instance["name"] for instance in response["instances"]} == {"Same"}
        assert response["nextPageToken"]

    def test_operations_fail_when_they_would_have_succeeded(
        self, emulator: Emulator
    ) -> None:
        emulator.faults.fail_operations(
            "CreateInstanceSnapshot", error_code="OutOfDisk", error_details="No room."
        )

        (operation, other) = emulator.snapshot()
        started, failed = [emulator.poll(operation) for _ in range(2)]
        other_failed = [emulator.poll(other) for _ in range(2)][-1]

        assert operation["status"] == "NotStarted"
        assert (started["status"], started["isTerminal"]) == ("Started", False)
        assert "errorCode" not in started
        for each in (failed, other_failed):
            assert (each["status"], each["isTerminal"]) == ("Failed", True)
            assert each["errorCode"] == "OutOfDisk"
            assert each["errorDetails"] == "No room."
        assert emulator.state() == "error"

    @pytest.mark.usefixtures("immediate")
    def test_immediate_operations_can_fail_at_once(self, in_process: Emulator) -> None:
        in_process.faults.fail_operations(error_code="OutOfDisk")

        assert [each["status"] for each in in_process.snapshot()] == ["Failed"] * 2
        assert in_process.state() == "error"

    @pytest.mark.parametrize("polls", [0, 1, 4])
    def test_operations_fail_after_a_number_of_polls(
        self, emulator: Emulator, polls: int
    ) -> None:
        emulator.faults.fail_operations(
            "CreateInstanceSnapshot", error_code="OutOfDisk", after_polls=polls
        )

        (operation, _) = emulator.snapshot()
        seen = [operation, *(emulator.poll(operation) for _ in range(6))]

        assert [each["isTerminal"] for each in seen] == [
            poll >= polls for poll in range(7)
        ]
        assert {each["status"] for each in seen[polls:]} == {"Failed"}

    def test_one_of_two_operations_fails(self, emulator: Emulator) -> None:
        emulator.faults.fail_operations(
            "CreateInstanceSnapshot",
            error_code="OutOfDisk",
            after_polls=1,
            resource_type="Instance",
        )

        of_snapshot, of_instance = emulator.snapshot()
        emulator.poll(of_snapshot)

        assert emulator.poll(of_snapshot)["status"] == "Succeeded"
        assert emulator.poll(of_instance)["status"] == "Failed"
        assert emulator.state() == "available"

    def test_operations_never_end(self, emulator: Emulator) -> None:
        emulator.faults.leave_unfinished("CreateInstanceSnapshot")

        (operation, _) = emulator.snapshot()

        assert {emulator.poll(operation)["status"] for _ in range(9)} == {"Started"}
        assert {emulator.state() for _ in range(9)} == {"pending"}

    def test_the_next_snapshot_succeeds(self, emulator: Emulator) -> None:
        emulator.faults.fail_operations(
            "CreateInstanceSnapshot", error_code="OutOfDisk"
        )

        emulator.snapshot("First")
        emulator.snapshot("Second")

        assert emulator.state("First") == "error"
        assert emulator.state("Second") == "available"

    def test_an_instance_keeps_its_state_if_its_operation_fails(
        self, in_process: Emulator
    ) -> None:
        client = in_process.client

        def state(name: str) -> str:
            return client.get_instance(instanceName=name)["instance"]["state"]["name"]

        in_process.faults.fail_operations(error_code="OutOfDisk", times=2)
        create_instances(client, "New")
        client.stop_instance(instanceName="WordPress-1")
        assert state("New") == "pending"
        assert state("WordPress-1") == "running"

        client.stop_instance(instanceName="WordPress-1")
        in_process.faults.leave_unfinished("StartInstance")
        client.start_instance(instanceName="WordPress-1")
        assert state("WordPress-1") == "stopped"


class TestScript:
    def test_a_fault_applies_to_the_next_calls_only(self, emulator: Emulator) -> None:
        emulator.faults.throttle("GetInstances", times=2)

        for _ in range(2):
            with pytest.raises(ClientError):
                emulator.works()
        assert emulator.works()

    def test_a_fault_applies_to_calls_of_its_operation_only(
        self, emulator: Emulator
    ) -> None:
        emulator.faults.throttle("GetRegions")

        assert emulator.works()
        with pytest.raises(ClientError):
            emulator.client.get_regions()

    def test_a_fault_without_a_limit_applies_until_cleared(
        self, emulator: Emulator
    ) -> None:
        emulator.faults.throttle(times=None)

        for _ in range(9):
            with pytest.raises(ClientError):
                emulator.works()
        emulator.faults.clear()
        assert emulator.works()

    def test_a_fault_for_any_operation_waits_for_a_call_that_it_can_apply_to(
        self, emulator: Emulator
    ) -> None:
        emulator.faults.leave_unfinished()

        assert emulator.works()
        (operation, _) = emulator.snapshot()
        assert {emulator.poll(operation)["isTerminal"] for _ in range(9)} == {False}

    def test_a_fault_applies_as_often_as_scripted_across_threads(
        self, in_process: Emulator
    ) -> None:
        in_process.faults.error("GetRegions", code="NotFoundException", times=100)
        start = Barrier(8)

        def count_faults(_: int) -> int:
            start.wait()
            count = 0
            for _ in range(50):
                try:
                    in_process.client.get_regions()
                except in_process.client.exceptions.NotFoundException:
                    count += 1
            return count

        with ThreadPoolExecutor(8) as executor:
            assert sum(executor.map(count_faults, range(8))) == 100

    def test_the_fault_that_was_scripted_first_applies_first(
        self, emulator: Emulator
    ) -> None:
        emulator.faults.error("GetInstances", code="NotFoundException")
        emulator.faults.throttle()

        with pytest.raises(emulator.client.exceptions.NotFoundException):
            emulator.works()
        with pytest.raises(ClientError, match="Rate exceeded"):
            emulator.works()
        assert emulator.works()

    def test_pending_lists_the_remaining_faults(self, emulator: Emulator) -> None:
        assert emulator.faults.pending == []
        emulator.faults.throttle("GetInstances", times=3)
        emulator.faults.drop(when="after")

        with pytest.raises(ClientError):
            emulator.works()

        assert emulator.faults.pending == [
            {
                "fault": "throttle",
                "operation": "GetInstances",
                "resource_name": None,
                "times": 2,
            },
            {
                "fault": "drop",
                "operation": None,
                "resource_name": None,
                "times": 1,
                "when": "after",
            },
        ]

    def test_faults_apply_to_unsupported_calls_too(self, emulator: Emulator) -> None:
        emulator.faults.throttle("GetDisks")

        with pytest.raises(ClientError, match="Rate exceeded"):
            emulator.client.get_disks()

    def test_the_end_of_a_mock_clears_faults(self) -> None:
        with mock_lightsail():
            faults.throttle(times=None)

        with mock_lightsail():
            assert faults.pending == []
            new_client().get_regions()

    def test_a_reset_of_moto_clears_faults(self, emulator: Emulator) -> None:
        emulator.faults.throttle(times=None)

        url = emulator.client.meta.endpoint_url
        if "amazonaws" in url:
            url = "http://motoapi.amazonaws.com"
        requests.post(f"{url}/moto-api/reset", timeout=10).raise_for_status()

        assert emulator.faults.pending == []
        assert emulator.client.get_instances()["instances"] == []

    def test_repr_shows_the_url(self) -> None:
        assert repr(faults) == "Faults()"
        assert repr(Faults("http://127.0.0.1:9")) == "Faults('http://127.0.0.1:9')"


REFUSED: list[tuple[str, Callable[[Faults], None], str]] = [
    (
        "unknown operation",
        lambda script: script.throttle("GetRegion"),
        "Lightsail has no operation GetRegion: did you mean GetRegions?",
    ),
    (
        "unlike any operation",
        lambda script: script.throttle("?"),
        "Lightsail has no operation ?",
    ),
    (
        "no times",
        lambda script: script.throttle(times=0),
        "times is 0: give a whole number from 1",
    ),
    (
        "half a time",
        lambda script: script.throttle(times=0.5),  # type: ignore[arg-type]
        "times is 0.5: give a whole number from 1",
    ),
    (
        "a bool for times",
        lambda script: script.throttle(times=True),
        "times is True: give a whole number from 1",
    ),
    (
        "unsupported status",
        lambda script: script.server_error(status=502),  # type: ignore[arg-type]
        "status is 502: give 500 or 503",
    ),
    (
        "an error without a code",
        lambda script: script.error(code=" "),
        "code is ' ': give some text",
    ),
    (
        "an error without a message",
        lambda script: script.error(code="NotFoundException", message=""),
        "message is '': give some text",
    ),
    (
        "an error with a status of success",
        lambda script: script.error(code="Fine", status=200),
        "status is 200: give a whole number from 400 to 599",
    ),
    (
        "an error with an unknown status",
        lambda script: script.error(code="Odd", status=1000),
        "status is 1000: give a whole number from 400 to 599",
    ),
    (
        "half a status",
        lambda script: script.server_error(status=500.0),  # type: ignore[arg-type]
        "status is 500.0: give 500 or 503",
    ),
    (
        "unmodeled error",
        lambda script: script.error("GetRegions", code="ExpiredToken"),
        "GetRegions has no modeled error ExpiredToken: give one of ServiceException,",
    ),
    (
        "unmodeled error for any operation",
        lambda script: script.error(code="ExpiredToken"),
        "Lightsail has no modeled error ExpiredToken",
    ),
    (
        "negative delay",
        lambda script: script.delay(seconds=-1),
        "seconds is -1: give a number from 0",
    ),
    (
        "a delay of more than a day",
        lambda script: script.delay(seconds=1e300),
        "seconds is 1e+300: give a number from 0 to 86400",
    ),
    (
        "a delay that is not a number",
        lambda script: script.delay(seconds=float("nan")),
        "seconds is nan: give a number from 0 to 86400",
    ),
    (
        "a drop at an unknown time",
        lambda script: script.drop(when="during"),  # type: ignore[arg-type]
        "when is 'during': give 'before' or 'after'",
    ),
    (
        "garble that is valid JSON",
        lambda script: script.garble(body="{}"),
        "body is valid JSON",
    ),
    (
        "garble that is not text",
        lambda script: script.garble(body=None),  # type: ignore[arg-type]
        "body is None: give some text",
    ),
    (
        "empty garble",
        lambda script: script.garble(body=""),
        "body is '': give some text",
    ),
    (
        "a lone surrogate",
        lambda script: script.garble(body="\ud800"),
        "body has a lone surrogate: give valid text",
    ),
    (
        "nothing to replace",
        lambda script: script.replace(members={}),
        "members is {}: give a dict like",
    ),
    (
        "unknown member",
        lambda script: script.replace("GetOperation", members={"sttus": "Paused"}),
        "nothing that GetOperation returns has the members sttus",
    ),
    (
        "a response to an unsupported call",
        lambda script: script.replace("CreateDisk", members={"status": "Paused"}),
        "nothing that CreateDisk returns has the members status",
    ),
    (
        "unknown member for any operation",
        lambda script: script.replace(members={"sttus": "Paused"}),
        "nothing that Lightsail returns has the members sttus",
    ),
    (
        "no operation starts",
        lambda script: script.fail_operations("GetRegions", error_code="X"),
        "GetRegions starts no operation that can stay pending: give one of CopySnap",
    ),
    (
        "the operation ends at once",
        lambda script: script.leave_unfinished("DeleteInstance"),
        "DeleteInstance starts no operation that can stay pending",
    ),
    (
        "wrong type of resource",
        lambda script: script.leave_unfinished("CopySnapshot", resource_type="Disk"),
        "CopySnapshot starts no operation that can stay pending on a resource of type",
    ),
    (
        "wrong type of resource for any operation",
        lambda script: script.leave_unfinished(resource_type="Disk"),
        "Lightsail starts no operation that can stay pending on a resource of type",
    ),
    (
        "a failure without a code",
        lambda script: script.fail_operations(error_code=""),
        "error_code is '': give some text",
    ),
    (
        "a failure without details",
        lambda script: script.fail_operations(error_code="X", error_details=""),
        "error_details is '': give some text",
    ),
    (
        "a negative number of polls",
        lambda script: script.fail_operations(error_code="X", after_polls=-1),
        "after_polls is -1: give a whole number from 0",
    ),
]


class TestRefusals:
    @pytest.mark.parametrize(
        ("script", "reason"),
        [pytest.param(script, reason, id=name) for name, script, reason in REFUSED],
    )
    def test_a_fault_that_cannot_apply_is_refused_with_a_reason(
        self, in_process: Emulator, script: Callable[[Faults], None], reason: str
    ) -> None:
        with LightsailServer() as server:
            for scripted in (in_process.faults, Faults(server.url)):
                with pytest.raises(FaultError) as caught:
                    script(scripted)

                assert str(caught.value).startswith(reason)
                assert scripted.pending == []

    @pytest.mark.parametrize("value", [{1, 2}, float("nan")])
    def test_members_that_json_cannot_encode_are_refused(
        self, in_process: Emulator, value: object
    ) -> None:
        with pytest.raises(FaultError, match="members cannot be encoded as JSON"):
            in_process.faults.replace(members={"status": value})

    def test_a_fault_without_a_running_emulator_is_refused(self) -> None:
        with pytest.raises(FaultError, match="no Lightsail emulator is running"):
            faults.throttle()

    def test_each_operation_that_starts_pending_can_fail(
        self, in_process: Emulator
    ) -> None:
        # This checks the table of API operations and resource types in _faults.py.
        client = in_process.client
        in_process.snapshot("Available")
        calls: dict[str, Callable[[], Any]] = {
            "CreateInstances": lambda: client.create_instances(
                instanceNames=["New"],
                availabilityZone=f"{REGION}a",
                blueprintId="wordpress",
                bundleId="nano_3_0",
            ),
            "CreateInstancesFromSnapshot": lambda: (
                client.create_instances_from_snapshot(
                    instanceNames=["Restored"],
                    instanceSnapshotName="Available",
                    availabilityZone=f"{REGION}a",
                    bundleId="nano_3_0",
                )
            ),
            "CreateInstanceSnapshot": lambda: client.create_instance_snapshot(
                instanceName="WordPress-1", instanceSnapshotName="Failing"
            ),
            "CopySnapshot": lambda: client.copy_snapshot(
                sourceSnapshotName="Available",
                targetSnapshotName="Copy",
                sourceRegion="us-west-2",
            ),
            "StopInstance": lambda: client.stop_instance(instanceName="WordPress-1"),
            "StartInstance": lambda: client.start_instance(instanceName="WordPress-1"),
        }
        for name, call in calls.items():
            if name == "StartInstance":
                client.stop_instance(instanceName="WordPress-1")
            in_process.faults.fail_operations(name, error_code="X", after_polls=1)
            operations = call()["operations"]
            assert {each["isTerminal"] for each in operations} == {False}
            failed = [in_process.poll(each) for each in operations]
            assert {each["status"] for each in failed} == {"Failed"}
            for each in operations:
                in_process.faults.leave_unfinished(
                    name, resource_type=each["resourceType"]
                )
            in_process.faults.clear()


class TestHTTP:
    """The HTTP interface to a server's script, for other languages than Python."""

    @pytest.fixture
    def url(self) -> Iterator[str]:
        with LightsailServer() as server:
            yield f"{server.url}/moto-api/lightsail/faults"

    def test_faults_are_added_listed_and_removed(self, url: str) -> None:
        fault: Any = {
            "fault": "throttle",
            "operation": "GetOperation",
            "resource_name": "Snapshot",
            "times": 2,
        }

        added = requests.post(url, json=fault, timeout=10)
        listed = requests.get(url, timeout=10)
        removed = requests.delete(url, timeout=10)

        pending = {"faults": [fault], "never_applied": [fault]}
        assert added.json() == listed.json() == pending
        assert removed.json() == {"faults": [], "never_applied": []}

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("", "the body is not JSON: Expecting value"),
            ("{", "the body is not JSON: Expecting property name"),
            ("[" * 200_000, "the body is not JSON: "),
            ('{"fault": "delay", "seconds": 1' + "0" * 400 + "}", "seconds is 100"),
            ("[]", 'give a JSON object like {"fault": "throttle"}'),
            ("{}", "there is no fault None: give one of throttle, server_error"),
            ('{"fault": "flood"}', "there is no fault 'flood': give one of throttle"),
            (
                '{"fault": "drop"}',
                "drop: missing a required argument: 'when'",
            ),
            (
                '{"fault": "throttle", "time": 2}',
                "throttle: got an unexpected keyword argument 'time'",
            ),
            ('{"fault": "throttle", "times": "two"}', "times is 'two'"),
        ],
    )
    def test_an_invalid_fault_is_refused_with_a_reason(
        self, url: str, body: str, reason: str
    ) -> None:
        response = requests.post(url, data=body, timeout=10)

        assert response.status_code == 400
        assert response.json()["error"].startswith(reason)

    def test_other_methods_are_refused(self, url: str) -> None:
        response = requests.put(url, timeout=10)

        assert response.status_code == 405
        assert response.json() == {"error": "use GET, POST or DELETE"}

    def test_a_server_that_accepts_no_faults_is_reported(self) -> None:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        try:
            url = "http://{}:{}".format(*server.get_host_and_port())
            with pytest.raises(FaultError, match=f"{url} accepts no faults: .* 404"):
                Faults(url).throttle()
        finally:
            server.stop()

    def test_a_url_without_a_server_is_an_os_error(self) -> None:
        with LightsailServer() as server:
            url = server.url
        with pytest.raises(OSError):  # noqa: PT011
            Faults(url).throttle()

    @pytest.mark.parametrize(
        "url", ["127.0.0.1:5000", "https://127.0.0.1", "http://", "http://host/path"]
    )
    def test_an_invalid_server_url_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"is no server URL: give one like http"):
            Faults(url)
