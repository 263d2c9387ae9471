"""Values: operations, and the errors that carry them.

Source of every field: the data type of the same name in the Lightsail API reference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any, Self, overload

from attrs import field, frozen

from lightsnap._escape import printable
from lightsnap._model import html
from lightsnap._model.convert import WireModel, write_json
from lightsnap._model.enums import OperationStatus, OperationType, ResourceType
from lightsnap._model.resources import ResourceLocation
from lightsnap.errors import (
    LightsnapError,
    MalformedResponseError,
    ResumeError,
    require,
    wrong_type,
)

_JSON_VERSION = 1


@frozen(kw_only=True)
class Operation(WireModel):
    """Work that the service has accepted, as it was when fetched."""

    id: str = field(metadata={"may_be_blank": False})
    """The id, which ``get_operation`` takes."""
    resource_name: str
    """The name of the resource that the operation works on."""
    resource_type: ResourceType
    """The type of that resource."""
    created_at: datetime
    """When the service accepted the work, in UTC."""
    location: ResourceLocation
    """The Region and zone of the resource."""
    is_terminal: bool
    """Whether the work has ended, successfully or not. ``status`` does not say so."""
    operation_details: str | None = None
    """Details; for the operations of a snapshot, the name of the other resource."""
    operation_type: OperationType
    """The type, such as ``CreateInstanceSnapshot``."""
    status: OperationStatus
    """The status."""
    status_changed_at: datetime | None = None
    """When ``status`` last changed, in UTC; DeleteAutoSnapshot does not say."""
    error_code: str | None = None
    """Why the operation failed, as a code."""
    error_details: str | None = None
    """Why the operation failed, as text."""

    @property
    def succeeded(self) -> bool:
        """Whether the operation is terminal, with status Succeeded or Completed."""
        return self.is_terminal and self.status in (
            OperationStatus.SUCCEEDED,
            OperationStatus.COMPLETED,
        )

    @property
    def failed(self) -> bool:
        """Whether the operation is terminal, with any other status."""
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
    """An immutable sequence of operations, in the order of the service's response.

    ``Operations([first, second])`` takes any iterable. A slice is an ``Operations``.
    """

    operations: tuple[Operation, ...] = field(converter=_operation_tuple)
    """The operations, as a tuple."""

    @classmethod
    def from_response(cls, response: Mapping[str, object]) -> Self:
        """Parse the response of any boto3 Lightsail call that starts operations.

        It has a list of ``operations``, or one ``operation``.

        Raises:
            MalformedResponseError: The response has neither, or they cannot be parsed;
                ``payload`` is the response.
        """
        given: Any = response
        if isinstance(given, Mapping) and "operations" not in response:
            if "operation" not in response:
                message = "the response has no operations"
                raise MalformedResponseError(message, payload=response)
            return cls.from_dict({"operations": [response["operation"]]})
        return cls.from_dict(response)

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
        """The ids, in order. They are enough to resume a wait in another process."""
        return tuple(operation.id for operation in self.operations)

    @property
    def pending(self) -> Operations:
        """The pending ones."""
        return Operations(each for each in self.operations if not each.is_terminal)

    @property
    def succeeded(self) -> Operations:
        """The ones that succeeded."""
        return Operations(each for each in self.operations if each.succeeded)

    @property
    def failed(self) -> Operations:
        """The ones that failed."""
        return Operations(each for each in self.operations if each.failed)

    @property
    def is_terminal(self) -> bool:
        """Whether every operation is terminal."""
        return not self.pending

    def raise_for_failure(self) -> Self:
        """Return ``self`` if no operation failed.

        Raises:
            WaitFailedError: An operation failed; ``elapsed`` is None.
        """
        if self.failed:
            raise WaitFailedError(operations=self, ids=self.ids, elapsed=None)
        return self

    def to_json(self) -> str:
        """Serialize to JSON, so that another process can resume the wait.

        The JSON has a ``version`` and the operations under AWS's field names, with
        timestamps in ISO 8601.
        """
        return write_json({"version": _JSON_VERSION, **self.to_dict()}, indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse what ``to_json`` returned.

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
    """Return an HTML table. If not all rows fit, failed and pending ones come first."""
    in_order: Iterable[Operation] = operations
    if len(operations) > html.MOST_ROWS:
        in_order = (*operations.failed, *operations.pending, *operations.succeeded)
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
    """Return the status, followed by the error if there is one."""
    parts = (status, operation.error_code, operation.error_details)
    return ": ".join(each for each in parts if each)


class WaitError(LightsnapError):
    """A wait ended without success. Nothing was cancelled at AWS.

    Args:
        message: What happened.
        operations: The known operations, in any iterable.
        ids: The ids of all operations.
        elapsed: Seconds since the wait began, or None.

    Raises:
        TypeError: An argument has a wrong type.
    """

    operations: Operations
    """The known operations, in the order given, as last fetched or as given."""
    ids: tuple[str, ...]
    """The ids of all operations, in the order given; ``Client.wait`` takes them to
    resume. Empty if the wait was for a snapshot alone."""
    elapsed: float | None
    """Seconds since the wait began; None if there was no wait."""

    def __init__(
        self,
        message: str,
        *,
        operations: Iterable[Operation],
        ids: Iterable[str],
        elapsed: float | None,
    ) -> None:
        self.operations = Operations(operations)
        self.ids = tuple(ids)
        self.elapsed = elapsed
        require("message", message, str, "text")
        require("elapsed", elapsed, (int, float, NoneType), "seconds or None")
        for operation in self.operations:
            require("operations", operation, Operation, "an iterable of Operation")
        if isinstance(ids, str):
            raise TypeError(wrong_type("ids", ids, "an iterable of text"))
        for each in self.ids:
            require("ids", each, str, "an iterable of text")
        super().__init__(message)


class WaitFailedError(WaitError):
    """At least one operation failed; all of them are terminal.

    Args:
        operations: The known operations, in any iterable.
        ids: The ids of all operations.
        elapsed: Seconds since the wait began, or None.

    Raises:
        TypeError: An argument has a wrong type.
    """

    failed: Operations
    """The operations that failed."""

    def __init__(
        self,
        *,
        operations: Iterable[Operation],
        ids: Iterable[str],
        elapsed: float | None,
    ) -> None:
        operations = Operations(operations)
        self.failed = operations.failed
        count = f"{len(self.failed)} of {len(operations)} operations failed"
        failures = "; ".join(map(_failure, self.failed))
        message = f"{count}: {failures}"
        super().__init__(message, operations=operations, ids=ids, elapsed=elapsed)


def _failure(operation: Operation) -> str:
    reason = ": ".join(
        text for text in (operation.error_code, operation.error_details) if text
    ).rstrip(".")
    return (
        f"{operation.operation_type} of {operation.resource_type} "
        f"{operation.resource_name!r} is {operation.status} "
        f"({reason or 'no reason given'}; id {operation.id})"
    )
