"""The client: snapshots of instances, and waiting for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Self, cast

from lightsnap._aws.calls import call, get_instance_snapshot, get_operation, region_of
from lightsnap._aws.connecting import Settings
from lightsnap._aws.protocols import ClosableClient, LightsailClient
from lightsnap._flows.creation import Creation
from lightsnap._model.operations import Operation, Operations
from lightsnap._model.resources import InstanceSnapshot
from lightsnap._request.request import (
    CreateInstanceSnapshotRequest,
    request_violations,
    snapshot_name,
)
from lightsnap._request.rules import Tags, id_violations, name_violations, refuse
from lightsnap._wait.clocks import Clock, clock_or_time
from lightsnap._wait.loops import run, watched
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import DEFAULT_TIMEOUT, Cancel, PollInterval, Schedule
from lightsnap._wait.progress import SnapshotProgress, WaitProgress
from lightsnap._wait.snapshot import SnapshotWait

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config


class Client:
    """Takes snapshots of Lightsail instances and tells when they are done.

    It may be shared between threads. ``with`` closes its connections at the end; it
    works without as well.

    Args:
        lightsail: A boto3 Lightsail client. Without one, a client is built when the
            first call needs it, from the other arguments, as boto3 would: environment,
            config files and the rest count. It has short time-outs (5 seconds to
            connect, 15 to read). botocore's retries multiply them: a call that is under
            way at a wait's deadline may take about a minute longer. It keeps up to 64
            connections, for the threads that share it.
        session: A boto3 Session to build it from.
        region_name: Its AWS Region, like ``us-west-2``.
        profile_name: A profile of the AWS config files.
        endpoint_url: The endpoint to call instead of AWS's own.
        config: A botocore Config; its settings take precedence over lightsnap's.
        check: Whether to refuse, before anything is sent, what the service is known to
            refuse. What cannot be sent at all is refused in any case.
        clock: The time for waiting; by default the module ``time``.

    Raises:
        ConfigurationError: A setting has a wrong type, or two contradict each other.
        TypeError: ``clock`` is no clock.

    A method that calls the service once raises:

    * ``ApiError`` and its kin when the service answers with an error,
    * ``TransportError`` when no answer comes,
    * ``MalformedResponseError`` when the answer cannot be read,
    * ``ConfigurationError`` without a Region or credentials, with an unknown profile,
      and the like.

    A wait goes on through those that may pass, and carries the others as the ``reason``
    of a ``WaitInterruptedError``; only when no client can be built does it raise a
    ``ConfigurationError`` itself.
    """

    def __init__(
        self,
        lightsail: LightsailClient | None = None,
        *,
        session: Session | None = None,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        check: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self._settings = Settings(
            lightsail=lightsail,
            session=session,
            region_name=region_name,
            profile_name=profile_name,
            endpoint_url=endpoint_url,
            config=config,
        )
        self._built: ClosableClient | None = None
        self._lock = threading.Lock()
        self._check = check
        self._clock = clock_or_time(clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the client was given.

        A later call opens new ones.
        """
        with self._lock:
            built, self._built = self._built, None
        if built is not None:
            built.close()

    def create_instance_snapshot(
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
        return self.send(request)

    def send(self, request: CreateInstanceSnapshotRequest) -> Operations:
        """Do what ``create_instance_snapshot`` does, with a request made beforehand."""
        refuse(request_violations(request), check=self._check)
        lightsail = self._connect()
        creation = Creation(request)
        while (api_call := creation.next_call) is not None:
            try:
                answer = call(lightsail, api_call)
            except BaseException as error:  # noqa: BLE001 (the creation decides on it)
                creation.failed(error)
            else:
                creation.answered(answer)
        return creation.operations

    def get_operation(self, operation_id: str) -> Operation:
        """Look an operation up as it now stands.

        Raises:
            ConstraintError: The id is blank or not text.
            NotFoundError: There is no such operation in this Region.

        Source: GetOperation in the Lightsail API reference.
        """
        expected = "the id of an operation, as text"
        violations = id_violations("operation_id", operation_id, expected)
        refuse(violations, check=self._check)
        return call(self._connect(), get_operation(operation_id))

    def get_instance_snapshot(self, instance_snapshot_name: str) -> InstanceSnapshot:
        """Look a snapshot up as it now stands.

        Raises:
            ConstraintError: No resource can have that name.
            NotFoundError: There is no such snapshot in this Region.

        Source: GetInstanceSnapshot in the Lightsail API reference.
        """
        violations = name_violations("instance_snapshot_name", instance_snapshot_name)
        refuse(violations, check=self._check)
        return call(self._connect(), get_instance_snapshot(instance_snapshot_name))

    def wait(
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
            cancel: Ends the wait once its ``is_set()`` is true: a threading.Event, say.

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
        schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
            clock=self._clock,
        )
        wait = OperationsWait(operations, schedule)
        if not wait.is_over:
            lightsail = self._connect()  # so a wrong configuration shows as such
            if self._check and (region_name := region_of(lightsail)):
                wait.refuse_other_regions(region_name)
        with watched(wait):
            return run(wait, self.get_operation, self._clock)

    def wait_until_available(
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
        violations = name_violations("instance_snapshot_name", instance_snapshot_name)
        refuse(violations, check=self._check)
        schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
            cancel=cancel,
            clock=self._clock,
        )
        self._connect()  # so a wrong configuration shows as such
        wait = SnapshotWait(instance_snapshot_name, schedule)
        with watched(wait):
            return run(wait, self.get_instance_snapshot, self._clock)

    def snapshot_instance(
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
            cancel: As in ``wait``.

        Raises:
            ConstraintError: The service is known to refuse this; nothing was sent.
            WaitError: As in ``wait`` and ``wait_until_available``; in every case its
                ``operations`` are those of this snapshot.
            TypeError: An argument has a wrong type.
            ValueError: An argument makes no sense, such as a negative time-out.
        """
        schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
            clock=self._clock,
        )
        if instance_snapshot_name is None:
            # Even of what is no name at all: the check below tells what is wrong.
            instance_snapshot_name = snapshot_name(f"{instance_name}")
        operations = self.create_instance_snapshot(
            instance_name=instance_name,
            instance_snapshot_name=instance_snapshot_name,
            tags=tags,
        )
        made_by = OperationsWait(operations, schedule)
        with watched(made_by):
            run(made_by, self.get_operation, self._clock)
            wait = SnapshotWait(instance_snapshot_name, schedule, made_by)
            return run(wait, self.get_instance_snapshot, self._clock)

    def _connect(self) -> LightsailClient:
        """The boto3 client: the given one, or one that is built at the first call."""
        if self._settings.lightsail is not None:
            return cast("LightsailClient", self._settings.lightsail)
        with self._lock:
            if self._built is None:
                self._built = self._settings.build()
            return self._built
