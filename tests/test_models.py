"""Models read what boto3 returns, and write the same again."""

from __future__ import annotations

import copy
import json
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType, NoneType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

import attrs
import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st

from lightsnap import (
    AddOn,
    Disk,
    Instance,
    InstanceHardware,
    InstanceSnapshot,
    InstanceState,
    MalformedResponseError,
    Operation,
    Operations,
    OperationStatus,
    OperationType,
    ResourceLocation,
    ResourceType,
    ResumeError,
    SnapshotProgress,
    Tag,
    WaitFailedError,
    WaitProgress,
)
from tests import documented
from tests.documented import (
    BOTO3,
    FAILED,
    PENDING,
    SNAPSHOT,
    SUCCEEDED,
    WIRE,
    operation,
)


def test_the_documented_example_is_read_field_by_field() -> None:
    assert Operation.from_dict(WIRE[0]) == Operation(
        id="4c3db559-9dd0-41e7-89c0-2cb88c19786f",
        resource_name="WordPress-Snapshot-1",
        resource_type=ResourceType.INSTANCE_SNAPSHOT,
        created_at=documented.TIME,
        location=ResourceLocation(availability_zone="all", region_name="us-west-2"),
        is_terminal=False,
        operation_details="WordPress-1",
        operation_type=OperationType.CREATE_INSTANCE_SNAPSHOT,
        status=OperationStatus.STARTED,
        status_changed_at=documented.TIME,
    )


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (Operation, BOTO3),
        (Operation, {**BOTO3, "errorCode": "E", "errorDetails": "details"}),
        (InstanceSnapshot, SNAPSHOT),
        (Operations, {"operations": [BOTO3, BOTO3]}),
        (ResourceLocation, BOTO3["location"]),
        (ResourceLocation, {"availabilityZone": "", "regionName": "global"}),
        (Tag, {"key": "env", "value": ""}),
        (Tag, {"key": "env"}),
        (Disk, SNAPSHOT["fromAttachedDisks"][0]),
        (AddOn, {"status": "Enabled"}),
    ],
)
def test_models_write_what_they_read(model: Any, data: dict[str, Any]) -> None:
    value = model.from_dict(data)

    # As text, so that the order of the members and the types of enum values count too.
    assert json.dumps(value.to_dict(), default=str) == json.dumps(data, default=str)
    assert value.to_dict() == data


def test_members_that_a_snapshot_does_not_have_stay_away() -> None:
    essential = ("name", "arn", "createdAt", "location", "resourceType", "state")
    data = {name: SNAPSHOT[name] for name in essential}

    snapshot = InstanceSnapshot.from_dict(data)

    assert snapshot.tags is None
    assert snapshot.to_dict() == data


@pytest.mark.parametrize(
    "value",
    [operation(), Operations([operation()]), InstanceSnapshot.from_dict(SNAPSHOT)],
)
def test_models_are_plain_frozen_values(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    assert hash(pickle.loads(pickle.dumps(value))) == hash(value)
    assert not hasattr(value, "__dict__")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        value.id = "other"


# What a member may be on the wire, and what it may not.
ANY: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, 1.5, 1e300, "", " ", "x", "Started", b"x", [], ["x"], {}),
        *({"key": "k"}, [{"key": "k"}, {"key": 1}], BOTO3["location"]),
        documented.TIME,
        documented.TIME.astimezone(timezone(timedelta(hours=2))),
        documented.TIME.replace(tzinfo=None),
        "2019-09-30T18:00:38Z",
    ]
)


@given(st.data())
@pytest.mark.parametrize(
    ("model", "example"),
    [
        (Operation, BOTO3),
        (Operation, {**BOTO3, "errorCode": "E", "errorDetails": "details"}),
        (InstanceSnapshot, SNAPSHOT),
        (ResourceLocation, BOTO3["location"]),
        (Operations, {"operations": [BOTO3, BOTO3]}),
    ],
)
def test_any_answer_is_read_or_refused_with_its_path(
    model: Any, example: dict[str, Any], data: st.DataObject
) -> None:
    changed = data.draw(st.dictionaries(st.sampled_from(list(example)), ANY))
    left_out = data.draw(st.sets(st.sampled_from(list(example)), max_size=1))
    members = {
        name: value
        for name, value in {**example, **changed}.items()
        if name not in left_out
    }

    try:
        read = model.from_dict(members)
    except MalformedResponseError as error:
        refused = error
    else:
        assert model.from_dict(read.to_dict()) == read
        assert model.from_dict(MappingProxyType(members)) == read
        return
    assert re.match(rf"{model.__name__}(\.\w+|\[\d+\])+ is ", str(refused))
    assert refused.payload is members


