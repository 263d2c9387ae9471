"""Values: instances, their snapshots and their disks."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from lightsnap._escape import printable
from lightsnap._model import html
from lightsnap._model.convert import WireModel
from lightsnap._model.enums import (
    AutoMountStatus,
    DiskState,
    InstanceSnapshotState,
    ResourceType,
)
from lightsnap._model.resources import ResourceLocation, Tag, join_tags
from lightsnap.errors import LightsnapError, require


@frozen(kw_only=True)
class AddOn(WireModel):
    """An add-on of an instance or a disk, such as automatic snapshots."""

    name: str | None = None
    """The add-on, such as ``AutoSnapshot``."""
    status: str | None = None
    """The status, such as ``Enabled``."""
    snapshot_time_of_day: str | None = None
    """The time of the daily snapshot, as ``HH:00`` in UTC."""
    next_snapshot_time_of_day: str | None = None
    """The time from the next day on, if it was changed."""
    threshold: str | None = None
    """The CPU load below which the instance counts as idle, in percent."""
    duration: str | None = None
    """How long the instance must be idle, in minutes."""


@frozen(kw_only=True)
class Disk(WireModel):
    """A disk that was attached to an instance when its snapshot was created.

    Any field may be None, since AWS's own samples contain only some of them.
    """

    name: str | None = None
    """The name, unique in the Region."""
    arn: str | None = None
    """The Amazon Resource Name."""
    support_code: str | None = None
    """The code to give to AWS Support."""
    created_at: datetime | None = None
    """When the disk was created, in UTC."""
    location: ResourceLocation | None = None
    """The Region and zone."""
    resource_type: ResourceType | None = None
    """``Disk``."""
    tags: tuple[Tag, ...] | None = None
    """The tags."""
    add_ons: tuple[AddOn, ...] | None = None
    """The add-ons."""
    size_in_gb: int | None = None
    """The size, in GB."""
    is_system_disk: bool | None = None
    """Whether the disk holds the operating system."""
    iops: int | None = None
    """Input and output operations per second."""
    path: str | None = None
    """Where the disk is mounted."""
    state: DiskState | None = None
    """The state."""
    attached_to: str | None = None
    """The name of the instance."""
    is_attached: bool | None = None
    """Whether the disk is attached."""
    attachment_state: str | None = None
    """The state of the attachment, such as ``attached``."""
    gb_in_use: int | None = None
    """The space in use, in GB."""
    auto_mount_status: AutoMountStatus | None = None
    """Whether Lightsail mounted the disk."""


@frozen(kw_only=True)
class InstanceSnapshot(WireModel):
    """A snapshot of an instance, as it was when fetched.

    A field is None if the service did not send it.
    """

    name: str
    """The name, unique in the Region."""
    arn: str
    """The Amazon Resource Name."""
    support_code: str | None = None
    """The code to give to AWS Support."""
    created_at: datetime
    """When the snapshot was created, in UTC."""
    location: ResourceLocation
    """The Region; the zone of a snapshot is ``all``."""
    resource_type: ResourceType
    """``InstanceSnapshot``."""
    tags: tuple[Tag, ...] | None = None
    """The tags. A snapshot does not inherit those of its instance."""
    state: InstanceSnapshotState
    """The state, which is pending, available or error."""
    progress: str | None = None
    """The progress, in the service's words."""
    from_attached_disks: tuple[Disk, ...] | None = None
    """The disks of the instance."""
    from_instance_name: str | None = None
    """The name of the instance."""
    from_instance_arn: str | None = None
    """The Amazon Resource Name of the instance."""
    from_blueprint_id: str | None = None
    """The blueprint of the instance, such as ``wordpress``."""
    from_bundle_id: str | None = None
    """The bundle of the instance, such as ``nano_3_0``."""
    is_from_auto_snapshot: bool | None = None
    """Whether the snapshot was created from an automatic snapshot."""
    size_in_gb: int | None = None
    """The size, in GB."""

    def __repr__(self) -> str:
        return printable(
            f"<InstanceSnapshot {self.name!r} of instance "
            f"{self.from_instance_name!r}: {self.state}>"
        )

    def _repr_html_(self) -> str:
        size, disks = self.size_in_gb, self.from_attached_disks
        return html.heading("Snapshot", f"{self.name}: {self.state}") + html.fields(
            ("Instance", self.from_instance_name),
            ("Progress", self.progress),
            ("Size", None if size is None else f"{size} GB"),
            ("Disks", len(disks) if disks else None),
            ("Tags", join_tags(self.tags) if self.tags else None),
            ("Location", self.location),
            ("Created", self.created_at),
        )


