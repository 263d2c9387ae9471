"""Time: clocks that stand still, responses that never end, and odd numbers."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import pytest
import tenacity

from lightsnap import (
    AsyncOperationWaiter,
    OperationWaiter,
    TransportError,
    WaitCancelledError,
    WaitTimeoutError,
)
from lightsnap.testing import FakeClock
from tests.documented import PENDING, SUCCEEDED, WIRE, operation
from tests.stub import Answer, Stub
from tests.test_creation import IDS
from tests.twins import SYNC, Twin, for_both, settings
from tests.wire import forwarding_to, listening, receive

# Clocks that stand still.

intervals = pytest.mark.parametrize("poll_interval", [0, 0.005, lambda _: 0])


@intervals
def test_a_wait_ends_by_time_out_though_time_is_frozen(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, poll_interval: Any
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    waiter = OperationWaiter(
        lambda _: PENDING, timeout=0.02, poll_interval=poll_interval
    )

    with pytest.raises(WaitTimeoutError) as caught:
        waiter.wait(["a"])

    assert caught.value.elapsed == pytest.approx(0.02)
    assert stub.requests == []


@for_both
@intervals
def test_a_wait_of_a_client_ends_though_its_clock_stands_still(
    stub: Stub, twin: Twin, poll_interval: Any
) -> None:
    class Frozen:
        def monotonic(self) -> float:
            return 100.0

        def sleep(self, seconds: float, /) -> None:
            time.sleep(seconds)

    class FrozenAsync:
        def monotonic(self) -> float:
            return 100.0

        async def sleep(self, seconds: float, /) -> None:
            await asyncio.sleep(seconds)

    stub.on("GetOperation", Answer({"operation": WIRE[0]}))
    clock = FrozenAsync() if twin.is_async else Frozen()

    with pytest.raises(WaitTimeoutError) as caught:
        twin.call(
            "wait",
            [IDS[0]],
            timeout=0.02,
            poll_interval=poll_interval,
            settings=settings(stub.url) | {"clock": clock},
        )

    assert caught.value.elapsed == pytest.approx(0.02)


@for_both
def test_a_poll_interval_of_0_ends_on_a_fake_clock(twin: Twin) -> None:
    clock = twin.clock()

    with pytest.raises(WaitTimeoutError):
        twin.wait(lambda _: PENDING, ["a"], timeout=2, poll_interval=0, clock=clock)

    assert clock.monotonic() == pytest.approx(2)


# Responses that never end.


@pytest.fixture
def short_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call at the deadline take a moment instead of 5 seconds."""
    monkeypatch.setattr("lightsnap._wait.machine._SHORTEST_CALL", 0.2)


def trickle(connection: socket.socket) -> None:
    receive(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.05)


def trickle_of_headers(connection: socket.socket) -> None:
    receive(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        connection.sendall(b"X: x\r\n")
        time.sleep(0.05)


WAITS: list[tuple[str, Any]] = [("wait", ["a"]), ("wait_until_available", "S-1")]
each_wait = pytest.mark.parametrize(("method", "target"), WAITS)


@for_both
@each_wait
@pytest.mark.parametrize("handler", [trickle, trickle_of_headers])
@pytest.mark.usefixtures("short_calls")
def test_a_trickle_does_not_outlast_the_timeout(
    twin: Twin, method: str, target: Any, handler: Callable[[socket.socket], None]
) -> None:
    with listening(handler) as listener:
        began = time.monotonic()
        with pytest.raises(WaitTimeoutError) as caught:
            twin.call(
                method,
                target,
                timeout=0.3,
                settings=settings(listener.url, read_timeout=60),
            )
        took = time.monotonic() - began

    assert 0.3 <= took < 3
    assert isinstance(caught.value.__cause__, TransportError)
    assert caught.value.__cause__.transient
    assert "the call was abandoned before its response was complete" in str(
        caught.value
    )


@for_both
@each_wait
@pytest.mark.parametrize("timeout", [1800, None])
def test_a_trickle_does_not_outlast_cancel(
    twin: Twin, method: str, target: Any, timeout: float | None
) -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.2, cancel.set)

    with listening(trickle) as listener:
        timer.start()
        began = time.monotonic()
        with pytest.raises(WaitCancelledError):
            twin.call(
                method,
                target,
                timeout=timeout,
                cancel=cancel,
                settings=settings(listener.url, read_timeout=60),
            )
        took = time.monotonic() - began

    timer.join()
    assert took < 3


@for_both
@pytest.mark.usefixtures("short_calls")
def test_an_abandoned_call_does_not_end_the_wait(stub: Stub, twin: Twin) -> None:
    ended = {**WIRE[0], "isTerminal": True, "status": "Succeeded"}
    stub.on("GetOperation", Answer({"operation": ended}))
    to_stub = forwarding_to(int(stub.url.rpartition(":")[2]))

    # On the fake clock, no time has passed when the first call is abandoned.
    with listening(trickle, to_stub) as listener:
        operations = twin.call(
            "wait",
            [IDS[0]],
            timeout=0.2,
            settings=settings(listener.url) | {"clock": twin.clock()},
        )

    assert operations.is_terminal


@pytest.mark.usefixtures("short_calls")
def test_an_async_waiter_abandons_a_call_at_the_deadline() -> None:
    async def hang(operation_id: str) -> Any:
        del operation_id
        await asyncio.sleep(60)

    with pytest.raises(WaitTimeoutError, match="abandoned"):
        asyncio.run(AsyncOperationWaiter(hang, timeout=0.1).wait(["a"]))


