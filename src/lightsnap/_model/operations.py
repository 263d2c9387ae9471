"""Values: operations, and the error that says that some of them failed.

Source of every field: the data type of the same name in the Lightsail API reference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self, TypedDict, Unpack, overload

from attrs import field, frozen

from lightsnap._model import html
from lightsnap._model.convert import WireModel
from lightsnap._model.enums import OperationStatus, OperationType, ResourceType
from lightsnap._model.resources import ResourceLocation
from lightsnap._text import printable
from lightsnap.errors import LightsnapError, MalformedResponseError, ResumeError

_JSON_VERSION = 1


@frozen(kw_only=True)
class Operation(WireModel):
    """A piece of work that the service has accepted, as it stood when asked.

    Attributes:
        id: What ``GetOperation`` takes.
        resource_name: The resource that is worked on.
        resource_type: Its kind.
        created_at: When the service accepted the work, in UTC.
        location: Where the resource lies.
        is_terminal: Whether the work has ended, well or not. Only this field tells it;
            ``status`` does not.
        operation_details: What the work is about; for the two operations of a snapshot,
            the name of the other resource. May be None.
        operation_type: What the work does.
        status: How far it is.
        status_changed_at: When ``status`` last changed, in UTC.
        error_code: Why it failed, or None.
        error_details: Why it failed, in words, or None.
    """

    id: str = field(metadata={"may_be_blank": False})
    resource_name: str
    resource_type: ResourceType
    created_at: datetime
    location: ResourceLocation
    is_terminal: bool
    operation_details: str | None = None
    operation_type: OperationType
    status: OperationStatus
    status_changed_at: datetime
    error_code: str | None = None
    error_details: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it has ended well, as Succeeded or Completed."""
        return self.is_terminal and self.status in (
            OperationStatus.SUCCEEDED,
            OperationStatus.COMPLETED,
        )

    @property
    def failed(self) -> bool:
        """Whether it has ended and not succeeded. False while it is pending."""
        return self.is_terminal and not self.succeeded

    def __repr__(self) -> str:
        error = f" ({self.error_code})" if self.error_code else ""
        return printable(
            f"<Operation {self.operation_type} of {self.resource_type} "
            f"{self.resource_name!r}: {self.status}{error}, id {self.id!r}>"
        )

    def _repr_html_(self) -> str:
        ended = "ended" if self.is_terminal else "not ended"
        status = f"{self.operation_type}: {self.status} ({ended})"
        return html.heading("Operation", status) + html.fields(
            ("Error", _outcome(self, "") or None),
            ("Resource", f"{self.resource_name} ({self.resource_type})"),
            ("Details", self.operation_details),
            ("Location", self.location),
            ("Created", self.created_at),
            ("Status changed", self.status_changed_at),
            ("Id", self.id),
        )


