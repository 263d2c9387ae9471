"""Pytest fixtures, available wherever lightsnap is installed.

Each imports what it needs only when a test uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types_boto3_lightsail import LightsailClient

    from . import (
        Emulator,
        FakeAsyncClock,
        FakeClock,
        Faults,
        LightsailServer,
        Transitions,
    )


@pytest.fixture
def lightsail_region() -> str:
    """The Region of the other fixtures: us-east-1. Override it to use another."""
    return "us-east-1"


@pytest.fixture
def lightsail_strict_faults() -> bool:
    """Whether a scripted fault that never applied fails the test: False. Override it.

    It concerns the tests that use ``lightsail_faults``, ``lightsail_emulator``,
    ``lightsail_client`` or ``lightsail_server``.
    """
    return False


@pytest.fixture
def lightsail_client(
    lightsail_region: str, *, lightsail_strict_faults: bool
) -> Iterator[LightsailClient]:
    """A boto3 client of an empty Lightsail emulator in this process.

    During the test all boto3 clients are mocked, as in ``mock_lightsail()``. Those
    created without a Region get that of ``lightsail_region``.
    """
    import boto3

    from . import mock_lightsail

    with mock_lightsail(), pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
            monkeypatch.setenv(name, lightsail_region)
        session: Any = boto3.Session()
        yield session.client("lightsail")
        # Before the mock ends, which clears them.
        _end_faults(strict=lightsail_strict_faults)


@pytest.fixture
def lightsail_server(
    lightsail_region: str, *, lightsail_strict_faults: bool
) -> Iterator[LightsailServer]:
    """A running ``LightsailServer``, empty at first."""
    from . import LightsailServer

    with LightsailServer(region_name=lightsail_region) as server:
        yield server
        _end_faults(strict=lightsail_strict_faults)


@pytest.fixture
def lightsail_faults(*, lightsail_strict_faults: bool) -> Iterator[Faults]:
    """Scripts faults for ``lightsail_client`` and ``lightsail_server``."""
    from . import faults

    yield faults
    _end_faults(strict=lightsail_strict_faults)


@pytest.fixture
def lightsail_emulator(*, lightsail_strict_faults: bool) -> Iterator[Emulator]:
    """The clock, the ages, the calls and the faults of the client and the server.

    At the end of the test, the clock and the faults are reset, and the calls forgotten.
    """
    from . import Emulator

    emulator = Emulator()
    emulator.calls.clear()
    yield emulator
    emulator.clock.reset()
    emulator.calls.clear()
    _end_faults(strict=lightsail_strict_faults)


@pytest.fixture
def lightsail_transitions() -> Iterator[Transitions]:
    """Sets moto's state transitions, and restores them at the end of the test."""
    from . import Transitions

    with Transitions() as transitions:
        yield transitions


def _end_faults(*, strict: bool) -> None:
    from . import faults

    try:
        if strict:
            faults.assert_all_applied()
    finally:
        faults.clear()


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock for ``Client(clock=...)`` on which sleeping takes no time."""
    from . import FakeClock

    return FakeClock()


@pytest.fixture
def fake_async_clock() -> FakeAsyncClock:
    """A clock for ``AsyncClient(clock=...)`` on which sleeping takes no time."""
    from . import FakeAsyncClock

    return FakeAsyncClock()
