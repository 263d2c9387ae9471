"""The settings of this machine do not reach the clients of an emulator."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from lightsnap import AsyncClient, Client, ConfigurationError
from lightsnap.testing import FakeAsyncClock, LightsailServer, mock_lightsail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BROKEN_FILE = "no [section\n"
NOWHERE = "http://127.0.0.1:9"

SETTINGS = {
    "ALL_PROXY": NOWHERE,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nonsense",
    "AWS_CA_BUNDLE": "missing.pem",
    "AWS_CONFIG_FILE": "broken",
    "AWS_CREDENTIAL_EXPIRATION": "2000-01-01T00:00:00Z",
    "AWS_DATA_PATH": "missing",
    "AWS_DEFAULTS_MODE": "nonsense",
    "AWS_DEFAULT_PROFILE": "missing",
    "AWS_ENDPOINT_URL": "nonsense",
    "AWS_ENDPOINT_URL_LIGHTSAIL": NOWHERE,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "nonsense",
    "AWS_MAX_ATTEMPTS": "nonsense",
    "AWS_PROFILE": "missing",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "nonsense",
    "AWS_RETRY_MODE": "nonsense",
    "AWS_SDK_UA_APP_ID": "non\nsense",
    "AWS_SESSION_TOKEN": "non\nsense",
    "AWS_SHARED_CREDENTIALS_FILE": "broken",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "HTTPS_PROXY": "nonsense",
    "HTTP_PROXY": NOWHERE,
}
ONE_BY_ONE = [pytest.param({name: text}, id=name) for name, text in SETTINGS.items()]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Give this process the settings of a machine, and no others."""

    def set_up(settings: dict[str, str]) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "broken").write_text(BROKEN_FILE, encoding="utf-8")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name, text in settings.items():
            monkeypatch.setenv(name, text)
        # A default session that exists has read the settings of this machine already.
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)

    return set_up


@pytest.mark.parametrize("settings", [*ONE_BY_ONE, pytest.param(SETTINGS, id="all")])
def test_a_mock_works_whatever_the_settings(
    set_up: Callable[..., None], settings: dict[str, str]
) -> None:
    set_up(settings)
    before = dict(os.environ)

    with mock_lightsail():
        assert boto3.client("lightsail", region_name="us-west-2").get_regions()
        with pytest.raises(Exception, match="The Operation does not exist: id"):
            Client(region_name="us-west-2").get_operation("id")

    assert dict(os.environ) == before


@pytest.mark.parametrize("settings", [*ONE_BY_ONE, pytest.param(SETTINGS, id="all")])
def test_client_kwargs_work_whatever_the_settings(
    set_up: Callable[..., None], settings: dict[str, str]
) -> None:
    set_up(settings)
    before = dict(os.environ)

    with LightsailServer(instances=["WordPress-1"]) as server:
        lightsail = boto3.client("lightsail", **server.client_kwargs)
        assert Client(lightsail).get_instance("WordPress-1").name == "WordPress-1"
        url = server.url
        client = Client(region_name="us-east-1", endpoint_url=url)
        assert client.get_instance("WordPress-1").name == "WordPress-1"

    assert dict(os.environ) == before


def test_client_kwargs_work_for_aiobotocore_whatever_the_settings(
    set_up: Callable[..., None],
) -> None:
    session = pytest.importorskip("aiobotocore.session").AioSession()
    set_up(SETTINGS)

    async def get_name(server: LightsailServer) -> str:
        kwargs: Any = server.client_kwargs
        async with session.create_client("lightsail", **kwargs) as lightsail:
            return (await AsyncClient(lightsail).get_instance("WordPress-1")).name

    with LightsailServer(instances=["WordPress-1"]) as server:
        assert asyncio.run(get_name(server)) == "WordPress-1"


TESTS = """
import boto3
import pytest

from lightsnap import Client


@pytest.fixture
def lightsail_region():
    return "eu-west-1"


def test_the_client(lightsail_client):
    assert lightsail_client.get_instances()["instances"] == []
    assert boto3.client("lightsail").meta.region_name == "eu-west-1"


def test_the_server(lightsail_server):
    lightsail = boto3.client("lightsail", **lightsail_server.client_kwargs)
    assert lightsail.get_instances()["instances"] == []


def test_the_faults(lightsail_faults, lightsail_client):
    lightsail_faults.error(code="NotFoundException")
    with pytest.raises(lightsail_client.exceptions.NotFoundException):
        lightsail_client.get_regions()
"""


def of_a_machine(folder: Path) -> dict[str, str]:
    """Return the environment of a new process on a machine with all the settings."""
    (folder / "broken").write_text(BROKEN_FILE, encoding="utf-8")
    names = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NO_PROXY"}
    others = {name: text for name, text in os.environ.items() if name not in names}
    return {**others, **SETTINGS, "AWS_REGION": "mars-1"}


