"""Which hosts and pages a server accepts requests from, and what it does for others."""

from __future__ import annotations

import json
import re
import socket
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from lightsnap.testing import FaultError, Faults, LightsailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/ls/api/2016-11-28/GetInstances"
PAGES = {
    "a call by target": (
        "POST",
        "/",
        {"X-Amz-Target": "Lightsail_20161128.GetRegions"},
    ),
    "a call by path": ("POST", PATH, {}),
    "a call by GET": ("GET", PATH, {}),
    "the welcome page": ("GET", "/", {}),
    "the faults": ("POST", "/moto-api/lightsail/faults", {}),
    "the clock": ("POST", "/moto-api/lightsail/clock", {}),
    "the ages": ("POST", "/moto-api/lightsail/age", {}),
    "the calls": ("GET", "/moto-api/lightsail/calls", {}),
    "the instances": ("POST", "/moto-api/lightsail/instances", {}),
    "a reset": ("POST", "/moto-api/reset", {}),
    "the recorder": ("GET", "/moto-api/recorder/start-recording", {}),
    "another service": ("GET", "/bucket", {}),
}
EVERY_PAGE = pytest.mark.parametrize(
    ("method", "path", "headers"), PAGES.values(), ids=PAGES
)
ALLOWED = "http://localhost:3000"


@pytest.fixture(scope="module")
def server() -> Iterator[LightsailServer]:
    with LightsailServer(other_services=True) as server:
        yield server


@pytest.fixture(scope="module")
def open_server() -> Iterator[LightsailServer]:
    """A server with all options."""
    with LightsailServer(
        host="0.0.0.0",
        allowed_hosts=["My-Host", "::2"],
        allowed_origins=[ALLOWED, "HTTPS://App.test", "null"],
    ) as server:
        yield server


