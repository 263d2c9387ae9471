"""The values that the service tells about snapshots. They are as those of ``models``.

Source of every field: the data type of the same name in the Lightsail API reference.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from lightsnap import _display
from lightsnap._wire import WireModel
from lightsnap.enums import (
    AutoMountStatus,
    DiskState,
    InstanceSnapshotState,
    ResourceType,
)
from lightsnap.models import ResourceLocation, Tag


@frozen(kw_only=True)
class AddOn(WireModel):
    """Something added to a disk or an instance, such as automatic snapshots.

    Attributes:
        name: Like ``AutoSnapshot``.
        status: Like ``Enabled``.
        snapshot_time_of_day: When the daily snapshot is made: ``HH:00``, in UTC.
        next_snapshot_time_of_day: The same from the next day on, after a change.
        threshold: When an idle instance counts as idle, in percent of its CPU.
        duration: For how many minutes it must be idle.
    """

    name: str | None = None
    status: str | None = None
    snapshot_time_of_day: str | None = None
    next_snapshot_time_of_day: str | None = None
    threshold: str | None = None
    duration: str | None = None


@frozen(kw_only=True)
class Disk(WireModel):
    """A disk that was attached to the instance when its snapshot was made.

    Every field may be None, since AWS's samples show only some of them.

    Attributes:
        name: Its name, unique in its Region.
        arn: Its Amazon Resource Name.
        support_code: What AWS's support asks for.
        created_at: When it was made, in UTC.
        location: Where it lies.
        resource_type: ``Disk``.
        tags: Its tags.
        add_ons: What was added to it.
        size_in_gb: Its size, in GB.
        is_system_disk: Whether it holds the operating system.
        iops: Input and output operations a second.
        path: Where it is mounted.
        state: What it is doing.
        attached_to: The name of the instance.
        is_attached: Whether it is attached.
        attachment_state: Like ``attached``.
        gb_in_use: How much of it is in use, in GB.
        auto_mount_status: Whether Lightsail mounted it.
    """

    name: str | None = None
    arn: str | None = None
    support_code: str | None = None
    created_at: datetime | None = None
    location: ResourceLocation | None = None
    resource_type: ResourceType | None = None
    tags: tuple[Tag, ...] | None = None
    add_ons: tuple[AddOn, ...] | None = None
    size_in_gb: int | None = None
    is_system_disk: bool | None = None
    iops: int | None = None
    path: str | None = None
    state: DiskState | None = None
    attached_to: str | None = None
    is_attached: bool | None = None
    attachment_state: str | None = None
    gb_in_use: int | None = None
    auto_mount_status: AutoMountStatus | None = None


@frozen(kw_only=True)
class InstanceSnapshot(WireModel):
    """A snapshot of an instance, as it stood when asked.

    None in a field means that the service did not send it.

    Attributes:
        name: Its name, unique in its Region.
        arn: Its Amazon Resource Name.
        support_code: What AWS's support asks for.
        created_at: When it was made, in UTC.
        location: Where it lies; its zone is ``all``.
        resource_type: ``InstanceSnapshot``.
        tags: Its tags. It does not inherit those of the instance.
        state: pending, available or error.
        progress: How far it is, in AWS's words.
        from_attached_disks: The disks of the instance.
        from_instance_name: The instance it was made from.
        from_instance_arn: That instance's Amazon Resource Name.
        from_blueprint_id: That instance's blueprint, like ``wordpress``.
        from_bundle_id: That instance's bundle, like ``nano_3_0``.
        is_from_auto_snapshot: Whether it was made from an automatic snapshot.
        size_in_gb: Its size, in GB.
    """

    name: str
    arn: str
    support_code: str | None = None
    created_at: datetime
    location: ResourceLocation
    resource_type: ResourceType
    tags: tuple[Tag, ...] | None = None
    state: InstanceSnapshotState
    progress: str | None = None
    from_attached_disks: tuple[Disk, ...] | None = None
    from_instance_name: str | None = None
    from_instance_arn: str | None = None
    from_blueprint_id: str | None = None
    from_bundle_id: str | None = None
    is_from_auto_snapshot: bool | None = None
    size_in_gb: int | None = None

    def __repr__(self) -> str:
        return _display.printable(
            f"<InstanceSnapshot {self.name!r} of instance "
            f"{self.from_instance_name!r}: {self.state}>"
        )

    def _repr_html_(self) -> str:
        return _display.snapshot(self)
