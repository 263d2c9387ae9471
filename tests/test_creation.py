"""The create whose answer is lost: looked up once, and never made a second time."""

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
LOOK_UP_SNAPSHOT = (
    "GetOperationsForResource",
    {"resourceName": "WordPress-Snapshot-1"},
)
LOOK_UP_INSTANCE = ("GetOperationsForResource", {"resourceName": "WordPress-1"})

NOT_SEEN = (
    "looked up afterwards, no snapshot 'WordPress-Snapshot-1' of instance "
    "'WordPress-1' had come of this call"
)
UNKNOWN = (
    "it is unknown whether snapshot 'WordPress-Snapshot-1' of instance 'WordPress-1' "
    "is made: "
)

NOT_FOUND = error("NotFoundException", "The resource does not exist", 404)
FAULT = error("InternalFailure", "sorry", 500)
DENIED = error("AccessDeniedException", "not you")
THROTTLED = error("ThrottlingException", "Rate exceeded")
IN_USE = error("InvalidInputException", "Some names are already in use")


@frozen
class Listed(Answer):
    """Operations of a resource, by the service's clock at the time of the answer.

    Their ``age`` is how many seconds ago the service accepted them.
    """

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
    """One for all, since to read the API's model takes the longest."""
    return botocore.session.Session()


@cache
def aio_session() -> Any:
    from aiobotocore.session import AioSession  # noqa: PLC0415 (it may be missing)

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


WAYS = [pytest.param(create, id="sync")]
if find_spec("aiobotocore") is not None:
    WAYS.append(pytest.param(create_async, id="async"))
both_ways = pytest.mark.parametrize("create", WAYS)


DateSetter: TypeAlias = Callable[[str | None], None]


@pytest.fixture
def set_date(monkeypatch: pytest.MonkeyPatch) -> DateSetter:
    """Let the stub send another ``Date``, or none."""
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
    pytest.param(error("ServiceException", "x", 400), ServiceError, id="400, theirs"),
    pytest.param(Answer({"__type": 5}, 400), MalformedResponseError, id="400, what"),
    pytest.param(Answer({}), MalformedResponseError, id="no operations"),
    pytest.param(Answer({"operations": []}), MalformedResponseError, id="empty list"),
    pytest.param(Answer({"operations": None}), MalformedResponseError, id="null"),
    pytest.param(Answer("null"), MalformedResponseError, id="only null"),
    pytest.param(Answer(b""), MalformedResponseError, id="empty"),
    pytest.param(Answer(b"\xff\xfe"), MalformedResponseError, id="no UTF-8"),
    pytest.param(
        Answer(documented.ANSWER[:100]), MalformedResponseError, id="truncated"
    ),
    pytest.param(
        Answer({"operations": [{"id": "a"}]}), MalformedResponseError, id="incomplete"
    ),
]


@both_ways
@pytest.mark.parametrize(("answer", "error_type"), LOST)
def test_when_its_answer_is_lost_its_operations_are_its_result(
    stub: Stub,
    caplog: pytest.LogCaptureFixture,
    create: Create,
    answer: Answer,
    error_type: type[LightsnapError],
) -> None:
    stub.on("CreateInstanceSnapshot", answer)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))

    operations = create(stub.url)

    assert operations.ids == IDS
    assert [each.resource_name for each in operations] == [
        "WordPress-Snapshot-1",
        "WordPress-1",
    ]
    assert stub.requests == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]
    (warning,) = (each for each in caplog.records if each.levelno == logging.WARNING)
    assert warning.name == "lightsnap"
    told = warning.getMessage()
    assert "snapshot 'WordPress-Snapshot-1' of instance 'WordPress-1' was lost" in told
    assert ", ".join(IDS) in told
    assert issubclass(error_type, LightsnapError)


@both_ways
@pytest.mark.parametrize("absent", [NOT_FOUND, listed()], ids=["404", "empty"])
@pytest.mark.parametrize(("answer", "error_type"), LOST)
def test_when_nothing_is_found_its_error_says_so(
    stub: Stub,
    create: Create,
    answer: Answer,
    error_type: type[LightsnapError],
    absent: Answer,
) -> None:
    stub.on("CreateInstanceSnapshot", answer)
    stub.on("GetOperationsForResource", absent)

    with pytest.raises(LightsnapError) as caught:
        create(stub.url)

    assert type(caught.value) is error_type
    assert str(caught.value).startswith("CreateInstanceSnapshot: ")
    assert str(caught.value).endswith(f"; {NOT_SEEN}")
    assert stub.requests == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]


@both_ways
@pytest.mark.parametrize("age", [10, 3600])
def test_a_snapshot_made_before_the_call_is_never_claimed(
    stub: Stub, create: Create, age: float
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT, age=age),
        listed(ON_INSTANCE, age=age),
    )

    with pytest.raises(TransportError, match=NOT_SEEN):
        create(stub.url)

    assert stub.requests == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]