def send(
    server: LightsailServer, method: str, path: str, **headers: str
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Send a request as is; return the status, the JSON and the headers."""
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, None if method == "GET" else "{}", names)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    received = {name.lower(): value for name, value in response.headers.items()}
    return response.status, json.loads(text) if text[:1] == "{" else {}, received


def status_for(server: LightsailServer, **headers: str) -> int:
    return send(server, "POST", PATH, **headers)[0]


class TestHosts:
    @EVERY_PAGE
    def test_a_foreign_host_is_refused(
        self, server: LightsailServer, method: str, path: str, headers: dict[str, str]
    ) -> None:
        headers = {**headers, "Host": "rebound.test:5000"}
        status, error, received = send(server, method, path, **headers)

        assert status == 403
        assert received["x-amzn-errortype"] == "AccessDeniedException"
        assert error["__type"] == "AccessDeniedException"
        assert error["code"] == "ForeignHost"
        assert "This server is not the host rebound.test:5000" in error["message"]
        assert "--allow-host" in error["message"]

    @pytest.mark.parametrize(
        "host",
        [
            "rebound.test",
            "localhost.rebound.test",
            "127.0.0.1.rebound.test",
            "127.0.0.1@rebound.test",
            "rebound.test@127.0.0.1",
            "203.0.113.1",
            "[2001:db8::1]:5000",
            "127.0.0.1, rebound.test",
            "127.0.0.1:x",
            "[::1",
            "[nonsense]",
            "",
        ],
    )
    def test_no_name_or_address_of_another_host_passes(
        self, server: LightsailServer, host: str
    ) -> None:
        assert status_for(server, Host=host) == 403

    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "LOCALHOST.:5000",
            "127.0.0.1",
            "127.1.2.3:99",
            "0.0.0.0:5000",
            "[::1]:5000",
            "[::ffff:127.0.0.1]:5000",
        ],
    )
    def test_the_names_of_this_machine_pass(
        self, server: LightsailServer, host: str
    ) -> None:
        assert status_for(server, Host=host) == 200

    @pytest.mark.parametrize("host", ["my-host:80", "MY-HOST", "203.0.113.1", "[::2]"])
    def test_allowed_hosts_pass_and_addresses_of_an_exposed_server(
        self, open_server: LightsailServer, host: str
    ) -> None:
        assert status_for(open_server, Host=host) == 200
        assert status_for(open_server, Host="other.test") == 403

    def test_the_host_it_listens_on_passes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Another server runs, until whose end this one's host is excluded from proxies.
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("no_proxy", "*")
        with LightsailServer(host="LOCALHOST") as server:
            assert server.url.startswith("http://LOCALHOST:")
            assert status_for(server) == 200

    def test_every_host_can_be_allowed(self) -> None:
        with LightsailServer(allowed_hosts=["*"]) as server:
            assert status_for(server, Host="any.test") == 200
            assert status_for(server, Host="any.test", Origin="http://any.test") == 200
            assert status_for(server, Host="any.test", Origin="http://b.test") == 403

    def test_a_client_without_a_host_header_passes(
        self, server: LightsailServer
    ) -> None:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")

    def test_faults_say_that_the_host_must_be_allowed(
        self, server: LightsailServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = int(server.url.rpartition(":")[2])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        with pytest.raises(FaultError, match=r"not the host ci\.test:.*--allow-host"):
            Faults(f"http://ci.test:{port}").throttle()

    @pytest.mark.parametrize(
        ("host", "is_local"),
        [("127.0.0.1", True), ("localhost", True), ("::1", True), ("::", False)],
    )
    def test_it_knows_whether_others_can_reach_it(
        self, host: str, *, is_local: bool
    ) -> None:
        with LightsailServer(host=host) as server:
            assert server.is_local is is_local


class TestOrigins:
    @EVERY_PAGE
    def test_a_page_of_another_site_is_refused(
        self, server: LightsailServer, method: str, path: str, headers: dict[str, str]
    ) -> None:
        headers = {**headers, "Origin": "http://evil.test"}
        status, error, received = send(server, method, path, **headers)

        assert status == 403
        assert error["code"] == "ForeignOrigin"
        assert "http://evil.test may not use this server" in error["message"]
        assert "--allow-origin" in error["message"]
        assert not any(name.startswith("access-control") for name in received)

    @EVERY_PAGE
    def test_an_image_or_link_of_another_site_is_refused(
        self, server: LightsailServer, method: str, path: str, headers: dict[str, str]
    ) -> None:
        for site in ("cross-site", "same-site"):
            headers = {**headers, "Sec-Fetch-Site": site}
            status, error, _ = send(server, method, path, **headers)
            assert (status, error["code"]) == (403, "ForeignOrigin")

    @pytest.mark.parametrize(
        "origin",
        [
            "null",
            "file://",
            "http://127.0.0.1",
            "http://127.0.0.1:1",
            "http://localhost:3000",
            "http://rebound.test",
            "nonsense",
            "",
        ],
    )
    def test_no_other_origin_passes(self, server: LightsailServer, origin: str) -> None:
        assert status_for(server, Origin=origin) == 403

    def test_its_own_pages_pass(self, server: LightsailServer) -> None:
        assert status_for(server, Origin=server.url) == 200
        for site in ("same-origin", "none"):
            assert status_for(server, Sec_Fetch_Site=site) == 200

    @pytest.mark.parametrize("origin", [ALLOWED, "https://app.test", "null"])
    def test_pages_of_an_allowed_origin_pass_and_see_the_response(
        self, open_server: LightsailServer, origin: str
    ) -> None:
        for path in (PATH, "/nothing", "/moto-api/lightsail/faults"):
            _, _, received = send(open_server, "POST", path, Origin=origin)
            assert received["access-control-allow-origin"] == origin
            assert received["vary"] == "Origin"
        assert status_for(open_server, Origin=f"{origin}0") == 403

    def test_a_browser_learns_what_an_allowed_page_may_send(
        self, open_server: LightsailServer
    ) -> None:
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-amz-target,authorization",
        }
        allowed = requests.options(
            open_server.url, headers={**asked, "Origin": ALLOWED}, timeout=10
        )
        refused = requests.options(
            open_server.url, headers={**asked, "Origin": "http://evil.test"}, timeout=10
        )

        assert allowed.status_code == 204
        assert allowed.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert allowed.headers["Access-Control-Allow-Methods"] == "POST"
        assert allowed.headers["Access-Control-Allow-Headers"] == (
            "x-amz-target,authorization"
        )
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers

    def test_every_origin_can_be_allowed(self) -> None:
        with LightsailServer(allowed_origins=["*"]) as server:
            for origin in ("http://any.test", "null"):
                assert status_for(server, Origin=origin) == 200

    def test_moto_does_not_show_responses_to_every_page(
        self, server: LightsailServer
    ) -> None:
        for path in (PATH, "/moto-api/", "/moto-api/data.json"):
            _, _, received = send(server, "GET", path)
            assert "access-control-allow-origin" not in received


NOT_LIGHTSAIL = {
    "a target": (
        ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, "{}"),
        "DynamoDB_20120810.ListTables",
    ),
    "a form": (
        (
            "POST",
            "/",
            {"Content-Type": "application/x-www-form-urlencoded"},
            "Action=ListQueues&Version=2012-11-05",
        ),
        "ListQueues",
    ),
    "a form without an action": (
        ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, "a"),
        "POST /",
    ),
    "a path": (("GET", "/bucket/key?acl", {}, None), "GET /bucket/key"),
    "a path with escapes": (("PUT", "/caf%C3%A9", {}, "{}"), "PUT /café"),
    "a query": (("GET", "/?Action=ListUsers", {}, None), "GET /"),
    "another method": (("DELETE", "/", {}, None), "DELETE /"),
    "a favicon": (("GET", "/favicon.ico", {}, None), "GET /favicon.ico"),
    "metadata": (("GET", "/latest/meta-data/", {}, None), "GET /latest/meta-data/"),
    "a page of moto": (("GET", "/moto-api/nothing", {}, None), "GET /moto-api/nothing"),
    "no page of moto": (("GET", "/moto-api", {}, None), "GET /moto-api"),
}


class TestOtherRequests:
    @pytest.mark.parametrize(
        ("request_", "subject"), NOT_LIGHTSAIL.values(), ids=NOT_LIGHTSAIL
    )
    def test_what_is_not_for_lightsail_gets_an_error_that_names_it(
        self, open_server: LightsailServer, request_: tuple[Any, ...], subject: str
    ) -> None:
        method, path, headers, body = request_
        response = requests.request(
            method, f"{open_server.url}{path}", headers=headers, data=body, timeout=10
        )

        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
        assert response.headers["X-Amzn-Errortype"] == "UnknownOperationException"
        error = response.json()
        assert error["__type"] == "UnknownOperationException"
        assert error["message"] == f"This Lightsail emulator does not know {subject}"
        assert "--other-services" in error["tip"]

    @pytest.mark.parametrize("service", ["dynamodb", "sns", "sts"])
    def test_other_services_are_served_only_if_asked_for(
        self, server: LightsailServer, open_server: LightsailServer, service: str
    ) -> None:
        def call(server: LightsailServer) -> Any:
            client: Any = boto3.client(service, **server.client_kwargs)  # type: ignore[call-overload]
            method = {
                "dynamodb": "list_tables",
                "sns": "list_topics",
                "sts": "get_caller_identity",
            }[service]
            return getattr(client, method)()

        assert call(server)["ResponseMetadata"]["HTTPStatusCode"] == 200
        # Those that expect XML show the response as they cannot parse it.
        with pytest.raises((ClientError, ResponseParserError), match="does not know"):
            call(open_server)

    def test_what_moto_cannot_handle_is_an_error_in_the_same_form(
        self, server: LightsailServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        target = "Nonsense_1.Call"
        signed = (
            "AWS4-HMAC-SHA256 Credential=a/20240101/us-east-1/nonsense/aws4_request"
        )
        response = requests.post(
            server.url,
            data="{}",
            headers={"X-Amz-Target": target, "Authorization": signed},
            timeout=10,
        )

        assert response.status_code == 500
        assert response.headers["X-Amzn-Errortype"] == "ServiceException"
        assert response.json()["message"].startswith(f"{target} failed: ")
        assert f"{target} failed" in caplog.text

    @pytest.mark.parametrize(
        "case",
        [
            ("state-manager/set-transition", "{", "JSONDecodeError"),
            ("state-manager/set-transition", "{}", "KeyError: 'model_name'"),
            ("recorder/download-recording", "", "No such file"),
        ],
    )
    def test_a_bad_request_to_a_page_of_moto_is_an_error_without_a_traceback(
        self,
        server: LightsailServer,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        case: tuple[str, str, str],
    ) -> None:
        path, body, message = case
        monkeypatch.setattr("moto.moto_api.recorder._location", "/missing/recording")
        response = requests.post(f"{server.url}/moto-api/{path}", data=body, timeout=10)

        assert response.status_code == 400
        error = response.json()
        assert error["__type"] == "InvalidInputException"
        assert re.search(f"POST /moto-api/{path} failed: .*{message}", error["message"])
        assert caplog.text == ""

    def test_a_signed_request_without_an_operation_is_for_lightsail(
        self, open_server: LightsailServer
    ) -> None:
        signed = (
            "AWS4-HMAC-SHA256 Credential=a/20240101/us-east-1/lightsail/aws4_request"
        )
        response = requests.post(
            open_server.url, data="{}", headers={"Authorization": signed}, timeout=10
        )

        assert response.json()["message"] == "The request names no operation"
