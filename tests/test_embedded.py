"""The Lightsail that `mock_lightsail` puts into this process, seen through boto3."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import time
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape
from moto import mock_aws
from moto.backend_index import backend_url_patterns
from moto.moto_api import state_manager

from lightsnap.testing import mock_lightsail
from lightsnap.testing._register import register
from tests.documented import WIRE as DOCUMENTED
from tests.embedded import create_instances, new_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    from botocore.awsrequest import AWSPreparedRequest
    from types_boto3_lightsail import LightsailClient
    from types_boto3_lightsail.type_defs import OperationTypeDef

INSTANCE = "lightsail::instance"
INSTANCE_SNAPSHOT = "lightsail::instance_snapshot"
OPERATION = "lightsail::operation"


class Clock:
    """Moves the time that moto and the backend see."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def advance(self, **by: float) -> None:
        self.moved += timedelta(**by)

    def now(self, timezone: tzinfo | None = None) -> datetime:
        return datetime.now(timezone) + self.moved


class Wire:
    """The bodies of the answers to a client, before botocore reads them."""

    def __init__(self, client: LightsailClient) -> None:
        self.bodies: list[Any] = []
        client.meta.events.register("before-parse.lightsail", self._record)

    def _record(self, response_dict: dict[str, Any], **_: object) -> None:
        self.bodies.append(json.loads(response_dict["body"]))


@pytest.fixture(autouse=True)
def default_transitions() -> Iterator[None]:
    """Take back what a test set: a reset of moto does not."""
    yield
    for model in (INSTANCE, INSTANCE_SNAPSHOT, OPERATION):
        state_manager.unset_transition(model)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("moto.moto_api._internal.managed_state_model.datetime", clock)
    monkeypatch.setattr(
        "lightsnap.testing.lightsail.models.utcnow", lambda: clock.now(UTC)
    )
    return clock


@pytest.fixture
def lightsail() -> Iterator[LightsailClient]:
    with mock_lightsail():
        yield new_client()


@pytest.fixture
def wordpress(lightsail: LightsailClient) -> LightsailClient:
    """A client of a Lightsail that has the instance WordPress-1."""
    create_instances(lightsail, "WordPress-1")
    return lightsail


def create_snapshot(
    client: LightsailClient, name: str = "WordPress-Snapshot-1"
) -> list[OperationTypeDef]:
    return client.create_instance_snapshot(
        instanceName="WordPress-1", instanceSnapshotName=name
    )["operations"]


def read(
    client: LightsailClient, operations: list[OperationTypeDef]
) -> list[OperationTypeDef]:
    return [
        client.get_operation(operationId=operation["id"])["operation"]
        for operation in operations
    ]


def statuses(operations: list[OperationTypeDef]) -> list[tuple[str, bool]]:
    return [(operation["status"], operation["isTerminal"]) for operation in operations]


