"""Raw sockets on loopback: servers that misbehave below HTTP."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import define, field

if TYPE_CHECKING:
    import pytest

Handler: TypeAlias = Callable[[socket.socket], object]


@define
class Listener:
    """A server, and the number of connections that it accepted."""

    port: int
    accepted: int = 0
    stopping: threading.Event = field(factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening(*handlers: Handler) -> Iterator[Listener]:
    """Accept connections, each for the next of the handlers; the last is repeated."""
    server = socket.create_server(("127.0.0.1", 0))
    listener = Listener(server.getsockname()[1])
    threads: list[threading.Thread] = []
    connections: list[socket.socket] = []

    def accept() -> None:
        while True:
            connection, _ = server.accept()
            if listener.stopping.is_set():
                connection.close()
                return
            handler = handlers[min(listener.accepted, len(handlers) - 1)]
            listener.accepted += 1
            thread = threading.Thread(target=handle, args=(handler, connection))
            thread.start()
            threads.append(thread)
            connections.append(connection)

    def handle(handler: Handler, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            handler(connection)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener
    finally:
        listener.stopping.set()
        with socket.socket() as last:  # not create_connection: a test may patch DNS
            last.connect(server.getsockname())
        accepting.join()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        server.close()


def message_from(connection: socket.socket) -> bytes:
    """Receive a request or a response, and return all of it, or nothing at its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += (received := connection.recv(65536))
        if not received:
            return b""
    head, separator, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        while name.lower() == b"content-length" and len(body) < int(value):
            body += (received := connection.recv(65536))
            if not received:
                return b""
    return head + separator + body


def receive(connection: socket.socket) -> bytes:
    """Receive a request, and return its body."""
    return message_from(connection).partition(b"\r\n\r\n")[2]


def reset(connection: socket.socket) -> None:
    """Close a connection so that its peer gets ECONNRESET."""
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


def forwarding_to(port: int) -> Handler:
    """Return a handler that forwards a connection to another port."""

    def forward(connection: socket.socket) -> None:
        with socket.socket() as other:
            other.connect(("127.0.0.1", port))
            back = threading.Thread(target=copy, args=(other, connection))
            back.start()
            copy(connection, other)
            back.join()

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    return forward


def relaying_to(port: int) -> Handler:
    """Return a handler that relays requests and responses to another port."""

    def relay(connection: socket.socket) -> None:
        with socket.socket() as server:
            server.connect(("127.0.0.1", port))
            while request := message_from(connection):
                server.sendall(request)
                response = message_from(server)
                if not response:
                    return
                connection.sendall(response)

    return relay


def after_performing(port: int, respond: Handler) -> Handler:
    """Return a handler that lets a server perform the request, and then responds."""

    def handle(connection: socket.socket) -> None:
        request = message_from(connection)
        with socket.socket() as server:
            server.connect(("127.0.0.1", port))
            server.sendall(request)
            message_from(server)
        respond(connection)

    return handle


def over_tls(certificate: Path, handler: Handler) -> Handler:
    """Return a handler that does the same over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def handle(connection: socket.socket) -> None:
        # A duplicate, so that shutting down the original still ends the connection.
        with context.wrap_socket(connection.dup(), server_side=True) as wrapped:
            handler(wrapped)

    return handle


def unused_port() -> int:
    """Return a port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def resolve(monkeypatch: pytest.MonkeyPatch, *outcomes: int | None) -> list[object]:
    """Resolve host names to loopback ports, one after the other; the last is repeated.

    None stands for a name that does not exist. Returns the names that were resolved.
    """
    names: list[object] = []

    def getaddrinfo(host: object, *_: object, **__: object) -> list[Any]:
        port = outcomes[min(len(names), len(outcomes) - 1)]
        names.append(host)
        if port is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        return [(*tcp, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names
