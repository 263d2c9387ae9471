"""Fake clocks, on which sleeping takes no time."""

from __future__ import annotations


class FakeClock:
    """A ``lightsnap.Clock`` that advances only when ``sleep()`` is called.

    Args:
        now: Its initial time, in seconds.

    >>> clock = FakeClock()
    >>> clock.sleep(1800)
    >>> clock.monotonic()
    1800.0
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def __repr__(self) -> str:
        return f"FakeClock({self._now})"

    def monotonic(self) -> float:
        """Return the current time, in seconds."""
        return self._now

    def sleep(self, seconds: float, /) -> None:
        """Advance by that many seconds, without pausing.

        Raises:
            ValueError: ``seconds`` is negative, as with ``time.sleep``.
        """
        if seconds < 0:
            message = f"sleep length must not be negative: {seconds}"
            raise ValueError(message)
        self._now += seconds


class FakeAsyncClock:
    """A ``lightsnap.AsyncClock`` that advances only when ``sleep()`` is awaited.

    When several tasks sleep at once, they wake in the order of their wake-up times, and
    each advances the clock to its own.

    Args:
        now: Its initial time, in seconds.

    >>> import asyncio
    >>> clock = FakeAsyncClock()
    >>> asyncio.run(clock.sleep(1800))
    >>> clock.monotonic()
    1800.0
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._wake_ups: list[float] = []

    def __repr__(self) -> str:
        return f"FakeAsyncClock({self._now})"

    def monotonic(self) -> float:
        """Return the current time, in seconds."""
        return self._now

    async def sleep(self, seconds: float, /) -> None:
        """Advance by that many seconds, after the other tasks have had their turn.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            message = f"sleep length must not be negative: {seconds}"
            raise ValueError(message)
        import asyncio  # late: synchronous tests do not need it

        wake_up = self._now + seconds
        self._wake_ups.append(wake_up)
        try:
            await asyncio.sleep(0)
            while wake_up > min(self._wake_ups):
                await asyncio.sleep(0)
        finally:
            self._wake_ups.remove(wake_up)
        self._now = max(self._now, wake_up)
