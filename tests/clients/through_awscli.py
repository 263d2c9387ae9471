"""The scenario of test_clients.py with the AWS CLI, version 1."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

# Run by Python, since a space in the path would break the script's first line.
AWS = [sys.executable, str(Path(sys.executable).with_name("aws")), "lightsail"]


def aws(*arguments: str) -> Any:
    """Return the JSON output of an ``aws lightsail`` command."""
    ran = subprocess.run(
        [*AWS, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(ran.stdout)


def scenario(*names: str) -> dict[str, Any]:
    """Create snapshots with these names, and return what was seen."""
    seen: dict[str, Any] = {}

    seen["instances"] = aws("get-instances", "--query", "length(instances)")

    operations = []
    for name in names:
        options = f"--instance-name WordPress-1 --instance-snapshot-name {name}"
        tags = "--tags key=env,value=prod key=keep"
        response = aws("create-instance-snapshot", *options.split(), *tags.split())
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

    def wait(operation: Any) -> list[str]:
        statuses = [operation["status"]]
        while not operation["isTerminal"]:
            response = aws("get-operation", "--operation-id", operation["id"])
            operation = response["operation"]
            statuses.append(operation["status"])
        return statuses

    seen["statuses"] = [wait(operation) for operation in operations]

    def listed() -> Any:
        query = "instanceSnapshots[].[name,state,tags]"
        return aws("get-instance-snapshots", "--query", query)

    seen["created"] = listed()
    for name in names:
        tags = "--tags key=env,value=dev key=old"
        aws("tag-resource", "--resource-name", name, *tags.split())
        aws("untag-resource", "--resource-name", name, "--tag-keys", "keep")
    seen["tagged"] = listed()
    for name in names:
        aws("delete-instance-snapshot", "--instance-snapshot-name", name)
    seen["left"] = listed()

    refused = subprocess.run(
        [*AWS, "get-instance-snapshot", "--instance-snapshot-name", names[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    error = re.search(r"\((?P<type>\w+)\).* operation: (?P<message>.*)", refused.stderr)
    seen["error"] = error.groupdict() if error else refused.stderr
    return seen


if __name__ == "__main__":
    print(json.dumps(scenario(*sys.argv[1:])))
