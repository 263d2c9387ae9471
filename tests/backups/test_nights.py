"""Thirty nights of backups, with faults, and processes that are killed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api import state_manager

from lightsnap import BackupPlan, Client, Retention
from lightsnap.testing import Faults, LightsailServer
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION, create_instances

REGIONS = ("us-west-2", "us-east-1")
FIRST = datetime(2026, 11, 1, 3, tzinfo=UTC)
NIGHTS = 30
FAULT_RATE = 0.1
BY_HAND_NAME = "web-1-nightly-by-hand"
SEVEN_DAYS = BackupPlan("nightly", retention=Retention(keep_daily=7))

pytestmark = [pytest.mark.fake, pytest.mark.soak]


@pytest.fixture
def server() -> Iterator[LightsailServer]:
    with LightsailServer(region_name=REGIONS[0]) as server:
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.set_transition(model, {"progression": "immediate"})
        yield server
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.unset_transition(model)


def boto3_client(server: LightsailServer, region_name: str) -> Any:
    return boto3.client(
        "lightsail", **server.client_kwargs | {"region_name": region_name}
    )


def client_of(server: LightsailServer, region_name: str) -> Client:
    """Return a client whose waits advance the emulator's clock."""
    return Client(
        region_name=region_name,
        endpoint_url=server.url,
        config=Config(retries={"total_max_attempts": 1}),
        clock=server.clock,
    )


def names(client: Client) -> set[str]:
    return {each.name for each in client.get_instance_snapshots()}


def create_by_hand(lightsail: Any) -> None:
    instance_name = lightsail.get_instances()["instances"][0]["name"]
    lightsail.create_instance_snapshot(
        instanceName=instance_name,
        instanceSnapshotName=BY_HAND_NAME,
        tags=[{"key": "lightsnap:plan", "value": "weekly"}],
    )


def script_faults(client: Client, faults: Faults, chance: random.Random) -> None:
    """Script a fault for every tenth call, of a kind that may happen to any."""

    def script(**_: object) -> None:
        if chance.random() < FAULT_RATE:
            kind = chance.choice(
                ["throttle", "error", "reset", "lost", "cut", "garble"]
            )
            match kind:
                case "throttle":
                    faults.throttle()
                case "error":
                    faults.server_error()
                case "reset":
                    faults.drop(when="before")
                case "lost":
                    faults.drop(when="after")
                case "cut":
                    faults.break_off()
                case _:
                    faults.garble()

    lightsail: Any = client._connect()
    lightsail.meta.events.register("before-call.lightsail", script)


def date_of(night: int) -> str:
    return f"{FIRST + timedelta(days=night):%Y-%m-%d}"


def test_after_thirty_nights_with_faults_there_is_just_what_the_rules_say(
    server: LightsailServer,
) -> None:
    """Twelve instances in two Regions, seven days kept, a fault in 10 % of calls."""
    chance = random.Random(1)
    instances = [f"web-{number}" for number in range(1, 7)]
    server.clock.move_to(FIRST)
    for region in REGIONS:
        lightsail = boto3_client(server, region)
        create_instances(lightsail, *instances)
        create_by_hand(lightsail)
        lightsail.close()

    for night in range(NIGHTS):
        for region in REGIONS:
            with client_of(server, region) as client:
                script_faults(client, server.faults, chance)
                report = client.back_up(SEVEN_DAYS, run=date_of(night))
                server.faults.clear()
            with client_of(server, region) as client:
                assert len(report.raise_for_failure().outcomes) == len(instances)
                assert names(client) == {BY_HAND_NAME} | {
                    f"{name}-nightly-{date_of(day)}"
                    for name in instances
                    for day in range(max(0, night - 6), night + 1)
                }
        server.clock.move_to(FIRST + timedelta(days=night + 1))


README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def commands_of_readme() -> list[list[str]]:
    """Return how to run the file and the cron line under "Nightly backups"."""
    _, text = README.split("## Nightly backups\n")
    file, cron = re.findall(r"```(?:python|text)\n(.*?)```", text, re.DOTALL)[:2]
    return [
        [sys.executable, "-c", file],
        ["sh", "-c", cron.removeprefix("0 3 * * * ").replace(r"\%", "%")],
    ]


