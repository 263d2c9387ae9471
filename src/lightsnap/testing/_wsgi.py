"""The server's WSGI application: moto's, wrapped to add what Lightsail needs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from threading import Event
from typing import TYPE_CHECKING, Any, cast

from moto.moto_server import werkzeug_app
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from ._call import error_response
from ._edge import REGION_KEY, STOPPED_KEY
from ._faults import Fault, FaultError, fault_from
from ._script import FAULTS_PATH, script
from .lightsail.models import LightsailBackend

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SERVICE = "Lightsail_20161128"
"""The prefix of the operation in the header X-Amz-Target."""

_PATH = "/ls/api/2016-11-28/"
_SIGNED = re.compile(r"AWS4\S+ Credential=[^/]+/\d+/[a-z0-9-]+/lightsail/aws4_request")
_WELCOME = """\
This is a Lightsail emulator for tests.

Set AWS_ENDPOINT_URL_LIGHTSAIL to the URL of this page, and use any credentials.
Name the operation in the header X-Amz-Target or the path /ls/api/2016-11-28/GetRegions.
Script faults at /moto-api/lightsail/faults. POST /moto-api/reset discards all state.
"""

_log = logging.getLogger("lightsnap.testing")


def application(region_name: str, stopped: Event) -> WSGIApplication:
    """Create the application of a server.

    Args:
        region_name: The Region of unsigned requests.
        stopped: Set when the server has stopped. No call is performed after that.
    """
    moto_application = werkzeug_app.DomainDispatcherApplication(
        werkzeug_app.create_backend_app
    )

    def pages(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            _read_all(environ)
        except (HTTPException, OSError):  # The client left, or did not send HTTP.
            return Response(status=400)(environ, start_response)
        path = environ["PATH_INFO"]
        target = _target(environ)
        response: Any
        if path == FAULTS_PATH:
            response = _faults(Request(environ))(environ, start_response)
        elif path.startswith("/moto-api/"):
            # So that a reset never happens during a call.
            with LightsailBackend.lock:
                response = moto_application(environ, start_response)
        elif target is not None:
            _address(environ, target, region_name, stopped)
            response = calls(environ, start_response)
        elif path == "/" and environ["REQUEST_METHOD"] == "GET" and _is_plain(environ):
            page = Response(_WELCOME, mimetype="text/plain")
            response = page(environ, start_response)
        else:
            response = moto_application(environ, start_response)
        return cast("Iterable[bytes]", response)

    def calls(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        try:
            return moto_application(environ, start_response)
        except Exception as error:  # noqa: BLE001  # reported as an error response
            _log.exception("%s failed", environ["HTTP_X_AMZ_TARGET"])
            status, headers, body = error_response(
                "ServiceException", f"{type(error).__name__}: {error}", status=500
            )
            return Response(body, status, headers)(environ, start_response)

    return pages


def _read_all(environ: WSGIEnvironment) -> None:
    """Read the whole request first, so that no lock is held while a client sends it."""
    body = Request(environ).get_data()
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Return whether a request has nothing that names a service."""
    return not (environ.get("HTTP_AUTHORIZATION") or environ.get("QUERY_STRING"))


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
    is_form = "form" in environ.get("CONTENT_TYPE", "")
    if environ["REQUEST_METHOD"] == "POST" and _is_plain(environ) and not is_form:
        return f"{SERVICE}."
    return None


def _address(
    environ: WSGIEnvironment, target: str, region_name: str, stopped: Event
) -> None:
    """Rewrite a request so that moto routes it to Lightsail."""
    environ["PATH_INFO"] = "/"
    environ["HTTP_X_AMZ_TARGET"] = target
    # curl sends a form by default, which moto would parse as one.
    environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"
    environ.pop("HTTP_CONTENT_ENCODING", None)  # Lightsail supports none.
    if not _SIGNED.match(environ.get("HTTP_AUTHORIZATION", "")):
        environ.pop("HTTP_AUTHORIZATION", None)
    environ[REGION_KEY] = region_name
    environ[STOPPED_KEY] = stopped


def _faults(request: Request) -> Response:
    """Return the pending faults (GET), add one (POST), or remove them all (DELETE)."""
    if request.method == "POST":
        try:
            script().add(_fault_in(request.get_data()))
        except FaultError as error:
            return _json({"error": str(error)}, status=400)
    elif request.method == "DELETE":
        script().clear()
    elif request.method != "GET":
        return _json({"error": "use GET, POST or DELETE"}, status=405)
    return _json({"faults": [fault.to_dict() for fault in script().pending]})


def _fault_in(text: bytes) -> Fault:
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FaultError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise FaultError('give a JSON object like {"fault": "throttle"}')
    members = cast("dict[str, object]", body)
    return fault_from(members.pop("fault", None), members)


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body) + "\n", status=status, mimetype="application/json")
