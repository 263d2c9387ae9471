"""Waiting for operations: which calls it makes, when it stops, and its outcome.

The operations are simulated on a fake clock; test_client.py waits on the emulator.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, get_type_hints

import attrs
import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from lightsnap import (
    AccessDeniedError,
    AsyncOperationWaiter,
    Client,
    ConstraintError,
    InvalidInputError,
    LightsnapError,
    MalformedResponseError,
    NotFoundError,
    Operation,
    Operations,
    OperationStatus,
    OperationWaiter,
    ServiceError,
    ThrottlingError,
    TransportError,
    WaitCancelledError,
    WaitError,
    WaitFailedError,
    WaitInterruptedError,
    WaitProgress,
    WaitTimeoutError,
)
from lightsnap._text import describe
from lightsnap.testing import FakeAsyncClock, FakeClock
from tests.documented import FAILED, PENDING, SUCCEEDED

THROTTLED = ThrottlingError(code="ThrottlingException", message="Rate exceeded")
DENIED = AccessDeniedError(code="AccessDeniedException", message="not authorized")


class Fleet:
    """Operations that end at given times, and a record of the calls."""

    def __init__(self, clock: FakeClock, ends: Iterable[float]) -> None:
        self.clock = clock
        self.ends = {f"operation-{index}": end for index, end in enumerate(ends)}
        self.ids = tuple(self.ends)
        self.final_status = "Succeeded"
        self.fetched: list[tuple[float, str]] = []
        self.call_takes = 0.0
        self.errors: list[Exception] = []

    def get_operation(self, operation_id: str) -> Operation:
        self.fetched.append((self.clock.monotonic(), operation_id))
        if self.call_takes:
            self.clock.sleep(self.call_takes)
        if self.errors:
            raise self.errors.pop(0)
        is_terminal = self.clock.monotonic() >= self.ends[operation_id]
        return attrs.evolve(
            PENDING,
            id=operation_id,
            is_terminal=is_terminal,
            status=OperationStatus(self.final_status if is_terminal else "Started"),
        )

    def waiter(self, **arguments: Any) -> OperationWaiter | BlockingAsyncWaiter:
        return OperationWaiter(self.get_operation, clock=self.clock, **arguments)

    def wait(self, **arguments: Any) -> Operations:
        return self.waiter(**arguments).wait(self.ids)

    @property
    def rounds(self) -> list[float]:
        return sorted({time for time, _ in self.fetched})


class AsyncFakeClock:
    """An async clock on top of a FakeClock."""

    def __init__(self, clock: FakeClock) -> None:
        self.monotonic = clock.monotonic
        self._sleep = clock.sleep

    async def sleep(self, seconds: float, /) -> None:
        self._sleep(seconds)
        await asyncio.sleep(0)


class BlockingAsyncWaiter:
    """An AsyncOperationWaiter with a blocking ``wait``."""

    def __init__(self, fleet: Fleet, **arguments: Any) -> None:
        async def get_operation(operation_id: str) -> Operation:
            await asyncio.sleep(0)
            return fleet.get_operation(operation_id)

        # With one call in flight, it makes the same calls as OperationWaiter.
        self._waiter = AsyncOperationWaiter(
            get_operation,
            clock=AsyncFakeClock(fleet.clock),
            **{"max_concurrency": 1} | arguments,
        )

    def wait(self, operations: Iterable[Operation | str]) -> Operations:
        return asyncio.run(self._waiter.wait(operations))


class AsyncFleet(Fleet):
    """A fleet whose waiter is async."""

    def waiter(self, **arguments: Any) -> BlockingAsyncWaiter:
        return BlockingAsyncWaiter(self, **arguments)


both_waiters = pytest.mark.parametrize(
    "fleet_type", [Fleet, AsyncFleet], ids=["sync", "async"]
)


@pytest.fixture(params=[Fleet, AsyncFleet], ids=["sync", "async"])
def fleet(clock: FakeClock, request: pytest.FixtureRequest) -> Callable[..., Fleet]:
    return lambda *ends: request.param(clock, ends)


def test_a_wait_returns_the_terminal_operations_in_the_order_given(
    fleet: Callable[..., Fleet],
) -> None:
    two = fleet(30, 20)

    operations = two.wait()

    assert operations.ids == two.ids
    assert len(operations.succeeded) == 2
    assert 30 <= two.clock.monotonic() <= 30 + 0.4 * math.sqrt(30) * 1.1


@both_waiters
@given(
    ends=st.lists(st.floats(0, 1500), min_size=1, max_size=40),
    pending_per_poll=st.integers(1, 45),
)
def test_the_calls_are_bounded_and_the_end_is_noticed_in_the_next_round(
    fleet_type: type[Fleet], ends: list[float], pending_per_poll: int
) -> None:
    fleet = fleet_type(FakeClock(), ends)
    progress: list[WaitProgress] = []

    operations = fleet.wait(
        timeout=None, pending_per_poll=pending_per_poll, on_poll=progress.append
    )

    assert operations.ids == fleet.ids
    assert len(operations.succeeded) == len(ends)
    rounds = len(progress)
    assert progress[-1].polls == rounds
    assert progress[-1].calls == len(fleet.fetched)
    assert len(fleet.fetched) <= len(ends) + pending_per_poll * rounds
    # The first round that begins after the last end is the last round.
    assert [time for time in fleet.rounds if time >= max(ends)] == [fleet.rounds[-1]]
    # No operation is fetched twice in a round, or again once it is terminal.
    assert max(Counter(fleet.fetched).values()) == 1
    late = Counter(name for time, name in fleet.fetched if time >= fleet.ends[name])
    assert set(late.values()) == {1}


@given(
    ends=st.lists(st.floats(0, 1500), min_size=1, max_size=40),
    pending_per_poll=st.integers(1, 12),
    max_concurrency=st.integers(1, 12),
)
def test_the_calls_are_bounded_with_several_in_flight(
    ends: list[float], pending_per_poll: int, max_concurrency: int
) -> None:
    fleet = AsyncFleet(FakeClock(), ends)
    progress: list[WaitProgress] = []

    operations = fleet.wait(
        timeout=None,
        pending_per_poll=pending_per_poll,
        max_concurrency=max_concurrency,
        on_poll=progress.append,
    )

    assert len(operations.succeeded) == len(ends)
    bound = len(ends) + (pending_per_poll + max_concurrency - 1) * len(progress)
    assert len(fleet.fetched) <= bound
    assert [time for time in fleet.rounds if time >= max(ends)] == [fleet.rounds[-1]]


def test_a_throttled_round_halves_the_calls_in_flight() -> None:
    """All operations are terminal, and the sixtieth call of a round is throttled."""
    in_flight: set[str] = set()
    most: list[int] = [0]
    calls: list[int] = [0]

    async def get_operation(operation_id: str) -> Operation:
        in_flight.add(operation_id)
        most[-1] = max(most[-1], len(in_flight))
        calls[-1] += 1
        throttled = calls[-1] == 60 and len(most) < 4
        await asyncio.sleep(0)
        in_flight.remove(operation_id)
        if throttled:
            raise THROTTLED
        return attrs.evolve(SUCCEEDED, id=operation_id)

    def on_poll(_: WaitProgress) -> None:
        most.append(0)
        calls.append(0)

    asyncio.run(
        AsyncOperationWaiter(
            get_operation, max_concurrency=16, on_poll=on_poll, clock=FakeAsyncClock()
        ).wait([str(number) for number in range(300)])
    )

    assert most[:3] == [16, 8, 4]
    assert most[3] == 2  # no throttling from here on


def test_several_calls_are_in_flight_only_if_operations_become_terminal() -> None:
    in_flight: list[int] = []
    counts: list[int] = []

    async def get_operation(operation_id: str) -> Operation:
        in_flight.append(1)
        counts.append(len(in_flight))
        await asyncio.sleep(0)
        in_flight.pop()
        return attrs.evolve(result, id=operation_id)

    ids = [f"operation-{number}" for number in range(200)]
    clock = FakeAsyncClock()
    waiter = AsyncOperationWaiter(get_operation, clock=clock, timeout=60)
    result = SUCCEEDED
    asyncio.run(waiter.wait(ids))
    assert max(counts) == 10
    assert counts[0] == 1

    counts.clear()
    result = PENDING
    with pytest.raises(WaitTimeoutError):
        asyncio.run(waiter.wait(ids))
    assert set(counts) == {1}


def test_many_operations_need_few_calls(clock: FakeClock) -> None:
    fleet = Fleet(clock, [60 + index / 10 for index in range(2000)])
    progress: list[WaitProgress] = []

    fleet.wait(on_poll=progress.append)

    assert len(fleet.fetched) <= 2000 + len(progress)


def test_the_least_recently_fetched_operation_comes_first(
    fleet: Callable[..., Fleet],
) -> None:
    three = fleet(100, 100, 100)

    with pytest.raises(WaitTimeoutError):
        three.wait(timeout=8, poll_interval=2)

    assert three.fetched == [
        (0, "operation-0"),
        (2, "operation-1"),
        (4, "operation-2"),
        (6, "operation-0"),
        (8, "operation-1"),
    ]


def test_pending_per_poll_allows_more_calls_in_a_round(
    fleet: Callable[..., Fleet],
) -> None:
    three = fleet(100, 100, 100)

    with pytest.raises(WaitTimeoutError):
        three.wait(timeout=2, poll_interval=2, pending_per_poll=2)

    assert three.fetched == [
        (0, "operation-0"),
        (0, "operation-1"),
        (2, "operation-2"),  # at the deadline, one pending operation ends the round
    ]


def test_duplicates_are_fetched_once(fleet: Callable[..., Fleet]) -> None:
    one = fleet(0)

    operations = one.waiter().wait(["operation-0", "operation-0"])

    assert operations.ids == ("operation-0",)
    assert len(one.fetched) == 1


def test_a_wait_for_nothing_returns_at_once(fleet: Callable[..., Fleet]) -> None:
    none = fleet()
    seen: list[WaitProgress] = []

    assert none.wait(on_poll=seen.append) == Operations([])
    assert none.waiter().wait([SUCCEEDED, SUCCEEDED]) == Operations([SUCCEEDED])
    assert (none.fetched, seen) == ([], [])
    with pytest.raises(WaitFailedError):
        none.waiter().wait([SUCCEEDED, FAILED])


def test_a_terminal_operation_is_not_fetched_again(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(0)

    ended = attrs.evolve(SUCCEEDED, id=PENDING.id)

    # Given as an id or as pending, and as terminal: it is terminal.
    for known in (
        [PENDING.id, ended],
        [PENDING, ended],
        [ended, PENDING],
        [ended, PENDING.id],
    ):
        operations = one.waiter().wait([*known, "operation-0"])
        assert operations.ids == (PENDING.id, "operation-0")
    assert [name for _, name in one.fetched] == ["operation-0"] * 4


@pytest.mark.parametrize(
    ("operations", "path", "rule"),
    [
        ("operation-0", "operations", "type"),
        (b"operation-0", "operations", "type"),
        (5, "operations", "type"),
        (None, "operations", "type"),
        (PENDING, "operations", "type"),
        ([""], "operations[0]", "length"),
        (["a", " "], "operations[1]", "length"),
        (["a", 5], "operations[1]", "type"),
        ([None], "operations[0]", "type"),
        ([{"id": "a"}], "operations[0]", "type"),
        ([attrs.evolve(PENDING, id="")], "operations[0]", "length"),
    ],
)
def test_invalid_operations_are_rejected_before_the_first_call(
    fleet: Callable[..., Fleet], operations: Any, path: str, rule: str
) -> None:
    one = fleet(0)

    with pytest.raises(ConstraintError) as caught:
        one.waiter().wait(operations)

    (violation,) = caught.value.violations
    assert (violation.path, violation.rule) == (path, rule)
    assert one.fetched == []


def test_invalid_arguments_are_rejected_before_the_first_call(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(0)

    with pytest.raises(ValueError, match="timeout is -1"):
        one.waiter(timeout=-1)
    with pytest.raises(TypeError, match="cancel is of type int"):
        one.waiter(cancel=1)
    nothing: Any = None
    with pytest.raises(TypeError, match="get_operation is of type NoneType: give a"):
        OperationWaiter(nothing)
    assert one.fetched == []


def test_the_last_round_runs_at_the_deadline(fleet: Callable[..., Fleet]) -> None:
    two = fleet(10, 10)

    operations = two.wait(timeout=10, poll_interval=7)

    assert two.rounds == [0, 7, 10]
    assert len(operations.succeeded) == 2


def test_a_timeout_error_has_the_known_operations(fleet: Callable[..., Fleet]) -> None:
    three = fleet(0, 100, 100)

    with pytest.raises(WaitTimeoutError) as caught:
        three.wait(timeout=10, poll_interval=7)

    error = caught.value
    assert three.rounds == [0, 7, 10]
    assert isinstance(error, TimeoutError)
    assert (error.timeout, error.elapsed) == (10, 10)
    assert error.ids == three.ids
    assert [each.status for each in error.operations] == [
        "Succeeded",
        "Started",
        "Started",
    ]
    assert str(error) == (
        "2 of 3 operations (operation-2, operation-1) of 'WordPress-Snapshot-1' "
        "had not ended after 10 s; "
        "nothing was cancelled at AWS"
    )
    assert error.__cause__ is None


def test_given_operations_are_known_from_the_start(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(100)
    one.errors = [THROTTLED] * 99

    with pytest.raises(WaitTimeoutError) as caught:
        one.waiter(timeout=5).wait([PENDING, "operation-0", PENDING.id])

    assert caught.value.operations == Operations([PENDING])
    assert caught.value.ids == (PENDING.id, "operation-0")


def test_a_timeout_error_has_the_last_error(fleet: Callable[..., Fleet]) -> None:
    one = fleet(100)
    last = TimeoutError("too slow")
    one.errors = [THROTTLED, last]

    with pytest.raises(WaitTimeoutError) as caught:
        one.wait(timeout=9, poll_interval=3)

    assert caught.value.__cause__ is last
    assert str(caught.value) == (
        "1 of 1 operations (operation-0) of 'WordPress-Snapshot-1' had not ended after "
        "9 s (last error: TimeoutError: too slow); nothing was cancelled at AWS"
    )


def test_a_long_timeout_is_shown_in_full(fleet: Callable[..., Fleet]) -> None:
    with pytest.raises(WaitTimeoutError, match="after 1209600 s"):
        fleet(math.inf).wait(timeout=timedelta(days=14), poll_interval=99_999)


def test_a_timeout_of_0_is_one_round(fleet: Callable[..., Fleet]) -> None:
    three = fleet(0, 100, 0)

    with pytest.raises(WaitTimeoutError):
        three.wait(timeout=0, pending_per_poll=10)

    assert three.fetched == [(0, "operation-0"), (0, "operation-1")]
    assert fleet(0, 0).wait(timeout=0).is_terminal


def test_a_timeout_of_none_never_times_out(fleet: Callable[..., Fleet]) -> None:
    one = fleet(10_000_000)

    one.wait(timeout=None, poll_interval=999)

    assert one.clock.monotonic() >= 10_000_000


def test_the_deadline_holds_between_calls_too(fleet: Callable[..., Fleet]) -> None:
    many = fleet(*[1000] * 100)
    many.call_takes = 3

    with pytest.raises(WaitTimeoutError):
        many.wait(timeout=10, pending_per_poll=100)

    # The call that was in flight at the deadline was not cut off.
    assert many.clock.monotonic() == 12


def test_a_deadline_is_met_despite_rounding_of_floats(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(math.inf)
    one.clock.sleep(1e9)  # so large that the last pause is lost to rounding

    with pytest.raises(WaitTimeoutError):
        one.wait(timeout=0.3, poll_interval=0.1)

    assert len(one.fetched) == 4


@pytest.mark.parametrize(
    "errors",
    [
        InvalidInputError(code="X", message="Please try again in a few minutes."),
        InvalidInputError(
            code="X", message="Please wait for it to complete before trying again"
        ),
        ServiceError(code="ServiceException", message="sorry"),
        TransportError("reset"),
        MalformedResponseError("no id"),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_a_wait_continues_after_transient_errors(
    fleet: Callable[..., Fleet], errors: Exception
) -> None:
    two = fleet(0, 0)
    two.errors = [errors] * 3

    assert two.wait(poll_interval=5).is_terminal
    # A failed call counts as a pending operation, so each round made one call.
    assert two.rounds == [0, 5, 10, 15]


def test_throttling_slows_the_rounds_down_until_it_ends(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(200)
    one.errors = [THROTTLED] * 4

    assert one.wait(poll_interval=5).is_terminal
    # 10, 20, 40 and at most 60 seconds, then step by step back to 5.
    assert one.rounds == [0, 10, 30, 70, 130, 170, 190, 200]


def test_throttling_slows_down_rounds_without_a_pause_too(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(0)
    one.errors = [THROTTLED]

    assert one.wait(poll_interval=0).is_terminal
    assert one.rounds == [0, 2]


@pytest.mark.parametrize(("retry_after", "pause"), [(2, 5), (30, 30), (1e9, 300)])
def test_retry_after_delays_the_next_round(
    fleet: Callable[..., Fleet], retry_after: float, pause: float
) -> None:
    one = fleet(0)
    one.errors = [ServiceError(code="X", message="sorry", retry_after=retry_after)]

    assert one.wait(poll_interval=5).is_terminal
    assert one.rounds == [0, pause]


def test_retry_after_does_not_delay_the_last_round(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(100)
    one.errors = [ServiceError(code="X", message="sorry", retry_after=200)]

    with pytest.raises(WaitTimeoutError):
        one.wait(timeout=20)
    assert one.rounds == [0, 20]


def test_changes_of_the_wall_clock_have_no_effect(
    fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: (-1) ** next(jumps) * 1e9)

    one = fleet(100)
    one.wait(poll_interval=30)

    assert one.rounds == [0, 30, 60, 90, 120]


def test_an_async_on_poll_is_awaited(clock: FakeClock) -> None:
    seen: list[int] = []

    async def on_poll(progress: WaitProgress) -> None:
        await asyncio.sleep(0)
        seen.append(progress.polls)

    AsyncFleet(clock, [10]).wait(on_poll=on_poll, poll_interval=6)

    assert seen == [1, 2, 3]


@pytest.mark.parametrize("in_a_call", [True, False])
def test_a_cancelled_task_cancels_its_calls_and_names_the_operations(
    in_a_call: bool,
) -> None:
    ended: list[str] = []

    async def get_operation(operation_id: str) -> Operation:
        try:
            await asyncio.sleep(3600 if in_a_call else 0)
        finally:
            ended.append(operation_id)
        return attrs.evolve(PENDING, id=operation_id)

    async def main() -> None:
        waiter = AsyncOperationWaiter(get_operation, pending_per_poll=2)
        task = asyncio.create_task(waiter.wait(["a", "b"]))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        (note,) = caught.value.__notes__
        assert note.startswith("lightsnap was waiting for operations a, b")
        assert note.endswith("; nothing was cancelled at AWS")
        assert sorted(ended) == ["a", "b"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_cancelled_error_from_a_call_propagates() -> None:
    async def get_operation(_: str) -> Operation:
        raise asyncio.CancelledError

    waiter = AsyncOperationWaiter(get_operation, clock=FakeAsyncClock())

    with pytest.raises(asyncio.CancelledError) as caught:
        asyncio.run(waiter.wait(["a"]))
    assert "operations a;" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "reason",
    [
        DENIED,
        InvalidInputError(code="X", message="no"),
        NotFoundError(code="NotFoundException", message="gone"),
        TransportError("no certificate", transient=False),
        LightsnapError("other"),
        ZeroDivisionError("a bug in the caller's code"),
    ],
)
def test_a_permanent_error_ends_the_wait(
    fleet: Callable[..., Fleet], reason: Exception
) -> None:
    three = fleet(0, 100, 100)
    three.errors = [THROTTLED, reason]

    with pytest.raises(WaitInterruptedError) as caught:
        three.wait(pending_per_poll=10)

    assert caught.value.reason is caught.value.__cause__ is reason
    assert caught.value.ids == three.ids
    assert describe(reason) in str(caught.value)
    assert len(three.fetched) == 2


def test_a_response_about_another_operation_is_a_transient_error(
    clock: FakeClock,
) -> None:
    results = [SUCCEEDED, PENDING]
    waiter = OperationWaiter(lambda _: results.pop(), clock=clock, timeout=0)

    with pytest.raises(WaitTimeoutError) as caught:
        waiter.wait(["other"])

    assert isinstance(caught.value.__cause__, MalformedResponseError)
    assert str(caught.value.__cause__) == "the response for 'other' is about 'a'"
    assert caught.value.__cause__.payload == PENDING


@pytest.mark.parametrize("result", [None, {"operation": {}}, "operation-0"])
def test_a_result_that_is_not_an_operation_ends_the_wait(
    clock: FakeClock, result: Any
) -> None:
    waiter = OperationWaiter(lambda _: result, clock=clock)

    with pytest.raises(WaitInterruptedError, match="not an Operation") as caught:
        waiter.wait(["operation-0"])

    assert isinstance(caught.value.reason, TypeError)


def test_a_failed_operation_does_not_stop_the_others(
    fleet: Callable[..., Fleet],
) -> None:
    two = fleet(10, 50)
    two.final_status = "Failed"

    with pytest.raises(WaitFailedError) as caught:
        two.wait()

    assert len(caught.value.failed) == 2
    assert caught.value.operations.is_terminal
    assert caught.value.elapsed is not None
    assert caught.value.elapsed >= 50


def test_on_poll_is_called_after_every_round(fleet: Callable[..., Fleet]) -> None:
    two = fleet(0, 10)
    seen: list[WaitProgress] = []

    two.wait(poll_interval=6, on_poll=seen.append)

    assert [
        (each.elapsed, each.polls, each.calls, len(each.operations.pending))
        for each in seen
    ] == [(0, 1, 2, 1), (6, 2, 3, 1), (12, 3, 4, 0)]
    assert {each.ids for each in seen} == {two.ids}


@pytest.mark.parametrize("errors", [[], [DENIED]])
def test_on_poll_is_called_after_the_last_round_of_any_outcome(
    fleet: Callable[..., Fleet], errors: list[Exception]
) -> None:
    one = fleet(100)
    one.errors = errors
    seen: list[WaitProgress] = []

    with pytest.raises(WaitError):
        one.wait(timeout=0, on_poll=seen.append)

    assert [each.polls for each in seen] == [1]


def test_an_exception_from_on_poll_propagates_and_names_the_operations(
    fleet: Callable[..., Fleet],
) -> None:
    seen: list[WaitProgress] = []

    def stop(progress: WaitProgress) -> None:
        seen.append(progress)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        fleet(100, 100).wait(on_poll=stop)

    assert len(seen) == 1
    (note,) = caught.value.__notes__
    assert note == (
        "lightsnap was waiting for operations operation-0, operation-1 "
        "of 'WordPress-Snapshot-1'; nothing was cancelled at AWS"
    )


def test_an_exception_of_tenacity_from_on_poll_propagates(
    fleet: Callable[..., Fleet],
) -> None:
    def again(_: WaitProgress) -> None:
        raise tenacity.TryAgain

    with pytest.raises(tenacity.TryAgain):
        fleet(100).wait(on_poll=again)


def test_an_exception_that_cannot_have_a_note_propagates(
    fleet: Callable[..., Fleet],
) -> None:
    @attrs.frozen
    class FrozenError(Exception):
        number: int

    def stop(_: WaitProgress) -> None:
        raise FrozenError(5)

    with pytest.raises(FrozenError) as caught:
        fleet(100).wait(on_poll=stop)

    assert caught.value.number == 5


def test_an_interrupt_during_a_call_or_a_pause_names_the_operations(
    clock: FakeClock,
) -> None:
    class Interrupted(FakeClock):
        def sleep(self, _: float, /) -> None:
            raise KeyboardInterrupt

    def interrupted(_: str) -> Operation:
        raise KeyboardInterrupt

    for waiter in (
        OperationWaiter(interrupted, clock=clock),
        OperationWaiter(lambda _: PENDING, clock=Interrupted()),
    ):
        with pytest.raises(KeyboardInterrupt) as caught:
            waiter.wait([PENDING])
        assert PENDING.id in caught.value.__notes__[0]


def test_cancel_ends_the_wait_between_calls(fleet: Callable[..., Fleet]) -> None:
    many = fleet(*[0] * 10)
    cancel = threading.Event()

    def get_operation(operation_id: str) -> Operation:
        if operation_id == "operation-2":
            cancel.set()
        return many.get_operation(operation_id)

    with pytest.raises(WaitCancelledError) as caught:
        OperationWaiter(get_operation, cancel=cancel, clock=many.clock).wait(many.ids)

    assert len(many.fetched) == 3
    assert len(caught.value.operations) == 3
    assert caught.value.ids == many.ids
    assert str(caught.value) == (
        "7 of 10 operations (operation-3, operation-4, operation-5, ...) "
        "of 'WordPress-Snapshot-1' had not ended when the wait was cancelled; "
        "nothing was cancelled at AWS"
    )


def test_cancel_ends_a_long_pause_early(fleet: Callable[..., Fleet]) -> None:
    one = fleet(10_000)

    class AfterAnHour:
        def is_set(self) -> bool:
            return one.clock.monotonic() >= 3600

    seen: list[WaitProgress] = []
    with pytest.raises(WaitCancelledError) as caught:
        one.wait(
            timeout=None, poll_interval=7000, cancel=AfterAnHour(), on_poll=seen.append
        )

    assert round(caught.value.elapsed or 0) == 3600
    assert len(one.fetched) == len(seen) == 1


def test_a_wait_that_is_cancelled_beforehand_makes_no_calls(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(0)
    cancel = threading.Event()
    cancel.set()

    with pytest.raises(WaitCancelledError):
        one.wait(cancel=cancel)

    assert one.fetched == []
    assert one.waiter(cancel=cancel).wait([SUCCEEDED]).is_terminal


def test_a_tenacity_strategy_gets_the_attempt_number(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(60)

    one.wait(poll_interval=tenacity.wait_exponential(multiplier=1, max=30))

    assert one.rounds == [0, 1, 3, 7, 15, 31, 61]


def test_a_tenacity_strategy_gets_the_time_of_the_clock(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(20)
    seen: list[float | None] = []

    def strategy(state: tenacity.RetryCallState) -> float:
        seen.append(state.seconds_since_start)
        return 8

    one.wait(poll_interval=strategy)

    assert seen == [0, 0, 8, 16]  # first of all, it is tried


def test_a_client_and_a_waiter_have_the_same_documented_defaults() -> None:
    client = inspect.signature(Client.wait).parameters
    waiter = inspect.signature(OperationWaiter).parameters
    shared = ("timeout", "poll_interval", "pending_per_poll", "on_poll", "cancel")

    assert [client[name].default for name in shared] == [1800, None, 1, None, None]
    client_hints = get_type_hints(Client.wait)
    waiter_hints = get_type_hints(OperationWaiter.__init__)
    for name in shared:
        assert client[name].default == waiter[name].default
        assert client_hints[name] == waiter_hints[name]
    twin = dict(inspect.signature(AsyncOperationWaiter).parameters)
    assert twin.pop("max_concurrency").default == 10
    assert [*twin] == [*waiter]
    assert all(twin[name] == waiter[name] for name in shared)
    for method in (Client.wait_until_available, Client.snapshot_instance):
        parameters = inspect.signature(method).parameters
        for name in ("timeout", "poll_interval", "on_poll", "cancel"):
            assert parameters[name].default == client[name].default


def test_the_module_time_is_a_clock() -> None:
    waiter = OperationWaiter(lambda _: PENDING, timeout=0.02, poll_interval=0.01)

    with pytest.raises(WaitTimeoutError) as caught:
        waiter.wait([PENDING])

    assert caught.value.elapsed is not None
    assert caught.value.elapsed >= 0.02


def test_a_permanent_error_ends_the_wait_at_once(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(100)
    one.errors = [DENIED]

    with pytest.raises(WaitInterruptedError) as caught:
        one.wait()

    assert caught.value.elapsed == one.clock.monotonic() == 0


def test_a_tenacity_strategy_gets_the_time_since_the_wait_began(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(1020)
    one.clock.sleep(1000)
    seen: list[float | None] = []

    def strategy(state: tenacity.RetryCallState) -> float:
        seen.append(state.seconds_since_start)
        return 8

    one.wait(poll_interval=strategy)

    assert seen == [0, 0, 8, 16]  # first of all, it is tried


def test_a_pause_that_ends_at_the_deadline_leads_to_the_last_round(
    fleet: Callable[..., Fleet],
) -> None:
    one = fleet(math.inf)
    one.clock.sleep(1e9)  # so large that the clock stays just before the deadline

    with pytest.raises(WaitTimeoutError):
        one.wait(timeout=0.3, poll_interval=0.3)

    assert len(one.fetched) == 2


def test_every_violation_in_operations_is_reported_at_once(
    fleet: Callable[..., Fleet],
) -> None:
    invalid: Any = ["", "a", 5]

    with pytest.raises(ConstraintError) as caught:
        fleet(0).waiter().wait(invalid)

    assert [(each.path, each.rule) for each in caught.value.violations] == [
        ("operations[0]", "length"),
        ("operations[2]", "type"),
    ]
