"""Errors of waits that ended without success, other than by a failed operation.

``WaitError`` and ``WaitFailedError`` are in ``_model/operations.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Operation, WaitError
from lightsnap.errors import require


class WaitTimeoutError(WaitError, TimeoutError):
    """``timeout`` passed. The last transient error, if any, is the ``__cause__``.

    The work goes on at AWS: wait for ``ids`` again to resume.

    Args:
        message: What happened.
        timeout: The timeout of the wait, in seconds.
        operations: The known operations, in any iterable.
        ids: The ids of all operations.
        elapsed: Seconds since the wait began, or None.

    Raises:
        TypeError: An argument has a wrong type.
    """

    timeout: float
    """The timeout of the wait, in seconds."""

    def __init__(
        self,
        message: str,
        *,
        timeout: float,
        operations: Iterable[Operation],
        ids: Iterable[str],
        elapsed: float | None,
    ) -> None:
        require("timeout", timeout, (int, float), "seconds")
        self.timeout = timeout
        super().__init__(message, operations=operations, ids=ids, elapsed=elapsed)


class WaitCancelledError(WaitError):
    """The caller's ``cancel`` was set. The work goes on at AWS."""


class WaitInterruptedError(WaitError):
    """A permanent error, such as access denied, ended the wait.

    Args:
        message: What happened.
        reason: The permanent error.
        operations: The known operations, in any iterable.
        ids: The ids of all operations.
        elapsed: Seconds since the wait began, or None.

    Raises:
        TypeError: An argument has a wrong type.
    """

    reason: Exception
    """The error; it is the ``__cause__`` too."""

    def __init__(
        self,
        message: str,
        *,
        reason: Exception,
        operations: Iterable[Operation],
        ids: Iterable[str],
        elapsed: float | None,
    ) -> None:
        require("reason", reason, Exception, "an exception")
        self.reason = reason
        super().__init__(message, operations=operations, ids=ids, elapsed=elapsed)


class SnapshotFailedError(WaitError):
    """The snapshot is in state ``error``.

    Args:
        message: What happened.
        snapshot: The snapshot, in state ``error``.
        operations: The known operations, in any iterable.
        ids: The ids of all operations.
        elapsed: Seconds since the wait began, or None.

    Raises:
        TypeError: An argument has a wrong type.
    """

    snapshot: InstanceSnapshot
    """The snapshot, as it was when last fetched."""

    def __init__(
        self,
        message: str,
        *,
        snapshot: InstanceSnapshot,
        operations: Iterable[Operation],
        ids: Iterable[str],
        elapsed: float | None,
    ) -> None:
        require("snapshot", snapshot, InstanceSnapshot, "an InstanceSnapshot")
        self.snapshot = snapshot
        super().__init__(message, operations=operations, ids=ids, elapsed=elapsed)
