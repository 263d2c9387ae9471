"""A backup of 2,000 instances in 5 Regions, on the emulator with 30 ms of latency."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from moto.moto_api import state_manager

from benchmarks.report import Section
from lightsnap.testing import LightsailServer
from tests.embedded import INSTANCE_SNAPSHOT, OPERATION

SCRIPT = Path(__file__).parent / "scripts" / "fleet.py"
REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1")
DELAY = 0.030
SECONDS = 2  # until an operation goes to its next state
ROUNDS = 10  # of a Region, at most
SIZES = (500, 2000)
PAGE = 100  # the least number of items on a page


def back_up(server: LightsailServer, count: int) -> dict[str, Any]:
    """Back up that many instances in a process of its own."""
    names = [f"web-{number}" for number in range(count // len(REGIONS))]
    server.reset()
    for model in (OPERATION, INSTANCE_SNAPSHOT):
        state_manager.set_transition(model, {"progression": "time", "seconds": SECONDS})
    server.create_instances(*names, region_names=REGIONS)
    server.faults.delay(seconds=DELAY, times=None)
    output = subprocess.check_output(
        [sys.executable, str(SCRIPT), server.url, *REGIONS],
        env={**os.environ, **server.environment},
        text=True,
    )
    return json.loads(output)  # type: ignore[no-any-return]


def measure() -> Section:
    with LightsailServer(region_name=REGIONS[0]) as server:
        small, large = (back_up(server, count) for count in SIZES)
        for model in (OPERATION, INSTANCE_SNAPSHOT):
            state_manager.unset_transition(model)
    count, regions = large["instances"], len(REGIONS)
    pages = 2 * (count // PAGE + regions)
    rounds = ROUNDS * regions
    growth = large["memory"] / small["memory"] / (SIZES[1] / SIZES[0])
    return {
        "goals": [
            {
                "what": f"calls to back up {count:,} instances",
                "measured": large["calls"],
                "goal": 3 * count + pages + rounds,
                "form": "{:,}",
                "against": "a create, a poll and a fetch for each, lists and rounds",
            },
            {
                "what": "wall time of that backup",
                "measured": round(large["wall"] / large["busy"], 2),
                "goal": 1.3,
                "form": "{:.2f}",
                "against": "the time of its calls, one per Region at once",
            },
            {
                "what": "memory of that backup",
                "measured": round(large["memory"]),
                "goal": 100,
                "form": "{:.0f} MB",
                "against": "",
            },
            {
                "what": f"growth of the memory from {SIZES[0]:,} instances, linear = 1",
                "measured": round(growth, 1),
                "goal": 1.2,
                "form": "{:.1f}",
                "against": "",
            },
        ],
        "tables": [
            {
                "title": "Backups of many instances",
                "text": (
                    f"Instances in {regions} Regions on the emulator, which takes "
                    f"{1000 * DELAY:.0f} ms longer for each response. One thread per "
                    f"Region backs them up. Operations take {2 * SECONDS} seconds."
                ),
                "columns": {
                    "instances": "{:,}",
                    "calls": "{:,}",
                    "seconds": "{:.0f}",
                    "seconds of calls": "{:.0f}",
                    "memory": "{:.0f} MB",
                },
                "rows": [
                    [
                        each["instances"],
                        each["calls"],
                        round(each["wall"], 1),
                        round(each["busy"], 1),
                        round(each["memory"]),
                    ]
                    for each in (small, large)
                ],
            }
        ],
    }
