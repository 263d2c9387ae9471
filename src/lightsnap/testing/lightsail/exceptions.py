"""Exceptions raised by the lightsail service."""

from collections.abc import Iterable
from typing import ClassVar

from moto.core.exceptions import ServiceException


class LightsailException(ServiceException):
    """Base class of the errors, with the four members of each error response.

    The member ``code`` is more specific than the error code: an InvalidInputException
    may have the ``code`` NameExists.
    """

    reason: str
    docs = "https://docs.aws.amazon.com/lightsail/latest/userguide/"
    tip: str

    class Meta:
        serialization_aliases: ClassVar[dict[str, str]] = {"code": "reason"}


class NotFoundException(LightsailException):
    """The resource or operation does not exist in this account and Region."""

    code = "NotFoundException"
    # Terraform's provider looks for this word. Older Go SDKs take it as the error code.
    reason = "DoesNotExist"
    tip = "Check the name and the Region, and try again."

    def __init__(self, resource_type: str, identifier: str) -> None:
        super().__init__(f"The {resource_type} does not exist: {identifier}")


class InvalidInputException(LightsailException):
    """The service refuses the request."""

    code = "InvalidInputException"
    reason = "InvalidInput"
    tip = "Correct the request and try again."


class NameExistsException(InvalidInputException):
    """A resource in this Region already has the name, whatever its type."""

    reason = "NameExists"
    tip = "Choose another name and try again."

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"Some names are already in use: {', '.join(names)}")


class InvalidNameException(InvalidInputException):
    """The name breaks the rules for names."""

    reason = "InvalidResourceName"
    tip = "Choose another name and try again."

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not a valid resource name. Resource names must be at least 2 "
            "characters long and contain only alphanumerics, -, _, and ."
        )


class InvalidTagException(InvalidInputException):
    """A tag breaks the rules for tags, or there are too many."""

    reason = "InvalidTag"
    tip = "Correct the tags and try again."


class InvalidStateException(InvalidInputException):
    """The resource is in a state that does not allow the request."""

    reason = "InvalidState"
    tip = "Try again when the resource is in another state."


class InvalidPageTokenException(InvalidInputException):
    """The token is not from an earlier response to the same API operation."""

    reason = "InvalidPageToken"
    tip = "Start with the first page, without a token."

    def __init__(self) -> None:
        super().__init__("The page token is not valid.")


class UnknownBundleException(InvalidInputException):
    """The bundle does not exist."""

    reason = "InvalidBundle"
    tip = "Choose another bundle and try again."

    def __init__(self, bundle_id: str) -> None:
        super().__init__(
            f"The specified bundle does not exist in this region: {bundle_id}"
        )


class UnknownZoneException(InvalidInputException):
    """The Availability Zone does not exist in this Region."""

    reason = "InvalidAvailabilityZone"
    tip = "Choose an Availability Zone of this Region and try again."

    def __init__(self, zone: str, zones: Iterable[str]) -> None:
        super().__init__(
            f"The specified Availability Zone does not exist in this region: {zone}. "
            f"It has {', '.join(zones)}."
        )


class UnknownRegionException(InvalidInputException):
    """The Region does not exist, or has no Lightsail."""

    reason = "InvalidRegion"
    tip = "Choose a Region that GetRegions lists and try again."

    def __init__(self, region_name: str) -> None:
        super().__init__(f"The specified region does not exist: {region_name}")
