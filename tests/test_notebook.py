"""The bar of ``progress()`` in a terminal, and when a wait closes what shows it.

The notebooks of docs/notebooks have it in a notebook.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import pytest

from lightsnap import (
    AsyncOperationWaiter,
    Client,
    ConstraintError,
    Operation,
    Operations,
    OperationWaiter,
    WaitProgress,
    progress,
)
from lightsnap.testing import FakeAsyncClock, FakeClock
from tests.documented import FAILED, PENDING, operation

tqdm_std = pytest.importorskip("tqdm.std", reason="without the extra notebook")

ENDED = operation(id="a", isTerminal=True, status="Succeeded")
NAME = "WordPress-Snapshot-1"


@pytest.fixture(autouse=True)
def all_bars_are_closed() -> Iterator[None]:
    """What each test must leave behind. tqdm knows which bars are open."""
    yield
    assert list(tqdm_std.tqdm._instances) == []


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Each state that the lines on stderr had, one after the other."""
    told = capsys.readouterr().err.replace("\r", "\n").splitlines()
    stripped = [line.strip() for line in told if line.strip()]
    return [line for line, _ in groupby(stripped)]


def answering(*answers: Operation | BaseException) -> Callable[[str], Operation]:
    """Give one answer after the other; the last one stays."""
    remaining = list(answers)

    def get_operation(_: str) -> Operation:
        answer = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return get_operation


def polled(*operations: Operation, elapsed: float = 1) -> WaitProgress:
    known = Operations(operations)
    return WaitProgress(
        operations=known, ids=known.ids, elapsed=elapsed, polls=1, calls=1
    )


def test_one_line_has_counts_elapsed_time_and_statuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress() as on_poll:
        on_poll(polled(PENDING, operation(id="b"), elapsed=0.4))
        on_poll(polled(PENDING, operation(id="b", status="NotStarted"), elapsed=21))
        on_poll(polled(ENDED, FAILED, elapsed=63.6))

    assert lines(capsys) == [
        f"{NAME}: |          | 0/2 done, 0 s (2 Started)",
        f"{NAME}: |          | 0/2 done, 21 s (1 Started, 1 NotStarted)",
        f"{NAME}: |█████     | 1/2 done, 64 s (1 Succeeded, 1 Failed)",
    ]


