"""The server: starting and stopping, addresses, and `python -m lightsnap.testing`."""

from __future__ import annotations

import gzip
import io
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.client import HTTPConnection
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto.moto_api import state_manager
from urllib3 import Retry
from werkzeug.test import Client as WSGIClient

from lightsnap import Client, testing
from lightsnap.testing import FakeClock, Faults, LightsailServer, mock_lightsail
from lightsnap.testing.__main__ import main
from lightsnap.testing._access import Access
from lightsnap.testing._script import running_servers
from lightsnap.testing._wsgi import Application
from lightsnap.testing.lightsail.models import LightsailBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_lightsail import LightsailClient

PATH = "/ls/api/2016-11-28"
FAULTS_PATH = "/moto-api/lightsail/faults"


def new_client(server: LightsailServer, region: str = "us-east-1") -> LightsailClient:
    return boto3.client("lightsail", region_name=region, endpoint_url=server.url)


def instances(client: LightsailClient) -> list[str]:
    return [each["name"] for each in client.get_instances()["instances"]]


def post(url: str, **headers: str) -> Any:
    return requests.post(url, json={}, headers=headers, timeout=10).json()


class TestServer:
    def test_lightsnap_snapshots_an_instance_over_http(self) -> None:
        with LightsailServer(instances=["WordPress-1"]) as server:
            client = Client(
                region_name="us-east-1", endpoint_url=server.url, clock=FakeClock()
            )
            snapshot = client.snapshot_instance("WordPress-1")

        assert snapshot.from_instance_name == "WordPress-1"
        assert snapshot.state == "available"

    def test_it_starts_with_instances_in_its_region(self) -> None:
        with LightsailServer(
            region_name="eu-west-1", instances=["One", "Two"]
        ) as server:
            assert instances(new_client(server, "eu-west-1")) == ["One", "Two"]
            assert instances(new_client(server)) == []

    def test_it_does_not_start_with_an_invalid_instance_name(self) -> None:
        server = LightsailServer(instances=["-"])

        with pytest.raises(ValueError, match="- is not a valid resource name"):
            server.start()

        assert repr(server) == "LightsailServer(stopped)"

    def test_it_does_not_start_in_a_region_without_lightsail(self) -> None:
        with pytest.raises(ValueError, match="region does not exist: mars-1"):
            LightsailServer(region_name="mars-1").start()

    def test_it_listens_on_loopback_on_a_free_port(self) -> None:
        with LightsailServer() as one, LightsailServer() as other:
            assert one.url.startswith("http://127.0.0.1:")
            assert one.url != other.url
            assert repr(one) == f"LightsailServer({one.url})"

    @pytest.mark.parametrize(
        ("host", "loopback"), [("::1", "http://[::1]:"), ("::", "http://[::1]:")]
    )
    def test_it_listens_on_ipv6(self, host: str, loopback: str) -> None:
        with LightsailServer(host=host, instances=["WordPress-1"]) as server:
            assert server.url.startswith(loopback)
            assert instances(new_client(server)) == ["WordPress-1"]

    def test_a_port_in_use_is_an_os_error(self) -> None:
        with LightsailServer() as server:
            port = int(server.url.rpartition(":")[2])
            other = LightsailServer(port=port)
            with pytest.raises(OSError, match="in use"):
                other.start()
            with pytest.raises(RuntimeError, match="the server is not running"):
                assert other.url

    def test_it_discards_its_state_when_it_stops(self) -> None:
        with LightsailServer(instances=["WordPress-1"]) as server:
            server.faults.throttle("GetRegions")

        with LightsailServer() as server:
            assert instances(new_client(server)) == []
            assert server.faults.pending == []

    def test_reset_discards_its_state(self) -> None:
        with LightsailServer(instances=["WordPress-1"]) as server:
            server.faults.throttle(times=None)
            server.reset()

            assert server.faults.pending == []
            assert instances(new_client(server)) == []

    def test_a_reset_of_moto_discards_everything(self) -> None:
        with LightsailServer(instances=["WordPress-1"]) as server:
            client = new_client(server)
            operations = client.create_instance_snapshot(
                instanceName="WordPress-1", instanceSnapshotName="Snapshot"
            )["operations"]
            server.faults.throttle(times=None)

            post(f"{server.url}/moto-api/reset")

            assert instances(client) == []
            assert client.get_instance_snapshots()["instanceSnapshots"] == []
            assert client.get_operations()["operations"] == []
            assert server.faults.pending == []
            with pytest.raises(client.exceptions.NotFoundException):
                client.get_operation(operationId=operations[0]["id"])

    def test_it_can_start_and_stop_more_than_once(self) -> None:
        server = LightsailServer(instances=["WordPress-1"])
        for _ in range(2):
            server.start()
            assert instances(new_client(server)) == ["WordPress-1"]
            server.stop()
        server.stop()

    def test_it_does_not_start_twice(self) -> None:
        with LightsailServer() as server, pytest.raises(RuntimeError, match="running"):
            server.start()

    def test_it_refuses_connections_after_it_stops(self) -> None:
        with LightsailServer() as server:
            url = server.url
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10)

    def test_a_call_that_stop_interrupts_is_not_performed_later(self) -> None:
        start = b'{"instanceNames": ["Late"], "availabilityZone": "us-east-1a", '
        rest = b'"blueprintId": "wordpress", "bundleId": "nano_3_0"}'
        with LightsailServer() as server, LightsailServer() as other:
            connection = HTTPConnection(server.url.removeprefix("http://"))
            connection.putrequest("POST", f"{PATH}/CreateInstances")
            connection.putheader("Content-Length", str(len(start + rest)))
            connection.endheaders(start)
            # When this returns, the server has begun to read the call above.
            new_client(server).get_regions()
            server.stop()
            with suppress(OSError):
                connection.send(rest)
                connection.getresponse()
            connection.close()

            assert instances(new_client(other)) == []

    def test_a_call_after_the_server_has_stopped_is_not_performed(self) -> None:
        stopped = Event()
        stopped.set()
        body = {
            "instanceNames": ["Late"],
            "availabilityZone": "us-east-1a",
            "blueprintId": "wordpress",
            "bundleId": "nano_3_0",
        }
        with LightsailServer() as server:
            access = Access(hosts=(), origins=())
            client = WSGIClient(Application("us-east-1", stopped, access=access))
            response = client.post(f"{PATH}/CreateInstances", json=body)

            assert response.status_code == 500
            assert instances(new_client(server)) == []

    def test_stopping_it_does_not_reset_other_servers_and_mocks(self) -> None:
        with LightsailServer(instances=["WordPress-1"]) as server:
            with LightsailServer():
                pass
            assert instances(new_client(server)) == ["WordPress-1"]
        with mock_lightsail():
            with LightsailServer(instances=["WordPress-1"]):
                pass
            client = boto3.client("lightsail", region_name="us-east-1")
            assert instances(client) == ["WordPress-1"]

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"host": ""}, ValueError, "host is empty"),
            ({"instances": "One"}, TypeError, "instances is 'One': give a list"),
            ({"allowed_hosts": "ci"}, TypeError, "'ci' is a string: give a list"),
            ({"allowed_origins": "*"}, TypeError, "'\\*' is a string: give a list"),
            ({"allowed_hosts": ["ci:5000"]}, ValueError, "without a port"),
            (
                {"allowed_hosts": ["http://ci"]},
                ValueError,
                "'http://ci' is no host name",
            ),
            ({"allowed_hosts": [""]}, ValueError, "'' is no host name"),
            (
                {"allowed_origins": ["ci"]},
                ValueError,
                "'ci' is no origin: give one like",
            ),
            ({"allowed_origins": ["http://ci/"]}, ValueError, "is no origin"),
        ],
    )
    def test_invalid_arguments_are_refused(
        self, arguments: Any, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            LightsailServer(**arguments)

    def test_an_error_in_the_log_function_does_not_lose_the_response(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(line: str) -> None:
            raise OSError(line)

        with LightsailServer(log=fail) as server:
            assert instances(new_client(server)) == []
        assert "a server's log function failed" in caplog.text

    def test_stop_does_not_wait_for_a_delayed_call(self) -> None:
        with LightsailServer() as server:
            server.faults.delay(seconds=600)
            connection = HTTPConnection(server.url.removeprefix("http://"))
            connection.request("POST", f"{PATH}/GetRegions", "{}")
        connection.close()

    def test_a_mock_and_a_server_in_one_process_share_their_state(self) -> None:
        with mock_lightsail(), LightsailServer(instances=["WordPress-1"]) as server:
            mocked = boto3.client("lightsail", region_name="us-east-1")

            assert instances(mocked) == instances(new_client(server))

    def test_it_serves_motos_other_services_only_if_asked_to(self) -> None:
        with LightsailServer() as server:
            sqs = boto3.client("sqs", **server.client_kwargs)
            with pytest.raises(ClientError) as caught:
                sqs.list_queues()
        assert caught.value.response["Error"] == {
            "Code": "UnknownOperationException",
            "Message": "This Lightsail emulator does not know AmazonSQS.ListQueues, "
            "signed for sqs",
        }

        with LightsailServer(other_services=True) as server:
            s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=server.url)
            s3.create_bucket(Bucket="backups")
            buckets = s3.list_buckets()["Buckets"]

        assert [bucket["Name"] for bucket in buckets] == ["backups"]

    def test_it_logs_each_call(self) -> None:
        lines: list[str] = []
        with LightsailServer(log=lines.append) as server:
            new_client(server).get_regions()
            post(f"{server.url}{PATH}/GetInstance")

        assert lines == [
            "POST / GetRegions 200",
            f"POST {PATH}/GetInstance 400",
        ]


class TestRequests:
    @pytest.fixture
    def server(self) -> Iterator[LightsailServer]:
        with LightsailServer(
            region_name="eu-west-1", instances=["WordPress-1"]
        ) as server:
            yield server

    def test_unsigned_requests_are_for_the_region_of_the_server(
        self, server: LightsailServer
    ) -> None:
        response = post(
            server.url, **{"X-Amz-Target": "Lightsail_20161128.GetInstances"}
        )

        (instance,) = response["instances"]
        assert instance["location"]["regionName"] == "eu-west-1"

    def test_the_path_alone_can_name_the_operation(
        self, server: LightsailServer
    ) -> None:
        (instance,) = post(f"{server.url}{PATH}/GetInstances")["instances"]

        assert instance["name"] == "WordPress-1"

    def test_json_with_the_content_type_of_a_form_is_accepted(
        self, server: LightsailServer
    ) -> None:
        response = requests.post(
            f"{server.url}{PATH}/GetInstance",
            data='{"instanceName": "WordPress-1"}',
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=10,
        )

        assert response.json()["instance"]["name"] == "WordPress-1"

    def test_a_request_without_a_body_has_no_members(
        self, server: LightsailServer
    ) -> None:
        response = requests.get(f"{server.url}{PATH}/GetRegions", timeout=10)

        assert response.json()["regions"]

    @pytest.mark.parametrize(
        ("operation", "body", "type_", "message"),
        [
            (
                "GetDisks",
                "{}",
                "OperationFailureException",
                "The Lightsail emulator does not support GetDisks",
            ),
            (
                "GetNothing",
                "{}",
                "UnknownOperationException",
                "Lightsail has no operation GetNothing",
            ),
            (
                "GetInstance",
                "{}",
                "InvalidInputException",
                "Correct the request: instanceName is missing.",
            ),
            (
                "GetInstance",
                '{"instanceName": null}',
                "InvalidInputException",
                "Correct the request: instanceName is missing.",
            ),
            (
                "GetInstance",
                '{"instanceName": true}',
                "InvalidInputException",
                "Correct the request: instanceName must be of type string.",
            ),
            (
                "CreateInstanceSnapshot",
                '{"instanceName": 1}',
                "InvalidInputException",
                (
                    "Correct the request: instanceSnapshotName is missing, "
                    "instanceName must be of type string."
                ),
            ),
            (
                "TagResource",
                '{"resourceName": "Any", "tags": [{"key": "a"}, {"key": true}]}',
                "InvalidInputException",
                "Correct the request: tags[1].key must be of type string.",
            ),
            (
                "TagResource",
                '{"resourceName": "WordPress-1", "tags": {"key": "a"}}',
                "InvalidInputException",
                "Correct the request: tags must be a list.",
            ),
            (
                "GetInstances",
                "{",
                "InvalidInputException",
                "Correct the request: the body must be a JSON object.",
            ),
            *(
                (
                    "GetInstances",
                    body,
                    "InvalidInputException",
                    "Correct the request: the body must be a JSON object.",
                )
                for body in (
                    "[]",
                    "{}".encode("utf-16"),
                    "{}".encode("utf-8-sig"),
                    b'{"pageToken": "\xff"}',
                    '{"pageToken":' * 100_000,
                )
            ),
            *(
                (
                    "CreateInstancesFromSnapshot",
                    (
                        '{"instanceNames": [], "availabilityZone": "", "bundleId": "", '
                        f'"attachedDiskMapping": {mapping}}}'
                    ),
                    "InvalidInputException",
                    f"Correct the request: attachedDiskMapping{problem}.",
                )
                for mapping, problem in (
                    ("[]", " must be a JSON object"),
                    ('{"a": null}', ".a must be a list"),
                )
            ),
        ],
    )
    def test_errors_are_returned_as_json(
        self,
        server: LightsailServer,
        operation: str,
        body: str | bytes,
        type_: str,
        message: str,
    ) -> None:
        response = requests.post(
            f"{server.url}{PATH}/{operation}", data=body, timeout=10
        )

        assert response.status_code == 400
        assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
        error = response.json()
        assert (error["__type"], error["message"]) == (type_, message)
        assert error.keys() == {"__type", "message", "code", "docs", "tip"}

    def test_a_compressed_body_is_not_decompressed(
        self, server: LightsailServer
    ) -> None:
        response = requests.post(
            f"{server.url}{PATH}/GetInstances",
            data=gzip.compress(b"{}"),
            headers={"Content-Encoding": "gzip"},
            timeout=10,
        )

        assert response.json()["message"].endswith("the body must be a JSON object.")

    @pytest.mark.parametrize(
        "authorization",
        ["Bearer x", "Basic Og==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a"],
    )
    @pytest.mark.parametrize("path", ["/", f"{PATH}/GetInstances"])
    def test_other_kinds_of_authorization_are_ignored(
        self, server: LightsailServer, path: str, authorization: str
    ) -> None:
        (instance,) = post(
            f"{server.url}{path}",
            **{
                "Authorization": authorization,
                "X-Amz-Target": "Lightsail_20161128.GetInstances",
            },
        )["instances"]

        assert instance["location"]["regionName"] == "eu-west-1"

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/ls/api/2016-11-28", {}),
            ("/ls/api/2016-11-28/", {}),
            (f"{PATH}/a/b", {}),
            (f"{PATH}/GetInstances/", {}),
            ("/", {"X-Amz-Target": "Instances"}),
            ("/foo", {"X-Amz-Target": "Lightsail_20161128.Instances"}),
            (f"{PATH}/Instances", {"X-Amz-Target": "Other.GetInstances"}),
            ("/", {}),
        ],
    )
    def test_a_request_for_an_unknown_operation_is_an_error(
        self, server: LightsailServer, path: str, headers: dict[str, str]
    ) -> None:
        error = post(f"{server.url}{path}", **headers)

        assert error["__type"] == "UnknownOperationException"

    def test_an_internal_exception_is_a_service_exception(
        self, server: LightsailServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        state_manager.set_transition("lightsail::instance", {"progression": "manual"})
        try:
            error = post(f"{server.url}{PATH}/GetInstances")
        finally:
            state_manager.unset_transition("lightsail::instance")

        assert error["__type"] == "ServiceException"
        assert error["message"] == (
            "Lightsail_20161128.GetInstances failed: KeyError: 'times'"
        )
        assert "GetInstances failed" in caplog.text

    def test_a_browser_shows_what_the_server_is(self, server: LightsailServer) -> None:
        response = requests.get(server.url, timeout=10)

        assert response.headers["Content-Type"].startswith("text/plain")
        assert "This is a Lightsail emulator" in response.text

    def test_a_request_that_names_no_operation_is_an_error(
        self, server: LightsailServer
    ) -> None:
        error = post(server.url, **{"X-Amz-Target": "Lightsail_20161128."})

        assert error["__type"] == "UnknownOperationException"
        assert error["message"] == "The request names no operation"
        assert "X-Amz-Target" in error["tip"]

    def test_a_region_without_lightsail_is_an_error(
        self, server: LightsailServer
    ) -> None:
        client = new_client(server, "mars-1")

        with pytest.raises(client.exceptions.InvalidInputException, match="mars-1"):
            client.get_regions()

    def test_the_date_header_is_sent_once(self, server: LightsailServer) -> None:
        connection = HTTPConnection(server.url.removeprefix("http://"))
        connection.request("POST", f"{PATH}/GetRegions", "{}")
        headers = connection.getresponse().headers
        connection.close()

        assert len(headers.get_all("Date", [])) == 1


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class TestProgram:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_prints_its_url_first_and_stops_on_a_signal(self, number: int) -> None:
        with subprocess.Popen(
            [
                *[sys.executable, "-m", "lightsnap.testing", "--port=0"],
                *["--region=eu-west-1", "--instance=One", "--instance=Two"],
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            response = post(f"{url}{PATH}/GetInstances")
            process.send_signal(number)
            output, errors = process.communicate(timeout=30)

        assert url.startswith("http://127.0.0.1:")
        assert [each["name"] for each in response["instances"]] == ["One", "Two"]
        assert process.returncode == 0
        assert output == ""
        assert errors == f"POST {PATH}/GetInstances 200\n"

    @pytest.mark.parametrize(
        ("options", "logged"),
        [
            ([], [f"{PATH}/GetInstances", FAULTS_PATH, f"{PATH}/GetInstances"]),
            (["--quiet"], []),
        ],
        ids=["logging", "quiet"],
    )
    def test_it_listens_on_the_port_and_logs_each_call_unless_quiet(
        self, capsys: pytest.CaptureFixture[str], options: list[str], logged: list[str]
    ) -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        responses: list[Any] = []

        def call_and_stop() -> None:
            try:
                # The delay lets the program check more than once whether to stop.
                responses.append(get_instances(port))
                Faults(url).delay("GetInstances", seconds=0.3)
                responses.append(get_instances(port))
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        handled = (signal.SIGINT, signal.SIGTERM)
        handlers = {number: signal.getsignal(number) for number in handled}
        caller = threading.Thread(target=call_and_stop)
        caller.start()
        try:
            status = main(["--port", str(port), *options])
        finally:
            caller.join()
            for number, handler in handlers.items():
                signal.signal(number, handler)

        assert status == 0
        assert responses == [{"instances": []}] * 2
        output, errors = capsys.readouterr()
        assert output == f"{url}\n"
        assert errors.splitlines() == [f"POST {path} 200" for path in logged]

    def test_nothing_but_the_url_is_printed_to_stdout(self) -> None:
        signed = (
            "AWS4-HMAC-SHA256 Credential=a/20240101/us-east-1/nonsense/aws4_request"
        )
        with subprocess.Popen(
            [
                *[sys.executable, "-m", "lightsnap.testing", "--port=0"],
                *["--other-services", "--quiet"],
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            error = post(url, **{"X-Amz-Target": "A.B", "Authorization": signed})
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=30)

        assert error["__type"] == "ServiceException"
        assert output == ""
        assert "Unable to find appropriate backend" in errors  # moto prints this

    def test_it_says_on_stderr_what_listening_on_all_addresses_means(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        responses: list[Any] = []

        def call_and_stop() -> None:
            try:
                get_instances(port)  # once it listens
                headers = {"Host": "ci", "Origin": "http://a.test"}
                responses.append(post(f"{url}{PATH}/GetInstances", **headers))
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        caller = threading.Thread(target=call_and_stop)
        caller.start()
        options = ["--quiet", "--allow-host=ci", "--allow-origin=http://a.test"]
        status = main(["--host=0.0.0.0", f"--port={port}", *options])
        caller.join()

        assert status == 0
        assert responses == [{"instances": []}]
        output, errors = capsys.readouterr()
        assert output == f"{url}\n"
        assert errors == (
            "warning: with --host 0.0.0.0, other machines can reach this server. "
            "It has no password: they can use it, change its state and script its "
            "faults.\n"
        )

    def test_it_starts_although_a_call_does_not_end(self) -> None:
        server = LightsailServer()
        starting = threading.Thread(target=server.start)

        with LightsailBackend.lock:
            starting.start()
            starting.join(10)
            has_started = not starting.is_alive()
        starting.join()
        server.stop()

        assert has_started

    def test_it_stops_although_a_call_does_not_end(self) -> None:
        port = free_port()
        ended = threading.Event()

        def perform() -> None:
            get_instances(port)
            with LightsailBackend.lock:
                os.kill(os.getpid(), signal.SIGTERM)
                ended.wait()

        caller = threading.Thread(target=perform)
        caller.start()
        try:
            assert main(["--port", str(port), "--quiet"]) == 0
        finally:
            ended.set()
            caller.join()
        with LightsailServer():
            pass  # Its end discards the state that was kept.

    def test_it_stops_if_the_url_cannot_be_printed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class Closed(io.StringIO):
            def write(self, text: str) -> int:
                raise BrokenPipeError(32, f"cannot write {text}")

        monkeypatch.setattr(sys, "stdout", Closed())

        assert main(["--port=0"]) == 1
        assert "cannot write http://127.0.0.1:" in capsys.readouterr().err
        assert not running_servers

    def test_a_port_in_use_is_reported_in_one_line(self) -> None:
        with LightsailServer() as server:
            port = server.url.rpartition(":")[2]
            ended = run("--port", port)

        assert ended.returncode == 1
        assert ended.stderr.startswith("python -m lightsnap.testing: ")
        assert port in ended.stderr
        assert ended.stderr.count("\n") == 1

    def test_a_missing_package_is_reported_in_one_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delitem(vars(testing), "LightsailServer", raising=False)
        monkeypatch.setitem(sys.modules, "flask_cors", None)

        assert main(["--port=0"]) == 1
        assert capsys.readouterr().err.endswith(
            "needs moto 5.1.12 or newer, and flask for its server: "
            "pip install 'lightsnap[testing]'\n"
        )

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ("--port=70000", "port must be 0-65535"),
            ("--instance=-", "- is not a valid resource name"),
            ("--region=mars-1", "The specified region does not exist: mars-1"),
            ("--allow-origin=ci", "'ci' is no origin: give one like http://localhost"),
            ("--allow-host=ci:80", "'ci:80' is no host name: give one without a port"),
        ],
    )
    def test_an_invalid_option_is_reported_without_a_traceback(
        self, option: str, message: str
    ) -> None:
        ended = run("--port=0", option)

        assert ended.returncode != 0
        assert message in ended.stderr
        assert "Traceback" not in ended.stderr


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lightsnap.testing", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def get_instances(port: int) -> Any:
    """Call GetInstances, retrying until a server listens at the port."""
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(
        max_retries=Retry(50, backoff_factor=0.1, backoff_max=1)
    )
    session.mount("http://", adapter)
    url = f"http://127.0.0.1:{port}{PATH}/GetInstances"
    return session.post(url, json={}, timeout=10).json()
