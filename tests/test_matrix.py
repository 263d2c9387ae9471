"""Each fault in a create, a copy, a restore and two waits, over real sockets.

The tests run with both clients: one through botocore, one through aiobotocore.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from time import sleep, time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import boto3
import pytest
from botocore.config import Config

from lightsnap import (
    ApiError,
    Client,
    InstanceSnapshot,
    LightsnapError,
    Operations,
    ServiceError,
    SnapshotFailedError,
    WaitInterruptedError,
)
from lightsnap.testing import FakeClock, Faults, LightsailServer
from tests.clocks import Clocks, replace
from tests.embedded import create_instances
from tests.outcomes import EXPECTED, MADE, page
from tests.test_service import make_certificate
from tests.twins import OPEN, Open
from tests.wire import (
    Handler,
    after_performing,
    listening,
    message_from,
    over_tls,
    relaying_to,
    reset,
    resolve,
)

if TYPE_CHECKING:
    from types_boto3_lightsail import LightsailClient

pytestmark = [pytest.mark.fake, pytest.mark.usefixtures("retried_at_once")]

NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "WordPress-Snapshot-1",
}

HERE, THERE = "us-west-2", "eu-central-1"
SOURCE = "source"  # the snapshot that is copied and restored


class Creating(NamedTuple):
    """A call that creates something.

    Attributes:
        call: The API operation, which is also the type of the operations it starts.
        method: The method that makes the call, with its arguments.
        name: What it creates.
        region_name: The Region of that.
        listed: The names of everything of that kind in a Region.
    """

    call: str
    method: Callable[[Any, InstanceSnapshot], Operations]
    name: str
    region_name: str
    listed: Callable[[LightsailClient], list[str]]


def create(client: Any, _: object = None) -> Operations:
    operations: Operations = client.create_instance_snapshot(**NAMES)
    return operations


def copy(client: Any, source: InstanceSnapshot) -> Operations:
    operations: Operations = client.copy_instance_snapshot(
        source, to_region_name=THERE, name="copy"
    )
    return operations


def restore(client: Any, source: InstanceSnapshot) -> Operations:
    operations: Operations = client.create_instances_from_snapshot(
        source, ["WordPress-2"], availability_zone=f"{HERE}a"
    )
    return operations


def snapshots(boto3_client: LightsailClient) -> list[str]:
    listed = boto3_client.get_instance_snapshots()["instanceSnapshots"]
    return [each["name"] for each in listed]


def instances(boto3_client: LightsailClient) -> list[str]:
    return [each["name"] for each in boto3_client.get_instances()["instances"]]


CREATING = {
    "create": Creating(
        "CreateInstanceSnapshot",
        create,
        NAMES["instance_snapshot_name"],
        HERE,
        snapshots,
    ),
    "copy": Creating("CopySnapshot", copy, "copy", THERE, snapshots),
    "restore": Creating(
        "CreateInstancesFromSnapshot", restore, "WordPress-2", HERE, instances
    ),
}

READ_TIMEOUT = 0.5  # seconds, in tests where a call is to time out
LATE = 1.0  # seconds until the response arrives in those tests

# Each affects the next call of that API operation, and no later one.
FAULTS: dict[str, Callable[[Faults, str], None]] = {
    "throttled": Faults.throttle,
    "HTTP status 500": lambda faults, call: faults.server_error(call, status=500),
    "HTTP status 503": lambda faults, call: faults.server_error(call, status=503),
    "connection reset before the work": (
        lambda faults, call: faults.drop(call, when="before")
    ),
    "connection reset after the work": (
        lambda faults, call: faults.drop(call, when="after")
    ),
    "read time-out": lambda faults, call: faults.delay(call, seconds=LATE),
    "truncated body": Faults.break_off,
    "malformed JSON": Faults.garble,
    "unknown status": (
        lambda faults, call: faults.replace(call, members={"status": "Paused"})
    ),
    "missing field": lambda faults, call: faults.replace(call, members={"id": None}),
    "expired token": (
        lambda faults, call: faults.error(
            call, code="ExpiredTokenException", status=400
        )
    ),
    "access denied": (
        lambda faults, call: faults.error(call, code="AccessDeniedException")
    ),
    "not found": lambda faults, call: faults.error(call, code="NotFoundException"),
}


class Wire(NamedTuple):
    """What happens between a client and the server, and where."""

    server: LightsailServer
    call: str
    monkeypatch: pytest.MonkeyPatch
    tmp_path: Path

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])


Facing: TypeAlias = Callable[[Wire], Iterator[dict[str, Any]]]

HOST = "lightsail.test"
TRICKLE = 10  # bytes of a response
SUSPENDED = 3600  # seconds


def wrong_subject(wire: Wire) -> Iterator[dict[str, Any]]:
    member = "id" if wire.call == "GetOperation" else "resourceName"
    wire.server.faults.replace(wire.call, members={member: "another"})
    yield {}


def null(wire: Wire) -> Iterator[dict[str, Any]]:
    def respond(connection: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close"
        connection.sendall(head + b"\r\n\r\nnull")

    yield from relayed(wire, after_performing(wire.port, respond))


def trickle(wire: Wire) -> Iterator[dict[str, Any]]:
    def respond(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        for _ in range(TRICKLE):
            sleep(0.02)
            connection.sendall(b"{")

    yield from relayed(wire, after_performing(wire.port, respond))


def redirect(wire: Wire) -> Iterator[dict[str, Any]]:
    def respond(connection: socket.socket) -> None:
        message_from(connection)
        other_origin = f"http://localhost:{wire.port}/"
        head = f"HTTP/1.1 307 X\r\nLocation: {other_origin}\r\nContent-Length: 0"
        connection.sendall(f"{head}\r\n\r\n".encode())

    yield from relayed(wire, respond)


def suspend(wire: Wire) -> Iterator[dict[str, Any]]:
    clocks = Clocks()
    replace(wire.monkeypatch, clocks)

    def respond(connection: socket.socket) -> None:
        clocks.suspend(SUSPENDED)
        reset(connection)

    if wire.call != "GetOperation":
        created_at = {"createdAt": time() - SUSPENDED / 2}
        wire.server.faults.replace("GetOperationsForResource", members=created_at)
    yield from relayed(wire, after_performing(wire.port, respond))


def relayed(wire: Wire, first: Handler) -> Iterator[dict[str, Any]]:
    """Handle the first connection in another way, and relay all others."""
    with listening(first, relaying_to(wire.port)) as listener:
        yield {"endpoint_url": listener.url}


def refused_then_refused(wire: Wire) -> Iterator[dict[str, Any]]:
    wire.server.faults.throttle(wire.call)
    wire.server.faults.error(wire.call, code="InvalidInputException")
    yield TWO_ATTEMPTS


def refused_then_lost(wire: Wire) -> Iterator[dict[str, Any]]:
    wire.server.faults.throttle(wire.call)
    wire.server.faults.drop(wire.call, when="after")
    yield TWO_ATTEMPTS


def lost_then_refused(wire: Wire) -> Iterator[dict[str, Any]]:
    wire.server.faults.drop(wire.call, when="after")
    wire.server.faults.throttle(wire.call)
    yield TWO_ATTEMPTS


def not_sent_then_lost(wire: Wire) -> Iterator[dict[str, Any]]:
    wire.server.faults.drop(wire.call, when="after")
    resolve(wire.monkeypatch, None, wire.port)
    yield {**TWO_ATTEMPTS, "endpoint_url": f"http://{HOST}"}


def lost_then_captive_portal(wire: Wire) -> Iterator[dict[str, Any]]:
    trusted, untrusted = wire.tmp_path / "trusted.pem", wire.tmp_path / "untrusted.pem"
    make_certificate(trusted)
    make_certificate(untrusted)
    wire.monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
    wire.server.faults.drop(wire.call, when="after")
    to_server = over_tls(trusted, relaying_to(wire.port))
    portal = over_tls(untrusted, relaying_to(wire.port))
    with listening(to_server, portal, to_server) as listener:
        yield {**TWO_ATTEMPTS, "endpoint_url": f"https://127.0.0.1:{listener.port}"}


TWO_ATTEMPTS: dict[str, Any] = {
    "config": Config(
        read_timeout=60, retries={"mode": "standard", "total_max_attempts": 2}
    )
}

# Those of which the next call of a new client is affected.
FACING: dict[str, Facing] = {
    "wrong subject": wrong_subject,
    "`null`": null,
    "trickle": trickle,
    "redirect": redirect,
    "suspend": suspend,
    "refused, then refused": refused_then_refused,
    "refused, then lost": refused_then_lost,
    "lost, then refused": lost_then_refused,
    "not sent, then lost": not_sent_then_lost,
    "lost, then a captive portal": lost_then_captive_portal,
}
RETRIED = list(FAULTS)[: list(FAULTS).index("read time-out") + 1]


by_both_clients = pytest.mark.parametrize("connect", OPEN.values(), ids=OPEN.keys())
under_each_fault = pytest.mark.parametrize("fault", [*FAULTS, *FACING])


class Lightsail(NamedTuple):
    """The server, and boto3 clients of it in two Regions."""

    server: LightsailServer
    boto3_clients: dict[str, LightsailClient]

    def settings(self, fault: str, **retries: Any) -> dict[str, Any]:
        """Keyword arguments for a client, which does not retry without ``retries``."""
        # Long for other calls, which must not time out on a busy machine.
        read_timeout = READ_TIMEOUT if fault == "read time-out" else 60
        chosen: Any = retries or {"total_max_attempts": 1}
        return {
            "region_name": HERE,
            "endpoint_url": self.server.url,
            "config": Config(read_timeout=read_timeout, retries=chosen),
        }

    def prepare(self) -> None:
        """Discard the state of the server, and create an instance."""
        self.server.reset()  # all servers of a process share one backend
        create_instances(self.boto3_clients[HERE], "WordPress-1")
        self.server.calls.clear()

    def create_source(self) -> InstanceSnapshot:
        """Create a snapshot to copy and to restore."""
        client = Client(self.boto3_clients[HERE], clock=FakeClock())
        return client.snapshot_instance("WordPress-1", instance_snapshot_name=SOURCE)

    def made_by(self, creating: Creating) -> list[str]:
        """Return the names of what the call has created: one or none."""
        listed = creating.listed(self.boto3_clients[creating.region_name])
        made = [name for name in listed if name not in ("WordPress-1", SOURCE)]
        assert made in ([], [creating.name])
        return made

    def ids(self, creating: Creating) -> set[str]:
        """Return the ids of the operations that the call has started."""
        boto3_client = self.boto3_clients[creating.region_name]
        return {
            operation["id"]
            for operation in boto3_client.get_operations()["operations"]
            if operation["operationType"] == creating.call
            and creating.name
            in (operation["resourceName"], operation.get("operationDetails"))
        }

    def count(self, call: str) -> int:
        return len(self.server.calls.of(call))

    def was_reconciled(self) -> bool:
        return self.count("GetOperationsForResource") > 0


@contextmanager
def serving() -> Iterator[Lightsail]:
    with LightsailServer(allowed_hosts=[HOST]) as server:
        settings: Any = {**server.client_kwargs}
        del settings["region_name"]
        boto3_clients: dict[str, LightsailClient] = {
            region_name: boto3.client("lightsail", region_name, **settings)
            for region_name in (HERE, THERE)
        }
        yield Lightsail(server, boto3_clients)
        for boto3_client in boto3_clients.values():
            boto3_client.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Lightsail]:
    with serving() as lightsail:
        yield lightsail


@pytest.fixture
def fresh() -> Iterator[Lightsail]:
    """Start a new server, which gets no late calls from another test."""
    with serving() as lightsail:
        lightsail.prepare()
        yield lightsail


@pytest.fixture
def lightsail(running: Lightsail) -> Lightsail:
    """Reset the running server."""
    running.prepare()
    return running


def outcome_of(
    creating: Creating, perform: Callable[[], Operations], lightsail: Lightsail
) -> str:
    """Perform a call that creates something; the outcome counts what it created."""
    try:
        operations = perform()
    except LightsnapError as error:
        outcome = describe_error(error, lightsail)
    else:
        reconciled = ", after reconciling" if lightsail.was_reconciled() else ""
        outcome = f"operations{reconciled}"
        ids = lightsail.ids(creating)
        assert len(operations) == len(ids) > 0
        assert set(operations.ids) == ids
    return f"{outcome}; {'one' if lightsail.made_by(creating) else 'no'}"


def describe_error(error: LightsnapError, lightsail: Lightsail) -> str:
    name = type(error).__name__
    is_refusal = isinstance(error, ApiError) and not isinstance(error, ServiceError)
    assert lightsail.was_reconciled() is not is_refusal
    if is_refusal:
        return name
    if "; it is unknown whether " in str(error):
        return f"{name}, which says that the outcome is unknown"
    assert "; reconciling found no " in str(error)
    return f"{name}, which says that none was found"


def outcome_of_wait(client: Any, operations: Operations) -> str:
    try:
        ended = client.wait(operations)
    except WaitInterruptedError as error:
        ids, reason = error.ids, type(error.reason).__name__
    else:
        assert ended.ids == operations.ids
        assert len(ended.succeeded) == 2
        return "all succeeded"
    assert ids == operations.ids
    assert len(client.wait(ids).succeeded) == 2
    return f"WaitInterruptedError ({reason}), with both ids"


def test_the_table_lists_every_fault() -> None:
    assert list(EXPECTED) == [*FAULTS, *FACING]
    assert list(MADE) == list(CREATING)


Face: TypeAlias = Callable[[str, str], AbstractContextManager[dict[str, Any]]]


@pytest.fixture
def face(lightsail: Lightsail, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Face:
    """Return what lets the next call of an API operation meet a fault."""

    @contextmanager
    def face(fault: str, call: str) -> Iterator[dict[str, Any]]:
        server = lightsail.server
        settings = lightsail.settings(fault)
        if fault in FAULTS:
            FAULTS[fault](server.faults, call)
            yield settings
            return
        wire = Wire(server, call, monkeypatch, tmp_path)
        for changes in FACING[fault](wire):
            yield settings | changes

    return face


@by_both_clients
@under_each_fault
@pytest.mark.parametrize("column", CREATING)
def test_a_call_under_a_fault_creates_one_or_reports_none(
    lightsail: Lightsail, connect: Open, fault: str, face: Face, column: str
) -> None:
    creating, source = CREATING[column], lightsail.create_source()
    with face(fault, creating.call) as settings, connect(**settings) as client:
        perform = partial(creating.method, client, source)
        outcome = outcome_of(creating, perform, lightsail)

    assert f"{outcome} {MADE[column]}" == getattr(EXPECTED[fault], column)
    assert lightsail.server.faults.pending == []


@by_both_clients
@under_each_fault
def test_a_wait_continues_after_a_transient_fault_and_raises_a_permanent_one(
    lightsail: Lightsail, connect: Open, fault: str, face: Face
) -> None:
    with connect(**lightsail.settings(fault)) as client:
        operations = create(client)
        with face(fault, "GetOperation") as settings:
            if fault in FAULTS:
                outcome = outcome_of_wait(client, operations)
            else:
                with connect(**settings) as other_client:
                    outcome = outcome_of_wait(other_client, operations)

    assert outcome == EXPECTED[fault].wait
    assert lightsail.server.faults.pending == []


@by_both_clients
@under_each_fault
def test_a_resumed_wait_handles_a_fault_like_any_wait(
    lightsail: Lightsail, connect: Open, fault: str, face: Face
) -> None:
    with connect(**lightsail.settings(fault)) as client:
        stored = create(client).to_json()

    with face(fault, "GetOperation") as settings, connect(**settings) as client:
        outcome = outcome_of_wait(client, Operations.from_json(stored))

    assert outcome == EXPECTED[fault].resume
    assert lightsail.server.faults.pending == []


@by_both_clients
@pytest.mark.parametrize("fault", RETRIED)
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_create_that_botocore_retries_creates_one_snapshot(
    fresh: Lightsail, connect: Open, fault: str, mode: str
) -> None:
    FAULTS[fault](fresh.server.faults, "CreateInstanceSnapshot")

    settings = fresh.settings(fault, mode=mode, total_max_attempts=2)
    with connect(**settings) as client:
        operations = create(client)

    assert fresh.server.faults.pending == []
    assert fresh.made_by(CREATING["create"])
    assert len(operations) == 2
    assert set(operations.ids) == fresh.ids(CREATING["create"])
    assert fresh.count("CreateInstanceSnapshot") == 2


TRANSIENT = [*RETRIED, "truncated body", "malformed JSON", "unknown status"]


@by_both_clients
@pytest.mark.parametrize("fault", [*TRANSIENT, "expired token", "access denied"])
def test_a_wait_for_the_snapshot_handles_faults_the_same_way(
    lightsail: Lightsail, connect: Open, fault: str
) -> None:
    with connect(**lightsail.settings(fault)) as client:
        create(client)
        if fault == "unknown status":
            lightsail.server.faults.replace(
                "GetInstanceSnapshot", members={"state": "thinking"}
            )
        else:
            FAULTS[fault](lightsail.server.faults, "GetInstanceSnapshot")
        if fault in TRANSIENT:
            assert (
                client.wait_until_available(CREATING["create"].name).state
                == "available"
            )
        else:
            with pytest.raises(WaitInterruptedError) as caught:
                client.wait_until_available(CREATING["create"].name)
            name = type(caught.value.reason).__name__
            assert EXPECTED[fault].wait.startswith(f"WaitInterruptedError ({name})")

    assert lightsail.server.faults.pending == []


@by_both_clients
def test_a_failed_snapshot_ends_the_wait_for_it(
    lightsail: Lightsail, connect: Open
) -> None:
    lightsail.server.faults.fail_operations(
        "CreateInstanceSnapshot", error_code="OutOfSpace"
    )
    with connect(**lightsail.settings("none")) as client:
        create(client)
        with pytest.raises(SnapshotFailedError) as caught:
            client.wait_until_available(CREATING["create"].name)

    assert caught.value.snapshot.name == NAMES["instance_snapshot_name"]
    assert caught.value.snapshot.state == "error"


def test_the_outcomes_page_shows_the_table() -> None:
    committed = Path(__file__).parent.parent / "docs" / "reference" / "outcomes.md"

    assert committed.read_text(encoding="utf-8") == page()
