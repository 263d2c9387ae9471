"""What Lightsail offers: its Regions, and some of its blueprints and bundles."""

import re
from dataclasses import dataclass

from .exceptions import UnknownBundleException, UnknownZoneException


@dataclass(frozen=True)
class Bundle:
    """The hardware of an instance, and its price in US dollars per month."""

    bundle_id: str
    name: str
    price: float
    power: int
    cpu_count: int
    ram_size_in_gb: float
    disk_size_in_gb: int
    transfer_per_month_in_gb: int

    @property
    def size(self) -> str:
        return self.bundle_id.partition("_")[0]

    def is_smaller_than(self, other: "Bundle") -> bool:
        return self.power < other.power

    def to_dict(self) -> dict[str, object]:
        return {
            "price": self.price,
            "cpuCount": self.cpu_count,
            "diskSizeInGb": self.disk_size_in_gb,
            "bundleId": self.bundle_id,
            "instanceType": self.size,
            "isActive": True,
            "name": self.name,
            "power": self.power,
            "ramSizeInGb": self.ram_size_in_gb,
            "transferPerMonthInGb": self.transfer_per_month_in_gb,
            "supportedPlatforms": ["LINUX_UNIX"],
            "publicIpv4AddressCount": 1,
        }


@dataclass(frozen=True)
class Blueprint:
    """The image of an instance, and the name of its login user."""

    blueprint_id: str
    name: str
    group: str
    type: str
    version: str
    username: str

    def to_dict(self) -> dict[str, object]:
        product_url = f"https://aws.amazon.com/marketplace/pp/{self.group}"
        return {
            "blueprintId": self.blueprint_id,
            "name": self.name,
            "group": self.group,
            "type": self.type,
            "description": f"{self.name} {self.version}",
            "isActive": True,
            "minPower": 0,
            "version": self.version,
            "versionCode": "1",
            "productUrl": product_url,
            "licenseUrl": f"{product_url}#pdp-usage",
            "platform": "LINUX_UNIX",
        }


@dataclass(frozen=True)
class Region:
    """A Region and the letters of its Availability Zones."""

    name: str
    continent_code: str
    display_name: str
    zone_letters: str = "abc"

    @property
    def zones(self) -> list[str]:
        return [f"{self.name}{letter}" for letter in self.zone_letters]

    def to_dict(
        self,
        *,
        include_availability_zones: bool,
        include_relational_database_availability_zones: bool,
    ) -> dict[str, object]:
        zones = [{"zoneName": zone, "state": "available"} for zone in self.zones]
        databases = include_relational_database_availability_zones
        return {
            "continentCode": self.continent_code,
            "description": f"This region is recommended to serve users near "
            f"{self.display_name}",
            "displayName": self.display_name,
            "name": self.name,
            "availabilityZones": zones if include_availability_zones else [],
            "relationalDatabaseAvailabilityZones": zones if databases else [],
        }


BUNDLES = [
    Bundle("nano_3_0", "Nano", 5.0, 298, 2, 0.5, 20, 1024),
    Bundle("micro_3_0", "Micro", 7.0, 500, 2, 1.0, 40, 2048),
    Bundle("small_3_0", "Small", 12.0, 1000, 2, 2.0, 60, 3072),
    Bundle("medium_3_0", "Medium", 24.0, 2000, 2, 4.0, 80, 4096),
    Bundle("large_3_0", "Large", 44.0, 3000, 2, 8.0, 160, 5120),
    Bundle("xlarge_3_0", "Xlarge", 84.0, 4000, 4, 16.0, 320, 6144),
    Bundle("2xlarge_3_0", "2Xlarge", 164.0, 5000, 8, 32.0, 640, 7168),
]

BLUEPRINTS = [
    Blueprint("wordpress", "WordPress", "wordpress", "app", "6.5.3-0", "bitnami"),
    Blueprint("lamp_8_bitnami", "LAMP (PHP 8)", "lamp_8", "app", "8.2.18-4", "bitnami"),
    Blueprint("nodejs", "Node.js", "node", "app", "18.20.2-0", "bitnami"),
    Blueprint("mean", "MEAN", "mean", "app", "6.0.15-0", "bitnami"),
    Blueprint(
        "amazon_linux_2023",
        "Amazon Linux 2023",
        "amazon_linux_2023",
        "os",
        "2023.4.20240513.0",
        "ec2-user",
    ),
    Blueprint("debian_12", "Debian", "debian", "os", "12.5", "admin"),
    Blueprint("ubuntu_24_04", "Ubuntu", "ubuntu_24", "os", "24.04 LTS", "ubuntu"),
]

REGIONS = [
    Region("us-east-1", "NA", "Virginia", "abcdef"),
    Region("us-east-2", "NA", "Ohio"),
    Region("us-west-2", "NA", "Oregon", "abcd"),
    Region("ca-central-1", "NA", "Montreal", "abd"),
    Region("sa-east-1", "SA", "Sao Paulo"),
    Region("eu-west-1", "EU", "Ireland"),
    Region("eu-west-2", "EU", "London"),
    Region("eu-west-3", "EU", "Paris"),
    Region("eu-central-1", "EU", "Frankfurt"),
    Region("eu-north-1", "EU", "Stockholm"),
    Region("eu-south-2", "EU", "Spain"),
    Region("ap-east-1", "AP", "Hong Kong"),
    Region("ap-south-1", "AP", "Mumbai"),
    Region("ap-southeast-1", "AP", "Singapore"),
    Region("ap-southeast-2", "AP", "Sydney"),
    Region("ap-southeast-3", "AP", "Jakarta"),
    Region("ap-southeast-5", "AP", "Malaysia"),
    Region("ap-northeast-1", "AP", "Tokyo", "acd"),
    Region("ap-northeast-2", "AP", "Seoul", "abcd"),
]


def get_bundle(bundle_id: str) -> Bundle:
    """Return the bundle with this id.

    The generation at the end of an id (nano_2_0, nano_3_0) affects the price, so all
    generations of a size have the same hardware here.
    """
    for bundle in BUNDLES:
        if re.fullmatch(rf"{bundle.size}_\d+_\d+", bundle_id):
            return bundle
    raise UnknownBundleException(bundle_id)


def get_blueprint(blueprint_id: str) -> Blueprint:
    """Return the blueprint with this id.

    AWS adds and retires blueprints several times a year, so every id is accepted.
    """
    for blueprint in BLUEPRINTS:
        if blueprint.blueprint_id == blueprint_id:
            return blueprint
    username = "Administrator" if "windows" in blueprint_id else "ec2-user"
    return Blueprint(blueprint_id, blueprint_id, blueprint_id, "os", "1", username)


def check_availability_zone(region_name: str, zone: str) -> None:
    """Refuse a zone that is not in the Region.

    A Region that is not listed is one that moto was configured to allow. Any zone is
    accepted there.
    """
    for region in REGIONS:
        if region.name == region_name and zone not in region.zones:
            raise UnknownZoneException(zone, region.zones)
