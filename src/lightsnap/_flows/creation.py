"""Create exactly once: send the request once, reconcile if the response is lost.

Lightsail's calls that create something have no idempotency token, so they cannot be
repeated safely. If one fails in a way that leaves open whether the service accepted it,
lightsnap reconciles: it fetches the operations of the resources concerned, once. Those
that this call must have started become its result. If there are none, or they cannot be
fetched, the original error is raised, and says so. The request is never sent again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from operator import attrgetter
from typing import Any, NamedTuple, cast

from lightsnap._aws.attempts import Attempts, Moment
from lightsnap._aws.calls import (
    CREATE_INSTANCE_SNAPSHOT,
    GET_OPERATIONS_FOR_RESOURCE,
    Call,
    ResourceOperations,
)
from lightsnap._aws.errors import was_retried, wrong_subject
from lightsnap._flows.steps import Connect, Flow
from lightsnap._log import logger
from lightsnap._model.enums import OperationType
from lightsnap._model.operations import Operation, Operations
from lightsnap._request.request import CreateInstanceSnapshotRequest
from lightsnap._text import add_detail, add_note, describe
from lightsnap.errors import (
    ApiError,
    ConfigurationError,
    LightsnapError,
    MalformedResponseError,
    NotFoundError,
    ServiceError,
    TransportError,
)

CLOCK_MARGIN = timedelta(seconds=1)
"""The Date header has whole seconds only."""


class Started(NamedTuple):
    """How an operation that a create starts can be recognized.

    Attributes:
        resource_name: The resource that it is on.
        operation_type: Its type.
        details: Its details, or None if they are not known.
    """

    resource_name: str
    operation_type: OperationType
    details: str | None


class Creation:
    """One create, and what is known about it at any moment.

    Args:
        call: The call.
        started: The operations that it starts. Each of them shows that it was accepted.
        description: What it creates, for messages.
    """

    def __init__(
        self, call: Call[Operations], started: Sequence[Started], description: str
    ) -> None:
        self._call = call
        self._started = started
        self._attempts = Attempts()
        self._operations = Operations(())
        self._names = tuple(each.resource_name for each in started)
        self._created = description

    @contextmanager
    def noted(self) -> Generator[None, None, None]:
        """Add names and ids to an exception from outside, such as Ctrl-C.

        An ordinary exception, such as one from ``on_poll`` or a signal handler, gets
        them once the service has accepted the create.
        """
        try:
            yield
        except LightsnapError:
            raise  # it has them
        except BaseException as error:
            ids, note = ", ".join(self._ids), self._accepted
            if not note and not isinstance(error, Exception):
                note = f"lightsnap had requested {self._created}, which may now exist"
            notes = getattr(error, "__notes__", ())
            if note and not any((ids or note) in each for each in notes):
                add_note(error, note)
                logger().info("interrupted by %s: %s", describe(error), note)
            raise

    @property
    def _accepted(self) -> str:
        """The text about an accepted create; empty until its ids are known."""
        ids = ", ".join(self._ids)
        return ids and f"the service had accepted {self._created}; operations: {ids}"

    @property
    def _ids(self) -> tuple[str, ...]:
        """The ids of the operations, as soon as the response has arrived."""
        response = self._attempts.response or {}
        received: Iterable[Any] = response.get("operations") or ()
        arrived: list[Mapping[str, Any]] = [
            each
            for each in received
            if isinstance(each, Mapping)
            and isinstance(cast("Mapping[str, object]", each).get("id"), str)
        ]
        names = {each.get("resourceName", self._names[0]) for each in arrived}
        if self._operations or not names.issubset(self._names):
            return self._operations.ids
        return tuple(each["id"] for each in arrived)

    def connect(self) -> Flow[str | None]:
        """Build the client if there is none, and return its Region, or None."""
        try:
            region_name: str | None = yield Connect()
        except ConfigurationError as error:
            add_detail(error, "nothing was sent")
            raise
        return region_name

    def send(self) -> Flow[Operations]:
        """Send the create, and reconcile if the response is lost."""
        attempts = self._attempts
        began = Moment.now()
        operations: Operations
        with self.noted():
            try:
                operations = yield self._call._replace(attempts=attempts)
                self._require_subject(operations)
                self._operations = operations
            except Exception as error:
                if not possibly_accepted(error, attempts):
                    if not_sent := _describe_not_sent(error, attempts):
                        add_detail(error, not_sent)
                    raise
                sent = attempts.possibly_accepted or began
                operations = self._operations = yield from self._reconcile(error, sent)
                if not operations:
                    raise
        return operations

    def _require_subject(self, operations: Operations) -> None:
        """Check that a response is about the request.

        Raises:
            MalformedResponseError: An operation is on another resource.
        """
        for each in operations:
            if each.resource_name not in self._names:
                raise wrong_subject(self._names[0], each.resource_name, operations)

    def _reconcile(self, error: Exception, sent: Moment) -> Flow[Operations]:
        """Return the operations of the create; if there are none, its error says so."""
        try:
            operations = yield from self._fetch_started(sent)
        except Exception as failure:  # noqa: BLE001 (any failure leaves it unknown)
            reason = describe(failure)
            detail = f"it is unknown whether {self._created} was created: {reason}"
            operations = Operations(())
        else:
            detail = f"reconciling found no {self._created} from this call"
        if not operations:
            add_detail(error, self._accepted or detail)
            return operations
        logger().warning(
            "the response for %s was lost (%s); reconciling found its operations: %s",
            self._created,
            describe(error),
            ", ".join(operations.ids),
        )
        return operations

    def _fetch_started(self, sent: Moment) -> Flow[Operations]:
        """Fetch the operations that the create started.

        Args:
            sent: When the create was sent.
        """
        found: list[Operation] = []
        for started in self._started:
            try:
                fetched = Moment.now()
                call = GET_OPERATIONS_FOR_RESOURCE(resourceName=started.resource_name)
                resource = yield call._replace(region_name=self._call.region_name)
                received = Moment.now()
                candidates = [
                    operation
                    for operation in resource.operations
                    if operation.operation_type == started.operation_type
                    and operation.resource_name == started.resource_name
                    and started.details in (None, operation.operation_details)
                ]
                if candidates:
                    latest = max(candidates, key=attrgetter("created_at"))
                    found += _if_started(latest, resource, sent, fetched, received)
            except NotFoundError:
                pass  # the resource does not exist yet, or never will
            except Exception:
                if not found:
                    raise
        return Operations(found)


def snapshot_creation(request: CreateInstanceSnapshotRequest) -> Creation:
    """Return the creation of a snapshot of an instance.

    It starts one operation on the snapshot and one on the instance; each names the
    other resource in its details.
    """
    name, instance_name = request.instance_snapshot_name, request.instance_name
    operation_type = OperationType.CREATE_INSTANCE_SNAPSHOT
    return Creation(
        CREATE_INSTANCE_SNAPSHOT(**request.to_dict()),
        [
            Started(name, operation_type, instance_name),
            Started(instance_name, operation_type, name),
        ],
        f"snapshot {name!r} of instance {instance_name!r}",
    )


def possibly_accepted(error: Exception, attempts: Attempts) -> bool:
    """Whether the service may have accepted a create that raised an error."""
    if list(attempts):
        return attempts.possibly_accepted is not None
    if isinstance(error, ApiError) and not isinstance(error, ServiceError):
        # A retry may be refused because the first attempt was accepted.
        refused = 400 <= (error.status_code or 0) < 500  # noqa: PLR2004 (HTTP)
        return not refused or was_retried(error)
    if isinstance(error, (ApiError, MalformedResponseError, TransportError)):
        return True  # there was an attempt that was not recorded
    return not (attempts.are_recorded or isinstance(error, ConfigurationError))


def _describe_not_sent(error: Exception, attempts: Attempts) -> str:
    """Return a text about a create that the service cannot have accepted."""
    if isinstance(error, ConfigurationError) or list(attempts):
        if not attempts.were_sent:
            return "nothing was sent"
        if not isinstance(error, ApiError):
            return "the service had refused the earlier attempts"
    return ""


def _if_started(
    operation: Operation,
    resource: ResourceOperations,
    sent: Moment,
    fetched: Moment,
    received: Moment,
) -> list[Operation]:
    """Return an operation if it cannot be older than a create.

    Its age is measured by the service's clock: between the create and the Date of the
    response passed at least the time until the request for it, and at most the time
    until its arrival. The wall clock includes a suspend of the machine. If both clocks
    stand still, as in tests that freeze the time, the most is unknown.

    Raises:
        LightsnapError: The operation may be older.
    """
    if resource.date is None:
        raise LightsnapError("the response has no Date to compare an operation with")
    shortest = fetched.monotonic - sent.monotonic
    longest = max(
        received.monotonic - sent.monotonic,
        received.wall - sent.wall,
    )
    created_at = operation.created_at + CLOCK_MARGIN
    if created_at >= resource.date - timedelta(seconds=shortest):
        return [operation]
    if longest and created_at < resource.date - timedelta(seconds=longest):
        return []
    message = f"operation {operation.id} is from about the time of this call"
    raise LightsnapError(message)
