"""The wire format, through real botocore and HTTP on loopback."""

from __future__ import annotations

import json
import pickle
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import boto3
import botocore.exceptions
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.retries.standard import (
    ThrottledRetryableChecker,
    TransientRetryableChecker,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import lightsnap
from lightsnap import (
    AccessDeniedError,
    ApiError,
    Client,
    ConfigurationError,
    InvalidInputError,
    MalformedResponseError,
    NotFoundError,
    Operation,
    Operations,
    ServiceError,
    SnapshotFailedError,
    ThrottlingError,
    TransportError,
    UnauthenticatedError,
    WaitFailedError,
    WaitTimeoutError,
)
from lightsnap._aws.codes import error_type
from lightsnap._aws.protocols import LightsailClient
from lightsnap.testing import FakeClock
from tests import documented
from tests.documented import SNAPSHOT
from tests.documented import WIRE as DOCUMENTED
from tests.stub import DROPPED, Answer, Stub, error

NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "WordPress-Snapshot-1",
}


def test_the_documented_example(stub: Stub, stub_client: Client) -> None:
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))

    operations = stub_client.create_instance_snapshot(**NAMES)

    assert stub.requests == [("CreateInstanceSnapshot", documented.REQUEST)]
    assert isinstance(operations, Operations)
    for operation, wire in zip(operations, DOCUMENTED, strict=True):
        assert operation.id == wire["id"]
        assert operation.resource_name == wire["resourceName"]
        assert operation.resource_type == wire["resourceType"]
        assert operation.created_at == documented.TIME
        assert (
            operation.location.availability_zone == wire["location"]["availabilityZone"]
        )
        assert operation.location.region_name == wire["location"]["regionName"]
        assert operation.is_terminal is wire["isTerminal"] is False
        assert operation.operation_details == wire["operationDetails"]
        assert operation.operation_type == wire["operationType"]
        assert operation.status == wire["status"]
        assert operation.status_changed_at == documented.TIME
        assert operation.error_code is operation.error_details is None


