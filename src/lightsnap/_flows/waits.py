"""The bodies of the client methods that wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import tenacity  # noqa: F401 # pyright: ignore[reportUnusedImport] (before a create)

from lightsnap._aws.calls import GET_INSTANCE, Call
from lightsnap._aws.errors import wrong_subject
from lightsnap._aws.regions import require_region
from lightsnap._flows.creation import snapshot_creation
from lightsnap._flows.methods import fetch_operation, fetch_snapshot
from lightsnap._flows.steps import Connect, Flow, Poll
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import (
    CreateInstanceSnapshotRequest,
    request_violations,
    snapshot_name,
)
from lightsnap._request.rules import Tags, name_violations, raise_violations
from lightsnap._text import add_detail, describe
from lightsnap._wait.loops import on_poll_context
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import Schedule
from lightsnap._wait.states import AVAILABLE, RUNNING, Goal, StateWait
from lightsnap.errors import ApiError, NotFoundError, require

_Value = TypeVar("_Value")


def wait(
    operations: Iterable[Operation | str] | Mapping[str, object], schedule: Schedule
) -> Flow[Operations]:
    wait = OperationsWait(operations, schedule)
    if not wait.is_over:
        yield Connect()
    with on_poll_context(wait):
        ended: Operations = yield Poll(wait, _fetch_for(wait))
    return ended


def _fetch_for(wait: OperationsWait) -> Callable[[str], Call[Operation]]:
    """Return what fetches an operation, in its own Region."""

    def fetch(operation_id: str) -> Call[Operation]:
        region_name = wait.region_of(operation_id)
        return fetch_operation(operation_id)._replace(region_name=region_name)

    return fetch


def poll(
    operations: Iterable[Operation | str] | Mapping[str, object], schedule: Schedule
) -> Flow[Operations]:
    wait = OperationsWait(operations, schedule)
    fetch = _fetch_for(wait)
    wait.begin_round()
    while (operation_id := wait.next_call()) is not None:
        operation: Operation = yield fetch(operation_id)
        if operation.id != operation_id:
            raise wrong_subject(operation_id, operation.id, operation)
        wait.succeeded(operation_id, operation)
    return wait.operations


def wait_until_available(
    name: str, schedule: Schedule, region_name: str | None, *, check: bool
) -> Flow[InstanceSnapshot]:
    _require_region(region_name)
    raise_violations(name_violations("instance_snapshot_name", name), check=check)

    def fetch(name: str) -> Call[InstanceSnapshot]:
        return fetch_snapshot(name)._replace(region_name=region_name)

    return (yield from wait_for_state(AVAILABLE, name, fetch, schedule))


def wait_until_running(
    name: str, schedule: Schedule, region_name: str | None, *, check: bool
) -> Flow[Instance]:
    _require_region(region_name)
    raise_violations(name_violations("instance_name", name), check=check)

    def fetch(name: str) -> Call[Instance]:
        return GET_INSTANCE(instanceName=name)._replace(region_name=region_name)

    return (yield from wait_for_state(RUNNING, name, fetch, schedule))


def _require_region(region_name: str | None) -> None:
    if region_name is not None:
        require("region_name", region_name, str, "the name of a Region or None")
        require_region(region_name)


def wait_for_state(
    goal: Goal[_Value, Any],
    name: str,
    fetch: Callable[[str], Call[_Value] | Flow[_Value]],
    schedule: Schedule,
) -> Flow[_Value]:
    yield Connect()
    wait = StateWait(goal, name, schedule)
    with on_poll_context(wait):
        value: _Value = yield Poll(wait, fetch)
    return value


def snapshot_instance(
    instance_name: str,
    instance_snapshot_name: str | None,
    tags: Tags | None,
    schedule: Schedule,
    *,
    if_exists: str,
    check: bool,
) -> Flow[InstanceSnapshot]:
    if if_exists not in ("error", "wait"):
        message = f'if_exists is {if_exists!r}: give "error" or "wait"'
        raise ValueError(message)
    if instance_snapshot_name is None and if_exists == "wait":
        message = 'if_exists="wait" needs an instance_snapshot_name'
        raise ValueError(message)
    if instance_snapshot_name is None:
        # Also for an invalid instance name: the check then reports every violation.
        instance_snapshot_name = snapshot_name(f"{instance_name}")
    request = CreateInstanceSnapshotRequest(
        instance_name=instance_name,
        instance_snapshot_name=instance_snapshot_name,
        tags=tags,
    )
    raise_violations(request_violations(request), check=check)
    creation = snapshot_creation(request)
    yield from creation.connect()
    with creation.noted():
        try:
            operations = yield from creation.send()
        except ApiError as error:
            if if_exists == "error" or not (yield from _exists(request, error)):
                raise
            operations = Operations(())
        wait = OperationsWait(operations, schedule)
        with on_poll_context(wait):
            yield Poll(wait, fetch_operation)
            state = StateWait(AVAILABLE, instance_snapshot_name, schedule, wait)
            snapshot: InstanceSnapshot = yield Poll(state, fetch_snapshot)
    return snapshot


def _exists(request: CreateInstanceSnapshotRequest, error: ApiError) -> Flow[bool]:
    """Whether a create was refused because its snapshot exists already."""
    try:
        snapshot = yield fetch_snapshot(request.instance_snapshot_name)
    except Exception as failure:  # noqa: BLE001 (the error of the create matters more)
        if not isinstance(failure, NotFoundError):
            add_detail(error, f"the snapshot cannot be fetched: {describe(failure)}")
        return False
    return bool(snapshot.from_instance_name == request.instance_name)
