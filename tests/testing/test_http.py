"""How the server speaks HTTP: connections, malformed requests, and long ones."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from moto.core.responses import BaseResponse

from lightsnap.testing import LightsailServer
from lightsnap.testing._wsgi import LARGEST_CALL
from lightsnap.testing.lightsail.models import LightsailBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/ls/api/2016-11-28"
HEADERS = b"".join(b"A%d: b\r\n" % number for number in range(200))
# It has no line break, as chance will have it with most.
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + b"\xaa" * 194

MALFORMED = {
    "TLS": (TLS_HELLO, 400, "This server speaks http: use an http:// URL"),
    "one word": (b"GET\r\n\r\n", 400, r"Bad request syntax \('GET'\)"),
    "four words": (b"GET / a HTTP/1.1\r\n\r\n", 400, "Bad request syntax"),
    "empty line": (b"\r\n\r\n", 400, "The request line is empty"),
    "blank line": (b" \r\n\r\n", 400, "The request line is empty"),
    "two words": (b"GET /\r\n\r\n", 400, "The request line names no HTTP version"),
    "binary": (b"\0\1\2\3\n", 400, "Bad request syntax"),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n\r\n", 505, r"Invalid HTTP version \(9.9\)"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "Invalid HTTP version"),
    "HTTP/x": (b"GET / HTTP/x\r\n\r\n", 400, "Bad request version"),
    "200 headers": (b"GET / HTTP/1.1\r\n%b\r\n" % HEADERS, 431, "Too many headers"),
    "70 kB header": (
        b"GET / HTTP/1.1\r\nA: %b\r\n\r\n" % (b"a" * 70_000),
        431,
        "Line too long",
    ),
    "70 kB URL": (b"GET /%b HTTP/1.1\r\n\r\n" % (b"a" * 70_000), 414, "Too Long"),
    "bad URL": (b"GET http://[ HTTP/1.1\r\n\r\n", 400, "Bad request URL"),
    "bad header": (b"POST / HTTP/1.1\r\nnonsense\r\n\r\n", 400, "Bad header"),
    "bad length": (
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        400,
        "Bad Content-Length: x",
    ),
    "negative length": (
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        400,
        "Bad Content-Length: -1",
    ),
    "two lengths": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        400,
        "More than one length",
    ),
    "length of chunks": (
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
        "More than one length",
    ),
    "bad chunk": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"z\r\n" * 500_000,
        400,
        "The body cannot be read",
    ),
}


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def server(log: list[str]) -> Iterator[LightsailServer]:
    with LightsailServer(instances=["WordPress-1"], log=log.append) as server:
        yield server


def connect(server: LightsailServer) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def http(server: LightsailServer) -> HTTPConnection:
    return HTTPConnection(server.url.removeprefix("http://"), timeout=10)


def responses_to(server: LightsailServer, request: bytes) -> bytes:
    """Send a request, and return all that the server sends before it closes."""
    received = b""
    with connect(server) as connection:
        connection.sendall(request)
        while chunk := connection.recv(1 << 16):
            received += chunk
    return received


def get_instances(server: LightsailServer) -> list[str]:
    lightsail = boto3.client("lightsail", **server.client_kwargs)
    return [each["name"] for each in lightsail.get_instances()["instances"]]


def send_without_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"a" * 1000)


class TestMalformedRequests:
    @pytest.mark.parametrize("case", MALFORMED.values(), ids=MALFORMED)
    def test_it_gets_an_error_response_and_no_traceback(
        self,
        server: LightsailServer,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
        case: tuple[bytes, int, str],
    ) -> None:
        request_, status, message = case
        head, _, body = responses_to(server, request_).partition(b"\r\n\r\n")

        lines = head.decode().split("\r\n")
        assert lines[0].startswith(f"HTTP/1.1 {status} ")
        assert "X-Amzn-Errortype: MalformedHttpRequestException" in lines
        assert "Connection: close" in lines
        error = json.loads(body)
        assert error["__type"] == "MalformedHttpRequestException"
        assert re.search(message, error["message"])
        assert error.keys() == {"__type", "message", "code", "docs", "tip"}
        assert capfd.readouterr() == ("", "")
        assert caplog.text == ""
        assert get_instances(server) == ["WordPress-1"]

    def test_an_https_client_is_refused_at_once(self, server: LightsailServer) -> None:
        with connect(server) as connection, pytest.raises(ssl.SSLError):
            ssl.create_default_context().wrap_socket(
                connection, server_hostname="localhost"
            )

    def test_the_log_names_it_in_one_line(
        self, server: LightsailServer, log: list[str]
    ) -> None:
        responses_to(server, TLS_HELLO)
        responses_to(server, b"GET\x1b[2J\x85\x9b\r\n\r\n")
        responses_to(server, b"GET / HTTP/9.9 " + b"x" * 1000 + b"\r\n\r\n")

        tls, control, long = log
        assert tls == "TLS 400"
        assert control == r"GET\x1b[2J\x85\x9b 400"
        assert len(long) < 200

    def test_the_log_escapes_headers(
        self, server: LightsailServer, log: list[str]
    ) -> None:
        target = b"X-Amz-Target: Lightsail_20161128.Get\x1b[2J\x85Regions\r\n"
        request = b"POST / HTTP/1.1\r\n" + target + b"Connection: close\r\n\r\n"
        responses_to(server, request)

        assert log == [r"POST / Get\x1b[2J\x85Regions 400"]

    def test_a_client_that_still_sends_gets_the_response(
        self, server: LightsailServer
    ) -> None:
        with connect(server) as connection:
            connection.sendall(b"GET /" + b"a" * 70_000)
            assert connection.recv(1) == b"H"  # The server has responded.
            connection.sendall(b"a" * 1_000_000)
            connection.shutdown(socket.SHUT_WR)
            assert b"MalformedHttpRequestException" in connection.recv(1 << 16)

    def test_a_client_that_sends_without_end_is_disconnected(
        self, server: LightsailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("lightsnap.testing._http._LINGER", 0.2)
        with connect(server) as connection:
            connection.sendall(b"GET /" + b"a" * 70_000)
            with pytest.raises(ConnectionError):
                send_without_end(connection)


class TestConnections:
    def test_an_sdk_makes_all_its_calls_on_one_connection(
        self, server: LightsailServer
    ) -> None:
        connections = set()
        lightsail = boto3.client("lightsail", **server.client_kwargs)
        for _ in range(100):
            lightsail.get_regions()
            connections |= {each.getpeername() for each in server._connections}

        assert len(connections) == 1

    def test_errors_and_large_bodies_leave_the_connection_open(
        self, server: LightsailServer
    ) -> None:
        connection = http(server)
        connection.auto_open = 0
        connection.connect()
        statuses = []
        for headers, body in (
            ({}, b"{"),
            ({"Host": "foreign.test"}, b"{}"),
            ({"Origin": "http://foreign.test"}, b"{}" * 1000),
            ({}, b" " * (LARGEST_CALL + 1)),
            ({"Expect": "100-continue"}, b"{}"),
            ({}, b"{}"),
        ):
            connection.request("POST", f"{PATH}/GetRegions", body, headers)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()

        assert statuses == [400, 403, 403, 413, 200, 200]

    @pytest.mark.parametrize(
        "request_",
        [
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
            b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        ids=["HTTP/1.0", "HTTP/1.0 keep-alive", "close", "chunks"],
    )
    def test_it_closes_the_connection_where_it_must(
        self, server: LightsailServer, request_: bytes
    ) -> None:
        response = responses_to(server, request_)

        assert b"\r\nConnection: close\r\n" in response
        assert b"This is a Lightsail emulator" in response

    def test_chunks_are_read(self, server: LightsailServer) -> None:
        chunks = iter([b'{"instanceName": ', b'"WordPress-1"}'])
        response = requests.post(
            f"{server.url}{PATH}/GetInstance", data=chunks, timeout=10
        )

        assert response.json()["instance"]["name"] == "WordPress-1"

    def test_pipelined_requests_are_answered_in_order(
        self, server: LightsailServer
    ) -> None:
        first = b"GET %b/GetRegions HTTP/1.1\r\n\r\n" % PATH.encode()
        last = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
        received = responses_to(server, first + last)

        assert received.count(b"HTTP/1.1 200 ") == 2
        assert received.index(b'"regions"') < received.index(b"This is a Lightsail")

    def test_head_gets_no_body(self, server: LightsailServer) -> None:
        connection = http(server)
        for _ in range(2):
            connection.request("HEAD", "/")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
            assert int(response.headers["Content-Length"]) > 100
        connection.close()

    def test_a_dropped_connection_does_not_harm_the_next_call(
        self, server: LightsailServer
    ) -> None:
        lightsail = boto3.client("lightsail", **server.client_kwargs)
        lightsail.get_regions()
        server.faults.drop("GetRegions", when="after")

        assert lightsail.get_regions()["regions"]

    def test_stop_closes_idle_connections(self) -> None:
        with LightsailServer() as server:
            connection = http(server)
            connection.request("GET", "/")
            connection.getresponse().read()
            idle: Any = connection.sock
        assert idle.recv(1) == b""
        connection.close()


def is_idle() -> bool:
    """Return whether another thread can perform a call now."""
    found = []

    def perform() -> None:
        if LightsailBackend.lock.acquire(timeout=1):
            LightsailBackend.lock.release()
            found.append(True)

    thread = threading.Thread(target=perform)
    thread.start()
    thread.join()
    return bool(found)


class TestLongRequests:
    @pytest.mark.parametrize("step", ["parse_parameters", "serialized"])
    def test_neither_parsing_nor_serializing_holds_up_other_calls(
        self, server: LightsailServer, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        perform = getattr(BaseResponse, step)
        seen = []

        def observe(*arguments: Any) -> Any:
            seen.append(is_idle())
            return perform(*arguments)

        monkeypatch.setattr(BaseResponse, step, observe)

        assert get_instances(server) == ["WordPress-1"]
        assert seen == [True]

    def test_a_body_that_is_too_long_is_refused(self, server: LightsailServer) -> None:
        body = b'{"instanceNames": ["' + b"x" * 50_000_000 + b'"]}'
        url = f"{server.url}{PATH}/CreateInstances"
        response = requests.post(url, data=body, timeout=60)

        assert response.status_code == 413
        error = response.json()
        assert error["__type"] == "RequestEntityTooLargeException"
        assert error["message"] == (
            f"POST {PATH}/CreateInstances has a body of more than 5242880 bytes"
        )

    def test_a_body_of_five_megabytes_is_read(self, server: LightsailServer) -> None:
        response = requests.post(
            f"{server.url}{PATH}/GetRegions",
            data=b"{}".ljust(LARGEST_CALL),
            timeout=60,
        )
        assert response.status_code == 200

    def test_other_services_accept_more(self) -> None:
        with LightsailServer(other_services=True) as server:
            s3 = boto3.client("s3", **server.client_kwargs)
            s3.create_bucket(Bucket="backups")
            s3.put_object(Bucket="backups", Key="big", Body=b"x" * (LARGEST_CALL + 1))
            size = s3.head_object(Bucket="backups", Key="big")["ContentLength"]

        assert size == LARGEST_CALL + 1

    def test_a_slow_reader_does_not_hold_up_other_calls(
        self, server: LightsailServer
    ) -> None:
        server.faults.garble("GetRegions", body="x" * 50_000_000)
        connection = http(server)
        connection.request("POST", f"{PATH}/GetRegions", "{}")
        response: HTTPResponse = connection.getresponse()

        assert get_instances(server) == ["WordPress-1"]
        assert len(response.read()) == 50_000_000
        connection.close()


@contextmanager
def busy_emulator() -> Iterator[None]:
    """Perform a call that does not end in the block."""
    started, ended = threading.Event(), threading.Event()

    def perform() -> None:
        with LightsailBackend.lock:
            started.set()
            ended.wait()

    thread = threading.Thread(target=perform)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class TestStop:
    def test_it_gives_up_waiting_for_a_call_after_the_time_out(self) -> None:
        server = LightsailServer(instances=["WordPress-1"])
        server.start()
        url = server.url

        with (
            busy_emulator(),
            pytest.raises(TimeoutError, match=r"still being performed after 0\.1 s"),
        ):
            server.stop(timeout=0.1)

        assert repr(server) == "LightsailServer(stopped)"
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10)
        server.stop()
        # Its state was kept. The end of the next server discards it.
        with LightsailServer() as other:
            assert get_instances(other) == ["WordPress-1"]
        with LightsailServer() as other:
            assert get_instances(other) == []


def recorded(server: LightsailServer, path: str, **headers: str) -> str:
    entry = {
        "headers": headers,
        "method": "POST",
        "url": f"{server.url}{path}",
        "body": "{}",
    }
    return json.dumps(entry) + "\n"


class TestRecorder:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "moto.moto_api.recorder._location", str(tmp_path / "recording")
        )

    def replay(self, server: LightsailServer, *entries: str) -> requests.Response:
        """Replay a recording that a page could upload, since it is plain text."""
        recorder = f"{server.url}/moto-api/recorder"
        requests.post(
            f"{recorder}/upload-recording",
            data="".join(entries),
            headers={"Content-Type": "text/plain"},
            timeout=10,
        ).raise_for_status()
        return requests.post(f"{recorder}/replay-recording", timeout=10)

    def test_a_replay_to_the_same_server_does_not_freeze_it(
        self, server: LightsailServer, log: list[str]
    ) -> None:
        target = {"X-Amz-Target": "Lightsail_20161128.GetInstances"}
        entries = [recorded(server, "/", **target), recorded(server, "/moto-api/reset")]

        assert self.replay(server, *entries).status_code == 200
        assert get_instances(server) == []
        assert log == [
            "POST /moto-api/recorder/upload-recording 200",
            "POST / GetInstances 200",
            "POST /moto-api/reset 200",
            "POST /moto-api/recorder/replay-recording 200",
            "POST / GetInstances 200",
        ]

    def test_a_recording_that_replays_itself_ends(
        self, server: LightsailServer, log: list[str]
    ) -> None:
        path = "/moto-api/recorder/replay-recording"

        assert self.replay(server, recorded(server, path)).status_code == 200
        assert log[1:] == [f"POST {path} 400", f"POST {path} 200"]
        assert self.replay(server, "").status_code == 200