class TestAnswers:
    def test_a_snapshot_starts_the_documented_operations(
        self, wordpress: LightsailClient
    ) -> None:
        wire = Wire(wordpress)

        create_snapshot(wordpress)

        answered: list[dict[str, Any]] = wire.bodies[-1]["operations"]
        own = {"id", "createdAt", "status", "statusChangedAt"}
        assert [operation.keys() for operation in answered] == [
            operation.keys() for operation in DOCUMENTED
        ]
        assert [
            {member: operation[member] for member in operation.keys() - own}
            for operation in answered
        ] == [
            {member: operation[member] for member in operation.keys() - own}
            for operation in DOCUMENTED
        ]
        assert {operation["status"] for operation in answered} == {"NotStarted"}

    def test_operations_have_ids_and_times_of_their_own(
        self, wordpress: LightsailClient
    ) -> None:
        before = datetime.now(UTC).replace(microsecond=0)  # moto may cut them off.
        operations = create_snapshot(wordpress)
        after = datetime.now(UTC)

        ids = [uuid.UUID(operation["id"]) for operation in operations]
        assert len(set(ids)) == 2
        assert {id_.version for id_ in ids} == {4}
        for operation in operations:
            assert before <= operation["createdAt"] <= after
            assert operation["statusChangedAt"] == operation["createdAt"]

    def test_a_snapshot_answers_every_documented_member(
        self, wordpress: LightsailClient
    ) -> None:
        create_snapshot(wordpress)
        instance = wordpress.get_instance(instanceName="WordPress-1")["instance"]

        snapshot = wordpress.get_instance_snapshot(
            instanceSnapshotName="WordPress-Snapshot-1"
        )["instanceSnapshot"]

        arn = r"arn:aws:lightsail:us-west-2:123456789012:InstanceSnapshot/[0-9a-f-]{36}"
        assert re.fullmatch(arn, snapshot.pop("arn"))
        assert re.fullmatch(r"\d{12}/ami-[0-9a-f]{17}", snapshot.pop("supportCode"))
        assert snapshot.pop("createdAt") <= datetime.now(UTC)
        assert snapshot == {
            "name": "WordPress-Snapshot-1",
            "location": {"availabilityZone": "all", "regionName": "us-west-2"},
            "resourceType": "InstanceSnapshot",
            "tags": [],
            "state": "available",
            "fromAttachedDisks": [],
            "fromInstanceName": "WordPress-1",
            "fromInstanceArn": instance["arn"],
            "fromBlueprintId": "wordpress",
            "fromBundleId": "nano_3_0",
            "isFromAutoSnapshot": False,
            "sizeInGb": 20,
        }

    def test_an_instance_answers_what_its_bundle_and_blueprint_give_it(
        self, lightsail: LightsailClient
    ) -> None:
        lightsail.create_instances(
            instanceNames=["MEAN-1"],
            availabilityZone="us-west-2a",
            blueprintId="mean",
            bundleId="medium_3_0",
            keyPairName="MyKey",
        )

        instance = lightsail.get_instance(instanceName="MEAN-1")["instance"]

        assert re.fullmatch(r"\d{12}/i-[0-9a-f]{17}", instance["supportCode"])
        assert instance["blueprintName"] == "MEAN"
        assert instance["username"] == "bitnami"
        assert instance["sshKeyName"] == "MyKey"
        assert instance["state"] == {"code": 16, "name": "running"}
        assert instance["hardware"] == {
            "cpuCount": 2,
            "ramSizeInGb": 4.0,
            "disks": [
                {
                    "createdAt": instance["createdAt"],
                    "sizeInGb": 80,
                    "isSystemDisk": True,
                    "iops": 240,
                    "path": "/dev/xvda",
                    "attachedTo": "MEAN-1",
                    "attachmentState": "attached",
                }
            ],
        }
        transfer = instance["networking"]["monthlyTransfer"]
        assert transfer == {"gbPerMonthAllocated": 4096}

    def test_any_blueprint_will_do(self, lightsail: LightsailClient) -> None:
        lightsail.create_instances(
            instanceNames=["Plan-9"],
            availabilityZone="us-west-2a",
            blueprintId="plan9_4",
            bundleId="nano_3_0",
        )

        instance = lightsail.get_instance(instanceName="Plan-9")["instance"]

        assert instance["blueprintId"] == instance["blueprintName"] == "plan9_4"

    def test_a_key_only_tag_comes_back_without_a_value(
        self, wordpress: LightsailClient
    ) -> None:
        wordpress.create_instance_snapshot(
            instanceName="WordPress-1",
            instanceSnapshotName="Tagged",
            tags=[{"key": "only"}, {"key": "empty", "value": ""}],
        )

        snapshot = wordpress.get_instance_snapshot(instanceSnapshotName="Tagged")

        assert snapshot["instanceSnapshot"]["tags"] == [
            {"key": "only"},
            {"key": "empty", "value": ""},
        ]

    def test_every_member_is_in_the_model_of_botocore(
        self, lightsail: LightsailClient
    ) -> None:
        model = botocore.session.get_session().get_service_model("lightsail")
        wire = Wire(lightsail)
        operations = create_instances(lightsail, "WordPress-1")
        create_snapshot(lightsail)
        lightsail.get_instance(instanceName="WordPress-1")
        lightsail.get_instance_snapshot(instanceSnapshotName="WordPress-Snapshot-1")
        read(lightsail, operations)
        lightsail.get_operations_for_resource(resourceName="WordPress-1")

        names = [
            "CreateInstances",
            "CreateInstanceSnapshot",
            "GetInstance",
            "GetInstanceSnapshot",
            "GetOperation",
            "GetOperationsForResource",
        ]
        for name, body in zip(names, wire.bodies, strict=True):
            shape = model.operation_model(name).output_shape
            assert shape is not None
            assert_fits(body, shape)


