"""Ctrl-C at random moments after a create was accepted: it hides no names and ids.

``make soak`` interrupts many more processes than ``make test`` does.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest

from tests.documented import WIRE
from tests.stub import Answer, Stub
from tests.test_creation import IDS

pytestmark = pytest.mark.soak

LATEST = 0.6  # seconds after the response to the create has arrived

PROLOGUE = """
import asyncio, sys
from lightsnap import AsyncClient, Client

settings = {"region_name": "us-west-2", "endpoint_url": sys.argv[1]}
names = ("WordPress-1",)
options = {"instance_snapshot_name": "WordPress-Snapshot-1", "poll_interval": 0.05}

def say_when_accepted(lightsail):
    event = "response-received.lightsail.CreateInstanceSnapshot"
    lightsail.meta.events.register(event, lambda **_: print("accepted", flush=True))
"""
PROGRAMS = {
    "sync": """
client = Client(**settings)
say_when_accepted(client._connect())
client.snapshot_instance(*names, **options)
""",
    "async": """
async def main():
    async with AsyncClient(**settings) as client:
        say_when_accepted(client._connect())
        await client.snapshot_instance(*names, **options)

asyncio.run(main())
""",
}
if find_spec("aiobotocore") is None:
    del PROGRAMS["async"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    programs = [*PROGRAMS]
    metafunc.parametrize(
        ("program", "seed"),
        [
            (programs[seed % len(programs)], seed)
            for seed in range(metafunc.config.getoption("interrupts"))
        ],
    )


def test_an_interrupted_program_shows_the_name_and_the_ids(
    stub: Stub, program: str, seed: int
) -> None:
    delay = random.Random(seed).uniform(0, LATEST)
    stub.on("CreateInstanceSnapshot", Answer({"operations": WIRE}))
    pending = [Answer({"operation": each}) for each in WIRE]
    stub.on("GetOperation", *pending * 100)

    with subprocess.Popen(
        [sys.executable, "-c", PROLOGUE + PROGRAMS[program], stub.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "accepted\n"
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=60)

    assert "KeyboardInterrupt" in shown
    for each in ("WordPress-Snapshot-1", *IDS):
        assert each in shown, f"after {delay:.4f} s"
