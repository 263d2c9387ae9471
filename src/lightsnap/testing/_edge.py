"""The emulator's edge: handles each call before the moto backend does.

Applies scripted faults, and refuses invalid requests with an error that clients know,
where moto would raise an exception.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC
from http import HTTPStatus
from threading import Event
from typing import Any, cast

from botocore.exceptions import ConnectionClosedError
from moto.core.models import DEFAULT_ACCOUNT_ID
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from ._call import Response, error_response
from ._faults import is_name
from ._record import RecordedCall, record
from ._script import script
from ._shapes import is_supported, mismatches, service_model
from .lightsail.clock import now
from .lightsail.exceptions import (
    InvalidInputException,
    LightsailException,
    UnknownRegionException,
)
from .lightsail.models import LightsailBackend, lightsail_backends
from .lightsail.resources import Outcome, scripted_outcome
from .lightsail.responses import LightsailResponse

REGION_KEY = "lightsnap.region"
"""The WSGI environment key for the Region of unsigned requests, set by a server."""

STOPPED_KEY = "lightsnap.stopped"
"""The WSGI environment key for the threading.Event that a server sets when it stops."""

_PATH = re.compile(r"/ls/api/2016-11-28/(?P<operation>[^/?]+)$")


class UnknownOperationException(LightsailException):
    """Lightsail's API has no such operation."""

    code = "UnknownOperationException"
    reason = "UnknownOperation"
    tip = "Set the header X-Amz-Target, for example to Lightsail_20161128.GetRegions."

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"Lightsail has no operation {operation}"
            if operation
            else "The request names no operation"
        )


class NotSupportedException(LightsailException):
    """Lightsail's API has the operation, but the emulator does not support it."""

    reason = "NotSupported"
    tip = "Test this call against AWS, or with your own stub."

    def __init__(self, operation: str) -> None:
        super().__init__(f"The Lightsail emulator does not support {operation}")
        # The model gives some operations few errors, but always one of these.
        model = service_model().operation_model(operation)
        modeled = [shape.name for shape in model.error_shapes]
        self.code: str = next(
            f"{name}Exception"
            for name in ("OperationFailure", "InvalidInput", "AccessDenied")
            if f"{name}Exception" in modeled
        )


class _ServerStoppedError(Exception):
    """The server has stopped, so the call must not be performed any more."""


class _UnauthorizedError(Exception):
    """moto's access control refuses the call."""

    def __init__(self, error: Any) -> None:
        super().__init__(error.message)
        self.response = error_response(
            error.error_type, error.message, status=error.code
        )


