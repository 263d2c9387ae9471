"""The table of API calls: each with its name and how its answer is read.

The methods asked of a given client, and ``protocols.py``, derive from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from attrs import frozen

from lightsnap._aws.errors import headers_of, http_date, translate_error, unreadable
from lightsnap._model.operations import Operation, Operations
from lightsnap.errors import (
    ConfigurationError,
    LightsnapError,
    MalformedResponseError,
)

if TYPE_CHECKING:
    from lightsnap._aws.protocols import AsyncLightsailClient, LightsailClient
    from lightsnap._model.instances import Instance, InstanceSnapshot

_Answer = TypeVar("_Answer")


@frozen
class ApiOperation(Generic[_Answer]):
    """A row of the table. Called with the members of a request, it makes a ``Call``.

    Attributes:
        name: AWS's name, such as ``GetOperation``.
        read: From an answer to the value that is wanted of it; raises
            MalformedResponseError.
    """

    name: str
    read: Callable[[Mapping[str, object]], _Answer]

    def __call__(self, **members: object) -> Call[_Answer]:
        return Call(self, members)

    @property
    def method_name(self) -> str:
        """The method of a boto3 client that makes the call."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).lower()


class Call(NamedTuple, Generic[_Answer]):
    """A call of Lightsail's API.

    Attributes:
        operation: What is called.
        members: The members of the request, under AWS's own names.
    """

    operation: ApiOperation[_Answer]
    members: Mapping[str, object]


class ResourceOperations(NamedTuple):
    """The operations of a resource.

    Attributes:
        operations: Those on the first page of the answer.
        date: When the service answered, by its own clock, to the second, or None.
    """

    operations: Operations
    date: datetime | None


def _member(answer: object, name: str) -> Any:
    """Return a member that an answer must have.

    Raises:
        MalformedResponseError: It is missing.
    """
    is_mapping = isinstance(answer, Mapping)
    members = cast("Mapping[str, Any]", answer if is_mapping else {})
    if name not in members:
        raise MalformedResponseError(f"{name} is missing", payload=answer)
    return members[name]


# A value that a create does not need is imported by its reader: see _async_methods.py.


def _read_created(answer: Mapping[str, object]) -> Operations:
    operations = Operations.from_dict(answer)
    if not operations:
        raise MalformedResponseError("Operations.operations is empty", payload=answer)
    return operations


def _read_operation(answer: Mapping[str, object]) -> Operation:
    return Operation.from_dict(_member(answer, "operation"))


def _read_instance_snapshot(answer: Mapping[str, object]) -> InstanceSnapshot:
    from lightsnap._model.instances import InstanceSnapshot

    return InstanceSnapshot.from_dict(_member(answer, "instanceSnapshot"))


def _read_instance(answer: Mapping[str, object]) -> Instance:
    from lightsnap._model.instances import Instance

    return Instance.from_dict(_member(answer, "instance"))


def _read_resource_operations(answer: Mapping[str, object]) -> ResourceOperations:
    date = http_date(headers_of(answer).get("date"))
    return ResourceOperations(Operations.from_dict(answer), date)


CREATE_INSTANCE_SNAPSHOT = ApiOperation("CreateInstanceSnapshot", _read_created)
GET_INSTANCE = ApiOperation("GetInstance", _read_instance)
GET_INSTANCE_SNAPSHOT = ApiOperation("GetInstanceSnapshot", _read_instance_snapshot)
GET_OPERATION = ApiOperation("GetOperation", _read_operation)
GET_OPERATIONS_FOR_RESOURCE = ApiOperation(
    "GetOperationsForResource", _read_resource_operations
)

TABLE: tuple[ApiOperation[Any], ...] = (
    CREATE_INSTANCE_SNAPSHOT,
    GET_INSTANCE,
    GET_INSTANCE_SNAPSHOT,
    GET_OPERATION,
    GET_OPERATIONS_FOR_RESOURCE,
)
"""Every call that the clients make."""


def perform(lightsail: LightsailClient, call: Call[_Answer]) -> _Answer:
    """Make a call and read its answer.

    Raises:
        ApiError: The service answered with an error.
        ConfigurationError: There are no credentials, a given client lacks the method,
            or the like.
        MalformedResponseError: The answer cannot be read.
        TransportError: No answer came.
    """
    try:
        answer = _method(lightsail, call.operation)(**call.members)
        return _read(call.operation, answer)
    except LightsnapError:
        raise
    except Exception as error:  # noqa: BLE001 (it leaves as another)
        translate_error(call.operation.name, error)


async def perform_async(
    lightsail: AsyncLightsailClient, call: Call[_Answer]
) -> _Answer:
    """Make a call and read its answer: ``perform``, awaitable."""
    try:
        answer = await _method(lightsail, call.operation)(**call.members)
        return _read(call.operation, answer)
    except LightsnapError:
        raise
    except Exception as error:  # noqa: BLE001 (it leaves as another)
        translate_error(call.operation.name, error)


def _method(lightsail: object, operation: ApiOperation[Any]) -> Callable[..., Any]:
    method = getattr(lightsail, operation.method_name, None)
    if not callable(method):
        problem = f"the given Lightsail client has no method {operation.method_name}"
        raise ConfigurationError(problem)
    return cast("Callable[..., Any]", method)


def _read(operation: ApiOperation[_Answer], answer: Mapping[str, object]) -> _Answer:
    try:
        return operation.read(answer)
    except MalformedResponseError as error:
        raise unreadable(operation.name, str(error), answer) from None


def region_of(lightsail: object) -> str | None:
    """Return the Region that a client calls, or None where it does not say."""
    region_name = getattr(getattr(lightsail, "meta", None), "region_name", None)
    return region_name if isinstance(region_name, str) else None
