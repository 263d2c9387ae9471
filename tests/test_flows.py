"""Flows, and how drivers perform their steps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, NoReturn, cast

import pytest

from lightsnap import Client
from lightsnap._flows.steps import Connect, Flow, Steps


def recording(seen: list[BaseException], steps: int = 1) -> Flow[str]:
    for _ in range(steps):
        try:
            yield Connect()
        except BaseException as error:
            seen.append(error)
            raise
    return "result"


def test_a_flow_returns_its_result_after_its_last_step() -> None:
    with Steps(recording([], steps=2)) as steps:
        while steps.step is not None:
            steps.succeeded(None)

    assert steps.result == "result"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError()])
def test_an_exception_between_two_steps_ends_the_flow_too(error: BaseException) -> None:
    seen: list[BaseException] = []

    with pytest.raises(type(error)) as caught, Steps(recording(seen)):
        raise error

    assert caught.value is error
    assert seen == [error]


def test_an_error_of_a_step_reaches_the_flow_once() -> None:
    seen: list[BaseException] = []
    error = ValueError("a step")

    with pytest.raises(ValueError, match="a step"), Steps(recording(seen)) as steps:
        steps.failed(error)

    assert seen == [error]


def test_a_flow_that_handles_an_interruption_as_a_failed_call_still_ends() -> None:
    seen: list[BaseException] = []
    error = TimeoutError("raised by a signal handler")

    def two_calls() -> Flow[None]:
        with suppress(TimeoutError):
            yield Connect()
        yield from recording(seen)

    with pytest.raises(TimeoutError) as caught, Steps(two_calls()):
        raise error

    assert caught.value is error
    assert seen == [error]


def test_a_stop_iteration_from_a_step_propagates() -> None:
    class Exhausted:
        def get_operation(self, **_: object) -> NoReturn:
            raise stop

    stop = StopIteration("an exhausted mock")

    with pytest.raises(StopIteration) as caught:
        Client(cast("Any", Exhausted())).get_operation("a")

    assert caught.value is stop
