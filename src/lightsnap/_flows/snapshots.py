"""The bodies of the client methods that list, copy and restore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar, cast

from lightsnap._aws.calls import (
    COPY_SNAPSHOT,
    CREATE_INSTANCES_FROM_SNAPSHOT,
    GET_INSTANCE_SNAPSHOTS,
    GET_INSTANCES,
    ApiOperation,
    Page,
)
from lightsnap._aws.regions import require_region
from lightsnap._flows.creation import CLOCK_MARGIN, Creation, Started
from lightsnap._flows.steps import Flow
from lightsnap._model.enums import OperationType
from lightsnap._model.instances import Instance, InstanceSnapshot
from lightsnap._model.operations import Operations
from lightsnap._request.request import tags_to_wire
from lightsnap._request.rules import (
    Tags,
    as_tuple,
    name_violations,
    raise_violations,
    tags_violations,
)
from lightsnap.errors import (
    ConfigurationError,
    MalformedResponseError,
    Violation,
    require,
    type_violation,
)

_Item = TypeVar("_Item")

SNAPSHOT = "an InstanceSnapshot, such as get_instance_snapshot returns"


class Listing(NamedTuple, Generic[_Item]):
    """All items of a list.

    Attributes:
        items: The items.
        date: The time of the last page by the service's clock, or None.
    """

    items: tuple[_Item, ...]
    date: datetime | None

    @property
    def now(self) -> datetime:
        """The time of the listing by the service's clock, if it sent its time."""
        return datetime.now(UTC) if self.date is None else self.date + CLOCK_MARGIN


def get_instances() -> Flow[tuple[Instance, ...]]:
    return (yield from all_pages(GET_INSTANCES)).items


def get_instance_snapshots() -> Flow[tuple[InstanceSnapshot, ...]]:
    return (yield from all_pages(GET_INSTANCE_SNAPSHOTS)).items


def all_pages(
    operation: ApiOperation[Page[_Item]], region_name: str | None = None
) -> Flow[Listing[_Item]]:
    items: list[_Item] = []
    members: dict[str, str] = {}
    tokens: set[str] = set()
    while True:
        page: Page[_Item] = yield operation(**members)._replace(region_name=region_name)
        items += page.items
        if page.next_token is None:
            return Listing(tuple(items), page.date)
        if page.next_token in tokens:  # it would never end
            message = f"{operation.name}: the response repeats a page token"
            raise MalformedResponseError(message, payload=page)
        tokens.add(page.next_token)
        members["pageToken"] = page.next_token


def copy_instance_snapshot(
    snapshot: InstanceSnapshot, to_region_name: str, name: str | None, *, check: bool
) -> Flow[Operations]:
    require("snapshot", snapshot, InstanceSnapshot, SNAPSHOT)
    require("to_region_name", to_region_name, str, "the name of a Region")
    require_region(to_region_name)
    source_region = snapshot.location.region_name
    name = snapshot.name if name is None else name
    violations = list(name_violations("name", name))
    if (name, to_region_name) == (snapshot.name, source_region):
        problem = "is the name of the snapshot itself"
        advice = "choose another for a copy within a Region"
        violations.append(Violation("name", "duplicate", problem, advice))
    raise_violations(violations, check=check)
    call = COPY_SNAPSHOT(
        sourceSnapshotName=snapshot.name,
        sourceRegion=source_region,
        targetSnapshotName=name,
    )
    details = f"{source_region}:{snapshot.name}"
    creation = Creation(
        call._replace(region_name=to_region_name),
        [Started(name, OperationType.COPY_SNAPSHOT, details)],
        f"snapshot {name!r} in {to_region_name}, a copy of {details}",
    )
    if (yield from creation.connect()) is None:
        # It would copy to its own Region, and the copy would seem to be elsewhere.
        problem = (
            f"the given client has no Region, so it cannot copy to {to_region_name}"
        )
        raise ConfigurationError(problem, "give a boto3 client")
    return (yield from creation.send())


