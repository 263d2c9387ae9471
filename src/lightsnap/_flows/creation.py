"""Create exactly one snapshot: send the create once, reconcile if the response is lost.

CreateInstanceSnapshot has no idempotency token, so it cannot be repeated safely. If a
create fails in a way that leaves open whether the service accepted it, lightsnap
reconciles: it fetches the operations of the snapshot and of the instance, once. Those
that this call must have started become its result. If there are none, or they cannot be
fetched, the original error is raised, and says so. The create is never sent again.
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

# The Date header has whole seconds only.
_CLOCK_MARGIN = timedelta(seconds=1)


def create(request: CreateInstanceSnapshotRequest) -> Flow[Operations]:
    """Create a snapshot, and reconcile if the response is lost."""
    snapshot = (
        f"snapshot {request.instance_snapshot_name!r} "
        f"of instance {request.instance_name!r}"
    )
    try:
        return (yield from _create_or_reconcile(request, snapshot))
    except BaseException as error:
        if not isinstance(error, Exception):  # Ctrl-C, or a cancelled task
            note = f"lightsnap had requested {snapshot}, which may now exist"
            add_note(error, note)
            logger().info("interrupted by %s: %s", describe(error), note)
        raise


def _create_or_reconcile(
    request: CreateInstanceSnapshotRequest, snapshot: str
) -> Flow[Operations]:
    began = monotonic()
    operations: Operations
    try:
        operations = yield CREATE_INSTANCE_SNAPSHOT(**request.to_dict())
    except Exception as error:
        if _was_not_accepted(error):
            raise
        try:
            operations = yield from _reconcile(request, began)
        except Exception as failure:  # noqa: BLE001 (any failure leaves it unknown)
            operations = Operations(())
            detail = (
                f"it is unknown whether {snapshot} was created: {describe(failure)}"
            )
        else:
            detail = f"reconciling found no {snapshot} from this call"
        if not operations:
            add_detail(error, detail)
            raise
        logger().warning(
            "the response for %s was lost (%s); reconciling found its operations: %s",
            snapshot,
            describe(error),
            ", ".join(operations.ids),
        )
    return operations


def _was_not_accepted(error: Exception) -> bool:
    """Whether an error proves that the service did not accept the create.

    A 4xx response proves it only if botocore did not retry: a retry may be refused
    because the first attempt was accepted, and its name is now in use.
    """
    if isinstance(error, ApiError) and not isinstance(error, ServiceError):
        refused = 400 <= (error.status_code or 0) < 500  # noqa: PLR2004 (HTTP)
        return refused and not was_retried(error)
    return was_not_sent(error)


def _reconcile(
    request: CreateInstanceSnapshotRequest, began: float
) -> Flow[Operations]:
    """Fetch the operations that this create started.

    A create starts one operation on the snapshot and one on the instance; each names
    the other resource in its details. Either shows that the create was accepted.
    """
    names = request.instance_snapshot_name, request.instance_name
    found: list[Operation] = []
    for name, other_name in (names, names[::-1]):
        try:
            resource = yield GET_OPERATIONS_FOR_RESOURCE(resourceName=name)
            found += _started_since(began, name, other_name, resource)
        except NotFoundError:
            pass  # the resource does not exist yet, or never will
        except Exception:
            if not found:
                raise
    return Operations(found)


def _started_since(
    began: float, name: str, other_name: str, resource: ResourceOperations
) -> list[Operation]:
    """Return the operation that this create started on a resource, if there is one.

    Its age is measured by the service's clock: the create began at the Date of the
    response, minus the time that has passed since.

    Raises:
        MalformedResponseError: There is a candidate, but no Date to compare it with.
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
        message = "the response has no Date, so the operation's age is unknown"
        raise MalformedResponseError(message)
    began_at = resource.date - timedelta(seconds=monotonic() - began)
    latest = max(candidates, key=attrgetter("created_at"))
    return [latest] if latest.created_at >= began_at - _CLOCK_MARGIN else []
