"""The client, on the emulator: it creates, fetches and waits for snapshots."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api import state_manager

from lightsnap import (
    Client,
    ConfigurationError,
    ConstraintError,
    CreateInstanceSnapshotRequest,
    InstanceSnapshotState,
    InvalidInputError,
    MalformedResponseError,
    NotFoundError,
    OperationStatus,
    OperationType,
    ResourceLocation,
    ResourceType,
    SnapshotProgress,
    Tag,
    WaitInterruptedError,
    WaitProgress,
    WaitTimeoutError,
)
from lightsnap._aws.calls import TABLE, ApiOperation, perform
from lightsnap.testing import FakeClock, mock_lightsail
from tests.documented import SUCCEEDED
from tests.embedded import create_instances, new_client

pytestmark = pytest.mark.fake

NAMES: dict[str, Any] = {
    "instance_name": "WordPress-1",
    "instance_snapshot_name": "WordPress-Snapshot-1",
}


def test_a_create_returns_the_two_documented_operations(client: Client) -> None:
    on_snapshot, on_instance = client.create_instance_snapshot(**NAMES)

    assert on_snapshot.resource_name == "WordPress-Snapshot-1"
    assert on_snapshot.resource_type is ResourceType.INSTANCE_SNAPSHOT
    assert on_snapshot.operation_details == "WordPress-1"
    assert on_snapshot.location == ResourceLocation(
        availability_zone="all", region_name="us-west-2"
    )
    assert on_instance.resource_name == "WordPress-1"
    assert on_instance.resource_type is ResourceType.INSTANCE
    assert on_instance.operation_details == "WordPress-Snapshot-1"
    for operation in (on_snapshot, on_instance):
        assert operation.operation_type is OperationType.CREATE_INSTANCE_SNAPSHOT
        assert not operation.is_terminal


def test_get_instance(client: Client) -> None:
    instance = client.get_instance("WordPress-1")

    assert instance.name == "WordPress-1"
    assert instance.resource_type is ResourceType.INSTANCE
    assert instance.state is not None
    assert repr(instance) == f"<Instance 'WordPress-1': {instance.state.name}>"
    assert f"{instance.state.name}" in instance._repr_html_()
    with pytest.raises(NotFoundError):
        client.get_instance("Nemo-1")
    with pytest.raises(ConstraintError, match="instance_name has 1 characters"):
        client.get_instance("W")


def test_a_wait_polls_until_all_operations_are_terminal(client: Client) -> None:
    statuses: list[list[OperationStatus]] = []

    created = client.create_instance_snapshot(**NAMES)
    terminal = client.wait(
        created,
        on_poll=lambda progress: statuses.append(
            [operation.status for operation in progress.operations]
        ),
    )

    assert terminal.ids == created.ids
    assert len(terminal.succeeded) == 2
    assert statuses == [
        ["Started", "NotStarted"],
        ["Started", "Started"],
        ["Succeeded", "Succeeded"],
    ]


def test_a_wait_needs_only_ids(client: Client) -> None:
    ids = client.create_instance_snapshot(**NAMES).ids

    assert client.wait(list(ids)).ids == ids


def test_get_instance_snapshot(client: Client) -> None:
    client.create_instance_snapshot(**NAMES, tags={"env": "prod", "keep": None})

    snapshot = client.get_instance_snapshot("WordPress-Snapshot-1")

    assert snapshot.name == "WordPress-Snapshot-1"
    assert snapshot.from_instance_name == "WordPress-1"
    assert snapshot.tags == (Tag("env", "prod"), Tag("keep"))


def test_snapshot_instance_names_creates_and_waits(
    client: Client, clock: FakeClock
) -> None:
    progress: list[WaitProgress | SnapshotProgress] = []

    snapshot = client.snapshot_instance(
        "WordPress-1", tags=[Tag("env", "prod")], on_poll=progress.append
    )

    assert snapshot.name.startswith("WordPress-1-20")
    assert snapshot.state is InstanceSnapshotState.AVAILABLE
    assert snapshot.tags == (Tag("env", "prod"),)
    assert [type(each) for each in progress] == [WaitProgress] * 3 + [SnapshotProgress]
    assert progress[-1] == SnapshotProgress(
        instance_snapshot_name=snapshot.name,
        snapshot=snapshot,
        elapsed=clock.monotonic(),
        polls=1,
    )


def test_snapshot_instance_with_a_given_name(client: Client) -> None:
    snapshot = client.snapshot_instance(
        "WordPress-1", instance_snapshot_name="WordPress-Snapshot-1"
    )

    assert client.wait_until_available("WordPress-Snapshot-1") == snapshot


def test_snapshot_instance_reports_every_violation_at_once(
    client: Client,
) -> None:
    with pytest.raises(ConstraintError) as caught:
        client.snapshot_instance("a b", tags={"aws:x": "*"})

    assert [violation.path for violation in caught.value.violations] == [
        "instance_name",
        "tags[0].key",
        "tags[0].value",
    ]


def test_a_generated_name_leaves_out_invalid_characters() -> None:
    client = Client(region_name="us-west-2", check=False)

    with mock_lightsail(), pytest.raises(NotFoundError, match="not exist: -x y-"):
        client.snapshot_instance("-x y-")


def test_the_timeout_of_snapshot_instance_covers_the_whole_call(
    client: Client, clock: FakeClock
) -> None:
    slow = {"progression": "manual", "times": 10}
    state_manager.set_transition("lightsail::instance_snapshot", slow)
    try:
        with pytest.raises(WaitTimeoutError) as caught:
            client.snapshot_instance(
                "WordPress-1",
                instance_snapshot_name="S-1",
                timeout=10,
                poll_interval=2,
            )
    finally:
        state_manager.unset_transition("lightsail::instance_snapshot")

    assert clock.monotonic() == caught.value.elapsed == 10
    assert caught.value.operations.is_terminal
    assert len(caught.value.operations) == 2
    assert caught.value.ids == caught.value.operations.ids
    assert str(caught.value) == (
        "snapshot 'S-1' was still pending after 10 s; nothing was cancelled at AWS"
    )


@pytest.mark.parametrize("fails_in", [WaitProgress, SnapshotProgress])
def test_an_interrupt_after_a_create_names_the_operations(
    client: Client, fails_in: type
) -> None:
    def interrupt(progress: WaitProgress | SnapshotProgress) -> None:
        if isinstance(progress, WaitProgress):
            ids.update(progress.ids)
        if isinstance(progress, fails_in):
            raise KeyboardInterrupt

    ids: set[str] = set()
    with pytest.raises(KeyboardInterrupt) as caught:
        client.snapshot_instance("WordPress-1", on_poll=interrupt)

    (note,) = caught.value.__notes__
    assert len(ids) == 2
    assert all(operation_id in note for operation_id in ids)


@pytest.mark.parametrize(
    "arguments",
    [
        {"timeout": -1},
        {"poll_interval": "5"},
        {"pending_per_poll": 0},
        {"on_poll": "print"},
        {"cancel": "no"},
        {"instance_name": None},
        {"tags": "env=prod"},
        {"instance_snapshot_name": "-"},
    ],
)
def test_invalid_arguments_are_rejected_before_the_create(
    client: Client, arguments: dict[str, Any]
) -> None:
    with pytest.raises((TypeError, ValueError)):
        client.snapshot_instance(
            **{"instance_name": "WordPress-1", "instance_snapshot_name": "S-1"}
            | arguments
        )

    with pytest.raises(NotFoundError):
        client.get_instance_snapshot("S-1")


@pytest.mark.parametrize(("poll_interval", "end"), [(4, 16), (5, 20)])
def test_a_snapshot_that_is_not_found_within_15_seconds_ends_the_wait(
    client: Client, clock: FakeClock, poll_interval: float, end: float
) -> None:
    with pytest.raises(WaitInterruptedError) as caught:
        client.wait_until_available("never-created", poll_interval=poll_interval)

    assert isinstance(caught.value.reason, NotFoundError)
    assert clock.monotonic() == end
    assert (len(caught.value.operations), caught.value.ids) == (0, ())
    assert "snapshot 'never-created' was not yet seen" in str(caught.value)


def test_a_snapshot_that_is_found_soon_is_waited_for(client: Client) -> None:
    def create(progress: SnapshotProgress) -> None:
        if progress.polls == 2:
            assert progress.snapshot is None
            client.create_instance_snapshot(**NAMES)

    snapshot = client.wait_until_available("WordPress-Snapshot-1", on_poll=create)

    assert snapshot.state == "available"


def test_an_interrupted_wait_for_a_snapshot_names_it(client: Client) -> None:
    def interrupt(_: SnapshotProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        client.wait_until_available("S-1", on_poll=interrupt)

    assert caught.value.__notes__ == [
        "lightsnap was waiting for snapshot 'S-1'; nothing was cancelled at AWS"
    ]


def test_not_found_errors(client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.get_operation("no-such-operation")
    with pytest.raises(NotFoundError):
        client.get_instance_snapshot("no-such-snapshot")
    with pytest.raises(NotFoundError) as caught:
        client.create_instance_snapshot(
            instance_name="no-such-instance", instance_snapshot_name="S-1"
        )

    assert caught.value.operation_name == "CreateInstanceSnapshot"
    assert caught.value.code == "NotFoundException"
    assert caught.value.__cause__ is not None


def test_a_name_in_use_is_an_invalid_input_error(client: Client) -> None:
    client.create_instance_snapshot(**NAMES)

    with pytest.raises(InvalidInputError, match="names are already in use"):
        client.create_instance_snapshot(**NAMES)


def test_invalid_input_is_rejected_before_anything_is_sent(client: Client) -> None:
    with pytest.raises(ConstraintError) as caught:
        client.create_instance_snapshot(
            instance_name="-", instance_snapshot_name="S-1", tags={"aws:x": "*"}
        )
    assert [violation.path for violation in caught.value.violations] == [
        "instance_name",
        "instance_name",
        "tags[0].key",
        "tags[0].value",
    ]
    for call in (
        lambda: client.get_operation(" "),
        lambda: client.get_instance_snapshot("a"),
        lambda: client.wait_until_available("a"),
        lambda: client.send(
            CreateInstanceSnapshotRequest(
                instance_name="a", instance_snapshot_name="S-1"
            )
        ),
    ):
        with pytest.raises(ConstraintError):
            call()


def test_without_check_the_service_validates_the_input() -> None:
    with mock_lightsail(), Client(region_name="us-west-2", check=False) as client:
        with pytest.raises(NotFoundError):
            client.create_instance_snapshot(
                instance_name="-",
                instance_snapshot_name="-",
                tags=[Tag("a,b"), Tag("a,b")],
            )
        with pytest.raises(NotFoundError):
            client.get_operation(" ")


def test_input_that_cannot_be_sent_is_rejected_even_without_check() -> None:
    client = Client(region_name="us-west-2", check=False)

    with pytest.raises(ConstraintError) as caught:
        client.create_instance_snapshot(
            instance_name=5,  # type: ignore[arg-type]
            instance_snapshot_name="-",
            tags=[Tag("a,b"), Tag(None)],  # type: ignore[arg-type]
        )

    assert [violation.rule for violation in caught.value.violations] == [
        "type",
        "required",
    ]


def test_names_are_keyword_only(client: Client) -> None:
    with pytest.raises(TypeError):
        client.create_instance_snapshot("WordPress-1", "S-1")  # type: ignore[call-arg]


def test_a_given_boto3_client() -> None:
    with mock_lightsail():
        lightsail = boto3.client("lightsail", region_name="us-west-2")
        client = Client(lightsail)
        with client, pytest.raises(NotFoundError):
            client.get_operation("no-such-operation")
        # A given client stays open.
        with pytest.raises(NotFoundError):
            client.get_operation("no-such-operation")


def test_a_given_boto3_session() -> None:
    with mock_lightsail():
        session = boto3.Session(region_name="us-west-2")
        with pytest.raises(NotFoundError):
            Client(session=session).get_operation("no-such-operation")


def test_threads_build_one_boto3_client() -> None:
    threads = 16
    barrier = threading.Barrier(threads)
    client = Client(region_name="us-west-2")

    def connect(_: int) -> object:
        barrier.wait()
        return client._connect()

    with ThreadPoolExecutor(threads) as pool:
        assert len(set(pool.map(connect, range(threads)))) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"lightsail": "us-west-2"},
            "lightsail is of type str: give a boto3",
        ),
        ({"lightsail": boto3.Session()}, "lightsail is of type Session: give a boto3"),
        ({"session": "work"}, "session is of type str: give a boto3 Session"),
        ({"config": {"retries": 1}}, "config is of type dict: give a botocore Config"),
    ],
)
def test_settings_of_a_wrong_type_are_rejected(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Client(**settings)


@pytest.mark.parametrize(
    "setting",
    [
        {"session": boto3.Session()},
        {"region_name": "us-west-2"},
        {"profile_name": "work"},
        {"endpoint_url": "http://127.0.0.1"},
        {"config": Config()},
    ],
)
def test_a_given_client_cannot_be_combined_with_settings(
    setting: dict[str, Any],
) -> None:
    lightsail = boto3.client("lightsail", region_name="us-west-2")

    with pytest.raises(
        ConfigurationError, match="give a lightsail client, or a session"
    ):
        Client(lightsail, **setting)


def test_an_invalid_clock_is_rejected() -> None:
    invalid: Any = time.monotonic
    with pytest.raises(TypeError, match="clock is of type builtin_function_or_method"):
        Client(clock=invalid)


def test_get_operation_rejects_an_operation(client: Client) -> None:
    operation: Any = SUCCEEDED
    with pytest.raises(ConstraintError, match="give the id of an operation, as text"):
        client.get_operation(operation)


def test_send_rejects_other_types(client: Client) -> None:
    invalid: Any = {"instanceName": "WordPress-1"}
    with pytest.raises(ConstraintError, match="request is of type dict: give a Create"):
        client.send(invalid)


def test_a_closed_client_reconnects(client: Client) -> None:
    client.close()
    client.close()

    assert client.snapshot_instance("WordPress-1").state == "available"


def test_threads_share_a_client() -> None:
    threads = 8
    barrier = threading.Barrier(threads)

    def snapshot(number: int) -> str:
        barrier.wait()
        return client.snapshot_instance(
            "WordPress-1", instance_snapshot_name=f"S-{number}", poll_interval=0
        ).name

    with mock_lightsail():
        create_instances(new_client(), "WordPress-1")
        client = Client(region_name="us-west-2")
        with ThreadPoolExecutor(threads) as pool:
            names = list(pool.map(snapshot, range(threads)))

    assert names == [f"S-{number}" for number in range(threads)]


def test_an_operation_that_is_not_found_ends_the_wait(client: Client) -> None:
    with pytest.raises(WaitInterruptedError) as caught:
        client.wait(["no-such-operation", SUCCEEDED])

    assert caught.value.ids == ("no-such-operation", SUCCEEDED.id)
    assert list(caught.value.operations) == [SUCCEEDED]


@pytest.mark.parametrize("operation", TABLE, ids=lambda each: each.name)
def test_a_given_client_needs_only_the_methods_that_are_called(
    operation: ApiOperation[Any],
) -> None:
    wrapper: Any = SimpleNamespace(**{operation.method_name: dict})
    lacks = next(each for each in TABLE if each is not operation)

    Client(wrapper)
    with pytest.raises(MalformedResponseError):
        perform(wrapper, operation())
    message = f"the given Lightsail client has no method {lacks.method_name}$"
    with pytest.raises(ConfigurationError, match=message):
        perform(wrapper, lacks())


def test_a_message_of_botocore_with_several_lines_becomes_one() -> None:
    def get_instance(**_: Any) -> object:
        lightsail: Any = new_client()
        return lightsail.get_instance(name=5, id=6)

    wrapper: Any = SimpleNamespace(get_instance=get_instance)

    with pytest.raises(ConfigurationError) as caught:
        Client(wrapper).get_instance("WordPress-1")

    assert str(caught.value).startswith("Parameter validation failed: Missing required")
    assert "\\n" not in str(caught.value)


def test_a_client_without_the_create_method_is_not_reconciled() -> None:
    wrapper: Any = SimpleNamespace(get_operation=dict)

    with pytest.raises(ConfigurationError) as caught:
        Client(wrapper).create_instance_snapshot(
            instance_name="WordPress-1", instance_snapshot_name="S-1"
        )

    assert str(caught.value) == (
        "the given Lightsail client has no method create_instance_snapshot; "
        "nothing was sent"
    )
