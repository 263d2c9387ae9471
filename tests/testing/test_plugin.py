"""The fixtures that pytest has as soon as lightsnap is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest

from lightsnap import Client
from lightsnap.testing import FakeClock, Faults, LightsailServer
from tests.embedded import create_instances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_lightsail import LightsailClient


class TestFixtures:
    # In the order of the file: what one test makes, the next must not find.
    @pytest.mark.parametrize("_", range(2))
    def test_the_client_is_of_an_empty_lightsail(
        self, lightsail_client: LightsailClient, _: int
    ) -> None:
        assert lightsail_client.get_instances()["instances"] == []
        create_instances(lightsail_client, "WordPress-1")

    @pytest.mark.parametrize("_", range(2))
    def test_the_server_is_empty_and_answers_at_its_url(
        self, lightsail_server: LightsailServer, _: int
    ) -> None:
        client = boto3.client("lightsail", **lightsail_server.client_kwargs)
        assert client.get_instances()["instances"] == []
        create_instances(client, "WordPress-1")

    def test_the_environment_of_the_server_is_all_that_an_sdk_needs(
        self, lightsail_server: LightsailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in lightsail_server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)

        client = boto3.client("lightsail")

        assert client.meta.endpoint_url == lightsail_server.url
        assert client.get_instances()["instances"] == []

    @pytest.mark.parametrize("_", range(2))
    def test_the_faults_strike_the_client(
        self, lightsail_faults: Faults, lightsail_client: LightsailClient, _: int
    ) -> None:
        assert lightsail_faults.pending == []
        lightsail_faults.error(code="NotFoundException", times=None)

        with pytest.raises(lightsail_client.exceptions.NotFoundException):
            lightsail_client.get_regions()

    def test_a_program_meets_the_server_even_beside_a_mock(
        self, lightsail_server: LightsailServer, lightsail_client: LightsailClient
    ) -> None:
        create_instances(lightsail_client, "WordPress-1")
        code = """
import boto3
print(boto3.client("lightsail").get_instances()["instances"][0]["name"])
"""
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **lightsail_server.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.strip() == "WordPress-1"

    @pytest.mark.usefixtures("lightsail_client")
    def test_a_client_without_a_region_is_of_that_region(self) -> None:
        assert boto3.client("lightsail").meta.region_name == "us-east-1"

    def test_the_faults_strike_the_server(
        self, lightsail_faults: Faults, lightsail_server: LightsailServer
    ) -> None:
        lightsail_faults.throttle()

        assert lightsail_server.faults.pending == lightsail_faults.pending != []

    def test_the_clock_takes_no_time(
        self, lightsail_client: LightsailClient, fake_clock: FakeClock
    ) -> None:
        create_instances(lightsail_client, "WordPress-1")
        client = Client(lightsail_client, clock=fake_clock)

        client.snapshot_instance("WordPress-1")

        assert fake_clock.monotonic() > 0


@pytest.fixture(scope="class")
def lasting_server() -> Iterator[LightsailServer]:
    with LightsailServer() as server:
        yield server


class TestScopes:
    @pytest.mark.parametrize("_", range(2))
    def test_faults_end_with_the_test(
        self, lasting_server: LightsailServer, lightsail_faults: Faults, _: int
    ) -> None:
        assert lasting_server.faults.pending == []
        lightsail_faults.throttle(times=None)


class TestRegion:
    @pytest.fixture
    def lightsail_region(self) -> str:
        return "eu-west-1"

    def test_the_region_can_be_another(
        self, lightsail_client: LightsailClient, lightsail_server: LightsailServer
    ) -> None:
        assert lightsail_client.meta.region_name == "eu-west-1"
        assert lightsail_server.environment["AWS_REGION"] == "eu-west-1"


def test_pytest_loads_nothing_for_the_plugin_but_the_plugin(
    tmp_path: str,
) -> None:
    # What the fixtures need would be seen here, were it loaded before its time.
    code = """
import sys, pytest
status = pytest.main(["--quiet", "--collect-only", "-p", "no:cacheprovider", "."])
packages = {name.partition(".")[0] for name in sys.modules}
print(packages & {"attrs", "boto3", "botocore", "flask", "moto", "tenacity"})
print("lightsnap.testing.pytest_plugin" in sys.modules, int(status))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.splitlines()[-2:] == ["set()", "True 5"]


def test_each_fixture_is_described() -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--fixtures",
            "--quiet",
            "-p",
            "no:cacheprovider",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    for name in ("client", "server", "faults", "region"):
        assert f"lightsail_{name} -- " in ended.stdout
