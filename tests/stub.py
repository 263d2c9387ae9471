"""A loopback HTTP server with scripted responses, for tests that need real HTTP."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from attrs import define, field, frozen


@frozen
class Answer:
    """An HTTP response. A str or bytes body is sent unchanged, any other as JSON."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(factory=dict)

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


def error(type_: str, message: str, status: int = 400, **members: str) -> Answer:
    """Build an error response in Lightsail's format."""
    return Answer({"__type": type_, "message": message, **members}, status)


DROPPED = Answer(b"", 0)
"""Closes the connection instead of sending a response."""


class Gauge:
    """A counter that threads can wait on until it has a given value."""

    def __init__(self) -> None:
        self._number = 0
        self._changed = threading.Condition()

    def add(self, number: int) -> None:
        with self._changed:
            self._number += number
            self._changed.notify_all()

    def wait_for(self, number: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._number == number, timeout=10)


@define
class Stub:
    """The scripted responses, and the requests received.

    The last response for an API operation is repeated.
    """

    url: str
    requests: list[tuple[str, dict[str, Any]]] = field(factory=list)
    connections: Gauge = field(factory=Gauge)
    _responses: dict[str, list[Answer]] = field(factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(factory=threading.Lock)

    def on(self, operation: str, *responses: Answer) -> None:
        self._responses[operation] = list(responses)

    def respond(self, operation: str, body: dict[str, Any]) -> Answer:
        with self._lock:
            self.requests.append((operation, body))
            responses = self._responses[operation]
            return responses.pop(0) if len(responses) > 1 else responses[0]


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Stub]:
    """Run a stub on loopback, over TLS if given a file with a key and certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without this, the body would be sent 40 ms after the headers.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            stub.connections.add(1)

        def finish(self) -> None:
            stub.connections.add(-1)
            super().finish()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            response = stub.respond(operation, body)
            if response is DROPPED:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            encoded = response.encoded()
            self.send_response_only(response.status)
            for name, value in {
                "Date": self.date_time_string(),
                **response.headers,
            }.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(encoded)))
            self.send_header("x-amzn-RequestId", "8a4b1c9e")
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            # A client that does not trust our certificate ends the handshake.
            if not isinstance(sys.exception(), ssl.SSLError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme = "https"
    stub = Stub(url=f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
