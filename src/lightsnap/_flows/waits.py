"""The bodies of the client methods that wait."""

from __future__ import annotations

from collections.abc import Iterable

import tenacity  # noqa: F401 (imported before a create, or Ctrl-C may interrupt this)

from lightsnap._flows.creation import Creation
from lightsnap._flows.methods import fetch_operation, fetch_snapshot
from lightsnap._flows.steps import Connect, Flow, Poll
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import (
    CreateInstanceSnapshotRequest,
    request_violations,
    snapshot_name,
)
from lightsnap._request.rules import Tags, name_violations, raise_violations
from lightsnap._wait.loops import on_poll_context
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import Schedule
from lightsnap._wait.snapshot import SnapshotWait


def wait(
    operations: Iterable[Operation | str], schedule: Schedule, *, check: bool
) -> Flow[Operations]:
    wait = OperationsWait(operations, schedule)
    if not wait.is_over:
        region_name: str | None = yield Connect()
        if check and region_name:
            wait.require_region(region_name)
    with on_poll_context(wait):
        ended: Operations = yield Poll(wait, fetch_operation)
    return ended


def wait_until_available(
    name: str, schedule: Schedule, *, check: bool
) -> Flow[InstanceSnapshot]:
    raise_violations(name_violations("instance_snapshot_name", name), check=check)
    yield Connect()
    wait = SnapshotWait(name, schedule)
    with on_poll_context(wait):
        snapshot: InstanceSnapshot = yield Poll(wait, fetch_snapshot)
    return snapshot


def snapshot_instance(
    instance_name: str,
    instance_snapshot_name: str | None,
    tags: Tags | None,
    schedule: Schedule,
    *,
    check: bool,
) -> Flow[InstanceSnapshot]:
    if instance_snapshot_name is None:
        # Also for an invalid instance name: the check then reports every violation.
        instance_snapshot_name = snapshot_name(f"{instance_name}")
    request = CreateInstanceSnapshotRequest(
        instance_name=instance_name,
        instance_snapshot_name=instance_snapshot_name,
        tags=tags,
    )
    raise_violations(request_violations(request), check=check)
    creation = Creation(request)
    yield from creation.connect()
    with creation.noted():
        operations = yield from creation.send()
        wait = OperationsWait(operations, schedule)
        with on_poll_context(wait):
            yield Poll(wait, fetch_operation)
            state = SnapshotWait(instance_snapshot_name, schedule, wait)
            snapshot: InstanceSnapshot = yield Poll(state, fetch_snapshot)
    return snapshot
