"""LightsailBackend class with methods for supported APIs."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from threading import RLock
from typing import ClassVar, TypeVar

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.utils import utcnow
from moto.moto_api import state_manager
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.managed_state_model import ManagedState
from moto.utilities.utils import get_partition

from .catalog import Blueprint, Bundle, get_blueprint, get_bundle
from .exceptions import NameExistsException, NotFoundException

INSTANCE = "lightsail::instance"
INSTANCE_SNAPSHOT = "lightsail::instance_snapshot"
OPERATION = "lightsail::operation"

state_manager.register_default_transition(INSTANCE, {"progression": "immediate"})
state_manager.register_default_transition(
    INSTANCE_SNAPSHOT, {"progression": "manual", "times": 1}
)
state_manager.register_default_transition(
    OPERATION, {"progression": "manual", "times": 1}
)

# moto's states may be None, so its type has to be here.
INSTANCE_STATE_CODES: dict[str | None, int] = {"pending": 0, "running": 16}
OPEN_PORTS = (80, 22, 443)


class Resource(ManagedState):
    """What every resource has, whatever its type.

    ``to_dict`` reads the state once, as each reading may move it on: one answer must
    not show two states.
    """

    resource_type = "Resource"
    support_code_prefix: ClassVar[str]
    state_model: ClassVar[str]
    state_transitions: ClassVar[list[tuple[str | None, str]]]

    def __init__(
        self,
        *,
        account_id: str,
        region_name: str,
        availability_zone: str,
        name: str,
        tags: list[dict[str, str]] | None,
    ) -> None:
        super().__init__(self.state_model, self.state_transitions)
        self.name = name
        self.arn: str = (
            f"arn:{get_partition(region_name)}:lightsail:{region_name}:{account_id}"
            f":{self.resource_type}/{mock_random.uuid4()}"
        )
        self.support_code: str = (
            f"{account_id}/{self.support_code_prefix}-{mock_random.get_random_hex(17)}"
        )
        self.created_at: datetime = utcnow()
        self.location: dict[str, str] = {
            "availabilityZone": availability_zone,
            "regionName": region_name,
        }
        self.tags: list[dict[str, str]] = list(tags or ())

    def to_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "arn": self.arn,
            "supportCode": self.support_code,
            "createdAt": self.created_at,
            "location": self.location,
            "resourceType": self.resource_type,
            "tags": self.tags,
        }


class Instance(Resource):
    """A virtual private server."""

    resource_type = "Instance"
    support_code_prefix = "i"
    state_model = INSTANCE
    state_transitions: ClassVar[list[tuple[str | None, str]]] = [("pending", "running")]

    def __init__(
        self,
        *,
        account_id: str,
        region_name: str,
        availability_zone: str,
        name: str,
        blueprint_id: str,
        bundle_id: str,
        key_pair_name: str | None,
        tags: list[dict[str, str]] | None,
    ) -> None:
        super().__init__(
            account_id=account_id,
            region_name=region_name,
            availability_zone=availability_zone,
            name=name,
            tags=tags,
        )
        self.blueprint_id = blueprint_id
        self.blueprint: Blueprint = get_blueprint(blueprint_id)
        self.bundle_id = bundle_id
        self.bundle: Bundle = get_bundle(bundle_id)
        self.key_pair_name: str = key_pair_name or "LightsailDefaultKeyPair"
        host = mock_random.randint(1, 254)
        self.private_ip_address: str = f"172.26.0.{host}"
        # From the range for documentation: nobody's host.
        self.public_ip_address: str = f"203.0.113.{host}"

    def to_dict(self) -> dict[str, object]:
        state = self.status
        return {
            **super().to_dict(),
            "blueprintId": self.blueprint_id,
            "blueprintName": self.blueprint.name,
            "bundleId": self.bundle_id,
            "isStaticIp": False,
            "privateIpAddress": self.private_ip_address,
            "publicIpAddress": self.public_ip_address,
            "hardware": {
                "cpuCount": self.bundle.cpu_count,
                "disks": [
                    {
                        "createdAt": self.created_at,
                        "sizeInGb": self.bundle.disk_size_in_gb,
                        "isSystemDisk": True,
                        "iops": max(100, 3 * self.bundle.disk_size_in_gb),
                        "path": "/dev/xvda",
                        "attachedTo": self.name,
                        "attachmentState": "attached",
                    }
                ],
                "ramSizeInGb": self.bundle.ram_size_in_gb,
            },
            "networking": {
                "monthlyTransfer": {
                    "gbPerMonthAllocated": self.bundle.transfer_per_month_in_gb
                },
                "ports": [
                    {
                        "fromPort": port,
                        "toPort": port,
                        "protocol": "tcp",
                        "accessFrom": "Anywhere (0.0.0.0/0)",
                        "accessType": "public",
                        "commonName": "",
                        "accessDirection": "inbound",
                    }
                    for port in OPEN_PORTS
                ],
            },
            "state": {"code": INSTANCE_STATE_CODES[state], "name": state},
            "username": self.blueprint.username,
            "sshKeyName": self.key_pair_name,
        }


class InstanceSnapshot(Resource):
    """A manual snapshot of an instance."""

    resource_type = "InstanceSnapshot"
    support_code_prefix = "ami"
    state_model = INSTANCE_SNAPSHOT
    state_transitions: ClassVar[list[tuple[str | None, str]]] = [
        ("pending", "available")
    ]

    def __init__(
        self,
        *,
        account_id: str,
        region_name: str,
        name: str,
        instance: Instance,
        tags: list[dict[str, str]] | None,
    ) -> None:
        super().__init__(
            account_id=account_id,
            region_name=region_name,
            availability_zone="all",
            name=name,
            tags=tags,
        )
        self.instance = instance

    def to_dict(self) -> dict[str, object]:
        return {
            **super().to_dict(),
            "state": self.status,
            "fromAttachedDisks": [],
            "fromInstanceName": self.instance.name,
            "fromInstanceArn": self.instance.arn,
            "fromBlueprintId": self.instance.blueprint_id,
            "fromBundleId": self.instance.bundle_id,
            "isFromAutoSnapshot": False,
            "sizeInGb": self.instance.bundle.disk_size_in_gb,
        }


class Operation(ManagedState):
    """What is being done to one resource, and how far it has got."""

    def __init__(
        self,
        resource: Resource,
        *,
        operation_type: str,
        operation_details: str | None,
        state_model: str,
    ) -> None:
        super().__init__(
            state_model, [("NotStarted", "Started"), ("Started", "Succeeded")]
        )
        self.id: str = str(mock_random.uuid4())
        self.resource = resource
        self.operation_type = operation_type
        self.operation_details = operation_details
        self.created_at: datetime = utcnow()
        self.status_seen: str | None = "NotStarted"
        self.status_changed_at: datetime = self.created_at

    def to_dict(self) -> dict[str, object]:
        # Read once, as each reading may move the status on.
        status = self.status
        if status != self.status_seen:
            self.status_seen = status
            self.status_changed_at = utcnow()
        return {
            "id": self.id,
            "resourceName": self.resource.name,
            "resourceType": self.resource.resource_type,
            "createdAt": self.created_at,
            "location": self.resource.location,
            "isTerminal": status == "Succeeded",
            "operationDetails": self.operation_details,
            "operationType": self.operation_type,
            "status": status,
            "statusChangedAt": self.status_changed_at,
        }


ResourceT = TypeVar("ResourceT", bound=Resource)


class LightsailBackend(BaseBackend):
    """Implementation of Lightsail APIs.

    Each method answers under a lock, so that two threads can neither take the same
    name nor move the same operation on at once.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock: AbstractContextManager[bool] = RLock()
        # By name: names are unique in a Region across all types of resources.
        self.resources: dict[str, Resource] = {}
        # By id, oldest first.
        self.operations: dict[str, Operation] = {}

    def create_instances(
        self,
        *,
        instance_names: list[str],
        availability_zone: str,
        blueprint_id: str,
        bundle_id: str,
        key_pair_name: str | None,
        tags: list[dict[str, str]] | None,
    ) -> list[dict[str, object]]:
        with self.lock:
            self._require_unused_names(instance_names)
            instances = [
                Instance(
                    account_id=self.account_id,
                    region_name=self.region_name,
                    availability_zone=availability_zone,
                    name=name,
                    blueprint_id=blueprint_id,
                    bundle_id=bundle_id,
                    key_pair_name=key_pair_name,
                    tags=tags,
                )
                for name in instance_names
            ]
            self.resources.update({instance.name: instance for instance in instances})
            return [
                # It ends as the instance comes to run, so it moves as that does.
                self._start_operation(
                    instance, operation_type="CreateInstance", state_model=INSTANCE
                )
                for instance in instances
            ]

    def get_instance(self, instance_name: str) -> dict[str, object]:
        with self.lock:
            instance = self._find(Instance, instance_name)
            instance.advance()
            return instance.to_dict()

    def create_instance_snapshot(
        self,
        *,
        instance_snapshot_name: str,
        instance_name: str,
        tags: list[dict[str, str]] | None,
    ) -> list[dict[str, object]]:
        with self.lock:
            instance = self._find(Instance, instance_name)
            self._require_unused_names([instance_snapshot_name])
            snapshot = InstanceSnapshot(
                account_id=self.account_id,
                region_name=self.region_name,
                name=instance_snapshot_name,
                instance=instance,
                tags=tags,
            )
            self.resources[snapshot.name] = snapshot
            return [
                self._start_operation(
                    resource,
                    operation_type="CreateInstanceSnapshot",
                    operation_details=other.name,
                )
                for resource, other in ((snapshot, instance), (instance, snapshot))
            ]

    def get_instance_snapshot(self, instance_snapshot_name: str) -> dict[str, object]:
        with self.lock:
            snapshot = self._find(InstanceSnapshot, instance_snapshot_name)
            snapshot.advance()
            return snapshot.to_dict()

    def get_operation(self, operation_id: str) -> dict[str, object]:
        with self.lock:
            if operation_id not in self.operations:
                raise NotFoundException("Operation", operation_id)
            operation = self.operations[operation_id]
            operation.advance()
            return operation.to_dict()

    def get_operations_for_resource(
        self, resource_name: str
    ) -> list[dict[str, object]]:
        with self.lock:
            self._find(Resource, resource_name)
            return [
                self.get_operation(operation.id)
                for operation in self.operations.values()
                if operation.resource.name == resource_name
            ]

    def _find(self, resource_class: type[ResourceT], name: str) -> ResourceT:
        resource = self.resources.get(name)
        if not isinstance(resource, resource_class):
            raise NotFoundException(resource_class.resource_type, name)
        return resource

    def _require_unused_names(self, names: Sequence[str]) -> None:
        used = [
            name
            for index, name in enumerate(names)
            if name in self.resources or name in names[:index]
        ]
        if used:
            raise NameExistsException(used)

    def _start_operation(
        self,
        resource: Resource,
        *,
        operation_type: str,
        operation_details: str | None = None,
        state_model: str = OPERATION,
    ) -> dict[str, object]:
        operation = Operation(
            resource,
            operation_type=operation_type,
            operation_details=operation_details,
            state_model=state_model,
        )
        self.operations[operation.id] = operation
        return operation.to_dict()


lightsail_backends: BackendDict[LightsailBackend] = BackendDict(
    LightsailBackend, "lightsail"
)
