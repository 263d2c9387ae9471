"""What became of each attempt at a call: not sent, refused, lost or accepted."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, EndpointConnectionError
from botocore.stub import Stubber

from lightsnap import (
    AccessDeniedError,
    ApiError,
    Client,
    ConfigurationError,
    InvalidInputError,
    LightsnapError,
    ServiceError,
    ThrottlingError,
    TransportError,
    WaitInterruptedError,
)
from tests.clocks import Clocks
from tests.documented import WIRE
from tests.stub import DROPPED, Answer, Stub, error, serving
from tests.test_creation import (
    ACCEPTED,
    CREATE,
    DENIED,
    FAULT,
    IDS,
    IN_USE,
    NAMES,
    NOT_FOUND,
    NOTHING_FOUND,
    ON_INSTANCE,
    ON_SNAPSHOT,
    RECONCILE_INSTANCE,
    RECONCILE_SNAPSHOT,
    THROTTLED,
    listed,
)
from tests.test_service import make_certificate
from tests.twins import Twin, botocore_session, for_both, settings
from tests.wire import (
    Handler,
    forwarding_to,
    listening,
    receive,
    reset,
    resolve,
    unused_port,
)

NOT_SENT = "nothing was sent"
ENDED: dict[str, Any] = {"isTerminal": True, "status": "Succeeded"}
RECONCILED = [RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]
FOUND = (listed(ON_SNAPSHOT), listed(ON_INSTANCE))

retried_at_once = pytest.mark.usefixtures("retried_at_once")


def retries(mode: str, attempts: int = 2) -> Any:
    return {"mode": mode, "total_max_attempts": attempts}


# Attempts that reach the service.


SLOW_DOWN = error("SlowDown", "slowly", 503)
TOO_MANY = error("TooManyRequestsException", "slowly", 429)


@for_both
@retried_at_once
@pytest.mark.parametrize(
    ("mode", "responses", "error_type"),
    [
        ("legacy", (THROTTLED, IN_USE), InvalidInputError),
        ("standard", (THROTTLED, IN_USE), InvalidInputError),
        ("adaptive", (THROTTLED, IN_USE), InvalidInputError),
        ("standard", (THROTTLED, THROTTLED), ThrottlingError),
        ("legacy", (THROTTLED, DENIED), AccessDeniedError),
        ("standard", (SLOW_DOWN, IN_USE), InvalidInputError),
        ("standard", (TOO_MANY, IN_USE), InvalidInputError),
    ],
)
def test_if_every_attempt_was_refused_the_error_is_raised_as_it_is(
    stub: Stub, twin: Twin, mode: str, responses: Any, error_type: type[ApiError]
) -> None:
    stub.on("CreateInstanceSnapshot", *responses)

    with pytest.raises(error_type) as caught:
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url, retries=retries(mode)),
            **NAMES,
        )

    assert str(caught.value) == (
        f"CreateInstanceSnapshot: {caught.value.code}: {caught.value.message}"
    )
    assert stub.requests == [CREATE, CREATE]


@for_both
@retried_at_once
@pytest.mark.parametrize(
    ("mode", "responses"),
    [
        ("legacy", (THROTTLED, DROPPED)),
        ("standard", (THROTTLED, DROPPED)),
        ("standard", (THROTTLED, FAULT)),
        ("legacy", (DROPPED, THROTTLED)),
        ("adaptive", (DROPPED, THROTTLED)),
        ("legacy", (DROPPED, IN_USE)),
        ("adaptive", (DROPPED, IN_USE)),
        ("standard", (FAULT, THROTTLED)),
        ("legacy", (FAULT, DROPPED)),
    ],
)
def test_if_any_attempt_was_lost_the_create_is_reconciled(
    stub: Stub, twin: Twin, mode: str, responses: Any
) -> None:
    stub.on("CreateInstanceSnapshot", *responses)
    stub.on("GetOperationsForResource", *FOUND)

    operations = twin.call(
        "create_instance_snapshot",
        settings=settings(stub.url, retries=retries(mode)),
        **NAMES,
    )

    assert operations.ids == IDS
    assert stub.requests == [CREATE, CREATE, *RECONCILED]


@for_both
@retried_at_once
def test_of_several_attempts_the_first_that_was_lost_limits_what_is_claimed(
    stub: Stub, twin: Twin, clocks: Clocks
) -> None:
    def wait_for_half_a_minute(**_: object) -> None:
        clocks.advance(30 if stub.requests else 0)

    stub.on("CreateInstanceSnapshot", THROTTLED, DROPPED)
    older = (listed(ON_SNAPSHOT, age=15), listed(ON_INSTANCE, age=15))
    stub.on("GetOperationsForResource", *older)

    with pytest.raises(TransportError, match=NOTHING_FOUND):
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url, 2),
            prepare=on_event(
                "before-sign.lightsail.CreateInstanceSnapshot", wait_for_half_a_minute
            ),
            **NAMES,
        )


@for_both
@retried_at_once
def test_what_a_lost_attempt_may_have_started_is_claimed_after_a_slow_retry(
    stub: Stub, twin: Twin, clocks: Clocks
) -> None:
    def wait_for_half_a_minute(**_: object) -> None:
        clocks.advance(30 if stub.requests else 0)

    stub.on("CreateInstanceSnapshot", DROPPED, IN_USE)
    older = (listed(ON_SNAPSHOT, age=28), listed(ON_INSTANCE, age=28))
    stub.on("GetOperationsForResource", *older)

    operations = twin.call(
        "create_instance_snapshot",
        settings=settings(stub.url, 2),
        prepare=on_event(
            "before-sign.lightsail.CreateInstanceSnapshot", wait_for_half_a_minute
        ),
        **NAMES,
    )

    assert operations.ids == IDS


# What arrives of a response, after the request was sent.


def partial_response(connection: socket.socket) -> None:
    receive(connection)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    connection.sendall(head + b'{"operations"')


def partial_response_then_reset(connection: socket.socket) -> None:
    partial_response(connection)
    threading.Event().wait(0.1)
    reset(connection)


def invalid_chunk(connection: socket.socket) -> None:
    receive(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")


def no_http(connection: socket.socket) -> None:
    receive(connection)
    connection.sendall(b"\x15\x03\x01\r\n\r\n")


def very_long_header(connection: socket.socket) -> None:
    receive(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")


def only_continue(connection: socket.socket) -> None:
    receive(connection)
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def request_then_reset(connection: socket.socket) -> None:
    receive(connection)
    reset(connection)


def silence(connection: socket.socket) -> None:
    receive(connection)
    connection.recv(1)


@for_both
@pytest.mark.parametrize(
    "handler",
    [
        partial_response,
        partial_response_then_reset,
        invalid_chunk,
        no_http,
        very_long_header,
        only_continue,
        request_then_reset,
        socket.socket.close,
        silence,
    ],
)
def test_once_a_request_was_sent_any_failure_is_a_lost_response(
    stub: Stub, twin: Twin, handler: Handler
) -> None:
    stub.on("GetOperationsForResource", *FOUND)
    port = int(stub.url.rpartition(":")[2])

    with listening(handler, forwarding_to(port)) as listener:
        operations = twin.call(
            "create_instance_snapshot",
            settings=settings(listener.url, read_timeout=0.5),
            **NAMES,
        )

    assert operations.ids == IDS
    assert stub.requests == RECONCILED


# Attempts that do not reach the service.


@for_both
@retried_at_once
def test_a_lost_response_after_an_unknown_host_is_reconciled(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(stub.url.rpartition(":")[2])
    resolve(monkeypatch, None, port)
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", *FOUND)

    operations = twin.call(
        "create_instance_snapshot", settings=settings("http://x.test", 2), **NAMES
    )

    assert operations.ids == IDS
    assert stub.requests == [CREATE, *RECONCILED]


@for_both
@retried_at_once
def test_a_refusal_after_an_unknown_host_is_raised_as_it_is(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(stub.url.rpartition(":")[2])
    resolve(monkeypatch, None, port)
    stub.on("CreateInstanceSnapshot", IN_USE)

    with pytest.raises(InvalidInputError, match=r"already in use$"):
        twin.call(
            "create_instance_snapshot", settings=settings("http://x.test", 2), **NAMES
        )

    assert stub.requests == [CREATE]


@for_both
@retried_at_once
def test_a_lost_response_is_reconciled_though_the_retry_could_not_connect(
    twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "certificate.pem"
    make_certificate(certificate)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving(certificate) as service:
        service.on("CreateInstanceSnapshot", DROPPED)
        service.on("GetOperationsForResource", *FOUND)
        to_service = forwarding_to(int(service.url.rpartition(":")[2]))
        # It closes the second connection during the TLS handshake.
        with listening(to_service, socket.socket.close, to_service) as listener:
            operations = twin.call(
                "create_instance_snapshot",
                settings=settings(f"https://127.0.0.1:{listener.port}", 2),
                **NAMES,
            )

    assert operations.ids == IDS
    assert service.requests == [CREATE, *RECONCILED]


@for_both
@retried_at_once
def test_a_captive_portal_does_not_hide_an_attempt_that_was_accepted(
    twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, untrusted = tmp_path / "trusted.pem", tmp_path / "untrusted.pem"
    make_certificate(trusted)
    make_certificate(untrusted)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
    with serving(trusted) as service, serving(untrusted) as portal:
        service.on("CreateInstanceSnapshot", DROPPED)
        service.on("GetOperationsForResource", *FOUND)
        to_service, to_portal = (
            forwarding_to(int(each.url.rpartition(":")[2]))
            for each in (service, portal)
        )
        with listening(to_service, to_portal, to_service) as listener:
            operations = twin.call(
                "create_instance_snapshot",
                settings=settings(f"https://127.0.0.1:{listener.port}", 2),
                **NAMES,
            )

    assert operations.ids == IDS
    assert service.requests == [CREATE, *RECONCILED]
    assert portal.requests == []


@for_both
@retried_at_once
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_of_a_refusal_before_a_connection_failed_the_error_claims_nothing(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    refusal = Answer(THROTTLED.body, 400, {"Connection": "close"})
    stub.on("CreateInstanceSnapshot", refusal)
    port = int(stub.url.rpartition(":")[2])

    with listening(forwarding_to(port)) as listener:
        resolve(monkeypatch, listener.port, None)
        built = settings("http://x.test", retries=retries(mode))
        if twin.is_async:
            built = without_dns_cache(built)
        with pytest.raises(TransportError) as caught:
            twin.call("create_instance_snapshot", settings=built, **NAMES)

    assert str(caught.value).endswith("; the service had refused the earlier attempts")
    assert stub.requests == [CREATE]


def without_dns_cache(built_from: dict[str, Any]) -> dict[str, Any]:
    from aiobotocore.config import AioConfig  # noqa: PLC0415 (it may not be installed)

    config = AioConfig(connector_args={"use_dns_cache": False})
    return {**built_from, "config": config.merge(built_from["config"])}


SSO = """
[profile dev]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = backup
region = us-west-2
[profile "my dev"]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = backup
[sso-session corp]
sso_start_url = https://127.0.0.1:1/start
sso_region = us-west-2
"""
ROLE = """
[profile dev]
role_arn = arn:aws:iam::111122223333:role/backup
source_profile = base
[profile base]
aws_access_key_id = a
aws_secret_access_key = b
"""
EXPIRED = """
[profile dev]
credential_process = echo '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b",\
 "Expiration": "2020-01-01T00:00:00Z"}'
