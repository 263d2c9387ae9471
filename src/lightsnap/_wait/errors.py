"""How waits end without success, other than by a failed operation.

``WaitError`` and ``WaitFailedError`` are in ``_model/operations.py``.
"""

from __future__ import annotations

from typing import Unpack

from lightsnap._model.instances import InstanceSnapshot
from lightsnap._model.operations import Carried, WaitError


class WaitTimeoutError(WaitError, TimeoutError):
    """``timeout`` passed first. The last trouble, if any, is the ``__cause__``.

    The work goes on at AWS: wait again for ``ids`` to follow it.

    Attributes:
        timeout: The time that was given, in seconds.
    """

    def __init__(
        self, message: str, *, timeout: float, **carried: Unpack[Carried]
    ) -> None:
        self.timeout = timeout
        super().__init__(message, **carried)


class WaitCancelledError(WaitError):
    """The caller's ``cancel`` was set. The work goes on at AWS."""


class WaitInterruptedError(WaitError):
    """An error that waiting does not fix, such as access denied.

    Attributes:
        reason: That error; it is the ``__cause__`` too.
    """

    def __init__(
        self, message: str, *, reason: Exception, **carried: Unpack[Carried]
    ) -> None:
        self.reason = reason
        super().__init__(message, **carried)


class SnapshotFailedError(WaitError):
    """The snapshot is in state ``error``.

    Attributes:
        snapshot: The snapshot as it was last seen.
    """

    def __init__(
        self, message: str, *, snapshot: InstanceSnapshot, **carried: Unpack[Carried]
    ) -> None:
        self.snapshot = snapshot
        super().__init__(message, **carried)
