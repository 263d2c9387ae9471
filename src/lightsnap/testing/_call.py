"""What faults see of a call, and the form of a response."""

from __future__ import annotations

import json
from typing import Protocol, TypeAlias
from uuid import uuid4

from werkzeug.wrappers import Response as HTTPResponse

from .lightsail.exceptions import LightsailException
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
        # Escaped, since a script can have any text as the code of an error.
        "X-Amzn-Errortype": type_.encode("unicode_escape").decode(),
        "x-amzn-RequestId": str(uuid4()),
    }
    body = {"__type": type_, "message": message, **members}
    return status, headers, json.dumps(body)


def http_error(
    type_: str, message: str, *, status: int, code: str, tip: str
) -> HTTPResponse:
    """Build a server's response to a request that does not become a call."""
    docs = LightsailException.docs
    status, headers, body = error_response(
        type_, message, status=status, code=code, docs=docs, tip=tip
    )
    return HTTPResponse(body, status, headers)


def malformed(message: str, *, status: int = 400) -> HTTPResponse:
    """Build the response to what is not HTTP, after which the connection closes."""
    response = http_error(
        "MalformedHttpRequestException",
        message,
        status=status,
        code="MalformedHttpRequest",
        tip="Use an AWS SDK, or send a request in HTTP/1.1.",
    )
    response.headers["Connection"] = "close"
    return response