def capitals(text: str) -> str:
    return text.upper()


@attrs.frozen(kw_only=True)
class Derived(Operation):
    """A class of a user's, with more to do than to keep its fields."""

    owner: str = attrs.field(default="nobody", converter=capitals)
    seen: ClassVar[list[str]] = []

    def __attrs_post_init__(self) -> None:
        self.seen.append(self.id)


def test_a_class_that_is_derived_is_built_by_its_own_init() -> None:
    Derived.seen.clear()

    read = Derived.from_dict({**BOTO3, "owner": "me"})

    assert (read.owner, Derived.seen) == ("ME", [BOTO3["id"]])


def test_a_class_that_is_derived_is_built_once() -> None:
    built: list[str] = []

    @attrs.frozen(kw_only=True)
    class Failing(Operation):
        def __attrs_post_init__(self) -> None:
            built.append(self.id)
            raise ValueError("not this one")

    with pytest.raises(ValueError, match="not this one"):
        Failing.from_dict(BOTO3)

    assert built == [BOTO3["id"]]


def test_the_hints_of_values_can_be_resolved() -> None:
    for model in (Operation, InstanceSnapshot, WaitProgress, SnapshotProgress):
        assert set(get_type_hints(model)) == {each.name for each in attrs.fields(model)}


def test_unknown_enum_values_survive() -> None:
    data = {**BOTO3, "status": "Paused", "operationType": "X", "resourceType": "Y"}

    read = Operation.from_dict(data)

    assert read.to_dict() == data
    assert isinstance(read.status, OperationStatus)
    assert read.status == "Paused"
    assert repr(read.status) == "<OperationStatus: 'Paused'>"
    assert pickle.loads(pickle.dumps(read)) == read
    assert "Paused" not in OperationStatus.__members__
    assert not read.succeeded
    assert not read.failed


@pytest.mark.parametrize("value", ["Started", "Paused"])
def test_enum_values_are_copied_and_pickled_by_value(value: str) -> None:
    status = OperationStatus(value)

    assert status.__reduce_ex__(4) == (OperationStatus, (value,))
    assert copy.copy(status) == copy.deepcopy(status) == status
    assert pickle.loads(pickle.dumps(status)) == status


def test_unknown_enum_values_match_by_their_text() -> None:
    paused = OperationStatus("Paused")

    assert paused == OperationStatus("Paused")
    assert {paused: 1}[OperationStatus("Paused")] == 1
    assert repr(OperationStatus("Started")) == "OperationStatus.STARTED"
    assert repr(OperationStatus("STARTED")) == "<OperationStatus: 'STARTED'>"
    with pytest.raises(ValueError, match="5 is not a valid"):
        OperationStatus(5)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_unknown_members_are_ignored() -> None:
    assert Operation.from_dict({**BOTO3, "newMember": 1}) == operation()


@pytest.mark.parametrize(
    "name", sorted(set(BOTO3) - {"operationDetails", "statusChangedAt"})
)
def test_a_missing_essential_member_is_named(name: str) -> None:
    data = {key: value for key, value in BOTO3.items() if key != name}

    with pytest.raises(MalformedResponseError) as caught:
        Operation.from_dict(data)

    assert str(caught.value) == f"Operation.{name} is missing"
    assert caught.value.payload == data


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": 5}, "Operation.id is 5, not text"),
        ({"id": " "}, "Operation.id is blank"),
        ({"isTerminal": "no"}, "Operation.isTerminal is 'no', not a flag"),
        ({"isTerminal": 0}, "Operation.isTerminal is 0, not a flag"),
        ({"status": True}, "Operation.status is True, not text"),
        ({"location": "here"}, "Operation.location is 'here', not an object"),
        (
            {"location": {"availabilityZone": "all"}},
            "Operation.location.regionName is missing",
        ),
    ],
)
def test_a_member_of_a_wrong_type_is_named(changes: Any, message: str) -> None:
    with pytest.raises(MalformedResponseError) as caught:
        operation(**changes)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2019-09-30T18:00:38",
        datetime(2019, 9, 30),  # noqa: DTZ001
        float("nan"),
        1e300,
        True,
        [],
    ],
)
def test_what_is_no_moment_is_no_timestamp(value: object) -> None:
    with pytest.raises(MalformedResponseError) as caught:
        operation(createdAt=value)

    assert str(caught.value) == (
        f"Operation.createdAt is {value!r}, not a timestamp with its offset"
    )


