"""The table of API calls: the name of each, and how its response is read.

``protocols.py``, and the methods that a given client must have, derive from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from attrs import frozen

from lightsnap._aws.attempts import Attempts, recording
from lightsnap._aws.errors import (
    FailedCall,
    headers_of,
    http_date,
    malformed_response,
    shows_secret,
    translate_error,
)
from lightsnap._aws.regions import calling, other_region
from lightsnap._model.operations import Operation, Operations
from lightsnap.errors import (
    ConfigurationError,
    LightsnapError,
    MalformedResponseError,
)

if TYPE_CHECKING:
    from lightsnap._aws.protocols import AsyncLightsailClient, LightsailClient
    from lightsnap._model.instances import Instance, InstanceSnapshot

_Value = TypeVar("_Value")


@frozen
class ApiOperation(Generic[_Value]):
    """A row of the table. Calling it with the members of a request returns a ``Call``.

    Attributes:
        name: AWS's name, such as ``GetOperation``.
        read: Reads the value from a response, or raises MalformedResponseError.
    """

    name: str
    read: Callable[[Mapping[str, object]], _Value]

    def __call__(self, **members: object) -> Call[_Value]:
        return Call(self, members)

    @property
    def method_name(self) -> str:
        """The method of a boto3 client for this call."""
        parts = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
        return re.sub(parts, "_", self.name).lower()


class Call(NamedTuple, Generic[_Value]):
    """A call of Lightsail's API.

    Attributes:
        operation: The API operation to call.
        members: The members of the request, by AWS's names.
        attempts: Where to record the attempts, for a flow that asks what became of
            them.
        region_name: The Region to call; by default that of the client.
    """

    operation: ApiOperation[_Value]
    members: Mapping[str, object]
    attempts: Attempts | None = None
    region_name: str | None = None


class Page(NamedTuple, Generic[_Value]):
    """A page of a list.

    Attributes:
        items: The items of the page.
        next_token: What fetches the next page, or None if this is the last one.
        date: The time of the response by the service's clock, to the second, or None.
    """

    items: tuple[_Value, ...]
    next_token: str | None
    date: datetime | None


class ResourceOperations(NamedTuple):
    """The operations of a resource.

    Attributes:
        operations: The first page of them.
        date: The time of the response by the service's clock, to the second, or None.
    """

    operations: Operations
    date: datetime | None


def _member(response: object, name: str) -> Any:
    """Return a required member of a response.

    Raises:
        MalformedResponseError: It is missing.
    """
    is_mapping = isinstance(response, Mapping)
    members = cast("Mapping[str, Any]", response if is_mapping else {})
    if name not in members:
        raise MalformedResponseError(f"{name} is missing", payload=response)
    return members[name]


# A reader imports the models that a create does not need: see _async_methods.py.


def _read_created(response: Mapping[str, object]) -> Operations:
    operations = Operations.from_dict(response)
    if not operations:
        raise MalformedResponseError("Operations.operations is empty", payload=response)
    return operations


def _read_operation(response: Mapping[str, object]) -> Operation:
    return Operation.from_dict(_member(response, "operation"))


def _read_instance_snapshot(response: Mapping[str, object]) -> InstanceSnapshot:
    from lightsnap._model.instances import InstanceSnapshot

    return InstanceSnapshot.from_dict(_member(response, "instanceSnapshot"))


def _read_instance(response: Mapping[str, object]) -> Instance:
    from lightsnap._model.instances import Instance

    return Instance.from_dict(_member(response, "instance"))


def _read_resource_operations(response: Mapping[str, object]) -> ResourceOperations:
    return ResourceOperations(Operations.from_dict(response), _date_of(response))


def _read_instances(response: Mapping[str, object]) -> Page[Instance]:
    from lightsnap._model.instances import Instance

    return _read_page(response, "instances", Instance.from_dict)


def _read_instance_snapshots(
    response: Mapping[str, object],
) -> Page[InstanceSnapshot]:
    from lightsnap._model.instances import InstanceSnapshot

    return _read_page(response, "instanceSnapshots", InstanceSnapshot.from_dict)


def _read_page(
    response: Mapping[str, object],
    name: str,
    read: Callable[[Mapping[str, object]], _Value],
) -> Page[_Value]:
    items: list[Any] = _member(response, name)
    if type(items) is not list:
        raise MalformedResponseError(f"{name} is not a list", payload=response)
    token = response.get("nextPageToken")
    if token is not None and not isinstance(token, str):
        raise MalformedResponseError("nextPageToken is not text", payload=response)
    return Page(tuple(map(read, items)), token or None, _date_of(response))


def _date_of(response: Mapping[str, object]) -> datetime | None:
    return http_date(headers_of(response).get("date"))


COPY_SNAPSHOT = ApiOperation("CopySnapshot", _read_created)
CREATE_INSTANCE_SNAPSHOT = ApiOperation("CreateInstanceSnapshot", _read_created)
CREATE_INSTANCES_FROM_SNAPSHOT = ApiOperation(
    "CreateInstancesFromSnapshot", _read_created
)
DELETE_INSTANCE_SNAPSHOT = ApiOperation("DeleteInstanceSnapshot", _read_created)
GET_INSTANCE = ApiOperation("GetInstance", _read_instance)
GET_INSTANCE_SNAPSHOT = ApiOperation("GetInstanceSnapshot", _read_instance_snapshot)
GET_INSTANCE_SNAPSHOTS = ApiOperation("GetInstanceSnapshots", _read_instance_snapshots)
GET_INSTANCES = ApiOperation("GetInstances", _read_instances)
GET_OPERATION = ApiOperation("GetOperation", _read_operation)
GET_OPERATIONS_FOR_RESOURCE = ApiOperation(
    "GetOperationsForResource", _read_resource_operations
)
TAG_RESOURCE = ApiOperation("TagResource", Operations.from_dict)

TABLE: tuple[ApiOperation[Any], ...] = (
    COPY_SNAPSHOT,
    CREATE_INSTANCE_SNAPSHOT,
    CREATE_INSTANCES_FROM_SNAPSHOT,
    DELETE_INSTANCE_SNAPSHOT,
    GET_INSTANCE,
    GET_INSTANCE_SNAPSHOT,
    GET_INSTANCE_SNAPSHOTS,
    GET_INSTANCES,
    GET_OPERATION,
    GET_OPERATIONS_FOR_RESOURCE,
    TAG_RESOURCE,
)
"""Every call that the clients make."""


def perform(
    lightsail: LightsailClient, call: Call[_Value], profile_name: str | None = None
) -> _Value:
    """Make a call and read its response.

    Args:
        lightsail: The client.
        call: The call.
        profile_name: The profile that the client was built from, for error messages.

    Raises:
        ApiError: The service returned an error response.
        ConfigurationError: There are no credentials, the given client lacks the method,
            or similar.
        MalformedResponseError: The response cannot be read.
        TransportError: There was no response.
    """
    with translating(lightsail, call, profile_name):
        return _read(call, _method(lightsail, call.operation)(**call.members))


async def perform_async(
    lightsail: AsyncLightsailClient, call: Call[_Value], profile_name: str | None = None
) -> _Value:
    """Make a call and read its response; the async form of ``perform``."""
    with translating(lightsail, call, profile_name):
        response = await _method(lightsail, call.operation)(**call.members)
        return _read(call, response)


@contextmanager
def translating(
    lightsail: object, call: Call[Any], profile_name: str | None
) -> Generator[None, None, None]:
    """Record the attempts at a call, and raise its error as one of lightsnap's."""
    attempts, operation_name = call.attempts or Attempts(), call.operation.name
    region_name = other_region(lightsail, call.region_name)
    try:
        with (
            calling(lightsail, operation_name, region_name),
            recording(lightsail, operation_name, attempts, region_name),
        ):
            yield
    except LightsnapError:
        raise
    except Exception as error:
        failed = FailedCall(
            operation_name, error, attempts, lightsail, region_name, profile_name
        )
        translated = translate_error(failed)
        if translated is error:
            raise
        raise translated from (None if shows_secret(error) else error)


def _method(lightsail: object, operation: ApiOperation[Any]) -> Callable[..., Any]:
    method = getattr(lightsail, operation.method_name, None)
    if not callable(method):
        problem = f"the given Lightsail client has no method {operation.method_name}"
        raise ConfigurationError(problem)
    return cast("Callable[..., Any]", method)


def _read(call: Call[_Value], response: Mapping[str, object]) -> _Value:
    try:
        return call.operation.read(response)
    except MalformedResponseError as error:
        raise malformed_response(call.operation.name, str(error), response) from None
