"""Clocks that move by themselves, so that a test of a wait takes no time."""

from __future__ import annotations


class FakeClock:
    """A ``lightsnap.Clock`` whose time passes only while somebody sleeps.

    Args:
        now: The seconds at which it starts.

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
        """The seconds at which it stands."""
        return self._now

    def sleep(self, seconds: float, /) -> None:
        """Move on by that many seconds, at once.

        Raises:
            ValueError: ``seconds`` is negative, as with ``time.sleep``.
        """
        if seconds < 0:
            message = f"a sleep of {seconds} seconds is negative"
            raise ValueError(message)
        self._now += seconds


class FakeAsyncClock:
    """A ``lightsnap.AsyncClock`` whose time passes only while somebody sleeps.

    Of several tasks that sleep at once, the first to wake moves it on, then the next.

    Args:
        now: The seconds at which it starts.

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
        """The seconds at which it stands."""
        return self._now

    async def sleep(self, seconds: float, /) -> None:
        """Move on by that many seconds, once the other tasks have had their turn.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            message = f"a sleep of {seconds} seconds is negative"
            raise ValueError(message)
        import asyncio  # only where somebody awaits

        wake_up = self._now + seconds
        self._wake_ups.append(wake_up)
        try:
            await asyncio.sleep(0)
            while wake_up > min(self._wake_ups):
                await asyncio.sleep(0)
        finally:
            self._wake_ups.remove(wake_up)
        self._now = max(self._now, wake_up)
