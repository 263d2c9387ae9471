"""When a wait asks, and which arguments it takes."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from lightsnap._wait.clocks import async_clock_or_time, clock_or_time
from lightsnap._wait.options import Schedule
from lightsnap.testing import FakeAsyncClock, FakeClock

STATE: Any = None  # Only tenacity's own strategies look at it.


def schedule(**changes: Any) -> Schedule:
    given = {
        "timeout": 60,
        "poll_interval": None,
        "on_poll": None,
        "cancel": None,
        "clock": FakeClock(),
        "jitter": lambda _low, _high: 1.0,
    }
    return Schedule(**{**given, **changes})


@pytest.mark.parametrize(
    ("elapsed", "pause"),
    [(0, 2), (25, 2), (100, 4), (900, 12), (1406.25, 15), (100_000, 15)],
)
def test_the_pause_grows_with_the_square_root_of_the_time(
    elapsed: float, pause: float
) -> None:
    assert schedule().pause(STATE, elapsed) == pytest.approx(pause)


def test_the_default_pause_alone_is_jittered_by_10_percent_at_most() -> None:
    bounds: list[tuple[float, float]] = []

    def lowest(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    assert schedule(jitter=lowest).pause(STATE, 900) == pytest.approx(10.8)
    assert schedule(jitter=lowest, poll_interval=7).pause(STATE, 900) == 7
    assert bounds == [(0.9, 1.1)]


def test_a_drawn_jitter_keeps_within_its_bounds() -> None:
    drawn = schedule(jitter=random.uniform)

    pauses = {drawn.pause(STATE, 900) for _ in range(200)}

    assert len(pauses) > 1
    assert min(pauses) >= 10.8
    assert max(pauses) <= 13.2


@pytest.mark.parametrize(
    ("poll_interval", "pause"),
    [
        (0, 0),
        (2.5, 2.5),
        (timedelta(minutes=1), 60),
        (tenacity.wait_fixed(3), 3),
        (tenacity.wait_fixed(3) + tenacity.wait_fixed(1), 4),
        (lambda _: timedelta(seconds=2), 2),
    ],
)
def test_a_pause_of_ones_own(poll_interval: Any, pause: float) -> None:
    assert schedule(poll_interval=poll_interval).pause(STATE, 900) == pause


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        (None, float("inf")),
        (float("inf"), float("inf")),
        (0, 0),
        (1.5, 1.5),
        (timedelta(minutes=2), 120),
    ],
)
def test_a_timeout_in_every_form(timeout: Any, seconds: float) -> None:
    assert schedule(timeout=timeout).timeout == seconds


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"timeout": -1}, ValueError, "timeout is -1: give zero or more seconds"),
        ({"timeout": timedelta(-1)}, ValueError, "timeout is -86400"),
        ({"timeout": float("nan")}, ValueError, "timeout is nan"),
        ({"timeout": 10**400}, ValueError, "timeout is inf: give"),
        ({"timeout": "60"}, TypeError, "timeout is of type str"),
        ({"timeout": True}, TypeError, "timeout is of type bool"),
        ({"poll_interval": -0.1}, ValueError, "poll_interval is -0.1"),
        ({"poll_interval": float("inf")}, ValueError, "poll_interval is inf"),
        ({"poll_interval": "5"}, TypeError, "poll_interval is of type str"),
        ({"pending_per_poll": 0}, ValueError, "pending_per_poll is 0: give one or"),
        ({"pending_per_poll": 1.0}, TypeError, "pending_per_poll is of type float"),
        ({"cancel": True}, TypeError, "cancel is of type bool: give an object"),
        ({"max_concurrency": 0}, ValueError, "max_concurrency is 0: give one or more"),
        ({"max_concurrency": -1}, ValueError, "max_concurrency is -1: give one or"),
        ({"max_concurrency": 2.0}, TypeError, "max_concurrency is of type float"),
        ({"max_concurrency": True}, TypeError, "max_concurrency is of type bool"),
        ({"max_concurrency": None}, TypeError, "max_concurrency is of type NoneType"),
        ({"on_poll": "print"}, TypeError, "on_poll is of type str: give a function"),
        ({"pending_per_poll": True}, TypeError, "pending_per_poll is of type bool"),
    ],
)
def test_bad_arguments_are_refused(
    changes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        schedule(**changes)


def test_one_call_at_a_time_unless_told_otherwise() -> None:
    assert schedule().max_concurrency == 1
    assert schedule(max_concurrency=30).max_concurrency == 30


def half_a_clock(method: str) -> Any:
    return SimpleNamespace(**{method: getattr(FakeClock(), method)})


NO_CLOCKS = [half_a_clock("monotonic"), half_a_clock("sleep"), len, 5, "time"]


@pytest.mark.parametrize("clock", [*NO_CLOCKS, FakeAsyncClock()])
def test_what_is_no_clock_is_refused(clock: Any) -> None:
    with pytest.raises(TypeError) as caught:
        clock_or_time(clock)

    assert str(caught.value) == (
        f"clock is of type {type(clock).__name__}: "
        "give an object with monotonic() and sleep(seconds)"
    )


@pytest.mark.parametrize("clock", [*NO_CLOCKS, FakeClock(), time])
def test_a_clock_that_would_block_the_event_loop_is_refused(clock: Any) -> None:
    with pytest.raises(TypeError) as caught:
        async_clock_or_time(clock)

    assert str(caught.value) == (
        f"clock is of type {type(clock).__name__}: "
        "give an object with monotonic() and async sleep(seconds)"
    )


def test_a_clock_is_used_as_it_is() -> None:
    clock, async_clock = FakeClock(), FakeAsyncClock()

    assert clock_or_time(clock) is clock
    assert clock_or_time(time) is time
    assert async_clock_or_time(async_clock) is async_clock


def test_without_a_clock_the_module_time_is_it() -> None:
    assert clock_or_time(None) is time


def test_without_a_clock_async_code_sleeps_in_the_event_loop() -> None:
    clock = async_clock_or_time(None)
    others: list[str] = []

    async def other() -> None:
        others.append("had its turn")

    async def sleep() -> float:
        turn = asyncio.create_task(other())
        began = time.monotonic()
        assert clock.monotonic() == pytest.approx(began, abs=60)
        await clock.sleep(0.01)
        assert turn.done()
        return time.monotonic() - began

    slept = asyncio.run(sleep())

    # An event loop may wake up early, by as little as its clock can tell.
    assert slept >= 0.01 - time.get_clock_info("monotonic").resolution
    assert others == ["had its turn"]


@pytest.mark.parametrize("pause", [float("nan"), float("inf"), -1, None, "5"])
def test_a_strategy_that_gives_no_pause_is_refused(pause: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="poll_interval is"):
        schedule(poll_interval=lambda _: pause).pause(STATE, 900)


def test_a_sleep_of_years_is_made_of_sleeps_that_python_can_do() -> None:
    naps = list(schedule().naps(1e8))

    assert sum(naps) == 1e8
    assert max(naps) == 86_400
    assert min(naps) > 0


def test_a_wait_that_can_be_cancelled_looks_every_half_second() -> None:
    naps = list(schedule(cancel=threading.Event()).naps(7.25))

    assert sum(naps) == 7.25
    assert max(naps) == 0.5
    assert min(naps) > 0


def test_a_sleep_ends_early_once_cancelled() -> None:
    cancel = threading.Event()
    naps = schedule(cancel=cancel).naps(7.25)

    assert next(naps) == next(naps) == 0.5
    cancel.set()
    assert list(naps) == []
    assert list(schedule(cancel=cancel).naps(7.25)) == []


@pytest.mark.parametrize("cancel", [None, threading.Event()])
def test_a_short_sleep_is_one_nap_and_none_is_none(cancel: Any) -> None:
    assert list(schedule(cancel=cancel).naps(0.25)) == [0.25]
    assert list(schedule(cancel=cancel).naps(0)) == []
    assert list(schedule(cancel=cancel).naps(-1)) == []
