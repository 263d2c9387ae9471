"""The scenario of test_clients.py with capo-lightsail."""

from __future__ import annotations

import json
import sys
from typing import Any

from capo_lightsail import LightsailClient
from capo_lightsail.errors import NotFoundException


def scenario(*names: str) -> dict[str, Any]:
    """Create snapshots with these names, and return what was seen."""
    with LightsailClient() as lightsail:
        seen: dict[str, Any] = {}

        page = lightsail.get_instances()
        seen["instances"] = len(page["instances"])
        while token := page.get("next_page_token"):
            page = lightsail.get_instances(page_token=token)
            seen["instances"] += len(page["instances"])

        operations = [
            operation
            for name in names
            for operation in lightsail.create_instance_snapshot(
                instance_name="WordPress-1",
                instance_snapshot_name=name,
                tags=[{"key": "env", "value": "prod"}, {"key": "keep"}],
            )["operations"]
        ]
        seen["started"] = [
            [
                each["resource_type"],
                each["resource_name"],
                each["operation_details"],
                each["location"]["availability_zone"],
            ]
            for each in operations
        ]

        def wait(operation: Any) -> list[str]:
            statuses = [operation["status"]]
            while not operation["is_terminal"]:
                response = lightsail.get_operation(operation["id"])
                operation = response["operation"]
                statuses.append(operation["status"])
            return statuses

        seen["statuses"] = [wait(operation) for operation in operations]

        def listed() -> list[Any]:
            return [
                [each["name"], each["state"], each["tags"]]
                for each in lightsail.get_instance_snapshots()["instance_snapshots"]
            ]

        seen["created"] = listed()
        for name in names:
            lightsail.tag_resource(
                name, tags=[{"key": "env", "value": "dev"}, {"key": "old"}]
            )
            lightsail.untag_resource(name, tag_keys=["keep"])
        seen["tagged"] = listed()
        for name in names:
            lightsail.delete_instance_snapshot(name)
        seen["left"] = listed()

        try:
            lightsail.get_instance_snapshot(names[0])
        except NotFoundException as error:
            seen["error"] = {
                "type": type(error).__name__,
                "message": error.data["message"],
                "code": error.data["code"],
                "tip": error.data["tip"],
            }
        return seen


if __name__ == "__main__":
    print(json.dumps(scenario(*sys.argv[1:])))
