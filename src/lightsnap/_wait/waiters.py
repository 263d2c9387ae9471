"""Wait for operations with any function that fetches one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from lightsnap._model.operations import Operation, Operations
from lightsnap._wait.clocks import AsyncClock, Clock, async_clock_or_time, clock_or_time
from lightsnap._wait.loops import on_poll_context, run, run_async
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import (
    Cancel,
    PollInterval,
    Schedule,
    is_async_function,
)
from lightsnap._wait.progress import WaitProgress
from lightsnap.errors import wrong_type

_Function = TypeVar("_Function", bound=Callable[[str], object])


class OperationWaiter:
    """Waits for operations with any function that fetches one.

    ``Client.wait`` does the same with ``GetOperation``. Use this class to fetch
    operations in another way.

    Args:
        get_operation: A function from an operation's id to its current state. These of
            its exceptions are transient: TransportError unless it says otherwise,
            ThrottlingError, ServiceError, MalformedResponseError, an InvalidInputError
            that says to try again in a few minutes, and Python's ConnectionError and
            TimeoutError. Any other ends the wait.
        timeout: Seconds or a timedelta; None never times out, 0 polls once.
        poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
            wait strategy. By default it grows with the square root of the elapsed
            time, from 2 to 15 seconds, with a jitter of 10 %.
        pending_per_poll: How many operations that are still pending end a round. A
            higher number gives fresher progress for more calls; it does not notice the
            end any earlier.
        on_poll: Called with a WaitProgress after every round, such as ``progress()``.
            Its exceptions propagate. If it is a context manager, the wait enters it.
        cancel: Ends the wait when its ``is_set()`` is true: a threading.Event.
        clock: The clock; by default the module ``time``.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A duration is negative, or a number less than one.
    """

    def __init__(
        self,
        get_operation: Callable[[str], Operation],
        *,
        timeout: float | timedelta | None = 1800.0,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._get_operation = _function("get_operation", get_operation)
        if is_async_function(get_operation):
            expected = "a function that is not async"
            raise TypeError(wrong_type("get_operation", get_operation, expected))
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
        """Wait until all operations are terminal, and return them in the order given.

        Args:
            operations: Operations or their ids. Duplicates are polled once, terminal
                operations not at all.

        Raises:
            ConstraintError: These are not operations or ids; nothing was fetched.
            WaitFailedError: An operation failed; all are terminal.
            WaitTimeoutError: ``timeout`` passed.
            WaitCancelledError: ``cancel`` was set.
            WaitInterruptedError: ``get_operation`` raised a permanent error.
        """
        wait = OperationsWait(operations, self._schedule)
        with on_poll_context(wait):
            return run(wait, self._get_operation, self._clock)


class AsyncOperationWaiter:
    """Waits for operations with any async function that fetches one.

    The awaitable twin of ``OperationWaiter``, for asyncio. Several calls may be in
    flight at once.

    Args:
        get_operation: An async function from an operation's id to its current state.
            These of its exceptions are transient: TransportError unless it says
            otherwise, ThrottlingError, ServiceError, MalformedResponseError, an
            InvalidInputError that says to try again in a few minutes, and Python's
            ConnectionError and TimeoutError. Any other ends the wait.
        timeout: Seconds or a timedelta; None never times out, 0 polls once.
        poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
            wait strategy. By default it grows with the square root of the elapsed
            time, from 2 to 15 seconds, with a jitter of 10 %.
        pending_per_poll: How many operations that are still pending end a round. A
            higher number gives fresher progress for more calls; it does not notice the
            end any earlier.
        on_poll: Called with a WaitProgress after every round, such as ``progress()``,
            and awaited if it is async. Its exceptions propagate. If it is a context
            manager, the wait enters it.
        cancel: Ends the wait when its ``is_set()`` is true: an asyncio.Event.
        max_concurrency: How many calls may be in flight at once. There are more than
            ``pending_per_poll`` only while responses report terminal operations.
        clock: The clock; by default that of the event loop.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A duration is negative, or a number less than one.
    """

    def __init__(
        self,
        get_operation: Callable[[str], Awaitable[Operation]],
        *,
        timeout: float | timedelta | None = 1800.0,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
        max_concurrency: int = 10,
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
            is_async=True,
        )

    async def wait(self, operations: Iterable[Operation | str]) -> Operations:
        """Wait until all operations are terminal, and return them in the order given.

        Args:
            operations: Operations or their ids. Duplicates are polled once, terminal
                operations not at all.

        Raises:
            ConstraintError: These are not operations or ids; nothing was fetched.
            WaitFailedError: An operation failed; all are terminal.
            WaitTimeoutError: ``timeout`` passed.
            WaitCancelledError: ``cancel`` was set.
            WaitInterruptedError: ``get_operation`` raised a permanent error.
        """
        wait = OperationsWait(operations, self._schedule)
        with on_poll_context(wait):
            return await run_async(wait, self._get_operation, self._clock)


def _function(name: str, value: _Function) -> _Function:
    if not callable(value):
        expected = "a function from an id to an Operation"
        raise TypeError(wrong_type(name, value, expected))
    return value
