"""Each fault in a create, a wait and a resumed wait, over real sockets to a server.

The tests run with both clients: one through botocore, one through aiobotocore.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import boto3
import pytest
from botocore.config import Config

from lightsnap import (
    ApiError,
    AsyncClient,
    Client,
    InstanceSnapshot,
    LightsnapError,
    Operation,
    Operations,
    ServiceError,
    SnapshotFailedError,
    WaitInterruptedError,
)
from lightsnap.testing import FakeAsyncClock, FakeClock, Faults, LightsailServer
from tests.embedded import create_instances
from tests.outcomes import EXPECTED, page

if TYPE_CHECKING:
    from types_boto3_lightsail import LightsailClient

pytestmark = [pytest.mark.fake, pytest.mark.usefixtures("retried_at_once")]

NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "WordPress-Snapshot-1",
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
RETRIED = list(FAULTS)[: list(FAULTS).index("read time-out") + 1]


class Twin(NamedTuple):
    """The methods under test, blocking for either client."""

    create: Callable[[], Operations]
    wait: Callable[[Iterable[Operation | str]], Operations]
    wait_until_available: Callable[[], InstanceSnapshot]


Connect: TypeAlias = Callable[..., AbstractContextManager[Twin]]


@contextmanager
def blocking(**settings: Any) -> Iterator[Twin]:
    with Client(clock=FakeClock(), **settings) as client:
        yield Twin(
            lambda: client.create_instance_snapshot(**NAMES),
            client.wait,
            lambda: client.wait_until_available(NAMES["instance_snapshot_name"]),
        )


@contextmanager
def awaited(**settings: Any) -> Iterator[Twin]:
    exits = AsyncExitStack()
    with asyncio.Runner() as runner:
        new = AsyncClient(clock=FakeAsyncClock(), **settings)
        client = runner.run(exits.enter_async_context(new))
        try:
            yield Twin(
                lambda: runner.run(client.create_instance_snapshot(**NAMES)),
                lambda operations: runner.run(client.wait(operations)),
                lambda: runner.run(
                    client.wait_until_available(NAMES["instance_snapshot_name"])
                ),
            )
        finally:
            runner.run(exits.aclose())


TWINS: dict[str, Connect] = {"sync": blocking}
if find_spec("aiobotocore") is not None:
    TWINS["async"] = awaited

by_both_clients = pytest.mark.parametrize("connect", TWINS.values(), ids=TWINS.keys())
under_each_fault = pytest.mark.parametrize("fault", FAULTS)


class Lightsail(NamedTuple):
    """The server, a boto3 client of it, and its log of calls."""

    server: LightsailServer
    boto3_client: LightsailClient
    log: list[str]

    def settings(self, fault: str, **retries: Any) -> dict[str, Any]:
        """Keyword arguments for a client, which does not retry without ``retries``."""
        # Long for other calls, which must not time out on a busy machine.
        read_timeout = READ_TIMEOUT if fault == "read time-out" else 60
        chosen: Any = retries or {"total_max_attempts": 1}
        return {
            "region_name": self.server.client_kwargs["region_name"],
            "endpoint_url": self.server.url,
            "config": Config(read_timeout=read_timeout, retries=chosen),
        }

    def snapshots(self) -> list[str]:
        snapshots = self.boto3_client.get_instance_snapshots()["instanceSnapshots"]
        return [snapshot["name"] for snapshot in snapshots]

    def ids(self) -> set[str]:
        """Return the ids of the operations that create the snapshot."""
        return {
            operation["id"]
            for resource_name in NAMES.values()
            for operation in self.boto3_client.get_operations_for_resource(
                resourceName=resource_name
            )["operations"]
            if operation["operationType"] == "CreateInstanceSnapshot"
        }

    def count_creates(self) -> int:
        return sum("CreateInstanceSnapshot" in line for line in self.log)

    def was_reconciled(self) -> bool:
        return any("GetOperationsForResource" in line for line in self.log)


@contextmanager
def serving() -> Iterator[Lightsail]:
    log: list[str] = []
    with LightsailServer(log=log.append) as server:
        boto3_client = boto3.client("lightsail", **server.client_kwargs)
        yield Lightsail(server, boto3_client, log)
        boto3_client.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Lightsail]:
    with serving() as lightsail:
        yield lightsail


@pytest.fixture
def fresh() -> Iterator[Lightsail]:
    """Start a new server, whose log gets no late lines from another test."""
    with serving() as lightsail:
        lightsail.server.reset()  # all servers of a process share one backend
        create_instances(lightsail.boto3_client, "WordPress-1")
        yield lightsail


@pytest.fixture
def lightsail(running: Lightsail) -> Lightsail:
    """Reset the running server."""
    running.server.reset()
    create_instances(running.boto3_client, "WordPress-1")
    running.log.clear()
    return running


def outcome_of_create(twin: Twin, lightsail: Lightsail) -> str:
    try:
        operations = twin.create()
    except LightsnapError as error:
        return f"{describe_error(error, lightsail)}; {count_snapshots(lightsail)}"
    outcome = "operations"
    if lightsail.was_reconciled():
        outcome += ", after reconciling"
    assert len(operations) == 2
    assert set(operations.ids) == lightsail.ids()
    return f"{outcome}; {count_snapshots(lightsail)}"


def describe_error(error: LightsnapError, lightsail: Lightsail) -> str:
    name = type(error).__name__
    is_refusal = isinstance(error, ApiError) and not isinstance(error, ServiceError)
    assert lightsail.was_reconciled() is not is_refusal
    if is_refusal:
        return name
    assert "; reconciling found no snapshot" in str(error)
    return f"{name}, which says that none was found"


def count_snapshots(lightsail: Lightsail) -> str:
    names = lightsail.snapshots()
    assert names in ([], [NAMES["instance_snapshot_name"]])
    return "one snapshot" if names else "no snapshot"


def outcome_of_wait(twin: Twin, operations: Operations) -> str:
    try:
        ended = twin.wait(operations)
    except WaitInterruptedError as error:
        ids, reason = error.ids, type(error.reason).__name__
    else:
        assert ended.ids == operations.ids
        assert len(ended.succeeded) == 2
        return "all succeeded"
    assert ids == operations.ids
    assert len(twin.wait(ids).succeeded) == 2
    return f"WaitInterruptedError ({reason}), with both ids"


def test_the_table_lists_every_fault() -> None:
    assert list(EXPECTED) == list(FAULTS)


@by_both_clients
@under_each_fault
def test_a_create_under_a_fault_creates_one_snapshot_or_reports_none(
    lightsail: Lightsail, connect: Connect, fault: str
) -> None:
    FAULTS[fault](lightsail.server.faults, "CreateInstanceSnapshot")

    with connect(**lightsail.settings(fault)) as twin:
        outcome = outcome_of_create(twin, lightsail)

    assert outcome == EXPECTED[fault].create
    assert lightsail.server.faults.pending == []


@by_both_clients
@under_each_fault
def test_a_wait_continues_after_a_transient_fault_and_raises_a_permanent_one(
    lightsail: Lightsail, connect: Connect, fault: str
) -> None:
    with connect(**lightsail.settings(fault)) as twin:
        operations = twin.create()
        FAULTS[fault](lightsail.server.faults, "GetOperation")
        outcome = outcome_of_wait(twin, operations)

    assert outcome == EXPECTED[fault].wait
    assert lightsail.server.faults.pending == []


@by_both_clients
@under_each_fault
def test_a_resumed_wait_handles_a_fault_like_any_wait(
    lightsail: Lightsail, connect: Connect, fault: str
) -> None:
    with connect(**lightsail.settings(fault)) as twin:
        stored = twin.create().to_json()
    FAULTS[fault](lightsail.server.faults, "GetOperation")

    with connect(**lightsail.settings(fault)) as twin:
        outcome = outcome_of_wait(twin, Operations.from_json(stored))

    assert outcome == EXPECTED[fault].resume
    assert lightsail.server.faults.pending == []


@by_both_clients
@pytest.mark.parametrize("fault", RETRIED)
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_create_that_botocore_retries_creates_one_snapshot(
    fresh: Lightsail, connect: Connect, fault: str, mode: str
) -> None:
    FAULTS[fault](fresh.server.faults, "CreateInstanceSnapshot")

    settings = fresh.settings(fault, mode=mode, total_max_attempts=2)
    with connect(**settings) as twin:
        operations = twin.create()

    assert fresh.server.faults.pending == []
    assert fresh.snapshots() == [NAMES["instance_snapshot_name"]]
    assert len(operations) == 2
    assert set(operations.ids) == fresh.ids()
    # It was sent twice; a call is logged only once its response, perhaps late, is sent.
    deadline = monotonic() + 10
    while fresh.count_creates() < 2 and monotonic() < deadline:
        sleep(0.01)
    assert fresh.count_creates() == 2, fresh.log


TRANSIENT = [*RETRIED, "truncated body", "malformed JSON", "unknown status"]


@by_both_clients
@pytest.mark.parametrize("fault", [*TRANSIENT, "expired token", "access denied"])
def test_a_wait_for_the_snapshot_handles_faults_the_same_way(
    lightsail: Lightsail, connect: Connect, fault: str
) -> None:
    with connect(**lightsail.settings(fault)) as twin:
        twin.create()
        if fault == "unknown status":
            lightsail.server.faults.replace(
                "GetInstanceSnapshot", members={"state": "thinking"}
            )
        else:
            FAULTS[fault](lightsail.server.faults, "GetInstanceSnapshot")
        if fault in TRANSIENT:
            assert twin.wait_until_available().state == "available"
        else:
            with pytest.raises(WaitInterruptedError) as caught:
                twin.wait_until_available()
            name = type(caught.value.reason).__name__
            assert EXPECTED[fault].wait.startswith(f"WaitInterruptedError ({name})")

    assert lightsail.server.faults.pending == []


@by_both_clients
def test_a_failed_snapshot_ends_the_wait_for_it(
    lightsail: Lightsail, connect: Connect
) -> None:
    lightsail.server.faults.fail_operations(
        "CreateInstanceSnapshot", error_code="OutOfSpace"
    )
    with connect(**lightsail.settings("none")) as twin:
        twin.create()
        with pytest.raises(SnapshotFailedError) as caught:
            twin.wait_until_available()

    assert caught.value.snapshot.name == NAMES["instance_snapshot_name"]
    assert caught.value.snapshot.state == "error"


def test_the_outcomes_page_shows_the_table() -> None:
    committed = Path(__file__).parent.parent / "docs" / "reference" / "outcomes.md"

    assert committed.read_text(encoding="utf-8") == page()
