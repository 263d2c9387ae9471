"""The bodies of the client methods that do not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lightsnap._aws.calls import (
    GET_INSTANCE,
    GET_INSTANCE_SNAPSHOT,
    GET_OPERATION,
    Call,
)
from lightsnap._aws.errors import wrong_subject
from lightsnap._flows.creation import snapshot_creation
from lightsnap._flows.steps import Flow
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import (
    CreateInstanceSnapshotRequest,
    request_violations,
)
from lightsnap._request.rules import id_violations, name_violations, raise_violations

if TYPE_CHECKING:
    from lightsnap._model.instances import Instance, InstanceSnapshot


def send(request: CreateInstanceSnapshotRequest, *, check: bool) -> Flow[Operations]:
    raise_violations(request_violations(request), check=check)
    creation = snapshot_creation(request)
    yield from creation.connect()
    return (yield from creation.send())


def get_operation(operation_id: str, *, check: bool) -> Flow[Operation]:
    expected = "the id of an operation, as text"
    violations = id_violations("operation_id", operation_id, expected)
    raise_violations(violations, check=check)
    operation: Operation = yield fetch_operation(operation_id)
    if operation.id != operation_id:
        raise wrong_subject(operation_id, operation.id, operation)
    return operation


def get_instance(name: str, *, check: bool) -> Flow[Instance]:
    raise_violations(name_violations("instance_name", name), check=check)
    instance: Instance = yield GET_INSTANCE(instanceName=name)
    if instance.name != name:
        raise wrong_subject(name, instance.name, instance)
    return instance


def get_instance_snapshot(name: str, *, check: bool) -> Flow[InstanceSnapshot]:
    raise_violations(name_violations("instance_snapshot_name", name), check=check)
    snapshot: InstanceSnapshot = yield fetch_snapshot(name)
    if snapshot.name != name:
        raise wrong_subject(name, snapshot.name, snapshot)
    return snapshot


def fetch_operation(operation_id: str) -> Call[Operation]:
    return GET_OPERATION(operationId=operation_id)


def fetch_snapshot(name: str) -> Call[InstanceSnapshot]:
    return GET_INSTANCE_SNAPSHOT(instanceSnapshotName=name)
