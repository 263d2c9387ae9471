"""The wait until a snapshot is available."""

from __future__ import annotations

from lightsnap._model.enums import InstanceSnapshotState
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operations
from lightsnap._wait.errors import SnapshotFailedError
from lightsnap._wait.machine import Wait
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import Schedule
from lightsnap._wait.progress import SnapshotProgress
from lightsnap.errors import NotFoundError

VISIBLE_WITHIN = 15.0  # seconds during which a new resource may not be found


class SnapshotWait(Wait[InstanceSnapshot, SnapshotProgress, InstanceSnapshot]):
    """The wait until the state of a snapshot is available.

    Args:
        instance_snapshot_name: The snapshot to wait for.
        schedule: When to poll and when to stop.
        creation: The wait for the operations that created the snapshot. This wait
            continues it: elapsed time counts from its start.
    """

    _value_type = InstanceSnapshot

    def __init__(
        self,
        instance_snapshot_name: str,
        schedule: Schedule,
        creation: OperationsWait | None = None,
    ) -> None:
        stopwatch = creation.stopwatch if creation else None
        super().__init__([instance_snapshot_name], schedule, stopwatch)
        self._name = instance_snapshot_name
        self._operations = creation.operations if creation else Operations(())
        self._snapshot: InstanceSnapshot | None = None
        self._visible_by = self.elapsed + VISIBLE_WITHIN

    def _target_of(self, value: InstanceSnapshot) -> str:
        return value.name

    def _record(self, value: InstanceSnapshot) -> bool:
        self._snapshot = value
        return value.state in (
            InstanceSnapshotState.AVAILABLE,
            InstanceSnapshotState.ERROR,
        )

    def _is_transient(self, error: Exception) -> bool:
        if isinstance(error, NotFoundError):
            return self.elapsed <= self._visible_by
        return super()._is_transient(error)

    def progress(self) -> SnapshotProgress:
        return SnapshotProgress(
            instance_snapshot_name=self._name,
            snapshot=self._snapshot,
            elapsed=self.elapsed,
            polls=self.polls,
        )

    def _result(self) -> InstanceSnapshot:
        assert self._snapshot is not None  # noqa: S101 (it is terminal, so it was fetched)
        if self._snapshot.state == InstanceSnapshotState.ERROR:
            raise SnapshotFailedError(
                f"snapshot {self._name!r} is in state error: it will not be available",
                snapshot=self._snapshot,
                **self._carried,
            )
        return self._snapshot

    @property
    def operations(self) -> Operations:
        return self._operations

    @property
    def ids(self) -> tuple[str, ...]:
        return self._operations.ids

    @property
    def description(self) -> str:
        created_by = f" of operations {', '.join(self.ids)}" if self.ids else ""
        return f"snapshot {self._name!r}{created_by}"

    @property
    def _unfinished(self) -> str:
        seen = f"still {self._snapshot.state}" if self._snapshot else "not yet seen"
        return f"snapshot {self._name!r} was {seen}"
