"""Options that cannot work, which are found before anything is sent."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, NoReturn
from unittest.mock import AsyncMock

import pytest
import tenacity

from lightsnap import (
    AsyncOperationWaiter,
    Operation,
    OperationWaiter,
    WaitInterruptedError,
)
from lightsnap._wait.options import Schedule
from lightsnap.testing import FakeClock
from tests.documented import PENDING, SUCCEEDED, WIRE
from tests.stub import Answer, Stub
from tests.twins import ASYNC as ASYNC_TWIN
from tests.twins import SYNC, Twin, for_both, settings


async def async_strategy(_: object) -> float:
    return 1.0


class AsyncStrategy:
    async def __call__(self, _: object) -> float:
        return 1.0


STRATEGIES: dict[str, Any] = {
    "no argument": lambda: 1.0,
    "two arguments": lambda _state, _more: 1.0,
    "a class": tenacity.wait_fixed,
    "None": lambda _: None,
    "text": lambda _: "1",
    "negative": lambda _: -1.0,
    "not a number": lambda _: float("nan"),
    "without end": lambda _: float("inf"),
    "too long": lambda _: 1e12,
    "too long a timedelta": lambda _: timedelta(days=8),
    "async": async_strategy,
    "async object": AsyncStrategy(),
    "of a coroutine": lambda state: async_strategy(state),  # noqa: PLW0108
    "raises": lambda _: 1 / 0,
    "raises StopIteration": lambda _: next(iter(())),
}


async def async_function(_: object = None) -> bool:
    return False


class AsyncCallable:
    async def __call__(self, _: object = None) -> bool:
        return False


def generator(_: object) -> Iterator[None]:
    yield


async def async_generator(_: object) -> AsyncIterator[None]:
    yield


class Cancel:
    """A ``cancel`` whose ``is_set`` is any function."""

    def __init__(self, is_set: Any) -> None:
        self.is_set = is_set


def unreachable() -> NoReturn:
    raise ConnectionError("the flag cannot be read")


CANCELS: dict[str, tuple[Any, type[Exception]]] = {
    "no is_set": (object(), TypeError),
    "async": (Cancel(async_function), TypeError),
    "async object": (Cancel(AsyncCallable()), TypeError),
    "partial": (Cancel(functools.partial(async_function)), TypeError),
    "mock": (Cancel(AsyncMock()), TypeError),
    "returns a coroutine": (Cancel(lambda: async_function()), TypeError),  # noqa: PLW0108
    "argument": (Cancel(lambda _: False), TypeError),
    "property": (Cancel(True), TypeError),
    "unreachable": (Cancel(unreachable), ConnectionError),
}
NEVER: dict[str, Any] = {  # as an on_poll
    "no argument": lambda: None,
    "two arguments": lambda _progress, _more: None,
    "generator": generator,
    "async generator": async_generator,
    "not a function": 5,
}
ASYNC: dict[str, Any] = {
    "async": async_function,
    "async object": AsyncCallable(),
    "bound": AsyncCallable().__call__,
    "partial": functools.partial(async_function),
    "mock": AsyncMock(),
}
CALLS: list[tuple[Any, ...]] = [
    ("snapshot_instance", "WordPress-1"),
    ("wait", ["a"]),
    ("wait_until_available", "S-1"),
]
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])


def assert_refused(
    twin: Twin,
    stub: Stub,
    call: tuple[Any, ...],
    error: type[Exception] | tuple[type[Exception], ...],
    **options: Any,
) -> None:
    with pytest.raises(error):
        twin.call(*call, settings=settings(stub.url), **options)
    assert stub.requests == []
    with pytest.raises(error):
        twin.wait(lambda _: SUCCEEDED, ["b"], **options)


@for_both
@each_call
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_that_cannot_work_is_refused_before_anything_is_sent(
    stub: Stub, twin: Twin, call: tuple[Any, ...], strategy: str
) -> None:
    wrong = (TypeError, ValueError)
    poll_interval = STRATEGIES[strategy]
    assert_refused(twin, stub, call, wrong, poll_interval=poll_interval)


@for_both
@each_call
@pytest.mark.parametrize("cancel", CANCELS)
def test_a_cancel_that_cannot_work_is_refused_before_anything_is_sent(
    stub: Stub, twin: Twin, call: tuple[Any, ...], cancel: str
) -> None:
    value, error = CANCELS[cancel]
    assert_refused(twin, stub, call, error, cancel=value)


@for_both
@each_call
@pytest.mark.parametrize("on_poll", NEVER)
def test_an_on_poll_that_cannot_work_is_refused_before_anything_is_sent(
    stub: Stub, twin: Twin, call: tuple[Any, ...], on_poll: str
) -> None:
    assert_refused(twin, stub, call, TypeError, on_poll=NEVER[on_poll])


@each_call
@pytest.mark.parametrize("on_poll", ASYNC)
def test_an_async_on_poll_is_refused_by_sync_waits(
    stub: Stub, call: tuple[Any, ...], on_poll: str
) -> None:
    assert_refused(SYNC, stub, call, TypeError, on_poll=ASYNC[on_poll])


@pytest.mark.parametrize("on_poll", ASYNC)
def test_an_async_on_poll_is_awaited_by_async_waits(on_poll: str) -> None:
    assert ASYNC_TWIN.wait(
        lambda _: SUCCEEDED, ["b"], on_poll=ASYNC[on_poll]
    ).is_terminal


class WithoutSignature:
    __signature__ = "none"  # inspect raises a TypeError, as it does for some mocks

    def __call__(self, _: object) -> None:
        """Do nothing."""


@for_both
def test_an_on_poll_without_a_signature_is_accepted(twin: Twin) -> None:
    with pytest.raises((TypeError, ValueError)):  # which one depends on the Python
        inspect.signature(WithoutSignature())

    twin.wait(lambda _: SUCCEEDED, ["b"], on_poll=WithoutSignature())


def test_an_on_poll_that_only_returns_an_awaitable_is_refused_when_it_is_called() -> (
    None
):
    with pytest.raises(TypeError, match="on_poll returned an awaitable") as caught:
        SYNC.wait(lambda _: PENDING, ["a"], on_poll=lambda _: async_function())

    (note,) = caught.value.__notes__
    assert note.startswith("lightsnap was waiting for operations a of ")


@pytest.mark.parametrize("get_operation", ASYNC)
def test_an_async_get_operation_is_refused_by_the_sync_waiter(
    get_operation: str,
) -> None:
    with pytest.raises(TypeError, match=r"get_operation is of type .* not async"):
        OperationWaiter(ASYNC[get_operation])


def test_a_get_operation_that_only_returns_a_coroutine_ends_the_wait() -> None:
    get_operation: Any = lambda _: async_function()  # noqa: E731

    with pytest.raises(WaitInterruptedError, match="returned a coroutine") as caught:
        OperationWaiter(get_operation).wait(["a"])

    assert isinstance(caught.value.reason, TypeError)


def test_a_plain_get_operation_serves_the_async_waiter() -> None:
    get_operation: Any = lambda _: SUCCEEDED  # noqa: E731

    assert asyncio.run(AsyncOperationWaiter(get_operation).wait(["b"])).is_terminal


@for_both
def test_a_stop_iteration_from_on_poll_is_a_runtime_error_with_the_ids(
    stub: Stub, twin: Twin
) -> None:
    def stop(_: object) -> NoReturn:
        raise StopIteration("enough")

    stub.on("GetOperation", Answer({"operation": WIRE[0]}))
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        twin.call("wait", [WIRE[0]["id"]], on_poll=stop, settings=settings(stub.url))
    (note,) = caught.value.__notes__
    assert WIRE[0]["id"] in note
    assert "'WordPress-Snapshot-1'" in note

    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        twin.wait(lambda _: PENDING, ["a"], on_poll=stop)
    (note,) = caught.value.__notes__
    assert note.startswith("lightsnap was waiting for operations a")


def test_a_stop_iteration_from_an_async_on_poll_is_a_runtime_error_too() -> None:
    async def stop(_: object) -> NoReturn:
        raise StopIteration("enough")

    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        ASYNC_TWIN.wait(lambda _: PENDING, ["a"], on_poll=stop)
    (note,) = caught.value.__notes__
    assert note.startswith("lightsnap was waiting for operations a")


@for_both
def test_a_strategy_that_fails_later_propagates_with_the_ids(twin: Twin) -> None:
    def fails_later(state: tenacity.RetryCallState) -> float:
        if state.attempt_number > 2:
            raise ValueError("no more pauses")
        return 1.0

    with pytest.raises(ValueError, match="no more pauses") as caught:
        twin.wait(
            lambda _: PENDING, ["a"], poll_interval=fails_later, clock=twin.clock()
        )

    (note,) = caught.value.__notes__
    assert note.startswith("lightsnap was waiting for operations a")


def test_a_cancel_is_asked_once_before_the_wait() -> None:
    asked: list[None] = []

    def is_set() -> bool:
        asked.append(None)
        return False

    Schedule(
        timeout=1,
        poll_interval=None,
        on_poll=None,
        cancel=Cancel(is_set),
        clock=FakeClock(),
    )

    assert len(asked) == 1


@for_both
def test_events_of_either_library_can_cancel(twin: Twin) -> None:
    for cancel in (threading.Event(), asyncio.Event()):
        ended: Operation = twin.wait(lambda _: SUCCEEDED, ["b"], cancel=cancel)[0]
        assert ended.succeeded
