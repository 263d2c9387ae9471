"""What a backup works on: Regions, instances, snapshots to create and to delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from attrs import define, field

from lightsnap._backups.marks import PLAN, RUN, SOURCE, source_of
from lightsnap._backups.plan import Selection
from lightsnap._backups.report import BackupFailure, BackupOutcome
from lightsnap._model.enums import InstanceSnapshotState, ResourceType
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap._model.operations import Operation, Operations
from lightsnap._model.resources import Tag
from lightsnap._text import first_of
from lightsnap.errors import LightsnapError


class Subject(Protocol):
    """What a backup works on, one call at a time."""

    last_error: Exception | None

    @property
    def is_write(self) -> bool:
        """Whether its next call changes something."""
        ...

    def fail(self, error: Exception) -> None:
        """Record the error that ends the work on it."""


@define(eq=False)
class Region:
    """What a Region holds.

    Attributes:
        name: The name; None for the Region of the client.
        instances: The instances, of the client's own Region only.
        snapshots: The snapshots by name.
        now: The time of the listing by the service's clock.
        is_listed: Whether the listing is complete.
        last_error: Why it is not.
    """

    name: str | None
    instances: tuple[Instance, ...] = ()
    snapshots: dict[str, InstanceSnapshot] = field(factory=dict[str, InstanceSnapshot])
    now: datetime | None = None
    is_listed: bool = False
    last_error: Exception | None = None

    @property
    def is_write(self) -> bool:
        return False

    def fail(self, error: Exception) -> None:
        """Do nothing more: ``last_error`` says it."""


@define(eq=False)
class Item:
    """An instance that is backed up.

    Attributes:
        instance: The instance.
        expected: The number of its jobs: a backup, and a copy in each Region.
        error: What failed first.
        jobs: The backup, and the copies that can be created so far.
        deletions: The old backups to delete.
    """

    instance: Instance
    expected: int = 1
    error: Exception | None = None
    jobs: list[Job] = field(factory=list["Job"])
    deletions: list[Deletion] = field(factory=list["Deletion"])

    def fail(self, error: Exception) -> None:
        self.error = self.error or error

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        complete = sum(job.is_complete for job in self.jobs)
        is_complete = complete == self.expected
        return is_complete and all(each.is_deleted for each in self.deletions)

    def outcome(self) -> BackupOutcome:
        backups = [job for job in self.jobs if job.source is None]
        copies = [job for job in self.jobs if job.source is not None]
        return BackupOutcome(
            instance_name=self.instance.name,
            snapshot=backups[0].snapshot,
            operations=tuple(each for job in self.jobs for each in job.operations),
            copies=tuple(job.snapshot for job in copies if job.snapshot is not None),
            deleted=tuple(e.snapshot for e in self.deletions if e.is_deleted),
            error=None if self.error is None else BackupFailure.from_error(self.error),
            is_pending=self.error is None and not self.is_done,
        )


@define(eq=False)
class Job:
    """A snapshot that is to exist.

    Attributes:
        item: The instance.
        region: Its Region.
        name: Its name.
        tags: Its tags.
        source: The backup that it is a copy of; None for a backup.
        operations: The operations that create it, as far as known.
        snapshot: It, as last fetched.
        is_tagged: Whether a copy has its tags; a backup is created with them.
        is_complete: Whether it is available and has its tags.
    """

    item: Item
    region: Region
    name: str
    tags: tuple[Tag, ...]
    source: InstanceSnapshot | None = None
    operations: Operations = field(factory=lambda: Operations(()))
    snapshot: InstanceSnapshot | None = None
    is_tagged: bool = False
    is_complete: bool = False
    visible_by: float | None = None
    last_error: Exception | None = None

    def fail(self, error: Exception) -> None:
        self.item.fail(error)

    @property
    def is_write(self) -> bool:
        is_untagged = self.source is not None and not self.is_tagged
        return not self.is_started or is_untagged

    @property
    def is_started(self) -> bool:
        """Whether it exists, or the service has accepted to create it."""
        return bool(self.operations) or self.snapshot is not None

    @property
    def is_available(self) -> bool:
        return (
            self.snapshot is not None
            and self.snapshot.state == InstanceSnapshotState.AVAILABLE
        )

    @property
    def has_failed(self) -> bool:
        """Whether it exists in state error, as an earlier attempt left it."""
        found, is_copy = self.snapshot, self.source is not None
        # A copy may be without its tags.
        return (
            found is not None
            and is_in_error(found)
            and (is_copy or self.is_marked(found))
        )

    @property
    def awaited(self) -> Operations:
        """The pending operations on the snapshot, or, if there are none, on others."""
        on_snapshot = [
            each
            for each in self.operations
            if each.resource_type == ResourceType.INSTANCE_SNAPSHOT
        ]
        return Operations(on_snapshot or self.operations).pending

    def update(self, operation: Operation) -> None:
        self.operations = Operations(
            operation if each.id == operation.id else each for each in self.operations
        )

    def is_marked(self, snapshot: InstanceSnapshot) -> bool:
        """Whether a snapshot of this name has the marks of this job."""
        tags = {tag.key: tag.value for tag in snapshot.tags or ()}
        has_marks = all(
            tags.get(tag.key) == tag.value
            for tag in self.tags
            if tag.key in (PLAN, RUN, SOURCE)
        )
        return has_marks and source_of(snapshot) == self.item.instance.arn

    def taken(self, snapshot: InstanceSnapshot) -> LightsnapError:
        """Return the error for a snapshot that has the name and is not this one."""
        return LightsnapError(
            f"the name {self.name!r} belongs to another snapshot, {snapshot.arn}, "
            "without the tags of this plan and run for this instance"
        )


@define(eq=False)
class Deletion:
    """A snapshot that is to be deleted."""

    snapshot: InstanceSnapshot
    item: Item | None = None
    is_deleted: bool = False
    error: Exception | None = None
    last_error: Exception | None = None

    @property
    def is_write(self) -> bool:
        return True

    def fail(self, error: Exception) -> None:
        self.error = error
        if self.item is not None:
            self.item.fail(error)

    def outcome(self) -> BackupOutcome:
        return BackupOutcome(
            instance_name=self.snapshot.from_instance_name,
            snapshot=self.snapshot,
            deleted=(self.snapshot,) if self.is_deleted else (),
            error=None if self.error is None else BackupFailure.from_error(self.error),
            is_pending=self.error is None and not self.is_deleted,
        )


def job_named(
    names: Iterable[str],
    item: Item,
    region: Region,
    tags: tuple[Tag, ...],
    source: InstanceSnapshot | None = None,
) -> Job:
    """Return a job under the first name that none of its own in error has.

    If there is a snapshot of that name, it is the job's; it may be another's.
    """
    jobs = (
        Job(item, region, name, tags, source, snapshot=region.snapshots.get(name))
        for name in names
    )
    return next(job for job in jobs if not job.has_failed)


def selected_instances(
    instances: Sequence[Instance], select: Selection
) -> list[Instance]:
    """Return the instances that a plan selects.

    Raises:
        LightsnapError: There are none, and the plan does not allow that.
    """
    selected = list(filter(select.matches, instances))
    if not selected and not select.allow_empty:
        names = [each.name for each in instances]
        raise LightsnapError(
            f"the plan selects no instance; the Region has {first_of(names) or 'none'}"
            ": correct the selection, or set allow_empty if that is right"
        )
    return selected


def is_in_error(snapshot: InstanceSnapshot) -> bool:
    """Whether a snapshot will never be available."""
    return snapshot.state == InstanceSnapshotState.ERROR
