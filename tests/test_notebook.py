"""The bar of ``progress()`` in a terminal, and how a wait closes its ``on_poll``.

The notebooks in docs/notebooks show it in a notebook.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import groupby, permutations
from typing import Any

import pytest

from lightsnap import (
    AsyncClient,
    AsyncOperationWaiter,
    BackupPlan,
    Client,
    ConstraintError,
    NotFoundError,
    Operation,
    Operations,
    OperationWaiter,
    WaitFailedError,
    WaitProgress,
    WaitTimeoutError,
    progress,
)
from lightsnap.testing import FakeAsyncClock, FakeClock, LightsailServer
from tests.documented import FAILED, PENDING, operation
from tests.embedded import create_instances, shared_client

pytestmark = pytest.mark.fake

tqdm_std = pytest.importorskip("tqdm.std", reason="the extra notebook is not installed")

ENDED = operation(id="a", isTerminal=True, status="Succeeded")
NAME = "WordPress-Snapshot-1"


@pytest.fixture(autouse=True)
def all_bars_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check that each test closes its bars, which disables them, and frees the lock."""
    tqdm = tqdm_std.tqdm
    bars: list[Any] = []
    init = tqdm.__init__

    def recording_init(self: Any, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        bars.append(self)  # a reference, so that garbage collection does not close it

    monkeypatch.setattr(tqdm, "__init__", recording_init)
    yield
    assert [bar for bar in bars if not bar.disable] == []
    is_free: list[bool] = []
    thread = threading.Thread(target=try_lock, args=(tqdm.get_lock().th_lock, is_free))
    thread.start()
    thread.join()
    assert is_free == [True]
    assert tqdm.monitor is None


def try_lock(lock: Any, is_free: list[bool]) -> None:
    """Try to acquire a lock; call it in a new thread, since the lock is reentrant."""
    is_free.append(lock.acquire(blocking=False))
    if is_free[0]:
        lock.release()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the successive states of the lines on stderr."""
    shown = capsys.readouterr().err.replace("\r", "\n").splitlines()
    stripped = [line.strip() for line in shown if line.strip()]
    return [line for line, _ in groupby(stripped)]


def returning(*results: Operation | BaseException) -> Callable[[str], Operation]:
    """Return a function that returns or raises one result per call, then the last."""
    remaining = list(results)

    def get_operation(_: str) -> Operation:
        result = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(result, BaseException):
            raise result
        return result

    return get_operation


def progress_of(*operations: Operation, elapsed: float = 1) -> WaitProgress:
    known = Operations(operations)
    return WaitProgress(
        operations=known, ids=known.ids, elapsed=elapsed, polls=1, calls=1
    )


def test_one_line_shows_counts_elapsed_time_and_statuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress(disable=False) as on_poll:
        on_poll(progress_of(PENDING, operation(id="b"), elapsed=0.4))
        on_poll(
            progress_of(PENDING, operation(id="b", status="NotStarted"), elapsed=21)
        )
        on_poll(progress_of(ENDED, FAILED, elapsed=63.6))

    assert lines(capsys) == [
        f"{NAME}: |          | 0/2 done, 0 s (2 Started)",
        f"{NAME}: |          | 0/2 done, 21 s (1 Started, 1 NotStarted)",
        f"{NAME}: |█████     | 1/2 done, 64 s (1 Succeeded, 1 Failed)",
    ]


def test_a_call_with_two_waits_shows_one_bar(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    client.snapshot_instance(
        "WordPress-1",
        poll_interval=21,
        instance_snapshot_name=NAME,
        on_poll=progress(disable=False),
    )

    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert shown.rstrip().endswith(f"{NAME}: |██████████| 3/3 done, 42 s: available")
    assert f"{NAME}: |██████████| 2/2 done, 42 s (2 Succeeded)" in shown


def screen(written: str) -> list[str]:
    """Return the lines that a terminal shows after tqdm's output."""
    rows: dict[int, str] = {}
    row = 0
    for token in re.findall(r"\x1b\[A|\r|\n|[^\x1b\r\n]+", written):
        if token == "\x1b[A":
            row -= 1
        elif token == "\n":
            row += 1
        elif token != "\r":
            rows[row] = token.rstrip()
    assert row >= max(index for index, line in rows.items() if line)
    return [line for _, line in sorted(rows.items())]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_bars_of_several_waits_leave_a_line_each(
    order: tuple[int, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    bars = [progress(disable=False, desc=f"wait {number}") for number in range(3)]
    for bar in bars:
        bar(progress_of(PENDING))
    for number in order:
        bars[number](progress_of(ENDED))
        with bars[number]:
            pass

    shown = [line[:6] for line in screen(capsys.readouterr().err) if line]
    assert shown == [f"wait {number}" for number in order]


def test_a_backup_shows_one_bar_for_all_instances(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    create_instances(shared_client(), "WordPress-2")

    client.back_up(BackupPlan("nightly"), run="1", on_poll=progress(disable=False))

    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "2/2 done" in shown
    assert "nightly: |██████████| 2/2 done, " in shown
    assert " of 2 succeeded (2 pending)" in shown


@pytest.mark.parametrize("method", ["wait", "wait_until_available"])
def test_a_wait_closes_the_bar(
    method: str, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    operations = client.create_instance_snapshot(
        instance_name="WordPress-1", instance_snapshot_name=NAME
    )

    wait = getattr(client, method)
    wait(operations if method == "wait" else NAME, on_poll=progress(disable=False))

    assert lines(capsys)[-1].startswith(f"{NAME}: |██████████| ")


def test_a_bar_can_be_used_for_several_waits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    on_poll = progress(desc="nightly", disable=False)
    for _ in range(2):
        OperationWaiter(returning(ENDED), on_poll=on_poll).wait(["a"])

    done = "nightly: |██████████| 1/1 done, 0 s (1 Succeeded)"
    assert capsys.readouterr().err.count(f"{done}\n") == 2


def test_nothing_is_shown_before_the_first_round(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress(disable=False):
        pass

    assert lines(capsys) == []


def test_a_bar_can_be_removed_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(leave=False, disable=False) as on_poll:
        on_poll(progress_of(ENDED))

    last_state = capsys.readouterr().err.split("\r")[-2]
    assert last_state.strip() == ""


def test_a_long_name_is_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(disable=False) as on_poll:
        on_poll(
            progress_of(operation(resourceName="WordPress-1-20261124T220501-000042Z"))
        )

    assert lines(capsys)[0].startswith("WordPress-1-20261124T...: |")


def test_control_characters_from_the_service_are_escaped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress(disable=False) as on_poll:
        on_poll(progress_of(operation(resourceName="a\x1b[2Jb\nc", status="\x07")))

    assert lines(capsys) == [r"a\x1b[2Jb\nc: |          | 0/1 done, 1 s (1 \x07)"]


ENDINGS: dict[str, Operation | BaseException] = {
    "WaitTimeoutError": PENDING,
    "WaitFailedError": operation(id="a", isTerminal=True),
    "WaitInterruptedError": NotImplementedError(),
    "WaitCancelledError": PENDING,
    "CancelledError": asyncio.CancelledError(),
    "KeyboardInterrupt": KeyboardInterrupt(),
}


def ending_with(error: str) -> dict[str, Any]:
    """Return arguments for a wait that ends with an error in its second round."""
    cancel = threading.Event()
    next_result = returning(PENDING, ENDINGS[error])

    def get_operation(operation_id: str) -> Operation:
        if cancels.pop():
            cancel.set()
        return next_result(operation_id)

    cancels = [error == "WaitCancelledError", False]
    return {
        "get_operation": get_operation,
        "poll_interval": 21,
        "timeout": 21 if error == "WaitTimeoutError" else None,
        "cancel": cancel,
        "on_poll": progress(disable=False),
    }


@pytest.mark.parametrize("error", ENDINGS)
def test_every_error_closes_the_bar(
    error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waiter = OperationWaiter(**ending_with(error), clock=FakeClock())

    with pytest.raises(BaseException) as caught:  # noqa: PT011 (the test checks its type)
        waiter.wait(["a"])

    assert type(caught.value).__name__ == error
    assert lines(capsys)[-1].startswith(f"{NAME}: |          | {error}: 0/1 done, ")


@pytest.mark.parametrize("error", [*ENDINGS][:-1])
def test_every_error_in_async_code_closes_the_bar(
    error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ending_with(error)
    get_operation = options.pop("get_operation")

    async def get_operation_async(operation_id: str) -> Operation:
        operation: Operation = get_operation(operation_id)
        return operation

    waiter = AsyncOperationWaiter(
        get_operation_async, **options, clock=FakeAsyncClock()
    )
    with pytest.raises(BaseException) as caught:  # noqa: PT011 (the test checks its type)
        asyncio.run(waiter.wait(["a"]))

    assert type(caught.value).__name__ == error
    assert lines(capsys)[-1].startswith(f"{NAME}: |          | {error}: 0/1 done, ")


def test_a_wait_that_does_not_start_shows_nothing(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConstraintError):
        client.snapshot_instance("a b", on_poll=progress(disable=False))

    assert lines(capsys) == []


class BrokenPipe(io.StringIO):
    """A stderr that nobody reads any more."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def closed() -> io.StringIO:
    stderr = io.StringIO()
    stderr.close()
    return stderr


@pytest.mark.parametrize("disable", [None, False])
@pytest.mark.parametrize("stderr", [BrokenPipe(), closed(), None])
def test_a_stderr_that_cannot_be_written_does_not_end_a_wait(
    stderr: io.StringIO | None, disable: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    waiter = OperationWaiter(
        returning(PENDING, ENDED), on_poll=progress(disable=disable), clock=FakeClock()
    )

    assert waiter.wait(["a"]).is_terminal


@pytest.mark.parametrize("disable", [None, True])
def test_without_a_terminal_nothing_is_shown(
    disable: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    waiter = OperationWaiter(
        returning(PENDING, operation(id="a", isTerminal=True)),
        on_poll=progress(disable=disable),
        clock=FakeClock(),
    )

    with pytest.raises(WaitFailedError):
        waiter.wait(["a"])

    assert lines(capsys) == []


@pytest.mark.parametrize(
    ("columns", "name"), [("80", "WordPress-Snapshot-1"), ("40", "WordPress...")]
)
def test_a_narrow_terminal_shows_short_names(
    columns: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with progress(disable=False) as on_poll:
        on_poll(progress_of(PENDING))

    assert lines(capsys)[0].startswith(f"{name}: |")


def test_an_invalid_description_is_refused_at_once() -> None:
    wrong: Any = 5
    with pytest.raises(TypeError):
        progress(desc=wrong)


def test_without_tqdm_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with pytest.raises(ImportError, match=r"pip install 'lightsnap\[notebook\]'"):
        progress(disable=False)


class Recorder:
    """An ``on_poll`` that is a context manager and records what happens.

    Args:
        returns: What ``__exit__`` returns.
        exit_error: What ``__exit__`` raises.
    """

    def __init__(
        self, *, returns: bool | None = None, exit_error: Exception | None = None
    ) -> None:
        self.events: list[str] = []
        self.returns = returns
        self.exit_error = exit_error

    def __call__(self, progress: object) -> None:
        self.events.append(type(progress).__name__)

    def __enter__(self) -> None:
        self.events.append("enter")

    def __exit__(
        self, error_type: type[BaseException] | None, *_: object
    ) -> bool | None:
        self.events.append(error_type.__name__ if error_type else "exit")
        if self.exit_error:
            raise self.exit_error
        return self.returns


POLLS = ["WaitProgress"] * 3 + ["SnapshotProgress"]


def test_any_on_poll_may_be_a_context_manager(client: Client) -> None:
    recorder = Recorder()

    snapshot = client.snapshot_instance("WordPress-1", on_poll=recorder)
    assert recorder.events == ["enter", *POLLS, "exit"]

    recorder.events.clear()
    client.wait_until_available(snapshot.name, on_poll=recorder)
    assert recorder.events == ["enter", "SnapshotProgress", "exit"]


def test_an_on_poll_in_async_code_may_be_a_context_manager() -> None:
    pytest.importorskip("aiobotocore")
    recorder = Recorder()

    async def run() -> None:
        async with AsyncClient(
            region_name="us-west-2", endpoint_url=server.url, clock=FakeAsyncClock()
        ) as client:
            snapshot = await client.snapshot_instance("WordPress-1", on_poll=recorder)
            await client.wait_until_available(snapshot.name, on_poll=recorder)
            operations = await client.create_instance_snapshot(
                instance_name="WordPress-1", instance_snapshot_name=NAME
            )
            await client.wait(operations, on_poll=recorder)

    instances = ["WordPress-1"]
    with LightsailServer(region_name="us-west-2", instances=instances) as server:
        asyncio.run(run())

    assert recorder.events == [
        *("enter", *POLLS, "exit"),
        *("enter", "SnapshotProgress", "exit"),
        *("enter", *["WaitProgress"] * 3, "exit"),
    ]


def test_a_refused_create_does_not_enter_the_context(client: Client) -> None:
    recorder = Recorder()

    with pytest.raises(ConstraintError):
        client.snapshot_instance("a b", on_poll=recorder)

    assert recorder.events == []


def test_a_context_manager_cannot_suppress_an_error() -> None:
    recorder = Recorder(returns=True)
    waiter = OperationWaiter(returning(PENDING), on_poll=recorder, timeout=0)

    with pytest.raises(WaitTimeoutError):
        waiter.wait(["a"])

    assert recorder.events == ["enter", "WaitProgress", "WaitTimeoutError"]


def test_an_error_on_exit_becomes_a_note_of_the_first_error() -> None:
    recorder = Recorder(exit_error=RuntimeError("no exit"))
    waiter = OperationWaiter(returning(PENDING), on_poll=recorder, timeout=0)

    with pytest.raises(WaitTimeoutError) as caught:
        waiter.wait(["a"])

    assert caught.value.__notes__ == [
        "then on_poll failed to exit: RuntimeError: no exit"
    ]


def test_an_error_on_exit_after_success_has_a_note_with_the_ids() -> None:
    waiter = OperationWaiter(
        returning(ENDED), on_poll=Recorder(exit_error=RuntimeError("no exit"))
    )

    with pytest.raises(RuntimeError, match="no exit") as caught:
        waiter.wait(["a"])

    assert "waiting for operations a" in caught.value.__notes__[0]


def test_an_error_on_entry_has_a_note_with_the_ids(client: Client) -> None:
    class EntryFails(Recorder):
        def __enter__(self) -> None:
            raise RuntimeError("no entry")

    with pytest.raises(RuntimeError, match="no entry") as caught:
        client.snapshot_instance("WordPress-1", on_poll=EntryFails())

    assert "waiting for operations " in caught.value.__notes__[0]


class AsyncContextManager:
    def __call__(self, progress: object) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("on_poll", "message"),
    [
        (progress, "give a function of one argument, such as progress"),
        (lambda: None, "give a function of one argument"),
        (AsyncContextManager(), "give a context manager that is not async"),
    ],
)
def test_an_invalid_on_poll_is_refused_before_anything_is_sent(
    on_poll: Any, message: str, client: Client
) -> None:
    with pytest.raises(TypeError, match=message):
        client.snapshot_instance(
            "WordPress-1", instance_snapshot_name=NAME, on_poll=on_poll
        )
    with pytest.raises(NotFoundError):
        client.get_instance_snapshot(NAME)


def test_an_on_poll_may_be_a_builtin(client: Client) -> None:
    client.snapshot_instance("WordPress-1", on_poll=repr)
    client.snapshot_instance("WordPress-1", on_poll=str)
