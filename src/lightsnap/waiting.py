"""The loops that wait: they ask, tell a ``Wait`` the answers, and sleep as it says.

There are two of each, for calls that block and for calls that are awaited. What they do
besides asking and sleeping, they share.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from lightsnap._log import logger
from lightsnap.errors import add_note, in_words
from lightsnap.models import Operation, Operations
from lightsnap.polling import WaitProgress
from lightsnap.schedule import (
    DEFAULT_TIMEOUT,
    AsyncClock,
    Cancel,
    Clock,
    PollInterval,
    Schedule,
    async_clock_or_time,
    clock_or_time,
)
from lightsnap.state import NOT_CANCELLED, OperationsWait, Wait

if TYPE_CHECKING:
    import asyncio

DEFAULT_MAX_CONCURRENCY = 10
"""Calls that an awaited wait may have under way at once, unless told otherwise."""

_Answer = TypeVar("_Answer")
_Progress = TypeVar("_Progress")
_Result = TypeVar("_Result")
_Function = TypeVar("_Function", bound=Callable[[str], object])


def run(
    wait: Wait[_Answer, _Progress, _Result],
    ask: Callable[[str], _Answer],
    clock: Clock,
) -> _Result:
    """Carry a wait out: ask, tell it the answers, and sleep in between."""
    from tenacity import Retrying, retry_if_result  # noqa: PLC0415 (on first use)

    def sleep(seconds: float) -> None:
        for nap in wait.schedule.naps(seconds):
            clock.sleep(nap)

    with _told(wait):
        with _noted(wait):
            for each in Retrying(
                retry=retry_if_result(lambda is_over: not is_over),
                wait=wait.pause,
                sleep=sleep,
            ):
                # Not in a ``with each``: it would take a TryAgain for its own.
                if not wait.is_over:  # as it is with nothing to ask, or once cancelled
                    _poll(wait, ask)
                    if wait.schedule.on_poll is not None:
                        wait.schedule.on_poll(wait.progress())
                each.retry_state.set_result(wait.is_over)
        return wait.result()


def _poll(wait: Wait[_Answer, Any, Any], ask: Callable[[str], _Answer]) -> None:
    """Carry one round out."""
    wait.begin_round()
    while (subject := wait.next_call()) is not None:
        try:
            answer = ask(subject)
        except Exception as error:  # noqa: BLE001 (the wait decides on it)
            _log_trouble(subject, error)
            wait.failed(subject, error)
        else:
            _log_answer(answer)
            wait.answered(subject, answer)
    wait.end_round()


async def run_async(
    wait: Wait[_Answer, _Progress, _Result],
    ask: Callable[[str], Awaitable[_Answer]],
    clock: AsyncClock,
) -> _Result:
    """Carry a wait out: ``run``, awaitable."""
    from inspect import isawaitable  # noqa: PLC0415 (on first use, like the next)

    from tenacity import AsyncRetrying, retry_if_result  # noqa: PLC0415

    async def sleep(seconds: float) -> None:
        for nap in wait.schedule.naps(seconds):
            await clock.sleep(nap)

    with _told(wait):
        with _noted(wait):
            async for each in AsyncRetrying(
                retry=retry_if_result(lambda is_over: not is_over),
                wait=wait.pause,
                sleep=sleep,
            ):
                if not wait.is_over:
                    await _poll_async(wait, ask)
                    if wait.schedule.on_poll is not None:
                        seen = wait.schedule.on_poll(wait.progress())
                        if isawaitable(seen):
                            await seen
                each.retry_state.set_result(wait.is_over)
        return wait.result()


async def _poll_async(
    wait: Wait[_Answer, Any, Any], ask: Callable[[str], Awaitable[_Answer]]
) -> None:
    """Carry one round out, with several calls under way at once."""
    import asyncio  # noqa: PLC0415 (only where somebody awaits)

    async def ask_one(subject: str) -> None:
        try:
            answer = await ask(subject)
        except Exception as error:  # noqa: BLE001 (the wait decides on it)
            _log_trouble(subject, error)
            wait.failed(subject, error)
        else:
            _log_answer(answer)
            wait.answered(subject, answer)

    wait.begin_round()
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            while (subject := wait.next_call()) is not None:
                under_way.add(asyncio.create_task(ask_one(subject)))
            if not under_way:
                break
            ended, under_way = await asyncio.wait(
                under_way, return_when=asyncio.FIRST_COMPLETED
            )
            for task in ended:
                task.result()  # raises what is no Exception, such as a cancellation
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    wait.end_round()


@contextmanager
def _told(wait: Wait[Any, Any, Any]) -> Generator[None, None, None]:
    """Tell the log how a wait begins and ends."""
    logger().info("waiting for %s", wait.awaited)
    try:
        yield
    except BaseException as error:
        logger().info(
            "the wait ended after %.1f s and %d calls: %s; to go on, wait for %s",
            wait.elapsed,
            wait.calls,
            in_words(error),
            wait.awaited,
        )
        raise
    logger().info(
        "the wait ended well after %.1f s and %d calls: %s",
        wait.elapsed,
        wait.calls,
        wait.awaited,
    )


@contextmanager
def _noted(wait: Wait[Any, Any, Any]) -> Generator[None, None, None]:
    """Note on what comes from outside, such as Ctrl-C, which wait it ended."""
    try:
        yield
    except BaseException as error:
        note = f"lightsnap was waiting for {wait.awaited}; {NOT_CANCELLED}"
        add_note(error, note)
        raise


@contextmanager
def watched(wait: Wait[Any, Any, Any]) -> Generator[None, None, None]:
    """Wait inside the context that ``on_poll`` is, if it is one.

    It cannot swallow an error, nor put another in its place.
    """
    on_poll: object = wait.schedule.on_poll
    if not isinstance(on_poll, AbstractContextManager):
        yield
        return
    with _noted(wait):
        on_poll.__enter__()
    try:
        yield
    except BaseException as error:
        try:
            on_poll.__exit__(type(error), error, error.__traceback__)
        except Exception as trouble:  # noqa: BLE001 (it comes second)
            add_note(error, f"and on_poll could not exit: {in_words(trouble)}")
        raise
    with _noted(wait):
        on_poll.__exit__(None, None, None)


def _log_answer(answer: object) -> None:
    logger().debug("answered: %r", answer)


def _log_trouble(subject: str, error: Exception) -> None:
    logger().info("asking for %s failed: %s", subject, in_words(error))


class OperationWaiter:
    """The wait for operations alone, over any function that looks one up.

    ``Client.wait`` is this with ``Client.get_operation``; use it directly to look
    operations up in a way of your own.

    Args:
        get_operation: From an operation's id to the operation as it now stands. What
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
        message = (
            f"{name} is of type {type(value).__name__}: "
            "give a function from an id to an Operation"
        )
        raise TypeError(message)
    return value
