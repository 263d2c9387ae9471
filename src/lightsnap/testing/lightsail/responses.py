"""Handles incoming lightsail requests, invokes methods, returns responses."""

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

    def create_instances(self) -> ActionResult:
        operations = self.lightsail_backend.create_instances(
            instance_names=self._get_param("instanceNames"),
            availability_zone=self._get_param("availabilityZone"),
            blueprint_id=self._get_param("blueprintId"),
            bundle_id=self._get_param("bundleId"),
            key_pair_name=self._get_param("keyPairName"),
            tags=self._get_param("tags"),
        )
        return ActionResult({"operations": operations})

    def get_instance(self) -> ActionResult:
        instance = self.lightsail_backend.get_instance(
            instance_name=self._get_param("instanceName"),
        )
        return ActionResult({"instance": instance})

    def create_instance_snapshot(self) -> ActionResult:
        operations = self.lightsail_backend.create_instance_snapshot(
            instance_snapshot_name=self._get_param("instanceSnapshotName"),
            instance_name=self._get_param("instanceName"),
            tags=self._get_param("tags"),
        )
        return ActionResult({"operations": operations})

    def get_instance_snapshot(self) -> ActionResult:
        instance_snapshot = self.lightsail_backend.get_instance_snapshot(
            instance_snapshot_name=self._get_param("instanceSnapshotName"),
        )
        return ActionResult({"instanceSnapshot": instance_snapshot})

    def get_operation(self) -> ActionResult:
        operation = self.lightsail_backend.get_operation(
            operation_id=self._get_param("operationId"),
        )
        return ActionResult({"operation": operation})

    def get_operations_for_resource(self) -> ActionResult:
        operations = self.lightsail_backend.get_operations_for_resource(
            resource_name=self._get_param("resourceName"),
        )
        return ActionResult({"operations": operations})
