"""The async client: the twin of ``Client``, over aiobotocore and HTTP on loopback."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import boto3
import pytest

from lightsnap import (
    AsyncClient,
    Client,
    ConfigurationError,
    ConstraintError,
    NotFoundError,
    Operations,
    Tag,
)
from lightsnap._aws.calls import TABLE
from lightsnap._aws.protocols import LightsailClient
from lightsnap.testing import FakeAsyncClock, FakeClock, LightsailServer
from tests.documented import SUCCEEDED
from tests.documented import WIRE as DOCUMENTED
from tests.embedded import create_instances
from tests.stub import Answer, Stub, error

pytestmark = pytest.mark.fake

HAS_AIOBOTOCORE = find_spec("aiobotocore") is not None

# Where the twins differ in words.
IN_ASYNC_CODE = [
    (", and awaited if it is async", ""),
    ("; awaited if it is async.", "."),
    ("an asyncio.Event", "a threading.Event"),
    ("A later ``async with`` opens new ones.", "A later call opens new ones."),
]


def public_methods(client: type) -> dict[str, Any]:
    return {
        name: method
        for name, method in vars(client).items()
        if callable(method) and not name.startswith("_")
    }


def test_the_twins_have_the_same_methods_arguments_and_docs() -> None:
    ours, twins = public_methods(Client), public_methods(AsyncClient)

    assert [*ours] == [*twins]
    for name, method in ours.items():
        assert inspect.iscoroutinefunction(twins[name])
        assert inspect.signature(method) == inspect.signature(twins[name]), name
        docs = " ".join(twins[name].__doc__.split())
        for theirs, mine in IN_ASYNC_CODE:
            docs = docs.replace(theirs, mine)
        assert docs == " ".join(method.__doc__.split()), name


def test_the_twins_are_built_from_the_same_settings() -> None:
    ours = inspect.signature(Client).parameters
    twins = inspect.signature(AsyncClient).parameters

    assert [(each.name, each.kind, each.default) for each in ours.values()] == [
        (each.name, each.kind, each.default) for each in twins.values()
    ]


def test_each_client_refuses_the_clock_of_the_other() -> None:
    wrong: Any = FakeClock()
    with pytest.raises(TypeError, match="and async sleep"):
        AsyncClient(clock=wrong)
    wrong = FakeAsyncClock()
    with pytest.raises(TypeError, match="FakeAsyncClock"):
        Client(clock=wrong)


def test_a_boto3_client_is_refused() -> None:
    lightsail: Any = boto3.client("lightsail", region_name="us-west-2")
    with pytest.raises(ConfigurationError, match="type Lightsail: give an aiobotocore"):
        AsyncClient(lightsail)
    session: Any = boto3.Session()
    with pytest.raises(ConfigurationError, match="type Session: give an aiobotocore s"):
        AsyncClient(session=session)


def test_without_connections_it_says_what_to_do() -> None:
    async def main() -> None:
        client = AsyncClient(region_name="us-west-2")
        for call in (
            client.get_operation("a"),
            client.get_instance_snapshot("S-1"),
            client.wait(["a"]),
            client.wait_until_available("S-1"),
            client.snapshot_instance("WordPress-1"),
        ):
            with pytest.raises(ConfigurationError, match="async with AsyncClient"):
                await call
        assert await client.wait([SUCCEEDED]) == Operations([SUCCEEDED])
        with pytest.raises(ConstraintError):
            await client.get_operation(" ")

    asyncio.run(main())


def test_without_aiobotocore_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)

    async def main() -> None:
        async with AsyncClient(region_name="us-west-2"):
            pass

    with pytest.raises(ConfigurationError, match=re.escape("'lightsnap[async]'")):
        asyncio.run(main())


def with_all_methods(client_class: Any) -> Any:
    """Add the methods that lightsnap asks for and no test here calls."""
    for each in TABLE:
        if not hasattr(client_class, each.method_name):
            setattr(client_class, each.method_name, client_class.get_operation)
    return client_class


@with_all_methods
class OwnClient:
    """A client that somebody wrote, or wrapped, with what lightsnap calls of it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"operation": dict(DOCUMENTED[0])}

    async def create_instance_snapshot(self, **_: object) -> Any:
        return {"operations": [*DOCUMENTED]}

    async def get_operation(self, **_: object) -> Any:
        return self.answers


