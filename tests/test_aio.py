"""The async client, with aiobotocore and HTTP on loopback."""

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

# Where the docstrings of the two clients differ.
ASYNC_TO_SYNC = [
    ("It may be async. ", ""),
    ("an asyncio.Event", "a threading.Event"),
    ("an aiobotocore client", "a boto3 client"),
    ("A later ``async with`` opens new ones.", "A later call opens new ones."),
]


def public_methods(client: type) -> dict[str, Any]:
    return {
        name: getattr(client, name)
        for name in dir(client)
        if callable(getattr(client, name)) and not name.startswith("_")
    }


def test_both_clients_have_the_same_methods_arguments_and_docs() -> None:
    methods, async_methods = public_methods(Client), public_methods(AsyncClient)

    async_methods["close"] = async_methods.pop("aclose")  # close() just calls it
    assert methods.keys() == async_methods.keys()
    for name, method in methods.items():
        twin = async_methods[name]
        assert inspect.iscoroutinefunction(twin)
        assert inspect.signature(method) == inspect.signature(twin), name
        docs = " ".join(twin.__doc__.split())
        for async_text, sync_text in ASYNC_TO_SYNC:
            docs = docs.replace(async_text, sync_text)
        assert docs == " ".join(method.__doc__.split()), name


def test_both_clients_take_the_same_settings() -> None:
    settings = inspect.signature(Client).parameters
    async_settings = inspect.signature(AsyncClient).parameters

    assert [(each.name, each.kind, each.default) for each in settings.values()] == [
        (each.name, each.kind, each.default) for each in async_settings.values()
    ]


def test_each_client_rejects_the_clock_of_the_other() -> None:
    wrong: Any = FakeClock()
    with pytest.raises(TypeError, match="and async sleep"):
        AsyncClient(clock=wrong)
    wrong = FakeAsyncClock()
    with pytest.raises(TypeError, match="FakeAsyncClock"):
        Client(clock=wrong)


def test_a_boto3_client_is_rejected() -> None:
    lightsail: Any = boto3.client("lightsail", region_name="us-west-2")
    with pytest.raises(ConfigurationError, match="type Lightsail: give an aiobotocore"):
        AsyncClient(lightsail)
    session: Any = boto3.Session()
    with pytest.raises(ConfigurationError, match="type Session: give an aiobotocore s"):
        AsyncClient(session=session)


def test_without_async_with_the_error_says_what_to_do() -> None:
    async def main() -> None:
        client = AsyncClient(region_name="us-west-2")
        for call in (
            client.get_operation(DOCUMENTED[0]["id"]),
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


def test_without_aiobotocore_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)

    async def main() -> None:
        async with AsyncClient(region_name="us-west-2"):
            pass

    with pytest.raises(ConfigurationError, match=re.escape("'lightsnap[async]'")):
        asyncio.run(main())


def with_all_methods(client_class: Any) -> Any:
    """Add the methods that lightsnap requires but these tests do not call."""
    for each in TABLE:
        if not hasattr(client_class, each.method_name):
            setattr(client_class, each.method_name, client_class.get_operation)
    return client_class


@with_all_methods
class CustomClient:
    """A hand-written client with the methods that lightsnap calls."""

    def __init__(self) -> None:
        self.response: dict[str, Any] = {"operation": dict(DOCUMENTED[0])}

    async def create_instance_snapshot(self, **_: object) -> Any:
        return {"operations": [*DOCUMENTED]}

    async def get_operation(self, **_: object) -> Any:
        return self.response


def test_a_custom_client_works_with_and_without_async_with() -> None:
    async def main() -> None:
        lightsail: Any = CustomClient()
        client = AsyncClient(lightsail)
        async with client:
            assert (await client.get_operation(DOCUMENTED[0]["id"])).id == DOCUMENTED[
                0
            ]["id"]
        assert (await client.get_operation(DOCUMENTED[0]["id"])).id == DOCUMENTED[0][
            "id"
        ]
        created = await client.create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="WordPress-Snapshot-1"
        )
        assert len(created) == 2
        with pytest.raises(ConfigurationError, match="CustomClient: give a boto3"):
            Client(lightsail)

    asyncio.run(main())


def test_mocks_are_accepted() -> None:
    response = {"operation": dict(DOCUMENTED[0])}
    plain = create_autospec(LightsailClient, instance=True)
    plain.get_operation.return_value = response
    assert Client(plain).get_operation(DOCUMENTED[0]["id"]).id == DOCUMENTED[0]["id"]

    awaited = AsyncMock()
    awaited.get_operation.return_value = response
    operation = asyncio.run(AsyncClient(awaited).get_operation(DOCUMENTED[0]["id"]))
    assert operation.id == DOCUMENTED[0]["id"]


Scenario = Callable[[AsyncClient], Awaitable[None]]


