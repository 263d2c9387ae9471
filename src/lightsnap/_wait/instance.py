"""The wait until an instance is running."""

from __future__ import annotations

from lightsnap._model.instances import Instance
from lightsnap._model.operations import Operations
from lightsnap._wait.machine import Wait
from lightsnap._wait.options import Schedule
from lightsnap._wait.progress import InstanceProgress
from lightsnap._wait.snapshot import VISIBLE_WITHIN
from lightsnap.errors import NotFoundError


class InstanceWait(Wait[Instance, InstanceProgress, Instance]):
    """The wait until the state of an instance is running.

    Args:
        instance_name: The instance to wait for.
        schedule: When to poll and when to stop.
    """

    _value_type = Instance

    def __init__(self, instance_name: str, schedule: Schedule) -> None:
        super().__init__([instance_name], schedule)
        self._name = instance_name
        self._instance: Instance | None = None
        self._visible_by = self.elapsed + VISIBLE_WITHIN

    def _target_of(self, value: Instance) -> str:
        return value.name

    def _record(self, value: Instance) -> bool:
        self._instance = value
        return value.is_running

    def _is_transient(self, error: Exception) -> bool:
        if isinstance(error, NotFoundError):
            return self.elapsed <= self._visible_by
        return super()._is_transient(error)

    def progress(self) -> InstanceProgress:
        return InstanceProgress(
            instance_name=self._name,
            instance=self._instance,
            elapsed=self.elapsed,
            polls=self.polls,
        )

    def _result(self) -> Instance:
        assert self._instance is not None  # noqa: S101 (it is running, so it was fetched)
        return self._instance

    @property
    def operations(self) -> Operations:
        return Operations(())

    @property
    def ids(self) -> tuple[str, ...]:
        return ()

    @property
    def description(self) -> str:
        return f"instance {self._name!r}"

    @property
    def _unfinished(self) -> str:
        seen = (
            f"still {self._instance.state_name}" if self._instance else "not yet seen"
        )
        return f"instance {self._name!r} was {seen}"
