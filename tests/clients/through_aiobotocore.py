"""The story of test_clients.py, told through aiobotocore: all waits at once."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiobotocore.session import get_session


async def story(*names: str) -> dict[str, Any]:
    """Take snapshots of these names, and tell what was seen."""
    async with get_session().create_client("lightsail") as lightsail:
        seen: dict[str, Any] = {}

        pages = lightsail.get_paginator("get_instances").paginate()
        seen["instances"] = sum([len(page["instances"]) async for page in pages])

        operations = []
        for name in names:
            answer = await lightsail.create_instance_snapshot(
                instanceName="WordPress-1",
                instanceSnapshotName=name,
                tags=[{"key": "env", "value": "prod"}, {"key": "keep"}],
            )
            operations += answer["operations"]
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
                answer = await lightsail.get_operation(operationId=operation["id"])
                operation = answer["operation"]
                statuses.append(operation["status"])
            return statuses

        seen["statuses"] = await asyncio.gather(*map(wait, operations))

        async def listed() -> list[Any]:
            answer = await lightsail.get_instance_snapshots()
            return [
                [each["name"], each["state"], each["tags"]]
                for each in answer["instanceSnapshots"]
            ]

        seen["made"] = await listed()
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
            response: Any = error.response
            seen["error"] = {
                "type": response["Error"]["Code"],
                "message": response["Error"]["Message"],
                "code": response["code"],
                "tip": response["tip"],
            }
        return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(story(*sys.argv[1:]))))
