"""A snapshot by boto3: what the others are compared with."""

import boto3

client = boto3.client("lightsail")
client.create_instance_snapshot(
    instanceName="WordPress-1",
    instanceSnapshotName="monday",
    tags=[{"key": "env", "value": "prod"}],
)