def create_instances_from_snapshot(
    snapshot: InstanceSnapshot,
    instance_names: Sequence[str],
    *,
    availability_zone: str,
    bundle_id: str | None,
    user_data: str | None,
    key_pair_name: str | None,
    tags: Tags | None,
    attached_disk_mapping: Mapping[str, Mapping[str, str]] | None,
    add_ons: Sequence[Mapping[str, Any]] | None,
    ip_address_type: str | None,
    check: bool,
) -> Flow[Operations]:
    require("snapshot", snapshot, InstanceSnapshot, SNAPSHOT)
    violations = [
        *_restore_violations(instance_names, availability_zone, tags),
        *_disk_violations(attached_disk_mapping),
        *_add_on_violations(add_ons),
    ]
    raise_violations(violations, check=check)
    names = list(instance_names)
    members: dict[str, Any] = {
        "instanceSnapshotName": snapshot.name,
        "instanceNames": names,
        "availabilityZone": availability_zone,
        "bundleId": snapshot.from_bundle_id if bundle_id is None else bundle_id,
        "userData": user_data,
        "keyPairName": key_pair_name,
        "tags": None if tags is None else tags_to_wire(as_tuple(tags)),
        "attachedDiskMapping": _disks_to_wire(attached_disk_mapping),
        "addOns": None if add_ons is None else list(add_ons),
        "ipAddressType": ip_address_type,
    }
    given = {key: value for key, value in members.items() if value is not None}
    call = CREATE_INSTANCES_FROM_SNAPSHOT(**given)
    operation_type = OperationType.CREATE_INSTANCES_FROM_SNAPSHOT
    creation = Creation(
        call._replace(region_name=snapshot.location.region_name),
        [Started(name, operation_type, None) for name in names],
        f"instances {', '.join(map(repr, names))} from snapshot {snapshot.name!r}",
    )
    yield from creation.connect()
    return (yield from creation.send())


def _restore_violations(
    instance_names: object, availability_zone: object, tags: Tags | None
) -> list[Violation]:
    violations: list[Violation] = []
    if isinstance(instance_names, str) or not isinstance(instance_names, Sequence):
        expected = "a list of names"
        violations.append(type_violation("instance_names", instance_names, expected))
    elif not instance_names:
        advice = "give at least one name"
        violations.append(Violation("instance_names", "required", "is empty", advice))
    else:
        for index, name in enumerate(cast("Sequence[object]", instance_names)):
            violations += name_violations(f"instance_names[{index}]", name)
    if not isinstance(availability_zone, str):
        expected = "a zone, such as us-west-2a"
        violations.append(
            type_violation("availability_zone", availability_zone, expected)
        )
    if tags is not None:
        violations += tags_violations(as_tuple(tags))
    return violations


def _disk_violations(mapping: object) -> Iterator[Violation]:
    path = "attached_disk_mapping"
    expected = 'a dict such as {"WordPress-2": {"/dev/xvdf": "Disk-2"}}'
    if mapping is not None and not isinstance(mapping, Mapping):
        yield type_violation(path, mapping, expected)
    elif mapping is not None:
        for name, disks in cast("Mapping[object, object]", mapping).items():
            if not isinstance(disks, Mapping):
                yield type_violation(f"{path}[{name!r}]", disks, expected)


def _add_on_violations(add_ons: object) -> Iterator[Violation]:
    expected = "a list of dicts, as boto3 takes them"
    if add_ons is not None and (
        isinstance(add_ons, str) or not isinstance(add_ons, Sequence)
    ):
        yield type_violation("add_ons", add_ons, expected)


def _disks_to_wire(
    mapping: Mapping[str, Mapping[str, str]] | None,
) -> dict[str, list[dict[str, str]]] | None:
    """Return AWS's form of new disk names by instance and original path."""
    if mapping is None:
        return None
    return {
        instance_name: [
            {"originalDiskPath": path, "newDiskName": name}
            for path, name in disks.items()
        ]
        for instance_name, disks in mapping.items()
    }