def _operation_tuple(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    return tuple(operations)


@frozen
class Operations(WireModel, Sequence[Operation]):
    """An immutable sequence of operations, in the order of the service's answer.

    Built from any iterable of them: ``Operations([first, second])``. A slice of it is
    an ``Operations`` again.
    """

    operations: tuple[Operation, ...] = field(converter=_operation_tuple)

    @overload
    def __getitem__(self, index: int) -> Operation: ...
    @overload
    def __getitem__(self, index: slice) -> Operations: ...
    def __getitem__(self, index: int | slice) -> Operation | Operations:
        if isinstance(index, slice):
            return Operations(self.operations[index])
        return self.operations[index]

    def __len__(self) -> int:
        return len(self.operations)

    def __repr__(self) -> str:
        return printable(f"<Operations: {self._counts}>")

    def _repr_html_(self) -> str:
        counts = html.heading("Operations", self._counts)
        return counts + operations_table(self)

    @property
    def _counts(self) -> str:
        statuses = Counter(str(operation.status) for operation in self.operations)
        counts = (f"{count} {status}" for status, count in statuses.items())
        return ", ".join(counts) or "none"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in order; they are enough to wait, in this process or another."""
        return tuple(operation.id for operation in self.operations)

    @property
    def pending(self) -> tuple[Operation, ...]:
        """Those that have not ended."""
        return tuple(each for each in self.operations if not each.is_terminal)

    @property
    def succeeded(self) -> tuple[Operation, ...]:
        """Those that have ended well."""
        return tuple(each for each in self.operations if each.succeeded)

    @property
    def failed(self) -> tuple[Operation, ...]:
        """Those that have ended and not succeeded."""
        return tuple(each for each in self.operations if each.failed)

    @property
    def is_terminal(self) -> bool:
        """Whether all have ended."""
        return not self.pending

    def raise_for_failure(self) -> Self:
        """Return this, unless an operation failed.

        Raises:
            WaitFailedError: At least one failed; its ``elapsed`` is None.
        """
        if self.failed:
            raise WaitFailedError(operations=self, ids=self.ids, elapsed=None)
        return self

    def to_json(self) -> str:
        """Write them as text, so that another process can wait for them.

        The text is JSON: a ``version``, and the operations as AWS writes them, with
        timestamps in ISO 8601.
        """
        stored = {"version": _JSON_VERSION, **self.to_dict()}
        return json.dumps(stored, default=datetime.isoformat, indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ResumeError: The text is damaged, something else, or from a newer lightsnap.
        """
        try:
            stored = json.loads(text)
            version = stored["version"]
        except (LookupError, RecursionError, TypeError, ValueError) as error:
            raise ResumeError("these are not stored operations") from error
        if type(version) is not int or version != _JSON_VERSION:
            message = (
                f"these operations are stored in version {version!r:.20}, and this "
                f"lightsnap reads version {_JSON_VERSION}: use the one that wrote them"
            )
            raise ResumeError(message)
        try:
            return cls.from_dict(stored)
        except MalformedResponseError as error:
            message = f"the stored operations are damaged: {error}"
            raise ResumeError(message) from error


def operations_table(operations: Operations) -> str:
    """Write operations as HTML. Where they are many, those come first that matter."""
    in_order: Sequence[Operation] = operations
    if len(operations) > html.MOST_ROWS:
        in_order = operations.failed + operations.pending + operations.succeeded
    rows = [
        (
            each.operation_type,
            f"{each.resource_name} ({each.resource_type})",
            _outcome(each, each.status),
            each.id,
        )
        for each in in_order
    ]
    return html.table(("Operation", "Resource", "Status", "Id"), rows)


def _outcome(operation: Operation, status: str) -> str:
    """The status and the error that there is, if any."""
    parts = (status, operation.error_code, operation.error_details)
    return ": ".join(each for each in parts if each)


class Carried(TypedDict):
    """What every ``WaitError`` is built with."""

    operations: Operations
    ids: Iterable[str]
    elapsed: float | None


class WaitError(LightsnapError):
    """A wait that did not end in success. Nothing was cancelled on AWS's side.

    Attributes:
        operations: The operations that are known, in the order given: as they last
            answered, or as they were handed to the wait.
        ids: The ids of all operations, in the order given: ``Client.wait`` takes
            them to wait again. Empty where the wait was for a snapshot alone.
        elapsed: Seconds since the wait began; None where nothing was waited for.

    Its constructor takes these three as keywords, and so do those of its kin.
    """

    def __init__(self, message: str, **carried: Unpack[Carried]) -> None:
        self.operations: Operations = carried["operations"]
        self.ids: tuple[str, ...] = tuple(carried["ids"])
        self.elapsed: float | None = carried["elapsed"]
        super().__init__(message)


class WaitFailedError(WaitError):
    """At least one operation failed; all of them have ended.

    Attributes:
        failed: The operations that failed.
    """

    def __init__(self, **carried: Unpack[Carried]) -> None:
        operations = carried["operations"]
        self.failed: tuple[Operation, ...] = operations.failed
        count = f"{len(self.failed)} of {len(operations)} operations failed"
        failures = "; ".join(map(_failure, self.failed))
        super().__init__(f"{count}: {failures}", **carried)


def _failure(operation: Operation) -> str:
    reason = ": ".join(
        text for text in (operation.error_code, operation.error_details) if text
    ).rstrip(".")
    return (
        f"{operation.operation_type} of {operation.resource_type} "
        f"{operation.resource_name!r} is {operation.status} "
        f"({reason or 'no reason given'}; id {operation.id})"
    )
