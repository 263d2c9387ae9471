"""The bar of ``progress()`` in a terminal, and when a wait closes what shows it.

The notebooks of docs/notebooks have it in a notebook.
"""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import pytest

from lightsnap import (
    AsyncClient,
    AsyncOperationWaiter,
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

pytestmark = pytest.mark.fake

tqdm_std = pytest.importorskip("tqdm.std", reason="without the extra notebook")

ENDED = operation(id="a", isTerminal=True, status="Succeeded")
NAME = "WordPress-Snapshot-1"


@pytest.fixture(autouse=True)
def all_bars_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What each test must leave behind: a closed bar is disabled, and tqdm unlocked."""
    tqdm = tqdm_std.tqdm
    made: list[Any] = []
    init = tqdm.__init__

    def noting(self: Any, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        made.append(self)  # it lives on, so that it is not closed by being forgotten

    monkeypatch.setattr(tqdm, "__init__", noting)
    yield
    assert [bar for bar in made if not bar.disable] == []
    is_free: list[bool] = []
    other = threading.Thread(target=try_lock, args=(tqdm.get_lock().th_lock, is_free))
    other.start()
    other.join()
    assert is_free == [True]
    assert tqdm.monitor is None


def try_lock(lock: Any, is_free: list[bool]) -> None:
    """Try a lock from a thread of its own; it lets the one that has it in again."""
    is_free.append(lock.acquire(blocking=False))
    if is_free[0]:
        lock.release()


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
    with progress(disable=False) as on_poll:
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
        "WordPress-1",
        poll_interval=21,
        instance_snapshot_name=NAME,
        on_poll=progress(disable=False),
    )

    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert shown.rstrip().endswith(f"{NAME}: |██████████| 3/3 done, 42 s: available")
    assert f"{NAME}: |██████████| 2/2 done, 42 s (2 Succeeded)" in shown


@pytest.mark.parametrize("method", ["wait", "wait_until_available"])
def test_a_wait_of_a_client_closes_the_bar(
    method: str, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    operations = client.create_instance_snapshot(
        instance_name="WordPress-1", instance_snapshot_name=NAME
    )

    wait = getattr(client, method)
    wait(operations if method == "wait" else NAME, on_poll=progress(disable=False))

    assert lines(capsys)[-1].startswith(f"{NAME}: |██████████| ")


def test_a_bar_can_serve_one_wait_after_the_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    on_poll = progress(desc="nightly", disable=False)
    for _ in range(2):
        OperationWaiter(answering(ENDED), on_poll=on_poll).wait(["a"])

    done = "nightly: |██████████| 1/1 done, 0 s (1 Succeeded)"
    assert capsys.readouterr().err.count(f"{done}\n") == 2


def test_nothing_is_shown_before_the_first_round(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress(disable=False):
        pass

    assert lines(capsys) == []


def test_a_bar_need_not_stay(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(leave=False, disable=False) as on_poll:
        on_poll(polled(ENDED))

    last_state = capsys.readouterr().err.split("\r")[-2]
    assert last_state.strip() == ""


def test_a_long_name_leaves_room(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(disable=False) as on_poll:
        on_poll(polled(operation(resourceName="WordPress-1-20261124T220501-000042Z")))

    assert lines(capsys)[0].startswith("WordPress-1-20261124T...: |")


def test_what_the_service_tells_commands_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress(disable=False) as on_poll:
        on_poll(polled(operation(resourceName="a\x1b[2Jb\nc", status="\x07")))

    assert lines(capsys) == [r"a\x1b[2Jb\nc: |          | 0/1 done, 1 s (1 \x07)"]


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
        "on_poll": progress(disable=False),
    }


@pytest.mark.parametrize("error", WAYS_OUT)
def test_the_bar_is_closed_on_every_way_out(
    error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waiter = OperationWaiter(**leaving(error), clock=FakeClock())

    with pytest.raises(BaseException) as caught:  # noqa: PT011 (its name is checked)
        waiter.wait(["a"])

    assert type(caught.value).__name__ == error
    assert lines(capsys)[-1].startswith(f"{NAME}: |          | {error}: 0/1 done, ")


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
    assert lines(capsys)[-1].startswith(f"{NAME}: |          | {error}: 0/1 done, ")


def test_a_wait_that_never_began_shows_nothing(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConstraintError):
        client.snapshot_instance("a b", on_poll=progress(disable=False))

    assert lines(capsys) == []


class Broken(io.StringIO):
    """A stderr whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def closed() -> io.StringIO:
    stderr = io.StringIO()
    stderr.close()
    return stderr


@pytest.mark.parametrize("disable", [None, False])
@pytest.mark.parametrize("stderr", [Broken(), closed(), None])
def test_a_stderr_that_nobody_reads_does_not_end_a_wait(
    stderr: io.StringIO | None, disable: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    waiter = OperationWaiter(
        answering(PENDING, ENDED), on_poll=progress(disable=disable), clock=FakeClock()
    )

    assert waiter.wait(["a"]).is_terminal


@pytest.mark.parametrize("disable", [None, True])
def test_away_from_a_terminal_nothing_is_shown(
    disable: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    waiter = OperationWaiter(
        answering(PENDING, operation(id="a", isTerminal=True)),
        on_poll=progress(disable=disable),
        clock=FakeClock(),
    )

    with pytest.raises(WaitFailedError):
        waiter.wait(["a"])

    assert lines(capsys) == []


@pytest.mark.parametrize(
    ("columns", "name"), [("80", "WordPress-Snapshot-1"), ("40", "WordPress...")]
)
def test_a_narrow_terminal_has_short_names(
    columns: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with progress(disable=False) as on_poll:
        on_poll(polled(PENDING))

    assert lines(capsys)[0].startswith(f"{name}: |")


def test_what_cannot_be_a_description_is_refused_at_once() -> None:
    wrong: Any = 5
    with pytest.raises(TypeError):
        progress(desc=wrong)


def test_without_tqdm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with pytest.raises(ImportError, match=r"pip install 'lightsnap\[notebook\]'"):
        progress(disable=False)


class Watcher:
    """An ``on_poll`` that is a context, takes down what happens, and makes trouble."""

    def __init__(
        self, *, returns: bool | None = None, trouble: Exception | None = None
    ) -> None:
        self.events: list[str] = []
        self.returns = returns
        self.trouble = trouble

    def __call__(self, progress: object) -> None:
        self.events.append(type(progress).__name__)

    def __enter__(self) -> None:
        self.events.append("enter")

    def __exit__(
        self, error_type: type[BaseException] | None, *_: object
    ) -> bool | None:
        self.events.append(error_type.__name__ if error_type else "exit")
        if self.trouble:
            raise self.trouble
        return self.returns


POLLS = ["WaitProgress"] * 3 + ["SnapshotProgress"]


def test_any_on_poll_may_be_a_context(client: Client) -> None:
    watcher = Watcher()

    snapshot = client.snapshot_instance("WordPress-1", on_poll=watcher)
    assert watcher.events == ["enter", *POLLS, "exit"]

    watcher.events.clear()
    client.wait_until_available(snapshot.name, on_poll=watcher)
    assert watcher.events == ["enter", "SnapshotProgress", "exit"]


def test_so_may_it_in_async_code() -> None:
    pytest.importorskip("aiobotocore")
    watcher = Watcher()

    async def snapshot() -> None:
        async with AsyncClient(
            region_name="us-west-2", endpoint_url=server.url, clock=FakeAsyncClock()
        ) as client:
            made = await client.snapshot_instance("WordPress-1", on_poll=watcher)
            await client.wait_until_available(made.name, on_poll=watcher)
            operations = await client.create_instance_snapshot(
                instance_name="WordPress-1", instance_snapshot_name=NAME
            )
            await client.wait(operations, on_poll=watcher)

    instances = ["WordPress-1"]
    with LightsailServer(region_name="us-west-2", instances=instances) as server:
        asyncio.run(snapshot())

    assert watcher.events == [
        *("enter", *POLLS, "exit"),
        *("enter", "SnapshotProgress", "exit"),
        *("enter", *["WaitProgress"] * 3, "exit"),
    ]


def test_a_refused_create_enters_no_context(client: Client) -> None:
    watcher = Watcher()

    with pytest.raises(ConstraintError):
        client.snapshot_instance("a b", on_poll=watcher)

    assert watcher.events == []


def test_a_context_cannot_swallow_an_error() -> None:
    watcher = Watcher(returns=True)
    waiter = OperationWaiter(answering(PENDING), on_poll=watcher, timeout=0)

    with pytest.raises(WaitTimeoutError):
        waiter.wait(["a"])

    assert watcher.events == ["enter", "WaitProgress", "WaitTimeoutError"]


def test_a_context_that_cannot_exit_comes_second_to_an_error() -> None:
    watcher = Watcher(trouble=RuntimeError("no exit"))
    waiter = OperationWaiter(answering(PENDING), on_poll=watcher, timeout=0)

    with pytest.raises(WaitTimeoutError) as caught:
        waiter.wait(["a"])

    assert caught.value.__notes__ == [
        "and on_poll could not exit: RuntimeError: no exit"
    ]


def test_a_context_that_cannot_exit_after_a_success_is_told_with_the_ids() -> None:
    waiter = OperationWaiter(
        answering(ENDED), on_poll=Watcher(trouble=RuntimeError("no exit"))
    )

    with pytest.raises(RuntimeError, match="no exit") as caught:
        waiter.wait(["a"])

    assert "waiting for operations a" in caught.value.__notes__[0]


def test_a_context_that_cannot_be_entered_is_told_with_the_ids(client: Client) -> None:
    class Shut(Watcher):
        def __enter__(self) -> None:
            raise RuntimeError("no entry")

    with pytest.raises(RuntimeError, match="no entry") as caught:
        client.snapshot_instance("WordPress-1", on_poll=Shut())

    assert "waiting for operations " in caught.value.__notes__[0]


class AsyncContext:
    def __call__(self, progress: object) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("on_poll", "message"),
    [
        (progress, "give a function of one argument, such as progress"),
        (lambda: None, "give a function of one argument"),
        (AsyncContext(), "give a context manager that is not async"),
    ],
)
def test_what_cannot_be_an_on_poll_is_refused_before_anything_is_sent(
    on_poll: Any, message: str, client: Client
) -> None:
    with pytest.raises(TypeError, match=message):
        client.snapshot_instance(
            "WordPress-1", instance_snapshot_name=NAME, on_poll=on_poll
        )
    with pytest.raises(NotFoundError):
        client.get_instance_snapshot(NAME)


def test_an_on_poll_may_be_built_in(client: Client) -> None:
    client.snapshot_instance("WordPress-1", on_poll=repr)
    client.snapshot_instance("WordPress-1", on_poll=str)
