"""Each fault in a create, a wait and a resumed wait, over real sockets to a server.

Every test is run by both clients: one through botocore, one through aiobotocore.
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

READ_TIMEOUT = 0.5  # seconds, where a call is to run into it
LATE = 1.0  # seconds after which the answer comes then

# Each strikes the next call of that operation of the API, and none after it.
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
    """What a client does, whichever of the two it is."""

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
    """The server, a plain client of it, and what it was called."""

    server: LightsailServer
    plain: LightsailClient
    log: list[str]

    def settings(self, fault: str, **retries: Any) -> dict[str, Any]:
        """Arguments of a client; without ``retries`` it makes each call once."""
        # No other call shall run into it, however busy the machine is.
        read_timeout = READ_TIMEOUT if fault == "read time-out" else 60
        chosen: Any = retries or {"total_max_attempts": 1}
        return {
            "region_name": self.server.client_kwargs["region_name"],
            "endpoint_url": self.server.url,
            "config": Config(read_timeout=read_timeout, retries=chosen),
        }

    def snapshots(self) -> list[str]:
        snapshots = self.plain.get_instance_snapshots()["instanceSnapshots"]
        return [snapshot["name"] for snapshot in snapshots]

    def ids(self) -> set[str]:
        """Of the operations that make the snapshot."""
        return {
            operation["id"]
            for resource_name in NAMES.values()
            for operation in self.plain.get_operations_for_resource(
                resourceName=resource_name
            )["operations"]
            if operation["operationType"] == "CreateInstanceSnapshot"
        }

    def creates(self) -> int:
        return sum("CreateInstanceSnapshot" in line for line in self.log)

    def was_looked_up(self) -> bool:
        return any("GetOperationsForResource" in line for line in self.log)


@contextmanager
def serving() -> Iterator[Lightsail]:
    log: list[str] = []
    with LightsailServer(log=log.append) as server:
        plain = boto3.client("lightsail", **server.client_kwargs)
        yield Lightsail(server, plain, log)
        plain.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Lightsail]:
    with serving() as lightsail:
        yield lightsail


@pytest.fixture
def fresh() -> Iterator[Lightsail]:
    """A server of its own, in whose log no late line of another test comes."""
    with serving() as lightsail:
        lightsail.server.reset()  # the Lightsail behind it is one for all of a process
        create_instances(lightsail.plain, "WordPress-1")
        yield lightsail


@pytest.fixture
def lightsail(running: Lightsail) -> Lightsail:
    """The Lightsail, as at its beginning."""
    running.server.reset()
    create_instances(running.plain, "WordPress-1")
    running.log.clear()
    return running


def outcome_of_create(twin: Twin, lightsail: Lightsail) -> str:
    try:
        operations = twin.create()
    except LightsnapError as error:
        return f"{told_by(error, lightsail)}; {number_of_snapshots(lightsail)}"
    told = "operations"
    if lightsail.was_looked_up():
        told += ", found by a look-up"
    assert len(operations) == 2
    assert set(operations.ids) == lightsail.ids()
    return f"{told}; {number_of_snapshots(lightsail)}"


def told_by(error: LightsnapError, lightsail: Lightsail) -> str:
    told = type(error).__name__
    is_refusal = isinstance(error, ApiError) and not isinstance(error, ServiceError)
    assert lightsail.was_looked_up() is not is_refusal
    if not is_refusal:
        assert "; looked up afterwards, no snapshot" in str(error)
        told += ", saying that none was seen"
    return told


def number_of_snapshots(lightsail: Lightsail) -> str:
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


def test_the_table_knows_each_fault() -> None:
    assert list(EXPECTED) == list(FAULTS)


@by_both_clients
@under_each_fault
def test_a_create_under_a_fault_makes_one_snapshot_or_says_that_there_is_none(
    lightsail: Lightsail, connect: Connect, fault: str
) -> None:
    FAULTS[fault](lightsail.server.faults, "CreateInstanceSnapshot")

    with connect(**lightsail.settings(fault)) as twin:
        outcome = outcome_of_create(twin, lightsail)

    assert outcome == EXPECTED[fault].create
    assert lightsail.server.faults.pending == []


@by_both_clients
@under_each_fault
def test_a_wait_goes_on_through_a_fault_that_may_pass_and_tells_any_other(
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
def test_a_stored_wait_is_taken_up_under_a_fault_as_any_wait(
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
def test_a_create_that_botocore_retries_makes_one_snapshot(
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
    # It was sent twice; the line of a call that was answered late comes late.
    give_up = monotonic() + 10
    while fresh.creates() < 2 and monotonic() < give_up:
        sleep(0.01)
    assert fresh.creates() == 2, fresh.log


PASSING = [*RETRIED, "truncated body", "malformed JSON", "unknown status"]


@by_both_clients
@pytest.mark.parametrize("fault", [*PASSING, "expired token", "access denied"])
def test_a_wait_for_the_snapshot_follows_the_same_rules(
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
        if fault in PASSING:
            assert twin.wait_until_available().state == "available"
        else:
            with pytest.raises(WaitInterruptedError) as caught:
                twin.wait_until_available()
            name = type(caught.value.reason).__name__
            assert EXPECTED[fault].wait.startswith(f"WaitInterruptedError ({name})")

    assert lightsail.server.faults.pending == []


@by_both_clients
def test_a_snapshot_that_fails_ends_the_wait_for_it(
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


def test_the_page_of_outcomes_is_the_table() -> None:
    committed = Path(__file__).parent.parent / "docs" / "reference" / "outcomes.md"

    assert committed.read_text(encoding="utf-8") == page()
