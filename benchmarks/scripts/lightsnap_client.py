"""Create a snapshot with lightsnap."""

from lightsnap import Client, Tag

client = Client()
client.create_instance_snapshot(
    instance_name="WordPress-1",
    instance_snapshot_name="monday",
    tags=[Tag("env", "prod")],
)
