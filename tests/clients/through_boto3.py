"""The scenario of test_clients.py with boto3."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from types_boto3_lightsail.type_defs import OperationTypeDef


def scenario(*names: str) -> dict[str, Any]:
    """Create snapshots with these names, and return what was seen."""
    lightsail = boto3.Session().client("lightsail")
    seen: dict[str, Any] = {}

    pages = lightsail.get_paginator("get_instances").paginate()
    seen["instances"] = sum(len(page["instances"]) for page in pages)

    operations = [
        operation
        for name in names
        for operation in lightsail.create_instance_snapshot(
            instanceName="WordPress-1",
            instanceSnapshotName=name,
            tags=[{"key": "env", "value": "prod"}, {"key": "keep"}],
        )["operations"]
    ]
    seen["started"] = [
        [
            each["resourceType"],
            each["resourceName"],
            each["operationDetails"],
            each["location"]["availabilityZone"],
        ]
        for each in operations
    ]

    def wait(operation: OperationTypeDef) -> list[str]:
        statuses: list[str] = [operation["status"]]
        while not operation["isTerminal"]:
            response = lightsail.get_operation(operationId=operation["id"])
            operation = response["operation"]
            statuses.append(operation["status"])
        return statuses

    seen["statuses"] = [wait(operation) for operation in operations]

    def listed() -> list[Any]:
        return [
            [each["name"], each["state"], each["tags"]]
            for each in lightsail.get_instance_snapshots()["instanceSnapshots"]
        ]

    seen["created"] = listed()
    for name in names:
        lightsail.tag_resource(
            resourceName=name, tags=[{"key": "env", "value": "dev"}, {"key": "old"}]
        )
        lightsail.untag_resource(resourceName=name, tagKeys=["keep"])
    seen["tagged"] = listed()
    for name in names:
        lightsail.delete_instance_snapshot(instanceSnapshotName=name)
    seen["left"] = listed()

    try:
        lightsail.get_instance_snapshot(instanceSnapshotName=names[0])
    except lightsail.exceptions.NotFoundException as error:
        members: Any = error.response
        seen["error"] = {
            "type": members["Error"]["Code"],
            "message": members["Error"]["Message"],
            "code": members["code"],
            "tip": members["tip"],
        }
    return seen


if __name__ == "__main__":
    print(json.dumps(scenario(*sys.argv[1:])))
