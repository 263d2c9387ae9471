"""The state of a wait: whom to ask next, when to stop, and with what outcome.

Here is decided and nothing done: no call, no sleep. ``waiting`` does what this decides.

In a *round*, pending subjects are asked, the least recently asked first, until enough
of them (``pending_per_poll``) answered that they are still pending. An answer that one
has ended is free: the round goes on. So N operations over R rounds cost at most
N + pending_per_poll * R calls, and the end is noticed as early as if all were asked.

Several calls may be under way at once, up to ``max_concurrency``. A round begins with
as many as it needs pending answers, and each answer that one has ended makes room for
one more. So the calls that turn out to be too many are fewer than ``max_concurrency``,
and there are none in a round in which nothing ended.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from lightsnap._model.operations import Carried, Operations
from lightsnap._text import describe
from lightsnap._wait.backoff import SlowDown
from lightsnap._wait.errors import (
    WaitCancelledError,
    WaitInterruptedError,
    WaitTimeoutError,
)
from lightsnap._wait.options import Schedule
from lightsnap.errors import (
    MalformedResponseError,
    is_transient,
)

if TYPE_CHECKING:
    from tenacity import RetryCallState

NOT_CANCELLED = "nothing was cancelled at AWS"

_Answer = TypeVar("_Answer")
_Progress = TypeVar("_Progress")
_Result = TypeVar("_Result")


class Wait(ABC, Generic[_Answer, _Progress, _Result]):
    """One wait: what it knows, and what it decides from that.

    A round is ``begin_round``, then calls, then ``end_round``. ``next_call`` says whom
    to ask now; each call ends in ``answered`` or ``failed``, after which ``next_call``
    may say more. The round is over when it says None and no call is under way.
    """

    _answer_type: ClassVar[type]

    def __init__(
        self, subjects: Iterable[str], schedule: Schedule, started: float | None = None
    ) -> None:
        self.schedule = schedule
        self.started: float = schedule.clock.monotonic() if started is None else started
        self.polls: int = 0
        self.calls: int = 0
        # The subjects that have not ended, the least recently asked first.
        self._pending = deque(subjects)
        # Of this round: subjects not asked yet; calls under way; subjects that ended;
        # pending answers and failed calls.
        self._unasked = 0
        self._under_way = 0
        self._ended = 0
        self._unsettled = 0
        self._slow_down = SlowDown(schedule.clock)
        # Whether the pause before this round was cut to the deadline.
        self._last_round = False
        self._timed_out = False
        self._trouble: Exception | None = None
        self._reason: Exception | None = None

    @abstractmethod
    def _subject_of(self, answer: _Answer) -> str:
        """Whom an answer speaks of."""

    @abstractmethod
    def _take_in(self, answer: _Answer) -> bool:
        """Keep an answer, and tell whether its subject has ended."""

    @abstractmethod
    def progress(self) -> _Progress:
        """What ``on_poll`` is given."""

    @abstractmethod
    def _result(self) -> _Result:
        """The outcome once every subject has ended; raises if that is no success."""

    @property
    @abstractmethod
    def operations(self) -> Operations:
        """The operations that every way out of this wait carries."""

    @property
    @abstractmethod
    def ids(self) -> tuple[str, ...]:
        """The ids of those operations, and of those that never answered."""

    @property
    @abstractmethod
    def _unfinished(self) -> str:
        """What has not come about, in short."""

    @property
    @abstractmethod
    def awaited(self) -> str:
        """What is waited for, with all that it takes to wait again."""

    @property
    def elapsed(self) -> float:
        """Seconds since this wait began."""
        return self.schedule.clock.monotonic() - self.started

    @property
    def is_over(self) -> bool:
        """Whether there is an outcome."""
        return (
            not self._pending
            or self._reason is not None
            or self._timed_out
            or self.schedule.is_cancelled
        )

    def begin_round(self) -> None:
        """Begin to ask, at most once a round, each that is pending."""
        self.polls += 1
        self._unasked = len(self._pending)
        self._ended = 0
        self._unsettled = 0

    def next_call(self) -> str | None:
        """Whom to ask now; None as long as nobody is to be asked."""
        enough = 1 if self._at_deadline else self.schedule.pending_per_poll
        room = min(
            enough - self._unsettled + self._ended,
            self._slow_down.reduce(self.schedule.max_concurrency),
        )
        if (
            not self._unasked
            or self._reason is not None
            or self._unsettled >= enough
            or self._under_way >= room
            or self.schedule.is_cancelled
        ):
            return None
        self._unasked -= 1
        self._under_way += 1
        self.calls += 1
        return self._pending.popleft()

    def answered(self, subject: str, answer: _Answer) -> None:
        """Take in the answer of a call."""
        if not isinstance(answer, self._answer_type):
            given, wanted = type(answer).__name__, self._answer_type.__name__
            message = f"asked for {subject!r}, it returned a {given}, not an {wanted}"
            self.failed(subject, TypeError(message))
            return
        speaks_of = self._subject_of(answer)
        if speaks_of != subject:
            message = f"the answer for {subject!r} speaks of {speaks_of!r}"
            self.failed(subject, MalformedResponseError(message, payload=answer))
        elif self._take_in(answer):
            self._under_way -= 1
            self._ended += 1
        else:
            self._ask_again(subject)

    def failed(self, subject: str, error: Exception) -> None:
        """Take in the error of a call."""
        self._ask_again(subject)
        if self._may_pass(error):
            self._trouble = error
            self._slow_down.heed(error)
        else:
            self._reason = error

    def end_round(self) -> None:
        """Find out whether the time is over."""
        self._timed_out = self._at_deadline
        self._slow_down.end_round()

    def pause(self, retry_state: RetryCallState) -> float:
        """Seconds until the next round: the last one runs at the deadline."""
        elapsed = self.elapsed
        # tenacity reads the time by itself; its strategies shall see ours.
        retry_state.start_time = self.started
        retry_state.outcome_timestamp = self.started + elapsed
        left = self.schedule.timeout - elapsed
        pause = self._slow_down.stretch(self.schedule.pause(retry_state, elapsed))
        self._last_round = pause >= left
        return min(pause, left)

    def result(self) -> _Result:
        """Return the outcome, or raise it."""
        if not self._pending:
            return self._result()
        if self._reason is not None:
            raise WaitInterruptedError(
                f"{self._unfinished}, and waiting longer will not help: "
                f"{describe(self._reason)}; {NOT_CANCELLED}",
                reason=self._reason,
                **self._carried,
            ) from self._reason
        if self._timed_out:
            trouble = self._trouble
            last_trouble = f" (last trouble: {describe(trouble)})" if trouble else ""
            raise WaitTimeoutError(
                f"{self._unfinished} within {self.schedule.timeout:.10g} s"
                f"{last_trouble}; {NOT_CANCELLED}",
                timeout=self.schedule.timeout,
                **self._carried,
            ) from trouble
        raise WaitCancelledError(
            f"{self._unfinished} when the wait was cancelled; {NOT_CANCELLED}",
            **self._carried,
        )

    @property
    def _carried(self) -> Carried:
        """What every error of this wait carries."""
        return {
            "operations": self.operations,
            "ids": self.ids,
            "elapsed": self.elapsed,
        }

    @property
    def _at_deadline(self) -> bool:
        return self._last_round or self.elapsed >= self.schedule.timeout

    def _ask_again(self, subject: str) -> None:
        self._pending.append(subject)
        self._under_way -= 1
        self._unsettled += 1

    def _may_pass(self, error: Exception) -> bool:
        """Whether to ask again after an error."""
        return is_transient(error)
