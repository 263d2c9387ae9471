"""A create whose response is lost: it is reconciled, and never sent again."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import botocore.session
import pytest
from attrs import frozen
from botocore.config import Config

from lightsnap import (
    AccessDeniedError,
    AsyncClient,
    Client,
    ConfigurationError,
    ConstraintError,
    InvalidInputError,
    LightsnapError,
    MalformedResponseError,
    Operations,
    ServiceError,
    ThrottlingError,
    TransportError,
)
from tests import documented
from tests.documented import SNAPSHOT
from tests.stub import DROPPED, Answer, Stub, error
from tests.test_service import make_certificate

NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "WordPress-Snapshot-1",
}
ON_SNAPSHOT, ON_INSTANCE = documented.WIRE
IDS = (ON_SNAPSHOT["id"], ON_INSTANCE["id"])

CREATE = ("CreateInstanceSnapshot", documented.REQUEST)
RECONCILE_SNAPSHOT = (
    "GetOperationsForResource",
    {"resourceName": "WordPress-Snapshot-1"},
)
RECONCILE_INSTANCE = ("GetOperationsForResource", {"resourceName": "WordPress-1"})

NOTHING_FOUND = (
    "reconciling found no snapshot 'WordPress-Snapshot-1' of instance 'WordPress-1' "
    "from this call"
)
ACCEPTED = (
    "the service had accepted snapshot 'WordPress-Snapshot-1' of instance "
    f"'WordPress-1'; operations: {', '.join(IDS)}"
)
UNKNOWN_OUTCOME = (
    "it is unknown whether snapshot 'WordPress-Snapshot-1' of instance 'WordPress-1' "
    "was created: "
)

NOT_FOUND = error("NotFoundException", "The resource does not exist", 404)
FAULT = error("InternalFailure", "sorry", 500)
DENIED = error("AccessDeniedException", "not you")
THROTTLED = error("ThrottlingException", "Rate exceeded")
IN_USE = error("InvalidInputException", "Some names are already in use")


@frozen
class Listed(Answer):
    """The operations of a resource, created ``age`` seconds before the response."""

    def encoded(self) -> bytes:
        now = time.time()
        operations: Any = self.body
        listed = [
            {**each, "createdAt": now - each.get("age", 0)} for each in operations
        ]
        return json.dumps({"operations": listed}).encode()


def listed(*operations: dict[str, Any], **changes: Any) -> Listed:
    return Listed([{**each, **changes} for each in operations])


@cache
def botocore_session() -> botocore.session.Session:
    """Return one session for all tests, since reading the API's model is slow."""
    return botocore.session.Session()


@cache
def aio_session() -> Any:
    from aiobotocore.session import AioSession  # noqa: PLC0415 (it may not be installed)

    return AioSession()


def settings(url: str, attempts: int = 1) -> dict[str, Any]:
    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    return {
        "region_name": "us-west-2",
        "endpoint_url": url,
        "config": Config(retries=retries),
    }


Handler: TypeAlias = Callable[..., object]
Create: TypeAlias = Callable[..., Operations]


def create(
    url: str, attempts: int = 1, *, event: str = "", handler: Handler | None = None
) -> Operations:
    session: Any = botocore_session()
    lightsail = session.create_client("lightsail", **settings(url, attempts))
    if handler is not None:
        lightsail.meta.events.register(event, handler)
    try:
        return Client(lightsail).create_instance_snapshot(**NAMES)
    finally:
        lightsail.close()


def create_async(
    url: str, attempts: int = 1, *, event: str = "", handler: Handler | None = None
) -> Operations:
    async def run() -> Operations:
        built_from = {"session": aio_session(), **settings(url, attempts)}
        async with AsyncClient(**built_from) as client:
            if handler is not None:
                lightsail: Any = client._connect()
                lightsail.meta.events.register(event, handler)
            return await client.create_instance_snapshot(**NAMES)

    return asyncio.run(run())


CLIENTS = [pytest.param(create, id="sync")]
if find_spec("aiobotocore") is not None:
    CLIENTS.append(pytest.param(create_async, id="async"))
both_clients = pytest.mark.parametrize("create", CLIENTS)


DateSetter: TypeAlias = Callable[[str | None], None]


@pytest.fixture
def set_date(monkeypatch: pytest.MonkeyPatch) -> DateSetter:
    """Make the stub send another ``Date`` header, or none."""
    send_header = BaseHTTPRequestHandler.send_header

    def set_to(date: str | None) -> None:
        def send(self: BaseHTTPRequestHandler, keyword: str, value: str) -> None:
            if keyword != "Date":
                send_header(self, keyword, value)
            elif date is not None:
                send_header(self, keyword, date)

        monkeypatch.setattr(BaseHTTPRequestHandler, "send_header", send)

    return set_to


