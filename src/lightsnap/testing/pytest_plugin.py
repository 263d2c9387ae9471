"""Pytest fixtures, available wherever lightsnap is installed.

Each imports what it needs only when a test uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types_boto3_lightsail import LightsailClient

    from . import FakeClock, Faults, LightsailServer


@pytest.fixture
def lightsail_region() -> str:
    """The Region of the other fixtures: us-east-1. Override it to use another."""
    return "us-east-1"


@pytest.fixture
def lightsail_client(lightsail_region: str) -> Iterator[LightsailClient]:
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


@pytest.fixture
def lightsail_server(lightsail_region: str) -> Iterator[LightsailServer]:
    """A running ``LightsailServer``, empty at first."""
    from . import LightsailServer

    with LightsailServer(region_name=lightsail_region) as server:
        yield server


@pytest.fixture
def lightsail_faults() -> Iterator[Faults]:
    """Scripts faults for ``lightsail_client`` and ``lightsail_server``."""
    from . import faults

    yield faults
    faults.clear()


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock for ``Client(clock=...)`` on which sleeping takes no time."""
    from . import FakeClock

    return FakeClock()
