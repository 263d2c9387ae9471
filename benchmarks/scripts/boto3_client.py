"""Create a snapshot with boto3, the baseline of the comparison."""

import boto3

client = boto3.client("lightsail")
client.create_instance_snapshot(
    instanceName="WordPress-1",
    instanceSnapshotName="monday",
    tags=[{"key": "env", "value": "prod"}],
)