LOST = [
    pytest.param(DROPPED, TransportError, id="dropped"),
    pytest.param(FAULT, ServiceError, id="500"),
    pytest.param(Answer("<html>", 503), ServiceError, id="503 in HTML"),
    pytest.param(error("SomethingNew", "x", 408), ServiceError, id="408"),
    pytest.param(error("RequestTimeout", "x", 400), ServiceError, id="time-out"),
    pytest.param(
        error("ServiceException", "x", 400), ServiceError, id="400 ServiceException"
    ),
    pytest.param(
        Answer({"__type": 5}, 400), MalformedResponseError, id="400 malformed"
    ),
    pytest.param(Answer({}), MalformedResponseError, id="no operations"),
    pytest.param(Answer({"operations": []}), MalformedResponseError, id="empty list"),
    pytest.param(Answer({"operations": None}), MalformedResponseError, id="null"),
    pytest.param(Answer("null"), MalformedResponseError, id="only null"),
    pytest.param(Answer(b""), MalformedResponseError, id="empty"),
    pytest.param(Answer(b"\xff\xfe"), MalformedResponseError, id="not UTF-8"),
    pytest.param(
        Answer(documented.ANSWER[:100]), MalformedResponseError, id="truncated"
    ),
    pytest.param(
        Answer({"operations": [{}, None]}), MalformedResponseError, id="incomplete"
    ),
]


@both_clients
@pytest.mark.parametrize(("response", "error_type"), LOST)
def test_after_a_lost_response_reconciling_finds_the_operations(
    stub: Stub,
    caplog: pytest.LogCaptureFixture,
    create: Create,
    response: Answer,
    error_type: type[LightsnapError],
) -> None:
    stub.on("CreateInstanceSnapshot", response)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))

    operations = create(stub.url)

    assert operations.ids == IDS
    assert [each.resource_name for each in operations] == [
        "WordPress-Snapshot-1",
        "WordPress-1",
    ]
    assert stub.requests == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]
    (warning,) = (each for each in caplog.records if each.levelno == logging.WARNING)
    assert warning.name == "lightsnap"
    message = warning.getMessage()
    assert (
        "snapshot 'WordPress-Snapshot-1' of instance 'WordPress-1' was lost" in message
    )
    assert ", ".join(IDS) in message
    assert issubclass(error_type, LightsnapError)


@both_clients
@pytest.mark.parametrize("absent", [NOT_FOUND, listed()], ids=["404", "empty"])
@pytest.mark.parametrize(("response", "error_type"), LOST)
def test_if_reconciling_finds_nothing_the_error_says_so(
    stub: Stub,
    create: Create,
    response: Answer,
    error_type: type[LightsnapError],
    absent: Answer,
) -> None:
    stub.on("CreateInstanceSnapshot", response)
    stub.on("GetOperationsForResource", absent)

    with pytest.raises(LightsnapError) as caught:
        create(stub.url)

    assert type(caught.value) is error_type
    assert str(caught.value).startswith("CreateInstanceSnapshot: ")
    assert str(caught.value).endswith(f"; {NOTHING_FOUND}")
    assert stub.requests == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]


@both_clients
@pytest.mark.parametrize("age", [10, 3600])
def test_a_snapshot_created_before_the_call_is_never_claimed(
    stub: Stub, create: Create, age: float
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT, age=age),
        listed(ON_INSTANCE, age=age),
    )

    with pytest.raises(TransportError, match=NOTHING_FOUND):
        create(stub.url)

    assert stub.requests == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]


@both_clients
def test_a_snapshot_created_early_in_a_long_call_is_claimed(
    stub: Stub, create: Create
) -> None:
    def delay(request: Any, **_: object) -> None:
        if request.headers["X-Amz-Target"].endswith(b"CreateInstanceSnapshot"):
            time.sleep(2.5)

    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT, age=2.2),
        listed(ON_INSTANCE, age=2.2),
    )

    assert create(stub.url, event="before-send", handler=delay).ids == IDS


@both_clients
@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_ages_are_measured_by_the_clock_of_the_service(
    stub: Stub, set_date: DateSetter, create: Create, ahead: int
) -> None:
    now = time.time() + ahead
    set_date(time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now)))
    stub.on("CreateInstanceSnapshot", FAULT)

    stub.on(
        "GetOperationsForResource",
        *(listed(each, age=-ahead) for each in documented.WIRE),
    )
    assert create(stub.url).ids == IDS

    stub.on(
        "GetOperationsForResource",
        *(listed(each, age=60 - ahead) for each in documented.WIRE),
    )
    with pytest.raises(ServiceError, match=NOTHING_FOUND):
        create(stub.url)


