"""The kinds of faults: which calls each can apply to, and what it does to them.

A test adds a fault to the script (``_script``). ``_edge`` takes it from there for the
next call that it applies to, and ``apply`` responds to that call or drops it.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from inspect import signature
from time import sleep  # imported by name, since a test may replace time.sleep
from typing import Any, ClassVar, cast

from attrs import asdict, frozen
from botocore.model import ListShape, OperationModel, StructureShape

from ._call import Call, Response, error_response
from ._shapes import is_supported, service_model, unknown_operation
from .lightsail.resources import Outcome

_LONGEST_DELAY = 86_400
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class FaultError(ValueError):
    """A fault that can never apply. The message says why."""


@frozen(kw_only=True)
class Fault(ABC):
    """Base class of the faults.

    When created, a fault validates its attributes and then checks that some API
    operation exists to which it can apply.
    """

    name: ClassVar[str]
    operation: str | None = None
    resource_name: str | None = None
    times: int | None = 1

    def __attrs_post_init__(self) -> None:
        """Raise FaultError if the fault can never apply."""
        for problem in self.problems():
            raise FaultError(problem)
        model = service_model()
        if self.operation is None:
            names, subject = model.operation_names, "Lightsail"
        else:
            names, subject = [self.operation], self.operation
        reasons = [self._why_not(model.operation_model(n), subject) for n in names]
        if all(reasons):
            raise FaultError(reasons[0])

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the attributes."""
        if self.times is not None:
            yield from _number_problems("times", self.times, whole=True, least=1)
        if self.operation is not None and (
            problem := unknown_operation(self.operation)
        ):
            yield problem
        if self.resource_name is not None:
            yield from _text_problems("resource_name", self.resource_name)

    def why_not(self, operation: OperationModel, subject: str) -> str | None:  # noqa: ARG002
        """Return why this cannot apply to an API operation; None if it can.

        Args:
            operation: The API operation.
            subject: What the reason is about: an API operation, or Lightsail itself.
        """
        return None

    def _why_not(self, operation: OperationModel, subject: str) -> str | None:
        if self.resource_name is not None and not _names_a_resource(operation):
            return f"{subject} names no resource: leave out resource_name"
        return self.why_not(operation, subject)

    def applies_to(self, operation: str, resource_names: Collection[str]) -> bool:
        """Return whether this applies to a call.

        Args:
            operation: The API operation.
            resource_names: The names of the resources that the call is about.
        """
        if self.resource_name is not None and self.resource_name not in resource_names:
            return False
        if self.operation is not None:
            return operation == self.operation
        model = service_model()
        return operation in model.operation_names and not self.why_not(
            model.operation_model(operation), operation
        )

    @abstractmethod
    def apply(self, call: Call) -> Response:
        """Respond to a call, or drop it."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fault in the form that a server accepts."""
        return {"fault": self.name, **asdict(self)}


@frozen(kw_only=True)
class Throttle(Fault):
    """The service throttles the call."""

    name = "throttle"

    def apply(self, call: Call) -> Response:  # noqa: ARG002
        return error_response("ThrottlingException", "Rate exceeded")


@frozen(kw_only=True)
class ServerError(Fault):
    """The service fails, and the call is not performed."""

    name = "server_error"
    status: int = 500

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if type(self.status) is not int or self.status not in (500, 503):
            yield f"status is {self.status!r}: give 500 or 503"

    def apply(self, call: Call) -> Response:  # noqa: ARG002
        type_ = {500: "InternalFailure", 503: "ServiceUnavailable"}[self.status]
        return error_response(type_, "The service failed.", status=self.status)


