"""What lightsnap calls of clients, given or built, for type checkers.

Generated from the table of calls in ``calls.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol


class LightsailClient(Protocol):
    """What lightsnap calls of a boto3 Lightsail client."""

    @property
    def create_instance_snapshot(self) -> Callable[..., Mapping[str, object]]:
        """Call CreateInstanceSnapshot."""
        ...

    @property
    def get_instance(self) -> Callable[..., Mapping[str, object]]:
        """Call GetInstance."""
        ...

    @property
    def get_instance_snapshot(self) -> Callable[..., Mapping[str, object]]:
        """Call GetInstanceSnapshot."""
        ...

    @property
    def get_operation(self) -> Callable[..., Mapping[str, object]]:
        """Call GetOperation."""
        ...

    @property
    def get_operations_for_resource(self) -> Callable[..., Mapping[str, object]]:
        """Call GetOperationsForResource."""
        ...


class ClosableClient(LightsailClient, Protocol):
    """A client that lightsnap has built, and closes as well."""

    def close(self) -> None:
        """Close its connections."""
        ...


class AsyncLightsailClient(Protocol):
    """What lightsnap calls of an aiobotocore Lightsail client."""

    @property
    def create_instance_snapshot(
        self,
    ) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call CreateInstanceSnapshot."""
        ...

    @property
    def get_instance(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call GetInstance."""
        ...

    @property
    def get_instance_snapshot(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call GetInstanceSnapshot."""
        ...

    @property
    def get_operation(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call GetOperation."""
        ...

    @property
    def get_operations_for_resource(
        self,
    ) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call GetOperationsForResource."""
        ...
