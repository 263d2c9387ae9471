"""The state machine of a wait: what to fetch next, when to stop, and the outcome.

It performs no I/O; ``loops.py`` makes the calls and sleeps.

A wait polls its *targets*: the ids of operations, or the name of a snapshot. A round
fetches pending targets, the least recently fetched first, until ``pending_per_poll`` of
them turn out to be still pending. A target that has become terminal does not count, so
the round goes on. N operations therefore take at most N + pending_per_poll * R calls in
R rounds, and the end is noticed as early as if each round fetched all of them.

Up to ``max_concurrency`` calls can be in flight at once. A round starts with
``pending_per_poll`` calls in flight, and each target that has become terminal allows
one more. So fewer than ``max_concurrency`` calls of a round are superfluous, and none
if no target became terminal.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar

from lightsnap._aws.errors import wrong_subject
from lightsnap._model.operations import Operations
from lightsnap._text import describe
from lightsnap._wait.backoff import Backoff
from lightsnap._wait.clocks import Stopwatch
from lightsnap._wait.errors import (
    WaitCancelledError,
    WaitInterruptedError,
    WaitTimeoutError,
)
from lightsnap._wait.options import Schedule
from lightsnap.errors import is_transient

if TYPE_CHECKING:
    from tenacity import RetryCallState

_SHORTEST_CALL = 5.0  # seconds, for a call that starts shortly before the deadline
# Seconds between two rounds: without any, a wait would not end on a clock that advances
# by its pauses only.
_SHORTEST_PAUSE = 0.001

NOT_CANCELLED = "nothing was cancelled at AWS"

_Value = TypeVar("_Value")
_Progress = TypeVar("_Progress")
_Result = TypeVar("_Result")


class _Carried(TypedDict):
    operations: Operations
    ids: tuple[str, ...]
    elapsed: float


class Wait(ABC, Generic[_Value, _Progress, _Result]):
    """The state of one wait, and the decisions that follow from it.

    A round is ``begin_round``, calls, ``end_round``. ``next_call`` returns the target
    to fetch now. Report each call with ``succeeded`` or ``failed``; ``next_call`` may
    then return more targets. The round is over when ``next_call`` returns None and no
    call is in flight.
    """

    _value_type: type

    def __init__(
        self,
        targets: Iterable[str],
        schedule: Schedule,
        stopwatch: Stopwatch | None = None,
    ) -> None:
        self.schedule = schedule
        self.stopwatch = stopwatch or Stopwatch(schedule.clock)
        self.polls: int = 0
        self.calls: int = 0
        # The targets that are not terminal, the least recently fetched first. Those in
        # flight are left out.
        self._pending = deque(targets)
        # Of the current round:
        self._not_fetched = 0
        self._in_flight = 0
        self._became_terminal = 0
        self._still_pending = 0  # includes the targets whose call failed
        self._backoff = Backoff()
        # Whether the pause before this round was cut to the deadline.
        self._is_last_round = False
        self._timed_out = False
        self._transient_error: Exception | None = None  # the last one
        self._permanent_error: Exception | None = None

    @abstractmethod
    def _target_of(self, value: _Value) -> str:
        """Return the target that a value belongs to."""

    @abstractmethod
    def _record(self, value: _Value) -> bool:
        """Store a fetched value, and return whether it is terminal."""

    @abstractmethod
    def progress(self) -> _Progress:
        """Return the argument for ``on_poll``."""

    @abstractmethod
    def _result(self) -> _Result:
        """Return the result once all targets are terminal, or raise if one failed."""

    @property
    @abstractmethod
    def operations(self) -> Operations:
        """The known operations, which the result and every error carry."""

    @property
    @abstractmethod
    def ids(self) -> tuple[str, ...]:
        """The ids of all operations, including those that are not known yet."""

    @property
    @abstractmethod
    def _unfinished(self) -> str:
        """A short text that says what has not finished, for error messages."""

    @property
    @abstractmethod
    def description(self) -> str:
        """A text that names what is waited for, with all that is needed to resume."""

    @property
    def elapsed(self) -> float:
        """Seconds since this wait began."""
        return self.stopwatch.elapsed

    def limits(self, target: str) -> bool:  # noqa: ARG002 (for subclasses)
        """Whether the call for a target may have to be abandoned."""
        schedule = self.schedule
        return schedule.timeout < math.inf or schedule.cancel is not None

    @property
    def time_for_call(self) -> float:
        """The seconds that a call may take now, which is more than none at the end."""
        return max(self.schedule.timeout - self.elapsed, _SHORTEST_CALL)

    @property
    def is_over(self) -> bool:
        """Whether the outcome is known."""
        return (
            not self._pending
            or self._permanent_error is not None
            or self._timed_out
            or self.schedule.is_cancelled
        )

    def begin_round(self) -> None:
        """Start a round, in which each pending target is fetched at most once."""
        self.polls += 1
        self._not_fetched = len(self._pending)
        self._became_terminal = 0
        self._still_pending = 0

    def next_call(self) -> str | None:
        """Return the target to fetch now, or None if there is none at the moment."""
        enough = 1 if self._at_deadline else self.schedule.pending_per_poll
        limit = min(
            enough - self._still_pending + self._became_terminal,
            self._backoff.reduce_concurrency(self.schedule.max_concurrency),
        )
        if (
            not self._not_fetched
            or self._permanent_error is not None
            or self._still_pending >= enough
            or self._in_flight >= limit
            or self.schedule.is_cancelled
        ):
            return None
        self._not_fetched -= 1
        self._in_flight += 1
        self.calls += 1
        return self._pending.popleft()

    def succeeded(self, target: str, value: _Value) -> None:
        """Record the value that a call returned."""
        if not isinstance(value, self._value_type):
            given, wanted = type(value).__name__, self._value_type.__name__
            message = f"fetching {target!r} returned a {given}, not an {wanted}"
            self.failed(target, TypeError(message))
            return
        fetched = self._target_of(value)
        if fetched != target:
            self.failed(target, wrong_subject(target, fetched, value))
        elif self._record(value):
            self._in_flight -= 1
            self._became_terminal += 1
        else:
            self._requeue(target)

    def failed(self, target: str, error: Exception) -> None:
        """Record the error that a call raised."""
        self._requeue(target)
        if self._is_transient(error):
            self._transient_error = error
            self._backoff.record_error(error, self.elapsed)
        else:
            self._permanent_error = error

    def end_round(self) -> None:
        """End a round; the wait times out if the deadline has passed."""
        self._timed_out = self._at_deadline
        self._backoff.end_round()

    def pause(self, retry_state: RetryCallState) -> float:
        """Return the seconds until the next round; the last is at the deadline."""
        elapsed = self.elapsed
        # tenacity reads the system clock, but its strategies must see our clock.
        retry_state.start_time = self.stopwatch.started
        retry_state.outcome_timestamp = self.stopwatch.started + elapsed
        left = self.schedule.timeout - elapsed
        pause = self.schedule.pause(retry_state, elapsed)
        pause = max(self._backoff.extend_pause(pause, elapsed), _SHORTEST_PAUSE)
        self._is_last_round = pause >= left
        return min(pause, left)

    def result(self) -> _Result:
        """Return the result of the wait, or raise its error."""
        if not self._pending:
            return self._result()
        if self._permanent_error is not None:
            raise WaitInterruptedError(
                f"{self._unfinished}, and waiting longer will not help: "
                f"{describe(self._permanent_error)}; {NOT_CANCELLED}",
                reason=self._permanent_error,
                **self._carried,
            ) from self._permanent_error
        if self._timed_out:
            error = self._transient_error
            last_error = f" (last error: {describe(error)})" if error else ""
            raise WaitTimeoutError(
                f"{self._unfinished} after {self.schedule.timeout:.10g} s"
                f"{last_error}; {NOT_CANCELLED}",
                timeout=self.schedule.timeout,
                **self._carried,
            ) from error
        raise WaitCancelledError(
            f"{self._unfinished} when the wait was cancelled; {NOT_CANCELLED}",
            **self._carried,
        )

    @property
    def _carried(self) -> _Carried:
        """The arguments that every error of this wait takes."""
        return {
            "operations": self.operations,
            "ids": self.ids,
            "elapsed": self.elapsed,
        }

    @property
    def _at_deadline(self) -> bool:
        return self._is_last_round or self.elapsed >= self.schedule.timeout

    def _requeue(self, target: str) -> None:
        self._pending.append(target)
        self._in_flight -= 1
        self._still_pending += 1

    def _is_transient(self, error: Exception) -> bool:
        """Whether the wait continues after an error."""
        return is_transient(error)
