"""Clients are pickled as the settings that they were built from, and can be copied."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from copy import copy, deepcopy
from importlib.util import find_spec
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.session import Session

from lightsnap import AsyncClient, Client, ConfigurationError
from lightsnap.testing import FakeClock, LightsailServer

CLIENTS = pytest.mark.parametrize("kind", [Client, AsyncClient])
COPIES = pytest.mark.parametrize(
    "copied",
    [copy, deepcopy, lambda client: pickle.loads(pickle.dumps(client))],
    ids=["copy", "deepcopy", "pickle"],
)
SETTINGS: dict[str, Any] = {
    "region_name": "us-west-2",
    "profile_name": "backups",
    "endpoint_url": "http://127.0.0.1:9",
}


@COPIES
@CLIENTS
def test_a_copy_has_the_same_settings(kind: Any, copied: Any) -> None:
    client = kind(**SETTINGS, check=False, config=Config(read_timeout=7))

    other = copied(client)

    assert type(other) is kind
    for name, value in SETTINGS.items():
        assert getattr(other._settings, name) == value
    assert other._settings.config.read_timeout == 7
    assert other._check is False
    assert type(other._clock) is type(client._clock)


def test_a_clock_and_the_attributes_of_a_subclass_are_pickled_too() -> None:
    client = pickle.loads(pickle.dumps(Named("Tokyo")))

    assert type(client) is Named
    assert (client.city, client._clock.monotonic()) == ("Tokyo", 7.0)


class Named(Client):
    """A client with a constructor of its own."""

    def __init__(self, city: str) -> None:
        super().__init__(region_name="ap-northeast-1", clock=FakeClock(7))
        self.city = city


def state_of(client: Client) -> str:
    return f"{client.get_instance('WordPress-1').state_name}"


@pytest.mark.fake
@COPIES
def test_a_copy_has_connections_of_its_own(copied: Any) -> None:
    with LightsailServer(instances=["WordPress-1"]) as server:
        settings: Any = {"region_name": "us-east-1", "endpoint_url": server.url}
        with Client(**settings) as client:
            assert state_of(client) == "running"
            other = copied(client)
            assert other._built is None
            assert state_of(other) == "running"
            assert client._built is not other._built
        assert state_of(other) == "running"
        other.close()

        # A closed client opens new connections, and so does a copy of it.
        assert state_of(copied(other)) == "running"


@pytest.mark.fake
def test_a_client_works_in_a_spawned_process() -> None:
    context = multiprocessing.get_context("spawn")
    with (
        LightsailServer(instances=["WordPress-1"]) as server,
        Client(region_name="us-east-1", endpoint_url=server.url) as client,
        ProcessPoolExecutor(1, mp_context=context) as processes,
    ):
        assert state_of(client) == "running"
        assert processes.submit(state_of, client).result() == "running"


@pytest.mark.fake
@pytest.mark.skipif(not find_spec("aiobotocore"), reason="needs aiobotocore")
@COPIES
def test_a_copy_of_an_async_client_opens_its_own_connections(copied: Any) -> None:
    async def main(settings: dict[str, Any]) -> None:
        async with AsyncClient(**settings) as client:
            other = copied(client)
            with pytest.raises(ConfigurationError, match="no connections"):
                await other.get_instance("WordPress-1")
            async with other:
                assert (await other.get_instance("WordPress-1")).is_running
            assert (await client.get_instance("WordPress-1")).is_running

    with LightsailServer(instances=["WordPress-1"]) as server:
        asyncio.run(main({"region_name": "us-east-1", "endpoint_url": server.url}))


@pytest.mark.fake
def test_no_credentials_are_in_the_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    # Those of the environment, of boto3's default session, and those that were used.
    secret = "SECRET" * 5
    with LightsailServer(instances=["WordPress-1"]) as server:
        monkeypatch.setenv("AWS_SESSION_TOKEN", secret)
        for _ in range(2):
            client = Client(region_name="us-east-1", endpoint_url=server.url)
            assert state_of(client) == "running"
            assert secret.encode() not in pickle.dumps(client)
            client.close()
            boto3.setup_default_session(
                aws_access_key_id=secret, aws_secret_access_key=secret
            )


class Wrapper:
    """Looks like a client of aiobotocore, and could be pickled."""

    async def get_operation(self) -> None:
        """Do nothing."""


def given_clients(kind: Any) -> list[Any]:
    if kind is AsyncClient:
        return [AsyncClient(Wrapper()), AsyncClient(session=Session())]  # type: ignore[arg-type]
    session = boto3.Session("access", "secret", region_name="us-west-2")
    return [Client(session.client("lightsail")), Client(session=session)]


@CLIENTS
def test_a_client_that_was_given_a_client_or_a_session_is_copied_not_pickled(
    kind: Any,
) -> None:
    for client, what in zip(given_clients(kind), ["client", "session"], strict=True):
        for copied in (copy(client), deepcopy(client)):
            assert copied._settings.lightsail is client._settings.lightsail
            assert copied._settings.session is client._settings.session
        with pytest.raises(TypeError) as caught:
            pickle.dumps(client)
        assert f"{type(client).__name__}: it was given a {what}, which holds" in str(
            caught.value
        )
        assert "Build it from settings such as region_name" in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"endpoint_url": "https://me:secret@example.com"},
        {"config": Config(proxies={"https": "http://me:secret@proxy.example:3128"})},
    ],
)
def test_a_url_with_a_password_is_not_pickled(settings: Any) -> None:
    with pytest.raises(TypeError, match="cannot pickle a Client: the URL") as caught:
        pickle.dumps(Client(region_name="us-west-2", **settings))

    assert "secret" not in str(caught.value)


def test_a_proxy_without_a_password_is_pickled() -> None:
    proxies = {"https": "http://proxy.example:3128"}

    client = pickle.loads(pickle.dumps(Client(config=Config(proxies=proxies))))

    assert client._settings.config.proxies == proxies