def assert_fits(value: Any, shape: Shape) -> None:
    """Check that a value on the wire is what the model says, through and through."""
    if isinstance(shape, StructureShape):
        assert value.keys() <= shape.members.keys()
        for member, inner in value.items():
            assert_fits(inner, shape.members[member])
    elif isinstance(shape, ListShape):
        for inner in value:
            assert_fits(inner, shape.member)
    else:
        types: dict[str, type | tuple[type, ...]] = {
            "boolean": bool,
            "float": float,
            "integer": int,
            "string": str,
            "timestamp": (int, float),
        }
        assert isinstance(value, types[shape.type_name])
        # By the documented example an accessType is "public", by the model "Public".
        enum = [str(known).lower() for known in getattr(shape, "enum", None) or [value]]
        assert str(value).lower() in enum
        assert re.fullmatch(shape.metadata.get("pattern", ".*"), str(value))


class TestTransitions:
    def test_an_operation_moves_on_each_time_it_is_read(
        self, wordpress: LightsailClient
    ) -> None:
        operations = create_snapshot(wordpress)

        assert statuses(operations) == [("NotStarted", False)] * 2
        assert statuses(read(wordpress, operations)) == [("Started", False)] * 2
        assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2
        assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2

    def test_reading_the_operations_of_a_resource_moves_them_on_too(
        self, wordpress: LightsailClient
    ) -> None:
        create_snapshot(wordpress)

        def listed() -> list[tuple[str, bool]]:
            return statuses(
                wordpress.get_operations_for_resource(
                    resourceName="WordPress-Snapshot-1"
                )["operations"]
            )

        assert listed() == [("Started", False)]
        assert listed() == [("Succeeded", True)]

    def test_slower_operations_take_more_reads(
        self, wordpress: LightsailClient
    ) -> None:
        state_manager.set_transition(OPERATION, {"progression": "manual", "times": 2})
        operations = create_snapshot(wordpress)

        assert [statuses(read(wordpress, operations))[0] for _ in range(4)] == [
            ("NotStarted", False),
            ("Started", False),
            ("Started", False),
            ("Succeeded", True),
        ]

    def test_one_answer_reads_the_status_once(self, wordpress: LightsailClient) -> None:
        # Each reading of the status moves it on, however many there are in an answer.
        state_manager.set_transition(OPERATION, {"progression": "manual", "times": 0})

        operations = create_snapshot(wordpress)

        assert statuses(operations) == [("Started", False)] * 2
        assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2

    def test_immediate_operations_end_inside_the_create(
        self, wordpress: LightsailClient
    ) -> None:
        state_manager.set_transition(OPERATION, {"progression": "immediate"})

        assert statuses(create_snapshot(wordpress)) == [("Succeeded", True)] * 2

    def test_timed_operations_move_on_with_the_time(
        self, wordpress: LightsailClient, clock: Clock
    ) -> None:
        state_manager.set_transition(OPERATION, {"progression": "time", "seconds": 30})
        operations = create_snapshot(wordpress)
        assert statuses(operations) == [("NotStarted", False)] * 2

        clock.advance(seconds=29)
        assert statuses(read(wordpress, operations)) == [("NotStarted", False)] * 2
        clock.advance(seconds=2)
        assert statuses(read(wordpress, operations)) == [("Started", False)] * 2
        assert statuses(read(wordpress, operations)) == [("Started", False)] * 2
        clock.advance(seconds=31)
        assert statuses(read(wordpress, operations)) == [("Succeeded", True)] * 2

    def test_the_time_of_change_is_that_of_the_status(
        self, wordpress: LightsailClient, clock: Clock
    ) -> None:
        (created, _) = create_snapshot(wordpress)
        clock.advance(minutes=1)
        (started,) = read(wordpress, [created])
        clock.advance(minutes=1)
        (succeeded,) = read(wordpress, [created])
        clock.advance(minutes=1)
        (later,) = read(wordpress, [created])

        times = [
            operation["statusChangedAt"] - created["createdAt"]
            for operation in (created, started, succeeded, later)
        ]
        minutes = [round(time / timedelta(minutes=1)) for time in times]
        assert minutes == [0, 1, 2, 2]
        assert later["createdAt"] == created["createdAt"]

    def test_a_snapshot_is_available_at_the_first_read(
        self, wordpress: LightsailClient
    ) -> None:
        create_snapshot(wordpress)

        answer = wordpress.get_instance_snapshot(
            instanceSnapshotName="WordPress-Snapshot-1"
        )

        assert answer["instanceSnapshot"]["state"] == "available"

    def test_a_slow_snapshot_is_pending_for_more_reads(
        self, wordpress: LightsailClient
    ) -> None:
        state_manager.set_transition(
            INSTANCE_SNAPSHOT, {"progression": "manual", "times": 3}
        )
        create_snapshot(wordpress)

        states = [
            wordpress.get_instance_snapshot(
                instanceSnapshotName="WordPress-Snapshot-1"
            )["instanceSnapshot"]["state"]
            for _ in range(4)
        ]

        assert states == ["pending", "pending", "available", "available"]

    def test_an_instance_runs_at_once(self, lightsail: LightsailClient) -> None:
        operations = create_instances(lightsail, "One", "Two")

        assert [operation["resourceName"] for operation in operations] == ["One", "Two"]
        assert "operationDetails" not in operations[0]
        assert statuses(operations) == [("Succeeded", True)] * 2

    def test_a_slow_instance_moves_on_with_its_operation(
        self, lightsail: LightsailClient
    ) -> None:
        state_manager.set_transition(INSTANCE, {"progression": "manual", "times": 2})
        operations = create_instances(lightsail, "One")

        states = [
            lightsail.get_instance(instanceName="One")["instance"]["state"]
            for _ in range(2)
        ]

        assert statuses(operations) == [("NotStarted", False)]
        assert states == [
            {"code": 0, "name": "pending"},
            {"code": 16, "name": "running"},
        ]


