"""Scripted faults, as boto3 clients meet them in the process and on a server."""

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
PROGRESSIONS = ("lightsail::operation", "lightsail::instance_snapshot")


def new_client(endpoint_url: str | None = None, **config: Any) -> LightsailClient:
    """A client that tries once, so that what it meets can be seen."""
    return boto3.client(
        "lightsail",
        region_name=REGION,
        endpoint_url=endpoint_url,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


@frozen
class Place:
    """A Lightsail with the instance WordPress-1, a client of it, and its faults."""

    client: LightsailClient
    faults: Faults

    def snapshot(self, name: str = "Snapshot") -> list[OperationTypeDef]:
        return self.client.create_instance_snapshot(
            instanceName="WordPress-1", instanceSnapshotName=name
        )["operations"]

    def state(self, name: str = "Snapshot") -> str:
        answer = self.client.get_instance_snapshot(instanceSnapshotName=name)
        return answer["instanceSnapshot"]["state"]

    def poll(self, operation: OperationTypeDef) -> OperationTypeDef:
        return self.client.get_operation(operationId=operation["id"])["operation"]

    def works(self) -> bool:
        return len(self.client.get_instances()["instances"]) == 1


@pytest.fixture(params=["process", "server"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
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
        yield Place(client, scripted)


@pytest.fixture
def in_process() -> Iterator[Place]:
    with mock_lightsail():
        client = new_client()
        create_instances(client, "WordPress-1")
        yield Place(client, faults)


@pytest.fixture
def immediate() -> Iterator[None]:
    """Whatever is begun is done."""
    for model in PROGRESSIONS:
        state_manager.set_transition(model, {"progression": "immediate"})
    yield
    for model in PROGRESSIONS:
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
        ids=["throttle", "500", "503", "modelled", "modelled 5xx", "unmodelled"],
    )
    def test_an_error_answers_one_call_and_nothing_is_done(
        self, place: Place, script: Callable[[Faults], None], code: str, status: int
    ) -> None:
        script(place.faults)

        with pytest.raises(ClientError) as caught:
            place.snapshot()

        assert caught.value.response["Error"]["Code"] == code
        metadata = caught.value.response["ResponseMetadata"]
        assert metadata["HTTPStatusCode"] == status
        assert metadata["RequestId"]
        assert place.client.get_instance_snapshots()["instanceSnapshots"] == []

    def test_a_modelled_error_is_of_its_class_and_has_its_members(
        self, place: Place
    ) -> None:
        bodies: list[dict[str, Any]] = []
        place.client.meta.events.register(
            "before-parse.lightsail",
            lambda response_dict, **_: bodies.append(json.loads(response_dict["body"])),
        )
        place.faults.error(code="NotFoundException", message="Not here.")

        with pytest.raises(place.client.exceptions.NotFoundException, match="Not here"):
            place.works()

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
            answer = client.get_regions()

        assert answer["ResponseMetadata"]["RetryAttempts"] == 2


class TestConnections:
    @pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
    def test_a_connection_is_dropped_before_or_after_the_work(
        self, place: Place, when: Any, made: int
    ) -> None:
        place.faults.drop("CreateInstanceSnapshot", when=when)

        with pytest.raises(ConnectionClosedError):
            place.snapshot()

        snapshots = place.client.get_instance_snapshots()["instanceSnapshots"]
        assert len(snapshots) == made

    def test_an_answer_that_breaks_off_is_shorter_than_it_says(self) -> None:
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
        ids=["JSON that ends", "HTML"],
    )
    def test_the_work_behind_an_unreadable_answer_is_done(
        self, place: Place, script: Callable[[Faults], None]
    ) -> None:
        script(place.faults)

        # botocore takes it for a success without members.
        answer = place.client.create_instance_snapshot(
            instanceName="WordPress-1", instanceSnapshotName="Snapshot"
        )

        assert "operations" not in answer
        assert place.state() == "available"

    def test_the_work_behind_half_an_answer_is_done(self, place: Place) -> None:
        place.faults.break_off("CreateInstanceSnapshot")

        # Some releases of botocore see that it is half of one, others do not.
        with suppress(ConnectionClosedError):
            answer = place.client.create_instance_snapshot(
                instanceName="WordPress-1", instanceSnapshotName="Snapshot"
            )
            assert "operations" not in answer

        assert place.state() == "available"

    def test_a_client_that_waits_less_than_the_delay_sees_a_time_out(self) -> None:
        with LightsailServer(region_name=REGION, instances=["WordPress-1"]) as server:
            server.faults.delay("CreateInstanceSnapshot", seconds=60)
            hasty = Place(new_client(server.url, read_timeout=0.5), server.faults)

            with pytest.raises(ReadTimeoutError):
                hasty.snapshot()

            patient = Place(new_client(server.url), server.faults)
            assert patient.state() == "available"

    def test_a_delayed_answer_comes_late(self, place: Place) -> None:
        place.faults.delay(seconds=0.1)

        began = time.monotonic()
        assert place.works()
        assert time.monotonic() - began >= 0.1


class TestOperations:
    def test_a_status_that_nobody_knows(self, place: Place) -> None:
        (operation, _) = place.snapshot()
        place.faults.replace("GetOperation", members={"status": "Paused"})

        assert str(place.poll(operation)["status"]) == "Paused"
        assert place.poll(operation)["status"] == "Succeeded"

    def test_types_that_nobody_knows_in_each_of_a_list(self, place: Place) -> None:
        place.faults.replace(
            "CreateInstanceSnapshot",
            members={"operationType": "Freeze", "resourceType": "Iceberg"},
        )

        operations = place.snapshot()

        assert [
            (operation["operationType"], operation["resourceType"])
            for operation in operations
        ] == [("Freeze", "Iceberg")] * 2

    def test_members_that_are_missing(self, place: Place) -> None:
        (operation, _) = place.snapshot()
        members = {"status": None, "errorCode": None}
        place.faults.replace("GetOperation", members=members)

        wire = Wire(place.client)
        place.poll(operation)
        assert "status" not in wire.last["operation"]
        assert wire.last["operation"]["isTerminal"] is False

    def test_a_page_token_is_no_object_to_replace_in(self, place: Place) -> None:
        create_instances(place.client, *(f"More-{number}" for number in range(100)))
        place.faults.replace("GetInstances", members={"name": "Same"})

        answer = place.client.get_instances()

        assert {instance["name"] for instance in answer["instances"]} == {"Same"}
        assert answer["nextPageToken"]

    def test_operations_fail_when_they_would_have_succeeded(self, place: Place) -> None:
        place.faults.fail_operations(
            "CreateInstanceSnapshot", error_code="OutOfDisk", error_details="No room."
        )

        (operation, other) = place.snapshot()
        started, failed = [place.poll(operation) for _ in range(2)]
        other_failed = [place.poll(other) for _ in range(2)][-1]

        assert operation["status"] == "NotStarted"
        assert (started["status"], started["isTerminal"]) == ("Started", False)
        assert "errorCode" not in started
        for each in (failed, other_failed):
            assert (each["status"], each["isTerminal"]) == ("Failed", True)
            assert each["errorCode"] == "OutOfDisk"
            assert each["errorDetails"] == "No room."
        assert place.state() == "error"

    @pytest.mark.usefixtures("immediate")
    def test_what_is_done_at_once_can_fail_at_once(self, in_process: Place) -> None:
        in_process.faults.fail_operations(error_code="OutOfDisk")

        assert [each["status"] for each in in_process.snapshot()] == ["Failed"] * 2
        assert in_process.state() == "error"

    @pytest.mark.parametrize("polls", [0, 1, 4])
    def test_operations_fail_after_a_number_of_polls(
        self, place: Place, polls: int
    ) -> None:
        place.faults.fail_operations(
            "CreateInstanceSnapshot", error_code="OutOfDisk", after_polls=polls
        )

        (operation, _) = place.snapshot()
        seen = [operation, *(place.poll(operation) for _ in range(6))]

        assert [each["isTerminal"] for each in seen] == [
            poll >= polls for poll in range(7)
        ]
        assert {each["status"] for each in seen[polls:]} == {"Failed"}

    def test_one_of_two_operations_fails(self, place: Place) -> None:
        place.faults.fail_operations(
            "CreateInstanceSnapshot",
            error_code="OutOfDisk",
            after_polls=1,
            resource_type="Instance",
        )

        of_snapshot, of_instance = place.snapshot()
        place.poll(of_snapshot)

        assert place.poll(of_snapshot)["status"] == "Succeeded"
        assert place.poll(of_instance)["status"] == "Failed"
        assert place.state() == "available"

    def test_operations_never_end(self, place: Place) -> None:
        place.faults.leave_unfinished("CreateInstanceSnapshot")

        (operation, _) = place.snapshot()

        assert {place.poll(operation)["status"] for _ in range(9)} == {"Started"}
        assert {place.state() for _ in range(9)} == {"pending"}

    def test_the_next_snapshot_succeeds_again(self, place: Place) -> None:
        place.faults.fail_operations("CreateInstanceSnapshot", error_code="OutOfDisk")

        place.snapshot("First")
        place.snapshot("Second")

        assert place.state("First") == "error"
        assert place.state("Second") == "available"

    def test_an_instance_does_not_move_if_its_operation_fails(
        self, in_process: Place
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
    def test_a_fault_strikes_the_next_calls_and_no_more(self, place: Place) -> None:
        place.faults.throttle("GetInstances", times=2)

        for _ in range(2):
            with pytest.raises(ClientError):
                place.works()
        assert place.works()

    def test_a_fault_strikes_the_calls_of_its_operation_only(
        self, place: Place
    ) -> None:
        place.faults.throttle("GetRegions")

        assert place.works()
        with pytest.raises(ClientError):
            place.client.get_regions()

    def test_a_fault_for_ever_strikes_until_it_is_cleared(self, place: Place) -> None:
        place.faults.throttle(times=None)

        for _ in range(9):
            with pytest.raises(ClientError):
                place.works()
        place.faults.clear()
        assert place.works()

    def test_a_fault_of_all_waits_for_a_call_that_it_can_strike(
        self, place: Place
    ) -> None:
        place.faults.leave_unfinished()

        assert place.works()
        (operation, _) = place.snapshot()
        assert {place.poll(operation)["isTerminal"] for _ in range(9)} == {False}

    def test_threads_meet_no_more_faults_than_were_scripted(
        self, in_process: Place
    ) -> None:
        in_process.faults.error("GetRegions", code="NotFoundException", times=100)
        start = Barrier(8)

        def met(_: int) -> int:
            start.wait()
            number = 0
            for _ in range(50):
                try:
                    in_process.client.get_regions()
                except in_process.client.exceptions.NotFoundException:
                    number += 1
            return number

        with ThreadPoolExecutor(8) as executor:
            assert sum(executor.map(met, range(8))) == 100

    def test_a_call_meets_the_fault_that_was_scripted_first(self, place: Place) -> None:
        place.faults.error("GetInstances", code="NotFoundException")
        place.faults.throttle()

        with pytest.raises(place.client.exceptions.NotFoundException):
            place.works()
        with pytest.raises(ClientError, match="Rate exceeded"):
            place.works()
        assert place.works()

    def test_what_is_pending_can_be_seen(self, place: Place) -> None:
        assert place.faults.pending == []
        place.faults.throttle("GetInstances", times=3)
        place.faults.drop(when="after")

        with pytest.raises(ClientError):
            place.works()

        assert place.faults.pending == [
            {"fault": "throttle", "operation": "GetInstances", "times": 2},
            {"fault": "drop", "operation": None, "times": 1, "when": "after"},
        ]

    def test_faults_strike_calls_that_the_embedded_lightsail_does_not_support(
        self, place: Place
    ) -> None:
        place.faults.throttle("GetDisks")

        with pytest.raises(ClientError, match="Rate exceeded"):
            place.client.get_disks()

    def test_the_end_of_a_mock_forgets_faults(self) -> None:
        with mock_lightsail():
            faults.throttle(times=None)

        with mock_lightsail():
            assert faults.pending == []
            new_client().get_regions()

    def test_a_reset_of_moto_forgets_faults(self, place: Place) -> None:
        place.faults.throttle(times=None)

        url = place.client.meta.endpoint_url
        if "amazonaws" in url:
            url = "http://motoapi.amazonaws.com"
        requests.post(f"{url}/moto-api/reset", timeout=10).raise_for_status()

        assert place.faults.pending == []
        assert place.client.get_instances()["instances"] == []

    def test_it_shows_where_it_scripts(self) -> None:
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
        "another status",
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
        "an error that is none",
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
        "unmodelled error",
        lambda script: script.error("GetRegions", code="ExpiredToken"),
        "GetRegions has no modelled error ExpiredToken: give one of ServiceException,",
    ),
    (
        "unmodelled error of all",
        lambda script: script.error(code="ExpiredToken"),
        "Lightsail has no modelled error ExpiredToken",
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
        "no number for a delay",
        lambda script: script.delay(seconds=float("nan")),
        "seconds is nan: give a number from 0 to 86400",
    ),
    (
        "a drop at another time",
        lambda script: script.drop(when="during"),  # type: ignore[arg-type]
        "when is 'during': give 'before' or 'after'",
    ),
    (
        "readable garble",
        lambda script: script.garble(body="{}"),
        "body can be read as JSON",
    ),
    (
        "garble that is no text",
        lambda script: script.garble(body=None),  # type: ignore[arg-type]
        "body is None: give some text",
    ),
    (
        "empty garble",
        lambda script: script.garble(body=""),
        "body is '': give some text",
    ),
    (
        "half a character",
        lambda script: script.garble(body="\ud800"),
        "body holds half of a character: give text",
    ),
    (
        "nothing to replace",
        lambda script: script.replace(members={}),
        "members is {}: give a dict like",
    ),
    (
        "unknown member",
        lambda script: script.replace("GetOperation", members={"sttus": "Paused"}),
        "nothing that GetOperation answers with has the members sttus",
    ),
    (
        "an answer that never comes",
        lambda script: script.replace("CreateDisk", members={"status": "Paused"}),
        "nothing that CreateDisk answers with has the members status",
    ),
    (
        "unknown member of all",
        lambda script: script.replace(members={"sttus": "Paused"}),
        "nothing that Lightsail answers with has the members sttus",
    ),
    (
        "nothing starts",
        lambda script: script.fail_operations("GetRegions", error_code="X"),
        "GetRegions starts no operation that takes a while: give one of CopySnapshot",
    ),
    (
        "what is started ends at once",
        lambda script: script.leave_unfinished("DeleteInstance"),
        "DeleteInstance starts no operation that takes a while",
    ),
    (
        "another type of resource",
        lambda script: script.leave_unfinished("CopySnapshot", resource_type="Disk"),
        "CopySnapshot starts no operation that takes a while on a resource of the type",
    ),
    (
        "another type of resource of all",
        lambda script: script.leave_unfinished(resource_type="Disk"),
        "Lightsail starts no operation that takes a while on a resource of the type",
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
        "fewer polls than none",
        lambda script: script.fail_operations(error_code="X", after_polls=-1),
        "after_polls is -1: give a whole number from 0",
    ),
]


