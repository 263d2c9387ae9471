"""Flows, and how drivers perform their steps."""

from __future__ import annotations

import asyncio

import pytest

from lightsnap import Client
from lightsnap._flows.steps import Connect, Flow, Steps
from tests.documented import PENDING
from tests.stub import Answer, Stub


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


def test_a_stop_iteration_from_on_poll_propagates(
    stub: Stub, stub_client: Client
) -> None:
    stub.on("GetOperation", Answer({"operation": PENDING.to_dict()}))
    stop = StopIteration("from the caller")

    def on_poll(_: object) -> None:
        raise stop

    with pytest.raises(StopIteration) as caught:
        stub_client.wait([PENDING], on_poll=on_poll, timeout=0)

    assert caught.value is stop
