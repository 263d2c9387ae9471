"""The clocks of the machine, as lightsnap reads them when it sends a request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class Clocks:
    """Clocks that a test can advance; a suspend stops the monotonic one."""

    def __init__(self) -> None:
        self._suspended = 0.0
        self._passed = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._passed

    def time(self) -> float:
        return time.time() + self._passed + self._suspended

    def advance(self, seconds: float) -> None:
        self._passed += seconds

    def suspend(self, seconds: float) -> None:
        self._suspended += seconds


class FrozenClocks:
    """Clocks that stand still."""

    def monotonic(self) -> float:
        return 100.0

    def time(self) -> float:
        return 1_700_000_000.0


def replace(monkeypatch: pytest.MonkeyPatch, clocks: Clocks | FrozenClocks) -> None:
    monkeypatch.setattr("lightsnap._aws.attempts.time", clocks)


def skip_pauses() -> None:
    """Skip the pauses of waits in this process, which has to be a test's own."""
    time.sleep = lambda _: None
