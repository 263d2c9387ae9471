"""Compare every response with botocore's model and AWS's documented samples."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape

from lightsnap.testing import Emulator, mock_lightsail
from tests.embedded import (
    Wire,
    create_instances,
    create_snapshot,
    get_instance,
    get_snapshot,
    new_client,
)
from tests.foreign import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from types_boto3_lightsail import LightsailClient

MODEL = botocore.session.get_session().get_service_model("lightsail")
OPERATIONS = """
    CreateInstances GetInstance GetInstances StopInstance StartInstance
    CreateInstanceSnapshot GetInstanceSnapshot GetInstanceSnapshots CopySnapshot
    CreateInstancesFromSnapshot TagResource UntagResource GetOperation GetOperations
    GetOperationsForResource GetRegions GetBlueprints GetBundles
    DeleteInstanceSnapshot DeleteInstance
    EnableAddOn DisableAddOn GetAutoSnapshots DeleteAutoSnapshot
""".split()

# The AWS CLI's reference has no example of these.
WITHOUT_SAMPLES = ("TagResource", "UntagResource", "EnableAddOn", "DisableAddOn")

# Values that AWS returns although they are not in the model's enum or do not match its
# pattern, and Regions that older releases of botocore lack.
UNPUBLISHED = {
    "RegionName": {
        "ap-east-1",
        "ap-southeast-3",
        "ap-southeast-5",
        "eu-south-2",
        "sa-east-1",
    },
    "ResourceName": {"Amazon Linux 2023", "LAMP (PHP 8)", "Node.js"},
    "OperationType": {
        "CopySnapshot",
        "DeleteAutoSnapshot",
        "TagResource",
        "UntagResource",
    },
    "PortAccessType": {"public"},
}

TYPES: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "float": float,
    "integer": int,
    "string": str,
    "timestamp": (int, float),
}


@pytest.fixture(scope="module")
def responses() -> dict[str, list[Any]]:
    """The bodies of at least one response for each supported API operation."""
    with mock_lightsail() as emulator:
        return responses_to(new_client(), emulator)


def responses_to(
    lightsail: LightsailClient, emulator: Emulator
) -> dict[str, list[Any]]:
    wire = Wire(lightsail)
    add_ons = [
        {"addOnType": "AutoSnapshot"},
        {
            "addOnType": "StopInstanceOnIdle",
            "stopInstanceOnIdleRequest": {"threshold": "5", "duration": "15"},
        },
    ]
    tags: list[Any] = [{"key": "key", "value": "value"}, {"key": "only"}]
    name: Any = {"instanceName": "WordPress-1"}
    resource: Any = {"resourceName": "WordPress-1"}

    (created,) = create_instances(lightsail, "WordPress-1", addOns=add_ons, tags=tags)
    get_instance(lightsail)
    lightsail.get_instance(**name)
    lightsail.stop_instance(**name)
    lightsail.get_instances()
    lightsail.start_instance(**name)
    create_snapshot(lightsail, tags=tags)
    get_snapshot(lightsail)
    lightsail.get_instance_snapshots()
    lightsail.copy_snapshot(
        sourceSnapshotName="WordPress-Snapshot-1",
        targetSnapshotName="Copy",
        sourceRegion="us-west-2",
    )
    lightsail.create_instances_from_snapshot(
        instanceSnapshotName="WordPress-Snapshot-1",
        # Enough for a second page.
        instanceNames=[f"Restored-{number}" for number in range(200)],
        availabilityZone="us-west-2a",
        bundleId="nano_3_0",
    )
    lightsail.get_instances()
    lightsail.tag_resource(**resource, tags=tags)
    lightsail.untag_resource(**resource, tagKeys=["only"])
    lightsail.get_operation(operationId=created["id"])
    lightsail.get_operations()
    lightsail.get_operations_for_resource(**resource)
    lightsail.get_regions(
        includeAvailabilityZones=True, includeRelationalDatabaseAvailabilityZones=True
    )
    lightsail.get_blueprints()
    lightsail.get_bundles()
    lightsail.enable_add_on(**resource, addOnRequest={"addOnType": "AutoSnapshot"})
    emulator.clock.advance(days=2)
    for snapshot in lightsail.get_auto_snapshots(**resource)["autoSnapshots"]:
        if snapshot["status"] == "Success":
            lightsail.delete_auto_snapshot(**resource, date=snapshot["date"])
    lightsail.disable_add_on(**resource, addOnType="AutoSnapshot")
    lightsail.delete_instance_snapshot(instanceSnapshotName="Copy")
    lightsail.delete_instance(**name)

    bodies = defaultdict(list)
    for operation, body in wire.responses:
        bodies[operation].append(body)
    return bodies


def assert_conforms(value: Any, shape: Shape) -> None:
    """Check recursively that a value on the wire conforms to the model."""
    if isinstance(shape, StructureShape):
        assert value.keys() <= shape.members.keys()
        for member, inner in value.items():
            assert_conforms(inner, shape.members[member])
    elif isinstance(shape, ListShape):
        assert isinstance(value, list)
        for inner in value:
            assert_conforms(inner, shape.member)
    else:
        assert isinstance(value, TYPES[shape.type_name])
        if value not in UNPUBLISHED.get(shape.name, ()):
            assert value in (getattr(shape, "enum", None) or [value])
            assert re.fullmatch(shape.metadata.get("pattern", ".*"), str(value))


def test_every_supported_operation_responds(responses: dict[str, list[Any]]) -> None:
    assert sorted(responses) == sorted(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_responses_conform_to_the_model(
    responses: dict[str, list[Any]], operation: str
) -> None:
    shape = MODEL.operation_model(operation).output_shape
    assert shape is not None

    for body in responses[operation]:
        assert_conforms(body, shape)


@cache
def documentation() -> Path:
    """Return the folder with the samples of the AWS CLI's reference."""
    packages = environment("awscli") / "lib"
    (found,) = packages.glob("python*/site-packages/awscli/examples/lightsail")
    return found


def samples(operation: str) -> Iterator[Any]:
    """Yield the documented responses. Long ones are cut off at ``...``."""
    name = re.sub("(?<!^)(?=[A-Z])", "-", operation).lower()
    page = (documentation() / f"{name}.rst").read_text(encoding="utf-8")
    for block in page.split("Output::\n")[1:]:
        text, cut, _ = re.split(r"\n(?=\S)", block)[0].partition("\n            ...\n")
        if cut:
            text = f"{text.rstrip().removesuffix(',')} ]}}"
        yield json.loads(text)


def member_paths(value: Any, path: str = "") -> set[str]:
    """Return the paths of all members, like ``instance.hardware.disks[].iops``."""
    if isinstance(value, dict):
        # The emulator has no disks except those of the bundles.
        kinds = (value.get("resourceType"), value.get("operationType"))
        if "Disk" in kinds or "DetachDisk" in kinds:
            return set()
        return {f"{path}.{member}" for member in value}.union(
            *(
                member_paths(inner, f"{path}.{member}")
                for member, inner in value.items()
            )
        )
    if isinstance(value, list):
        return set[str]().union(*(member_paths(inner, f"{path}[]") for inner in value))
    return set()


@pytest.mark.foreign
@pytest.mark.parametrize(
    "operation",
    [name for name in OPERATIONS if name not in WITHOUT_SAMPLES],
)
def test_responses_have_all_documented_members(
    responses: dict[str, list[Any]], operation: str
) -> None:
    documented = set[str]().union(*map(member_paths, samples(operation)))
    returned = set[str]().union(*map(member_paths, responses[operation]))

    assert len(documented) > 5
    assert documented - returned == set()
