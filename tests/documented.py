"""The documented example of CreateInstanceSnapshot.

Source: the examples of CreateInstanceSnapshot in the Lightsail API reference and in the
reference of the AWS CLI.
"""

from __future__ import annotations

from datetime import UTC, datetime

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
