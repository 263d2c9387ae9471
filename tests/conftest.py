"""Shared fixtures: clients of the emulator and of the stub server, and a clock."""

from __future__ import annotations

import os
from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config

from lightsnap import Client
from lightsnap.testing import FakeClock, mock_lightsail
from tests.clocks import Clocks, replace
from tests.embedded import create_instances, shared_client
from tests.stub import Stub, serving

TEST = "PYTEST_CURRENT_TEST"


@pytest.fixture(autouse=True)
def separate_tests() -> Iterator[None]:
    """Let no test see the default session or the environment of an earlier one."""
    boto3.DEFAULT_SESSION = None
    before = dict(os.environ)
    yield
    boto3.DEFAULT_SESSION = None
    after = dict(os.environ)
    os.environ.clear()
    os.environ |= before
    # pytest itself sets this one, for each phase of a test.
    assert after | {TEST: ""} == before | {TEST: ""}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(clock: FakeClock) -> Iterator[Client]:
    """A client of the emulator, in which the instance WordPress-1 is running."""
    with mock_lightsail(), Client(region_name="us-west-2", clock=clock) as client:
        create_instances(shared_client(), "WordPress-1")
        yield client


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """The clocks by which lightsnap notes when it sent a request."""
    clocks = Clocks()
    replace(monkeypatch, clocks)
    return clocks


@pytest.fixture
def retried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the pauses of botocore's retries, in the legacy and standard modes."""
    backoff = "botocore.retries.standard.ExponentialBackoff.delay_amount"
    monkeypatch.setattr(backoff, lambda *_: 0)
    monkeypatch.setattr("botocore.retryhandler.delay_exponential", lambda *_, **__: 0)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as stub:
        yield stub


@pytest.fixture
def stub_client(stub: Stub, clock: FakeClock) -> Iterator[Client]:
    """A client of the stub server, with botocore's retries turned off."""
    with Client(
        region_name="us-west-2",
        endpoint_url=stub.url,
        config=Config(retries={"total_max_attempts": 1}),
        clock=clock,
    ) as client:
        yield client
