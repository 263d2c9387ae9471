"""The clocks on which waits measure time and sleep."""

from __future__ import annotations

import time
from inspect import iscoroutinefunction
from typing import Protocol

from lightsnap.errors import wrong_type


class MonotonicClock(Protocol):
    """A clock that can be read."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start; they never decrease."""
        ...


class Clock(MonotonicClock, Protocol):
    """A clock for waits, such as the module ``time``."""

    def sleep(self, seconds: float, /) -> object:
        """Block for that many seconds."""
        ...


class AsyncClock(MonotonicClock, Protocol):
    """A clock for waits in async code."""

    async def sleep(self, seconds: float, /) -> object:
        """Sleep for that many seconds without blocking the event loop."""
        ...


class Stopwatch:
    """The time since its creation, by a clock that may stand still.

    Attributes:
        started: The reading of the clock at the start.
        slept: The seconds of all pauses: at least so many have passed.
    """

    def __init__(self, clock: MonotonicClock) -> None:
        self._clock = clock
        self.started: float = clock.monotonic()
        self.slept = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return max(self._clock.monotonic() - self.started, self.slept)


def clock_or_time(value: Clock | None) -> Clock:
    """Return the clock that was given, or the module ``time``.

    Raises:
        TypeError: The value is not a clock.
    """
    if value is None:
        return time
    if not _is_clock(value) or iscoroutinefunction(value.sleep):
        expected = "an object with monotonic() and sleep(seconds)"
        raise TypeError(wrong_type("clock", value, expected))
    return value


def async_clock_or_time(value: AsyncClock | None) -> AsyncClock:
    """Return the clock that was given, or one that sleeps in the event loop.

    Raises:
        TypeError: The value is not a clock, or its ``sleep`` would block the loop.
    """
    if value is None:
        return _EventLoopClock()
    if not _is_clock(value) or not iscoroutinefunction(value.sleep):
        expected = "an object with monotonic() and async sleep(seconds)"
        raise TypeError(wrong_type("clock", value, expected))
    return value


def _is_clock(value: object) -> bool:
    return all(
        callable(getattr(value, method, None)) for method in ("monotonic", "sleep")
    )


class _EventLoopClock:
    def monotonic(self) -> float:
        import asyncio  # noqa: PLC0415 (only async code needs it)

        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float, /) -> None:
        import asyncio  # noqa: PLC0415 (only async code needs it)

        await asyncio.sleep(seconds)
