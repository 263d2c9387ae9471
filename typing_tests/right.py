"""Programs that type checkers must pass. They are checked and never run."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_type

import boto3
import tenacity
from botocore.config import Config

from lightsnap import (
    ApiError,
    Client,
    Clock,
    ConstraintError,
    CreateInstanceSnapshotRequest,
    Instance,
    InstanceSnapshot,
    InstanceSnapshotState,
    InstanceState,
    Operation,
    Operations,
    OperationStatus,
    OperationType,
    OperationWaiter,
    ResourceLocation,
    ResourceType,
    SnapshotFailedError,
    SnapshotProgress,
    Tag,
    Violation,
    WaitError,
    WaitFailedError,
    WaitProgress,
    check_tags,
    snapshot_name,
)
from lightsnap.testing import (
    Calls,
    Emulator,
    FakeClock,
    Faults,
    LightsailServer,
    RecordedCall,
    Transitions,
    faults,
    mock_lightsail,
)
from lightsnap.typing import PollInterval


def clients() -> None:
    Client(boto3.client("lightsail"))
    Client(boto3.Session().client("lightsail", region_name="us-west-2"), check=False)
    Client(session=boto3.Session(profile_name="work"), clock=FakeClock())
    Client(region_name="us-west-2", endpoint_url="http://127.0.0.1:5000", clock=time)
    with Client(profile_name="work", config=Config(read_timeout=60)) as client:
        assert_type(client, Client)


def creates(client: Client) -> None:
    names = {"instance_name": "WordPress-1", "instance_snapshot_name": "S-1"}
    assert_type(
        client.create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="S-1"
        ),
        Operations,
    )
    for tags in ([Tag("env", "prod")], (Tag("keep"),), {Tag("keep")}, None):
        client.create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="S-1", tags=tags
        )
    client.create_instance_snapshot(
        instance_name="WordPress-1",
        instance_snapshot_name="S-1",
        tags={"env": "prod", "keep": None},
    )
    client.create_instance_snapshot(
        instance_name="WordPress-1", instance_snapshot_name="S-1", tags=names
    )
    request = CreateInstanceSnapshotRequest(
        instance_name="WordPress-1", instance_snapshot_name="S-1", tags=names
    )
    assert_type(request.check(), CreateInstanceSnapshotRequest)
    assert_type(request.violations, tuple[Violation, ...])
    assert_type(request.tags, tuple[Tag, ...] | None)
    assert_type(client.send(request), Operations)
    assert_type(check_tags(names), tuple[Violation, ...])
    assert_type(snapshot_name("WordPress-1"), str)


def texts() -> None:
    assert_type(Tag.from_shorthand("key=env,value=prod"), Tag)
    text = CreateInstanceSnapshotRequest.skeleton("yaml-input")
    assert_type(text, str)
    assert_type(
        CreateInstanceSnapshotRequest.from_yaml(text), CreateInstanceSnapshotRequest
    )
    assert_type(
        CreateInstanceSnapshotRequest.from_json(b"{}"), CreateInstanceSnapshotRequest
    )


def reads(client: Client) -> None:
    instance: Instance = client.get_instance("WordPress-1")
    assert_type(instance.state, InstanceState | None)
    operation = client.get_operation("id")
    assert_type(operation, Operation)
    assert_type(operation.status, OperationStatus)
    assert_type(operation.operation_type, OperationType)
    assert_type(operation.resource_type, ResourceType)
    assert_type(operation.created_at, datetime)
    assert_type(operation.location, ResourceLocation)
    assert_type(operation.error_code, str | None)
    assert_type(Operation.from_dict({}), Operation)
    assert_type(operation.to_dict(), dict[str, object])
    assert_type(operation.to_json(), str)
    assert_type(Operation.from_json(operation.to_json()), Operation)
    assert_type(InstanceSnapshot.from_json(b"{}"), InstanceSnapshot)
    match operation.status:
        case OperationStatus.SUCCEEDED | OperationStatus.COMPLETED:
            pass
        case _:
            pass
    snapshot = client.get_instance_snapshot("S-1")
    assert_type(snapshot.state, InstanceSnapshotState)
    assert_type(snapshot.size_in_gb, int | None)


def sequences(operations: Operations) -> Sequence[Operation]:
    assert_type(operations[0], Operation)
    assert_type(operations[:1], Operations)
    assert_type(operations.ids, tuple[str, ...])
    assert_type(operations.failed, Operations)
    assert_type(operations.raise_for_failure(), Operations)
    assert_type(Operations.from_json(operations.to_json()), Operations)
    return operations


def growing(state: tenacity.RetryCallState) -> float:
    return 2.0 * state.attempt_number


def waits(client: Client, operations: Operations) -> None:
    assert_type(client.wait(operations), Operations)
    client.wait(["id"], timeout=None, poll_interval=timedelta(seconds=5))
    client.wait([*operations, "id"], timeout=timedelta(hours=1), pending_per_poll=10)
    client.wait(
        operations,
        poll_interval=tenacity.wait_exponential(max=30) + tenacity.wait_random(0, 1),
        cancel=threading.Event(),
        on_poll=print,
    )
    seen: list[WaitProgress] = []
    client.wait(operations, on_poll=seen.append)
    assert_type(seen[0].to_dict(), dict[str, object])
    client.wait(operations, poll_interval=lambda state: float(state.attempt_number))
    interval: PollInterval = growing
    client.wait(operations, poll_interval=interval)
    looks: list[SnapshotProgress] = []
    assert_type(
        client.wait_until_available("S-1", on_poll=looks.append), InstanceSnapshot
    )
    both: list[WaitProgress | SnapshotProgress] = []
    assert_type(
        client.snapshot_instance("WordPress-1", on_poll=both.append), InstanceSnapshot
    )
    waiter = OperationWaiter(client.get_operation, clock=FakeClock(), timeout=60)
    assert_type(waiter.wait(operations.ids), Operations)


async def waits_in_a_thread(client: Client) -> InstanceSnapshot:
    snapshot = await asyncio.to_thread(client.snapshot_instance, "WordPress-1")
    assert_type(snapshot.name, str)
    return snapshot


def errors(client: Client) -> None:
    try:
        client.snapshot_instance("WordPress-1")
    except ConstraintError as error:
        assert_type(error.violations, tuple[Violation, ...])
    except SnapshotFailedError as error:
        assert_type(error.snapshot, InstanceSnapshot)
    except WaitFailedError as error:
        assert_type(error.failed, Operations)
    except WaitError as error:
        assert_type(error.operations, Operations)
        assert_type(error.ids, tuple[str, ...])
        assert_type(error.elapsed, float | None)
    except ApiError as error:
        assert_type(error.tip, str | None)


@mock_lightsail()
def decorated(name: str) -> int:
    return len(name)


def testing() -> Clock:
    assert_type(decorated("x"), int)
    with mock_lightsail() as emulator:
        faults.throttle("GetOperation", resource_name="Snapshot", times=3)
        emulator.clock.advance(timedelta(days=1))
        assert_type(emulator.age("Snapshot", days=8, hours=1), datetime)
        Client(clock=emulator.clock)
    controlled: Emulator = emulator
    controlled = Emulator("http://127.0.0.1:5000")
    assert_type(controlled.calls, Calls)
    assert_type(controlled.calls.names, list[str])
    assert_type(controlled.calls.of("GetInstance")[0], RecordedCall)
    with Transitions() as transitions:
        transitions.set("operation", seconds=60)
    with LightsailServer(port=5000, instances=["WordPress-1"], log=print) as server:
        assert_type(server.url, str)
        assert_type(server.faults, Faults)
        controlled = server
        Client(boto3.client("lightsail", **server.client_kwargs))
        server.faults.replace(members={"status": "Paused", "errorCode": None})
        server.faults.drop("CreateInstanceSnapshot", when="after", times=None)
        subprocess.run(["aws"], env=server.environment, check=True)
    return FakeClock()