class TestRefusals:
    @pytest.mark.parametrize(
        ("script", "reason"),
        [pytest.param(script, reason, id=name) for name, script, reason in REFUSED],
    )
    def test_what_cannot_apply_is_refused_with_a_reason(
        self, in_process: Place, script: Callable[[Faults], None], reason: str
    ) -> None:
        with LightsailServer() as server:
            for scripted in (in_process.faults, Faults(server.url)):
                with pytest.raises(FaultError) as caught:
                    script(scripted)

                assert str(caught.value).startswith(reason)
                assert scripted.pending == []

    @pytest.mark.parametrize("value", [{1, 2}, float("nan")])
    def test_members_that_json_cannot_hold_are_refused(
        self, in_process: Place, value: object
    ) -> None:
        with pytest.raises(FaultError, match="members cannot travel as JSON"):
            in_process.faults.replace(members={"status": value})

    def test_a_fault_that_no_lightsail_could_meet_is_refused(self) -> None:
        with pytest.raises(FaultError, match="no embedded Lightsail is running"):
            faults.throttle()

    def test_each_operation_that_takes_a_while_can_fail(
        self, in_process: Place
    ) -> None:
        # What takes a while, and on which resources, stands in a table: it is right.
        client = in_process.client
        in_process.snapshot("Available")
        stories: dict[str, Callable[[], Any]] = {
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
        for name, call in stories.items():
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
    """The script of a server, for programs that are not in Python."""

    @pytest.fixture
    def url(self) -> Iterator[str]:
        with LightsailServer() as server:
            yield f"{server.url}/moto-api/lightsail/faults"

    def test_faults_are_added_told_and_forgotten(self, url: str) -> None:
        fault: Any = {"fault": "throttle", "operation": "GetOperation", "times": 2}

        added = requests.post(url, json=fault, timeout=10)
        told = requests.get(url, timeout=10)
        forgotten = requests.delete(url, timeout=10)

        assert added.json() == told.json() == {"faults": [fault]}
        assert forgotten.json() == {"faults": []}

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
    def test_what_is_not_a_fault_is_refused_with_a_reason(
        self, url: str, body: str, reason: str
    ) -> None:
        answer = requests.post(url, data=body, timeout=10)

        assert answer.status_code == 400
        assert answer.json()["error"].startswith(reason)

    def test_other_methods_are_refused(self, url: str) -> None:
        answer = requests.put(url, timeout=10)

        assert answer.status_code == 405
        assert answer.json() == {"error": "use GET, POST or DELETE"}

    def test_a_server_without_a_script_is_told_apart(self) -> None:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        try:
            url = "http://{}:{}".format(*server.get_host_and_port())
            with pytest.raises(FaultError, match=f"{url} takes no faults: .* 404"):
                Faults(url).throttle()
        finally:
            server.stop()

    def test_nobody_at_the_url_is_an_os_error(self) -> None:
        with LightsailServer() as server:
            url = server.url
        with pytest.raises(OSError):  # noqa: PT011
            Faults(url).throttle()

    @pytest.mark.parametrize(
        "url", ["127.0.0.1:5000", "https://127.0.0.1", "http://", "http://host/path"]
    )
    def test_what_is_no_url_of_a_server_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"is no URL of a server: it is like http"):
            Faults(url)
