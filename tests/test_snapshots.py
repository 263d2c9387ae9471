"""List, delete, copy and restore: over real sockets to the emulator, in two Regions.

The tests run with both clients: one through botocore, one through aiobotocore.
"""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, TypeAlias
from unittest.mock import Mock

import attrs
import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from lightsnap import (
    AccessDeniedError,
    AsyncClient,
    Client,
    ConfigurationError,
    ConstraintError,
    InstanceProgress,
    InstanceSnapshot,
    InvalidInputError,
    MalformedResponseError,
    NotFoundError,
    Operations,
    ServiceError,
    SnapshotChangedError,
    TransportError,
    WaitInterruptedError,
    WaitTimeoutError,
    progress,
)
from lightsnap.testing import FakeClock, LightsailServer
from tests import documented
from tests.stub import Answer, Stub
from tests.twins import OPEN
from tests.wire import resolve

pytestmark = pytest.mark.usefixtures("retried_at_once")

HERE, THERE = "us-west-2", "eu-central-1"


class Lightsail:
    """A server with the instance web."""

    def __init__(self, server: LightsailServer) -> None:
        self.server = server
        self.calls = server.calls
        self.boto3 = boto3.client("lightsail", **server.client_kwargs)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "region_name": HERE,
            "endpoint_url": self.server.url,
            "config": Config(retries={"total_max_attempts": 1}),
        }

    def count(self, operation: str) -> int:
        return len(self.calls.of(operation))


@pytest.fixture(scope="module")
def running() -> Iterator[Lightsail]:
    with LightsailServer(region_name=HERE, instances=["web"]) as server:
        lightsail = Lightsail(server)
        yield lightsail
        lightsail.boto3.close()


@pytest.fixture
def lightsail(running: Lightsail) -> Lightsail:
    running.server.reset()
    running.boto3.create_instances(
        instanceNames=["web"],
        availabilityZone=f"{HERE}a",
        blueprintId="wordpress",
        bundleId="nano_3_0",
    )
    running.calls.clear()
    return running


@pytest.fixture(params=list(OPEN.values()), ids=list(OPEN))
def client(request: pytest.FixtureRequest, lightsail: Lightsail) -> Iterator[Any]:
    with request.param(**lightsail.settings) as client:
        yield client


@pytest.fixture
def snapshot(client: Any) -> InstanceSnapshot:
    snapshot: InstanceSnapshot = client.snapshot_instance(
        "web", instance_snapshot_name="monday", tags={"env": "prod"}
    )
    return snapshot


def test_a_script_lists_snapshots_copies_deletes_and_restores(
    client: Any, snapshot: InstanceSnapshot
) -> None:
    assert [each.name for each in client.get_instances()] == ["web"]
    assert client.get_instance_snapshots() == (snapshot,)

    client.wait(client.copy_instance_snapshot(snapshot, to_region_name=THERE))
    copy = client.wait_until_available("monday", region_name=THERE)
    assert (copy.name, copy.location.region_name) == ("monday", THERE)
    assert copy.from_instance_name == "web"

    created = client.create_instances_from_snapshot(
        copy, ["web-2", "web-3"], availability_zone=f"{THERE}a", tags={"env": "test"}
    )
    client.wait(created)
    instance = client.wait_until_running("web-3", region_name=THERE)
    assert instance.is_running
    assert instance.location.region_name == THERE
    assert instance.bundle_id == snapshot.from_bundle_id
    assert [tag.key for tag in instance.tags or ()] == ["env"]

    (deletion,) = client.delete_instance_snapshot(copy)
    assert deletion.succeeded
    assert client.get_instance_snapshots() == (snapshot,)


