"""Create a snapshot with capo-lightsail, which does not use botocore."""

from capo_lightsail import LightsailClient

with LightsailClient() as client:
    client.create_instance_snapshot(
        instance_name="WordPress-1",
        instance_snapshot_name="monday",
        tags=[{"key": "env", "value": "prod"}],
    )
