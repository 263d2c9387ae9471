"""The Lightsail emulator as an HTTP server, for clients in any process and language."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address
from threading import Event, Thread
from typing import Self, TypedDict

from attrs import evolve
from moto.moto_server import werkzeug_app
from werkzeug.serving import BaseWSGIServer, make_server

from . import _isolation
from ._access import Access
from ._emulator import Emulator, create_instances
from ._http import handler
from ._record import record
from ._register import register
from ._script import is_running, running_servers, script
from ._wsgi import SERVICE, Application
from .lightsail.models import LightsailBackend, lightsail_backends


class ClientKwargs(TypedDict):
    """Keyword arguments that connect a boto3 client to a server."""

    region_name: str
    endpoint_url: str
    aws_access_key_id: str
    aws_secret_access_key: str


class LightsailServer(Emulator):
    """A Lightsail emulator over HTTP, in threads of this process.

    It is moto's server with Lightsail added, and moto's own pages at ``/moto-api/``. It
    accepts any credentials, and requests without any. The paths are those of AWS: ``/``
    with the header X-Amz-Target, and ``/ls/api/…``, which clients generated from the
    Smithy model use. Any other request gets an error response in AWS's form.

    Whoever can reach the server can use it, except for pages of other sites in a
    browser: it refuses a foreign ``Origin``, and a ``Host`` that is neither an IP
    address of the server nor localhost nor ``host``.

    While it runs, ``os.environ`` has fake credentials and none of the AWS settings of
    this machine but the Region, so that ``client_kwargs`` work whatever those are. It
    also excludes loopback from any proxy.

    Its state is that of the process, as with all moto backends: two servers in one
    process share it, and so does a ``mock_lightsail()``, which discards it when it
    starts and when it ends. When the last server stops, it is discarded too.

    It has the attributes and methods of an ``Emulator`` too, such as ``server.clock``,
    ``server.age()``, ``server.calls`` and ``server.faults``.

    Args:
        host: The address to bind; loopback by default.
        port: The port to bind; 0 picks a free one.
        region_name: The Region of ``instances`` and of unsigned requests.
        instances: The names of the instances to start with.
        log: Called with one line for each response.
        allowed_hosts: Other host names, without a port, at which clients reach the
            server; ``"*"`` is any.
        allowed_origins: The origins of pages that may use the server, such as
            ``http://localhost:3000``; ``"*"`` is any.
        other_services: Whether to serve moto's other services too. Some of them send
            requests to other machines.

    Raises:
        ImportError: moto, flask or flask-cors is missing.
        OSError: The port is in use or may not be bound.
        OverflowError: There is no such port.
        TypeError: ``instances``, ``allowed_hosts`` or ``allowed_origins`` is a string.
        ValueError: Lightsail is not in the Region, the name of an instance is invalid,
            the host is empty, or an allowed host or origin can never match.

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
        allowed_hosts: Iterable[str] = (),
        allowed_origins: Iterable[str] = (),
        other_services: bool = False,
    ) -> None:
        super().__init__()
        if not host:
            message = "host is empty: give an address such as 127.0.0.1"
            raise ValueError(message)
        if isinstance(instances, str):
            message = f"instances is {instances!r}: give a list of names"
            raise TypeError(message)
        self._host = host
        self._port = port
        self._region_name = region_name
        self._instances = list(instances)
        self._log = log
        self._access = Access(hosts=allowed_hosts, origins=allowed_origins)
        self._other_services = other_services
        self._bound_port = port
        self._is_local = True
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
        """The URL of the running server, such as ``http://127.0.0.1:5000``.

        Raises:
            RuntimeError: It is not running.
        """
        if self._server is None:
            message = "the server is not running: call start() or use `with`"
            raise RuntimeError(message)
        host, port = self._reachable_host, self._bound_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server, once it has started."""
        return self._is_local

    @property
    def _reachable_host(self) -> str:
        # A server that is bound to all addresses is reached at the loopback one.
        loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
        return loopback.get(self._host, self._host)

    @property
    def client_kwargs(self) -> ClientKwargs:
        """Keyword arguments for ``boto3.client("lightsail", **server.client_kwargs)``.

        aiobotocore's ``create_client`` accepts them too.
        """
        return {
            "region_name": self._region_name,
            "endpoint_url": self.url,
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "testing",
        }

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make AWS's SDKs and CLI use this server.

        Pass them as ``subprocess.run(..., env={**os.environ, **server.environment})``.
        They also exclude the server from any proxy, and replace the config files of
        this machine.
        """
        neutral = _isolation.NEUTRAL
        return {
            # A test may have chosen others.
            **{name: os.environ.get(name, neutral[name]) for name in neutral},
            **_isolation.without_proxies(os.environ, self._reachable_host),
            "AWS_ENDPOINT_URL_LIGHTSAIL": self.url,
            # A mock in this process sets it to true.
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_REGION": self._region_name,
            "AWS_DEFAULT_REGION": self._region_name,
        }

    def start(self) -> None:
        """Start the server. It accepts requests when this returns.

        Raises:
            RuntimeError: It is already running.
        """
        if self._server is not None:
            message = "the server is already running: call stop() first"
            raise RuntimeError(message)
        _isolation.settings.apply()
        _isolation.proxies.apply()
        os.environ |= _isolation.without_proxies(os.environ, self._reachable_host)
        try:
            self._listen()
        except BaseException:
            self._end_isolation()
            raise
        try:
            create_instances(self._instances, [self._region_name])
        except BaseException:
            self.stop()
            raise

    def _listen(self) -> None:
        register()
        werkzeug_app.UNSIGNED_REQUESTS.setdefault(SERVICE, ("lightsail", "us-east-1"))
        self._stopped = Event()
        # Bound here: werkzeug would exit the process if the port is in use.
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.create_server((self._host, self._port), family=family) as bound:
            address, self._bound_port = bound.getsockname()[:2]
            access = evolve(
                self._access,
                listening_on=self._host,
                is_local=ip_address(address).is_loopback,
            )
            self._server = make_server(
                self._host,
                self._bound_port,
                Application(
                    self._region_name,
                    self._stopped,
                    access=access,
                    other_services=self._other_services,
                ),
                threaded=True,
                request_handler=handler(self._log, self._connections),
                fd=bound.fileno(),
            )
        self._is_local = access.is_local
        running_servers.add(self)
        poll_interval = 0.02  # seconds between checks for a shutdown
        self._thread = Thread(
            target=self._server.serve_forever, args=(poll_interval,), daemon=True
        )
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop the server, and close the connections of calls in flight.

        If no other server and no mock runs in this process, its state is discarded.

        Args:
            timeout: Seconds to wait for a call that is being performed.

        Raises:
            TimeoutError: A call was still being performed then. The server has stopped
                nevertheless, but its state is not discarded.
        """
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None
        self._end_isolation()
        # Under the lock, so that a call is either complete by now or not performed.
        is_idle = LightsailBackend.lock.acquire(timeout=timeout)
        try:
            self._stopped.set()
            running_servers.discard(self)
            if is_idle and not is_running():
                self.reset()
        finally:
            if is_idle:
                LightsailBackend.lock.release()
        for connection in list(self._connections):
            with suppress(OSError):  # The client may have closed it already.
                connection.shutdown(socket.SHUT_RDWR)
        if not is_idle:
            message = f"a call was still being performed after {timeout} s"
            raise TimeoutError(message)

    def _end_isolation(self) -> None:
        _isolation.proxies.undo()
        _isolation.settings.undo()

    def reset(self) -> None:
        """Discard all Lightsail resources, operations, faults and recorded calls.

        The clock is reset too, and the instances that the server started with are
        discarded. moto's other services keep their state; ``POST /moto-api/reset``
        resets them all.
        """
        with LightsailBackend.lock:
            for backends in list(lightsail_backends.values()):
                backends.reset()
            script().clear()
            record().clear()
            self.clock.reset()

    @property
    def _default_region(self) -> str:
        return self._region_name