def play(server: LightsailServer, scenario: Scenario, **settings: Any) -> None:
    async def main() -> None:
        async with AsyncClient(
            region_name="us-east-1", endpoint_url=server.url, **settings
        ) as client:
            await scenario(client)

    asyncio.run(main())


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read a request and return its head, empty if the connection was closed."""
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

    def test_snapshot_instance_names_creates_and_waits(server: LightsailServer) -> None:
        async def scenario(client: AsyncClient) -> None:
            snapshot = await client.snapshot_instance(
                "WordPress-1", tags=[Tag("env", "prod")]
            )
            assert snapshot.state == "available"
            assert snapshot.tags == (Tag("env", "prod"),)
            again = await client.wait_until_available(snapshot.name)
            assert again == await client.get_instance_snapshot(snapshot.name)
            with pytest.raises(NotFoundError):
                await client.get_operation("no-such-operation")

        play(server, scenario, clock=FakeAsyncClock())

    def test_the_connection_pool_is_large_enough_for_many_waits() -> None:
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
                    # No response is sent before every wait has its own connection.
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
                # The second time, every wait reused an open connection.
                assert len(opened) == waits

        asyncio.run(main())

    def test_a_client_can_be_reopened_and_closes_its_connections(stub: Stub) -> None:
        stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))

        async def main() -> None:
            client = AsyncClient(region_name="us-west-2", endpoint_url=stub.url)
            for _ in range(2):
                async with client:
                    await client.get_operation(DOCUMENTED[0]["id"])
                    assert await asyncio.to_thread(stub.connections.wait_for, 1)
                assert await asyncio.to_thread(stub.connections.wait_for, 0)
                with pytest.raises(ConfigurationError):
                    await client.get_operation(DOCUMENTED[0]["id"])

        asyncio.run(main())

    def test_a_given_aiobotocore_client_and_session(stub: Stub) -> None:
        stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))
        where: Any = {"region_name": "us-west-2", "endpoint_url": stub.url}

        async def main() -> None:
            session = get_session()
            async with session.create_client("lightsail", **where) as lightsail:
                client = AsyncClient(lightsail)
                assert (
                    await client.get_operation(DOCUMENTED[0]["id"])
                ).id == DOCUMENTED[0]["id"]
                wrong: Any = lightsail
                with pytest.raises(ConfigurationError, match="give a boto3"):
                    Client(wrong)
            async with AsyncClient(session=session, **where) as client:
                assert (
                    await client.get_operation(DOCUMENTED[0]["id"])
                ).id == DOCUMENTED[0]["id"]

        asyncio.run(main())

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({}, "specify a region: give region_name, or set AWS_DEFAULT"),
            ({"profile_name": "nobody"}, r"\(nobody\) could not be found: correct"),
            (
                {"region_name": "us-west-2", "endpoint_url": "ftp://127.0.0.1"},
                "the endpoint is not an http or https URL",
            ),
        ],
    )
    def test_an_invalid_configuration_raises_on_entering(
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
    def test_a_wait_has_no_more_calls_in_flight_than_connections(
        stub: Stub, connections: int | None, at_once: int
    ) -> None:
        """Further calls would have to wait for a connection, and might time out."""
        ended = {**DOCUMENTED[0], "isTerminal": True, "status": "Succeeded"}
        in_flight: set[str] = set()
        most: list[int] = []

        @with_all_methods
        class Lightsail:
            """Counts calls in flight, and responds without sending anything."""

            def __init__(self, meta: object) -> None:
                self.meta = meta

            async def get_operation(
                self,
                *,
                operationId: str,  # noqa: N803
            ) -> dict[str, object]:
                in_flight.add(operationId)
                most.append(len(in_flight))
                await asyncio.sleep(0)
                in_flight.remove(operationId)
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

    def test_a_given_config_overrides_the_defaults(stub: Stub) -> None:
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
                agents = chosen.user_agent.split()
                assert agents[0].startswith("aiobotocore/")
                assert len(set(agents)) == len(agents)
                with pytest.raises(NotFoundError):
                    await client.get_operation(DOCUMENTED[0]["id"])

        asyncio.run(main())


def test_contexts_can_be_nested_and_a_closed_event_loop_is_forgotten(
    stub: Stub,
) -> None:
    pytest.importorskip("aiobotocore")
    stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))
    client = AsyncClient(region_name="us-west-2", endpoint_url=stub.url)

    async def enter() -> None:
        await client.__aenter__()

    async def nest() -> str:
        await client.aclose()  # there is nothing to close yet
        async with client, client:
            fetched = await client.get_operation(DOCUMENTED[0]["id"])
        return fetched.id

    asyncio.run(enter())  # and never exit

    assert asyncio.run(nest()) == DOCUMENTED[0]["id"]
