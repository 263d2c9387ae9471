"""Work on many resources at once, as a wait: repeated until each is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import NamedTuple

from lightsnap._backups.report import BackupProgress
from lightsnap._model.operations import Operations
from lightsnap._wait.clocks import Stopwatch
from lightsnap._wait.machine import Wait
from lightsnap._wait.options import Schedule


class Advance(Enum):
    """How far a call got with a resource."""

    DONE = auto()
    """Nothing is left to do."""
    MOVED = auto()
    """There is more to do, in the next round."""
    WAITING = auto()
    """The same call is to be repeated."""


class Advanced(NamedTuple):
    """What a call did for a resource.

    Attributes:
        target: The resource.
        advance: How far it got.
    """

    target: str
    advance: Advance


class FleetWait(Wait[Advanced, BackupProgress, None]):
    """The wait until all is done with each of many resources.

    It raises nothing: what failed for good is done, and what is not done at the end
    stays as it is. A round ends with the first resource that is WAITING, as in other
    waits.

    Args:
        targets: The resources.
        schedule: When to begin a round, and when to stop.
        stopwatch: Counts from the first of several waits.
        is_write: Whether the call for a resource changes something. Such a call is not
            abandoned, since its outcome would be unknown.
        progress: Returns the progress, given the number of calls.
        description: Returns a text that names what is done.
    """

    _value_type = Advanced

    def __init__(
        self,
        targets: Iterable[str],
        schedule: Schedule,
        stopwatch: Stopwatch,
        *,
        is_write: Callable[[str], bool],
        progress: Callable[[int], BackupProgress],
        description: Callable[[], str],
    ) -> None:
        super().__init__(targets, schedule, stopwatch)
        self._is_write = is_write
        self._progress = progress
        self._description = description

    def add(self, target: str) -> None:
        """Add a resource, whose turn is in the next round."""
        self._pending.append(target)

    def limits(self, target: str) -> bool:
        return super().limits(target) and not self._is_write(target)

    def result(self) -> None:
        """Return nothing, however the wait ended."""

    _result = result

    def _target_of(self, value: Advanced) -> str:
        return value.target

    def _record(self, value: Advanced) -> bool:
        if value.advance is Advance.MOVED:
            self.add(value.target)
        return value.advance is not Advance.WAITING

    def progress(self) -> BackupProgress:
        return self._progress(self.calls)

    @property
    def description(self) -> str:
        return self._description()

    # The rest is for the errors of a wait, which this one does not raise.
    @property
    def _unfinished(self) -> str:
        return self.description

    @property
    def operations(self) -> Operations:
        return Operations(())

    @property
    def ids(self) -> tuple[str, ...]:
        return self.operations.ids
