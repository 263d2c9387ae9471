"""Signatures and docstrings of the methods of ``AsyncClient``.

``make generate`` writes ``_methods.py``, those of ``Client``, from this file. The
bodies are in ``_flows``. What a create does not need (waits, other values) is imported
by the methods that use it: this saves 5 % of a process that creates a snapshot and
exits. Annotations name these values as attributes of ``lightsnap``, which imports them
when hints are evaluated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

import lightsnap
from lightsnap._flows import methods
from lightsnap._flows.steps import Flow
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._request.rules import Tags
from lightsnap._wait.options import Cancel, PollInterval, Schedule

_Result = TypeVar("_Result")


class AsyncMethods(ABC):
    """The methods of ``AsyncClient``."""

    _check: bool

    @abstractmethod
    async def _run(self, flow: Flow[_Result]) -> _Result:
        """Perform the steps of a flow, and return its result."""

    @abstractmethod
    def _schedule(self, **options: Any) -> Schedule:
        """Validate the options of a wait, and add the client's clock."""

    async def create_instance_snapshot(
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
        return await self.send(request)

    async def send(self, request: CreateInstanceSnapshotRequest) -> Operations:
        """Create a snapshot from a request, as ``create_instance_snapshot`` does.

        Returns:
            Two operations, one on the snapshot and one on the instance.

        Raises:
            ConstraintError: The request breaks a known constraint; nothing was sent.
        """
        return await self._run(methods.send(request, check=self._check))

    async def get_operation(self, operation_id: str) -> Operation:
        """Fetch an operation's current state.

        Raises:
            ConstraintError: The id is blank or not text; nothing was sent.
            NotFoundError: There is no such operation in this Region.

        Source: GetOperation in the Lightsail API reference.
        """
        return await self._run(methods.get_operation(operation_id, check=self._check))

    async def get_instance(self, instance_name: str) -> lightsnap.Instance:
        """Fetch an instance's current state.

        Raises:
            ConstraintError: The name breaks a known constraint; nothing was sent.
            NotFoundError: There is no such instance in this Region.

        Source: GetInstance in the Lightsail API reference.
        """
        return await self._run(methods.get_instance(instance_name, check=self._check))

    async def get_instance_snapshot(
        self, instance_snapshot_name: str
    ) -> lightsnap.InstanceSnapshot:
        """Fetch a snapshot's current state.

        Raises:
            ConstraintError: The name breaks a known constraint; nothing was sent.
            NotFoundError: There is no such snapshot in this Region.

        Source: GetInstanceSnapshot in the Lightsail API reference.
        """
        flow = methods.get_instance_snapshot(instance_snapshot_name, check=self._check)
        return await self._run(flow)

    async def wait(
        self,
        operations: Iterable[Operation | str],
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
            operations: Operations or their ids, from this process or another.
            timeout: Seconds or a timedelta; None never times out, 0 polls once.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, with a jitter of 10 %.
            pending_per_poll: How many operations that are still pending end a round. A
                higher number gives fresher progress for more calls; it does not notice
                the end any earlier.
            on_poll: Called with a WaitProgress after every round, such as
                ``progress()``. Its exceptions propagate.
                It may be async.
            cancel: Ends the wait when its ``is_set()`` is true: an asyncio.Event.

        Raises:
            ConstraintError: These are not operations or ids; nothing was sent.
            ResumeError: An operation is in another Region than the client's; nothing
                was sent.
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
        return await self._run(waits.wait(operations, schedule, check=self._check))

    async def wait_until_available(
        self,
        instance_snapshot_name: str,
        *,
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
            timeout: Seconds or a timedelta; None never times out, 0 polls once.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, with a jitter of 10 %.
            on_poll: Called with a SnapshotProgress after every round, such as
                ``progress()``. Its exceptions propagate.
                It may be async.
            cancel: Ends the wait when its ``is_set()`` is true: an asyncio.Event.

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
            instance_snapshot_name, schedule, check=self._check
        )
        return await self._run(flow)

    async def snapshot_instance(
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
                It may be async.
            cancel: Ends the wait when its ``is_set()`` is true: an asyncio.Event.

        Raises:
            ConstraintError: The request breaks a known constraint; nothing was sent.
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
            instance_name, instance_snapshot_name, tags, schedule, check=self._check
        )
        return await self._run(flow)
