"""When a wait asks and when it stops: its clock, its pauses, its arguments."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from inspect import iscoroutinefunction, signature
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import Attribute, field, frozen

from lightsnap.errors import ApiError, ThrottlingError

if TYPE_CHECKING:
    from tenacity import RetryCallState

DEFAULT_TIMEOUT = 1800.0
"""Seconds that a wait takes at most, unless told otherwise."""

_SHORTEST_PAUSE = 2.0
_LONGEST_PAUSE = 15.0
_PAUSE_GROWTH = 0.4  # times the square root of the elapsed seconds
_JITTER = 0.1
_SHORTEST_SLOWED_PAUSE = 1.0  # seconds, before throttling doubles it
_LONGEST_SLOWED_PAUSE = 60.0
_MOST_DOUBLINGS = 6  # enough to come from the shortest to the longest
_LONGEST_RETRY_AFTER = 300.0  # seconds that the service may ask to be left alone
_CANCEL_CHECK = 0.5  # seconds of sleep between two looks at ``cancel``
_LONGEST_SLEEP = 86_400.0  # at a time: time.sleep itself has a limit


class MonotonicClock(Protocol):
    """The time, as far as it is read."""

    def monotonic(self) -> float:
        """Seconds since any start; they never go back."""
        ...


class Clock(MonotonicClock, Protocol):
    """The time, as a wait needs it. The module ``time`` is one."""

    def sleep(self, seconds: float, /) -> object:
        """Return after that many seconds."""
        ...


class AsyncClock(MonotonicClock, Protocol):
    """The time, as an awaited wait needs it."""

    async def sleep(self, seconds: float, /) -> object:
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
    from numbers import Real  # noqa: PLC0415 (only where somebody waits)

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
    """Check a clock; without one, the module ``time`` is it.

    Raises:
        TypeError: It is no clock.
    """
    if value is None:
        return time
    if not _is_clock(value) or iscoroutinefunction(value.sleep):
        expected = "an object with monotonic() and sleep(seconds)"
        raise _wrong_type("clock", value, expected)
    return value


def async_clock_or_time(value: AsyncClock | None) -> AsyncClock:
    """Check a clock of async code; without one, the event loop's time is it.

    Raises:
        TypeError: It is no clock, or its ``sleep`` would block the event loop.
    """
    if value is None:
        return _EventLoopTime()
    if not _is_clock(value) or not iscoroutinefunction(value.sleep):
        expected = "an object with monotonic() and async sleep(seconds)"
        raise _wrong_type("clock", value, expected)
    return value


def _is_clock(value: object) -> bool:
    return all(
        callable(getattr(value, method, None)) for method in ("monotonic", "sleep")
    )


class _EventLoopTime:
    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        import asyncio  # noqa: PLC0415 (only where somebody awaits)

        await asyncio.sleep(seconds)


def _one_or_more(instance: object, attribute: Attribute[int], value: object) -> None:
    """Check a number of operations or calls."""
    del instance
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type(attribute.name, value, "an int")
    if value < 1:
        message = f"{attribute.name} is {value}: give one or more"
        raise ValueError(message)


def _cancel(value: Cancel | None) -> Cancel | None:
    if value is not None and not callable(getattr(value, "is_set", None)):
        raise _wrong_type("cancel", value, "an object with is_set()")
    return value


def _on_poll(value: Callable[..., object] | None) -> Callable[..., object] | None:
    if value is None:
        return None
    if not callable(value):
        raise _wrong_type("on_poll", value, "a function")
    if hasattr(value, "__aenter__") and not hasattr(value, "__enter__"):
        raise _wrong_type("on_poll", value, "a context manager that is not async")
    try:
        signature(value).bind(None)
    except ValueError:  # of what is built in, there may be none
        pass
    except TypeError as error:
        message = (
            f"on_poll is called with how far the wait is, and cannot be ({error}): "
            f"give a function of one argument, such as progress() makes"
        )
        raise TypeError(message) from None
    return value


def _uniform(low: float, high: float) -> float:
    from random import uniform  # noqa: PLC0415 (only where somebody waits)

    return uniform(low, high)  # noqa: S311 (no secret hangs on it)


def _wrong_type(name: str, value: object, expected: str) -> TypeError:
    return TypeError(f"{name} is of type {type(value).__name__}: give {expected}")


@frozen(kw_only=True)
class Schedule:
    """The arguments of a wait, checked.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: A time is negative, or a number less than one.
    """

    timeout: float = field(converter=_timeout)
    poll_interval: float | WaitStrategy | None = field(converter=_poll_interval)
    pending_per_poll: int = field(default=1, validator=_one_or_more)
    on_poll: Callable[..., object] | None = field(converter=_on_poll)
    cancel: Cancel | None = field(converter=_cancel)
    clock: MonotonicClock
    max_concurrency: int = field(default=1, validator=_one_or_more)
    jitter: Callable[[float, float], float] = _uniform

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

    def naps(self, seconds: float) -> Iterator[float]:
        """Divide a sleep, so that a wait that was cancelled wakes up soon after."""
        longest = _LONGEST_SLEEP if self.cancel is None else _CANCEL_CHECK
        while seconds > 0 and not self.is_cancelled:
            nap = min(seconds, longest)
            yield nap
            seconds -= nap


class SlowDown:
    """How much slower than scheduled the service wants to be asked.

    Each round that was throttled doubles the pause once more, and halves how many calls
    may be under way at once; each other takes one of both back. Besides, the service
    may say when to come again.
    """

    def __init__(self, clock: MonotonicClock) -> None:
        self._clock = clock
        self._doublings = 0
        self._was_throttled = False  # in this round
        self._not_before = -math.inf

    def heed(self, error: Exception) -> None:
        """Take in the error of a call."""
        self._was_throttled |= isinstance(error, ThrottlingError)
        if isinstance(error, ApiError) and error.retry_after is not None:
            asked_for = min(error.retry_after, _LONGEST_RETRY_AFTER)
            until = self._clock.monotonic() + asked_for
            self._not_before = max(self._not_before, until)

    def end_round(self) -> None:
        """Double the pauses, or take a doubling back."""
        if self._was_throttled:
            self._doublings = min(self._doublings + 1, _MOST_DOUBLINGS)
        elif self._doublings:
            self._doublings -= 1
        self._was_throttled = False

    def reduce(self, concurrency: int) -> int:
        """How many calls may be under way at once, instead of ``concurrency``."""
        return max(1, concurrency >> self._doublings)

    def stretch(self, pause: float) -> float:
        """Seconds to the next round, instead of ``pause``."""
        if self._doublings:
            doubled = max(pause, _SHORTEST_SLOWED_PAUSE) * 2.0**self._doublings
            pause = max(pause, min(doubled, _LONGEST_SLOWED_PAUSE))
        return max(pause, self._not_before - self._clock.monotonic())
