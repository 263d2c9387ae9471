"""The wait for operations alone, over any function that fetches one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from lightsnap._model.operations import Operation, Operations
from lightsnap._text import wrong_type
from lightsnap._wait.clocks import AsyncClock, Clock, async_clock_or_time, clock_or_time
from lightsnap._wait.loops import run, run_async, watched
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import (
    DEFAULT_MAX_CONCURRENCY,
    DEFAULT_TIMEOUT,
    Cancel,
    PollInterval,
    Schedule,
)
from lightsnap._wait.progress import WaitProgress

_Function = TypeVar("_Function", bound=Callable[[str], object])


class OperationWaiter:
    """The wait for operations alone, over any function that looks one up.

    ``Client.wait`` is this, over calls of ``GetOperation``; use it directly to fetch
    operations in a way of your own.

    Args:
        get_operation: From an operation's id to the operation's current state. What
            it raises counts as trouble that may pass if it is a transient
            TransportError, a ThrottlingError, ServiceError, MalformedResponseError,
            an InvalidInputError that says to try again in a few minutes, or Python's
            own ConnectionError or TimeoutError; any other ends the wait.
        timeout: Seconds or a timedelta; None waits for ever, 0 is one round.
        poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
            wait strategy. By default it grows with the square root of the elapsed
            time, from 2 to 15 seconds, give or take 10 %.
        pending_per_poll: How many operations may answer that they are pending before
            a round ends. More make progress fresher and cost more calls; the end is
            noticed just as early at any value.
        on_poll: Called with a WaitProgress after every round: ``progress()``, say. What
            it raises comes out. If it is a context manager, the wait happens inside.
        cancel: Ends the wait once its ``is_set()`` is true: a threading.Event, say.
        clock: The time; by default the module ``time``.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A time is negative, or a number less than one.
    """

    def __init__(
        self,
        get_operation: Callable[[str], Operation],
        *,
        timeout: float | timedelta | None = DEFAULT_TIMEOUT,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._get_operation = _function("get_operation", get_operation)
        self._clock = clock_or_time(clock)
        self._schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
            clock=self._clock,
        )

    def wait(self, operations: Iterable[Operation | str]) -> Operations:
        """Wait until all have ended, and return them in the order given.

        Args:
            operations: Operations or their ids, each asked once however often it
                stands there. Those that have ended already are not asked again.

        Raises:
            ConstraintError: These are not operations or ids; nothing was asked.
            WaitFailedError: At least one failed; all have ended.
            WaitTimeoutError: ``timeout`` passed first.
            WaitCancelledError: ``cancel`` was set first.
            WaitInterruptedError: A call failed in a way that waiting does not fix.
        """
        wait = OperationsWait(operations, self._schedule)
        with watched(wait):
            return run(wait, self._get_operation, self._clock)


class AsyncOperationWaiter:
    """The wait for operations alone, over any async function that looks one up.

    ``OperationWaiter``, awaitable: the same, but that several calls may be under way at
    once. It runs on asyncio.

    Args:
        get_operation: An async function from an operation's id to the operation as it
            now stands. What it raises counts as trouble that may pass if it is a
            transient TransportError, a ThrottlingError, ServiceError,
            MalformedResponseError, an InvalidInputError that says to try again in a few
            minutes, or Python's own ConnectionError or TimeoutError; any other ends the
            wait.
        timeout: Seconds or a timedelta; None waits for ever, 0 is one round.
        poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
            wait strategy. By default it grows with the square root of the elapsed
            time, from 2 to 15 seconds, give or take 10 %.
        pending_per_poll: How many operations may answer that they are pending before
            a round ends. More make progress fresher and cost more calls; the end is
            noticed just as early at any value.
        on_poll: Called with a WaitProgress after every round, and awaited if it is
            async: ``progress()``, say. What it raises comes out. If it is a context
            manager, the wait happens inside.
        cancel: Ends the wait once its ``is_set()`` is true: an asyncio.Event, say.
        max_concurrency: How many calls may be under way at once. They become more than
            one only while answers say that operations have ended.
        clock: The time; by default that of the event loop.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A time is negative, or a number less than one.
    """

    def __init__(
        self,
        get_operation: Callable[[str], Awaitable[Operation]],
        *,
        timeout: float | timedelta | None = DEFAULT_TIMEOUT,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
        max_concurrency: int = DEFAULT_MAX_CONCURRENCY,
        clock: AsyncClock | None = None,
    ) -> None:
        self._get_operation = _function("get_operation", get_operation)
        self._clock = async_clock_or_time(clock)
        self._schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
            clock=self._clock,
            max_concurrency=max_concurrency,
        )

    async def wait(self, operations: Iterable[Operation | str]) -> Operations:
        """Wait until all have ended, and return them in the order given.

        Args:
            operations: Operations or their ids, each asked once however often it
                stands there. Those that have ended already are not asked again.

        Raises:
            ConstraintError: These are not operations or ids; nothing was asked.
            WaitFailedError: At least one failed; all have ended.
            WaitTimeoutError: ``timeout`` passed first.
            WaitCancelledError: ``cancel`` was set first.
            WaitInterruptedError: A call failed in a way that waiting does not fix.
        """
        wait = OperationsWait(operations, self._schedule)
        with watched(wait):
            return await run_async(wait, self._get_operation, self._clock)


def _function(name: str, value: _Function) -> _Function:
    if not callable(value):
        expected = "a function from an id to an Operation"
        raise TypeError(wrong_type(name, value, expected))
    return value
