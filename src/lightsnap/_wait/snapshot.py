"""The state of a wait for a snapshot, as ``state`` has that of one for operations."""

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

_VISIBLE_WITHIN = 15.0  # seconds in which a new snapshot may not be found yet


class SnapshotWait(Wait[InstanceSnapshot, SnapshotProgress, InstanceSnapshot]):
    """The wait until a snapshot is available, by its own state.

    Args:
        instance_snapshot_name: The snapshot to wait for.
        schedule: When to ask and when to stop.
        made_by: The wait for the operations that made it, to go on from there.
    """

    _answer_type = InstanceSnapshot

    def __init__(
        self,
        instance_snapshot_name: str,
        schedule: Schedule,
        made_by: OperationsWait | None = None,
    ) -> None:
        started = made_by.started if made_by else None
        super().__init__([instance_snapshot_name], schedule, started)
        self._name = instance_snapshot_name
        self._operations = made_by.operations if made_by else Operations(())
        self._snapshot: InstanceSnapshot | None = None
        self._visible_by = schedule.clock.monotonic() + _VISIBLE_WITHIN

    def _subject_of(self, answer: InstanceSnapshot) -> str:
        return answer.name

    def _take_in(self, answer: InstanceSnapshot) -> bool:
        self._snapshot = answer
        return answer.state in (
            InstanceSnapshotState.AVAILABLE,
            InstanceSnapshotState.ERROR,
        )

    def _may_pass(self, error: Exception) -> bool:
        if isinstance(error, NotFoundError):
            return self.schedule.clock.monotonic() <= self._visible_by
        return super()._may_pass(error)

    def progress(self) -> SnapshotProgress:
        return SnapshotProgress(
            instance_snapshot_name=self._name,
            snapshot=self._snapshot,
            elapsed=self.elapsed,
            polls=self.polls,
        )

    def _result(self) -> InstanceSnapshot:
        assert self._snapshot is not None  # noqa: S101 (it has ended, so it answered)
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
    def awaited(self) -> str:
        made_by = f" of operations {', '.join(self.ids)}" if self.ids else ""
        return f"snapshot {self._name!r}{made_by}"

    @property
    def _unfinished(self) -> str:
        seen = f"still {self._snapshot.state}" if self._snapshot else "not yet seen"
        return f"snapshot {self._name!r} was {seen}"
