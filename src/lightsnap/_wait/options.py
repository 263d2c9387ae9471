"""The options of a wait, validated: when to poll, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from inspect import (
    isasyncgenfunction,
    isawaitable,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)
from numbers import Real
from random import uniform
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from attrs import Attribute, field, frozen

from lightsnap._wait.clocks import MonotonicClock
from lightsnap.errors import wrong_type

if TYPE_CHECKING:
    from tenacity import RetryCallState
else:
    RetryCallState = Any  # hints can be evaluated without loading tenacity

DEFAULT_TIMEOUT = 1800.0
"""The default time-out of a wait, in seconds."""

DEFAULT_MAX_CONCURRENCY = 10
"""The default number of calls that an async wait may have in flight at once."""

_SHORTEST_PAUSE = 2.0
_LONGEST_PAUSE = 15.0
_PAUSE_GROWTH = 0.4  # multiplied by the square root of the elapsed seconds
_JITTER = 0.1
CANCEL_CHECK_INTERVAL = 0.5  # seconds
_MOST_CANCEL_CHECKS = 7200  # in one pause: those of more than an hour have fewer
LONGEST_INTERVAL = 604_800.0  # seconds: a week


class Cancel(Protocol):
    """Ends a wait from outside, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Return whether the wait should end."""
        ...


WaitStrategy: TypeAlias = Callable[[RetryCallState], float]
"""A tenacity wait strategy."""

PollInterval: TypeAlias = float | timedelta | WaitStrategy
"""The pause between rounds: seconds, a timedelta, or a tenacity wait strategy."""


def _seconds(name: str, value: object, expected: str) -> float:
    """Return a duration in seconds, which may be infinite."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    # numpy's durations are real numbers too, but not of seconds.
    is_in_units = getattr(getattr(value, "dtype", None), "kind", None) == "m"
    if isinstance(value, bool) or not isinstance(value, Real) or is_in_units:
        raise TypeError(wrong_type(name, value, expected))
    try:
        seconds = float(value)
    except OverflowError:  # an int too large for a float
        seconds = -math.inf if value < 0 else math.inf
    if not seconds >= 0:  # also rejects NaN
        message = f"{name} is {seconds:g}: give zero or more seconds"
        raise ValueError(message)
    return seconds


def _timeout(value: float | timedelta | None) -> float:
    if value is None:
        return math.inf
    return _seconds("timeout", value, "seconds, a timedelta or None")


def _poll_interval(value: PollInterval | None) -> float | WaitStrategy | None:
    if value is None:
        return None
    pause = _pause(_try_strategy(value) if callable(value) else value)
    if pause > LONGEST_INTERVAL:
        message = f"poll_interval is {pause:g} s: give at most a week"
        raise ValueError(message)
    return value if callable(value) else pause


def _pause(value: object) -> float:
    expected = "seconds, a timedelta or a tenacity wait strategy"
    return _seconds("poll_interval", value, expected)


def _try_strategy(strategy: WaitStrategy) -> object:
    """Call a strategy as a wait does, to find out before the wait if it cannot work."""
    from tenacity import RetryCallState, Retrying  # noqa: PLC0415 (on first use)

    state = RetryCallState(Retrying(), None, (), {})
    state.set_result(False)
    state.start_time = state.outcome_timestamp = 0.0
    try:
        pause: object = strategy(state)
    except Exception as error:
        message = f"poll_interval cannot be called with tenacity's state: {error!r}"
        raise TypeError(message) from error
    is_awaitable(pause)  # closes a coroutine, which is of the wrong type
    return pause


def _one_or_more(instance: object, attribute: Attribute[int], value: object) -> None:
    """Validate a number of operations or calls."""
    del instance
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(wrong_type(attribute.name, value, "an int"))
    if value < 1:
        message = f"{attribute.name} is {value}: give one or more"
        raise ValueError(message)


