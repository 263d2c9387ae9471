"""One expectation for both clients, where HTTP libraries and event loops differ."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any, ClassVar

import pytest
from botocore.config import Config

from lightsnap import (
    ApiError,
    AsyncClient,
    Client,
    ConfigurationError,
    LightsnapError,
    WaitInterruptedError,
    WaitTimeoutError,
)
from lightsnap._wait.clocks import async_clock_or_time
from tests.documented import WIRE
from tests.stub import Answer, Stub, serving
from tests.test_creation import CREATE, IDS, NAMES
from tests.twins import ASYNC, Twin, aio_session, for_both, settings

PENDING = Answer({"operation": WIRE[0]})
needs_aiobotocore = pytest.mark.skipif(
    find_spec("aiobotocore") is None, reason="needs aiobotocore"
)


# Redirects.


@for_both
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "s3cret")
    with serving() as other:
        for origin in (other.url, other.url.replace("127.0.0.1", "localhost"), ""):
            redirect = Answer("", status, {"Location": f"{origin}/elsewhere"})
            stub.on("CreateInstanceSnapshot", redirect)
            stub.requests.clear()

            with pytest.raises(ApiError) as caught:
                twin.call(
                    "create_instance_snapshot", settings=settings(stub.url), **NAMES
                )

            assert caught.value.status_code == status
            assert stub.requests == [CREATE]
        assert other.connections.wait_for(0)
        assert other.requests == []


@for_both
def test_a_redirect_ends_a_wait(stub: Stub, twin: Twin) -> None:
    stub.on("GetOperation", Answer("", 307, {"Location": "/elsewhere"}))

    with pytest.raises(WaitInterruptedError) as caught:
        twin.call("wait", ["a"], settings=settings(stub.url) | {"clock": twin.clock()})

    assert isinstance(caught.value.reason, ApiError)
    assert len(stub.requests) == 1


@needs_aiobotocore
def test_a_client_of_another_http_library_is_left_alone(stub: Stub) -> None:
    from aiobotocore.config import AioConfig  # noqa: PLC0415 (it may not be installed)
    from aiobotocore.httpsession import AIOHTTPSession  # noqa: PLC0415

    class OtherSession:
        """An HTTP session for which ``_get_session`` means something else."""

        _get_session: ClassVar[str] = "of its own"

        def __init__(self, **arguments: Any) -> None:
            self.session: Any = AIOHTTPSession(**arguments)

        async def __aenter__(self) -> Any:
            await self.session.__aenter__()
            return self

        async def __aexit__(self, *exc_info: object) -> None:
            await self.session.__aexit__(*exc_info)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.session, name)

    other: Any = OtherSession
    try:
        config = AioConfig(http_session_cls=other)
    except TypeError:
        pytest.skip("this aiobotocore has one HTTP library")
    stub.on("GetOperation", PENDING)
    built = {**settings(stub.url), "config": config}

    assert ASYNC.call("get_operation", IDS[0], settings=built).id == IDS[0]


# Event loops.


def new_client(stub: Stub, **changes: Any) -> AsyncClient:
    stub.on("GetOperation", PENDING)
    return AsyncClient(session=aio_session(), **{**settings(stub.url), **changes})


async def entered(client: AsyncClient) -> None:
    await client.__aenter__()
    await client.get_operation(IDS[0])


async def get(client: AsyncClient) -> str:
    return (await client.get_operation(IDS[0])).id


NO_CONNECTIONS = "this client has no connections in this event loop: use it in `async"


@needs_aiobotocore
@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.wait([IDS[0]]),
        lambda client: client.wait_until_available("S-1"),
        lambda client: client.create_instance_snapshot(**NAMES),
        lambda client: client.snapshot_instance("WordPress-1"),
    ],
)
def test_a_client_that_another_event_loop_opened_raises_at_once(
    stub: Stub, use: Callable[[AsyncClient], Awaitable[object]]
) -> None:
    client = new_client(stub)

    async def use_it() -> None:
        await use(client)

    async def use_it_properly() -> str:
        async with client:
            return await get(client)

    with asyncio.Runner() as other:
        other.run(entered(client))
        stub.requests.clear()

        with pytest.raises(ConfigurationError, match=NO_CONNECTIONS):
            asyncio.run(use_it())
        assert stub.requests == []
        assert asyncio.run(use_it_properly()) == IDS[0]
        with pytest.raises(ConfigurationError, match=NO_CONNECTIONS):
            asyncio.run(use_it())
        assert other.run(get(client)) == IDS[0]
        other.run(client.aclose())


# In a process of its own, since the connections of a closed loop cannot be closed.
CLOSED_LOOP = """
import asyncio, sys
from aiobotocore.session import AioSession
from lightsnap import AsyncClient

settings = {"region_name": "us-west-2", "endpoint_url": sys.argv[1]}
client = AsyncClient(**settings)

async def open_it(given=None):
    if given:
        context = AioSession().create_client("lightsail", **settings)
        opened = AsyncClient(await context.__aenter__())
    else:
        opened = await client.__aenter__()
    await opened.get_operation(sys.argv[2])
    return opened

