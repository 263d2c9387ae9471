"""The members of each response, as boto3 returns them."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.documented import WIRE as DOCUMENTED
from tests.embedded import (
    Wire,
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    new_client,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_lightsail import LightsailClient

ARN = "arn:aws:lightsail:us-west-2:123456789012:{}/[0-9a-f-]{{36}}"


def without_identity(resource: Mapping[str, object], prefix: str) -> dict[str, Any]:
    """Check the members that are unique to each resource; return the others."""
    rest: dict[str, Any] = {**resource}
    assert re.fullmatch(ARN.format(rest["resourceType"]), rest.pop("arn"))
    support_code = rf"123456789012/{prefix}-[0-9a-f]{{17}}"
    assert re.fullmatch(support_code, rest.pop("supportCode"))
    age = datetime.now(UTC) - rest.pop("createdAt")
    assert timedelta() <= age < timedelta(minutes=1)
    return rest


def test_a_snapshot_starts_the_documented_operations(
    wordpress: LightsailClient,
) -> None:
    del wordpress
    client = new_client()
    wire = Wire(client)

    create_snapshot(client)

    operations: list[dict[str, Any]] = wire.last["operations"]
    varying = {"id", "createdAt", "status", "statusChangedAt"}
    assert [operation.keys() for operation in operations] == [
        operation.keys() for operation in DOCUMENTED
    ]
    assert [
        {member: operation[member] for member in operation.keys() - varying}
        for operation in operations
    ] == [
        {member: operation[member] for member in operation.keys() - varying}
        for operation in DOCUMENTED
    ]
    assert {operation["status"] for operation in operations} == {"NotStarted"}


def test_operations_have_unique_ids_and_current_times(
    wordpress: LightsailClient,
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)  # Older moto truncates.
    operations = create_snapshot(wordpress)
    after = datetime.now(UTC)

    ids = [uuid.UUID(operation["id"]) for operation in operations]
    assert len(set(ids)) == 2
    assert {id_.version for id_ in ids} == {4}
    for operation in operations:
        assert before <= operation["createdAt"] <= after
        assert operation["statusChangedAt"] == operation["createdAt"]


def test_get_operation_returns_what_the_create_returned(
    wordpress: LightsailClient,
) -> None:
    created = create_snapshot(wordpress)
    varying = {"status", "statusChangedAt"}

    again = read(wordpress, created)

    for first, second in zip(created, again, strict=True):
        assert {k: v for k, v in first.items() if k not in varying} == {
            k: v for k, v in second.items() if k not in varying
        }


def test_a_snapshot(wordpress: LightsailClient) -> None:
    create_snapshot(wordpress)

    snapshot = get_snapshot(wordpress)

    assert without_identity(snapshot, "ami") == {
        "name": "WordPress-Snapshot-1",
        "location": {"availabilityZone": "all", "regionName": "us-west-2"},
        "resourceType": "InstanceSnapshot",
        "tags": [],
        "state": "available",
        "fromAttachedDisks": [],
        "fromInstanceName": "WordPress-1",
        "fromInstanceArn": get_instance(wordpress)["arn"],
        "fromBlueprintId": "wordpress",
        "fromBundleId": "nano_3_0",
        "isFromAutoSnapshot": False,
        "sizeInGb": 20,
    }
    listed = wordpress.get_instance_snapshots()["instanceSnapshots"]
    assert listed == [snapshot]


def test_an_instance(lightsail: LightsailClient) -> None:
    create_instances(lightsail, "MEAN-1", blueprintId="mean", bundleId="medium_3_0")

    instance = get_instance(lightsail, "MEAN-1")

    port = {
        "protocol": "tcp",
        "accessFrom": "Anywhere (0.0.0.0/0)",
        "accessType": "public",
        "commonName": "",
        "accessDirection": "inbound",
        "cidrs": ["0.0.0.0/0"],
        "ipv6Cidrs": ["::/0"],
        "cidrListAliases": [],
    }
    assert without_identity(instance, "i") == {
        "name": "MEAN-1",
        "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
        "resourceType": "Instance",
        "tags": [],
        "blueprintId": "mean",
        "blueprintName": "MEAN",
        "bundleId": "medium_3_0",
        "addOns": [],
        "isStaticIp": False,
        "privateIpAddress": "172.26.0.1",
        "publicIpAddress": "203.0.113.1",
        "ipv6Addresses": ["2001:DB8:0:0:0:0:0:1"],
        "ipAddressType": "dualstack",
        "hardware": {
            "cpuCount": 2,
            "ramSizeInGb": 4.0,
            "disks": [
                {
                    "createdAt": instance["createdAt"],
                    "sizeInGb": 80,
                    "isSystemDisk": True,
                    "iops": 240,
                    "path": "/dev/xvda",
                    "attachedTo": "MEAN-1",
                    "attachmentState": "attached",
                }
            ],
        },
        "networking": {
            "monthlyTransfer": {"gbPerMonthAllocated": 4096},
            "ports": [
                {"fromPort": number, "toPort": number, **port}
                for number in (80, 22, 443)
            ],
        },
        "state": {"code": 16, "name": "running"},
        "username": "bitnami",
        "sshKeyName": "LightsailDefaultKeyPair",
        "metadataOptions": {
            "state": "applied",
            "httpTokens": "optional",
            "httpEndpoint": "enabled",
            "httpPutResponseHopLimit": 1,
            "httpProtocolIpv6": "disabled",
        },
    }
    assert lightsail.get_instances()["instances"] == [instance]


@pytest.mark.parametrize(
    ("ip_address_type", "addresses"),
    [
        ("dualstack", {"publicIpAddress", "ipv6Addresses"}),
        ("ipv4", {"publicIpAddress"}),
        ("ipv6", {"ipv6Addresses"}),
    ],
)
def test_an_instance_has_addresses_of_the_requested_type(
    lightsail: LightsailClient, ip_address_type: str, addresses: set[str]
) -> None:
    create_instances(lightsail, "One", ipAddressType=ip_address_type)

    instance = get_instance(lightsail, "One")

    assert instance["ipAddressType"] == ip_address_type
    assert instance.keys() & {"publicIpAddress", "ipv6Addresses"} == addresses


def test_no_two_instances_share_an_address(lightsail: LightsailClient) -> None:
    create_instances(lightsail, *(f"Number-{number}" for number in range(20)))

    instances = lightsail.get_instances()["instances"]

    for member in ("publicIpAddress", "privateIpAddress"):
        assert len({instance[member] for instance in instances}) == 20


def test_an_instance_has_the_requested_key_pair_and_add_ons(
    lightsail: LightsailClient,
) -> None:
    create_instances(
        lightsail,
        "One",
        keyPairName="LightsailDefaultKeyPair",
        addOns=[
            {
                "addOnType": "AutoSnapshot",
                "autoSnapshotAddOnRequest": {"snapshotTimeOfDay": "03:00"},
            },
            {
                "addOnType": "StopInstanceOnIdle",
                "stopInstanceOnIdleRequest": {"threshold": "5", "duration": "15"},
            },
        ],
    )
    create_instances(lightsail, "Two", addOns=[{"addOnType": "AutoSnapshot"}])

    one, two = lightsail.get_instances()["instances"]
    assert one["sshKeyName"] == two["sshKeyName"] == "LightsailDefaultKeyPair"
    assert one["addOns"] == [
        {"name": "AutoSnapshot", "status": "Enabled", "snapshotTimeOfDay": "03:00"},
        {
            "name": "StopInstanceOnIdle",
            "status": "Enabled",
            "threshold": "5",
            "duration": "15",
        },
    ]
    assert two["addOns"] == [
        {"name": "AutoSnapshot", "status": "Enabled", "snapshotTimeOfDay": "06:00"}
    ]


def test_every_blueprint_id_is_accepted(lightsail: LightsailClient) -> None:
    create_instances(lightsail, "Plan-9", blueprintId="plan9_4")

    instance = get_instance(lightsail, "Plan-9")

    assert instance["blueprintId"] == instance["blueprintName"] == "plan9_4"


def test_an_older_bundle_has_the_hardware_of_the_newest_of_its_size(
    lightsail: LightsailClient,
) -> None:
    create_instances(lightsail, "One", bundleId="small_2_0")

    instance = get_instance(lightsail, "One")

    assert instance["bundleId"] == "small_2_0"
    assert instance["hardware"]["disks"][0]["sizeInGb"] == 60


def test_tags_are_returned_unchanged(wordpress: LightsailClient) -> None:
    tags = [{"key": "only"}, {"key": "empty", "value": ""}, {"key": "k", "value": "v"}]
    create_instances(wordpress, "Tagged-1", tags=tags)
    create_snapshot(wordpress, "Snapshot", instanceName="Tagged-1")
    create_snapshot(wordpress, "Tagged-2", tags=tags)

    assert get_instance(wordpress, "Tagged-1")["tags"] == tags
    assert get_snapshot(wordpress, "Tagged-2")["tags"] == tags
    # A snapshot does not inherit the tags of its instance.
    assert get_snapshot(wordpress, "Snapshot")["tags"] == []


def test_tags_are_added_replaced_and_removed(wordpress: LightsailClient) -> None:
    arn = get_instance(wordpress)["arn"]

    def tag(*tags: Any) -> Any:
        return wordpress.tag_resource(
            resourceName="WordPress-1", resourceArn=arn, tags=tags
        )

    responses: list[Any] = [
        tag({"key": "kept", "value": "1"}, {"key": "changed", "value": "1"}),
        tag({"key": "changed"}, {"key": "removed"}),
        wordpress.untag_resource(
            resourceName="WordPress-1", tagKeys=["removed", "never there"]
        ),
    ]

    assert [
        operation["operationType"]
        for response in responses
        for operation in response["operations"]
    ] == ["TagResource", "TagResource", "UntagResource"]
    assert get_instance(wordpress)["tags"] == [
        {"key": "kept", "value": "1"},
        {"key": "changed"},
    ]


def test_operations_have_their_type_and_resource(
    wordpress: LightsailClient,
) -> None:
    create_snapshot(wordpress)
    responses: list[Any] = [
        wordpress.stop_instance(instanceName="WordPress-1"),
        wordpress.start_instance(instanceName="WordPress-1"),
        wordpress.create_instances_from_snapshot(
            instanceNames=["Restored"],
            instanceSnapshotName="WordPress-Snapshot-1",
            availabilityZone="us-west-2b",
            bundleId="nano_3_0",
        ),
        wordpress.copy_snapshot(
            sourceSnapshotName="WordPress-Snapshot-1",
            targetSnapshotName="Copy",
            sourceRegion="us-west-2",
        ),
        wordpress.delete_instance_snapshot(instanceSnapshotName="Copy"),
        wordpress.delete_instance(instanceName="WordPress-1"),
    ]

    operations = [
        (
            operation["operationType"],
            operation["resourceType"],
            operation["resourceName"],
            operation.get("operationDetails"),
            operation["location"]["availabilityZone"],
        )
        for response in responses
        for operation in response["operations"]
    ]
    snapshot = "InstanceSnapshot"
    copied = "us-west-2:WordPress-Snapshot-1"
    assert operations == [
        ("StopInstance", "Instance", "WordPress-1", None, "us-west-2a"),
        ("StartInstance", "Instance", "WordPress-1", None, "us-west-2a"),
        ("CreateInstancesFromSnapshot", "Instance", "Restored", None, "us-west-2b"),
        ("CopySnapshot", snapshot, "Copy", copied, "all"),
        ("DeleteInstanceSnapshot", snapshot, "Copy", None, "all"),
        ("DeleteInstance", "Instance", "WordPress-1", None, "us-west-2a"),
    ]


def test_a_restored_instance_has_the_blueprint_of_the_snapshot(
    lightsail: LightsailClient,
) -> None:
    create_instances(lightsail, "WordPress-1", blueprintId="debian_12")
    create_snapshot(lightsail)

    lightsail.create_instances_from_snapshot(
        instanceNames=["Restored-1", "Restored-2"],
        instanceSnapshotName="WordPress-Snapshot-1",
        availabilityZone="us-west-2b",
        bundleId="small_3_0",
        keyPairName="LightsailDefaultKeyPair",
        ipAddressType="ipv4",
        addOns=[{"addOnType": "AutoSnapshot"}],
        tags=[{"key": "restored"}],
    )

    for name in ("Restored-1", "Restored-2"):
        instance = get_instance(lightsail, name)
        assert instance["blueprintId"] == "debian_12"
        assert instance["username"] == "admin"
        assert instance["location"]["availabilityZone"] == "us-west-2b"
        assert instance["bundleId"] == "small_3_0"
        assert instance["sshKeyName"] == "LightsailDefaultKeyPair"
        assert instance["ipAddressType"] == "ipv4"
        assert instance["addOns"][0]["name"] == "AutoSnapshot"
        assert instance["tags"] == [{"key": "restored"}]
        assert instance["state"]["name"] == "running"


def test_a_copy_has_the_origin_of_the_original(wordpress: LightsailClient) -> None:
    create_snapshot(wordpress, tags=[{"key": "tag"}])
    original = get_snapshot(wordpress)
    ireland = new_client("eu-west-1")

    ireland.copy_snapshot(
        sourceSnapshotName="WordPress-Snapshot-1",
        targetSnapshotName="Copy",
        sourceRegion="us-west-2",
    )

    copy = get_snapshot(ireland, "Copy")
    origin = {name for name in original if name.startswith("from")}
    assert {name: copy[name] for name in origin} == {  # type: ignore[literal-required]
        name: original[name]  # type: ignore[literal-required]
        for name in origin
    }
    assert copy["location"] == {"availabilityZone": "all", "regionName": "eu-west-1"}
    assert copy["sizeInGb"] == original["sizeInGb"]
    assert copy["tags"] == []
    assert copy["arn"].startswith("arn:aws:lightsail:eu-west-1:")
    # Deleting the original does not affect it.
    wordpress.delete_instance_snapshot(instanceSnapshotName="WordPress-Snapshot-1")
    assert get_snapshot(ireland, "Copy") == copy


def test_a_snapshot_outlives_its_instance(wordpress: LightsailClient) -> None:
    create_snapshot(wordpress)
    before = get_snapshot(wordpress)

    wordpress.delete_instance(instanceName="WordPress-1")

    assert get_snapshot(wordpress) == before


def test_an_arn_has_the_partition_of_its_region(
    lightsail: LightsailClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    del lightsail
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    mars = new_client("cn-mars-1")

    # Any zone is accepted there.
    create_instances(mars, "One", availabilityZone="cn-mars-1z")

    assert get_instance(mars, "One")["arn"].startswith(
        "arn:aws-cn:lightsail:cn-mars-1:"
    )


def test_operations_are_listed_oldest_first(
    wordpress: LightsailClient,
) -> None:
    create_instances(wordpress, "Other")
    create_snapshot(wordpress, "First")
    create_snapshot(wordpress, "Second")

    def listed(response: Any) -> list[tuple[str, str, str | None]]:
        return [
            (
                operation["resourceName"],
                operation["operationType"],
                operation.get("operationDetails"),
            )
            for operation in response["operations"]
        ]

    response = wordpress.get_operations_for_resource(resourceName="WordPress-1")
    assert listed(response) == [
        ("WordPress-1", "CreateInstance", None),
        ("WordPress-1", "CreateInstanceSnapshot", "First"),
        ("WordPress-1", "CreateInstanceSnapshot", "Second"),
    ]
    assert listed(wordpress.get_operations()) == [
        ("WordPress-1", "CreateInstance", None),
        ("Other", "CreateInstance", None),
        ("First", "CreateInstanceSnapshot", "WordPress-1"),
        ("WordPress-1", "CreateInstanceSnapshot", "First"),
        ("Second", "CreateInstanceSnapshot", "WordPress-1"),
        ("WordPress-1", "CreateInstanceSnapshot", "Second"),
    ]


def test_operations_of_a_deleted_resource_with_the_same_name_are_not_listed(
    wordpress: LightsailClient,
) -> None:
    (deleted,) = wordpress.delete_instance(instanceName="WordPress-1")["operations"]
    create_instances(wordpress, "WordPress-1")

    listed = wordpress.get_operations_for_resource(resourceName="WordPress-1")

    types = [operation["operationType"] for operation in listed["operations"]]
    assert types == ["CreateInstance"]
    # They can still be read by id, and are in the list of all.
    assert read(wordpress, [deleted])[0]["operationType"] == "DeleteInstance"
    assert len(wordpress.get_operations()["operations"]) == 3


def test_the_regions(lightsail: LightsailClient) -> None:
    regions = {region["name"]: region for region in lightsail.get_regions()["regions"]}

    known = boto3.Session().get_available_regions("lightsail")
    assert regions.keys() >= set(known)
    assert regions["us-west-2"] == {
        "continentCode": "NA",
        "description": "This region is recommended to serve users near Oregon",
        "displayName": "Oregon",
        "name": "us-west-2",
        "availabilityZones": [],
        "relationalDatabaseAvailabilityZones": [],
    }
    for name in regions:
        assert new_client(name).get_instances()["instances"] == []


@pytest.mark.parametrize(
    ("member", "zones_member"),
    [
        ("includeAvailabilityZones", "availabilityZones"),
        (
            "includeRelationalDatabaseAvailabilityZones",
            "relationalDatabaseAvailabilityZones",
        ),
    ],
)
def test_a_region_has_its_zones_if_requested(
    lightsail: LightsailClient, member: str, zones_member: str
) -> None:
    request: dict[str, Any] = {member: True}
    regions: Any = lightsail.get_regions(**request)["regions"]

    (tokyo,) = (region for region in regions if region["displayName"] == "Tokyo")
    zones = ("availabilityZones", "relationalDatabaseAvailabilityZones")
    assert {name: tokyo[name] for name in zones} == {name: [] for name in zones} | {
        zones_member: [
            {"zoneName": f"ap-northeast-1{letter}", "state": "available"}
            for letter in "acd"
        ]
    }


def test_the_bundles(lightsail: LightsailClient) -> None:
    bundles = lightsail.get_bundles()["bundles"]

    assert bundles[0] == {
        "price": 5.0,
        "cpuCount": 2,
        "diskSizeInGb": 20,
        "bundleId": "nano_3_0",
        "instanceType": "nano",
        "isActive": True,
        "name": "Nano",
        "power": 298,
        "ramSizeInGb": 0.5,
        "transferPerMonthInGb": 1024,
        "supportedPlatforms": ["LINUX_UNIX"],
        "publicIpv4AddressCount": 1,
    }
    for bundle in bundles:
        create_instances(lightsail, bundle["name"], bundleId=bundle["bundleId"])


def test_the_blueprints(lightsail: LightsailClient) -> None:
    blueprints = lightsail.get_blueprints()["blueprints"]

    url = "https://aws.amazon.com/marketplace/pp/wordpress"
    assert blueprints[0] == {
        "blueprintId": "wordpress",
        "name": "WordPress",
        "group": "wordpress",
        "type": "app",
        "description": "WordPress 6.5.3-0",
        "isActive": True,
        "minPower": 0,
        "version": "6.5.3-0",
        "versionCode": "1",
        "productUrl": url,
        "licenseUrl": f"{url}#pdp-usage",
        "platform": "LINUX_UNIX",
    }


def test_nothing_is_for_research(lightsail: LightsailClient) -> None:
    bundles = lightsail.get_bundles(appCategory="LfR")["bundles"]
    blueprints = lightsail.get_blueprints(appCategory="LfR")["blueprints"]

    assert bundles == blueprints == []
