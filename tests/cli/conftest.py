"""Fixtures that run the CLI in this process, as from a shell."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import pytest

from lightsnap.cli import main
from tests import documented
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


def write_config(**settings: str) -> None:
    """Write the AWS config file."""
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[default]\n" + "".join(lines))