@frozen(kw_only=True)
class InstanceHardware(WireModel):
    """The hardware of an instance."""

    cpu_count: int | None = None
    """The number of virtual CPUs."""
    disks: tuple[Disk, ...] | None = None
    """The disks, including the system disk."""
    ram_size_in_gb: float | None = None
    """The memory, in GB."""


@frozen(kw_only=True)
class InstanceState(WireModel):
    """The state of an instance."""

    code: int | None = None
    """The number of the state, such as 16."""
    name: str | None = None
    """The name of the state, such as ``running``."""


@frozen(kw_only=True)
class Instance(WireModel):
    """An instance, as it was when fetched.

    A field is None if the service did not send it. Networking, metadata options and
    health are not read.
    """

    name: str
    """The name, unique in the Region."""
    arn: str
    """The Amazon Resource Name. A new instance of the same name has another one."""
    support_code: str | None = None
    """The code to give to AWS Support."""
    created_at: datetime
    """When the instance was created, in UTC."""
    location: ResourceLocation
    """The Region and zone."""
    resource_type: ResourceType
    """``Instance``."""
    tags: tuple[Tag, ...] | None = None
    """The tags."""
    blueprint_id: str | None = None
    """The blueprint, such as ``wordpress``."""
    blueprint_name: str | None = None
    """The name of the blueprint, such as ``WordPress``."""
    bundle_id: str | None = None
    """The bundle, such as ``nano_3_0``."""
    add_ons: tuple[AddOn, ...] | None = None
    """The add-ons, such as automatic snapshots."""
    is_static_ip: bool | None = None
    """Whether the public IPv4 address is static."""
    private_ip_address: str | None = None
    """The private IPv4 address."""
    public_ip_address: str | None = None
    """The public IPv4 address."""
    ipv6_addresses: tuple[str, ...] | None = None
    """The IPv6 addresses."""
    ip_address_type: str | None = None
    """``dualstack``, ``ipv4`` or ``ipv6``."""
    hardware: InstanceHardware | None = None
    """The hardware."""
    state: InstanceState | None = None
    """The state."""
    username: str | None = None
    """The user name to log in with."""
    ssh_key_name: str | None = None
    """The key pair to log in with."""

    def __repr__(self) -> str:
        return printable(f"<Instance {self.name!r}: {self.state_name}>")

    def _repr_html_(self) -> str:
        return html.heading(
            "Instance", f"{self.name}: {self.state_name}"
        ) + html.fields(
            ("Blueprint", self.blueprint_id),
            ("Bundle", self.bundle_id),
            ("Address", self.public_ip_address),
            ("Tags", join_tags(self.tags) if self.tags else None),
            ("Location", self.location),
            ("Created", self.created_at),
        )

    @property
    def state_name(self) -> str:
        """The name of the state, such as ``running``, or ``state unknown``."""
        return (self.state and self.state.name) or "state unknown"

    @property
    def is_running(self) -> bool:
        """Whether the instance is running."""
        return self.state_name == "running"


class SnapshotChangedError(LightsnapError):
    """A snapshot is not the one that was to be deleted; nothing was deleted.

    Its name was used again: its ARN or creation time is another.

    Args:
        message: What happened.
        snapshot: The snapshot that has the name now.

    Raises:
        TypeError: An argument has a wrong type.
    """

    snapshot: InstanceSnapshot
    """The snapshot that has the name now."""

    def __init__(self, message: str, *, snapshot: InstanceSnapshot) -> None:
        require("message", message, str, "text")
        require("snapshot", snapshot, InstanceSnapshot, "an InstanceSnapshot")
        self.snapshot = snapshot
        super().__init__(message)
