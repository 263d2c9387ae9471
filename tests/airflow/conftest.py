"""Set up Airflow, where it is installed: `make test-airflow` runs these tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from lightsnap.testing import LightsailServer, Transitions
from tests.airflow import home

collect_ignore_glob = [] if find_spec("airflow") else ["test_*.py"]
if not collect_ignore_glob:
    os.environ |= home.SETTINGS


@pytest.fixture(scope="session", autouse=True)
def database() -> None:
    home.create_database()


@pytest.fixture
def transitions() -> Iterator[Transitions]:
    """Operations end at the second read, unless a test changes that."""
    with Transitions() as transitions:
        transitions.set("operation", times=1)
        transitions.set("instance_snapshot", times=1)
        yield transitions


@pytest.fixture
def at_once(transitions: Transitions) -> None:
    """Let everything end at once: the pauses of a backup are long."""
    transitions.set()


@pytest.fixture
def server(
    monkeypatch: pytest.MonkeyPatch,
    transitions: Transitions,  # noqa: ARG001
) -> Iterator[LightsailServer]:
    """An emulator with an instance, to which Airflow's connection leads."""
    with LightsailServer(region_name="us-west-2", instances=["WordPress-1"]) as server:
        for name, value in home.connection(server.url).items():
            monkeypatch.setenv(name, value)
        yield server
