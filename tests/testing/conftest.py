"""Shared fixtures of the emulator's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto.moto_api import state_manager

from lightsnap.testing import Emulator, LightsailServer, mock_lightsail
from tests.embedded import (
    INSTANCE,
    INSTANCE_SNAPSHOT,
    OPERATION,
    create_instances,
    new_client,
    shared_client,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_lightsail import LightsailClient


@pytest.fixture(autouse=True)
def default_transitions() -> Iterator[None]:
    """Restore the transitions that a test set, which moto's reset does not."""
    yield
    for model in (INSTANCE, INSTANCE_SNAPSHOT, OPERATION):
        state_manager.unset_transition(model)


@pytest.fixture
def lightsail() -> Iterator[LightsailClient]:
    """A client of an empty emulator in this process."""
    with mock_lightsail():
        yield shared_client()


@pytest.fixture
def wordpress(lightsail: LightsailClient) -> LightsailClient:
    """A client of an emulator that has the instance WordPress-1."""
    create_instances(lightsail, "WordPress-1")
    return lightsail


@pytest.fixture
def slow_instances(wordpress: LightsailClient) -> None:
    """Make instances go through their states slowly from now on."""
    del wordpress
    state_manager.set_transition(INSTANCE, {"progression": "manual", "times": 5})


@pytest.fixture(params=["process", "server"])
def emulator_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an emulator that has the instance WordPress-1; None in process."""
    if request.param == "process":
        with mock_lightsail():
            create_instances(shared_client(), "WordPress-1")
            yield None
    else:
        with LightsailServer(region_name="us-west-2") as server:
            server.create_instances("WordPress-1")
            yield server.url


@pytest.fixture
def emulator(emulator_url: str | None) -> Emulator:
    """Control over the emulator. On a server it is as in another process."""
    return Emulator(emulator_url)


@pytest.fixture
def emulated(emulator_url: str | None) -> LightsailClient:
    """A client of the emulator."""
    return new_client(endpoint_url=emulator_url) if emulator_url else shared_client()
