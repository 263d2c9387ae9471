"""The wait until a resource has reached a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import frozen

from lightsnap._model.enums import InstanceSnapshotState
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap._model.operations import Operations
from lightsnap._wait.errors import SnapshotFailedError
from lightsnap._wait.machine import Wait
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import Schedule
from lightsnap._wait.progress import InstanceProgress, SnapshotProgress
from lightsnap.errors import NotFoundError

_Value = TypeVar("_Value")
_Progress = TypeVar("_Progress")

VISIBLE_WITHIN = 15.0  # seconds during which a new resource may not be found


@frozen(kw_only=True)
class Goal(Generic[_Value, _Progress]):
    """The states of a kind of resource that end a wait.

    Attributes:
        noun: What it is, such as "snapshot".
        value_type: The type of a fetched resource.
        name_of: Returns its name.
        state_of: Returns its state.
        reached: The states that it is to reach.
        failed: The states in which it will never reach them.
        failure: Returns the error for these, from a message and what it carries.
        progress: Returns the argument for ``on_poll``, from the name, the resource as
            last fetched, or None, the seconds elapsed, and the number of rounds.
    """

    noun: str
    value_type: type
    name_of: Callable[[_Value], str]
    state_of: Callable[[_Value], str]
    reached: tuple[str, ...]
    failed: tuple[str, ...] = ()
    failure: Callable[..., Exception] = SnapshotFailedError
    progress: Callable[[str, _Value | None, float, int], _Progress]


AVAILABLE: Goal[InstanceSnapshot, SnapshotProgress] = Goal(
    noun="snapshot",
    value_type=InstanceSnapshot,
    name_of=lambda snapshot: snapshot.name,
    state_of=lambda snapshot: snapshot.state,
    reached=(InstanceSnapshotState.AVAILABLE,),
    failed=(InstanceSnapshotState.ERROR,),
    progress=lambda name, snapshot, elapsed, polls: SnapshotProgress(
        instance_snapshot_name=name, snapshot=snapshot, elapsed=elapsed, polls=polls
    ),
)
RUNNING: Goal[Instance, InstanceProgress] = Goal(
    noun="instance",
    value_type=Instance,
    name_of=lambda instance: instance.name,
    state_of=lambda instance: instance.state_name,
    reached=("running",),
    progress=lambda name, instance, elapsed, polls: InstanceProgress(
        instance_name=name, instance=instance, elapsed=elapsed, polls=polls
    ),
)


class StateWait(Wait[_Value, _Progress, _Value]):
    """The wait until a resource has reached a state.

    Args:
        goal: The states that end the wait.
        name: The resource to wait for.
        schedule: When to poll and when to stop.
        creation: The wait for the operations that created the resource. This wait
            continues it: elapsed time counts from its start.
    """

    def __init__(
        self,
        goal: Goal[_Value, _Progress],
        name: str,
        schedule: Schedule,
        creation: OperationsWait | None = None,
    ) -> None:
        stopwatch = creation.stopwatch if creation else None
        super().__init__([name], schedule, stopwatch)
        self._goal = goal
        self._value_type = goal.value_type
        self._name = name
        self._operations = creation.operations if creation else Operations(())
        self._value: _Value | None = None
        self._visible_by = self.elapsed + VISIBLE_WITHIN

    @property
    def _state(self) -> str | None:
        return None if self._value is None else self._goal.state_of(self._value)

    def _target_of(self, value: _Value) -> str:
        return self._goal.name_of(value)

    def _record(self, value: _Value) -> bool:
        self._value = value
        return self._state in (*self._goal.reached, *self._goal.failed)

    def _is_transient(self, error: Exception) -> bool:
        if isinstance(error, NotFoundError):
            return self.elapsed <= self._visible_by
        return super()._is_transient(error)

    def progress(self) -> _Progress:
        return self._goal.progress(self._name, self._value, self.elapsed, self.polls)

    def _result(self) -> _Value:
        goal, value = self._goal, self._value
        assert value is not None  # noqa: S101 (it is terminal, so it was fetched)
        if self._state in goal.failed:
            expected = " or ".join(goal.reached)
            message = f"is in state {self._state}: it will not be {expected}"
            raise goal.failure(
                f"{goal.noun} {self._name!r} {message}",
                snapshot=value,
                **self._carried,
            )
        return value

    @property
    def operations(self) -> Operations:
        return self._operations

    @property
    def ids(self) -> tuple[str, ...]:
        return self._operations.ids

    @property
    def description(self) -> str:
        created_by = f" of operations {', '.join(self.ids)}" if self.ids else ""
        return f"{self._goal.noun} {self._name!r}{created_by}"

    @property
    def _unfinished(self) -> str:
        seen = "not yet seen" if self._value is None else f"still {self._state}"
        return f"{self._goal.noun} {self._name!r} was {seen}"