@both_clients
def test_of_several_matching_operations_the_latest_is_claimed(
    stub: Stub, create: Create
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    earlier = {"id": "earlier", "age": 3600}
    stub.on(
        "GetOperationsForResource",
        listed({**ON_SNAPSHOT, **earlier}, ON_SNAPSHOT),
        listed(ON_INSTANCE, {**ON_INSTANCE, **earlier}),
    )

    assert create(stub.url).ids == IDS


@both_clients
@pytest.mark.parametrize(
    ("on_snapshot", "on_instance"),
    [
        pytest.param(
            {"operationDetails": "WordPress-2"},
            {"operationDetails": "WordPress-Snapshot-2"},
            id="of other names",
        ),
        pytest.param(
            {"operationDetails": None}, {"operationDetails": None}, id="no details"
        ),
        pytest.param(
            {"operationDetails": "wordpress-1"},
            {"operationDetails": "wordpress-snapshot-1"},
            id="in another case",
        ),
        pytest.param(
            {"operationType": "DeleteInstanceSnapshot"},
            {"operationType": "DeleteInstanceSnapshot"},
            id="deletes",
        ),
        pytest.param(
            {"operationType": "CreateInstancesFromSnapshot"},
            {"operationType": "SomethingNew"},
            id="of other types",
        ),
        pytest.param(
            {"resourceName": "WordPress-2"},
            {"resourceName": "WordPress-2"},
            id="of other resources",
        ),
    ],
)
def test_unrelated_operations_are_not_claimed(
    stub: Stub,
    create: Create,
    on_snapshot: dict[str, Any],
    on_instance: dict[str, Any],
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT, **on_snapshot),
        listed(ON_INSTANCE, **on_instance),
    )

    with pytest.raises(TransportError, match=NOTHING_FOUND):
        create(stub.url)

    assert stub.requests == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]


@both_clients
def test_its_operations_are_found_among_unrelated_ones(
    stub: Stub, create: Create
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    other = {"id": "other", "operationDetails": "WordPress-Snapshot-2"}
    reboot = {"id": "reboot", "operationType": "RebootInstance"}
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT),
        listed({**ON_INSTANCE, **reboot}, ON_INSTANCE, {**ON_INSTANCE, **other}),
    )

    assert create(stub.url).ids == IDS


OTHER_RESPONSES = [
    pytest.param(listed(), id="empty"),
    pytest.param(listed(ON_INSTANCE, age=3600), id="old"),
    pytest.param(NOT_FOUND, id="404"),
    pytest.param(FAULT, id="500"),
    pytest.param(DROPPED, id="dropped"),
    pytest.param(DENIED, id="access denied"),
    pytest.param(Answer({}), id="malformed"),
]


@both_clients
@pytest.mark.parametrize("response", OTHER_RESPONSES)
def test_the_operation_on_the_snapshot_is_sufficient(
    stub: Stub, create: Create, response: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), response)

    assert create(stub.url).ids == IDS[:1]
    assert stub.requests == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]


@both_clients
@pytest.mark.parametrize("response", [NOT_FOUND, listed()], ids=["404", "empty"])
def test_the_operation_on_the_instance_is_sufficient(
    stub: Stub, create: Create, response: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", response, listed(ON_INSTANCE))

    assert create(stub.url).ids == IDS[1:]


@both_clients
@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "0",
        "1569866438",
        "2019-09-30T18:00:38Z",
        "Mon, 99 Foo 2019 18:00:38 GMT",
        "Mon, 30 Sep 99999 18:00:38 GMT",
        "Mon, 30 Sep 99999999999999999999999 18:00:38 GMT",
    ],
)
def test_without_a_valid_date_nothing_is_claimed(
    stub: Stub, set_date: DateSetter, create: Create, date: str | None
) -> None:
    set_date(date)
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))

    with pytest.raises(TransportError) as caught:
        create(stub.url)

    assert str(caught.value).startswith("CreateInstanceSnapshot: Connection was")
    assert str(caught.value).endswith(
        f"{UNKNOWN_OUTCOME}the response has no Date to compare an operation with"
    )
    assert [operation for operation, _ in stub.requests].count(CREATE[0]) == 1


