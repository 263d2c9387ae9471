"""Create a snapshot with botocore, without boto3."""

from botocore.session import Session

client = Session().create_client("lightsail")
client.create_instance_snapshot(  # type: ignore[attr-defined] # botocore adds it at run time
    instanceName="WordPress-1",
    instanceSnapshotName="monday",
    tags=[{"key": "env", "value": "prod"}],
)
