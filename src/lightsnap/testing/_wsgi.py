"""The server's application: moto's, and around it what is Lightsail's alone."""

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

from ._call import error_answer
from ._edge import REGION_KEY, STOPPED_KEY
from ._faults import Fault, FaultError, fault_from
from ._script import FAULTS_PATH, script
from .lightsail.models import LightsailBackend

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SERVICE = "Lightsail_20161128"
"""What stands before the operation in the header X-Amz-Target."""

_PATH = "/ls/api/2016-11-28/"
_SIGNED = re.compile(r"AWS4\S+ Credential=[^/]+/\d+/[a-z0-9-]+/lightsail/aws4_request")
_WELCOME = """\
This is an Amazon Lightsail to test against.

Let AWS_ENDPOINT_URL_LIGHTSAIL be the URL of this page; any credentials will do.
Operations are named by the header X-Amz-Target, or in /ls/api/2016-11-28/GetRegions.
Faults are scripted at /moto-api/lightsail/faults, POST /moto-api/reset forgets all.
"""

_log = logging.getLogger("lightsnap.testing")


def application(region_name: str, stopped: Event) -> WSGIApplication:
    """Make the application of a server.

    Args:
        region_name: The Region that unsigned requests mean.
        stopped: Set when the server has stopped: no call does anything from then on.
    """
    moto_application = werkzeug_app.DomainDispatcherApplication(
        werkzeug_app.create_backend_app
    )

    def pages(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            _read_all(environ)
        except (HTTPException, OSError):  # The client left, or sent no HTTP.
            return Response(status=400)(environ, start_response)
        path = environ["PATH_INFO"]
        target = _target(environ)
        answer: Any
        if path == FAULTS_PATH:
            answer = _faults(Request(environ))(environ, start_response)
        elif path.startswith("/moto-api/"):
            # A reset comes between calls, never into one.
            with LightsailBackend.lock:
                answer = moto_application(environ, start_response)
        elif target is not None:
            _address(environ, target, region_name, stopped)
            answer = operations(environ, start_response)
        elif path == "/" and environ["REQUEST_METHOD"] == "GET" and _is_plain(environ):
            page = Response(_WELCOME, mimetype="text/plain")
            answer = page(environ, start_response)
        else:
            answer = moto_application(environ, start_response)
        return cast("Iterable[bytes]", answer)

    def operations(environ: WSGIEnvironment, start_response: StartResponse) -> object:
        try:
            return moto_application(environ, start_response)
        except Exception as error:  # noqa: BLE001  # a client knows no traceback
            _log.exception("%s was not answered", environ["HTTP_X_AMZ_TARGET"])
            status, headers, body = error_answer(
                "ServiceException", f"{type(error).__name__}: {error}", status=500
            )
            return Response(body, status, headers)(environ, start_response)

    return pages


def _read_all(environ: WSGIEnvironment) -> None:
    """Read the request to its end, so that nobody waits for a client under a lock."""
    body = Request(environ).get_data()
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Whether nothing says which service a request is for."""
    return not (environ.get("HTTP_AUTHORIZATION") or environ.get("QUERY_STRING"))


def _target(environ: WSGIEnvironment) -> str | None:
    """The service and operation that a request for Lightsail names, else None."""
    path = environ["PATH_INFO"]
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target.startswith(f"{SERVICE}."):
        return target
    if path.startswith("/ls/api/"):
        return f"{SERVICE}.{path.removeprefix(_PATH)}"
    if target:
        # What names no service would break moto.
        return None if "." in target else f"{SERVICE}.{target}"
    is_form = "form" in environ.get("CONTENT_TYPE", "")
    if environ["REQUEST_METHOD"] == "POST" and _is_plain(environ) and not is_form:
        return f"{SERVICE}."
    return None


def _address(
    environ: WSGIEnvironment, target: str, region_name: str, stopped: Event
) -> None:
    """Give a request the form that moto knows as one for Lightsail."""
    environ["PATH_INFO"] = "/"
    environ["HTTP_X_AMZ_TARGET"] = target
    # Whatever it came as: moto would read a form, which is curl's default.
    environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"
    environ.pop("HTTP_CONTENT_ENCODING", None)  # Lightsail knows none.
    if not _SIGNED.match(environ.get("HTTP_AUTHORIZATION", "")):
        environ.pop("HTTP_AUTHORIZATION", None)
    environ[REGION_KEY] = region_name
    environ[STOPPED_KEY] = stopped


def _faults(request: Request) -> Response:
    """Tell the faults to come (GET), add one (POST), or forget them all (DELETE)."""
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
