"""Values: instances, their snapshots and disks."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from lightsnap._model import html
from lightsnap._model.convert import WireModel
from lightsnap._model.enums import (
    AutoMountStatus,
    DiskState,
    InstanceSnapshotState,
    ResourceType,
)
from lightsnap._model.resources import ResourceLocation, Tag, tags_in_words
from lightsnap._text import printable


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
            ("Tags", tags_in_words(self.tags) if self.tags else None),
            ("Location", self.location),
            ("Created", self.created_at),
        )


@frozen(kw_only=True)
class InstanceHardware(WireModel):
    """What an instance runs on.

    Attributes:
        cpu_count: Its virtual CPUs.
        disks: Its disks, the system disk among them.
        ram_size_in_gb: Its memory, in GB.
    """

    cpu_count: int | None = None
    disks: tuple[Disk, ...] | None = None
    ram_size_in_gb: float | None = None


@frozen(kw_only=True)
class InstanceState(WireModel):
    """What an instance is doing.

    Attributes:
        code: A number for it, like 16.
        name: Like ``running``.
    """

    code: int | None = None
    name: str | None = None


@frozen(kw_only=True)
class Instance(WireModel):
    """An instance, as it was when fetched.

    None in a field means that the service did not send it. Networking, metadata options
    and health are not read.

    Attributes:
        name: Its name, unique in its Region.
        arn: Its Amazon Resource Name. A new instance of the same name has another one.
        support_code: What AWS's support asks for.
        created_at: When it was created, in UTC.
        location: Where it is.
        resource_type: ``Instance``.
        tags: Its tags.
        blueprint_id: Its blueprint, like ``wordpress``.
        blueprint_name: That blueprint's name, like ``WordPress``.
        bundle_id: Its bundle, like ``nano_3_0``.
        add_ons: What was added to it, such as automatic snapshots.
        is_static_ip: Whether its public address is a static one.
        private_ip_address: Its private IPv4 address.
        public_ip_address: Its public IPv4 address.
        ipv6_addresses: Its IPv6 addresses.
        ip_address_type: ``dualstack``, ``ipv4`` or ``ipv6``.
        hardware: What it runs on.
        state: What it is doing.
        username: The user to log in as.
        ssh_key_name: The key pair to log in with.
    """

    name: str
    arn: str
    support_code: str | None = None
    created_at: datetime
    location: ResourceLocation
    resource_type: ResourceType
    tags: tuple[Tag, ...] | None = None
    blueprint_id: str | None = None
    blueprint_name: str | None = None
    bundle_id: str | None = None
    add_ons: tuple[AddOn, ...] | None = None
    is_static_ip: bool | None = None
    private_ip_address: str | None = None
    public_ip_address: str | None = None
    ipv6_addresses: tuple[str, ...] | None = None
    ip_address_type: str | None = None
    hardware: InstanceHardware | None = None
    state: InstanceState | None = None
    username: str | None = None
    ssh_key_name: str | None = None

    def __repr__(self) -> str:
        state = self.state.name if self.state else "state unknown"
        return printable(f"<Instance {self.name!r}: {state}>")

    def _repr_html_(self) -> str:
        state = self.state.name if self.state else "state unknown"
        return html.heading("Instance", f"{self.name}: {state}") + html.fields(
            ("Blueprint", self.blueprint_id),
            ("Bundle", self.bundle_id),
            ("Address", self.public_ip_address),
            ("Tags", tags_in_words(self.tags) if self.tags else None),
            ("Location", self.location),
            ("Created", self.created_at),
        )
