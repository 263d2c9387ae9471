"""How much slower than scheduled the service wants to be asked."""

from __future__ import annotations

import math

from lightsnap._wait.clocks import MonotonicClock
from lightsnap.errors import ApiError, ThrottlingError

_SHORTEST_SLOWED_PAUSE = 1.0  # seconds, before throttling doubles it
_LONGEST_SLOWED_PAUSE = 60.0
_MOST_DOUBLINGS = 6  # enough to come from the shortest to the longest
_LONGEST_RETRY_AFTER = 300.0  # seconds that the service may ask to be left alone


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
