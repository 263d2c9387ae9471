"""The edge to botocore: what is called of its clients, and how answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from lightsnap._aws.errors import headers_of, http_date, translate_error, unreadable
from lightsnap._model.operations import Operation, Operations
from lightsnap.errors import LightsnapError, MalformedResponseError

if TYPE_CHECKING:
    from lightsnap._aws.protocols import AsyncLightsailClient, LightsailClient
    from lightsnap._model.resources import InstanceSnapshot

_Answer = TypeVar("_Answer")


class ApiCall(NamedTuple, Generic[_Answer]):
    """A call of Lightsail's API: what is sent, and how its answer is read.

    Attributes:
        operation_name: The API operation, such as ``GetOperation``.
        method_name: The method of a client that calls it.
        members: The members of the request, under AWS's own names.
        read: From the answer to what is wanted of it; raises MalformedResponseError.
    """

    operation_name: str
    method_name: str
    members: Mapping[str, object]
    read: Callable[[Mapping[str, object]], _Answer]


def call(lightsail: LightsailClient, api_call: ApiCall[_Answer]) -> _Answer:
    """Make a call and read its answer.

    Raises:
        ApiError: The service answered with an error.
        ConfigurationError: There are no credentials, or the like.
        MalformedResponseError: The answer cannot be read.
        TransportError: No answer came.
    """
    try:
        answer = getattr(lightsail, api_call.method_name)(**api_call.members)
        return _read(api_call, answer)
    except LightsnapError:
        raise
    except Exception as error:  # noqa: BLE001 (it leaves as another)
        translate_error(api_call.operation_name, error)


async def call_async(
    lightsail: AsyncLightsailClient, api_call: ApiCall[_Answer]
) -> _Answer:
    """Make a call and read its answer: ``call``, awaitable."""
    try:
        answer = await getattr(lightsail, api_call.method_name)(**api_call.members)
        return _read(api_call, answer)
    except LightsnapError:
        raise
    except Exception as error:  # noqa: BLE001 (it leaves as another)
        translate_error(api_call.operation_name, error)


def create_instance_snapshot(members: Mapping[str, object]) -> ApiCall[Operations]:
    """Ask for a snapshot; the answer is the operations that make it."""
    name = "CreateInstanceSnapshot"
    return ApiCall(name, "create_instance_snapshot", members, _read_created)


def get_operation(operation_id: str) -> ApiCall[Operation]:
    """Look an operation up."""
    members = {"operationId": operation_id}
    return ApiCall("GetOperation", "get_operation", members, _read_operation)


def get_instance_snapshot(instance_snapshot_name: str) -> ApiCall[InstanceSnapshot]:
    """Look a snapshot up."""
    members = {"instanceSnapshotName": instance_snapshot_name}
    name = "GetInstanceSnapshot"
    return ApiCall(name, "get_instance_snapshot", members, _read_instance_snapshot)


class ResourceOperations(NamedTuple):
    """The operations of a resource.

    Attributes:
        operations: Those on the first page of the answer.
        date: When the service answered, by its own clock, to the second; None where
            the answer does not tell.
    """

    operations: Operations
    date: datetime | None


def get_operations_for_resource(resource_name: str) -> ApiCall[ResourceOperations]:
    """Look up what was done and is being done with a resource."""
    members = {"resourceName": resource_name}
    name, method_name = "GetOperationsForResource", "get_operations_for_resource"
    return ApiCall(name, method_name, members, _read_resource_operations)


def _read_created(answer: Mapping[str, object]) -> Operations:
    operations = Operations.from_dict(answer)
    if not operations:
        raise MalformedResponseError("Operations.operations is empty", payload=answer)
    return operations


def _read_operation(answer: Mapping[str, object]) -> Operation:
    return Operation.from_dict(_member(answer, "operation"))


def _member(answer: object, name: str) -> Any:
    """A member of an answer that has to be there.

    Raises:
        MalformedResponseError: It is not.
    """
    is_mapping = isinstance(answer, Mapping)
    members = cast("Mapping[str, Any]", answer if is_mapping else {})
    if name not in members:
        raise MalformedResponseError(f"{name} is missing", payload=answer)
    return members[name]


def _read_instance_snapshot(answer: Mapping[str, object]) -> InstanceSnapshot:
    from lightsnap._model.resources import InstanceSnapshot

    return InstanceSnapshot.from_dict(_member(answer, "instanceSnapshot"))


def _read_resource_operations(answer: Mapping[str, object]) -> ResourceOperations:
    date = http_date(headers_of(answer).get("date"))
    return ResourceOperations(Operations.from_dict(answer), date)


def _read(api_call: ApiCall[_Answer], answer: Mapping[str, object]) -> _Answer:
    try:
        return api_call.read(answer)
    except MalformedResponseError as error:
        raise unreadable(api_call.operation_name, str(error), answer) from None


def region_of(lightsail: object) -> str | None:
    """The Region that a client asks, or None where it does not tell."""
    region_name = getattr(getattr(lightsail, "meta", None), "region_name", None)
    return region_name if isinstance(region_name, str) else None
