"""``--cli-auto-prompt`` in the CLI as a whole, on a pseudo-terminal."""

from __future__ import annotations

import io
import json
import os
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from lightsnap.testing import LightsailServer
from tests import documented
from tests.cli.conftest import Run, about
from tests.cli.terminal import ENTER, Terminal
from tests.stub import Answer, Stub

pytestmark = pytest.mark.fake

CREATE = "create-instance-snapshot"
MONDAY = about(documented.ANSWER, instance_name="WordPress-1", snapshot_name="monday")


def test_answers_create_a_snapshot() -> None:
    with LightsailServer(region_name="us-west-2", instances=["WordPress-1"]) as server:
        environ = {**os.environ, **server.environment, "TERM": "xterm"}
        program = [sys.executable, "-m", "lightsnap", CREATE, "--cli-auto-prompt"]
        with Terminal(*program, "--wait", "--output", "json", env=environ) as terminal:
            terminal.wait_for("Instance name:")
            terminal.wait_for("WordPress-1")  # in the menu
            terminal.type("WordPress-1" + ENTER)
            terminal.wait_for("Snapshot name:")
            terminal.type(ENTER)
            terminal.wait_for("Tag:")
            terminal.type("key=env,value=prod" + ENTER)
            terminal.wait_for("Tag:")
            terminal.type(ENTER)
            terminal.wait_for(
                f"lightsnap {CREATE} --wait --output json --instance-name"
            )
            status, stdout = terminal.finish()

    assert status == 0
    operations = json.loads(stdout)["operations"]
    assert [each["status"] for each in operations] == ["Succeeded", "Succeeded"]
    assert operations[0]["resourceName"].startswith("WordPress-1-20")
    assert "--tags key=env,value=prod" in terminal.text


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give this process a terminal, on which keys are typed beforehand."""
    keyboard, terminal = os.openpty()
    settings = termios.tcgetattr(terminal)
    settings[0] &= ~termios.ICRNL
    settings[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, settings)
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):
            while chunk := os.read(keyboard, 4096):
                shown.append(chunk)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    monkeypatch.setenv("TERM", "xterm")
    with (
        os.fdopen(os.dup(terminal), "r") as stdin,
        os.fdopen(os.dup(terminal), "w") as stderr,
    ):

        def type_keys(keys: str) -> None:
            monkeypatch.setattr(sys, "stdin", stdin)
            monkeypatch.setattr(sys, "stderr", stderr)
            os.write(keyboard, keys.encode())

        yield type_keys
        monkeypatch.undo()
    os.close(terminal)
    reader.join(timeout=10)
    os.close(keyboard)


def test_answers_are_sent(
    typing: Callable[[str], None], run: Run, service: Stub
) -> None:
    service.on("GetInstances", Answer({"instances": [{}, {"name": "WordPress-1"}]}))
    service.on("CreateInstanceSnapshot", Answer(MONDAY))
    typing("WordPress-1\rmonday\x01\x0bmonday\rkey=env\r\r")

    ran = run(CREATE, "--cli-auto")

    assert ran.exit_code == 0
    assert service.requests == [
        ("GetInstances", {}),
        (
            "CreateInstanceSnapshot",
            {
                "instanceName": "WordPress-1",
                "instanceSnapshotName": "monday",
                "tags": [{"key": "env"}],
            },
        ),
    ]


def test_given_options_are_not_asked_for(
    typing: Callable[[str], None], run: Run, service: Stub
) -> None:
    service.on("CreateInstanceSnapshot", Answer(MONDAY))
    typing("\r")
    names = '{"instanceName": "WordPress-1", "instanceSnapshotName": "monday"}'

    assert run(CREATE, "--cli-input-json", names, "--cli-auto-prompt").exit_code == 0
    assert [operation for operation, _ in service.requests] == [
        "CreateInstanceSnapshot"
    ]


def test_invalid_options_are_reported_before_asking(
    typing: Callable[[str], None], run: Run
) -> None:
    typing("")

    ran = run(CREATE, "--instance-name", "-", "--cli-auto-prompt")

    assert ran.exit_code == 252


@pytest.mark.parametrize(
    "words", [("get-operation", "--operation-id", "1"), ("demo",), (CREATE,)]
)
def test_prompting_needs_a_terminal_and_a_create(
    run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    ran = run("--cli-auto-prompt", *words)

    assert ran.exit_code == 252
    assert ran.stderr.startswith("lightsnap: --cli-auto-prompt ")
