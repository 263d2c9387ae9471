"""Responses that are about something else, or that nobody can read."""

from __future__ import annotations

from typing import Any

import pytest

from lightsnap import (
    Client,
    LightsnapError,
    MalformedResponseError,
    ServiceError,
    TransportError,
    WaitTimeoutError,
)
from tests.clocks import Clocks, FrozenClocks, replace
from tests.documented import SNAPSHOT, WIRE, operation
from tests.stub import DROPPED, Answer, Stub
from tests.test_creation import (
    CREATE,
    FAULT,
    IDS,
    NAMES,
    NOT_FOUND,
    NOTHING_FOUND,
    ON_INSTANCE,
    ON_SNAPSHOT,
    RECONCILE_INSTANCE,
    RECONCILE_SNAPSHOT,
    UNKNOWN_OUTCOME,
    Listed,
    listed,
)
from tests.twins import Twin, for_both, settings

ENDED: dict[str, Any] = {"isTerminal": True, "status": "Succeeded"}
RECONCILED = [RECONCILE_SNAPSHOT, RECONCILE_INSTANCE]
FOUND = (listed(ON_SNAPSHOT), listed(ON_INSTANCE))

SINGLE_CALLS = {
    "GetOperation": ("get_operation", IDS[0]),
    "GetInstance": ("get_instance", "WordPress-1"),
    "GetInstanceSnapshot": ("get_instance_snapshot", "WordPress-Snapshot-1"),
}

# A 200, unless the status says something else. Without x-amzn-RequestId, since botocore
# fails in other places without it.
UNREADABLE = {
    "null": Answer("null"),
    "a list": Answer("[]"),
    "nothing": Answer(""),
    "a number": Answer("7"),
    "a text": Answer('"text"'),
    "true": Answer("true"),
    "a portal": Answer("<html>Please log in</html>"),
    "not UTF-8": Answer(b"\xff\xfe\x00"),
    "deep": Answer("[" * 100_000),
    "half": Answer('{"operation": {"id"'),
    "no member": Answer({}),
    "null member": Answer(
        {
            "operation": None,
            "operations": None,
            "instance": None,
            "instanceSnapshot": None,
        }
    ),
    "members of other types": Answer(
        {"operation": 5, "operations": "x", "instance": [], "instanceSnapshot": True}
    ),
    "a number as time": Answer({"operation": {**ON_SNAPSHOT, "createdAt": 1e300}}),
    "an error code of another type": Answer({"__type": 5}, 400),
    "an error code that is a list": Answer({"__type": ["x"]}, 400),
    "an error that is null": Answer("null", 400),
    "an error that is a list": Answer("[]", 400),
    "an error that is a number": Answer("7", 400),
    "a message of another type": Answer({"__type": "X", "message": {"a": 1}}, 400),
}
READABLE = "a message of another type"


@for_both
@pytest.mark.parametrize("call", SINGLE_CALLS)
@pytest.mark.parametrize("response", UNREADABLE)
def test_a_response_that_cannot_be_read_is_an_error_of_lightsnap(
    stub: Stub, twin: Twin, call: str, response: str
) -> None:
    stub.on(call, UNREADABLE[response])

    with pytest.raises(LightsnapError) as caught:
        twin.call(*SINGLE_CALLS[call], settings=settings(stub.url))

    if response != READABLE:
        assert type(caught.value) is MalformedResponseError
        assert str(caught.value).startswith(f"{call}: the response cannot be read: ")
    assert str(caught.value).isprintable()


@for_both
@pytest.mark.parametrize("response", UNREADABLE)
def test_a_create_whose_response_cannot_be_read_is_reconciled(
    stub: Stub, twin: Twin, response: str
) -> None:
    stub.on("CreateInstanceSnapshot", UNREADABLE[response])
    stub.on("GetOperationsForResource", *FOUND)

    if response == READABLE:
        with pytest.raises(LightsnapError):
            twin.call("create_instance_snapshot", settings=settings(stub.url), **NAMES)
        assert stub.requests == [CREATE]
        return
    operations = twin.call(
        "create_instance_snapshot", settings=settings(stub.url), **NAMES
    )

    assert operations.ids == IDS
    assert stub.requests == [CREATE, *RECONCILED]


@for_both
@pytest.mark.parametrize("response", [each for each in UNREADABLE if each != READABLE])
def test_a_response_that_cannot_be_read_does_not_end_a_wait(
    stub: Stub, twin: Twin, response: str
) -> None:
    ended = {"operation": {**ON_SNAPSHOT, **ENDED}}
    stub.on("GetOperation", UNREADABLE[response], Answer(ended))

    operations = twin.call(
        "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
    )

    assert operations.is_terminal
    assert len(stub.requests) == 2