@both_ways
def test_a_snapshot_made_early_in_a_long_call_is_claimed(
    stub: Stub, create: Create
) -> None:
    def take_long(request: Any, **_: object) -> None:
        if request.headers["X-Amz-Target"].endswith(b"CreateInstanceSnapshot"):
            time.sleep(2.5)

    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT, age=2.2),
        listed(ON_INSTANCE, age=2.2),
    )

    assert create(stub.url, event="before-send", handler=take_long).ids == IDS


@both_ways
@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_only_the_clock_of_the_service_counts(
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
    with pytest.raises(ServiceError, match=NOT_SEEN):
        create(stub.url)


@both_ways
def test_of_several_pairs_the_latest_is_claimed(stub: Stub, create: Create) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    earlier = {"id": "earlier", "age": 3600}
    stub.on(
        "GetOperationsForResource",
        listed({**ON_SNAPSHOT, **earlier}, ON_SNAPSHOT),
        listed(ON_INSTANCE, {**ON_INSTANCE, **earlier}),
    )

    assert create(stub.url).ids == IDS


@both_ways
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
def test_what_others_do_is_not_claimed(
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

    with pytest.raises(TransportError, match=NOT_SEEN):
        create(stub.url)

    assert stub.requests == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]


@both_ways
def test_among_what_others_do_it_is_found(stub: Stub, create: Create) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    other = {"id": "other", "operationDetails": "WordPress-Snapshot-2"}
    reboot = {"id": "reboot", "operationType": "RebootInstance"}
    stub.on(
        "GetOperationsForResource",
        listed(ON_SNAPSHOT),
        listed({**ON_INSTANCE, **reboot}, ON_INSTANCE, {**ON_INSTANCE, **other}),
    )

    assert create(stub.url).ids == IDS


ELSEWHERE = [
    pytest.param(listed(), id="empty"),
    pytest.param(listed(ON_INSTANCE, age=3600), id="old"),
    pytest.param(NOT_FOUND, id="404"),
    pytest.param(FAULT, id="500"),
    pytest.param(DROPPED, id="dropped"),
    pytest.param(DENIED, id="access denied"),
    pytest.param(Answer({}), id="unreadable"),
]


@both_ways
@pytest.mark.parametrize("answer", ELSEWHERE)
def test_the_operation_on_the_snapshot_is_enough(
    stub: Stub, create: Create, answer: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), answer)

    assert create(stub.url).ids == IDS[:1]
    assert stub.requests == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]


@both_ways
@pytest.mark.parametrize("answer", [NOT_FOUND, listed()], ids=["404", "empty"])
def test_the_operation_on_the_instance_is_enough(
    stub: Stub, create: Create, answer: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", answer, listed(ON_INSTANCE))

    assert create(stub.url).ids == IDS[1:]


@both_ways
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
def test_without_a_date_nothing_is_claimed(
    stub: Stub, set_date: DateSetter, create: Create, date: str | None
) -> None:
    set_date(date)
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))

    with pytest.raises(TransportError) as caught:
        create(stub.url)

    assert str(caught.value).startswith("CreateInstanceSnapshot: Connection was")
    assert UNKNOWN in str(caught.value)
    assert NOT_SEEN not in str(caught.value)
    assert [operation for operation, _ in stub.requests].count(CREATE[0]) == 1


@both_ways
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (FAULT, "GetOperationsForResource: InternalFailure: sorry"),
        (DROPPED, "GetOperationsForResource: Connection was closed"),
        (DENIED, "GetOperationsForResource: AccessDeniedException: not you"),
        (THROTTLED, "GetOperationsForResource: ThrottlingException: Rate exceeded"),
        (Answer({}), "GetOperationsForResource: the answer cannot be read"),
        (Answer("{"), "GetOperationsForResource: the answer cannot be read"),
    ],
)
@pytest.mark.parametrize("earlier", [[], [NOT_FOUND], [listed()]])
def test_when_it_cannot_be_looked_up_its_error_says_so(
    stub: Stub, create: Create, earlier: list[Answer], answer: Answer, told: str
) -> None:
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", *earlier, answer)

    with pytest.raises(ServiceError) as caught:
        create(stub.url)

    assert str(caught.value).startswith(
        f"CreateInstanceSnapshot: InternalFailure: sorry; {UNKNOWN}"
    )
    assert told in str(caught.value)
    assert NOT_SEEN not in str(caught.value)
    looked_up = [LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE][: len(earlier) + 1]
    assert stub.requests == [CREATE, *looked_up]


