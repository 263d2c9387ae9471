"""The server's WSGI application: Lightsail, moto's pages, and errors for all else."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http import HTTPStatus
from io import BytesIO
from threading import Event, Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from moto.moto_server import werkzeug_app
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_host, get_input_stream

from ._access import Access
from ._call import http_error, malformed
from ._edge import REGION_KEY, STOPPED_KEY
from ._pages import PAGES, respond
from .lightsail.models import LightsailBackend

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SERVICE = "Lightsail_20161128"
"""The prefix of the operation in the header X-Amz-Target."""

LARGEST_CALL = 5 << 20
"""The largest body of a call, in bytes. No valid call comes near it."""

_PATH = "/ls/api/2016-11-28/"
_MOTO_PATH = "/moto-api/"
_SIGNED = re.compile(r"AWS4\S+ Credential=[^/]+/\d+/[a-z0-9-]+/([^/]+)/aws4_request")
_WELCOME = """\
This is a Lightsail emulator for tests.

Set AWS_ENDPOINT_URL_LIGHTSAIL to the URL of this page, and use any credentials.
Name the operation in the header X-Amz-Target or the path /ls/api/2016-11-28/GetRegions.
Script faults at /moto-api/lightsail/faults. POST /moto-api/reset discards all state.
Move its clock at /moto-api/lightsail/clock, and make resources older at
/moto-api/lightsail/age. The calls so far are at /moto-api/lightsail/calls.
"""

_log = logging.getLogger("lightsnap.testing")


class Application:
    """The application of a server.

    Args:
        region_name: The Region of unsigned requests.
        stopped: Set when the server has stopped. No call is performed after that.
        access: The hosts and origins that it accepts.
        other_services: Whether to serve moto's other services too.
    """

    def __init__(
        self,
        region_name: str,
        stopped: Event,
        *,
        access: Access,
        other_services: bool = False,
    ) -> None:
        self._region_name = region_name
        self._stopped = stopped
        self._access = access
        self._other_services = other_services
        self._replaying = Lock()
        self._moto: WSGIApplication = werkzeug_app.DomainDispatcherApplication(
            werkzeug_app.create_backend_app
        )

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            response = self._respond(environ)
            self._set_cors_headers(environ, response)
        except Exception as error:  # noqa: BLE001  # reported as an error response
            subject = _subject(environ)
            _log.exception("%s failed", subject)
            response = http_error(
                "ServiceException",
                f"{subject} failed: {type(error).__name__}: {error}",
                status=500,
                code="InternalError",
                tip="Report this as a bug of the emulator.",
            )
        return response(environ, start_response)

    def _respond(self, environ: WSGIEnvironment) -> Response:
        target = _target(environ)
        is_page = environ["PATH_INFO"].startswith(_MOTO_PATH)
        is_call = target is not None or not (is_page or self._other_services)
        try:
            # All of it and first, so that the connection is ready for the next request,
            # and no lock is held while a client sends.
            is_complete = _read(environ, LARGEST_CALL if is_call else None)
        except (HTTPException, OSError) as error:  # such as when the client has left
            return malformed(f"The body cannot be read: {error}")
        if refused := self._access.refuse(environ):
            return refused
        environ.setdefault("HTTP_HOST", get_host(environ))  # moto needs one.
        if _is_preflight(environ):
            return Response(status=HTTPStatus.NO_CONTENT)
        return self._route(environ, target) if is_complete else _too_large(environ)

    def _route(self, environ: WSGIEnvironment, target: str | None) -> Response:
        path = environ["PATH_INFO"]
        if page := PAGES.get(path):
            return respond(page, Request(environ), self._region_name)
        if path.startswith(_MOTO_PATH):
            return self._page(environ)
        if target is not None:
            _address(environ, target, self._region_name, self._stopped)
        elif _is_welcome(environ):
            return Response(_WELCOME, mimetype="text/plain")
        elif not self._other_services:
            return _not_understood(environ)
        return self._run(environ)

    def _page(self, environ: WSGIEnvironment) -> Response:
        """Respond with one of moto's own pages."""
        name = environ["PATH_INFO"].removeprefix(_MOTO_PATH).rstrip("/")
        locks: Mapping[str, AbstractContextManager[object]] = {
            # So that a reset never happens during a call. No other page holds the lock,
            # since moto's recorder replays requests to this very server.
            "reset": LightsailBackend.lock,
            "recorder/replay-recording": self._replay(),
        }
        try:
            with locks.get(name, nullcontext()):
                return self._run(environ)
        except Exception as error:  # noqa: BLE001  # The request is the likely cause.
            return http_error(
                "InvalidInputException",
                f"{_subject(environ)} failed: {type(error).__name__}: {error}",
                status=400,
                code="InvalidInput",
                tip="Correct the request and try again.",
            )

    @contextmanager
    def _replay(self) -> Generator[None, None, None]:
        if not self._replaying.acquire(blocking=False):
            raise RuntimeError("a recording that replays recordings would never end")
        try:
            yield
        finally:
            self._replaying.release()

    def _run(self, environ: WSGIEnvironment) -> Response:
        """Return moto's response, or an error in AWS's form instead of a page."""
        response = Response.from_app(self._moto, environ, buffered=True)
        is_error = response.status_code >= HTTPStatus.BAD_REQUEST
        if is_error and response.get_data().startswith(b"<!doctype html>"):
            return _not_understood(environ, response.status_code)
        return response

    def _set_cors_headers(self, environ: WSGIEnvironment, response: Response) -> None:
        """Let a browser show the response to a page of an allowed origin, but no other.

        moto would let it show the response to every page.
        """
        for name in [name for name, _ in response.headers]:
            if name.lower().startswith("access-control-"):
                del response.headers[name]
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or not self._access.allows_origin(origin):
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "*"
        response.headers["Vary"] = "Origin"
        for asked, allowed in (("METHOD", "Methods"), ("HEADERS", "Headers")):
            if value := environ.get(f"HTTP_ACCESS_CONTROL_REQUEST_{asked}"):
                response.headers[f"Access-Control-Allow-{allowed}"] = value


