"""The bodies of the client methods that back up and prune.

A backup lists what is there, and then is one wait over all that is to be created and
deleted. Each snapshot goes through its own steps, which are in ``jobs.py``. Once a
backup is available, its copies and deletions join in. What fails in a
way that may pass is repeated until the deadline, and what fails for good fails only its
own instance.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from lightsnap._aws.calls import GET_INSTANCE_SNAPSHOTS, GET_INSTANCES
from lightsnap._backups.marks import (
    backup_names,
    copy_names,
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
from lightsnap._flows.deletion import delete_unchanged
from lightsnap._flows.fleet import (
    Deletion,
    Item,
    Job,
    Region,
    Subject,
    job_named,
    selected_instances,
)
from lightsnap._flows.jobs import JobSteps
from lightsnap._flows.snapshots import all_pages
from lightsnap._flows.steps import Connect, Flow, Poll
from lightsnap._model.enums import InstanceSnapshotState
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._text import add_note
from lightsnap._wait.clocks import Stopwatch
from lightsnap._wait.errors import WaitCancelledError, WaitTimeoutError
from lightsnap._wait.fleet import Advance, Advanced, FleetWait
from lightsnap._wait.loops import entered
from lightsnap._wait.options import Schedule
from lightsnap.errors import (
    ConfigurationError,
    ConstraintError,
    LightsnapError,
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
    backup = _Backup(plan, run, schedule)
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
        now = listing.now
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
                add_note(error, f"lightsnap was working on {description}")
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

    def __init__(self, plan: BackupPlan, run: str, schedule: Schedule) -> None:
        self._plan = plan
        self._own = Region(None)
        self._copy_regions = [*map(Region, plan.copy_to)]
        self._run_name = run
        self._items: list[Item] = []
        self._site_error: Exception | None = None
        super().__init__(plan.name, run, schedule)
        self._steps = JobSteps(self._stopwatch)

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
        yield from self._work([self._own], self._list)
        if not self._own.is_listed:
            error = self._own.last_error
            if isinstance(error, ConfigurationError):
                raise error
            self._site_error = error or self._out_of_time("the site was not listed")
            return
        self._select()
        work: list[Region | Job | Deletion] = [
            job for item in self._items for job in item.jobs if not item.error
        ]
        if work:
            work = [*self._copy_regions, *work]

        def advance(subject: Region | Job | Deletion) -> Flow[Advance]:
            match subject:
                case Deletion():
                    return (yield from _delete(subject))
                case Region():
                    advanced = yield from self._list(subject)
                    for item in self._items:
                        work.extend(self._copies(item, [subject]))
                case job:
                    advanced = yield from self._steps.advance(job)
                    if advanced is Advance.DONE:
                        work.extend(self._expired(job))
                        work.extend(self._copies(job.item, self._copy_regions))
            return advanced

        yield from self._work(work, advance)
        self._fail_not_started(work)

    def _fail_not_started(self, work: Iterable[Region | Job | Deletion]) -> None:
        """Let the instances fail whose backups or copies time did not suffice for."""
        for subject in work:
            if isinstance(subject, Job) and not subject.is_started:
                late = self._out_of_time(f"{subject.name!r} was not created")
                subject.item.fail(subject.last_error or late)
        for region in self._copy_regions:
            if not region.is_listed:
                late = self._out_of_time(f"{region.name} was not listed")
                for item in self._items:
                    item.fail(region.last_error or late)

    def _list(self, region: Region) -> Flow[Advance]:
        if region is self._own:
            instances = yield from all_pages(GET_INSTANCES)
            region.instances = instances.items
        snapshots = yield from all_pages(GET_INSTANCE_SNAPSHOTS, region.name)
        region.snapshots = {each.name: each for each in snapshots.items}
        region.now = snapshots.now
        region.is_listed = True
        return Advance.DONE

    def _select(self) -> None:
        """Choose the instances, and the name of each backup."""
        try:
            selected = selected_instances(self._own.instances, self._plan.select)
        except LightsnapError as error:
            self._site_error = error
            return
        tags = (*self._plan.tags, *marks(self._plan_name, self._run_name))
        for instance in selected:
            item = Item(instance, 1 + len(self._copy_regions))
            self._items.append(item)
            names = backup_names(instance.name, self._plan_name, self._run_name)
            job = job_named(names, item, self._own, tags)
            if job.snapshot is not None and not job.is_marked(job.snapshot):
                item.fail(job.taken(job.snapshot))
                job.snapshot = None
            job.is_complete = job.is_available
            item.jobs.append(job)

    def _copies(self, item: Item, regions: Iterable[Region]) -> Iterable[Job]:
        """Return the copies of a backup that can be created now, with what exists."""
        backup = item.jobs[0]
        source = backup.snapshot
        if source is None or not backup.is_complete:
            return
        tags = marks(self._plan_name, self._run_name, item.instance.arn)
        tags = (*self._plan.tags, *tags)
        for region in regions:
            is_new = all(job.region is not region for job in item.jobs)
            if region.is_listed and is_new:
                names = copy_names(backup.name, source.location.region_name)
                job = job_named(names, item, region, tags, source)
                item.jobs.append(job)
                yield job

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


def _delete(deletion: Deletion) -> Flow[Advance]:
    with suppress(NotFoundError):  # it is gone already
        yield from delete_unchanged(deletion.snapshot)
    deletion.is_deleted = True
    return Advance.DONE
