"""Limit a call to the time that is left of a wait, however slowly it responds.

The time-outs of HTTP libraries limit the wait for the next byte, not for the response.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

from lightsnap._wait.machine import Wait
from lightsnap._wait.options import CANCEL_CHECK_INTERVAL
from lightsnap.errors import TransportError

_Value = TypeVar("_Value")


def call_within(
    function: Callable[[], _Value], wait: Wait[Any, Any, Any], target: str
) -> _Value:
    """Call a function, and abandon it at the deadline or when the wait is cancelled.

    It runs in a thread, which goes on if it is abandoned. Where no thread can be
    started, such as at the exit of Python 3.12, it runs without a limit.

    Raises:
        TransportError: The call was abandoned.
    """
    if not wait.limits(target):
        return function()
    values: list[_Value] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            values.append(function())
        except BaseException as error:  # noqa: BLE001 (raised in the waiting thread)
            errors.append(error)
        done.set()

    context = copy_context()
    thread = threading.Thread(
        target=context.run, args=(work,), name="lightsnap call", daemon=True
    )
    try:
        thread.start()
    except RuntimeError:
        return function()
    left = wait.time_for_call
    while not done.wait(min(left, CANCEL_CHECK_INTERVAL)):
        left -= CANCEL_CHECK_INTERVAL
        if left <= 0 or wait.schedule.is_cancelled:
            raise abandoned()
    for error in errors:
        raise error
    return values[0]


def abandoned() -> TransportError:
    """Return the error for a call that was abandoned."""
    return TransportError("the call was abandoned before its response was complete")