def test_a_client_of_ones_own_is_used_with_and_without_async_with() -> None:
    async def main() -> None:
        lightsail: Any = OwnClient()
        client = AsyncClient(lightsail)
        async with client:
            assert (await client.get_operation("a")).id == DOCUMENTED[0]["id"]
        assert (await client.get_operation("a")).id == DOCUMENTED[0]["id"]
        created = await client.create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="WordPress-Snapshot-1"
        )
        assert len(created) == 2
        with pytest.raises(ConfigurationError, match="OwnClient: give a boto3"):
            Client(lightsail)

    asyncio.run(main())


def test_mocks_of_somebodys_own_are_taken() -> None:
    answer = {"operation": dict(DOCUMENTED[0])}
    plain = create_autospec(LightsailClient, instance=True)
    plain.get_operation.return_value = answer
    assert Client(plain).get_operation("a").id == DOCUMENTED[0]["id"]

    awaited = AsyncMock()
    awaited.get_operation.return_value = answer
    operation = asyncio.run(AsyncClient(awaited).get_operation("a"))
    assert operation.id == DOCUMENTED[0]["id"]


Story = Callable[[AsyncClient], Awaitable[None]]


def told(server: LightsailServer, story: Story, **settings: Any) -> None:
    async def main() -> None:
        async with AsyncClient(
            region_name="us-east-1", endpoint_url=server.url, **settings
        ) as client:
            await story(client)

    asyncio.run(main())


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The head of a request, or nothing where the connection was closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
    await reader.readexactly(int(length))
    return head