@frozen(kw_only=True)
class Error(Fault):
    """The service refuses the call, which is not performed."""

    name = "error"
    code: str
    message: str = "This error was scripted."
    status: int | None = None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from _text_problems("code", self.code)
        yield from _text_problems("message", self.message)
        if self.status is not None:
            status = self.status
            yield from _number_problems(
                "status", status, whole=True, least=400, most=599
            )

    def why_not(self, operation: OperationModel, subject: str) -> str | None:
        modeled = [shape.name for shape in operation.error_shapes]
        if self.status is not None or self.code in modeled:
            return None
        return (
            f"{subject} has no modeled error {self.code}: give one of "
            f"{', '.join(modeled)}, or give its HTTP status too"
        )

    def apply(self, call: Call) -> Response:  # noqa: ARG002
        status = self.status or (500 if self.code == "ServiceException" else 400)
        return error_response(
            self.code,
            self.message,
            status=status,
            code="Scripted",
            docs="https://docs.aws.amazon.com/lightsail/",
            tip="Remove the fault from the script.",
        )


@frozen(kw_only=True)
class Delay(Fault):
    """The call is performed, and the response is sent late."""

    name = "delay"
    seconds: float

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from _number_problems(
            "seconds", self.seconds, whole=False, least=0, most=_LONGEST_DELAY
        )

    def apply(self, call: Call) -> Response:
        response = call.perform()
        sleep(self.seconds)
        return response


@frozen(kw_only=True)
class Drop(Fault):
    """The connection closes without a response."""

    name = "drop"
    when: str

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.when not in ("before", "after"):
            yield f"when is {self.when!r}: give 'before' or 'after'"

    def apply(self, call: Call) -> Response:
        if self.when == "after":
            call.perform()
        return call.drop()


@frozen(kw_only=True)
class BreakOff(Fault):
    """The call is performed, and the connection closes halfway through the response."""

    name = "break_off"

    def apply(self, call: Call) -> Response:
        return call.break_off(call.perform())


@frozen(kw_only=True)
class Garble(Fault):
    """The call is performed, and the response is not valid JSON."""

    name = "garble"
    body: str = '{"operations": ['

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from _text_problems("body", self.body)
        try:
            json.loads(self.body)
        except ValueError:
            pass
        else:
            yield "body is valid JSON: give text that is not"

    def apply(self, call: Call) -> Response:
        status, headers, _ = call.perform()
        return status, headers, self.body


@frozen(kw_only=True)
class Replace(Fault):
    """Members of the objects in the response are replaced or removed."""

    name = "replace"
    members: dict[str, Any]

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        members = cast("object", self.members)
        if not isinstance(members, Mapping) or not members:
            yield f"members is {members!r}: give a dict like {{'status': 'Paused'}}"
        try:
            json.dumps(members, allow_nan=False)
        except (TypeError, ValueError) as error:
            yield f"members cannot be encoded as JSON: {error}"

    def why_not(self, operation: OperationModel, subject: str) -> str | None:
        if is_supported(operation.name):
            for known in _members_of_objects(operation):
                if self.members.keys() <= known:
                    return None
        names = ", ".join(map(str, self.members))
        return f"nothing that {subject} returns has the members {names}"

    def apply(self, call: Call) -> Response:
        status, headers, text = call.perform()
        body: dict[str, object] = json.loads(text)
        for value in body.values():
            each: object
            for each in cast(
                "list[object]", value if isinstance(value, list) else [value]
            ):
                if isinstance(each, dict):
                    self._replace(cast("dict[str, object]", each))
        return status, headers, json.dumps(body)

    def _replace(self, members: dict[str, object]) -> None:
        for name, value in self.members.items():
            if value is None:
                members.pop(name, None)
            else:
                members[name] = value


# The calls that start operations that are pending at first, and on which resources.
_STARTED: Mapping[str, tuple[str, ...]] = {
    "CopySnapshot": ("InstanceSnapshot",),
    "CreateInstanceSnapshot": ("InstanceSnapshot", "Instance"),
    "CreateInstances": ("Instance",),
    "CreateInstancesFromSnapshot": ("Instance",),
    "StartInstance": ("Instance",),
    "StopInstance": ("Instance",),
}


