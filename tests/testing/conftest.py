"""What the tests of the embedded Lightsail share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto.moto_api import state_manager

from lightsnap.testing import mock_lightsail
from tests.embedded import (
    INSTANCE,
    INSTANCE_SNAPSHOT,
    OPERATION,
    create_instances,
    shared_client,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_lightsail import LightsailClient


@pytest.fixture(autouse=True)
def default_transitions() -> Iterator[None]:
    """Take back what a test set: a reset of moto does not."""
    yield
    for model in (INSTANCE, INSTANCE_SNAPSHOT, OPERATION):
        state_manager.unset_transition(model)


@pytest.fixture
def lightsail() -> Iterator[LightsailClient]:
    """A client of a Lightsail in this process that has nothing."""
    with mock_lightsail():
        yield shared_client()


@pytest.fixture
def wordpress(lightsail: LightsailClient) -> LightsailClient:
    """A client of a Lightsail that has the instance WordPress-1."""
    create_instances(lightsail, "WordPress-1")
    return lightsail


@pytest.fixture
def slow_instances(wordpress: LightsailClient) -> None:
    """Let instances go through their states, from here on."""
    del wordpress
    state_manager.set_transition(INSTANCE, {"progression": "manual", "times": 5})
