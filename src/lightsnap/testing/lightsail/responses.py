"""Handles incoming lightsail requests, invokes methods, returns responses."""

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse

from .models import LightsailBackend, lightsail_backends


class LightsailResponse(BaseResponse):
    """Handler for Lightsail requests and responses."""

    def __init__(self) -> None:
        super().__init__(service_name="lightsail")
        self.automated_parameter_parsing = True

    @property
    def lightsail_backend(self) -> LightsailBackend:
        """Return backend instance specific for this region."""
        return lightsail_backends[self.current_account][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        with LightsailBackend.lock:
            return super().call_action()

    def create_instances(self) -> ActionResult:
        operations = self.lightsail_backend.create_instances(
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
        operations = self.lightsail_backend.create_instances_from_snapshot(
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
        instance = self.lightsail_backend.get_instance(
            instance_name=self._get_param("instanceName"),
        )
        return ActionResult({"instance": instance})

    def get_instances(self) -> ActionResult:
        instances, token = self.lightsail_backend.get_instances(
            page_token=self._get_param("pageToken"),
        )
        return ActionResult({"instances": instances, "nextPageToken": token})

    def delete_instance(self) -> ActionResult:
        operations = self.lightsail_backend.delete_instance(
            instance_name=self._get_param("instanceName"),
        )
        return ActionResult({"operations": operations})

    def start_instance(self) -> ActionResult:
        operations = self.lightsail_backend.start_instance(
            instance_name=self._get_param("instanceName"),
        )
        return ActionResult({"operations": operations})

    def stop_instance(self) -> ActionResult:
        operations = self.lightsail_backend.stop_instance(
            instance_name=self._get_param("instanceName"),
        )
        return ActionResult({"operations": operations})

    def create_instance_snapshot(self) -> ActionResult:
        operations = self.lightsail_backend.create_instance_snapshot(
            instance_snapshot_name=self._get_param("instanceSnapshotName"),
            instance_name=self._get_param("instanceName"),
            tags=self._get_param("tags"),
        )
        return ActionResult({"operations": operations})

    def copy_snapshot(self) -> ActionResult:
        operations = self.lightsail_backend.copy_snapshot(
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
        instance_snapshot = self.lightsail_backend.get_instance_snapshot(
            instance_snapshot_name=self._get_param("instanceSnapshotName"),
        )
        return ActionResult({"instanceSnapshot": instance_snapshot})

    def get_instance_snapshots(self) -> ActionResult:
        instance_snapshots, token = self.lightsail_backend.get_instance_snapshots(
            page_token=self._get_param("pageToken"),
        )
        return ActionResult(
            {"instanceSnapshots": instance_snapshots, "nextPageToken": token}
        )

    def delete_instance_snapshot(self) -> ActionResult:
        operations = self.lightsail_backend.delete_instance_snapshot(
            instance_snapshot_name=self._get_param("instanceSnapshotName"),
        )
        return ActionResult({"operations": operations})

    def get_operation(self) -> ActionResult:
        operation = self.lightsail_backend.get_operation(
            operation_id=self._get_param("operationId"),
        )
        return ActionResult({"operation": operation})

    def get_operations(self) -> ActionResult:
        operations, token = self.lightsail_backend.get_operations(
            page_token=self._get_param("pageToken"),
        )
        return ActionResult({"operations": operations, "nextPageToken": token})

    def get_operations_for_resource(self) -> ActionResult:
        operations, token = self.lightsail_backend.get_operations_for_resource(
            resource_name=self._get_param("resourceName"),
            page_token=self._get_param("pageToken"),
        )
        return ActionResult({"operations": operations, "nextPageToken": token})

    def tag_resource(self) -> ActionResult:
        operations = self.lightsail_backend.tag_resource(
            resource_name=self._get_param("resourceName"),
            resource_arn=self._get_param("resourceArn"),
            tags=self._get_param("tags"),
        )
        return ActionResult({"operations": operations})

    def untag_resource(self) -> ActionResult:
        operations = self.lightsail_backend.untag_resource(
            resource_name=self._get_param("resourceName"),
            resource_arn=self._get_param("resourceArn"),
            tag_keys=self._get_param("tagKeys"),
        )
        return ActionResult({"operations": operations})

    def get_regions(self) -> ActionResult:
        databases = "includeRelationalDatabaseAvailabilityZones"
        regions = self.lightsail_backend.get_regions(
            include_availability_zones=self._get_param("includeAvailabilityZones"),
            include_relational_database_availability_zones=self._get_param(databases),
        )
        return ActionResult({"regions": regions})

    def get_blueprints(self) -> ActionResult:
        blueprints, token = self.lightsail_backend.get_blueprints(
            page_token=self._get_param("pageToken"),
            app_category=self._get_param("appCategory"),
        )
        return ActionResult({"blueprints": blueprints, "nextPageToken": token})

    def get_bundles(self) -> ActionResult:
        bundles, token = self.lightsail_backend.get_bundles(
            page_token=self._get_param("pageToken"),
            app_category=self._get_param("appCategory"),
        )
        return ActionResult({"bundles": bundles, "nextPageToken": token})
