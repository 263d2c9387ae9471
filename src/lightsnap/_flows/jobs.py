"""The steps of a snapshot that is to exist: create, tag, poll, fetch."""

from __future__ import annotations

from lightsnap._aws.calls import (
    GET_OPERATIONS_FOR_RESOURCE,
    TAG_RESOURCE,
    Call,
    ResourceOperations,
)
from lightsnap._aws.errors import wrong_subject
from lightsnap._backups.marks import PLAN, RUN, SOURCE
from lightsnap._flows.creation import snapshot_creation
from lightsnap._flows.fleet import Job, is_in_error
from lightsnap._flows.methods import fetch_operation, fetch_snapshot
from lightsnap._flows.snapshots import copy_instance_snapshot
from lightsnap._flows.steps import Flow
from lightsnap._model.enums import OperationType
from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operation, WaitFailedError
from lightsnap._request.request import CreateInstanceSnapshotRequest, tags_to_wire
from lightsnap._wait.clocks import Stopwatch
from lightsnap._wait.errors import SnapshotFailedError
from lightsnap._wait.fleet import Advance
from lightsnap._wait.states import VISIBLE_WITHIN
from lightsnap.errors import InvalidInputError, NotFoundError, is_transient


class JobSteps:
    """Makes the next call for a job.

    Args:
        stopwatch: Counts from the start of the backup.
    """

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch

    def advance(self, job: Job) -> Flow[Advance]:
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
                    elapsed=None,
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
        if is_in_error(snapshot):
            raise SnapshotFailedError(
                f"snapshot {job.name!r} is in state error: it will not be available",
                snapshot=snapshot,
                operations=job.operations,
                ids=job.operations.ids,
                elapsed=None,
            )
        job.is_complete = job.is_available
        return Advance.DONE if job.is_complete else Advance.WAITING

    def _is_visible(self, job: Job) -> bool:
        """Whether a snapshot that was created must be visible by now."""
        elapsed = self._stopwatch.elapsed
        if job.visible_by is None:
            job.visible_by = elapsed + VISIBLE_WITHIN
        return elapsed > job.visible_by


def _fetching(job: Job) -> Call[InstanceSnapshot]:
    return fetch_snapshot(job.name)._replace(region_name=job.region.name)