"""
PROXY_SETTINGS = ["::::", "http://user:s3cret@host:port", "http://user:s3cret@[::1"]


class Machine:
    """Settings of the user's machine under which no request can be sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.tmp_path = tmp_path
        self.set = monkeypatch.setenv
        self.unset = monkeypatch.delenv
        self.monkeypatch = monkeypatch
        self.url = ""
        self.options: dict[str, Any] = {}  # of botocore's Config

    def settings(self, attempts: int = 1) -> dict[str, Any]:
        return settings(self.url, attempts, **self.options)

    def config(self, text: str) -> None:
        (self.tmp_path / "config").write_text(text)
        self.set("AWS_CONFIG_FILE", str(self.tmp_path / "config"))
        self.set("AWS_PROFILE", "dev")
        self.no_credentials()

    def no_credentials(self) -> None:
        self.unset("AWS_ACCESS_KEY_ID")
        self.unset("AWS_SECRET_ACCESS_KEY")

    def missing_ca_bundle(self) -> None:
        self.set("AWS_CA_BUNDLE", str(self.tmp_path / "none.pem"))

    def directory_as_ca_bundle(self) -> None:
        self.set("REQUESTS_CA_BUNDLE", str(self.tmp_path))

    def ca_bundle_of_other_text(self) -> None:
        (self.tmp_path / "text.pem").write_text("no certificate")
        self.set("AWS_CA_BUNDLE", str(self.tmp_path / "text.pem"))

    def client_certificate_of_other_text(self) -> None:
        (self.tmp_path / "text.pem").write_text("no certificate")
        self.options["client_cert"] = str(self.tmp_path / "text.pem")

    def missing_client_certificate(self) -> None:
        self.options["client_cert"] = str(self.tmp_path / "none.pem")

    def missing_ca_bundle_of_a_proxy(self) -> None:
        self.options["proxies"] = {"https": "http://127.0.0.1:1"}
        bundle = str(self.tmp_path / "none.pem")
        self.options["proxies_config"] = {"proxy_ca_bundle": bundle}

    def unknown_host(self) -> None:
        self.url = "https://x.test"
        resolve(self.monkeypatch, None)

    def proxy(self, url: str) -> None:
        self.url = "http://x.test"
        self.set("HTTP_PROXY", url)
        self.set("HTTPS_PROXY", url)

    def refused_connection(self) -> None:
        self.url = f"http://127.0.0.1:{unused_port()}"

    def expired_sso_login(self) -> None:
        self.config(SSO)

    def expired_credentials(self) -> None:
        self.config(EXPIRED)

    def line_break_in_the_token(self) -> None:
        self.set("AWS_SESSION_TOKEN", "tok\nen")

    def line_break_in_the_key_id(self) -> None:
        self.set("AWS_ACCESS_KEY_ID", "any\r\n")

    def key_id_that_is_no_text(self) -> None:
        self.set("AWS_ACCESS_KEY_ID", "any\udcff")

    def secret_that_is_no_text(self) -> None:
        self.set("AWS_SECRET_ACCESS_KEY", "any\udcff")

    def token_that_is_no_text(self) -> None:
        self.set("AWS_SESSION_TOKEN", "any\udcff")

    def unreachable_sts(self) -> None:
        self.config(ROLE)
        self.set("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{unused_port()}")