class TestErrors:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            pytest.param(
                lambda client: client.get_instance(instanceName="Nemo"),
                "The Instance does not exist: Nemo",
                id="GetInstance",
            ),
            pytest.param(
                lambda client: client.create_instance_snapshot(
                    instanceName="Nemo", instanceSnapshotName="Snapshot"
                ),
                "The Instance does not exist: Nemo",
                id="CreateInstanceSnapshot",
            ),
            pytest.param(
                lambda client: client.get_instance_snapshot(
                    instanceSnapshotName="Nemo"
                ),
                "The InstanceSnapshot does not exist: Nemo",
                id="GetInstanceSnapshot",
            ),
            pytest.param(
                lambda client: client.get_instance_snapshot(
                    instanceSnapshotName="WordPress-1"
                ),
                "The InstanceSnapshot does not exist: WordPress-1",
                id="GetInstanceSnapshot of an instance",
            ),
            pytest.param(
                lambda client: client.get_operation(operationId="Nemo"),
                "The Operation does not exist: Nemo",
                id="GetOperation",
            ),
            pytest.param(
                lambda client: client.get_operations_for_resource(resourceName="Nemo"),
                "The Resource does not exist: Nemo",
                id="GetOperationsForResource",
            ),
        ],
    )
    def test_what_is_not_there_is_not_found(
        self,
        wordpress: LightsailClient,
        call: Callable[[LightsailClient], object],
        message: str,
    ) -> None:
        with pytest.raises(wordpress.exceptions.NotFoundException) as caught:
            call(wordpress)

        assert caught.value.response["Error"] == {
            "Code": "NotFoundException",
            "Message": message,
        }
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

    def test_an_error_has_the_members_of_the_model(
        self, wordpress: LightsailClient
    ) -> None:
        wire = Wire(wordpress)

        with pytest.raises(wordpress.exceptions.InvalidInputException):
            create_snapshot(wordpress, "WordPress-1")

        (body,) = wire.bodies
        assert body["code"] == "NameExists"
        assert body["message"] == "Some names are already in use: WordPress-1"
        assert body["docs"].startswith("https://")
        assert body["tip"]

    def test_a_snapshot_cannot_be_named_like_its_instance(
        self, wordpress: LightsailClient
    ) -> None:
        with pytest.raises(
            wordpress.exceptions.InvalidInputException,
            match=r"Some names are already in use: WordPress-1$",
        ):
            create_snapshot(wordpress, "WordPress-1")

    def test_a_snapshot_cannot_be_named_like_another(
        self, wordpress: LightsailClient
    ) -> None:
        create_snapshot(wordpress, "Twice")

        with pytest.raises(
            wordpress.exceptions.InvalidInputException,
            match=r"Some names are already in use: Twice$",
        ):
            create_snapshot(wordpress, "Twice")

    @pytest.mark.parametrize(
        ("names", "used"),
        [
            (["WordPress-1"], "WordPress-1"),
            (["New", "WordPress-1", "Snapshot"], "WordPress-1, Snapshot"),
            (["New", "New"], "New"),
        ],
    )
    def test_instances_cannot_take_a_name_in_use(
        self, wordpress: LightsailClient, names: list[str], used: str
    ) -> None:
        create_snapshot(wordpress, "Snapshot")

        with pytest.raises(
            wordpress.exceptions.InvalidInputException,
            match=f"Some names are already in use: {used}$",
        ):
            create_instances(wordpress, *names)

        with pytest.raises(wordpress.exceptions.NotFoundException):
            wordpress.get_instance(instanceName="New")

    def test_a_refused_snapshot_leaves_no_operations(
        self, wordpress: LightsailClient
    ) -> None:
        with pytest.raises(ClientError):
            create_snapshot(wordpress, "WordPress-1")

        operations = wordpress.get_operations_for_resource(resourceName="WordPress-1")
        types = [operation["operationType"] for operation in operations["operations"]]
        assert types == ["CreateInstance"]

    def test_an_unknown_bundle_is_refused(self, lightsail: LightsailClient) -> None:
        with pytest.raises(
            lightsail.exceptions.InvalidInputException,
            match="The specified bundle does not exist in this region: pico_3_0",
        ):
            lightsail.create_instances(
                instanceNames=["WordPress-1"],
                availabilityZone="us-west-2a",
                blueprintId="wordpress",
                bundleId="pico_3_0",
            )