@pytest.fixture
def in_time_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Change the local time zone."""

    def move(zone: str) -> None:
        context.setenv("TZ", zone)
        time.tzset()

    with monkeypatch.context() as context:
        yield move
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "hours"), [("UTC", 0), ("America/Los_Angeles", -7), ("Asia/Kolkata", 5.5)]
)
def test_to_dict_returns_what_boto3_returned(
    stub: Stub, in_time_zone: Callable[[str], None], zone: str, hours: float
) -> None:
    in_time_zone(zone)
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    lightsail = boto3.client(
        "lightsail", region_name="us-west-2", endpoint_url=stub.url
    )

    response: Any = lightsail.create_instance_snapshot(
        instanceName="WordPress-1", instanceSnapshotName="WordPress-Snapshot-1"
    )

    created_at = response["operations"][0]["createdAt"]
    assert created_at.utcoffset() == timedelta(hours=hours)
    assert Operations.from_dict(response).to_dict() == {
        "operations": response["operations"]
    }
    if zone == "UTC":
        assert json.dumps(
            Operations.from_dict(response).to_dict()["operations"], default=str
        ) == json.dumps(response["operations"], default=str)


@pytest.mark.parametrize(
    ("tags", "sent"),
    [
        (None, {}),
        ([], {"tags": []}),
        (
            {"env": "prod", "keep": None},
            {"tags": [{"key": "env", "value": "prod"}, {"key": "keep"}]},
        ),
    ],
)
def test_tags_on_the_wire(
    stub: Stub, stub_client: Client, tags: Any, sent: dict[str, Any]
) -> None:
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))

    stub_client.create_instance_snapshot(**NAMES, tags=tags)

    assert stub.requests[0][1] == {**documented.REQUEST, **sent}


MESSAGE = "it is not so"


@pytest.mark.parametrize(
    ("response", "error_type"),
    [
        (error("AccessDeniedException", MESSAGE), AccessDeniedError),
        (
            error("AccountSetupInProgressException", MESSAGE),
            lightsnap.AccountSetupInProgressError,
        ),
        (error("InvalidInputException", MESSAGE), InvalidInputError),
        (error("NotFoundException", MESSAGE, 404), NotFoundError),
        (error("OperationFailureException", MESSAGE), lightsnap.OperationFailureError),
        (
            error("RegionSetupInProgressException", MESSAGE),
            lightsnap.RegionSetupInProgressError,
        ),
        (error("ServiceException", MESSAGE, 400), ServiceError),
        (error("InternalFailure", MESSAGE, 500), ServiceError),
        (error("ThrottlingException", MESSAGE), ThrottlingError),
        (error("SomethingNew", MESSAGE, 429), ThrottlingError),
        (error("AccessDeniedException", MESSAGE, 429), AccessDeniedError),
        (error("RequestTimeout", MESSAGE), ServiceError),
        (error("SomethingNew", MESSAGE, 408), ServiceError),
        (error("UnauthenticatedException", MESSAGE), UnauthenticatedError),
        (error("ExpiredTokenException", MESSAGE), UnauthenticatedError),
        (
            error("com.amazonaws.lightsail#UnrecognizedClientException", MESSAGE),
            UnauthenticatedError,
        ),
        (error("SomethingNew", MESSAGE), ApiError),
    ],
)
def test_error_responses_map_to_error_types(
    stub: Stub, stub_client: Client, response: Answer, error_type: type[ApiError]
) -> None:
    stub.on("GetOperation", response)

    with pytest.raises(ApiError) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    assert type(caught.value) is error_type
    assert caught.value.message == MESSAGE
    assert caught.value.status_code == response.status
    assert caught.value.request_id == "8a4b1c9e"
    assert caught.value.operation_name == "GetOperation"
    assert (caught.value.tip, caught.value.docs) == (None, None)
    assert isinstance(caught.value.__cause__, botocore.exceptions.ClientError)
    assert pickle.loads(pickle.dumps(caught.value)).code == caught.value.code


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"x-amz-retry-after": "1500", "Retry-After": "7"}, 1.5),
        (
            {
                "Date": "Mon, 30 Sep 2019 18:00:00 GMT",
                "Retry-After": "Mon, 30 Sep 2019 18:02:00 GMT",
            },
            120,
        ),
        ({"Date": "", "Retry-After": "Mon, 30 Sep 2019 18:02:00 GMT"}, None),
        ({"Retry-After": "Mon, 30 Sep 99999999999999 18:02:00 GMT"}, None),
        ({"Retry-After": "Mon, 30 Sep 2019 18:02:00 GMT"}, None),  # in the past
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "1e999"}, None),
    ],
)
def test_retry_after_is_read_from_the_headers(
    stub: Stub, stub_client: Client, headers: dict[str, str], seconds: float | None
) -> None:
    refusal = error("ServiceException", MESSAGE, 503)
    stub.on("GetOperation", Answer(refusal.body, 503, headers))

    with pytest.raises(ServiceError) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    assert caught.value.retry_after == seconds


def test_error_codes_that_botocore_retries_are_transient() -> None:
    throttled: Any = ThrottledRetryableChecker
    transient: Any = TransientRetryableChecker

    codes = {*throttled._THROTTLED_ERROR_CODES, *transient._TRANSIENT_ERROR_CODES}

    assert codes
    for code in codes:
        assert error_type(code, 400) in (ThrottlingError, ServiceError), code


def test_members_of_an_error_that_are_not_text_are_ignored(
    stub: Stub, stub_client: Client
) -> None:
    wire = {"__type": "InvalidInputException", "message": 5, "tip": 5, "docs": []}
    stub.on("GetOperation", Answer(wire, 400))

    with pytest.raises(InvalidInputError) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    assert (caught.value.tip, caught.value.docs) == (None, None)
    assert caught.value.message == "no message"


def test_an_error_has_the_advice_of_the_service(
    stub: Stub, stub_client: Client
) -> None:
    advice: dict[str, Any] = {
        "tip": "Try another.",
        "docs": "https://lightsail.aws.amazon.com",
        "code": "X",
    }
    stub.on("GetOperation", error("InvalidInputException", MESSAGE, **advice))

    with pytest.raises(InvalidInputError) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    assert caught.value.code == "InvalidInputException"
    assert caught.value.tip == "Try another."
    assert caught.value.docs == "https://lightsail.aws.amazon.com"


@pytest.mark.parametrize(
    "response",
    [
        Answer(b"", 503),
        Answer("<html>Service Unavailable</html>", 503),
        Answer({}, 500),
    ],
)
def test_a_5xx_response_of_another_form_is_a_service_error(
    stub: Stub, stub_client: Client, response: Answer
) -> None:
    stub.on("GetOperation", response)

    with pytest.raises(ServiceError) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    assert caught.value.status_code == response.status


@pytest.mark.parametrize(
    "response",
    [
        Answer(b""),
        Answer("null"),
        Answer("[]"),
        Answer("5"),
        Answer(b"\xff\xfe"),
        Answer(documented.ANSWER[:100]),
        Answer("[" * 100_000),
        Answer({"operation": None}),
        Answer({"operation": []}),
        Answer({"operation": {"id": "a"}}),
        Answer({"operation": {**DOCUMENTED[0], "createdAt": "yesterday"}}),
        Answer({"operation": {**DOCUMENTED[0], "createdAt": {}}}),
        Answer({"operation": {**DOCUMENTED[0], "createdAt": 1e300}}),
        Answer({"operation": {**DOCUMENTED[0], "location": "here"}}),
        Answer({"__type": 5}, 400),
        Answer("[]", 500),
    ],
)
def test_a_response_that_cannot_be_read_is_malformed(
    stub: Stub, stub_client: Client, response: Answer
) -> None:
    stub.on("GetOperation", response)

    with pytest.raises(MalformedResponseError) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    pickle.dumps(caught.value)


def test_a_malformed_response_error_has_the_payload(
    stub: Stub, stub_client: Client
) -> None:
    second = {name: DOCUMENTED[1][name] for name in ("id", "status")}
    wire = {"operations": [DOCUMENTED[0], second]}
    stub.on("CreateInstanceSnapshot", Answer(wire))
    stub.on("GetOperationsForResource", error("NotFoundException", "there is none"))

    with pytest.raises(MalformedResponseError) as caught:
        stub_client.create_instance_snapshot(**NAMES)

    assert str(caught.value) == (
        "CreateInstanceSnapshot: the response cannot be read: "
        "Operations.operations[1].resourceName is missing; the service had accepted "
        "snapshot 'WordPress-Snapshot-1' of instance 'WordPress-1'; "
        f"operations: {DOCUMENTED[0]['id']}, {DOCUMENTED[1]['id']}"
    )
    payload: Any = caught.value.payload
    assert [each["id"] for each in payload["operations"]] == [
        each["id"] for each in DOCUMENTED
    ]


def test_a_dropped_connection_is_a_transient_transport_error(
    stub: Stub, stub_client: Client
) -> None:
    stub.on("GetOperation", DROPPED)

    with pytest.raises(
        TransportError, match=r"^GetOperation: Connection was"
    ) as caught:
        stub_client.get_operation(DOCUMENTED[0]["id"])

    assert caught.value.transient
    assert isinstance(caught.value.__cause__, botocore.exceptions.BotoCoreError)


def test_if_the_outcome_is_unknown_the_error_has_the_names(
    stub: Stub, stub_client: Client
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", DROPPED)

    with pytest.raises(TransportError) as caught:
        stub_client.snapshot_instance("WordPress-1")

    name = stub.requests[0][1]["instanceSnapshotName"]
    assert (
        f"it is unknown whether snapshot '{name}' of instance 'WordPress-1' was created"
    ) in str(caught.value)


def test_an_endpoint_that_is_down_is_a_transient_transport_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    client = Client(
        region_name="us-west-2",
        endpoint_url=f"http://127.0.0.1:{port}",
        config=Config(retries={"total_max_attempts": 1}),
    )

    with pytest.raises(TransportError, match="Could not connect") as caught:
        client.get_operation(DOCUMENTED[0]["id"])

    assert caught.value.transient


def test_an_untrusted_certificate_is_a_permanent_error(
    tmp_path: Path,
) -> None:
    certificate = tmp_path / "certificate.pem"
    make_certificate(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def accept_tls(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept_tls, args=(server,))
        thread.start()
        client = Client(
            region_name="us-west-2",
            endpoint_url=f"https://127.0.0.1:{server.getsockname()[1]}",
            config=Config(retries={"total_max_attempts": 1}),
        )
        with pytest.raises(TransportError, match="SSL validation failed") as caught:
            client.get_operation(DOCUMENTED[0]["id"])
        thread.join()

    assert not caught.value.transient


def make_certificate(path: Path) -> None:
    """Write a key and an untrusted certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(documented.TIME)
        .not_valid_after(documented.TIME + timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


FAILED_OPERATION = {
    **DOCUMENTED[0],
    "isTerminal": True,
    "status": "Failed",
    "errorCode": "SnapshotQuotaExceeded",
    "errorDetails": "Too many snapshots.",
}


def test_a_failed_operation_is_named_with_its_error(
    stub: Stub, stub_client: Client
) -> None:
    succeeded = {**DOCUMENTED[1], "isTerminal": True, "status": "Succeeded"}
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    stub.on(
        "GetOperation",
        *(Answer({"operation": each}) for each in (FAILED_OPERATION, succeeded)),
    )

    with pytest.raises(WaitFailedError) as caught:
        stub_client.snapshot_instance(
            "WordPress-1", instance_snapshot_name="WordPress-Snapshot-1"
        )

    assert str(caught.value) == (
        "1 of 2 operations failed: CreateInstanceSnapshot of InstanceSnapshot "
        "'WordPress-Snapshot-1' is Failed (SnapshotQuotaExceeded: Too many snapshots; "
        "id 4c3db559-9dd0-41e7-89c0-2cb88c19786f)"
    )
    assert [each.status for each in caught.value.operations] == ["Failed", "Succeeded"]
    assert caught.value.ids == tuple(each["id"] for each in DOCUMENTED)


def test_a_wait_continues_after_transient_errors_on_the_wire(
    stub: Stub, stub_client: Client, clock: FakeClock
) -> None:
    succeeded = {**DOCUMENTED[0], "isTerminal": True, "status": "Succeeded"}
    stub.on(
        "GetOperation",
        error("ThrottlingException", "Rate exceeded"),
        error("InternalFailure", "sorry", 500),
        DROPPED,
        Answer(documented.ANSWER[:100]),
        Answer({"operation": succeeded}),
    )

    operations = stub_client.wait([DOCUMENTED[0]["id"]], poll_interval=5)

    assert list(operations) == [Operation.from_dict(succeeded)]
    assert clock.monotonic() == 10 + 5 + 5 + 5  # throttling doubles the pause


def test_the_last_error_is_the_cause_of_a_timeout(
    stub: Stub, stub_client: Client
) -> None:
    stub.on("GetOperation", error("ThrottlingException", "Rate exceeded"))

    with pytest.raises(WaitTimeoutError) as caught:
        stub_client.wait(["a"], timeout=60)

    assert isinstance(caught.value.__cause__, ThrottlingError)


def test_a_snapshot_in_state_error_is_a_failure(
    stub: Stub, stub_client: Client
) -> None:
    times = {"createdAt": 1569866438.48}
    wire = {**SNAPSHOT, **times, "state": "error", "fromAttachedDisks": []}
    stub.on("GetInstanceSnapshot", Answer({"instanceSnapshot": wire}))

    with pytest.raises(SnapshotFailedError) as caught:
        stub_client.wait_until_available("WordPress-Snapshot-1")

    assert caught.value.snapshot.state == "error"
    assert (
        str(caught.value)
        == "snapshot 'WordPress-Snapshot-1' is in state error: it will not be available"
    )


def test_a_response_about_another_snapshot_is_malformed(
    stub: Stub, stub_client: Client
) -> None:
    wire = {**SNAPSHOT, "createdAt": 1569866438.48, "fromAttachedDisks": []}
    stub.on("GetInstanceSnapshot", Answer({"instanceSnapshot": wire}))

    with pytest.raises(WaitTimeoutError) as caught:
        stub_client.wait_until_available("other", timeout=60)

    assert isinstance(caught.value.__cause__, MalformedResponseError)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (Client, "specify a region: give region_name, or set AWS_DEFAULT"),
        (lambda: Client(session=boto3.Session()), "specify a region: give region_name"),
        (
            lambda: Client(profile_name="nobody"),
            r"\(nobody\) could not be found: correct",
        ),
        (lambda: Client(region_name="no region"), "'no region'"),
        (
            lambda: Client(region_name="us-west-2", endpoint_url="nowhere"),
            "Invalid endpoint: nowhere",
        ),
        (
            lambda: Client(region_name="us-west-2", endpoint_url="ftp://127.0.0.1"),
            "the endpoint is not an http or https URL",
        ),
        (
            lambda: Client(region_name="us-west-2", endpoint_url="http://x:99999"),
            "the port of the endpoint is not a number from 0 to 65535",
        ),
    ],
)
def test_an_invalid_configuration_raises_at_the_first_call(
    build: Callable[[], Client], message: str
) -> None:
    client = build()

    for call in (
        lambda: client.get_operation(DOCUMENTED[0]["id"]),
        lambda: client.wait(["a"]),
        lambda: client.wait_until_available("S-1"),
    ):
        with pytest.raises(ConfigurationError, match=message) as caught:
            call()
        assert caught.value.__cause__ is not None
    assert len(client.wait([])) == 0


