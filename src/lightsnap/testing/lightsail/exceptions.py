"""Exceptions raised by the lightsail service."""

from collections.abc import Iterable
from typing import ClassVar

from moto.core.exceptions import ServiceException


class LightsailException(ServiceException):
    """An error with the four members that the service gives to each of its errors.

    The member ``code`` is a finer reason than the error's own code: an
    InvalidInputException may have the ``code`` NameExists.
    """

    reason: str
    docs = "https://docs.aws.amazon.com/lightsail/latest/userguide/"
    tip: str

    class Meta:
        serialization_aliases: ClassVar[dict[str, str]] = {"code": "reason"}


class NotFoundException(LightsailException):
    """There is no such resource or operation in this account and Region."""

    code = "NotFoundException"
    reason = "NotFound"
    tip = "Check the name and the Region, and try again."

    def __init__(self, resource_type: str, identifier: str) -> None:
        super().__init__(f"The {resource_type} does not exist: {identifier}")


class InvalidInputException(LightsailException):
    """The service refuses what it was asked for."""

    code = "InvalidInputException"
    reason = "InvalidInput"
    tip = "Correct the request and try again."


class NameExistsException(InvalidInputException):
    """A resource of this Region, of whatever type, already has the name."""

    reason = "NameExists"
    tip = "Choose another name and try again."

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"Some names are already in use: {', '.join(names)}")


class InvalidNameException(InvalidInputException):
    """No resource can have the name."""

    reason = "InvalidResourceName"
    tip = "Choose another name and try again."

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not a valid resource name. Resource names must be at least 2 "
            "characters long and contain only alphanumerics, -, _, and ."
        )


class InvalidTagException(InvalidInputException):
    """No resource can have the tag, or not so many of them."""

    reason = "InvalidTag"
    tip = "Correct the tags and try again."


class InvalidStateException(InvalidInputException):
    """The resource is in a state in which this cannot be done to it."""

    reason = "InvalidState"
    tip = "Try again when the resource is in another state."


class InvalidPageTokenException(InvalidInputException):
    """The token did not come from an earlier answer to the same call."""

    reason = "InvalidPageToken"
    tip = "Begin with the first page, without a token."

    def __init__(self) -> None:
        super().__init__("The page token is not valid.")


class UnknownBundleException(InvalidInputException):
    """There is no such bundle."""

    reason = "InvalidBundle"
    tip = "Choose another bundle and try again."

    def __init__(self, bundle_id: str) -> None:
        super().__init__(
            f"The specified bundle does not exist in this region: {bundle_id}"
        )


class UnknownZoneException(InvalidInputException):
    """There is no such Availability Zone in this Region."""

    reason = "InvalidAvailabilityZone"
    tip = "Choose an Availability Zone of this Region and try again."

    def __init__(self, zone: str, zones: Iterable[str]) -> None:
        super().__init__(
            f"The specified Availability Zone does not exist in this region: {zone}. "
            f"It has {', '.join(zones)}."
        )


class UnknownRegionException(InvalidInputException):
    """There is no such Region, or Lightsail is not in it."""

    reason = "InvalidRegion"
    tip = "Choose one of the Regions of GetRegions and try again."

    def __init__(self, region_name: str) -> None:
        super().__init__(f"The specified region does not exist: {region_name}")
