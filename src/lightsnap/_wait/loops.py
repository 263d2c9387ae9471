"""The loops that run a ``Wait``: they make its calls and sleep between its rounds.

There is a blocking and an async loop. Logging, notes on exceptions, and entering an
``on_poll`` that is a context manager are shared.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from lightsnap._log import logger
from lightsnap._text import add_note, describe
from lightsnap._wait.clocks import AsyncClock, Clock
from lightsnap._wait.limits import abandoned
from lightsnap._wait.machine import NOT_CANCELLED, Wait
from lightsnap._wait.options import CANCEL_CHECK_INTERVAL, is_awaitable

if TYPE_CHECKING:
    import asyncio

_Value = TypeVar("_Value")
_Progress = TypeVar("_Progress")
_Result = TypeVar("_Result")


def run(
    wait: Wait[_Value, _Progress, _Result],
    fetch: Callable[[str], _Value],
    clock: Clock,
) -> _Result:
    """Run a wait to its end.

    Args:
        wait: The wait.
        fetch: Returns the current value of a target.
        clock: The clock to sleep on.
    """
    from tenacity import Retrying, retry_if_result  # noqa: PLC0415 (on first use)

    def sleep(seconds: float) -> None:
        for part in wait.schedule.split_sleep(seconds):
            clock.sleep(part)
            wait.stopwatch.slept += part

    with _logged(wait):
        with _note_on_error(wait):
            for each in Retrying(
                retry=retry_if_result(lambda is_over: not is_over),
                wait=wait.pause,
                sleep=sleep,
            ):
                # Not inside ``with each``, which would act on a TryAgain from on_poll.
                # The wait is over already if nothing is pending or it was cancelled.
                if not wait.is_over:
                    _poll(wait, fetch)
                    if is_awaitable(_call_on_poll(wait)):
                        message = "on_poll returned an awaitable: give a plain function"
                        raise TypeError(message)
                each.retry_state.set_result(wait.is_over)
        return wait.result()


def _poll(wait: Wait[_Value, Any, Any], fetch: Callable[[str], _Value]) -> None:
    """Run one round."""
    wait.begin_round()
    while (target := wait.next_call()) is not None:
        try:
            value = fetch(target)
            is_awaitable(value)  # closes a coroutine, which is of the wrong type
        except Exception as error:  # noqa: BLE001 (the wait decides)
            _log_error(target, error)
            wait.failed(target, error)
        else:
            _log_value(value)
            wait.succeeded(target, value)
    wait.end_round()


async def run_async(
    wait: Wait[_Value, _Progress, _Result],
    fetch: Callable[[str], Awaitable[_Value]],
    clock: AsyncClock,
) -> _Result:
    """Run a wait to its end; the async form of ``run``."""
    from inspect import isawaitable  # noqa: PLC0415 (on first use)

    from tenacity import AsyncRetrying, retry_if_result  # noqa: PLC0415 (on first use)

    async def sleep(seconds: float) -> None:
        for part in wait.schedule.split_sleep(seconds):
            await clock.sleep(part)
            wait.stopwatch.slept += part

    with _logged(wait):
        with _note_on_error(wait):
            async for each in AsyncRetrying(
                retry=retry_if_result(lambda is_over: not is_over),
                wait=wait.pause,
                sleep=sleep,
            ):
                if not wait.is_over:
                    await _poll_async(wait, fetch)
                    returned = _call_on_poll(wait)
                    if isawaitable(returned):
                        await returned
                each.retry_state.set_result(wait.is_over)
        return wait.result()


async def _poll_async(
    wait: Wait[_Value, Any, Any], fetch: Callable[[str], Awaitable[_Value]]
) -> None:
    """Run one round, with several calls in flight at once."""
    import asyncio  # noqa: PLC0415 (only async code needs it)

    wait.begin_round()
    in_flight: dict[asyncio.Task[None], str] = {}
    cancelled: set[asyncio.Task[None]] = set()
    try:
        while True:
            while (target := wait.next_call()) is not None:
                fetching = _fetch_async(wait, fetch, target)
                in_flight[asyncio.create_task(fetching)] = target
            if not in_flight:
                break
            done, _ = await asyncio.wait(
                in_flight,
                timeout=CANCEL_CHECK_INTERVAL if wait.schedule.cancel else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                del in_flight[task]
                if task not in cancelled:
                    task.result()  # raises a BaseException, such as CancelledError
            if wait.schedule.is_cancelled:
                cancelled = {each for each in in_flight if wait.limits(in_flight[each])}
                for task in cancelled:
                    task.cancel()
    finally:
        for task in in_flight:
            task.cancel()
        await asyncio.gather(*in_flight, return_exceptions=True)
    wait.end_round()


async def _fetch_async(
    wait: Wait[_Value, Any, Any], fetch: Callable[[str], Any], target: str
) -> None:
    """Fetch a target within the time that is left, and report to the wait."""
    import asyncio  # noqa: PLC0415 (only async code needs it)
    from inspect import isawaitable  # noqa: PLC0415 (on first use)

    scope = asyncio.timeout(wait.time_for_call if wait.limits(target) else None)
    try:
        async with scope:
            fetched = fetch(target)
            value = await fetched if isawaitable(fetched) else fetched
    except asyncio.CancelledError:
        wait.failed(target, abandoned())
        raise
    except Exception as error:  # noqa: BLE001 (the wait decides)
        reported = abandoned() if scope.expired() else error
        _log_error(target, reported)
        wait.failed(target, reported)
    else:
        _log_value(value)
        wait.succeeded(target, value)


def _call_on_poll(wait: Wait[Any, Any, Any]) -> object:
    on_poll = wait.schedule.on_poll
    if on_poll is None:
        return None
    try:
        return on_poll(wait.progress())
    except StopIteration as error:  # which no coroutine can raise
        raise RuntimeError("on_poll raised StopIteration") from error


@contextmanager
def _logged(wait: Wait[Any, Any, Any]) -> Generator[None, None, None]:
    """Log how a wait begins and ends."""
    logger().info("waiting for %s", wait.description)
    try:
        yield
    except BaseException as error:
        logger().info(
            "the wait ended after %.1f s and %d calls: %s; to resume, wait for %s",
            wait.elapsed,
            wait.calls,
            describe(error),
            wait.description,
        )
        raise
    logger().info(
        "the wait succeeded after %.1f s and %d calls: %s",
        wait.elapsed,
        wait.calls,
        wait.description,
    )


@contextmanager
def _note_on_error(wait: Wait[Any, Any, Any]) -> Generator[None, None, None]:
    """Add a note to an exception from outside, such as Ctrl-C, that names the wait."""
    try:
        yield
    except BaseException as error:
        note = f"lightsnap was waiting for {wait.description}; {NOT_CANCELLED}"
        add_note(error, note)
        raise


def on_poll_context(wait: Wait[Any, Any, Any]) -> AbstractContextManager[None]:
    """Enter ``on_poll`` around a wait, if it is a context manager."""
    return entered(wait.schedule.on_poll, lambda: _note_on_error(wait))


@contextmanager
def entered(
    on_poll: object, noted: Callable[[], AbstractContextManager[object]] = nullcontext
) -> Generator[None, None, None]:
    """Enter ``on_poll``, if it is a context manager, within one that adds notes.

    It can neither suppress nor replace an error from within.
    """
    if not isinstance(on_poll, AbstractContextManager):
        yield
        return
    with noted():
        on_poll.__enter__()
    try:
        yield
    except BaseException as error:
        try:
            on_poll.__exit__(type(error), error, error.__traceback__)
        except Exception as second:  # noqa: BLE001 (the first error matters more)
            add_note(error, f"then on_poll failed to exit: {describe(second)}")
        raise
    with noted():
        on_poll.__exit__(None, None, None)


def _log_value(value: object) -> None:
    logger().debug("fetched %r", value)


def _log_error(target: str, error: Exception) -> None:
    logger().info("fetching %s failed: %s", target, describe(error))
