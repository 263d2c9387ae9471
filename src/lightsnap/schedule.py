"""When a wait asks and when it stops: its clock, its pauses, its arguments."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from datetime import timedelta
from numbers import Real
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from tenacity import RetryCallState

DEFAULT_TIMEOUT = 1800.0
"""Seconds that a wait takes at most, unless told otherwise."""

_SHORTEST_PAUSE = 2.0
_LONGEST_PAUSE = 15.0
_PAUSE_GROWTH = 0.4  # times the square root of the elapsed seconds
_JITTER = 0.1
_CANCEL_CHECK = 0.5  # seconds of sleep between two looks at ``cancel``
_LONGEST_SLEEP = 86_400.0  # at a time: time.sleep itself has a limit


class Clock(Protocol):
    """The time, as a wait needs it. The module ``time`` is one."""

    def monotonic(self) -> float:
        """Seconds since any start; they never go back."""
        ...

    def sleep(self, seconds: float, /) -> object:
        """Return after that many seconds."""
        ...


class Cancel(Protocol):
    """What ends a wait from outside, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Whether the wait is to end."""
        ...


WaitStrategy: TypeAlias = "Callable[[RetryCallState], float]"
"""Any of tenacity's wait strategies."""

PollInterval: TypeAlias = "float | timedelta | WaitStrategy"
"""The pause between rounds: seconds, a timedelta, or a tenacity wait strategy."""


def _seconds(name: str, value: object, expected: str) -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise _wrong_type(name, value, expected)
    try:
        seconds = float(value)
    except OverflowError:  # from an int that no float can hold
        seconds = math.inf
    if not 0 <= seconds < math.inf:  # NaN is not within these either
        message = f"{name} is {seconds:g}: give zero or more seconds"
        raise ValueError(message)
    return seconds


def _timeout(value: float | timedelta | None) -> float:
    if value is None or value == math.inf:
        return math.inf
    return _seconds("timeout", value, "seconds, a timedelta or None")


def _poll_interval(value: PollInterval | None) -> float | WaitStrategy | None:
    return value if value is None or callable(value) else _pause(value)


def _pause(value: object) -> float:
    expected = "seconds, a timedelta or a tenacity wait strategy"
    return _seconds("poll_interval", value, expected)


def clock_or_time(value: Clock | None) -> Clock:
    """Check a clock; without one, the module ``time`` is it."""
    if value is None:
        return time
    for method in ("monotonic", "sleep"):
        if not callable(getattr(value, method, None)):
            expected = "an object with monotonic() and sleep(seconds)"
            raise _wrong_type("clock", value, expected)
    return value


def _pending_per_poll(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type("pending_per_poll", value, "an int")
    if value < 1:
        message = f"pending_per_poll is {value}: give one or more"
        raise ValueError(message)
    return value


def _cancel(value: Cancel | None) -> Cancel | None:
    if value is not None and not callable(getattr(value, "is_set", None)):
        raise _wrong_type("cancel", value, "an object with is_set()")
    return value


def _on_poll(value: Callable[..., object] | None) -> Callable[..., object] | None:
    if value is not None and not callable(value):
        raise _wrong_type("on_poll", value, "a function")
    return value


def _wrong_type(name: str, value: object, expected: str) -> TypeError:
    return TypeError(f"{name} is of type {type(value).__name__}: give {expected}")


@frozen(kw_only=True)
class Schedule:
    """The arguments of a wait, checked.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A time is negative, or ``pending_per_poll`` less than one.
    """

    timeout: float = field(converter=_timeout)
    poll_interval: float | WaitStrategy | None = field(converter=_poll_interval)
    pending_per_poll: int = field(default=1, converter=_pending_per_poll)
    on_poll: Callable[..., object] | None = field(converter=_on_poll)
    cancel: Cancel | None = field(converter=_cancel)
    clock: Clock = field(converter=clock_or_time)
    jitter: Callable[[float, float], float] = random.uniform

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel`` is set."""
        return self.cancel is not None and self.cancel.is_set()

    def pause(self, retry_state: RetryCallState, elapsed: float) -> float:
        """Seconds from the end of one round to the next."""
        if self.poll_interval is None:
            growing = _PAUSE_GROWTH * math.sqrt(elapsed)
            pause = min(max(growing, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            return pause * self.jitter(1 - _JITTER, 1 + _JITTER)
        if callable(self.poll_interval):
            return _pause(self.poll_interval(retry_state))
        return self.poll_interval

    def sleep(self, seconds: float) -> None:
        """Sleep; a wait that can be cancelled wakes up soon after it was."""
        longest = _LONGEST_SLEEP if self.cancel is None else _CANCEL_CHECK
        while seconds > 0 and not self.is_cancelled:
            step = min(seconds, longest)
            self.clock.sleep(step)
            seconds -= step
