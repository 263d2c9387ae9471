"""A call as faults see it, and the form of what it is answered."""

from __future__ import annotations

import json
from typing import Protocol, TypeAlias
from uuid import uuid4

from .lightsail.resources import Outcome

Answer: TypeAlias = tuple[int, dict[str, str], str | bytes]
"""Status, headers and body, as moto's handlers return them."""


class Call(Protocol):
    """One call on its way to the embedded Lightsail."""

    def work(self, outcome: Outcome | None = None) -> Answer:
        """Do what is asked; the operations that it starts end like that."""
        ...

    def drop(self) -> Answer:
        """Close the connection, so that no answer comes."""
        ...

    def break_off(self, answer: Answer) -> Answer:
        """Close the connection in the middle of the answer."""
        ...


def error_answer(
    type_: str, message: str, *, status: int = 400, **members: str
) -> Answer:
    """An error in the form of AWS's JSON protocol."""
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": str(uuid4()),
    }
    body = {"__type": type_, "message": message, **members}
    return status, headers, json.dumps(body)
