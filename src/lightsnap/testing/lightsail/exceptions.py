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
    tip = "Correct the request and try again."


class NameExistsException(InvalidInputException):
    """A resource of this Region, of whatever type, already has the name."""

    reason = "NameExists"
    tip = "Choose another name and try again."

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"Some names are already in use: {', '.join(names)}")


class UnknownBundleException(InvalidInputException):
    """There is no such bundle."""

    reason = "InvalidBundle"
    tip = "Choose another bundle and try again."

    def __init__(self, bundle_id: str) -> None:
        super().__init__(
            f"The specified bundle does not exist in this region: {bundle_id}"
        )
