"""LightsailBackend class with methods for supported APIs."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import Any, ClassVar

from moto.core.base_backend import BackendDict, BaseBackend

from .catalog import (
    BLUEPRINTS,
    BUNDLES,
    REGIONS,
    check_availability_zone,
    get_bundle,
)
from .exceptions import (
    InvalidInputException,
    InvalidStateException,
    UnknownRegionException,
)
from .inventory import PAGE_SIZE, Inventory
from .resources import (
    INSTANCE,
    Instance,
    InstanceSnapshot,
    Origin,
    Resource,
    outcome_for,
)
from .utils import Tag, check_date, page

# A resource or an operation, as a response shows it.
Members = dict[str, object]
Page = tuple[list[Members], str | None]


class LightsailBackend(BaseBackend):
    """Implementation of Lightsail APIs."""

    # Held while a call is performed, so that two threads can neither take the same name
    # nor advance the same operation at once. All accounts and Regions share it: a copy
    # involves two Regions, and with a lock for each, two copies could deadlock.
    lock: ClassVar[RLock] = RLock()

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.inventory: Inventory = Inventory()

    def reset(self) -> None:
        # A single assignment, since moto calls this without the lock.
        self.inventory = Inventory()

    # Instances

    def create_instances(
        self,
        *,
        instance_names: list[str],
        availability_zone: str,
        blueprint_id: str,
        bundle_id: str,
        key_pair_name: str | None,
        ip_address_type: str | None,
        add_ons: list[dict[str, Any]] | None,
        tags: list[Tag] | None,
    ) -> list[Members]:
        return self._create_instances(
            instance_names,
            "CreateInstance",
            availability_zone=availability_zone,
            blueprint_id=blueprint_id,
            bundle_id=bundle_id,
            key_pair_name=key_pair_name,
            ip_address_type=ip_address_type,
            add_ons=add_ons,
            tags=tags,
        )

    def create_instances_from_snapshot(
        self,
        *,
        instance_names: list[str],
        instance_snapshot_name: str | None,
        source_instance_name: str | None,
        restore_date: str | None,
        use_latest_restorable_auto_snapshot: bool | None,
        availability_zone: str,
        bundle_id: str,
        key_pair_name: str | None,
        ip_address_type: str | None,
        add_ons: list[dict[str, Any]] | None,
        tags: list[Tag] | None,
    ) -> list[Members]:
        _, origin = self.find_source(
            ("instanceSnapshotName", instance_snapshot_name),
            ("sourceInstanceName", source_instance_name),
            restore_date,
            use_latest=bool(use_latest_restorable_auto_snapshot),
        )
        if get_bundle(bundle_id).is_smaller_than(get_bundle(origin.bundle_id)):
            raise InvalidInputException(
                f"The bundle {bundle_id} is smaller than the bundle "
                f"{origin.bundle_id} that the snapshot is from."
            )
        return self._create_instances(
            instance_names,
            "CreateInstancesFromSnapshot",
            availability_zone=availability_zone,
            blueprint_id=origin.blueprint_id,
            bundle_id=bundle_id,
            key_pair_name=key_pair_name,
            ip_address_type=ip_address_type,
            add_ons=add_ons,
            tags=tags,
        )

    def _create_instances(
        self,
        names: list[str],
        operation_type: str,
        *,
        availability_zone: str,
        **options: Any,
    ) -> list[Members]:
        check_availability_zone(self.region_name, availability_zone)
        self.inventory.require_unused_names(names)
        instances = [
            Instance(
                account_id=self.account_id,
                region_name=self.region_name,
                availability_zone=availability_zone,
                name=name,
                host=next(self.inventory.hosts),
                stays_pending=outcome_for(Instance, name) is not None,
                **options,
            )
            for name in names
        ]
        # Added together, so that a refused request creates no instance at all.
        for instance in instances:
            self.inventory.add(instance)
        return [
            # It has the transitions of the instance, so that both end together.
            self.inventory.start_operation(instance, operation_type, INSTANCE)
            for instance in instances
        ]

    def get_instance(self, *, instance_name: str) -> Members:
        instance = self.inventory.find(Instance, instance_name)
        instance.advance()
        return instance.to_dict()

    def get_instances(self, *, page_token: str | None) -> Page:
        instances, token = self.inventory.page_of(Instance, page_token)
        return [instance.to_dict() for instance in instances], token

    def delete_instance(self, *, instance_name: str) -> list[Members]:
        instance = self.inventory.find_undeleted(instance_name)
        self.inventory.remove(instance)
        instance.auto_snapshots.delete_all()
        return [self.inventory.end_operation(instance, "DeleteInstance")]

    def start_instance(self, *, instance_name: str) -> list[Members]:
        instance = self.inventory.find_in_state("stopped", instance_name)
        if not outcome_for(instance):
            instance.start(public_host=next(self.inventory.hosts))
        return [self.inventory.start_operation(instance, "StartInstance", INSTANCE)]

    def stop_instance(self, *, instance_name: str) -> list[Members]:
        instance = self.inventory.find_in_state("running", instance_name)
        if not outcome_for(instance):
            instance.enter("stopping")
        return [self.inventory.start_operation(instance, "StopInstance", INSTANCE)]

    # Snapshots

    def create_instance_snapshot(
        self,
        *,
        instance_snapshot_name: str,
        instance_name: str,
        tags: list[Tag] | None,
    ) -> list[Members]:
        instance = self.inventory.find_undeleted(instance_name)
        if instance.auto_snapshots.is_one_in_progress:
            raise InvalidStateException(
                f"An automatic snapshot of {instance_name} is being created. Please "
                "wait for it to complete before trying again."
            )
        snapshot = self._add_snapshot(instance_snapshot_name, instance.origin, tags)
        return [
            self.inventory.start_operation(
                resource,
                "CreateInstanceSnapshot",
                operation_details=other.name,
                created=snapshot,
            )
            for resource, other in ((snapshot, instance), (instance, snapshot))
        ]

    def copy_snapshot(
        self,
        *,
        source_snapshot_name: str | None,
        source_resource_name: str | None,
        restore_date: str | None,
        use_latest_restorable_auto_snapshot: bool | None,
        target_snapshot_name: str,
        source_region: str,
    ) -> list[Members]:
        backends = lightsail_backends[self.account_id]
        if source_region not in backends:
            raise UnknownRegionException(source_region)
        name, origin = backends[source_region].find_source(
            ("sourceSnapshotName", source_snapshot_name),
            ("sourceResourceName", source_resource_name),
            restore_date,
            use_latest=bool(use_latest_restorable_auto_snapshot),
        )
        snapshot = self._add_snapshot(
            target_snapshot_name,
            origin,
            None,
            is_from_auto_snapshot=source_resource_name is not None,
        )
        return [
            self.inventory.start_operation(
                snapshot, "CopySnapshot", operation_details=f"{source_region}:{name}"
            )
        ]

    def find_source(
        self,
        manual: tuple[str, str | None],
        automatic: tuple[str, str | None],
        restore_date: str | None,
        *,
        use_latest: bool,
    ) -> tuple[str, Origin]:
        """Find the snapshot that a request refers to. Contradictions are refused.

        Args:
            manual: The member with the name of a manual snapshot, and its value.
            automatic: The member with the name of an instance, and its value.
            restore_date: The date of an automatic snapshot.
            use_latest: Whether the latest automatic snapshot is meant.

        Returns:
            The name of the manual snapshot or of the instance, and the origin.
        """
        (manual_member, name), (automatic_member, source) = manual, automatic
        if restore_date is not None:
            check_date("restoreDate", restore_date)
        if restore_date is not None and use_latest:
            raise InvalidInputException(
                "Specify either restoreDate or useLatestRestorableAutoSnapshot."
            )
        is_dated = restore_date is not None or use_latest
        if name is not None and source is None:
            if is_dated:
                raise InvalidInputException(
                    "restoreDate and useLatestRestorableAutoSnapshot are for automatic "
                    f"snapshots: specify them with {automatic_member}."
                )
            return name, self.inventory.find_available(name).origin
        if source is None or name is not None:
            raise InvalidInputException(
                f"Specify either {manual_member} or {automatic_member}."
            )
        if not is_dated:
            raise InvalidInputException(
                f"With {automatic_member}, specify restoreDate or "
                "useLatestRestorableAutoSnapshot."
            )
        instance = self.inventory.find_undeleted(source)
        if restore_date is None:
            instance.auto_snapshots.find_latest()
        else:
            instance.auto_snapshots.find(restore_date)
        return source, instance.origin

    def _add_snapshot(
        self,
        name: str,
        origin: Origin,
        tags: list[Tag] | None,
        *,
        is_from_auto_snapshot: bool = False,
    ) -> InstanceSnapshot:
        self.inventory.require_unused_names([name])
        snapshot = InstanceSnapshot(
            account_id=self.account_id,
            region_name=self.region_name,
            name=name,
            origin=origin,
            tags=tags,
            outcome=outcome_for(InstanceSnapshot),
            is_from_auto_snapshot=is_from_auto_snapshot,
        )
        self.inventory.add(snapshot)
        return snapshot

    def get_instance_snapshot(self, *, instance_snapshot_name: str) -> Members:
        snapshot = self.inventory.find(InstanceSnapshot, instance_snapshot_name)
        snapshot.advance()
        return snapshot.to_dict()

    def get_instance_snapshots(self, *, page_token: str | None) -> Page:
        snapshots, token = self.inventory.page_of(InstanceSnapshot, page_token)
        return [snapshot.to_dict() for snapshot in snapshots], token

    def delete_instance_snapshot(self, *, instance_snapshot_name: str) -> list[Members]:
        snapshot = self.inventory.find(InstanceSnapshot, instance_snapshot_name)
        self.inventory.remove(snapshot)
        return [self.inventory.end_operation(snapshot, "DeleteInstanceSnapshot")]

    # Automatic snapshots and other add-ons

    def enable_add_on(
        self, *, resource_name: str, add_on_request: dict[str, Any]
    ) -> list[Members]:
        instance = self.inventory.find_undeleted(resource_name)
        instance.enable_add_on(add_on_request)
        details = f"EnableAddOn - {add_on_request['addOnType']}"
        return [
            self.inventory.end_operation(
                instance, "EnableAddOn", operation_details=details
            )
        ]

    def disable_add_on(self, *, resource_name: str, add_on_type: str) -> list[Members]:
        instance = self.inventory.find_undeleted(resource_name)
        instance.disable_add_on(add_on_type)
        details = f"DisableAddOn - {add_on_type}"
        return [
            self.inventory.end_operation(
                instance, "DisableAddOn", operation_details=details
            )
        ]

    def get_auto_snapshots(self, *, resource_name: str) -> Members:
        instance = self.inventory.find(Instance, resource_name)
        snapshots = instance.auto_snapshots.newest_first()
        return {
            "resourceName": instance.name,
            "resourceType": instance.resource_type,
            "autoSnapshots": [snapshot.to_dict() for snapshot in snapshots],
        }

    def delete_auto_snapshot(self, *, resource_name: str, date: str) -> list[Members]:
        check_date("date", date)
        instance = self.inventory.find_undeleted(resource_name)
        instance.auto_snapshots.delete(date)
        details = f"DeleteAutoSnapshot-{date}"
        return [
            self.inventory.end_operation(
                instance, "DeleteAutoSnapshot", operation_details=details
            )
        ]

    # Operations

    def get_operation(self, *, operation_id: str) -> Members:
        operation = self.inventory.find_operation(operation_id)
        operation.advance()
        return operation.to_dict()

    def get_operations(self, *, page_token: str | None) -> Page:
        operations, token = self.inventory.page_of_operations(None, page_token)
        return [operation.to_dict() for operation in operations], token

    def get_operations_for_resource(
        self, *, resource_name: str, page_token: str | None
    ) -> Page:
        resource = self.inventory.find(Resource, resource_name)
        operations, token = self.inventory.page_of_operations(resource, page_token)
        return [operation.to_dict() for operation in operations], token

    # Tags

    def tag_resource(
        self, *, resource_name: str, resource_arn: str | None, tags: list[Tag]
    ) -> list[Members]:
        resource = self.inventory.find_by_name_and_arn(resource_name, resource_arn)
        resource.add_tags(tags)
        return [self.inventory.end_operation(resource, "TagResource")]

    def untag_resource(
        self, *, resource_name: str, resource_arn: str | None, tag_keys: list[str]
    ) -> list[Members]:
        resource = self.inventory.find_by_name_and_arn(resource_name, resource_arn)
        resource.remove_tags(tag_keys)
        return [self.inventory.end_operation(resource, "UntagResource")]

    # What Lightsail offers

    def get_regions(
        self,
        *,
        include_availability_zones: bool | None,
        include_relational_database_availability_zones: bool | None,
    ) -> list[Members]:
        databases = include_relational_database_availability_zones
        return [
            region.to_dict(
                include_availability_zones=bool(include_availability_zones),
                include_relational_database_availability_zones=bool(databases),
            )
            for region in REGIONS
        ]

    def get_blueprints(
        self, *, page_token: str | None, app_category: str | None
    ) -> Page:
        return _page_of_catalog("Blueprint", BLUEPRINTS, page_token, app_category)

    def get_bundles(self, *, page_token: str | None, app_category: str | None) -> Page:
        return _page_of_catalog("Bundle", BUNDLES, page_token, app_category)


def _page_of_catalog(
    listing: str, items: Sequence[Any], token: str | None, app_category: str | None
) -> Page:
    # The only app category is Lightsail for Research, for which there are none here.
    offered: Sequence[Any] = () if app_category else items
    numbers, token = page(listing, range(len(offered)), token, PAGE_SIZE, serial_of=int)
    return [offered[number].to_dict() for number in numbers], token


lightsail_backends: BackendDict[LightsailBackend] = BackendDict(
    LightsailBackend,
    "lightsail",
    # Older releases of botocore lack some of them.
    additional_regions=[region.name for region in REGIONS],
)
