"""``lightsnap demo``: the main job, on a Lightsail inside of this process.

An instance is made, a snapshot of it is taken with tags and waited for, and then a
request with a bad tag is refused. There is no account and no network.
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


def _leave_out_settings() -> None:
    """Let no profile or endpoint of this machine count."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def main() -> None:
    """Show it.

    Raises:
        ImportError: moto is not installed.
    """
    import boto3

    _leave_out_settings()
    with mock_lightsail(), Client(region_name=REGION) as client:
        print(f"An instance on the embedded Lightsail: {INSTANCE} in {REGION}a")
        cast("Any", boto3).client("lightsail", region_name=REGION).create_instances(
            instanceNames=[INSTANCE],
            availabilityZone=f"{REGION}a",
            blueprintId="wordpress",
            bundleId="nano_3_0",
        )

        name = snapshot_name(INSTANCE)
        print(f"\nA snapshot of it: {name}")
        operations = client.create_instance_snapshot(
            instance_name=INSTANCE,
            instance_snapshot_name=name,
            tags=[Tag("env", "demo"), Tag("keep")],
        )
        _show(operations)

        print("\nWaiting until its operations have ended")
        operations = client.wait(operations, on_poll=_show_progress, poll_interval=1)

        print("\nThe finished operations:")
        for operation in operations:
            print(f"  {operation}")

        snapshot = client.wait_until_available(name)
        print(
            f"\nThe snapshot is {snapshot.state}: {snapshot.size_in_gb} GB, with tags"
        )
        for tag in snapshot.tags or ():
            print(f"  {tag}")

        print("\nA bad tag is refused before anything is sent:")
        try:
            client.create_instance_snapshot(
                instance_name=INSTANCE,
                instance_snapshot_name=snapshot_name(INSTANCE),
                tags={"aws:owner": "me", "cost,centre": "r&d"},
            )
        except ConstraintError as error:
            for violation in error.violations:
                print(f"  {violation.rule:16} {violation.message}")
