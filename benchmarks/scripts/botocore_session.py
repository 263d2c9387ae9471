"""A snapshot by botocore, without boto3."""

from botocore.session import Session

client = Session().create_client("lightsail")
client.create_instance_snapshot(  # type: ignore[attr-defined] # a method made at run time
    instanceName="WordPress-1",
    instanceSnapshotName="monday",
    tags=[{"key": "env", "value": "prod"}],
)
