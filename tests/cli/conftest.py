"""Fixtures that run the CLI in this process, as from a shell."""

from __future__ import annotations

import errno
import io
import os
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from attrs import frozen
from moto.moto_api import state_manager

from lightsnap.cli import main
from lightsnap.testing import LightsailServer
from tests import documented
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION, create_instances
from tests.stub import Answer, Stub


class Ran(NamedTuple):
    """The result of a command line."""

    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Ran]

CREATE: tuple[str, ...] = (
    "create-instance-snapshot",
    "--instance-name",
    "WordPress-1",
    "--instance-snapshot-name",
    "WordPress-Snapshot-1",
)
IDS = [each["id"] for each in documented.WIRE]


def about(text: str, *, instance_name: str, snapshot_name: str) -> str:
    """Put other names into the documented response to a create, or into its output."""
    names = {"WordPress-Snapshot-1": snapshot_name, "WordPress-1": instance_name}
    return re.sub("|".join(names), lambda match: names[match[0]], text)


def full_stream() -> io.StringIO:
    """Return a stream that nothing can be written to."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    return Full()


def sent(service: Stub) -> list[str]:
    """Return the API operations that were called."""
    return [operation for operation, _ in service.requests]


@pytest.fixture
def aws_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Generator[None, None, None]:
    """Set keys, a Region and UTC, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("CI", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str],
    aws_settings: None,  # noqa: ARG001
) -> Run:
    """Run a command line."""

    def run(*words: str) -> Ran:
        capsys.readouterr()
        return Ran(main(words), *capsys.readouterr())

    return run


@pytest.fixture
def service(stub: Stub, monkeypatch: pytest.MonkeyPatch, aws_settings: None) -> Stub:  # noqa: ARG001
    """A stub that the CLI calls, with the responses of the documentation."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", stub.url)
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    ended = {**documented.WIRE[0], "isTerminal": True, "status": "Succeeded"}
    stub.on("GetOperation", Answer({"operation": ended}))
    return stub


@frozen
class Fleet:
    """A server with the instances web, web-2 and db, and what its Regions hold."""

    server: LightsailServer

    def client(self, region_name: str = "us-west-2") -> Any:
        settings = self.server.client_kwargs | {"region_name": region_name}
        return boto3.client("lightsail", **settings)

    def names(self, region_name: str = "us-west-2") -> list[str]:
        """The names of the snapshots in a Region."""
        response = self.client(region_name).get_instance_snapshots()
        return sorted(each["name"] for each in response["instanceSnapshots"])

    @property
    def sent(self) -> set[str]:
        """The API operations that were called."""
        return set(self.server.calls.names)


@pytest.fixture(scope="module")
def fleet_server() -> Generator[LightsailServer, None, None]:
    with LightsailServer(region_name="us-west-2") as server:
        yield server


@pytest.fixture
def fleet(
    fleet_server: LightsailServer,
    monkeypatch: pytest.MonkeyPatch,
    aws_settings: None,  # noqa: ARG001
) -> Generator[Fleet, None, None]:
    """A fleet that the CLI calls, whose snapshots end at once."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_LIGHTSAIL", fleet_server.url)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    fleet_server.reset()
    for model in (OPERATION, INSTANCE_SNAPSHOT):
        state_manager.set_transition(model, {"progression": "immediate"})
    fleet = Fleet(fleet_server)
    create_instances(fleet.client(), "web", "web-2")
    create_instances(fleet.client(), "db", tags=[{"key": "env", "value": "prod"}])
    fleet_server.calls.clear()
    yield fleet
    for model in (OPERATION, INSTANCE_SNAPSHOT):
        state_manager.unset_transition(model)


def write_config(**settings: str) -> None:
    """Write the AWS config file."""
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[default]\n" + "".join(lines))