@for_both
@pytest.mark.parametrize("response", UNREADABLE)
def test_if_reconciling_gets_no_readable_response_the_outcome_is_unknown(
    stub: Stub, twin: Twin, response: str
) -> None:
    stub.on("CreateInstanceSnapshot", DROPPED)
    stub.on("GetOperationsForResource", UNREADABLE[response])

    with pytest.raises(TransportError) as caught:
        twin.call("create_instance_snapshot", settings=settings(stub.url), **NAMES)

    assert UNKNOWN_OUTCOME in str(caught.value)


# Responses about something else.


def about_other_names() -> Answer:
    on_snapshot, on_instance = WIRE
    return Answer(
        {
            "operations": [
                {**on_snapshot, "id": "theirs-1", "resourceName": "Other-1"},
                {**on_instance, "id": "theirs-2", "operationDetails": "Other-1"},
            ]
        }
    )


@for_both
def test_a_create_does_not_take_the_operations_of_another_snapshot(
    stub: Stub, twin: Twin
) -> None:
    stub.on("CreateInstanceSnapshot", about_other_names())
    stub.on("GetOperationsForResource", NOT_FOUND)

    with pytest.raises(MalformedResponseError) as caught:
        twin.call("create_instance_snapshot", settings=settings(stub.url), **NAMES)

    assert str(caught.value) == (
        "the response for 'WordPress-Snapshot-1' is about 'Other-1'; " + NOTHING_FOUND
    )
    assert "theirs" not in str(caught.value)
    assert [each.id for each in caught.value.payload] == ["theirs-1", "theirs-2"]  # type: ignore[attr-defined]


@for_both
def test_a_create_finds_its_operations_after_a_response_about_another_snapshot(
    stub: Stub, twin: Twin
) -> None:
    stub.on("CreateInstanceSnapshot", about_other_names())
    stub.on("GetOperationsForResource", *FOUND)

    operations = twin.call(
        "create_instance_snapshot", settings=settings(stub.url), **NAMES
    )

    assert operations.ids == IDS
    assert stub.requests == [CREATE, *RECONCILED]


def test_an_interruption_after_a_response_about_another_snapshot_claims_nothing(
    stub: Stub, stub_client: Client
) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    stub.on("CreateInstanceSnapshot", about_other_names())
    lightsail: Any = stub_client._connect()
    event = "before-call.lightsail.GetOperationsForResource"
    lightsail.meta.events.register(event, interrupt)

    with pytest.raises(KeyboardInterrupt) as caught:
        stub_client.create_instance_snapshot(**NAMES)

    (note,) = caught.value.__notes__
    assert note.startswith("lightsnap had requested snapshot 'WordPress-Snapshot-1'")
    assert "theirs" not in note


OTHER = {
    "GetOperation": {"operation": {**ON_SNAPSHOT, "id": "other"}},
    "GetInstance": {
        "instance": {
            "name": "other",
            "arn": "arn:aws:lightsail:us-west-2:111122223333:Instance/0",
            "createdAt": 1569866438.48,
            "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
            "resourceType": "Instance",
            "blueprintId": "wordpress",
            "blueprintName": "WordPress",
            "bundleId": "nano_3_0",
            "isStaticIp": False,
            "publicIpAddress": "192.0.2.1",
            "privateIpAddress": "192.0.2.2",
            "hardware": {"cpuCount": 1, "disks": [], "ramSizeInGb": 0.5},
            "networking": {"monthlyTransfer": {"gbPerMonthAllocated": 1}, "ports": []},
            "state": {"code": 16, "name": "running"},
            "username": "bitnami",
            "sshKeyName": "default",
        }
    },
    "GetInstanceSnapshot": {
        "instanceSnapshot": {
            **SNAPSHOT,
            "name": "other",
            "createdAt": 1569866438.48,
            "fromAttachedDisks": [],
        }
    },
}


@for_both
@pytest.mark.parametrize("call", SINGLE_CALLS)
def test_a_response_about_something_else_cannot_be_read(
    stub: Stub, twin: Twin, call: str
) -> None:
    stub.on(call, Answer(OTHER[call]))
    method, asked = SINGLE_CALLS[call]

    with pytest.raises(MalformedResponseError) as caught:
        twin.call(method, asked, settings=settings(stub.url))

    assert str(caught.value) == f"the response for {asked!r} is about 'other'"
    assert caught.value.payload is not None


