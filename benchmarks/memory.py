"""The resident memory of a process after its script has created a snapshot."""

from __future__ import annotations

import subprocess
from statistics import median

from benchmarks.report import Section
from benchmarks.startup import BASE, SCRIPTS, SNAPSHOTS, process_environment

ROUNDS = 5


def resident(command: list[str], environ: dict[str, str]) -> float:
    """Run a script and return its resident memory in megabytes."""
    python, script = command
    output = subprocess.check_output(
        [python, str(SCRIPTS / "resident.py"), script], env=environ, text=True
    )
    return int(output) / 1e6


def measure() -> Section:
    # Only scripts: a command would exit before its memory could be read.
    scripts = {
        name: command for name, command in SNAPSHOTS.items() if len(command) == 2
    }
    with process_environment() as environ:
        rounds = [
            {name: resident(command, environ) for name, command in scripts.items()}
            for _ in range(ROUNDS)
        ]
    ratios = {
        name: round(median(each[name] / each[BASE] for each in rounds), 2)
        for name in scripts
    }
    return {
        "goals": [
            {
                "what": "resident memory after one call",
                "measured": ratios["lightsnap.Client"],
                "goal": 0.85,
                "form": "{:.2f}",
                "against": BASE,
            }
        ],
        "tables": [
            {
                "title": "Memory",
                "text": (
                    "Resident memory at the end of the same scripts, in separate "
                    f"runs. Each of {ROUNDS} rounds runs every script once."
                ),
                "columns": {
                    "script": "{}",
                    f"relative to {BASE}": "{:.2f}",
                    "median": "{:.0f} MB",
                },
                "rows": [
                    [name, ratio, round(median(each[name] for each in rounds), 1)]
                    for name, ratio in ratios.items()
                ],
            }
        ],
    }
