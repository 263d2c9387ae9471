"""The states that the CLI waits for: of ``wait CONDITION``, and of ``--wait``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from lightsnap.cli.options import Options


class Condition(NamedTuple):
    """A state of a kind of resource.

    Attributes:
        name: Its name after ``wait``.
        noun: What is waited for, such as "disk snapshot".
        api_operation: The API operation that fetches the resource.
        member: The member of its request that names the resource.
        path: Where the state stands in its response.
        reached: The state to reach; "deleted" if the resource is to be gone.
        failed: States in which it will never reach that.
        resource_type: The type of the resource in operations.
        started_by: The API operations whose ``--wait`` waits for it too.
    """

    name: str
    noun: str
    api_operation: str
    member: str
    path: tuple[str, ...]
    reached: str
    failed: tuple[str, ...]
    resource_type: str
    started_by: tuple[str, ...]

    @property
    def option(self) -> str:
        """The option that names the resource."""
        words = (f"-{char.lower()}" if char.isupper() else char for char in self.member)
        return f"--{''.join(words)}"

    @property
    def article(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def options(self) -> Options:
        """The option, as settings."""
        settings = {"dest": "name", "metavar": "NAME", "required": True}
        return {self.option: {**settings, "help": f"{self.noun} to wait for"}}


_snapshot = partial(
    Condition,
    noun="snapshot",
    api_operation="GetInstanceSnapshot",
    member="instanceSnapshotName",
    path=("instanceSnapshot", "state"),
    resource_type="InstanceSnapshot",
)
_instance = partial(
    Condition,
    noun="instance",
    api_operation="GetInstance",
    member="instanceName",
    path=("instance", "state", "name"),
    resource_type="Instance",
)

CONDITIONS: Mapping[str, Condition] = {
    each.name: each
    for each in (
        _snapshot(
            name="instance-snapshot-available",
            reached="available",
            failed=("error",),
            started_by=("CreateInstanceSnapshot", "CopySnapshot"),
        ),
        _snapshot(
            name="instance-snapshot-deleted",
            reached="deleted",
            failed=(),
            started_by=("DeleteInstanceSnapshot",),
        ),
        _instance(
            name="instance-running",
            reached="running",
            failed=("terminated",),
            started_by=(
                "CreateInstances",
                "CreateInstancesFromSnapshot",
                "RebootInstance",
                "StartInstance",
            ),
        ),
        _instance(
            name="instance-stopped",
            reached="stopped",
            failed=("terminated",),
            started_by=("StopInstance",),
        ),
        Condition(
            name="disk-snapshot-completed",
            noun="disk snapshot",
            api_operation="GetDiskSnapshot",
            member="diskSnapshotName",
            path=("diskSnapshot", "state"),
            reached="completed",
            failed=("error",),
            resource_type="DiskSnapshot",
            started_by=("CreateDiskSnapshot", "CopySnapshot"),
        ),
        Condition(
            name="relational-database-snapshot-available",
            noun="database snapshot",
            api_operation="GetRelationalDatabaseSnapshot",
            member="relationalDatabaseSnapshotName",
            path=("relationalDatabaseSnapshot", "state"),
            reached="available",
            failed=("failed",),
            resource_type="RelationalDatabaseSnapshot",
            started_by=("CreateRelationalDatabaseSnapshot",),
        ),
    )
}
