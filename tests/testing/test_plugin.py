"""The pytest fixtures that lightsnap installs."""

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
    # Each runs twice: the second run must not find what the first one created.
    @pytest.mark.parametrize("_", range(2))
    def test_the_client_starts_with_an_empty_emulator(
        self, lightsail_client: LightsailClient, _: int
    ) -> None:
        assert lightsail_client.get_instances()["instances"] == []
        create_instances(lightsail_client, "WordPress-1")

    @pytest.mark.parametrize("_", range(2))
    def test_the_server_starts_empty_and_listens_at_its_url(
        self, lightsail_server: LightsailServer, _: int
    ) -> None:
        client = boto3.client("lightsail", **lightsail_server.client_kwargs)
        assert client.get_instances()["instances"] == []
        create_instances(client, "WordPress-1")

    def test_the_servers_environment_is_all_that_an_sdk_needs(
        self, lightsail_server: LightsailServer
    ) -> None:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in lightsail_server.environment.items():
                environment.setenv(name, value)
            client = boto3.client("lightsail")

        assert client.meta.endpoint_url == lightsail_server.url
        assert client.get_instances()["instances"] == []

    @pytest.mark.parametrize("_", range(2))
    def test_the_faults_apply_to_the_client(
        self, lightsail_faults: Faults, lightsail_client: LightsailClient, _: int
    ) -> None:
        assert lightsail_faults.pending == []
        lightsail_faults.error(code="NotFoundException", times=None)

        with pytest.raises(lightsail_client.exceptions.NotFoundException):
            lightsail_client.get_regions()

    def test_a_program_uses_the_server_even_while_a_mock_runs(
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
    def test_a_client_without_a_region_gets_the_region_of_the_fixture(self) -> None:
        assert boto3.client("lightsail").meta.region_name == "us-east-1"

    def test_the_faults_apply_to_the_server(
        self, lightsail_faults: Faults, lightsail_server: LightsailServer
    ) -> None:
        lightsail_faults.throttle()

        assert lightsail_server.faults.pending == lightsail_faults.pending != []

    def test_the_clock_advances_during_a_wait(
        self, lightsail_client: LightsailClient, fake_clock: FakeClock
    ) -> None:
        create_instances(lightsail_client, "WordPress-1")
        client = Client(lightsail_client, clock=fake_clock)

        client.snapshot_instance("WordPress-1")

        assert fake_clock.monotonic() > 0


@pytest.fixture(scope="class")
def shared_server() -> Iterator[LightsailServer]:
    with LightsailServer() as server:
        yield server


class TestScopes:
    @pytest.mark.parametrize("_", range(2))
    def test_faults_end_with_the_test(
        self, shared_server: LightsailServer, lightsail_faults: Faults, _: int
    ) -> None:
        assert shared_server.faults.pending == []
        lightsail_faults.throttle(times=None)


class TestRegion:
    @pytest.fixture
    def lightsail_region(self) -> str:
        return "eu-west-1"

    def test_the_region_can_be_overridden(
        self, lightsail_client: LightsailClient, lightsail_server: LightsailServer
    ) -> None:
        assert lightsail_client.meta.region_name == "eu-west-1"
        assert lightsail_server.environment["AWS_REGION"] == "eu-west-1"


def test_the_plugin_does_not_load_what_its_fixtures_need(
    tmp_path: str,
) -> None:
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


def test_each_fixture_has_a_description() -> None:
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
