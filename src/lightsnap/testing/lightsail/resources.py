"""The resources of the backend: instances and their snapshots."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from moto.moto_api import state_manager
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from .auto_snapshots import AutoSnapshots
from .catalog import Blueprint, Bundle, get_blueprint, get_bundle
from .clock import TimedState, now
from .exceptions import NotFoundException
from .utils import Tag, check_choice, check_count, check_tags, check_time_of_day

INSTANCE = "lightsail::instance"
INSTANCE_SNAPSHOT = "lightsail::instance_snapshot"

state_manager.register_default_transition(INSTANCE, {"progression": "immediate"})
state_manager.register_default_transition(
    INSTANCE_SNAPSHOT, {"progression": "manual", "times": 1}
)

# The first state may be None only to match moto's type: lists are invariant.
Transitions = list[tuple[str | None, str]]

INSTANCE_STATE_CODES: dict[str | None, int] = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
IP_ADDRESS_TYPES = ("dualstack", "ipv4", "ipv6")
AUTO_SNAPSHOT = "AutoSnapshot"
ADD_ON_TYPES = (AUTO_SNAPSHOT, "StopInstanceOnIdle")
OPEN_PORTS = (80, 22, 443)
DEFAULT_SNAPSHOT_TIME = "06:00"
DEFAULT_KEY_PAIR = "LightsailDefaultKeyPair"


@dataclass(frozen=True)
class Outcome:
    """How an operation ends that does not succeed.

    With an error code it fails: after ``after_polls`` polls or, if that is None, when
    it would have succeeded. Without an error code it never ends.
    """

    error_code: str | None = None
    error_details: str | None = None
    after_polls: int | None = None
    # If set, only operations on resources of this type are affected.
    resource_type: str | None = None
    # Of instances that a call creates together, only the one of this name is affected.
    resource_name: str | None = None


# The outcome of the operations that the current call starts; None if they succeed.
scripted_outcome: ContextVar[Outcome | None] = ContextVar("outcome", default=None)


@dataclass(frozen=True)
class Origin:
    """The instance of a snapshot, as it was when the snapshot was created."""

    instance_name: str
    instance_arn: str
    blueprint_id: str
    bundle_id: str


class Resource(TimedState):
    """Base class of the resources.

    ``to_dict`` must read the state only once: each read may advance it, and a response
    must not show two states.
    """

    resource_type = "Resource"
    support_code_prefix: ClassVar[str]
    state_model: ClassVar[str]

    def __init__(
        self,
        *,
        account_id: str,
        region_name: str,
        availability_zone: str,
        name: str,
        tags: list[Tag] | None,
        transitions: Transitions,
    ) -> None:
        super().__init__(self.state_model, transitions)
        check_tags(tags or [])
        # Set by the inventory, which numbers resources in order of creation.
        self.serial = -1
        self.name = name
        self.arn: str = (
            f"arn:{get_partition(region_name)}:lightsail:{region_name}:{account_id}"
            f":{self.resource_type}/{mock_random.uuid4()}"
        )
        self.support_code: str = (
            f"{account_id}/{self.support_code_prefix}-{mock_random.get_random_hex(17)}"
        )
        self.created_at: datetime = now()
        self.location: dict[str, str] = {
            "availabilityZone": availability_zone,
            "regionName": region_name,
        }
        self.tags: list[Tag] = list(tags or ())

    def make_older(self, by: timedelta) -> None:
        super().make_older(by)
        self.created_at -= by

    def add_tags(self, tags: list[Tag]) -> None:
        check_tags(tags)
        by_key = {tag["key"]: tag for tag in [*self.tags, *tags]}
        check_count(list(by_key.values()))
        self.tags = list(by_key.values())

    def remove_tags(self, keys: list[str]) -> None:
        self.tags = [tag for tag in self.tags if tag["key"] not in keys]

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


def outcome_for(
    resource: Resource | type[Resource], name: str | None = None
) -> Outcome | None:
    """Return the scripted outcome of the current call's operations on a resource.

    Args:
        resource: The resource or, before there is one, its class.
        name: The name of a resource that there will be.
    """
    if isinstance(resource, Resource):
        name = resource.name
    outcome = scripted_outcome.get()
    if (
        outcome
        and outcome.resource_type in (None, resource.resource_type)
        and outcome.resource_name in (None, name)
    ):
        return outcome
    return None


class Instance(Resource):
    """A virtual private server."""

    resource_type = "Instance"
    support_code_prefix = "i"
    state_model = INSTANCE

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
        ip_address_type: str | None,
        add_ons: list[dict[str, Any]] | None,
        tags: list[Tag] | None,
        host: int,
        stays_pending: bool,
    ) -> None:
        super().__init__(
            account_id=account_id,
            region_name=region_name,
            availability_zone=availability_zone,
            name=name,
            tags=tags,
            transitions=[
                ("pending", "pending" if stays_pending else "running"),
                ("stopping", "stopped"),
                ("shutting-down", "terminated"),
            ],
        )
        self.blueprint_id = blueprint_id
        self.blueprint: Blueprint = get_blueprint(blueprint_id)
        self.bundle_id = bundle_id
        self.bundle: Bundle = get_bundle(bundle_id)
        if key_pair_name is None:
            key_pair_name = DEFAULT_KEY_PAIR
        if key_pair_name != DEFAULT_KEY_PAIR:
            raise NotFoundException("KeyPair", key_pair_name)
        self.key_pair_name: str = key_pair_name
        if ip_address_type is None:
            ip_address_type = "dualstack"
        self.ip_address_type: str = ip_address_type
        check_choice("ipAddressType", self.ip_address_type, IP_ADDRESS_TYPES)
        self.add_ons: list[dict[str, object]] = []
        self.auto_snapshots: AutoSnapshots = AutoSnapshots(name)
        for add_on in add_ons or ():
            self.enable_add_on(add_on)
        # The last parts of its IP addresses. The public one changes when it restarts.
        self.host = host
        self.public_host: int = host

    @property
    def origin(self) -> Origin:
        return Origin(self.name, self.arn, self.blueprint_id, self.bundle_id)

    def enable_add_on(self, request: dict[str, Any]) -> None:
        """Enable an add-on, or modify it if it is enabled."""
        before = {add_on["name"]: add_on for add_on in self.add_ons}
        add_on = _add_on(request, before.get(request["addOnType"], {}))
        self.add_ons = list({**before, add_on["name"]: add_on}.values())
        if add_on["name"] == AUTO_SNAPSHOT:
            self.auto_snapshots.enable(str(add_on["snapshotTimeOfDay"]))

    def disable_add_on(self, name: str) -> None:
        check_choice("addOnType", name, ADD_ON_TYPES)
        self.add_ons = [
            {**add_on, "status": "Disabled"} if add_on["name"] == name else add_on
            for add_on in self.add_ons
        ]
        if name == AUTO_SNAPSHOT:
            self.auto_snapshots.disable()

    def enter(self, state: str) -> None:
        """Enter a state. Reads and seconds until the next one count from now."""
        TimedState.__init__(self, self.model_name, self._transitions)
        self.status = state

    def start(self, *, public_host: int) -> None:
        """Start a stopped instance, with another public address."""
        self.public_host = public_host
        self.enter("pending")

    def to_dict(self) -> dict[str, object]:
        state = self.status
        ip_addresses: dict[str, object] = {}
        # Public addresses from the ranges reserved for documentation.
        if self.ip_address_type != "ipv6":
            ip_addresses["publicIpAddress"] = f"203.0.113.{self.public_host}"
        if self.ip_address_type != "ipv4":
            ip_addresses["ipv6Addresses"] = [f"2001:DB8:0:0:0:0:0:{self.host:X}"]
        return {
            **super().to_dict(),
            "blueprintId": self.blueprint_id,
            "blueprintName": self.blueprint.name,
            "bundleId": self.bundle_id,
            "addOns": self.add_ons,
            "isStaticIp": False,
            "privateIpAddress": f"172.26.0.{self.host}",
            **ip_addresses,
            "ipAddressType": self.ip_address_type,
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
                        "cidrs": ["0.0.0.0/0"],
                        "ipv6Cidrs": ["::/0"],
                        "cidrListAliases": [],
                    }
                    for port in OPEN_PORTS
                ],
            },
            "state": {"code": INSTANCE_STATE_CODES[state], "name": state},
            "username": self.blueprint.username,
            "sshKeyName": self.key_pair_name,
            "metadataOptions": {
                "state": "applied",
                "httpTokens": "optional",
                "httpEndpoint": "enabled",
                "httpPutResponseHopLimit": 1,
                "httpProtocolIpv6": "disabled",
            },
        }


class InstanceSnapshot(Resource):
    """A manual snapshot of an instance, or a copy of an automatic one."""

    resource_type = "InstanceSnapshot"
    support_code_prefix = "ami"
    state_model = INSTANCE_SNAPSHOT

    def __init__(
        self,
        *,
        account_id: str,
        region_name: str,
        name: str,
        origin: Origin,
        tags: list[Tag] | None,
        outcome: Outcome | None,
        is_from_auto_snapshot: bool = False,
    ) -> None:
        last = "available"
        if outcome:
            last = "error" if outcome.error_code else "pending"
        super().__init__(
            account_id=account_id,
            region_name=region_name,
            availability_zone="all",
            name=name,
            tags=tags,
            transitions=[("pending", last)],
        )
        self.origin = origin
        self.is_from_auto_snapshot = is_from_auto_snapshot

    def to_dict(self) -> dict[str, object]:
        return {
            **super().to_dict(),
            "state": self.status,
            "fromAttachedDisks": [],
            "fromInstanceName": self.origin.instance_name,
            "fromInstanceArn": self.origin.instance_arn,
            "fromBlueprintId": self.origin.blueprint_id,
            "fromBundleId": self.origin.bundle_id,
            "isFromAutoSnapshot": self.is_from_auto_snapshot,
            "sizeInGb": get_bundle(self.origin.bundle_id).disk_size_in_gb,
        }


def _add_on(request: dict[str, Any], before: dict[str, object]) -> dict[str, object]:
    """Return an add-on as a response shows it. moto omits members that are None."""
    snapshots = request.get("autoSnapshotAddOnRequest", {})
    idleness = request.get("stopInstanceOnIdleRequest", {})
    name = request["addOnType"]
    check_choice("addOnType", name, ADD_ON_TYPES)
    default = before.get(
        "snapshotTimeOfDay", DEFAULT_SNAPSHOT_TIME if name == AUTO_SNAPSHOT else None
    )
    time = snapshots.get("snapshotTimeOfDay", default)
    if time is not None:
        check_time_of_day("snapshotTimeOfDay", time)
    return {
        "name": name,
        "status": "Enabled",
        "snapshotTimeOfDay": time,
        "threshold": idleness.get("threshold", before.get("threshold")),
        "duration": idleness.get("duration", before.get("duration")),
    }
