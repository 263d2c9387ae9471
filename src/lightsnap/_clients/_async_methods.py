"""The methods of ``AsyncClient``: their signatures and docstrings.

``_methods.py``, those of ``Client``, is generated from this by ``make generate``. What
they do is in ``_flows``. What a create does not need, waits and other values, is loaded
by the methods that do: that saves 5 % of a process that creates a snapshot and exits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from lightsnap._flows import methods
from lightsnap._flows.steps import Flow
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._request.rules import Tags
from lightsnap._wait.options import DEFAULT_TIMEOUT, Cancel, PollInterval, Schedule

if TYPE_CHECKING:
    from lightsnap._model.instances import Instance, InstanceSnapshot
    from lightsnap._wait.progress import SnapshotProgress, WaitProgress

_Result = TypeVar("_Result")


class AsyncMethods(ABC):
    """What ``AsyncClient`` can do."""

    _check: bool

    @abstractmethod
    async def _run(self, flow: Flow[_Result]) -> _Result:
        """Perform the steps of a flow."""

    @abstractmethod
    def _schedule(self, **options: Any) -> Schedule:
        """Validate the options of a wait, which gets the client's clock."""

    async def create_instance_snapshot(
        self,
        *,
        instance_name: str,
        instance_snapshot_name: str,
        tags: Tags | None = None,
    ) -> Operations:
        """Create a snapshot of an instance, without waiting for it.

        The answer comes at once; the work goes on at AWS. ``wait`` for the operations
        to know when it is done.

        Args:
            instance_name: The instance to make the snapshot of.
            instance_snapshot_name: The name of the new snapshot.
            tags: Tags, or a mapping of key to value (None for a key-only tag).

        If the answer is lost, the operations that this call has started are looked up,
        once. It never creates twice. If they cannot be seen, the error says so.

        Returns:
            Two operations, one on the snapshot and one on the instance.

        Raises:
            ConstraintError: The service is known to refuse this; nothing was sent.

        Source: CreateInstanceSnapshot in the Lightsail API reference.
        """
        request = CreateInstanceSnapshotRequest(
            instance_name=instance_name,
            instance_snapshot_name=instance_snapshot_name,
            tags=tags,
        )
        return await self.send(request)

    async def send(self, request: CreateInstanceSnapshotRequest) -> Operations:
        """Do what ``create_instance_snapshot`` does, with a request made beforehand."""
        return await self._run(methods.send(request, check=self._check))

    async def get_operation(self, operation_id: str) -> Operation:
        """Fetch an operation's current state.

        Raises:
            ConstraintError: The id is blank or not text.
            NotFoundError: There is no such operation in this Region.

        Source: GetOperation in the Lightsail API reference.
        """
        return await self._run(methods.get_operation(operation_id, check=self._check))

    async def get_instance(self, instance_name: str) -> Instance:
        """Fetch an instance's current state.

        Raises:
            ConstraintError: No resource can have that name.
            NotFoundError: There is no such instance in this Region.

        Source: GetInstance in the Lightsail API reference.
        """
        return await self._run(methods.get_instance(instance_name, check=self._check))

    async def get_instance_snapshot(
        self, instance_snapshot_name: str
    ) -> InstanceSnapshot:
        """Fetch a snapshot's current state.

        Raises:
            ConstraintError: No resource can have that name.
            NotFoundError: There is no such snapshot in this Region.

        Source: GetInstanceSnapshot in the Lightsail API reference.
        """
        flow = methods.get_instance_snapshot(instance_snapshot_name, check=self._check)
        return await self._run(flow)

    async def wait(
        self,
        operations: Iterable[Operation | str],
        *,
        timeout: float | timedelta | None = DEFAULT_TIMEOUT,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Operations:
        """Wait until operations have ended, and return them as they ended.

        Throttling, faults of the service, dropped connections and unreadable answers
        only cost time. Giving up cancels nothing at AWS: wait again, with the ids.

        Args:
            operations: Operations or their ids, from this process or another.
            timeout: Seconds or a timedelta; None waits for ever, 0 is one round.
            poll_interval: The pause between rounds: seconds, a timedelta, or a tenacity
                wait strategy. By default it grows with the square root of the elapsed
                time, from 2 to 15 seconds, give or take 10 %.
            pending_per_poll: How many operations may answer that they are pending
                before a round ends. More make progress fresher and cost more calls;
                the end is noticed just as early at any value.
            on_poll: Called with a WaitProgress after every round: ``progress()``, say.
                It may be async.
            cancel: Ends the wait once its ``is_set()`` is true: an asyncio.Event, say.

        Raises:
            ConstraintError: These are not operations or ids; nothing was sent.
            ResumeError: One is in another Region than the client; nothing was sent.
            WaitFailedError: At least one failed; all have ended.
            WaitTimeoutError: ``timeout`` passed first.
            WaitCancelledError: ``cancel`` was set first.
            WaitInterruptedError: A call failed in a way that waiting does not fix.
            TypeError: An argument has a wrong type.
            ValueError: An argument makes no sense, such as a negative time-out.
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
        timeout: float | timedelta | None = DEFAULT_TIMEOUT,
        poll_interval: PollInterval | None = None,
        on_poll: Callable[[SnapshotProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> InstanceSnapshot:
        """Wait until a snapshot is available, by its own state.

        A snapshot that is not found counts as not visible yet for 15 seconds; later
        that ends the wait. All else is as with ``wait``.

        Args:
            instance_snapshot_name: The snapshot to wait for.
            timeout: As in ``wait``.
            poll_interval: As in ``wait``.
            on_poll: Called with a SnapshotProgress after every round.
                It may be async.
            cancel: As in ``wait``.

        Raises:
            ConstraintError: No resource can have that name; nothing was sent.
            SnapshotFailedError: The snapshot is in state ``error``.
            WaitTimeoutError: ``timeout`` passed first.
            WaitCancelledError: ``cancel`` was set first.
            WaitInterruptedError: A call failed in a way that waiting does not fix.
            TypeError: An argument has a wrong type.
            ValueError: An argument makes no sense, such as a negative time-out.
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
        timeout: float | timedelta | None = DEFAULT_TIMEOUT,
        poll_interval: PollInterval | None = None,
        pending_per_poll: int = 1,
        on_poll: Callable[[WaitProgress | SnapshotProgress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> InstanceSnapshot:
        """Create a snapshot of an instance and wait until it is available.

        Chooses a name, creates the snapshot, and waits for its operations, then until
        its own state is available. One ``timeout`` covers both waits; it starts when
        the service has accepted the snapshot.

        Args:
            instance_name: The instance to make the snapshot of.
            instance_snapshot_name: Its name; by default ``snapshot_name`` makes one.
            tags: Tags, or a mapping of key to value (None for a key-only tag).
            timeout: As in ``wait``.
            poll_interval: As in ``wait``.
            pending_per_poll: As in ``wait``.
            on_poll: Called after every round, with a WaitProgress as long as the wait
                is for the operations, then with a SnapshotProgress.
                It may be async.
            cancel: As in ``wait``.

        Raises:
            ConstraintError: The service is known to refuse this; nothing was sent.
            WaitError: As in ``wait`` and ``wait_until_available``; in every case its
                ``operations`` are those of this snapshot.
            TypeError: An argument has a wrong type.
            ValueError: An argument makes no sense, such as a negative time-out.
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
