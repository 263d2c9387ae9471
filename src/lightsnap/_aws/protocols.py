"""What lightsnap calls of the clients that it is given or builds.

Type checkers alone read this; no other module imports it when the program runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class LightsailClient(Protocol):
    """What lightsnap calls of a boto3 Lightsail client."""

    def create_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803 (AWS's own name)
        instanceName: str,  # noqa: N803
        tags: Sequence[Any] = ...,
    ) -> Mapping[str, object]:
        """Call CreateInstanceSnapshot."""
        ...

    def get_operation(
        self,
        *,
        operationId: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperation."""
        ...

    def get_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetInstanceSnapshot."""
        ...

    def get_operations_for_resource(
        self,
        *,
        resourceName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperationsForResource."""
        ...


class ClosableClient(LightsailClient, Protocol):
    """A client of our own making, which we close as well."""

    def close(self) -> None:
        """Close its connections."""
        ...


class AsyncLightsailClient(Protocol):
    """What lightsnap calls of an aiobotocore Lightsail client."""

    async def create_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803
        instanceName: str,  # noqa: N803
        tags: Sequence[Any] = ...,
    ) -> Mapping[str, object]:
        """Call CreateInstanceSnapshot."""
        ...

    async def get_operation(
        self,
        *,
        operationId: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperation."""
        ...

    async def get_instance_snapshot(
        self,
        *,
        instanceSnapshotName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetInstanceSnapshot."""
        ...

    async def get_operations_for_resource(
        self,
        *,
        resourceName: str,  # noqa: N803
    ) -> Mapping[str, object]:
        """Call GetOperationsForResource."""
        ...