def test_trouble_deep_inside_is_named_with_its_path() -> None:
    data = {**SNAPSHOT, "tags": [{"key": "a"}, {"value": "b"}]}
    with pytest.raises(MalformedResponseError, match=r"\.tags\[1\]\.key is missing"):
        InstanceSnapshot.from_dict(data)
    with pytest.raises(MalformedResponseError, match=r"\.tags is 'ab', not a list"):
        InstanceSnapshot.from_dict({**SNAPSHOT, "tags": "ab"})
    with pytest.raises(MalformedResponseError, match=r"\.sizeInGb is True, not a num"):
        InstanceSnapshot.from_dict({**SNAPSHOT, "sizeInGb": True})
    with pytest.raises(MalformedResponseError, match=r"^Tag is None, not an object"):
        Tag.from_dict(None)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_timestamps_of_every_form_become_aware_utc(time: datetime) -> None:
    read = [
        operation(createdAt=form).created_at
        for form in (time, time.isoformat(), time.timestamp())
    ]

    assert all(each.tzinfo is UTC for each in read)
    assert read[0] == read[1] == time.astimezone(UTC)
    assert abs(read[2] - read[0]) < timedelta(microseconds=50)


def test_timestamps_in_another_zone_are_the_same_moment() -> None:
    there = documented.TIME.astimezone(timezone(timedelta(hours=-7)))

    assert operation(createdAt=there).created_at.isoformat() == (
        "2019-09-30T18:00:38.480000+00:00"
    )


@pytest.mark.parametrize(
    ("is_terminal", "status", "succeeded", "failed"),
    [
        (False, "Started", False, False),
        (False, "Succeeded", False, False),
        (False, "Failed", False, False),
        (True, "Succeeded", True, False),
        (True, "Completed", True, False),
        (True, "Failed", False, True),
        (True, "Exploded", False, True),
    ],
)
def test_only_a_terminal_operation_has_succeeded_or_failed(
    is_terminal: bool, status: str, succeeded: bool, failed: bool
) -> None:
    read = operation(isTerminal=is_terminal, status=status)

    assert (read.succeeded, read.failed) == (succeeded, failed)


def test_operations_are_an_immutable_sequence() -> None:
    operations = Operations(iter([PENDING, SUCCEEDED, FAILED]))

    assert list(operations) == [PENDING, SUCCEEDED, FAILED]
    assert operations[-1] is FAILED
    assert operations[:2] == Operations([PENDING, SUCCEEDED])
    assert SUCCEEDED in operations
    assert operations.ids == ("a", "b", "c")
    assert operations.pending == Operations([PENDING])
    assert operations.succeeded == Operations([SUCCEEDED])
    assert operations.failed == Operations([FAILED])
    assert not operations.is_terminal
    assert operations[1:].is_terminal


def test_raise_for_failure_names_the_failed_operation() -> None:
    assert Operations([SUCCEEDED]).raise_for_failure() == Operations([SUCCEEDED])

    operations = Operations([SUCCEEDED, FAILED])
    with pytest.raises(WaitFailedError) as caught:
        operations.raise_for_failure()

    assert caught.value.failed == Operations([FAILED])
    assert caught.value.operations == operations
    assert caught.value.ids == ("b", "c")
    assert caught.value.elapsed is None
    assert str(caught.value) == (
        "1 of 2 operations failed: CreateInstanceSnapshot of InstanceSnapshot "
        "'WordPress-Snapshot-1' is Failed (NoSpace; id c)"
    )


def test_a_failure_without_a_reason_says_so() -> None:
    silent = operation(isTerminal=True, status="Failed")
    with pytest.raises(WaitFailedError, match="no reason given"):
        Operations([silent]).raise_for_failure()


def test_reprs_are_short() -> None:
    assert repr(PENDING) == (
        "<Operation CreateInstanceSnapshot of InstanceSnapshot "
        "'WordPress-Snapshot-1': Started, id 'a'>"
    )
    assert "Failed (NoSpace)" in repr(FAILED)
    assert repr(Operations([PENDING, PENDING, FAILED])) == (
        "<Operations: 2 Started, 1 Failed>"
    )
    assert repr(Operations([])) == "<Operations: none>"
    assert repr(InstanceSnapshot.from_dict(SNAPSHOT)) == (
        "<InstanceSnapshot 'WordPress-Snapshot-1' of instance 'WordPress-1': available>"
    )


