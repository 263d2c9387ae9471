"""Stored operations: resuming a wait in another process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import Mock, create_autospec

import boto3
import pytest
from moto.moto_api import state_manager

from lightsnap import (
    Client,
    Operations,
    ResumeError,
    WaitInterruptedError,
)
from lightsnap._aws.protocols import LightsailClient
from lightsnap.testing import LightsailServer
from tests.documented import BOTO3, WIRE, operation
from tests.embedded import create_instances
from tests.stub import Answer, Stub, error

pytestmark = pytest.mark.fake

OTHER_REGION = {"availabilityZone": "eu-central-1a", "regionName": "eu-central-1"}
TERMINAL: dict[str, Any] = {"isTerminal": True, "status": "Succeeded"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "null",
        "[]",
        "5",
        "{}",
        '{"version": 1}',
        '{"version": 2}',
        b"\xff",
    ],
)
def test_text_that_is_not_stored_operations_is_rejected(text: str | bytes) -> None:
    with pytest.raises(ResumeError):
        Operations.from_json(text)


def test_damaged_operations_are_rejected() -> None:
    stored = Operations([operation()]).to_json()

    with pytest.raises(ResumeError, match="not stored operations"):
        Operations.from_json(stored[: len(stored) // 2])
    with pytest.raises(ResumeError, match="are damaged"):
        Operations.from_json(stored.replace('"id"', '"ID"'))


def test_operations_are_polled_in_their_own_region(
    stub: Stub, stub_client: Client
) -> None:
    stored = Operations([operation(location=OTHER_REGION)]).to_json()
    ended = {**WIRE[0], **TERMINAL, "location": OTHER_REGION}
    stub.on("GetOperation", Answer({"operation": ended}))
    signatures: list[str] = []
    events: Any = stub_client._connect().meta.events  # type: ignore[attr-defined] # of boto3
    events.register(
        "before-send",
        lambda request, **_: signatures.append(
            request.headers["Authorization"].decode()
        ),
    )

    stub_client.wait(Operations.from_json(stored))

    (signature,) = signatures
    assert "/eu-central-1/lightsail/aws4_request" in signature


def test_terminal_operations_in_another_region_are_accepted(
    stub: Stub, stub_client: Client
) -> None:
    terminal = Operations([operation(location=OTHER_REGION, **TERMINAL)])

    assert stub_client.wait(Operations.from_json(terminal.to_json())) == terminal
    assert stub.requests == []


def test_global_operations_can_be_waited_for(stub: Stub, stub_client: Client) -> None:
    location = {"availabilityZone": "all", "regionName": "global"}
    wire = {**WIRE[0], **TERMINAL, "location": location}
    stub.on("GetOperation", Answer({"operation": wire}))

    stored = Operations([operation(location=location)]).to_json()

    assert stub_client.wait(Operations.from_json(stored)).ids == (BOTO3["id"],)


def test_a_future_version_is_told_as_such() -> None:
    stored = Operations([operation()]).to_json().replace('"version": 1', '"version": 2')

    with pytest.raises(ResumeError, match="stored in version 2, and this lightsnap"):
        Operations.from_json(stored)


def test_without_check_another_region_is_left_to_the_service(stub: Stub) -> None:
    stub.on("GetOperation", error("NotFoundException", "gone"))
    client = Client(region_name="us-west-2", endpoint_url=stub.url, check=False)

    with client, pytest.raises(WaitInterruptedError):
        client.wait([operation(location=OTHER_REGION)])


def test_a_client_of_unknown_region_can_wait_for_any_operation() -> None:
    lightsail = create_autospec(LightsailClient, instance=True)
    lightsail.meta = Mock()  # as in a user's own tests
    lightsail.get_operation.return_value = {"operation": {**BOTO3, **TERMINAL}}

    assert Client(lightsail).wait([operation(location=OTHER_REGION)]).is_terminal


# Scripts that store their operations at once, then wait for a minute, which is enough
# time to stop them even on a busy machine. They restore the handler of SIGINT, which is
# ignored in processes that were started in the background.
SYNC = """
import logging, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from lightsnap import Client, Operations
logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
client = Client()
operations = client.create_instance_snapshot(
    instance_name="WordPress-1", instance_snapshot_name="S-1"
)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(operations.to_json())
os.rename(sys.argv[1] + ".new", sys.argv[1])
client.wait(operations, poll_interval=1)
"""
ASYNC = """
import asyncio, logging, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from lightsnap import AsyncClient
logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
async def main():
    async with AsyncClient() as client:
        operations = await client.create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="S-1"
        )
        with open(sys.argv[1] + ".new", "w") as file:
            file.write(operations.to_json())
        os.rename(sys.argv[1] + ".new", sys.argv[1])
        await client.wait(operations, poll_interval=1)
asyncio.run(main())
"""
RESUME = """
import sys
from lightsnap import Client, Operations
operations = Operations.from_json(open(sys.argv[1]).read())
print(len(Client().wait(operations, poll_interval=0.05).succeeded))
"""
SCRIPTS = {"sync": SYNC} | ({"async": ASYNC} if find_spec("aiobotocore") else {})


class SlowServer:
    """A server on which snapshots take long, and a way to run scripts against it."""

    def __init__(self, server: LightsailServer, log: list[str]) -> None:
        self.log = log
        self.environment = {
            **os.environ,
            **server.environment,
            "AWS_ENDPOINT_URL": server.url,
        }

    def start(self, script: str, path: Path) -> subprocess.Popen[str]:
        """Start a script, and return once its wait has begun."""
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(path)],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not (path.exists() and any("GetOperation" in line for line in self.log)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process


@pytest.fixture
def slow_server() -> Iterator[SlowServer]:
    log: list[str] = []
    long = {"progression": "manual", "times": 30}
    with LightsailServer(log=log.append) as server:
        plain = boto3.client("lightsail", **server.client_kwargs)
        create_instances(plain, "WordPress-1")
        state_manager.set_transition("lightsail::operation", long)
        try:
            yield SlowServer(server, log)
        finally:
            state_manager.unset_transition("lightsail::operation")
            plain.close()


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_wait_resumes_after_its_process_was_killed(
    slow_server: SlowServer, tmp_path: Path, script: str
) -> None:
    path = tmp_path / "operations.json"
    with slow_server.start(script, path) as first:
        first.kill()
    assert first.returncode == -signal.SIGKILL

    second = subprocess.run(
        [sys.executable, "-c", RESUME, str(path)],
        env=slow_server.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert second.stdout == "2\n"
    created = [line for line in slow_server.log if "CreateInstanceSnapshot" in line]
    assert len(created) == 1


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_ctrl_c_raises_keyboard_interrupt_with_the_ids(
    slow_server: SlowServer, tmp_path: Path, script: str
) -> None:
    path = tmp_path / "operations.json"
    with slow_server.start(script, path) as process:
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=60)

    ids = ", ".join(Operations.from_json(path.read_text()).ids)
    assert process.returncode == -signal.SIGINT, output
    assert "KeyboardInterrupt" in output
    assert f"lightsnap was waiting for operations {ids} of " in output
    logged = [line for line in output.splitlines() if line.startswith("lightsnap the ")]
    assert f"to resume, wait for operations {ids} of " in logged[-1]
