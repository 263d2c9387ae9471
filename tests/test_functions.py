"""Functions that a wait calls: found before anything is sent if they cannot work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lightsnap import (
    AccessDeniedError,
    AsyncOperationWaiter,
    Client,
    InvalidInputError,
    Operation,
    OperationWaiter,
    WaitInterruptedError,
)
from lightsnap._clients import client as client_module
from lightsnap.testing import FakeClock
from tests.documented import SUCCEEDED
from tests.stub import Stub, error


async def is_set() -> bool:
    return False


async def on_poll(_: object) -> None:
    raise AssertionError


class AsyncCallable:
    async def __call__(self, _: object) -> None:
        raise AssertionError


def raises(_: object) -> float:
    raise RuntimeError


async def interval(_: object) -> float:
    raise AssertionError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cancel": SimpleNamespace(is_set=is_set)}, "cancel is of type"),
        ({"on_poll": on_poll}, "on_poll is of type function: give a function that is"),
        ({"on_poll": AsyncCallable()}, "on_poll is of type AsyncCallable"),
        ({"poll_interval": lambda: 5}, "poll_interval cannot be called"),
        ({"poll_interval": raises}, "poll_interval cannot be called"),
        ({"poll_interval": interval}, "poll_interval is of type coroutine"),
    ],
)
def test_functions_that_cannot_work_are_refused_before_anything_is_sent(
    stub: Stub, stub_client: Client, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        stub_client.snapshot_instance("WordPress-1", **options)

    assert stub.requests == []


async def get_operation(_: str) -> Operation:
    return SUCCEEDED


def test_a_waiter_refuses_an_async_function() -> None:
    function: Any = get_operation
    with pytest.raises(TypeError, match=r"^get_operation is of type function"):
        OperationWaiter(function)


def test_an_async_waiter_takes_a_plain_function() -> None:
    function: Any = lambda _: SUCCEEDED  # noqa: E731
    ended = asyncio.run(AsyncOperationWaiter(function).wait([SUCCEEDED.id]))

    assert list(ended) == [SUCCEEDED]


def test_an_awaitable_from_a_plain_on_poll_is_refused() -> None:
    def returns_awaitable(progress: object) -> object:
        return on_poll(progress)

    waiter = OperationWaiter(lambda _: SUCCEEDED, on_poll=returns_awaitable)

    with pytest.raises(TypeError, match=r"^on_poll returned an awaitable"):
        waiter.wait([SUCCEEDED.id])


def stop(_: object) -> None:
    raise StopIteration


def wait_with_stop() -> object:
    return OperationWaiter(lambda _: SUCCEEDED, on_poll=stop).wait([SUCCEEDED.id])


def wait_async_with_stop() -> object:
    waiter = AsyncOperationWaiter(get_operation, on_poll=stop)
    return asyncio.run(waiter.wait([SUCCEEDED.id]))


@pytest.mark.parametrize("wait", [wait_with_stop, wait_async_with_stop])
def test_stop_iteration_from_on_poll_is_the_same_in_both_waiters(
    wait: Callable[[], object],
) -> None:
    with pytest.raises(RuntimeError, match="raised StopIteration") as caught:
        wait()

    assert SUCCEEDED.id in caught.value.__notes__[0]


@pytest.mark.parametrize("retries", [0, 1])
def test_a_refusal_of_a_client_without_events_is_reconciled_only_after_a_retry(
    retries: int,
) -> None:
    fetched: list[str] = []

    def refuse(**_: object) -> object:
        response: Any = {
            "Error": {"Code": "InvalidInputException", "Message": "in use"},
            "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": retries},
        }
        raise ClientError(response, "CreateInstanceSnapshot")

    def fetch(*, resourceName: str) -> object:  # noqa: N803 (boto3's name)
        fetched.append(resourceName)
        return {"operations": []}

    wrapper: Any = SimpleNamespace(
        create_instance_snapshot=refuse, get_operations_for_resource=fetch
    )
    with pytest.raises(InvalidInputError):
        Client(wrapper).create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="S-1"
        )

    assert fetched == ["S-1", "WordPress-1"] * retries


def test_an_error_that_is_permanent_ends_a_wait_for_an_instance(stub: Stub) -> None:
    stub.on("GetInstance", error("AccessDeniedException", "no"))
    client = Client(region_name="us-west-2", endpoint_url=stub.url, clock=FakeClock())

    with pytest.raises(WaitInterruptedError) as caught:
        client.wait_until_running("WordPress-1")

    assert isinstance(caught.value.reason, AccessDeniedError)


def test_what_is_done_around_a_fork_leaves_no_lock_held(stub: Stub) -> None:
    client = Client(region_name="us-west-2", endpoint_url=stub.url)
    built = client._connect()

    client_module._before_fork()
    assert client._lock.locked()
    client_module._after_fork()
    assert not client._lock.locked()
    assert client._connect() is built

    client_module._before_fork()
    client_module._after_fork_in_child()
    assert not client._lock.locked()
    assert client._connect() is not built
