"""The steps that a flow yields, and the protocol between a flow and its driver.

A flow is a generator that performs no I/O. For each step that it yields, the driver
sends back the outcome or throws the exception. The flow's return value is the result of
the client method.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeAlias, TypeVar

from lightsnap._aws.calls import Call

if TYPE_CHECKING:
    from lightsnap._wait.machine import Wait

_Result = TypeVar("_Result")


class Connect(NamedTuple):
    """Build the client if there is none. The outcome is its Region, or None.

    This reports an invalid configuration before anything is sent.
    """


class Poll(NamedTuple):
    """Run a wait. The outcome is its result.

    Attributes:
        wait: The wait.
        fetch: Returns the call that fetches a target of the wait, or a flow.
    """

    wait: Wait[Any, Any, Any]
    fetch: Callable[[str], Call[Any] | Flow[Any]]


Step: TypeAlias = Call[Any] | Connect | Poll
Flow: TypeAlias = Generator[Step, Any, _Result]


class Steps(Generic[_Result]):
    """Run a flow step by step.

    The driver performs ``step``, then calls ``succeeded`` or ``failed``. An exception
    that leaves the context, such as Ctrl-C between two steps, is thrown into the flow.

    Attributes:
        step: The step to perform now, or None once the flow has ended.
        result: The return value of the flow, once it has ended.
    """

    step: Step | None
    result: _Result

    def __init__(self, flow: Flow[_Result]) -> None:
        self._flow = flow
        self._resume(flow.send, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        # More than once, since a flow may handle a failed call by yielding another.
        while error is not None and getattr(self._flow, "gi_frame", None) is not None:
            with suppress(BaseException):  # the error propagates to the caller anyway
                self._flow.throw(error)
        self._flow.close()

    def succeeded(self, outcome: object) -> None:
        """Send the outcome of the step to the flow."""
        self._resume(self._flow.send, outcome)

    def failed(self, error: BaseException) -> None:
        """Throw the error of the step into the flow."""
        if isinstance(error, StopIteration):  # a generator cannot raise it
            raise error
        self._resume(self._flow.throw, error)

    def _resume(self, resume: Callable[[Any], Step], outcome: object) -> None:
        try:
            self.step = resume(outcome)
        except StopIteration as end:
            self.step, self.result = None, end.value