def test_lists_have_all_pages(client: Any, lightsail: Lightsail) -> None:
    names = [f"web-{number}" for number in range(150)]
    for first in range(0, 150, 50):
        lightsail.boto3.create_instances(
            instanceNames=names[first : first + 50],
            availabilityZone=f"{HERE}a",
            blueprintId="wordpress",
            bundleId="nano_3_0",
        )
    lightsail.calls.clear()

    fetched = client.get_instances()

    assert sorted(each.name for each in fetched) == sorted(["web", *names])
    assert lightsail.count("GetInstances") > 1


PAGE = {"instances": [], "nextPageToken": "again"}


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ([PAGE], "GetInstances: the response repeats a page token"),
        ([{}], "GetInstances: the response cannot be read: instances is missing"),
        ([PAGE, {}], "GetInstances: the response cannot be read: instances is missing"),
        ([{"instances": [{}]}], "GetInstances: the response cannot be read: Instance"),
    ],
)
def test_an_incomplete_list_is_an_error(
    stub: Stub, stub_client: Client, pages: list[Any], message: str
) -> None:
    stub.on("GetInstances", *map(Answer, pages))

    with pytest.raises(MalformedResponseError, match=f"^{message}"):
        stub_client.get_instances()


@pytest.mark.parametrize(
    "response", [{"instances": {}}, {"instances": [], "nextPageToken": 1}]
)
def test_a_list_of_another_form_is_an_error(response: dict[str, Any]) -> None:
    wrapper: Any = SimpleNamespace(get_instances=lambda: response)

    with pytest.raises(MalformedResponseError, match="is not "):
        Client(wrapper).get_instances()


# Deleting