@both_clients
@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (FAULT, "GetOperationsForResource: InternalFailure: sorry"),
        (DROPPED, "GetOperationsForResource: Connection was closed"),
        (DENIED, "GetOperationsForResource: AccessDeniedException: not you"),
        (THROTTLED, "GetOperationsForResource: ThrottlingException: Rate exceeded"),
        (Answer({}), "GetOperationsForResource: the response cannot be read"),
        (Answer("{"), "GetOperationsForResource: the response cannot be read"),
    ],
)
@pytest.mark.parametrize("earlier", [[], [NOT_FOUND], [listed()]])
def test_if_reconciling_fails_the_error_says_so(
    stub: Stub, create: Create, earlier: list[Answer], response: Answer, expected: str
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", *earlier, response)

    with pytest.raises(ServiceError) as caught:
        create(stub.url)

    assert str(caught.value).startswith(
        f"CreateInstanceSnapshot: InternalFailure: sorry; {UNKNOWN_OUTCOME}"
    )
    assert expected in str(caught.value)
    assert NOTHING_FOUND not in str(caught.value)
    reconciled = [RECONCILE_SNAPSHOT, RECONCILE_INSTANCE][: len(earlier) + 1]
    assert stub.requests == [CREATE, *reconciled]


@both_clients
@pytest.mark.parametrize(
    ("response", "error_type"),
    [
        (IN_USE, InvalidInputError),
        (DENIED, AccessDeniedError),
        (error("AccessDeniedException", "not you", 403), AccessDeniedError),
        (THROTTLED, ThrottlingError),
        (error("SomethingNew", "slowly", 429), ThrottlingError),
        (NOT_FOUND, LightsnapError),
        (error("ExpiredTokenException", "old"), LightsnapError),
        (error("SomethingNew", "no", 418), LightsnapError),
    ],
)
def test_a_refused_create_is_not_reconciled(
    stub: Stub, create: Create, response: Answer, error_type: type[LightsnapError]
) -> None:
    stub.on("CreateInstanceSnapshot", response)

    with pytest.raises(error_type) as caught:
        create(stub.url)

    message: Any = response.body
    assert str(caught.value).endswith(message["message"])
    assert not hasattr(caught.value, "__notes__")
    assert stub.requests == [CREATE]


@both_clients
@pytest.mark.usefixtures("retried_at_once")
@pytest.mark.parametrize("first", [FAULT, DROPPED], ids=["500", "dropped"])
def test_a_name_in_use_after_a_retry_may_be_from_this_call(
    stub: Stub, create: Create, first: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", first, IN_USE)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))

    assert create(stub.url, 2).ids == IDS
    assert stub.requests == [CREATE, CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]


@both_clients
@pytest.mark.usefixtures("retried_at_once")
def test_a_name_in_use_after_a_retry_may_be_from_another_call(
    stub: Stub, create: Create
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT, IN_USE)
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT, age=3600),
        listed(ON_INSTANCE, age=3600),
    )

    with pytest.raises(InvalidInputError) as caught:
        create(stub.url, 2)

    assert str(caught.value) == (
        "CreateInstanceSnapshot: InvalidInputException: Some names are already in use; "
        + NOTHING_FOUND
    )


