"""The clocks that waits read and sleep on."""

from __future__ import annotations

import time
from inspect import iscoroutinefunction
from typing import Protocol

from lightsnap._text import wrong_type


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


def clock_or_time(value: Clock | None) -> Clock:
    """Check a clock; without one, the module ``time`` is it.

    Raises:
        TypeError: It is no clock.
    """
    if value is None:
        return time
    if not _is_clock(value) or iscoroutinefunction(value.sleep):
        expected = "an object with monotonic() and sleep(seconds)"
        raise TypeError(wrong_type("clock", value, expected))
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
        raise TypeError(wrong_type("clock", value, expected))
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
