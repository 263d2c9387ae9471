"""The scenario of test_clients.py with aiobotocore, all waits at once."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiobotocore.session import get_session


async def scenario(*names: str) -> dict[str, Any]:
    """Create snapshots with these names, and return what was seen."""
    async with get_session().create_client("lightsail") as lightsail:
        seen: dict[str, Any] = {}

        pages = lightsail.get_paginator("get_instances").paginate()
        seen["instances"] = sum([len(page["instances"]) async for page in pages])

        operations = []
        for name in names:
            response = await lightsail.create_instance_snapshot(
                instanceName="WordPress-1",
                instanceSnapshotName=name,
                tags=[{"key": "env", "value": "prod"}, {"key": "keep"}],
            )
            operations += response["operations"]
        seen["started"] = [
            [
                each["resourceType"],
                each["resourceName"],
                each["operationDetails"],
                each["location"]["availabilityZone"],
            ]
            for each in operations
        ]

        async def wait(operation: Any) -> list[str]:
            statuses = [operation["status"]]
            while not operation["isTerminal"]:
                response = await lightsail.get_operation(operationId=operation["id"])
                operation = response["operation"]
                statuses.append(operation["status"])
            return statuses

        seen["statuses"] = await asyncio.gather(*map(wait, operations))

        async def listed() -> list[Any]:
            response = await lightsail.get_instance_snapshots()
            return [
                [each["name"], each["state"], each["tags"]]
                for each in response["instanceSnapshots"]
            ]

        seen["created"] = await listed()
        for name in names:
            await lightsail.tag_resource(
                resourceName=name, tags=[{"key": "env", "value": "dev"}, {"key": "old"}]
            )
            await lightsail.untag_resource(resourceName=name, tagKeys=["keep"])
        seen["tagged"] = await listed()
        for name in names:
            await lightsail.delete_instance_snapshot(instanceSnapshotName=name)
        seen["left"] = await listed()

        try:
            await lightsail.get_instance_snapshot(instanceSnapshotName=names[0])
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
    print(json.dumps(asyncio.run(scenario(*sys.argv[1:]))))