def _read(environ: WSGIEnvironment, limit: int | None) -> bool:
    """Read the whole body. Return False if it was longer than the limit."""
    stream = get_input_stream(environ)
    chunks: list[bytes] = []
    size = 0
    while chunk := stream.read(1 << 16):
        size += len(chunk)
        if limit is None or size <= limit:
            chunks.append(chunk)
    body = b"".join(chunks)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return limit is None or size <= limit


def _is_preflight(environ: WSGIEnvironment) -> bool:
    """Return whether a browser asks if a page may send a request."""
    return (
        environ["REQUEST_METHOD"] == "OPTIONS"
        and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    )


def _is_welcome(environ: WSGIEnvironment) -> bool:
    """Return whether a person opens the server's URL in a browser."""
    return (
        environ["PATH_INFO"] == "/"
        and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not (environ.get("HTTP_AUTHORIZATION") or environ.get("QUERY_STRING"))
        and not environ.get("HTTP_X_AMZ_TARGET")
    )


def _target(environ: WSGIEnvironment) -> str | None:
    """Return the X-Amz-Target of a request for Lightsail; None if it is for another."""
    path = environ["PATH_INFO"]
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target.startswith(f"{SERVICE}."):
        return target
    if path.startswith("/ls/api/"):
        return f"{SERVICE}.{path.removeprefix(_PATH)}"
    if target:
        # moto would fail on a target without a service.
        return None if "." in target else f"{SERVICE}.{target}"
    if (
        (environ["REQUEST_METHOD"], path) == ("POST", "/")
        and _signed_for(environ) in (None, "lightsail")
        and not environ.get("QUERY_STRING")
        and not _is_form(environ)
    ):
        return f"{SERVICE}."
    return None


def _is_form(environ: WSGIEnvironment) -> bool:
    return "form" in environ.get("CONTENT_TYPE", "")


def _signed_for(environ: WSGIEnvironment) -> str | None:
    """Return the service in the signature of a request; None if it has no signature."""
    signed = _SIGNED.match(environ.get("HTTP_AUTHORIZATION", ""))
    return signed and signed[1]


def _address(
    environ: WSGIEnvironment, target: str, region_name: str, stopped: Event
) -> None:
    """Rewrite a request so that moto routes it to Lightsail."""
    environ["PATH_INFO"] = "/"
    environ["HTTP_X_AMZ_TARGET"] = target
    # curl sends a form by default, which moto would parse as one.
    environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"
    environ.pop("HTTP_CONTENT_ENCODING", None)  # Lightsail supports none.
    if _signed_for(environ) != "lightsail":
        environ.pop("HTTP_AUTHORIZATION", None)
    environ[REGION_KEY] = region_name
    environ[STOPPED_KEY] = stopped


def _subject(environ: WSGIEnvironment) -> str:
    """Return what a request asks for, in words of its protocol."""
    request = Request(environ)
    subject = environ.get("HTTP_X_AMZ_TARGET")
    if not subject and _is_form(environ):
        body = environ["wsgi.input"].getvalue()
        subject = parse_qs(body.decode("latin-1")).get("Action", [None])[0]
    return subject or f"{request.method} {request.path}"


def _not_understood(environ: WSGIEnvironment, status: int = 404) -> Response:
    service = _signed_for(environ)
    signed = f", signed for {service}" if service else ""
    return http_error(
        "UnknownOperationException",
        f"This Lightsail emulator does not know {_subject(environ)}{signed}",
        status=status,
        code="UnknownOperation",
        tip="For moto's other services, start the server with --other-services "
        "(other_services=True in Python).",
    )


def _too_large(environ: WSGIEnvironment) -> Response:
    return http_error(
        "RequestEntityTooLargeException",
        f"{_subject(environ)} has a body of more than {LARGEST_CALL} bytes",
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        code="RequestEntityTooLarge",
        tip="Send a smaller request.",
    )