def _cancel(value: Cancel | None) -> Cancel | None:
    if value is None:
        return None
    # If it raises, it does so before anything is sent.
    if not callable(getattr(value, "is_set", None)) or is_awaitable(value.is_set()):
        expected = "an object with is_set() that is not async"
        raise TypeError(wrong_type("cancel", value, expected))
    return value


def is_async_function(value: object) -> bool:
    """Whether calling a function returns a coroutine, as far as can be known."""
    call = getattr(value, "__call__", None)  # noqa: B004 (of an object)
    return iscoroutinefunction(value) or iscoroutinefunction(call)


def is_awaitable(returned: object) -> bool:
    """Whether a function that should not be async returned an awaitable.

    A coroutine is closed, or Python would warn that it was never awaited.
    """
    if isinstance(returned, Coroutine):
        cast("Coroutine[object, object, object]", returned).close()
        return True
    return isawaitable(returned)


def _on_poll(value: Callable[..., object] | None) -> Callable[..., object] | None:
    if value is None:
        return None
    if not callable(value):
        raise TypeError(wrong_type("on_poll", value, "a function"))
    if isgeneratorfunction(value) or isasyncgenfunction(value):
        raise TypeError(wrong_type("on_poll", value, "a function without yield"))
    if hasattr(value, "__aenter__") and not hasattr(value, "__enter__"):
        raise TypeError(
            wrong_type("on_poll", value, "a context manager that is not async")
        )
    try:
        parameters = signature(value)
    except (ValueError, TypeError):  # some built-in functions and mocks have none
        return value
    try:
        parameters.bind(None)
    except TypeError as error:
        message = (
            f"on_poll cannot be called with the progress ({error}): give a function "
            "of one argument, such as progress() returns"
        )
        raise TypeError(message) from None
    return value


def _uniform(low: float, high: float) -> float:
    return uniform(low, high)  # noqa: S311 (not used for secrets)


@frozen(kw_only=True)
class Schedule:
    """The options of a wait, validated.

    Raises:
        TypeError: An option has a wrong type.
        ValueError: A duration is negative, or a number less than one.
    """

    timeout: float = field(converter=_timeout)
    poll_interval: float | WaitStrategy | None = field(converter=_poll_interval)
    pending_per_poll: int = field(default=1, validator=_one_or_more)
    on_poll: Callable[..., object] | None = field(converter=_on_poll)
    cancel: Cancel | None = field(converter=_cancel)
    clock: MonotonicClock
    max_concurrency: int = field(default=1, validator=_one_or_more)
    jitter: Callable[[float, float], float] = _uniform
    is_async: bool = False

    def __attrs_post_init__(self) -> None:
        if is_async_function(self.on_poll) and not self.is_async:
            expected = "a function that is not async"
            raise TypeError(wrong_type("on_poll", self.on_poll, expected))

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel`` is set."""
        return self.cancel is not None and self.cancel.is_set()

    def pause(self, retry_state: RetryCallState, elapsed: float) -> float:
        """Return the seconds from the end of one round to the start of the next."""
        if self.poll_interval is None:
            growing = _PAUSE_GROWTH * math.sqrt(elapsed)
            pause = min(max(growing, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            return pause * self.jitter(1 - _JITTER, 1 + _JITTER)
        if callable(self.poll_interval):
            pause = _pause(self.poll_interval(retry_state))
            return min(pause, LONGEST_INTERVAL)  # tenacity's grow without a limit
        return self.poll_interval

    def split_sleep(self, seconds: float) -> Iterator[float]:
        """Split a sleep into parts, to notice soon when the wait is cancelled."""
        longest = max(CANCEL_CHECK_INTERVAL, seconds / _MOST_CANCEL_CHECKS)
        if self.cancel is None:
            longest = math.inf
        while seconds > 0 and not self.is_cancelled:
            part = min(seconds, longest)
            yield part
            seconds -= part