def test_a_call_that_waits_twice_has_one_bar(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    client.snapshot_instance(
        "WordPress-1", poll_interval=21, instance_snapshot_name=NAME, on_poll=progress()
    )

    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert shown.rstrip().endswith(f"{NAME}: |██████████| 1/1 done, 42 s: available")
    assert f"{NAME}: |██████████| 2/2 done, 42 s (2 Succeeded)" in shown


@pytest.mark.parametrize("method", ["wait", "wait_until_available"])
def test_a_wait_of_a_client_closes_the_bar(
    method: str, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    operations = client.create_instance_snapshot(
        instance_name="WordPress-1", instance_snapshot_name=NAME
    )

    wait = getattr(client, method)
    wait(operations if method == "wait" else NAME, on_poll=progress())

    assert lines(capsys)[-1].startswith(f"{NAME}: |██████████| ")


def test_a_bar_can_serve_one_wait_after_the_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    on_poll = progress(desc="nightly")
    for _ in range(2):
        OperationWaiter(answering(ENDED), on_poll=on_poll).wait(["a"])

    done = "nightly: |██████████| 1/1 done, 0 s (1 Succeeded)"
    assert capsys.readouterr().err.count(f"{done}\n") == 2


def test_a_bar_need_not_stay(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(leave=False) as on_poll:
        on_poll(polled(ENDED))

    last_state = capsys.readouterr().err.split("\r")[-2]
    assert last_state.strip() == ""


def test_a_long_name_leaves_room(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as on_poll:
        on_poll(polled(operation(resourceName="WordPress-1-20261124T220501-000042Z")))

    assert lines(capsys)[0].startswith("WordPress-1-20261124T...: |")


def test_what_the_service_tells_commands_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress() as on_poll:
        on_poll(polled(operation(resourceName="a\x1b[2Jb\nc", status="\x07")))

    assert lines(capsys) == ["a?[2Jb?c: |          | 0/1 done, 1 s (1 ?)"]


WAYS_OUT: dict[str, Operation | BaseException] = {
    "WaitTimeoutError": PENDING,
    "WaitFailedError": operation(id="a", isTerminal=True),
    "WaitInterruptedError": NotImplementedError(),
    "WaitCancelledError": PENDING,
    "CancelledError": asyncio.CancelledError(),
    "KeyboardInterrupt": KeyboardInterrupt(),
}


def leaving(error: str) -> dict[str, Any]:
    """The arguments of a wait that ends by an error, in its second round."""
    cancel = threading.Event()
    answer = answering(PENDING, WAYS_OUT[error])

    def get_operation(operation_id: str) -> Operation:
        if cancels.pop():
            cancel.set()
        return answer(operation_id)

    cancels = [error == "WaitCancelledError", False]
    return {
        "get_operation": get_operation,
        "poll_interval": 21,
        "timeout": 21 if error == "WaitTimeoutError" else None,
        "cancel": cancel,
        "on_poll": progress(),
    }


@pytest.mark.parametrize("error", WAYS_OUT)
def test_the_bar_is_closed_on_every_way_out(
    error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waiter = OperationWaiter(**leaving(error), clock=FakeClock())

    with pytest.raises(BaseException) as caught:  # noqa: PT011 (its name is checked)
        waiter.wait(["a"])

    assert type(caught.value).__name__ == error
    assert lines(capsys)[-1].endswith(f"): {error}")


@pytest.mark.parametrize("error", [*WAYS_OUT][:-1])
def test_the_bar_is_closed_on_every_way_out_of_async_code(
    error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = leaving(error)
    get_operation = options.pop("get_operation")

    async def ask(operation_id: str) -> Operation:
        operation: Operation = get_operation(operation_id)
        return operation

    waiter = AsyncOperationWaiter(ask, **options, clock=FakeAsyncClock())
    with pytest.raises(BaseException) as caught:  # noqa: PT011 (its name is checked)
        asyncio.run(waiter.wait(["a"]))

    assert type(caught.value).__name__ == error
    assert lines(capsys)[-1].endswith(f"): {error}")


def test_a_wait_that_never_began_shows_nothing(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConstraintError):
        client.snapshot_instance("a b", on_poll=progress())

    assert lines(capsys) == []


# Before 4.70, tqdm stumbles when a bar goes that could not be painted even once.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stderr_that_nobody_reads_does_not_end_a_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken:
        encoding = "utf-8"

        def write(self, _: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Broken())
    waiter = OperationWaiter(
        answering(PENDING, ENDED), on_poll=progress(), clock=FakeClock()
    )

    assert waiter.wait(["a"]).is_terminal


def test_without_tqdm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with pytest.raises(ImportError, match=r"pip install 'lightsnap\[notebook\]'"):
        progress()


class Watcher:
    """An ``on_poll`` that is a context, and takes down what happens."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def __call__(self, progress: object) -> None:
        self.events.append(type(progress).__name__)

    def __enter__(self) -> None:
        self.events.append("enter")

    def __exit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        self.events.append(error_type.__name__ if error_type else "exit")


def test_any_on_poll_may_be_a_context(client: Client) -> None:
    watcher = Watcher()

    client.snapshot_instance("WordPress-1", on_poll=watcher)

    polls = ["WaitProgress"] * 3 + ["SnapshotProgress"]
    assert watcher.events == ["enter", *polls, "exit"]


def test_a_context_is_left_when_a_create_is_refused(client: Client) -> None:
    watcher = Watcher()

    with pytest.raises(ConstraintError):
        client.snapshot_instance("a b", on_poll=watcher)

    assert watcher.events == ["enter", "ConstraintError"]
