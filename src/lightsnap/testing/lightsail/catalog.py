"""What instances are made of: the hardware of bundles, the names of blueprints."""

from dataclasses import dataclass

from .exceptions import UnknownBundleException


@dataclass(frozen=True)
class Bundle:
    """The hardware of a bundle."""

    cpu_count: int
    ram_size_in_gb: float
    disk_size_in_gb: int
    transfer_per_month_in_gb: int


@dataclass(frozen=True)
class Blueprint:
    """What an image is called, and the user that its owner logs in as."""

    name: str
    username: str


# By size: the generation in a bundle's id (nano_2_0, nano_3_0) changes its price.
BUNDLES = {
    "nano": Bundle(2, 0.5, 20, 1024),
    "micro": Bundle(2, 1.0, 40, 2048),
    "small": Bundle(2, 2.0, 60, 3072),
    "medium": Bundle(2, 4.0, 80, 4096),
    "large": Bundle(2, 8.0, 160, 5120),
    "xlarge": Bundle(4, 16.0, 320, 6144),
    "2xlarge": Bundle(8, 32.0, 640, 7168),
}

BLUEPRINTS = {
    "amazon_linux_2023": Blueprint("Amazon Linux 2023", "ec2-user"),
    "debian_12": Blueprint("Debian", "admin"),
    "lamp_8_bitnami": Blueprint("LAMP (PHP 8)", "bitnami"),
    "mean": Blueprint("MEAN", "bitnami"),
    "nodejs": Blueprint("Node.js", "bitnami"),
    "ubuntu_24_04": Blueprint("Ubuntu", "ubuntu"),
    "wordpress": Blueprint("WordPress", "bitnami"),
}


def get_bundle(bundle_id: str) -> Bundle:
    """Return the bundle with this id."""
    size = bundle_id.partition("_")[0]
    if size not in BUNDLES:
        raise UnknownBundleException(bundle_id)
    return BUNDLES[size]


def get_blueprint(blueprint_id: str) -> Blueprint:
    """Return the blueprint with this id.

    Blueprints come and go several times a year, so none is unknown here.
    """
    return BLUEPRINTS.get(blueprint_id, Blueprint(blueprint_id, "ec2-user"))
