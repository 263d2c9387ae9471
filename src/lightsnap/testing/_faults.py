"""The kinds of faults that can be scripted: which calls each can strike, and how.

A fault's way to the wire: a test adds it to the script (``_script``), ``_edge`` takes
it for the next call that it matches, and ``strike`` answers that call, or has ``_edge``
close the connection.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from inspect import signature
from time import sleep  # the real one, whatever a test puts into the module time
from typing import Any, ClassVar, cast

from attrs import asdict, frozen
from botocore.model import ListShape, OperationModel, StructureShape

from ._call import Answer, Call, error_answer
from ._shapes import is_supported, service_model
from .lightsail.resources import Outcome

_LONGEST_DELAY = 86_400
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class FaultError(ValueError):
    """The fault cannot apply; the message says why."""


@frozen(kw_only=True)
class Fault(ABC):
    """What all kinds have in common.

    Each checks itself when it is made, its members and then against Lightsail's API.
    """

    name: ClassVar[str]
    operation: str | None = None
    times: int | None = 1

    def __attrs_post_init__(self) -> None:
        """Refuse what no call could meet."""
        for problem in self.problems():
            raise FaultError(problem)
        model = service_model()
        if self.operation is None:
            names, subject = model.operation_names, "Lightsail"
        else:
            names, subject = [self.operation], self.operation
        refusals = [self.refusal(model.operation_model(n), subject) for n in names]
        if all(refusals):
            raise FaultError(refusals[0])

    def problems(self) -> Iterator[str]:
        """What is wrong with the members."""
        if self.times is not None:
            yield from _number_problems("times", self.times, whole=True, least=1)
        names = service_model().operation_names
        if self.operation is not None and self.operation not in names:
            near = get_close_matches(str(self.operation), names, 1)
            hint = f": did you mean {near[0]}?" if near else ""
            yield f"Lightsail has no operation {self.operation}{hint}"

    def refusal(self, operation: OperationModel, subject: str) -> str | None:  # noqa: ARG002
        """Why this cannot strike a call of that operation; None if it can."""
        return None

    def can_strike(self, operation: str) -> bool:
        """Whether this strikes a call of that operation, once its turn has come."""
        if self.operation is not None:
            return operation == self.operation
        model = service_model()
        return operation in model.operation_names and not self.refusal(
            model.operation_model(operation), operation
        )

    @abstractmethod
    def strike(self, call: Call) -> Answer:
        """Answer a call, or let it be without an answer."""

    def to_dict(self) -> dict[str, Any]:
        """The form in which it travels."""
        return {"fault": self.name, **asdict(self)}


@frozen(kw_only=True)
class Throttle(Fault):
    """The service asks for fewer calls."""

    name = "throttle"

    def strike(self, call: Call) -> Answer:  # noqa: ARG002
        return error_answer("ThrottlingException", "Rate exceeded")


@frozen(kw_only=True)
class ServerError(Fault):
    """The service is in trouble. Nothing was done."""

    name = "server_error"
    status: int = 500

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if type(self.status) is not int or self.status not in (500, 503):
            yield f"status is {self.status!r}: give 500 or 503"

    def strike(self, call: Call) -> Answer:  # noqa: ARG002
        type_ = {500: "InternalFailure", 503: "ServiceUnavailable"}[self.status]
        return error_answer(type_, "The service is in trouble.", status=self.status)


@frozen(kw_only=True)
class Error(Fault):
    """The service refuses the call. Nothing was done."""

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

    def refusal(self, operation: OperationModel, subject: str) -> str | None:
        modelled = [shape.name for shape in operation.error_shapes]
        if self.status is not None or self.code in modelled:
            return None
        return (
            f"{subject} has no modelled error {self.code}: give one of "
            f"{', '.join(modelled)}, or the HTTP status that it comes with"
        )

    def strike(self, call: Call) -> Answer:  # noqa: ARG002
        status = self.status or (500 if self.code == "ServiceException" else 400)
        return error_answer(
            self.code,
            self.message,
            status=status,
            code="Scripted",
            docs="https://docs.aws.amazon.com/lightsail/",
            tip="Take the fault out of the script.",
        )


@frozen(kw_only=True)
class Delay(Fault):
    """The answer comes late. What was asked is done by then."""

    name = "delay"
    seconds: float

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from _number_problems(
            "seconds", self.seconds, whole=False, least=0, most=_LONGEST_DELAY
        )

    def strike(self, call: Call) -> Answer:
        answer = call.work()
        sleep(self.seconds)
        return answer


@frozen(kw_only=True)
class Drop(Fault):
    """The connection ends without an answer."""

    name = "drop"
    when: str

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.when not in ("before", "after"):
            yield f"when is {self.when!r}: give 'before' or 'after', that is, the work"

    def strike(self, call: Call) -> Answer:
        if self.when == "after":
            call.work()
        return call.drop()


@frozen(kw_only=True)
class BreakOff(Fault):
    """The connection ends in the middle of the answer. What was asked is done."""

    name = "break_off"

    def strike(self, call: Call) -> Answer:
        return call.break_off(call.work())


@frozen(kw_only=True)
class Garble(Fault):
    """The answer is unreadable. What was asked is done."""

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
            yield "body can be read as JSON: give text that cannot"

    def strike(self, call: Call) -> Answer:
        status, headers, _ = call.work()
        return status, headers, self.body


@frozen(kw_only=True)
class Replace(Fault):
    """Members of the answer's objects have other values, or are missing."""

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
            yield f"members cannot travel as JSON: {error}"

    def refusal(self, operation: OperationModel, subject: str) -> str | None:
        if is_supported(operation.name):
            for known in _objects_of_answer(operation):
                if self.members.keys() <= known:
                    return None
        names = ", ".join(map(str, self.members))
        return f"nothing that {subject} answers with has the members {names}"

    def strike(self, call: Call) -> Answer:
        status, headers, text = call.work()
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