@both_clients
def test_without_credentials_nothing_is_sent(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, create: Create
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for cached in (botocore_session, aio_session):
        monkeypatch.setitem(globals(), cached.__name__, cached.__wrapped__)

    with pytest.raises(ConfigurationError, match="set AWS_ACCESS_KEY_ID") as caught:
        create(stub.url)

    assert "unknown" not in str(caught.value)
    assert stub.requests == []


@both_clients
def test_a_parameter_that_botocore_rejects_is_not_sent(
    stub: Stub, create: Create
) -> None:
    def break_request(params: dict[str, Any], **_: object) -> None:
        params["instanceName"] = 5

    event = "provide-client-params.lightsail.CreateInstanceSnapshot"
    with pytest.raises(ConfigurationError, match="instanceName") as caught:
        create(stub.url, event=event, handler=break_request)

    assert "unknown" not in str(caught.value)
    assert stub.requests == []


def test_a_name_that_lightsnap_rejects_is_not_sent(
    stub: Stub, stub_client: Client
) -> None:
    with pytest.raises(ConstraintError):
        stub_client.create_instance_snapshot(**{**NAMES, "instance_name": "-"})

    assert stub.requests == []


@both_clients
def test_nothing_is_sent_to_an_endpoint_with_an_untrusted_certificate(
    tmp_path: Path, create: Create
) -> None:
    certificate = tmp_path / "certificate.pem"
    make_certificate(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    failed_handshakes: list[str] = []

    def accept_tls() -> None:
        while not ended.is_set():
            connection, _ = server.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True)
                except OSError as error:
                    failed_handshakes.append(type(error).__name__)

    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        thread = threading.Thread(target=accept_tls)
        thread.start()
        try:
            with pytest.raises(TransportError) as caught:
                create(f"https://127.0.0.1:{address[1]}")
        finally:
            ended.set()
            socket.create_connection(address).close()
            thread.join()

    assert not caught.value.transient
    assert "unknown" not in str(caught.value)
    # One of the create, and one of the connection that stops the server.
    assert len(failed_handshakes) <= 2


@both_clients
def test_ctrl_c_during_a_create_has_a_note_with_the_names(
    stub: Stub, caplog: pytest.LogCaptureFixture, create: Create
) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    caplog.set_level(logging.INFO, "lightsnap")
    with pytest.raises(KeyboardInterrupt) as caught:
        create(stub.url, event="before-send", handler=interrupt)

    note = (
        "lightsnap had requested snapshot 'WordPress-Snapshot-1' of instance "
        "'WordPress-1', which may now exist"
    )
    assert caught.value.__notes__ == [note]
    assert caplog.messages[-1] == f"interrupted by KeyboardInterrupt: {note}"
    assert stub.requests == []


@both_clients
def test_ctrl_c_while_reconciling_has_a_note_with_the_names(
    stub: Stub, create: Create
) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    stub.on("CreateInstanceSnapshot", FAULT)
    event = "before-call.lightsail.GetOperationsForResource"
    with pytest.raises(KeyboardInterrupt) as caught:
        create(stub.url, event=event, handler=interrupt)

    (note,) = caught.value.__notes__
    assert "'WordPress-Snapshot-1' of instance 'WordPress-1'" in note
    assert stub.requests == [CREATE]


if len(CLIENTS) > 1:

    def test_a_task_cancelled_during_a_create_has_a_note_with_the_names(
        stub: Stub,
    ) -> None:
        def cancel(**_: object) -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

        with pytest.raises(asyncio.CancelledError) as caught:
            create_async(stub.url, event="before-send", handler=cancel)

        (note,) = caught.value.__notes__
        assert "'WordPress-Snapshot-1' of instance 'WordPress-1'" in note


@both_clients
def test_an_exception_from_an_event_handler_has_a_note_on_the_outcome(
    stub: Stub, create: Create
) -> None:
    def refuse(**_: object) -> None:
        raise ValueError("not today")

    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    stub.on("GetOperationsForResource", NOT_FOUND)
    event = "after-call.lightsail.CreateInstanceSnapshot"

    with pytest.raises(ValueError, match="not today") as caught:
        create(stub.url, event=event, handler=refuse)

    assert caught.value.__notes__ == [ACCEPTED]
    assert stub.requests == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]


@pytest.mark.parametrize(("response", "error_type"), LOST)
@pytest.mark.parametrize(
    ("reconciled", "expected"), [(NOT_FOUND, NOTHING_FOUND), (DENIED, UNKNOWN_OUTCOME)]
)
def test_the_error_pickles_with_its_whole_message(
    stub: Stub,
    response: Answer,
    error_type: type[LightsnapError],
    reconciled: Answer,
    expected: str,
) -> None:
    stub.on("CreateInstanceSnapshot", response)
    stub.on("GetOperationsForResource", reconciled)
    with pytest.raises(error_type, match=expected) as caught:
        create(stub.url)

    copy = pickle.loads(pickle.dumps(caught.value))

    assert type(copy) is error_type
    assert str(copy) == str(caught.value)
    assert expected in str(copy)
    assert vars(copy) == vars(caught.value)


def test_snapshot_instance_waits_for_the_operations_that_were_found(stub: Stub) -> None:
    ended = {"isTerminal": True, "status": "Succeeded"}
    snapshot = {**SNAPSHOT, "createdAt": 1569866438.48, "fromAttachedDisks": []}
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))
    stub.on(
        "GetOperation",
        *(Answer({"operation": each | ended}) for each in documented.WIRE),
    )
    stub.on("GetInstanceSnapshot", Answer({"instanceSnapshot": snapshot}))
    session = boto3.Session(botocore_session=botocore_session())

    with Client(session=session, **settings(stub.url)) as client:
        created = client.snapshot_instance(
            "WordPress-1", instance_snapshot_name="WordPress-Snapshot-1"
        )

    assert created.name == "WordPress-Snapshot-1"
    assert stub.requests[:3] == [CREATE, RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]
    assert [body["operationId"] for _, body in stub.requests[3:5]] == [*IDS]
