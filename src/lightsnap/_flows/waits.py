"""The bodies of the clients' methods that wait."""

from __future__ import annotations

from collections.abc import Iterable

from lightsnap._flows.methods import fetch_operation, fetch_snapshot, send
from lightsnap._flows.steps import Connect, Flow, Poll
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import CreateInstanceSnapshotRequest, snapshot_name
from lightsnap._request.rules import Tags, name_violations, refuse
from lightsnap._wait.loops import watched
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
            wait.refuse_other_regions(region_name)
    with watched(wait):
        ended: Operations = yield Poll(wait, fetch_operation)
    return ended


def wait_until_available(
    name: str, schedule: Schedule, *, check: bool
) -> Flow[InstanceSnapshot]:
    refuse(name_violations("instance_snapshot_name", name), check=check)
    yield Connect()
    wait = SnapshotWait(name, schedule)
    with watched(wait):
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
        # Even of what is no name at all: the request is refused with what is wrong.
        instance_snapshot_name = snapshot_name(f"{instance_name}")
    request = CreateInstanceSnapshotRequest(
        instance_name=instance_name,
        instance_snapshot_name=instance_snapshot_name,
        tags=tags,
    )
    operations = yield from send(request, check=check)
    made_by = OperationsWait(operations, schedule)
    with watched(made_by):
        yield Poll(made_by, fetch_operation)
        wait = SnapshotWait(instance_snapshot_name, schedule, made_by)
        snapshot: InstanceSnapshot = yield Poll(wait, fetch_snapshot)
    return snapshot