if HAS_AIOBOTOCORE:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    @pytest.fixture
    def server(lightsail_server: LightsailServer) -> LightsailServer:
        plain = boto3.client("lightsail", **lightsail_server.client_kwargs)
        create_instances(plain, "WordPress-1")
        plain.close()
        return lightsail_server

    def test_one_call_names_makes_and_waits(server: LightsailServer) -> None:
        async def story(client: AsyncClient) -> None:
            snapshot = await client.snapshot_instance(
                "WordPress-1", tags=[Tag("env", "prod")]
            )
            assert snapshot.state == "available"
            assert snapshot.tags == (Tag("env", "prod"),)
            again = await client.wait_until_available(snapshot.name)
            assert again == await client.get_instance_snapshot(snapshot.name)
            with pytest.raises(NotFoundError):
                await client.get_operation("no-such-operation")

        told(server, story, clock=FakeAsyncClock())

    def test_many_waits_share_a_pool_that_fits_them() -> None:
        waits = 40
        body = json.dumps(
            {"operation": {**DOCUMENTED[0], "isTerminal": True, "status": "Completed"}}
        ).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        opened: list[asyncio.StreamWriter] = []

        async def main() -> None:
            all_are_open = asyncio.Event()

            async def serve(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter
            ) -> None:
                opened.append(writer)
                if len(opened) == waits:
                    all_are_open.set()
                while request := await read_request(reader):
                    assert b"GetOperation" in request
                    # Nobody is answered before all have a connection of their own.
                    await all_are_open.wait()
                    writer.write(head + body)
                writer.close()

            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            async with (
                server,
                AsyncClient(
                    region_name="us-west-2", endpoint_url=f"http://127.0.0.1:{port}"
                ) as client,
            ):
                for _ in range(2):
                    waited = await asyncio.wait_for(
                        asyncio.gather(
                            *(client.wait([DOCUMENTED[0]["id"]]) for _ in range(waits))
                        ),
                        timeout=60,
                    )
                    assert all(each.is_terminal for each in waited)
                # The second time, each found a connection that was open already.
                assert len(opened) == waits

        asyncio.run(main())

    def test_a_client_opens_again_and_closes_its_connections(stub: Stub) -> None:
        stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))

        async def main() -> None:
            client = AsyncClient(region_name="us-west-2", endpoint_url=stub.url)
            for _ in range(2):
                async with client:
                    await client.get_operation("a")
                    assert await asyncio.to_thread(stub.connections.wait_for, 1)
                assert await asyncio.to_thread(stub.connections.wait_for, 0)
                with pytest.raises(ConfigurationError):
                    await client.get_operation("a")

        asyncio.run(main())

    def test_a_given_client_and_session_of_aiobotocore(stub: Stub) -> None:
        stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))
        where: Any = {"region_name": "us-west-2", "endpoint_url": stub.url}

        async def main() -> None:
            session = get_session()
            async with session.create_client("lightsail", **where) as lightsail:
                client = AsyncClient(lightsail)
                assert (await client.get_operation("a")).id == DOCUMENTED[0]["id"]
                wrong: Any = lightsail
                with pytest.raises(ConfigurationError, match="give a boto3"):
                    Client(wrong)
            async with AsyncClient(session=session, **where) as client:
                assert (await client.get_operation("a")).id == DOCUMENTED[0]["id"]

        asyncio.run(main())

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({}, "specify a region: give region_name, or set AWS_DEFAULT"),
            ({"profile_name": "nobody"}, r"\(nobody\) could not be found: correct"),
            (
                {"region_name": "us-west-2", "endpoint_url": "ftp://127.0.0.1"},
                "ftp://127.0.0.1 is no http or https URL",
            ),
        ],
    )
    def test_a_wrong_configuration_is_told_on_entering(
        settings: dict[str, Any], message: str
    ) -> None:
        async def main() -> None:
            async with AsyncClient(**settings):
                pass

        with pytest.raises(ConfigurationError, match=message):
            asyncio.run(main())

    @pytest.mark.parametrize(
        ("connections", "at_once"), [(5, 5), (None, 10), (64, 64), (500, 64)]
    )
    def test_a_wait_has_no_more_calls_under_way_than_connections(
        stub: Stub, connections: int | None, at_once: int
    ) -> None:
        """More would wait for one, and some clients do not wait for long."""
        ended = {**DOCUMENTED[0], "isTerminal": True, "status": "Succeeded"}
        under_way: set[str] = set()
        most: list[int] = []

        @with_all_methods
        class Lightsail:
            """Counts the calls of a client, and answers in the client's place."""

            def __init__(self, meta: object) -> None:
                self.meta = meta

            async def get_operation(
                self,
                *,
                operationId: str,  # noqa: N803
            ) -> dict[str, object]:
                under_way.add(operationId)
                most.append(len(under_way))
                await asyncio.sleep(0)
                under_way.remove(operationId)
                return {"operation": {**ended, "id": operationId}}

        async def main() -> None:
            settings: dict[str, Any] = (
                {} if connections is None else {"max_pool_connections": connections}
            )
            async with get_session().create_client(
                "lightsail",
                region_name="us-west-2",
                endpoint_url=stub.url,
                config=AioConfig(**settings),
            ) as built:
                given: Any = Lightsail(built.meta)
                client = AsyncClient(given)
                await client.wait([str(number) for number in range(400)])

        asyncio.run(main())
        assert max(most) == at_once

    def test_a_given_config_wins(stub: Stub) -> None:
        stub.on("GetOperation", error("NotFoundException", "gone"))

        async def main() -> None:
            config = AioConfig(
                read_timeout=90,
                max_pool_connections=5,
                connector_args={"keepalive_timeout": 7},
            )
            async with AsyncClient(
                region_name="us-west-2", endpoint_url=stub.url, config=config
            ) as client:
                lightsail: Any = client._connect()
                chosen = lightsail.meta.config
                assert (chosen.connect_timeout, chosen.read_timeout) == (5, 90)
                assert chosen.max_pool_connections == 5
                assert chosen.connector_args == {"keepalive_timeout": 7}
                told = chosen.user_agent.split()
                assert told[0].startswith("aiobotocore/")
                assert len(set(told)) == len(told)
                with pytest.raises(NotFoundError):
                    await client.get_operation("a")

        asyncio.run(main())
