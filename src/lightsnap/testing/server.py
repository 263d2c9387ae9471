"""A server that answers as Lightsail does, for clients in any process and language."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from typing import Self, TypedDict

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server import werkzeug_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ._register import register
from ._script import Faults, is_running, running_servers, script
from ._wsgi import SERVICE, application
from .lightsail.exceptions import LightsailException, UnknownRegionException
from .lightsail.models import LightsailBackend, lightsail_backends

_logger = logging.getLogger("lightsnap.testing")


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
    forget it. The end of the last server does so as well.

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
        TypeError: ``instances`` is a text.
        ValueError: Lightsail is not in the Region, no instance can have the name, or
            the host is empty.

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
        if not host:
            message = "host is empty: give an address, like 127.0.0.1"
            raise ValueError(message)
        if isinstance(instances, str):
            message = f"instances is {instances!r}: give a list of names"
            raise TypeError(message)
        self._host = host
        self._port = port
        self._region_name = region_name
        self._instances = list(instances)
        self._log = log
        self._bound_port = port
        self._stopped = Event()
        self._connections: set[socket.socket] = set()
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
        """Arguments of a client of it, as in ``boto3.client("lightsail", **these)``.

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
            # A mock in this process has set it to true.
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_REGION": self._region_name,
            "AWS_DEFAULT_REGION": self._region_name,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }

    def start(self) -> None:
        """Begin to answer. When this returns, it does.

        Raises:
            RuntimeError: It is running.
        """
        if self._server is not None:
            message = "the server is running: stop it before you start it again"
            raise RuntimeError(message)
        register()
        werkzeug_app.UNSIGNED_REQUESTS.setdefault(SERVICE, ("lightsail", "us-east-1"))
        self._stopped = Event()
        # Bound here, since werkzeug ends the whole process if the port is taken.
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.create_server((self._host, self._port), family=family) as bound:
            self._bound_port = bound.getsockname()[1]
            self._server = make_server(
                self._host,
                self._bound_port,
                application(self._region_name, self._stopped),
                threaded=True,
                request_handler=_handler(self._log, self._connections),
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
        """Answer no longer. Calls under way are cut off.

        If no other server and no mock is running in this process, all is forgotten.
        """
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None
        # A call that does something now does it wholly before, or not at all.
        with LightsailBackend.lock:
            self._stopped.set()
        for connection in list(self._connections):
            with suppress(OSError):  # The client was first.
                connection.shutdown(socket.SHUT_RDWR)
        running_servers.discard(self)
        if not is_running():
            self.reset()

    def reset(self) -> None:
        """Forget every resource and operation of Lightsail, and every scripted fault.

        The instances that it began with, too. moto's other services keep what they
        have: ``/moto-api/reset`` resets them all.
        """
        with LightsailBackend.lock:
            for backends in list(lightsail_backends.values()):
                backends.reset()
            script().clear()

    def _create_instances(self) -> None:
        try:
            backend = lightsail_backends[DEFAULT_ACCOUNT_ID][self._region_name]
        except KeyError:
            error = UnknownRegionException(self._region_name)
            raise ValueError(error.message) from None
        if not self._instances:
            return
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


def _handler(
    log: Callable[[str], object] | None, connections: set[socket.socket]
) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        def setup(self) -> None:
            super().setup()
            connections.add(self.connection)

        def finish(self) -> None:
            connections.discard(self.connection)
            super().finish()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
            if log is None:
                return
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            parts = (self.command, self.path, target, str(code))
            try:
                log(" ".join(part for part in parts if part))
            except Exception:
                # It comes before the answer, which must not be lost by it.
                _logger.exception("the log of a server failed")

    return Handler
