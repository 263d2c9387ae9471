"""Protocols for the clients that lightsnap calls, given or built.

Generated from the table of API calls in ``calls.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol


class LightsailClient(Protocol):
    """The methods of a boto3 Lightsail client that lightsnap calls."""

    @property
    def copy_snapshot(self) -> Callable[..., Mapping[str, object]]:
        """Call CopySnapshot."""
        ...

    @property
    def create_instance_snapshot(self) -> Callable[..., Mapping[str, object]]:
        """Call CreateInstanceSnapshot."""
        ...

    @property
    def create_instances_from_snapshot(self) -> Callable[..., Mapping[str, object]]:
        """Call CreateInstancesFromSnapshot."""
        ...

    @property
    def delete_instance_snapshot(self) -> Callable[..., Mapping[str, object]]:
        """Call DeleteInstanceSnapshot."""
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
    def get_instance_snapshots(self) -> Callable[..., Mapping[str, object]]:
        """Call GetInstanceSnapshots."""
        ...

    @property
    def get_instances(self) -> Callable[..., Mapping[str, object]]:
        """Call GetInstances."""
        ...

    @property
    def get_operation(self) -> Callable[..., Mapping[str, object]]:
        """Call GetOperation."""
        ...

    @property
    def get_operations_for_resource(self) -> Callable[..., Mapping[str, object]]:
        """Call GetOperationsForResource."""
        ...

    @property
    def tag_resource(self) -> Callable[..., Mapping[str, object]]:
        """Call TagResource."""
        ...


class ClosableClient(LightsailClient, Protocol):
    """A client that lightsnap built and will close."""

    def close(self) -> None:
        """Close the connections."""
        ...


class AsyncLightsailClient(Protocol):
    """The methods of an aiobotocore Lightsail client that lightsnap calls."""

    @property
    def copy_snapshot(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call CopySnapshot."""
        ...

    @property
    def create_instance_snapshot(
        self,
    ) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call CreateInstanceSnapshot."""
        ...

    @property
    def create_instances_from_snapshot(
        self,
    ) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call CreateInstancesFromSnapshot."""
        ...

    @property
    def delete_instance_snapshot(
        self,
    ) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call DeleteInstanceSnapshot."""
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
    def get_instance_snapshots(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call GetInstanceSnapshots."""
        ...

    @property
    def get_instances(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call GetInstances."""
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

    @property
    def tag_resource(self) -> Callable[..., Awaitable[Mapping[str, object]]]:
        """Call TagResource."""
        ...
