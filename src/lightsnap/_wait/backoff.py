"""Slow a wait down when the service asks for it."""

from __future__ import annotations

import math

from lightsnap.errors import ApiError, ThrottlingError

_SHORTEST_SLOWED_PAUSE = 1.0  # seconds, before it is doubled
_LONGEST_SLOWED_PAUSE = 60.0
_MAX_DOUBLINGS = 6  # enough to get from the shortest pause to the longest
_LONGEST_RETRY_AFTER = 300.0  # seconds; a longer retry_after is cut to this


class Backoff:
    """Longer pauses and fewer concurrent calls after throttling.

    Each throttled round doubles the pause and halves the number of calls that may be in
    flight at once. Each other round undoes one such step. A ``retry_after`` from the
    service delays the next round as well.
    """

    def __init__(self) -> None:
        self._doublings = 0
        self._was_throttled = False  # in this round
        self._not_before = -math.inf  # in the elapsed seconds of the wait

    def record_error(self, error: Exception, elapsed: float) -> None:
        """Record the error of a call, and when the wait got it."""
        self._was_throttled |= isinstance(error, ThrottlingError)
        if isinstance(error, ApiError) and error.retry_after is not None:
            delay = min(error.retry_after, _LONGEST_RETRY_AFTER)
            self._not_before = max(self._not_before, elapsed + delay)

    def end_round(self) -> None:
        """Add a doubling after a throttled round, otherwise remove one."""
        if self._was_throttled:
            self._doublings = min(self._doublings + 1, _MAX_DOUBLINGS)
        elif self._doublings:
            self._doublings -= 1
        self._was_throttled = False

    def reduce_concurrency(self, max_concurrency: int) -> int:
        """Return how many calls may be in flight at once."""
        return max(1, max_concurrency >> self._doublings)

    def extend_pause(self, pause: float, elapsed: float) -> float:
        """Return the seconds until the next round, at least ``pause``."""
        if self._doublings:
            doubled = max(pause, _SHORTEST_SLOWED_PAUSE) * 2.0**self._doublings
            pause = max(pause, min(doubled, _LONGEST_SLOWED_PAUSE))
        return max(pause, self._not_before - elapsed)
