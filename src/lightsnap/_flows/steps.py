"""The steps of a flow: what a client method yields, for a driver to perform.

A flow is a generator without I/O. It gets back the outcome of each step that it yields,
or the exception; what it returns, the method returns.
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
    """Build the client if there is none; the outcome is its Region, or None.

    A wrong configuration shows as such here, before anything is sent.
    """


class Poll(NamedTuple):
    """Carry a wait out; the outcome is its result.

    Attributes:
        wait: The wait.
        fetch: From what is pending, as the wait names it, to the call that fetches it.
    """

    wait: Wait[Any, Any, Any]
    fetch: Callable[[str], Call[Any]]


Step: TypeAlias = "Call[Any] | Connect | Poll"
Flow: TypeAlias = "Generator[Step, Any, _Result]"


class Steps(Generic[_Result]):
    """The steps of a flow, one after the other, for a driver to perform.

    Each step ends in ``succeeded`` or ``failed``. Leaving the context by an error, such
    as a Ctrl-C between two steps, ends the flow by that error.

    Attributes:
        step: What to perform now; None at the end.
        result: What the flow has returned, at the end.
    """

    step: Step | None
    result: _Result

    def __init__(self, flow: Flow[_Result]) -> None:
        self._flow = flow
        self._resume(flow.send, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and getattr(self._flow, "gi_frame", None) is not None:
            with suppress(BaseException):  # it leaves anyway, as the caller's
                self._flow.throw(error)
        self._flow.close()

    def succeeded(self, outcome: object) -> None:
        """Hand the outcome of the step to the flow."""
        self._resume(self._flow.send, outcome)

    def failed(self, error: BaseException) -> None:
        """Hand the error of the step to the flow."""
        if isinstance(error, StopIteration):  # which no generator lets through
            raise error
        self._resume(self._flow.throw, error)

    def _resume(self, resume: Callable[[Any], Step], outcome: object) -> None:
        try:
            self.step = resume(outcome)
        except StopIteration as end:
            self.step, self.result = None, end.value
