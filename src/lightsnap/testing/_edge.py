"""The edge of the embedded Lightsail: what a call meets before it gets to moto's part.

Scripted faults strike here. What the network or the service would refuse, and moto
would raise, is answered here with an error that clients know.
"""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from http import HTTPStatus
from threading import Event
from typing import Any, cast

from botocore.exceptions import ConnectionClosedError
from moto.core.models import DEFAULT_ACCOUNT_ID
from werkzeug.http import http_date

from ._call import Answer, error_answer
from ._script import script
from ._shapes import is_supported, misfits, service_model
from .lightsail.exceptions import (
    InvalidInputException,
    LightsailException,
    UnknownRegionException,
)
from .lightsail.models import LightsailBackend, lightsail_backends
from .lightsail.resources import Outcome, scripted_outcome
from .lightsail.responses import LightsailResponse

REGION_KEY = "lightsnap.region"
"""Where a server says, in the WSGI environment, which Region unsigned requests mean."""

STOPPED_KEY = "lightsnap.stopped"
"""Where a server keeps the threading.Event that tells whether it has stopped."""

_PATH = re.compile(r"/ls/api/2016-11-28/(?P<operation>[^/?]+)$")


class UnknownOperationException(LightsailException):
    """Lightsail's API has no such operation."""

    code = "UnknownOperationException"
    reason = "UnknownOperation"
    tip = "Name one in the header X-Amz-Target, as Lightsail_20161128.GetRegions does."

    def __init__(self, operation: str) -> None:
        name = operation or "without a name"
        super().__init__(f"Lightsail has no operation {name}")


class NotSupportedException(LightsailException):
    """Lightsail's API has the operation, the embedded Lightsail has not."""

    reason = "NotSupported"
    tip = "Test this call against AWS, or with a stub of your own."

    def __init__(self, operation: str) -> None:
        super().__init__(f"The embedded Lightsail does not support {operation}")
        # Some operations have but few errors; each has one of these.
        model = service_model().operation_model(operation)
        modelled = [shape.name for shape in model.error_shapes]
        self.code: str = next(
            f"{name}Exception"
            for name in ("OperationFailure", "InvalidInput", "AccessDenied")
            if f"{name}Exception" in modelled
        )


class EdgeResponse(LightsailResponse):
    """A LightsailResponse behind an edge. Each answers one request."""

    def _dispatch(
        self, request: Any, full_url: str | None = None, headers: Any = None
    ) -> Answer:
        self._request = request
        self._url = str(full_url or request.url)
        self._headers = headers
        with LightsailBackend.lock:
            fault = script().take(self._get_action())
        status, answered, body = fault.strike(self) if fault else self.work()
        answered = {k: v for k, v in answered.items() if k.lower() != "date"}
        if self._socket is None:  # Otherwise the server adds it.
            answered["date"] = http_date()
        return status, answered, body

    def work(self, outcome: Outcome | None = None) -> Answer:
        """Do what is asked; the operations that it starts end like that."""
        # Wholly before a reset or the end of the server, or not at all.
        with LightsailBackend.lock:
            if self._stopped:
                return self.drop()
            token = scripted_outcome.set(outcome)
            try:
                self._check()
                answer = super()._dispatch(self._request, self._url, self._headers)
                return cast("Answer", answer)
            except LightsailException as error:
                return error_answer(
                    error.code,
                    error.message,
                    code=error.reason,
                    docs=error.docs,
                    tip=error.tip,
                )
            finally:
                scripted_outcome.reset(token)

    def drop(self) -> Answer:
        """Close the connection, so that no answer comes."""
        if self._socket is None:
            raise ConnectionClosedError(endpoint_url=self._url)
        with suppress(OSError):  # The client was first.
            self._socket.shutdown(socket.SHUT_RDWR)
        return 200, {}, ""

    def break_off(self, answer: Answer) -> Answer:
        """Close the connection in the middle of the answer."""
        status, headers, text = answer
        body = text.encode() if isinstance(text, str) else text
        half = body[: len(body) // 2]
        headers = {**headers, "Content-Length": str(len(body))}
        if self._socket is None:
            return status, headers, half
        # By hand, since the server would correct the length.
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        with suppress(OSError):
            self._socket.sendall(head.encode() + half)
        return self.drop()

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """The Region that a request means: a server's own, if it is unsigned."""
        if "Authorization" not in request.headers and REGION_KEY in self._environ:
            return str(self._environ[REGION_KEY])
        return super().get_region_from_url(request, full_url)

    def _get_action(self) -> str:
        target = self._request.headers.get("X-Amz-Target") or ""
        path = _PATH.search(self._url)
        return target.rpartition(".")[2] or (path["operation"] if path else "")

    @property
    def _environ(self) -> dict[str, Any]:
        return getattr(self._request, "environ", {})

    @property
    def _socket(self) -> socket.socket | None:
        return self._environ.get("werkzeug.socket")

    @property
    def _stopped(self) -> bool:
        stopped: Event | None = self._environ.get(STOPPED_KEY)
        return stopped is not None and stopped.is_set()

    def _check(self) -> None:
        """Refuse what moto's part could not answer."""
        operation = self._get_action()
        if operation not in service_model().operation_names:
            raise UnknownOperationException(operation)
        if not is_supported(operation):
            raise NotSupportedException(operation)
        shape = service_model().operation_model(operation).input_shape
        if found := list(misfits(self._body(), shape) if shape else ()):
            raise InvalidInputException(f"Correct the request: {', '.join(found)}.")
        region = self.get_region_from_url(self._request, self._url)
        try:
            lightsail_backends[DEFAULT_ACCOUNT_ID][region]
        except KeyError:
            raise UnknownRegionException(region) from None

    def _body(self) -> object:
        """What the body says, or None if it is not JSON in UTF-8."""
        # A request of moto's, or of botocore's in older releases of moto.
        request = self._request
        body = request.data if hasattr(request, "data") else request.body
        try:
            text = body.decode() if isinstance(body, bytes) else body
            return json.loads(text or "{}")
        except (ValueError, RecursionError):
            return None
