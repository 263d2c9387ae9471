"""The documented example of CreateInstanceSnapshot, and values derived from it.

The example is in the Lightsail API reference and in the AWS CLI reference.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from lightsnap import Operation

REQUEST = {
    "instanceSnapshotName": "WordPress-Snapshot-1",
    "instanceName": "WordPress-1",
}

ANSWER = """{"operations": [
 {"id": "4c3db559-9dd0-41e7-89c0-2cb88c19786f", "resourceName": "WordPress-Snapshot-1",
  "resourceType": "InstanceSnapshot", "createdAt": 1569866438.48,
  "location": {"availabilityZone": "all", "regionName": "us-west-2"},
  "isTerminal": false, "operationDetails": "WordPress-1",
  "operationType": "CreateInstanceSnapshot", "status": "Started",
  "statusChangedAt": 1569866438.48},
 {"id": "c04fdc45-2981-488c-88b5-d6d2fd759a6a", "resourceName": "WordPress-1",
  "resourceType": "Instance", "createdAt": 1569866438.48,
  "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
  "isTerminal": false, "operationDetails": "WordPress-Snapshot-1",
  "operationType": "CreateInstanceSnapshot", "status": "Started",
  "statusChangedAt": 1569866438.48}]}"""

TIME = datetime(2019, 9, 30, 18, 0, 38, 480000, tzinfo=UTC)

WIRE: list[dict[str, Any]] = json.loads(ANSWER)["operations"]
BOTO3: dict[str, Any] = {**WIRE[0], "createdAt": TIME, "statusChangedAt": TIME}

SNAPSHOT: dict[str, Any] = {
    "name": "WordPress-Snapshot-1",
    "arn": "arn:aws:lightsail:us-west-2:111122223333:InstanceSnapshot/0",
    "supportCode": "6EXAMPLE/ami-0",
    "createdAt": TIME,
    "location": {"availabilityZone": "all", "regionName": "us-west-2"},
    "resourceType": "InstanceSnapshot",
    "tags": [{"key": "env", "value": "prod"}, {"key": "keep"}],
    "state": "available",
    "progress": "100%",
    "fromAttachedDisks": [
        {
            "name": "Disk-1",
            "createdAt": TIME,
            "location": {"availabilityZone": "us-west-2a", "regionName": "us-west-2"},
            "resourceType": "Disk",
            "tags": [],
            "addOns": [{"name": "AutoSnapshot", "snapshotTimeOfDay": "06:00"}],
            "sizeInGb": 20,
            "isSystemDisk": True,
            "state": "in-use",
            "autoMountStatus": "Mounted",
        }
    ],
    "fromInstanceName": "WordPress-1",
    "fromInstanceArn": "arn:aws:lightsail:us-west-2:111122223333:Instance/0",
    "fromBlueprintId": "wordpress",
    "fromBundleId": "nano_3_0",
    "isFromAutoSnapshot": False,
    "sizeInGb": 20,
}


def operation(**changes: Any) -> Operation:
    """Return the documented operation on the snapshot, with some members changed."""
    return Operation.from_dict({**BOTO3, **changes})


PENDING = operation(id="a")
SUCCEEDED = operation(id="b", isTerminal=True, status="Succeeded")
FAILED = operation(id="c", isTerminal=True, status="Failed", errorCode="NoSpace")
