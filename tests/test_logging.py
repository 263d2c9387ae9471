"""What the logger ``lightsnap`` logs, and what it must never log."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from typing import Any

import pytest
from botocore.config import Config

from lightsnap import (
    AsyncOperationWaiter,
    Client,
    LightsnapError,
    Operation,
    OperationWaiter,
    WaitError,
    WaitProgress,
)
from lightsnap.testing import FakeClock
from tests.documented import ANSWER, FAILED, PENDING, WIRE
from tests.stub import DROPPED, Answer, Stub, error

SECRETS = ("AKIAVERYSECRET", "the-secret-access-key", "the-session-token")


def test_nothing_is_printed_by_default() -> None:
    script = (
        "from lightsnap import OperationWaiter, WaitTimeoutError, ThrottlingError\n"
        "def get_operation(_): raise ThrottlingError(code='X', message='slow down')\n"
        "try: OperationWaiter(get_operation, timeout=0).wait(['a'])\n"
        "except WaitTimeoutError: print('done')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert (ran.stdout, ran.stderr) == ("done\n", "")


def test_a_wait_is_logged_from_start_to_end(
    caplog: pytest.LogCaptureFixture, clock: FakeClock
) -> None:
    results: list[Any] = [
        PENDING,
        ConnectionResetError("gone"),
        Operation.from_dict(
            {**PENDING.to_dict(), "isTerminal": True, "status": "Succeeded"}
        ),
    ]

    def get_operation(_: str) -> Operation:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        assert isinstance(result, Operation)
        return result

    with caplog.at_level(logging.DEBUG, "lightsnap"):
        OperationWaiter(get_operation, clock=clock, poll_interval=5).wait(["a"])

    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("INFO", "waiting for operations a"),
        ("DEBUG", f"fetched {PENDING!r}"),
        ("INFO", "fetching a failed: ConnectionResetError: gone"),
        ("DEBUG", f"fetched {PENDING!r}".replace("Started", "Succeeded")),
        ("INFO", "the wait succeeded after 10.0 s and 3 calls: operations a"),
    ]


@pytest.mark.parametrize(
    "outcome", ["timeout", "cancel", "permanent error", "failed", "ctrl-c"]
)
def test_the_last_line_of_a_wait_names_the_ids(
    caplog: pytest.LogCaptureFixture, clock: FakeClock, outcome: str
) -> None:
    cancel = threading.Event()

    def get_operation(operation_id: str) -> Operation:
        if outcome == "cancel":
            cancel.set()
        if outcome == "permanent error":
            raise ZeroDivisionError
        operation = FAILED if outcome == "failed" else PENDING
        return Operation.from_dict({**operation.to_dict(), "id": operation_id})

    def on_poll(_: WaitProgress) -> None:
        if outcome == "ctrl-c":
            raise KeyboardInterrupt

    waiter = OperationWaiter(
        get_operation, timeout=10, cancel=cancel, on_poll=on_poll, clock=clock
    )
    with (
        caplog.at_level(logging.INFO, "lightsnap"),
        pytest.raises((WaitError, KeyboardInterrupt)),
    ):
        waiter.wait(["first", "second"])

    last = caplog.messages[-1]
    assert last.endswith("; to resume, wait for operations first, second")


def test_the_last_line_of_a_cancelled_task_names_the_ids(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def get_operation(_: str) -> Operation:
        await asyncio.sleep(3600)
        raise AssertionError

    async def main() -> None:
        async with asyncio.timeout(0.01):
            await AsyncOperationWaiter(get_operation).wait(["first", "second"])

    with caplog.at_level(logging.INFO, "lightsnap"), pytest.raises(TimeoutError):
        asyncio.run(main())

    assert "CancelledError; to resume, wait for operations first" in caplog.messages[-1]


def test_no_secret_is_logged(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key, secret, token = SECRETS
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    client = Client(
        region_name="us-west-2",
        endpoint_url=stub.url,
        config=Config(retries={"total_max_attempts": 1}),
        clock=FakeClock(),
    )
    names: dict[str, Any] = {
        "instance_name": "WordPress-1",
        "instance_snapshot_name": "S-1",
    }
    stub.on("GetOperationsForResource", error("AccessDeniedException", "no"))
    errors: list[LightsnapError] = []
    with caplog.at_level(logging.DEBUG, "lightsnap"), client:
        for response in (
            DROPPED,
            error("ThrottlingException", "Rate exceeded"),
            error("AccessDeniedException", "no"),
            error("ExpiredTokenException", "expired"),
            Answer(ANSWER[:100]),
        ):
            stub.on("CreateInstanceSnapshot", response)
            stub.on("GetOperation", response)
            with pytest.raises(LightsnapError) as caught:
                client.create_instance_snapshot(**names)
            errors.append(caught.value)
            with pytest.raises(LightsnapError) as caught:
                client.wait([WIRE[0]["id"]], timeout=3)
            errors.append(caught.value)

    texts = [
        *(
            record.getMessage()
            for record in caplog.records
            if record.name == "lightsnap"
        ),
        *(f"{each} {each!r} {getattr(each, '__notes__', '')}" for each in errors),
        f"{client!r} {vars(client)}",
    ]
    assert len(errors) == 10
    assert len(texts) > 20
    for text in texts:
        assert not any(hidden in text for hidden in SECRETS), text