def test_where_no_thread_can_be_started_a_wait_has_no_limit_for_its_calls(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if self.name == "lightsnap call":
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    ended = {**WIRE[0], "isTerminal": True, "status": "Succeeded"}
    stub.on("GetOperation", Answer({"operation": ended}))

    assert SYNC.call("wait", [IDS[0]], settings=settings(stub.url)).is_terminal


# Odd numbers.


class Duration:
    """A number of seconds, as numpy has."""

    def __init__(self, seconds: float = 5.0, kind: str = "f") -> None:
        self.seconds = seconds
        self.dtype = type("dtype", (), {"kind": kind})

    def __float__(self) -> float:
        return self.seconds


class RealDuration(Duration):
    """One that says that it is a real number."""


Real.register(RealDuration)


@for_both
@pytest.mark.parametrize("option", ["timeout", "poll_interval"])
@pytest.mark.parametrize(
    "value",
    [
        Decimal(5),
        Decimal("inf"),
        Decimal("sNaN"),
        "5",
        b"5",
        5j,
        True,
        Duration(),
        RealDuration(kind="m"),
        [5],
    ],
)
def test_what_is_not_a_number_of_seconds_is_refused(
    twin: Twin, option: str, value: object
) -> None:
    with pytest.raises(TypeError, match=f"{option} is of type {type(value).__name__}"):
        twin.wait(lambda _: SUCCEEDED, ["b"], **{option: value})


@for_both
@pytest.mark.parametrize("option", ["timeout", "poll_interval"])
@pytest.mark.parametrize(
    "value",
    [
        -1,
        -1e-300,
        float("-inf"),
        float("nan"),
        -(10**400),
        Fraction(-1, 3),
        timedelta(microseconds=-1),
        RealDuration(-1.0),
    ],
)
def test_negative_durations_are_refused(twin: Twin, option: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"{option} is .*: give zero or more"):
        twin.wait(lambda _: SUCCEEDED, ["b"], **{option: value})


@for_both
@pytest.mark.parametrize("value", [1e12, 10**400, float("inf"), timedelta.max, 604_801])
def test_a_pause_of_more_than_a_week_is_refused(twin: Twin, value: Any) -> None:
    for poll_interval in (value, lambda _: value):
        with pytest.raises(
            ValueError, match=r"poll_interval is .*: give at most a week"
        ):
            twin.wait(lambda _: SUCCEEDED, ["b"], poll_interval=poll_interval)


@for_both
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0.5, 0.5),
        (timedelta(minutes=1), 60),
        (Fraction(1, 2), 0.5),
        (RealDuration(5.0), 5),
        (1e-300, 1e-300),
    ],
)
def test_durations_of_other_types_are_right(
    twin: Twin, value: Any, seconds: float
) -> None:
    clock = twin.clock()

    with pytest.raises(WaitTimeoutError) as caught:
        twin.wait(lambda _: PENDING, ["a"], timeout=value, clock=clock)

    assert caught.value.timeout == seconds
    assert clock.monotonic() == pytest.approx(seconds)


@for_both
@pytest.mark.parametrize(
    "timeout", [1e12, 10**400, float("inf"), None, timedelta.max, 5e-324]
)
@pytest.mark.parametrize("with_cancel", [False, True])
def test_a_wait_with_an_odd_timeout_returns(
    twin: Twin, timeout: Any, with_cancel: bool
) -> None:
    states = [PENDING] * 5 + [operation(id="a", isTerminal=True, status="Succeeded")]
    if timeout == 5e-324:
        del states[:5]

    operations = twin.wait(
        lambda _: states.pop(0),
        ["a"],
        timeout=timeout,
        cancel=threading.Event() if with_cancel else None,
        clock=twin.clock(),
    )

    assert operations.is_terminal


@for_both
@pytest.mark.parametrize("with_cancel", [False, True])
@pytest.mark.parametrize(
    "poll_interval",
    [604_800, tenacity.wait_exponential(), lambda state: 10.0**state.attempt_number],
)
def test_very_long_pauses_take_no_time_on_a_fake_clock(
    twin: Twin, poll_interval: Any, with_cancel: bool
) -> None:
    clock = twin.clock()
    began = time.monotonic()

    with pytest.raises(WaitTimeoutError):
        twin.wait(
            lambda _: PENDING,
            ["a"],
            timeout=1e7,
            poll_interval=poll_interval,
            cancel=threading.Event() if with_cancel else None,
            clock=clock,
        )

    assert clock.monotonic() == pytest.approx(1e7)
    assert time.monotonic() - began < 30


def test_a_pause_that_grows_beyond_a_week_is_cut_to_a_week() -> None:
    clock = FakeClock()
    pauses: list[float] = []
    sleep = clock.sleep
    clock.sleep = lambda seconds: pauses.append(seconds) or sleep(seconds)  # type: ignore[method-assign, func-returns-value]

    with pytest.raises(WaitTimeoutError):
        OperationWaiter(
            lambda _: PENDING,
            timeout=2e6,
            poll_interval=lambda state: 10.0 ** (5 * state.attempt_number),
            clock=clock,
        ).wait(["a"])

    assert pauses == [1e5, 604_800, 604_800, 604_800, pytest.approx(85_600)]


def test_a_pause_of_more_than_an_hour_still_ends_by_cancel() -> None:
    clock = FakeClock()
    cancel = threading.Event()
    sleep = clock.sleep

    def sleep_and_cancel(seconds: float, /) -> None:
        sleep(seconds)
        if clock.monotonic() > 1000:
            cancel.set()

    clock.sleep = sleep_and_cancel  # type: ignore[method-assign]

    with pytest.raises(WaitCancelledError) as caught:
        OperationWaiter(
            lambda _: PENDING,
            poll_interval=86_400,
            timeout=None,
            cancel=cancel,
            clock=clock,
        ).wait(["a"])

    assert caught.value.elapsed == pytest.approx(1000, abs=86_400 / 7200)