class TestBackends:
    def test_the_operations_of_a_resource_come_oldest_first(
        self, wordpress: LightsailClient
    ) -> None:
        create_instances(wordpress, "Other")
        create_snapshot(wordpress, "First")
        create_snapshot(wordpress, "Second")

        operations = wordpress.get_operations_for_resource(resourceName="WordPress-1")

        assert [
            (operation["operationType"], operation.get("operationDetails"))
            for operation in operations["operations"]
        ] == [
            ("CreateInstance", None),
            ("CreateInstanceSnapshot", "First"),
            ("CreateInstanceSnapshot", "Second"),
        ]

    def test_regions_are_apart(self, wordpress: LightsailClient) -> None:
        operations = create_snapshot(wordpress)
        ireland = new_client("eu-west-1")

        with pytest.raises(ireland.exceptions.NotFoundException):
            ireland.get_instance(instanceName="WordPress-1")
        with pytest.raises(ireland.exceptions.NotFoundException):
            read(ireland, operations)
        create_instances(ireland, "WordPress-1")
        instance = ireland.get_instance(instanceName="WordPress-1")["instance"]
        assert instance["location"]["regionName"] == "eu-west-1"

    def test_accounts_are_apart(
        self, wordpress: LightsailClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")

        with pytest.raises(wordpress.exceptions.NotFoundException):
            wordpress.get_instance(instanceName="WordPress-1")
        create_instances(wordpress, "WordPress-1")
        arn = wordpress.get_instance(instanceName="WordPress-1")["instance"]["arn"]
        assert arn.startswith("arn:aws:lightsail:us-west-2:111122223333:Instance/")

    @pytest.mark.usefixtures("wordpress")
    @pytest.mark.parametrize(
        ("config", "host"),
        [
            (Config(use_dualstack_endpoint=True), "lightsail.us-west-2.api.aws"),
            (Config(use_fips_endpoint=True), "lightsail-fips.us-west-2.amazonaws.com"),
            (
                Config(use_dualstack_endpoint=True, use_fips_endpoint=True),
                "lightsail-fips.us-west-2.api.aws",
            ),
        ],
        ids=["dual-stack", "FIPS", "dual-stack FIPS"],
    )
    def test_no_endpoint_slips_past_the_mock(self, config: Config, host: str) -> None:
        client = new_client(config=config)

        assert client.meta.endpoint_url == f"https://{host}"
        instance = client.get_instance(instanceName="WordPress-1")["instance"]
        assert instance["location"]["regionName"] == "us-west-2"

    def test_the_path_of_the_smithy_model_answers_too(
        self, wordpress: LightsailClient
    ) -> None:
        def send_to_path(request: AWSPreparedRequest, **_: object) -> None:
            request.url += "ls/api/2016-11-28/GetInstance"

        # First, so that it stands before moto answers.
        wordpress.meta.events.register_first("before-send.lightsail", send_to_path)
        instance = wordpress.get_instance(instanceName="WordPress-1")["instance"]

        assert instance["name"] == "WordPress-1"

    def test_threads_share_no_ids(self, wordpress: LightsailClient) -> None:
        start = Barrier(2)

        def create(thread: int) -> list[str]:
            start.wait()
            return [
                operation["id"]
                for number in range(20)
                for operation in create_snapshot(wordpress, f"Thread-{thread}-{number}")
            ]

        with ThreadPoolExecutor(2) as executor:
            first, second = executor.map(create, range(2))

        assert len({*first, *second}) == 80

    def test_a_name_goes_to_one_thread_only(
        self, wordpress: LightsailClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def utcnow() -> datetime:
            # Let the other thread in between a look at the names and the taking of one.
            time.sleep(0.001)
            return datetime.now(UTC)

        monkeypatch.setattr("lightsnap.testing.lightsail.models.utcnow", utcnow)
        start = Barrier(2)

        def create(_: int) -> list[str]:
            start.wait()
            created: list[str] = []
            for number in range(20):
                try:
                    create_snapshot(wordpress, f"Contested-{number}")
                except wordpress.exceptions.InvalidInputException:
                    continue
                created.append(f"Contested-{number}")
            return created

        with ThreadPoolExecutor(2) as executor:
            first, second = executor.map(create, range(2))

        assert sorted(first + second) == sorted(f"Contested-{n}" for n in range(20))


class TestMock:
    def test_it_forgets_everything_at_the_end(self) -> None:
        with mock_lightsail():
            operations = create_instances(new_client(), "WordPress-1")

        with mock_lightsail():
            client = new_client()
            with pytest.raises(client.exceptions.NotFoundException):
                client.get_instance(instanceName="WordPress-1")
            with pytest.raises(client.exceptions.NotFoundException):
                read(client, operations)
            create_instances(client, "WordPress-1")

    def test_it_decorates_functions(self) -> None:
        @mock_lightsail
        def bare(name: str) -> int:
            """Create an instance."""
            return len(create_instances(new_client(), name))

        @mock_lightsail()
        def called(name: str) -> int:
            return len(create_instances(new_client(), name))

        assert bare("WordPress-1") == called("WordPress-1") == 1
        assert bare.__name__ == "bare"
        assert bare.__doc__ == "Create an instance."

    def test_it_decorates_classes(self) -> None:
        @mock_lightsail
        class Site:
            def launch(self) -> str:
                create_instances(new_client(), "WordPress-1")
                answer = new_client().get_instance(instanceName="WordPress-1")
                return answer["instance"]["name"]

        assert Site().launch() == "WordPress-1"

    def test_each_test_of_a_decorated_case_starts_anew(self) -> None:
        @mock_lightsail()
        class Case(unittest.TestCase):
            def test_one(self) -> None:
                create_instances(new_client(), "WordPress-1")

            def test_two(self) -> None:
                create_instances(new_client(), "WordPress-1")

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

        assert result.testsRun == 2
        assert result.wasSuccessful()

    def test_it_starts_and_stops(self) -> None:
        mock = mock_lightsail()

        mock.start()
        create_instances(new_client(), "WordPress-1")
        mock.stop()

    def test_an_endpoint_of_the_settings_does_not_slip_past_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", "http://127.0.0.1:9")

        with mock_lightsail():
            assert create_instances(new_client(), "WordPress-1")

        assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in os.environ

    def test_it_nests_in_a_running_mock(self) -> None:
        with mock_aws():
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="kept")
            with mock_lightsail():
                create_instances(new_client(), "WordPress-1")
                with mock_lightsail():
                    new_client().get_instance(instanceName="WordPress-1")

            new_client().get_instance(instanceName="WordPress-1")
            buckets = boto3.client("s3", region_name="us-east-1").list_buckets()
            assert [bucket["Name"] for bucket in buckets["Buckets"]] == ["kept"]

    def test_it_can_come_late_to_a_running_mock(self) -> None:
        # Elsewhere, as in this process moto has known of Lightsail from the start.
        run_python(
            """
            import boto3, moto
            with moto.mock_aws():
                client = boto3.client("lightsail", region_name="us-west-2")
                from lightsnap.testing import mock_lightsail
                with mock_lightsail():
                    try:
                        client.get_instance(instanceName="WordPress-1")
                    except client.exceptions.NotFoundException:
                        print("answered", end="")
            """,
            prints="answered",
        )

    def test_moto_is_loaded_by_the_first_call_only(self) -> None:
        run_python(
            """
            import sys
            import lightsnap.testing
            print("moto" in sys.modules, end=" ")
            lightsnap.testing.mock_lightsail()
            print("moto" in sys.modules, end="")
            """,
            prints="False True",
        )

    def test_without_moto_it_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "moto", None)

        with pytest.raises(ImportError, match=r"pip install 'moto>=5\.1\.12'"):
            mock_lightsail()


class TestRegistration:
    def test_a_second_registration_changes_nothing(self) -> None:
        register()
        patterns = list(backend_url_patterns)

        with ThreadPoolExecutor(2) as executor:
            for future in [executor.submit(register) for _ in range(2)]:
                future.result()

        assert backend_url_patterns == patterns
        assert [service for service, _ in patterns].count("lightsail") == 2

    @pytest.mark.parametrize("submodule", ["", ".models", ".responses", ".urls"])
    def test_moto_knows_the_very_modules_of_this_package(self, submodule: str) -> None:
        register()

        ours = importlib.import_module(f"lightsnap.testing.lightsail{submodule}")
        assert importlib.import_module(f"moto.lightsail{submodule}") is ours
        assert importlib.import_module("moto").lightsail.models is not None

    def test_a_lightsail_that_moto_ships_stands(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = [("lightsail", re.compile("https?://lightsail"))]
        monkeypatch.setattr("lightsnap.testing._register.backend_url_patterns", theirs)

        register()

        assert len(theirs) == 1


def run_python(program: str, *, prints: str) -> None:
    """Run a program in a Python of its own and look at what it prints."""
    lines = program.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    source = "\n".join(line[indent:] for line in lines)
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == prints