def test_operations_are_stored_as_readable_text() -> None:
    operations = Operations([PENDING, FAILED])

    text = operations.to_json()

    assert Operations.from_json(text) == operations
    assert Operations.from_json(text.encode()) == operations
    stored = json.loads(text)
    assert stored["version"] == 1
    assert stored["operations"][0]["createdAt"] == "2019-09-30T18:00:38.480000+00:00"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not stored"),
        ("[1]", "not stored"),
        ("{}", "not stored"),
        ('"version"', "not stored"),
        (b"\xff", "not stored"),
        ("[" * 200_000, "not stored"),
        ('{"version": 0, "operations": []}', "version 0, and this lightsnap reads"),
        ('{"version": true, "operations": []}', "version True, and this lightsnap"),
        ('{"version": 2, "operations": []}', "version 2, and this lightsnap reads"),
        ('{"version": 1}', "damaged: Operations.operations is missing"),
        ('{"version": 1, "operations": [{}]}', r"operations\[0\].id is missing"),
    ],
)
def test_a_damaged_store_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(ResumeError, match=message):
        Operations.from_json(text)


def strategy_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a field, by its type."""
    arguments = get_args(hint)
    if NoneType in arguments:
        return st.none() | strategy_of(arguments[0])
    if get_origin(hint) is tuple:
        return st.lists(strategy_of(arguments[0]), max_size=2).map(tuple)
    if hint is datetime:
        return st.datetimes(timezones=st.just(UTC))
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint) | st.text().map(hint)
    if attrs.has(hint):
        return models(hint)
    return {
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        int: st.integers(),
        str: st.text(),
    }[hint]


def models(model: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a model, with any fields."""
    fields = {name: strategy_of(hint) for name, hint in get_type_hints(model).items()}
    if "id" in fields:
        fields["id"] = st.text().filter(str.strip)
    return st.builds(model, **fields)


VALUES = [
    AddOn,
    Disk,
    Instance,
    InstanceHardware,
    InstanceSnapshot,
    InstanceState,
    Operation,
    Operations,
    ResourceLocation,
    Tag,
]


@given(st.data())
@settings(max_examples=30)
@pytest.mark.parametrize("model", VALUES)
def test_every_value_comes_back_from_json(model: Any, data: st.DataObject) -> None:
    value = data.draw(models(model))

    text = value.to_json()

    assert model.from_json(text) == value
    assert model.from_json(text.encode()) == value
    assert all(line.isascii() and line.isprintable() for line in text.split("\n"))


def test_json_has_the_names_of_aws_in_one_line() -> None:
    assert operation().to_json() == (
        '{"id": "4c3db559-9dd0-41e7-89c0-2cb88c19786f", '
        '"resourceName": "WordPress-Snapshot-1", "resourceType": "InstanceSnapshot", '
        '"createdAt": "2019-09-30T18:00:38.480000+00:00", '
        '"location": {"availabilityZone": "all", "regionName": "us-west-2"}, '
        '"isTerminal": false, "operationDetails": "WordPress-1", '
        '"operationType": "CreateInstanceSnapshot", "status": "Started", '
        '"statusChangedAt": "2019-09-30T18:00:38.480000+00:00"}'
    )


def test_json_of_the_service_or_of_the_aws_cli_is_read() -> None:
    on_the_wire = json.dumps(WIRE[0])
    of_the_aws_cli = json.dumps(
        BOTO3, default=lambda time: time.astimezone().isoformat()
    )

    assert Operation.from_json(on_the_wire) == operation()
    assert Operation.from_json(of_the_aws_cli) == operation()


@pytest.mark.parametrize("model", [each for each in VALUES if each is not Operations])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not valid JSON: Expecting value"),
        ("{", "is not valid JSON: Expecting property name"),
        (b"\xff", "is not valid JSON: 'utf-8' codec"),
        ("[" * 200_000, "is not valid JSON: "),
        (5, "is not valid JSON: the JSON object must be str, bytes or bytearray"),
        (None, "is not valid JSON: the JSON object must be str, bytes or bytearray"),
        ("null", "is None, not an object"),
        ("[1]", r"is \[1\], not an object"),
        ('"name"', "is 'name', not an object"),
    ],
)
def test_text_that_is_not_a_value_is_rejected(
    model: Any, text: Any, message: str
) -> None:
    with pytest.raises(MalformedResponseError, match=message) as caught:
        model.from_json(text)

    assert str(caught.value).startswith(f"{model.__name__} is ")
    if "JSON" in message:
        assert caught.value.payload == text