# The calls that start operations which take a while, and on which resources.
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
    """A fault of the operations that a call starts, or of some of them."""

    resource_type: str | None = None

    def refusal(self, operation: OperationModel, subject: str) -> str | None:
        types = _STARTED.get(operation.name, ())
        if self.operation is not None and not types:
            return (
                f"{subject} starts no operation that takes a while: give one of "
                f"{', '.join(_STARTED)}"
            )
        if not types or self.resource_type not in (None, *types):
            return (
                f"{subject} starts no operation that takes a while on a resource of "
                f"the type {self.resource_type}"
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

    def strike(self, call: Call) -> Answer:
        return call.work(
            Outcome(
                error_code=self.error_code,
                error_details=self.error_details,
                after_polls=self.after_polls,
                resource_type=self.resource_type,
            )
        )


@frozen(kw_only=True)
class LeaveUnfinished(_OperationsFault):
    """The operations never end."""

    name = "leave_unfinished"

    def strike(self, call: Call) -> Answer:
        return call.work(Outcome(resource_type=self.resource_type))


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
    """Make a fault of the kind of that name.

    Raises:
        FaultError: There is no such kind, or this one cannot apply.
    """
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise FaultError(f"there is no fault {name!r}: give one of {', '.join(KINDS)}")
    try:
        signature(kind).bind(**arguments)
    except TypeError as error:
        raise FaultError(f"{name}: {error}") from error
    return kind(**arguments)


def _text_problems(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{name} is {value!r}: give some text"
    elif _SURROGATE.search(value):
        yield f"{name} holds half of a character: give text"


def _number_problems(
    name: str, value: object, *, whole: bool, least: int, most: float = math.inf
) -> Iterator[str]:
    types = int if whole else (int, float)
    if (
        not isinstance(value, types)
        or isinstance(value, bool)
        or not least <= value <= most  # so that NaN fails
    ):
        kind = "whole number" if whole else "number"
        limit = "" if most == math.inf else f" to {most}"
        yield f"{name} is {value!r:.40}: give a {kind} from {least}{limit}"


def _objects_of_answer(operation: OperationModel) -> Iterator[set[str]]:
    """The members of each kind of object that an answer holds."""
    shape = operation.output_shape
    members = shape.members if isinstance(shape, StructureShape) else {}
    for member in members.values():
        inner = member.member if isinstance(member, ListShape) else member
        if isinstance(inner, StructureShape):
            yield set(inner.members)
