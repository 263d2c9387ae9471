"""The pytest fixtures that lightsnap installs."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.moto_api import state_manager

from lightsnap import Client
from lightsnap.testing import (
    Emulator,
    FakeAsyncClock,
    FakeClock,
    Faults,
    LightsailServer,
    Transitions,
    faults,
    mock_lightsail,
)
from tests.embedded import (
    INSTANCE,
    INSTANCE_SNAPSHOT,
    OPERATION,
    create_instances,
    create_snapshot,
    get_instance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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

    def test_the_async_clock_starts_at_zero(
        self, fake_async_clock: FakeAsyncClock
    ) -> None:
        assert fake_async_clock.monotonic() == 0

    @pytest.mark.parametrize("_", range(2))
    def test_the_emulator_controls_the_client(
        self, lightsail_emulator: Emulator, lightsail_client: LightsailClient, _: int
    ) -> None:
        assert is_real(lightsail_emulator.clock.now())
        assert lightsail_emulator.calls == []
        lightsail_emulator.clock.advance(days=30)
        lightsail_emulator.create_instances("WordPress-1")
        lightsail_emulator.age("WordPress-1", days=8)

        created_at = get_instance(lightsail_client)["createdAt"]

        assert is_real(created_at - timedelta(days=22))
        assert lightsail_emulator.calls.names == ["GetInstance"]

    def test_the_emulator_controls_the_server(
        self, lightsail_emulator: Emulator, lightsail_server: LightsailServer
    ) -> None:
        lightsail_emulator.clock.advance(days=30)

        assert not is_real(Emulator(lightsail_server.url).clock.now())


def is_real(time: datetime) -> bool:
    return abs(time - datetime.now(UTC)) < timedelta(minutes=1)


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

    @pytest.mark.parametrize("_", range(2))
    def test_the_clock_the_calls_and_the_faults_end_with_the_test(
        self, shared_server: LightsailServer, lightsail_emulator: Emulator, _: int
    ) -> None:
        assert is_real(shared_server.clock.now())
        assert shared_server.calls == shared_server.faults.pending == []
        client = boto3.client("lightsail", **shared_server.client_kwargs)
        client.get_regions()
        lightsail_emulator.clock.advance(days=30)
        lightsail_emulator.faults.throttle()


class TestTransitions:
    @pytest.mark.parametrize("_", range(2))
    def test_they_end_with_the_test(
        self,
        lightsail_client: LightsailClient,
        lightsail_transitions: Transitions,
        _: int,
    ) -> None:
        create_instances(lightsail_client, "WordPress-1")
        (operation, _other) = create_snapshot(lightsail_client)
        assert operation["status"] == "NotStarted"
        lightsail_transitions.set("operation")

        (operation, _other) = create_snapshot(lightsail_client, "Other")
        assert operation["status"] == "Succeeded"

    def test_they_are_motos(self, lightsail_transitions: Transitions) -> None:
        get: Any = state_manager.get_transition
        lightsail_transitions.set(times=3)
        lightsail_transitions.set("instance", "instance_snapshot", seconds=60)
        lightsail_transitions.set("instance_snapshot")

        assert get(OPERATION) == {"progression": "manual", "times": 3}
        assert get(INSTANCE) == {"progression": "time", "seconds": 60}
        assert get(INSTANCE_SNAPSHOT) == {"progression": "immediate"}

    def test_what_was_set_before_is_restored(self) -> None:
        get: Any = state_manager.get_transition
        default = get(INSTANCE)
        before = {"progression": "manual", "times": 7}
        state_manager.set_transition(OPERATION, before)

        with Transitions() as transitions:
            for _ in range(2):
                transitions.set(times=3)
        state_manager.set_transition(INSTANCE, before)

        assert get(OPERATION) == before
        state_manager.unset_transition(INSTANCE)
        assert get(INSTANCE) == default

    @pytest.mark.parametrize(
        ("models", "numbers", "message"),
        [
            (["disk"], {}, "there is no model 'disk': give one of operation, instance"),
            ([], {"times": 1, "seconds": 1}, "give either times or seconds"),
            ([], {"times": -1}, "negative or too large"),
            ([], {"seconds": -1}, "negative or too large"),
            ([], {"seconds": float("nan")}, "negative or too large"),
            ([], {"seconds": 1e300}, "negative or too large"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self,
        lightsail_transitions: Transitions,
        models: list[str],
        numbers: dict[str, Any],
        message: str,
    ) -> None:
        with pytest.raises(ValueError, match=message):
            lightsail_transitions.set(*models, **numbers)


class TestStrictFaults:
    @pytest.fixture
    def lightsail_strict_faults(self) -> bool:
        return True

    def test_a_fault_that_applied_passes(
        self, lightsail_client: LightsailClient, lightsail_faults: Faults
    ) -> None:
        lightsail_faults.error("GetRegions", code="AccessDeniedException", times=None)

        with pytest.raises(lightsail_client.exceptions.AccessDeniedException):
            lightsail_client.get_regions()


UNUSED_FAULTS = """
import pytest
from lightsnap.testing import faults

@pytest.fixture
def lightsail_strict_faults():
    return True

def test_faults_first(lightsail_faults, lightsail_client):
    lightsail_faults.throttle("GetRegions")

def test_client_first(lightsail_client, lightsail_faults):
    lightsail_faults.throttle("GetRegions")

def test_client(lightsail_client):
    faults.throttle("GetRegions")

def test_server(lightsail_server):
    lightsail_server.faults.throttle("GetRegions")

def test_emulator(lightsail_emulator, lightsail_client):
    lightsail_emulator.faults.throttle("GetRegions")

def test_the_next_one(lightsail_client):
    lightsail_client.get_regions()

@pytest.mark.parametrize("lightsail_strict_faults", [False])
def test_not_strict(lightsail_client, lightsail_faults):
    lightsail_faults.throttle("GetRegions")
"""


def test_a_fault_that_never_applied_fails_a_strict_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(UNUSED_FAULTS, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rE", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "7 passed, 5 errors" in ended.stdout
    message = "these faults never applied to a call: throttle(operation='GetRegions'"
    assert ended.stdout.count(f"AssertionError: {message}") >= 5
    for name in ("faults_first", "client_first", "client", "server", "emulator"):
        assert f"ERROR test_it.py::test_{name} " in ended.stdout


def test_faults_are_strict_without_pytest_too() -> None:
    with mock_lightsail() as emulator:
        faults.throttle("GetRegions")

        with pytest.raises(AssertionError, match="never applied"):
            emulator.faults.assert_all_applied()


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


def test_each_fixture_has_a_description(tmp_path: Path) -> None:
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
        cwd=tmp_path,  # where no tests are
        capture_output=True,
        text=True,
        check=False,
    )

    for name in (
        "client",
        "server",
        "faults",
        "region",
        "emulator",
        "transitions",
        "strict_faults",
    ):
        assert f"lightsail_{name} -- " in ended.stdout
