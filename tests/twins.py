"""Call methods of ``Client`` or ``AsyncClient``, in tests that hold for both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeAlias

import botocore.session
import pytest
from attrs import frozen
from botocore.config import Config

from lightsnap import AsyncClient, AsyncOperationWaiter, Client, OperationWaiter
from lightsnap.testing import FakeAsyncClock, FakeClock


@cache
def botocore_session() -> Any:
    """Return one session for all tests, since reading the API's model is slow."""
    return botocore.session.Session()


@cache
def aio_session() -> Any:
    from aiobotocore.session import AioSession  # noqa: PLC0415 (it may not be installed)

    return AioSession()


def settings(url: str, attempts: int = 1, **config: Any) -> dict[str, Any]:
    """Return keyword arguments for a client of either kind."""
    retries = {"mode": "standard", "total_max_attempts": attempts}
    return {
        "region_name": "us-west-2",
        "endpoint_url": url,
        "config": Config(**{"retries": retries, **config}),
    }


Prepare = Callable[[Any], object]


def _call(
    method: str,
    *arguments: Any,
    settings: dict[str, Any],
    prepare: Prepare = bool,
    **options: Any,
) -> Any:
    with Client(**settings) as client:
        prepare(client._connect())
        return getattr(client, method)(*arguments, **options)


def _call_async(
    method: str,
    *arguments: Any,
    settings: dict[str, Any],
    prepare: Prepare = bool,
    **options: Any,
) -> Any:
    async def run() -> Any:
        async with AsyncClient(**settings) as client:
            prepare(client._connect())
            return await getattr(client, method)(*arguments, **options)

    return asyncio.run(run())


def _call_given(
    method: str, *arguments: Any, settings: dict[str, Any], **options: Any
) -> Any:
    clock, settings = settings.get("clock"), {**settings}
    settings.pop("clock", None)
    lightsail = botocore_session().create_client("lightsail", **settings)
    try:
        given = {"lightsail": lightsail, "clock": clock}
        return _call(method, *arguments, settings=given, **options)
    finally:
        lightsail.close()


def _call_given_async(
    method: str,
    *arguments: Any,
    settings: dict[str, Any],
    prepare: Prepare = bool,
    **options: Any,
) -> Any:
    async def run() -> Any:
        clock, built_from = settings.get("clock"), {**settings}
        built_from.pop("clock", None)
        context = aio_session().create_client("lightsail", **built_from)
        async with context as lightsail:
            prepare(lightsail)
            client = AsyncClient(lightsail, clock=clock)
            return await getattr(client, method)(*arguments, **options)

    return asyncio.run(run())


def _wait(get_operation: Any, operations: Any, **options: Any) -> Any:
    return OperationWaiter(get_operation, **options).wait(operations)


def _wait_async(get_operation: Any, operations: Any, **options: Any) -> Any:
    async def get(operation_id: str) -> Any:
        return get_operation(operation_id)

    return asyncio.run(AsyncOperationWaiter(get, **options).wait(operations))


@frozen
class Twin:
    """One of the two clients, with methods that block.

    Attributes:
        call: Calls a method of a new client, which is built from ``settings``. Before,
            ``prepare`` gets the client of botocore or aiobotocore.
        call_given: The same, with a given client of botocore or aiobotocore.
        wait: Waits with an OperationWaiter or an AsyncOperationWaiter.
        clock: The class of a fake clock.
        is_async: Whether it is ``AsyncClient``.
    """

    call: Callable[..., Any]
    call_given: Callable[..., Any]
    wait: Callable[..., Any]
    clock: Callable[[], Any]
    is_async: bool


SYNC = Twin(_call, _call_given, _wait, FakeClock, is_async=False)
ASYNC = Twin(_call_async, _call_given_async, _wait_async, FakeAsyncClock, is_async=True)
TWINS = [pytest.param(SYNC, id="sync")]
if find_spec("aiobotocore") is not None:
    TWINS.append(pytest.param(ASYNC, id="async"))

for_both = pytest.mark.parametrize("twin", TWINS)


class Blocking:
    """The methods of an async client, blocking."""

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self._client, self._runner = client, runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *args, **kwargs: self._runner.run(method(*args, **kwargs))


@contextmanager
def opened(**settings: Any) -> Iterator[Any]:
    """Yield a client with a fake clock."""
    with Client(clock=FakeClock(), **settings) as client:
        yield client


@contextmanager
def opened_async(**settings: Any) -> Iterator[Any]:
    """Yield an async client with a fake clock, whose methods block."""
    exits = AsyncExitStack()
    with asyncio.Runner() as runner:
        new = AsyncClient(clock=FakeAsyncClock(), **settings)
        client = runner.run(exits.enter_async_context(new))
        try:
            yield Blocking(client, runner)
        finally:
            runner.run(exits.aclose())


Open: TypeAlias = Callable[..., AbstractContextManager[Any]]

OPEN: dict[str, Open] = {"sync": opened}
if find_spec("aiobotocore") is not None:
    OPEN["async"] = opened_async