@both_ways
@pytest.mark.parametrize(
    ("answer", "error_type"),
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
def test_a_create_that_is_refused_is_not_looked_up(
    stub: Stub, create: Create, answer: Answer, error_type: type[LightsnapError]
) -> None:
    stub.on("CreateInstanceSnapshot", answer)

    with pytest.raises(error_type) as caught:
        create(stub.url)

    message: Any = answer.body
    assert str(caught.value).endswith(message["message"])
    assert not hasattr(caught.value, "__notes__")
    assert stub.requests == [CREATE]


@both_ways
@pytest.mark.usefixtures("retried_at_once")
@pytest.mark.parametrize("first", [FAULT, DROPPED], ids=["500", "dropped"])
def test_a_name_in_use_after_a_retry_may_be_its_own(
    stub: Stub, create: Create, first: Answer
) -> None:
    stub.on("CreateInstanceSnapshot", first, IN_USE)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT), listed(ON_INSTANCE))

    assert create(stub.url, 2).ids == IDS
    assert stub.requests == [CREATE, CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]


@both_ways
@pytest.mark.usefixtures("retried_at_once")
def test_a_name_in_use_after_a_retry_may_be_that_of_another(
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
        + NOT_SEEN
    )


@both_ways
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


@both_ways
def test_a_parameter_that_botocore_refuses_is_not_sent(
    stub: Stub, create: Create
) -> None:
    def spoil(params: dict[str, Any], **_: object) -> None:
        params["instanceName"] = 5

    event = "provide-client-params.lightsail.CreateInstanceSnapshot"
    with pytest.raises(ConfigurationError, match="instanceName") as caught:
        create(stub.url, event=event, handler=spoil)

    assert "unknown" not in str(caught.value)
    assert stub.requests == []


def test_a_name_that_lightsnap_refuses_is_not_sent(
    stub: Stub, stub_client: Client
) -> None:
    with pytest.raises(ConstraintError):
        stub_client.create_instance_snapshot(**{**NAMES, "instance_name": "-"})

    assert stub.requests == []


@both_ways
def test_to_an_endpoint_that_nobody_trusts_nothing_is_sent(
    tmp_path: Path, create: Create
) -> None:
    certificate = tmp_path / "certificate.pem"
    make_certificate(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    shaken: list[str] = []

    def shake_hands() -> None:
        while not ended.is_set():
            connection, _ = server.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True)
                except OSError as error:
                    shaken.append(type(error).__name__)

    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        thread = threading.Thread(target=shake_hands)
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
    assert len(shaken) <= 2  # the create's, and the one that ended this server


@both_ways
def test_ctrl_c_during_a_create_comes_out_with_the_names(
    stub: Stub, caplog: pytest.LogCaptureFixture, create: Create
) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    caplog.set_level(logging.INFO, "lightsnap")
    with pytest.raises(KeyboardInterrupt) as caught:
        create(stub.url, event="before-send", handler=interrupt)

    note = (
        "lightsnap had asked for snapshot 'WordPress-Snapshot-1' of instance "
        "'WordPress-1'; it may be in the making"
    )
    assert caught.value.__notes__ == [note]
    assert caplog.messages[-1] == f"ended by KeyboardInterrupt: {note}"
    assert stub.requests == []


@both_ways
def test_ctrl_c_during_the_look_up_comes_out_with_the_names(
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


if len(WAYS) > 1:

    def test_the_end_of_a_task_during_a_create_comes_out_with_the_names(
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


@both_ways
def test_what_a_handler_of_the_callers_raises_says_what_is_known(
    stub: Stub, create: Create
) -> None:
    def refuse(**_: object) -> None:
        raise ValueError("not today")

    stub.on("CreateInstanceSnapshot", Answer(documented.ANSWER))
    stub.on("GetOperationsForResource", NOT_FOUND)
    event = "after-call.lightsail.CreateInstanceSnapshot"

    with pytest.raises(ValueError, match="not today") as caught:
        create(stub.url, event=event, handler=refuse)

    assert caught.value.__notes__ == [NOT_SEEN]
    assert stub.requests == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]


@pytest.mark.parametrize(("answer", "error_type"), LOST)
@pytest.mark.parametrize(
    ("looked_up", "told"), [(NOT_FOUND, NOT_SEEN), (DENIED, UNKNOWN)]
)
def test_the_error_pickles_with_all_that_it_says(
    stub: Stub,
    answer: Answer,
    error_type: type[LightsnapError],
    looked_up: Answer,
    told: str,
) -> None:
    stub.on("CreateInstanceSnapshot", answer)
    stub.on("GetOperationsForResource", looked_up)
    with pytest.raises(error_type, match=told) as caught:
        create(stub.url)

    copy = pickle.loads(pickle.dumps(caught.value))

    assert type(copy) is error_type
    assert str(copy) == str(caught.value)
    assert told in str(copy)
    assert vars(copy) == vars(caught.value)


def test_one_call_goes_on_with_what_it_found(stub: Stub) -> None:
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
        made = client.snapshot_instance(
            "WordPress-1", instance_snapshot_name="WordPress-Snapshot-1"
        )

    assert made.name == "WordPress-Snapshot-1"
    assert stub.requests[:3] == [CREATE, LOOK_UP_SNAPSHOT, LOOK_UP_INSTANCE]
    assert [body["operationId"] for _, body in stub.requests[3:5]] == [*IDS]
