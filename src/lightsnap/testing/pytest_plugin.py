"""Fixtures for pytest, there as soon as lightsnap is installed.

None does anything unless a test asks for it, and nothing that they need is imported
before.
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
    """The Region of the other fixtures: us-east-1. Override it for another."""
    return "us-east-1"


@pytest.fixture
def lightsail_client(lightsail_region: str) -> Iterator[LightsailClient]:
    """A boto3 client of an embedded Lightsail in this process, empty at first.

    All boto3 clients are mocked meanwhile, as in ``mock_lightsail()``; those without a
    Region get this one.
    """
    import boto3

    from . import mock_lightsail

    with mock_lightsail(), pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_DEFAULT_REGION", lightsail_region)
        session: Any = boto3.Session()
        yield session.client("lightsail")


@pytest.fixture
def lightsail_server(lightsail_region: str) -> Iterator[LightsailServer]:
    """A running server, empty at first: its ``url``, and its ``environment``."""
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
    """A clock for ``Client(clock=...)``, whose time passes only while it sleeps."""
    from . import FakeClock

    return FakeClock()
