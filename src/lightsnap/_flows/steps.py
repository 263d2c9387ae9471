"""The steps of a flow: what a client method yields, for a driver to perform.

A flow is a generator without I/O. It gets back the outcome of each step that it yields,
or the exception; what it returns, the method returns.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

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
