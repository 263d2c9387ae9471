"""The loops that wait: they ask, tell a ``Wait`` the answers, and sleep as it says.

There are two of each, for calls that block and for calls that are awaited. What they do
besides asking and sleeping, they share.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from lightsnap._log import logger
from lightsnap._text import add_note, describe
from lightsnap._wait.clocks import AsyncClock, Clock
from lightsnap._wait.machine import NOT_CANCELLED, Wait

if TYPE_CHECKING:
    import asyncio

_Answer = TypeVar("_Answer")
_Progress = TypeVar("_Progress")
_Result = TypeVar("_Result")


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
            describe(error),
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
            add_note(error, f"and on_poll could not exit: {describe(trouble)}")
        raise
    with _noted(wait):
        on_poll.__exit__(None, None, None)


def _log_answer(answer: object) -> None:
    logger().debug("answered: %r", answer)


def _log_trouble(subject: str, error: Exception) -> None:
    logger().info("asking for %s failed: %s", subject, describe(error))
