"""``lightsnap demo``: create a snapshot on an emulator in this process.

Creates an instance and a snapshot of it with tags, waits for the snapshot, then shows
that a request with invalid tags is rejected. Needs no account and no network.
"""

from __future__ import annotations

import os
from typing import Any, cast

from lightsnap import (
    Client,
    ConstraintError,
    Operations,
    Tag,
    WaitProgress,
    snapshot_name,
)
from lightsnap.testing import mock_lightsail

REGION = "us-west-2"
INSTANCE = "WordPress-1"


def _show(operations: Operations) -> None:
    for operation in operations:
        print(f"  {operation.resource_type:16} {operation.status:10} {operation.id}")


def _show_progress(progress: WaitProgress) -> None:
    print(f"after {progress.elapsed:.1f} s, calls: {progress.calls}")
    _show(progress.operations)


def _ignore_aws_settings() -> None:
    """Keep the profiles and endpoints of this machine out of the demo."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def main() -> None:
    """Run the demo.

    Raises:
        ImportError: moto is not installed.
    """
    import boto3

    _ignore_aws_settings()
    with mock_lightsail(), Client(region_name=REGION) as client:
        print(f"Creating an instance on a Lightsail emulator: {INSTANCE} in {REGION}a")
        cast("Any", boto3).client("lightsail", region_name=REGION).create_instances(
            instanceNames=[INSTANCE],
            availabilityZone=f"{REGION}a",
            blueprintId="wordpress",
            bundleId="nano_3_0",
        )

        name = snapshot_name(INSTANCE)
        print(f"\nCreating a snapshot of it: {name}")
        operations = client.create_instance_snapshot(
            instance_name=INSTANCE,
            instance_snapshot_name=name,
            tags=[Tag("env", "demo"), Tag("keep")],
        )
        _show(operations)

        print("\nWaiting for its operations")
        operations = client.wait(operations, on_poll=_show_progress, poll_interval=1)

        print("\nThe operations have ended:")
        for operation in operations:
            print(f"  {operation}")

        snapshot = client.wait_until_available(name)
        size = f"{snapshot.size_in_gb} GB"
        print(f"\nThe snapshot is {snapshot.state}: {size}, with these tags:")
        for tag in snapshot.tags or ():
            print(f"  {tag}")

        print("\nInvalid tags are rejected before anything is sent:")
        try:
            client.create_instance_snapshot(
                instance_name=INSTANCE,
                instance_snapshot_name=snapshot_name(INSTANCE),
                tags={"aws:owner": "me", "cost,centre": "r&d"},
            )
        except ConstraintError as error:
            for violation in error.violations:
                print(f"  {violation.rule:16} {violation.message}")