def test_the_fixtures_work_whatever_the_settings(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env=of_a_machine(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "3 passed" in ended.stdout, ended.stdout


@pytest.mark.parametrize("command", ["lightsnap local", "lightsnap.testing"])
def test_the_command_works_whatever_the_settings(tmp_path: Path, command: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", *command.split(), "--port=0", "--instance=One"],
        cwd=tmp_path,
        env=of_a_machine(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        response = requests.post(f"{url}/ls/api/2016-11-28/GetInstances", timeout=10)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert [each["name"] for each in response.json()["instances"]] == ["One"]


def test_an_environment_works_for_a_program_whatever_the_settings(
    set_up: Callable[..., None],
) -> None:
    set_up(SETTINGS | {"AWS_CLI_AUTO_PROMPT": "on", "AWS_DEFAULT_OUTPUT": "nonsense"})
    code = """
import boto3
print(boto3.client("lightsail").get_instances()["instances"][0]["name"])
"""
    with LightsailServer(instances=["WordPress-1"]) as server:
        environment = {**os.environ, **server.environment}
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.stdout == "WordPress-1\n", ended.stderr
    assert not {"AWS_CLI_AUTO_PROMPT", "AWS_DEFAULT_OUTPUT"} & environment.keys()


def test_a_program_gets_the_settings_that_a_test_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with LightsailServer() as server:
        monkeypatch.setenv("AWS_CONFIG_FILE", "mine")
        assert server.environment["AWS_CONFIG_FILE"] == "mine"
        assert server.environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_settings_of_other_programs_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_STORAGE_BUCKET_NAME", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")

    with mock_lightsail():
        assert boto3.client("lightsail").meta.region_name == "us-west-2"
        assert os.environ["AWS_STORAGE_BUCKET_NAME"] == "mine"
        assert os.environ["AWS_LAMBDA_FUNCTION_NAME"] == "mine"
        assert os.environ["AWS_REGION"] == "mine"


def test_settings_made_inside_a_mock_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile backups]\nregion = eu-west-1\n", encoding="utf-8")

    with mock_lightsail():
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_PROFILE", "backups")
        with mock_lightsail():
            assert boto3.client("lightsail").meta.region_name == "eu-west-1"


def test_the_settings_return_when_the_last_mock_or_server_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("NO_PROXY", "intra.net")
    server, mock = LightsailServer(), mock_lightsail()

    server.start()
    mock.start()
    server.stop()
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["NO_PROXY"] == "intra.net"
    mock.stop()

    assert os.environ["AWS_PROFILE"] == "mine"
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in os.environ


def test_the_settings_return_if_a_server_cannot_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = dict(os.environ)

    with LightsailServer() as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            LightsailServer(port=port).start()
    with pytest.raises(ValueError, match="not a valid resource name"):
        LightsailServer(instances=["-"]).start()

    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "localhost,127.0.0.1,::1,[::1]"),
        ("intra.net, ::1", "intra.net,::1,localhost,127.0.0.1,[::1]"),
        ("*", "*"),
    ],
)
def test_servers_are_excluded_from_proxies(
    monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    if before:
        monkeypatch.setenv("no_proxy", before)
    monkeypatch.setenv("http_proxy", NOWHERE)

    with LightsailServer() as server, LightsailServer(host="::1") as other:
        for name in ("NO_PROXY", "no_proxy"):
            assert os.environ[name] == server.environment[name] == after
        for url in (server.url, other.url):
            assert urllib.request.proxy_bypass(url.removeprefix("http://"))


# Clients of aiobotocore, which moto cannot mock.


def test_an_async_client_in_a_mock_is_told_to_use_a_server() -> None:
    pytest.importorskip("aiobotocore")
    refusals = []

    async def call() -> None:
        async with AsyncClient(
            region_name="us-west-2", clock=FakeAsyncClock()
        ) as client:
            for each in (
                client.get_operation("id"),
                client.create_instance_snapshot(
                    instance_name="WordPress-1", instance_snapshot_name="Snapshot"
                ),
                client.snapshot_instance("WordPress-1"),
            ):
                with pytest.raises(ConfigurationError) as caught:
                    await each
                refusals.append(str(caught.value))

    with mock_lightsail():
        asyncio.run(call())

    message = (
        "mock_lightsail() cannot mock AsyncClient and other clients of aiobotocore: "
        "use LightsailServer, or the pytest fixture lightsail_server"
    )
    assert len(refusals) == 3
    assert all(refusal.startswith(message) for refusal in refusals)


@pytest.mark.parametrize("first", ["", "import moto", "import lightsnap.testing"])
def test_an_aiobotocore_client_is_told_whenever_it_was_created(first: str) -> None:
    pytest.importorskip("aiobotocore")
    code = f"""
import asyncio
from aiobotocore.session import AioSession
{first}

async def main():
    context = AioSession().create_client(
        "lightsail", region_name="us-west-2",
        aws_access_key_id="any", aws_secret_access_key="any",
    )
    async with context as client:
        from lightsnap.testing import mock_lightsail
        with mock_lightsail():
            try:
                await client.get_regions()
            except Exception as error:
                print(type(error).__name__, error)

asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert ended.stdout.startswith("ConfigurationError mock_lightsail() cannot mock")
    assert "use LightsailServer" in ended.stdout


def test_an_async_client_of_a_server_works_in_a_mock() -> None:
    pytest.importorskip("aiobotocore")

    async def get_name(url: str) -> str:
        async with AsyncClient(region_name="us-east-1", endpoint_url=url) as client:
            return (await client.get_instance("WordPress-1")).name

    with mock_lightsail(), LightsailServer(instances=["WordPress-1"]) as server:
        assert asyncio.run(get_name(server.url)) == "WordPress-1"
