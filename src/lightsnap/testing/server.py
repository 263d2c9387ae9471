"""A server that answers as Lightsail does, for clients in any process and language."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypedDict, cast

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server import werkzeug_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from ._edge import REGION_KEY
from ._faults import FaultError, fault_from
from ._register import register
from ._script import FAULTS_PATH, Faults, running_servers, script
from .lightsail.exceptions import LightsailException, UnknownRegionException
from .lightsail.models import lightsail_backends

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_TARGET = "Lightsail_20161128"
_PATH = "/ls/api/2016-11-28/"


class ClientKwargs(TypedDict):
    """What a boto3 client needs to talk to a server."""

    region_name: str
    endpoint_url: str
    aws_access_key_id: str
    aws_secret_access_key: str


class LightsailServer:
    """A Lightsail on HTTP, in threads of this process.

    It is moto's server with a Lightsail, so moto's other services answer too, and
    ``/moto-api/`` has moto's own pages. It answers any credentials, and none. The
    paths are those of AWS: ``/`` with the header X-Amz-Target, and ``/ls/api/…`` as
    clients made from the Smithy model send it.

    What it holds is held by the process, as moto's backends are: two servers of one
    process show the same, and so does a ``mock_lightsail()``, whose beginning and end
    forget it.

    Args:
        host: The address to bind; loopback unless told otherwise.
        port: The port to bind; 0 is one that is free.
        region_name: The Region that requests without a signature mean, and that
            ``instances`` are in.
        instances: The names of instances to begin with.
        log: Called with a line about each answer.

    Attributes:
        faults: Scripts faults.

    Raises:
        ImportError: moto, flask or flask-cors is missing.
        OSError: The port is taken, or may not be bound.
        OverflowError: There is no such port.
        ValueError: Lightsail is not in the Region, or no instance can have the name.

    >>> import boto3
    >>> with LightsailServer(instances=["WordPress-1"]) as server:
    ...     lightsail = boto3.client("lightsail", **server.client_kwargs)
    ...     instance = lightsail.get_instance(instanceName="WordPress-1")["instance"]
    >>> instance["state"]["name"]
    'running'
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        region_name: str = "us-east-1",
        instances: Iterable[str] = (),
        log: Callable[[str], object] | None = None,
    ) -> None:
        self.faults: Faults = Faults()
        self._host = host
        self._port = port
        self._region_name = region_name
        self._instances = list(instances)
        self._log = log
        self._bound_port = port
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    def __repr__(self) -> str:
        return f"LightsailServer({self.url if self._server else 'stopped'})"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it answers, like ``http://127.0.0.1:5000``.

        Raises:
            RuntimeError: It is not running.
        """
        if self._server is None:
            message = "the server is not running: start it, or use it with `with`"
            raise RuntimeError(message)
        host, port = self._local_host, self._bound_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def _local_host(self) -> str:
        # Bound to every address, it is at the loopback one as well.
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
        return everywhere.get(self._host, self._host)

    @property
    def client_kwargs(self) -> ClientKwargs:
        """Arguments of a client of it: ``boto3.client("lightsail", **client_kwargs)``.

        Those of aiobotocore's ``create_client`` are the same.
        """
        return {
            "region_name": self._region_name,
            "endpoint_url": self.url,
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "testing",
        }

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which AWS's SDKs and CLI talk to it.

        For ``subprocess.run(..., env={**os.environ, **server.environment})``. A proxy
        of this process is passed by.
        """
        proxied = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
        direct = f"{proxied},{self._local_host}" if proxied else self._local_host
        return {
            "NO_PROXY": direct,
            "no_proxy": direct,
            "AWS_ENDPOINT_URL_LIGHTSAIL": self.url,
            "AWS_REGION": self._region_name,
            "AWS_DEFAULT_REGION": self._region_name,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }

    def start(self) -> None:
        """Begin to answer. When this returns, it does."""
        register()
        werkzeug_app.UNSIGNED_REQUESTS.setdefault(_TARGET, ("lightsail", "us-east-1"))
        # Bound here, since werkzeug ends the whole process if the port is taken.
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.create_server((self._host, self._port), family=family) as bound:
            self._bound_port = bound.getsockname()[1]
            self._server = make_server(
                self._host,
                self._bound_port,
                _application(self._region_name),
                threaded=True,
                request_handler=_handler(self._log),
                fd=bound.fileno(),
            )
        running_servers.add(self)
        # The interval at which it looks whether it is to stop, in seconds.
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        try:
            self._create_instances()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Answer no longer, and forget. Calls under way are cut off."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None
        running_servers.discard(self)
        self.reset()

    def reset(self) -> None:
        """Forget every resource and operation of Lightsail, and every scripted fault.

        moto's other services keep what they have: ``/moto-api/reset`` resets them all.
        """
        for backends in list(lightsail_backends.values()):
            backends.reset()
        script().clear()

    def _create_instances(self) -> None:
        try:
            backend = lightsail_backends[DEFAULT_ACCOUNT_ID][self._region_name]
        except KeyError:
            error = UnknownRegionException(self._region_name)
            raise ValueError(error.message) from None
        try:
            with backend.lock:
                backend.create_instances(
                    instance_names=self._instances,
                    availability_zone=f"{self._region_name}a",
                    blueprint_id="wordpress",
                    bundle_id="nano_3_0",
                    key_pair_name=None,
                    ip_address_type=None,
                    add_ons=None,
                    tags=None,
                )
        except LightsailException as error:
            raise ValueError(error.message) from error


def _application(region_name: str) -> WSGIApplication:
    """The server's pages: moto's, and the script of faults."""
    moto_application = werkzeug_app.DomainDispatcherApplication(
        werkzeug_app.create_backend_app
    )

    def application(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == FAULTS_PATH:
            return _faults(Request(environ))(environ, start_response)
        if path.startswith(_PATH):
            target = f"{_TARGET}.{path.removeprefix(_PATH)}"
            environ.setdefault("HTTP_X_AMZ_TARGET", target)
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith(f"{_TARGET}."):
            environ[REGION_KEY] = region_name
            # Whatever it came as: moto would read a form, which is curl's default.
            environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"
        answer: Iterable[bytes] = moto_application(environ, start_response)
        return answer

    return application


def _faults(request: Request) -> Response:
    """Tell the faults to come (GET), add one (POST), or forget them all (DELETE)."""
    if request.method == "POST":
        try:
            body: object = json.loads(request.get_data())
            if not isinstance(body, dict):
                raise FaultError('give a JSON object like {"fault": "throttle"}')
            members = cast("dict[str, object]", body)
            script().add(fault_from(members.pop("fault", None), members))
        except ValueError as error:
            return _json({"error": str(error)}, status=400)
    elif request.method == "DELETE":
        script().clear()
    elif request.method != "GET":
        return _json({"error": "use GET, POST or DELETE"}, status=405)
    return _json({"faults": [fault.to_dict() for fault in script().pending]})


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(
        json.dumps(body) + "\n", status=status, content_type="application/json"
    )


def _handler(log: Callable[[str], object] | None) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
            if log is not None:
                target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                parts = (self.command, self.path, target, str(code))
                log(" ".join(part for part in parts if part))

    return Handler