@for_both
def test_a_wait_ignores_responses_about_something_else(stub: Stub, twin: Twin) -> None:
    ended = {**ON_SNAPSHOT, **ENDED}
    stub.on(
        "GetOperation",
        Answer({"operation": {**ended, "id": "other"}}),
        Answer({"operation": ended}),
    )
    available = {**OTHER["GetInstanceSnapshot"]["instanceSnapshot"]}
    stub.on(
        "GetInstanceSnapshot",
        Answer({"instanceSnapshot": available}),
        Answer({"instanceSnapshot": {**available, "name": "WordPress-Snapshot-1"}}),
    )
    built = settings(stub.url)

    operations = twin.call("wait", [IDS[0]], settings=built | {"clock": twin.clock()})
    assert operations.ids == IDS[:1]
    assert operations.is_terminal
    snapshot = twin.call(
        "wait_until_available",
        "WordPress-Snapshot-1",
        settings=built | {"clock": twin.clock()},
    )
    assert snapshot.name == "WordPress-Snapshot-1"
    assert len(stub.requests) == 4


@for_both
def test_a_wait_that_only_gets_such_responses_times_out(stub: Stub, twin: Twin) -> None:
    stub.on("GetOperation", Answer(OTHER["GetOperation"]))

    with pytest.raises(WaitTimeoutError) as caught:
        twin.call(
            "wait", [IDS[0]], settings=settings(stub.url) | {"clock": twin.clock()}
        )

    assert isinstance(caught.value.__cause__, MalformedResponseError)
    assert "is about 'other'" in str(caught.value)


@for_both
def test_a_waiter_ignores_an_operation_with_another_id(twin: Twin) -> None:
    returned = [operation(id="other", **ENDED), operation(id="a", **ENDED)]

    ended = twin.wait(lambda _: returned.pop(0), ["a"], clock=twin.clock())

    assert ended.ids == ("a",)


# Reconciling, with clocks that do not show how long a call took.


@for_both
def test_a_slow_response_does_not_make_an_older_operation_this_calls(
    stub: Stub, twin: Twin, clocks: Clocks
) -> None:
    class Slow(Listed):
        """A response that is under way for 11 seconds after its Date."""

        def encoded(self) -> bytes:
            clocks.advance(11)
            return super().encoded()

    stub.on("CreateInstanceSnapshot", FAULT)
    # Made by somebody else, a few seconds before the create.
    theirs = {**ON_SNAPSHOT, "age": 5}
    stub.on("GetOperationsForResource", Slow([theirs]))

    with pytest.raises(ServiceError) as caught:
        twin.call("create_instance_snapshot", settings=settings(stub.url), **NAMES)

    assert UNKNOWN_OUTCOME in str(caught.value)
    assert f"operation {IDS[0]} is from about the time of this call" in str(
        caught.value
    )


@for_both
@pytest.mark.parametrize("age", [5, 3600 - 5])
def test_after_a_suspend_an_operation_is_neither_claimed_nor_denied(
    stub: Stub, twin: Twin, clocks: Clocks, age: float
) -> None:
    def suspend(**_: object) -> None:
        clocks.suspend(3600)

    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT, age=age))

    def prepare(lightsail: Any) -> None:
        event = "before-call.lightsail.GetOperationsForResource"
        lightsail.meta.events.register(event, suspend)

    with pytest.raises(ServiceError) as caught:
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url),
            prepare=prepare,
            **NAMES,
        )

    assert UNKNOWN_OUTCOME in str(caught.value)
    assert "is from about the time of this call" in str(caught.value)


@for_both
def test_after_a_suspend_an_operation_from_before_it_is_denied(
    stub: Stub, twin: Twin, clocks: Clocks
) -> None:
    def suspend(**_: object) -> None:
        clocks.suspend(600)

    stub.on("CreateInstanceSnapshot", FAULT)
    older = (listed(ON_SNAPSHOT, age=3600), listed(ON_INSTANCE, age=3600))
    stub.on("GetOperationsForResource", *older)

    def prepare(lightsail: Any) -> None:
        event = "before-call.lightsail.GetOperationsForResource"
        lightsail.meta.events.register(event, suspend)

    with pytest.raises(ServiceError, match=NOTHING_FOUND):
        twin.call(
            "create_instance_snapshot",
            settings=settings(stub.url),
            prepare=prepare,
            **NAMES,
        )


@for_both
@pytest.mark.parametrize("age", [10, 3600])
def test_with_frozen_clocks_an_operation_is_not_denied(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch, age: float
) -> None:
    replace(monkeypatch, FrozenClocks())
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", listed(ON_SNAPSHOT, age=age))

    with pytest.raises(ServiceError) as caught:
        twin.call("create_instance_snapshot", settings=settings(stub.url), **NAMES)

    assert UNKNOWN_OUTCOME in str(caught.value)


@for_both
def test_with_frozen_clocks_an_operation_of_this_moment_is_claimed(
    stub: Stub, twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(monkeypatch, FrozenClocks())
    stub.on("CreateInstanceSnapshot", FAULT)
    stub.on("GetOperationsForResource", *FOUND)

    operations = twin.call(
        "create_instance_snapshot", settings=settings(stub.url), **NAMES
    )

    assert operations.ids == IDS
