"""Exactly one snapshot: the create, and the look-up when its answer was lost.

The service takes no token that would let a create be sent twice. So when no answer
came, or none that says for sure that nothing was done, the operations of the snapshot
and of its instance are looked up, once. Those that this call must have started are its
result; if there are none, or they cannot be seen, its error says so. Nothing is created
a second time.
"""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from time import monotonic

from lightsnap._aws.calls import (
    CREATE_INSTANCE_SNAPSHOT,
    GET_OPERATIONS_FOR_RESOURCE,
    ResourceOperations,
)
from lightsnap._aws.errors import was_not_sent, was_retried
from lightsnap._flows.steps import Flow
from lightsnap._log import logger
from lightsnap._model.enums import OperationType
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._text import add_detail, add_note, describe
from lightsnap.errors import (
    ApiError,
    MalformedResponseError,
    NotFoundError,
    ServiceError,
)

# The service's clock is told in whole seconds.
_CLOCK_MARGIN = timedelta(seconds=1)


def create(request: CreateInstanceSnapshotRequest) -> Flow[Operations]:
    """Create a snapshot; if the response is lost, look for what it has started."""
    snapshot = (
        f"snapshot {request.instance_snapshot_name!r} "
        f"of instance {request.instance_name!r}"
    )
    try:
        return (yield from _create_or_look_up(request, snapshot))
    except BaseException as error:
        if not isinstance(error, Exception):  # Ctrl-C, or the end of a task
            note = f"lightsnap had asked for {snapshot}; it may be in the making"
            add_note(error, note)
            logger().info("ended by %s: %s", describe(error), note)
        raise


def _create_or_look_up(
    request: CreateInstanceSnapshotRequest, snapshot: str
) -> Flow[Operations]:
    began = monotonic()
    operations: Operations
    try:
        operations = yield CREATE_INSTANCE_SNAPSHOT(**request.to_dict())
    except Exception as error:
        if _made_nothing(error):
            raise
        try:
            operations = yield from _look_up(request, began)
        except Exception as failure:  # noqa: BLE001 (whatever it is, nothing was seen)
            operations = Operations(())
            seen = f"it is unknown whether {snapshot} is made: {describe(failure)}"
        else:
            seen = f"looked up afterwards, no {snapshot} had come of this call"
        if not operations:
            add_detail(error, seen)
            raise
        logger().warning(
            "the answer about %s was lost (%s), its operations were found: %s",
            snapshot,
            describe(error),
            ", ".join(operations.ids),
        )
    return operations


def _made_nothing(error: Exception) -> bool:
    """Whether a create has failed for sure.

    An answer that refuses it says so, but only as long as botocore had not sent it
    before: of a create that was sent twice, the second finds its name in use.
    """
    if isinstance(error, ApiError) and not isinstance(error, ServiceError):
        refused = 400 <= (error.status_code or 0) < 500  # noqa: PLR2004 (HTTP's)
        return refused and not was_retried(error)
    return was_not_sent(error)


def _look_up(request: CreateInstanceSnapshotRequest, began: float) -> Flow[Operations]:
    """Find the operations that a create has started since it began.

    One is on the snapshot, the other on the instance, and each names the other's
    resource. One is enough to know that the snapshot is being made.
    """
    names = request.instance_snapshot_name, request.instance_name
    found: list[Operation] = []
    for name, other_name in (names, names[::-1]):
        try:
            resource = yield GET_OPERATIONS_FOR_RESOURCE(resourceName=name)
            found += _started_since(began, name, other_name, resource)
        except NotFoundError:
            pass  # not yet, or not at all
        except Exception:
            if not found:
                raise
    return Operations(found)


def _started_since(
    began: float, name: str, other_name: str, resource: ResourceOperations
) -> list[Operation]:
    """Pick the operation on a resource that a create has started since it began.

    When that was is told by the service's own clock: the Date of its answer, less the
    time since.

    Raises:
        MalformedResponseError: There is one that may be it, and no Date to tell it by.
    """
    candidates = [
        operation
        for operation in resource.operations
        if operation.operation_type == OperationType.CREATE_INSTANCE_SNAPSHOT
        and operation.resource_name == name
        and operation.operation_details == other_name
    ]
    if not candidates:
        return []
    if resource.date is None:
        raise MalformedResponseError("the answer has no Date to tell the age of it by")
    began_at = resource.date - timedelta(seconds=monotonic() - began)
    latest = max(candidates, key=attrgetter("created_at"))
    return [latest] if latest.created_at >= began_at - _CLOCK_MARGIN else []
