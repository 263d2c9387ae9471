"""Handles incoming lightsail requests, invokes methods, returns responses."""

from collections.abc import Generator
from contextlib import contextmanager

from moto.core.responses import ActionResult, BaseResponse

from .models import LightsailBackend, lightsail_backends


class LightsailResponse(BaseResponse):
    """Handler for Lightsail requests and responses."""

    def __init__(self) -> None:
        super().__init__(service_name="lightsail")
        self.automated_parameter_parsing = True

    @contextmanager
    def lightsail_backend(self) -> Generator[LightsailBackend, None, None]:
        """Yield the backend of this account and Region, and hold the lock meanwhile.

        The lock is held for the work only: a request is parsed before it, and a result
        serialized after it, so that a long one of either holds up no other call.
        """
        with LightsailBackend.lock:
            yield lightsail_backends[self.current_account][self.region]

    def create_instances(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.create_instances(
                instance_names=self._get_param("instanceNames"),
                availability_zone=self._get_param("availabilityZone"),
                blueprint_id=self._get_param("blueprintId"),
                bundle_id=self._get_param("bundleId"),
                key_pair_name=self._get_param("keyPairName"),
                ip_address_type=self._get_param("ipAddressType"),
                add_ons=self._get_param("addOns"),
                tags=self._get_param("tags"),
            )
        return ActionResult({"operations": operations})

    def create_instances_from_snapshot(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.create_instances_from_snapshot(
                instance_names=self._get_param("instanceNames"),
                instance_snapshot_name=self._get_param("instanceSnapshotName"),
                source_instance_name=self._get_param("sourceInstanceName"),
                restore_date=self._get_param("restoreDate"),
                use_latest_restorable_auto_snapshot=self._get_param(
                    "useLatestRestorableAutoSnapshot"
                ),
                availability_zone=self._get_param("availabilityZone"),
                bundle_id=self._get_param("bundleId"),
                key_pair_name=self._get_param("keyPairName"),
                ip_address_type=self._get_param("ipAddressType"),
                add_ons=self._get_param("addOns"),
                tags=self._get_param("tags"),
            )
        return ActionResult({"operations": operations})

    def get_instance(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            instance = backend.get_instance(
                instance_name=self._get_param("instanceName"),
            )
        return ActionResult({"instance": instance})

    def get_instances(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            instances, token = backend.get_instances(
                page_token=self._get_param("pageToken"),
            )
        return ActionResult({"instances": instances, "nextPageToken": token})

    def delete_instance(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.delete_instance(
                instance_name=self._get_param("instanceName"),
            )
        return ActionResult({"operations": operations})

    def start_instance(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.start_instance(
                instance_name=self._get_param("instanceName"),
            )
        return ActionResult({"operations": operations})

    def stop_instance(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.stop_instance(
                instance_name=self._get_param("instanceName"),
            )
        return ActionResult({"operations": operations})

    def create_instance_snapshot(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.create_instance_snapshot(
                instance_snapshot_name=self._get_param("instanceSnapshotName"),
                instance_name=self._get_param("instanceName"),
                tags=self._get_param("tags"),
            )
        return ActionResult({"operations": operations})

    def copy_snapshot(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.copy_snapshot(
                source_snapshot_name=self._get_param("sourceSnapshotName"),
                source_resource_name=self._get_param("sourceResourceName"),
                restore_date=self._get_param("restoreDate"),
                use_latest_restorable_auto_snapshot=self._get_param(
                    "useLatestRestorableAutoSnapshot"
                ),
                target_snapshot_name=self._get_param("targetSnapshotName"),
                source_region=self._get_param("sourceRegion"),
            )
        return ActionResult({"operations": operations})

    def get_instance_snapshot(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            instance_snapshot = backend.get_instance_snapshot(
                instance_snapshot_name=self._get_param("instanceSnapshotName"),
            )
        return ActionResult({"instanceSnapshot": instance_snapshot})

    def get_instance_snapshots(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            instance_snapshots, token = backend.get_instance_snapshots(
                page_token=self._get_param("pageToken"),
            )
        return ActionResult(
            {"instanceSnapshots": instance_snapshots, "nextPageToken": token}
        )

    def delete_instance_snapshot(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.delete_instance_snapshot(
                instance_snapshot_name=self._get_param("instanceSnapshotName"),
            )
        return ActionResult({"operations": operations})

    def enable_add_on(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.enable_add_on(
                resource_name=self._get_param("resourceName"),
                add_on_request=self._get_param("addOnRequest"),
            )
        return ActionResult({"operations": operations})

    def disable_add_on(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.disable_add_on(
                resource_name=self._get_param("resourceName"),
                add_on_type=self._get_param("addOnType"),
            )
        return ActionResult({"operations": operations})

    def get_auto_snapshots(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            result = backend.get_auto_snapshots(
                resource_name=self._get_param("resourceName"),
            )
        return ActionResult(result)

    def delete_auto_snapshot(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.delete_auto_snapshot(
                resource_name=self._get_param("resourceName"),
                date=self._get_param("date"),
            )
        return ActionResult({"operations": operations})

    def get_operation(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operation = backend.get_operation(
                operation_id=self._get_param("operationId"),
            )
        return ActionResult({"operation": operation})

    def get_operations(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations, token = backend.get_operations(
                page_token=self._get_param("pageToken"),
            )
        return ActionResult({"operations": operations, "nextPageToken": token})

    def get_operations_for_resource(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations, token = backend.get_operations_for_resource(
                resource_name=self._get_param("resourceName"),
                page_token=self._get_param("pageToken"),
            )
        return ActionResult({"operations": operations, "nextPageToken": token})

    def tag_resource(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.tag_resource(
                resource_name=self._get_param("resourceName"),
                resource_arn=self._get_param("resourceArn"),
                tags=self._get_param("tags"),
            )
        return ActionResult({"operations": operations})

    def untag_resource(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            operations = backend.untag_resource(
                resource_name=self._get_param("resourceName"),
                resource_arn=self._get_param("resourceArn"),
                tag_keys=self._get_param("tagKeys"),
            )
        return ActionResult({"operations": operations})

    def get_regions(self) -> ActionResult:
        databases = "includeRelationalDatabaseAvailabilityZones"
        with self.lightsail_backend() as backend:
            regions = backend.get_regions(
                include_availability_zones=self._get_param("includeAvailabilityZones"),
                include_relational_database_availability_zones=self._get_param(
                    databases
                ),
            )
        return ActionResult({"regions": regions})

    def get_blueprints(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            blueprints, token = backend.get_blueprints(
                page_token=self._get_param("pageToken"),
                app_category=self._get_param("appCategory"),
            )
        return ActionResult({"blueprints": blueprints, "nextPageToken": token})

    def get_bundles(self) -> ActionResult:
        with self.lightsail_backend() as backend:
            bundles, token = backend.get_bundles(
                page_token=self._get_param("pageToken"),
                app_category=self._get_param("appCategory"),
            )
        return ActionResult({"bundles": bundles, "nextPageToken": token})
