"""The values: what the service tells about operations, and their parts.

They are plain: frozen, hashable, picklable, comparable, with no tie to a client. They
are not checked when they are built, since the service's own answers hold them too;
``constraints`` checks what is about to be sent.

Source of every field: the data type of the same name in the Lightsail API reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self, cast, overload

from attrs import field, frozen

from lightsnap import _display
from lightsnap._wire import WireModel
from lightsnap.enums import (
    OperationStatus,
    OperationType,
    ResourceType,
)
from lightsnap.errors import (
    ConstraintError,
    MalformedResponseError,
    ResumeError,
    Violation,
    WaitFailedError,
)

_JSON_VERSION = 1


@frozen
class Tag(WireModel):
    """A tag of a resource.

    Attributes:
        key: 1 to 128 characters, case-sensitive, unique in its resource.
        value: 0 to 256 characters. None makes a key-only tag, which the service tells
            apart from the empty value ``""``.
    """

    key: str
    value: str | None = None

    @classmethod
    def from_shorthand(cls, text: str) -> Self:
        """Read a tag as the AWS CLI takes it: ``key=env,value=prod``.

        ``key=env`` makes a key-only tag, ``key=env,value=`` an empty value. A value in
        quotes may hold anything: ``key=team,value='a, b'``. No files are read.

        Only the form is read here; ``check_tags`` looks at characters and lengths.

        Raises:
            ConstraintError: The syntax is wrong, there is no key, there are members
                other than key and value, or one of these two is not text.

        >>> Tag.from_shorthand("key=env,value=prod")
        Tag(key='env', value='prod')
        >>> Tag.from_shorthand("key=keep")
        Tag(key='keep', value=None)
        """
        if not isinstance(cast("object", text), str):
            message = (
                f"tag is of type {type(text).__name__}: "
                f"give text, like key=env,value=prod"
            )
            raise ConstraintError([Violation("tag", "type", message)])
        from lightsnap import shorthand

        members = shorthand.parse(text)
        violations: list[Violation] = []
        read: dict[str, str] = {}
        for name, value in members.items():
            path = f"tag.{name:.80}"
            if name not in ("key", "value"):
                message = f"{path} is no member of a tag: use key and value"
                violations.append(Violation(path, "type", message))
            elif isinstance(value, str):
                read[name] = value
            else:
                message = (
                    f"{path} is of type {type(value).__name__}: "
                    f"give text, in quotes if it holds a comma or brackets"
                )
                violations.append(Violation(path, "type", message))
        if "key" not in members:
            message = "tag.key is missing: a tag needs a key"
            violations.append(Violation("tag.key", "required", message))
        if violations:
            raise ConstraintError(violations)
        return cls(**read)


@frozen(kw_only=True)
class ResourceLocation(WireModel):
    """Where a resource lies.

    Attributes:
        availability_zone: Like ``us-west-2a``, or ``all``, as for every snapshot.
        region_name: Like ``us-west-2``.
    """

    availability_zone: str
    region_name: str


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
        return _display.printable(
            f"<Operation {self.operation_type} of {self.resource_type} "
            f"{self.resource_name!r}: {self.status}{error}, id {self.id!r}>"
        )

    def _repr_html_(self) -> str:
        return _display.operation(self)


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
        return _display.printable(f"<Operations: {self._counts}>")

    def _repr_html_(self) -> str:
        counts = _display.heading("Operations", self._counts)
        return counts + _display.operations_table(self)

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
        import json

        stored = {"version": _JSON_VERSION, **self.to_dict()}
        return json.dumps(stored, default=datetime.isoformat, indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ResumeError: The text is damaged, something else, or from a newer lightsnap.
        """
        import json

        try:
            stored = json.loads(text)
            version = stored["version"]
        except (LookupError, RecursionError, TypeError, ValueError) as error:
            raise ResumeError("this is not what Operations.to_json() wrote") from error
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