def test_a_wrong_member_in_json_is_named() -> None:
    with pytest.raises(MalformedResponseError, match=r"^Tag.key is 5, not text$"):
        Tag.from_json('{"key": 5}')


def test_progress_can_be_logged_as_json() -> None:
    of_operations = WaitProgress(
        operations=Operations([PENDING]), ids=("a", "b"), elapsed=4.5, polls=2, calls=3
    )
    not_seen = SnapshotProgress(
        instance_snapshot_name="nightly", snapshot=None, elapsed=1.0, polls=1
    )
    seen = attrs.evolve(not_seen, snapshot=InstanceSnapshot.from_dict(SNAPSHOT))

    assert json.loads(json.dumps(of_operations.to_dict())) == {
        "operations": [json.loads(PENDING.to_json())],
        "ids": ["a", "b"],
        "elapsed": 4.5,
        "polls": 2,
        "calls": 3,
    }
    assert json.loads(json.dumps(not_seen.to_dict())) == {
        "instanceSnapshotName": "nightly",
        "snapshot": None,
        "elapsed": 1.0,
        "polls": 1,
    }
    assert json.loads(json.dumps(seen.to_dict()))["snapshot"]["sizeInGb"] == 20


def value_of(shape: Shape) -> Any:
    """Make a value that has every member of a shape."""
    if isinstance(shape, StructureShape):
        return {name: value_of(inner) for name, inner in shape.members.items()}
    if isinstance(shape, ListShape):
        return [value_of(shape.member)]
    values: dict[str, object] = {
        "boolean": True,
        "float": 0.5,
        "integer": 20,
        "string": "text",
        "timestamp": documented.TIME,
    }
    return values[shape.type_name]


@pytest.mark.parametrize(
    "model",
    [
        AddOn,
        Disk,
        InstanceHardware,
        InstanceSnapshot,
        InstanceState,
        Operation,
        ResourceLocation,
        Tag,
    ],
)
def test_every_member_that_botocore_knows_is_read(model: Any) -> None:
    service = botocore.session.Session().get_service_model("lightsail")
    data = value_of(service.shape_for(model.__name__))

    assert model.from_dict(data).to_dict() == data


def test_of_an_instance_all_is_read_but_what_its_docstring_names() -> None:
    service = botocore.session.Session().get_service_model("lightsail")
    data = value_of(service.shape_for("Instance"))

    read = Instance.from_dict(data).to_dict()

    assert {name: data[name] for name in read} == read
    health = {"instanceStatus", "systemStatus"}  # since botocore 1.44
    assert data.keys() - read.keys() <= {"metadataOptions", "networking", *health}


@pytest.mark.parametrize("model", [AddOn, Disk, InstanceHardware, InstanceState])
def test_any_member_of_a_part_may_stay_away(model: Any) -> None:
    assert model.from_dict({}) == model()
    assert model().to_dict() == {}


@pytest.mark.parametrize(
    ("model", "data", "name"),
    [
        *(
            (InstanceSnapshot, SNAPSHOT, name)
            for name in ("name", "arn", "createdAt", "location", "resourceType")
        ),
        (InstanceSnapshot, SNAPSHOT, "state"),
        (ResourceLocation, BOTO3["location"], "availabilityZone"),
        (ResourceLocation, BOTO3["location"], "regionName"),
        (Tag, {"value": "prod"}, "key"),
    ],
)
def test_an_essential_member_of_every_model_is_missed(
    model: Any, data: dict[str, Any], name: str
) -> None:
    rest = {key: value for key, value in data.items() if key != name}

    with pytest.raises(MalformedResponseError) as caught:
        model.from_dict(rest)

    assert str(caught.value) == f"{model.__name__}.{name} is missing"


@pytest.mark.parametrize("model", [AddOn, Disk, ResourceLocation])
def test_the_fields_of_a_model_are_given_by_keyword(model: Any) -> None:
    with pytest.raises(TypeError):
        model("us-west-2a", "us-west-2")


def test_enum_values_are_written_as_plain_text() -> None:
    written = operation().to_dict()

    for name in ("resourceType", "operationType", "status"):
        assert type(written[name]) is str
