"""What a backup would do, decided without sending anything but Get* calls."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from lightsnap._backups.marks import backup_names, copy_names, marks, source_of
from lightsnap._backups.plan import BackupPlan
from lightsnap._backups.report import PrunePreview
from lightsnap._backups.retention import Retention, Verdict
from lightsnap._clients.client import Client
from lightsnap._flows.fleet import Item, Region, job_named, selected_instances
from lightsnap._model.enums import InstanceSnapshotState, ResourceType
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap._model.resources import ResourceLocation
from lightsnap.errors import LightsnapError

_KEEP_ONE = Retention(keep_last=1)


@frozen
class PlannedBackup:
    """A backup that a run would create, or has created already.

    Attributes:
        instance: The instance.
        snapshot_name: The name of the backup.
        snapshot: The snapshot that has the name already.
        error: Why the backup would fail.
    """

    instance: Instance
    snapshot_name: str
    snapshot: InstanceSnapshot | None
    error: LightsnapError | None

    @property
    def word(self) -> str:
        """What the run would do."""
        if self.error is not None:
            return "fail"
        return "create" if self.snapshot is None else f"{self.snapshot.state} already"


@frozen
class BackupPreview:
    """What a run would do at a site: its backups, and the verdicts on older ones."""

    backups: tuple[PlannedBackup, ...]
    verdicts: tuple[Verdict, ...]


def preview_backup(client: Client, plan: BackupPlan, run: str) -> BackupPreview:
    """Return what a run would do at the site of a client.

    Raises:
        LightsnapError: No instance is selected, or the site cannot be listed.
    """
    selected = selected_instances(client.get_instances(), plan.select)
    existing = {each.name: each for each in client.get_instance_snapshots()}
    backups = tuple(_planned(each, plan.name, run, existing) for each in selected)
    # It also rejects a copy to the site's own Region, whatever the retention.
    preview = client.preview_prune(evolve(plan, retention=plan.retention or _KEEP_ONE))
    verdicts = tuple(
        verdict
        for each in backups
        if plan.retention is not None and each.error is None
        for verdict in _verdicts(plan, plan.retention, run, each, preview)
    )
    return BackupPreview(backups, verdicts)


def _planned(
    instance: Instance, plan_name: str, run: str, existing: dict[str, InstanceSnapshot]
) -> PlannedBackup:
    names = backup_names(instance.name, plan_name, run)
    region = Region(None, snapshots=existing)
    job = job_named(names, Item(instance), region, marks(plan_name, run))
    found = job.snapshot
    is_taken = found and not job.is_marked(found)
    error = job.taken(found) if found and is_taken else None
    return PlannedBackup(instance, job.name, found, error)


def _verdicts(
    plan: BackupPlan,
    retention: Retention,
    run: str,
    backup: PlannedBackup,
    preview: PrunePreview,
) -> Iterator[Verdict]:
    """Yield the verdicts that hold once the new backup and its copies are available."""
    instance = backup.instance
    existing = [
        each.snapshot
        for each in preview.verdicts
        if source_of(each.snapshot) == instance.arn
    ]
    own = instance.location.region_name
    for region_name in (own, *plan.copy_to):
        name = backup.snapshot_name
        new = InstanceSnapshot(
            name=name if region_name == own else next(copy_names(name, own)),
            arn="",
            created_at=preview.now,
            location=ResourceLocation(availability_zone="all", region_name=region_name),
            resource_type=ResourceType.INSTANCE_SNAPSHOT,
            state=InstanceSnapshotState.AVAILABLE,
            tags=marks(plan.name, run, instance.arn),
        )
        known = {
            each.name: each
            for each in existing
            if each.location.region_name == region_name
        }
        claimed = known.get(new.name)
        if claimed is not None:
            new = evolve(claimed, state=InstanceSnapshotState.AVAILABLE)
        snapshots = {**known, new.name: new}.values()
        for verdict in retention.apply(snapshots, now=preview.now):
            if verdict.snapshot.name in known:
                yield verdict
