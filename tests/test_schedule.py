"""When a wait asks, and which arguments it takes."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from lightsnap.schedule import Schedule
from lightsnap.testing import FakeClock

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
        (
            {"clock": len},
            TypeError,
            "clock is of type builtin_function_or",
        ),
        ({"on_poll": "print"}, TypeError, "on_poll is of type str: give a function"),
        ({"pending_per_poll": True}, TypeError, "pending_per_poll is of type bool"),
    ],
)
def test_bad_arguments_are_refused(
    changes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        schedule(**changes)


@pytest.mark.parametrize("method", ["monotonic", "sleep"])
def test_a_clock_needs_both_of_its_methods(method: str) -> None:
    half_a_clock = SimpleNamespace(**{method: getattr(time, method)})

    with pytest.raises(TypeError, match=r"with monotonic\(\) and sleep\(seconds\)"):
        schedule(clock=half_a_clock)


@pytest.mark.parametrize("pause", [float("nan"), float("inf"), -1, None, "5"])
def test_a_strategy_that_gives_no_pause_is_refused(pause: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="poll_interval is"):
        schedule(poll_interval=lambda _: pause).pause(STATE, 900)


class SleepCounter(FakeClock):
    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0

    def sleep(self, seconds: float, /) -> None:
        super().sleep(seconds)
        self.longest = max(self.longest, seconds)


def test_a_sleep_of_years_is_made_of_sleeps_that_python_can_do() -> None:
    clock = SleepCounter()

    schedule(clock=clock).sleep(1e8)

    assert clock.monotonic() == 1e8
    assert clock.longest == 86_400


def test_a_wait_that_can_be_cancelled_looks_every_half_second() -> None:
    clock = SleepCounter()

    schedule(clock=clock, cancel=threading.Event()).sleep(7.25)

    assert clock.monotonic() == 7.25
    assert clock.longest == 0.5
