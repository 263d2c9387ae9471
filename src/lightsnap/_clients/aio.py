"""The client for async code: ``Client``, awaitable, over aiobotocore."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from lightsnap._aws.calls import (
    call_async,
    get_instance_snapshot,
    get_operation,
    region_of,
)
from lightsnap._aws.connecting import AsyncSettings
from lightsnap._aws.protocols import AsyncLightsailClient
from lightsnap._flows.creation import Creation
from lightsnap._model.operations import Operation, Operations
from lightsnap._model.resources import InstanceSnapshot
from lightsnap._request.request import (
    CreateInstanceSnapshotRequest,
    request_violations,
    snapshot_name,
)
from lightsnap._request.rules import Tags, id_violations, name_violations, refuse
from lightsnap._wait.clocks import AsyncClock, async_clock_or_time
from lightsnap._wait.loops import run_async, watched
from lightsnap._wait.operations import OperationsWait
from lightsnap._wait.options import (
    DEFAULT_MAX_CONCURRENCY,
    DEFAULT_TIMEOUT,
    Cancel,
    PollInterval,
    Schedule,
)
from lightsnap._wait.progress import SnapshotProgress, WaitProgress
from lightsnap._wait.snapshot import SnapshotWait
from lightsnap.errors import ConfigurationError

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from botocore.config import Config


# So many that a wait over thousands of operations which have ended is not a matter of
# the distance to the service; more would only be held up by this one process.
_MAX_CONCURRENCY = 64


class AsyncClient:
    """Takes snapshots of Lightsail instances and tells when they are done, in asyncio.

    It is ``Client``, awaitable. Without a client given, use it in ``async with``, which
    builds one and closes its connections at the end. All its waits share these.

    Args:
        lightsail: An aiobotocore Lightsail client. Without one, ``async with`` builds a
            client from the other arguments, as aiobotocore would: environment, config
            files and the rest count. It has short time-outs (5 seconds to connect, 15
            to read). botocore's retries multiply them: a call that is under way at a
            wait's deadline may take about a minute longer. It has up to 256
            connections.
        session: An aiobotocore session to build it from.
        region_name: Its AWS Region, like ``us-west-2``.
        profile_name: A profile of the AWS config files.
        endpoint_url: The endpoint to call instead of AWS's own.
        config: A botocore Config; its settings take precedence over lightsnap's.
        check: Whether to refuse, before anything is sent, what the service is known to
            refuse. What cannot be sent at all is refused in any case.
        clock: The time for waiting; by default that of the event loop.

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
    of a ``WaitInterruptedError``. ``async with`` raises a ``ConfigurationError`` when
    no client can be built, and every method does where there is none.

    A wait may have up to 64 calls under way at once, but no more than the client has
    connections; they become more than one only while answers say that operations have
    ended.
    """

    def __init__(
        self,
        lightsail: AsyncLightsailClient | None = None,
        *,
        session: AioSession | None = None,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        check: bool = True,
        clock: AsyncClock | None = None,
    ) -> None:
        self._settings = AsyncSettings(
            lightsail=lightsail,
            session=session,
            region_name=region_name,
            profile_name=profile_name,
            endpoint_url=endpoint_url,
            config=config,
        )
        self._lightsail = lightsail
        self._exits = AsyncExitStack()
        self._check = check
        self._clock = async_clock_or_time(clock)

    async def __aenter__(self) -> Self:
        if self._lightsail is None:
            self._lightsail = await self._settings.build(self._exits)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, unless the client was given.

        A later ``async with`` opens new ones.
        """
        if self._settings.lightsail is None:
            self._lightsail = None
        await self._exits.aclose()

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
        refuse(request_violations(request), check=self._check)
        lightsail = self._connect()
        creation = Creation(request)
        while (api_call := creation.next_call) is not None:
            try:
                answer = await call_async(lightsail, api_call)
            except BaseException as error:  # noqa: BLE001 (the creation decides on it)
                creation.failed(error)
            else:
                creation.answered(answer)
        return creation.operations

    async def get_operation(self, operation_id: str) -> Operation:
        """Look an operation up as it now stands.

        Raises:
            ConstraintError: The id is blank or not text.
            NotFoundError: There is no such operation in this Region.

        Source: GetOperation in the Lightsail API reference.
        """
        expected = "the id of an operation, as text"
        violations = id_violations("operation_id", operation_id, expected)
        refuse(violations, check=self._check)
        return await call_async(self._connect(), get_operation(operation_id))

    async def get_instance_snapshot(
        self, instance_snapshot_name: str
    ) -> InstanceSnapshot:
        """Look a snapshot up as it now stands.

        Raises:
            ConstraintError: No resource can have that name.
            NotFoundError: There is no such snapshot in this Region.

        Source: GetInstanceSnapshot in the Lightsail API reference.
        """
        violations = name_violations("instance_snapshot_name", instance_snapshot_name)
        refuse(violations, check=self._check)
        return await call_async(
            self._connect(), get_instance_snapshot(instance_snapshot_name)
        )

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
            on_poll: Called with a WaitProgress after every round, and awaited if it is
                async: ``progress()``, say.
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
        schedule = Schedule(
            timeout=timeout,
            poll_interval=poll_interval,
            pending_per_poll=pending_per_poll,
            on_poll=on_poll,
            cancel=cancel,
            clock=self._clock,
            max_concurrency=self._max_concurrency,
        )
        wait = OperationsWait(operations, schedule)
        if not wait.is_over:
            lightsail = self._connect()  # so a wrong configuration shows as such
            if self._check and (region_name := region_of(lightsail)):
                wait.refuse_other_regions(region_name)
        with watched(wait):
            return await run_async(wait, self.get_operation, self._clock)

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
            on_poll: Called with a SnapshotProgress after every round, and awaited if it
                is async.
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
            max_concurrency=self._max_concurrency,
        )
        self._connect()  # so a wrong configuration shows as such
        wait = SnapshotWait(instance_snapshot_name, schedule)
        with watched(wait):
            return await run_async(wait, self.get_instance_snapshot, self._clock)

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
                is for the operations, then with a SnapshotProgress; awaited if it is
                async.
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
            max_concurrency=self._max_concurrency,
        )
        if instance_snapshot_name is None:
            # Even of what is no name at all: the check below tells what is wrong.
            instance_snapshot_name = snapshot_name(f"{instance_name}")
        operations = await self.create_instance_snapshot(
            instance_name=instance_name,
            instance_snapshot_name=instance_snapshot_name,
            tags=tags,
        )
        made_by = OperationsWait(operations, schedule)
        with watched(made_by):
            await run_async(made_by, self.get_operation, self._clock)
            wait = SnapshotWait(instance_snapshot_name, schedule, made_by)
            return await run_async(wait, self.get_instance_snapshot, self._clock)

    @property
    def _max_concurrency(self) -> int:
        """No more calls than connections, since to wait for one may time out."""
        config = getattr(getattr(self._lightsail, "meta", None), "config", None)
        connections = getattr(config, "max_pool_connections", None)
        if not isinstance(connections, int):
            return DEFAULT_MAX_CONCURRENCY
        return min(connections, _MAX_CONCURRENCY)

    def _connect(self) -> AsyncLightsailClient:
        """The aiobotocore client: the given one, or the one of ``async with``."""
        if self._lightsail is None:
            message = (
                "this client has no connections: use it in `async with AsyncClient(...)"
                " as client`, or give it an aiobotocore client"
            )
            raise ConfigurationError(message)
        return self._lightsail
