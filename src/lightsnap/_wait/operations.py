"""The wait until operations are terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from lightsnap._model.enums import ResourceType
from lightsnap._model.operations import Operation, Operations, WaitFailedError
from lightsnap._request.rules import id_violations
from lightsnap._wait.machine import Wait
from lightsnap._wait.options import Schedule
from lightsnap._wait.progress import WaitProgress
from lightsnap.errors import (
    ConstraintError,
    Violation,
    type_violation,
)

_SHOWN = 3


class OperationsWait(Wait[Operation, WaitProgress, Operations]):
    """The wait until all of several operations are terminal.

    Raises:
        ConstraintError: ``operations`` are not operations or ids.
    """

    _value_type = Operation

    def __init__(
        self,
        operations: Iterable[Operation | str],
        schedule: Schedule,
    ) -> None:
        self._known = _by_id(operations)
        pending = (
            operation_id
            for operation_id, operation in self._known.items()
            if operation is None or not operation.is_terminal
        )
        super().__init__(pending, schedule)

    def region_of(self, operation_id: str) -> str | None:
        """Return the Region of an operation, or None if only its id is known."""
        operation = self._known[operation_id]
        return None if operation is None else operation.location.region_name

    def _target_of(self, value: Operation) -> str:
        return value.id

    def _record(self, value: Operation) -> bool:
        self._known[value.id] = value
        return value.is_terminal

    def progress(self) -> WaitProgress:
        return WaitProgress(
            operations=self.operations,
            ids=self.ids,
            elapsed=self.elapsed,
            polls=self.polls,
            calls=self.calls,
        )

    def _result(self) -> Operations:
        operations = self.operations
        if operations.failed:
            raise WaitFailedError(**self._carried)
        return operations

    @property
    def operations(self) -> Operations:
        return Operations(each for each in self._known.values() if each is not None)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._known)

    @property
    def _unfinished(self) -> str:
        pending = list(self._pending)
        ids = ", ".join(pending[:_SHOWN]) + ", ..." * (len(pending) > _SHOWN)
        count = f"{len(pending)} of {len(self._known)} operations"
        return f"{count} ({ids}){self._of_resources} had not ended"

    @property
    def description(self) -> str:
        return f"operations {', '.join(self._known)}{self._of_resources}"

    @property
    def _of_resources(self) -> str:
        """The names of the snapshots, or of other resources, as far as known."""
        operations = self.operations
        of_snapshots = [
            each
            for each in operations
            if each.resource_type == ResourceType.INSTANCE_SNAPSHOT
        ]
        names = {each.resource_name: None for each in of_snapshots or operations}
        return f" of {', '.join(map(repr, names))}" if names else ""


def _by_id(operations: Any) -> dict[str, Operation | None]:
    """Map each id, in order, to its operation, or to None if only the id is given."""
    if isinstance(operations, Mapping):
        operations = Operations.from_response(cast("Mapping[str, object]", operations))
    if isinstance(operations, (str, bytes)) or not hasattr(operations, "__iter__"):
        expected = "a list of operations or of their ids, or a boto3 response"
        given = cast("object", operations)
        raise ConstraintError([type_violation("operations", given, expected)])
    known: dict[str, Operation | None] = {}
    violations: list[Violation] = []
    for index, each in enumerate(operations):
        operation = each if isinstance(each, Operation) else None
        operation_id = each.id if isinstance(each, Operation) else each
        path, expected = f"operations[{index}]", "an operation or its id"
        if found := tuple(id_violations(path, operation_id, expected)):
            violations += found
            continue
        earlier = known.get(operation_id)
        if earlier is None or not earlier.is_terminal:
            known[operation_id] = operation or earlier
    if violations:
        raise ConstraintError(violations)
    return known