class EdgeResponse(LightsailResponse):
    """Applies faults and validates the request. Each instance handles one request."""

    def _dispatch(
        self, request: Any, full_url: str | None = None, headers: Any = None
    ) -> Response:
        self._request = request
        self._url = str(full_url or request.url)
        self._headers = headers
        self._body: object = self._parse_body()
        is_object = isinstance(self._body, dict)
        self._members = cast("dict[str, Any]", self._body if is_object else {})
        with LightsailBackend.lock:
            # A call that is late must not use up what is for the next emulator.
            fault = None
            if not self._stopped:
                fault = script().take(self._get_action(), self._record())
        status, sent, body = fault.apply(self) if fault else self.perform()
        sent = {name: value for name, value in sent.items() if name.lower() != "date"}
        if self._socket is None:  # Otherwise the server adds it.
            sent["date"] = http_date(now())
        return status, sent, body

    def _record(self) -> set[str]:
        """Record the call. Return the names of the resources that it is about."""
        # What moto sets too, but only when the call is performed.
        self.headers, self.querystring = self._request.headers, {}
        operation, members = self._get_action(), self._members
        region_name = self.get_region_from_url(self._request, self._url)
        account_id = str(self.get_current_account())
        record().add(
            RecordedCall(
                operation=operation,
                members=members,
                region_name=region_name,
                account_id=account_id,
                time=now().replace(tzinfo=UTC),
            )
        )
        names: set[str] = set()
        for member, value in members.items():
            if is_name(member):
                values = cast(
                    "list[object]", value if isinstance(value, list) else [value]
                )
                names |= {each for each in values if isinstance(each, str)}
        if operation == "GetOperation":
            with suppress(KeyError, LightsailException):
                inventory = lightsail_backends[account_id][region_name].inventory
                id_ = str(members["operationId"])
                names.add(inventory.find_operation(id_).resource.name)
        return names

    def perform(self, outcome: Outcome | None = None) -> Response:
        """Perform the call. The outcome applies to the operations that it starts."""
        # Only instances that are created together have operations of their own.
        created: object = self._members.get("instanceNames")
        names = cast("list[object]", created if isinstance(created, list) else [])
        if outcome and outcome.resource_name not in names:
            outcome = replace(outcome, resource_name=None)
        token = scripted_outcome.set(outcome)
        try:
            self._check()
            response = super()._dispatch(self._request, self._url, self._headers)
            return cast("Response", response)
        except LightsailException as error:
            return error_response(
                error.code,
                error.message,
                code=error.reason,
                docs=error.docs,
                tip=error.tip,
            )
        except _UnauthorizedError as error:
            return error.response
        except _ServerStoppedError:
            return self.drop()
        finally:
            scripted_outcome.reset(token)

    @contextmanager
    def lightsail_backend(self) -> Generator[LightsailBackend, None, None]:
        """Yield the backend, unless the server has stopped, and hold the lock."""
        with super().lightsail_backend() as backend:
            # Under the lock, so that a reset or a stop never splits a call.
            if self._stopped:
                raise _ServerStoppedError
            yield backend

    def drop(self) -> Response:
        """Close the connection without a response."""
        if self._socket is None:
            raise ConnectionClosedError(endpoint_url=self._url)
        with suppress(OSError):  # The client may have closed it already.
            self._socket.shutdown(socket.SHUT_RDWR)
        return 200, {}, ""

    def break_off(self, response: Response) -> Response:
        """Close the connection halfway through the response."""
        status, headers, text = response
        body = text.encode() if isinstance(text, str) else text
        half = body[: len(body) // 2]
        headers = {**headers, "Content-Length": str(len(body))}
        if self._socket is None:
            return status, headers, half
        # Written to the socket, since the server would correct Content-Length.
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        with suppress(OSError):
            self._socket.sendall(head.encode() + half)
        return self.drop()

    def _authenticate_and_authorize_normal_action(self, resource: str = "*") -> None:
        try:
            super()._authenticate_and_authorize_normal_action(resource)
        except HTTPException as error:  # which moto would send as XML
            raise _UnauthorizedError(error) from error

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """Return the Region of a request. If it is unsigned, that is the server's."""
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
        """Refuse a request that the moto backend cannot handle."""
        operation = self._get_action()
        if operation not in service_model().operation_names:
            raise UnknownOperationException(operation)
        if not is_supported(operation):
            raise NotSupportedException(operation)
        shape = service_model().operation_model(operation).input_shape
        if found := list(mismatches(self._body, shape) if shape else ()):
            raise InvalidInputException(f"Correct the request: {', '.join(found)}.")
        region = self.get_region_from_url(self._request, self._url)
        try:
            with LightsailBackend.lock:  # which a reset holds too
                lightsail_backends[DEFAULT_ACCOUNT_ID][region]
        except KeyError:
            raise UnknownRegionException(region) from None

    def _parse_body(self) -> object:
        """Return the parsed body, or None if it is not JSON in UTF-8."""
        # Older releases of moto pass botocore's request, which has no data.
        request = self._request
        body = request.data if hasattr(request, "data") else request.body
        try:
            text = body.decode() if isinstance(body, bytes) else body
            return json.loads(text or "{}")
        except (ValueError, RecursionError):
            return None