def test_missing_credentials(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    client = Client(region_name="us-west-2", endpoint_url=stub.url)

    with pytest.raises(ConfigurationError, match="credentials: set AWS_ACCESS_KEY_ID"):
        client.get_operation(DOCUMENTED[0]["id"])

    assert stub.requests == []


def test_credentials_that_are_still_expired_after_a_refresh(stub: Stub) -> None:
    expired = {
        "access_key": "testing",
        "secret_key": "testing",
        "token": "testing",
        "expiry_time": documented.TIME.isoformat(),
    }
    session = botocore.session.Session()
    vars(session)["_credentials"] = RefreshableCredentials.create_from_metadata(
        metadata=expired, refresh_using=lambda: expired, method="test"
    )
    client = Client(
        session=boto3.Session(botocore_session=session),
        region_name="us-west-2",
        endpoint_url=stub.url,
    )

    with pytest.raises(ConfigurationError, match="credentials are still expired"):
        client.get_operation(DOCUMENTED[0]["id"])


def test_credentials_from_a_helper_that_does_not_exist(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\ncredential_process = /no/such/helper\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    client = Client(profile_name="work", region_name="us-west-2", endpoint_url=stub.url)

    with pytest.raises(ConfigurationError, match="no/such/helper"):
        client.get_operation(DOCUMENTED[0]["id"])


def test_credentials_that_fail_while_a_request_is_signed(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/work")
    client = Client(region_name="us-west-2", endpoint_url=stub.url)

    with pytest.raises(ConfigurationError, match="no/such/token") as caught:
        client.get_operation(DOCUMENTED[0]["id"])

    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert stub.requests == []


def test_an_exception_from_an_event_handler_propagates(stub: Stub) -> None:
    def refuse(**_: object) -> None:
        raise ValueError("not today")

    lightsail = boto3.client(
        "lightsail", region_name="us-west-2", endpoint_url=stub.url
    )
    lightsail.meta.events.register("before-send", refuse)

    with pytest.raises(ValueError, match="not today"):
        Client(lightsail).get_operation(DOCUMENTED[0]["id"])


def test_a_closed_client_closes_its_connections(stub: Stub) -> None:
    stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))
    with Client(region_name="us-west-2", endpoint_url=stub.url) as client:
        client.get_operation(DOCUMENTED[0]["id"])
        assert stub.connections.wait_for(1)
        built = client._connect()  # kept, so that only the client closes it
    assert stub.connections.wait_for(0)
    assert built is not client._connect()


@pytest.mark.parametrize("response", [None, [], "operation", {}, {"operation": None}])
def test_a_response_of_another_form_cannot_be_read(response: Any) -> None:
    lightsail: Any = create_autospec(LightsailClient, instance=True)
    lightsail.get_operation.return_value = response

    with pytest.raises(MalformedResponseError, match="cannot be read: ") as caught:
        Client(lightsail).get_operation(DOCUMENTED[0]["id"])

    assert caught.value.payload == response


def test_threads_that_share_a_client_keep_their_connections(stub: Stub) -> None:
    threads = 20
    all_in_flight = threading.Barrier(threads)

    class Simultaneous(Answer):
        def encoded(self) -> bytes:
            all_in_flight.wait(timeout=30)
            return super().encoded()

    stub.on("GetOperation", Simultaneous({"operation": DOCUMENTED[0]}))
    with (
        Client(region_name="us-west-2", endpoint_url=stub.url) as client,
        ThreadPoolExecutor(threads) as executor,
    ):
        for _ in range(2):
            list(executor.map(client.get_operation, [DOCUMENTED[0]["id"]] * threads))

        assert stub.connections.wait_for(threads)


def test_a_session_cannot_be_combined_with_a_profile() -> None:
    session = boto3.Session(region_name="us-west-2")
    with pytest.raises(ConfigurationError, match="give a session or a profile_name"):
        Client(session=session, profile_name="default")


def test_a_profile_is_read(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\n"
        "region = eu-central-1\n"
        "aws_access_key_id = testing\n"
        "aws_secret_access_key = testing\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    stub.on("GetOperation", Answer({"operation": DOCUMENTED[0]}))

    client = Client(profile_name="work", endpoint_url=stub.url)

    assert client.get_operation(DOCUMENTED[0]["id"]).id == DOCUMENTED[0]["id"]


def test_the_default_time_outs_are_short_and_a_given_config_overrides_them(
    stub: Stub,
) -> None:
    def config_of(**settings: Any) -> Any:
        client = Client(region_name="us-west-2", endpoint_url=stub.url, **settings)
        return vars(client._connect())["_client_config"]

    default = config_of()
    assert (default.connect_timeout, default.read_timeout) == (5, 15)
    assert "lightsnap/" in default.user_agent_extra

    given = config_of(config=Config(read_timeout=90))
    assert (given.connect_timeout, given.read_timeout) == (5, 90)


def test_a_script_can_print_which_operation_failed_and_why(
    stub: Stub, tmp_path: Path
) -> None:
    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    stub.on(
        "GetOperation",
        Answer({"operation": FAILED_OPERATION}),
        Answer(
            {"operation": {**DOCUMENTED[1], "isTerminal": True, "status": "Completed"}}
        ),
    )
    script = tmp_path / "script.py"
    script.write_text(
        "from lightsnap import Client, WaitFailedError\n"
        f"client = Client(region_name='us-west-2', endpoint_url='{stub.url}')\n"
        "names = {'instance_snapshot_name': 'WordPress-Snapshot-1'}\n"
        "try: client.snapshot_instance('WordPress-1', **names)\n"
        "except WaitFailedError as error:\n"
        "    print(error, error.operations, sep='\\n')\n"
    )

    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True
    )

    assert ran.stdout == (
        "1 of 2 operations failed: CreateInstanceSnapshot of InstanceSnapshot "
        "'WordPress-Snapshot-1' is Failed (SnapshotQuotaExceeded: Too many snapshots; "
        "id 4c3db559-9dd0-41e7-89c0-2cb88c19786f)\n"
        "<Operations: 1 Failed, 1 Completed>\n"
    )