def script_faults_of_a_night(
    faults: Faults, instances: list[str], chance: random.Random
) -> None:
    """Script a fault for about every tenth call."""
    calls: list[tuple[str, str | None]] = [
        ("GetInstances", None),
        ("GetInstanceSnapshots", None),
        *(("CreateInstanceSnapshot", name) for name in instances),
        *(("GetOperation", None) for _ in instances),
    ]
    for operation, name in calls:
        if chance.random() < FAULT_RATE:
            match chance.choice(["throttle", "error", "lost"]):
                case "throttle":
                    faults.throttle(operation, resource_name=name)
                case "error":
                    faults.server_error(operation, resource_name=name)
                case _:
                    faults.drop(operation, resource_name=name, when="after")


def test_the_file_and_the_cron_line_of_readme(
    server: LightsailServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """They take turns: ``make soak`` runs them for thirty nights."""
    nights = request.config.getoption("--nights")
    chance = random.Random(1)
    instances = [f"web-{number}" for number in range(1, 7)]
    for region in REGIONS:
        create_instances(boto3_client(server, region), *instances)
        create_by_hand(boto3_client(server, region))
    date = tmp_path / "date"
    programs = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = {**os.environ, **server.environment, "PATH": programs}

    for night in range(nights):
        server.clock.move_to(FIRST + timedelta(days=night))
        date.write_text(f"#!/bin/sh\necho {date_of(night)}\n", encoding="utf-8")
        date.chmod(0o755)
        script_faults_of_a_night(server.faults, instances, chance)
        subprocess.run(commands_of_readme()[night % 2], env=environ, check=True)
        server.faults.clear()

    for region in REGIONS:
        with client_of(server, region) as client:
            snapshots = client.get_instance_snapshots()
        days = Counter(
            (each.from_instance_name, f"{each.created_at:%Y-%m-%d}")
            for each in snapshots
            if each.name != BY_HAND_NAME
        )
        expected = range(max(0, nights - 7), nights)
        assert days == {
            (name, date_of(day)): 1 for name in instances for day in expected
        }
        assert len(snapshots) == len(days) + 1


PROGRAM = """
import os, signal, sys
from lightsnap import BackupPlan, Client, Retention
from lightsnap.testing import FakeClock

url, moment, last = sys.argv[1], sys.argv[2], int(sys.argv[3])
plan = BackupPlan("nightly", retention=Retention(keep_last=1), copy_to=["us-east-1"])
client = Client(region_name="us-west-2", endpoint_url=url, clock=FakeClock())
calls = 0

def kill(**_):
    global calls
    calls += 1
    if calls == last:
        os.kill(os.getpid(), signal.SIGKILL)

client._connect().meta.events.register(moment + ".lightsail", kill)
client.back_up(plan, run="2").raise_for_failure()
"""
COPIED = BackupPlan("nightly", retention=Retention(keep_last=1), copy_to=[REGIONS[1]])


@pytest.mark.parametrize("moment", ["before-send", "after-call"])
def test_a_run_that_is_killed_at_any_call_is_finished_by_repeating_it(
    server: LightsailServer, moment: str
) -> None:
    killed = 0
    west, east = (boto3_client(server, region) for region in REGIONS)
    with client_of(server, REGIONS[0]) as client:
        while True:
            server.reset()
            create_instances(west, "web")
            create_by_hand(west)
            client.back_up(COPIED, run="1").raise_for_failure()
            ran = subprocess.run(
                [sys.executable, "-c", PROGRAM, server.url, moment, str(killed + 1)],
                env={**os.environ, **server.environment},
                check=False,
            )
            if ran.returncode == 0:
                break
            assert ran.returncode == -signal.SIGKILL
            killed += 1
            client.back_up(COPIED, run="2").raise_for_failure()

            assert names(client) == {BY_HAND_NAME, "web-nightly-2"}
            (copy,) = east.get_instance_snapshots()["instanceSnapshots"]
            assert copy["name"] == "web-nightly-2-from-us-west-2"
            tags = {tag["key"]: tag["value"] for tag in copy["tags"]}
            assert (tags["lightsnap:plan"], tags["lightsnap:run"]) == ("nightly", "2")
            assert tags["lightsnap:source"] == copy["fromInstanceArn"]
            created = server.calls.of("CreateInstanceSnapshot")
            deleted = Counter(
                each.members["instanceSnapshotName"]
                for each in server.calls.of("DeleteInstanceSnapshot")
            )
            assert len(created) == 3
            assert deleted == {"web-nightly-1": 1, "web-nightly-1-from-us-west-2": 1}
    west.close()
    east.close()

    assert killed > 10
