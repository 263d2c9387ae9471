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