def test_a_snapshot_whose_name_is_used_again_is_not_deleted(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    lightsail.boto3.delete_instance_snapshot(instanceSnapshotName="monday")
    newer = client.snapshot_instance("web", instance_snapshot_name="monday")
    lightsail.calls.clear()

    with pytest.raises(SnapshotChangedError, match=r"^snapshot 'monday' is") as caught:
        client.delete_instance_snapshot(snapshot)

    assert caught.value.snapshot == newer
    assert lightsail.count("DeleteInstanceSnapshot") == 0


@pytest.mark.parametrize("change", ["arn", "created_at"])
def test_a_snapshot_is_compared_by_arn_and_creation_time(
    client: Any, snapshot: InstanceSnapshot, change: str
) -> None:
    other: Any = {
        "arn": f"{snapshot.arn}0",
        "created_at": snapshot.created_at.replace(year=2020),
    }[change]

    with pytest.raises(SnapshotChangedError):
        client.delete_instance_snapshot(attrs.evolve(snapshot, **{change: other}))

    assert client.get_instance_snapshots() == (snapshot,)


def test_a_snapshot_that_is_gone_cannot_be_deleted(
    client: Any, snapshot: InstanceSnapshot
) -> None:
    client.delete_instance_snapshot(snapshot)

    with pytest.raises(NotFoundError):
        client.delete_instance_snapshot(snapshot)


def test_after_a_lost_response_a_deleted_snapshot_counts_as_deleted(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    lightsail.server.faults.drop("DeleteInstanceSnapshot", when="after")

    assert client.delete_instance_snapshot(snapshot) == Operations(())
    assert client.get_instance_snapshots() == ()


def test_if_a_delete_did_nothing_the_error_says_so(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    lightsail.server.faults.server_error("DeleteInstanceSnapshot")

    with pytest.raises(ServiceError, match=r"; snapshot 'monday' still exists$"):
        client.delete_instance_snapshot(snapshot)


def test_if_the_outcome_of_a_delete_is_unknown_the_error_says_so(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    faults = lightsail.server.faults
    faults.drop("DeleteInstanceSnapshot", when="after")
    faults.replace("GetInstanceSnapshot", members={"name": "monday"})
    faults.throttle("GetInstanceSnapshot")

    with pytest.raises(TransportError) as caught:
        client.delete_instance_snapshot(snapshot)

    unknown = "; it is unknown whether 'monday' was deleted: GetInstanceSnapshot: "
    assert f"{unknown}ThrottlingException: " in str(caught.value)


def test_a_refused_delete_is_raised_as_is(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    lightsail.server.faults.error(
        "DeleteInstanceSnapshot", code="InvalidInputException"
    )

    with pytest.raises(InvalidInputError):
        client.delete_instance_snapshot(snapshot)

    assert lightsail.count("GetInstanceSnapshot") == 2  # once to wait, once to compare


@pytest.mark.parametrize("open_client", OPEN.values(), ids=OPEN.keys())
def test_a_delete_refused_again_and_again_is_raised_as_is(
    lightsail: Lightsail, snapshot: InstanceSnapshot, open_client: Any
) -> None:
    lightsail.server.faults.throttle("DeleteInstanceSnapshot")
    lightsail.server.faults.error(
        "DeleteInstanceSnapshot", code="AccessDeniedException"
    )
    lightsail.calls.clear()
    settings = {"config": Config(retries={"total_max_attempts": 2})}

    with (
        open_client(**lightsail.settings | settings) as retrying,
        pytest.raises(AccessDeniedError) as caught,
    ):
        retrying.delete_instance_snapshot(snapshot)

    assert "monday" not in str(caught.value)
    assert lightsail.calls.names == [
        "GetInstanceSnapshot",
        "DeleteInstanceSnapshot",
        "DeleteInstanceSnapshot",
    ]


def test_a_name_used_again_after_a_lost_response_means_deleted(
    stub: Stub, stub_client: Client
) -> None:
    snapshot = InstanceSnapshot.from_dict(documented.SNAPSHOT)
    newer = attrs.evolve(snapshot, arn=f"{snapshot.arn}0")
    stub.on(
        "GetInstanceSnapshot",
        *(Answer({"instanceSnapshot": wire(each)}) for each in (snapshot, newer)),
    )
    stub.on("DeleteInstanceSnapshot", Answer({"__type": "InternalFailure"}, 500))

    assert stub_client.delete_instance_snapshot(snapshot) == Operations(())


def wire(snapshot: InstanceSnapshot) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(snapshot.to_json())
    return {**members, "createdAt": snapshot.created_at.timestamp()}


# Copies and restores after a lost response: exactly one

Use: TypeAlias = Callable[[Any, InstanceSnapshot], Operations]

CREATES: dict[str, Use] = {
    "CopySnapshot": lambda client, snapshot: client.copy_instance_snapshot(
        snapshot, to_region_name=THERE
    ),
    "CreateInstancesFromSnapshot": (
        lambda client, snapshot: client.create_instances_from_snapshot(
            snapshot, ["web-2", "web-3"], availability_zone=f"{HERE}a"
        )
    ),
}
each_create = pytest.mark.parametrize("call", CREATES)


@each_create
@pytest.mark.parametrize("fault", ["drop", "break_off", "garble"])
def test_after_a_lost_response_the_operations_are_found(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail, call: str, fault: str
) -> None:
    faults = lightsail.server.faults
    if fault == "drop":
        faults.drop(call, when="after")
    else:
        getattr(faults, fault)(call)

    operations = CREATES[call](client, snapshot)

    assert {each.operation_type for each in operations} == {call}
    assert len(operations) == (1 if call == "CopySnapshot" else 2)
    assert lightsail.count(call) == 1
    assert len(client.wait(operations).succeeded) == len(operations)


@each_create
def test_if_nothing_was_created_the_error_says_so(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail, call: str
) -> None:
    lightsail.server.faults.drop(call, when="before")

    with pytest.raises(TransportError, match="; reconciling found no "):
        CREATES[call](client, snapshot)

    assert lightsail.count(call) == 1


@each_create
def test_a_refused_create_is_not_reconciled(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail, call: str
) -> None:
    CREATES[call](client, snapshot)

    with pytest.raises(InvalidInputError, match="already in use"):
        CREATES[call](client, snapshot)

    assert lightsail.count("GetOperationsForResource") == 0


def test_an_older_copy_of_that_name_is_not_claimed(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    """Someone else copied another snapshot to the same name."""
    other = client.snapshot_instance("web", instance_snapshot_name="tuesday")
    client.copy_instance_snapshot(other, to_region_name=THERE, name="copy")
    lightsail.server.faults.drop("CopySnapshot", when="before")

    with pytest.raises(TransportError, match="; reconciling found no "):
        client.copy_instance_snapshot(snapshot, to_region_name=THERE, name="copy")


# Arguments


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (
            lambda client, _: client.delete_instance_snapshot("monday"),
            TypeError,
            "snapshot is of type str: give an InstanceSnapshot",
        ),
        (
            lambda client, _: client.copy_instance_snapshot("m", to_region_name=THERE),
            TypeError,
            "snapshot is of type str: give an InstanceSnapshot",
        ),
        (
            lambda client, each: client.copy_instance_snapshot(each, to_region_name=1),
            TypeError,
            "to_region_name is of type int",
        ),
        (
            lambda client, each: client.copy_instance_snapshot(
                each, to_region_name=each.location.region_name
            ),
            ConstraintError,
            "name is the name of the snapshot itself: choose another",
        ),
        (
            lambda client, each: client.copy_instance_snapshot(
                each, to_region_name=THERE, name="-"
            ),
            ConstraintError,
            "name has 1 characters",
        ),
        (
            lambda client, each: client.create_instances_from_snapshot(
                each, "web-2", availability_zone="a"
            ),
            ConstraintError,
            "instance_names is of type str: give a list of names",
        ),
        (
            lambda client, each: client.create_instances_from_snapshot(
                each, [], availability_zone="a"
            ),
            ConstraintError,
            "instance_names is empty",
        ),
        (
            lambda client, each: client.create_instances_from_snapshot(
                each, ["web-2", "-"], availability_zone=None, tags={"aws:x": ""}
            ),
            ConstraintError,
            r"instance_names\[1\] has 1 characters.*availability_zone is of type.*tags",
        ),
        (
            lambda client, each: client.create_instances_from_snapshot(
                each,
                ["web-2"],
                availability_zone="us-west-2a",
                attached_disk_mapping=[{"/dev/xvdf": "data-2"}],
                add_ons="AutoSnapshot",
            ),
            ConstraintError,
            "attached_disk_mapping is of type list: .*; add_ons is of type str: ",
        ),
        (
            lambda client, each: client.create_instances_from_snapshot(
                each,
                ["web-2"],
                availability_zone="us-west-2a",
                attached_disk_mapping={"web-2": ["/dev/xvdf"]},
                add_ons={"addOnType": "AutoSnapshot"},
            ),
            ConstraintError,
            r"attached_disk_mapping\['web-2'\] is of type list: .*; add_ons is of type",
        ),
        (
            lambda client, _: client.wait_until_available("monday", region_name=3),
            TypeError,
            "region_name is of type int: give the name of a Region or None",
        ),
        (
            lambda client, _: client.snapshot_instance("web", if_exists="wait"),
            ValueError,
            'if_exists="wait" needs an instance_snapshot_name',
        ),
        (
            lambda client, _: client.snapshot_instance("web", if_exists="replace"),
            ValueError,
            "if_exists is 'replace': give",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    stub: Stub,
    stub_client: Client,
    use: Callable[[Any, InstanceSnapshot], object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        use(stub_client, InstanceSnapshot.from_dict(documented.SNAPSHOT))

    assert stub.requests == []


def test_every_option_of_a_restore_is_sent(stub: Stub, stub_client: Client) -> None:
    stub.on("CreateInstancesFromSnapshot", Answer({"operations": [RESTORE]}))
    snapshot = InstanceSnapshot.from_dict(documented.SNAPSHOT)

    stub_client.create_instances_from_snapshot(
        snapshot,
        ["web-2"],
        availability_zone="us-west-2a",
        bundle_id="small_3_0",
        user_data="#!/bin/sh",
        key_pair_name="key",
        tags={"env": "prod", "keep": None},
        attached_disk_mapping={"web-2": {"/dev/xvdf": "data-2"}},
        add_ons=[{"addOnType": "AutoSnapshot"}],
        ip_address_type="ipv6",
    )

    ((_, members),) = stub.requests
    assert members == {
        "instanceSnapshotName": snapshot.name,
        "instanceNames": ["web-2"],
        "availabilityZone": "us-west-2a",
        "bundleId": "small_3_0",
        "userData": "#!/bin/sh",
        "keyPairName": "key",
        "tags": [{"key": "env", "value": "prod"}, {"key": "keep"}],
        "attachedDiskMapping": {
            "web-2": [{"originalDiskPath": "/dev/xvdf", "newDiskName": "data-2"}]
        },
        "addOns": [{"addOnType": "AutoSnapshot"}],
        "ipAddressType": "ipv6",
    }


RESTORE = {
    **documented.WIRE[0],
    "resourceName": "web-2",
    "resourceType": "Instance",
    "operationType": "CreateInstancesFromSnapshot",
}


# Regions


def test_a_given_client_copies_into_another_region_and_stays_as_it_was(
    lightsail: Lightsail,
) -> None:
    emitter: Any = lightsail.boto3.meta.events
    before = set(emitter._emitter._unique_id_handlers)
    client = Client(lightsail.boto3, clock=FakeClock())
    snapshot = client.snapshot_instance("web", instance_snapshot_name="monday")

    operations = client.copy_instance_snapshot(snapshot, to_region_name=THERE)

    assert operations[0].location.region_name == THERE
    assert client.wait(operations) == client.poll(operations.ids and operations)
    assert client.wait_until_available("monday", region_name=THERE).name == "monday"
    assert set(emitter._emitter._unique_id_handlers) == before
    assert client.get_instance_snapshots() == (snapshot,)


def test_calls_of_several_threads_keep_their_regions(lightsail: Lightsail) -> None:
    client = Client(lightsail.boto3, clock=FakeClock())
    snapshot = client.snapshot_instance("web", instance_snapshot_name="monday")
    client.wait(client.copy_instance_snapshot(snapshot, to_region_name=THERE))
    start = threading.Barrier(8)

    def fetch(region_name: str) -> str:
        start.wait(timeout=30)
        fetched = client.wait_until_available("monday", region_name=region_name)
        return fetched.location.region_name

    regions = [HERE, THERE] * 4
    with ThreadPoolExecutor(8) as executor:
        assert list(executor.map(fetch, regions)) == regions


def test_urls_and_signatures_name_the_region_of_the_call() -> None:
    lightsail = boto3.client("lightsail", region_name=HERE)
    sent: list[tuple[str, str]] = []

    def refuse(request: Any, **_: object) -> None:
        sent.append((request.url, request.headers["Authorization"].decode()))
        raise ValueError("not today")

    lightsail.meta.events.register("before-send.lightsail", refuse)
    with pytest.raises(WaitInterruptedError):
        Client(lightsail).wait_until_available("monday", region_name=THERE)

    ((url, signature),) = sent
    assert url == f"https://lightsail.{THERE}.amazonaws.com/"
    assert f"/{THERE}/lightsail/aws4_request" in signature


@pytest.mark.parametrize("region_name", ["", "host.example/", "a b", "x@host", "ü"])
def test_a_region_name_cannot_lead_to_another_host(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail, region_name: str
) -> None:
    lightsail.calls.clear()
    message = f"^{region_name!r} is not the name of a Region: give one such as"

    with pytest.raises(ConfigurationError, match=message):
        client.copy_instance_snapshot(snapshot, to_region_name=region_name)
    with pytest.raises(ConfigurationError, match=message):
        client.wait_until_available("monday", region_name=region_name)
    with pytest.raises(ConfigurationError, match=message):
        client.wait_until_running("web", region_name=region_name)

    assert len(lightsail.calls) == 0


def test_a_stored_operation_cannot_lead_to_another_host(
    client: Any, snapshot: InstanceSnapshot, lightsail: Lightsail
) -> None:
    copying = client.copy_instance_snapshot(snapshot, to_region_name=THERE)
    stored = Operations.from_json(copying.to_json().replace(THERE, "host.example/"))
    lightsail.calls.clear()

    with pytest.raises(WaitInterruptedError, match="is not the name of a Region"):
        client.wait(stored)
    with pytest.raises(ConfigurationError, match="/' is not the name of a Region"):
        client.poll(stored)

    assert len(lightsail.calls) == 0


@pytest.mark.parametrize(
    ("region_name", "advice"),
    [
        ("eu-central-1a", "eu-central-1a is a zone: did you mean the Region eu-cen"),
        ("us-west-1", "there is no Lightsail in us-west-1; its Regions are "),
    ],
)
def test_a_wait_in_a_region_without_lightsail_ends_at_once(
    monkeypatch: pytest.MonkeyPatch, region_name: str, advice: str
) -> None:
    """Its host name does not exist, though the client's own Region has responded."""
    lightsail: Any = boto3.client("lightsail", region_name=HERE)

    def respond(request: Any, **_: object) -> AWSResponse | None:
        if f".{HERE}." not in request.url:
            return None
        raw: Any = SimpleNamespace(stream=lambda: [b'{"instances": []}'])
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    lightsail.meta.events.register("before-send.lightsail", respond)
    resolve(monkeypatch, None)
    client = Client(lightsail, clock=FakeClock())
    assert client.get_instances() == ()

    with pytest.raises(WaitInterruptedError, match=advice) as caught:
        client.wait_until_available("monday", region_name=region_name)

    assert isinstance(caught.value.reason, TransportError)


def test_a_client_without_a_region_does_not_copy(
    lightsail: Lightsail, snapshot: InstanceSnapshot
) -> None:
    """The copy would be in the client's own Region."""
    spy = Mock(wraps=lightsail.boto3)

    with pytest.raises(ConfigurationError, match="the given client has no Region"):
        Client(spy).copy_instance_snapshot(snapshot, to_region_name=THERE, name="copy")

    assert spy.mock_calls == []


def test_a_wrapper_without_metadata_may_not_find_its_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lightsail = boto3.client("lightsail", region_name=HERE)
    wrapper: Any = SimpleNamespace(get_instances=lightsail.get_instances)
    resolve(monkeypatch, None)

    with pytest.raises(TransportError, match="Could not connect to the endpoint URL"):
        Client(wrapper).get_instances()


def test_a_client_that_is_not_botocores_cannot_change_its_region() -> None:
    wrapper: Any = SimpleNamespace(
        get_instance_snapshot=dict, meta=SimpleNamespace(region_name=HERE)
    )

    with pytest.raises(WaitInterruptedError) as caught:
        Client(wrapper).wait_until_available("monday", region_name=THERE)

    assert isinstance(caught.value.reason, ConfigurationError)
    assert f"the given client calls {HERE}, but the call is for {THERE}" in str(
        caught.value
    )


# Waits


def test_wait_takes_any_response_of_boto3(client: Any, lightsail: Lightsail) -> None:
    stopped = lightsail.boto3.stop_instance(instanceName="web")
    tagged = lightsail.boto3.tag_resource(
        resourceName="web", tags=[{"key": "env", "value": "prod"}]
    )

    assert [each.status for each in client.wait(stopped)] == ["Succeeded"]
    assert client.wait(tagged).is_terminal
    assert client.poll(stopped).is_terminal
    with pytest.raises(MalformedResponseError, match="the response has no operations"):
        client.wait(lightsail.boto3.get_instances())


def test_poll_asks_once_and_does_not_raise(client: Any, lightsail: Lightsail) -> None:
    lightsail.server.faults.leave_unfinished("CreateInstanceSnapshot")
    operations = client.create_instance_snapshot(
        instance_name="web", instance_snapshot_name="monday"
    )
    lightsail.calls.clear()

    polled = client.poll(operations)

    assert polled.ids == operations.ids
    assert len(polled.pending) == 2
    assert lightsail.count("GetOperation") == 2


def test_poll_refuses_a_response_about_another_operation(
    stub: Stub, stub_client: Client
) -> None:
    stub.on("GetOperation", Answer({"operation": documented.WIRE[0]}))

    with pytest.raises(MalformedResponseError, match="is about"):
        stub_client.poll(["another"])


def test_a_wait_for_an_instance_reports_progress_and_times_out(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.boto3.stop_instance(instanceName="web")
    seen: list[InstanceProgress] = []

    with pytest.raises(WaitTimeoutError, match=r"^instance 'web' was still stop"):
        client.wait_until_running("web", timeout=10, on_poll=seen.append)

    assert seen[-1].instance is not None
    assert seen[-1].to_dict()["instanceName"] == "web"
    assert "web: stop" in repr(seen[-1])
    assert "web" in seen[-1]._repr_html_()
    lightsail.boto3.start_instance(instanceName="web")
    assert client.wait_until_running("web").is_running


def test_a_bar_shows_a_wait_for_an_instance(client: Any) -> None:
    pytest.importorskip("tqdm")

    assert client.wait_until_running("web", on_poll=progress(disable=True)).is_running


def test_an_instance_that_does_not_exist_ends_the_wait(client: Any) -> None:
    seen: list[InstanceProgress] = []

    with pytest.raises(WaitInterruptedError, match=r"^instance 'none' was not yet"):
        client.wait_until_running("none", on_poll=seen.append)

    assert seen[0].to_dict()["instance"] is None
    assert "not seen yet" in repr(seen[0])


def test_retries_of_a_backup_create_one_snapshot(
    client: Any, lightsail: Lightsail
) -> None:
    lightsail.server.faults.leave_unfinished("CreateInstanceSnapshot", times=None)
    for _ in range(3):
        with pytest.raises(WaitTimeoutError):
            client.snapshot_instance(
                "web",
                instance_snapshot_name="monday",
                timeout=600,
                if_exists="wait",
            )

    assert len(lightsail.boto3.get_instance_snapshots()["instanceSnapshots"]) == 1


@pytest.mark.parametrize("fault", [False, True])
def test_a_snapshot_of_another_instance_is_not_waited_for(
    client: Any, lightsail: Lightsail, fault: bool
) -> None:
    lightsail.boto3.create_instances(
        instanceNames=["web-2"],
        availabilityZone=f"{HERE}a",
        blueprintId="wordpress",
        bundleId="nano_3_0",
    )
    client.snapshot_instance("web-2", instance_snapshot_name="monday")
    if fault:
        lightsail.server.faults.throttle("GetInstanceSnapshot")

    with pytest.raises(InvalidInputError, match="already in use") as caught:
        client.snapshot_instance(
            "web", instance_snapshot_name="monday", if_exists="wait"
        )

    assert ("the snapshot cannot be fetched" in str(caught.value)) is fault


def test_a_create_refused_for_another_reason_is_raised(client: Any) -> None:
    with pytest.raises(NotFoundError):
        client.snapshot_instance(
            "none", instance_snapshot_name="monday", if_exists="wait"
        )


def test_the_twins_have_the_same_signatures() -> None:
    for name in ("poll", "wait_until_running", "create_instances_from_snapshot"):
        sync, twin = (getattr(each, name) for each in (Client, AsyncClient))
        assert inspect.signature(sync) == inspect.signature(twin)
