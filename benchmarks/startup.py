"""The cost of whole processes: start, import, build a client, create a snapshot, exit.

Each round runs every program once, and compares it with the boto3 script of the same
round, so that a machine that is slow for a while affects all programs alike.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TypeAlias

from benchmarks.report import Goal, Section, Table
from benchmarks.server import CREDENTIALS, serving
from tests.foreign import environment

ROUNDS, WARM_UPS = 20, 2

SCRIPTS = Path(__file__).with_name("scripts")
BASE = "boto3.client"
CREATE = [
    "create-instance-snapshot",
    "--instance-name=WordPress-1",
    "--instance-snapshot-name=monday",
    "--tags=key=env,value=prod",
]


def script(name: str, python: str = sys.executable) -> list[str]:
    return [python, str(SCRIPTS / name)]


def program(python: Path, name: str, *words: str) -> list[str]:
    # Run by the interpreter, since a shebang line cannot hold a path with a space.
    return [str(python), str(python.with_name(name)), *words]


SNAPSHOTS = {
    BASE: script("boto3_client.py"),
    "botocore.session": script("botocore_session.py"),
    "lightsnap.Client": script("lightsnap_client.py"),
    "lightsnap CLI": program(Path(sys.executable), "lightsnap", *CREATE),
    "AWS CLI v1": program(
        environment("awscli") / "bin/python", "aws", "lightsail", *CREATE
    ),
    "capo-lightsail": script("capo_client.py", str(environment("capo") / "bin/python")),
    "http.client, signed by hand": script("signed_by_hand.py"),
}
FASTER_BOTOCORE = script("faster_botocore.py")
TRIED = {
    "+ a loader that does not open the folder of every service": [
        *FASTER_BOTOCORE,
        "FolderNames",
    ],
    "+ JSON read into plain dicts": [*FASTER_BOTOCORE, "PlainDicts"],
    "+ only the endpoints of required services": [*FASTER_BOTOCORE, "FewEndpoints"],
    "+ less frequent garbage collection": [
        *FASTER_BOTOCORE,
        "FewEndpoints",
        "rarely",
    ],
    "+ no garbage collection at exit": [
        *FASTER_BOTOCORE,
        "FewEndpoints",
        "rarely",
        "frozen",
    ],
}
OURS = "from lightsnap import Client, Tag"
WAITS = "the same, and everything that Client.wait needs"
IMPORTS = {
    "empty": "pass",
    "import boto3": "import boto3",
    OURS: OURS,
    WAITS: (
        f"{OURS}; import lightsnap._flows.waits, lightsnap._wait.loops, "
        "lightsnap._wait.bar"
    ),
}


Rounds: TypeAlias = "list[dict[str, float]]"  # milliseconds


def milliseconds(command: list[str], environ: dict[str, str]) -> float:
    quiet = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, environ, file_actions=quiet)
    _, status = os.waitpid(process, 0)
    elapsed = time.perf_counter() - began
    if status:
        raise RuntimeError(f"{command} ended with {status}")
    return 1000 * elapsed


@contextmanager
def process_environment() -> Iterator[dict[str, str]]:
    """Run a server on loopback; yield the environment of a process that calls it."""
    with serving() as url, tempfile.TemporaryDirectory() as home:
        yield {
            "PATH": os.environ["PATH"],
            "HOME": home,
            **CREDENTIALS,
            "AWS_REGION": "us-west-2",  # capo-lightsail reads this one
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_ENDPOINT_URL": url,
        }


def run_rounds(rounds: int) -> Rounds:
    imports = {name: [sys.executable, "-c", code] for name, code in IMPORTS.items()}
    commands = SNAPSHOTS | TRIED | imports
    with process_environment() as environ:
        measured = [
            {name: milliseconds(each, environ) for name, each in commands.items()}
            for _ in range(WARM_UPS + rounds)
        ]
    return measured[WARM_UPS:]


def ratio(rounds: Rounds, name: str, base: str) -> float:
    return round(median(each[name] / each[base] for each in rounds), 2)


def beyond_empty(rounds: Rounds, name: str) -> float:
    return median(each[name] - each["empty"] for each in rounds)


def table(rounds: Rounds, title: str, text: str, names: list[str]) -> Table:
    return {
        "title": title,
        "text": text,
        "columns": {
            "process": "{}",
            f"relative to {BASE}": "{:.2f}",
            "median": "{:.0f} ms",
        },
        "rows": [
            [
                name,
                ratio(rounds, name, BASE),
                round(median(each[name] for each in rounds), 1),
            ]
            for name in names
        ],
    }


def measure() -> Section:
    rounds = run_rounds(ROUNDS)
    imports = {name: beyond_empty(rounds, name) for name in IMPORTS if name != "empty"}

    def time_goal(name: str, base: str, goal: float) -> Goal:
        return {
            "what": f"{name}, whole process, one snapshot",
            "measured": ratio(rounds, name, base),
            "goal": goal,
            "form": "{:.2f}",
            "against": base,
        }

    library = time_goal("lightsnap.Client", BASE, 0.82)
    library["aim"] = 0.75
    goals: list[Goal] = [
        library,
        time_goal("lightsnap CLI", BASE, 0.70),
        time_goal("lightsnap CLI", "AWS CLI v1", 0.50),
        {
            "what": f"{OURS}, beyond an empty process",
            "measured": round(imports[OURS] / imports["import boto3"], 2),
            "goal": 0.30,
            "form": "{:.2f}",
            "against": "import boto3, likewise",
        },
    ]
    return {
        "goals": goals,
        "tables": [
            table(
                rounds,
                "One snapshot per process",
                "Each process starts, imports, builds a client, calls "
                "CreateInstanceSnapshot once on a loopback server, and exits. Each of "
                f"{ROUNDS} rounds runs every program once.",
                list(SNAPSHOTS),
            ),
            table(
                rounds,
                "Faster parts for botocore",
                "In the same rounds. From the third row on, each row adds one step to "
                "the row above it.",
                [BASE, "botocore.session", *TRIED],
            ),
            {
                "title": "Imports",
                "text": (
                    "The time of a process beyond that of an empty process, in the "
                    "same rounds. The last row was tried and dropped: lightsnap loads "
                    "what a wait needs when a wait begins."
                ),
                "columns": {"import": "{}", "median": "{:.1f} ms"},
                "rows": [[name, round(each, 2)] for name, each in imports.items()],
            },
        ],
    }
