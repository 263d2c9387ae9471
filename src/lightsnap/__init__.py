"""Typed snapshots of Amazon Lightsail instances, and waits until they are available.

Import public names from here, from ``lightsnap.typing`` and from ``lightsnap.testing``;
other modules are private. A name is imported on first use, so that importing lightsnap
takes almost no time.
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
    "BackupError",
    "BackupFailure",
    "BackupOutcome",
    "BackupPlan",
    "BackupProgress",
    "BackupReport",
    "Client",
    "Clock",
    "ConfigurationError",
    "ConstraintError",
    "CreateInstanceSnapshotRequest",
    "Disk",
    "DiskState",
    "Instance",
    "InstanceHardware",
    "InstanceProgress",
    "InstanceSnapshot",
    "InstanceSnapshotState",
    "InstanceState",
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
    "PrunePreview",
    "RegionSetupInProgressError",
    "ResourceLocation",
    "ResourceType",
    "ResumeError",
    "Retention",
    "Selection",
    "ServiceError",
    "Site",
    "SnapshotChangedError",
    "SnapshotFailedError",
    "SnapshotProgress",
    "Tag",
    "ThrottlingError",
    "TransportError",
    "UnauthenticatedError",
    "Verdict",
    "Violation",
    "WaitCancelledError",
    "WaitError",
    "WaitFailedError",
    "WaitInterruptedError",
    "WaitProgress",
    "WaitTimeoutError",
    "back_up",
    "check_tags",
    "progress",
    "snapshot_name",
]

if TYPE_CHECKING:
    from lightsnap._backups.plan import (
        BackupPlan,
        Selection,
        Site,
    )
    from lightsnap._backups.report import (
        BackupError,
        BackupFailure,
        BackupOutcome,
        BackupProgress,
        BackupReport,
        PrunePreview,
    )
    from lightsnap._backups.retention import (
        Retention,
        Verdict,
    )
    from lightsnap._clients.aio import (
        AsyncClient,
    )
    from lightsnap._clients.client import (
        Client,
    )
    from lightsnap._model.enums import (
        AutoMountStatus,
        DiskState,
        InstanceSnapshotState,
        OperationStatus,
        OperationType,
        ResourceType,
    )
    from lightsnap._model.instances import (
        AddOn,
        Disk,
        Instance,
        InstanceHardware,
        InstanceSnapshot,
        InstanceState,
        SnapshotChangedError,
    )
    from lightsnap._model.operations import (
        Operation,
        Operations,
        WaitError,
        WaitFailedError,
    )
    from lightsnap._model.resources import ResourceLocation, Tag
    from lightsnap._request.request import (
        CreateInstanceSnapshotRequest,
        snapshot_name,
    )
    from lightsnap._request.rules import (
        check_tags,
    )
    from lightsnap._sites import (
        back_up,
    )
    from lightsnap._wait.bar import (
        progress,
    )
    from lightsnap._wait.clocks import (
        AsyncClock,
        Clock,
    )
    from lightsnap._wait.errors import (
        SnapshotFailedError,
        WaitCancelledError,
        WaitInterruptedError,
        WaitTimeoutError,
    )
    from lightsnap._wait.progress import (
        InstanceProgress,
        SnapshotProgress,
        WaitProgress,
    )
    from lightsnap._wait.waiters import (
        AsyncOperationWaiter,
        OperationWaiter,
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
        ThrottlingError,
        TransportError,
        UnauthenticatedError,
        Violation,
    )
else:
    # In an ``else``, so that a type checker still refuses a misspelt name.
    _MODULES = {
        "AccessDeniedError": "errors",
        "AccountSetupInProgressError": "errors",
        "AddOn": "_model.instances",
        "ApiError": "errors",
        "AsyncClient": "_clients.aio",
        "AsyncClock": "_wait.clocks",
        "AsyncOperationWaiter": "_wait.waiters",
        "AutoMountStatus": "_model.enums",
        "BackupError": "_backups.report",
        "BackupFailure": "_backups.report",
        "BackupOutcome": "_backups.report",
        "BackupPlan": "_backups.plan",
        "BackupProgress": "_backups.report",
        "BackupReport": "_backups.report",
        "Client": "_clients.client",
        "Clock": "_wait.clocks",
        "ConfigurationError": "errors",
        "ConstraintError": "errors",
        "CreateInstanceSnapshotRequest": "_request.request",
        "Disk": "_model.instances",
        "DiskState": "_model.enums",
        "Instance": "_model.instances",
        "InstanceHardware": "_model.instances",
        "InstanceProgress": "_wait.progress",
        "InstanceSnapshot": "_model.instances",
        "InstanceSnapshotState": "_model.enums",
        "InstanceState": "_model.instances",
        "InvalidInputError": "errors",
        "LightsnapError": "errors",
        "MalformedResponseError": "errors",
        "NotFoundError": "errors",
        "Operation": "_model.operations",
        "OperationFailureError": "errors",
        "OperationStatus": "_model.enums",
        "OperationType": "_model.enums",
        "OperationWaiter": "_wait.waiters",
        "Operations": "_model.operations",
        "PrunePreview": "_backups.report",
        "RegionSetupInProgressError": "errors",
        "ResourceLocation": "_model.resources",
        "ResourceType": "_model.enums",
        "ResumeError": "errors",
        "Retention": "_backups.retention",
        "Selection": "_backups.plan",
        "ServiceError": "errors",
        "Site": "_backups.plan",
        "SnapshotChangedError": "_model.instances",
        "SnapshotFailedError": "_wait.errors",
        "SnapshotProgress": "_wait.progress",
        "Tag": "_model.resources",
        "ThrottlingError": "errors",
        "TransportError": "errors",
        "UnauthenticatedError": "errors",
        "Verdict": "_backups.retention",
        "Violation": "errors",
        "WaitCancelledError": "_wait.errors",
        "WaitError": "_model.operations",
        "WaitFailedError": "_model.operations",
        "WaitInterruptedError": "_wait.errors",
        "WaitProgress": "_wait.progress",
        "WaitTimeoutError": "_wait.errors",
        "back_up": "_sites",
        "check_tags": "_request.rules",
        "progress": "_wait.bar",
        "snapshot_name": "_request.request",
    }

    _SUBMODULES = ("testing", "typing")

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _SUBMODULES:
            return import_module(f"lightsnap.{name}")
        if name not in _MODULES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        module = import_module(f"lightsnap.{_MODULES[name]}")
        return globals().setdefault(name, getattr(module, name))

    def __dir__() -> list[str]:
        dunders = [name for name in globals() if name.startswith("__")]
        return sorted([*dunders, *__all__, *_SUBMODULES])
