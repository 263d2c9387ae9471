"""What the logger ``lightsnap`` logs, and what it must never log."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import sys
import threading
import time
from typing import Any, cast

import pytest
from botocore.config import Config

from lightsnap import (
    AsyncOperationWaiter,
    Client,
    LightsnapError,
    Operation,
    OperationWaiter,
    ServiceError,
    TransportError,
    WaitError,
    WaitProgress,
)
from lightsnap.testing import FakeAsyncClock, FakeClock
from tests.documented import ANSWER, FAILED, PENDING, SUCCEEDED, WIRE
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
        (
            "INFO",
            (
                "the wait succeeded after 10.0 s and 3 calls: "
                "operations a of 'WordPress-Snapshot-1'"
            ),
        ),
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
    assert "; to resume, wait for operations first, second" in last


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


# Ends a line, acts on a terminal, or turns the text after it around.
HOSTILE = "a\n12:00 INFO all is well\r\x00\x1b[2J\x7f\x9b\u2028\u2029\u202e\u2066"
ESCAPED = r"a\n12:00 INFO all is well\r\x00\x1b[2J\x7f\x9b\u2028\u2029\u202e\u2066"


class Unreadable:
    def __repr__(self) -> str:
        return HOSTILE


def hostile_results() -> list[Any]:
    """What a function that fetches operations returns or raises, in this order."""
    members = PENDING.to_dict() | {
        "id": HOSTILE,
        "operationDetails": HOSTILE,
        **dict.fromkeys(("operationType", "resourceType", "resourceName"), HOSTILE),
    }
    failed = {"isTerminal": True, "errorCode": HOSTILE, "errorDetails": HOSTILE}
    return [
        ConnectionResetError(HOSTILE),
        TransportError(HOSTILE),
        ServiceError(code=HOSTILE, message=HOSTILE, tip=HOSTILE),
        Operation.from_dict(members),
        Operation.from_dict(members | failed | {"status": HOSTILE}),
    ]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("last", ["failed", "unreadable", "permanent error", "ctrl-c"])
def test_a_record_is_one_line_whatever_responses_and_names_hold(
    caplog: pytest.LogCaptureFixture, *, is_async: bool, last: str
) -> None:
    results = hostile_results()
    if last == "unreadable":
        results[-1] = Unreadable()
    if last == "permanent error":
        results[-1] = ValueError(HOSTILE)

    def on_poll(progress: WaitProgress) -> None:
        if last == "ctrl-c" and progress.calls == 5:
            raise KeyboardInterrupt

    def get_operation(_: str) -> Operation:
        result = results.pop(0)
        if isinstance(result, BaseException):
            raise result
        return cast("Operation", result)

    async def get_operation_async(operation_id: str) -> Operation:
        return get_operation(operation_id)

    def wait() -> object:
        if is_async:
            waiter = AsyncOperationWaiter(
                get_operation_async, on_poll=on_poll, clock=FakeAsyncClock()
            )
            return asyncio.run(waiter.wait([HOSTILE]))
        return OperationWaiter(get_operation, on_poll=on_poll, clock=FakeClock()).wait(
            [HOSTILE]
        )

    with (
        caplog.at_level(logging.DEBUG, "lightsnap"),
        pytest.raises((WaitError, KeyboardInterrupt)) as caught,
    ):
        wait()

    records = [each for each in caplog.records if each.name == "lightsnap"]
    assert len(records) >= 6
    assert all(each.getMessage().isprintable() for each in records)
    assert f"to resume, wait for operations {ESCAPED}" in records[-1].getMessage()
    assert str(caught.value).isprintable()
    notes = getattr(caught.value, "__notes__", [])
    assert all(each.isprintable() for each in notes)
    assert bool(notes) == (last == "ctrl-c")


def test_a_value_without_a_text_does_not_end_a_wait(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nameless(Operation):
        def __repr__(self) -> str:
            raise ZeroDivisionError

    ended = Nameless.from_dict(SUCCEEDED.to_dict())
    logger = logging.getLogger("lightsnap")
    monkeypatch.setattr(logging, "raiseExceptions", False)
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "level", logging.DEBUG)
    handler = logging.StreamHandler(io.StringIO())
    logger.addHandler(handler)
    try:
        waiter = OperationWaiter(lambda _: ended, clock=clock)
        assert waiter.wait(["b"]).ids == ("b",)
    finally:
        logger.removeHandler(handler)

    assert "the wait succeeded" in handler.stream.getvalue()


def test_records_without_control_characters_keep_their_arguments(
    caplog: pytest.LogCaptureFixture, clock: FakeClock
) -> None:
    """Tools that group records by their text before the arguments rely on it."""
    with caplog.at_level(logging.INFO, "lightsnap"):
        OperationWaiter(lambda _: SUCCEEDED, clock=clock).wait(["b"])

    assert (caplog.records[0].msg, caplog.records[0].args) == (
        "waiting for %s",
        ("operations b",),
    )


def test_the_log_of_a_create_is_one_line_for_each_record(
    stub: Stub, stub_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(stub_client._connect(), check=False)
    hostile = {
        **WIRE[0],
        **dict.fromkeys(("id", "resourceName", "operationDetails"), HOSTILE),
        "createdAt": time.time(),
    }
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", Answer({"operations": [hostile]}))
    names: dict[str, Any] = {
        "instance_name": HOSTILE,
        "instance_snapshot_name": HOSTILE,
    }
    with caplog.at_level(logging.DEBUG, "lightsnap"):
        assert set(client.create_instance_snapshot(**names).ids) == {HOSTILE}
    stub.on("GetOperationsForResource", error(HOSTILE, HOSTILE, tip=HOSTILE))
    with (
        caplog.at_level(logging.DEBUG, "lightsnap"),
        pytest.raises(LightsnapError) as caught,
    ):
        client.create_instance_snapshot(**names)

    assert str(caught.value).isprintable()
    assert ESCAPED in str(caught.value)
    messages = [
        each.getMessage() for each in caplog.records if "lightsnap" in each.name
    ]
    assert all(each.isprintable() for each in messages)


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
