"""What is resident after a script has created a snapshot, as its process tells it."""

from __future__ import annotations

import subprocess
from statistics import median

from benchmarks.report import Section
from benchmarks.startup import BASE, SCRIPTS, SNAPSHOTS, surroundings

ROUNDS = 5


def resident(command: list[str], environ: dict[str, str]) -> float:
    """Megabytes."""
    python, script = command
    told = subprocess.check_output(
        [python, str(SCRIPTS / "resident.py"), script], env=environ, text=True
    )
    return int(told) / 1e6


def measure() -> Section:
    # The programs end on their own, before they could tell.
    scripts = {
        name: command for name, command in SNAPSHOTS.items() if len(command) == 2
    }
    with surroundings() as environ:
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
                    "What is resident when the script of such a process has ended, in "
                    f"runs of their own: {ROUNDS} rounds, the scripts by turns."
                ),
                "columns": {
                    "script": "{}",
                    f"against {BASE}": "{:.2f}",
                    "median": "{:.0f} MB",
                },
                "rows": [
                    [name, ratio, round(median(each[name] for each in rounds), 1)]
                    for name, ratio in ratios.items()
                ],
            }
        ],
    }