PERMANENT: dict[str, Callable[[Machine], None]] = {
    "missing CA bundle": Machine.missing_ca_bundle,
    "directory as CA bundle": Machine.directory_as_ca_bundle,
    "CA bundle of other text": Machine.ca_bundle_of_other_text,
    "client certificate of other text": Machine.client_certificate_of_other_text,
    "missing client certificate": Machine.missing_client_certificate,
    "missing CA bundle of a proxy": Machine.missing_ca_bundle_of_a_proxy,
    "unknown host": Machine.unknown_host,
    **{
        f"proxy setting {url}": partial(Machine.proxy, url=url)
        for url in PROXY_SETTINGS
    },
    "expired SSO login": Machine.expired_sso_login,
    "expired credentials": Machine.expired_credentials,
    "line break in the token": Machine.line_break_in_the_token,
    "line break in the key id": Machine.line_break_in_the_key_id,
    "key id that is no text": Machine.key_id_that_is_no_text,
    "secret that is no text": Machine.secret_that_is_no_text,
    "token that is no text": Machine.token_that_is_no_text,
    "no credentials": Machine.no_credentials,
    "unreachable STS": Machine.unreachable_sts,
}
PASSING: dict[str, Callable[[Machine], None]] = {
    "refused connection": Machine.refused_connection,
    "untrusted certificate": lambda _: None,
    "proxy that refuses connections": lambda machine: machine.proxy(
        f"http://user:s3cret@127.0.0.1:{unused_port()}"
    ),
}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Machine]:
    certificate = tmp_path / "certificate.pem"
    make_certificate(certificate)
    with serving(certificate) as service:
        machine = Machine(monkeypatch, tmp_path)
        machine.url = service.url
        yield machine
        assert service.requests == []


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Record the addresses that sockets connect to."""
    addresses: list[object] = []
    connect = socket.socket.connect

    def record(self: socket.socket, address: Any) -> None:
        addresses.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", record)
    return addresses


@for_both
@retried_at_once
@pytest.mark.parametrize("problem", [*PERMANENT, *PASSING])
def test_if_no_attempt_was_sent_the_error_says_so(
    machine: Machine, twin: Twin, connected: list[object], problem: str
) -> None:
    {**PERMANENT, **PASSING}[problem](machine)

    with pytest.raises(LightsnapError) as caught:
        twin.call("create_instance_snapshot", settings=machine.settings(2), **NAMES)

    assert isinstance(caught.value, (ConfigurationError, TransportError))
    assert str(caught.value).endswith(f"; {NOT_SENT}")
    assert str(caught.value).count(NOT_SENT) == 1
    assert "unknown whether" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    if not any(each in problem for each in ("CA", "STS", "refuse", "certificate")):
        assert connected == []


@for_both
@retried_at_once
@pytest.mark.parametrize("problem", PERMANENT)
def test_what_waiting_cannot_fix_ends_a_wait_at_once(
    machine: Machine, twin: Twin, problem: str
) -> None:
    PERMANENT[problem](machine)

    with pytest.raises(WaitInterruptedError) as caught:
        twin.call("wait", ["a"], settings=machine.settings() | {"clock": twin.clock()})

    assert caught.value.elapsed == 0
    assert caught.value.ids == ("a",)
    reason: Any = caught.value.reason
    assert reason.transient is False


@for_both
def test_a_refused_connection_does_not_end_a_wait(stub: Stub, twin: Twin) -> None:
    stub.on("GetOperation", Answer({"operation": {**ON_SNAPSHOT, **ENDED}}))
    port = int(stub.url.rpartition(":")[2])

    # The first connection is closed during the TLS handshake, which never succeeds.
    with listening(socket.socket.close, forwarding_to(port)) as listener:
        operations = twin.call(
            "wait",
            [IDS[0]],
            settings=settings(listener.url) | {"clock": twin.clock()},
        )

    assert operations.is_terminal


@for_both
@pytest.mark.parametrize("command", ["false", "/no/such/program", "echo no JSON"])
def test_a_credential_process_that_fails_is_a_configuration_error(
    machine: Machine, twin: Twin, command: str
) -> None:
    machine.config(f"[profile dev]\ncredential_process = {command}\n")

    with pytest.raises(ConfigurationError) as caught:
        twin.call("create_instance_snapshot", settings=machine.settings(), **NAMES)

    assert not caught.value.transient
    assert "unknown whether" not in str(caught.value)
    if not twin.is_async:  # whose `async with` fails before there is a create
        with pytest.raises(ConfigurationError, match=f"; {NOT_SENT}$"):
            Client(**machine.settings()).create_instance_snapshot(**NAMES)
        with pytest.raises(ConfigurationError, match=f"; {NOT_SENT}$"):
            Client(**machine.settings()).snapshot_instance("WordPress-1")


STS_ERROR = """<ErrorResponse><Error><Code>{}</Code><Message>no</Message></Error>
</ErrorResponse>"""


@for_both
@pytest.mark.parametrize(
    ("code", "status", "error_type"),
    [
        ("AccessDenied", 403, AccessDeniedError),
        ("InternalFailure", 500, ServiceError),
    ],
)
def test_an_error_of_sts_says_that_nothing_was_sent(
    machine: Machine, twin: Twin, code: str, status: int, error_type: type[ApiError]
) -> None:
    def refuse(connection: socket.socket) -> None:
        receive(connection)
        body = STS_ERROR.format(code).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    machine.config(ROLE)
    machine.set("AWS_MAX_ATTEMPTS", "1")
    with listening(refuse) as sts:
        machine.set("AWS_ENDPOINT_URL_STS", sts.url)
        with pytest.raises(error_type) as caught:
            twin.call("create_instance_snapshot", settings=machine.settings(), **NAMES)

    assert str(caught.value) == f"AssumeRole: {code}: no; {NOT_SENT}"
    assert caught.value.operation_name == "AssumeRole"


def write_credential_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Configure a process that returns credentials which must be refreshed each time.

    Of its runs, those that match the pattern ``failing`` fail.
    """
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    program = folder / "credentials.sh"
    program.write_text(
        f"""#!/bin/sh
echo run >>{folder}/runs
case $(wc -l <{folder}/runs | tr -d ' ') in {failing}) echo broken >&2; exit 1;; esac
echo '{{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b",
"SessionToken": "c", "Expiration": "{soon}"}}'
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "config").write_text(f"[profile dev]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


# The first run is when a client is built, and each call runs it once more.
@for_both
def test_a_failing_refresh_of_credentials_that_had_worked_does_not_end_a_wait(
    stub: Stub, twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_credential_process(tmp_path, monkeypatch, failing="3|4")
    stub.on(
        "GetOperation",
        Answer({"operation": ON_SNAPSHOT}),
        Answer({"operation": {**ON_SNAPSHOT, **ENDED}}),
    )

    operations = twin.call(
        "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
    )

    assert operations.is_terminal
    assert (tmp_path / "runs").read_text().count("run") == 5
    assert len(stub.requests) == 2


@for_both
def test_credentials_that_never_worked_end_a_wait(
    stub: Stub, twin: Twin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_credential_process(tmp_path, monkeypatch, failing="2")

    with pytest.raises(WaitInterruptedError, match="broken") as caught:
        twin.call(
            "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
        )

    assert isinstance(caught.value.reason, ConfigurationError)
    assert stub.requests == []


@for_both
def test_a_retry_that_cannot_be_signed_does_not_hide_a_lost_response(
    stub: Stub,
    twin: Twin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    retried_at_once: None,  # noqa: ARG001
) -> None:
    write_credential_process(tmp_path, monkeypatch, failing="3")
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", *FOUND)

    operations = twin.call(
        "create_instance_snapshot", settings=settings(stub.url, 2), **NAMES
    )

    assert operations.ids == IDS
    assert stub.requests == [CREATE, *RECONCILED]


@for_both
def test_a_role_that_cannot_be_assumed_again_does_not_end_a_wait(
    stub: Stub, twin: Twin, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assumed = f"""<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>
<SessionToken>c</SessionToken><Expiration>{soon}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""

    def respond(status: int, text: str) -> Handler:
        def handle(connection: socket.socket) -> None:
            receive(connection)
            head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n"
            connection.sendall(f"{head}Connection: close\r\n\r\n{text}".encode())

        return handle

    machine.config(ROLE)
    stub.on(
        "GetOperation",
        Answer({"operation": ON_SNAPSHOT}),
        Answer({"operation": {**ON_SNAPSHOT, **ENDED}}),
    )
    granted = respond(200, assumed)
    denied = respond(403, STS_ERROR.format("ExpiredToken"))
    with listening(granted, denied, granted) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        operations = twin.call(
            "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
        )

    assert operations.is_terminal
    assert len(stub.requests) == 2


@for_both
@pytest.mark.parametrize("number", ["EAI_NONAME", "EAI_NODATA"])
def test_an_unknown_host_does_not_end_a_wait_that_had_a_response(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.setattr(socket, "EAI_NONAME", getattr(socket, number))
    port = int(stub.url.rpartition(":")[2])
    resolve(monkeypatch, port, None, None, port)
    stub.on(
        "GetOperation",
        Answer({"operation": ON_SNAPSHOT}, headers={"Connection": "close"}),
        Answer({"operation": {**ON_SNAPSHOT, **ENDED}}),
    )
    built = settings("http://x.test") | {"clock": twin.clock()}
    if twin.is_async:
        built = without_dns_cache(built)

    assert twin.call("wait", [IDS[0]], settings=built).is_terminal


@for_both
@pytest.mark.parametrize(
    "response",
    [
        error("NotImplemented", "not here", 501),
        Answer("not here", 501),
        error("UnknownOperationException", "what?", 400),
        Answer("", 404),
    ],
    ids=str,
)
def test_a_service_without_the_call_ends_a_wait_at_once(
    stub: Stub, twin: Twin, response: Answer
) -> None:
    stub.on("GetOperation", response)

    with pytest.raises(WaitInterruptedError) as caught:
        twin.call(
            "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
        )

    assert isinstance(caught.value.reason, ApiError)
    assert len(stub.requests) == 1


# What the caller is handling does not matter.


def untrusted_certificate() -> Exception:
    return ssl.SSLCertVerificationError("another endpoint's certificate")


def cyclic_causes() -> Exception:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    first.__context__, second.__context__ = second, first
    return first


while_handling = pytest.mark.parametrize(
    "handled", [untrusted_certificate, cyclic_causes]
)


@for_both
@while_handling
def test_a_lost_response_is_reconciled_while_another_error_is_handled(
    stub: Stub, twin: Twin, handled: Callable[[], Exception]
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", *FOUND)

    try:
        raise handled()  # noqa: TRY301
    except Exception:  # noqa: BLE001
        operations = twin.call(
            "create_instance_snapshot", settings=settings(stub.url), **NAMES
        )

    assert operations.ids == IDS


@for_both
@while_handling
def test_a_wait_continues_while_another_error_is_handled(
    stub: Stub, twin: Twin, handled: Callable[[], Exception]
) -> None:
    stub.on("GetOperation", DROPPED, Answer({"operation": {**ON_SNAPSHOT, **ENDED}}))

    try:
        raise handled()  # noqa: TRY301
    except Exception:  # noqa: BLE001
        operations = twin.call(
            "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
        )

    assert operations.is_terminal


@for_both
def test_causes_in_a_circle_do_not_matter(stub: Stub, twin: Twin) -> None:
    def fail(**_: object) -> NoReturn:
        raise EndpointConnectionError(endpoint_url="here", error=cyclic_causes())

    stub.on("GetOperationsForResource", *FOUND)

    operations = twin.call(
        "create_instance_snapshot",
        settings=settings(stub.url),
        prepare=on_event("before-send.lightsail.CreateInstanceSnapshot", fail),
        **NAMES,
    )

    assert operations.ids == IDS


def on_event(event: str, handler: Callable[..., object]) -> Callable[[Any], None]:
    def register(lightsail: Any) -> None:
        lightsail.meta.events.register(event, handler)

    return register


# A client's own event handlers, and wrappers around a client.


def registered(lightsail: Any) -> dict[str, list[object]]:
    """Return the event handlers of a client."""
    found: dict[str, list[object]] = {}

    def collect(path: str, node: dict[str, Any]) -> None:
        if handlers := [each for part in node["values"] or () for each in part]:
            found[path] = handlers
        for name, child in node["children"].items():
            collect(f"{path}.{name}", child)

    emitter = lightsail.meta.events._emitter
    collect("", emitter._handlers._root)
    return {**found, "unique ids": [*emitter._unique_id_handlers]}


@for_both
@pytest.mark.parametrize(
    "response", [Answer({"operations": WIRE}), FAULT, IN_USE, Answer("null"), DROPPED]
)
def test_a_given_client_has_the_same_event_handlers_afterwards(
    stub: Stub, twin: Twin, response: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", response)
    stub.on("GetOperationsForResource", NOT_FOUND)
    given: list[Any] = []
    before: list[object] = []

    def keep(lightsail: Any) -> None:
        given.append(lightsail)
        before.append(registered(lightsail))

    with suppress(LightsnapError):
        twin.call_given(
            "create_instance_snapshot",
            settings=settings(stub.url),
            prepare=keep,
            **NAMES,
        )

    assert registered(given[0]) == before[0]


def test_a_client_shared_by_threads_has_the_same_event_handlers_afterwards(
    stub: Stub,
) -> None:
    stub.on("GetOperation", Answer({"operation": ON_SNAPSHOT}))
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", NOT_FOUND)
    lightsail = botocore_session().create_client("lightsail", **settings(stub.url))
    before = registered(lightsail)
    failures: list[Exception] = []

    def use() -> None:
        client = Client(lightsail)
        for _ in range(5):
            client.get_operation(IDS[0])
            try:
                client.create_instance_snapshot(**NAMES)
            except TransportError as error:
                failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lightsail.close()

    assert len(failures) == 20
    assert all(NOTHING_FOUND in str(each) for each in failures)
    assert registered(lightsail) == before


def test_a_call_within_another_is_recorded_by_itself(stub: Stub) -> None:
    stub.on("CreateInstanceSnapshot", THROTTLED)
    stub.on("GetOperation", Answer({"operation": ON_SNAPSHOT}))
    lightsail = botocore_session().create_client("lightsail", **settings(stub.url))
    client = Client(lightsail)
    on_event(
        "before-send.lightsail.CreateInstanceSnapshot",
        lambda **_: client.get_operation(IDS[0]) and None,
    )(lightsail)

    with pytest.raises(ThrottlingError, match=r"Rate exceeded$"):
        client.create_instance_snapshot(**NAMES)

    lightsail.close()
    assert [operation for operation, _ in stub.requests] == [
        "GetOperation",
        "CreateInstanceSnapshot",
    ]


Wrap: TypeAlias = Callable[[Any], Any]


def in_another_thread(lightsail: Any) -> Any:
    """Wrap a client so that it makes each call in another thread."""

    class Wrapper:
        meta = lightsail.meta

        def __getattr__(self, name: str) -> Callable[..., Any]:
            def call(**members: Any) -> Any:
                results: list[Any] = []

                def work() -> None:
                    try:
                        results.append(getattr(lightsail, name)(**members))
                    except Exception as error:  # noqa: BLE001
                        results.append(error)

                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
                if isinstance(results[0], BotoCoreError):
                    raise TimeoutError("no result")
                return results[0]

            return call

    return Wrapper()


def with_slots(lightsail: Any) -> Any:
    """Wrap a client in an object without weak references."""

    class Wrapper:
        __slots__ = ("lightsail",)
        __hash__ = None  # type: ignore[assignment]

        def __getattr__(self, name: str) -> Any:
            return getattr(lightsail, name)

    return Wrapper()


@pytest.mark.parametrize("wrap", [in_another_thread, with_slots])
def test_a_wrapped_client_is_reconciled_too(stub: Stub, wrap: Wrap) -> None:
    stub.on("CreateInstanceSnapshot", Answer({"operations": WIRE}), DROPPED)
    stub.on("GetOperationsForResource", *FOUND)
    lightsail = botocore_session().create_client("lightsail", **settings(stub.url))
    client = Client(wrap(lightsail))

    assert client.create_instance_snapshot(**NAMES).ids == IDS
    assert stub.requests == [CREATE]
    assert client.create_instance_snapshot(**NAMES).ids == IDS
    assert stub.requests == [CREATE, CREATE, *RECONCILED]
    lightsail.close()


def test_a_stubbed_client_is_reconciled_after_a_service_error() -> None:
    lightsail = botocore_session().create_client("lightsail", region_name="us-west-2")
    operations: dict[str, Any] = {"operations": []}
    with Stubber(lightsail) as stubber:
        for _ in range(2):
            stubber.add_client_error(
                "create_instance_snapshot", "InternalFailure", http_status_code=500
            )
            stubber.add_response("get_operations_for_resource", operations)
            stubber.add_response("get_operations_for_resource", operations)
        with pytest.raises(ServiceError, match=NOTHING_FOUND):
            Client(lightsail).create_instance_snapshot(**NAMES)
    lightsail.close()


@for_both
@pytest.mark.parametrize("stage", ["before-call", "before-sign", "before-send"])
def test_an_event_handler_that_raises_before_the_request_was_sent(
    stub: Stub, twin: Twin, stage: str
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise ValueError("not today")

    stub.on("GetOperationsForResource", NOT_FOUND)

    with pytest.raises(ValueError, match="not today") as caught:
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url),
            prepare=on_event(f"{stage}.lightsail.CreateInstanceSnapshot", refuse),
            **NAMES,
        )

    # A handler of before-send may have sent the request itself.
    notes = [NOTHING_FOUND] if stage == "before-send" else []
    assert getattr(caught.value, "__notes__", []) == notes
    assert CREATE not in stub.requests


@for_both
def test_an_event_handler_that_raises_after_the_response_hides_no_ids(
    stub: Stub, twin: Twin
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise ValueError("not today")

    stub.on("CreateInstanceSnapshot", Answer({"operations": WIRE}))
    stub.on("GetOperationsForResource", NOT_FOUND)

    with pytest.raises(ValueError, match="not today") as caught:
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url),
            prepare=on_event(
                "response-received.lightsail.CreateInstanceSnapshot", refuse
            ),
            **NAMES,
        )

    assert caught.value.__notes__ == [ACCEPTED]


# Advice, and what must not be shown.


def test_an_expired_login_names_the_command_to_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.config(SSO)
    built = machine.settings()

    with pytest.raises(ConfigurationError) as caught:
        Client(**built).get_operation("a")
    assert caught.value.advice == "run `aws sso login --profile dev`"

    monkeypatch.delenv("AWS_PROFILE")
    with pytest.raises(ConfigurationError) as caught:
        Client(**built, profile_name="my dev").get_operation("a")
    assert caught.value.advice == "run `aws sso login --profile 'my dev'`"

    session = boto3.Session(profile_name="dev")
    with pytest.raises(ConfigurationError) as caught:
        Client(**built, session=session).get_operation("a")
    assert caught.value.advice == "run `aws sso login --profile dev`"

    boto3.setup_default_session(profile_name="dev")
    with pytest.raises(ConfigurationError) as caught:
        Client(**built).get_operation("a")
    assert caught.value.advice == "run `aws sso login --profile dev`"


@for_both
@pytest.mark.parametrize(
    ("region_name", "advice"),
    [
        ("us-west-1", "there is no Lightsail in us-west-1; its Regions are "),
        ("us-west-2a", "us-west-2a is a zone: did you mean the Region us-west-2?"),
        ("us-west-2", None),
    ],
)
def test_a_host_that_follows_from_a_region_without_lightsail(
    twin: Twin,
    monkeypatch: pytest.MonkeyPatch,
    region_name: str,
    advice: str | None,
) -> None:
    names = resolve(monkeypatch, None)
    built = {"region_name": region_name, "config": Config(retries=retries("legacy", 1))}

    with pytest.raises(TransportError) as caught:
        twin.call_given(
            "get_operation",
            "a",
            settings=built,
            prepare=lambda _: monkeypatch.setenv("AWS_PROFILE", "not there"),
        )

    host = f"lightsail.{region_name}.amazonaws.com"
    assert names == [host]
    message = f'GetOperation: Could not connect to the endpoint URL: "https://{host}/"'
    if advice is None:
        assert str(caught.value) == message
    else:
        assert str(caught.value).startswith(f"{message}: {advice}")
    if region_name == "us-west-1":
        assert str(caught.value).endswith(", us-east-1, us-east-2, us-west-2")


@for_both
def test_a_zone_in_place_of_a_region_is_refused_before_anything_is_sent(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = resolve(monkeypatch, None)

    with pytest.raises(ConfigurationError) as caught:
        twin.call("get_operation", "a", settings={"region_name": "us-west-2a"})

    assert str(caught.value).endswith(
        "us-west-2a is a zone: did you mean the Region us-west-2?"
    )
    assert names == []


@for_both
@pytest.mark.parametrize(
    "url",
    [
        "http://user:s3cret@127.0.0.1:1",
        "http://s3cret@127.0.0.1:1",
        "http://:s3cret@127.0.0.1:1",
        "http://user:s3cret@127.0.0.1:port",
        "http://user:s3cret/x@127.0.0.1:1",
        "http://user:s3cret#x@127.0.0.1:1",
        "http://user:s3cret?x@127.0.0.1:1",
        "http://user:s3cret@@127.0.0.1:1",
        "http://user:s3cret@",
        "http:/user:s3cret@127.0.0.1",
        "ftp://user:s3cret@127.0.0.1:1",
        "user:s3cret@127.0.0.1:1",
        "s3cret@127.0.0.1:1",
        "//user:s3cret@127.0.0.1:1",
        " http://user:s3cret@127.0.0.1:1",
        "http://user:s3cret@127.0.0.1:1\n",
        "http://user:s3cret@[::1",
    ],
)
@pytest.mark.parametrize("is_set", [False, True])
def test_an_endpoint_with_a_password_shows_it_nowhere(
    twin: Twin,
    monkeypatch: pytest.MonkeyPatch,
    connected: list[object],
    url: str,
    is_set: bool,
) -> None:
    built = settings(url)
    if is_set:
        monkeypatch.setenv("AWS_ENDPOINT_URL", built.pop("endpoint_url"))

    with pytest.raises(ConfigurationError) as caught:
        twin.call("get_operation", "a", settings=built)

    assert "s3cret" not in everything_shown(caught.value)
    assert connected == []


def everything_shown(error: BaseException) -> str:
    import traceback  # noqa: PLC0415

    return "".join(traceback.format_exception(error))


@for_both
@pytest.mark.parametrize(
    "url",
    [
        *PROXY_SETTINGS,
        "http://user:s3cret@127.0.0.1:1",
        "http://user:s3cret/x@127.0.0.1:1",
        "ftp://user:s3cret@127.0.0.1:1",
        "socks5://user:s3cret@127.0.0.1:1",
        "user:s3cret@127.0.0.1:1",
    ],
)
def test_a_proxy_with_a_password_shows_it_nowhere(
    machine: Machine, twin: Twin, url: str
) -> None:
    machine.proxy(url)

    for scheme in ("http", "https"):
        with pytest.raises(TransportError) as caught:
            twin.call("get_operation", "a", settings=settings(f"{scheme}://x.test"))

        assert "s3cret" not in str(caught.value)
        if caught.value.__cause__ is not None:
            assert "s3cret" not in str(caught.value.__cause__)


@for_both
def test_a_secret_that_cannot_be_encoded_is_not_shown(
    machine: Machine, twin: Twin
) -> None:
    machine.set("AWS_SECRET_ACCESS_KEY", "s3cret\udcff")

    with pytest.raises(ConfigurationError, match="cannot be signed") as caught:
        twin.call("get_operation", "a", settings=machine.settings())

    assert "s3cret" not in everything_shown(caught.value)
    assert caught.value.__cause__ is None


@for_both
def test_a_redirect_is_said_to_be_one(stub: Stub, twin: Twin) -> None:
    stub.on("GetOperation", Answer("", 307, {"Location": "http://127.0.0.1:1"}))

    with pytest.raises(ApiError) as caught:
        twin.call("get_operation", "a", settings=settings(stub.url))

    assert str(caught.value) == "GetOperation: 307: a redirect, which is not followed"
    assert caught.value.status_code == 307


@for_both
def test_an_exception_without_causes_is_judged_by_its_type(
    stub: Stub, twin: Twin
) -> None:
    def fail(**_: object) -> NoReturn:
        raise EndpointConnectionError(endpoint_url="here")

    with pytest.raises(TransportError, match=f"; {NOT_SENT}$"):
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url),
            prepare=on_event("before-send.lightsail", fail),
            **NAMES,
        )
