"""The scenario of test_clients.py with capo-lightsail, all waits at once."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from capo_lightsail import AsyncLightsailClient
from capo_lightsail.errors import NotFoundException


async def scenario(*names: str) -> dict[str, Any]:
    """Create snapshots with these names, and return what was seen."""
    async with AsyncLightsailClient() as lightsail:
        seen: dict[str, Any] = {}

        page = await lightsail.get_instances()
        seen["instances"] = len(page["instances"])
        while token := page.get("next_page_token"):
            page = await lightsail.get_instances(page_token=token)
            seen["instances"] += len(page["instances"])

        operations = []
        for name in names:
            response = await lightsail.create_instance_snapshot(
                instance_name="WordPress-1",
                instance_snapshot_name=name,
                tags=[{"key": "env", "value": "prod"}, {"key": "keep"}],
            )
            operations += response["operations"]
        seen["started"] = [
            [
                each["resource_type"],
                each["resource_name"],
                each["operation_details"],
                each["location"]["availability_zone"],
            ]
            for each in operations
        ]

        async def wait(operation: Any) -> list[str]:
            statuses = [operation["status"]]
            while not operation["is_terminal"]:
                response = await lightsail.get_operation(operation["id"])
                operation = response["operation"]
                statuses.append(operation["status"])
            return statuses

        seen["statuses"] = await asyncio.gather(*map(wait, operations))

        async def listed() -> list[Any]:
            response = await lightsail.get_instance_snapshots()
            return [
                [each["name"], each["state"], each["tags"]]
                for each in response["instance_snapshots"]
            ]

        seen["created"] = await listed()
        for name in names:
            await lightsail.tag_resource(
                name, tags=[{"key": "env", "value": "dev"}, {"key": "old"}]
            )
            await lightsail.untag_resource(name, tag_keys=["keep"])
        seen["tagged"] = await listed()
        for name in names:
            await lightsail.delete_instance_snapshot(name)
        seen["left"] = await listed()

        try:
            await lightsail.get_instance_snapshot(names[0])
        except NotFoundException as error:
            seen["error"] = {
                "type": type(error).__name__,
                "message": error.data["message"],
                "code": error.data["code"],
                "tip": error.data["tip"],
            }
        return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(scenario(*sys.argv[1:]))))
