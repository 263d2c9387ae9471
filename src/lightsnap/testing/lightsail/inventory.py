"""The resources and operations of one account in one Region."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, cycle
from operator import attrgetter
from typing import Any, TypeVar

from .exceptions import (
    InvalidStateException,
    NameExistsException,
    NotFoundException,
)
from .operations import OPERATION, Operation
from .resources import (
    Instance,
    InstanceSnapshot,
    Resource,
    outcome_for,
)
from .utils import check_names, page

ResourceT = TypeVar("ResourceT", bound=Resource)

PAGE_SIZE = 100
OPERATIONS_PAGE_SIZE = 200

_serial_of = attrgetter("serial")


class Inventory:
    """Stores, numbers, finds and lists resources and operations."""

    def __init__(self) -> None:
        # By name: names are unique in a Region across all types of resources.
        self._resources: dict[str, Resource] = {}
        self._operations: dict[str, Operation] = {}  # by id
        # The listings, oldest first, so that any page of them is found at once: of
        # resources by their class, and of operations by the ARN of their resource.
        self._of_class: defaultdict[type[Resource], list[Any]] = defaultdict(list)
        self._all_operations: list[Operation] = []
        self._of_resource: defaultdict[str, list[Operation]] = defaultdict(list)
        # The operations that are made older with a resource, by its ARN.
        self._aging_with: defaultdict[str, list[Operation]] = defaultdict(list)
        self._is_sorted = True
        # Instances that are shutting down. They keep their names until terminated.
        self._deleted: list[Instance] = []
        self._serials = count()
        # The last parts of the IP addresses of new instances.
        self.hosts: Iterator[int] = cycle(range(1, 255))

    # Resources

    def require_unused_names(self, names: Sequence[str]) -> None:
        check_names(names)
        self._remove_terminated()
        used = [name for name in names if name in self._resources]
        used += [name for name, number in Counter(names).items() if number > 1]
        if used:
            raise NameExistsException(used)

    def add(self, resource: Resource) -> None:
        resource.serial = next(self._serials)
        self._resources[resource.name] = resource
        self._of_class[type(resource)].append(resource)

    def remove(self, resource: Resource) -> None:
        """Remove a resource. An instance is only removed once it has shut down."""
        if isinstance(resource, Instance):
            resource.enter("shutting-down")
            self._deleted.append(resource)
        else:
            self._discard(resource)

    def make_older(self, name: str, by: timedelta) -> Resource:
        """Make a resource older, and the operations on it or that created it."""
        resource = self.find(Resource, name)
        resource.make_older(by)
        for operation in self._aging_with[resource.arn]:
            operation.make_older(by)
        self._is_sorted = False
        return resource

    def _sort(self) -> None:
        """Restore the order of the listings, oldest first, after a change of ages."""
        if self._is_sorted:
            return
        for listed in (*self._of_class.values(), self._all_operations):
            serials = [each.serial for each in listed]
            # Stable, so that those of the same time keep their order.
            listed.sort(key=attrgetter("created_at"))
            for each, serial in zip(listed, serials, strict=True):
                each.serial = serial
        for operations in self._of_resource.values():
            operations.sort(key=_serial_of)
        self._is_sorted = True

    def _discard(self, resource: Resource) -> None:
        self._sort()
        del self._resources[resource.name]
        listed = self._of_class[type(resource)]
        del listed[bisect_left(listed, resource.serial, key=_serial_of)]

    def __contains__(self, name: str) -> bool:
        self._remove_terminated()
        return name in self._resources

    def find(self, resource_class: type[ResourceT], name: str) -> ResourceT:
        self._remove_terminated()
        resource = self._resources.get(name)
        if not isinstance(resource, resource_class):
            raise NotFoundException(resource_class.resource_type, name)
        return resource

    def find_by_name_and_arn(self, name: str, arn: str | None) -> Resource:
        resource = self.find(Resource, name)
        if arn not in (None, resource.arn):
            raise NotFoundException("Resource", str(arn))
        return resource

    def find_undeleted(self, instance_name: str) -> Instance:
        instance = self.find(Instance, instance_name)
        if instance in self._deleted:
            raise InvalidStateException(
                f"The instance {instance_name} is being deleted."
            )
        return instance

    def find_in_state(self, state: str, instance_name: str) -> Instance:
        instance = self.find(Instance, instance_name)
        # This counts as a read, so a caller that retries sees the state advance.
        instance.advance()
        current = instance.status
        if current != state:
            raise InvalidStateException(
                f"The instance {instance_name} is {current}, and must be {state} for "
                "this."
            )
        return instance

    def find_available(self, snapshot_name: str) -> InstanceSnapshot:
        snapshot = self.find(InstanceSnapshot, snapshot_name)
        snapshot.advance()  # as in find_in_state
        state = snapshot.status
        if state != "available":
            raise InvalidStateException(
                f"The snapshot {snapshot_name} is in the state {state}, and must be "
                "available for this. Please try again in a few minutes."
            )
        return snapshot

    def page_of(
        self, resource_class: type[ResourceT], token: str | None
    ) -> tuple[list[ResourceT], str | None]:
        self._remove_terminated()
        self._sort()
        listed: list[ResourceT] = self._of_class[resource_class]
        resources, token = page(
            resource_class.resource_type,
            listed,
            token,
            PAGE_SIZE,
            serial_of=_serial_of,
        )
        for resource in resources:
            resource.advance()
        return resources, token

    def _remove_terminated(self) -> None:
        for instance in list(self._deleted):
            if instance.status == "terminated":
                self._deleted.remove(instance)
                self._discard(instance)

    # Operations

    def start_operation(
        self,
        resource: Resource,
        operation_type: str,
        state_model: str | None = OPERATION,
        *,
        operation_details: str | None = None,
        created: Resource | None = None,
    ) -> dict[str, object]:
        """Start an operation on a resource, as part of creating another one."""
        operation = Operation(
            resource,
            serial=next(self._serials),
            operation_type=operation_type,
            operation_details=operation_details,
            state_model=state_model,
            outcome=outcome_for(resource),
        )
        self._operations[operation.id] = operation
        self._all_operations.append(operation)
        self._of_resource[resource.arn].append(operation)
        self._aging_with[(created or resource).arn].append(operation)
        return operation.to_dict()

    def end_operation(
        self,
        resource: Resource,
        operation_type: str,
        *,
        operation_details: str | None = None,
    ) -> dict[str, object]:
        """Record an operation that is terminal at once."""
        return self.start_operation(
            resource,
            operation_type,
            state_model=None,
            operation_details=operation_details,
        )

    def find_operation(self, operation_id: str) -> Operation:
        if operation_id not in self._operations:
            raise NotFoundException("Operation", operation_id)
        return self._operations[operation_id]

    def page_of_operations(
        self, resource: Resource | None, token: str | None
    ) -> tuple[list[Operation], str | None]:
        """Return a page of the operations on the resource, or of all; oldest first."""
        self._sort()
        operations, token = page(
            resource.arn if resource else "Operation",
            self._of_resource[resource.arn] if resource else self._all_operations,
            token,
            OPERATIONS_PAGE_SIZE,
            serial_of=_serial_of,
        )
        for operation in operations:
            operation.advance()
        return operations, token
