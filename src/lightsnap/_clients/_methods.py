"""The methods of ``Client``, generated from ``_async_methods.py``."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, TypeVar

import lightsnap
from lightsnap._flows import methods
from lightsnap._flows.steps import Flow
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._request.rules import Tags
from lightsnap._wait.options import Cancel, PollInterval, Schedule

_Result = TypeVar("_Result")


class Methods(ABC):
    """The methods of ``Client``."""

    _check: bool

    @abstractmethod
    def _run(self, flow: Flow[_Result]) -> _Result:
        """Perform the steps of a flow, and return its result."""

    @abstractmethod
    def _schedule(self, **options: Any) -> Schedule:
        """Validate the options of a wait, and add the client's clock."""

    def create_instance_snapshot(
        self,
        *,
        instance_name: str,
        instance_snapshot_name: str,
        tags: Tags | None = None,
    ) -> Operations:
        """Create a snapshot of an instance, without waiting for it.

        The service responds at once and continues in the background. Pass the
        operations to ``wait`` to learn when it is done.

        Args:
            instance_name: The instance.
            instance_snapshot_name: The name of the new snapshot.
            tags: Tags, or a mapping of key to value (None for a key-only tag).

        If the response is lost, this reconciles: it fetches the operations of snapshot
        and instance once, and returns those that this call started. If there are none,
        or they cannot be fetched, the error says so. It never creates twice.

        Returns:
            Two operations, one on the snapshot and one on the instance.

        Raises:
            ConstraintError: The request breaks a known constraint; nothing was sent.

        Source: CreateInstanceSnapshot in the Lightsail API reference.
        """
        request = CreateInstanceSnapshotRequest(
            instance_name=instance_name,
            instance_snapshot_name=instance_snapshot_name,
            tags=tags,
        )
        return self.send(request)

    def send(self, request: CreateInstanceSnapshotRequest) -> Operations:
        """Create a snapshot from a request, as ``create_instance_snapshot`` does.

        Returns:
            Two operations, one on the snapshot and one on the instance.

        Raises:
            ConstraintError: The request breaks a known constraint; nothing was sent.
        """
        return self._run(methods.send(request, check=self._check))

    def get_operation(self, operation_id: str) -> Operation:
        """Fetch an operation's current state.

        Raises:
            ConstraintError: The id is blank or not text; nothing was sent.
            NotFoundError: There is no such operation in this Region.

        Source: GetOperation in the Lightsail API reference.
        """
        return self._run(methods.get_operation(operation_id, check=self._check))

    def get_instance(self, instance_name: str) -> lightsnap.Instance:
        """Fetch an instance's current state.

        Raises:
            ConstraintError: The name breaks a known constraint; nothing was sent.
            NotFoundError: There is no such instance in this Region.

        Source: GetInstance in the Lightsail API reference.
        """
        return self._run(methods.get_instance(instance_name, check=self._check))

    def get_instance_snapshot(
        self, instance_snapshot_name: str
    ) -> lightsnap.InstanceSnapshot:
        """Fetch a snapshot's current state.

        Raises:
            ConstraintError: The name breaks a known constraint; nothing was sent.
            NotFoundError: There is no such snapshot in this Region.

        Source: GetInstanceSnapshot in the Lightsail API reference.
        """
        flow = methods.get_instance_snapshot(instance_snapshot_name, check=self._check)
        return self._run(flow)

    def get_instances(self) -> tuple[lightsnap.Instance, ...]:
        """Fetch all instances of the Region.

        Raises:
            MalformedResponseError: A page cannot be read; there is never a short list.

        Source: GetInstances in the Lightsail API reference.
        """
        from lightsnap._flows import snapshots

        return self._run(snapshots.get_instances())

    def get_instance_snapshots(
        self,
    ) -> tuple[lightsnap.InstanceSnapshot, ...]:
        """Fetch all snapshots of instances in the Region, without automatic ones.

        Raises:
            MalformedResponseError: A page cannot be read; there is never a short list.

        Source: GetInstanceSnapshots in the Lightsail API reference.
        """
        from lightsnap._flows import snapshots

        return self._run(snapshots.get_instance_snapshots())

    def delete_instance_snapshot(
        self, snapshot: lightsnap.InstanceSnapshot
    ) -> Operations:
        """Delete a snapshot, if it is still the same one.

        The service deletes by name, and a name can be used again. So this fetches the
        snapshot first, and deletes it only if its ARN and creation time are those of
        the value.

        If the response is lost, the snapshot is fetched again: if it is gone, it counts
        as deleted.

        Args:
            snapshot: The snapshot, as fetched. It is deleted in its own Region.

        Returns:
            One operation, which is terminal already; none if the response was lost.

        Raises:
            NotFoundError: There is no snapshot of that name.
            SnapshotChangedError: The name belongs to another snapshot; nothing was
                deleted.
            TypeError: ``snapshot`` is not an InstanceSnapshot.

        Source: DeleteInstanceSnapshot in the Lightsail API reference.
        """
        from lightsnap._flows import deletion

        return self._run(deletion.delete_instance_snapshot(snapshot))

    def copy_instance_snapshot(
        self,
        snapshot: lightsnap.InstanceSnapshot,
        *,
        to_region_name: str,
        name: str | None = None,
    ) -> Operations:
        """Copy a snapshot to a Region, without waiting for it.

        Pass the operations to ``wait``, then the name to ``wait_until_available`` with
        the Region of the copy. A copy has no tags. If the response is lost, this
        reconciles, as ``create_instance_snapshot`` does.

        Args:
            snapshot: The snapshot, as fetched.
            to_region_name: The Region of the copy, which may be that of the snapshot.
            name: The name of the copy; by default, that of the snapshot.

        Returns:
            One operation, in the Region of the copy.

        Raises:
            ConstraintError: The name breaks a known constraint, or is that of the
                snapshot itself; nothing was sent.
            TypeError: An argument has a wrong type.

        Source: CopySnapshot in the Lightsail API reference.
        """
        from lightsnap._flows import snapshots

        flow = snapshots.copy_instance_snapshot(
            snapshot, to_region_name, name, check=self._check
        )
        return self._run(flow)

    def create_instances_from_snapshot(
        self,
        snapshot: lightsnap.InstanceSnapshot,
        instance_names: Sequence[str],
        *,
        availability_zone: str,
        bundle_id: str | None = None,
        user_data: str | None = None,
        key_pair_name: str | None = None,
        tags: Tags | None = None,
        attached_disk_mapping: Mapping[str, Mapping[str, str]] | None = None,
        add_ons: Sequence[Mapping[str, Any]] | None = None,
        ip_address_type: str | None = None,
    ) -> Operations:
        """Create instances from a snapshot, without waiting for them.

        Pass the operations to ``wait``, then each name to ``wait_until_running``. If
        the response is lost, this reconciles, as ``create_instance_snapshot`` does.

        Args:
            snapshot: The snapshot, as fetched. The instances are in its Region.
            instance_names: The names of the new instances.
            availability_zone: Their zone, such as ``us-west-2a``.
            bundle_id: Their bundle, which may not be smaller than that of the
                snapshot's instance, and by default is the same.
            user_data: A script that each instance runs when it starts first.
            key_pair_name: The key pair to log in with.
            tags: Tags, or a mapping of key to value (None for a key-only tag).
            attached_disk_mapping: For each instance, the names of new disks, by the
                paths of the disks in the snapshot.
            add_ons: Add-ons to enable, as boto3 takes them.
            ip_address_type: ``dualstack``, ``ipv4`` or ``ipv6``.

        Returns:
            One operation on each instance.

        Raises:
            ConstraintError: The request breaks a known constraint; nothing was sent.
            TypeError: ``snapshot`` is not an InstanceSnapshot.

        Source: CreateInstancesFromSnapshot in the Lightsail API reference.
        """
        from lightsnap._flows import snapshots

        flow = snapshots.create_instances_from_snapshot(
            snapshot,
            instance_names,
            availability_zone=availability_zone,
            bundle_id=bundle_id,
            user_data=user_data,
            key_pair_name=key_pair_name,
            tags=tags,
            attached_disk_mapping=attached_disk_mapping,
            add_ons=add_ons,
            ip_address_type=ip_address_type,
            check=self._check,
        )
        return self._run(flow)

    def poll(
        self, operations: Iterable[Operation | str] | Mapping[str, object]
    ) -> Operations:
        """Fetch the current state of pending operations once, without waiting.

        Args:
            operations: Operations or their ids, or a response of boto3's. Those that
                are terminal are not fetched.

        Returns:
            All of them, in the order given.

        Raises:
            ConstraintError: These are not operations or ids; nothing was sent.
            MalformedResponseError: The boto3 response has no operations.
            NotFoundError: There is no such operation.
        """
        from lightsnap._flows import waits

        schedule = self._schedule(
            timeout=None,
            poll_interval=None,
            pending_per_poll=sys.maxsize,
            on_poll=None,
            cancel=None,
        )
        return self._run(waits.poll(operations, schedule))

    def wait(
        self,
        operations: Iterable[Operation | str] | Mapping[str, object],
        *,
        timeout: float | timedelta | None = 1800.0,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[lightsnap.WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Operations:
        """Wait until all operations are terminal, and return them in the order given.

        The wait continues through throttling, server errors, dropped connections and
        malformed responses. Ending it early cancels nothing at AWS: pass the ids to
        ``wait`` again to resume.

        Args:
            operations: Operations or their ids, from this process or another, or the
                response of any boto3 Lightsail call that starts operations. Each is
                polled in its own Region.
            timeout: Seconds or a timedelta; None never times out, 0 polls once.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, with a jitter of 10 %.
            pending_per_poll: How many operations that are still pending end a round. A
                higher number gives fresher progress for more calls; it does not notice
                the end any earlier.
            on_poll: Called with a WaitProgress after every round, such as
                ``progress()``. Its exceptions propagate.
            cancel: Ends the wait when its ``is_set()`` is true: a threading.Event.

        Raises:
            ConstraintError: These are not operations or ids; nothing was sent.
            MalformedResponseError: The boto3 response has no operations.
            WaitFailedError: An operation failed; all are terminal.
            WaitTimeoutError: ``timeout`` passed.
            WaitCancelledError: ``cancel`` was set.
            WaitInterruptedError: A permanent error, such as access denied.
            TypeError: An argument has a wrong type.
            ValueError: An argument is out of range, such as a negative timeout.
        """
        from lightsnap._flows import waits

        schedule = self._schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
        )
        return self._run(waits.wait(operations, schedule))

    def wait_until_available(
        self,
        instance_snapshot_name: str,
        *,
        region_name: str | None = None,
        timeout: float | timedelta | None = 1800.0,
        poll_interval: PollInterval | None = None,
        on_poll: Callable[[lightsnap.SnapshotProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> lightsnap.InstanceSnapshot:
        """Wait until the state of a snapshot is available, and return the snapshot.

        For the first 15 seconds, a snapshot that is not found is considered not visible
        yet; after that, it ends the wait. Otherwise this waits as ``wait`` does.

        Args:
            instance_snapshot_name: The name of the snapshot.
            region_name: Its Region, such as that of a copy; by default the client's.
            timeout: Seconds or a timedelta; None never times out, 0 polls once.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, with a jitter of 10 %.
            on_poll: Called with a SnapshotProgress after every round, such as
                ``progress()``. Its exceptions propagate.
            cancel: Ends the wait when its ``is_set()`` is true: a threading.Event.

        Raises:
            ConstraintError: The name breaks a known constraint; nothing was sent.
            SnapshotFailedError: The snapshot is in state ``error``.
            WaitTimeoutError: ``timeout`` passed.
            WaitCancelledError: ``cancel`` was set.
            WaitInterruptedError: A permanent error, such as access denied.
            TypeError: An argument has a wrong type.
            ValueError: An argument is out of range, such as a negative timeout.
        """
        from lightsnap._flows import waits

        schedule = self._schedule(
            timeout=timeout, poll_interval=poll_interval, on_poll=on_poll, cancel=cancel
        )
        flow = waits.wait_until_available(
            instance_snapshot_name, schedule, region_name, check=self._check
        )
        return self._run(flow)

    def wait_until_running(
        self,
        instance_name: str,
        *,
        region_name: str | None = None,
        timeout: float | timedelta | None = 1800.0,
        poll_interval: PollInterval | None = None,
        on_poll: Callable[[lightsnap.InstanceProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> lightsnap.Instance:
        """Wait until the state of an instance is running, and return the instance.

        For the first 15 seconds, an instance that is not found is considered not
        visible yet; after that, it ends the wait. Otherwise this is as ``wait``.

        Args:
            instance_name: The name of the instance.
            region_name: Its Region, if it is not the client's.
            timeout: Seconds or a timedelta; None never times out, 0 polls once.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, with a jitter of 10 %.
            on_poll: Called with an InstanceProgress after every round, such as
                ``progress()``. Its exceptions propagate.
            cancel: Ends the wait when its ``is_set()`` is true: a threading.Event.

        Raises:
            ConstraintError: The name breaks a known constraint; nothing was sent.
            WaitTimeoutError: ``timeout`` passed.
            WaitCancelledError: ``cancel`` was set.
            WaitInterruptedError: A permanent error, such as access denied.
            TypeError: An argument has a wrong type.
            ValueError: An argument is out of range, such as a negative timeout.
        """
        from lightsnap._flows import waits

        schedule = self._schedule(
            timeout=timeout, poll_interval=poll_interval, on_poll=on_poll, cancel=cancel
        )
        flow = waits.wait_until_running(
            instance_name, schedule, region_name, check=self._check
        )
        return self._run(flow)

    def snapshot_instance(
        self,
        instance_name: str,
        *,
        instance_snapshot_name: str | None = None,
        tags: Tags | None = None,
        timeout: float | timedelta | None = 1800.0,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[lightsnap.WaitProgress | lightsnap.SnapshotProgress], object]
        | None = None,
        cancel: Cancel | None = None,
        if_exists: Literal["error", "wait"] = "error",
    ) -> lightsnap.InstanceSnapshot:
        """Create a snapshot of an instance and wait until it is available.

        Creates the snapshot, waits for its operations, then until its state is
        available. One ``timeout`` covers both waits; it starts when the service has
        accepted the request.

        Args:
            instance_name: The instance.
            instance_snapshot_name: The name of the new snapshot; by default, one from
                ``snapshot_name``.
            tags: Tags, or a mapping of key to value (None for a key-only tag).
            timeout: Seconds or a timedelta; None never times out, 0 polls once.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, with a jitter of 10 %.
            pending_per_poll: How many operations that are still pending end a round. A
                higher number gives fresher progress for more calls; it does not notice
                the end any earlier.
            on_poll: Called after every round, such as ``progress()``: with a
                WaitProgress while the operations are pending, then with a
                SnapshotProgress. Its exceptions propagate.
            cancel: Ends the wait when its ``is_set()`` is true: a threading.Event.
            if_exists: "wait" waits for a snapshot of that name and instance that exists
                already, whatever its tags, instead of raising an error. A retry after a
                failure then does not create another one. It needs an
                ``instance_snapshot_name``.

        Raises:
            ConstraintError: The request breaks a known constraint; nothing was sent.
            InvalidInputError: The name is in use, and ``if_exists`` is "error", or it
                belongs to something else.
            WaitFailedError: An operation failed; all are terminal.
            SnapshotFailedError: The snapshot is in state ``error``.
            WaitTimeoutError: ``timeout`` passed.
            WaitCancelledError: ``cancel`` was set.
            WaitInterruptedError: A permanent error, such as access denied.
            TypeError: An argument has a wrong type.
            ValueError: An argument is out of range, such as a negative timeout.
        """
        from lightsnap._flows import waits

        schedule = self._schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
        )
        flow = waits.snapshot_instance(
            instance_name,
            instance_snapshot_name,
            tags,
            schedule,
            if_exists=if_exists,
            check=self._check,
        )
        return self._run(flow)

    def back_up(
        self,
        plan: lightsnap.BackupPlan,
        *,
        run: str | None = None,
        timeout: float | timedelta | None = 7200.0,
        on_poll: Callable[[lightsnap.BackupProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> lightsnap.BackupReport:
        """Back up the instances of the Region by a plan, and report on each.

        This creates a snapshot of each selected instance, waits until they are
        available, copies them to the plan's other Regions, and deletes what the plan's
        retention does not keep of the instances that now have a new backup. What fails
        for one instance stops no other.

        A run can be repeated: it finishes what is not done, and creates nothing twice.
        A backup is called ``INSTANCE-PLAN-RUN``, and has the tags ``lightsnap:plan``
        and ``lightsnap:run``.

        Args:
            plan: What to back up, how many backups to keep, and where to copy them.
            run: The name of the run, such as a date; by default the time in UTC.
            timeout: Seconds or a timedelta; None never times out. What the service
                refuses for a while, such as by throttling, is repeated until then.
            on_poll: Called with a BackupProgress after every round, such as
                ``progress()``. Its exceptions propagate.
            cancel: Ends the backup when its ``is_set()`` is true: a threading.Event.

        Returns:
            An outcome for each instance, in the order of the service's list. If it
            cannot be fetched, or no instance is selected, one outcome for the site.

        Raises:
            ConstraintError: The run is not valid, or the plan copies to the client's
                own Region; nothing was sent.
            ConfigurationError: There are no credentials, or similar.
            TypeError: An argument has a wrong type.
            ValueError: An argument is out of range, such as a negative timeout.
        """
        from lightsnap._flows import backups

        schedule = self._schedule(
            timeout=timeout, poll_interval=None, on_poll=on_poll, cancel=cancel
        )
        return self._run(backups.back_up(plan, run, schedule))

    def preview_prune(self, plan: lightsnap.BackupPlan) -> lightsnap.PrunePreview:
        """Decide which backups of a plan its retention does not keep; delete nothing.

        This covers all snapshots with the plan's tag in the client's Region and in
        those that the plan copies to, also those of instances that are gone.

        Args:
            plan: The plan, with its retention.

        Raises:
            ConstraintError: The plan has no retention, or copies to the client's own
                Region; nothing was sent.
            MalformedResponseError: A page cannot be read; there is never a short list.
            TypeError: ``plan`` is not a BackupPlan.
        """
        from lightsnap._flows import backups

        return self._run(backups.preview_prune(plan))

    def prune(
        self,
        preview: lightsnap.PrunePreview,
        *,
        timeout: float | timedelta | None = 7200.0,
        on_poll: Callable[[lightsnap.BackupProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> lightsnap.BackupReport:
        """Delete exactly what a preview names, and report on each snapshot.

        Each snapshot is fetched again first, and is deleted only if its ARN, creation
        time, state and tags have not changed. One that is gone counts as deleted.

        Args:
            preview: What ``preview_prune`` returned.
            timeout: Seconds or a timedelta; None never times out. What the service
                refuses for a while, such as by throttling, is repeated until then.
            on_poll: Called with a BackupProgress after every round, such as
                ``progress()``. Its exceptions propagate.
            cancel: Ends the prune when its ``is_set()`` is true: a threading.Event.

        Raises:
            ConstraintError: The preview names a snapshot that is not available, is held
                by a tag, or is not of the plan; nothing was sent.
            TypeError: An argument has a wrong type.
            ValueError: An argument is out of range, such as a negative timeout.
        """
        from lightsnap._flows import backups

        schedule = self._schedule(
            timeout=timeout, poll_interval=None, on_poll=on_poll, cancel=cancel
        )
        return self._run(backups.prune(preview, schedule))