async def wait(opened):
    try:
        await opened.wait([sys.argv[2]])
    except Exception as error:
        print(type(error).__name__, type(error.__cause__).__name__)

async def use_it_properly():
    async with client:
        print((await client.get_operation(sys.argv[2])).id)
    print(len(client._opened))

asyncio.run(wait(asyncio.run(open_it())))
asyncio.run(use_it_properly())
asyncio.run(wait(asyncio.run(open_it("given"))))
"""


@needs_aiobotocore
def test_a_client_that_a_closed_event_loop_opened_raises_at_once(stub: Stub) -> None:
    stub.on("GetOperation", PENDING)

    ran = subprocess.run(
        [sys.executable, "-c", CLOSED_LOOP, stub.url, IDS[0]],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout.splitlines() == [
        "ConfigurationError NoneType",
        IDS[0],
        "0",
        "WaitInterruptedError TransportError",
    ], ran.stderr


@needs_aiobotocore
def test_without_an_event_loop_nothing_is_sent(stub: Stub) -> None:
    coroutine = new_client(stub).create_instance_snapshot(**NAMES)

    with pytest.raises(ConfigurationError, match=r"; nothing was sent$"):
        coroutine.send(None)

    assert stub.requests == []


@needs_aiobotocore
def test_a_client_can_be_used_in_several_event_loops_at_once(stub: Stub) -> None:
    client = new_client(stub)
    inside = threading.Barrier(3)
    results: list[str] = []

    async def use() -> None:
        async with client:
            inside.wait(10)
            results.append(await get(client))
            inside.wait(10)
            results.append(await get(client))

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [IDS[0]] * 6
    assert stub.connections.wait_for(0)


@needs_aiobotocore
def test_the_last_of_several_contexts_closes_the_connections(stub: Stub) -> None:
    client = new_client(stub)

    async def nested() -> None:
        async with client:
            async with client as same:
                assert same is client
                await get(client)
            await get(client)
        with pytest.raises(ConfigurationError, match=NO_CONNECTIONS):
            await get(client)
        async with client:
            await get(client)
            await client.aclose()
            with pytest.raises(ConfigurationError, match=NO_CONNECTIONS):
                await get(client)

    asyncio.run(nested())

    assert stub.connections.wait_for(0)


@needs_aiobotocore
def test_concurrent_contexts_do_not_close_each_other(stub: Stub) -> None:
    client = new_client(stub)

    async def use(delays: int) -> None:
        async with client:
            for _ in range(delays):
                await asyncio.sleep(0)
            await get(client)

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            for delays in (0, 1, 5, 20):
                group.create_task(use(delays))

    asyncio.run(together())

    assert len(stub.requests) == 4
    assert stub.connections.wait_for(0)


@needs_aiobotocore
def test_a_context_that_cannot_be_entered_leaves_the_client_usable(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not there")
    stub.on("GetOperation", PENDING)
    client = AsyncClient(**settings(stub.url))

    async def use() -> str:
        with pytest.raises(ConfigurationError, match="not there"):
            await client.__aenter__()
        with pytest.raises(ConfigurationError, match=NO_CONNECTIONS):
            await get(client)
        monkeypatch.delenv("AWS_PROFILE")
        async with client:
            return await get(client)

    assert asyncio.run(use()) == IDS[0]
    assert stub.connections.wait_for(0)


# Settings.


@for_both
@pytest.mark.parametrize("connections", [0, 1])
def test_any_number_of_connections_can_wait(
    stub: Stub, twin: Twin, connections: int
) -> None:
    stub.on("GetOperation", PENDING)
    config = Config(max_pool_connections=connections)

    with pytest.raises(WaitTimeoutError):
        twin.call(
            "wait",
            [IDS[0]],
            timeout=0,
            settings={**settings(stub.url), "config": config},
        )

    assert len(stub.requests) == 1


@for_both
@pytest.mark.parametrize("token", ["tok\nen", "tok\ren", "tok\0en", "tok\udcffen"])
def test_credentials_that_no_header_can_hold_end_a_wait_at_once(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    # No environment variable can hold the null character.
    monkeypatch.setattr(os, "environ", {**os.environ, "AWS_SESSION_TOKEN": token})

    with pytest.raises(WaitInterruptedError) as caught:
        twin.call("wait", ["a"], settings=settings(stub.url) | {"clock": twin.clock()})

    assert isinstance(caught.value.reason, ConfigurationError)
    assert isinstance(caught.value.reason, LightsnapError)
    assert stub.requests == []


# Clocks.


def test_the_default_clock_of_async_waits_is_that_of_the_event_loop() -> None:
    class Loop(asyncio.SelectorEventLoop):
        def time(self) -> float:
            return super().time() + 1e6

    async def read() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        return loop.time(), async_clock_or_time(None).monotonic()

    with asyncio.Runner(loop_factory=Loop) as runner:
        loop_time, clock_time = runner.run(read())

    assert 0 <= clock_time - loop_time < 60


def test_both_clients_need_nothing_to_be_built() -> None:
    assert isinstance(Client(), Client)
    assert isinstance(AsyncClient(), AsyncClient)
