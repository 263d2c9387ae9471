"""What faults see of a call, and the form of a response."""

from __future__ import annotations

import json
from typing import Protocol, TypeAlias
from uuid import uuid4

from .lightsail.resources import Outcome

Response: TypeAlias = tuple[int, dict[str, str], str | bytes]
"""Status, headers and body, as moto's handlers return them."""


class Call(Protocol):
    """A call to the emulator that has not been performed yet."""

    def perform(self, outcome: Outcome | None = None) -> Response:
        """Perform the call. The outcome applies to the operations that it starts."""
        ...

    def drop(self) -> Response:
        """Close the connection without a response."""
        ...

    def break_off(self, response: Response) -> Response:
        """Close the connection halfway through the response."""
        ...


def error_response(
    type_: str, message: str, *, status: int = 400, **members: str
) -> Response:
    """Build an error response in the form of AWS's JSON protocol."""
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": str(uuid4()),
    }
    body = {"__type": type_, "message": message, **members}
    return status, headers, json.dumps(body)
