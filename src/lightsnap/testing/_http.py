"""How the server speaks HTTP: it keeps connections open, and answers every request.

A request that cannot be parsed gets an error response too. What a request means is left
to the application (``_wsgi``).
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from time import monotonic
from typing import Any

from werkzeug.http import http_date
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Response

from lightsnap._escape import printable

from ._call import malformed
from .lightsail.clock import now

_TLS_HANDSHAKE = b"\x16"
# Request lines that the standard library does not refuse.
_TOO_FEW_WORDS = {
    0: "The request line is empty",
    2: "The request line names no HTTP version",
}
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_LONGEST_LOGGED = 100
_LINGER = 2.0
"""Seconds in which a client may finish sending what is not going to be read."""

_logger = logging.getLogger("lightsnap.testing")


def handler(
    log: Callable[[str], object] | None, connections: set[socket.socket]
) -> type[WSGIRequestHandler]:
    """Create the class that handles the connections of a server.

    Args:
        log: Called with one line for each response.
        connections: Holds the open connections.
    """
    members = {
        "log_line": staticmethod(log or _ignore),
        "open_connections": connections,
    }
    return type("Handler", (_Handler,), members)


def _ignore(line: str) -> None:
    del line


class _Handler(WSGIRequestHandler):
    log_line: Callable[[str], object]
    open_connections: set[socket.socket]

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # It would delay the body of each response.

    headers: Any = None
    command: str = ""
    path: str = ""

    def setup(self) -> None:
        super().setup()
        self.open_connections.add(self.connection)

    def finish(self) -> None:
        self.open_connections.discard(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        # What the log shows, if the request cannot be parsed.
        self.headers, self.command, self.path, self.requestline = None, "", "", ""
        stream: Any = self.rfile
        if stream.peek(1)[:1] == _TLS_HANDSHAKE:
            # It may have no line break, so reading a line could take for ever.
            self.requestline = "TLS"
            self.send_error(400, "This server speaks http: use an http:// URL")
        else:
            super().handle_one_request()

    def parse_request(self) -> bool:
        words = len(self.raw_requestline.split())
        if words in _TOO_FEW_WORDS:
            self.requestline = self.raw_requestline.decode("latin-1").strip()
            self.send_error(400, _TOO_FEW_WORDS[words])
            return False
        return super().parse_request()

    def run_wsgi(self) -> None:
        if problem := self._problem():
            self.send_error(400, problem)
            return
        try:
            environ = self.make_environ()
        except ValueError as error:
            self.send_error(400, f"Bad request URL: {error}")
            return
        # The end of a chunked body is not certain enough to find the next request.
        if "Transfer-Encoding" in self.headers or self.request_version < "HTTP/1.1":
            self.close_connection = True
        self._send(Response.from_app(self.server.app, environ, buffered=True))

    def send_error(
        self,
        code: int,
        message: str | None = None,
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Answer a request that cannot be parsed."""
        self.request_version = self.protocol_version  # It may be unknown as yet.
        self._send(malformed(message or HTTPStatus(code).phrase, status=code))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        parts = [self.requestline[:_LONGEST_LOGGED]]
        if self.headers is not None:
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            parts = [self.command, self.path, target]
        try:
            self.log_line(
                printable(" ".join(part for part in (*parts, str(code)) if part))
            )
        except Exception:
            # The response is sent after this, so an error must not get out.
            _logger.exception("a server's log function failed")

    def _problem(self) -> str | None:
        """Return why the end of the request cannot be found; None if it can."""
        lengths = self.headers.get_all("Content-Length", [])
        if self.headers.defects:
            return "Bad header"
        if len(lengths) > 1 or (lengths and "Transfer-Encoding" in self.headers):
            return "More than one length"
        if not all(each.isascii() and each.isdigit() for each in lengths):
            return f"Bad Content-Length: {lengths[0]}"
        return None

    def _send(self, response: Response) -> None:
        # What follows a malformed request is not the next one.
        is_malformed = response.headers.get("Connection") == "close"
        if is_malformed:
            self.close_connection = True
        status = response.status_code
        self.log_request(status)
        self.send_response_only(status, response.status.partition(" ")[2])
        body = response.get_data()
        if self.command != "HEAD" and status not in _WITHOUT_BODY:
            response.headers["Content-Length"] = str(len(body))
        response.headers.pop("Transfer-Encoding", None)
        response.headers.setdefault("Date", http_date(now()))
        if self.close_connection:
            response.headers["Connection"] = "close"
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if is_malformed:
            self._linger()

    def _linger(self) -> None:
        """Read what the client still sends, so that it gets to read the response.

        Closing a connection with unread data would discard the response.
        """
        end = monotonic() + _LINGER
        with suppress(OSError):  # also if the client is slow, or has left
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER)
            while monotonic() < end and self.connection.recv(1 << 16):
                pass