@frozen(kw_only=True)
class _OperationsFault(Fault):
    """Base class of faults in the operations that a call starts, or some of them."""

    resource_type: str | None = None

    def _perform(self, call: Call, outcome: Outcome) -> Response:
        return call.perform(replace(outcome, resource_name=self.resource_name))

    def why_not(self, operation: OperationModel, subject: str) -> str | None:
        types = _STARTED.get(operation.name, ())
        if self.operation is not None and not types:
            return (
                f"{subject} starts no operation that can stay pending: give one of "
                f"{', '.join(_STARTED)}"
            )
        if not types or self.resource_type not in (None, *types):
            return (
                f"{subject} starts no operation that can stay pending on a resource "
                f"of type {self.resource_type}"
            )
        return None


@frozen(kw_only=True)
class FailOperations(_OperationsFault):
    """The operations fail."""

    name = "fail_operations"
    error_code: str
    error_details: str = "This failure was scripted."
    after_polls: int | None = None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from _text_problems("error_code", self.error_code)
        yield from _text_problems("error_details", self.error_details)
        if self.after_polls is not None:
            polls = self.after_polls
            yield from _number_problems("after_polls", polls, whole=True, least=0)

    def apply(self, call: Call) -> Response:
        return self._perform(
            call,
            Outcome(
                error_code=self.error_code,
                error_details=self.error_details,
                after_polls=self.after_polls,
                resource_type=self.resource_type,
            ),
        )


@frozen(kw_only=True)
class LeaveUnfinished(_OperationsFault):
    """The operations never end."""

    name = "leave_unfinished"

    def apply(self, call: Call) -> Response:
        return self._perform(call, Outcome(resource_type=self.resource_type))


KINDS: Mapping[str, type[Fault]] = {
    kind.name: kind
    for kind in (
        Throttle,
        ServerError,
        Error,
        Delay,
        Drop,
        BreakOff,
        Garble,
        Replace,
        FailOperations,
        LeaveUnfinished,
    )
}


def fault_from(name: object, arguments: Mapping[str, Any]) -> Fault:
    """Create a fault from the name of its kind and its attributes.

    Raises:
        FaultError: There is no such kind, or the fault can never apply.
    """
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise FaultError(f"there is no fault {name!r}: give one of {', '.join(KINDS)}")
    try:
        signature(kind).bind(**arguments)
    except TypeError as error:
        raise FaultError(f"{name}: {error}") from error
    return kind(**arguments)


def _names_a_resource(operation: OperationModel) -> bool:
    shape = operation.input_shape
    members = shape.members if isinstance(shape, StructureShape) else {}
    return any(map(is_name, members)) or operation.name == "GetOperation"


def is_name(member: str) -> bool:
    """Return whether a member of a request is the name of a resource, or a list."""
    return member.endswith(("Name", "Names"))


def _text_problems(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{name} is {value!r}: give some text"
    elif _SURROGATE.search(value):
        yield f"{name} has a lone surrogate: give valid text"


def _number_problems(
    name: str, value: object, *, whole: bool, least: int, most: float = math.inf
) -> Iterator[str]:
    types = int if whole else (int, float)
    if (
        not isinstance(value, types)
        or isinstance(value, bool)
        or not least <= value <= most  # in this form, NaN fails too
    ):
        kind = "whole number" if whole else "number"
        limit = "" if most == math.inf else f" to {most}"
        yield f"{name} is {value!r:.40}: give a {kind} from {least}{limit}"


def _members_of_objects(operation: OperationModel) -> Iterator[set[str]]:
    """Yield the members of each kind of object in an API operation's response."""
    shape = operation.output_shape
    members = shape.members if isinstance(shape, StructureShape) else {}
    for member in members.values():
        inner = member.member if isinstance(member, ListShape) else member
        if isinstance(inner, StructureShape):
            yield set(inner.members)
