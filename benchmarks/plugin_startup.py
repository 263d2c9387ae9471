"""The cost of the pytest plugin for a test run that does not use it.

Runs pytest in processes that collect nothing, alternately with only this plugin and
with none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks.report import Section

PAIRS = 20
PYTEST = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
WITH = ["-p", "lightsnap.testing.pytest_plugin"]
ENVIRONMENT = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
NOTHING_COLLECTED = 5


def milliseconds(options: list[str], folder: str) -> float:
    began = time.perf_counter()
    ended = subprocess.run(
        [*PYTEST, *options],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    elapsed = time.perf_counter() - began
    if ended.returncode != NOTHING_COLLECTED:
        raise RuntimeError(f"pytest ended with {ended.returncode}")
    return 1000 * elapsed


def measure() -> Section:
    with tempfile.TemporaryDirectory() as folder:
        for options in (WITH, []):
            milliseconds(options, folder)
        pairs = [
            (milliseconds(WITH, folder), milliseconds([], folder)) for _ in range(PAIRS)
        ]
    with_plugin, without = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    return {
        "goals": [],
        "tables": [
            {
                "title": "The pytest plugin when unused",
                "text": f"{PAIRS} pairs of pytest runs that collect nothing.",
                "columns": {
                    "with the plugin": "{:.0f} ms",
                    "without": "{:.0f} ms",
                    "ratio": "{:.2f}",
                },
                "rows": [[round(with_plugin, 1), round(without, 1), round(ratio, 3)]],
            }
        ],
    }
