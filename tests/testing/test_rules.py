"""What the emulator refuses, as AWS does."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lightsnap import CreateInstanceSnapshotRequest, Tag, check_tags
from lightsnap.testing import mock_lightsail
from tests.embedded import (
    Wire,
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    new_client,
    not_found,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_lightsail import LightsailClient

SUPPORTED = {
    "DeleteAutoSnapshot",
    "DisableAddOn",
    "EnableAddOn",
    "GetAutoSnapshots",
    "CopySnapshot",
    "CreateInstanceSnapshot",
    "CreateInstances",
    "CreateInstancesFromSnapshot",
    "DeleteInstance",
    "DeleteInstanceSnapshot",
    "GetBlueprints",
    "GetBundles",
    "GetInstance",
    "GetInstanceSnapshot",
    "GetInstanceSnapshots",
    "GetInstances",
    "GetOperation",
    "GetOperations",
    "GetOperationsForResource",
    "GetRegions",
    "StartInstance",
    "StopInstance",
    "TagResource",
    "UntagResource",
}
ALL = botocore.session.get_session().get_service_model("lightsail").operation_names


def restore(client: LightsailClient, **changes: Any) -> None:
    request: dict[str, Any] = {
        "instanceNames": ["Restored"],
        "instanceSnapshotName": "WordPress-Snapshot-1",
        "availabilityZone": "us-west-2a",
        "bundleId": "nano_3_0",
    }
    request |= changes
    client.create_instances_from_snapshot(**without_none(request))


def copy(client: LightsailClient, **changes: Any) -> None:
    request: dict[str, Any] = {
        "sourceSnapshotName": "WordPress-Snapshot-1",
        "targetSnapshotName": "Copy",
        "sourceRegion": "us-west-2",
    }
    request |= changes
    client.copy_snapshot(**without_none(request))


def without_none(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if value is not None}


def accepts(client: LightsailClient, request: CreateInstanceSnapshotRequest) -> bool:
    """Return whether the emulator creates the snapshot, which is deleted again."""
    members: dict[str, Any] = request.to_dict()
    try:
        client.create_instance_snapshot(**members)
    except client.exceptions.InvalidInputException:
        return False
    name = request.instance_snapshot_name
    client.delete_instance_snapshot(instanceSnapshotName=name)
    return True


def many_tags(count: int, first: int = 0) -> list[Any]:
    return [{"key": f"key-{number}"} for number in range(first, first + count)]


# API operations


def test_every_supported_operation_is_in_the_api() -> None:
    assert set(ALL) >= SUPPORTED


@cache
def unchecked_client() -> LightsailClient:
    return new_client(config=Config(parameter_validation=False))


@pytest.fixture(scope="class")
def unchecked() -> Iterator[LightsailClient]:
    """A client that sends any request, even an empty one."""
    with mock_lightsail():
        yield unchecked_client()


class TestUnsupported:
    @pytest.mark.parametrize("operation", sorted({*ALL} - SUPPORTED))
    def test_an_unsupported_operation_is_refused(
        self, unchecked: LightsailClient, operation: str
    ) -> None:
        call: Callable[[], object] = getattr(unchecked, xform_name(operation))
        message = f"The Lightsail emulator does not support {operation}$"

        with pytest.raises(ClientError, match=message) as caught:
            call()

        response: dict[str, Any] = {**caught.value.response}
        assert response["code"] == "NotSupported"
        model = unchecked.meta.service_model.operation_model(operation)
        modeled = [shape.name for shape in model.error_shapes]
        assert response["Error"]["Code"] in modeled
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_error_has_the_members_of_the_model(wordpress: LightsailClient) -> None:
    del wordpress
    client = new_client()
    wire = Wire(client)

    with pytest.raises(client.exceptions.InvalidInputException) as caught:
        create_snapshot(client, "WordPress-1")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    body = wire.last
    assert body["code"] == "NameExists"
    assert body["message"] == "Some names are already in use: WordPress-1"
    assert body["docs"].startswith("https://")
    assert body["tip"]


# Names


@pytest.mark.parametrize(
    "name", ["ab", "a" * 255, "1.2-3_4", "_a", "a_", "a..b", "WordPress-Snapshot-1"]
)
def test_a_name_that_is_valid_by_any_source_of_aws_is_accepted(
    wordpress: LightsailClient, name: str
) -> None:
    create_snapshot(wordpress, name)

    assert get_snapshot(wordpress, name)["name"] == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "a" * 256,
        "-ab",
        "ab-",
        ".ab",
        "ab.",
        "a b",
        "a/b",
        "äb",
        "ab\n",
        "a\ud800",
    ],
)
@pytest.mark.parametrize("kind", ["instance", "snapshot", "copy", "restored"])
def test_other_names_are_refused(
    wordpress: LightsailClient, name: str, kind: str
) -> None:
    create_snapshot(wordpress)

    with refused("InvalidResourceName", "not a valid resource name. .* 2 characters"):
        if kind == "instance":
            create_instances(wordpress, "Valid", name)
        elif kind == "snapshot":
            create_snapshot(wordpress, name)
        elif kind == "copy":
            copy(wordpress, targetSnapshotName=name)
        else:
            restore(wordpress, instanceNames=[name])

    assert len(wordpress.get_instances()["instances"]) == 1
    assert len(wordpress.get_instance_snapshots()["instanceSnapshots"]) == 1


@pytest.mark.parametrize("name", ["WordPress-1", "WordPress-Snapshot-1"])
def test_no_two_resources_have_the_same_name(
    wordpress: LightsailClient, name: str
) -> None:
    create_snapshot(wordpress)
    message = f"^[^:]*: Some names are already in use: {name}$"

    for use in (
        lambda: create_instances(wordpress, name),
        lambda: create_snapshot(wordpress, name),
        lambda: copy(wordpress, targetSnapshotName=name),
        lambda: restore(wordpress, instanceNames=[name]),
    ):
        with refused("NameExists", message):
            use()


@pytest.mark.parametrize(
    ("names", "used"),
    [
        (["New", "WordPress-1", "Snapshot"], "WordPress-1, Snapshot"),
        (["New", "New"], "New"),
    ],
)
def test_a_refused_call_creates_no_instance_at_all(
    wordpress: LightsailClient, names: list[str], used: str
) -> None:
    create_snapshot(wordpress, "Snapshot")

    with refused("NameExists", f": {used}$"):
        create_instances(wordpress, *names)

    with not_found():
        get_instance(wordpress, "New")


def test_a_refused_snapshot_leaves_no_operations(wordpress: LightsailClient) -> None:
    with refused("NameExists"):
        create_snapshot(wordpress, "WordPress-1")
    with refused("InvalidTag"):
        create_snapshot(wordpress, tags=[{"key": "aws:tag"}])

    (operation,) = wordpress.get_operations()["operations"]
    assert operation["operationType"] == "CreateInstance"
    create_snapshot(wordpress)


def test_the_name_of_a_deleted_resource_can_be_used_again(
    wordpress: LightsailClient,
) -> None:
    create_snapshot(wordpress)
    wordpress.delete_instance_snapshot(instanceSnapshotName="WordPress-Snapshot-1")
    wordpress.delete_instance(instanceName="WordPress-1")

    create_instances(wordpress, "WordPress-1", "WordPress-Snapshot-1")


def test_names_are_case_sensitive(wordpress: LightsailClient) -> None:
    create_instances(wordpress, "wordpress-1")

    with not_found("WORDPRESS-1"):
        get_instance(wordpress, "WORDPRESS-1")


def test_lightsnap_refuses_the_same_names_as_the_emulator(
    wordpress: LightsailClient,
) -> None:
    likely = st.text("ab1._-", max_size=4)
    unlikely = st.text(st.characters(exclude_categories=()), max_size=4)
    long = st.integers(250, 260).map("a".__mul__)

    @given(likely | unlikely | long)
    def agree(name: str) -> None:
        assume(name != "WordPress-1")
        request = CreateInstanceSnapshotRequest(
            instance_name="WordPress-1", instance_snapshot_name=name
        )
        assert accepts(wordpress, request) == (not request.violations)

    agree()


# Tags

BAD_TAGS = [
    ([{"key": ""}], "A tag key must have 1 to 128 characters"),
    ([{"key": "k" * 129}], "A tag key must have 1 to 128 characters"),
    ([{"key": "k", "value": "v" * 257}], "A tag value must have 0 to 256 characters"),
    ([{"value": "v"}], "A tag key must have 1 to 128 characters"),
    ([{"key": "k,"}], "A tag key can contain letters, numbers, spaces and"),
    ([{"key": "k", "value": "a\tb"}], "A tag value can contain letters, numbers"),
    ([{"key": "k", "value": "\ud800"}], "A tag value can contain letters, numbers"),
    ([{"key": "k", "value": "\ufffe"}], "A tag value can contain letters, numbers"),
    ([{"key": "k", "value": "\ufdd0"}], "A tag value can contain letters, numbers"),
    ([{"key": "aws:k"}], "The prefix aws: is reserved in a tag key: aws:k"),
    ([{"key": "AwS:k"}], "The prefix aws: is reserved in a tag key: AwS:k"),
    ([{"key": "k", "value": "AWS:v"}], "The prefix aws: is reserved in a tag value"),
    ([{"key": "k", "value": "1"}, {"key": "k", "value": "2"}], "must be unique: k$"),
    (many_tags(51), "A resource can have at most 50 tags, not 51"),
]


@pytest.mark.parametrize(
    "tag",
    [
        {"key": "k" * 128, "value": "v" * 256},
        {"key": "𐐷" * 128},
        {"key": "straße 1 +-=._:/@", "value": "۳\u3000 ok"},
        {"key": "\U00031350\U000323b0", "value": "newer than this Python"},
        {"key": "my:aws:k", "value": "aws"},
    ],
)
def test_a_valid_tag_is_accepted(
    wordpress: LightsailClient, tag: dict[str, str]
) -> None:
    create_snapshot(wordpress, tags=[tag])

    assert get_snapshot(wordpress)["tags"] == [tag]


@pytest.mark.parametrize(("tags", "message"), BAD_TAGS)
@pytest.mark.parametrize("kind", ["instance", "snapshot", "restored", "tag"])
def test_invalid_tags_are_refused(
    wordpress: LightsailClient, kind: str, tags: list[Any], message: str
) -> None:
    create_snapshot(wordpress)
    client = unchecked_client()

    with refused("InvalidTag", message):
        if kind == "instance":
            create_instances(client, "Refused", tags=tags)
        elif kind == "snapshot":
            create_snapshot(client, "Refused", tags=tags)
        elif kind == "restored":
            restore(client, tags=tags)
        else:
            client.tag_resource(resourceName="WordPress-1", tags=tags)

    assert get_instance(client)["tags"] == []
    assert len(client.get_instances()["instances"]) == 1
    assert len(client.get_instance_snapshots()["instanceSnapshots"]) == 1


def test_a_resource_has_at_most_50_tags_even_if_added_in_several_calls(
    wordpress: LightsailClient,
) -> None:
    def tag(tags: list[Any]) -> None:
        wordpress.tag_resource(resourceName="WordPress-1", tags=tags)

    tag(many_tags(30))
    tag(many_tags(20, first=30))
    with refused("InvalidTag", "at most 50 tags, not 51"):
        tag(many_tags(1, first=50))
    # Replacing a tag does not add one.
    tag([{"key": "key-0", "value": "new"}])
    wordpress.untag_resource(resourceName="WordPress-1", tagKeys=["key-1"])
    tag(many_tags(1, first=50))

    tags = get_instance(wordpress)["tags"]
    assert len(tags) == 50
    assert tags[0] == {"key": "key-0", "value": "new"}


def test_lightsnap_refuses_the_same_tags_as_the_emulator(
    wordpress: LightsailClient,
) -> None:
    text = (
        st.text("aA1 :+", max_size=3)
        | st.text(st.characters(exclude_categories=()), max_size=3)
        | st.sampled_from(["aws:a", "AWS:", "aws", "Åws:a", "a" * 128, "a" * 257])
    )
    few = st.lists(st.builds(Tag, text, st.none() | text), max_size=4)
    many = st.integers(49, 52).map(lambda n: [Tag(f"k{i}") for i in range(n)])

    @given(few | many)
    @example([])
    @example([Tag("a" * 129)])
    def agree(tags: list[Tag]) -> None:
        request = CreateInstanceSnapshotRequest(
            instance_name="WordPress-1", instance_snapshot_name="Tagged", tags=tags
        )
        assert accepts(wordpress, request) == (not check_tags(tags))

    agree()


def test_a_resource_is_only_tagged_if_its_name_and_arn_match(
    wordpress: LightsailClient,
) -> None:
    create_instances(wordpress, "Other")
    arn = get_instance(wordpress, "Other")["arn"]

    with not_found(f"The Resource does not exist: {arn}"):
        wordpress.tag_resource(
            resourceName="WordPress-1", resourceArn=arn, tags=[{"key": "k"}]
        )
    with not_found(f"The Resource does not exist: {arn}"):
        wordpress.untag_resource(
            resourceName="WordPress-1", resourceArn=arn, tagKeys=["k"]
        )


# Missing resources

MISSING: dict[str, tuple[str, Callable[[LightsailClient], object]]] = {
    "GetInstance": ("Instance", lambda client: get_instance(client, "Nemo")),
    "DeleteInstance": (
        "Instance",
        lambda client: client.delete_instance(instanceName="Nemo"),
    ),
    "StartInstance": (
        "Instance",
        lambda client: client.start_instance(instanceName="Nemo"),
    ),
    "StopInstance": (
        "Instance",
        lambda client: client.stop_instance(instanceName="Nemo"),
    ),
    "CreateInstanceSnapshot": (
        "Instance",
        lambda client: create_snapshot(client, instanceName="Nemo"),
    ),
    "GetInstanceSnapshot": (
        "InstanceSnapshot",
        lambda client: get_snapshot(client, "Nemo"),
    ),
    "DeleteInstanceSnapshot": (
        "InstanceSnapshot",
        lambda client: client.delete_instance_snapshot(instanceSnapshotName="Nemo"),
    ),
    "CopySnapshot": (
        "InstanceSnapshot",
        lambda client: copy(client, sourceSnapshotName="Nemo"),
    ),
    "CopySnapshot of an automatic one": (
        "Instance",
        lambda client: copy(
            client,
            sourceSnapshotName=None,
            sourceResourceName="Nemo",
            useLatestRestorableAutoSnapshot=True,
        ),
    ),
    "CreateInstancesFromSnapshot": (
        "InstanceSnapshot",
        lambda client: restore(client, instanceSnapshotName="Nemo"),
    ),
    "CreateInstancesFromSnapshot of an automatic one": (
        "Instance",
        lambda client: restore(
            client,
            instanceSnapshotName=None,
            sourceInstanceName="Nemo",
            restoreDate="2024-01-31",
        ),
    ),
    "EnableAddOn": (
        "Instance",
        lambda client: client.enable_add_on(
            resourceName="Nemo", addOnRequest={"addOnType": "AutoSnapshot"}
        ),
    ),
    "DisableAddOn": (
        "Instance",
        lambda client: client.disable_add_on(
            resourceName="Nemo", addOnType="AutoSnapshot"
        ),
    ),
    "GetAutoSnapshots": (
        "Instance",
        lambda client: client.get_auto_snapshots(resourceName="Nemo"),
    ),
    "DeleteAutoSnapshot": (
        "Instance",
        lambda client: client.delete_auto_snapshot(
            resourceName="Nemo", date="2024-01-31"
        ),
    ),
    "GetOperation": (
        "Operation",
        lambda client: client.get_operation(operationId="Nemo"),
    ),
    "GetOperationsForResource": (
        "Resource",
        lambda client: client.get_operations_for_resource(resourceName="Nemo"),
    ),
    "TagResource": (
        "Resource",
        lambda client: client.tag_resource(resourceName="Nemo", tags=[{"key": "k"}]),
    ),
    "UntagResource": (
        "Resource",
        lambda client: client.untag_resource(resourceName="Nemo", tagKeys=["k"]),
    ),
}


@pytest.mark.parametrize("call", MISSING)
def test_a_missing_resource_is_not_found(wordpress: LightsailClient, call: str) -> None:
    kind, send = MISSING[call]

    with not_found(f"The {kind} does not exist: Nemo$"):
        send(wordpress)


def test_a_resource_of_another_type_is_not_found(wordpress: LightsailClient) -> None:
    create_snapshot(wordpress)

    with not_found("The InstanceSnapshot does not exist: WordPress-1"):
        get_snapshot(wordpress, "WordPress-1")
    with not_found("The Instance does not exist: WordPress-Snapshot-1"):
        wordpress.delete_instance(instanceName="WordPress-Snapshot-1")


# Resources in the wrong state


def test_only_a_stopped_instance_can_start_and_only_a_running_one_can_stop(
    wordpress: LightsailClient,
) -> None:
    with refused("InvalidState", "WordPress-1 is running, and must be stopped"):
        wordpress.start_instance(instanceName="WordPress-1")
    wordpress.stop_instance(instanceName="WordPress-1")
    with refused("InvalidState", "WordPress-1 is stopped, and must be running"):
        wordpress.stop_instance(instanceName="WordPress-1")


def test_a_stopped_instance_can_be_snapshotted(wordpress: LightsailClient) -> None:
    wordpress.stop_instance(instanceName="WordPress-1")

    assert create_snapshot(wordpress)


@pytest.mark.usefixtures("slow_instances")
def test_requests_for_an_instance_that_is_being_deleted_are_refused(
    wordpress: LightsailClient,
) -> None:
    wordpress.delete_instance(instanceName="WordPress-1")

    with refused("InvalidState", "The instance WordPress-1 is being deleted"):
        create_snapshot(wordpress)
    with refused("InvalidState", "The instance WordPress-1 is being deleted"):
        wordpress.delete_instance(instanceName="WordPress-1")
    with refused("InvalidState", "is shutting-down, and must be running"):
        wordpress.stop_instance(instanceName="WordPress-1")


# Invalid arguments


@pytest.mark.parametrize("bundle", ["pico_3_0", "nano", "", "nano_"])
def test_an_unknown_bundle_is_refused(lightsail: LightsailClient, bundle: str) -> None:
    with refused(
        "InvalidBundle", f"The specified bundle does not exist in this region: {bundle}"
    ):
        create_instances(lightsail, "WordPress-1", bundleId=bundle)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ipAddressType": "ipv5"}, "ipAddressType must be one of dualstack, .*: ipv5"),
        ({"addOns": [{"addOnType": "Nap"}]}, "addOnType must be one of Auto.*: Nap"),
    ],
)
def test_a_value_that_is_not_in_the_enum_is_refused(
    lightsail: LightsailClient, members: dict[str, Any], message: str
) -> None:
    with refused("InvalidInput", message):
        create_instances(lightsail, "One", **members)

    assert lightsail.get_instances()["instances"] == []


@pytest.mark.parametrize(
    "name", ["MyKey", "lightsaildefaultkeypair", "", "LightsailDefaultKeyPair "]
)
def test_a_key_pair_that_does_not_exist_is_refused(
    wordpress: LightsailClient, name: str
) -> None:
    create_snapshot(wordpress)

    with not_found(f"The KeyPair does not exist: {name}"):
        create_instances(wordpress, "One", keyPairName=name)
    with not_found(f"The KeyPair does not exist: {name}"):
        restore(wordpress, keyPairName=name)
    assert len(wordpress.get_instances()["instances"]) == 1


def with_snapshots_at(time: str) -> dict[str, Any]:
    request = {"snapshotTimeOfDay": time}
    add_on = {"addOnType": "AutoSnapshot", "autoSnapshotAddOnRequest": request}
    return {"addOns": [add_on]}


@pytest.mark.parametrize(
    "time",
    [
        "99:99",
        "24:00",
        "06:60",
        "06:30",
        "6:00",
        "06:00:00",
        "-1:00",
        "",
        "06:00\n",
        "٠٦:00",
    ],
)
def test_a_time_that_does_not_exist_or_is_not_on_the_hour_is_refused(
    wordpress: LightsailClient, time: str
) -> None:
    create_snapshot(wordpress)

    message = "snapshotTimeOfDay must be a time in the format HH:00"
    with refused("InvalidInput", message):
        create_instances(wordpress, "One", **with_snapshots_at(time))
    with refused("InvalidInput", message):
        restore(wordpress, **with_snapshots_at(time))
    assert len(wordpress.get_instances()["instances"]) == 1


@pytest.mark.parametrize("time", ["00:00", "09:00", "10:00", "23:00"])
def test_a_time_on_the_hour_is_accepted(lightsail: LightsailClient, time: str) -> None:
    create_instances(lightsail, "One", **with_snapshots_at(time))

    (add_on,) = get_instance(lightsail, "One")["addOns"]
    assert add_on["snapshotTimeOfDay"] == time


@pytest.mark.parametrize("date", ["2024-99-99", "2023-02-29", "20240131", "today", ""])
def test_a_date_that_does_not_exist_is_refused(
    wordpress: LightsailClient, date: str
) -> None:
    message = "restoreDate must be a date in the format YYYY-MM-DD"
    for call, source in (
        (restore, {"instanceSnapshotName": None, "sourceInstanceName": "Nemo"}),
        (copy, {"sourceSnapshotName": None, "sourceResourceName": "Nemo"}),
    ):
        with refused("InvalidInput", message):
            call(wordpress, restoreDate=date, **source)


def test_an_empty_list_of_names_is_refused(wordpress: LightsailClient) -> None:
    with refused("InvalidInput", "Specify at least one name"):
        create_instances(wordpress)


def test_a_restored_instance_needs_a_bundle_that_is_large_enough(
    wordpress: LightsailClient,
) -> None:
    create_instances(wordpress, "Medium", bundleId="medium_3_0")
    create_snapshot(wordpress, instanceName="Medium")

    for bundle in ("nano_3_0", "small_2_0"):
        with refused("InvalidInput", f"{bundle} is smaller than the bundle medium_3_0"):
            restore(wordpress, bundleId=bundle)
    restore(wordpress, bundleId="medium_2_0")


@pytest.mark.parametrize("zone", ["us-west-2e", "us-east-1a", "us-west-2", ""])
def test_a_zone_of_another_region_is_refused(
    wordpress: LightsailClient, zone: str
) -> None:
    create_snapshot(wordpress)
    message = "does not exist in this region: .* It has us-west-2a, us-west-2b, us-"

    with refused("InvalidAvailabilityZone", message):
        create_instances(wordpress, "One", availabilityZone=zone)
    with refused("InvalidAvailabilityZone", message):
        restore(wordpress, availabilityZone=zone)


def test_a_region_without_lightsail_is_refused(wordpress: LightsailClient) -> None:
    create_snapshot(wordpress)

    with refused("InvalidRegion", "The specified region does not exist: us-west-9"):
        copy(wordpress, sourceRegion="us-west-9")
    with refused("InvalidRegion", "The specified region does not exist: us-west-9"):
        new_client("us-west-9").get_instances()


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param({"snapshot": None}, id="neither"),
        pytest.param({"resource": "WordPress-1"}, id="both"),
        pytest.param(
            {"snapshot": None, "resource": "WordPress-1"}, id="automatic without a date"
        ),
        pytest.param({"restoreDate": "2024-01-31"}, id="manual with a date"),
        pytest.param(
            {"useLatestRestorableAutoSnapshot": True}, id="manual with the latest"
        ),
        pytest.param(
            {
                "snapshot": None,
                "resource": "WordPress-1",
                "restoreDate": "2024-01-31",
                "useLatestRestorableAutoSnapshot": True,
            },
            id="date and latest",
        ),
    ],
)
def test_contradictory_arguments_are_refused(
    wordpress: LightsailClient, chosen: dict[str, Any]
) -> None:
    create_snapshot(wordpress)

    def with_names(snapshot: str, resource: str) -> dict[str, Any]:
        names = {"snapshot": snapshot, "resource": resource}
        return {names.get(member, member): value for member, value in chosen.items()}

    with refused("InvalidInput", "pecify"):
        copy(wordpress, **with_names("sourceSnapshotName", "sourceResourceName"))
    with refused("InvalidInput", "pecify"):
        restore(wordpress, **with_names("instanceSnapshotName", "sourceInstanceName"))


def test_a_false_use_latest_flag_does_not_contradict_a_manual_snapshot(
    wordpress: LightsailClient,
) -> None:
    create_snapshot(wordpress)

    copy(wordpress, useLatestRestorableAutoSnapshot=False)
    restore(wordpress, useLatestRestorableAutoSnapshot=False)
