"""Snapshot Amazon Lightsail instances from typed Python, and know when it is done.

Every public name stands here; import it from here, since the modules behind are free to
change. Each is loaded when it is first used, so that importing lightsnap costs next to
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "AccessDeniedError",
    "AccountSetupInProgressError",
    "AddOn",
    "ApiError",
    "AsyncClient",
    "AsyncClock",
    "AsyncOperationWaiter",
    "AutoMountStatus",
    "Client",
    "Clock",
    "ConfigurationError",
    "ConstraintError",
    "CreateInstanceSnapshotRequest",
    "Disk",
    "DiskState",
    "InstanceSnapshot",
    "InstanceSnapshotState",
    "InvalidInputError",
    "LightsnapError",
    "MalformedResponseError",
    "NotFoundError",
    "Operation",
    "OperationFailureError",
    "OperationStatus",
    "OperationType",
    "OperationWaiter",
    "Operations",
    "RegionSetupInProgressError",
    "ResourceLocation",
    "ResourceType",
    "ResumeError",
    "ServiceError",
    "SnapshotFailedError",
    "SnapshotProgress",
    "Tag",
    "ThrottlingError",
    "TransportError",
    "UnauthenticatedError",
    "Violation",
    "WaitCancelledError",
    "WaitError",
    "WaitFailedError",
    "WaitInterruptedError",
    "WaitProgress",
    "WaitTimeoutError",
    "check_tags",
    "progress",
    "snapshot_name",
]

if TYPE_CHECKING:
    from lightsnap.aio import AsyncClient
    from lightsnap.client import Client
    from lightsnap.constraints import check_tags
    from lightsnap.enums import (
        AutoMountStatus,
        DiskState,
        InstanceSnapshotState,
        OperationStatus,
        OperationType,
        ResourceType,
    )
    from lightsnap.errors import (
        AccessDeniedError,
        AccountSetupInProgressError,
        ApiError,
        ConfigurationError,
        ConstraintError,
        InvalidInputError,
        LightsnapError,
        MalformedResponseError,
        NotFoundError,
        OperationFailureError,
        RegionSetupInProgressError,
        ResumeError,
        ServiceError,
        SnapshotFailedError,
        ThrottlingError,
        TransportError,
        UnauthenticatedError,
        Violation,
        WaitCancelledError,
        WaitError,
        WaitFailedError,
        WaitInterruptedError,
        WaitTimeoutError,
    )
    from lightsnap.models import Operation, Operations, ResourceLocation, Tag
    from lightsnap.notebook import progress
    from lightsnap.polling import SnapshotProgress, WaitProgress
    from lightsnap.requests import CreateInstanceSnapshotRequest, snapshot_name
    from lightsnap.schedule import AsyncClock, Clock
    from lightsnap.snapshots import AddOn, Disk, InstanceSnapshot
    from lightsnap.waiting import AsyncOperationWaiter, OperationWaiter
else:
    # In an ``else``, so that a type checker still refuses a misspelt name.

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        # Each after those that it imports, so the first that has the name defines it;
        # and first what ``Client`` takes, so that it loads no more.
        modules = (
            import_module(f"lightsnap.{module}")
            for module in (
                "errors",
                "enums",
                "models",
                "constraints",
                "requests",
                "schedule",
                "client",
                "polling",
                "waiting",
                "snapshots",
                "aio",
                "notebook",
            )
        )
        value = next(getattr(each, name) for each in modules if hasattr(each, name))
        return globals().setdefault(name, value)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
