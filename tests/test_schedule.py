"""The options of a wait, and the pauses that follow from them."""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from lightsnap._wait.clocks import async_clock_or_time, clock_or_time
from lightsnap._wait.options import Schedule
from lightsnap.testing import FakeAsyncClock, FakeClock

RETRY_STATE: Any = None  # used only by tenacity's own strategies


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
def test_the_pause_grows_with_the_square_root_of_the_elapsed_time(
    elapsed: float, pause: float
) -> None:
    assert schedule().pause(RETRY_STATE, elapsed) == pytest.approx(pause)


def test_only_the_default_pause_has_jitter_of_at_most_10_percent() -> None:
    bounds: list[tuple[float, float]] = []

    def lowest(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    assert schedule(jitter=lowest).pause(RETRY_STATE, 900) == pytest.approx(10.8)
    assert schedule(jitter=lowest, poll_interval=7).pause(RETRY_STATE, 900) == 7
    assert bounds == [(0.9, 1.1)]


def test_jitter_stays_within_its_bounds() -> None:
    jittered = schedule(jitter=random.uniform)

    pauses = {jittered.pause(RETRY_STATE, 900) for _ in range(200)}

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
def test_a_given_poll_interval(poll_interval: Any, pause: float) -> None:
    assert schedule(poll_interval=poll_interval).pause(RETRY_STATE, 900) == pause


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        (None, float("inf")),
        (float("inf"), float("inf")),
        (10**400, float("inf")),
        (Fraction(10**400), float("inf")),
        (Fraction(1, 2), 0.5),
        (0, 0),
        (1.5, 1.5),
        (timedelta(minutes=2), 120),
    ],
)
def test_timeouts_of_every_form(timeout: Any, seconds: float) -> None:
    assert schedule(timeout=timeout).timeout == seconds


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"timeout": -1}, ValueError, "timeout is -1: give zero or more seconds"),
        ({"timeout": timedelta(-1)}, ValueError, "timeout is -86400"),
        ({"timeout": float("nan")}, ValueError, "timeout is nan"),
        ({"timeout": -(10**400)}, ValueError, "timeout is -inf: give zero or more"),
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
def test_invalid_arguments_are_rejected(
    changes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        schedule(**changes)


def test_max_concurrency_is_1_by_default() -> None:
    assert schedule().max_concurrency == 1
    assert schedule(max_concurrency=30).max_concurrency == 30


def half_a_clock(method: str) -> Any:
    return SimpleNamespace(**{method: getattr(FakeClock(), method)})


INVALID_CLOCKS = [half_a_clock("monotonic"), half_a_clock("sleep"), len, 5, "time"]


@pytest.mark.parametrize("clock", [*INVALID_CLOCKS, FakeAsyncClock()])
def test_an_invalid_clock_is_rejected(clock: Any) -> None:
    with pytest.raises(TypeError) as caught:
        clock_or_time(clock)

    assert str(caught.value) == (
        f"clock is of type {type(clock).__name__}: "
        "give an object with monotonic() and sleep(seconds)"
    )


@pytest.mark.parametrize("clock", [*INVALID_CLOCKS, FakeClock(), time])
def test_a_clock_that_would_block_the_event_loop_is_rejected(clock: Any) -> None:
    with pytest.raises(TypeError) as caught:
        async_clock_or_time(clock)

    assert str(caught.value) == (
        f"clock is of type {type(clock).__name__}: "
        "give an object with monotonic() and async sleep(seconds)"
    )


def test_a_given_clock_is_returned() -> None:
    clock, async_clock = FakeClock(), FakeAsyncClock()

    assert clock_or_time(clock) is clock
    assert clock_or_time(time) is time
    assert async_clock_or_time(async_clock) is async_clock


def test_the_default_clock_is_the_module_time() -> None:
    assert clock_or_time(None) is time


def test_the_default_async_clock_sleeps_in_the_event_loop() -> None:
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

    # An event loop may wake up early, by up to the resolution of its clock.
    assert slept >= 0.01 - time.get_clock_info("monotonic").resolution
    assert others == ["had its turn"]


@pytest.mark.parametrize("pause", [float("nan"), float("inf"), -1, None, "5"])
def test_a_strategy_that_returns_an_invalid_pause_is_rejected(pause: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="poll_interval is"):
        schedule(poll_interval=lambda _: pause).pause(RETRY_STATE, 900)


@pytest.mark.parametrize("pause", [1e6, 1e12, 10**400, math.inf])
def test_a_pause_of_more_than_a_week_is_refused(pause: float) -> None:
    with pytest.raises(ValueError, match="poll_interval is "):
        schedule(poll_interval=pause)
    with pytest.raises(ValueError, match="poll_interval is "):
        schedule(poll_interval=lambda _: pause)


def test_a_wait_with_cancel_sleeps_at_most_half_a_second_at_a_time() -> None:
    parts = list(schedule(cancel=threading.Event()).split_sleep(7.25))

    assert sum(parts) == 7.25
    assert max(parts) == 0.5
    assert min(parts) > 0


def test_a_sleep_ends_early_when_cancelled() -> None:
    cancel = threading.Event()
    parts = schedule(cancel=cancel).split_sleep(7.25)

    assert next(parts) == next(parts) == 0.5
    cancel.set()
    assert list(parts) == []
    assert list(schedule(cancel=cancel).split_sleep(7.25)) == []


@pytest.mark.parametrize("cancel", [None, threading.Event()])
def test_a_short_sleep_is_not_split(cancel: Any) -> None:
    assert list(schedule(cancel=cancel).split_sleep(0.25)) == [0.25]
    assert list(schedule(cancel=cancel).split_sleep(0)) == []
    assert list(schedule(cancel=cancel).split_sleep(-1)) == []
