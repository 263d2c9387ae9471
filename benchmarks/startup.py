"""What whole processes cost: start, import, build a client, create a snapshot, exit.

The programs run by turns, one of each in a round, and each is compared with the boto3
script of the same round, so that a machine that is slow for a while is slow for all.
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
    # Not by the script's first line, which a space in the path breaks.
    return [str(python), str(python.with_name(name)), *words]


SNAPSHOTS = {
    BASE: script("boto3_client.py"),
    "botocore.session": script("botocore_session.py"),
    "lightsnap.Client": script("lightsnap_client.py"),
    "the program lightsnap": program(Path(sys.executable), "lightsnap", *CREATE),
    "AWS CLI v1": program(
        environment("awscli") / "bin/python", "aws", "lightsail", *CREATE
    ),
    "capo-lightsail": script("capo_client.py", str(environment("capo") / "bin/python")),
    "http.client, signed by hand": script("signed_by_hand.py"),
}
QUICKENED = script("quickened.py")
TRIED = {
    "+ a Loader that does not look into every service's folder": [
        *QUICKENED,
        "FolderNames",
    ],
    "+ plain dicts from JSON": [*QUICKENED, "PlainDicts"],
    "+ endpoints of the asked services only": [*QUICKENED, "FewEndpoints"],
    "+ garbage collection less often": [*QUICKENED, "FewEndpoints", "rarely"],
    "+ none at exit": [*QUICKENED, "FewEndpoints", "rarely", "frozen"],
}
OURS = "from lightsnap import Client, Tag"
WAITS = "the same, and all that Client.wait needs"
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
def surroundings() -> Iterator[dict[str, str]]:
    """The environment of a process that calls a server on loopback."""
    with serving() as url, tempfile.TemporaryDirectory() as home:
        yield {
            "PATH": os.environ["PATH"],
            "HOME": home,
            **CREDENTIALS,
            "AWS_REGION": "us-west-2",  # capo-lightsail reads this one
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_ENDPOINT_URL": url,
        }


def play(rounds: int) -> Rounds:
    imports = {name: [sys.executable, "-c", code] for name, code in IMPORTS.items()}
    commands = SNAPSHOTS | TRIED | imports
    with surroundings() as environ:
        played = [
            {name: milliseconds(each, environ) for name, each in commands.items()}
            for _ in range(WARM_UPS + rounds)
        ]
    return played[WARM_UPS:]


def paired(rounds: Rounds, name: str, base: str) -> float:
    return round(median(each[name] / each[base] for each in rounds), 2)


def over_empty(rounds: Rounds, name: str) -> float:
    return median(each[name] - each["empty"] for each in rounds)


def table(rounds: Rounds, title: str, text: str, names: list[str]) -> Table:
    return {
        "title": title,
        "text": text,
        "columns": {
            "whole process": "{}",
            f"against {BASE}": "{:.2f}",
            "median": "{:.0f} ms",
        },
        "rows": [
            [
                name,
                paired(rounds, name, BASE),
                round(median(each[name] for each in rounds), 1),
            ]
            for name in names
        ],
    }


def measure() -> Section:
    rounds = play(ROUNDS)
    imports = {name: over_empty(rounds, name) for name in IMPORTS if name != "empty"}

    def time_goal(name: str, base: str, goal: float) -> Goal:
        return {
            "what": f"{name}, whole process, one snapshot",
            "measured": paired(rounds, name, base),
            "goal": goal,
            "form": "{:.2f}",
            "against": base,
        }

    library = time_goal("lightsnap.Client", BASE, 0.82)
    library["aim"] = 0.75
    goals: list[Goal] = [
        library,
        time_goal("the program lightsnap", BASE, 0.70),
        time_goal("the program lightsnap", "AWS CLI v1", 0.50),
        {
            "what": f"{OURS}, over an empty process",
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
                "A snapshot in a process of its own",
                "Start, import, build a client, one CreateInstanceSnapshot against a "
                f"loopback server, exit: {ROUNDS} rounds, the programs by turns.",
                list(SNAPSHOTS),
            ),
            table(
                rounds,
                "What botocore lets one do",
                "In the same rounds; from the third row on, each also does what the "
                "one above it does.",
                [BASE, "botocore.session", *TRIED],
            ),
            {
                "title": "Imports",
                "text": (
                    "The time of a process beyond that of an empty one, in those "
                    "rounds. The last was tried and dropped: lightsnap loads what a "
                    "wait needs when one begins."
                ),
                "columns": {"import": "{}", "median": "{:.1f} ms"},
                "rows": [[name, round(each, 2)] for name, each in imports.items()],
            },
        ],
    }
