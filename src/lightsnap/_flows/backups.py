"""The bodies of the client methods that back up and prune.

A backup lists what is there, and then is one wait over all that is to be created and
deleted. Each snapshot goes through its own steps: create, poll the operation, fetch the
snapshot. Once a backup is available, its copies and deletions join in. What fails in a
way that may pass is repeated until the deadline, and what fails for good fails only its
own instance.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

from lightsnap._aws.calls import (
    GET_INSTANCE_SNAPSHOTS,
    GET_INSTANCES,
    GET_OPERATIONS_FOR_RESOURCE,
    TAG_RESOURCE,
    Call,
    ResourceOperations,
)
from lightsnap._aws.errors import wrong_subject
from lightsnap._backups.marks import (
    PLAN,
    RUN,
    SOURCE,
    backup_name,
    copy_name,
    default_run,
    hold_of,
    is_of_plan,
    marks,
    run_violations,
    source_of,
)
from lightsnap._backups.plan import BackupPlan
from lightsnap._backups.report import (
    BackupFailure,
    BackupOutcome,
    BackupProgress,
    BackupReport,
    PrunePreview,
)
from lightsnap._backups.retention import Verdict
from lightsnap._flows.creation import CLOCK_MARGIN, snapshot_creation
from lightsnap._flows.fleet import Deletion, Item, Job, Region, Subject
from lightsnap._flows.methods import fetch_operation, fetch_snapshot
from lightsnap._flows.snapshots import (
    Listing,
    all_pages,
    copy_instance_snapshot,
    delete_unchanged,
)
from lightsnap._flows.steps import Connect, Flow, Poll
from lightsnap._model.enums import (
    InstanceSnapshotState,
    OperationType,
)
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operation, WaitFailedError
from lightsnap._model.resources import Tag
from lightsnap._request.request import CreateInstanceSnapshotRequest, tags_to_wire
from lightsnap._text import add_note
from lightsnap._wait.clocks import Stopwatch
from lightsnap._wait.errors import (
    SnapshotFailedError,
    WaitCancelledError,
    WaitTimeoutError,
)
from lightsnap._wait.fleet import Advance, Advanced, FleetWait
from lightsnap._wait.loops import entered
from lightsnap._wait.options import Schedule
from lightsnap._wait.snapshot import VISIBLE_WITHIN
from lightsnap.errors import (
    ConfigurationError,
    ConstraintError,
    InvalidInputError,
    NotFoundError,
    Violation,
    is_transient,
    require,
)

_AVAILABLE = InstanceSnapshotState.AVAILABLE


def back_up(
    plan: BackupPlan, run: str | None, schedule: Schedule
) -> Flow[BackupReport]:
    require("plan", plan, BackupPlan, "a BackupPlan")
    run = default_run() if run is None else run
    if violations := run_violations(run):
        raise ConstraintError(violations)
    region_name: str | None = yield Connect()
    _require_other_regions(plan, region_name)
    backup = _Backup(plan, run, region_name, schedule)
    with backup.noted():
        yield from backup.perform()
    return backup.report


def preview_prune(plan: BackupPlan) -> Flow[PrunePreview]:
    require("plan", plan, BackupPlan, "a BackupPlan")
    if plan.retention is None:
        advice = "give the plan a Retention, or nothing can be pruned"
        violation = Violation("plan.retention", "required", "is missing", advice)
        raise ConstraintError([violation])
    region_name: str | None = yield Connect()
    _require_other_regions(plan, region_name)
    verdicts: list[Verdict] = []
    times: list[datetime] = []
    for name in (None, *plan.copy_to):
        listing = yield from all_pages(GET_INSTANCE_SNAPSHOTS, name)
        now = _now(listing)
        of_plan = [each for each in listing.items if is_of_plan(each, plan.name)]
        verdicts += plan.retention.apply(of_plan, now=now)
        times.append(now)
    return PrunePreview(plan=plan.name, now=min(times), verdicts=tuple(verdicts))


def prune(preview: PrunePreview, schedule: Schedule) -> Flow[BackupReport]:
    require("preview", preview, PrunePreview, "a PrunePreview")
    violations = [
        Violation(f"to_delete[{index}]", "type", problem)
        for index, snapshot in enumerate(preview.to_delete)
        if (problem := _not_prunable(snapshot, preview.plan))
    ]
    if violations:
        raise ConstraintError(violations)
    yield Connect()
    pruning = _Pruning(preview, schedule)
    with pruning.noted():
        yield from pruning.perform()
    return pruning.report


def _not_prunable(snapshot: InstanceSnapshot, plan_name: str) -> str:
    """Return why a snapshot may not be deleted for a plan; empty if it may."""
    if not is_of_plan(snapshot, plan_name):
        return f"is {snapshot.name!r}, which is not of plan {plan_name!r}"
    if snapshot.state != _AVAILABLE:
        return f"is {snapshot.name!r}, which is not available"
    return f"is {snapshot.name!r}, which is held by a tag" * bool(hold_of(snapshot))


def _require_other_regions(plan: BackupPlan, region_name: str | None) -> None:
    if region_name in plan.copy_to:
        problem = f"contains {region_name!r}, the Region of the backups themselves"
        raise ConstraintError([Violation("copy_to", "duplicate", problem)])


_S = TypeVar("_S", bound=Subject)


class _Fleet(ABC):
    """The steps of a backup or a prune, which share a deadline."""

    def __init__(self, plan_name: str, run: str | None, schedule: Schedule) -> None:
        self._plan_name = plan_name
        self._run = run
        self._schedule = schedule
        self._stopwatch = Stopwatch(schedule.clock)

    @property
    def report(self) -> BackupReport:
        """What became of everything, as far as known."""
        return BackupReport(
            plan=self._plan_name, run=self._run, outcomes=tuple(self._outcomes())
        )

    @abstractmethod
    def _outcomes(self) -> Iterable[BackupOutcome]:
        """Return what became of everything, as far as known."""

    @property
    @abstractmethod
    def _description(self) -> str:
        """A text that says what is left, with all that is needed to finish it."""

    @contextmanager
    def noted(self) -> Generator[None, None, None]:
        """Enter ``on_poll``, and add a note to an exception from outside."""
        try:
            with entered(self._schedule.on_poll):
                yield
        except BaseException as error:
            description = self._description
            notes = getattr(error, "__notes__", ())
            if not any(description in each for each in notes):
                add_note(error, f"lightsnap was busy with {description}")
            raise

    def _out_of_time(self, subject: str) -> Exception:
        """Return the error for what was not even started."""
        if self._schedule.is_cancelled:
            message = f"{subject} before it was cancelled"
            return WaitCancelledError(message, operations=(), ids=(), elapsed=None)
        timeout = self._schedule.timeout
        message = f"{subject} within {timeout:.10g} s"
        return WaitTimeoutError(
            message, operations=(), ids=(), elapsed=None, timeout=timeout
        )

    def _work(
        self, subjects: list[_S], perform: Callable[[_S], Flow[Advance]]
    ) -> Flow[None]:
        """Advance each subject until it is done, or failed for good.

        ``perform`` may append to the subjects.
        """
        queued = len(subjects)

        def advance(target: str) -> Flow[Advanced]:
            nonlocal queued
            subject = subjects[int(target)]
            try:
                advance = yield from perform(subject)
            except Exception as error:
                subject.last_error = error
                if is_transient(error):
                    raise
                subject.fail(error)
                advance = Advance.DONE
            while queued < len(subjects):
                wait.add(str(queued))
                queued += 1
            return Advanced(target, advance)

        def progress(calls: int) -> BackupProgress:
            return BackupProgress(
                plan=self._plan_name,
                run=self._run,
                outcomes=tuple(self._outcomes()),
                elapsed=self._stopwatch.elapsed,
                calls=calls,
            )

        wait = FleetWait(
            map(str, range(len(subjects))),
            self._schedule,
            self._stopwatch,
            is_write=lambda target: subjects[int(target)].is_write,
            progress=progress,
            description=lambda: self._description,
        )
        yield Poll(wait, advance)


class _Pruning(_Fleet):
    """The deletion of what a preview names."""

    def __init__(self, preview: PrunePreview, schedule: Schedule) -> None:
        self._deletions = [Deletion(each) for each in preview.to_delete]
        super().__init__(preview.plan, None, schedule)

    def _outcomes(self) -> Iterable[BackupOutcome]:
        return (each.outcome() for each in self._deletions)

    @property
    def _description(self) -> str:
        left = [each.snapshot.name for each in self._deletions if not each.is_deleted]
        return f"the prune of plan {self._plan_name!r}; not deleted yet: " + (
            ", ".join(left) or "none"
        )

    def perform(self) -> Flow[None]:
        yield from self._work(self._deletions, _delete)


class _Backup(_Fleet):
    """The backup of a site."""

    def __init__(
        self,
        plan: BackupPlan,
        run: str,
        region_name: str | None,
        schedule: Schedule,
    ) -> None:
        self._plan = plan
        self._own = Region(None)
        self._regions = [self._own, *map(Region, plan.copy_to)]
        self._region_name = region_name
        self._run_name = run
        self._items: list[Item] = []
        self._site_error: Exception | None = None
        super().__init__(plan.name, run, schedule)

    def _outcomes(self) -> Iterable[BackupOutcome]:
        if self._site_error is not None:
            error = BackupFailure.from_error(self._site_error)
            return [BackupOutcome(error=error)]
        return (each.outcome() for each in self._items)

    @property
    def _description(self) -> str:
        started = [
            f"{job.name} (operations: {', '.join(job.operations.ids)})"
            for item in self._items
            for job in item.jobs
            if job.operations and not job.is_available
        ]
        return (
            f"plan {self._plan_name!r}, run {self._run_name!r}, which finishes if it "
            "is repeated; accepted and not available yet: "
            f"{'; '.join(started) or 'none'}"
        )

    def perform(self) -> Flow[None]:
        yield from self._work(self._regions, self._list)
        if not self._own.is_listed:
            error = self._own.error or self._own.last_error
            if isinstance(error, ConfigurationError):
                raise error
            self._site_error = error or self._out_of_time("the site was not listed")
            return
        self._select()
        work: list[Job | Deletion] = [
            job for item in self._items for job in item.jobs if not item.error
        ]

        def advance(subject: Job | Deletion) -> Flow[Advance]:
            if isinstance(subject, Deletion):
                return (yield from _delete(subject))
            advanced = yield from self._advance(subject)
            if advanced is Advance.DONE:
                work.extend(self._after(subject))
            return advanced

        yield from self._work(work, advance)
        for subject in work:
            if isinstance(subject, Job) and not subject.is_started:
                late = self._out_of_time(f"{subject.name!r} was not created")
                subject.item.fail(subject.last_error or late)

    def _list(self, region: Region) -> Flow[Advance]:
        if region is self._own:
            instances = yield from all_pages(GET_INSTANCES)
            region.instances = instances.items
        snapshots = yield from all_pages(GET_INSTANCE_SNAPSHOTS, region.name)
        region.snapshots = {each.name: each for each in snapshots.items}
        region.now = _now(snapshots)
        region.is_listed = True
        return Advance.DONE

    def _select(self) -> None:
        """Choose the instances, and the name of each backup."""
        instances = self._own.instances
        selected = list(filter(self._plan.select.matches, instances))
        if not selected and not self._plan.select.allow_empty:
            advice = "correct it, or allow it with allow_empty=True"
            problem = f"matches none of the {len(instances)} instances"
            violation = Violation("select", "required", problem, advice)
            self._site_error = ConstraintError([violation])
        for instance in selected:
            item = Item(instance)
            tags = (*self._plan.tags, *marks(self._plan_name, self._run_name))
            item.jobs.append(self._job(item, self._own, tags))
            self._items.append(item)

    def _job(self, item: Item, region: Region, tags: tuple[Tag, ...]) -> Job:
        """Return the job of a backup, with its snapshot if there is one already."""
        number = 1
        while True:
            instance_name = item.instance.name
            name = backup_name(instance_name, self._plan_name, self._run_name, number)
            job = Job(item, region, name, tags)
            found = region.snapshots.get(name)
            is_in_error = found is not None and _is_in_error(found)
            if found is not None and not job.is_marked(found):
                item.fail(job.taken(found))
            elif not is_in_error:
                job.snapshot = found
                job.is_complete = job.is_available
            if not is_in_error or item.error is not None:
                return job
            number += 1

    def _after(self, job: Job) -> list[Job | Deletion]:
        """Return what is to be done once a backup or a copy is available."""
        deletions: list[Job | Deletion] = [*self._expired(job)]
        if job.source is None and job.snapshot is not None:
            return [*self._copies(job, job.snapshot), *deletions]
        return deletions

    def _copies(self, backup: Job, source: InstanceSnapshot) -> Iterable[Job]:
        """Return the copies of a backup, with their snapshots if there are some."""
        item = backup.item
        tags = marks(self._plan_name, self._run_name, item.instance.arn)
        name = copy_name(backup.name, source.location.region_name)
        for region in self._regions[1:]:
            job = Job(item, region, name, (*self._plan.tags, *tags), source)
            item.jobs.append(job)
            if region.is_listed:
                job.snapshot = region.snapshots.get(name)
                yield job
            else:
                late = self._out_of_time(f"{region.name} was not listed")
                item.fail(region.error or region.last_error or late)

    def _advance(self, job: Job) -> Flow[Advance]:
        """Make the next call for a snapshot that is to exist."""
        if job.is_complete:
            return Advance.DONE
        if not job.is_started:
            yield from self._create(job)
            return Advance.MOVED
        if job.source is not None and not job.is_tagged:
            return (yield from self._tag(job, job.source))
        if job.awaited and not (yield from self._poll(job)):
            return Advance.WAITING
        return (yield from self._fetch(job))

    def _create(self, job: Job) -> Flow[None]:
        try:
            if job.source is None:
                request = CreateInstanceSnapshotRequest(
                    instance_name=job.item.instance.name,
                    instance_snapshot_name=job.name,
                    tags=job.tags,
                )
                job.operations = yield from snapshot_creation(request).send()
            else:
                job.operations = yield from copy_instance_snapshot(
                    job.source, f"{job.region.name}", job.name, check=True
                )
        except InvalidInputError as error:
            if is_transient(error):
                raise
            # Perhaps the name is in use, by an earlier attempt of this run.
            try:
                found: InstanceSnapshot = yield _fetching(job)
            except NotFoundError:
                raise error from None
            if job.source is None and not job.is_marked(found):
                raise job.taken(found) from error
            job.snapshot = found

    def _tag(self, job: Job, source: InstanceSnapshot) -> Flow[Advance]:
        """Tag a copy, if it is ours."""
        found = job.snapshot
        if found is not None and not job.is_marked(found):
            if not (yield from self._is_copy(job, source, found)):
                job.snapshot = None
                raise job.taken(found)
        elif found is not None:
            job.is_tagged = True
            job.is_complete = job.is_available
            return Advance.DONE if job.is_complete else Advance.MOVED
        call = TAG_RESOURCE(resourceName=job.name, tags=tags_to_wire(job.tags))
        try:
            yield call._replace(region_name=job.region.name)
        except NotFoundError:
            if self._is_visible(job):
                raise
            return Advance.WAITING
        job.is_tagged = True
        return Advance.MOVED

    def _is_copy(
        self, job: Job, source: InstanceSnapshot, found: InstanceSnapshot
    ) -> Flow[bool]:
        """Whether a snapshot without our marks is the copy of our backup."""
        if any(tag.key in (PLAN, RUN, SOURCE) for tag in found.tags or ()):
            return False
        if found.from_instance_arn == job.item.instance.arn:
            return True
        details = f"{source.location.region_name}:{source.name}"
        call = GET_OPERATIONS_FOR_RESOURCE(resourceName=job.name)
        of_name: ResourceOperations = yield call._replace(region_name=job.region.name)
        return any(
            each.operation_type == OperationType.COPY_SNAPSHOT
            and each.resource_name == job.name
            and each.operation_details == details
            for each in of_name.operations
        )

    def _poll(self, job: Job) -> Flow[bool]:
        for each in job.awaited:
            call = fetch_operation(each.id)
            region_name = each.location.region_name
            operation: Operation = yield call._replace(region_name=region_name)
            if operation.id != each.id:
                raise wrong_subject(each.id, operation.id, operation)
            job.update(operation)
            if not operation.is_terminal:
                return False
            if operation.failed:
                raise WaitFailedError(
                    operations=job.operations,
                    ids=job.operations.ids,
                    elapsed=self._stopwatch.elapsed,
                )
        return True

    def _fetch(self, job: Job) -> Flow[Advance]:
        try:
            snapshot: InstanceSnapshot = yield _fetching(job)
        except NotFoundError:
            if self._is_visible(job):
                raise
            return Advance.WAITING
        if snapshot.name != job.name:
            raise wrong_subject(job.name, snapshot.name, snapshot)
        if not job.is_marked(snapshot):
            raise job.taken(snapshot)
        job.snapshot = snapshot
        if _is_in_error(snapshot):
            raise SnapshotFailedError(
                f"snapshot {job.name!r} is in state error: it will not be available",
                snapshot=snapshot,
                operations=job.operations,
                ids=job.operations.ids,
                elapsed=self._stopwatch.elapsed,
            )
        job.is_complete = job.is_available
        return Advance.DONE if job.is_complete else Advance.WAITING

    def _is_visible(self, job: Job) -> bool:
        """Whether a snapshot that was created must be visible by now."""
        elapsed = self._stopwatch.elapsed
        if job.visible_by is None:
            job.visible_by = elapsed + VISIBLE_WITHIN
        return elapsed > job.visible_by

    def _expired(self, job: Job) -> Iterable[Deletion]:
        """Return what the retention does not keep of an instance in a Region."""
        new, retention = job.snapshot, self._plan.retention
        if retention is None or new is None:
            return
        source = job.item.instance.arn
        of_instance = {
            each.name: each
            for each in job.region.snapshots.values()
            if is_of_plan(each, self._plan_name) and source_of(each) == source
        }
        of_instance[new.name] = new
        now = max(job.region.now or new.created_at, new.created_at)
        for verdict in retention.apply(of_instance.values(), now=now):
            if not verdict.kept:
                deletion = Deletion(verdict.snapshot, job.item)
                job.item.deletions.append(deletion)
                yield deletion


def _now(listing: Listing[InstanceSnapshot]) -> datetime:
    """Return the time of a listing by the service's clock, if it sent its time."""
    return datetime.now(UTC) if listing.date is None else listing.date + CLOCK_MARGIN


def _fetching(job: Job) -> Call[InstanceSnapshot]:
    return fetch_snapshot(job.name)._replace(region_name=job.region.name)


def _is_in_error(snapshot: InstanceSnapshot) -> bool:
    return snapshot.state == InstanceSnapshotState.ERROR


def _delete(deletion: Deletion) -> Flow[Advance]:
    with suppress(NotFoundError):  # it is gone already
        yield from delete_unchanged(deletion.snapshot)
    deletion.is_deleted = True
    return Advance.DONE
